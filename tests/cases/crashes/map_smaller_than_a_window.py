# expect: window-size
# says: a window of 4 does not fit into 3 (axis 2 of x)
import torch
from torch import nn

pool = nn.MaxPool2d(4)
x = torch.randn(1, 8, 3, 3)
y = pool(x)  # here
