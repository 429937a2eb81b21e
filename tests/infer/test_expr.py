"""Expressions evaluated on axes: no array is made, and nothing is run."""

import ast

import pytest

from shapecheck.dims import symbol, text
from shapecheck.infer import Evaluator, Names
from shapecheck.ops import Array, Unknown

B, N = symbol("B"), symbol("n")


def evaluate(source, **values):
    evaluator = Evaluator(Names(values))
    return evaluator.value(ast.parse(source, mode="eval").body), evaluator


def array(*sizes, library="numpy"):
    return Array.of(*sizes, dtype="float", library=library)


@pytest.mark.parametrize(
    ("source", "sizes"),
    [
        ("x @ w", (3, 4)),
        ("np.exp(x) + 1", (3, 2)),
        ("1 - x", (3, 2)),
        ("-x", (3, 2)),
        ("(x > 0) * 1.0", (3, 2)),
        ("x if True else w", (3, 2)),
        ("(y := x) + y", (3, 2)),
        ("x.shape[0] * w.shape[1]", 12),
        ("len(x) + x.ndim", 5),
        ("x.size", 6),
        ("max(x.shape)", 3),
        ("math.prod(x.shape)", 6),
        ("tuple(x.shape) + (1,)", (3, 2, 1)),
        ("[n * 2 for n in x.shape]", [6, 4]),
        ("x.shape == (3, 2)", True),
        ("x is None", False),
        ("abs(-4)", 4),
        ("(2, 3)[-1]", 3),
        ("not x.shape[0]", False),
        ("7 // 2 + 2 ** 3", 11),
    ],
)
def test_values(source, sizes):
    found, _ = evaluate(source, x=array(3, 2), w=array(2, 4))
    assert (found.sizes if isinstance(found, Array) else found) == sizes


CHAIN = "nn.Sequential(nn.Linear(2, 4), nn.Sequential(nn.ReLU(), nn.Linear(4, 5)))"


@pytest.mark.parametrize(
    ("source", "sizes"),
    [
        (f"{CHAIN}(x)", (3, 5)),
        (f"{CHAIN}[0](x)", (3, 4)),
        (f"{CHAIN}[:1](x)", (3, 4)),
        ("nn.Sequential()(x)", (3, 2)),
        ("nn.ModuleList([nn.Linear(2, 4), nn.Linear(4, 6)])[0](x)", (3, 4)),
    ],
)
def test_modules_in_a_row(source, sizes):
    found, evaluator = evaluate(source, x=array(3, 2, library="torch"))
    assert found.sizes == sizes
    assert all(step.applied.holds for step in evaluator.steps)


def test_the_module_of_a_row_that_does_not_fit():
    _, evaluator = evaluate(CHAIN.replace("(4, 5)", "(7, 5)") + "(x)", x=array(3, 2))
    assert [step.applied.holds for step in evaluator.steps] == [True, True, False]
    assert ast.unparse(evaluator.steps[-1].node) == "nn.Linear(7, 5)"


@pytest.mark.parametrize("source", ["nn.Sequential(what)(x)", f"{CHAIN}(x, x)", f"{CHAIN}[7](x)"])
def test_rows_that_are_not_known(source):
    assert isinstance(evaluate(source, x=array(3, 2))[0], Unknown)


def test_symbols_flow_through():
    found, evaluator = evaluate("x @ w", x=array(B, N), w=array(N, 5))
    assert [text(size) if not isinstance(size, int) else size for size in found.sizes] == ["B", 5]
    assert [step.applied.holds for step in evaluator.steps] == [True]


def test_a_step_knows_its_operands():
    _, evaluator = evaluate("x @ (w + 1)", x=array(3, 2), w=array(5, 4))
    [plus, product] = evaluator.steps
    assert (plus.applied.holds, product.applied.holds) == (True, False)
    nodes = [ast.unparse(product.nodes[id(product.applied.bound[name])]) for name in "ab"]
    assert nodes == ["x", "w + 1"]
    assert product.applied.broken.why.rule == "matmul-inner"


@pytest.mark.parametrize(
    "source",
    [
        "nonsense(x)",
        "undefined + 1",
        "x.nothing",
        "[f(n) for n in range(10 ** 9)]",
        "10 ** 10 ** 10",
        "'a' * 10 ** 12",
        "(0,) * 10 ** 12",
        "1 / 0",
        "lambda: x",
        "x[lambda: 1]" if False else "{1: x}",
        "f'{x}'",
        "(1, 2)[7]",
        "__import__('os').system('echo no')",
        "open('/etc/passwd').read()",
        "1 << 10 ** 9",
        "np.zeros",
    ],
)
def test_what_is_not_known_is_unknown_and_nothing_is_run(source):
    found, evaluator = evaluate(source, x=array(3, 2))
    assert not isinstance(found, Array)
    assert all(step.applied.holds is not False for step in evaluator.steps)
    if isinstance(found, Unknown):
        assert str(found) == "?"


def test_unknown_operands_are_no_findings():
    _, evaluator = evaluate("mystery(x) @ x", x=array(3, 2))
    assert [step.applied.holds for step in evaluator.steps] == [None]


def test_a_value_can_be_replaced():
    tree = ast.parse("x @ w", mode="eval").body
    names = Names({"x": array(3, 2), "w": array(4, 2)})
    evaluator = Evaluator(names, replaced={tree.right: array(2, 4)})
    assert evaluator.value(tree).sizes == (3, 4)
