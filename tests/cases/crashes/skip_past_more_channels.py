# expect: broadcast
# says: x (8, 64, 14, 14) + block(x) (8, 128, 14, 14)
# says: Only axis 1 differs, the channels (64 and 128)
# fix: nn.Conv2d(64, 128, 1)(x) + block(x)
import torch
from torch import nn

x = torch.randn(8, 64, 14, 14)
block = nn.Sequential(nn.Conv2d(64, 128, 3, padding=1), nn.ReLU())
y = x + block(x)  # here
