"""mypy --strict and pyright on code that uses the decorator: no false alarms, no lost errors."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "typing"
WRONG = {
    number
    for number, line in enumerate((HERE / "wrong.py").read_text().splitlines(), 1)
    if "# wrong:" in line
}


def mypy(file: str) -> set[int]:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", str(HERE / file)],
        check=False,
        capture_output=True,
        text=True,
        cwd=HERE,
    )
    assert "error: Cannot find" not in done.stdout, done.stdout
    return {int(line) for line in re.findall(rf"{file}:(\d+): error", done.stdout)}


def pyright(file: str) -> set[int]:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pyright",
            "--outputjson",
            "--pythonpath",
            sys.executable,
            str(HERE / file),
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=HERE,
    )
    if not done.stdout.startswith("{"):
        pytest.skip(f"pyright cannot be started here: {done.stderr[-200:]}")
    found = json.loads(done.stdout)["generalDiagnostics"]
    return {one["range"]["start"]["line"] + 1 for one in found if one["severity"] == "error"}


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_right_code_is_accepted(checker):
    assert checker("right.py") == set()


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_wrong_calls_are_still_caught(checker):
    assert checker("wrong.py") == WRONG
