"""Reductions: axes that are summed up, kept as ones or dropped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapecheck.dims import UNIT, Shape, product
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
    Tensor,
)
from shapecheck.ops._values import Array, Record
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


def is_empty(need: Need, shape: Shape) -> bool | None:
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
        target = _weighted(need, a, weights, None if dim is None else places)
        _divisible(need, a, places, less(a.shape, places) if target == a.shape else ())
    else:
        kept_nonempty(need, a, places)  # NumPy divides by the number of results
    made = Array(less(a.shape, places, keepdim), "complex" if a.dtype == "complex" else "")
    return [made, made] if returned else made


def _weighted(need: Need, a: Array, weights: Array, places: tuple[int, ...] | None) -> Shape:
    """Require weights to have the shape of an array, or of those of its axes that are reduced.

    Returns:
        That shape.
    """
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
    return target


def _divisible(need: Need, a: Array, places: Sequence[int], sums: Shape) -> None:
    """Require each sum of weights to have some, unless there are no sums."""
    none = is_empty(need, sums)
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


OPS = family(globals())
