"""Image classifiers of several kinds, trained and evaluated."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset, TensorDataset, random_split


class Block(nn.Module):
    expansion = 2

    def __init__(self, c_in, width, stride=1):
        super().__init__()
        c_out = width * self.expansion
        self.body = nn.Sequential(
            nn.Conv2d(c_in, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
        )
        self.shortcut = nn.Sequential()
        if stride != 1 or c_in != c_out:
            self.shortcut = nn.Sequential(
                nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out)
            )

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x))


class SqueezeExcite(nn.Module):
    def __init__(self, channels, ratio=4):
        super().__init__()
        self.fc = nn.Sequential(
            nn.Linear(channels, channels // ratio),
            nn.ReLU(),
            nn.Linear(channels // ratio, channels),
            nn.Sigmoid(),
        )

    def forward(self, x):
        b, c, _, _ = x.size()
        gate = self.fc(F.adaptive_avg_pool2d(x, 1).view(b, c)).view(b, c, 1, 1)
        return x * gate.expand_as(x)


class ResNet(nn.Module):
    def __init__(self, blocks=(1, 2), classes=5):
        super().__init__()
        self.width = 8
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        stages = []
        for i, count in enumerate(blocks):
            stages.append(self._stage(8 * 2**i, count, stride=1 + (i > 0)))
        self.stages = nn.ModuleList(stages)
        self.head = nn.Linear(self.width, classes)
        self.aux = nn.Linear(self.width, 2)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out")
            elif isinstance(m, nn.BatchNorm2d):
                nn.init.constant_(m.weight, 1)

    def _stage(self, width, count, stride):
        layers = []
        for s in [stride] + [1] * (count - 1):
            layers.append(Block(self.width, width, s))
            self.width = width * Block.expansion
        layers.append(SqueezeExcite(self.width))
        return nn.Sequential(*layers)

    def features(self, x):
        x = self.stem(x)
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps

    def forward(self, x):
        last = self.features(x)[-1]
        pooled = last.mean(dim=(2, 3))
        if self.training:
            return self.head(pooled), self.aux(pooled)
        return self.head(pooled)


class Squares(Dataset):
    def __init__(self, count, transform=None):
        self.count, self.transform = count, transform

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        image = torch.zeros(3, 16, 16)
        image[i % 3, i % 8 : i % 8 + 4, :4] = 1.0
        if self.transform is not None:
            image = self.transform(image)
        return image, i % 5


def flip(image):
    return torch.flip(image, dims=[-1])


def accuracy(model, loader):
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            guess = model(images).argmax(dim=1)
            right += (guess == labels).sum().item()
            total += labels.size(0)
    return right / total


def topk(scores, labels, ks=(1, 3)):
    _, best = scores.topk(max(ks), dim=1)
    hits = best.t().eq(labels.view(1, -1).expand_as(best.t()))
    return [hits[:k].reshape(-1).float().sum(0, keepdim=True) / labels.size(0) for k in ks]


def main():
    torch.manual_seed(0)
    data = Squares(20, transform=flip)
    train, test = random_split(data, [16, 4])
    loader = DataLoader(train, batch_size=8, shuffle=True)
    model = ResNet()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    for epoch in range(2):
        model.train()
        for images, labels in loader:
            optimizer.zero_grad()
            scores, aux = model(images)
            loss = criterion(scores, labels) + 0.3 * F.cross_entropy(aux, labels % 2)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        scheduler.step()
    images, labels = next(iter(DataLoader(test, batch_size=4)))
    print(accuracy(model, DataLoader(test, batch_size=2)), topk(model(images), labels))
    x = torch.randn(12, 6)
    pairs = TensorDataset(x, x.sum(1))
    for xb, yb in DataLoader(pairs, batch_size=5):
        error = (xb.mean(1) - yb).abs()
    print(error.shape)
    saliency = images.clone().requires_grad_()
    model(saliency).max(dim=1).values.sum().backward()
    grad = saliency.grad.abs().amax(dim=1)
    print(grad.shape, [m.shape for m in model.features(images)])


if __name__ == "__main__":
    main()
