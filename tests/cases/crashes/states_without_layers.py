# expect: state-shape
# says: h (4, 20) has 2 axes, 3 are needed
# fix: lstm(x, (h.unsqueeze(0), c.unsqueeze(0)))
import torch
from torch import nn

lstm = nn.LSTM(10, 20)
x, h, c = torch.randn(7, 4, 10), torch.zeros(4, 20), torch.zeros(4, 20)
out, state = lstm(x, (h, c))  # here
