# expect: rank
# says: w has 2 axes, 3 are needed
# says: without expand or repeat
# fix: x @ w
import torch

x, w = torch.randn(8, 5, 4), torch.randn(4, 3)
y = torch.bmm(x, w)  # here
