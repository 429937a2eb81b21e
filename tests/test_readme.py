"""What the README and the other pages promise is what happens."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_report_in_the_readme_is_what_the_example_prints():
    done = subprocess.run(
        [sys.executable, "examples/first_report.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    blocks = re.findall(r"^```\w*\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    shown = next(block for block in blocks if block.startswith("shapecheck.ShapeError"))
    assert shown.strip() in done.stdout
    assert "has the shape (32, 256)" in done.stdout


def test_two_commands_do_the_set_up_and_ci_runs_them():
    commands = [
        line for line in README.splitlines() if line.startswith("python3 -m venv .venv && ")
    ]
    assert len(commands) == 2
    assert "examples/first_report.py" in commands[0]
    assert "pytest" in commands[1]
    assert "grep '^python3 -m venv .venv && ' README.md" in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_file_that_a_page_names_exists(page):
    text = (ROOT / page).read_text()
    for name in re.findall(r"`((?:shapecheck|examples|benchmarks|tests|\.ci)/[\w./-]*)`", text):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"\]\(([\w./-]+)\)", text):
        assert (ROOT / name).exists(), name


def test_the_names_in_the_readme_exist():
    import shapecheck

    for name in set(re.findall(r"shapecheck\.(\w+)\(", README)):
        assert name in shapecheck.__all__
