"""Updates in a run: what is certain of one matrix is not certain of a stack of them."""

import json
import subprocess
import sys

import pytest

PROGRAM = """
import numpy as np


class Dense:
    def __init__(self, n_in, n_out, rng):
        self.w = 0.5 * rng.normal(size=(n_in, n_out))

    def forward(self, x):
        self.x = x
        return x @ self.w

    def step(self, grad):
        grad_x = grad @ self.w.T
        self.w = self.w - 0.1 * {gradient}
        return grad_x


rng = np.random.default_rng(0)
sizes = {sizes}
x, y = rng.normal(size=(6, sizes[0])), rng.normal(size=(6, sizes[-1]))
layers = [Dense(n, m, rng) for n, m in zip(sizes[:-1], sizes[1:])]
for _ in range(3):
    h = x
    for layer in layers:
        h = layer.forward(h)
    g = h - y
    for layer in reversed(layers):
        g = layer.step(g)
"""
RIGHT, TRANSPOSED = "self.x.T @ grad", "(grad.T @ self.x)"


def rules(tmp_path, gradient, sizes):
    (tmp_path / "train.py").write_text(PROGRAM.format(gradient=gradient, sizes=sizes))
    command = [sys.executable, "-m", "shapecheck", "run", "--broadcasts", "--report", "r.json"]
    done = subprocess.run([*command, "train.py"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return [one["rule"] for one in json.loads((tmp_path / "r.json").read_text())["diagnostics"]]


@pytest.mark.parametrize("sizes", [(4, 4), (4, 4, 4, 4), (4, 16, 4), (4, 16, 3)])
def test_right_updates_are_left_alone(tmp_path, sizes):
    assert rules(tmp_path, RIGHT, sizes) == []


def test_a_transposed_gradient_of_one_square_matrix_is_found(tmp_path):
    assert rules(tmp_path, TRANSPOSED, (4, 4)) == ["grad-axes"]


def test_of_several_made_at_one_place_nothing_is_certain(tmp_path):
    assert rules(tmp_path, TRANSPOSED, (4, 4, 4)) == []
