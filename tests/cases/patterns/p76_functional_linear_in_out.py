# expect: linear-in-features
# says: F.linear transposes its weight: it wants (n_out, n_in), and W is stored (n_in, n_out).
# fix: F.linear(x, W.T)
import torch
import torch.nn.functional as F

x, W = torch.randn(32, 784), torch.randn(784, 256)
y = F.linear(x, W)  # here
