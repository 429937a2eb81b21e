"""Backpropagation by hand, for a network of any depth.

Which of `dZ.T @ A` and `A.T @ dZ` is dW, and why is db a sum? A gradient has the shape of what it
is the gradient of. So the gradients are declared as the parameters are, and the check answers:
with W stored (n[l+1], n[l]), dW is `dZ.T @ A`, which sums over the batch; b was used once for each
sample, so db is summed over the samples too.
"""

import sys

import numpy as np
from jaxtyping import Float

from shapecheck import check

Weights = list[Float[np.ndarray, "n[l+1] n[l]"]]
Biases = list[Float[np.ndarray, "n[l+1]"]]
Activations = list[Float[np.ndarray, "B n[l]"]]


@check
def forward(X: Float[np.ndarray, "B n[0]"], weights: Weights, biases: Biases) -> Activations:
    """All activations, the input first; the last layer is linear."""
    activations = [X]
    for W, b in zip(weights, biases, strict=True):
        Z = activations[-1] @ W.T + b
        activations.append(Z if W is weights[-1] else np.tanh(Z))
    return activations


@check
def backward_of_layer(
    dZ: Float[np.ndarray, "B n_out"],
    A: Float[np.ndarray, "B n_in"],
    W: Float[np.ndarray, "n_out n_in"],
) -> tuple[
    Float[np.ndarray, "n_out n_in"], Float[np.ndarray, "n_out"], Float[np.ndarray, "B n_in"]
]:
    """The gradients of W, b and A, where Z = A W' + b."""
    dW = dZ.T @ A
    db = dZ.sum(axis=0)
    dA = dZ @ W
    return dW, db, dA


@check
def backward(
    weights: Weights, activations: Activations, dY: Float[np.ndarray, "B n[-1]"]
) -> tuple[Weights, Biases]:
    dWs, dbs, dZ = [], [], dY
    for W, A in zip(reversed(weights), reversed(activations[:-1]), strict=True):
        dW, db, dA = backward_of_layer(dZ, A, W)
        dWs.insert(0, dW)
        dbs.insert(0, db)
        dZ = dA * (1 - A**2)
    return dWs, dbs


def loss(X, T, weights, biases):
    return np.sum((forward(X, weights, biases)[-1] - T) ** 2) / 2


def slope(f, array, index, eps=1e-6):
    """The derivative of f by one entry of an array, by finite differences."""
    kept = array[index]
    array[index] = kept + eps
    above = f()
    array[index] = kept - eps
    below = f()
    array[index] = kept
    return (above - below) / (2 * eps)


def example():
    rng = np.random.default_rng(42)
    sizes = [4, 8, 6, 3]
    pairs = zip(sizes, sizes[1:], strict=False)
    weights = [rng.standard_normal((n_out, n_in)) * 0.5 for n_in, n_out in pairs]
    biases = [np.zeros(n_out) for n_out in sizes[1:]]
    return rng.standard_normal((5, 4)), rng.standard_normal((5, 3)), weights, biases


def main():
    X, T, weights, biases = example()
    activations = forward(X, weights, biases)
    dWs, dbs = backward(weights, activations, activations[-1] - T)

    for parameters, gradients in ((weights, dWs), (biases, dbs)):
        for p, g in zip(parameters, gradients, strict=True):
            for index in np.ndindex(p.shape):
                numeric = slope(lambda: loss(X, T, weights, biases), p, index)
                assert np.isclose(g[index], numeric, atol=1e-6)
    print("gradients equal finite differences:", *(dW.shape for dW in dWs), *(d.shape for d in dbs))

    before = loss(X, T, weights, biases)
    for _ in range(50):
        activations = forward(X, weights, biases)
        dWs, dbs = backward(weights, activations, activations[-1] - T)
        weights = [W - 0.05 * dW for W, dW in zip(weights, dWs, strict=True)]
        biases = [b - 0.05 * db for b, db in zip(biases, dbs, strict=True)]
    after = loss(X, T, weights, biases)
    assert after < before / 10
    print("50 steps of descent bring the loss below a tenth")


def mistake_transposed():
    """`A.T @ dZ` for dW: right where W is stored (n_in, n_out), and it is not."""

    @check
    def backward_of_layer(
        dZ: Float[np.ndarray, "B n_out"],
        A: Float[np.ndarray, "B n_in"],
        W: Float[np.ndarray, "n_out n_in"],
    ) -> tuple[Float[np.ndarray, "n_out n_in"], Float[np.ndarray, "B n_in"]]:
        dW = A.T @ dZ
        dA = dZ @ W
        return dW, dA

    X, T, weights, biases = example()
    activations = forward(X, weights, biases)
    backward_of_layer(activations[-1] - T, activations[-2], weights[-1])


def mistake_unsummed():
    """db is not summed over the samples, and broadcasting makes b a matrix without a word."""

    @check
    def descend(
        b: Float[np.ndarray, "n_out"], dZ: Float[np.ndarray, "B n_out"]
    ) -> Float[np.ndarray, "n_out"]:
        return b - 0.05 * dZ

    X, T, weights, biases = example()
    dY = forward(X, weights, biases)[-1] - T
    descend(biases[-1], dY)


def mistake_list():
    """The same in every layer of the network."""

    @check
    def backward(
        weights: Weights, activations: Activations, dY: Float[np.ndarray, "B n[-1]"]
    ) -> tuple[Weights, Biases]:
        dWs, dbs, dZ = [], [], dY
        for W, A in zip(reversed(weights), reversed(activations[:-1]), strict=True):
            dWs.insert(0, A.T @ dZ)
            dbs.insert(0, dZ.sum(axis=0))
            dZ = (dZ @ W) * (1 - A**2)
        return dWs, dbs

    X, T, weights, biases = example()
    activations = forward(X, weights, biases)
    backward(weights, activations, activations[-1] - T)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case ["--mistake", "transposed"]:
            mistake_transposed()
        case ["--mistake", "unsummed"]:
            mistake_unsummed()
        case ["--mistake", "list"]:
            mistake_list()
