# expect: einops-pattern
# says: (h p) is 15, no multiple of 2
# says: The next multiple is 16
import torch
from einops import rearrange

maps = torch.randn(4, 96, 15, 15)
patches = rearrange(maps, "b c (h p) (w q) -> b (p q) (h w) c", p=2, q=2)  # here
