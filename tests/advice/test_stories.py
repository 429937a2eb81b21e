"""What is said about a mistake, and what may not be said about it."""

import runpy
import textwrap
import warnings

import pytest
import torch

from shapecheck.render.text import render
from shapecheck.runtime import chain, crash
from shapecheck.runtime.explaining import explain_words

HEADER = """\
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
"""


def squeezed(report):
    return " ".join(report.split())


def report(program, tmp_path):
    """The report about the crash of a program."""
    path = tmp_path / "program.py"
    path.write_text(HEADER + textwrap.dedent(program))
    with warnings.catch_warnings(), chain.watch():
        warnings.simplefilter("ignore")
        try:
            runpy.run_path(str(path), run_name="__main__")
        except Exception as error:
            return squeezed(render(crash.explain(error)))
    raise AssertionError("it runs")


def story(expression, shapes):
    """The report about an expression."""
    return squeezed(render(explain_words(expression, shapes.split()).diagnostic))


# --- states ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["rnn(x, state)", "rnn(input=x, hx=state)"])
def test_a_state_goes_by_its_own_name(how, tmp_path):
    program = f"""
    rnn, x = nn.LSTM(3, 5, batch_first=True), torch.ones(4, 7, 3)
    state = torch.zeros(1, 8, 5), torch.zeros(1, 8, 5)
    {how}
    """
    found = report(program, tmp_path)
    assert "state[0] is made for a batch of 8" in found
    assert "x[0]" not in found


def test_a_state_without_a_name(tmp_path):
    program = """
    rnn, x = nn.LSTM(3, 5), torch.ones(4, 7, 3)
    rnn(x, tuple(torch.zeros(7, 1, 5) for _ in range(2)))
    """
    found = report(program, tmp_path)
    assert "state[0] has 7 states in front" in found


assert torch is not None  # modules are noted once it is loaded


# --- biases ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "shapes", "fix"),
    [
        ("(R.T @ X) / n", "R=150,2 X=150,6 n=2", "R.T @ X / n[:, None]"),
        ("x + K @ y", "x=4 K=4,2 y=2,2", "x[:, None] + K @ y"),
        ("(A @ B) - b", "A=4,3 B=3,2 b=4", "A @ B - b[:, None]"),
    ],
)
def test_a_bias_is_only_what_is_added_in_a_layer(expression, shapes, fix):
    found = story(expression, shapes)
    assert "bias" not in found
    assert f"fix {fix} ->" in found


def test_a_bias_made_anew_is_code():
    assert "fix b = np.zeros(10) ->" in story("X @ W + b", "X=32,7 W=7,10 b=32")


# --- layers, products, losses ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "shapes", "says", "never"),
    [
        ("nn.Conv2d(64, 8, 3)(torch.cat([a, b], dim=0))", "a=2,32,8,8 b=2,32,8,8", "dim=1)", "?"),
        ("nn.Linear(32, 8)(torch.cat([a, b]))", "a=8,16 b=8,16", "dim=1)", "?"),
        (
            "nn.Linear(32, 32)(nn.Linear(32, 128)(x))",
            "x=4,32,32",
            "nn.Linear(128, 32) -> (4, 32, 32)",
            "transpose",
        ),
        ("np.linalg.inv(A.T @ A) @ A", "A=50,3", "sizes 3 and 50 differ", "nn.Linear"),
        ("A + u[:-1]", "A=10,18 u=12,18", "slices", "smaller"),
    ],
)
def test_what_is_said_and_what_is_not(expression, shapes, says, never):
    found = story(expression, shapes)
    assert says in found
    assert never not in found


def test_batch_first_belongs_to_the_layer_that_was_made(tmp_path):
    program = """
    net = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 4, 32), 1)
    net(torch.ones(3, 5, 16), mask=torch.zeros(5, 5))
    """
    found = report(program, tmp_path)
    assert "batch_first=True where the Transformer layer is made" in found
    assert "fix nn.MultiheadAttention" not in found


def test_a_loss_is_not_mended_by_stretching():
    assert "fix" not in story("F.mse_loss(p, y)", "p=24,6 y=64,6")
