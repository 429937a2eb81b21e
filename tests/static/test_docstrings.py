"""Docstrings that give the shapes of parameters, in the forms that people write them."""

import ast
import textwrap

import pytest

from shapecheck.static.analysis import analyse
from shapecheck.static.comments import comments_of_parameters
from shapecheck.static.docstrings import of_input, of_parameters
from shapecheck.static.project import Project

READ = {  # what is said of `x`, as released packages say it
    "x : ndarray of shape (n_samples, n_features)": "(n_samples, n_features)",
    "x : {array-like, sparse matrix} of shape (n_samples,), default=None": "(n_samples,)",
    "x : {array-like, sparse matrix}, shape = [n_samples, n_features]": "(n_samples, n_features)",
    "x : array, shape=[n_samples]": "(n_samples,)",
    "x : :py:class:`ndarray <numpy.ndarray>` of shape `(N, M)`": "(N, M)",
    "x (`torch.FloatTensor` of shape `(batch_size, sequence_length)`, *optional*):": (
        "(batch_size, sequence_length)"
    ),
    "x (torch.Tensor): Input tensor of shape (B, C, H, W).": "(B, C, H, W)",
    "x: (N, C, H, W)": "(N, C, H, W)",
    "x: Input tensor [B, C, H, W]": "(B, C, H, W)",
    "x: [B, H, W] Logits at each pixel (between -infinity and +infinity)": "(B, H, W)",
    "x: dense feature map ``(B, C, H, W)``.": "(B, C, H, W)",
    "x: Feature map tensor with shape :math:`(B, C_{in}, H, W)`.": "(B, C_in, H, W)",
    "x: points with shape :math:`(*, N, 3)`. ``N`` is their number": "(..., N, 3)",
    "x: with shape :math:`(B, \\text{embed\\_dim})`": "(B, embed_dim)",
    "x: target of shape :math:`(N, d_1, \\ldots)`": "(N, d_1, ...)",
    "x: A ``batch_shape x n x d``-dim Tensor of points": "(*batch_shape, n, d)",
    "x: A tensor of shape ``n x d``, where ``d`` is the dimension": "(n, d)",
    "x: Dense matrix (... x N x N).": "(..., N, N)",
    ":param x: training data. Shape `(N, D)`": "(N, D)",
    "- x: the mask, of shape (B, T)": "(B, T)",
    "x (LongTensor): The labels\n    of shape :obj:`[n_elem]`.": "(n_elem,)",
}


@pytest.mark.parametrize("line", READ)
def test_shapes_that_are_read(line):
    found = of_parameters(f"Do it.\n\n{line}\n", ["x", "y"])
    assert {name: spec.text for name, spec in found.items()} == {"x": READ[line]}


LEFT = """
x : array-like of shape (n_samples,) or (n_samples, n_outputs)
x : float or array-like of shape (n_samples,)
x : tuple of shape (n_rows, n_cols)
x (list of Tensor): each of shape (B, T)
x: Tensor of any shape
x: tensor with the same shape as ``y``
x: Sequence of ``(name, probability, magnitude)`` operation tuples.
x: a value in the range [0, 1]
x: range of the colours (min, max)
x: the size of the kernel, (3, 3)
x: shape (B, T), (T,)
x: an ``a x b`` or ``b x a``-dim Tensor
x: If not None, a tuple with the shape (H, W)
x: Shape (1 or B, 1, H, W)
x: A dictionary of the form ``{i: [lower, upper]}``
z: of shape (B, T)
the x: of shape (B, T)
x, of shape (B, T)
x: of shape (B, T\n
x:
""".strip().split("\n")


@pytest.mark.parametrize("line", LEFT)
def test_what_may_be_meant_otherwise_is_left_alone(line):
    assert of_parameters(f"Do it.\n\n{line}\n", ["x", "y"]) == {}


def test_what_is_said_twice_in_different_ways_is_left_alone():
    doc = "x: (B, T)\n\nx: of shape (T, B)\n\ny: (B, T)\n\ny: (B, T)\n"
    assert {name: spec.text for name, spec in of_parameters(doc, ["x", "y"]).items()} == {
        "y": "(B, T)"
    }


INPUTS = {
    "Shape:\n    - Input: :math:`(N, C_{in}, H, W)`\n    - Output: :math:`(N, C)`": "(N, C_in, H, W)",
    "Shape:\n    - Input: (B, C, H, W)": "(B, C, H, W)",
    "Shape:\n    - Input: :math:`(N, C, L)` or :math:`(C, L)`": None,
    "Input: an image": None,
    "Nothing of that kind.": None,
}


@pytest.mark.parametrize("doc", INPUTS)
def test_inputs_of_modules(doc):
    found = of_input(doc)
    assert (found and found.text) == INPUTS[doc]


def test_comments_beside_parameters():
    source = textwrap.dedent(
        """
        def solve(
            self: Operator,  # shape: (*batch, N, N)
            rhs: Tensor,  # shape: (*batch2, N, C) or (*batch2, N)
            lhs: Tensor | None = None,  # shape: (*batch, O, N)
            *,
            tol: float = 1e-4,  # (relative)
            mask=None, other=(1, 2),  # (B, T)
        ) -> Tensor:  # shape: (..., N, C)
            pass
        """
    )
    [node] = ast.parse(source).body
    found = comments_of_parameters(node, source.split("\n"))
    assert {name: spec.text for name, spec in found.items()} == {
        "self": "(*batch, N, N)",
        "lhs": "(*batch, O, N)",
    }


PROGRAM = '''
import torch
import torch.nn as nn


def attention(q, k, mask=None):
    """Weigh the keys.

    Args:
        q: queries of shape (B, T, D)
        k: keys of shape (B, S, D)
        mask: of shape (T, S)
    """
    scores = q @ k.transpose(1, 2)
    if mask is not None:
        scores = scores + mask
    return scores.permute(0, 1)


class Flat(nn.Module):
    """A layer.

    Shape:
        - Input: :math:`(N, C, H, W)`
    """

    def forward(self, x):
        return x.flatten(2)


def called(x):
    """Of x, of shape (B, T, D)."""
    return x * 2


called(torch.zeros(3, 4))
'''


def test_shapes_follow_hints_and_nothing_is_reported():
    found = analyse("program.py", PROGRAM, Project())
    assert found.diagnostics == ()  # that permute fails rests on the docstring alone
    lines = PROGRAM.split("\n")
    shapes = {
        (lines[one.span.line - 1][one.span.column - 1 : one.span.end_column - 1], one.text)
        for one in found.shapes
        if one.how == "supposed"
    }
    assert ("q @ k.transpose(1, 2)", "(B, T, S)") in shapes
    assert ("x.flatten(2)", "(N, C, H*W)") in shapes
    assert {one.text for one in found.shapes if one.how == "called"} == {"(3, 4)"}


def test_findings_do_not_depend_on_whether_shapes_are_wanted():
    wrong = PROGRAM.replace("return x.flatten(2)", "return x + torch.zeros(2) + torch.zeros(3)")
    both = [analyse("program.py", wrong, Project(), shapes=one) for one in (True, False)]
    assert [one.rule for one in both[0].diagnostics] == [one.rule for one in both[1].diagnostics]
    assert both[0].functions == both[1].functions
