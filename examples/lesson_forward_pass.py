"""The forward pass as matrix products, with the numbers of a lesson: its loss is 0.8963.

Here W is (from, to): a row for each input, a column for each neuron, so that `x @ W + b` needs no
transpose. Checking dimensions, (a,) x (a, b) = (b,), is the lesson's "number one debugging tool";
written into the signature it is done at every call. Then: why two layers without ReLU between
them are one layer, and in which order their matrices are multiplied.
"""

import sys

import numpy as np
from jaxtyping import Float

from shapecheck import check

W1 = np.array([[0.2, -0.5, 0.1], [-0.3, 0.4, -0.2], [0.1, 0.3, 0.5], [-0.4, 0.2, -0.1]])
b1 = np.array([0.1, -0.1, 0.0])
W2 = np.array([[0.3, -0.2, 0.4, 0.1], [-0.1, 0.5, -0.3, 0.2], [0.2, -0.4, 0.1, -0.5]])
b2 = np.array([0.0, 0.1, -0.1, 0.0])
image = np.array([[1, 0], [1, 1]])


@check
def forward(
    x: Float[np.ndarray, "n_in"],
    W1: Float[np.ndarray, "n_in n_hid"],
    b1: Float[np.ndarray, "n_hid"],
    W2: Float[np.ndarray, "n_hid n_out"],
    b2: Float[np.ndarray, "n_out"],
) -> Float[np.ndarray, "n_out"]:
    h = np.maximum(0, x @ W1 + b1)
    return h @ W2 + b2


@check
def forward_by_neuron(
    x: Float[np.ndarray, "n_in"],
    W: Float[np.ndarray, "n_in n_out"],
    b: Float[np.ndarray, "n_out"],
) -> Float[np.ndarray, "n_out"]:
    """Each neuron is the dot product of x with a column of W."""
    return np.array([sum(x * W[:, j]) + b[j] for j in range(len(b))])


@check
def mse(y_hat: Float[np.ndarray, "n_out"], target: Float[np.ndarray, "n_out"]) -> float:
    return float(np.mean((y_hat - target) ** 2))


@check
def collapse(
    W1: Float[np.ndarray, "n_in n_hid"],
    b1: Float[np.ndarray, "n_hid"],
    W2: Float[np.ndarray, "n_hid n_out"],
    b2: Float[np.ndarray, "n_out"],
) -> tuple[Float[np.ndarray, "n_in n_out"], Float[np.ndarray, "n_out"]]:
    """The one layer that two linear layers are."""
    return W1 @ W2, b1 @ W2 + b2


def main():
    x = image.flatten().astype(float)
    target = image.T.flatten().astype(float)
    y_hat = forward(x, W1, b1, W2, b2)
    print(f"Input:      {x}")
    print(f"z1:         {np.round(x @ W1 + b1, 4) + 0.0}")
    print(f"h (ReLU):   {np.round(np.maximum(0, x @ W1 + b1), 4)}")
    print(f"Prediction: {np.round(y_hat, 4)}")
    print(f"Target:     {target}")
    print(f"MSE Loss:   {mse(y_hat, target):.4f}")
    assert np.allclose(y_hat, [0.1, -0.1, -0.05, -0.25])
    assert f"{mse(y_hat, target):.4f}" == "0.8963"

    assert np.allclose(forward_by_neuron(x, W1, b1), x @ W1 + b1)
    assert np.array_equal(x.dot(W1), np.dot(x, W1))  # three spellings of one product
    assert np.array_equal(x.dot(W1), x @ W1)

    W, b = collapse(W1, b1, W2, b2)
    assert np.allclose(x @ W + b, (x @ W1 + b1) @ W2 + b2)
    print(f"Collapsed:  {np.round(x @ W + b, 2)}")


def mistake_unflattened():
    """The image itself is passed, not its four pixels."""
    forward(image.astype(float), W1, b1, W2, b2)


def mistake_to_from():
    """W1 as nn.Linear would store it."""
    x = image.flatten().astype(float)
    W1_loaded = W1.T.copy()
    forward(x, W1_loaded, b1, W2, b2)


def mistake_order():
    """The matrices are multiplied in the order in which W2 W1 x would be written."""

    @check
    def collapse(
        W1: Float[np.ndarray, "n_in n_hid"], W2: Float[np.ndarray, "n_hid n_out"]
    ) -> Float[np.ndarray, "n_in n_out"]:
        return W2 @ W1

    collapse(W1, W2)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case ["--mistake", "unflattened"]:
            mistake_unflattened()
        case ["--mistake", "to_from"]:
            mistake_to_from()
        case ["--mistake", "order"]:
            mistake_order()
