# expect: cat-axis
# says: Joining stretches nothing: token has one entry there.
# fix: torch.cat([token.expand(2, -1, -1), patches], dim=1)
import torch

patches, token = torch.randn(2, 64, 48), torch.zeros(1, 1, 48)
x = torch.cat([token, patches], dim=1)  # here
