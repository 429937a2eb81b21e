# expect: broadcast-outer
# says: pred (4, 1) and y (4,) differ in shape, and are stretched to one
# fix: F.mse_loss(pred.squeeze(1), y)
# run: --broadcasts
import warnings

import torch
import torch.nn.functional as F
from torch import nn

warnings.simplefilter("ignore")
x, y = torch.randn(4, 3), torch.randn(4)
pred = nn.Linear(3, 1)(x)
loss = F.mse_loss(pred, y)  # here
