# expect: broadcast
# says: 28 and 27 are one apart
# fix: up + F.pad(skip, (0, 1, 0, 1))
import torch
import torch.nn.functional as F

up = torch.randn(8, 64, 28, 28)
skip = F.max_pool2d(torch.randn(8, 64, 55, 55), 2)
merged = up + skip  # here
