"""One network, three ways to compute it: one sample, a whole batch, one unit at a time.

Layer l stores W as (n[l+1], n[l]), one row for each of its units. So a sample is `W @ a + b`, and
a batch of samples, which are rows, is `A @ W.T + b`. Which one needs the transpose, and what may
the list of layers look like? A single declaration answers for a network of any depth: neighbours
have to fit, n[0] is the input, n[-1] the output.
"""

import sys

import numpy as np
from jaxtyping import Float

from shapecheck import check

Weights = list[Float[np.ndarray, "n[l+1] n[l]"]]
Biases = list[Float[np.ndarray, "n[l+1]"]]


def relu(z):
    return np.maximum(0, z)


@check
def forward_sample(
    x: Float[np.ndarray, "n[0]"], weights: Weights, biases: Biases
) -> Float[np.ndarray, "n[-1]"]:
    """z = W a + b: (n[l+1], n[l]) @ (n[l],) + (n[l+1],) for every layer."""
    a = x
    for W, b in zip(weights, biases, strict=True):
        a = relu(W @ a + b)
    return a


@check
def forward_batch(
    X: Float[np.ndarray, "B n[0]"], weights: Weights, biases: Biases
) -> Float[np.ndarray, "B n[-1]"]:
    """Z = A W' + b: (B, n[l]) @ (n[l], n[l+1]) + (n[l+1],); b is added to each of the B rows."""
    A = X
    for W, b in zip(weights, biases, strict=True):
        A = relu(A @ W.T + b)
    return A


@check
def forward_units(
    x: Float[np.ndarray, "n[0]"], weights: Weights, biases: Biases
) -> Float[np.ndarray, "n[-1]"]:
    """z_j = sum_i W_ji a_i + b_j, written out."""
    a = x
    for W, b in zip(weights, biases, strict=True):
        n_out, n_in = W.shape
        z = np.zeros(n_out)
        for j in range(n_out):
            z[j] = sum(W[j, i] * a[i] for i in range(n_in)) + b[j]
        a = relu(z)
    return a


def network(sizes, seed=42):
    rng = np.random.default_rng(seed)
    pairs = list(zip(sizes, sizes[1:], strict=False))
    weights = [rng.standard_normal((n_out, n_in)) for n_in, n_out in pairs]
    biases = [rng.standard_normal(n_out) for n_out in sizes[1:]]
    return weights, biases


def main():
    weights, biases = network([784, 256, 128, 10])
    X = np.random.default_rng(0).standard_normal((32, 784))
    Y = forward_batch(X, weights, biases)
    parameters = sum(array.size for array in weights + biases)
    print(f"batch:  {X.shape} -> {Y.shape}, {parameters} parameters")

    y = forward_sample(X[0], weights, biases)
    assert np.allclose(y, Y[0])
    print(f"sample: {X[0].shape} -> {y.shape}, equal to the batch's first row")

    weights, biases = network([3, 4, 2])
    x = np.array([1.0, -2.0, 0.5])
    assert np.allclose(forward_units(x, weights, biases), forward_sample(x, weights, biases))
    print("units:  3 -> 4 -> 2, equal to the matrix form")


def mistake_from_to():
    """Every matrix is made as (from, to), the other convention."""
    sizes = [784, 256, 128, 10]
    weights = [np.zeros((n_in, n_out)) for n_in, n_out in zip(sizes, sizes[1:], strict=False)]
    biases = [np.zeros(n_out) for n_out in sizes[1:]]
    forward_batch(np.zeros((32, 784)), weights, biases)


def mistake_neighbours():
    """The second layer grew to 200 units, and the third was forgotten."""
    weights = [np.zeros((256, 784)), np.zeros((200, 256)), np.zeros((10, 128))]
    biases = [np.zeros(256), np.zeros(200), np.zeros(10)]
    forward_batch(np.zeros((32, 784)), weights, biases)


def mistake_one_sample():
    """A single sample goes to the function for batches."""
    weights, biases = network([784, 256, 128, 10])
    x = np.zeros(784)
    forward_batch(x, weights, biases)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case ["--mistake", "from_to"]:
            mistake_from_to()
        case ["--mistake", "neighbours"]:
            mistake_neighbours()
        case ["--mistake", "one_sample"]:
            mistake_one_sample()
