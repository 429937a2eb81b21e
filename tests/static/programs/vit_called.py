"""What vit-pytorch has called by torch: masks of attention, parametrizations; many axes."""

import torch
from vit_pytorch.vit_detpool import ViTDetPool
from vit_pytorch.vit_nd import ViTND
from vit_pytorch.vit_with_decorr import ViT as DecorrelatedViT
from vit_pytorch.vivit import ViViT

SIZES = {"image_size": 32, "patch_size": 8, "num_classes": 7, "dim": 24, "depth": 1, "heads": 2}

images = torch.rand(4, 3, 32, 32)
volumes = torch.randn(2, 3, 4, 16, 16)
sizes = {"ndim": 3, "input_shape": (4, 16, 16), "patch_size": (2, 4, 4), "dim": 24, "mlp_dim": 40}
with torch.no_grad():
    causal = ViTND(num_classes=7, depth=1, heads=2, dim_head=12, causal_dims=(0,), **sizes)
    print(causal(volumes).shape)
model = ViTND(num_classes=7, depth=1, heads=2, dim_head=12, **sizes)
cls, patches = model(volumes, return_nd_patches=True)
(cls.mean() + patches.mean()).backward()
pooled = ViTDetPool(mlp_dim=40, **SIZES)
mask = torch.randint(0, 2, (4, 32, 32)).bool()
pooled(images, object_mask=mask).sum().backward()
logits, penalty = DecorrelatedViT(mlp_dim=40, **SIZES)(images, return_decorr_aux_loss=True)
(logits.mean() + penalty).backward()
for variant in ("factorized_encoder", "factorized_self_attention"):
    video = ViViT(
        dim=24,
        spatial_depth=1,
        temporal_depth=1,
        heads=2,
        mlp_dim=40,
        image_size=32,
        image_patch_size=8,
        frames=4,
        frame_patch_size=2,
        num_classes=7,
        variant=variant,
    )
    video(torch.randn(2, 3, 4, 32, 32)).sum().backward()
