"""The exception and the warning that users meet. Both carry a `Diagnostic`, never a bare string."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jaxtyping import TypeCheckError

from shapecheck.spec.errors import SpecError

if TYPE_CHECKING:
    from shapecheck.diagnostics import Diagnostic


class ShapeError(TypeCheckError):
    """A shape contract is broken.

    ``str(error)`` is the one-line story, `diagnostic` the data, and the report hangs on the
    exception as a note, so that a plain traceback, pytest and IPython show it.
    """

    diagnostic: Diagnostic

    def __init__(self, diagnostic: Diagnostic, report: str = "") -> None:
        super().__init__(diagnostic.headline())
        self.diagnostic = diagnostic
        if report:
            self.add_note(report)

    def __reduce__(self) -> tuple[Any, ...]:
        return (ShapeError, (self.diagnostic, "\n".join(getattr(self, "__notes__", []))))


class ShapeWarning(UserWarning):
    """What would be a `ShapeError`, under ``mode="warn"``; and whatever cannot be checked."""

    diagnostic: Diagnostic

    def __init__(self, diagnostic: Diagnostic, report: str = "") -> None:
        super().__init__(f"{diagnostic.headline()}\n{report}" if report else diagnostic.headline())
        self.diagnostic = diagnostic
        self._report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return (ShapeWarning, (self.diagnostic, self._report))


for _public in (ShapeError, ShapeWarning, SpecError):
    _public.__module__ = "shapecheck"

__all__ = ["ShapeError", "ShapeWarning", "SpecError"]
