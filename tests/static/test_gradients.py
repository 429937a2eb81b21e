"""Gradients written by hand: those of another shape, and those that have to be left alone."""

import itertools
import textwrap

import pytest
import torch

from shapecheck.dims import Assumptions, Axis
from shapecheck.infer.gradients import judged
from shapecheck.ops import Array
from shapecheck.static.analysis import analyse
from shapecheck.static.project import Project

HEADER = """\
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd import Function
"""


def looked_at(program):
    source = HEADER + textwrap.dedent(program)
    found = analyse("program.py", source, Project()).diagnostics
    return source.split("\n"), found


def findings(program):
    lines, found = looked_at(program)
    return [(lines[one.span.line - 1].strip(), one.rule) for one in found]


def marked(program, rule):
    """The rule at each line that has `# here` at its end."""
    lines = [line.strip() for line in program.split("\n") if line.endswith("# here")]
    return [(line, rule) for line in lines]


LINEAR = """
class Linear(Function):
    @staticmethod
    def forward(ctx, x, W, b):
        ctx.save_for_backward(x, W)
        return x @ W.T + b

    @staticmethod
    def backward(ctx, dy):
        x, W = ctx.saved_tensors
        {body}

x, W, b = torch.zeros({B}, {n}), torch.zeros({m}, {n}), torch.zeros({m})
y = Linear.apply(x, W, b)
"""


def linear(body, B=32, n=784, m=256):
    return LINEAR.format(body=body, B=B, n=n, m=m)


WRONG_BACKWARD = {
    "transposed": (linear("return dy @ W, x.T @ dy, dy.sum(0)  # here"), "grad-shape"),
    "by way of a name": (
        linear("dW = x.t() @ dy; return dy @ W, dW, dy.sum(0)  # here"),
        "grad-shape",
    ),
    "not reduced": (linear("return dy @ W, dy.T @ x, dy  # here"), "grad-autoreduced"),
    "reduced to nothing": (linear("return dy @ W, dy.T @ x, dy.sum()  # here"), "grad-shape"),
    "reduced over the wrong axis": (
        linear("return dy @ W, dy.T @ x, dy.sum(1)  # here"),
        "grad-shape",
    ),
    "square": (linear("return dy @ W, x.T @ dy, dy.sum(0)  # here", n=64, m=64), "grad-axes"),
    "all alike": (
        linear("return dy @ W, x.T @ dy, dy.sum(0)  # here", B=8, n=8, m=8),
        "grad-axes",
    ),
    "one too few": (linear("return dy @ W, dy.T @ x  # here"), "grad-count"),
    "one too many": (linear("return dy @ W, dy.T @ x, dy.sum(0), dy  # here"), "grad-count"),
    "only one": (linear("return dy @ W  # here"), "grad-count"),
    "of a number": (
        """
        class Scale(Function):
            @staticmethod
            def forward(ctx, x, factor):
                ctx.factor = factor
                return x * factor

            @staticmethod
            def backward(ctx, dy):
                return dy * ctx.factor, dy.sum()  # here

        Scale.apply(torch.zeros(3, 4), 2.0)
        """,
        "grad-count",
    ),
    "context set up apart": (
        """
        class Linear(Function):
            @staticmethod
            def forward(x, W, scale=1.0):
                return scale * x @ W.T

            @staticmethod
            def setup_context(ctx, inputs, output):
                x, W, ctx.scale = inputs
                ctx.save_for_backward(x, W)

            @staticmethod
            def backward(ctx, dy):
                x, W = ctx.saved_tensors
                return ctx.scale * dy @ W, ctx.scale * x.T @ dy, None  # here

        linear = Linear.apply
        linear(torch.zeros(32, 784), torch.zeros(256, 784))
        """,
        "grad-shape",
    ),
    "inside a module": (
        """
        class Times(Function):
            @staticmethod
            def forward(ctx, x, W):
                ctx.x, ctx.W = x, W
                return x @ W

            @staticmethod
            def backward(ctx, dy):
                return dy @ ctx.W.T, dy.T @ ctx.x  # here

        class Layer(torch.nn.Module):
            def __init__(self, n_in, n_out):
                super().__init__()
                self.W = torch.nn.Parameter(torch.zeros(n_in, n_out))

            def forward(self, x):
                return Times.apply(x, self.W)

        Layer(10, 5)(torch.zeros(8, 10))
        """,
        "grad-shape",
    ),
    "declared and never applied": (
        """
        class Linear(Function):
            @staticmethod
            def forward(ctx, x: Float[Tensor, "B n_in"], W: Float[Tensor, "n_out n_in"]):
                ctx.save_for_backward(x, W)
                return x @ W.T

            @staticmethod
            def backward(ctx, dy):
                x, W = ctx.saved_tensors
                return dy @ W, x.T @ dy  # here
        """,
        "grad-shape",
    ),
    "a count that nobody needs to call for": (
        """
        class Twice(Function):
            @staticmethod
            def forward(ctx, x, n, m):
                return x * n * m

            @staticmethod
            def backward(ctx, dy):
                return dy, None  # here
        """,
        "grad-count",
    ),
    "batched matrices": (
        """
        class Scores(Function):
            @staticmethod
            def forward(ctx, q, k):
                ctx.save_for_backward(q, k)
                return q @ k.transpose(1, 2)

            @staticmethod
            def backward(ctx, ds):
                q, k = ctx.saved_tensors
                return ds @ k, (ds.transpose(1, 2) @ q).transpose(1, 2)  # here

        Scores.apply(torch.zeros(4, 16, 16), torch.zeros(4, 16, 16))
        """,
        "grad-axes",
    ),
    "not for all": (
        """
        class Scale(Function):
            @staticmethod
            def forward(ctx, x, s):
                ctx.save_for_backward(x, s)
                return x * s

            @staticmethod
            def backward(ctx, dy):
                x, s = ctx.saved_tensors
                return dy * s, None  # here

        s = torch.ones(4, requires_grad=True)
        Scale.apply(torch.zeros(3, 4), s)
        """,
        "grad-missing",
    ),
}


@pytest.mark.parametrize("name", WRONG_BACKWARD)
def test_wrong_gradients_of_functions(name):
    program, rule = WRONG_BACKWARD[name]
    assert findings(program) == marked(program, rule)


RIGHT_BACKWARD = {
    "linear": linear("return dy @ W, dy.T @ x, dy.sum(0)"),
    "square": linear("return dy @ W, dy.T @ x, dy.sum(0)", n=64, m=64),
    "square, transposed twice": linear("return dy @ W, (x.T @ dy).T, dy.sum(0)", n=64, m=64),
    "all alike": linear("return dy @ W, dy.T @ x, dy.sum(0)", B=8, n=8, m=8),
    "more, all None": linear("return dy @ W, dy.T @ x, dy.sum(0), None, None"),
    "what is needed": linear(
        """dx = dW = db = None
        if ctx.needs_input_grad[0]:
            dx = dy @ W
        if ctx.needs_input_grad[1]:
            dW = dy.T @ x
        if ctx.needs_input_grad[2]:
            db = dy.sum(0)
        return dx, dW, db"""
    ),
    "a list that is not known": linear("return tuple(some(dy, x, W))"),
    "None on purpose": linear("return dy @ W, None, None"),
    "symmetric": """
        class Gram(Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x.T @ x

            @staticmethod
            def backward(ctx, dg):
                (x,) = ctx.saved_tensors
                return x @ (dg + dg.T)

        Gram.apply(torch.zeros(6, 6))
        """,
    "inverse": """
        class Inverse(Function):
            @staticmethod
            def forward(ctx, a):
                inverse = torch.linalg.inv(a)
                ctx.save_for_backward(inverse)
                return inverse

            @staticmethod
            def backward(ctx, d):
                (inverse,) = ctx.saved_tensors
                return -inverse.T @ d @ inverse.T

        Inverse.apply(torch.eye(5))
        """,
    "several results": """
        class Split(Function):
            @staticmethod
            def forward(ctx, x):
                return x[:, :3], x[:, 3:]

            @staticmethod
            def backward(ctx, left, right):
                return torch.cat([left, right], 1)

        Split.apply(torch.zeros(2, 8))
        """,
    "whole numbers": """
        class Pick(Function):
            @staticmethod
            def forward(ctx, table, at):
                ctx.save_for_backward(at)
                ctx.shape = table.shape
                return table[at]

            @staticmethod
            def backward(ctx, d):
                (at,) = ctx.saved_tensors
                return torch.zeros(ctx.shape).index_add(0, at, d), None

        at = torch.zeros(7, dtype=torch.long)
        Pick.apply(torch.zeros(10, 4, requires_grad=True), at)
        """,
    "straight through": """
        class Round(Function):
            @staticmethod
            def forward(ctx, x, levels=8):
                return torch.round(x * levels) / levels

            @staticmethod
            def backward(ctx, d):
                return d

        Round.apply(torch.zeros(3, 3))
        """,
    "any number of arguments": """
        class Stack(Function):
            @staticmethod
            def forward(ctx, *xs):
                return torch.stack(xs)

            @staticmethod
            def backward(ctx, d):
                return tuple(d)

        Stack.apply(torch.zeros(3), torch.zeros(3))
        """,
    "fails on purpose": f"""
import pytest
{textwrap.dedent(linear("return dy @ W, x.T @ dy, dy.sum(0)"))}
        """.replace("y = Linear", "with pytest.raises(RuntimeError):\n    y = Linear"),
    "no function of autograd": """
        class Layer:
            def forward(self, x, W):
                return x @ W

            def backward(self, dy):
                return dy
        """,
}


@pytest.mark.parametrize("name", RIGHT_BACKWARD)
def test_right_gradients_of_functions(name):
    assert findings(RIGHT_BACKWARD[name]) == []


WRONG_UPDATES = {
    "in place": ("b = np.zeros(256); b -= 0.1 * db  # here", "grad-shape"),
    "not in place": ("b = np.zeros(256); b = b - lr * db  # here", "grad-autoreduced"),
    "of a column": ("b = np.zeros((32, 1)); b = b - lr * db  # here", "grad-autoreduced"),
    "transposed": ("dW = x.T @ db; W -= 0.1 * dW  # here", "grad-shape"),
    "transposed, out of place": ("dW = x.T @ db; W = W - lr * dW  # here", "grad-shape"),
    "one number for all": ("b = np.zeros(256); db = db.sum(); b -= lr * db  # here", "grad-shape"),
    "in dictionaries": (
        """
        params, grads = {"W": W, "b": np.zeros(256)}, {}
        grads["W"] = x.T @ db
        params["W"] -= lr * grads["W"]  # here
        """,
        "grad-shape",
    ),
    "of a layer": (
        """
        class Layer:
            def __init__(self, n, m):
                self.W, self.b = np.random.randn(n, m), np.zeros(m)

            def forward(self, x):
                self.x = x
                return x @ self.W + self.b

            def backward(self, dy):
                self.dW = self.x.T @ dy
                self.db = dy  # here
                return dy @ self.W.T

            def step(self, lr):
                self.W -= lr * self.dW
                self.b = self.b - lr * self.db

        layer = Layer(784, 256)
        layer.forward(x)
        layer.backward(np.ones((32, 256)))
        layer.step(0.1)
        """,
        "grad-shape",
    ),
    "of layers in a list": (
        """
        Ws = [np.zeros((784, 300)), np.zeros((300, 256))]
        h = x @ Ws[0]
        dWs = [x.T @ (db @ Ws[1].T), db.T @ h]
        for i in range(2):
            Ws[i] -= lr * dWs[i]  # here
        """,
        "grad-shape",
    ),
}
SQUARE = {
    "in a script": """
        x, W = np.ones((32, 64)), np.random.randn(64, 64)
        y = np.tanh(x @ W.T)
        dz = (y - np.zeros((32, 64))) * (1 - y ** 2)
        dW = {0} @ {1}
        W -= 0.1 * dW  # here
        """,
    "of layers": """
        class Dense:
            def __init__(self, n_in, n_out):
                self.W = np.random.randn(n_out, n_in) * 0.01
                self.b = np.zeros(n_out)

            def forward(self, x):
                self.x = x
                return x @ self.W.T + self.b

            def backward(self, dz):
                x = self.x
                self.dW = {0} @ {1} / len(x)
                self.db = dz.sum(axis=0)
                return dz @ self.W

            def step(self, lr):
                self.W -= lr * self.dW  # here
                self.b -= lr * self.db

        rng = np.random.default_rng(0)
        x, t = rng.normal(size=(100, 16)), rng.normal(size=(100, 16))
        layers = [Dense(16, 16), Dense(16, 16)]
        for epoch in range(10):
            h = x
            for layer in layers:
                h = np.tanh(layer.forward(h))
            grad = h - t
            for layer in reversed(layers):
                grad = layer.backward(grad)
            for layer in layers:
                layer.step(0.1)
        """,
    "with torch": """
        def fit(n):
            x, W = torch.randn(32, n), torch.randn(n, n)
            for _ in range(3):
                z = torch.relu(torch.matmul(x, W.t()))
                dz = (z - torch.zeros(32, n)) * (z > 0)
                grad_W = torch.mm({0}, {1})
                W = W - 0.1 * grad_W  # here

        fit(8)
        """,
}


@pytest.mark.parametrize("name", SQUARE)
def test_squares_whose_gradient_is_transposed(name):
    wrong, right = SQUARE[name].format("x.T", "dz"), SQUARE[name].format("dz.T", "x")
    assert findings(right) == []
    lines, [found] = looked_at(wrong)
    assert lines[found.span.line - 1].endswith("# here")
    assert found.rule == "grad-axes"


ALIKE = {
    "a form": "A, v = np.ones((5, 5)), np.ones(5); dA = np.outer(v, v) * (v @ A @ v); A -= 0.1 * dA",
    "a sum with the transpose": "A = np.ones((5, 5)); dA = (A + A.T).T; A -= 0.1 * dA",
    "an inverse": "A = np.ones((5, 5)); dA = np.linalg.inv(A).T; A -= 0.1 * dA",
    "a covariance": "x = np.ones((9, 5)); C = np.eye(5); dC = (x.T @ x).T; C -= 0.1 * dC",
    "two factors": (
        "u, v = np.ones((5, 2)), np.ones((2, 5)); dW = np.ones((5, 5)); du = dW @ v.T; u -= 0.1 * du"
    ),
}


@pytest.mark.parametrize("name", ALIKE)
def test_axes_that_have_to_be_alike(name):
    assert findings(ALIKE[name]) == []


SETTING = """
lr = 0.1
x, db = np.ones((32, 784)), np.ones((32, 256))
W = np.zeros((256, 784))
"""


@pytest.mark.parametrize("name", WRONG_UPDATES)
def test_wrong_updates(name):
    program, rule = WRONG_UPDATES[name]
    assert findings(SETTING + textwrap.dedent(program)) == marked(program, rule)


RIGHT_UPDATES = {
    "reduced": "b = np.zeros(256); b -= lr * db.sum(axis=0)",
    "kept": "b = np.zeros((1, 256)); b = b - lr * db.sum(axis=0, keepdims=True)",
    "a row": "b = np.zeros((1, 256)); db = db.sum(axis=0); b -= lr * db",
    "a number": "b = 0.0; db = db.sum(); b = b - lr * db",
    "transposed": "dW = db.T @ x; W -= lr * dW",
    "a step in time": "pos = np.zeros(3); d = np.ones((5, 3)); pos = pos + 0.1 * d",
    "a step of a solver": "x = np.zeros(3); dx = np.ones((5, 3)); x = x + dx",
    "centred": "mean = x.mean(axis=0); mean = mean - x",
    "clipped": "W -= lr * np.clip(db.T @ x, -1, 1)",
    "of a subscript": "W[0] -= lr * x.mean(axis=0)",
    "of what is not known": "b = np.zeros(256); b -= lr * gradient(db)",
    "adam": """
        m, v = np.zeros_like(W), np.zeros_like(W)
        for t in range(1, 10):
            grad = db.T @ x
            m = 0.9 * m + 0.1 * grad
            v = 0.999 * v + 0.001 * grad ** 2
            W -= lr * (m / (1 - 0.9 ** t)) / (np.sqrt(v) + 1e-8)
        """,
    "data base": "b, db = np.zeros(3), connect(); b = b - db.fetch()",
}


@pytest.mark.parametrize("name", RIGHT_UPDATES)
def test_right_updates(name):
    assert findings(SETTING + textwrap.dedent(RIGHT_UPDATES[name])) == []


LAYER = """
class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
        self.grads = {{}}

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy):
        x = self.x
        {0}

layer = Dense(784, 256)
layer.forward(np.ones((32, 784)))
layer.backward(np.ones((32, 256)))
"""
WRONG_PASSES = {
    "stored": LAYER.format("self.dW = dy.T @ x  # here"),
    "stored, not reduced": LAYER.format("self.db = dy  # here"),
    "in a dictionary": LAYER.format("self.grads['W'] = dy.T @ x  # here"),
    "in a dictionary, by its own name": LAYER.format("self.grads['db'] = dy.sum(1)  # here"),
    "returned": LAYER.format("dx = (dy @ self.W.T).T; return dx  # here"),
    "returned with others": """
        def affine_backward(dout, cache):
            x, w, b = cache
            dx = dout @ w.T
            dw = dout.T @ x
            db = dout.sum(axis=0)
            return dx, dw, db  # here

        cache = np.ones((32, 784)), np.zeros((784, 256)), np.zeros(256)
        affine_backward(np.ones((32, 256)), cache)
        """,
    "in what is returned": """
        def backpropagation(parameters, cache, X, Y):
            m = X.shape[1]
            W2 = parameters["W2"]
            dZ2 = cache["A2"] - Y
            dW2 = cache["A1"] @ dZ2.T / m
            db2 = np.sum(dZ2, axis=1, keepdims=True) / m
            return {"dW2": dW2, "db2": db2}  # here

        parameters = {"W2": np.zeros((1, 4)), "b2": np.zeros((1, 1))}
        cache = {"A1": np.zeros((4, 400)), "A2": np.zeros((1, 400))}
        backpropagation(parameters, cache, np.zeros((2, 400)), np.zeros((1, 400)))
        """,
}


@pytest.mark.parametrize("name", WRONG_PASSES)
def test_wrong_backward_passes(name):
    program = WRONG_PASSES[name]
    assert findings(program) == marked(program, "grad-shape")


RIGHT_PASSES = {
    "stored": LAYER.format("self.dW, self.db = x.T @ dy, dy.sum(0); return dy @ self.W.T"),
    "kept": LAYER.format("self.db = dy.sum(axis=0, keepdims=True)"),
    "on the way": LAYER.format("self.dW = dy.T @ x; self.dW = self.dW.T"),
    "in the shape of the image": """
        def affine_backward(dout, cache):
            x, w, shape = cache
            dx = (dout @ w.T).reshape(shape)
            return dx, x.T @ dout

        affine_backward(np.ones((2, 5)), (np.ones((2, 12)), np.ones((12, 5)), (2, 3, 2, 2)))
        """,
    "reshaped before": """
        def affine_backward(dout, cache):
            x, w = cache
            dx = dout @ w.T
            x = x[:1]
            return dx

        affine_backward(np.ones((2, 5)), (np.ones((2, 12)), np.ones((12, 5))))
        """,
    "differences": """
        def gradient(x):
            dx = x[1:] - x[:-1]
            return dx

        def backward(x):
            dx = x[1:] - x[:-1]
            return dx

        gradient(np.ones(9)), backward(np.ones(9))
        """,
    "of a loss": """
        class Loss:
            def forward(self, y, t):
                self.y, self.t = y, t
                return ((y - t) ** 2).mean()

            def backward(self):
                dy = 2 * (self.y - self.t)
                return dy

        loss = Loss()
        loss.forward(np.ones((4, 1)), np.ones((4, 1)))
        loss.backward()
        """,
}


@pytest.mark.parametrize("name", RIGHT_PASSES)
def test_right_backward_passes(name):
    assert findings(RIGHT_PASSES[name]) == []


FIXES = {
    linear("return dy @ W, x.T @ dy, dy.sum(0)"): "dy.T @ x",
    linear("dW = x.t() @ dy / 32; return dy @ W, dW, dy.sum(0)"): "dW = dy.T @ x / 32",
    linear("dW = torch.mm(x.t(), dy); return dy @ W, dW, dy.sum(0)"): "dW = dy.T @ x",
    linear("return dy @ W, dy.T @ x, dy"): "dy.sum(0)",
    SETTING + "b = np.zeros(256); b = b - lr * (db * 2)": "db.sum(axis=0)",
    SETTING + "b = np.zeros((1, 256)); b = b - lr * db": "db.sum(axis=0, keepdims=True)",
    SETTING + "dW = x.T @ db; W -= lr * dW": "dW = db.T @ x",
}


@pytest.mark.parametrize("program", FIXES)
def test_fixes_are_what_one_would_write(program):
    lines, [found] = looked_at(program)
    [fix] = found.fixes
    assert fix.title.endswith(FIXES[program])
    [edit] = fix.edits
    line = lines[edit.span.line - 1]
    mended = line[: edit.span.column - 1] + edit.text + line[edit.span.end_column - 1 :]
    lines[edit.span.line - 1] = mended
    assert findings("\n".join(lines)) == []


def test_words():
    _, [found] = looked_at(linear("dW = x.t() @ dy; return dy @ W, dW, dy.sum(0)"))
    assert found.message == (
        "Linear.backward returns dW (784, 256) for W (256, 784): it is transposed"
    )
    assert [one.message for one in found.notes] == ["dW was made here"]
    _, [found] = looked_at(SETTING + "dW = x.T @ db; W -= 0.1 * dW")
    assert found.message == "W (256, 784) -= 0.1 * dW (784, 256): dW is transposed"


# --- torch is the oracle --------------------------------------------------------------------------

SHAPES = [(), (1,), (3,), (1, 3), (3, 1), (2, 3), (3, 2), (1, 2, 3), (2, 1, 1), (4, 2, 3)]


class Given(torch.autograd.Function):
    """Gives a gradient of any shape."""

    @staticmethod
    def forward(ctx, x, shape):
        ctx.given = shape
        return x.sum()

    @staticmethod
    def backward(ctx, d):
        return torch.ones(ctx.given), None


def by_torch(shape, given):
    x = torch.zeros(shape, requires_grad=True)
    try:
        Given.apply(x, given).backward()
    except RuntimeError:
        return "grad-shape"
    counts = torch.Size(given).numel() != x.numel()
    return "grad-autoreduced" if counts else ""


@pytest.mark.parametrize(("shape", "given"), list(itertools.product(SHAPES, SHAPES)))
def test_gradients_are_judged_as_torch_does(shape, given):
    whole, gradient = (Array(tuple(map(Axis, one))) for one in (shape, given))
    assert judged(gradient, whole, Assumptions()) == by_torch(shape, given)
