# expect: nothing
import torch

x, w = torch.ones(3, 4), torch.ones(4, 5, dtype=torch.double)
y = x @ w
