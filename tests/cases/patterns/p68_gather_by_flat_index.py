# expect: index-shape
# says: actions has 1 axis, q has 2
# fix: q.gather(1, actions.unsqueeze(1))
import torch

q = torch.randn(32, 4)
actions = torch.randint(0, 4, (32,))
taken = q.gather(1, actions)  # here
