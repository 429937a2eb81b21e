# expect: axes-scrambled
# says: x (2, 3, 5).reshape(2, 5, 3)
# says: a reshape keeps the order of the elements
# run: --broadcasts
import torch

x = torch.randn(2, 3, 5)  # batch, channels, time
y = x.reshape(2, 5, 3)  # here
