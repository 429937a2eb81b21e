"""What a run has found so far: each finding once, with a count, printed when it is first seen."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import warnings
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from shapecheck.diagnostics import Note

if TYPE_CHECKING:
    from collections.abc import Hashable

    from shapecheck.diagnostics import Diagnostic

MOST_AT_A_PLACE = 3  # findings that differ in nothing but their sizes


@dataclass(slots=True)
class _Finding:
    diagnostic: Diagnostic
    count: int = 1

    def told(self) -> Diagnostic:
        """The finding with how often it was seen."""
        if self.count == 1:
            return self.diagnostic
        seen = Note(f"seen {self.count} times")
        return replace(self.diagnostic, notes=(*self.diagnostic.notes, seen))


@dataclass(slots=True)
class Findings:
    """The findings of one run.

    Attributes:
        report: the file that the report goes to, or "".
        strict: the first finding is raised.
        stream: where findings are printed.
        files: how many files were prepared.
        functions: how many functions are held to what they declare.
    """

    report: str = ""
    strict: bool = False
    stream: TextIO | None = None
    files: int = 0
    functions: int = 0
    began: float = field(default_factory=time.perf_counter)
    process: int = field(default_factory=os.getpid)
    _found: dict[tuple[Hashable, str], _Finding] = field(default_factory=dict)
    _waiting: dict[Hashable, _Finding] = field(default_factory=dict)
    _by_key: dict[Hashable, _Finding] = field(default_factory=dict)
    _places: Counter[Hashable] = field(default_factory=Counter)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def again(self, key: Hashable) -> bool:
        """Count a finding that was added under the same key; whether there was one."""
        known = self._by_key.get(key)
        if known is None:
            return False
        known.count += 1
        return True

    def add(self, diagnostic: Diagnostic, key: Hashable = None) -> None:
        """Take a finding; it is printed unless it was found before."""
        with self._lock:
            place = _place(diagnostic)
            known = self._found.get((place, diagnostic.message))
            if known is not None:
                known.count += 1
            elif self._places[place] >= MOST_AT_A_PLACE:
                known = next(one for found, one in self._found.items() if found[0] == place)
                known.count += 1
            else:
                known = _Finding(diagnostic)
                self._found[place, diagnostic.message] = known
                self._places[place] += 1
                self._print(diagnostic)
                self.write()
            if key is not None:
                self._by_key[key] = known

    def hold_back(self, key: Hashable, diagnostic: Diagnostic) -> None:
        """Keep a finding that stands only if nothing else is seen at its place by the end."""
        self._waiting[key] = _Finding(diagnostic)
        self._by_key[key] = self._waiting[key]
        self.write()

    def drop(self, key: Hashable) -> None:
        """Something else was seen: what was held back is none."""
        self._waiting.pop(key, None)

    def finish(self) -> None:
        """Print what was held back, and how much there is; write the report."""
        if os.getpid() != self.process:
            return
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            for one in waiting.values():
                place = _place(one.diagnostic)
                self._found.setdefault((place, one.diagnostic.message), one)
                self._print(one.diagnostic)
            self.write()
            self._say_how_often()

    def write(self) -> None:
        """Write the report as it is by now: what ends the process may leave no time to do it."""
        if not self.report or os.getpid() != self.process:
            return
        with self._lock:
            try:
                text = json.dumps(self.as_json(), indent=1)
                put(self.report, f"{text}\n")
            except OSError as error:
                self.report = ""
                self._write(f"shapecheck: the report cannot be written ({error})\n")

    def as_json(self) -> dict[str, Any]:
        """The report as JSON."""
        found = [one.told() for one in (*self._found.values(), *self._waiting.values())]
        severities = Counter(one.severity for one in found)
        return {
            "version": 1,
            "diagnostics": [one.as_json() for one in found],
            "summary": {
                "files": self.files,
                "functions": self.functions,
                "errors": severities["error"],
                "warnings": severities["warning"],
                "seconds": round(time.perf_counter() - self.began, 3),
            },
        }

    def diagnostics(self) -> list[Diagnostic]:
        """All findings, in the order in which they were met."""
        return [one.told() for one in self._found.values()]

    def _say_how_often(self) -> None:
        again = [one for one in self._found.values() if one.count > 1]
        for one in again:
            span = one.diagnostic.span
            where = f"line {span.line}: " if span is not None else ""
            self._write(f"shapecheck: {where}{one.diagnostic.rule} was seen {one.count} times\n")

    def _print(self, diagnostic: Diagnostic) -> None:
        from shapecheck.render.text import render  # noqa: PLC0415 - only findings are drawn

        self._write(f"\n{render(diagnostic)}")

    def _write(self, text: str) -> None:
        # A program that redirects stderr for a while does so for what it says itself.
        stream = self.stream or sys.__stderr__ or sys.stderr
        try:
            if stream is not None:
                stream.write(text)
                stream.flush()
        except (OSError, ValueError):  # closed by the script, or a broken pipe
            return


def put(path: str, text: str) -> None:
    """Write a file in one step: who reads it finds it whole, or as it was.

    Raises:
        OSError: it cannot be written.
    """
    target = Path(path)
    if target.exists() and not target.is_file():  # a pipe, a device
        target.write_text(text, encoding="utf-8")
        return
    beside = Path(f"{path}.part{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(target)


def _place(diagnostic: Diagnostic) -> Hashable:
    span = diagnostic.span
    at = (span.path, span.line, span.column) if span is not None else ("", 0, 0)
    return (*at, diagnostic.rule)


current: Findings | None = None  # of the run that this process is


def again(key: Hashable) -> bool:
    """Count a finding of this process' run once more, if it was added under the same key."""
    return current is not None and current.again(key)


def tell(diagnostic: Diagnostic, key: Hashable, *, waits: bool = False) -> None:
    """Take a finding that is no broken contract: into the run, or as a warning of Python's.

    Args:
        diagnostic: the finding.
        key: what to count it by.
        waits: it stands only if `drop` is not called for the key by the end of the run.

    Raises:
        ShapeError: under ``--strict``.
    """
    from shapecheck.errors import ShapeError, ShapeWarning  # noqa: PLC0415 - loads jaxtyping
    from shapecheck.render.text import render  # noqa: PLC0415 - only findings are drawn

    run = current
    if run is None:
        warning = ShapeWarning(diagnostic, render(diagnostic, headline=False))
        span = diagnostic.span
        path, line = (span.path, span.line) if span else ("", 1)
        warnings.warn_explicit(warning, ShapeWarning, path, line)
    elif waits:
        run.hold_back(key, diagnostic)
    elif run.strict:
        raise ShapeError(diagnostic, render(diagnostic, headline=False))
    else:
        run.add(diagnostic, key)


def drop(key: Hashable) -> None:
    """Something else was seen: what was held back in this process' run is none."""
    if current is not None:
        current.drop(key)


def under_run(findings: Findings | None) -> None:
    """Let all contracts of this process be recorded instead of raised; None: no longer."""
    global current  # noqa: PLW0603 - a process is one run
    current = findings


def _after_fork() -> None:
    """A lock that another thread of the parent held would be held for ever."""
    if current is not None:
        current._lock = threading.RLock()  # noqa: SLF001 - the only way to the frame


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
