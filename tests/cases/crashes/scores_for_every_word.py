# expect: loss-target
# says: model(words) (40, 10, 2) has 10 scores for each of the 40 targets
# fix: F.cross_entropy(model(words).mean(1), y)
import torch
import torch.nn.functional as F
from torch import nn


class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.head = nn.Embedding(100, 8), nn.Linear(8, 2)

    def forward(self, words):
        return self.head(self.table(words))


model = Bag()
words, y = torch.randint(0, 100, (40, 10)), torch.zeros(40, dtype=torch.long)
loss = F.cross_entropy(model(words), y)  # here
