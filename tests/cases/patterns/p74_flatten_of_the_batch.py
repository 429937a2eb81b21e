# expect: linear-in-features
# says: expects 512 features, got 4096
# says: flatten() joins the batch, too: 4096 = 8*512
# fix: head(maps.flatten(1))
import torch
from torch import nn

head = nn.Linear(512, 10)
maps = torch.randn(8, 32, 4, 4)
scores = head(maps.flatten())  # here
