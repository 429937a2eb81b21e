"""What einx's elementwise functions give, by the axes that their pattern names.

Source: einx's documentation, "einx.where" and its like. Only plain axes are read: names, numbers
and one run. What a pattern requires is not judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecheck.dims import Axis
from shapecheck.ops import Array, Unknown
from shapecheck.ops._values import closed

if TYPE_CHECKING:
    from collections.abc import Sequence

ELEMENTWISE = frozenset(
    f"einx.{name}"
    for name in (
        *("where", "add", "subtract", "multiply", "divide", "true_divide", "floor_divide"),
        *("less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "maximum"),
        *("minimum", "logical_and", "logical_or", "logaddexp"),
    )
)
RUN = "..."


def elementwise(args: Sequence[object]) -> object:
    """The array that a call gives: ``einx.where("b i, b i d, -> b i d", mask, x, 0.)``."""
    pattern = args[0] if args else None
    if not isinstance(pattern, str):
        return Unknown("a pattern")
    left, arrow, right = pattern.partition("->")
    inputs = [one.split() for one in left.split(",")]
    if len(inputs) != len(args) - 1 or any(set(one) & set("()[]+") for one in pattern):
        return Unknown("a pattern")
    result = right.split() if arrow else _widest(inputs)
    known: dict[str, list[Axis]] = {}
    for names, array in zip(inputs, args[1:], strict=True):
        if names and not (isinstance(array, Array) and _name(names, array, known)):
            return Unknown("an operand of a pattern")
    if result is None or not all(one in known or one.isdigit() for one in result):
        return Unknown("a pattern")
    axes = [axis for one in result for axis in (known[one] if one in known else [Axis(int(one))])]
    library: Any = next((one.library for one in args[1:] if isinstance(one, Array)), "")
    return Array(tuple(axes), "", None, library)


def _widest(inputs: list[list[str]]) -> list[str] | None:
    """Without an arrow the result has the axes of the operand that has them all."""
    every = {name for one in inputs for name in one}
    return next((one for one in inputs if set(one) == every), None)


def _name(names: list[str], array: Array, known: dict[str, list[Axis]]) -> bool:
    """Note the axes of an array by their names."""
    if not closed(array.axes):
        return False
    more = array.rank - (len(names) - names.count(RUN))
    if names.count(RUN) > 1 or more < 0 or (more and RUN not in names):
        return False
    at = 0
    for name in names:
        count = more if name == RUN else 1
        known.setdefault(name, list(array.shape[at : at + count]))
        at += count
    return True
