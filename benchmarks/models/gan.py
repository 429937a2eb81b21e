"""A DCGAN."""

import torch
from torch import nn

LATENT, CHANNELS, BATCH = 20, 1, 6


class Generator(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.project = nn.Linear(LATENT, width * 4 * 7 * 7)
        self.width = width
        self.net = nn.Sequential(
            nn.BatchNorm2d(width * 4),
            nn.ReLU(True),
            nn.ConvTranspose2d(width * 4, width * 2, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(width * 2),
            nn.ReLU(True),
            nn.ConvTranspose2d(width * 2, CHANNELS, 4, stride=2, padding=1),
            nn.Tanh(),
        )

    def forward(self, z):
        x = self.project(z)
        x = x.view(-1, self.width * 4, 7, 7)
        return self.net(x)


class Discriminator(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(CHANNELS, width, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, width * 2, 4, 2, 1),
            nn.BatchNorm2d(width * 2),
            nn.LeakyReLU(0.2),
        )
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(width * 2 * 7 * 7, 1))

    def forward(self, x):
        return self.classifier(self.features(x)).squeeze(1)


def main():
    generator, discriminator = Generator(), Discriminator()
    g_opt = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    d_opt = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    bce = nn.BCEWithLogitsLoss()
    real = torch.rand(BATCH, CHANNELS, 28, 28) * 2 - 1
    ones, zeros = torch.ones(BATCH), torch.zeros(BATCH)

    for step in range(2):
        noise = torch.randn(BATCH, LATENT)
        fake = generator(noise)
        d_loss = bce(discriminator(real), ones) + bce(discriminator(fake.detach()), zeros)
        d_opt.zero_grad()
        d_loss.backward()
        d_opt.step()

        g_loss = bce(discriminator(fake), ones)
        g_opt.zero_grad()
        g_loss.backward()
        g_opt.step()
        print(step, d_loss.item(), g_loss.item())

    alpha = torch.rand(BATCH, 1, 1, 1)
    mixed = (alpha * real + (1 - alpha) * fake.detach()).requires_grad_(True)
    score = discriminator(mixed)
    gradient = torch.autograd.grad(score.sum(), mixed, create_graph=True)[0]
    penalty = ((gradient.flatten(1).norm(2, dim=1) - 1) ** 2).mean()
    print(penalty.item())


if __name__ == "__main__":
    main()
