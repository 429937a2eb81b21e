# expect: broadcast
# says: padding's 8 lines up with scores's 5, not with its first axis (8)
# fix: scores.masked_fill(padding[:, None, None, :], float('-inf'))
import torch

scores = torch.randn(8, 4, 5, 5)
padding = torch.zeros(8, 5, dtype=torch.bool)
scores = scores.masked_fill(padding, float("-inf"))  # here
