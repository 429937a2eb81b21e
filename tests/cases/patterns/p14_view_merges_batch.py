# expect: loss-target
# says: scores (16, 10)
# says: 16 rows of scores for 8 targets
# says: scores has twice as many rows: 2 rows for each target
import torch
import torch.nn.functional as F
from torch import nn

maps = torch.randn(8, 32, 5, 5)
labels = torch.randint(0, 10, (8,))
scores = nn.Linear(400, 10)(maps.view(-1, 400))
loss = F.cross_entropy(scores, labels)  # here
