"""A VAE, a GAN with a gradient penalty, a diffusion step, a normalising flow."""

import math

import torch
from torch import nn
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F


class VAE(nn.Module):
    def __init__(self, n=20, hidden=16, latent=3):
        super().__init__()
        self.latent = latent
        self.encoder = nn.Sequential(nn.Linear(n, hidden), nn.ReLU(), nn.Linear(hidden, 2 * latent))
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, n))

    def encode(self, x):
        return self.encoder(x).chunk(2, dim=-1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        if self.training:
            return mu + torch.randn_like(std) * std
        return mu

    def forward(self, x):
        mu, logvar = self.encode(x)
        z = self.reparameterize(mu, logvar)
        return torch.sigmoid(self.decoder(z)), mu, logvar

    @torch.no_grad()
    def sample(self, count):
        z = torch.randn(count, self.latent)
        return torch.sigmoid(self.decoder(z))


def elbo(x, out, mu, logvar):
    bce = F.binary_cross_entropy(out, x, reduction="none").sum(-1)
    kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp(), dim=1)
    return (bce + kl).mean()


class Generator(nn.Module):
    def __init__(self, z=8, base=4):
        super().__init__()

        def up(c_in, c_out, *sizes):
            return [
                nn.ConvTranspose2d(c_in, c_out, *sizes, bias=False),
                nn.BatchNorm2d(c_out),
                nn.ReLU(True),
            ]

        self.net = nn.Sequential(
            *up(z, base * 2, 4, 1, 0),
            *up(base * 2, base, 4, 2, 1),
            nn.ConvTranspose2d(base, 1, 4, 2, 1),
            nn.Tanh(),
        )

    def forward(self, z):
        return self.net(z[..., None, None])


class Critic(nn.Module):
    def __init__(self, base=4):
        super().__init__()
        channels = [1, base, base * 2]
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in zip(channels, channels[1:]))
        self.out = nn.utils.spectral_norm(nn.Linear(base * 2 * 4 * 4, 1))

    def forward(self, x):
        for conv in self.convs:
            x = F.leaky_relu(conv(x), 0.2)
        return self.out(x.flatten(1)).squeeze(1)


def gradient_penalty(critic, real, fake):
    eps = torch.rand(real.size(0), 1, 1, 1)
    mixed = (eps * real + (1 - eps) * fake).requires_grad_(True)
    scores = critic(mixed)
    grads = torch.autograd.grad(scores, mixed, torch.ones_like(scores), create_graph=True)[0]
    return ((grads.view(grads.size(0), -1).norm(2, dim=1) - 1) ** 2).mean()


class Time(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, t):
        half = self.dim // 2
        rates = torch.exp(torch.arange(half) * -(math.log(10000) / (half - 1)))
        angles = t[:, None] * rates[None, :]
        return torch.cat((angles.sin(), angles.cos()), dim=-1)


class Denoiser(nn.Module):
    def __init__(self, n=2, dim=16):
        super().__init__()
        self.time = nn.Sequential(Time(dim), nn.Linear(dim, dim), nn.SiLU())
        self.inp, self.out = nn.Linear(n, dim), nn.Linear(dim, n)

    def forward(self, x, t):
        return self.out(F.silu(self.inp(x) + self.time(t)))


class Diffusion:
    def __init__(self, steps=10):
        self.steps = steps
        self.beta = torch.linspace(1e-4, 0.02, steps)
        self.alpha = 1 - self.beta
        self.bar = torch.cumprod(self.alpha, dim=0)

    def at(self, values, t, shape):
        return values.gather(-1, t).reshape(t.shape[0], *((1,) * (len(shape) - 1)))

    def noised(self, x, t, noise):
        return (
            self.at(self.bar, t, x.shape).sqrt() * x
            + self.at(1 - self.bar, t, x.shape).sqrt() * noise
        )

    def loss(self, model, x):
        t = torch.randint(0, self.steps, (x.shape[0],))
        noise = torch.randn_like(x)
        return F.mse_loss(model(self.noised(x, t, noise), t), noise)

    @torch.no_grad()
    def sample(self, model, shape):
        x = torch.randn(shape)
        for i in reversed(range(self.steps)):
            t = torch.full((shape[0],), i)
            eps = model(x, t)
            mean = (x - self.beta[i] / (1 - self.bar[i]).sqrt() * eps) / self.alpha[i].sqrt()
            x = mean + (self.beta[i].sqrt() * torch.randn_like(x) if i > 0 else 0)
        return x


class Coupling(nn.Module):
    def __init__(self, n, flip):
        super().__init__()
        self.flip = flip
        self.net = nn.Sequential(nn.Linear(n // 2, 8), nn.Tanh(), nn.Linear(8, n))

    def forward(self, x):
        a, b = x.chunk(2, dim=1)
        if self.flip:
            a, b = b, a
        scale, shift = self.net(a).chunk(2, 1)
        b = b * scale.exp() + shift
        pair = (b, a) if self.flip else (a, b)
        return torch.cat(pair, 1), scale.sum(1)


torch.manual_seed(0)
vae = VAE()
optimizer = torch.optim.Adam(vae.parameters(), 1e-3)
for x in torch.rand(3, 4, 20):
    out, mu, logvar = vae(x)
    loss = elbo(x, out, mu, logvar)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
posterior = Normal(mu, (0.5 * logvar).exp())
kl = kl_divergence(posterior, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(-1)
vae.eval()
images = vae.sample(6).view(6, 4, 5)
G, D = Generator(), Critic()
real = torch.randn(3, 1, 16, 16)
fake = G(torch.randn(3, 8))
d_loss = D(fake.detach()).mean() - D(real).mean() + 10 * gradient_penalty(D, real, fake.detach())
d_loss.backward()
g_loss = -D(fake).mean()
g_loss.backward()
diffusion, denoiser = Diffusion(), Denoiser()
step = diffusion.loss(denoiser, torch.randn(7, 2))
step.backward()
points = diffusion.sample(denoiser, (5, 2))
flow = nn.ModuleList([Coupling(4, i % 2 == 1) for i in range(3)])
z, logdet = torch.randn(6, 4), 0
for layer in flow:
    z, d = layer(z)
    logdet = logdet + d
nll = -(Normal(0, 1).log_prob(z).sum(1) + logdet).mean()
nll.backward()
print(images.shape, kl, d_loss, points.shape, nll)
