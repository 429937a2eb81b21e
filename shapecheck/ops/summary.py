"""Reductions of other kinds: order statistics, integrals, ufuncs, masked ones."""

from __future__ import annotations

from typing import Any

from shapecheck.dims import UNIT, Axis, Shape, maximum
from shapecheck.ops._need import Need, Why
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
from shapecheck.ops._values import Array, Record
from shapecheck.ops.elementwise import floating, stretched_into
from shapecheck.ops.reduce import (
    chosen,
    gone,
    into,
    is_empty,
    kept_nonempty,
    less,
    loosely_into,
    masked,
    nonempty,
    summed,
    told,
)

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
    if q.rank and need.decided(is_empty(need, a.shape), "a may have no elements"):
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
        need.true(not a.rank or is_empty(need, a.shape), why)
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
