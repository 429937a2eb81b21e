"""Kept outcomes: when they hold, when they do not, and what a cache cannot do to us."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shapecheck.config import Settings
from shapecheck.diagnostics import Cell, Diagnostic, Edit, Fix, Link, Note, Operand, Span
from shapecheck.diagnostics.suppress import suppressions
from shapecheck.static import analysis, checking
from shapecheck.static.cache import Cache
from shapecheck.static.outcome import Outcome, from_json, to_json

USES = "import numpy as np\nfrom pkg.sizes import N\n\nx = np.zeros((2, 3)) @ np.zeros((N, 4))\n"


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(
        pkg____init__="",
        pkg__sizes="from pkg.more import M\n\nN = M\n",
        pkg__more="M = 2\n",
        a=USES,
        b=USES,
    )


def write(**files):
    for name, text in files.items():
        path = Path(name.replace("__", "/", 1) + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def wait():
    """Until the files are older than the next run: what changes during a run is not kept."""
    time.sleep(0.06)


@pytest.fixture
def looked_at(monkeypatch):
    """The files that the analyser is asked about."""
    real, seen = analysis.analyse, []

    def analyse(path, source, project, **options):
        seen.append(path)
        return real(path, source, project)

    monkeypatch.setattr(analysis, "analyse", analyse)
    return seen


def check(*paths, jobs=1):
    wait()
    report = checking.check(paths or ["."], Settings(jobs=jobs))
    assert not report.failures
    return [(one.span.path, one.rule) for one in report.diagnostics]


def test_outcomes_are_kept(looked_at):
    first = check()
    assert first == [("a.py", "matmul-inner"), ("b.py", "matmul-inner")]
    assert len(looked_at) == 5
    looked_at.clear()
    assert check() == first
    assert looked_at == []
    assert Path(".shapecheck_cache/.gitignore").read_text() == "*\n"


def test_a_report_from_the_cache_is_the_same():
    wait()
    first, second = (checking.check(["."], Settings()) for _ in range(2))
    assert first.diagnostics == second.diagnostics
    assert (first.functions, first.checked) == (second.functions, second.checked)


def test_a_changed_file_is_looked_at(looked_at):
    check()
    looked_at.clear()
    write(a=USES + "\n")
    check()
    assert looked_at == ["a.py"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_file_imports_counts_however_far_away(jobs):
    assert len(check(jobs=jobs)) == 2
    write(pkg__more="M = 3\n")
    assert check(jobs=jobs) == []
    write(pkg__more="M = 2\n")
    assert len(check(jobs=jobs)) == 2


def test_a_module_that_appears_or_goes_away(looked_at):
    write(c=USES.replace("pkg.sizes", "sizes").replace("N", "K"))
    assert check("c.py") == []
    write(sizes="K = 2\n")
    assert check("c.py") == [("c.py", "matmul-inner")]
    Path("sizes.py").unlink()
    assert check("c.py") == []
    write(pkg__new="K = 2\n", c=USES.replace("sizes", "newer").replace("N", "K"))
    assert check("c.py") == []
    write(pkg__newer="K = 2\n")
    assert check("c.py") == [("c.py", "matmul-inner")]


def test_settings_are_no_part_of_outcomes(looked_at):
    check()
    looked_at.clear()
    assert checking.check(["."], Settings(ignore=("SC2",))).diagnostics == ()
    assert looked_at == []


def test_our_own_code_is_part_of_them(monkeypatch, looked_at):
    check()
    looked_at.clear()
    monkeypatch.setattr("shapecheck.static.cache._version", lambda: "another")
    check()
    assert len(looked_at) == 5


def test_old_versions_are_dropped(monkeypatch):
    for number in range(6):
        monkeypatch.setattr("shapecheck.static.cache._version", lambda number=number: f"v{number}")
        check("a.py")
        wait()
    kept = sorted(one.name for one in Path(".shapecheck_cache").iterdir() if one.is_dir())
    assert kept == ["v3", "v4", "v5"]


def test_failures_are_not_kept(monkeypatch, looked_at):
    real = analysis.analyse
    monkeypatch.setattr(analysis, "analyse", lambda *_: 1 // 0)
    assert len(checking.check(["a.py"], Settings()).failures) == 1
    monkeypatch.setattr(analysis, "analyse", real)
    assert check("a.py") == [("a.py", "matmul-inner")]


def test_what_changes_while_it_is_read_is_not_kept(tmp_path):
    cache = Cache("kept")
    write(late="")
    later = time.time() + 5
    import os

    os.utime("late.py", (later, later))
    cache.put("a.py", b"x", ["late.py"], Outcome("a.py"))
    assert cache.get("a.py", b"x") is None
    os.utime("late.py", (later - 60, later - 60))
    cache.put("a.py", b"x", ["late.py"], Outcome("a.py"))
    assert cache.get("a.py", b"x") == Outcome("a.py")
    assert cache.get("a.py", b"y") is None
    assert Cache("kept", ["other roots"]).get("a.py", b"x") is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"content": 1}', "nested"])
def test_spoilt_entries_are_no_entries(text, looked_at):
    check()
    looked_at.clear()
    text = "[" * 100_000 if text == "nested" else text
    for entry in Path(".shapecheck_cache").rglob("*.json"):
        entry.write_text(text)
    assert len(check()) == 2
    assert len(looked_at) == 5


@pytest.mark.parametrize(
    "outcome", [{"os.system": ["touch x"]}, {"Span": [1]}, ["Outcome"], {"a": 1, "b": 2}]
)
def test_an_entry_holds_nothing_but_findings(outcome):
    cache = Cache("kept")
    cache.put("a.py", b"x", [], Outcome("a.py"))
    [entry] = Path("kept").rglob("*.json")
    entry.write_text(json.dumps({**json.loads(entry.read_text()), "outcome": outcome}))
    assert Cache("kept").get("a.py", b"x") is None


def test_everything_in_a_finding_is_kept():
    span = Span("é.py", 1, 2, 3, 4, "f", ("a", "b"))
    cells = (Cell(3, "n", True, "why"), Cell("n + 1"), Cell(None))
    full = Diagnostic(
        "broadcast",
        "message",
        span,
        "context",
        (Operand("x", "y", cells, "n", "list", True), Operand("z")),
        "reason",
        (Note("n", span), Note("m")),
        (Fix("t", "r", True, (Edit(span, "x"),)),),
        (),
        (Link("a.b", "Linear", cells, "r"),),
    )
    comments = suppressions(
        "a.py", "x  # shapecheck: ignore[dtype, broadcast]\ny  # shapecheck: ignore[nonsense]\n"
    )
    outcome = Outcome("a.py", (full,), comments, 3, "failed", "left", 0.5, False)
    assert from_json(json.loads(json.dumps(to_json(outcome)))) == outcome


def test_a_folder_that_cannot_be_written(looked_at):
    Path(".shapecheck_cache").write_text("a file")
    assert len(check()) == 2
    assert len(check()) == 2


def test_runs_that_share_a_cache():
    files = {f"m{number}": USES for number in range(12)}
    write(**files)
    command = [sys.executable, "-m", "shapecheck", "check", "--output-format", "json", "-j2", "."]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = [json.loads(run.communicate()[0])["diagnostics"] for run in runs]
    assert [run.returncode for run in runs] == [1] * 4
    assert len(said[0]) == 14
    assert said == said[:1] * 4
    assert not list(Path(".shapecheck_cache").rglob("*.tmp"))
