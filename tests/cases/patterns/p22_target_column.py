# expect: loss-target
# says: wants one class for each row, (4,)
# says: labels has one axis too many
# fix: F.cross_entropy(scores, labels.squeeze(1))
import torch
import torch.nn.functional as F

scores = torch.randn(4, 10)
labels = torch.randint(0, 10, (4, 1))
loss = F.cross_entropy(scores, labels)  # here
