"""A siamese network with a triplet loss and prototypes."""

import torch
import torch.nn.functional as F
from torch import nn


class Embedder(nn.Module):
    def __init__(self, dim=24):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(1, 8, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.head = nn.Sequential(
            nn.Linear(16 * 5 * 5, 64),
            nn.PReLU(),
            nn.Linear(64, dim),
        )

    def forward(self, x):
        features = self.conv(x)
        features = features.reshape(features.size(0), -1)
        return F.normalize(self.head(features), dim=1)


def contrastive(a, b, temperature=0.1):
    similarity = a @ b.t() / temperature
    labels = torch.arange(a.size(0))
    return (F.cross_entropy(similarity, labels) + F.cross_entropy(similarity.t(), labels)) / 2


def prototypes(embeddings, labels, n_way):
    onehot = F.one_hot(labels, n_way).float()
    sums = onehot.t() @ embeddings
    return sums / onehot.sum(dim=0).unsqueeze(1)


def main():
    torch.manual_seed(0)
    model = Embedder()
    anchor, positive, negative = (torch.randn(10, 1, 28, 28) for _ in range(3))
    a, p, n = model(anchor), model(positive), model(negative)
    margin = nn.TripletMarginLoss(margin=0.5)(a, p, n)
    loss = margin + contrastive(a, p)
    loss.backward()
    labels = torch.arange(10) % 5
    centers = prototypes(a, labels, 5)
    distances = torch.cdist(p, centers)
    predicted = (-distances).softmax(dim=1).argmax(dim=1)
    nearest = ((p.unsqueeze(1) - centers.unsqueeze(0)) ** 2).sum(dim=2).argmin(dim=1)
    print(loss.item(), (predicted == labels).float().mean().item(), torch.equal(predicted, nearest))


if __name__ == "__main__":
    main()
