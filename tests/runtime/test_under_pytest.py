"""A broken contract as pytest shows it: the user's frames, the report, and one line in the summary."""

import subprocess
import sys

TEST = """
import numpy as np
from jaxtyping import Float
from shapecheck import check

@check
def linear(x: Float[np.ndarray, "B n_in"], W: Float[np.ndarray, "n_out n_in"]):
    return x @ W.T

def test_layer():
    x, weight = np.zeros((2, 3)), np.zeros((3, 4))
    linear(x, weight)
"""


def test_what_pytest_shows(tmp_path):
    (tmp_path / "test_it.py").write_text(TEST)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "test_it.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=None,
        check=False,
    )
    shown = done.stdout
    assert done.returncode == 1
    assert "weight (3, 4) passed as W (n_out, n_in): it is transposed" in shown
    assert "fix   weight.T" in shown
    assert "sc_contract" not in shown  # the generated frame is hidden
    assert "test_it.py:12: ShapeError" in shown
    assert "FAILED test_it.py::test_layer - shapecheck.ShapeError: weight (3, 4)" in shown
