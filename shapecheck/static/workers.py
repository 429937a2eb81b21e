"""Many files looked at, in this process or in several."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING

from shapecheck.static.looking import keeps, look_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapecheck.static.cache import Cache
    from shapecheck.static.outcome import Outcome
    from shapecheck.static.resolving import Resolver

FILES_A_PROCESS = 8  # starting a process takes about as long as looking at so many files


def jobs_for(files: int, wanted: int = 0) -> int:
    """How many processes look at some files: `wanted`, or if it is 0 as many as pay."""
    if wanted:
        return max(1, min(wanted, files))
    return max(1, min(_cpus(), files // FILES_A_PROCESS))


def _cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def outcomes(
    files: Sequence[str], roots: tuple[str, ...], cache: Cache | None, jobs: int
) -> Iterator[Outcome]:
    """The outcome of each file, as they get ready.

    Args:
        files: the files to look at.
        roots: the folders that imports are resolved in.
        cache: where outcomes are kept.
        jobs: how many processes.
    """
    import shapecheck.static.analysis  # noqa: F401, PLC0415 - once, before others are forked

    worker = Worker(roots, cache)
    if jobs == 1:
        return map(worker.look, files)
    from shapecheck.static import pool  # noqa: PLC0415 - it loads a lot

    return pool.outcomes(worker, files, jobs)


class Worker:
    """What one process needs in order to look at files; each makes a project of its own."""

    def __init__(self, roots: tuple[str, ...], cache: Cache | None) -> None:
        self._roots = roots
        self._cache = cache
        self._project: Resolver | None = None

    def look(self, path: str) -> Outcome:
        """What is found in one file; kept, if it is worth it."""
        if self._project is None:
            from shapecheck.static.resolving import Resolver  # noqa: PLC0415 - see `analysed`

            warnings.simplefilter("ignore")  # of the parser, about the code that is read
            self._project = Resolver(self._roots)
        outcome, data, depends = look_at(path, self._project)
        if self._cache is not None and keeps(outcome):
            self._cache.put(path, data, depends, outcome)
        return outcome
