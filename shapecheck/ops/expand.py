"""Data again: expanded, repeated, flipped and rolled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shapecheck.dims import (
    UNIT,
    Axis,
    Shape,
    Size,
    is_size,
    merge,
    product,
    stretch,
)
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Dim,
    Dims,
    Sizes,
    Tensor,
    Tensors,
)
from shapecheck.ops._values import Array
from shapecheck.ops.rearrange import EXPANDS, at_least_1d, copied, counts, flat, packed, replaced

# --- expanding --------------------------------------------------------------------------------


def expanded(need: Need, a: Array, shape: Sequence[Any], wanted: Shape | None = None) -> Array:
    """An array with axes of size 1 stretched.

    Args:
        need: the recorder.
        a: the array.
        shape: the new sizes; -1, which torch knows, keeps one.
        wanted: the axes that these are the sizes of, if they are axes.
    """
    places = (("a", None), ("shape", None))
    lead = len(shape) - a.rank
    why = Why("expand-size", "the new shape needs at least as many axes", places)
    need.record(a.rank, "at-least", len(shape), why, lead >= 0)
    axes: list[Axis] = []
    strides: list[Size | None] = []
    free = need.library is not NUMPY
    kept_at = [free and at >= lead and size == -1 for at, size in enumerate(shape)]
    if free:
        new = [size for size, keeps in zip(shape, kept_at, strict=True) if not keeps]
        counts(need, new, "shape", product(a.sizes))
    for at, (size, keeps) in enumerate(zip(shape, kept_at, strict=True)):
        own = a.shape[at - lead] if at >= lead else None
        if not keeps:
            need.count(size, "shape")
        other = None if wanted is None else wanted[at]
        axis = own if keeps and own else _expanded_axis(need, own, size, at - lead, other)
        kept = own is not None and (axis is own or bool(need.assume.equal(own.size, size)))
        stride = None if a.strides is None or not kept else a.strides[at - lead]
        if own is None or (not kept and own.size == 1):
            stride = 0
        axes.append(axis)
        strides.append(stride)
    known = tuple(one for one in strides if one is not None)
    return replace(a, axes=tuple(axes), strides=known if len(known) == len(axes) else None)


def _expanded_axis(need: Need, own: Axis | None, size: Size, at: int, wanted: Axis | None) -> Axis:
    """The axis that an axis (or none) is stretched to."""
    new = wanted or (UNIT if size == 1 else Axis(size))
    if own is None:
        return new
    same, single = need.assume.equal(own.size, size), need.assume.equal(own.size, 1)
    if same:
        return stretch(own, wanted) if wanted and not own.is_unit else own
    verdict = True if single else False if same is False and single is False else None
    need.record(own, "expands", size, Why("expand-size", EXPANDS, (("a", at),)), verdict)
    return new


@op(
    tensor=["expand(*size=shape, *, implicit)", "broadcast_to(*size=shape)"],
    torch="broadcast_to(input=a, size=shape)",
    numpy="broadcast_to(array=a, shape, subok)",
)
def expand(a: Tensor, shape: Sizes, *, need: Need) -> Array:
    """(*s) -> (*shape), axes of size 1 stretched and new ones put in front.

    NumPy's manual, "numpy.broadcast_to"; torch's docs, "torch.Tensor.expand".
    """
    return expanded(need, a, shape)


@op(torch="expand_copy(input=a, size=shape, *, implicit)")
def expand_copy(a: Tensor, shape: Sizes, *, need: Need) -> Array:
    """(*s) -> (*shape), like `expand`, in memory of its own.

    Torch's docs, "torch.Tensor.expand".
    """
    return replace(expanded(need, a, shape), strides=None)


@op(tensor="expand_as(other)")
def expand_as(a: Tensor, other: Tensor, *, need: Need) -> Array:
    """(*s), (*t) -> (*t), axes of size 1 stretched and new ones put in front.

    Torch's docs, "torch.Tensor.expand_as".
    """
    return replace(expanded(need, a, other.sizes, other.shape), dtype=a.dtype)


@op(torch="broadcast_tensors(*tensors=arrays...)", numpy="broadcast_arrays(*arrays..., *, subok)")
def broadcast_arrays(arrays: Tensors, *, need: Need) -> list[Array]:
    """(*s), (*t), … -> the shape that all are stretched to, for each.

    NumPy's manual, "numpy.broadcast_arrays"; torch's docs, "torch.broadcast_tensors".
    """
    why = Why("broadcast", "sizes, lined up from the right, have to be equal or 1")
    axes = need.broadcast(*(one.shape for one in arrays), why=why)
    return [one.with_axes(axes) for one in arrays]


# --- repeating --------------------------------------------------------------------------------


def _tiled(need: Need, a: Array, times: Sequence[Any]) -> Array:
    """Each axis as often as told, new axes put in front."""
    lead = len(times) - a.rank
    padded = (*(UNIT for _ in range(lead)), *a.shape)
    often = counts(need, times, "repeats", product(a.sizes))
    axes = [merge((Axis(n), axis)) for n, axis in zip(often, padded, strict=True)]
    return copied(a, axes) if need.library is NUMPY else packed(a, axes)


@op(tensor="repeat(*repeats)")
def repeat_tensor(a: Tensor, repeats: Sizes, *, need: Need) -> Array:
    """(*s) -> (r * s, …), the array as a whole so many times along each axis.

    Torch's docs, "torch.Tensor.repeat".
    """
    places = (("a", None), ("repeats", None))
    why = Why("size-argument", "there have to be as many repeats as axes, or more", places)
    need.record(len(repeats), "at-least", a.rank, why, len(repeats) >= a.rank)
    return _tiled(need, a, repeats)


@op(
    numpy="tile(A=a, reps=repeats)",
    torch="tile(input=a, dims=repeats)",
    tensor="tile(*dims=repeats)",
)
def tile(a: Tensor, repeats: Sizes, *, need: Need) -> Array:
    """(*s) -> (r * s, …), the array as a whole so many times along each of the last axes.

    NumPy's manual, "numpy.tile"; torch's docs, "torch.tile".
    """
    return _tiled(need, a, (*(1 for _ in range(a.rank - len(repeats))), *repeats))


@op(
    numpy="repeat(a, repeats, axis=dim)",
    ndarray="repeat(repeats, axis=dim)",
    torch="repeat_interleave(input=a, repeats, dim, *, output_size)",
    tensor="repeat_interleave(repeats, dim, *, output_size)",
)
def repeat(a: Tensor, repeats: Anything, dim: Dim = None, *, need: Need) -> Array:
    """(*before, n, *after) -> (*before, r * n, *after), each element r times in a row.

    NumPy's manual, "numpy.repeat"; torch's docs, "torch.repeat_interleave".
    """
    if dim is None:
        return packed(a, [_interleaved(need, flat(a), repeats)])
    if need.library is NUMPY:
        a = at_least_1d(a)
    else:
        need.rank_at_least("a", a, 1)
    at = need.axis(dim, a.rank, of="a")
    return packed(a, replaced(a.shape, at, _interleaved(need, a.shape[at], repeats)))


def _interleaved(need: Need, axis: Axis, repeats: Any) -> Axis:
    """The axis with its elements repeated: so often each, or as a list or an array tells."""
    if is_size(repeats):
        return merge((axis, Axis(need.count(repeats, "repeats"))))
    why = Why(
        "size-argument",
        "there have to be as many repeats as elements, or one",
        (("repeats", 0), ("a", None)),
    )
    if isinstance(repeats, Array) and not repeats.is_open:
        need.rank("repeats", repeats, 0, 1)
        if repeats.rank:
            one = need.assume.equal(repeats.sizes[0], 1)
            same = True if one else need.assume.equal(repeats.sizes[0], axis.size)
            same = None if one is None and same is False else same
            need.record(repeats.sizes[0], "equals", axis.size, why, same)
        return Axis(need.fresh("repeated"))
    if isinstance(repeats, (list, tuple)):
        counts = [need.count(one, "repeats") for one in repeats]
        if len(counts) == 1:
            return merge((axis, Axis(counts[0])))
        need.equal(len(counts), axis.size, why)
        return Axis(sum(counts))
    return need.undecided("repeats is not known")


@op(torch="repeat_interleave(repeats, *, output_size)", dtype="int")
def repeated_indices(repeats: Tensor, *, need: Need) -> Shape:
    """(n,) -> (sum of repeats,): each index as often as told.

    Torch's docs, "torch.repeat_interleave".
    """
    need.rank("repeats", repeats, 1)
    return (Axis(need.fresh("repeated")),)


# --- flipping and rolling ---------------------------------------------------------------------


@op(numpy="flip(m=a, axis=dim)", torch="flip(input=a, dims=dim)", tensor="flip(*dims=dim)")
def flip(a: Tensor, dim: Dims = None, *, need: Need) -> Array:
    """(*s) -> (*s), backwards along some axes.

    NumPy's manual, "numpy.flip"; torch's docs, "torch.flip".
    """
    need.axes(dim, a.rank, of="a")
    return _flipped(need, a)


def _flipped(need: Need, a: Array) -> Array:
    """NumPy's are views, with negative strides; torch's are copies."""
    return a.with_axes(a.shape) if need.library is NUMPY else copied(a, a.shape)


@op(numpy="flipud(m=a)", torch="flipud(input=a)", tensor="flipud()")
def flipud(a: Tensor, *, need: Need) -> Array:
    """(n, *s) -> (n, *s), backwards along the first axis.

    NumPy's manual, "numpy.flipud"; torch's docs, "torch.flipud".
    """
    need.rank_at_least("a", a, 1)
    return _flipped(need, a)


@op(numpy="fliplr(m=a)", torch="fliplr(input=a)", tensor="fliplr()")
def fliplr(a: Tensor, *, need: Need) -> Array:
    """(n, m, *s) -> (n, m, *s), backwards along the second axis.

    NumPy's manual, "numpy.fliplr"; torch's docs, "torch.fliplr".
    """
    need.rank_at_least("a", a, 2)
    return _flipped(need, a)


@op(numpy="rot90(m=a, k, axes=dims)", torch="rot90(input=a, k, dims)", tensor="rot90(k, dims)")
def rot90(a: Tensor, k: Dim = 1, dims: Dims = (0, 1), *, need: Need) -> Array:
    """(n, m, *s) -> (m, n, *s) if k is odd, or else (n, m, *s), in the plane of two axes.

    NumPy's manual, "numpy.rot90"; torch's docs, "torch.rot90".
    """
    why = Why("axis-out-of-range", "two axes have to be named", (("dims", None),))
    numbers = dims if isinstance(dims, tuple) else (dims,)
    need.record(len(numbers), "equals", 2, why, len(numbers) == 2)
    need.rank_at_least("a", a, 2)
    one, other = need.axes(numbers, a.rank, "dims", of="a")
    axes = list(a.shape)
    if need.known(k, "k") % 2:
        axes[one], axes[other] = axes[other], axes[one]
    return a.with_axes(axes)


@op(numpy="roll(a, shift=shifts, axis=dim)")
def roll_array(a: Tensor, shifts: Dims, dim: Dims = None, *, need: Need) -> Array:
    """(*s) -> (*s), the elements moved along some axes, or along all as one.

    NumPy's manual, "numpy.roll".
    """
    if dim is None:
        return _rolled(a, None)
    dims = need.axes(dim, a.rank, of="a", distinct=False)
    counts = len(shifts) if isinstance(shifts, tuple) else 1
    _aligned(need, counts, len(dims), counts == len(dims) or 1 in (counts, len(dims)))
    return _rolled(a, dims)


@op(torch="roll(input=a, shifts, dims=dim)", tensor="roll(shifts, dims=dim)")
def roll_tensor(a: Tensor, shifts: Dims, dim: Dims = None, *, need: Need) -> Array:
    """(*s) -> (*s), the elements moved along some axes, or along all as one.

    Torch's docs, "torch.roll".
    """
    counts = len(shifts) if isinstance(shifts, tuple) else 1
    dims = () if dim is None else dim if isinstance(dim, tuple) else (dim,)
    wanted = len(dims) or 1
    _aligned(need, counts, wanted, counts == wanted)
    if not dims:
        return _rolled(a, None)
    empty = need.assume.equal(product(a.sizes), 0)
    if empty:
        return copied(a, a.shape)  # torch does not look at the axes then
    need.rank_at_least("a", a, 1)
    inside = all(isinstance(one, int) and -a.rank <= one < a.rank for one in dims)
    why = Why("axis-out-of-range", "dims has to name axes", (("dim", None), ("a", None)))
    need.true(inside or (None if empty is None else False), why, dims, a.rank)
    return _rolled(a, tuple(one % a.rank for one in dims))


def _aligned(need: Need, shifts: int, dims: int, holds: bool) -> None:
    places = (("shifts", None), ("dim", None))
    why = Why("size-argument", "there has to be one shift for each axis", places)
    need.record(shifts, "aligns", dims, why, holds)


def _rolled(a: Array, dims: tuple[int, ...] | None) -> Array:
    """Moved along axes; along a merged one, its factors get mixed."""
    if dims is None:
        return copied(a, [Axis(one.size) for one in a.shape] if a.rank > 1 else _mixed(a, {0}))
    return copied(a, _mixed(a, set(dims)))


def _mixed(a: Array, dims: set[int]) -> list[Axis]:
    return [
        Axis(axis.size) if at in dims and axis.factors else axis for at, axis in enumerate(a.shape)
    ]


OPS = family(globals())
