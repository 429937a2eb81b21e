"""A result whose axes are others than declared, though their sizes agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from shapecheck.advice.scene import shape_of
from shapecheck.advice.words import axis_text, tuple_text
from shapecheck.diagnostics import Cell, Diagnostic, Operand

if TYPE_CHECKING:
    from shapecheck.diagnostics import Span
    from shapecheck.ops import Array


class Misnamed(Protocol):
    """An axis of a result that is another one than declared: see `runtime.claims`."""

    @property
    def label(self) -> str:
        """The array: ``result``, ``result[1]``."""

    @property
    def place(self) -> int:
        """The number of the axis."""

    @property
    def names(self) -> tuple[str, str]:
        """What it is, and what it is declared to be."""

    @property
    def array(self) -> Array:
        """The array."""

    @property
    def declared(self) -> str:
        """The declared axes."""


def explain(function: str, found: Misnamed, span: Span | None) -> Diagnostic:
    """The finding.

    Args:
        function: the function's name.
        found: the axis.
        span: where the result is written.
    """
    is_, declared = found.names
    axes = tuple_text(found.declared.split())
    where = axis_text(found.place, found.array.rank)
    inside = f" {found.label}" if "[" in found.label else ""
    cells = tuple(
        Cell(
            size if isinstance(size, int) else str(size),
            is_ if at == found.place else "",
            at == found.place,
            f"declared {declared}" if at == found.place else "",
        )
        for at, size in enumerate(found.array.sizes)
    )
    return Diagnostic(
        "return-shape",
        f"{function} returns{inside} {shape_of(found.array)}, declared {axes}: {where} is {is_}, "
        f"declared {declared}",
        span,
        operands=(Operand(found.label, "", cells, at_fault=True),),
        reason=f"The sizes of {is_} and {declared} happen to be equal, so nothing fails here.",
    )
