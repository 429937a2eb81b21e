# expect: index-shape
# says: kept has 2 axes, tokens has 3
# fix: torch.gather(tokens, 1, kept.unsqueeze(2).expand(-1, -1, 64))
import torch

tokens = torch.randn(2, 10, 64)
kept = torch.argsort(torch.rand(2, 10), dim=1)[:, :10]
shuffled = torch.gather(tokens, 1, kept)  # here
