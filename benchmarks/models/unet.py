"""A U-Net for masks of cells."""

import torch
import torch.nn.functional as F
from torch import nn


def double_conv(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    def __init__(self, in_channels=1, n_classes=2, features=(8, 16, 32)):
        super().__init__()
        self.downs = nn.ModuleList()
        self.ups = nn.ModuleList()
        for feature in features:
            self.downs.append(double_conv(in_channels, feature))
            in_channels = feature
        self.bottleneck = double_conv(features[-1], features[-1] * 2)
        for feature in reversed(features):
            self.ups.append(nn.ConvTranspose2d(feature * 2, feature, kernel_size=2, stride=2))
            self.ups.append(double_conv(feature * 2, feature))
        self.final = nn.Conv2d(features[0], n_classes, kernel_size=1)
        self.pool = nn.MaxPool2d(kernel_size=2, stride=2)

    def forward(self, x):
        skips = []
        for down in self.downs:
            x = down(x)
            skips.append(x)
            x = self.pool(x)
        x = self.bottleneck(x)
        skips = skips[::-1]
        for i in range(0, len(self.ups), 2):
            x = self.ups[i](x)
            skip = skips[i // 2]
            if x.shape != skip.shape:
                x = F.interpolate(x, size=skip.shape[2:])
            x = torch.cat((skip, x), dim=1)
            x = self.ups[i + 1](x)
        return self.final(x)


def dice(logits, masks, eps=1e-6):
    probs = torch.softmax(logits, dim=1)
    onehot = F.one_hot(masks, num_classes=2).permute(0, 3, 1, 2).float()
    overlap = (probs * onehot).sum(dim=(2, 3))
    total = probs.sum(dim=(2, 3)) + onehot.sum(dim=(2, 3))
    return 1 - ((2 * overlap + eps) / (total + eps)).mean()


if __name__ == "__main__":
    model = UNet()
    images = torch.randn(2, 1, 48, 64)
    masks = torch.randint(0, 2, (2, 48, 64))
    logits = model(images)
    loss = F.cross_entropy(logits, masks) + dice(logits, masks)
    loss.backward()
    predicted = logits.argmax(dim=1)
    print(loss.item(), (predicted == masks).float().mean().item())
