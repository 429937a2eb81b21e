"""Sorting, cumulating and differences along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapecheck.dims import UNIT, Axis, Shape, Size, is_size, maximum, merge, product
from shapecheck.facts import all_hold
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Count,
    Dim,
    Dims,
    Flag,
    MaybeDType,
    MaybeTensor,
    Mismatch,
    Tensor,
    nested,
)
from shapecheck.ops._regroup import resized
from shapecheck.ops._values import Array, Record, Unknown
from shapecheck.ops.elementwise import floating
from shapecheck.ops.reduce import PAIR, into, less, nonempty, summed, told

SAME_LENGTH = "both have to have the same length"


# --- helpers ----------------------------------------------------------------------------------


def laid(need: Need, a: Array, dim: Any) -> tuple[Shape, int]:
    """The shape that NumPy works on, flat without `dim` and with an axis at least, and the axis."""
    if dim is None:
        return (merge(a.shape),), 0
    shape = a.shape or (UNIT,)
    return shape, need.axis(dim, len(shape), of="a")


def swapped(shape: Shape, place: int, *axes: Axis) -> Shape:
    """The shape with another axis, or several, in a place."""
    return (*shape[:place], *axes, *shape[place + 1 :])


def array_of(need: Need, value: Any, name: str) -> Array:
    """The array that NumPy makes of what was passed."""
    try:
        made = nested(value, need.library.name)
    except Mismatch:
        need.undecided(f"{name} is not known")
    if made.is_open:
        need.undecided(f"the rank of {name} is not known")
    return made


def as_long(need: Need, name: str, array: Array, other: str, axis: Axis, place: int = 0) -> None:
    """Require a vector that goes along with an axis of another array."""
    need.rank(name, array, 1)
    why = Why("broadcast", SAME_LENGTH, ((name, 0), (other, place)))
    need.equal(array.shape[0].size, axis.size, why)


def alike(need: Need, name: str, array: Array, other: str, model: Array, rule: str) -> None:
    """Require an array to have the shape of another one."""
    text = f"{name} has to have the shape of {other}"
    need.rank(name, array, model.rank, why=rule)
    for place, (own, axis) in enumerate(zip(array.shape, model.shape, strict=True)):
        need.equal(own.size, axis.size, Why(rule, text, ((name, place), (other, place))))


# --- cumulating -------------------------------------------------------------------------------


@op(
    dtype="unknown",
    numpy="cumsum|cumprod|nancumsum|nancumprod(a, axis, dtype, out)",
    ndarray="cumsum|cumprod(axis, dtype, out)",
)
def cumulate(
    a: Tensor, dim: Dim = None, dtype: MaybeDType = None, out: Anything = None, *, need: Need
) -> Array:
    """(*s, n, *t) -> (*s, n, *t); flat without axis

    NumPy's manual, "numpy.cumsum".
    """
    shape, _ = laid(need, a, dim)
    made = Array(shape, told(dtype, summed(a.dtype)))
    if isinstance(out, Array) and not (out.is_open or _fits(need, out, made)):
        need.undecided("NumPy stretches some results to an `out` of another shape")
    return into(need, made, out)


def _fits(need: Need, out: Array, made: Array) -> bool:
    pairs = zip(out.sizes, made.sizes, strict=False)
    return out.rank == made.rank and all(need.assume.equal(*pair) for pair in pairs)


@op(
    dtype="unknown",
    torch="cumsum|cumprod(input=a, dim, *, dtype, out)",
    tensor="cumsum|cumprod(dim, *, dtype)",
)
def cumulate_along(a: Tensor, dim: Dim, dtype: MaybeDType = None, *, need: Need) -> Array:
    """(*s, n, *t) -> (*s, n, *t)

    torch's "torch.cumsum".
    """
    need.axis(dim, a.rank, of="a")
    return Array(a.shape, told(dtype, summed(a.dtype)))


@op(
    torch="logcumsumexp(input=a, dim, *, out)",
    tensor=["logcumsumexp(dim)", "cumsum_|cumprod_(dim, *, dtype)"],
)
def cumulate_floats(a: Tensor, dim: Dim, *, need: Need) -> Shape:
    """(*s, n, *t) -> (*s, n, *t)

    torch's "torch.logcumsumexp".
    """
    need.axis(dim, a.rank, of="a")
    return a.shape


@op(torch="cummax|cummin(input=a, dim, *, out)", tensor="cummax|cummin(dim)")
def cumulate_extrema(a: Tensor, dim: Dim, *, need: Need) -> Record:
    """(*s, n, *t) -> values and indices (*s, n, *t)

    torch's "torch.cummax".
    """
    _axis_of_some(need, a, dim)
    return Record(PAIR, (Array(a.shape, a.dtype), Array(a.shape, "int")))


def _axis_of_some(need: Need, a: Array, dim: Any) -> None:
    """Require an axis, at which torch does not look if there are no elements."""
    inside = isinstance(dim, int) and -a.rank <= dim < a.rank
    empty = need.assume.equal(product(a.sizes), 0)
    if not a.rank:
        need.axis(dim, 0, of="a")
    elif not empty:
        why = Why("axis-out-of-range", "dim has to name an axis", (("dim", None), ("a", None)))
        need.true(inside or (False if empty is False else None), why, dim, a.rank)


@op(
    dtype="unknown",
    numpy="cumulative_sum|cumulative_prod(x=a, /, *, axis, dtype, out, include_initial)",
)
def cumulative(
    a: Tensor,
    dim: Dim = None,
    dtype: MaybeDType = None,
    include_initial: Flag = False,
    *,
    need: Need,
) -> Array:
    """(*s, n, *t) -> (*s, n, *t), or (*s, n + 1, *t) with the initial value

    NumPy's manual, "numpy.cumulative_sum".
    """
    if dim is None:
        why = Why("rank", "an array with more than one axis needs a dim", (("a", None),))
        need.true(a.rank <= 1, why, a.rank, 1)
    shape = a.shape or (UNIT,)
    place = need.axis(0 if dim is None else dim, len(shape), of="a")
    if include_initial:
        shape = swapped(shape, place, Axis(shape[place].size + 1))
    return Array(shape, told(dtype, summed(a.dtype)))


_ACCUMULATED = (
    "add multiply maximum minimum fmax fmin logaddexp hypot bitwise_and bitwise_or bitwise_xor "
    "logical_and logical_or logical_xor subtract divide true_divide power"
)


@op(
    dtype="unknown",
    numpy=[
        (
            f"{'|'.join(f'{one}.accumulate' for one in _ACCUMULATED.split())}"
            "(array=a, axis, dtype, out)"
        )
    ],
)
def accumulate(a: Tensor, dim: Dims = 0, *, need: Need) -> Shape:
    """(n, *s) -> (n, *s), or along another axis

    NumPy's manual, "numpy.ufunc.accumulate".
    """
    need.rank_at_least("a", a, 1)
    places = need.axes(dim, a.rank, of="a")
    text = "only along one axis can be accumulated"
    need.true(len(places) == 1, Why("axis-out-of-range", text, (("dim", None),)), len(places), 1)
    return a.shape


# --- differences ------------------------------------------------------------------------------


def _joined(need: Need, a: Array, parts: Sequence[tuple[str, Array | None]], place: int) -> Size:
    """The size of an axis that other arrays are joined to at its ends."""
    size = a.shape[place].size
    for name, part in parts:
        if part is None:
            continue
        if part.rank == 0 and need.library is NUMPY:
            size = size + 1
            continue
        need.rank(name, part, a.rank, why="cat-axis")
        for at, (own, axis) in enumerate(zip(part.shape, a.shape, strict=True)):
            if at != place:
                text = "the other axes have to have the same sizes"
                need.equal(own.size, axis.size, Why("cat-axis", text, ((name, at), ("a", at))))
        size = size + part.shape[place].size
    return size


@op(
    numpy="diff(a, n, axis, prepend, append)",
    torch="diff(input=a, n, dim, prepend, append, *, out)",
    tensor="diff(n, dim, prepend, append)",
)
def diff(
    a: Tensor,
    n: Count = 1,
    dim: Dim = -1,
    prepend: MaybeTensor = None,
    append: MaybeTensor = None,
    *,
    need: Need,
) -> Array:
    """(*s, m, *t) -> (*s, m - n, *t), but not less than 0

    NumPy's manual, "numpy.diff"; torch's "torch.diff".
    """
    count = need.count(n, "n")
    if need.library is not NUMPY:
        need.rank_at_least("a", a, 1)
    if need.decided(need.assume.equal(count, 0), "n may be 0"):
        if need.library is not NUMPY and (prepend is not None or append is not None):
            place = need.axis(dim, a.rank, of="a")
            _joined(need, a, (("prepend", prepend), ("append", append)), place)
        return Array(a.shape, a.dtype)
    need.rank_at_least("a", a, 1)
    place = need.axis(dim, a.rank, of="a")
    size = _joined(need, a, (("prepend", prepend), ("append", append)), place)
    axis = resized(a.shape[place], maximum(size - count, 0))
    return Array(swapped(a.shape, place, axis))


@op(total=True, numpy="ediff1d(ary=a, to_end, to_begin)")
def ediff1d(
    a: Tensor, to_end: MaybeTensor = None, to_begin: MaybeTensor = None, *, need: Need
) -> Array:
    """(*s) -> (m - 1), m elements taken flat, and those at the ends besides

    NumPy's manual, "numpy.ediff1d".
    """
    size = maximum(product(a.sizes) - 1, 0)
    for part in (to_end, to_begin):
        size = size + (0 if part is None else product(part.sizes))
    return Array((Axis(size),), a.dtype)


def _least_points(need: Need, a: Array, places: Sequence[int], order: Any) -> None:
    """Require enough points along each axis for differences at its ends."""
    known = need.known(order, "edge_order")
    why = Why("size-argument", "edge_order has to be 1 or 2", (("edge_order", None),))
    need.true(known <= 2, why, known, 2)
    for place in places:
        text = "there have to be edge_order + 1 points along the axis"
        least = Why("empty-reduction", text, (("a", place), ("edge_order", None)))
        need.at_least(a.shape[place].size, 2 if known == 1 else 3, least)


@op(dtype="unknown", numpy="gradient(f=a, *varargs=spacing..., axis, edge_order)")
def gradient(
    a: Tensor, spacing: Anything = (), dim: Dims = None, edge_order: Count = 1, *, need: Need
) -> Array | list[Array]:
    """(*s) -> (*s) for each axis, or for the only one

    NumPy's manual, "numpy.gradient".
    """
    places = need.axes(dim, a.rank, of="a")
    steps = [array_of(need, one, "spacing") for one in spacing]
    if steps and (len(steps) > 1 or steps[0].rank):
        text = "there has to be one spacing for all axes, or one for each"
        why = Why("size-argument", text, (("spacing", None), ("dim", None)))
        need.true(len(steps) == len(places), why, len(steps), len(places))
        for number, (step, place) in enumerate(zip(steps, places, strict=True)):
            if step.rank:
                as_long(need, f"spacing[{number}]", step, "a", a.shape[place], place)
    _least_points(need, a, places, edge_order)
    made = [Array(a.shape, floating(a.dtype))] * len(places)
    return made[0] if len(places) == 1 else made


@op(dtype="unknown", torch="gradient(input=a, *, spacing, dim, edge_order)")
def gradient_along(
    a: Tensor, spacing: Anything = 1, dim: Dims = None, edge_order: Count = 1, *, need: Need
) -> list[Array]:
    """(*s) -> (*s) for each axis

    torch's "torch.gradient".
    """
    places = need.axes(dim, a.rank, of="a")
    if places:
        need.rank_at_least("a", a, 1)
    if isinstance(spacing, (list, tuple)):
        text = "there has to be one spacing for all axes, or one for each"
        why = Why("size-argument", text, (("spacing", None), ("dim", None)))
        need.true(len(spacing) == len(places), why, len(spacing), len(places))
        for step, place in zip(spacing, places, strict=True):
            if isinstance(step, Array):
                _reaches(need, array_of(need, step, "spacing"), a, place)
    known = need.known(edge_order, "edge_order")
    why = Why("size-argument", "edge_order has to be 1 or 2", (("edge_order", None),))
    need.true(known in (1, 2), why, known, (1, 2))
    _least_points(need, a, places, known)
    return [Array(a.shape, floating(a.dtype))] * len(places)


def _reaches(need: Need, step: Array, a: Array, place: int) -> None:
    """Give up where torch takes coordinates of another length than the axis has."""
    fits = step.rank == 1 and need.assume.equal(step.shape[0].size, a.shape[place].size)
    if not fits:
        need.undecided("the coordinates may be of another length than the axis")


# --- sorting ----------------------------------------------------------------------------------


@op(numpy="sort(a, axis, kind, order, *, stable)")
def sort(a: Tensor, dim: Dims = -1, *, need: Need) -> Shape:
    """(*s, n, *t) -> (*s, n, *t); flat if the axis is None

    NumPy's manual, "numpy.sort".
    """
    if dim is not None:
        need.axis(dim, a.rank, of="a")
        return a.shape
    return (merge(a.shape),)


@op(ndarray="sort(axis, kind, order, *, stable)")
def sort_inplace(a: Tensor, dim: Dim = -1, *, need: Need) -> None:
    """(*s, n, *t) is sorted itself, nothing is returned

    NumPy's manual, "numpy.ndarray.sort".
    """
    need.axis(dim, a.rank, of="a")


@op(total=True, numpy="sort_complex(a)", dtype="complex")
def sort_complex(a: Tensor, *, need: Need) -> Shape:
    """(*s, n) -> (*s, n)

    NumPy's manual, "numpy.sort_complex".
    """
    need.rank_at_least("a", a, 1)
    return a.shape


@op(
    dtype="int",
    numpy="argsort(a, axis, kind, order, *, stable)",
    ndarray="argsort(axis, kind, order, *, stable)",
)
def argsort(a: Tensor, dim: Dims = -1, *, need: Need) -> Shape:
    """(*s, n, *t) -> (*s, n, *t), indices; flat if the axis is None

    NumPy's manual, "numpy.argsort".
    """
    return laid(need, a, dim)[0]


@op(
    torch="sort(input=a, dim, descending, *, stable, out)",
    tensor="sort(dim, descending, *, stable)",
)
def sort_along(a: Tensor, dim: Dim = -1, *, need: Need) -> Record:
    """(*s, n, *t) -> values and indices (*s, n, *t)

    torch's "torch.sort".
    """
    need.axis(dim, a.rank, of="a")
    return Record(PAIR, (Array(a.shape, a.dtype), Array(a.shape, "int")))


@op(
    dtype="int",
    torch="argsort(input=a, dim, descending, *, stable, out)",
    tensor="argsort(dim, descending, *, stable)",
)
def argsort_along(a: Tensor, dim: Dim = -1, *, need: Need) -> Shape:
    """(*s, n, *t) -> (*s, n, *t), indices

    torch's "torch.argsort".
    """
    need.axis(dim, a.rank, of="a")
    return a.shape


@op(total=True, torch="msort(input=a, *, out)", tensor="msort()")
def msort(a: Tensor, *, need: Need) -> Shape:
    """(n, *s) -> (n, *s)

    torch's "torch.msort".
    """
    return a.shape


def _parted(need: Need, shape: Shape, place: int, kth: Any) -> None:
    """Require the places to divide at to be those of elements, if there are elements at all."""
    many = kth if isinstance(kth, (list, tuple)) else (kth,)
    empty = need.assume.equal(product(axis.size for axis in shape), 0)
    if empty or any(isinstance(one, (Array, Unknown)) for one in many):
        return
    size = shape[place].size
    for one in many:
        if not is_size(one):
            need.undecided("kth is not a known number")
        inside = all_hold(need.assume.at_least(one, -size), need.assume.less(one, size))
        why = Why("index-out-of-range", "kth has to be an index", (("kth", None), ("a", place)))
        need.record(
            one, "in-range", (-size, size), why, inside if empty is False else inside or None
        )


@op(numpy="partition(a, kth, axis, kind, order)")
def partition(a: Tensor, kth: Anything, dim: Dims = -1, *, need: Need) -> Shape:
    """(*s, n, *t) -> (*s, n, *t); flat if the axis is None

    NumPy's manual, "numpy.partition".
    """
    if dim is not None:
        need.rank_at_least("a", a, 1)
    shape, place = laid(need, a, dim)
    _parted(need, shape, place, kth)
    return shape


@op(ndarray="partition(kth, axis, kind, order)")
def partition_inplace(a: Tensor, kth: Anything, dim: Dim = -1, *, need: Need) -> None:
    """(*s, n, *t) is divided itself, nothing is returned

    NumPy's manual, "numpy.ndarray.partition".
    """
    _parted(need, a.shape, need.axis(dim, a.rank, of="a"), kth)


@op(
    dtype="int",
    numpy="argpartition(a, kth, axis, kind, order)",
    ndarray="argpartition(kth, axis, kind, order)",
)
def argpartition(a: Tensor, kth: Anything, dim: Dims = -1, *, need: Need) -> Shape:
    """(*s, n, *t) -> (*s, n, *t), indices; flat if the axis is None

    NumPy's manual, "numpy.argpartition".
    """
    shape, place = laid(need, a, dim)
    _parted(need, shape, place, kth)
    return shape


@op(dtype="unknown", numpy="lexsort(keys, axis)")
def lexsort(keys: Anything, dim: Dim = -1, *, need: Need) -> Array:
    """keys (*s, n, *t), the last the first to look at -> (*s, n, *t), indices

    NumPy's manual, "numpy.lexsort".
    """
    some = Why("size-argument", "there has to be a key", (("keys", None),))
    if isinstance(keys, Array):
        need.rank_at_least("keys", array_of(need, keys, "keys"), 1)
        need.at_least(keys.shape[0].size, 1, some)
        first = keys.with_axes(keys.shape[1:])
    else:
        if not isinstance(keys, (list, tuple)):
            need.undecided("the keys are not known")
        need.true(len(keys) > 0, some)
        first, *others = [array_of(need, one, f"keys[{at}]") for at, one in enumerate(keys)]
        for at, other in enumerate(others):
            alike(need, f"keys[{at + 1}]", other, "keys[0]", first, "cat-axis")
    need.axis(dim, max(first.rank, 1), of="keys")
    return Array(first.shape, "int")


# --- the first, by size -----------------------------------------------------------------------


@op(
    torch="topk(input=a, k, dim, largest, sorted, *, out)",
    tensor="topk(k, dim, largest, sorted)",
)
def topk(a: Tensor, k: Count, dim: Dim = -1, *, need: Need) -> Record:
    """(*s, n, *t) -> values and indices (*s, k, *t), where k may not exceed n

    torch's "torch.topk".
    """
    place = need.axis(dim, a.rank, of="a")
    size = a.shape[place].size if a.rank else 1
    places = ("k", None), ("a", place if a.rank else None)
    need.in_range(k, 0, size + 1, Why("size-argument", "k may not exceed the size", places))
    shape = swapped(a.shape, place, resized(a.shape[place], k)) if a.rank else ()
    return Record(PAIR, (Array(shape, a.dtype), Array(shape, "int")))


@op(torch="kthvalue(input=a, k, dim, keepdim, *, out)", tensor="kthvalue(k, dim, keepdim)")
def kthvalue(a: Tensor, k: Count, dim: Dim = -1, keepdim: Flag = False, *, need: Need) -> Record:
    """(*s, n, *t) -> values and indices (*s, *t), or (*s, 1, *t) if the axis is kept

    torch's "torch.kthvalue".
    """
    place = need.axis(dim, a.rank, of="a")
    places = (place,) if a.rank else ()
    nonempty(need, a, places)
    size = a.shape[place].size if a.rank else 1
    names = ("k", None), ("a", place if a.rank else None)
    need.in_range(k, 1, size + 1, Why("size-argument", "k has to be within the size", names))
    shape = less(a.shape, places, keepdim)
    return Record(PAIR, (Array(shape, a.dtype), Array(shape, "int")))


OPS = family(globals())
