"""Sorting, cumulating, counting and searching along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapecheck.dims import UNIT, Axis, Run, Shape, Size, is_size, maximum, merge, minimum, product
from shapecheck.facts import all_hold, any_holds
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
    Number,
    Operand,
    Sizes,
    Tensor,
    Word,
    nested,
)
from shapecheck.ops._regroup import resized
from shapecheck.ops._values import Array, Record, Unknown
from shapecheck.ops.elementwise import floating
from shapecheck.ops.reduce import PAIR, into, kept_nonempty, less, nonempty, summed, told

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


# --- what there is ----------------------------------------------------------------------------


def _each_once(need: Need, a: Array, dim: Any, *extra: str) -> Array | list[Array]:
    """The elements or slices that differ, and what was asked for besides."""
    found = Axis(need.fresh("unique"))
    shape: Shape
    if dim is None:
        shape, whole = (found,), a.shape
    else:
        need.rank_at_least("a", a, 1)
        place = need.axis(dim, a.rank, of="a")
        if need.library is not NUMPY:
            kept_nonempty(need, a, (place,))
        own = a.shape[place]
        found = resized(own, found.size)
        shape, whole = swapped(a.shape, place, found), (own,)
    shapes = {"index": (found,), "inverse": whole, "counts": (found,)}
    made = [Array(shape, a.dtype), *(Array(shapes[one], "int") for one in extra)]
    return made if extra else made[0]


@op(
    numpy=("unique(ar=a, return_index, return_inverse, return_counts, axis, *, equal_nan, sorted)"),
)
def unique(
    a: Tensor,
    return_index: Flag = False,
    return_inverse: Flag = False,
    return_counts: Flag = False,
    dim: Dim = None,
    *,
    need: Need,
) -> Array | list[Array]:
    """(*s, n, *t) -> (k), or (*s, k, *t) along an axis, where k is how many differ

    NumPy's manual, "numpy.unique".
    """
    flags = {"index": return_index, "inverse": return_inverse, "counts": return_counts}
    return _each_once(need, a, dim, *(name for name, wanted in flags.items() if wanted))


@op(total=True, numpy="unique_values(x=a, /)")
def unique_values(a: Tensor, *, need: Need) -> Shape:
    """(*s) -> (k), where k is how many differ

    NumPy's manual, "numpy.unique_values".
    """
    return (Axis(need.fresh("unique")),)


@op(total=True, numpy="unique_counts(x=a, /)")
def unique_counts(a: Tensor, *, need: Need) -> Record:
    """(*s) -> values and counts (k), where k is how many differ

    NumPy's manual, "numpy.unique_counts".
    """
    values = _each_once(need, a, None, "counts")
    return Record(("values", "counts"), tuple(values))  # type: ignore[arg-type]


@op(total=True, numpy="unique_inverse(x=a, /)")
def unique_inverse(a: Tensor, *, need: Need) -> Record:
    """(*s) -> values (k), where k is how many differ, and for each element the index of its own

    NumPy's manual, "numpy.unique_inverse".
    """
    values = _each_once(need, a, None, "inverse")
    return Record(("values", "inverse_indices"), tuple(values))  # type: ignore[arg-type]


@op(total=True, numpy="unique_all(x=a, /)")
def unique_all(a: Tensor, *, need: Need) -> Record:
    """(*s) -> values, indices, inverse indices (*s), counts: (k), where k is how many differ

    NumPy's manual, "numpy.unique_all".
    """
    names = ("values", "indices", "inverse_indices", "counts")
    values = _each_once(need, a, None, "index", "inverse", "counts")
    return Record(names, tuple(values))  # type: ignore[arg-type]


@op(
    torch=[
        "unique(input=a, sorted, return_inverse, return_counts, dim)",
        "unique_consecutive(input=a, *, return_inverse, return_counts, dim)",
    ],
    tensor=[
        "unique(sorted, return_inverse, return_counts, dim)",
        "unique_consecutive(return_inverse, return_counts, dim)",
    ],
)
def unique_along(
    a: Tensor,
    return_inverse: Flag = False,
    return_counts: Flag = False,
    dim: Dim = None,
    *,
    need: Need,
) -> Array | list[Array]:
    """(*s, n, *t) -> (k), or (*s, k, *t) along an axis, where k is how many differ

    torch's "torch.unique".
    """
    flags = {"inverse": return_inverse, "counts": return_counts}
    return _each_once(need, a, dim, *(name for name, wanted in flags.items() if wanted))


@op(
    total=True,
    dtype="unknown",
    numpy=["union1d|setxor1d(ar1=a, ar2=b)", "setdiff1d(ar1=a, ar2=b, assume_unique)"],
)
def set_operation(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(*s), (*t) -> (k), where the data decide k

    NumPy's manual, "Set routines".
    """
    return (Axis(need.fresh("elements")),)


@op(total=True, dtype="unknown", numpy="intersect1d(ar1=a, ar2=b, assume_unique, return_indices)")
def intersect1d(
    a: Tensor, b: Tensor, return_indices: Flag = False, *, need: Need
) -> Array | list[Array]:
    """(*s), (*t) -> (k), where the data decide k, and the indices (k) of both

    NumPy's manual, "numpy.intersect1d".
    """
    shape = (Axis(need.fresh("elements")),)
    return (
        [Array(shape), Array(shape, "int"), Array(shape, "int")] if return_indices else Array(shape)
    )


@op(
    total=True,
    dtype="bool",
    numpy="isin(element=a, test_elements=b, assume_unique, invert, *, kind)",
    torch="isin(a, b, /, *, assume_unique, invert, elements=a, test_elements=b)",
)
def isin(a: Operand, b: Operand, *, need: Need) -> Shape:
    """(*s), (*t) -> (*s), whether each element is among others

    NumPy's manual, "numpy.isin"; torch's "torch.isin".
    """
    return a.shape


# --- where things are -------------------------------------------------------------------------


@op(
    dtype="int",
    numpy="searchsorted(a, v, side, sorter)",
    ndarray="searchsorted(v, side, sorter)",
)
def searchsorted(a: Tensor, v: Tensor, sorter: MaybeTensor = None, *, need: Need) -> Shape:
    """(n), (*s) -> (*s), indices

    NumPy's manual, "numpy.searchsorted".
    """
    need.rank("a", a, 1)
    if sorter is not None:
        as_long(need, "sorter", sorter, "a", a.shape[0])
    return v.shape


@op(
    dtype="int",
    torch=[
        "searchsorted(sorted_sequence=a, v, /, *, input=v, out_int32, right, side, out, sorter)"
    ],
)
def searchsorted_stacked(a: Tensor, v: Operand, sorter: MaybeTensor = None, *, need: Need) -> Shape:
    """(n), (*s) -> (*s), or (*s, n), (*s, m) -> (*s, m), indices

    torch's "torch.searchsorted".
    """
    need.rank_at_least("a", a, 1)
    if sorter is not None:
        alike(need, "sorter", sorter, "a", a, "broadcast")
    if a.rank > 1:
        need.rank("v", v, a.rank)
        for place, (own, axis) in enumerate(zip(v.shape[:-1], a.shape[:-1], strict=True)):
            why = Why(
                "broadcast", "all axes but the last have to agree", (("v", place), ("a", place))
            )
            need.equal(own.size, axis.size, why)
    return v.shape


@op(dtype="int", torch="bucketize(v, boundaries=a, /, *, input=v, out_int32, right, out)")
def bucketize(v: Operand, a: Tensor, *, need: Need) -> Shape:
    """(*s), (n) -> (*s), indices

    torch's "torch.bucketize".
    """
    need.rank("a", a, 1)
    return v.shape


@op(dtype="int", numpy="digitize(x=v, bins=a, right)")
def digitize(v: Tensor, a: Tensor, *, need: Need) -> Shape:
    """(*s), (n) -> (*s), indices

    NumPy's manual, "numpy.digitize".
    """
    need.rank("a", a, 1)
    return v.shape


def _has_places(need: Need, shape: Sequence[Size], indices: Shape) -> None:
    """Require a shape with elements, unless there are no indices into it."""
    there = need.assume.at_least(product(shape), 1)
    negative = any(need.assume.less(size, 0) for size in shape)
    none = need.assume.equal(product(axis.size for axis in indices), 0)
    holds = any_holds(there and not negative, none)
    why = Why("index-out-of-range", "the shape has to have elements", (("shape", None),))
    need.record(shape, "has elements", indices, why, holds)


@op(
    numpy="unravel_index(indices, shape, order)", torch="unravel_index(indices, shape)", dtype="int"
)
def unravel_index(indices: Tensor, shape: Sizes, *, need: Need) -> list[Shape]:
    """(*s), a shape of r axes -> r times (*s), the indices along each axis

    NumPy's manual, "numpy.unravel_index"; torch's "torch.unravel_index".
    """
    if need.decided(need.assume.equal(product(indices.sizes), 0), "whether there are indices"):
        need.undecided("without indices the shape is not looked at")
    if need.library is not NUMPY:
        for size in shape:
            need.count(size, "shape")
    elif not shape:
        need.rank("indices", indices, 0)
    _has_places(need, shape, indices.shape)
    return [indices.shape] * len(shape)


@op(dtype="int", numpy="ravel_multi_index(multi_index, dims=shape, mode, order)")
def ravel_multi_index(multi_index: Anything, shape: Sizes, *, need: Need) -> Shape:
    """r times (*s), stretched to one shape, a shape of r axes -> (*s), indices into it flat

    NumPy's manual, "numpy.ravel_multi_index".
    """
    text = "there has to be an index for each axis"
    why = Why("index-shape", text, (("multi_index", None), ("shape", None)))
    if isinstance(multi_index, Array):
        need.rank_at_least("multi_index", array_of(need, multi_index, "multi_index"), 1)
        need.equal(multi_index.shape[0].size, len(shape), why)
        result = multi_index.shape[1:]
    else:
        if not isinstance(multi_index, (list, tuple)):
            need.undecided("the indices are not known")
        need.true(len(multi_index) == len(shape), why, len(multi_index), len(shape))
        parts = [array_of(need, one, "multi_index").shape for one in multi_index]
        stretched = Why("index-shape", "the indices have to broadcast", (("multi_index", None),))
        result = need.broadcast(*parts, why=stretched)
    _has_places(need, shape, result)
    return result


# --- counting ---------------------------------------------------------------------------------


def _weighed(need: Need, weights: Array, name: str, axis: Axis) -> None:
    """Require weights to be as many as the points, at which NumPy does not look without points."""
    empty = need.assume.equal(axis.size, 0)
    if empty:
        return
    same = weights.rank == 1 and need.assume.equal(weights.shape[0].size, axis.size)
    why = Why("broadcast", SAME_LENGTH, (("weights", 0), (name, 0)))
    need.true(None if same is False and empty is None else same, why, weights, axis)


@op(
    dtype="unknown",
    numpy="bincount(x=a, /, weights, minlength)",
    torch="bincount(input=a, weights, minlength)",
    tensor="bincount(weights, minlength)",
)
def bincount(a: Tensor, weights: MaybeTensor = None, minlength: Count = 0, *, need: Need) -> Array:
    """(n), weights (n) -> (k), where k is one more than the greatest number, or `minlength`

    NumPy's manual, "numpy.bincount"; torch's "torch.bincount".
    """
    need.rank("a", a, 1)
    least = need.count(minlength, "minlength")
    if need.library is not NUMPY and weights is not None:
        empty = need.assume.equal(a.shape[0].size, 0)
        if need.decided(empty, "torch does not look at the weights of nothing"):
            return Array((Axis(least),), "int")
    if weights is not None:
        _weighed(need, weights, "a", a.shape[0])
    size = maximum(need.fresh("bins"), least)
    some = weights is not None and need.assume.at_least(a.shape[0].size, 1)
    return Array((Axis(size),), "int" if weights is None else "float" if some else "")


def _edges(need: Need, bins: Any, name: str = "bins") -> tuple[Axis, Axis]:
    """The axes of the bins and of their edges, which are counted, given, or named by a method."""
    if isinstance(bins, str):
        size = need.fresh("bins")
        return Axis(size), Axis(size + 1)
    if is_size(bins):
        why = Why("size-argument", "there has to be a bin", ((name, None),))
        need.at_least(bins, 1, why)
        return Axis(bins), Axis(bins + 1)
    edges = array_of(need, bins, name)
    need.rank(name, edges, 1)
    return Axis(maximum(edges.shape[0].size - 1, 0)), edges.shape[0]


@op(dtype="unknown", numpy="histogram(a, bins, range, density, weights)")
def histogram(
    a: Tensor,
    bins: Anything = 10,
    density: Anything = None,
    weights: MaybeTensor = None,
    *,
    need: Need,
) -> list[Array]:
    """(*s) -> counts (bins), edges (bins + 1)

    NumPy's manual, "numpy.histogram".
    """
    if weights is not None:
        alike(need, "weights", weights, "a", a, "broadcast")
    counts, edges = _edges(need, bins)
    plain = weights is None and density in (None, False)
    return [Array((counts,), "int" if plain else ""), Array((edges,))]


@op(dtype="unknown", numpy="histogram_bin_edges(a, bins, range, weights)")
def histogram_bin_edges(
    a: Tensor, bins: Anything = 10, weights: MaybeTensor = None, *, need: Need
) -> Shape:
    """(*s) -> edges (bins + 1)

    NumPy's manual, "numpy.histogram_bin_edges".
    """
    if weights is not None:
        alike(need, "weights", weights, "a", a, "broadcast")
    return (_edges(need, bins)[1],)


def _edges_of_each(need: Need, bins: Any, count: int) -> list[tuple[Axis, Axis]]:
    """The axes of the bins and of their edges along each of several axes."""
    pairs = [_edges(need, one) for one in _for_each(need, bins, count)]
    for _, edges in pairs:
        why = Why("size-argument", "there has to be an edge", (("bins", None),))
        need.at_least(edges.size, 1, why)
    return pairs


def _for_each(need: Need, bins: Any, count: int) -> list[Any]:
    """The bins along each of several axes."""
    if is_size(bins):
        return [bins] * count
    if isinstance(bins, Array):
        need.undecided("bins are given as one array")
    if not isinstance(bins, (list, tuple)):
        need.undecided("the bins are not known")
    why = Why("size-argument", "there have to be bins for each axis", (("bins", None),))
    need.true(len(bins) == count, why, len(bins), count)
    return list(bins)


@op(dtype="unknown", numpy="histogram2d(x, y, bins, range, density, weights)")
def histogram2d(
    x: Tensor, y: Tensor, bins: Anything = 10, weights: MaybeTensor = None, *, need: Need
) -> list[Array]:
    """(n), (n) -> counts (bins, bins), edges (bins + 1) along each axis

    NumPy's manual, "numpy.histogram2d".
    """
    need.rank("x", x, 1)
    as_long(need, "y", y, "x", x.shape[0])
    if weights is not None:
        _weighed(need, weights, "x", x.shape[0])
    if not is_size(bins):
        given = bins.shape[0].size if isinstance(bins, Array) and not bins.is_open else None
        if isinstance(bins, (list, tuple)):
            given = len(bins)
        if given is None or need.assume.equal(given, 2) is None:
            need.undecided("the bins are not known")
        if given not in (1, 2):
            bins = [bins, bins]  # as NumPy takes them: the edges along both axes
    pairs = _edges_of_each(need, bins, 2)
    return [
        Array(tuple(counts for counts, _ in pairs), "float"),
        *(Array((edges,)) for _, edges in pairs),
    ]


@op(dtype="unknown", numpy="histogramdd(sample, bins, range, density, weights)")
def histogramdd(
    sample: Anything, bins: Anything = 10, weights: MaybeTensor = None, *, need: Need
) -> list[Any]:
    """(n, d) -> counts (bins, …) with d axes, edges (bins + 1) along each

    NumPy's manual, "numpy.histogramdd".
    """
    if isinstance(sample, Array):
        need.rank("sample", array_of(need, sample, "sample"), 0, 1, 2)
        points = sample.shape[0] if sample.rank else UNIT
        many: Size = sample.shape[1].size if sample.rank > 1 else 1
    else:
        rows = array_of(need, sample, "sample")
        need.rank("sample", rows, 0, 1, 2)
        points = rows.shape[-1] if rows.rank else UNIT
        many = rows.shape[0].size if rows.rank > 1 else 1
    if weights is not None:
        _weighed(need, weights, "sample", points)
    why = Why("size-argument", "the points need a coordinate", (("sample", None),))
    need.at_least(many, 1, why)
    pairs = _edges_of_each(need, bins, need.known(many, "the axes"))
    counted = Array(tuple(counts for counts, _ in pairs), "float")
    return [counted, [Array((edges,)) for _, edges in pairs]]


@op(torch="histc(input=a, bins, min, max, *, out)", tensor="histc(bins, min, max)")
def histc(a: Tensor, bins: Count = 100, *, need: Need) -> Shape:
    """(*s) -> (bins)

    torch's "torch.histc".
    """
    return (Axis(need.count(bins, "bins", least=1)),)


@op(
    torch="histogram(input=a, bins, *, range, weight, density, out)",
    tensor="histogram(bins, *, range, weight, density)",
)
def histogram_pair(a: Tensor, bins: Anything, weight: MaybeTensor = None, *, need: Need) -> Record:
    """(*s) -> counts (bins), edges (bins + 1)

    torch's "torch.histogram".
    """
    if weight is not None:
        text = "there has to be a weight for each element"
        why = Why("broadcast", text, (("weight", None), ("a", None)))
        need.equal(product(weight.sizes), product(a.sizes), why)
    counts, edges = _edges(need, bins)
    why = Why("size-argument", "there has to be a bin", (("bins", None),))
    need.at_least(edges.size, 2, why)
    return Record(("hist", "bin_edges"), (Array((counts,)), Array((edges,))))


# --- statistics of pairs ----------------------------------------------------------------------


def _rows(array: Array, *, turned: bool) -> tuple[Axis, Axis]:
    """The variables and the observations of a table."""
    rows, columns = (UNIT, UNIT, *array.shape)[-2:]
    return (columns, rows) if turned else (rows, columns)


def _observed(need: Need, name: str, weights: Array | None, observations: Axis) -> None:
    if weights is not None:
        as_long(need, name, weights, "a", observations, 1)


def _square(need: Need, variables: Size, axis: Axis) -> Shape:
    """The axes of a table of pairs; NumPy and torch drop them if there is but one variable."""
    if need.decided(need.assume.equal(variables, 1), "there may be only one variable"):
        return ()
    one = axis.with_size(variables)
    return one, one


def _pairs(need: Need, a: Array, y: Array | None, rowvar: bool) -> tuple[Size, Axis, Axis]:
    """How many variables there are, the axis of those of `a`, and that of the observations."""
    need.rank("a", a, 0, 1, 2)
    if y is not None:
        need.rank("y", y, 0, 1, 2)
    rows, columns = _rows(a, turned=not rowvar and a.rank != 1)
    if y is None or need.decided(need.assume.equal(rows.size, 0), "there may be no variables"):
        return rows.size, rows, columns
    own, other = _rows(y, turned=False)
    if not rowvar and not need.decided(need.assume.equal(own.size, 1), "y may have one row"):
        own, other = other, own
    why = Why("cat-axis", "both have to have the same observations", (("a", None), ("y", None)))
    need.equal(columns.size, other.size, why)
    return rows.size + own.size, rows, columns


@op(dtype="unknown", numpy="cov(m=a, y, rowvar, bias, ddof, fweights, aweights, *, dtype)")
def cov(
    a: Tensor,
    y: MaybeTensor = None,
    rowvar: Flag = True,
    fweights: MaybeTensor = None,
    aweights: MaybeTensor = None,
    *,
    need: Need,
) -> Shape:
    """(n, observations) -> (n, n), or () for one variable

    NumPy's manual, "numpy.cov".
    """
    count, axis, observations = _pairs(need, a, y, rowvar)
    if fweights is not None or aweights is not None:
        if need.decided(need.assume.equal(count, 0), "there may be no variables"):
            return axis, axis
        _observed(need, "fweights", fweights, observations)
        _observed(need, "aweights", aweights, observations)
        why = Why("empty-reduction", "there has to be an observation", (("a", 1),))
        need.at_least(observations.size, 1, why)
    return _square(need, count, axis)


@op(dtype="unknown", numpy="corrcoef(x=a, y, rowvar, *, dtype)")
def corrcoef(a: Tensor, y: MaybeTensor = None, rowvar: Flag = True, *, need: Need) -> Shape:
    """(n, observations) -> (n, n), or () for one variable

    NumPy's manual, "numpy.corrcoef".
    """
    count, axis, _ = _pairs(need, a, y, rowvar)
    return _square(need, count, axis)


@op(
    dtype="unknown",
    torch=["cov(input=a, *, correction, fweights, aweights)", "corrcoef(input=a)"],
    tensor=["cov(*, correction, fweights, aweights)", "corrcoef()"],
)
def cov_of_rows(
    a: Tensor, fweights: MaybeTensor = None, aweights: MaybeTensor = None, *, need: Need
) -> Shape:
    """(n, observations) -> (n, n), or () for one variable

    torch's "torch.cov".
    """
    need.rank("a", a, 0, 1, 2)
    rows, observations = _rows(a, turned=False)
    for name, weights in (("fweights", fweights), ("aweights", aweights)):
        if weights is not None:
            need.rank(name, weights, 0, 1)
            why = Why("broadcast", SAME_LENGTH, ((name, None), ("a", a.rank - 1)))
            need.equal(product(weights.sizes), observations.size, why)
    return _square(need, rows.size, rows)


@op(torch="cdist(x1=a, x2=b, p, compute_mode)")
def cdist(a: Tensor, b: Tensor, p: Number = 2.0, *, need: Need) -> Shape:
    """(*batch, n, d), (*batch, m, d) -> (*batch, n, m)

    torch's "torch.cdist".
    """
    need.rank_at_least("a", a, 2)
    need.rank_at_least("b", b, 2)
    text = "the points have to have the same number of coordinates"
    why = Why("matmul-inner", text, (("a", a.rank - 1), ("b", b.rank - 1)))
    need.equal(a.shape[-1].size, b.shape[-1].size, why)
    stacked = Why("broadcast", "the axes before the last two have to broadcast")
    return (*need.broadcast(a.shape[:-2], b.shape[:-2], why=stacked), a.shape[-2], b.shape[-2])


@op(torch="pdist(input=a, p)", functional="pdist(input=a, p)")
def pdist(a: Tensor, *, need: Need) -> Shape:
    """(n, d) -> (n * (n - 1) / 2)

    torch's "torch.nn.functional.pdist".
    """
    need.rank("a", a, 2)
    size = a.shape[0].size
    return (Axis(size * (size - 1) // 2),)


@op(numpy=["convolve(a, v, mode)"])
def convolve(a: Tensor, v: Tensor, mode: Word = "full", *, need: Need) -> Shape:
    """(n), (m) -> (n + m - 1); as long as the longer one if "same"; only where both are if "valid"

    NumPy's manual, "numpy.convolve".
    """
    need.rank("a", a, 0, 1)
    need.rank("v", v, 0, 1)
    return _slid(need, a, v, mode)


@op(numpy=["correlate(a, v, mode)"])
def correlate(a: Tensor, v: Tensor, mode: Word = "valid", *, need: Need) -> Shape:
    """(n), (m) -> only where both are; (n + m - 1) if "full"; as long as the longer one if "same"

    NumPy's manual, "numpy.correlate".
    """
    need.rank("a", a, 1)
    need.rank("v", v, 1)
    return _slid(need, a, v, mode)


def _slid(need: Need, a: Array, v: Array, mode: str) -> Shape:
    """What one vector gives that is slid over another one."""
    left, right = ((array.shape or (UNIT,))[0].size for array in (a, v))
    for name, size in (("a", left), ("v", right)):
        why = Why("window-size", f"{name} has to have elements", ((name, 0),))
        need.at_least(size, 1, why)
    if mode == "full":
        return (Axis(left + right - 1),)
    if mode not in ("same", "valid"):
        need.undecided("the mode is not known")
    longer = maximum(left, right)
    return (Axis(longer if mode == "same" else longer - minimum(left, right) + 1),)


# --- functions of the user's ------------------------------------------------------------------


@op(
    dtype="unknown",
    numpy="apply_along_axis(func1d=function, axis, arr=a, *args..., **kwargs=named)",
)
def apply_along_axis(
    function: Anything, dim: Dim, a: Tensor, named: Anything = None, *, need: Need
) -> Array:
    """(*s, n, *t) -> (*s, …, *t), where the function decides what comes in place of the axis

    NumPy's manual, "numpy.apply_along_axis".
    """
    place = need.axis(dim, a.rank, of="a")
    kept_nonempty(need, a, (place,))
    return Array((*a.shape[:place], Run(), *a.shape[place + 1 :]))


@op(dtype="unknown", numpy="apply_over_axes(func=function, a, axes)")
def apply_over_axes(function: Anything, a: Tensor, dims: Dims, *, need: Need) -> Array:
    """(*s) -> a shape that the function decides

    NumPy's manual, "numpy.apply_over_axes".
    """
    if not a.rank:
        need.undecided("the function decides whether a number has axes")
    for one in dims if isinstance(dims, tuple) else (dims,):
        known = need.known(one, "axes")  # NumPy counts from the end, and lets the function, too
        need.axis(known + a.rank if known < 0 else known, a.rank, of="a")
    return Array((Run(),))


@op(total=True, numpy="vectorize(pyfunc=function, otypes, doc, excluded, cache, signature)")
def vectorize(function: Anything, *, need: Need) -> Unknown:
    """A function, which a call of it calls for each element

    NumPy's manual, "numpy.vectorize".
    """
    return Unknown("what a vectorized function gives is not known")


OPS = family(globals())
