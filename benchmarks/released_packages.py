"""What `shapecheck check` says of released packages, how long it takes, and how much it follows.

python benchmarks/released_packages.py [--folder FOLDER] [-j N] [PACKAGE…]

Sources only, fetched with `pip download --no-deps` into the folder (a temporary one, if none is
given; what is there already is not fetched again) and never imported. A package is named as in
`RELEASES`, or is a folder with Python files.

Seconds are those of the processor, in one process; what is watched for the figures below takes a
part of them.

A function *handles arrays* if an expression in it was found to be an array, or if it calls NumPy,
torch or einops by a name that its module imports. It is *followed to its end* if each statement
that can be reached was looked at, and its *result is known* if what it returns are arrays of which
the rank and at least the names of the sizes are known (or numbers, or nothing).
"""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from shapecheck.config import Settings
from shapecheck.dims import is_size
from shapecheck.ops import Array, Record, Unknown
from shapecheck.static import analysis
from shapecheck.static.checking import judged, roots_of, search
from shapecheck.static.looking import look_at
from shapecheck.static.resolving import Resolver
from shapecheck.static.values import DictValue, ListValue, Maybe, bare

RELEASES = {
    "vit-pytorch": "1.26.11",
    "x-transformers": "2.31.10",
    "einops": "0.8.2",
    "timm": "1.0.31",
    "kornia": "0.9.0",
    "linear-operator": "0.6",
    "linear-operator-0.6.1": "0.6.1",
    "gpytorch": "1.14.3",
    "botorch": "0.18.1",
    "segmentation-models-pytorch": "0.6.0",
    "vector-quantize-pytorch": "1.32.0",
    "pytorch-metric-learning": "2.9.0",
    "torchmetrics": "1.9.0",
    "torch-geometric": "2.8.1",
    "numpy-ml": "0.1.2",
    "mlxtend": "0.25.0",
    "filterpy": "2.0.0",
    "scikit-learn": "1.9.1",
}
TOO_SLOW = 10  # seconds for a file
LIBRARIES = ("numpy", "torch", "einops")


@dataclass
class Figures:
    """What looking at a package gave."""

    name: str
    files: int = 0
    lines: int = 0
    seconds: float = 0.0
    crashes: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    findings: list[tuple[str, str]] = field(default_factory=list)
    handling: int = 0  # functions that handle arrays
    ended: int = 0  # of these, those that were followed to their end
    known: int = 0  # of these, those of which the result is known

    def row(self) -> str:
        """A line of the table."""
        counts = Counter(severity for severity, _ in self.findings)
        share = f"{self.known / self.handling:.0%}" if self.handling else "-"
        return (
            f"{self.name:28}{self.files:6}{self.lines:9}{self.seconds:8.1f}"
            f"{self.lines / max(self.seconds, 1e-9):9.0f}{counts['error']:8}{counts['warning']:10}"
            f"{len(self.crashes):9}{len(self.left_out):9}{self.slowest[0]:9.1f}"
            f"{self.handling:10}{self.ended:9}{self.known:8}{share:>7}"
        )


HEADER = (
    f"{'package':28}{'files':>6}{'lines':>9}{'seconds':>8}{'lines/s':>9}{'errors':>8}"
    f"{'warnings':>10}{'crashes':>9}{'cut off':>9}{'slowest':>9}{'functions':>10}{'to end':>9}"
    f"{'known':>8}{'share':>7}"
)


def fetched(name: str, folder: Path) -> Path:
    """The folder with the unpacked sources of a release."""
    target = folder / f"{name}-{RELEASES[name]}"
    if not target.is_dir():
        package = name.removesuffix(f"-{RELEASES[name]}")
        with tempfile.TemporaryDirectory(dir=folder) as wheels:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            options = ["--only-binary", ":all:", "--dest", wheels]
            subprocess.run([*command, *options, f"{package}=={RELEASES[name]}"], check=True)
            [wheel] = Path(wheels).iterdir()
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(target)
    return target


class Followed:
    """Keeps, for each function that was entered, whether its result is known each time."""

    def __init__(self) -> None:
        self.known: dict[int, bool] = {}
        self.nodes: dict[int, ast.AST] = {}

    def watch(self) -> None:
        """Be told of each function that an analyser enters, in this process."""
        followed, enter = self, analysis.Analyser.enter

        def entered(machine, function, bound, node):
            value = enter(machine, function, bound, node)
            key = id(function.node)
            followed.nodes[key] = function.node
            followed.known[key] = followed.known.get(key, True) and is_known(value)
            return value

        analysis.Analyser.enter = entered


def is_known(value: object) -> bool:
    """Whether the shapes in a result are known."""
    value = bare(value) if isinstance(value, Maybe) else value
    if isinstance(value, Array):
        return not value.is_open
    if isinstance(value, Unknown):
        return value.kind in ("number", "text", "flag")
    if isinstance(value, Record):
        return all(map(is_known, value.values))
    if isinstance(value, (ListValue, DictValue)) and value.open:
        return False
    if isinstance(value, DictValue):
        return all(map(is_known, value.values()))
    if isinstance(value, (tuple, list)):
        return all(map(is_known, value))
    return is_size(value) or value is None or value is not Unknown


def functions_with_arrays(tree: ast.Module, lines: set[int]) -> list[ast.AST]:
    """The functions that handle arrays; `lines` are those on which an array was found."""
    aliases = {
        (one.asname or one.name.partition(".")[0])
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for one in node.names
        if (getattr(node, "module", None) or one.name).partition(".")[0] in LIBRARIES
    }
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        body = range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)
        calls = any(
            _first_name(one.func) in aliases
            for statement in node.body
            for one in ast.walk(statement)
            if isinstance(one, ast.Call)
        )
        if calls or not lines.isdisjoint(body):
            found.append(node)
    return found


def _first_name(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def measured(name: str, folder: str) -> Figures:
    """Look at all files of a package."""
    settings = Settings(root=folder)
    files = search(settings).find([folder]).files
    figures = Figures(name, len(files))
    project = Resolver(roots_of(files, folder))
    followed = Followed()
    followed.watch()
    arrays = _lines_with_arrays()
    done = []
    trees: list[ast.Module] = []  # kept, so that no identity is used twice
    began = time.process_time()
    for path in files:
        before = time.process_time()
        outcome, data, _ = look_at(path, project)
        done.append(outcome)
        figures.lines += data.count(b"\n")
        figures.slowest = max(figures.slowest, (time.process_time() - before, path))
    figures.seconds = time.process_time() - began
    report = judged(done, (), settings)
    figures.crashes, figures.left_out = list(report.failures), list(report.left_out)
    for one in report.diagnostics:
        place = f"{Path(one.span.path).relative_to(folder)}:{one.span.line}" if one.span else ""
        context = f"  ({one.context})" if one.context else ""
        figures.findings.append((one.severity, f"{place}: {one.headline()}{context}"))
    by_place = {
        (path, getattr(node, "lineno", 0)): followed.known[key]
        for key, node in followed.nodes.items()
        for path in [arrays.path_of.get(key, "")]
    }
    del trees
    for path in files:
        try:
            tree = ast.parse(Path(path).read_bytes())
        except (SyntaxError, ValueError, OSError):
            continue
        for node in functions_with_arrays(tree, arrays.lines.get(path, set())):
            verdict = by_place.get((path, node.lineno))
            figures.handling += 1
            figures.ended += verdict is not None
            figures.known += bool(verdict)
    return figures


class _lines_with_arrays:  # noqa: N801 - used like a function
    """Watches where arrays are found, and in which file the functions are that were followed."""

    def __init__(self) -> None:
        self.lines: dict[str, set[int]] = {}
        self.path_of: dict[int, str] = {}
        watcher, noted, enter = self, analysis.Analyser.noted, analysis.Analyser.enter

        def note(machine, node, value):
            noted(machine, node, value)
            if isinstance(bare(value), Array) and machine.frames and machine.frame.function:
                path = machine.scope.module.path
                watcher.lines.setdefault(path, set()).add(node.lineno)

        def entered(machine, function, bound, node):
            watcher.path_of[id(function.node)] = function.module.path
            return enter(machine, function, bound, node)

        analysis.Analyser.noted, analysis.Analyser.enter = note, entered


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("packages", nargs="*", default=list(RELEASES), metavar="PACKAGE")
    parser.add_argument("--folder", type=Path, help="where the sources are kept")
    parser.add_argument("-j", "--jobs", type=int, default=1, help="packages at the same time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        sources = {
            name: fetched(name, folder) if name in RELEASES else Path(name)
            for name in options.packages
        }
        print(HEADER, flush=True)
        every = []
        # One process for each package: what is watched there ends with it.
        with ProcessPoolExecutor(options.jobs, max_tasks_per_child=1) as pool:
            waiting = [
                pool.submit(measured, Path(name).name, str(path.resolve()))
                for name, path in sources.items()
            ]
            for one in waiting:
                figures = one.result()
                every.append(figures)
                print(figures.row(), flush=True)
                print(f"    slowest: {figures.slowest[1]}")
                for text in (*figures.crashes, *(f"cut off: {path}" for path in figures.left_out)):
                    print(f"    {text}")
                for severity, text in figures.findings:
                    print(f"    {severity}: {text}", flush=True)
    print(_total(every).row())
    return int(any(one.crashes or one.slowest[0] > TOO_SLOW for one in every))


def _total(every: list[Figures]) -> Figures:
    total = Figures("all")
    for one in every:
        for name in ("files", "lines", "seconds", "handling", "ended", "known"):
            setattr(total, name, getattr(total, name) + getattr(one, name))
        for name in ("crashes", "left_out", "findings"):
            getattr(total, name).extend(getattr(one, name))
        total.slowest = max(total.slowest, one.slowest)
    return total


if __name__ == "__main__":
    sys.exit(main())
