"""A classifier of flattened digits."""

import torch
from torch import nn


class MLP(nn.Module):
    def __init__(self, n_in=784, n_hidden=128, n_classes=10):
        super().__init__()
        self.fc1 = nn.Linear(n_in, n_hidden)
        self.norm = nn.BatchNorm1d(n_hidden)
        self.fc2 = nn.Linear(n_hidden, 64)
        self.fc3 = nn.Linear(64, n_classes)
        self.dropout = nn.Dropout(0.2)

    def forward(self, images):
        x = images.view(images.size(0), -1)
        x = torch.relu(self.norm(self.fc1(x)))
        x = self.dropout(torch.relu(self.fc2(x)))
        return self.fc3(x)


def accuracy(logits, labels):
    predicted = logits.argmax(dim=1)
    return (predicted == labels).float().mean().item()


def train(model, images, labels, epochs=3, batch_size=16):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        order = torch.randperm(len(images))
        for start in range(0, len(images), batch_size):
            batch = order[start : start + batch_size]
            logits = model(images[batch])
            loss = criterion(logits, labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    torch.manual_seed(0)
    images = torch.randn(64, 1, 28, 28)
    labels = torch.randint(0, 10, (64,))
    model = MLP()
    train(model, images, labels)
    model.eval()
    with torch.no_grad():
        print(accuracy(model(images), labels))
