# expect: index-shape
# says: mask has the sizes of axes 0, 2 and 3.
import torch

x, mask = torch.randn(4, 3, 8, 8), torch.ones(4, 8, 8, dtype=torch.bool)
y = x[mask]  # here
