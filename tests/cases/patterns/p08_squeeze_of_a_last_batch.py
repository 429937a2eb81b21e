# expect: batch-squeezed
# says: with a batch of one, squeeze() drops the batch
# fix: model(torch.randn(count, 5, 3)).squeeze(2)
# run: --broadcasts
import torch
from torch import nn

model = nn.Conv1d(5, 10, 3)
for count in (4, 4, 1):
    scores = model(torch.randn(count, 5, 3)).squeeze()  # here
