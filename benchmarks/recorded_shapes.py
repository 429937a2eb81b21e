"""Runs programs under ``shapecheck run --record``, one process each.

    python benchmarks/recorded_shapes.py [--include PACKAGE] PROGRAM RECORD [PROGRAM RECORD]…

The libraries are loaded once, and each program runs in a fork of the process that has them (where
processes can fork): loading them takes longer than the programs do.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import importlib
import os
import subprocess
import sys
from pathlib import Path

# What programs load; torch loads `_dynamo` with the first optimizer.
LIBRARIES = ("numpy", "torch", "torch._dynamo", "einops", "einx", "loguru", "torch.distributions")
SECONDS = 120  # for one program


def _command(program: str, record: str, include: list[str]) -> list[str]:
    return ["run", "--record", record, *(f"--include={one}" for one in include), program]


def _run(words: list[str]) -> None:
    """Be the program: its standard output goes nowhere, and the process ends with it."""
    import signal  # noqa: PLC0415 - the fork's own business

    from shapecheck.cli import main  # noqa: PLC0415

    signal.alarm(SECONDS)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.chdir(Path(words[2]).parent)
    atexit._clear()  # noqa: SLF001 - what the parent registered is not this program's
    status = 1
    try:
        status = main(words)
    except SystemExit as done:
        status = done.code if isinstance(done.code, int) else int(done.code is not None)
    finally:
        atexit._run_exitfuncs()  # noqa: SLF001 - one of them writes the record
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _forked(words: list[str]) -> None:
    child = os.fork()
    if not child:
        _run(words)
    os.waitpid(child, 0)


def main() -> int:
    """Run the programs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--include", action="append", default=[], metavar="PACKAGE")
    parser.add_argument("paths", nargs="+", metavar="PROGRAM RECORD")
    options = parser.parse_args()
    can_fork = hasattr(os, "fork")
    for library in LIBRARIES if can_fork else ():
        with contextlib.suppress(ImportError):
            importlib.import_module(library)
    for program, record in zip(options.paths[::2], options.paths[1::2], strict=True):
        words = _command(program, record, options.include)
        if can_fork:
            _forked(words)
        else:
            command = [sys.executable, "-m", "shapecheck", *words]
            subprocess.run(command, check=False, timeout=SECONDS, stdout=subprocess.DEVNULL)
    return 0


if __name__ == "__main__":
    sys.exit(main())
