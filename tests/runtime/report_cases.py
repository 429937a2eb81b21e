"""Programs with one mistake each; what shapecheck says of them is kept in tests/golden/reports."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from shapecheck import assert_shape, check, scope

A = np.ndarray


@check
def linear(
    x: Float[A, "B n_in"], W: Float[A, "n_out n_in"], b: Float[A, "n_out"]
) -> Float[A, "B n_out"]:
    return x @ W.T + b


@check
def project(x: Float[Tensor, "B n_in"], W: Float[Tensor, "n_out n_in"]) -> Float[Tensor, "B n_out"]:
    return x @ W.T


@check
def keras_dense(x: Float[A, "B n_in"], kernel: Float[A, "n_in n_out"]) -> Float[A, "B n_out"]:
    return x @ kernel


@check
def blend(
    now: Float[A, "B n"], before: Float[A, "B n"], target: Float[A, "B n"]
) -> Float[A, "B n"]:
    return now + before + target


@check
def mse(pred: Float[Tensor, "B"], y: Float[Tensor, "B"]) -> Float[Tensor, ""]:
    return ((pred - y) ** 2).mean()


@check
def to_grey(
    images: Float[Tensor, "B 3 h w"], weights: Float[Tensor, "3"]
) -> Float[Tensor, "B h w"]:
    return torch.einsum("bchw,c->bhw", images, weights)


@check
def attend(
    q: Float[Tensor, "*batch t_q d"],
    k: Float[Tensor, "*batch t_k d"],
    mask: Int[Tensor, "t_q t_k"] | None = None,
) -> Float[Tensor, "*batch t_q t_k"]:
    return q @ k.mT


@check
def either(x: Float[A, "B n"] | Float[A, "n"], W: Float[A, "m n"]):
    return x @ W.T


@check
def forward(
    weights: list[Float[A, "n[l+1] n[l]"]], biases: list[Float[A, "n[l+1]"]], x: Float[A, "B n[0]"]
) -> Float[A, "B n[-1]"]:
    for W, b in zip(weights, biases, strict=True):
        x = x @ W.T + b
    return x


@check
def bias_gradient(dy: Float[A, "B n_out"]) -> Float[A, "n_out"]:
    return dy


@check
def weight_gradient(
    x: Float[A, "B n_in"], dy: Float[A, "B n_out"]
) -> tuple[Float[A, "n_out n_in"], Float[A, "n_out"]]:
    return x.T @ dy, dy.sum(axis=0)


@check
def upsample(x: Float[A, "B t"]) -> Float[A, "B 2*t-1"]:
    return np.repeat(x, 2, axis=1)


@check
def hidden(x: Float[A, "B n_in"], W: Float[A, "n_hid n_in"]) -> Float[A, "B n_hid"]:
    h = np.maximum(0, W @ x.T)
    return assert_shape(h, "B n_hid")


@check
class Dense:
    W: Float[A, "n_out n_in"]
    b: Float[A, "n_out"]

    def __init__(self, n_in, n_out):
        rng = np.random.default_rng(0)
        self.W = rng.normal(size=(n_in, n_out))
        self.b = np.zeros(n_out)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(800, 10)

    @check
    def forward(self, z: Float[Tensor, "B 800"]) -> Float[Tensor, "B 10"]:
        return self.fc(z)


def transposed_weight():
    X = np.zeros((32, 784))
    W1, b1 = np.zeros((784, 256)), np.zeros(256)
    return linear(X, W1, b1)


def transposed_weight_without_bias():
    x = torch.zeros(32, 784)
    weight = torch.zeros(784, 256)
    return project(x, weight)


def torch_weight_in_keras_layer():
    x = np.zeros((32, 784))
    W = np.zeros((256, 784))
    return keras_dense(x, kernel=W)


def bias_per_sample():
    X, W = np.zeros((32, 784)), np.zeros((256, 784))
    return linear(X, W, np.zeros(len(X)))


def row_vector_for_bias():
    X, W = np.zeros((32, 784)), np.zeros((256, 784))
    b = np.array(np.zeros(256), ndmin=2)
    return linear(X, W, b)


def column_of_predictions():
    pred, y = torch.zeros(4, 1), torch.zeros(4)
    return mse(pred, y)


def single_sample():
    X, W, b = np.zeros((32, 784)), np.zeros((256, 784)), np.zeros(256)
    return linear(X[0], W, b)


def images_not_flattened():
    images = np.zeros((32, 28, 28))
    W, b = np.zeros((256, 784)), np.zeros(256)
    return linear(images, W, b)


def channels_last():
    images = torch.zeros(8, 224, 200, 3)
    return to_grey(images, torch.zeros(3))


def integer_input():
    X = np.arange(6).reshape(2, 3)
    return linear(X, np.zeros((4, 3)), np.zeros(4))


def tensor_for_array():
    return linear(torch.zeros(2, 3), np.zeros((4, 3)), np.zeros(4))


def list_for_array():
    return linear([[1.0, 2.0, 3.0]], np.zeros((4, 3)), np.zeros(4))


def nothing_for_array():
    return linear(np.zeros((2, 3)), np.zeros((4, 3)), None)


def two_sides_disagree():
    x = np.zeros((32, 700))
    kernel = np.zeros((784, 256))
    return keras_dense(x, kernel)


def the_first_is_the_odd_one_out():
    now, before, target = np.zeros((32, 9)), np.zeros((32, 10)), np.zeros((32, 10))
    return blend(now, before, target)


def third_layer_is_transposed():
    sizes = [784, 256, 128, 10]
    weights = [np.zeros((n_out, n_in)) for n_in, n_out in zip(sizes, sizes[1:], strict=False)]
    weights[2] = weights[2].T
    biases = [np.zeros(n) for n in sizes[1:]]
    return forward(weights, biases, np.zeros((32, 784)))


def layers_do_not_fit():
    weights = [np.zeros((256, 784)), np.zeros((10, 300))]
    biases = [np.zeros(256), np.zeros(10)]
    return forward(weights, biases, np.zeros((32, 784)))


def none_of_a_union():
    return either(np.zeros((2, 3, 4)), np.zeros((5, 4)))


def bias_gradient_keeps_the_batch():
    return bias_gradient(np.zeros((32, 10)))


def weight_gradient_is_transposed():
    return weight_gradient(np.zeros((32, 784)), np.zeros((32, 10)))


def formula_in_the_result():
    return upsample(np.zeros((2, 8)))


def batch_of_another_length():
    q = torch.zeros(2, 8, 10, 64)
    k = torch.zeros(2, 4, 10, 64)
    return attend(q, k)


def heads_forgotten():
    q = torch.zeros(2, 8, 10, 64)
    k = torch.zeros(2, 8, 12, 64)
    return attend(q, k, mask=torch.ones(12, 10, dtype=torch.int64))


def local_value():
    return hidden(np.zeros((32, 784)), np.zeros((256, 784)))


def attribute():
    return Dense(784, 256)


def module():
    net = Net()
    features = torch.zeros(8, 32, 5, 5)
    return net(features)


def module_other_size():
    net = Net()
    return net(torch.zeros(8, 1568))


def outer_scope():
    with scope(B=32):
        return keras_dense(np.zeros((31, 4)), np.zeros((4, 2)))


def call_over_several_lines():
    X = np.zeros((32, 784))
    return linear(
        X,
        np.zeros((784, 256)),
        np.zeros(256),
    )


CASES = [
    value
    for name, value in list(globals().items())
    if callable(value)
    and getattr(value, "__module__", "") == __name__
    and not hasattr(value, "__wrapped__")
    and not isinstance(value, type)
]
