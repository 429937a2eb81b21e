"""A one-dimensional convolutional network for sounds, with a spectrogram branch."""

import torch
import torch.nn as nn


class Spectrogram(nn.Module):
    def __init__(self, n_fft=64, hop=32):
        super().__init__()
        self.n_fft, self.hop = n_fft, hop
        self.register_buffer("window", torch.hann_window(n_fft))

    def forward(self, wave):
        spec = torch.stft(
            wave, self.n_fft, hop_length=self.hop, window=self.window, return_complex=True
        )
        return torch.log1p(spec.abs())


class WaveNet(nn.Module):
    def __init__(self, n_classes=8, channels=16):
        super().__init__()
        self.conv1 = nn.Conv1d(1, channels, kernel_size=9, stride=4)
        self.bn1 = nn.BatchNorm1d(channels)
        self.conv2 = nn.Conv1d(channels, channels * 2, kernel_size=5, stride=2, padding=2)
        self.bn2 = nn.BatchNorm1d(channels * 2)
        self.pool = nn.AdaptiveAvgPool1d(1)
        self.spectrogram = Spectrogram()
        self.rnn = nn.GRU(33, 24, batch_first=True)
        self.fc = nn.Linear(channels * 2 + 24, n_classes)

    def forward(self, wave):
        x = torch.relu(self.bn1(self.conv1(wave.unsqueeze(1))))
        x = torch.relu(self.bn2(self.conv2(x)))
        local = self.pool(x).squeeze(-1)
        spec = self.spectrogram(wave)
        _, hidden = self.rnn(spec.transpose(1, 2))
        features = torch.cat([local, hidden[-1]], dim=-1)
        return self.fc(features)


def mixup(x, y, n_classes, alpha=0.4):
    lam = torch.distributions.Beta(alpha, alpha).sample((x.size(0), 1))
    index = torch.randperm(x.size(0))
    targets = nn.functional.one_hot(y, n_classes).float()
    return lam * x + (1 - lam) * x[index], lam * targets + (1 - lam) * targets[index]


if __name__ == "__main__":
    torch.manual_seed(0)
    net = WaveNet()
    waves = torch.randn(5, 800)
    labels = torch.randint(0, 8, (5,))
    mixed, targets = mixup(waves, labels, 8)
    logits = net(mixed)
    loss = -(targets * torch.log_softmax(logits, dim=1)).sum(dim=1).mean()
    loss.backward()
    print(loss.item(), logits.softmax(dim=1).max(dim=1).values)
