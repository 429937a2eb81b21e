"""Text and image tokens attend to each other: torch's own attention, masks, a contrastive head."""

from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Config:
    vocab: int = 60
    width: int = 32
    heads: int = 4
    layers: int = 1
    patches: int = 9
    patch_dim: int = 27
    max_len: int = 12


class CrossBlock(nn.Module):
    def __init__(self, cfg: Config):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(cfg.width, cfg.heads, batch_first=True)
        self.cross_attn = nn.MultiheadAttention(cfg.width, cfg.heads, batch_first=True)
        self.norms = nn.ModuleList(nn.LayerNorm(cfg.width) for _ in range(3))
        self.ff = nn.Sequential(
            nn.Linear(cfg.width, 2 * cfg.width), nn.ReLU(), nn.Linear(2 * cfg.width, cfg.width)
        )

    def forward(self, text, image, padding):
        attended, _ = self.self_attn(text, text, text, key_padding_mask=padding)
        text = self.norms[0](text + attended)
        attended, weights = self.cross_attn(text, image, image)
        text = self.norms[1](text + attended)
        return self.norms[2](text + self.ff(text)), weights


class Reader(nn.Module):
    def __init__(self, cfg: Config):
        super().__init__()
        self.cfg = cfg
        self.words = nn.Embedding(cfg.vocab, cfg.width, padding_idx=0)
        self.places = nn.Parameter(torch.zeros(cfg.max_len, cfg.width))
        self.patches = nn.Linear(cfg.patch_dim, cfg.width)
        self.blocks = nn.ModuleList([CrossBlock(cfg) for _ in range(cfg.layers)])
        self.score = nn.Linear(cfg.width, 1)

    def forward(self, tokens, patches):
        padding = tokens == 0
        text = self.words(tokens) + self.places[: tokens.shape[1]]
        image = self.patches(patches)
        for block in self.blocks:
            text, weights = block(text, image, padding)
        keep = (~padding).unsqueeze(-1).float()
        pooled = (text * keep).sum(dim=1) / keep.sum(dim=1).clamp(min=1)
        return self.score(pooled).squeeze(-1), weights


if __name__ == "__main__":
    cfg = Config()
    model = Reader(cfg)
    tokens = torch.randint(1, cfg.vocab, (5, 10))
    tokens[:, 8:] = 0
    images = torch.randn(5, 3, 9, 9)
    patches = images.unfold(2, 3, 3).unfold(3, 3, 3)
    patches = patches.permute(0, 2, 3, 1, 4, 5).reshape(5, cfg.patches, cfg.patch_dim)
    scores, weights = model(tokens, patches)
    loss = nn.functional.binary_cross_entropy_with_logits(scores, torch.ones(5))
    loss.backward()
    print(scores.shape, weights.shape, loss.item())
