"""How many shapes the analyser infers, held against what really happens.

    python benchmarks/inferred_shapes.py PROGRAM_OR_FOLDER… [--include PACKAGE] [--reasons]

Each program is run by ``shapecheck run --record`` and read by the analyser, and the two are
compared expression by expression: those that gave an array, and what was inferred for them. It
prints the share for which the whole shape was inferred, and every disagreement: there is to be
none. Without arguments, the programs are those of ``examples/`` and ``tests/static/programs/``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shapecheck.static.analysis import analyse
from shapecheck.static.project import Project

HOME = Path(__file__).parent.parent
STUBS = HOME / "tests" / "static" / "stubs"  # of packages that are imported for nothing
SECONDS = 120  # for one program

Place = tuple[str, int, int, int, int]  # path, line, column, end line, end column


def recorded(program: Path, include: tuple[str, ...] = ()) -> dict[Place, set[tuple[int, ...]]]:
    """The shapes that each expression had while a program ran."""
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder, "record.jsonl")
        words = [word for one in include for word in ("--include", one)]
        done = subprocess.run(
            [sys.executable, "-m", "shapecheck", "run", "--record", record, *words, program],
            capture_output=True,
            check=False,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": f"{STUBS}:{HOME}"},
            cwd=folder,
        )
        if not record.exists():
            raise RuntimeError(f"{program} was not run: {done.stderr.decode()}")
        lines = record.read_text().splitlines()
        found: dict[Place, set[tuple[int, ...]]] = {}
        for one in map(json.loads, lines):
            path = os.path.realpath(str(Path(folder, one["path"])))
            found.setdefault(_place(path, one), set()).add(tuple(one["shape"]))
    return found


def _place(path: str, one: dict[str, Any]) -> Place:
    return path, one["line"], one["column"], one["end_line"], one["end_column"]


def inferred(program: Path, roots: tuple[str, ...] = ()) -> dict[Place, tuple[Any, ...]]:
    """The shapes that the analyser gives the expressions of a program and of what it imports."""
    result = analyse(str(program), program.read_text(), Project(roots))
    return {
        _place(os.path.realpath(one.span.path), one.span.as_json()): tuple(one.shape)
        for one in result.shapes
    }


def agrees(shape: tuple[Any, ...], real: tuple[int, ...]) -> bool:
    """Whether an inferred shape allows the real one: names and unknown sizes are any size."""
    if "..." not in shape:
        return len(shape) == len(real) and all(map(_agree, shape, real))
    at = shape.index("...")
    before, after = shape[:at], shape[at + 1 :]
    if len(before) + len(after) > len(real):
        return False
    end = real[len(real) - len(after) :]
    return all(map(_agree, before, real)) and all(map(_agree, after, end))


def _agree(size: Any, real: int) -> bool:
    return not isinstance(size, int) or size == real


def is_whole(shape: tuple[Any, ...] | None, real: set[tuple[int, ...]]) -> bool:
    """Whether the rank and all sizes are known: those that differed from time to time need not."""
    if shape is None or "..." in shape:
        return False
    ranks = {len(one) for one in real}
    if len(ranks) > 1:
        return False
    varied = [len(set(sizes)) > 1 for sizes in zip(*real, strict=True)]
    return all(size is not None or many for size, many in zip(shape, varied, strict=False))


@dataclass
class Tally:
    """What a comparison gave."""

    whole: int = 0
    partly: int = 0  # some size, or the rank, is not known
    missing: int = 0
    wrong: list[str] = field(default_factory=list)
    unknown: list[Place] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count another comparison, too."""
        self.whole += other.whole
        self.partly += other.partly
        self.missing += other.missing
        self.wrong += other.wrong
        self.unknown += other.unknown

    def __str__(self) -> str:
        """One line of figures."""
        total = self.whole + self.partly + self.missing
        share = 100 * self.whole / total if total else 0
        return (
            f"{total:6} expressions  {self.whole:6} whole ({share:5.1f} %)  {self.partly:5} in part"
            f"  {self.missing:5} not  {len(self.wrong):3} wrong"
        )


def compare(shapes: dict[Place, tuple[Any, ...]], real: dict[Place, set[tuple[int, ...]]]) -> Tally:
    """Hold what was inferred against what happened."""
    found = Tally()
    for place, happened in real.items():
        shape = shapes.get(place)
        whole = is_whole(shape, happened)
        found.whole += whole
        found.missing += shape is None
        found.partly += shape is not None and not whole
        if not whole:
            found.unknown.append(place)
        bad = [one for one in sorted(happened) if shape is not None and not agrees(shape, one)]
        if bad:
            path, line, column, *_ = place
            text = f"{path}:{line}:{column}: inferred {shape}, but it was {bad[0]}: {source(place)}"
            found.wrong.append(text)
    return found


def source(place: Place) -> str:
    """The text of an expression."""
    path, line, column, end_line, end_column = place
    lines = Path(path).read_text().split("\n")[line - 1 : end_line]
    lines[-1] = lines[-1][: end_column - 1]
    lines[0] = lines[0][column - 1 :]
    return " ".join(" ".join(lines).split())


def programs(paths: list[str]) -> list[Path]:
    """The programs among and under some paths."""
    found: list[Path] = []
    for path in map(Path, paths):
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [one.resolve() for one in found]


def held(program: Path, include: tuple[str, ...] = (), roots: tuple[str, ...] = ()) -> Tally:
    """Run and read one program."""
    return compare(inferred(program, roots), recorded(program, include))


def main() -> int:
    """Print the figures; 1 if anything was inferred that is not so."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("paths", nargs="*", metavar="PROGRAM_OR_FOLDER")
    parser.add_argument("--include", action="append", default=[], metavar="PACKAGE")
    parser.add_argument("--each", action="store_true", help="figures for each program, too")
    parser.add_argument("--unknown", action="store_true", help="what was not inferred, by count")
    options = parser.parse_args()
    total = Tally()
    for program in programs(options.paths or [str(HOME / "examples")]):
        one = held(program, tuple(options.include))
        total.add(one)
        if options.each or one.wrong:
            print(f"{one}  {program}")
        for text in one.wrong:
            print(f"  {text}")
    if options.unknown:
        for text, count in Counter(source(one) for one in total.unknown).most_common(60):
            print(f"  {count:4}  {text[:110]}")
    print(total)
    return bool(total.wrong)


if __name__ == "__main__":
    sys.exit(main())
