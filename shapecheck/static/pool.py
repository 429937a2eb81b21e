"""Files looked at in several processes. A process that dies takes one file with it, not the run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

from shapecheck.static.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapecheck.static.workers import Worker

CHUNKS_A_PROCESS = 8
LARGEST_CHUNK = 16  # files; an interrupted run ends with the chunks that are being looked at
DIED = "left out: the process that looked at it died"

_worker: Worker | None = None  # of a process that was started for this


def outcomes(worker: Worker, files: Sequence[str], jobs: int) -> Iterator[Outcome]:
    """The outcome of each file, as they get ready."""
    chunks = _chunks(files, jobs)
    left = set(files)
    try:
        for found in _in_processes(worker, chunks, jobs):
            left -= {one.path for one in found}
            yield from found
    except BrokenProcessPool:
        yield from _one_by_one(worker, [path for path in files if path in left])


def _one_by_one(worker: Worker, files: list[str]) -> Iterator[Outcome]:
    """After a process has died: one process, which is started again when it dies on a file."""
    at = 0
    while at < len(files):
        try:
            for [outcome] in _in_processes(worker, [[path] for path in files[at:]], 1):
                yield outcome
                at += 1
        except BrokenProcessPool:
            yield Outcome(files[at], failed=f"{files[at]}: {DIED}", whole=False)
            at += 1


def _in_processes(worker: Worker, chunks: list[list[str]], jobs: int) -> Iterator[list[Outcome]]:
    """The outcomes of each chunk, in order if there is one process."""
    # A fork has our modules already. On other systems it is not safe, or not there.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_start, initargs=(worker,))
    try:
        waiting = [pool.submit(_work, chunk) for chunk in chunks]
        for done in as_completed(waiting) if jobs > 1 else waiting:
            yield done.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _start(worker: Worker) -> None:
    global _worker  # noqa: PLW0603 - the one thing that a process of a pool can keep
    _worker = worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process is told, and ends the others


def _work(paths: list[str]) -> list[Outcome]:
    assert _worker is not None
    return [_worker.look(path) for path in paths]


def _chunks(files: Sequence[str], jobs: int) -> list[list[str]]:
    """Files in groups, each with large and small ones, so that the last groups end together."""
    sized = sorted(files, key=_size, reverse=True)
    count = min(len(files), max(jobs * CHUNKS_A_PROCESS, len(files) // LARGEST_CHUNK))
    return [sized[start::count] for start in range(count)]


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116
    except (OSError, ValueError):
        return 0
