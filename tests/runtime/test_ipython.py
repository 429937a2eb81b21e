"""``%load_ext shapecheck`` in a real IPython: reports below tracebacks, and ``%shapes``."""

import subprocess
import sys

import pytest

pytest.importorskip("IPython")

CELLS = [
    "%load_ext shapecheck",
    "import numpy as np\nX = np.zeros((3, 2)); W = np.zeros((4, 2))",
    "Y = X @ W",
    "%shapes X @ W.T",
    "%shapes X @ what",
    "1 / 0",
    "%unload_ext shapecheck",
    "X + W",
    "print('the end', Y if 'Y' in globals() else 'no Y')",
]


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """What a session wrote: on stdout, and on stderr."""
    folder = tmp_path_factory.mktemp("ipython")
    cells = "".join(f"get_ipython().run_cell({cell!r}, store_history=True)\n" for cell in CELLS)
    (folder / "cells.ipy").write_text(cells)
    words = ["-m", "IPython", "--no-banner", "--quick", "--colors=NoColor"]
    done = subprocess.run(
        [sys.executable, *words, f"--ipython-dir={folder}", "cells.ipy"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, done.stderr


def test_a_cell_that_breaks_is_explained(session):
    out, err = session
    assert "ValueError: matmul" in out  # IPython's own traceback
    assert "X (3, 2) @ W (4, 2): inner sizes 2 and 4 differ  [matmul-inner]" in err
    assert "X @ W.T   -> (3, 4)   checked" in err


def test_other_exceptions_stay_as_they_are(session):
    out, err = session
    assert "ZeroDivisionError" in out
    assert "ZeroDivision" not in err
    assert "the end no Y" in out


def test_shapes_explains_an_expression(session):
    out, err = session
    assert "X @ W.T    (3, 2) @ (2, 4) -> (3, 4)" in out
    assert "what" in err


def test_it_can_be_unloaded(session):
    out, err = session
    assert "operands could not be broadcast together" in out
    assert "[broadcast]" not in err
