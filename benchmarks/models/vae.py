"""A variational autoencoder."""

import torch
import torch.nn.functional as F
from torch import nn


class VAE(nn.Module):
    def __init__(self, n_in=144, n_hidden=60, n_latent=12):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(n_in, n_hidden), nn.ReLU())
        self.to_mu = nn.Linear(n_hidden, n_latent)
        self.to_logvar = nn.Linear(n_hidden, n_latent)
        self.decoder = nn.Sequential(
            nn.Linear(n_latent, n_hidden),
            nn.ReLU(),
            nn.Linear(n_hidden, n_in),
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.to_mu(h), self.to_logvar(h)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        return torch.sigmoid(self.decoder(z))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 144))
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


def loss_function(reconstructed, x, mu, logvar):
    bce = F.binary_cross_entropy(reconstructed, x.view(-1, 144), reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce + kld


def interpolate(model, first, second, steps=5):
    weights = torch.linspace(0, 1, steps).unsqueeze(1)
    path = (1 - weights) * first + weights * second
    return model.decode(path).view(steps, 12, 12)


if __name__ == "__main__":
    torch.manual_seed(0)
    model = VAE()
    optimizer = torch.optim.Adam(model.parameters())
    images = torch.rand(20, 1, 12, 12)
    for epoch in range(2):
        reconstructed, mu, logvar = model(images)
        loss = loss_function(reconstructed, images, mu, logvar)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    samples = model.decode(torch.randn(4, 12)).view(4, 1, 12, 12)
    print(loss.item() / len(images), samples.shape, interpolate(model, mu[0], mu[1]).shape)
