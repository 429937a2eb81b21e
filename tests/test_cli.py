"""The command line as its users meet it: words in, text and an exit status out."""

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shapecheck import cli

GOOD = "import numpy as np\n\nx = np.zeros((2, 3)) @ np.zeros((3, 4))\n"
BAD = "import numpy as np\n\nx = np.zeros((2, 3)) @ np.zeros((2, 4))\n"
SILENT = (
    "import numpy as np\n\np, y = np.zeros((4, 1)), np.zeros(4)\nloss = ((p - y) ** 2).mean()\n"
)
UNUSED = f"{GOOD.rstrip()}  # shapecheck: ignore[broadcast]\n"
BROKEN = "def f(:\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "SHAPECHECK_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def write(**files):
    for name, text in files.items():
        path = Path(name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def run(*words, stdin=b""):
    """Status, stdout and stderr of a command, in this process."""
    out, err = io.StringIO(), io.StringIO()
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = cli.main(words)
            except SystemExit as ended:
                status = ended.code
    finally:
        sys.stdin = before
    return status, out.getvalue(), err.getvalue()


def found(*words, **options):
    """The rules and lines that `check` finds, by file."""
    _, out, _ = run("check", "--output-format", "json", *words, **options)
    return [(one["path"], one["line"], one["rule"]) for one in json.loads(out)["diagnostics"]]


def process(*words, **options):
    command = [sys.executable, "-m", "shapecheck", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.mark.parametrize(
    ("files", "words", "status"),
    [
        ({"a": GOOD}, [], 0),
        ({"a": BAD}, [], 1),
        ({"a": BROKEN, "b": GOOD}, [], 1),
        ({"a": UNUSED}, [], 0),
        ({"a": UNUSED}, ["--strict"], 1),
        ({"a": BAD}, ["--exit-zero"], 0),
        ({"a": GOOD}, ["a.py", "gone.py"], 2),
        ({"a": BAD}, ["gone.py", "--exit-zero"], 2),
        ({"a": BAD}, ["--select", "SC9"], 2),
        ({"a": BAD}, ["--ignore", "matmul-iner"], 2),
        ({"a": BAD}, ["--no-such-option"], 2),
        ({"a": BAD}, ["-j", "0"], 2),
        ({"a": BAD}, ["a.py", "-"], 2),
        ({"a": BAD}, ["--update-baseline"], 2),
        ({"a": BAD}, ["--baseline", "gone.json"], 2),
        ({"a": BAD}, ["--config", "gone.toml"], 2),
        ({}, [], 0),
    ],
)
def test_exit_status_of_check(files, words, status):
    write(**files)
    got, out, err = run("check", *words)
    assert got == status, out + err
    assert (status == 2) <= bool(err or "unreadable-file" in out)


def test_a_process_ends_with_the_status():
    write(a=BAD)
    done = process("check", "a.py")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("ShapeError: ")
    assert done.stdout.endswith("Found 1 error in 1 file.\n")
    assert process("check", "--output-format", "concise", "a.py").stdout.startswith(
        "a.py:3:5: matmul-inner: "
    )
    assert process("--help").returncode == 0
    assert process().returncode == 2


def test_a_reader_that_goes_away():
    write(a=BAD * 1)
    command = f"{sys.executable} -m shapecheck check --output-format json a.py | head -c 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("{", "")


def test_our_own_failure_is_one_line(monkeypatch):
    write(a=GOOD, b=BAD)

    def breaks(path, source, project, **options):
        if path == "a.py":
            raise KeyError("x")
        return real(path, source, project)

    from shapecheck.static import analysis

    real = analysis.analyse
    monkeypatch.setattr(analysis, "analyse", breaks)
    status, out, err = run("check", "--no-cache", "-j1")
    assert status == 2
    assert err == "shapecheck: a.py: internal error: KeyError: 'x'\n"
    assert "Found 1 error in 2 files." in out  # the other file was still looked at

    monkeypatch.setattr("shapecheck.static.checking.check", lambda *_, **__: 1 // 0)
    status, out, err = run("check")
    assert (status, out) == (2, "")
    assert err.startswith("shapecheck: internal error: ZeroDivisionError: ")
    assert err.count("\n") == 1


def test_a_process_that_dies_takes_one_file_with_it(monkeypatch):
    write(**{f"f{number}": BAD for number in range(6)}, fatal="import numpy as np\n")

    def dies(path, source, project, **options):
        if path == "fatal.py":
            os._exit(9)
        return real(path, source, project)

    from shapecheck.static import analysis

    real = analysis.analyse
    monkeypatch.setattr(analysis, "analyse", dies)
    status, out, err = run("check", "--no-cache", "-j2", "--output-format", "concise")
    assert status == 2
    assert "fatal.py: left out" in err
    assert len(out.splitlines()) == 6


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_the_order_is_that_of_places(jobs):
    twice = f"{BAD}y = np.zeros(3) + np.zeros(4)\n"
    write(b=twice, a__c=BAD, a__b=BAD, c=GOOD)
    places = [("a/b.py", 3), ("a/c.py", 3), ("b.py", 3), ("b.py", 4)]
    assert [(path, line) for path, line, _ in found("-j", jobs, "c.py", "b.py", "a")] == places


def test_stdin():
    assert found("-", stdin=BAD.encode()) == [("<stdin>", 3, "matmul-inner")]
    write(pkg__sizes="N = 2\n", pkg____init__="")
    uses = "import numpy as np\nfrom pkg.sizes import N\nx = np.zeros((2, 3)) @ np.zeros((N, 4))\n"
    assert found("-", "--stdin-filename", "pkg/a.py", stdin=uses.encode()) == [
        ("pkg/a.py", 3, "matmul-inner")
    ]
    assert found("-", stdin="x = '\xe9'".encode("latin-1")) == [("<stdin>", 1, "syntax-error")]
    excluded = ("-", "--stdin-filename", "pkg/a.py", "--exclude", "pkg", "--force-exclude")
    assert found(*excluded, stdin=BAD.encode()) == []


def test_rules_are_selected():
    write(a=f"{BAD}y = np.zeros(3) + np.zeros(4)\n")
    assert [rule for *_, rule in found()] == ["matmul-inner", "broadcast"]
    assert [rule for *_, rule in found("--select", "SC202,matmul-inner", "--ignore", "SC201")] == [
        "broadcast"
    ]
    assert found("--ignore", "SC2") == []


def test_settings():
    write(a=BAD, old__b=BAD, tests__c=BAD, d=UNUSED)
    table = '[tool.shapecheck]\nexclude = ["old"]\nstrict = true\noutput-format = "concise"\n'
    Path("pyproject.toml").write_text(
        f'{table}[tool.shapecheck.per-file-ignores]\n"tests/*" = ["SC2"]\n'
    )
    status, out, _ = run("check")
    assert status == 1
    assert [line.split(":")[0] for line in out.splitlines()] == ["a.py", "d.py"]
    assert run("check", "d.py")[0] == 1
    assert run("check", "d.py", "--isolated")[0] == 0
    assert len(found("--isolated", "--ignore", "SC0")) == 3
    os.chdir("tests")
    assert found() == []
    os.chdir("..")
    Path("pyproject.toml").write_text("[tool.shapecheck]\nselct = []\n")
    status, _, err = run("check")
    assert status == 2
    assert "unknown key selct" in err


def test_comments_hold_findings_back():
    comment = "# shapecheck: ignore[matmul-inner]"
    write(a=f"{BAD.rstrip()}  {comment}\n", b=f"# shapecheck: ignore-file\n{BROKEN}", c=UNUSED)
    assert found() == [("c.py", 3, "unused-suppression")]
    assert found("--ignore", "broadcast") == []  # it was not looked for
    assert found("--ignore", "matmul-inner", "a.py") == []


def test_a_comment_in_another_file_counts():
    """A finding may stand in a file that was only read."""
    write(lib="import numpy as np\n\n\ndef f(x):\n    return x @ np.zeros((9, 9))\n")
    write(a="import numpy as np\n\nfrom lib import f\n\nf(np.zeros((2, 3)))\n")
    before = found("a.py")
    assert before
    write(lib=Path("lib.py").read_text().replace("9))\n", "9))  # shapecheck: ignore\n"))
    left = [one for one in found("a.py") if one[0] == "lib.py"]
    assert left == []


def test_baseline():
    write(a=BAD)
    known = ("--baseline", "known.json")
    status, out, err = run("check", *known, "--update-baseline")
    assert (status, out) == (0, "")
    assert "known.json holds 1 finding now" in err
    write(a=BAD.replace("\n\n", "\n\n\n\n") + "y = np.zeros(3) + np.zeros(4)\n")
    assert found(*known) == [("a.py", 6, "broadcast")]
    write(a=GOOD)
    status, out, _ = run("check", *known)
    assert status == 0
    assert "1 entry of the baseline found no more" in out


def test_statistics():
    write(a=f"{BAD}y = np.zeros((2, 3)) @ np.zeros((5, 4))\n", b=BAD)
    lines = run("check", "--statistics")[1].splitlines()
    assert "3  SC201  error  matmul-inner" in lines
    _, out, err = run("check", "--statistics", "--output-format", "json")
    json.loads(out)
    assert "matmul-inner" in err


def test_notebooks_say_which_cell():
    cells = [
        {"cell_type": "code", "source": source} for source in ("%matplotlib inline\n" + GOOD, BAD)
    ]
    Path("book.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}}))
    _, out, _ = run("check", "--output-format", "json")
    [one] = json.loads(out)["diagnostics"]
    assert (one["path"], one["line"]) == ("book.ipynb", 7)
    assert one["message"].endswith("(cell 2, line 3)")


def test_nothing_is_run_and_no_library_is_loaded():
    marker = "marker.txt"
    write(
        a=f"import os\nos.system('touch {marker}')\nopen('{marker}', 'w')\n{GOOD}",
        b=f"import torch\nfrom a import x\n__import__('os').system('touch {marker}')\n{BAD}",
        conftest=f"import os\nos.system('touch {marker}')\n",
    )
    code = """
import sys
from shapecheck.cli import main
main(["check", "--no-cache", "-j1", "."])
main(["shapes", "a.py"])
print("LOADED", sorted({"numpy", "torch", "jaxtyping", "beartype", "rich", "pathspec"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"
    assert "matmul-inner" in done.stdout
    assert not Path(marker).exists()


def test_a_cold_start_loads_little():
    code = """
import sys
from shapecheck.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
print(len([name for name in sys.modules if name.startswith("shapecheck.")]))
"""
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, env=path()
    )
    assert int(done.stdout.splitlines()[-1]) <= 3


def path():
    return {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[1])}


def test_syntax_errors_have_a_place():
    write(a=f"{GOOD}x = (1,\n     2\ny = 3\n", b='print "x"\n')
    _, out, _ = run("check", "--output-format", "json")
    a, b = json.loads(out)["diagnostics"]
    assert (a["rule"], a["code"], a["severity"], a["line"]) == ("syntax-error", "SC001", "error", 4)
    assert (b["line"], b["column"]) == (1, 1)


@pytest.mark.parametrize(
    "source",
    [
        "(" * 5000,
        "x = " + "-" * 100_000 + "1\n",
        "x = " + "[" * 90 + "]" * 90,
        "a" * 100 + ".b" * 50_000,
        "\x0cx = 1",
    ],
    ids=["brackets", "signs", "lists", "attributes", "form feed"],
)
def test_odd_sources_end_well(source):
    write(a=source, b=BAD)
    status, out, _ = run("check", "--no-cache", "--output-format", "concise")
    assert status in (1, 2)
    assert "b.py:3:5: matmul-inner" in out


def test_shapes():
    write(a=GOOD)
    status, out, _ = run("shapes", "a.py", "--output-format", "json")
    shapes = json.loads(out)
    assert (status, shapes["version"]) == (0, 1)
    whole = {
        "path": "a.py",
        "line": 3,
        "column": 5,
        "end_line": 3,
        "end_column": 40,
        "shape": [2, 4],
        "text": "(2, 4)",
    }
    assert whole in shapes["shapes"]
    text = run("shapes", "a.py")[1]
    assert "x = np.zeros((2, 3)) @ np.zeros((3, 4))" in text
    assert "# (2, 4)   np.zeros((2, 3)) (2, 3)" in text
    write(b=BROKEN)
    assert run("shapes", "b.py", "a.py")[0] == 1
    assert run("shapes", "gone.py")[0] == 2


def test_explain():
    status, out, err = run("explain", "X @ W + b", "X=3,2", "W=2,2", "b=1,2")
    assert (status, err) == (0, "")
    assert "(3, 2) + (1, 2)" in out
    status, out, _ = run("explain", "X @ W", "X=3,2", "W=3,2")
    assert status == 1
    assert out.startswith("ShapeError: ")
    status, out, err = run("explain", "X @", "X=3,2")
    assert (status, out) == (2, "")
    assert err


def test_tables():
    status, out, _ = run("rules")
    assert status == 0
    assert out.splitlines()[0].split() == ["code", "name", "severity", "finds"]
    rows = json.loads(run("rules", "--output-format", "json")[1])["rules"]
    assert any(row["name"] == "matmul-inner" and row["code"] == "SC201" for row in rows)
    for name in ("matmul-inner", "SC201", "sc201"):
        assert run("rule", name)[1].startswith("matmul-inner  (SC201, error)")
    status, out, err = run("rule", "matmul")
    assert (status, out) == (2, "")
    assert "perhaps matmul-inner" in err


def test_the_table_of_ops():
    lines = run("ops")[1].splitlines()
    assert lines[0].split() == ["op", "backends", "names", "compared", "shapes"]
    [line] = [one for one in lines if one.startswith("matmul ")]
    assert "numpy, torch" in line
    assert "numpy.matmul" in line
    assert "calls" in lines[-1]
    assert "torch 2." in lines[-1]
    found = json.loads(run("ops", "--output-format", "json")[1])
    assert set(found["libraries"]) >= {"numpy", "torch", "einops"}
    [row] = [one for one in found["ops"] if "torch.matmul" in one["names"]]
    assert row["compared"]["calls"] >= 1000
    assert line.split()[-len(row["shapes"].split()) - 1] == f"{row['compared']['calls']:,}"


def test_the_language_server_is_announced():
    status, _, err = run("lsp")
    assert status in (0, 2)


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (["s.py"], {"script": "s.py"}),
        (
            ["--trace", "--record", "r", "s.py", "--trace", "-m", "x"],
            {"trace": True, "record": "r", "args": ("--trace", "-m", "x")},
        ),
        (
            ["--record=r", "--strict", "-m", "pkg.mod", "--help"],
            {"module": "pkg.mod", "script": None, "args": ("--help",)},
        ),
        (["-mpkg", "--", "x"], {"module": "pkg", "args": ("--", "x")}),
        (["--broadcasts", "--", "-odd.py", "x"], {"script": "-odd.py", "args": ("x",)}),
        (
            ["--include", "a", "--include", "b", "--color", "never", "-"],
            {"include": ("a", "b"), "color": "never", "script": "-"},
        ),
        (
            ["--report", "f.json", "--html", "f.html", "s.py"],
            {"report": "f.json", "html": "f.html"},
        ),
    ],
)
def test_words_of_run(monkeypatch, words, given):
    from shapecheck.runtime import running

    seen = []
    monkeypatch.setattr(running, "run", lambda options: seen.append(options) or 7)
    assert run("run", *words)[0] == 7
    assert {name: getattr(seen[0], name) for name in given} == given


@pytest.mark.parametrize(
    "words", [[], ["--trace"], ["--no-such", "s.py"], ["--color", "blue", "s.py"], ["-m"]]
)
def test_wrong_words_of_run(words):
    status, out, err = run("run", *words)
    assert (status, out) == (2, "")
    assert "shapecheck run" in err


def test_a_long_run_shows_how_far_it_is(monkeypatch):
    from shapecheck import output

    err = io.StringIO()
    err.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setenv("TERM", "xterm")
    for patience, drawn in ((60, False), (0, True)):
        monkeypatch.setattr(output, "PATIENCE", patience)
        monkeypatch.setattr(output, "REFRESH", 0)
        with output.Progress() as progress:
            for done in range(3):
                progress.advance(done, 3)
        assert ("checking" in err.getvalue()) is drawn
    assert "2/3" in err.getvalue()


def test_watch():
    write(a=GOOD)
    command = [sys.executable, "-u", "-m", "shapecheck", "check", "--watch", "--no-cache", "."]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watcher:
        try:
            assert watcher.stdout.readline() == "No shape errors found in 1 file.\n"
            deadline = time.monotonic() + 20
            time.sleep(0.5)  # until the folder is watched
            write(a=BAD)
            line = watcher.stdout.readline()
            assert line.startswith("ShapeError: ")
            assert time.monotonic() < deadline
        finally:
            watcher.terminate()
