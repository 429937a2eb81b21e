"""Why is nn.Linear's weight (n_out, n_in), and transposed at every call?

Keras stores a kernel as (n_in, n_out) and computes `x @ kernel`; PyTorch stores (n_out, n_in) and
computes `x @ weight.t()`. The transpose is free, a view of the same memory; the layout is a
convention. It matters when weights travel from one library to the other, so each function declares
the layout that it means. (Sizes tell the two apart unless n_in and n_out are equal.)
"""

import sys

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from shapecheck import check


@check
def keras_dense(
    x: Float[np.ndarray, "B n_in"],
    kernel: Float[np.ndarray, "n_in n_out"],
    bias: Float[np.ndarray, "n_out"],
) -> Float[np.ndarray, "B n_out"]:
    return x @ kernel + bias


@check
def torch_linear(
    x: Float[Tensor, "B n_in"], weight: Float[Tensor, "n_out n_in"], bias: Float[Tensor, "n_out"]
) -> Float[Tensor, "B n_out"]:
    return x.matmul(weight.t()) + bias


@check
def load(
    layer: nn.Linear,
    weight: Float[Tensor, "{layer.out_features} {layer.in_features}"],
    bias: Float[Tensor, "{layer.out_features}"],
) -> nn.Linear:
    """Give a layer its weights; `layer.weight = nn.Parameter(...)` would take any shape."""
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
    return layer


def example():
    rng = np.random.default_rng(1)
    x, kernel, bias = rng.random((8, 4)), rng.random((4, 7)), rng.random(7)
    return x.astype(np.float32), kernel.astype(np.float32), bias.astype(np.float32)


def main():
    x, kernel, bias = example()
    expected = keras_dense(x, kernel, bias)

    weight = torch.from_numpy(kernel).t()
    assert weight.data_ptr() == torch.from_numpy(kernel).data_ptr()
    y = torch_linear(torch.from_numpy(x), weight, torch.from_numpy(bias))
    assert np.allclose(y, expected)

    layer = load(nn.Linear(4, 7), weight, torch.from_numpy(bias))
    assert np.allclose(layer(torch.from_numpy(x)).detach(), expected)
    print(f"Keras   x @ kernel      {x.shape} @ {kernel.shape} -> {expected.shape}")
    print(f"PyTorch x @ weight.t()  weight {tuple(layer.weight.shape)}: the same numbers")


def mistake_keras_kernel():
    """The kernel is loaded as it is."""
    _, kernel, bias = example()
    layer = nn.Linear(4, 7)
    load(layer, torch.from_numpy(kernel), torch.from_numpy(bias))


def mistake_untransposed():
    """A weight in nn.Linear's layout is taken for a kernel."""
    x, kernel, bias = example()
    weight = np.ascontiguousarray(kernel.T)
    keras_dense(x, weight, bias)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case ["--mistake", "keras_kernel"]:
            mistake_keras_kernel()
        case ["--mistake", "untransposed"]:
            mistake_untransposed()
