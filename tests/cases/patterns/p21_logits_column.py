# expect: loss-target
# says: logits (4, 1)
# says: the same 4 numbers, one axis more
# fix: criterion(logits.squeeze(1), clicked)
import torch
from torch import nn

criterion = nn.BCEWithLogitsLoss()
logits = torch.randn(4, 1)
clicked = torch.ones(4)
loss = criterion(logits, clicked)  # here
