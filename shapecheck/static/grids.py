"""NumPy's objects that are subscripted to make arrays: `np.c_`, `np.r_`, `np.s_`, `np.mgrid`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapecheck.ops import Array, Unknown
from shapecheck.ops._values import closed
from shapecheck.static.values import ListValue

if TYPE_CHECKING:
    import ast

    from shapecheck.static.machine import Machine

JOINS = {"numpy.c_": "numpy.column_stack", "numpy.r_": "numpy.concatenate"}
MOST_AXES = 2  # of what `np.c_` joins like `np.column_stack` does
MOST_RANK = 64


def subscripted(machine: Machine, qualified: str, index: object, node: ast.AST) -> object:
    """What such an object gives for an index; Unknown for any other object."""
    parts = index if isinstance(index, tuple) else (index,)
    if qualified in ("numpy.s_", "numpy.index_exp"):
        return parts if qualified == "numpy.index_exp" else index
    if qualified in JOINS:
        most = MOST_AXES if qualified == "numpy.c_" else MOST_RANK
        if all(_is_joinable(one, most) for one in parts):
            return machine.apply(JOINS[qualified], [ListValue(parts)], {}, node)
        return Unknown("what is joined is not known")
    if qualified in ("numpy.mgrid", "numpy.ogrid") and isinstance(index, tuple):
        counts = [_count(one) for one in index]
        if None not in counts:
            is_sparse = qualified == "numpy.ogrid"
            made = machine.apply("numpy.indices", [tuple(counts)], {"sparse": is_sparse}, node)
            return tuple(map(_untold, made)) if isinstance(made, tuple) else _untold(made)
    return Unknown("what is subscripted is not known")


def _is_joinable(part: object, most: int) -> bool:
    return isinstance(part, Array) and closed(part.axes) and 0 < part.rank <= most


def _count(part: object) -> int | None:
    """How many numbers a slice of a grid stands for."""
    if not isinstance(part, slice):
        return None
    bounds = (part.start or 0, part.stop, part.step or 1)
    if isinstance(part.step, complex) and part.step.real == 0:
        return int(abs(part.step))
    return len(range(*bounds)) if all(isinstance(one, int) for one in bounds) else None


def _untold(made: object) -> object:
    """A grid of which the numbers may be fractions."""
    return replace(made, dtype="") if isinstance(made, Array) else made
