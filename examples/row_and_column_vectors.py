"""Why `numpy.array(inputs, ndmin=2).T`: a list is neither a row nor a column.

`np.array([1, 2, 3])` has the shape (3,). `ndmin=2` makes it a row (1, 3), and only then `.T` makes
a column (3, 1); `.T` of a 1-D array does nothing at all. In X = W I the inputs are a column, and
when the weights are updated the same columns meet as error @ inputs.T, (n_out, 1) @ (1, n_in).
"""

import sys

import numpy as np
from jaxtyping import Float

from shapecheck import check

W = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]])


@check
def query(
    W: Float[np.ndarray, "n_out n_in"], inputs: Float[np.ndarray, "n_in 1"]
) -> Float[np.ndarray, "n_out 1"]:
    return W @ inputs


@check
def update(
    error: Float[np.ndarray, "n_out 1"], inputs: Float[np.ndarray, "n_in 1"], rate: float
) -> Float[np.ndarray, "n_out n_in"]:
    """What is added to W: the products of each error with each input."""
    return rate * (error @ inputs.T)


def main():
    inputs_list = [1.0, 2.0, 3.0]
    flat = np.array(inputs_list)
    row = np.array(inputs_list, ndmin=2)
    column = np.array(inputs_list, ndmin=2).T
    print(f"array {flat.shape}, ndmin=2 {row.shape}, ndmin=2 and .T {column.shape}")
    assert flat.T.shape == (3,)

    X = query(W, column)
    assert np.allclose(X, [[1.4], [3.2], [5.0]])
    assert np.allclose(X[:, 0], W @ flat)  # 1-D works for a product, and gives 1-D
    print(f"W I: {W.shape} @ {column.shape} -> {X.shape}")

    dW = update(1 - X, column, 0.1)
    assert np.allclose(dW, 0.1 * np.outer(1 - X, flat))
    assert (1 - X[:, 0]) @ flat.T == np.sum((1 - X[:, 0]) * flat)  # 1-D: one number, not a matrix
    print(f"error I': {X.shape} @ {column.T.shape} -> {dW.shape}")


def mistake_row():
    """ndmin=2 without .T."""
    inputs = np.array([1.0, 2.0, 3.0], ndmin=2)
    query(W, inputs)


def mistake_flat():
    """.T without ndmin=2: still (3,)."""
    inputs = np.array([1.0, 2.0, 3.0]).T
    query(W, inputs)


def mistake_update():
    """With 1-D arrays the product of error and inputs is one number, added to every weight."""
    inputs = np.array([1.0, 2.0, 3.0])
    error = 1 - W @ inputs
    update(error, inputs, 0.1)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case ["--mistake", "row"]:
            mistake_row()
        case ["--mistake", "flat"]:
            mistake_flat()
        case ["--mistake", "update"]:
            mistake_update()
