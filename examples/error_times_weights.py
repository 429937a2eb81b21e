"""A 3-D error times a 2-D weight matrix: (200, 100, 1) and (100, 200) to (200, 200, 1).

The error has one column (n_out, 1) for each sample; going back through W gives (n_in, 1) for each
sample. The axis that is summed is n_out: the middle one of the error, the first one of W. Neither
`A @ W` nor a reshaped W says that; einsum does, tensordot does with its axes moved back, and so
does the plain matrix product of the slice.
"""

import sys

import numpy as np
from jaxtyping import Float

from shapecheck import check


@check
def with_einsum(
    A: Float[np.ndarray, "B n_out 1"], W: Float[np.ndarray, "n_out n_in"]
) -> Float[np.ndarray, "B n_in 1"]:
    return np.einsum("ijk,jl->ilk", A, W)


@check
def with_tensordot(
    A: Float[np.ndarray, "B n_out 1"], W: Float[np.ndarray, "n_out n_in"]
) -> Float[np.ndarray, "B n_in 1"]:
    return np.tensordot(A, W, axes=(1, 0)).swapaxes(1, 2)


@check
def with_slice(
    A: Float[np.ndarray, "B n_out 1"], W: Float[np.ndarray, "n_out n_in"]
) -> Float[np.ndarray, "B n_in 1"]:
    return A[:, :, 0].dot(W)[..., None]


@check
def with_matmul(
    A: Float[np.ndarray, "B n_out 1"], W: Float[np.ndarray, "n_out n_in"]
) -> Float[np.ndarray, "B n_in 1"]:
    """Each sample's column, multiplied from the left by the same W.T."""
    return W.T @ A


def example():
    rng = np.random.default_rng(3)
    return rng.standard_normal((200, 100, 1)), rng.standard_normal((100, 200))


def main():
    A, W = example()
    expected = with_einsum(A, W)
    for way in (with_tensordot, with_slice, with_matmul):
        assert np.allclose(way(A, W), expected)
        print(f"{way.__name__:<14} {A.shape} and {W.shape} -> {way(A, W).shape}")


def mistake_reshape():
    """W is given a third axis so that it looks like A."""
    A, W = example()
    with_einsum(A, W.reshape(100, 200, 1))


def mistake_tensordot():
    """tensordot puts the axes of W last; here they stay there."""

    @check
    def with_tensordot(
        A: Float[np.ndarray, "B n_out 1"], W: Float[np.ndarray, "n_out n_in"]
    ) -> Float[np.ndarray, "B n_in 1"]:
        return np.tensordot(A, W, axes=(1, 0))

    A, W = example()
    with_tensordot(A, W)


def mistake_squeezed():
    """The error was squeezed on the way: (200, 100), a row for each sample."""
    A, W = example()
    error = A.squeeze()
    with_einsum(error, W)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case ["--mistake", "reshape"]:
            mistake_reshape()
        case ["--mistake", "tensordot"]:
            mistake_tensordot()
        case ["--mistake", "squeezed"]:
            mistake_squeezed()
