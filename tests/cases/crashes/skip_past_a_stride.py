# expect: broadcast
# says: z is 2 times smaller: one of the two ways has a stride (or a pooling) of 2
import torch
from torch import nn

x = torch.randn(4, 16, 28, 28)
z = nn.Conv2d(16, 16, 3, stride=2, padding=1)(x)
y = z + x  # here
