"""Sizes that are too long to compute with: they are forgotten, or the rest takes forever."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapecheck.dims import Axis, Expr, Run
from shapecheck.dims.expr import Symbol
from shapecheck.static.joining import unknown_size

if TYPE_CHECKING:
    from shapecheck.dims import Size
    from shapecheck.ops import Array

MOST_ATOMS = 8  # of a size, those inside divisions counted too


def is_long(size: object) -> bool:
    """Whether a size has more parts than anybody's program needs."""
    return isinstance(size, Expr) and _weight(size, MOST_ATOMS) > MOST_ATOMS


def _weight(size: Size, most: int) -> int:
    if not isinstance(size, Expr):
        return 1
    total = 0
    for monomial, _ in size.terms:
        for atom, _ in monomial:
            total += 1
            if not isinstance(atom, Symbol):  # a division inside a division is the costly thing
                total += 2 * sum(_weight(part, most) for part in atom.parts)
        if total > most:
            break
    return total


def shortened(array: Array) -> Array:
    """An array, with sizes that are too long forgotten."""
    if not any(isinstance(axis, Axis) and is_long(axis.size) for axis in array.axes):
        return array
    axes = tuple(
        axis if isinstance(axis, Run) or not is_long(axis.size) else Axis(unknown_size())
        for axis in array.axes
    )
    return replace(array, axes=axes, strides=None)
