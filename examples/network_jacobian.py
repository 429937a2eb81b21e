"""The Jacobian of a whole network: J = D_L W_L ... D_1 W_1, of shape (n[-1], n[0]).

Each layer's Jacobian is D W: W stretched row by row with the slopes of the activation, and so it
has the shape of W. In which order the layers are multiplied, and why D is a diagonal matrix and not
the vector of slopes, both follow from the declared shapes.
"""

import sys

import numpy as np
from jaxtyping import Float

from shapecheck import check

Weights = list[Float[np.ndarray, "n[l+1] n[l]"]]
Biases = list[Float[np.ndarray, "n[l+1]"]]


def relu(z):
    return np.maximum(0, z)


def slopes(z):
    return (z > 0).astype(float)


@check
def layer_jacobian(
    W: Float[np.ndarray, "n_out n_in"], z: Float[np.ndarray, "n_out"]
) -> Float[np.ndarray, "n_out n_in"]:
    return np.diag(slopes(z)) @ W


@check
def jacobian(
    x: Float[np.ndarray, "n[0]"], weights: Weights, biases: Biases
) -> Float[np.ndarray, "n[-1] n[0]"]:
    a, J = x, np.eye(len(x))
    for W, b in zip(weights, biases, strict=True):
        z = W @ a + b
        J = layer_jacobian(W, z) @ J  # later layers come from the left
        a = relu(z)
    return J


@check
def by_finite_differences(
    x: Float[np.ndarray, "n[0]"], weights: Weights, biases: Biases, eps: float = 1e-6
) -> Float[np.ndarray, "n[-1] n[0]"]:
    def f(a):
        for W, b in zip(weights, biases, strict=True):
            a = relu(W @ a + b)
        return a

    columns = [(f(x + step) - f(x - step)) / (2 * eps) for step in eps * np.eye(len(x))]
    return np.stack(columns, axis=1)


def example():
    rng = np.random.default_rng(42)
    weights = [rng.standard_normal(shape) * 0.5 for shape in ((8, 4), (6, 8), (3, 6))]
    return rng.standard_normal(4), weights, [np.zeros(8), np.zeros(6), np.zeros(3)]


def main():
    x, weights, biases = example()
    J = jacobian(x, weights, biases)
    assert np.allclose(J, by_finite_differences(x, weights, biases), atol=1e-6)
    print(f"4 -> 8 -> 6 -> 3: the Jacobian is {J.shape}, equal to finite differences")


def mistake_vector_of_slopes():
    """The slopes are multiplied as a vector: that sums over the units."""

    @check
    def layer_jacobian(
        W: Float[np.ndarray, "n_out n_in"], z: Float[np.ndarray, "n_out"]
    ) -> Float[np.ndarray, "n_out n_in"]:
        return slopes(z) @ W

    x, weights, biases = example()
    layer_jacobian(weights[0], weights[0] @ x + biases[0])


def mistake_stacked_as_rows():
    """One difference for each input: as rows that is the transpose."""

    @check
    def by_finite_differences(
        x: Float[np.ndarray, "n_in"], W: Float[np.ndarray, "n_out n_in"], eps: float = 1e-6
    ) -> Float[np.ndarray, "n_out n_in"]:
        return np.array([(W @ (x + step) - W @ x) / eps for step in eps * np.eye(len(x))])

    x, weights, _ = example()
    by_finite_differences(x, weights[0])


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case ["--mistake", "vector_of_slopes"]:
            mistake_vector_of_slopes()
        case ["--mistake", "stacked_as_rows"]:
            mistake_stacked_as_rows()
