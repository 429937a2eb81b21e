"""Every program in examples/ does what it claims, and each of its mistakes gets its report."""

from __future__ import annotations

import ast
import os
import runpy
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from shapecheck import ShapeError

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "examples"
UPDATE = os.environ.get("SHAPECHECK_UPDATE_GOLDEN") == "1"
# first_report.py is the README's own, and held to it by test_readme.py
PROGRAMS = sorted({path.stem for path in (ROOT / "examples").glob("*.py")} - {"first_report"})
OUTSIDE = ("SHAPECHECK", "FORCE_COLOR", "PYTHONWARNINGS", "PYTHONOPTIMIZE")


def source(program):
    return (ROOT / "examples" / f"{program}.py").read_text(encoding="utf-8")


def mistakes(program):
    functions = (n.name for n in ast.parse(source(program)).body if isinstance(n, ast.FunctionDef))
    return [name.removeprefix("mistake_") for name in functions if name.startswith("mistake_")]


MISTAKES = [(program, name) for program in PROGRAMS for name in mistakes(program)]


def run(program, *arguments):
    environment = {name: value for name, value in os.environ.items() if name not in OUTSIDE}
    return subprocess.run(
        [sys.executable, f"examples/{program}.py", *arguments],
        cwd=ROOT,
        env={**environment, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def run_here(program, *arguments, monkeypatch):
    """Run a program in this process, where torch is loaded already; return what it dies of."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", [program, *arguments])
    with pytest.raises(ShapeError) as caught:
        runpy.run_path(f"examples/{program}.py", run_name="__main__")
    return "".join(traceback.format_exception_only(caught.value))


def agrees(name, text):
    path = GOLDEN / f"{name}.txt"
    if UPDATE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert path.exists(), f"{path} is missing: run with SHAPECHECK_UPDATE_GOLDEN=1, then read it"
    assert text == path.read_text(encoding="utf-8")


def trimmed(text):
    return "".join(f"{line.rstrip()}\n" for line in text.rstrip().splitlines())


@pytest.mark.parametrize("program", PROGRAMS)
def test_program_does_what_it_claims(program):
    done = run(program)
    assert (done.returncode, done.stderr) == (0, "")
    agrees(program, trimmed(done.stdout))


@pytest.mark.parametrize(("program", "mistake"), MISTAKES)
def test_mistake_gets_its_report(program, mistake, monkeypatch):
    if "import torch" in source(program):
        text = run_here(program, "--mistake", mistake, monkeypatch=monkeypatch)
    else:
        done = run(program, "--mistake", mistake)
        assert done.returncode == 1
        start = done.stderr.find("\nshapecheck.ShapeError: ") + 1
        assert start, done.stderr
        text = done.stderr[start:]
    report = trimmed(text)
    assert report.count("shapecheck.ShapeError") == 1
    assert f"examples/{program}.py:" in report
    assert str(ROOT) not in report
    agrees(f"{program}-{mistake}", report)


def test_nothing_is_left_out():
    """A program without a mistake, a report without a program: each would pass unseen."""
    assert len(PROGRAMS) >= 12
    assert {program for program, _ in MISTAKES} == set(PROGRAMS)
    expected = {*PROGRAMS, *(f"{program}-{mistake}" for program, mistake in MISTAKES)}
    assert {path.stem for path in GOLDEN.glob("*.txt")} == expected


@pytest.mark.parametrize("program", PROGRAMS)
def test_program_says_which_question_it_answers(program):
    text = ast.get_docstring(ast.parse(source(program)))
    assert text
    assert 3 <= len(text.splitlines()) <= 8


def test_the_numbers_of_the_lesson():
    printed = (GOLDEN / "lesson_forward_pass.txt").read_text(encoding="utf-8")
    assert "z1:         [ 0.  -0.1  0.5]" in printed
    assert "Prediction: [ 0.1  -0.1  -0.05 -0.25]" in printed
    assert "MSE Loss:   0.8963" in printed
