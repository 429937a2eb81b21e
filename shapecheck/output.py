"""What commands print: the chosen format, colour where it is wanted, how far a long run is."""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

from shapecheck.diagnostics import RULES, shown_path

if TYPE_CHECKING:
    from types import TracebackType

    from shapecheck.diagnostics import Diagnostic
    from shapecheck.diagnostics.report import Report

RENDERERS = {  # module of shapecheck.render, and its function
    "concise": ("concise", "render"),
    "json": ("json", "render"),
    "json-lines": ("json", "render_lines"),
    "sarif": ("sarif", "render"),
    "github": ("github", "render"),
    "gitlab": ("gitlab", "render"),
    "junit": ("junit", "render"),
}
PATIENCE = 1.0  # seconds without a sign of life
REFRESH = 0.1  # seconds
CLEAR = "\x1b[2J\x1b[H"


def write(report: Report, form: str, color: str) -> None:
    """Print a report to stdout."""
    if form == "full":
        _write_full(report, color)
        return
    module, function = RENDERERS[form]
    renderer = getattr(import_module(f"shapecheck.render.{module}"), function)
    sys.stdout.write(renderer(report))
    if form == "concise" and report.diagnostics:
        print(summary(report), file=sys.stderr)


def _write_full(report: Report, color: str) -> None:
    from shapecheck.render.text import render  # noqa: PLC0415 - other formats do without

    if coloured(color):
        try:
            from shapecheck.render import rich  # noqa: PLC0415 - only for a terminal
        except ImportError:  # an extra
            pass
        else:
            rich.write(report.diagnostics)
            print(summary(report))
            return
    for one in report.diagnostics:
        print(render(one))
    print(summary(report))


def coloured(color: str) -> bool:
    """Whether stdout gets colour: ``always``, ``never``, or ``auto``."""
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()


def summary(report: Report) -> str:
    """What was found in one line."""
    files = _counted(len(report.checked), "file")
    found = [
        _counted(report.count(severity), severity)
        for severity in ("error", "warning", "note")
        if report.count(severity)
    ]
    line = f"Found {', '.join(found)}" if found else "No shape errors found"
    line = f"{line} in {files}."
    if report.hidden:
        line += f" {_counted(report.hidden, 'known finding')} left out."
    if report.stale:
        entries = "entry" if report.stale == 1 else "entries"
        line += f" {report.stale} {entries} of the baseline found no more: --update-baseline."
    return line


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def statistics(report: Report) -> str:
    """How often each rule was broken, and where the time went."""
    rows = [
        (str(count), RULES[rule].code, RULES[rule].severity, rule)
        for rule, count in report.by_rule()
    ]
    widths = [max(map(len, column), default=0) for column in zip(*rows, strict=True)]
    lines = [
        f"{count:>{widths[0]}}  {code}  {severity:<{widths[2]}}  {rule}"
        for count, code, severity, rule in rows
    ]
    functions = _counted(report.functions, "function")
    files = _counted(len(report.checked), "file")
    lines.append(f"{files}, {functions}, {report.seconds:.2f} s")
    lines += [f"{seconds:8.2f} s  {shown_path(path)}" for path, seconds in report.slowest]
    return "".join(f"{line}\n" for line in lines)


def line(diagnostic: Diagnostic) -> str:
    """A finding in one line."""
    from shapecheck.render.text import concise  # noqa: PLC0415

    return concise(diagnostic)


def clear() -> None:
    """Begin a new page, on a terminal."""
    if sys.stdout.isatty():
        sys.stdout.write(CLEAR)


class Progress:
    """A bar on stderr, on a terminal, once a run takes longer than one is patient."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._wanted = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._bar: Any = None
        self._task: Any = None
        self._drawn = 0.0

    def __enter__(self) -> Self:
        return self

    def advance(self, done: int, total: int) -> None:
        """So many files of so many are done."""
        now = time.monotonic()
        if not self._wanted or now - self._began < PATIENCE or now - self._drawn < REFRESH:
            return
        self._drawn = now
        if self._bar is None:
            self._start(total)
        if self._bar is not None:
            self._bar.update(self._task, completed=done)
            self._bar.refresh()

    def _start(self, total: int) -> None:
        try:
            from shapecheck.render import rich  # noqa: PLC0415 - only where it draws
        except ImportError:
            self._wanted = False
            return
        self._bar = rich.bar()
        self._task = self._bar.add_task("checking", total=total)
        self._bar.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
