"""Comments that give shapes: which are read, which are left alone, and which are wrong."""

import textwrap

import pytest

from shapecheck.static.analysis import analyse
from shapecheck.static.comments import shape_in
from shapecheck.static.project import Project

HEADER = """\
import numpy as np
import torch
import torch.nn as nn
"""

READ = {  # as they stand beside assignments to `x` in released packages
    "# (B, T, C)": "(B, T, C)",
    "#(B,1,C)": "(B, 1, C)",
    "# [batch, seq]": "(batch, seq)",
    "# (B, nh, T, hs)": "(B, nh, T, hs)",
    "# (n_samples, n_features)": "(n_samples, n_features)",
    "# (N,)": "(N,)",
    "# (N)": "(N,)",
    "# (32, 784)": "(32, 784)",
    "# N x D": "(N, D)",
    "# 1 x 2 x TH x TW": "(1, 2, TH, TW)",
    "# batch_shape x p x d": "(*batch_shape, p, d)",
    "# ... x n x 1": "(..., n, 1)",
    "# shape: (*batch, N, N)": "(*batch, N, N)",
    "# Shape: (nchannel,)": "(nchannel,)",
    "# shape (n_components, )": "(n_components,)",
    "# dim: (K, K)": "(K, K)",
    "# x: (B, T)": "(B, T)",
    "# token embeddings of shape (b, t, n_embd)": "(b, t, n_embd)",
    "# [B, H, W, C] -> [B, C, H, W]": "(B, C, H, W)",
    "# [B, h, N, Ch] -> [B, N, h, Ch] -> [B, N, C].": "(B, N, C)",
    "# (*, N, 4)": "(..., N, 4)",
    "# (B, H/2, W/2)": "(B, _, _)",
    "# (5 * B, C, H, W)": "(5*B, C, H, W)",
    "# (..., N, head_dim // 2)": "(..., N, head_dim//2)",
    "# (B, D, H', W')": "(B, D, _, _)",
    "# (B, 2) extent of the grid": "(B, 2)",
    "# [1, 1, C] for broadcasting": "(1, 1, C)",
    "# (B, T)  # noqa: E501": "(B, T)",
}


@pytest.mark.parametrize("comment", READ)
def test_comments_that_are_read(comment):
    found = shape_in(comment, "self.x" if "x:" in comment else "x")
    assert found is not None
    assert found.spec.text == READ[comment]
    assert comment[found.column :].startswith(found.text)


REMARKS = """
# (see below)
# (optional)
# (default: 3)
# (x, y)
# (a, b)
# (i, j)
# (x1, y1, x2, y2)
# (fx, fy, cx, cy)
# (mean, std)
# (start, end)
# (key, value)
# (inclusive, exclusive)
# (True, False)
# (filename, metric) tuples in order of decreasing betterness
# list of (B, T)
# [0, 1]
# [-1, 1]
# [0, 1] -> [-1, 1]
# [2, 3, 4]
# [1, 10]
# (1, 2)
# (0, 1)
# 3x3 conv
# 2 x 2
# y: (B, T)
# (B, T) or (T,)
# e.g. (B, T)
# (B, T) if batched
# downsampled shape
# (B, T) (C, D)
# (N, D) x (D, M)
# (N, D) x W
# (N, D) dot (D, M)
# (N, D) @ (D, M)
# (N, D) + (D,)
# (B, 2) per-sample (x, y) grid extent
# reshape input as (B, C) later
# Keep 2D shape
# stage type ('c', 'n')
# central repo for model arch.tag -> cfgs
# TODO (name)
# (
# ()
# (,)
# (B,, T)
# (((B, T)))
# shape
# shape:
# [[1, 2], [1, 2]]
# x + w
#
""".strip().split("\n")


@pytest.mark.parametrize("comment", REMARKS)
def test_remarks_that_are_left_alone(comment):
    found = shape_in(comment, "x")
    assert found is None or not found.spec.names()  # 2 x 2 and the like: numbers, held by rank


def stale(program):
    source = HEADER + textwrap.dedent(program)
    found = analyse("program.py", source, Project()).diagnostics
    assert {one.rule for one in found} <= {"stale-shape-comment"}
    return source.split("\n"), found


WRONG = {
    "numbers": ("y = np.zeros((32, 784)).T  # (32, 784)", "(784, 32)"),
    "one of the numbers": ("y = np.zeros((4, 10, 256))  # (B, T, 512)", ""),
    "rank": ("y = np.zeros((32, 10, 4)).mean(axis=1)  # (B, T, C)", ""),
    "rank, at least": ("y = np.zeros(5)  # (*batch, N, N)", ""),
    "an order": (
        """
        x = torch.zeros(8, 10, 64)  # (B, T, C)
        y = x.transpose(1, 2)  # (B, T, C)
        """,
        "(B, C, T)",
    ),
    "an order of variables": (
        """
        def forward(x):
            B, T, C = x.shape
            y = x.transpose(1, 2)  # (B, T, C)
            return y
        """,
        "(B, C, T)",
    ),
    "an attribute": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.scale = torch.zeros(1, 1, 5)  # (n, d)
        """,
        "",
    ),
    "an annotated one": ("y: np.ndarray = np.zeros((3, 4))  # shape: (n,)", ""),
    "beside the end": ("y = np.zeros(\n    (3, 4)\n)  # [N, C, D]", ""),
    "in place": ("y = np.zeros((3, 4))\ny += 1  # shape (N,)", ""),
}


@pytest.mark.parametrize("name", WRONG)
def test_comments_that_are_certainly_wrong(name):
    program, mended = WRONG[name]
    lines, [found] = stale(program)
    span = found.span
    comment = lines[span.line - 1][span.column - 1 : span.end_column - 1]
    assert comment[0] in "(["
    assert f"the comment says {comment}" in found.message
    assert [fix.title for fix in found.fixes] == ([mended] if mended else [])
    for fix in found.fixes:
        [edit] = fix.edits
        line = lines[span.line - 1]
        lines[span.line - 1] = line[: span.column - 1] + edit.text + line[span.end_column - 1 :]
        assert not analyse("program.py", "\n".join(lines), Project()).diagnostics


RIGHT = {
    "as it is": "y = np.zeros((32, 784))  # (32, 784)",
    "by names": "y = np.zeros((32, 784))  # (N, D)",
    "a name for many lengths": """
        x = torch.zeros(8, 3, 32, 32)  # (B, C, H, W)
        x = nn.Conv2d(3, 16, 3, stride=2)(x)  # (B, C, H, W)
        """,
    "square": """
        x = torch.zeros(8, 10, 10)  # (B, T, C)
        y = x.transpose(1, 2)  # (B, T, C)
        """,
    "elements": "y = np.array([1.0, 2.0])  # (h, w)",
    "elements of each": "points = np.zeros((100, 4, 2))  # (w, h)",
    "elements of a size that is not known": """
        def f(points):
            n, m, k = points.shape
            y = points + 1  # (h, w)
            return y
        """,
    "a kernel": "y = nn.Conv2d(3, 8, 3)(torch.zeros(2, 3, 9, 9))  # (3, 3)",
    "no array": "y = (3, 4)  # (B, T, C)",
    "not known": "y = unknown()  # (B, T, C)",
    "several": "q, k = torch.zeros(2, 3, 4)  # (B, T, C)",
    "sometimes": """
        def f(x):
            if x.ndim == 2:
                x = x[None]
            y = x + 1  # (B, N, C)
            return y

        f(np.zeros((2, 3)))
        """,
    "once so, once so": """
        def f(x):
            y = 2 * x  # (B, N, C)
            return y

        f(np.zeros((2, 3)))
        f(np.zeros((4, 2, 3)))
        """,
    "any rank": """
        from jaxtyping import Float

        def f(x: Float[np.ndarray, "*batch n d"]):
            y = x * 2  # (N, D)
            return y
        """,
    "a doubt": """
        def f(flag):
            y = np.zeros((2, 3))
            if flag:
                y = y[None]
            z = y + 1  # (B, N, C)
            return z
        """,
}


@pytest.mark.parametrize("name", RIGHT)
def test_comments_that_may_be_right(name):
    assert stale(RIGHT[name])[1] == ()


def test_what_is_not_known_is_what_the_comment_says_for_shapes_only():
    source = HEADER + textwrap.dedent(
        """
        def f(x):
            y = unknown(x)  # (B, 4)
            z = y @ np.zeros((5, 6))
            w = y.sum(0)
            return w
        """
    )
    found = analyse("program.py", source, Project())
    assert found.diagnostics == ()
    line = source[: source.index("w = y")].count("\n") + 1
    shapes = {(one.text, one.how) for one in found.shapes if one.span.line == line}
    assert shapes == {("(B, 4)", "supposed"), ("(4,)", "supposed")}
    without = analyse("program.py", source, Project(), shapes=False)
    assert without.diagnostics == ()
