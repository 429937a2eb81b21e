"""Which files are looked at, in which encoding, and what is said of those that cannot be."""

import json
import os
import shutil

import pytest

from shapecheck.static import notebooks, sources
from shapecheck.static.files import Search
from shapecheck.static.sources import UnusableError


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")


def found(*paths, **options):
    return list(Search(**options).find(paths or ["."]).files)


def test_python_files_and_notebooks_in_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    touch(
        tmp_path,
        "a.py",
        "b.pyi",
        "c.ipynb",
        "d.txt",
        "pkg/e.py",
        ".venv/f.py",
        "build/g.py",
        ".#h.py",
    )
    assert found() == ["a.py", "b.pyi", "c.ipynb", "pkg/e.py"]
    assert found("d.txt", "pkg", "pkg/e.py") == ["d.txt", "pkg/e.py"]  # what is named counts, once
    assert found("build") == ["build/g.py"]


def test_excluded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "a.py", "old/b.py", "old/sub/c.py", "pkg/gen_d.py")
    assert found(exclude=["old", "gen_*"]) == ["a.py"]
    assert found(exclude=["/old/sub"]) == ["a.py", "old/b.py", "pkg/gen_d.py"]
    assert found("old", exclude=["old"]) == ["old/b.py", "old/sub/c.py"]
    assert found("old/b.py", exclude=["old"]) == ["old/b.py"]
    assert found("old/b.py", "a.py", exclude=["old"], force=True) == ["a.py"]
    touch(tmp_path, "build/e.py")
    assert found("build/e.py", force=True) == []


def test_gitignore_of_the_folder_those_above_and_those_below(tmp_path, monkeypatch):
    touch(
        tmp_path,
        "repo/.git/HEAD",
        "repo/pkg/a.py",
        "repo/pkg/b.py",
        "repo/pkg/sub/c.py",
        "repo/out/d.py",
    )
    (tmp_path / ".gitignore").write_text("*.py\n")  # outside of the repository
    (tmp_path / "repo/.gitignore").write_text("# a comment\nout/\nb.py\nc.py\n")
    (tmp_path / "repo/pkg/sub/.gitignore").write_text("!c.py\n")
    monkeypatch.chdir(tmp_path / "repo/pkg")
    assert found() == ["a.py", "sub/c.py"]
    assert found(gitignore=False) == ["a.py", "b.py", "sub/c.py"]
    assert found("b.py") == ["b.py"]
    assert found("b.py", "a.py", force=True) == ["a.py"]
    assert found("../out") == ["../out/d.py"]  # it was asked for


def test_links(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "pkg/a.py")
    (tmp_path / "pkg/loop").symlink_to(tmp_path / "pkg")
    (tmp_path / "alias.py").symlink_to(tmp_path / "pkg/a.py")
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    (tmp_path / "self.py").symlink_to(tmp_path / "self.py")
    result = Search().find(["."])
    assert len(result.files) == 1
    assert [one.span.path for one in result.problems] == ["gone.py", "self.py"]
    assert found("pkg/loop") == ["pkg/loop/a.py"]


def test_other_than_files_are_passed_over(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "folder.py").mkdir()
    touch(tmp_path, "folder.py/a.py")
    assert found() == ["folder.py/a.py"]


def test_what_is_not_there():
    [problem] = Search().find(["no_such_file.py"]).problems
    assert problem.rule == "unreadable-file"
    assert "no such file" in problem.message
    with pytest.raises(UnusableError, match="no such file"):
        sources.content("no_such_file.py")
    assert Search().find(["with\0null.py"]).problems


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_folders_without_permission(tmp_path):
    touch(tmp_path, "closed/a.py")
    (tmp_path / "closed").chmod(0)
    try:
        assert [one.rule for one in Search().find([str(tmp_path)]).problems] == ["unreadable-file"]
    finally:
        (tmp_path / "closed").chmod(0o755)
        shutil.rmtree(tmp_path)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfx = 1\r\ny = 2\r", "x = 1\ny = 2\n"),
        ("# coding: latin-1\n# é".encode("latin-1"), "# coding: latin-1\n# é"),
        ("x = 'é'".encode(), "x = 'é'"),
        (b"", ""),
    ],
)
def test_text(data, text):
    assert sources.decoded("a.py", data).text == text


@pytest.mark.parametrize(
    ("data", "place", "said"),
    [
        (b"x = 1\ny = '\xe9'\n", (2, 6), "utf-8"),
        (b"# coding: nonsense\n", (1, 1), "unknown encoding"),
        (b"x = 1\ny = \0\n", (2, 5), "null bytes"),
        ("x = 1".encode("utf-16"), (1, 1), "encoding"),
    ],
)
def test_what_python_would_not_read_either(data, place, said):
    with pytest.raises(UnusableError, match=said) as raised:
        sources.decoded("a.py", data)
    found = raised.value.diagnostic
    assert (found.rule, found.span.line, found.span.column) == ("syntax-error", *place)


def notebook(*cells, language="python"):
    listed = [
        {"cell_type": "markdown", "source": "words"}
        if cell is None
        else {"cell_type": "code", "source": cell}
        for cell in cells
    ]
    return json.dumps({"cells": listed, "metadata": {"language_info": {"name": language}}}).encode()


def test_the_cells_of_a_notebook_become_one_source():
    book = notebooks.read(
        notebook(None, ["import numpy as np\n", "x = 1"], "y = 2\n\n", None, "z = 3")
    )
    assert book.text == "import numpy as np\nx = 1\ny = 2\nz = 3\n"
    assert book.cells == ((2, 1), (3, 3), (5, 4))
    assert notebooks.read(notebook("x <- 1", language="R")).text == ""


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("if x:\n    !ls -l\nfiles = !ls", "if x:\n    pass\nfiles = get_ipython()"),
        ("np.zeros?\n?np\nx = %timeit -o f(x)", "pass\npass\nx = get_ipython()"),
        ("!pip install \\\n  numpy\nx = 1", "pass\n\nx = 1"),
        ("%%time\nx = 1", "\nx = 1"),
        ("%%bash\nls\necho x", "\n\n"),
        ("s = '''\n%d of\n!\n'''", "s = '''\n%d of\n!\n'''"),
        ("y = (a\n     %b)", "y = (a\n     %b)"),
        ('!echo "it\'s"\n%load_ext x\ny = 1', "pass\npass\ny = 1"),
        ("x = 1\nx = = 2", "x = 1\nx = = 2"),
        ("y = await f()", "y = await f()"),
    ],
)
def test_commands_are_made_harmless(cell, python):
    assert notebooks.python(cell) == python


@pytest.mark.parametrize(
    ("data", "place"),
    [(b"{}", (1, 1)), (b"[1,\n", (2, 1)), (b"\xff\xfe", (1, 1)), (b'{"cells": [7]}', (1, 1))],
)
def test_what_is_no_notebook(data, place):
    with pytest.raises(UnusableError, match="no notebook") as raised:
        sources.decoded("a.ipynb", data)
    span = raised.value.diagnostic.span
    assert (span.line, span.column) == place
