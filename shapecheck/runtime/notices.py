"""What shapecheck has to say of itself: what it cannot check, and when its own code breaks."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapecheck.spec.match import Outcome

_told: set[str] = set()  # each is told once


def own_failure(error: BaseException, name: str, then: str = "goes on unchecked") -> None:
    """Say in one line that shapecheck itself failed, once for each function and error."""
    what = f"{type(error).__name__}: {error}"
    told = f"shapecheck: internal error in the check of {name}, which {then} ({what})"
    if told not in _told:
        _told.add(told)
        print(told.replace("\n", " "), file=sys.stderr)  # noqa: T201 - a warning could be raised


def tell_troubles(outcome: Outcome, name: str) -> None:
    """Warn once of what could not be checked: a ``{…}`` part that raises."""
    for trouble in outcome.troubles:
        tell("unresolved-annotation", f"{name}: {trouble}; this axis is not checked")


def tell(rule: str, message: str, *, path: str = "", line: int = 1) -> None:
    """Warn once of something that is not checked."""
    if message in _told:
        return
    _told.add(message)
    from shapecheck.diagnostics import Diagnostic, Span  # noqa: PLC0415 - seldom needed
    from shapecheck.errors import ShapeWarning  # noqa: PLC0415 - loads jaxtyping

    span = Span(path, line) if path else None
    warning = ShapeWarning(Diagnostic(rule, message, span))
    if path:
        warnings.warn_explicit(warning, ShapeWarning, path, line)
    else:
        warnings.warn(warning, stacklevel=4)
