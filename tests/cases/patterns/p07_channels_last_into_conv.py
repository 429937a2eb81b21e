# expect: conv-channels
# says: expects 3 channels, got 224
# says: Axis 3 of photos is 3: it is channels-last
# fix: stem(photos.permute(0, 3, 1, 2))
import torch
from torch import nn

photos = torch.zeros(8, 224, 224, 3)
stem = nn.Conv2d(3, 16, 3)
features = stem(photos)  # here
