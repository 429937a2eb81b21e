# expect: axis-out-of-range
# says: squeeze() drops every axis of size 1, with a batch of one the batch, too
# fix: maps.squeeze(2).argmax(1)
import torch

maps = torch.randn(1, 10, 1)  # the last batch, of one
classes = maps.squeeze().argmax(1)  # here
