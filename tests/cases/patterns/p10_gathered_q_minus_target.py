# expect: broadcast-outer
# says: taken (64, 1) - target (64,) silently became (64, 64)
# fix: taken.squeeze(1) - target
# run: --broadcasts
import torch

q, target = torch.randn(64, 4), torch.randn(64)
actions = torch.randint(0, 4, (64,))
taken = q.gather(1, actions[:, None])
error = taken - target  # here
