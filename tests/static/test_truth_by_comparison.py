"""What is inferred is what happens: real programs are run, and their shapes compared.

Each program is run by ``run --record``, and every array-valued expression that was evaluated is
held against what the analyser says of it. No disagreement is allowed. The floors are a little
below what is reached (`benchmarks/RESULTS.md` has the figures).
"""

import functools
import importlib.util
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("einops")

HOME = Path(__file__).parent.parent.parent
PACKAGES = ("vit_pytorch", "x_transformers")
PROGRAMS = HOME / "tests" / "static" / "programs"
OWN = {
    "examples": (sorted((HOME / "examples").glob("*.py")), 0.93),
    "models": (sorted((HOME / "benchmarks" / "models").glob("*.py")), 0.98),
    "numpy": (sorted(PROGRAMS.glob("np_*.py")), 0.92),
    "torch": (sorted(PROGRAMS.glob("torch_*.py")), 0.88),
}
FLOORS = {"vit_pytorch": 0.95, "x_transformers": 0.74}  # of the expressions in their files
DRIVERS = sorted([*PROGRAMS.glob("vit_*.py"), *PROGRAMS.glob("xt_*.py")])
FEWEST = 400  # expressions that are worth comparing


@functools.cache
def comparing():
    """The benchmark that compares: what it prints and what is held here are the same."""
    spec = importlib.util.spec_from_file_location(
        "inferred_shapes", HOME / "benchmarks" / "inferred_shapes.py"
    )
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@functools.cache
def recorded(*include):
    """What happened: of the programs that drive packages, or of all others."""
    programs = DRIVERS if include else [one for some, _ in OWN.values() for one in some]
    return comparing().recorded(programs, include)


def held(programs, *include):
    """All of some programs, and what of them lies in packages."""
    tool = comparing()
    total = {one: tool.Tally() for one in ("", *include)}
    for program in programs:
        shapes = tool.inferred(program, tool.roots(include))
        for one, tally in total.items():
            tally.add(tool.compare(shapes, recorded(*include)[program], one))
    return total


@pytest.mark.parametrize("group", OWN)
def test_what_is_inferred_happens(group):
    programs, floor = OWN[group]
    tally = held(programs)[""]
    assert tally.wrong == []
    assert tally.total > FEWEST
    assert tally.share > floor, tally


def test_what_is_inferred_happens_in_packages():
    if any(importlib.util.find_spec(one) is None for one in PACKAGES):
        pytest.skip("the packages are not installed")
    total = held(DRIVERS, *PACKAGES)
    assert total[""].wrong == []
    for package, floor in FLOORS.items():
        assert total[package].total > FEWEST
        assert total[package].share > floor, total[package]


def test_a_disagreement_is_seen(tmp_path):
    """The tests above would pass if the comparison let everything pass."""
    tool = comparing()
    program = tmp_path / "program.py"
    program.write_text("import numpy as np\nx = np.ones((2, 3))\ny = x.T\n")
    [real] = tool.recorded([program]).values()
    shapes = tool.inferred(program)
    assert tool.compare(shapes, real).total == 3
    assert tool.compare(shapes, real).wrong == []
    for place in real:
        for wrong in ((9, 3), (2, 3, 1), (), ("n", "n"), ("n", "n + 3"), ("...", 2, 5)):
            assert tool.compare({**shapes, place: wrong}, real).wrong, wrong
    assert tool.agrees(("n", "n + 1"), (2, 3))
    assert tool.agrees((None, "..."), (2, 3))
    assert not tool.is_whole((2, None))
