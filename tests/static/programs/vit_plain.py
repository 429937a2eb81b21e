"""Vision transformers of vit-pytorch that take images, forwards and backwards."""

import torch
from vit_pytorch.cait import CaiT
from vit_pytorch.deepvit import DeepViT
from vit_pytorch.parallel_vit import ViT as ParallelViT
from vit_pytorch.simple_vit import SimpleViT
from vit_pytorch.vit import ViT


def train_step(model, images, labels):
    logits = model(images)
    loss = torch.nn.functional.cross_entropy(logits, labels)
    loss.backward()
    return loss.item()


if __name__ == "__main__":
    torch.manual_seed(0)
    images = torch.randn(2, 3, 32, 32)
    labels = torch.tensor([1, 3])
    sizes = {"image_size": 32, "patch_size": 8, "num_classes": 5, "dim": 24, "heads": 3}

    print(train_step(ViT(depth=2, mlp_dim=48, dropout=0.1, **sizes), images, labels))
    print(train_step(SimpleViT(depth=2, mlp_dim=48, **sizes), images, labels))
    print(train_step(DeepViT(depth=2, mlp_dim=48, dim_head=8, **sizes), images, labels))
    print(train_step(CaiT(depth=2, cls_depth=1, mlp_dim=48, dim_head=8, **sizes), images, labels))
    print(train_step(ParallelViT(depth=1, mlp_dim=48, dim_head=8, **sizes), images, labels))
