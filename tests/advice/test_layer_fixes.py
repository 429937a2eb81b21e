"""A layer made anew keeps all that it was made with."""

import pytest
import torch
from torch import nn

from shapecheck.runtime import chain, crash
from shapecheck.runtime.explaining import explain_words

LAYERS = [
    ("nn.Conv2d(3, 16, 4, stride=4, bias=False)", (2, 8, 32, 32)),
    ("nn.ConvTranspose1d(3, 16, 2, stride=2)", (2, 8, 5)),
    ("nn.Conv1d(3, 6, 5, padding='same', dilation=2, padding_mode='circular')", (2, 8, 9)),
    ("nn.LayerNorm(3, eps=1e-06, bias=False)", (2, 8)),
    ("nn.BatchNorm1d(3, affine=False, momentum=0.3)", (2, 8, 4)),
    ("nn.Linear(3, 5, bias=False)", (2, 8)),
    ("nn.GRU(3, 5, num_layers=2, batch_first=True, dropout=0.1)", (2, 7, 8)),
]


def same(title, wanted):
    """Whether two constructors make the same layer."""
    return str(eval(title)) == str(eval(wanted))


@pytest.mark.parametrize(("layer", "sizes"), LAYERS)
def test_a_fix_keeps_what_the_layer_was_made_with(layer, sizes):
    wanted = layer.replace("(3", "(8", 1)
    words = [f"x={','.join(map(str, sizes))}"]
    titles = [fix.title for fix in explain_words(f"{layer}(x)", words).diagnostic.fixes]
    assert any(one.startswith("nn.") and same(one, wanted) for one in titles), titles


@pytest.mark.parametrize(("layer", "sizes"), LAYERS)
def test_so_does_one_for_a_layer_that_is_there(layer, sizes):
    wanted, net = layer.replace("(3", "(8", 1), eval(layer)
    with chain.watch():
        try:
            net(torch.ones(sizes))
        except RuntimeError as error:
            titles = [fix.title for fix in crash.explain(error).fixes]
    assert any(one.startswith("nn.") and same(one, wanted) for one in titles), titles


def test_what_cannot_be_written_is_not_left_out():
    """Only what changes is told."""
    diagnostic = explain_words("nn.Conv1d(3, 6, 5, dtype=d)(x)", ["x=2,8,9", "d=1"]).diagnostic
    assert [one.title for one in diagnostic.fixes] == ["in_channels=8 where the Conv1d is made"]


assert nn is not None  # for `eval`
