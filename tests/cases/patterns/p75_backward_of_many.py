# expect: backward-scalar
# says: 320 numbers
# fix: y.mean().backward()
# fix: y.sum().backward()
import torch

w = torch.randn(784, 10, requires_grad=True)
y = torch.randn(32, 784) @ w
y.backward()  # here
