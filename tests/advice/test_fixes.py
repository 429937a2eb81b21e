"""What is proposed: true, in place, and never what would only hide the mistake."""

import ast
import runpy
import warnings
from pathlib import Path

import pytest
import torch  # noqa: F401 - modules are noted once it is loaded

from shapecheck.advice import operations
from shapecheck.advice.lessons import lesson
from shapecheck.advice.scene import Scene
from shapecheck.infer import Evaluator, Names
from shapecheck.ops import Array
from shapecheck.runtime import chain, crash
from shapecheck.runtime.explaining import explain_words

CASES = sorted((Path(__file__).parent.parent / "cases").glob("[a-z]*/*.py"))


def fixes(expression, shapes):
    diagnostic = explain_words(expression, shapes.split()).diagnostic
    assert diagnostic is not None
    return [fix.title for fix in diagnostic.fixes]


@pytest.mark.parametrize(
    ("expression", "shapes", "wanted"),
    [
        # A sum that stretches both operands is allowed, and nobody meant it.
        ("x + b", "x=32,10 b=10,1", ["x + b.T"]),
        ("x + y", "x=4,5 y=4,3", []),
        # Two vectors of other lengths: a table is no repair of an inner product.
        ("np.dot(row, theta)", "row=3 theta=2", ["an entry for the bias in theta, (3,)"]),
        ("np.dot(delta, a.T)", "delta=3 a=4", ["np.outer(delta, a.T)"]),
        # Going back, the layer's own weight: not its transpose left out.
        ("l4_delta.dot(syn3.T)", "l4_delta=6,4 syn3=4,1", []),
        ("dY @ W", "dY=32,10 W=784,10", ["dY @ W.T"]),
        # A matrix may be stored the other way; of three axes nobody knows.
        ("np.einsum('bi,io->bo', x, W)", "x=8,3 W=5,3", ["np.einsum('bi,oi->bo', x, W)"]),
        ("np.einsum('bix,iox->box', x, W)", "x=12,64,16 W=12,64,16", []),
        # Channels last: the axes are moved, never cut anew.
        ("nn.Conv2d(3, 8, 3)(x)", "x=2,9,9,3", ["nn.Conv2d(3, 8, 3)(x.permute(0, 3, 1, 2))"]),
        # The batch is what the other sizes may not decide.
        ("x.reshape(8, 99)", "x=8,10,10", ["x.reshape(8, -1)"]),
        ("x.reshape(9, 10)", "x=8,10", []),
        # Stacks: one matrix serves all.
        ("torch.bmm(x, w)", "x=8,5,4 w=4,3", ["x @ w"]),
        ("torch.stack([a, b])", "a=5 b=6", None),
        ("x.gather(1, i)", "x=2,10,64 i=2,10", None),
    ],
)
def test_what_is_proposed(expression, shapes, wanted):
    found = fixes(expression, shapes)
    assert wanted is None or found == wanted


def scene_of(source, declared=None, **arrays):
    """The scene of the op that fails in a statement."""
    root = ast.parse(source).body[0]
    lookup = Names(arrays)
    evaluator = Evaluator(lookup)
    evaluator.value(root.value)
    step = next(one for one in evaluator.steps if one.applied.holds is False)
    return Scene(
        step,
        step.applied.broken,
        root,
        lookup,
        lambda node: ast.get_source_segment(source, node) or ast.unparse(node),
        declared=declared,
    )


def array(*sizes):
    return Array.of(*sizes, dtype="float", library="numpy")


def titles(scene):
    return [fix.title for fix in operations.explain(scene).fixes]


def test_a_declared_result_decides_between_fixes():
    values = {"q": array(5, 4), "k": array(5, 4)}
    assert titles(scene_of("s = q @ k", **values)) == ["q @ k.T", "q.T @ k"]
    assert titles(scene_of("s = q @ k", array(4, 4), **values)) == ["q.T @ k"]
    assert titles(scene_of("s = q @ k", array(9, 9), **values)) == []


def test_a_gradient_has_the_shape_of_what_it_is_the_gradient_of():
    values = {"X": array(32, 784), "dY": array(32, 10)}
    assert titles(scene_of("dW = X @ dY", W=array(784, 10), **values)) == ["X.T @ dY"]
    assert titles(scene_of("dW = X @ dY", W=array(10, 784), **values)) == ["dY.T @ X"]


def test_all_around_the_op_has_to_accept_a_fix():
    values = {"x": array(8, 3), "W": array(5, 3), "b": array(7)}
    assert titles(scene_of("y = x @ W + b", **values)) == []  # x @ W.T is (8, 5)


def test_nothing_raises_where_nothing_is_known():
    assert lesson("f(x) @ w", Names({"x": array(3), "w": array(4)})).unknown
    scene = scene_of("y = x @ w", x=array(2, 3), w=array(4, 5))
    bare = Scene(scene.step, scene.fact, ast.Pass(), Names({}), lambda node: "?")
    assert operations.explain(bare).message


# --- fixes put into the program -------------------------------------------------------------------


def finding(path):
    """The explanation of the crash of a program; None if it runs."""
    with warnings.catch_warnings(), chain.watch():
        warnings.simplefilter("ignore")
        try:
            runpy.run_path(str(path), run_name="__main__")
        except Exception as error:
            return crash.explain(error)
    return None


def edited(source, edits):
    lines = source.splitlines(keepends=True)
    for edit in edits:
        span = edit.span
        assert span.line == span.end_line
        line = lines[span.line - 1]
        lines[span.line - 1] = line[: span.column - 1] + edit.text + line[span.end_column - 1 :]
    return "".join(lines)


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if "# fix:" in (text := case.read_text()) and "# run:" not in text],
    ids=lambda case: case.stem,
)
def test_a_program_runs_with_a_fix(case, tmp_path):
    diagnostic = finding(case)
    for fix in diagnostic.fixes:
        if fix.checked and fix.edits:
            path = tmp_path / "mended.py"
            path.write_text(edited(case.read_text(), fix.edits))
            assert finding(path) is None, fix


def test_an_operation_in_the_place_of_a_call_gets_brackets(tmp_path):
    program = tmp_path / "program.py"
    source = "import torch\nx, w = torch.ones(8, 5, 4), torch.ones(4, 3)\ny = torch.bmm(x, w).mT\n"
    program.write_text(source)
    [fix] = finding(program).fixes
    assert fix.title == "x @ w"
    assert edited(source, fix.edits).endswith("y = (x @ w).mT\n")
