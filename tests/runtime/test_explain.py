"""`explain`: why an expression is allowed, or is not."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import shapecheck
from shapecheck.advice.lessons import MOST_STEPS
from shapecheck.render.text import WIDTH
from shapecheck.runtime.explaining import explain_words
from shapecheck.spec.errors import SpecError

sys.path.insert(0, str(Path(__file__).parent))
from explain_cases import CASES

GOLDEN = Path(__file__).parent.parent / "golden" / "explain"


@pytest.mark.parametrize("name", CASES)
def test_explanation(name):
    expression, words = CASES[name]
    text = (
        f'shapecheck explain "{expression}" {words}\n\n{explain_words(expression, words.split())}'
    )
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("SHAPECHECK_UPDATE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text)
    assert golden.exists(), "no golden file yet: run with SHAPECHECK_UPDATE_GOLDEN=1, then read it"
    assert text == golden.read_text()
    assert text.isascii()
    lines = [line for line in text.splitlines() if not line.startswith("ShapeError: ")]
    assert max(map(len, lines)) <= WIDTH


def test_no_golden_file_is_left_over():
    assert {file.stem for file in GOLDEN.iterdir()} == set(CASES)


# --- what is passed -------------------------------------------------------------------------------


def test_shapes_as_tuples_texts_arrays_and_modules():
    of_tuples = shapecheck.explain("x @ W.T", x=(32, 784), W=(256, 784))
    of_texts = shapecheck.explain("x @ W.T", x="32 784", W="(256, 784)")
    of_arrays = shapecheck.explain("x @ W.T", x=np.ones((32, 784)), W=torch.ones(256, 784))
    assert (
        of_tuples.lesson.result == of_texts.lesson.result == of_arrays.lesson.result == "(32, 256)"
    )
    assert of_tuples.allowed and of_tuples.diagnostic is None
    layer = shapecheck.explain("layer(x)", layer=torch.nn.Linear(5, 7), x=("B", 5))
    assert layer.lesson.result == "(B, 7)"


def test_without_shapes_the_names_are_the_callers():
    X, W, b = np.ones((3, 2)), np.ones((2, 2)), np.ones((1, 2))  # noqa: N806
    assert shapecheck.explain("X @ W + b").lesson.result == "(3, 2)"
    del X, W, b


def test_nothing_is_run():
    ran = []

    class Array(np.ndarray):
        def __matmul__(self, other):
            ran.append(other)
            raise AssertionError

    x = np.ones((3, 2)).view(Array)  # noqa: F841 - the caller's variable
    assert shapecheck.explain("x @ x.T").lesson.result == "(3, 3)"
    assert shapecheck.explain("ran.append(1)").allowed is None
    assert not ran


def test_a_finding_is_data():
    found = shapecheck.explain("x @ W", x=(32, 784), W=(256, 784))
    assert found.allowed is False
    assert found.diagnostic.rule == "matmul-inner"
    assert [fix.title for fix in found.diagnostic.fixes if fix.checked] == ["x @ W.T"]
    assert repr(found) == str(found)


@pytest.mark.parametrize(
    ("expression", "shapes", "problem"),
    [
        ("", {}, "the expression is empty"),
        (3, {}, "an expression is a string"),
        ("x @", {"x": (1,)}, "this is not an expression"),
        ("y = x @ x", {"x": (1,)}, "explain what is assigned: 'x @ x'"),
        ("import os", {}, "statements are not run"),
        ("x @ w", {"x": (1,)}, "w has no shape"),
        ("x @ W", {"x": (1,), "w": (1,)}, "given is w"),
        ("relu(x)", {"x": (1,)}, "write torch.relu"),
        ("x", {"x": (-1,)}, "-1 is not a size"),
        ("x", {"x": (2.5,)}, "2.5 is not a size"),
        ("x", {"x": "3x4"}, "separate sizes by commas: x=3,4"),
        ("x", {"x": "(3, 4"}, "a bracket is not closed"),
        ("x", {"x": object()}, "neither a shape"),
        ("x" + " + x" * 5000, {"x": (1,)}, "characters"),
        ("-" * 5000 + "x", {"x": (1,)}, "nested too deeply"),
        (" + ".join(["x"] * (MOST_STEPS + 2)), {"x": (1,)}, f"at most {MOST_STEPS} steps"),
        ("x\0", {"x": (1,)}, "null bytes"),
        ("__import__('os').system('false')", {"x": (1,)}, "nothing is run"),
        ("9" * 5000, {}, "more digits"),
    ],
)
def test_what_cannot_be_explained(expression, shapes, problem):
    with pytest.raises(SpecError) as caught:
        shapecheck.explain(expression, **shapes)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    "expression",
    [
        "x.nothing(1)",
        "[y for y in x]",
        "lambda: x",
        "x if x else y",
        "np.einsum('i,j->')",
        "np.einsum('bad equation', x)",
        "x[::0]",
        "x.reshape(*x.shape)",
        "10**10**10 * x",
        "f'{x}'",
        "x[None][...][()]",
        "einops.rearrange(x, 'a b -> (a b')",
    ],
)
def test_odd_expressions_are_explained_or_said_to_be_unknown(expression):
    found = shapecheck.explain(expression, x=(3, 4), y=(2,))
    assert str(found).isascii()
    assert found.allowed in (True, False, None)


# --- the command line -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "status", "stdout", "stderr"),
    [
        (["X @ W + b", "X=3,2", "W=2,2", "b=1,2"], 0, "how can (3, 2) + (1, 2) be added?", ""),
        (["x @ W", "x=B,n_in", "W=n_out,n_in"], 1, "fix   x @ W.T", ""),
        (["x @ W", "x=3,2"], 2, "", "give its shape: W=2,2"),
        (["x @ x.T", "x=3,2", "y=1"], 0, "y is given", ""),
        (["x @ x", "x=3 2"], 1, "fix   x @ x.T", ""),
        (["x", "x=3,", "2"], 2, "", "sizes are separated by commas"),
        (["x.sum(n)", "x=3,2", "n:=1"], 0, "(3, 2) -> (3,)", ""),
    ],
)
def test_command_line(words, status, stdout, stderr):
    command = [sys.executable, "-m", "shapecheck", "explain", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status, done
    assert stdout in done.stdout
    assert stderr in done.stderr
    assert bool(done.stderr) is (status == 2)
