# expect: linear-in-features
# says: head.fc: expects 1568 features, got 800
# says: 1568 = 32*7*7, you deliver 32*5*5
# says: encoder.blocks.0.conv Conv2d 1->16 k3
# fix: padding=1 in Block.conv (line 14)
# fix: nn.Linear(800, 10)
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, c_in, c_out):
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, 3)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        return self.pool(torch.relu(self.conv(x)))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(Block(1, 16), Block(16, 32))

    def forward(self, x):
        return self.blocks(x)


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(32 * 7 * 7, 10)

    def forward(self, z):
        return self.fc(z.flatten(1))  # here


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.head = Encoder(), Head()

    def forward(self, x):
        return self.head(self.encoder(x))


Net()(torch.randn(8, 1, 28, 28))
