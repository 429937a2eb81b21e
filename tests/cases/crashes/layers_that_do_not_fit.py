# expect: linear-in-features
# says: net[2]: expects 40 features, got 50
# says: > net[2] Linear 40->2
# fix: nn.Linear(50, 2)
import torch
from torch import nn

net = nn.Sequential(nn.Linear(20, 50), nn.ReLU(), nn.Linear(40, 2))
y = net(torch.randn(8, 20))  # here
