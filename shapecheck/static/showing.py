"""`shapecheck shapes`: every shape that was inferred, beside the source that it is of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapecheck.diagnostics.shapes import Shown
from shapecheck.static import sources
from shapecheck.static.checking import roots_of, search
from shapecheck.static.looking import TOO_DEEP, analysed
from shapecheck.static.sources import UnusableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapecheck.config import Settings
    from shapecheck.diagnostics.model import Diagnostic
    from shapecheck.static.resolving import Resolver


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
    files: list[Shown] = []
    problems = list(found.problems)
    failures: list[str] = []
    for path in found.files:
        try:
            files.append(_shown(path, project))
        except UnusableError as error:
            problems.append(error.diagnostic)
        except (RecursionError, MemoryError):
            failures.append(f"{path}: {TOO_DEEP}")
        except Exception as error:  # noqa: BLE001 - the other files are shown
            failures.append(f"{path}: internal error: {type(error).__name__}: {error}")
    return Seen(tuple(files), tuple(problems), tuple(failures))


def _shown(path: str, project: Resolver) -> Shown:
    source = sources.decoded(path, sources.content(path))
    try:
        result = analysed(source, project)
    except SyntaxError as error:
        raise UnusableError(sources.syntax_error(source, error)) from None
    return Shown(path, source.text, tuple(result.shapes))
