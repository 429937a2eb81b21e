"""Variants of the plain vision transformer: small data sets, dropped patches, registers, memories."""

import torch
from vit_pytorch.learnable_memory_vit import Adapter
from vit_pytorch.learnable_memory_vit import ViT as MemoryViT
from vit_pytorch.simple_vit_with_patch_dropout import SimpleViT as PatchDropoutViT
from vit_pytorch.simple_vit_with_qk_norm import SimpleViT as QKNormViT
from vit_pytorch.simple_vit_with_register_tokens import SimpleViT as RegisterViT
from vit_pytorch.vit_for_small_dataset import ViT as SmallViT
from vit_pytorch.vit_with_patch_merger import ViT as MergerViT

SIZES = {
    "image_size": 32,
    "patch_size": 16,
    "num_classes": 4,
    "dim": 16,
    "depth": 2,
    "heads": 2,
    "mlp_dim": 32,
    "dim_head": 8,
}


def main():
    torch.manual_seed(0)
    images = torch.randn(3, 3, 32, 32)
    for kind in (SmallViT, PatchDropoutViT, QKNormViT, RegisterViT):
        model = kind(**SIZES)
        out = model(images)
        out.sum().backward()
        print(kind.__module__, tuple(out.shape))

    merger = MergerViT(patch_merge_layer=1, patch_merge_num_tokens=3, **SIZES)
    print(merger(images).mean(dim=0))

    base = MemoryViT(**SIZES)
    adapter = Adapter(vit=base, num_classes=2, num_memories_per_layer=5)
    print(adapter(images).softmax(dim=-1))


main()
