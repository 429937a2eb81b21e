"""Look at one file: the analyser asked, and whatever goes wrong turned into an outcome."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from shapecheck.diagnostics.suppress import Suppressions, suppressions
from shapecheck.static import sources
from shapecheck.static.outcome import Outcome
from shapecheck.static.sources import UnusableError

if TYPE_CHECKING:
    from shapecheck.diagnostics.model import Diagnostic
    from shapecheck.static.analysis import FileResult
    from shapecheck.static.resolving import Resolver
    from shapecheck.static.sources import Source

TOO_DEEP = "left out: nested too deeply"
LARGEST = 50_000_000  # bytes: what is larger holds data


def look(path: str, data: bytes, project: Resolver) -> tuple[Outcome, frozenset[str]]:
    """What is found in one file, and which other files were read for it."""
    began = time.perf_counter()
    outcome, depends = _looked(path, data, project)
    return replace(outcome, seconds=time.perf_counter() - began), depends


def _looked(path: str, data: bytes, project: Resolver) -> tuple[Outcome, frozenset[str]]:
    if len(data) > LARGEST:
        line = f"{path}: left out: larger than {LARGEST // 1_000_000} MB"
        return Outcome(path, left_out=line, whole=False), frozenset()
    try:
        source = sources.decoded(path, data)
    except UnusableError as error:
        return Outcome(path, (error.diagnostic,), whole=False), frozenset()
    comments = suppressions(path, source.text)
    try:
        result = analysed(source, project, shapes=False)
    except SyntaxError as error:
        found = (sources.syntax_error(source, error),)
        return Outcome(path, found, comments, whole=False), frozenset()
    except (RecursionError, MemoryError):
        line = f"{path}: {TOO_DEEP}"
        return Outcome(path, (), comments, left_out=line, whole=False), frozenset()
    except Exception as error:  # noqa: BLE001 - whatever breaks in us, the other files are looked at
        failed = f"{path}: internal error: {type(error).__name__}: {error}"
        return Outcome(path, (), comments, failed=failed, whole=False), frozenset()
    return _outcome(source, result, comments), result.depends | project.behind(path)


def analysed(source: Source, project: Resolver, *, shapes: bool) -> FileResult:
    """What the analyser says of a source, with the shapes of expressions if they are wanted.

    Raises:
        SyntaxError: Python cannot parse it; any other exception is our own failure.
    """
    from shapecheck.static.analysis import analyse  # noqa: PLC0415 - for a kept outcome it is spared

    try:
        return analyse(source.path, source.text, project, shapes=shapes)
    except SyntaxError as error:
        if sources.is_python(source.text):
            raise RuntimeError(f"SyntaxError: {error}") from error
        raise


def _outcome(source: Source, result: FileResult, comments: Suppressions) -> Outcome:
    found: dict[Diagnostic, None] = {}
    for one in result.diagnostics:
        found.setdefault(replace(source.placed(one), facts=()))
    return Outcome(
        source.path,
        tuple(found),
        comments,
        result.functions,
        left_out=f"{source.path}: {result.failed}" if result.failed else "",
        whole=not result.failed,
    )


def look_at(path: str, project: Resolver) -> tuple[Outcome, bytes, frozenset[str]]:
    """What is found in a file that is yet to be read, with its content and what it depends on."""
    try:
        data = sources.content(path)
    except UnusableError as error:
        return Outcome(path, (error.diagnostic,), whole=False), b"", frozenset()
    outcome, depends = look(path, data, project)
    return outcome, data, depends


def keeps(outcome: Outcome) -> bool:
    """Whether an outcome is worth keeping: one that says what is in a file, not how we failed."""
    unread = any(one.rule == "unreadable-file" for one in outcome.diagnostics)
    return not (outcome.failed or unread)
