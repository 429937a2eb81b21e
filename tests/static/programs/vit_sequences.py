"""Series, videos, tokens to tokens, and images of several sizes."""

import torch
from vit_pytorch.simple_vit_1d import SimpleViT as SimpleViT1D
from vit_pytorch.simple_vit_3d import SimpleViT as SimpleViT3D
from vit_pytorch.t2t import T2TViT
from vit_pytorch.vit_1d import ViT as ViT1D
from vit_pytorch.vit_3d import ViT as ViT3D
from vit_pytorch.vivit import ViViT
from vit_pytorch.xcit import XCiT

SHARED = {"num_classes": 6, "dim": 24, "depth": 1, "heads": 2, "mlp_dim": 48}


def step(model, x, target):
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    optimiser.zero_grad()
    scores = model(x)
    loss = ((scores - target) ** 2).mean()
    loss.backward()
    optimiser.step()
    return loss.detach()


def main() -> None:
    target = torch.zeros(2, 6)
    series = torch.randn(2, 3, 64)
    for kind in (ViT1D, SimpleViT1D):
        print(step(kind(seq_len=64, patch_size=16, **SHARED), series, target))

    video = torch.randn(2, 3, 4, 16, 16)
    clip = {"image_size": 16, "image_patch_size": 8, "frames": 4, "frame_patch_size": 2}
    for kind in (ViT3D, SimpleViT3D):
        print(step(kind(**clip, **SHARED), video, target))
    vivit = ViViT(
        **clip, num_classes=6, dim=24, spatial_depth=1, temporal_depth=1, heads=2, mlp_dim=48
    )
    print(step(vivit, video, target))

    images = torch.randn(2, 3, 32, 32)
    t2t = T2TViT(image_size=32, t2t_layers=((3, 2), (3, 2)), **SHARED)
    print(step(t2t, images, target))
    xcit = XCiT(
        image_size=32,
        patch_size=8,
        num_classes=6,
        dim=24,
        depth=1,
        cls_depth=1,
        heads=2,
        mlp_dim=48,
    )
    print(step(xcit, images, target))


if __name__ == "__main__":
    main()
