"""Inferred shapes as data: what `shapecheck shapes` shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapecheck.diagnostics.model import Span

Size = int | str | None  # a number, a symbol's text, or not known; "..." is a run of axes


class ShapeAt(Protocol):
    """The shape of one array-valued expression.

    Attributes:
        span: the expression.
        shape: its sizes.
        text: the shape in words.
    """

    @property
    def span(self) -> Span: ...  # noqa: D102 - said above
    @property
    def shape(self) -> Sequence[Size]: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Shown:
    """A source and the shapes of its expressions."""

    path: str
    source: str
    shapes: tuple[ShapeAt, ...]


def shape_json(one: ShapeAt) -> dict[str, Any]:
    """The object that the JSON of `shapes` holds for an expression."""
    return {**one.span.as_json(), "shape": list(one.shape), "text": one.text}


def shape_text(shape: Sequence[Size]) -> str:
    """A shape as it is written: ``(32, n_in, ?, ...)``."""
    sizes = ["?" if size is None else str(size) for size in shape]
    return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"
