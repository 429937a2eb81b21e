# expect: conv-channels
# says: stem: expects 3 channels, got 1
# says: digits has one channel (grey images)
# fix: stem(digits.expand(-1, 3, -1, -1))
# fix: nn.Conv2d(1, 16, 3)
import torch
from torch import nn

digits = torch.randn(8, 1, 28, 28)
stem = nn.Conv2d(3, 16, 3)
features = stem(digits)  # here
