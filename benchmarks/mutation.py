"""How many shape errors `check` finds without running: those that changes to real models make.

    python benchmarks/mutation.py [MODEL…] [--each 80] [--seed 0] [--missed]

The models are the programs in ``benchmarks/models/``. Each is changed in one place: a size, an
axis, an operand, a call that is left out. The mutants that raise a shape error when they are run
are kept, and it is counted for how many of them the analyser reports an error or a warning; it sees
the source only. Of the mutants that run to their end it is counted for how many an error is
reported: that would be a false alarm, but for gradients that do not have their parameter's shape
(SC5xx), which raise nothing and are counted by themselves. The models themselves have to be clean.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import os
import pickle
import random
import re
import resource
import signal
import sys
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import mutations

from shapecheck.diagnostics.codes import RULES
from shapecheck.static.analysis import analyse
from shapecheck.static.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutations import Mutant

MODELS = Path(__file__).parent / "models"
SECONDS = 10  # for one mutant
MEMORY = 6_000_000_000  # bytes
GRADIENTS = "SC5"  # the codes of rules on gradients

# What the libraries say of shapes, and what they say of values alone.
SHAPES = re.compile(
    r"shape|size|dimension|\bdims?\b|mat1|mat2|broadcast|ax[ei]s\b|channels|batch|length|rank|"
    r"operands|elements|ndim|reshape|align|expected \d|to unpack|subscript|2-D|3-D|1D|2D|3D|4D",
    re.IGNORECASE,
)
VALUES = re.compile(
    r"out of range in self|out of bounds with|index .* is out of bounds|Target .* is out of bounds"
    r"|negative|dtype|device|modified by an inplace|does not require grad|backward through"
    r"|not supported|singular|probability|between 0 and 1|divisible|greater than|too small",
)


@dataclass
class Outcome:
    """What came of a run.

    Attributes:
        kind: ``ran``, ``shape``, ``other`` or ``late``.
        said: the exception.
        line: the last line of the program that was reached.
    """

    kind: str
    said: str = ""
    line: int = 0


def run(source: str, path: str) -> Outcome:
    """Run a program in a process of its own, forked from this one, which has the libraries."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        signal.alarm(SECONDS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        outcome = _run(source, path)
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump((outcome.kind, outcome.said, outcome.line), pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    return Outcome(*pickle.loads(data)) if data else Outcome("late")  # noqa: S301 - our child's


def _run(source: str, path: str) -> Outcome:
    names = {"__name__": "__main__", "__file__": path}
    sink = io.StringIO()
    module = sys.modules["__main__"] = type(sys)("__main__")
    module.__dict__.update(names)
    try:
        with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
            exec(compile(source, path, "exec"), module.__dict__)
    except Exception as error:
        said = f"{type(error).__name__}: {error}".split("\n")[0]
        places = traceback.extract_tb(error.__traceback__)
        line = next((one.lineno or 0 for one in reversed(places) if one.filename == path), 0)
        return Outcome("shape" if is_of_shapes(error) else "other", said, line)
    return Outcome("ran")


def is_of_shapes(error: Exception) -> bool:
    """Whether an exception is about shapes."""
    text = str(error)
    if type(error).__name__ == "EinopsError":
        return True
    kinds = (RuntimeError, ValueError, IndexError, AssertionError)
    return isinstance(error, kinds) and bool(SHAPES.search(text)) and not VALUES.search(text)


def severities(source: str, path: str) -> Counter[str]:
    """How many findings of each severity the analyser reports in a file."""
    found = [RULES[one.rule] for one in analyse(path, source, Project(), shapes=False).diagnostics]
    kinds = Counter(rule.severity for rule in found)
    kinds["gradient"] = sum(rule.code.startswith(GRADIENTS) for rule in found)
    kinds["raises"] = sum(
        rule.severity == "error" and not rule.code.startswith(GRADIENTS) for rule in found
    )
    return kinds


@dataclass
class Tally:
    """What became of the mutants of a model."""

    outcomes: Counter[str] = field(default_factory=Counter)
    found: int = 0
    gradients: int = 0  # mutants that run, with a gradient of a wrong shape
    alarms: list[Mutant] = field(default_factory=list)
    missed: list[tuple[Mutant, Outcome]] = field(default_factory=list)
    by_kind: Counter[str] = field(default_factory=Counter)
    missed_by_kind: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """The share of the shape errors that is found."""
        raised = self.outcomes["shape"]
        return 100 * self.found / raised if raised else 100.0

    def __str__(self) -> str:
        raised, ran = self.outcomes["shape"], self.outcomes["ran"]
        others = sum(self.outcomes.values()) - raised - ran
        return (
            f"{raised:5} raise  {self.found:5} found ({self.share:5.1f} %)"
            f"  {ran:5} run  {len(self.alarms):3} alarms  {self.gradients:3} wrong gradients"
            f"  {others:4} end otherwise"
        )


def examine(path: Path, most: int, seed: int) -> Tally:
    """Change a model in many places, one after the other."""
    source = path.read_text()
    if run(source, str(path)).kind != "ran" or severities(source, str(path)).total():
        raise SystemExit(f"{path} does not run, or is not clean")
    tally = Tally()
    for one in drawn(source, most, f"{seed} {path.stem}"):
        outcome = run(one.source, str(path))
        tally.outcomes[outcome.kind] += 1
        if outcome.kind not in ("shape", "ran"):
            continue
        seen = severities(one.source, str(path))
        if outcome.kind == "ran":
            tally.gradients += bool(seen["gradient"])
            if seen["raises"]:
                tally.alarms.append(one)
            continue
        tally.by_kind[one.kind] += 1
        if seen["error"] or seen["warning"]:
            tally.found += 1
        else:
            tally.missed.append((one, outcome))
            tally.missed_by_kind[one.kind] += 1
    return tally


def drawn(source: str, most: int, seed: str) -> Iterator[Mutant]:
    """Some of the mutants of a program: all kinds of changes have the same chance."""
    rng = random.Random(seed)  # noqa: S311 - the same each time, that is all
    by_kind: dict[str, list[Mutant]] = {}
    for one in mutations.mutants(ast.parse(source), source):
        by_kind.setdefault(one.kind, []).append(one)
    for many in by_kind.values():
        rng.shuffle(many)
    for _ in range(most):
        kinds = sorted(kind for kind, many in by_kind.items() if many)
        if not kinds:
            return
        yield by_kind[rng.choice(kinds)].pop()


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--each", type=int, default=80, help="mutants of a model")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--missed", action="store_true", help="show the mutants that are missed")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    prepare()
    total = Tally()
    for path in options.models or sorted(MODELS.glob("*.py")):
        one = examine(path.resolve(), options.each, options.seed)
        print(f"{path.stem:16} {one}", flush=True)
        for mutant, outcome in one.missed if options.missed else ():
            print(f"    {mutant}   {outcome.line}: {outcome.said[:150]}")
        for mutant in one.alarms:
            print(f"    FALSE ALARM  {mutant}")
        _add(total, one)
    print(f"{'in all':16} {total}")
    for kind, count in total.by_kind.most_common():
        found = count - total.missed_by_kind[kind]
        print(f"    {kind:28} {found:4} of {count:4} found")
    return bool(total.alarms)


def _add(total: Tally, one: Tally) -> None:
    total.outcomes += one.outcomes
    total.found += one.found
    total.gradients += one.gradients
    total.alarms += one.alarms
    total.missed += one.missed
    total.by_kind += one.by_kind
    total.missed_by_kind += one.missed_by_kind


def prepare() -> None:
    """Load the libraries that the models use, once for all."""
    import einops  # noqa: F401
    import einops.layers.torch  # noqa: F401
    import numpy as np  # noqa: F401
    import torch

    torch.set_num_threads(1)


if __name__ == "__main__":
    sys.exit(main())
