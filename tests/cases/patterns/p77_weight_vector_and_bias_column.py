# expect: broadcast-outer
# says: x @ w (32,) + b (32, 1) silently became (32, 32)
# fix: x @ w + b.squeeze(1)
# run: --broadcasts
import torch

x = torch.randn(32, 784)
w, b = torch.randn(784), torch.zeros(32, 1)
y = x @ w + b  # here
