"""Samples as columns: Z = W A + b, where the rows' convention writes Z = A W.T + b.

With samples as columns X is (n_in, B) and W needs no transpose; but b has to be a column (n_out, 1)
in order to be added to each of the B columns: a vector (n_out,) would line up with the samples.
W is the same (n_out, n_in) in both conventions. Mixing the two is the mistake of this program.
"""

import sys

import numpy as np
from jaxtyping import Float

from shapecheck import check


@check
def layer_of_columns(
    X: Float[np.ndarray, "n_in B"],
    W: Float[np.ndarray, "n_out n_in"],
    b: Float[np.ndarray, "n_out 1"],
) -> Float[np.ndarray, "n_out B"]:
    return np.tanh(W @ X + b)


@check
def layer_of_rows(
    X: Float[np.ndarray, "B n_in"],
    W: Float[np.ndarray, "n_out n_in"],
    b: Float[np.ndarray, "n_out"],
) -> Float[np.ndarray, "B n_out"]:
    return np.tanh(X @ W.T + b)


@check
def network_of_columns(
    X: Float[np.ndarray, "n[0] B"],
    weights: list[Float[np.ndarray, "n[l+1] n[l]"]],
    biases: list[Float[np.ndarray, "n[l+1] 1"]],
) -> Float[np.ndarray, "n[-1] B"]:
    A = X
    for W, b in zip(weights, biases, strict=True):
        A = layer_of_columns(A, W, b)
    return A


def example():
    rng = np.random.default_rng(7)
    X = rng.standard_normal((4, 3))  # 3 samples of 4 features, a column each
    W = rng.standard_normal((5, 4))
    b = rng.standard_normal(5)
    return X, W, b


def main():
    X, W, b = example()
    Z = layer_of_columns(X, W, b[:, None])
    assert np.allclose(Z, layer_of_rows(X.T, W, b).T)
    print(f"columns {X.shape} -> {Z.shape}, rows {X.T.shape} -> {Z.T.shape}: the same numbers")

    V, c = np.ones((2, 5)), np.zeros(2)
    Y = network_of_columns(X, [W, V], [b[:, None], c[:, None]])
    assert np.allclose(Y.T, layer_of_rows(layer_of_rows(X.T, W, b), V, c))
    print(f"two layers: {X.shape} -> {Y.shape}")


def mistake_flat_bias():
    """The bias of the rows' convention: as a row it would line up with the samples."""
    X, W, b = example()
    layer_of_columns(X, W, b)


def mistake_rows():
    """Data with samples as rows, straight from the file, in the columns' convention."""
    rows = np.zeros((150, 4))
    _, W, b = example()
    layer_of_columns(rows, W, b[:, None])


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case ["--mistake", "flat_bias"]:
            mistake_flat_bias()
        case ["--mistake", "rows"]:
            mistake_rows()
