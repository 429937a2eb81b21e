"""Entries of an axis put in, and left out."""

from __future__ import annotations

from typing import Any

from shapecheck.dims import UNIT, Axis, Size, product
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import Anything, Dims, Tensor
from shapecheck.ops._regroup import resized
from shapecheck.ops._values import Array
from shapecheck.ops.index import Either, Mask, Number, Picks, assign, parts_of, sliced_size
from shapecheck.ops.join import Part, end_to_end_flat, flat, joined


@op(numpy="append(arr=a, values, axis=dim)")
def append(a: Tensor, values: Tensor, dim: Dims = None, *, need: Need) -> Array:
    """(*before, n, *after), (*before, m, *after) -> (*before, n + m, *after).

    All as one long axis if the axis is None. NumPy's manual, "numpy.append".
    """
    parts = [Part.of("a", a), Part.of("values", values)]
    return end_to_end_flat(parts) if dim is None else joined(need, parts, dim)


@op(numpy="insert(arr=a, obj=places, values, axis=dim)")
def insert(a: Tensor, places: Anything, values: Tensor, dim: Dims = None, *, need: Need) -> Array:
    """(*before, n, *after) -> (*before, n + k, *after), values put in before some places.

    As one long axis if the axis is None. NumPy's manual, "numpy.insert".
    """
    a, at = _along(need, a, dim)
    axis = a.shape[at]
    new = values.shape
    where = _places(need, places)
    single = _is_single(need, where)
    if single:
        text = "the place has to lie within the axis"
        why = Why("index-out-of-range", text, (("places", None), ("a", at)))
        for one in _named(where):
            need.in_range(one, -axis.size, axis.size + 1, why)
        new = (*(UNIT for _ in range(a.rank - len(new))), *new)
        if isinstance(where, Number):  # the first axis of the values lies along the joined one
            rest = new[1:]
            new = (*rest[:at], new[0], *rest[at:])
        count = new[at].size
    else:
        count = _count(need, where, axis, at)
    target = (*a.shape[:at], Axis(count), *a.shape[at + 1 :])
    assign(need, new, target, "values", "a", reshaped=not single)
    longer = axis if count == 0 else Axis(axis.size + count)
    return a.with_axes((*a.shape[:at], longer, *a.shape[at + 1 :]))


@op(numpy="delete(arr=a, obj=places, axis=dim)")
def delete(a: Tensor, places: Anything, dim: Dims = None, *, need: Need) -> Array:
    """(*before, n, *after) -> (*before, n - k, *after), some entries left out.

    As one long axis if the axis is None. NumPy's manual, "numpy.delete".
    """
    a, at = _along(need, a, dim)
    axis = a.shape[at]
    where = _places(need, places)
    if isinstance(where, Mask):
        _fits(need, where, axis, at)
        left = need.fresh("kept") if where.count is None else axis.size - where.count
    elif isinstance(where, slice):
        left = axis.size - sliced_size(need, axis.size, where)[0]
    else:
        why = Why("index-out-of-range", "the index has to lie within the axis", (("places", None),))
        for one in _named(where):
            need.in_range(one, -axis.size, axis.size, why)
        left = axis.size - 1 if isinstance(where, Number) else _without(need, axis.size, where)
    return a.with_axes((*a.shape[:at], resized(axis, left), *a.shape[at + 1 :]))


def _along(need: Need, a: Array, dim: Any) -> tuple[Array, int]:
    """The array and the number of an axis: all axes as one if it is None."""
    if dim is None:
        return a.with_axes((flat(a),)), 0
    need.rank_at_least("a", a, 1, "axis-out-of-range")
    return a, need.axis(dim, a.rank, of="a")


def _places(need: Need, places: Any) -> Any:
    """Indices, a mask or a slice, as they were passed."""
    [(found, _)] = parts_of(need, list(places) if isinstance(places, tuple) else places)
    if found is None or found is ... or isinstance(found, Either):
        need.undecided("which places are meant is not known")
    return found


def _named(where: Any) -> tuple[Size, ...]:
    """The indices, as far as they are written out."""
    if isinstance(where, Number):
        return () if where.at is None else (where.at,)
    found: tuple[Size, ...] = where.elements
    return found


def _is_single(need: Need, where: Any) -> bool:
    """Whether there is one place, for which another rule holds than for several."""
    if isinstance(where, Number):
        return True
    if isinstance(where, slice):
        return False if where == slice(None) else need.undecided("a slice may be one place")
    if isinstance(where, Mask):
        return where.count == 1 if where.count is not None else need.undecided("the mask decides")
    single = need.assume.equal(product(axis.size for axis in where.shape), 1)
    return need.decided(single, "there may be one place")


def _count(need: Need, where: Any, axis: Axis, at: int) -> Size:
    """How many places are named."""
    if isinstance(where, slice):
        need.undecided("a slice may be one place")
    if isinstance(where, Mask):
        _fits(need, where, axis, at)
        return where.count or 0
    why = Why("rank", "the places have to be a list", (("places", None),))
    need.record(len(where.shape), "rank", (1,), why, len(where.shape) == 1)
    if where.elements:
        why = Why("index-out-of-range", "the places have to lie within the axis", why.places)
        for one in where.elements:
            if not need.assume.at_least(one, -axis.size):
                need.undecided("a place may lie before the axis")
            need.at_least(axis.size, one, why)
    elif where.shape[0].size != 0:
        need.true(None, why, where)
    count: Size = where.shape[0].size
    return count


def _fits(need: Need, mask: Mask, axis: Axis, at: int) -> None:
    """Require a mask along an axis."""
    why = Why("index-shape", "the mask has to have as many elements as the axis", (("a", at),))
    need.record(len(mask.shape), "rank", (1,), why, len(mask.shape) == 1)
    need.equal(mask.shape[0].size, axis.size, why)


def _without(need: Need, size: Size, where: Picks) -> Size:
    """How many entries are left when those with some indices are left out."""
    if 0 in (axis.size for axis in where.shape):
        return size
    known = isinstance(size, int) and all(isinstance(one, int) for one in where.elements)
    if known and where.elements:
        return size - len({one % size for one in where.elements if isinstance(one, int)})
    if len(where.elements) == 1:
        return size - 1
    if not where.elements:
        need.true(None, Why("index-out-of-range", "the indices have to lie within the axis"), where)
    return need.fresh("kept")


OPS = family(globals())
