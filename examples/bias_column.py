"""The bias as a column of ones in X, or added separately: [1 X] @ [b; W] equals X @ W + b.

Both give (B, n_out); the formulas n_in+1 in the first form are the column of ones and the row of
biases. "How can b, 1x2, be added to X W, 3x2?" By broadcasting: every sample, a row, gets the same
biases, one for each output. So b has n_out entries, never one for each sample.
"""

import sys

import numpy as np
from jaxtyping import Float

from shapecheck import check

X = np.array([[2.0, 3.0, 4.0], [4.0, 5.0, 6.0], [8.0, 9.0, 5.0]])
W = np.array([[2.0, 3.0], [5.0, 8.0], [2.0, 3.0]])
b = np.array([0.5, 0.5])


@check
def separate(
    X: Float[np.ndarray, "B n_in"],
    W: Float[np.ndarray, "n_in n_out"],
    b: Float[np.ndarray, "n_out"],
) -> Float[np.ndarray, "B n_out"]:
    return X @ W + b


@check
def with_column(
    X1: Float[np.ndarray, "B n_in+1"], Wb: Float[np.ndarray, "n_in+1 n_out"]
) -> Float[np.ndarray, "B n_out"]:
    return X1 @ Wb


@check
def add_ones(X: Float[np.ndarray, "B n_in"]) -> Float[np.ndarray, "B n_in+1"]:
    return np.hstack([np.ones((len(X), 1)), X])


@check
def fold(
    W: Float[np.ndarray, "n_in n_out"], b: Float[np.ndarray, "n_out"]
) -> Float[np.ndarray, "n_in+1 n_out"]:
    return np.vstack([b, W])


def main():
    Y = separate(X, W, b)
    assert np.array_equal(Y, [[27.5, 42.5], [45.5, 70.5], [71.5, 111.5]])
    assert np.array_equal(with_column(add_ones(X), fold(W, b)), Y)
    print(f"[1 X] @ [b; W]  {add_ones(X).shape} @ {fold(W, b).shape} -> {Y.shape}")
    print(f"X @ W + b       {X.shape} @ {W.shape} + {b.shape} -> {Y.shape}: the same numbers")
    print(Y)


def mistake_no_ones():
    """The biases are in the matrix, the ones are not in X."""
    with_column(X, fold(W, b))


def mistake_row_of_ones():
    """The ones are stacked as a row, which is one more sample."""

    @check
    def add_ones(X: Float[np.ndarray, "B n_in"]) -> Float[np.ndarray, "B n_in+1"]:
        return np.vstack([np.ones((1, X.shape[1])), X])

    add_ones(X)


def mistake_bias_per_sample():
    """One bias for each sample, because X @ W has three rows."""
    biases = np.full(3, 0.5)
    separate(X, W, biases)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case ["--mistake", "no_ones"]:
            mistake_no_ones()
        case ["--mistake", "row_of_ones"]:
            mistake_row_of_ones()
        case ["--mistake", "bias_per_sample"]:
            mistake_bias_per_sample()
