"""Reports, word for word: written by SHAPECHECK_UPDATE_GOLDEN=1 and then read by eye."""

import os
import sys
from pathlib import Path

import pytest

from shapecheck import ShapeError
from shapecheck.diagnostics import RULES
from shapecheck.render.text import WIDTH, concise, render

sys.path.insert(0, str(Path(__file__).parent))
import report_cases

GOLDEN = Path(__file__).parent.parent / "golden" / "reports"
CASES = {case.__name__: case for case in report_cases.CASES}


def report(case) -> ShapeError:
    with pytest.raises(ShapeError) as caught:
        case()
    return caught.value


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch):
    monkeypatch.chdir(Path(__file__).parent.parent.parent)


@pytest.mark.parametrize("name", CASES)
def test_report(name):
    error = report(CASES[name])
    text = render(error.diagnostic)
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("SHAPECHECK_UPDATE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text)
    assert golden.exists(), "no golden file yet: run with SHAPECHECK_UPDATE_GOLDEN=1, then read it"
    assert text == golden.read_text()
    assert text.isascii()
    assert max(map(len, text.splitlines()[1:])) <= WIDTH
    assert "\n".join(error.__notes__) == render(error.diagnostic, headline=False)
    assert str(error) == error.diagnostic.headline()
    assert "\n" not in str(error)


def test_no_golden_file_is_left_over():
    assert {file.stem for file in GOLDEN.iterdir()} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_the_data_behind_a_report(name):
    diagnostic = report(CASES[name]).diagnostic
    data = diagnostic.as_json()
    assert data["code"] == RULES[diagnostic.rule].code
    assert {
        "rule",
        "severity",
        "message",
        "path",
        "line",
        "column",
        "end_line",
        "end_column",
    } <= set(data)
    assert data["path"].startswith("tests/runtime/")
    assert data["line"] >= 1 <= data["column"]
    assert concise(diagnostic).startswith(f"{data['path']}:{data['line']}:{data['column']}: ")
    assert any(fact.holds is False for fact in diagnostic.facts)
    source = Path(diagnostic.span.path).read_text().splitlines()
    for edit in (edit for fix in data["fixes"] for edit in fix["edits"]):
        line = source[edit["line"] - 1]
        assert line[edit["column"] - 1 : edit["end_column"] - 1].strip()
        assert all(fix["checked"] for fix in data["fixes"])


def test_colour_adds_nothing_to_the_text():
    from shapecheck.render.rich import coloured

    for case in CASES.values():
        diagnostic = report(case).diagnostic
        assert coloured(diagnostic).plain == render(diagnostic)
        assert coloured(diagnostic).spans


def test_what_a_failed_check_had_bound_is_never_shown():
    """Three released tools print n_out=784 here, left over from the check that failed."""
    text = render(report(report_cases.transposed_weight).diagnostic)
    assert "n_out=784" not in text
    assert "n_out is 784" not in text
