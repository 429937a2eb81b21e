# expect: norm-size
# says: expects 10 channels, got 5
# says: takes the channels at axis 1
# fix: norm(x.transpose(1, 2))
import torch
from torch import nn

norm = nn.BatchNorm1d(10)
x = torch.randn(8, 5, 10)
y = norm(x)  # here
