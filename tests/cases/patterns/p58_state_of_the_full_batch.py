# expect: state-shape
# says: h0 is made for a batch of 8, this batch has 7
# says: the last batch is often smaller
# says: drop_last=True
import torch
from torch import nn

lstm = nn.LSTM(16, 32)
h0, c0 = torch.zeros(1, 8, 32), torch.zeros(1, 8, 32)
last = torch.randn(20, 7, 16)
out, state = lstm(last, (h0, c0))  # here
