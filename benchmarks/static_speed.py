"""How fast `shapecheck check` is, beside other static checkers of shapes on the same files.

    python benchmarks/static_speed.py [--packages FOLDER] [--peers FOLDER] [--runs 5]

Three questions: a model file from a cold start (the interpreter's start included), lines a second
over whole packages on one core, cold and with a warm cache, and the memory that this takes. The
packages are folders of Python sources (`timm` and `sklearn`, say, as `released_packages.py` fetches
them); lines are counted as `wc -l` does. The peers are `torchtyc`, `tsf` (torchshapeflow) and
`pyrefly` in a virtual environment of their own, those that are there.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MODEL = Path(__file__).parent / "models"
LONG = 500  # lines of the model file
PACKAGES = ("timm", "sklearn")
PEERS = {
    "torchtyc": ("torchtyc", "check", "{}"),
    "torchshapeflow": ("tsf", "check", "{}"),
    "pyrefly": ("pyrefly", "check", "{}"),
}
MEGA = 1 << 20


def ours(*words: str) -> list[str]:
    """The command of `shapecheck check` on one core."""
    return [sys.executable, "-m", "shapecheck", "check", "-j", "1", *words]


def timed(command: list[str]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor, that a command takes; it may find something."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, used


def memory(command: list[str]) -> float:
    """The most memory that a command takes, in MiB."""
    program = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], capture_output=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *command], capture_output=True, text=True, check=True
    )
    return int(done.stdout) * 1024 / MEGA


def model_file(folder: Path) -> Path:
    """A file of models, so long: those of the other benchmarks, one below the other."""
    lines: list[str] = []
    for one in sorted(MODEL.glob("*.py")):
        if len(lines) < LONG:
            lines += one.read_text().splitlines()
    path = folder / "models.py"
    path.write_text("\n".join(lines[: _end(lines)]) + "\n")
    return path


def _end(lines: list[str]) -> int:
    """Where a top-level statement begins, the last one before the length that is wanted."""
    starts = [at for at, line in enumerate(lines) if line and not line[0].isspace()]
    return max((at for at in starts if at <= LONG), default=len(lines))


def commands_of(peers: Path | None, target: Path) -> dict[str, list[str]]:
    """The commands of the peers that are installed."""
    found = {}
    for name, (program, *words) in PEERS.items():
        path = (peers or Path(sys.executable).parent) / program
        if path.exists():
            found[name] = [str(path), *(word.format(target) for word in words)]
    return found


def one_file(peers: Path | None, runs: int) -> None:
    """A model file from a cold start."""
    with tempfile.TemporaryDirectory() as folder:
        path = model_file(Path(folder))
        count = path.read_text().count("\n")
        print(f"a model file of {count} lines, from a cold start (median of {runs})")
        commands = {"shapecheck": ours("--no-cache", str(path)), **commands_of(peers, path)}
        for name, command in commands.items():
            each = [timed(command) for _ in range(runs)]
            clock, used = (statistics.median(one) for one in zip(*each, strict=True))
            print(f"  {name:16}{clock:8.2f} s{used:8.2f} s of the processor")


def package(folder: Path, peers: Path | None) -> None:
    """Lines a second over a package."""
    count = sum(one.read_bytes().count(b"\n") for one in folder.rglob("*.py"))
    print(f"{folder.name}: {count} lines")
    with tempfile.TemporaryDirectory() as cache:
        words = ("--cache-dir", cache, str(folder))
        cold, warm = timed(ours(*words)), timed(ours(*words))
    print(f"  {'shapecheck':16}{cold[1]:8.1f} s of the processor{count / cold[1]:10.0f} lines/s")
    print(f"  {'warm':16}{warm[1]:8.1f} s of the processor{cold[1] / warm[1]:10.1f} times faster")
    print(f"  {'memory':16}{memory(ours('--no-cache', str(folder))):8.0f} MiB")
    for name, command in commands_of(peers, folder).items():
        _, used = timed(command)
        print(f"  {name:16}{used:8.1f} s of the processor{count / used:10.0f} lines/s")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--packages", type=Path, help="where the sources of packages lie")
    parser.add_argument("--peers", type=Path, help="the bin folder with the other checkers")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    one_file(options.peers, options.runs)
    for name in PACKAGES if options.packages else ():
        if (options.packages / name).is_dir():
            package(options.packages / name, options.peers)


if __name__ == "__main__":
    main()
