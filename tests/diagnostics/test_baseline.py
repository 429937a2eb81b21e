"""Known findings are left out, wherever they have moved to."""

import json

import pytest

from shapecheck.diagnostics import Diagnostic, Span, baseline
from shapecheck.diagnostics.baseline import BaselineError


def finding(
    line, message="x (2, 3) @ y (2, 3); n set at line 4", path="pkg/a.py", rule="matmul-inner"
):
    return Diagnostic(rule, message, Span(path, line, 1, line, 2))


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return "known.json"


def left(found, file, checked=("pkg/a.py",)):
    return baseline.without_known(found, baseline.read(file), file, checked)


def test_known_by_file_rule_and_message(file):
    assert baseline.write([finding(3)], file) == 1
    moved = finding(30, "x (2, 3) @ y (2, 3); n set at line 31")
    other = [
        finding(3, "x (2, 4) @ y (2, 3)"),
        finding(3, path="pkg/b.py"),
        finding(3, rule="broadcast"),
    ]
    result = left([moved, *other], file)
    assert (list(result.new), result.hidden, result.stale) == (other, 1, 0)


def test_of_several_alike_as_many_as_are_known(file):
    baseline.write([finding(3), finding(5)], file)
    assert len(left([finding(line) for line in range(5)], file).new) == 3
    assert left([finding(3)], file).stale == 1
    assert left([], file, checked=["other.py"]).stale == 0


def test_paths_are_those_of_the_baselines_folder(file, tmp_path, monkeypatch):
    baseline.write([finding(3)], file)
    monkeypatch.chdir(tmp_path.parent)
    moved = finding(3, path=f"{tmp_path.name}/pkg/a.py")
    assert left([moved], f"{tmp_path.name}/{file}").new == ()


def test_the_file_is_sorted_and_stable(file, tmp_path):
    found = [
        finding(3),
        finding(9, path="b.py"),
        finding(1, path="gone.py", rule="unreadable-file"),
        finding(7),
    ]
    baseline.write(found, file)
    first = (tmp_path / file).read_text()
    baseline.write(found[::-1], file)
    assert first == (tmp_path / file).read_text()
    assert [(one["path"], one["count"]) for one in json.loads(first)["diagnostics"]] == [
        ("b.py", 1),
        ("pkg/a.py", 2),
    ]


@pytest.mark.parametrize("text", ["", "[]", '{"diagnostics": [{}]}', '{"diagnostics": 3}', None])
def test_files_that_are_no_baseline(file, tmp_path, text):
    if text is not None:
        (tmp_path / file).write_text(text)
    with pytest.raises(BaselineError, match=file):
        baseline.read(file)
    with pytest.raises(BaselineError, match="nowhere"):
        baseline.write([], "nowhere/known.json")
