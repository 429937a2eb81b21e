# expect: norm-size
# says: maps has 4 axes, 2 or 3 are needed
# fix: nn.BatchNorm2d(32)
import torch
from torch import nn

norm = nn.BatchNorm1d(32)
maps = torch.randn(8, 32, 10, 10)
y = norm(maps)  # here
