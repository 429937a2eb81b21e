"""Feature maps as a loop over patches: each 3x3 patch, with a 1 in front, times Theta.

A patch of k by k pixels in C channels becomes C rows of k*k numbers; with the 1 for the bias Theta
has k*k+1 rows. There are H-k+1 places for the patch from top to bottom and W-k+1 from left to
right: that is where 32 turns into 30. All of it stands in the signatures, as formulas.
"""

import sys

import numpy as np
from jaxtyping import Float
from numpy.lib.stride_tricks import sliding_window_view

from shapecheck import check


@check
def one_patch(
    patch: Float[np.ndarray, "k k C"], Theta: Float[np.ndarray, "k*k+1 F"]
) -> Float[np.ndarray, "C F"]:
    k, _, C = patch.shape
    rows = np.vstack([np.ones((1, C)), patch.reshape(k * k, C)]).T
    return rows @ Theta


@check
def with_loop(
    image: Float[np.ndarray, "H W C"], Theta: Float[np.ndarray, "{k}*{k}+1 F"], k: int
) -> Float[np.ndarray, "H-{k}+1 W-{k}+1 C F"]:
    H, W, C = image.shape
    output = np.zeros((H - k + 1, W - k + 1, C, Theta.shape[1]))
    for i in range(H - k + 1):
        for j in range(W - k + 1):
            output[i, j] = one_patch(image[i : i + k, j : j + k], Theta)
    return output


@check
def at_once(
    image: Float[np.ndarray, "H W C"], Theta: Float[np.ndarray, "{k}*{k}+1 F"], k: int
) -> Float[np.ndarray, "H-{k}+1 W-{k}+1 C F"]:
    patches = sliding_window_view(image, (k, k), axis=(0, 1))
    return patches.reshape(*patches.shape[:3], k * k) @ Theta[1:] + Theta[0]


def example():
    rng = np.random.default_rng(5)
    return rng.random((32, 32, 3)), rng.random((10, 16))


def main():
    image, Theta = example()
    output = with_loop(image, Theta, 3)
    assert output.shape == (30, 30, 3, 16)
    assert np.allclose(output, at_once(image, Theta, 3))
    print(f"{image.shape} and {Theta.shape} -> {output.shape}, by the loop and at once")


def mistake_no_bias_row():
    """Theta has a row for each pixel of the patch, and none for the 1."""
    image, Theta = example()
    with_loop(image, Theta[1:], 3)


def mistake_padding():
    """The output is made as large as the image, and its margin stays zero."""

    @check
    def with_loop(
        image: Float[np.ndarray, "H W C"], Theta: Float[np.ndarray, "{k}*{k}+1 F"], k: int
    ) -> Float[np.ndarray, "H-{k}+1 W-{k}+1 C F"]:
        output = np.zeros((*image.shape, Theta.shape[1]))
        for i in range(image.shape[0] - k + 1):
            for j in range(image.shape[1] - k + 1):
                output[i, j] = one_patch(image[i : i + k, j : j + k], Theta)
        return output

    image, Theta = example()
    with_loop(image, Theta, 3)


def mistake_last_patch():
    """The loop goes on to the edge of the image, where a slice is smaller than k."""
    image, Theta = example()
    for j in range(32):
        one_patch(image[0:3, j : j + 3], Theta)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case ["--mistake", "no_bias_row"]:
            mistake_no_bias_row()
        case ["--mistake", "padding"]:
            mistake_padding()
        case ["--mistake", "last_patch"]:
            mistake_last_patch()
