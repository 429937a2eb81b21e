# expect: unpack-arity
# says: images.shape is (3, 32, 32): 3 values for 4 names
# says: one is missing, such as the batch of a single sample
import torch

images = torch.randn(3, 32, 32)
n, c, h, w = images.shape  # here
