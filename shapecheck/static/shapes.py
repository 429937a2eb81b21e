"""The shapes that expressions were found to have, for `shapecheck shapes`."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapecheck.dims import Axis, Expr, symbols
from shapecheck.ops._values import closed
from shapecheck.static.joining import joined_arrays
from shapecheck.static.promises import is_promised

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.diagnostics import Span
    from shapecheck.dims import Size
    from shapecheck.ops import Array
    from shapecheck.static.project import Module
    from shapecheck.static.spans import Sources


@dataclass(frozen=True, slots=True)
class ShapeAt:
    """The shape of an expression.

    Attributes:
        span: where it stands.
        shape: its sizes: ints, the text of symbols, None for what is not known, "..." for a run.
        text: the shape as text.
    """

    span: Span
    shape: tuple[int | str | None, ...]
    text: str


class Shapes:
    """Collects the shapes of expressions: whatever holds each time that one is evaluated."""

    def __init__(self) -> None:
        self._found: dict[ast.expr, Array] = {}

    def add(self, node: ast.expr, array: Array) -> None:
        """An expression was found to have a shape."""
        before = self._found.get(node)
        if before is None:
            self._found[node] = array
        elif before.axes != array.axes:
            self._found[node] = joined_arrays(before, array)

    def shapes(self, module: Module, sources: Sources) -> Iterator[ShapeAt]:
        """The shapes, in the order of the source."""
        places = [node for node in self._found if hasattr(node, "lineno")]
        places.sort(key=lambda one: (one.lineno, one.col_offset, -(one.end_col_offset or 0)))
        for node in places:
            array = self._found[node]
            shape = tuple(
                shown(axis.size) if isinstance(axis, Axis) else "..." for axis in array.axes
            )
            text = ", ".join("?" if one is None else str(one) for one in shape)
            if closed(array.axes) and len(shape) == 1:
                text += ","
            yield ShapeAt(sources.span(node, module), shape, f"({text})")


def shown(size: Size) -> int | str | None:
    """A size as it is listed: one that is not known is None."""
    if isinstance(size, Expr):
        return str(size) if all(is_promised(one) for one in symbols(size)) else None
    return size
