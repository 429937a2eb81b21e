"""Models of vit-pytorch that shrink the map from stage to stage: convolutions and windows."""

import torch
from vit_pytorch.cct import CCT
from vit_pytorch.cvt import CvT
from vit_pytorch.levit import LeViT
from vit_pytorch.mobile_vit import MobileViT
from vit_pytorch.nest import NesT
from vit_pytorch.pit import PiT
from vit_pytorch.twins_svt import TwinsSVT


def run(model, side):
    images = torch.randn(2, 3, side, side)
    logits = model(images)
    logits.logsumexp(dim=-1).sum().backward()
    return logits.shape


if __name__ == "__main__":
    cvt = CvT(
        num_classes=7,
        s1_emb_dim=16,
        s2_emb_dim=24,
        s2_heads=2,
        s3_emb_dim=32,
        s3_heads=2,
        s3_depth=1,
    )
    print(run(cvt, 64))
    twins = TwinsSVT(
        num_classes=7,
        s1_emb_dim=8,
        s1_local_patch_size=4,
        s2_emb_dim=16,
        s2_local_patch_size=4,
        s1_global_k=4,
        s2_global_k=4,
        s3_emb_dim=24,
        s3_local_patch_size=2,
        s3_global_k=2,
        s3_depth=1,
        s4_emb_dim=32,
        s4_local_patch_size=2,
        s4_global_k=2,
        s4_depth=1,
    )
    print(run(twins, 64))
    levit = LeViT(
        image_size=64, num_classes=7, stages=2, dim=(16, 24), depth=1, heads=(2, 3), mlp_mult=2
    )
    print(run(levit, 64))
    pit = PiT(image_size=64, patch_size=8, dim=16, num_classes=7, depth=(1, 1), heads=2, mlp_dim=32)
    print(run(pit, 64))
    nest = NesT(
        image_size=64,
        patch_size=8,
        dim=12,
        heads=2,
        num_hierarchies=2,
        block_repeats=(1, 1),
        num_classes=7,
    )
    print(run(nest, 64))
    mobile = MobileViT(
        image_size=(64, 64),
        dims=[16, 24, 32],
        channels=[8, 8, 12, 12, 16, 16, 24, 24, 32, 32, 40],
        num_classes=7,
    )
    print(run(mobile, 64))
    cct = CCT(
        img_size=(32, 32),
        embedding_dim=16,
        n_conv_layers=2,
        kernel_size=3,
        stride=1,
        padding=1,
        num_layers=1,
        num_heads=2,
        mlp_ratio=2.0,
        num_classes=7,
    )
    print(run(cct, 32))
