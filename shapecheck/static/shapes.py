"""The shapes that expressions were found to have, for `shapecheck shapes`."""

from __future__ import annotations

from ast import walk
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from shapecheck.dims import Axis, Expr, Run, symbols
from shapecheck.ops import Array, Unknown
from shapecheck.ops._values import closed
from shapecheck.static.joining import joined_arrays
from shapecheck.static.promises import Flexible
from shapecheck.static.values import bare
from shapecheck.static.varied import Varied

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Iterator

    from shapecheck.diagnostics import Span
    from shapecheck.dims import Size
    from shapecheck.static.project import Module
    from shapecheck.static.spans import Sources

Sizes: TypeAlias = tuple[int | str | None, ...]
CALLED, PROMISED, SUPPOSED = "called", "promised", "supposed"


@dataclass(frozen=True, slots=True)
class ShapeAt:
    """The shape of an expression.

    Attributes:
        span: where it stands.
        shape: its sizes: ints, the text of symbols, None for what is not known, "..." for a run.
        text: the shape as text.
        how: ``called`` if the program was seen to get there, ``promised`` if a signature says it,
            ``supposed`` if nobody is seen to get there.
    """

    span: Span
    shape: Sizes
    text: str
    how: str = CALLED


class Shapes:
    """Collects the shapes of expressions: whatever holds each time that one is evaluated.

    What a function's signature promises holds for all calls, so it is kept apart from what was
    seen in some of them; and both from what is supposed where nobody calls.
    """

    def __init__(self) -> None:
        self._found: dict[str, dict[ast.expr, Array | None]] = {
            CALLED: {},
            PROMISED: {},
            SUPPOSED: {},
        }
        self._modules: dict[ast.expr, Module] = {}
        self._varied = Varied()

    def add(self, node: ast.expr, value: object, module: Module, how: str) -> None:
        """An expression was found to have a value."""
        found = self._found[how]
        value = bare(value)
        if isinstance(value, Array):
            before = found.get(node, value)
            self._modules[node] = module
            if how == CALLED:
                self._varied.add(node, _sizes(value))
            if before is value:
                found[node] = value
            elif before is not None and before.axes != value.axes:
                found[node] = joined_arrays(before, value)
        elif isinstance(value, Unknown) and not value.kind:
            found[node] = None  # at times it may be anything

    def forget(self, how: str, function: ast.AST | None = None) -> None:
        """What was seen in a way, in all functions or in one, does not hold each time."""
        found = self._found[how]
        nodes: Iterable[Any] = found if function is None else walk(function)
        found.update(dict.fromkeys(node for node in nodes if node in found))

    def shapes(self, sources: Sources) -> Iterator[ShapeAt]:
        """The shapes, in the order of the source."""
        places = [node for node in self._modules if hasattr(node, "lineno")]
        places.sort(key=lambda one: (one.lineno, one.col_offset, -(one.end_col_offset or 0)))
        for node in places:
            shape, how = self._said(node)
            if shape is not None:
                span = sources.span(node, self._modules[node])
                yield ShapeAt(span, shape, _text(shape), how)

    def _said(self, node: ast.expr) -> tuple[Sizes | None, str]:
        """What is said of an expression in the end."""
        promised, called = self._found[PROMISED].get(node), self._found[CALLED].get(node)
        if promised is not None:
            own = _sizes(promised)
            if called is not None:
                seen = self._varied.named(node, _sizes(called), self._modules[node])
                own = _agreed(own, seen)
            return own, PROMISED
        if node in self._found[CALLED]:
            sizes = None if called is None else _sizes(called)
            return sizes and self._varied.named(node, sizes, self._modules[node]), CALLED
        supposed = self._found[SUPPOSED].get(node)
        return None if supposed is None else _sizes(supposed), SUPPOSED


def _agreed(own: Sizes, seen: Sizes) -> Sizes:
    """What a signature promises, as far as the calls that were seen keep to it.

    They need not: a call may break the contract, or be that of a method of another object.
    """
    if "..." in own:
        return seen
    if "..." in seen:
        return own
    if len(own) != len(seen):
        return ("...",)
    pairs = zip(own, seen, strict=True)
    return tuple(
        other if one is None else one if isinstance(one, str) or one == other else None
        for one, other in pairs
    )


def merged(own: Iterable[ShapeAt], others: Iterable[ShapeAt]) -> list[ShapeAt]:
    """The shapes in a file, with what other files that use it say of them."""
    found = {_place(one): one for one in own}
    for other in others:
        place = _place(other)
        mine = found.get(place)
        if mine is None or mine.how == SUPPOSED != other.how:
            found[place] = other
        elif mine.how == other.how == CALLED and mine.shape != other.shape:
            shape = _common(mine.shape, other.shape)
            found[place] = ShapeAt(mine.span, shape, _text(shape), CALLED)
    return [found[place] for place in sorted(found)]


def _place(one: ShapeAt) -> tuple[int, int, int, int]:
    span = one.span
    return span.line, span.column, -span.end_line, -span.end_column


def _common(left: Sizes, right: Sizes) -> Sizes:
    """What two shapes have in common."""
    if len(left) != len(right) or "..." in (*left, *right):
        return ("...",)
    return tuple(one if one == other else None for one, other in zip(left, right, strict=True))


def _sizes(array: Array) -> Sizes:
    found = [shown(axis.size) if isinstance(axis, Axis) else "..." for axis in array.axes]
    runs = [at for at, axis in enumerate(array.axes) if isinstance(axis, Run)]
    if len(runs) > 1:  # one run stands for all that lies between
        found[runs[0] : runs[-1] + 1] = ["..."]
    return tuple(found)


def _text(shape: Sizes) -> str:
    text = ", ".join("?" if one is None else str(one) for one in shape)
    return f"({text},)" if len(shape) == 1 and shape != ("...",) else f"({text})"


def shown(size: Size) -> int | str | None:
    """A size as it is listed: one that is not known, or has no name, is None."""
    if not isinstance(size, Expr):
        return size
    named = all(
        one.name != "?" and (one.tag is None or isinstance(one.tag, Flexible))
        for one in symbols(size)
    )
    return str(size) if named else None


__all__ = ["CALLED", "PROMISED", "SUPPOSED", "ShapeAt", "Shapes", "closed", "merged", "shown"]
