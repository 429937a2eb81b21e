"""Learning without labels, by distillation and by masking; hooks that record what passes."""

import torch
from vit_pytorch import MAE, ViT
from vit_pytorch.distill import DistillableViT, DistillWrapper
from vit_pytorch.extractor import Extractor
from vit_pytorch.mp3 import MP3
from vit_pytorch.mp3 import ViT as PositionFreeViT
from vit_pytorch.recorder import Recorder

images = torch.randn(2, 3, 32, 32)


def encoder(cls=ViT, **more):
    sizes = {"image_size": 32, "patch_size": 8, "num_classes": 9, "dim": 20, "depth": 1, "heads": 2}
    return cls(mlp_dim=40, dim_head=10, **sizes, **more)


def pretrain():
    mae = MAE(
        encoder=encoder(pool="mean"),
        masking_ratio=0.75,
        decoder_dim=12,
        decoder_depth=1,
        decoder_heads=2,
    )
    loss = mae(images)
    loss.backward()
    mp3 = MP3(vit=encoder(PositionFreeViT), masking_ratio=0.75)
    return loss, mp3(images)


def distil():
    student = encoder(DistillableViT)
    distiller = DistillWrapper(
        student=student, teacher=encoder(), temperature=3, alpha=0.5, hard=False
    )
    loss = distiller(images, torch.randint(0, 9, (2,)))
    loss.backward()
    return loss


def look_inside():
    recorder = Recorder(encoder())
    predictions, attentions = recorder(images)
    extractor = Extractor(encoder())
    logits, embeddings = extractor(images)
    return (
        predictions.argmax(-1),
        attentions.mean(dim=(0, 1)),
        logits - logits.max(),
        embeddings[:, 0],
    )


print(pretrain())
print(distil())
for one in look_inside():
    print(one.shape)
