"""x-transformers on images and on series of numbers."""

import torch
from torch import nn
from x_transformers import (
    Attention,
    ContinuousTransformerWrapper,
    CrossAttender,
    Decoder,
    Encoder,
    FeedForward,
    ViTransformerWrapper,
)


def classify():
    model = ViTransformerWrapper(
        image_size=32,
        patch_size=8,
        num_classes=5,
        attn_layers=Encoder(dim=24, depth=1, heads=2, attn_dim_head=12),
    )
    logits = model(torch.randn(2, 3, 32, 32))
    loss = nn.functional.cross_entropy(logits, torch.tensor([0, 4]))
    loss.backward()
    return loss


def forecast():
    model = ContinuousTransformerWrapper(
        dim_in=6,
        dim_out=3,
        max_seq_len=20,
        attn_layers=Decoder(dim=24, depth=1, heads=2, attn_dim_head=12),
    )
    series = torch.randn(2, 20, 6)
    predicted = model(series)
    error = predicted - series[..., :3]
    error.pow(2).mean().backward()
    return error


def attend():
    queries, context = torch.randn(2, 5, 24), torch.randn(2, 9, 24)
    crossing = CrossAttender(dim=24, depth=1, heads=2, attn_dim_head=12)
    seen = crossing(queries, context=context)
    own = Attention(dim=24, heads=2, dim_head=12, causal=True)
    out = own(seen)
    mixed = FeedForward(24, mult=2)(out)
    return mixed + queries


print(classify())
print(forecast().shape)
print(attend().shape)
