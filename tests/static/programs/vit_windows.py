"""Attention in windows and across scales."""

import torch
from torch import nn
from vit_pytorch.cross_vit import CrossViT
from vit_pytorch.crossformer import CrossFormer
from vit_pytorch.max_vit import MaxViT
from vit_pytorch.regionvit import RegionViT
from vit_pytorch.scalable_vit import ScalableViT
from vit_pytorch.sep_vit import SepViT


class Classifier(nn.Module):
    def __init__(self, body, num_classes):
        super().__init__()
        self.body = body
        self.loss = nn.CrossEntropyLoss()
        self.num_classes = num_classes

    def forward(self, x):
        labels = torch.arange(x.shape[0]) % self.num_classes
        return self.loss(self.body(x), labels)


models = [
    (MaxViT(num_classes=6, dim=16, depth=(1, 1), dim_head=8, dim_conv_stem=8, window_size=4), 32),
    (
        SepViT(num_classes=6, dim=8, dim_head=8, heads=(1, 2), depth=(1, 1), dropout=0.1),
        56,
    ),
    (
        ScalableViT(
            num_classes=6,
            dim=8,
            heads=(2, 2),
            depth=(1, 1),
            ssa_dim_key=(8, 8),
            reduction_factor=(4, 2),
            window_size=(4, None),
        ),
        32,
    ),
    (
        CrossFormer(
            num_classes=6,
            dim=(32, 48, 64, 96),
            depth=(1, 1, 1, 1),
            global_window_size=(4, 2, 2, 1),
            local_window_size=2,
        ),
        64,
    ),
    (RegionViT(dim=(32, 32, 64, 64), depth=(1, 1, 1, 1), window_size=4, num_classes=6), 128),
    (
        CrossViT(
            image_size=32,
            num_classes=6,
            depth=1,
            sm_dim=16,
            sm_patch_size=4,
            sm_enc_heads=2,
            sm_enc_mlp_dim=32,
            sm_enc_dim_head=8,
            lg_dim=24,
            lg_patch_size=8,
            lg_enc_depth=1,
            lg_enc_heads=2,
            lg_enc_mlp_dim=32,
            lg_enc_dim_head=8,
            cross_attn_depth=1,
            cross_attn_heads=2,
            cross_attn_dim_head=8,
        ),
        32,
    ),
]

for body, side in models:
    model = Classifier(body, 6)
    loss = model(torch.randn(2, 3, side, side))
    loss.backward()
    print(type(body).__name__, float(loss))
