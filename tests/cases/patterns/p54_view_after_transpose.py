# expect: view-stride
# says: transposed
# fix: x.transpose(1, 2).reshape(8, 20)
import torch

x = torch.randn(8, 4, 5)
flat = x.transpose(1, 2).view(8, 20)  # here
