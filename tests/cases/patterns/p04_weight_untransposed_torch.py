# expect: matmul-inner
# says: x (32, 784) @ W (256, 784): inner sizes 784 and 256 differ
# says: W is stored (n_out, n_in), the way nn.Linear stores its weight.
# fix: x @ W.T
import torch

x = torch.randn(32, 784)
W = torch.randn(256, 784)
h = torch.relu(x @ W)  # here
