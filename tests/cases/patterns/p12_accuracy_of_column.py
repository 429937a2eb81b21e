# expect: broadcast-outer
# says: pred (8, 1) == y (8,) silently became (8, 8)
# fix: pred.squeeze(1) == y
# run: --broadcasts
import torch

scores, y = torch.randn(8, 1), torch.randint(0, 2, (8,))
pred = (scores > 0).long()
accuracy = (pred == y).sum() / 8  # here
