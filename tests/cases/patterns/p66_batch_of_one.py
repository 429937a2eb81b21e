# expect: norm-size
# says: one number for each channel has no variance
# says: drop_last=True
import torch
from torch import nn

norm = nn.BatchNorm1d(10)
one = torch.randn(1, 10)
y = norm(one)  # here
