"""Kinds of code of which something false was said once; torch's classes beside torch itself."""

import inspect
import textwrap

import pytest
import torch
from torch import nn

from shapecheck.static.analysis import analyse
from shapecheck.static.kinds import descends
from shapecheck.static.project import Project

PUBLIC = {
    name: cls
    for name, cls in vars(nn).items()
    if inspect.isclass(cls) and issubclass(cls, nn.Module) and cls is not nn.Module
}
HIDDEN = {
    f"torch.nn.modules.{module}.{name}": cls
    for module in ("conv", "batchnorm", "instancenorm", "rnn", "dropout", "loss")
    for name, cls in vars(getattr(nn.modules, module)).items()
    if inspect.isclass(cls) and issubclass(cls, nn.Module) and cls is not nn.Module
}


def test_no_class_is_taken_for_another():
    bases = {f"torch.nn.{name}": cls for name, cls in PUBLIC.items()} | HIDDEN
    said = {
        (name, base): (descends(f"torch.nn.{name}", base), issubclass(cls, other))
        for name, cls in PUBLIC.items()
        for base, other in bases.items()
        if not name.startswith(
            "Lazy"
        )  # a lazy module becomes one of the other class when it is called
    }
    wrong = {
        pair: answers for pair, answers in said.items() if answers[0] not in (None, answers[1])
    }
    assert not wrong
    decided = sum(answer is not None for answer, _ in said.values())
    assert decided > 0.5 * len(said)


def test_a_lazy_module_becomes_one_of_the_other_class():
    layer = nn.LazyLinear(3)
    layer(torch.zeros(2, 5))
    assert isinstance(layer, nn.Linear)
    assert descends("torch.nn.LazyLinear", "torch.nn.Linear")


HEADER = "import numpy as np\nimport torch\nfrom torch import nn\n"


def found(program, tmp_path):
    """The rules of the findings in a program, with the lines that they are made at."""
    source = HEADER + textwrap.dedent(program)
    file = tmp_path / "program.py"
    file.write_text(source)
    lines = source.split("\n")
    every = analyse(str(file), source, Project(), shapes=False).diagnostics
    return [(one.rule, lines[one.span.line - 1].strip()) for one in every]


def test_a_constructor_that_takes_long_does_not_hide_the_methods(tmp_path):
    program = """
        class Graph:
            def __init__(self, n=60):
                self.size = 3
                for i in range(n):
                    for j in range(n):
                        for k in range(n):
                            self.last = (i, j, k)
                self.size = 2

            def wrong(self, x):
                return np.zeros((2, 3)) @ np.zeros((2, 3))

            def right(self, x):
                return np.zeros((2, self.size)) @ np.zeros((2, 3))
    """
    assert found(program, tmp_path) == [
        ("matmul-inner", "return np.zeros((2, 3)) @ np.zeros((2, 3))")
    ]


SLICED = """
    def backwards(x):
        if x.ndim != 1:
            raise ValueError
        return x[::-1]
"""
SQUARE = """
    def largest(a, times):
        if len(a.shape) != 2 or a.shape[0] != a.shape[1]:
            raise ValueError
        v, turned = np.ones((a.shape[0], 1)), a.T
        for i in range(times):
            v = turned.dot(v)
        return np.max(v)

    def bound(a):
        if len(a.shape) != 2 or a.shape[0] != a.shape[1]:
            raise ValueError
        return largest(abs(a), 3)
"""
OBJECTS = """
    cells = np.zeros((1, 2), dtype=object)
    cells[0, 1] = np.zeros((1, 3))
    cells[0, 1][0, 2] = 1.0

    def first(rows):
        rows = np.array(rows)
        if rows.ndim == 1:
            return rows[0][0]

    lists = np.empty(shape=(3,), dtype=object)
    lists.fill([])
    lists[:] = [(1,), (2,), (3,)]
    for one in lists:
        one[0]
    pairs = np.ones(50, dtype=[("a", int), ("b", int)])
    pairs[[10 * n for n in range(5)]] = (2, 2)
"""
ON_PURPOSE = """
    from numpy.testing import assert_raises_regex

    with assert_raises_regex(ValueError, "0d"):
        np.nonzero(np.array(0))
"""
TRIED = """
    def check(x, index):
        try:
            chosen(x, index)
        except Exception:
            return None
        return x[index]

    def chosen(x, index):
        if unknown(index):
            raise IndexError

    check(np.zeros((2, 3)), (0, 0, 0))
    check(np.zeros((2, 3)), (0, 0))
"""
SPARSE = """
    def with_ones(x):
        rows, columns = x.shape
        if is_sparse(x):
            return np.concatenate((np.ones(rows), x.data))
        return x
"""
PRODUCTS = """
    import math

    class Shape:
        def prod(self):
            return math.prod(self.prod)

    Shape().prod()
    math.sqrt(-1)

    def every(items, step=0):
        return [1, 2, 3][::step], (1, 2)[::step]
"""
PLACEHOLDER = """
    class Wrapped:
        def __init__(self, given=None):
            self.tensor = torch.Tensor() if given is None else given

        def item(self):
            return self.tensor.item()
"""
OLD_ORDER = """
    weight, indices = torch.randn(10, 3), torch.tensor([1, 2, 4, 5])
    nn.functional.embedding_bag(weight, indices, torch.tensor([0, 2]))
"""
LAID_OUT = """
    x = y = np.zeros(12)
    s = (3, 4)
    x.shape = s
    np.sum(x, 1)
"""
ADDED = """
    class Transition(nn.Sequential):
        def __init__(self, wide, narrow):
            super().__init__()
            self.norm = nn.BatchNorm2d(wide)
            self.conv = nn.Conv2d(wide, narrow, 1)

    net = nn.Sequential(Transition(8, 4), nn.Conv2d(4, 2, 1))
    net(torch.randn(1, 8, 5, 5))
"""
WRITTEN_TOGETHER = """
    wheel = torch.zeros(55, 3)  # shape [55x3]
    other = wheel + 1  # shape [NxC]
"""
PAIRED = """
    centres, points = np.zeros((10, 3)), np.zeros((10, 3))
    distances = centres[:, None, :] - points

    def test_means_broadcast():
        column, row = np.array([[3], [11]]), np.array([11, 12])
        return column + row
"""
TRANSPOSED = """
    def norm(x):
        return np.sqrt(np.dot(x.T, x))

    def rooted(x):
        return np.sqrt(x.T)

    norm(np.zeros(19))
    rooted(np.zeros(3))
    row = np.zeros(3)
    print(row.T, np.transpose(np.linspace(0, 30, 4)))
"""
TURNED = """
    def turned(x):
        y = x.T
        return y

    turned(np.zeros(3))
    turned(np.zeros((3, 2)))
"""


@pytest.mark.parametrize(
    "program",
    [
        SLICED,
        SQUARE,
        OBJECTS,
        ON_PURPOSE,
        TRIED,
        SPARSE,
        PRODUCTS,
        PLACEHOLDER,
        OLD_ORDER,
        LAID_OUT,
        ADDED,
        WRITTEN_TOGETHER,
        PAIRED,
        TRANSPOSED,
        TURNED,
    ],
)
def test_nothing_is_said(program, tmp_path):
    assert not found(program, tmp_path)


def test_what_makes_these_kinds_wrong_is_said(tmp_path):
    program = """
        torch.zeros(3)[::-1]
        np.zeros((1, 2))[0, 1][0]
        x = np.zeros(3)
        y = x * x.T
        np.zeros(3)[:] = [(1,), (2,), (3,)]
        x.shape = (2, 2)
        wheel = torch.zeros(3, 55)  # shape [55x3]
    """
    assert [rule for rule, _ in found(program, tmp_path)] == [
        "size-argument",
        "index-shape",
        "transpose-no-op",
        "assignment-shape",
        "reshape-size",
        "stale-shape-comment",
    ]


def test_a_stub_is_not_run(tmp_path):
    source = "import numpy as np\nnp.concatenate([1, 2])\n"
    for name, count in (("program.py", 1), ("program.pyi", 0)):
        assert len(analyse(str(tmp_path / name), source, Project()).diagnostics) == count


def test_others_call_what_a_library_defines_with_other_arguments(tmp_path):
    (tmp_path / "boosting.py").write_text(
        textwrap.dedent("""
            def column(gradient, hessian):
                if gradient.ndim == 1:
                    view = hessian.reshape((-1, 1))
                else:
                    view = hessian
                return view[:, 0]
        """)
    )
    program = """
        from boosting import column

        column(np.load("gradient.npy"), np.ones(1))
        np.zeros((2, 3)) @ np.zeros((2, 3))
    """
    assert found(program, tmp_path) == [("matmul-inner", "np.zeros((2, 3)) @ np.zeros((2, 3))")]


def test_ranks_that_are_not_tried_first(tmp_path):
    program = """
        def of_one(x):
            y = np.asarray(x) + np.zeros((2, 3, 4, 5))
            a, b, c, d, e = y.shape  # of an array with five axes
            return y[0, 0, 0, 0, 0]

        def of_two(image):
            most = image.max(-3)[0]
            red, green, blue = torch.unbind(most.unsqueeze(-3) - image, dim=-3)
            return red
    """
    assert found(program, tmp_path) == []
