"""Vision transformers of vit-pytorch with other residuals, norms, registers and memories."""

import torch
from vit_pytorch.attn_residual_with_dca_simple_vit import SimpleViT as CrossLayerViT
from vit_pytorch.jumbo_vit import JumboViT
from vit_pytorch.look_vit import LookViT
from vit_pytorch.normalized_vit import nViT
from vit_pytorch.simple_uvit import SimpleUViT
from vit_pytorch.simple_vit_attn_residual import SimpleViTAttnResidual
from vit_pytorch.simple_vit_orthog_residual_update import SimpleViT as OrthogonalViT
from vit_pytorch.simple_vit_with_hyper_connections import SimpleViT as HyperViT
from vit_pytorch.simple_vit_with_value_residual import SimpleViT as ValueViT
from vit_pytorch.vit_5 import ViT as ViT5
from vit_pytorch.vit_with_keel_post_ln import ViT as KeelViT

SIZES = {"image_size": 32, "patch_size": 8, "num_classes": 7, "dim": 24, "depth": 2, "heads": 2}


def step(model, images):
    logits = model(images)
    logits.square().mean().backward()
    return logits.argmax(dim=-1)


def models():
    for kind in (nViT, SimpleUViT, ValueViT, ViT5, KeelViT):
        yield kind(mlp_dim=40, dim_head=12, **SIZES)
    yield CrossLayerViT(mlp_dim=40, dim_head=12, per_head=True, ffn_heads=2, **SIZES)
    yield OrthogonalViT(mlp_dim=40, dim_head=12, **SIZES)
    yield HyperViT(mlp_dim=40, dim_head=12, num_residual_streams=3, **SIZES)
    yield JumboViT(mlp_dim=40, dim_head=12, jumbo_cls_k=3, jumbo_ff_mult=2, **SIZES)
    yield LookViT(highres_patch_size=4, cross_attn_heads=2, cross_attn_dim_head=6, **SIZES)


images = torch.randn(2, 3, 32, 32)
for model in models():
    print(type(model).__name__, step(model, images))
remembering = SimpleViTAttnResidual(mlp_dim=40, **SIZES)
preds, history = remembering(images, return_history=True)
again, _ = remembering(images, history=history, return_history=True)
(preds - again).sum().backward()
