# expect: cat-axis
# says: axis 2 of up is 28, axis 2 of skip is 27
# says: 28 and 27 are one apart
# fix: torch.cat([up, F.pad(skip, (0, 1, 0, 1))], 1)
import torch
import torch.nn.functional as F

up = torch.randn(8, 64, 28, 28)
skip = F.max_pool2d(torch.randn(8, 32, 55, 55), 2)
merged = torch.cat([up, skip], 1)  # here
