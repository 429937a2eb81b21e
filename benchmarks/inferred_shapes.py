"""How many shapes the analyser infers, held against what really happens.

    python benchmarks/inferred_shapes.py [PROGRAM_OR_FOLDER…] [--include PACKAGE] [--unknown]

Each program is run by ``shapecheck run --record`` and read by the analyser, and the two are
compared expression by expression: those that gave an array, and what was inferred for them. It
prints the share for which the whole shape was inferred, and every disagreement: there is to be
none. Without arguments, the programs are those of ``examples/`` and ``benchmarks/models/``.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapecheck.static.analysis import analyse
from shapecheck.static.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HOME = Path(__file__).parent.parent
STUBS = HOME / "tests" / "static" / "stubs"  # of packages that are imported for nothing

Place = tuple[str, int, int, int, int]  # path, line, column, end line, end column
Shape = tuple[int, ...]


def recorded(
    programs: Sequence[Path], include: Sequence[str] = ()
) -> dict[Path, dict[Place, set[Shape]]]:
    """The shapes that each expression had while some programs ran."""
    with tempfile.TemporaryDirectory() as folder:
        records = {program: Path(folder, f"{at}.jsonl") for at, program in enumerate(programs)}
        words = [*(f"--include={one}" for one in include), *chain(*records.items())]
        done = subprocess.run(
            [sys.executable, Path(__file__).parent / "recorded_shapes.py", *words],
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": f"{STUBS}:{HOME}"},
        )
        missing = [program.name for program, record in records.items() if not record.exists()]
        if done.returncode or missing:
            raise RuntimeError(f"not run: {missing}\n{done.stderr.decode()[-2000:]}")
        return {program: _read(program, record) for program, record in records.items()}


def _read(program: Path, record: Path) -> dict[Place, set[Shape]]:
    found: dict[Place, set[Shape]] = {}
    for one in map(json.loads, record.read_text().splitlines()):
        path = os.path.realpath(program.parent / one["path"])
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


def agrees(shape: tuple[Any, ...], real: Shape) -> bool:
    """Whether an inferred shape allows the real one.

    A name may be any size, but the same wherever it stands in the shape; a term has to come out.
    """
    if "..." in shape:
        at = shape.index("...")
        before, after = shape[:at], shape[at + 1 :]
        if len(before) + len(after) > len(real):
            return False
        shape, real = before + after, real[:at] + real[len(real) - len(after) :]
    if len(shape) != len(real):
        return False
    known: dict[str, int] = {}
    for size, actual in zip(shape, real, strict=True):
        if isinstance(size, str) and size.isidentifier():
            if known.setdefault(size, actual) != actual:
                return False
        elif isinstance(size, int) and size != actual:
            return False
    return all(
        _value(size, known) in (None, actual)
        for size, actual in zip(shape, real, strict=True)
        if isinstance(size, str)
    )


def _value(size: str, known: dict[str, int]) -> int | None:
    """What a size comes out to, if all of its names are known."""
    try:
        value: int = eval(size, {"__builtins__": {}, "min": min, "max": max}, known)  # noqa: S307
    except (NameError, SyntaxError):
        return None
    return value


def is_whole(shape: tuple[Any, ...] | None) -> bool:
    """Whether the rank and all sizes are known, be it by a name."""
    return shape is not None and "..." not in shape and None not in shape


@dataclass
class Tally:
    """What a comparison gave."""

    whole: int = 0
    partly: int = 0  # some size, or the rank, is not known
    missing: int = 0
    wrong: list[str] = field(default_factory=list)
    unknown: list[Place] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many expressions there are."""
        return self.whole + self.partly + self.missing

    @property
    def share(self) -> float:
        """The share of those for which the whole shape is known."""
        return self.whole / self.total if self.total else 0.0

    def add(self, other: Tally) -> None:
        """Count another comparison, too."""
        self.whole += other.whole
        self.partly += other.partly
        self.missing += other.missing
        self.wrong += other.wrong
        self.unknown += other.unknown

    def __str__(self) -> str:
        """One line of figures."""
        return (
            f"{self.total:6} expressions  {self.whole:6} whole ({100 * self.share:5.1f} %)  "
            f"{self.partly:5} in part  {self.missing:5} not  {len(self.wrong):3} wrong"
        )


def compare(
    shapes: dict[Place, tuple[Any, ...]], real: dict[Place, set[Shape]], within: str = ""
) -> Tally:
    """Hold what was inferred against what happened, in files below a folder of some name."""
    found = Tally()
    for place, happened in real.items():
        if within and within not in Path(place[0]).parts:
            continue
        shape = shapes.get(place)
        whole = is_whole(shape)
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


def roots(packages: Sequence[str]) -> tuple[str, ...]:
    """The folders in which installed packages lie."""
    specs = [importlib.util.find_spec(one) for one in packages]
    return tuple({str(Path(one.origin).parent.parent) for one in specs if one and one.origin})


def held(
    programs: Sequence[Path], include: Sequence[str] = ()
) -> Iterator[tuple[Path, dict[str, Tally]]]:
    """Run and read some programs: each with a tally of all, and one for each package."""
    for program, real in recorded(programs, include).items():
        shapes = inferred(program, roots(include))
        yield program, {one: compare(shapes, real, one) for one in ("", *include)}


def main() -> int:
    """Print the figures; 1 if anything was inferred that is not so."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("paths", nargs="*", metavar="PROGRAM_OR_FOLDER")
    parser.add_argument("--include", action="append", default=[], metavar="PACKAGE")
    parser.add_argument("--each", action="store_true", help="figures for each program, too")
    parser.add_argument("--unknown", action="store_true", help="what was not inferred, by count")
    options = parser.parse_args()
    total = {one: Tally() for one in ("", *options.include)}
    default = [str(HOME / "examples"), str(HOME / "benchmarks" / "models")]
    for program, tallies in held(programs(options.paths or default), options.include):
        for name, one in tallies.items():
            total[name].add(one)
        if options.each or tallies[""].wrong:
            print(f"{tallies['']}  {program.name}")
        for text in tallies[""].wrong:
            print(f"  {text}")
    if options.unknown:
        counts = Counter(source(one) for one in total[""].unknown)
        for text, count in counts.most_common(60):
            print(f"  {count:4}  {text[:110]}")
    for name, one in total.items():
        print(f"{one}  {f'in {name}' if name else 'in all'}")
    return bool(total[""].wrong)


if __name__ == "__main__":
    sys.exit(main())
