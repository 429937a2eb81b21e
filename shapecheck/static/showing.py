"""`shapecheck shapes`: every shape that was inferred, beside the source that it is of."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapecheck.diagnostics.shapes import Shown
from shapecheck.static import sources
from shapecheck.static.checking import roots_of, search
from shapecheck.static.looking import TOO_DEEP, analysed
from shapecheck.static.shapes import merged
from shapecheck.static.sources import UnusableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapecheck.config import Settings
    from shapecheck.diagnostics.model import Diagnostic
    from shapecheck.static.analysis import FileResult
    from shapecheck.static.resolving import Resolver
    from shapecheck.static.shapes import ShapeAt
    from shapecheck.static.sources import Source


@dataclass(frozen=True, slots=True)
class Seen:
    """What was inferred.

    Attributes:
        files: the sources with their shapes.
        problems: the files that are not Python, or cannot be read.
        failures: one line for each file on which our own code broke.
    """

    files: tuple[Shown, ...]
    problems: tuple[Diagnostic, ...]
    failures: tuple[str, ...]


def show(paths: Sequence[str], settings: Settings) -> Seen:
    """Infer the shapes in the files among and under some paths."""
    from shapecheck.static.resolving import Resolver  # noqa: PLC0415 - see `analysed`

    found = search(settings).find(paths)
    project = Resolver(roots_of(found.files, settings.root))
    done: list[tuple[Source, FileResult]] = []
    problems = list(found.problems)
    failures: list[str] = []
    for path in found.files:
        try:
            done.append(_looked_at(path, project))
        except UnusableError as error:
            problems.append(error.diagnostic)
        except (RecursionError, MemoryError):
            failures.append(f"{path}: {TOO_DEEP}")
        except Exception as error:  # noqa: BLE001 - the other files are shown
            failures.append(f"{path}: internal error: {type(error).__name__}: {error}")
    return Seen(tuple(_together(done)), tuple(problems), tuple(failures))


def _looked_at(path: str, project: Resolver) -> tuple[Source, FileResult]:
    source = sources.decoded(path, sources.content(path))
    try:
        return source, analysed(source, project, shapes=True)
    except SyntaxError as error:
        raise UnusableError(sources.syntax_error(source, error)) from None


def _together(done: Sequence[tuple[Source, FileResult]]) -> Iterator[Shown]:
    """Each file with its shapes, and those that the other files' calls gave it."""
    said: dict[str, dict[str, list[ShapeAt]]] = {}
    for source, result in done:
        for one in result.shapes:
            of_file = said.setdefault(os.path.realpath(one.span.path), {})
            of_file.setdefault(source.path, []).append(one)
    for source, _ in done:
        found = said.get(os.path.realpath(source.path), {})
        shapes = found.pop(source.path, [])
        for others in found.values():
            shapes = merged(shapes, others)
        placed = (replace(one, span=replace(one.span, path=source.path)) for one in shapes)
        yield Shown(source.path, source.text, tuple(placed))
