# expect: unpack-arity
# says: hidden.chunk(3) is 3 arrays: 3 values for 2 names
import torch

hidden = torch.randn(10, 12)
gate, value = hidden.chunk(3)  # here
