# expect: broadcast-outer
# says: log_prob (64,) * advantage (64, 1) silently became (64, 64)
# says: 4096 numbers, 64 expected
# fix: log_prob * advantage.squeeze(1)
# run: --broadcasts
import torch

log_prob = torch.randn(64)
values = torch.randn(64, 1)
advantage = torch.randn(64, 1) - values
loss = -(log_prob * advantage).mean()  # here
