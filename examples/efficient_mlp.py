"""An MLP of any depth as an nn.Module, whose sizes come from its own attributes.

How does a contract name sizes that are known only when the model is made? `{self.in_features}` is
read from the instance at every call. A batch and a single sample are declared beside each other,
as a union; both come out as a batch, as in the code from which this is taken.
"""

import sys

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor, nn

from shapecheck import check


class EfficientMLP(nn.Module):
    def __init__(self, in_features, hidden_features, out_features):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        sizes = [in_features, *hidden_features, out_features]
        pairs = zip(sizes, sizes[1:], strict=False)
        self.layers = nn.ModuleList(nn.Linear(n_in, n_out) for n_in, n_out in pairs)
        for layer in self.layers:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)

    @check
    def forward(
        self, x: Float[Tensor, "B {self.in_features}"] | Float[Tensor, "{self.in_features}"]
    ) -> Float[Tensor, "_ {self.out_features}"]:
        if x.dim() == 1:
            x = x.unsqueeze(0)
        for layer in self.layers[:-1]:
            x = F.relu(layer(x), inplace=True)  # F.linear fuses product and bias
        return self.layers[-1](x)


@check
def check_layers(
    weights: list[Float[Tensor, "n[l+1] n[l]"]],
    biases: list[Float[Tensor, "n[l+1]"]],
    x: Float[Tensor, "B n[0]"],
    y: Float[Tensor, "B n[-1]"],
) -> None:
    """Holds what a model was built with against what goes in and comes out."""


@check
def stable_loss(logits: Float[Tensor, "B C"], labels: Int64[Tensor, "B"]) -> Float[Tensor, ""]:
    """log_softmax and the negative log-likelihood in one."""
    return F.cross_entropy(logits, labels)


@check
def predict_proba(model: EfficientMLP, x: Float[Tensor, "n_in"]) -> Float[Tensor, "n_out"]:
    with torch.no_grad():
        return F.softmax(model(x), dim=-1).squeeze(0)


def main():
    torch.manual_seed(0)
    model = EfficientMLP(784, [512, 256, 128], 10)
    x, labels = torch.randn(64, 784), torch.randint(10, (64,))
    logits = model(x)
    check_layers(
        [layer.weight for layer in model.layers],
        [layer.bias for layer in model.layers],
        x,
        logits,
    )
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{tuple(x.shape)} -> {tuple(logits.shape)}, {parameters:,} parameters")

    one = predict_proba(model, x[0])
    assert torch.allclose(one, F.softmax(logits, dim=-1)[0], atol=1e-5)
    nll = F.nll_loss(F.log_softmax(logits, dim=-1), labels)
    assert torch.allclose(stable_loss(logits, labels), nll)
    print(f"one sample {tuple(x[0].shape)} -> {tuple(model(x[0]).shape)} -> {tuple(one.shape)}")


def mistake_images():
    """Images go in as they come from the loader."""
    model = EfficientMLP(784, [512, 256, 128], 10)
    images = torch.zeros(64, 1, 28, 28)
    model(images)


def mistake_batch_of_one():
    """The single sample has become a batch of one, and is returned as that."""

    @check
    def predict_proba(model: EfficientMLP, x: Float[Tensor, "n_in"]) -> Float[Tensor, "n_out"]:
        with torch.no_grad():
            logits = model(x)
        return F.softmax(logits, dim=-1)

    predict_proba(EfficientMLP(784, [512, 256, 128], 10), torch.zeros(784))


def mistake_column_of_labels():
    """The labels are a column (64, 1)."""
    model = EfficientMLP(784, [512, 256, 128], 10)
    labels = torch.zeros(64, 1, dtype=torch.int64)
    stable_loss(model(torch.zeros(64, 784)), labels)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case ["--mistake", "images"]:
            mistake_images()
        case ["--mistake", "batch_of_one"]:
            mistake_batch_of_one()
        case ["--mistake", "column_of_labels"]:
            mistake_column_of_labels()
