# expect: broadcast
# says: mean's 3 lines up with x's 4, not with its axis 1 (3)
# fix: mean[:, None, None] in place of mean
import torch

x, mean = torch.rand(8, 3, 4, 4), torch.tensor([0.1, 0.2, 0.3])
z = (x - mean) / mean  # here
