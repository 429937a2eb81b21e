# expect: state-shape
# says: state is made for a batch of 7, this batch has 4
# says: batch_first is True: axis 0 of x (4) is read as the batch, axis 1 (7) as time
# fix: nn.GRU(10, 20)
# fix: rnn(x.transpose(0, 1), state)
import torch
from torch import nn

rnn = nn.GRU(10, 20, batch_first=True)
x, state = torch.randn(4, 7, 10), torch.zeros(1, 7, 20)
out, last = rnn(x, state)  # here
