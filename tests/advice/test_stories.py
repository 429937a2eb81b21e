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
    assert "state[0].transpose(0, 1)" in found


assert torch is not None  # modules are noted once it is loaded
