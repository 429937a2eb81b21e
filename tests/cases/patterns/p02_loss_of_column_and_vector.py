# expect: broadcast-outer
# says: pred (4, 1) - y (4,) silently became (4, 4)
# says: 16 numbers, 4 expected
# fix: pred.squeeze(1) - y
# run: --broadcasts
import torch
from torch import nn

x, y = torch.randn(4, 3), torch.randn(4)
pred = nn.Linear(3, 1)(x)
loss = ((pred - y) ** 2).mean()  # here
