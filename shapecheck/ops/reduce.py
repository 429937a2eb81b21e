"""Reductions: axes that are summed up, kept as ones or dropped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from shapecheck.dims import UNIT, Axis, Shape, maximum, minimum, product
from shapecheck.facts import all_hold
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Dim,
    Dims,
    Flag,
    MaybeDType,
    MaybeTensor,
    Operand,
    Tensor,
)
from shapecheck.ops._values import Array, Record, Unknown
from shapecheck.ops.elementwise import floating, given_out, real_part, stretched_into, where_mask

STRETCHED = "both have to be stretched to one shape"
PAIR = ("values", "indices")


# --- helpers ----------------------------------------------------------------------------------


def gone(need: Need, dim: Any, a: Array, *, scalar: bool = False, of: str = "a") -> tuple[int, ...]:
    """The axes that are reduced, counted from 0.

    Args:
        need: the recorder.
        dim: as it was passed; for torch, no axes are all of them.
        a: the array.
        scalar: whether NumPy's function takes axis 0 of an array without axes.
        of: the op's parameter for the array.
    """
    if need.library is NUMPY:
        if scalar and not a.rank and isinstance(dim, int) and dim in (0, -1):
            return ()
    elif isinstance(dim, (tuple, list)) and not dim:
        dim = None
    found = need.axes(dim, a.rank, of=of)
    return found if a.rank else ()


def less(shape: Shape, places: Sequence[int], keepdim: bool = False) -> Shape:
    """The shape without some axes, or with ones in their places."""
    return tuple(
        UNIT if place in places else axis
        for place, axis in enumerate(shape)
        if keepdim or place not in places
    )


def nonempty(need: Need, a: Array, places: Sequence[int], of: str = "a") -> None:
    """Require elements along the axes that are reduced."""
    for place in places:
        why = Why("empty-reduction", "there has to be an element to reduce", ((of, place),))
        need.at_least(a.shape[place].size, 1, why)


def kept_nonempty(need: Need, a: Array, places: Sequence[int]) -> None:
    """Require elements along the axes that are not reduced."""
    for place, axis in enumerate(a.shape):
        if place not in places:
            why = Why("empty-reduction", "the result has to have elements", (("a", place),))
            need.at_least(axis.size, 1, why)


def _is_empty(need: Need, shape: Shape) -> bool | None:
    """Whether an array has no elements."""
    return need.assume.equal(product(axis.size for axis in shape), 0)


def takes_scalars(need: Need, a: Array, dim: Any) -> bool:
    """Whether NumPy's function for arrays with NaN takes axis 0 of one without axes."""
    if not a.dtype and not a.rank and dim in (0, -1):
        need.undecided("it depends on the dtype of a, which is not known")
    return a.dtype in ("float", "complex")


def into(need: Need, made: Array, out: Any) -> Array:
    """The result, or the array that it is written into: NumPy's has to have its shape."""
    target = given_out(need, out)
    if target is None:
        return made
    if need.library is not NUMPY:
        return Array(made.shape, target.dtype)
    text = "out has to have the shape of the result"
    need.rank("out", target, made.rank, why="assignment-shape")
    for place, (axis, own) in enumerate(zip(made.shape, target.shape, strict=True)):
        need.equal(own.size, axis.size, Why("assignment-shape", text, (("out", place),)))
    return target


def loosely_into(need: Need, made: Array, out: Any) -> Array:
    """The same where NumPy takes some other shapes, too: it is not told which."""
    target = given_out(need, out)
    if target is None:
        return made
    why = Why("assignment-shape", "out has to have the shape of the result", (("out", None),))
    need.record(target, "fits", made, why, None)
    return target


def masked(need: Need, a: Array, where: Any) -> None:
    """Require a mask to be stretchable to the array whose elements it chooses."""
    if where is not True:
        stretched_into(need, "where", where_mask(need, where).shape, a, "a")


def summed(kind: str) -> str:
    """The kind of dtype of a sum: truth values are counted."""
    return "int" if kind == "bool" else kind


def told(dtype: str | None, natural: str) -> str:
    """The kind of dtype that was passed, or what the function gives without."""
    return natural if dtype is None else dtype


# --- sums and means ---------------------------------------------------------------------------

_SUMMED = "axis, dtype, out, keepdims, initial, where"


@op(
    dtype="unknown",
    numpy=[f"sum|prod(a, {_SUMMED})", f"nansum|nanprod(a, {_SUMMED})"],
    ndarray=f"sum|prod({_SUMMED})",
    torch="sum|nansum(input=a, dim, keepdim, *, dtype, out)",
    tensor="sum|nansum(dim, keepdim, *, dtype)",
)
def sum_(
    a: Tensor,
    dim: Dims = None,
    keepdim: Flag = False,
    dtype: MaybeDType = None,
    out: Anything = None,
    where: Anything = True,
    *,
    need: Need,
) -> Array:
    """(*s, n, *t) -> (*s, *t), or (*s, 1, *t) if the axis is kept; all axes without `dim`

    NumPy's manual, "numpy.sum"; torch's "torch.sum".
    """
    masked(need, a, where)
    places = gone(need, dim, a, scalar=True)
    return into(need, Array(less(a.shape, places, keepdim), told(dtype, summed(a.dtype))), out)


@op(
    dtype="unknown",
    torch="prod(input=a, dim, keepdim, *, dtype, out)",
    tensor="prod(dim, keepdim, *, dtype)",
)
def prod(
    a: Tensor,
    dim: Dim = None,
    keepdim: Flag = False,
    dtype: MaybeDType = None,
    out: Anything = None,
    *,
    need: Need,
) -> Array:
    """(*s, n, *t) -> (*s, *t), or (*s, 1, *t) if the axis is kept; all axes without `dim`

    torch's "torch.prod".
    """
    places = gone(need, dim, a)
    return into(need, Array(less(a.shape, places, keepdim), told(dtype, summed(a.dtype))), out)


@op(
    dtype="unknown",
    numpy="mean(a, axis, dtype, out, keepdims, *, where)",
    ndarray="mean(axis, dtype, out, keepdims, *, where)",
    torch="mean|nanmean(input=a, dim, keepdim, *, dtype, out)",
    tensor="mean|nanmean(dim, keepdim, *, dtype)",
)
def mean(
    a: Tensor,
    dim: Dims = None,
    keepdim: Flag = False,
    dtype: MaybeDType = None,
    out: Anything = None,
    where: Anything = True,
    *,
    need: Need,
) -> Array:
    """(*s, n, *t) -> (*s, *t), or (*s, 1, *t) if the axis is kept; all axes without `dim`

    NumPy's manual, "numpy.mean"; torch's "torch.mean".
    """
    masked(need, a, where)
    places = gone(need, dim, a, scalar=where is not True)
    return into(need, Array(less(a.shape, places, keepdim), told(dtype, floating(a.dtype))), out)


@op(dtype="unknown", numpy="nanmean(a, axis, dtype, out, keepdims, *, where)")
def nanmean(
    a: Tensor,
    dim: Dims = None,
    keepdim: Flag = False,
    dtype: MaybeDType = None,
    out: Anything = None,
    *,
    need: Need,
) -> Array:
    """(*s, n, *t) -> (*s, *t), or (*s, 1, *t) if the axis is kept; all axes without `dim`

    NumPy's manual, "numpy.nanmean".
    """
    places = gone(need, dim, a, scalar=takes_scalars(need, a, dim))
    return into(need, Array(less(a.shape, places, keepdim), told(dtype, floating(a.dtype))), out)


_SPREAD = "axis, dtype, out, ddof, keepdims, *, where, mean, correction"


@op(
    dtype="unknown",
    numpy=f"std|var(a, {_SPREAD})",
    ndarray=f"std|var({_SPREAD})",
    torch="std|var(input=a, dim, unbiased, keepdim, *, correction, out)",
    tensor="std|var(dim, unbiased, keepdim, *, correction)",
)
def spread(
    a: Tensor,
    dim: Dims = None,
    keepdim: Flag = False,
    dtype: MaybeDType = None,
    out: Anything = None,
    where: Anything = True,
    *,
    need: Need,
) -> Array:
    """(*s, n, *t) -> (*s, *t), or (*s, 1, *t) if the axis is kept; all axes without `dim`

    NumPy's manual, "numpy.std"; torch's "torch.std".
    """
    masked(need, a, where)
    places = gone(need, dim, a, scalar=where is not True)
    kind = told(dtype, floating(real_part(a.dtype)))
    return into(need, Array(less(a.shape, places, keepdim), kind), out)


@op(dtype="unknown", numpy=f"nanstd|nanvar(a, {_SPREAD})")
def nan_spread(
    a: Tensor,
    dim: Dims = None,
    keepdim: Flag = False,
    dtype: MaybeDType = None,
    out: Anything = None,
    *,
    need: Need,
) -> Array:
    """(*s, n, *t) -> (*s, *t), or (*s, 1, *t) if the axis is kept; all axes without `dim`

    NumPy's manual, "numpy.nanstd".
    """
    places = gone(need, dim, a, scalar=takes_scalars(need, a, dim))
    kind = told(dtype, floating(real_part(a.dtype)))
    return into(need, Array(less(a.shape, places, keepdim), kind), out)


@op(
    total=True,
    dtype="float",
    torch="std|var(input=a, unbiased)",
    tensor="std|var(unbiased)",
)
def spread_whole(a: Tensor, unbiased: Flag, *, need: Need) -> Shape:
    """(*s) -> ()

    torch's "torch.std".
    """
    return ()


@op(
    dtype="float",
    torch="std_mean|var_mean(input=a, dim, unbiased, keepdim, *, correction, out)",
)
def spread_and_mean(
    a: Tensor, dim: Dims = None, keepdim: Flag = False, *, need: Need
) -> list[Shape]:
    """(*s, n, *t) -> (*s, *t) twice: the deviation or variance, and the mean.

    torch's "torch.std_mean".
    """
    return [less(a.shape, gone(need, dim, a), keepdim)] * 2


@op(total=True, dtype="float", torch="std_mean|var_mean(input=a, unbiased)")
def spread_and_mean_whole(a: Tensor, unbiased: Flag, *, need: Need) -> list[Shape]:
    """(*s) -> (), (): the deviation or variance, and the mean.

    torch's "torch.std_mean".
    """
    return [(), ()]


@op(
    dtype="float",
    numpy="average(a, axis, weights, returned, *, keepdims)",
)
def average(
    a: Tensor,
    dim: Dims = None,
    weights: MaybeTensor = None,
    returned: Flag = False,
    keepdim: Flag = False,
    *,
    need: Need,
) -> Array | list[Array]:
    """(*s, n, *t) -> (*s, *t); the weights have the shape of the array or of the axes reduced.

    NumPy's manual, "numpy.average".
    """
    places = gone(need, dim, a)
    if weights is not None:
        _weighted(need, a, weights, None if dim is None else places)
        _divisible(need, a, places)
    else:
        kept_nonempty(need, a, places)  # NumPy divides by the number of results
    made = Array(less(a.shape, places, keepdim), "complex" if a.dtype == "complex" else "")
    return [made, made] if returned else made


def _weighted(need: Need, a: Array, weights: Array, places: tuple[int, ...] | None) -> None:
    """Require weights to have the shape of an array, or of those of its axes that are reduced."""
    text = "weights has to have the shape of the array, or of the axes"
    target = a.shape if places is None else tuple(a.shape[one] for one in places)
    if weights.rank == a.rank and target != a.shape:
        pairs = zip(a.sizes, weights.sizes, strict=True)
        same = all_hold(*(need.assume.equal(*pair) for pair in pairs))
        if len(target) < a.rank or need.decided(same, "weights may have the shape of a"):
            target = a.shape
    need.rank("weights", weights, len(target), why="broadcast")
    for place, (own, axis) in enumerate(zip(weights.shape, target, strict=True)):
        need.equal(own.size, axis.size, Why("broadcast", text, (("weights", place),)))


def _divisible(need: Need, a: Array, places: Sequence[int]) -> None:
    """Require each sum of weights to have some: without results, there are no sums."""
    none = _is_empty(need, less(a.shape, places))
    for place in places:
        size = a.shape[place].size
        why = Why("empty-reduction", "there has to be a weight", (("a", place),))
        holds = True if none else need.assume.at_least(size, 1)
        need.record(size, "at-least", 1, why, holds if none is not None else holds or None)


# --- truth values and counts ------------------------------------------------------------------


@op(
    dtype="unknown",
    numpy="any|all(a, axis, out, keepdims, *, where)",
    ndarray="any|all(axis, out, keepdims, *, where)",
    torch="any|all(input=a, dim, keepdim, *, out)",
    tensor="any|all(dim, keepdim)",
)
def any_(
    a: Tensor,
    dim: Dims = None,
    keepdim: Flag = False,
    out: Anything = None,
    where: Anything = True,
    *,
    need: Need,
) -> Array:
    """(*s, n, *t) -> (*s, *t), truth values; all axes without `dim`

    NumPy's manual, "numpy.any"; torch's "torch.any".
    """
    masked(need, a, where)
    none = isinstance(dim, (tuple, list)) and not dim  # here torch, too, reduces no axis then
    places = () if none else gone(need, dim, a, scalar=True)
    kind = "" if need.library is not NUMPY and a.dtype in ("", "int") else "bool"
    return into(need, Array(less(a.shape, places, keepdim), kind), out)


@op(
    dtype="int",
    numpy="count_nonzero(a, axis, *, keepdims)",
    torch="count_nonzero(input=a, dim)",
    tensor="count_nonzero(dim)",
)
def count_nonzero(a: Tensor, dim: Dims = None, keepdim: Flag = False, *, need: Need) -> Shape:
    """(*s, n, *t) -> (*s, *t), or (*s, 1, *t) if the axis is kept; all axes without `dim`

    NumPy's manual, "numpy.count_nonzero"; torch's "torch.count_nonzero".
    """
    return less(a.shape, gone(need, dim, a, scalar=True), keepdim)


# --- extrema ----------------------------------------------------------------------------------

_EXTREME = "axis, out, keepdims, initial, where"


@op(
    dtype="unknown",
    numpy=[f"max|min|amax|amin(a, {_EXTREME})", f"nanmax|nanmin(a, {_EXTREME})"],
    ndarray=f"max|min({_EXTREME})",
    torch="amax|amin(input=a, dim, keepdim, *, out)",
    tensor="amax|amin(dim, keepdim)",
)
def extrema(
    a: Tensor,
    dim: Dims = None,
    keepdim: Flag = False,
    out: Anything = None,
    initial: Anything = None,
    where: Anything = True,
    *,
    need: Need,
) -> Array:
    """(*s, n, *t) -> (*s, *t), or (*s, 1, *t) if the axis is kept; all axes without `dim`

    NumPy's manual, "numpy.max"; torch's "torch.amax".
    """
    masked(need, a, where)
    places = gone(need, dim, a, scalar=True)
    if initial is None:
        nonempty(need, a, places)
    kind = a.dtype if initial is None else ""
    return into(need, Array(less(a.shape, places, keepdim), kind), out)


@op(torch="max|min(input=a, dim, keepdim, *, out)", tensor="max|min(dim, keepdim)")
def extremum_along(
    a: Tensor, dim: Dim, keepdim: Flag = False, out: Anything = None, *, need: Need
) -> Record:
    """(*s, n, *t) -> values and indices (*s, *t), or (*s, 1, *t) if the axis is kept

    torch's "torch.max".
    """
    return chosen(need, a, dim, keepdim)


def chosen(need: Need, a: Array, dim: Any, keepdim: bool) -> Record:
    """The values and indices of one element along an axis, which has to have some."""
    places = gone(need, dim, a)
    nonempty(need, a, places)
    axes = less(a.shape, places, keepdim)
    return Record(PAIR, (Array(axes, a.dtype), Array(axes, "int")))


@op(torch="max|min(input=a, *, out)", tensor="max|min()")
def extremum(a: Tensor, *, need: Need) -> Shape:
    """(*s) -> ()

    torch's "torch.max".
    """
    nonempty(need, a, range(a.rank))
    return ()


@op(torch="max|min(input=a, other=b, *, out)", tensor="max|min(other=b)")
def extremum_of_two(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(*s), (*t) -> the shape that both are stretched to, element by element.

    torch's "torch.maximum".
    """
    why = Why("broadcast", STRETCHED, (("a", None), ("b", None)))
    return need.broadcast(a.shape, b.shape, why=why)


@op(torch="aminmax(input=a, *, dim, keepdim, out)", tensor="aminmax(*, dim, keepdim)")
def aminmax(a: Tensor, dim: Dim = None, keepdim: Flag = False, *, need: Need) -> Record:
    """(*s, n, *t) -> the least and the greatest (*s, *t); all axes without `dim`

    torch's "torch.aminmax".
    """
    places = gone(need, dim, a)
    nonempty(need, a, places)
    return Record(("min", "max"), (less(a.shape, places, keepdim),) * 2)


@op(
    dtype="unknown",
    numpy="ptp(a, axis, out, keepdims)",
)
def ptp(
    a: Tensor, dim: Dims = None, keepdim: Flag = False, out: Anything = None, *, need: Need
) -> Array:
    """(*s, n, *t) -> (*s, *t), the greatest less the least; all axes without `dim`

    NumPy's manual, "numpy.ptp".
    """
    places = gone(need, dim, a, scalar=True)
    nonempty(need, a, places)
    return into(need, Array(less(a.shape, places, keepdim), a.dtype), out)


@op(
    dtype="int",
    numpy=["argmax|argmin|nanargmax|nanargmin(a, axis, out, *, keepdims)"],
    ndarray="argmax|argmin(axis, out, *, keepdims)",
    torch="argmax|argmin(input=a, dim, keepdim, *, out)",
    tensor="argmax|argmin(dim, keepdim)",
)
def argmax(
    a: Tensor, dim: Dim = None, keepdim: Flag = False, out: Anything = None, *, need: Need
) -> Array:
    """(*s, n, *t) -> (*s, *t), numbers; without `dim`, one of all elements laid out flat

    NumPy's manual, "numpy.argmax"; torch's "torch.argmax".
    """
    places = gone(need, dim, a, scalar=True)
    nonempty(need, a, places)
    return into(need, Array(less(a.shape, places, keepdim), "int"), out)


# --- order statistics -------------------------------------------------------------------------


def several(need: Need, a: Array, dim: Any, places: tuple[int, ...]) -> None:
    """Require what NumPy does to lay several axes out as one: it cannot tell the size of none."""
    if dim is not None and len(places) != 1:
        kept_nonempty(need, a, places)


@op(
    dtype="unknown",
    numpy="median(a, axis, out, overwrite_input, keepdims)",
)
def median(
    a: Tensor, dim: Dims = None, keepdim: Flag = False, out: Anything = None, *, need: Need
) -> Array:
    """(*s, n, *t) -> (*s, *t), or (*s, 1, *t) if the axis is kept; all axes without `dim`

    NumPy's manual, "numpy.median".
    """
    places = gone(need, dim, a)
    several(need, a, dim, places)
    return loosely_into(need, Array(less(a.shape, places, keepdim), floating(a.dtype)), out)


@op(
    dtype="unknown",
    numpy="nanmedian(a, axis, out, overwrite_input, keepdims)",
)
def nanmedian(
    a: Tensor, dim: Dims = None, keepdim: Flag = False, out: Anything = None, *, need: Need
) -> Array:
    """(*s, n, *t) -> (*s, *t), or (*s, 1, *t) if the axis is kept; all axes without `dim`

    NumPy's manual, "numpy.nanmedian".
    """
    places = gone(need, dim, a)
    return loosely_into(need, Array(less(a.shape, places, keepdim), floating(a.dtype)), out)


@op(
    torch="median|nanmedian(input=a, dim, keepdim, *, out)",
    tensor="median|nanmedian(dim, keepdim)",
)
def median_along(a: Tensor, dim: Dim, keepdim: Flag = False, *, need: Need) -> Record:
    """(*s, n, *t) -> values and indices (*s, *t), or (*s, 1, *t) if the axis is kept

    torch's "torch.median".
    """
    return chosen(need, a, dim, keepdim)


@op(total=True, torch="median|nanmedian(input=a)", tensor="median|nanmedian()")
def median_whole(a: Tensor, *, need: Need) -> Shape:
    """(*s) -> ()

    torch's "torch.median".
    """
    return ()


@op(torch="mode(input=a, dim, keepdim, *, out)", tensor="mode(dim, keepdim)")
def mode(a: Tensor, dim: Dim = -1, keepdim: Flag = False, *, need: Need) -> Record:
    """(*s, n, *t) -> values and indices (*s, *t), or (*s, 1, *t) if the axis is kept

    torch's "torch.mode".
    """
    return chosen(need, a, dim, keepdim)


_QUANTILE = "a, q, axis, out, overwrite_input, method, keepdims, *, weights, interpolation"


@op(dtype="unknown", numpy=f"quantile|percentile({_QUANTILE})")
def quantile(
    a: Tensor,
    q: Tensor,
    dim: Dims = None,
    keepdim: Flag = False,
    out: Anything = None,
    *,
    need: Need,
) -> Array:
    """(*s, n, *t), q (*u) -> (*u, *s, *t), or (*u, *s, 1, *t) if the axis is kept

    NumPy's manual, "numpy.quantile".
    """
    places = gone(need, dim, a)
    _probabilities(need, q)
    several(need, a, dim, places)
    nonempty(need, a, places)
    return _quantiles(need, a, q, places, keepdim, out)


@op(dtype="unknown", numpy=f"nanquantile|nanpercentile({_QUANTILE})")
def nanquantile(
    a: Tensor,
    q: Tensor,
    dim: Dims = None,
    keepdim: Flag = False,
    out: Anything = None,
    *,
    need: Need,
) -> Array:
    """(*s, n, *t), q (*u) -> (*u, *s, *t); of no elements, NumPy gives (*s, *t)

    NumPy's manual, "numpy.nanquantile".
    """
    places = gone(need, dim, a)
    if q.rank > 1:
        nonempty(need, q, range(q.rank), "q")
    if q.rank and need.decided(_is_empty(need, a.shape), "a may have no elements"):
        q = Array((), q.dtype)
    _probabilities(need, q)
    if q.rank == 2 and dim is not None and len(places) != 1:
        need.undecided("NumPy mixes the axes of q with those of a")
    return _quantiles(need, a, q, places, keepdim, out)


def _probabilities(need: Need, q: Array) -> None:
    """Require what NumPy does of probabilities: of a table of them it looks for the least."""
    need.rank("q", q, 0, 1, 2)
    if q.rank == 2:
        nonempty(need, q, (0, 1), "q")


def _quantiles(
    need: Need, a: Array, q: Array, places: tuple[int, ...], keepdim: bool, out: Any
) -> Array:
    axes = q.shape + less(a.shape, places, keepdim)
    return loosely_into(need, Array(axes, "float" if a.dtype != "complex" else ""), out)


@op(
    torch="quantile|nanquantile(input=a, q, dim, keepdim, *, interpolation, out)",
    tensor="quantile|nanquantile(q, dim, keepdim, *, interpolation)",
)
def quantile_along(
    a: Tensor, q: Operand, dim: Dim = None, keepdim: Flag = False, *, need: Need
) -> Shape:
    """(*s, n, *t), q () or (m,) -> (*s, *t) or (m, *s, *t); all axes without `dim`

    torch's "torch.quantile".
    """
    need.rank("q", q, 0, 1)
    places = gone(need, dim, a)
    for place, axis in enumerate(a.shape):
        why = Why("empty-reduction", "the array has to have elements", (("a", place),))
        need.at_least(axis.size, 1, why)
    return q.shape + less(a.shape, places, keepdim)


# --- norms ------------------------------------------------------------------------------------

MATRIX_NORMS = ("fro", "f", "nuc", math.inf, -math.inf, 1, -1, 2, -2)


def _is_known(need: Need, order: Any) -> bool:
    """Whether the order of a norm is known; what it requires stays open otherwise."""
    if isinstance(order, Unknown) or not isinstance(order, (int, float, str, type(None))):
        need.record(order, "is a norm", None, Why("rank", "the order has to fit"), None)
        return False
    return True


def _vector_norm(need: Need, a: Array, places: Sequence[int], order: Any) -> None:
    """Require what the norm of a vector does: a greatest or least element, if it is one."""
    if not _is_known(need, order):
        return
    why = Why("rank", "a vector has no such norm", (("ord", None), ("a", None)))
    need.true(not isinstance(order, str), why, order)
    if order is not None and not isinstance(order, str):
        least = order == -math.inf
        if least or (need.library is not NUMPY and (order == math.inf or order < 0)):
            nonempty(need, a, places)


def _matrix_norm(need: Need, a: Array, places: Sequence[int], order: Any) -> None:
    """Require what the norm of a matrix does."""
    why = Why("axis-out-of-range", "two axes have to make a matrix", (("dim", None),))
    need.true(len(places) == 2, why, len(places), 2)
    if not _is_known(need, order) or order is None:
        return
    why = Why("rank", "a matrix has no such norm", (("ord", None), ("a", None)))
    names = MATRIX_NORMS if need.library is NUMPY else set(MATRIX_NORMS) - {"f"}
    need.true(order in names, why, order)
    if isinstance(order, str) or order > 0:
        return
    rest = less(a.shape, places)
    row, column = (a.shape[place].size for place in places)
    left = column if order == -1 else row if order == -math.inf else minimum(row, column)
    nonempty(need, Array((*rest, Axis(left))), (len(rest),))


@op(dtype="float", numpy="linalg.norm(x=a, ord, axis, keepdims)")
def norm(
    a: Tensor, ord: Anything = None, dim: Dims = None, keepdim: Flag = False, *, need: Need
) -> Shape:
    """(*s, n, *t) -> (*s, *t), a vector's; of two axes, a matrix'; of all without `dim`

    NumPy's manual, "numpy.linalg.norm".
    """
    if dim is None and _is_plain(a, ord):
        return less(a.shape, range(a.rank), keepdim)
    places = need.axes(dim, a.rank, of="a", distinct=False)
    text = "a norm is taken of one axis or of two"
    need.true(len(places) in (1, 2), Why("rank", text, (("a", None),)), len(places), (1, 2))
    if len(places) == 1:
        _vector_norm(need, a, places, ord)
    else:
        need.axes(dim, a.rank, of="a")
        _matrix_norm(need, a, places, ord)
    return less(a.shape, places, keepdim)


def _is_plain(a: Array, order: Any) -> bool:
    """Whether NumPy takes all elements for one vector."""
    named = isinstance(order, str) and order in ("f", "fro") and a.rank == 2
    return order is None or named or (a.rank == 1 and isinstance(order, int) and order == 2)


@op(
    dtype="float",
    numpy="linalg.vector_norm(x=a, /, *, axis, keepdims, ord)",
    torch="linalg.vector_norm(x=a, ord, dim, keepdim, *, dtype, out)",
)
def vector_norm(
    a: Tensor, ord: Anything = 2, dim: Dims = None, keepdim: Flag = False, *, need: Need
) -> Shape:
    """(*s, n, *t) -> (*s, *t), or (*s, 1, *t) if the axis is kept; all axes without `dim`

    torch's "torch.linalg.vector_norm"; NumPy's manual, "numpy.linalg.vector_norm".
    """
    places = gone(need, dim, a)
    _vector_norm(need, a, places, ord)
    return less(a.shape, places, keepdim)


@op(
    dtype="float",
    torch="norm(input=a, p=ord, dim, keepdim, out, dtype)",
    tensor="norm(p=ord, dim, keepdim, dtype)",
)
def norm_of_any(
    a: Tensor, ord: Anything = "fro", dim: Dims = None, keepdim: Flag = False, *, need: Need
) -> Shape:
    """(*s, n, *t) -> (*s, *t), or (*s, 1, *t) if the axis is kept; all axes without `dim`

    torch's "torch.norm".
    """
    places = gone(need, dim, a)
    if isinstance(ord, str) and ord in ("fro", "nuc"):
        if ord == "nuc" or (isinstance(dim, (tuple, list)) and len(dim) > 2):
            _matrix_norm(need, a, need.axes(dim, a.rank, of="a"), ord)
    else:
        _vector_norm(need, a, places, ord)
    return less(a.shape, places, keepdim)


@op(dtype="float", torch="linalg.norm(input=a, ord, dim, keepdim, *, out, dtype)")
def norm_of_either(
    a: Tensor, ord: Anything = None, dim: Dims = None, keepdim: Flag = False, *, need: Need
) -> Shape:
    """(*s, n, *t) -> (*s, *t), a vector's; of two axes, a matrix'; of all without `dim`

    torch's "torch.linalg.norm".
    """
    if dim is None and ord is None:
        return less(a.shape, range(a.rank), keepdim)
    places = need.axes(dim, a.rank, of="a", distinct=False)
    text = "a norm is taken of one axis or of two"
    need.true(len(places) in (1, 2), Why("rank", text, (("a", None),)), len(places), (1, 2))
    need.axes(dim, a.rank, of="a")
    if isinstance(ord, str) or (len(places) == 2 and ord is not None):
        _matrix_norm(need, a, places, ord)
    else:
        _vector_norm(need, a, places if a.rank else (), ord)
    return less(a.shape, places, keepdim)


@op(
    dtype="float",
    numpy="linalg.matrix_norm(x=a, /, *, keepdims, ord)",
    torch="linalg.matrix_norm(input=a, ord, dim, keepdim, *, dtype, out)",
)
def matrix_norm(
    a: Tensor, ord: Anything = "fro", dim: Dims = (-2, -1), keepdim: Flag = False, *, need: Need
) -> Shape:
    """(*batch, n, m) -> (*batch), or (*batch, 1, 1) if the axes are kept

    torch's "torch.linalg.matrix_norm"; NumPy's manual, "numpy.linalg.matrix_norm".
    """
    need.rank_at_least("a", a, 2)
    places = need.axes(dim, a.rank, of="a")
    _matrix_norm(need, a, places, ord)
    return less(a.shape, places, keepdim)


@op(torch="renorm(input=a, p, dim, maxnorm)", tensor="renorm|renorm_(p, dim, maxnorm)")
def renorm(a: Tensor, p: Anything, dim: Dim, maxnorm: Anything, *, need: Need) -> Shape:
    """(*s) -> (*s): each part along an axis is scaled down to a norm.

    torch's "torch.renorm".
    """
    need.rank_at_least("a", a, 2)
    need.axis(dim, a.rank, of="a")
    return a.shape


# --- the exponentials' sums -------------------------------------------------------------------


@op(
    dtype="unknown",
    torch="logsumexp|special.logsumexp(input=a, dim, keepdim, *, out)",
    tensor="logsumexp(dim, keepdim)",
)
def logsumexp(
    a: Tensor, dim: Dims, keepdim: Flag = False, out: Anything = None, *, need: Need
) -> Array:
    """(*s, n, *t) -> (*s, *t), or (*s, 1, *t) if the axis is kept

    torch's "torch.logsumexp".
    """
    places = gone(need, dim, a)
    if isinstance(dim, (tuple, list)) and not dim and not keepdim:
        why = Why("axis-out-of-range", "an axis has to be named", (("dim", None),))
        need.true(not a.rank or _is_empty(need, a.shape), why)
    return into(need, Array(less(a.shape, places, keepdim), floating(a.dtype)), out)


@op(
    dtype="unknown",
    torch=[
        "softmax|log_softmax(input=a, dim, dtype, *, out)",
        "special.softmax|special.log_softmax(input=a, dim, *, dtype)",
    ],
    tensor="softmax|log_softmax(dim, dtype)",
    functional="softmax|log_softmax|softmin(input=a, dim, _stacklevel, dtype)",
)
def softmax(a: Tensor, dim: Dim, dtype: MaybeDType = None, *, need: Need) -> Array:
    """(*s, n, *t) -> (*s, n, *t): along the axis, the numbers sum to 1.

    torch's "torch.nn.functional.softmax".
    """
    need.axis(dim, a.rank, of="a")
    return Array(a.shape, told(dtype, a.dtype))


@op(
    total=True,
    dtype="unknown",
    functional="softmax|log_softmax|softmin(input=a, dim, _stacklevel, dtype)",
)
def softmax_along_some(
    a: Tensor, dim: Anything = None, dtype: MaybeDType = None, *, need: Need
) -> Array:
    """(*s) -> (*s): without `dim`, along axis 0 or 1, which depends on the rank

    torch's "torch.nn.functional.softmax".
    """
    return Array(a.shape, told(dtype, a.dtype))


@op(functional="gumbel_softmax(logits=a, tau, hard, eps, dim)")
def gumbel_softmax(a: Tensor, dim: Dim = -1, *, need: Need) -> Shape:
    """(*s, n, *t) -> (*s, n, *t): along the axis, the numbers sum to 1.

    torch's "torch.nn.functional.gumbel_softmax".
    """
    need.axis(dim, a.rank, of="a")
    return a.shape


@op(functional="glu(input=a, dim)")
def glu(a: Tensor, dim: Dim = -1, *, need: Need) -> Shape:
    """(*s, 2*n, *t) -> (*s, n, *t): one half, gated by the other

    torch's "torch.nn.functional.glu".
    """
    need.rank_at_least("a", a, 1)
    place = need.axis(dim, a.rank, of="a")
    size = a.shape[place].size
    why = Why("size-argument", "the axis has to have an even size", (("a", place),))
    need.divides(2, size, why)
    half = Axis(need.assume.simplify(size) // 2)
    return (*a.shape[:place], half, *a.shape[place + 1 :])


# --- distances --------------------------------------------------------------------------------


@op(torch="dist(input=a, other=b, p)", tensor="dist(other=b, p)", dtype="float")
def dist(a: Tensor, b: Tensor, p: Anything = 2, *, need: Need) -> Shape:
    """(*s), (*t) -> (), both stretched to one shape

    torch's "torch.dist".
    """
    why = Why("broadcast", STRETCHED, (("a", None), ("b", None)))
    axes = need.broadcast(a.shape, b.shape, why=why)
    _vector_norm(need, Array(axes), range(len(axes)), p)
    return ()


@op(
    torch="cosine_similarity(x1=a, x2=b, dim, eps)",
    functional="cosine_similarity(x1=a, x2=b, dim, eps)",
)
def cosine_similarity(a: Tensor, b: Tensor, dim: Dim = 1, *, need: Need) -> Shape:
    """(*s, d, *t), (*s, d, *t) -> (*s, *t), stretched to one shape.

    torch's "torch.nn.functional.cosine_similarity".
    """
    why = Why("broadcast", STRETCHED, (("a", None), ("b", None)))
    axes = need.broadcast(a.shape, b.shape, why=why)
    return less(axes, (need.axis(dim, len(axes), of="a"),))


@op(functional="normalize(input=a, p, dim, eps, out)")
def normalize(a: Tensor, p: Anything = 2, dim: Dims = 1, *, need: Need) -> Shape:
    """(*s, n, *t) -> (*s, n, *t): along the axis, the norm becomes 1.

    torch's "torch.nn.functional.normalize".
    """
    _vector_norm(need, a, gone(need, dim, a), p)
    return a.shape


# --- integrals --------------------------------------------------------------------------------

POINTS = "there has to be a place for each value"


def _steps(axis: Axis) -> Axis:
    """The axis of the steps between the values along another one."""
    return Axis(maximum(axis.size - 1, 0))


def _between(shape: Shape, place: int) -> Shape:
    return (*shape[:place], _steps(shape[place]), *shape[place + 1 :])


def _areas(need: Need, y: Array, x: Array | None, place: int) -> Shape:
    """The areas between neighbours, for each step along an axis, as torch stretches them."""
    areas = _between(y.shape, place)
    if x is None:
        return areas
    if x.rank == 1:
        why = Why("broadcast", POINTS, (("x", 0), ("y", place)))
        need.equal(x.shape[0].size, y.shape[place].size, why)
        return areas
    padded = (UNIT,) * (y.rank - x.rank) + x.shape
    why = Why("broadcast", "the steps have to be stretchable to y", (("x", None), ("y", None)))
    return need.broadcast(areas, _between(padded, place), why=why)


@op(
    dtype="unknown",
    torch="trapezoid|trapz(y, x, *, dx, dim)",
)
def trapezoid_along(y: Tensor, x: MaybeTensor = None, dim: Dim = -1, *, need: Need) -> Shape:
    """(*s, n, *t), places (n,) -> (*s, *t), the area under the values along an axis

    torch's "torch.trapezoid".
    """
    need.rank_at_least("y", y, 1)
    place = need.axis(dim, y.rank, of="y")
    if x is None:
        return less(y.shape, (place,))
    empty = need.assume.equal(y.shape[place].size, 0)  # then the places are not looked at
    if need.decided(empty, "y may have no values"):
        return less(y.shape, (place,))
    return less(_areas(need, y, x, place), (place,))


@op(dtype="unknown", torch=["cumulative_trapezoid(y, x, *, dim)"])
def cumulative_trapezoid(y: Tensor, x: MaybeTensor = None, dim: Dim = -1, *, need: Need) -> Shape:
    """(*s, n, *t), places (n,) -> (*s, n - 1, *t), the areas up to each value

    torch's "torch.cumulative_trapezoid".
    """
    need.rank_at_least("y", y, 1)
    return _areas(need, y, x, need.axis(dim, y.rank, of="y"))


@op(dtype="unknown", numpy="trapezoid|trapz(y, x, dx, axis)")
def trapezoid(y: Tensor, x: MaybeTensor = None, dim: Dim = -1, *, need: Need) -> Shape:
    """(*s, n, *t), places (n,) -> (*s, *t), the area under the values along an axis

    NumPy's manual, "numpy.trapezoid".
    """
    place = need.axis(dim, y.rank, of="y")
    areas = _between(y.shape, place)
    if x is not None:
        need.rank_at_least("x", x, 1)
        own = place if x.rank == 1 else need.axis(dim, x.rank, of="x")
        steps: Shape = (UNIT,) * y.rank if x.rank == 1 else x.shape
        steps = (*steps[:own], _steps(x.shape[0 if x.rank == 1 else own]), *steps[own + 1 :])
        why = Why("broadcast", POINTS, (("x", None), ("y", place)))
        areas = need.broadcast(steps, areas, why=why)
    return less(areas, (need.axis(dim, len(areas), of="y"),))


# --- universal functions ----------------------------------------------------------------------


def _reduce(ufuncs: str) -> list[str]:
    names = "|".join(f"{name}.reduce" for name in ufuncs.split())
    return [f"{names}(array=a, axis, dtype, out, keepdims, initial, where)"]


@op(dtype="unknown", numpy=_reduce("add multiply"))
def reduce_sum(
    a: Tensor,
    dim: Dims = 0,
    dtype: MaybeDType = None,
    out: Anything = None,
    keepdim: Flag = False,
    where: Anything = True,
    *,
    need: Need,
) -> Array:
    """(n, *s) -> (*s), or (*s, *t) of (*s, n, *t) if the axis is named

    NumPy's manual, "numpy.ufunc.reduce".
    """
    masked(need, a, where)
    places = gone(need, dim, a, scalar=True)
    return into(need, Array(less(a.shape, places, keepdim), told(dtype, summed(a.dtype))), out)


@op(dtype="unknown", numpy=_reduce("logical_and logical_or logical_xor"))
def reduce_logical(
    a: Tensor,
    dim: Dims = 0,
    out: Anything = None,
    keepdim: Flag = False,
    where: Anything = True,
    *,
    need: Need,
) -> Array:
    """(n, *s) -> (*s), truth values, or (*s, *t) of (*s, n, *t) if the axis is named

    NumPy's manual, "numpy.ufunc.reduce".
    """
    masked(need, a, where)
    places = gone(need, dim, a, scalar=True)
    return into(need, Array(less(a.shape, places, keepdim), "bool"), out)


@op(
    dtype="unknown",
    numpy=_reduce("bitwise_and bitwise_or bitwise_xor gcd hypot logaddexp logaddexp2"),
)
def reduce_with_identity(
    a: Tensor,
    dim: Dims = 0,
    dtype: MaybeDType = None,
    out: Anything = None,
    keepdim: Flag = False,
    where: Anything = True,
    *,
    need: Need,
) -> Array:
    """(n, *s) -> (*s), or (*s, *t) of (*s, n, *t) if the axis is named

    NumPy's manual, "numpy.ufunc.reduce".
    """
    masked(need, a, where)
    places = gone(need, dim, a, scalar=True)
    return into(need, Array(less(a.shape, places, keepdim), told(dtype, "")), out)


@op(dtype="unknown", numpy=_reduce("maximum minimum fmax fmin"))
def reduce_extrema(
    a: Tensor,
    dim: Dims = 0,
    dtype: MaybeDType = None,
    out: Anything = None,
    keepdim: Flag = False,
    initial: Anything = None,
    where: Anything = True,
    *,
    need: Need,
) -> Array:
    """(n, *s) -> (*s), or (*s, *t) of (*s, n, *t) if the axis is named; n is not 0

    NumPy's manual, "numpy.ufunc.reduce".
    """
    masked(need, a, where)
    places = gone(need, dim, a, scalar=True)
    if initial is None:
        nonempty(need, a, places)
    return into(need, Array(less(a.shape, places, keepdim), told(dtype, a.dtype)), out)


@op(
    dtype="unknown",
    numpy=_reduce("subtract divide true_divide floor_divide remainder mod fmod power arctan2 lcm"),
)
def reduce_in_order(
    a: Tensor,
    dim: Dims = 0,
    dtype: MaybeDType = None,
    out: Anything = None,
    keepdim: Flag = False,
    initial: Anything = None,
    *,
    need: Need,
) -> Array:
    """(n, *s) -> (*s), or (*s, *t) of (*s, n, *t) if the axis is named; n is not 0

    NumPy's manual, "numpy.ufunc.reduce".
    """
    places = gone(need, dim, a, scalar=True)
    text = "the order matters, so that only one axis can be reduced"
    why = Why("axis-out-of-range", text, (("dim", None), ("a", None)))
    need.true(len(places) <= 1, why, len(places), 1)
    if initial is None:
        nonempty(need, a, places)
    return into(need, Array(less(a.shape, places, keepdim), told(dtype, "")), out)


# --- with masks -------------------------------------------------------------------------------


@op(
    dtype="unknown",
    torch=[
        "masked.sum|masked.mean(input=a, dim, *, keepdim, dtype, mask)",
        "masked.var|masked.std(input=a, dim, unbiased, *, keepdim, dtype, mask)",
    ],
)
def masked_reduction(
    a: Tensor,
    dim: Dims = None,
    keepdim: Flag = False,
    mask: MaybeTensor = None,
    *,
    need: Need,
) -> Shape:
    """(*s, n, *t) -> (*s, *t), over the elements that a mask chooses

    torch's "torch.masked".
    """
    if mask is not None:
        stretched_into(need, "mask", mask.shape, a, "a")
    return less(a.shape, gone(need, dim, a), keepdim)


OPS = family(globals())
