"""A 4-7-3 network for the Iris data, with custom weight initialisation.

The shape of a weight matrix is mostly out of sight; it matters in code that fills one. hid1 goes
from 4 to 7 and its weight is (7, 4); oupt goes from 7 to 3 and its weight is (3, 7). Initialisation
code that thinks (4, 7) is stopped where the weight is made, not at the first forward pass.
"""

import sys

import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor, nn

from shapecheck import check


@check
def uniform_weight(n_in: int, n_out: int, lo: float, hi: float) -> Float[Tensor, "{n_out} {n_in}"]:
    """Row j holds the weights into unit j."""
    weight = torch.empty(n_out, n_in)
    for j in range(n_out):
        for i in range(n_in):
            weight[j, i] = lo + (hi - lo) * torch.rand(())
    return weight


@check
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hid1 = nn.Linear(4, 7)  # 4-7-3
        self.oupt = nn.Linear(7, 3)
        for layer in (self.hid1, self.oupt):
            weight = uniform_weight(layer.in_features, layer.out_features, -0.10, +0.10)
            layer.weight = nn.Parameter(weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Float32[Tensor, "B 4"]) -> Float32[Tensor, "B 3"]:
        z = torch.tanh(self.hid1(x))
        return torch.log_softmax(self.oupt(z), dim=1)  # for NLLLoss


@check
def accuracy(log_probs: Float[Tensor, "B C"], species: Int64[Tensor, "B"]) -> float:
    return (log_probs.argmax(dim=1) == species).float().mean().item()


FLOWERS = [[5.1, 3.5, 1.4, 0.2], [7.0, 3.2, 4.7, 1.4], [6.3, 3.3, 6.0, 2.5]]


def main():
    torch.manual_seed(1)
    net = Net()
    print(f"hid1 {tuple(net.hid1.weight.shape)}, oupt {tuple(net.oupt.weight.shape)}")
    assert all(p.abs().max() <= 0.10 for p in net.parameters())

    x, species = torch.tensor(FLOWERS), torch.tensor([0, 1, 2])
    optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
    for _ in range(200):
        optimizer.zero_grad()
        nn.functional.nll_loss(net(x), species).backward()
        optimizer.step()
    print(f"{tuple(x.shape)} -> {tuple(net(x).shape)}, accuracy {accuracy(net(x), species)}")
    assert torch.allclose(net(x).exp().sum(dim=1), torch.ones(3))


def mistake_in_out():
    """The weight is made as (n_in, n_out)."""

    @check
    def uniform_weight(
        n_in: int, n_out: int, lo: float, hi: float
    ) -> Float[Tensor, "{n_out} {n_in}"]:
        return torch.empty(n_in, n_out).uniform_(lo, hi)

    layer = nn.Linear(4, 7)
    layer.weight = nn.Parameter(uniform_weight(4, 7, -0.10, 0.10))


def mistake_one_flower():
    """One flower is a vector, and dim=1 of the log-softmax is not there."""
    net = Net()
    flower = torch.tensor(FLOWERS[0])
    net(flower)


def mistake_float64():
    """Data from NumPy comes as float64."""
    net = Net()
    x = torch.tensor(FLOWERS, dtype=torch.float64)
    net(x)


def mistake_one_hot():
    """The species are one-hot rows where class numbers are declared."""
    species = torch.eye(3, dtype=torch.int64)
    log_probs = Net()(torch.tensor(FLOWERS))
    accuracy(log_probs, species)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case ["--mistake", "in_out"]:
            mistake_in_out()
        case ["--mistake", "one_flower"]:
            mistake_one_flower()
        case ["--mistake", "float64"]:
            mistake_float64()
        case ["--mistake", "one_hot"]:
            mistake_one_hot()
