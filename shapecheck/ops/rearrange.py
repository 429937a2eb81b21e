"""Moves of the data: reshape, permute, squeeze, expand, repeat, flip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from shapecheck.dims import (
    UNIT,
    Axis,
    Shape,
    Size,
    is_size,
    maximum,
    merge,
    minimum,
    product,
    stretch,
)
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Count,
    Counts,
    Dim,
    Dims,
    Flag,
    Sizes,
    Tensor,
    Tensors,
    Word,
)
from shapecheck.ops._regroup import regrouped, reshaped, resized
from shapecheck.ops._values import Array, contiguous, is_contiguous

SHAPE_PLACES = (("a", None), ("shape", None))
ELEMENTS = Why("reshape-size", "the number of elements has to stay the same", SHAPE_PLACES)
MULTIPLE = Why(
    "reshape-size", "the other sizes have to divide the number of elements", SHAPE_PLACES
)
AMBIGUOUS = Why("reshape-size", "-1 may be any size beside a size of 0", SHAPE_PLACES)
ONE_FREE = Why("reshape-size", "only one size may be -1", (("shape", None),))
EXPANDS = "only axes of size 1 can be expanded, the others have to keep their size"
DIAGONAL_AXES = Why("axis-out-of-range", "the two axes have to be different ones", (("a", None),))


# --- helpers ----------------------------------------------------------------------------------


def packed(a: Array, axes: Sequence[Axis]) -> Array:
    """A new array that lies in memory without gaps."""
    return replace(a, axes=tuple(axes), strides=contiguous(tuple(axes)))


def copied(a: Array, axes: Sequence[Axis]) -> Array:
    """A new array that keeps the order of `a` in memory: known only if that is the usual one."""
    return packed(a, axes) if is_contiguous(a) else a.with_axes(axes)


def permuted(a: Array, order: Sequence[int]) -> Array:
    """The same elements with the axes in another order."""
    strides = None if a.strides is None else tuple(a.strides[one] for one in order)
    return replace(a, axes=tuple(a.shape[one] for one in order), strides=strides)


def without(a: Array, dims: Sequence[int]) -> Array:
    """The same elements with some axes, of one element each, left out."""
    return permuted(a, [one for one in range(a.rank) if one not in dims])


def replaced(axes: Sequence[Axis], dim: int, *new: Axis) -> Shape:
    """Axes with others in the place of one."""
    return (*axes[:dim], *new, *axes[dim + 1 :])


def flat(a: Array) -> Axis:
    """All axes as one."""
    return merge(a.shape) if a.rank else UNIT


def with_units(a: Array, dims: Sequence[int]) -> Array:
    """The same elements with new axes of size 1 at the places where they are in the result."""
    axes: list[Axis] = list(a.shape)
    strides: list[Size] | None = None if a.strides is None else list(a.strides)
    for dim in sorted(dims):
        if strides is not None:
            strides.insert(dim, axes[dim].size * strides[dim] if dim < len(axes) else 1)
        axes.insert(dim, UNIT)
    return replace(a, axes=tuple(axes), strides=None if strides is None else tuple(strides))


def counts(need: Need, sizes: Sequence[Any], name: str, others: Size = 1) -> tuple[Size, ...]:
    """Sizes that were passed: not negative.

    Several functions let one pass that is, if the result has no elements: nothing is told then.
    """
    positive = product(one for one in sizes if not (isinstance(one, int) and one < 0))
    if any(isinstance(one, int) and one < 0 for one in sizes):
        empty = need.assume.equal(positive * others, 0)
        need.decided(None if empty is not False else True, "a size is negative beside one of 0")
    return tuple(need.count(one, name) for one in sizes)


# --- reshape ----------------------------------------------------------------------------------


def asked(need: Need, total: Size, shape: Sequence[Any]) -> tuple[Size, ...]:
    """The sizes of a new shape, what -1 stands for filled in.

    Args:
        need: the recorder.
        total: the number of elements.
        shape: as it was passed.
    """
    free = [at for at, size in enumerate(shape) if isinstance(size, int) and size < 0]
    for at, size in enumerate(shape):
        numpy_takes_any = need.library is NUMPY or size == -1
        if at not in free or not numpy_takes_any:
            need.count(size, "shape")
    need.true(len(free) <= 1, ONE_FREE, shape)
    fixed = product(size for at, size in enumerate(shape) if at not in free)
    if not free:
        need.equal(total, fixed, ELEMENTS)
        return tuple(shape)
    if fixed == 0:
        need.true(False, AMBIGUOUS, shape)
    need.divides(fixed, total, MULTIPLE)
    rest = need.assume.simplify(total) // need.assume.simplify(fixed)
    return tuple(rest if at in free else size for at, size in enumerate(shape))


@op(
    numpy="reshape(a, /, shape, order, *, copy)",
    ndarray="reshape(*shape, /, *, order, copy)",
    torch="reshape(input=a, shape)",
    tensor="reshape(*shape)",
)
def reshape(a: Tensor, shape: Sizes, order: Word = "C", *, need: Need) -> Array:
    """(*s) -> (*shape), with as many elements; one size may be -1: what is left.

    NumPy's manual, "numpy.reshape"; torch's "torch.reshape".
    """
    sizes = asked(need, product(a.sizes), shape)
    if order == "F":
        backwards = permuted(a, range(a.rank)[::-1])
        done = reshaped(need, backwards, sizes[::-1])
        return permuted(done, range(len(sizes))[::-1])
    if order != "C" and not is_contiguous(a):
        return a.with_axes(Axis(size) for size in sizes)
    return reshaped(need, a, sizes)


@op(tensor="view(*size=shape)")
def view(a: Tensor, shape: Sizes, *, need: Need) -> Array:
    """(*s) -> (*shape), with as many elements, without moving them; one size may be -1.

    Torch's docs, "torch.Tensor.view".
    """
    return reshaped(need, a, asked(need, product(a.sizes), shape), view=True)


@op(ndarray="view(dtype, type)", total=True)
def view_dtype(a: Tensor, dtype: Anything = None, *, need: Need) -> Array:
    """(*s) -> (*s), as another class of array; another dtype may change the last axis.

    NumPy's manual, "numpy.ndarray.view".
    """
    if dtype is not None:
        need.undecided("the size of the last axis depends on the dtype's item size")
    return a


@op(tensor="reshape_as(other)")
def reshape_as(a: Tensor, other: Tensor, *, need: Need) -> Array:
    """(*s), (*t) -> (*t), with as many elements.

    Torch's docs, "torch.Tensor.reshape_as".
    """
    need.equal(product(a.sizes), product(other.sizes), ELEMENTS)
    return reshaped(need, a, other.sizes)


@op(tensor="view_as(other)")
def view_as(a: Tensor, other: Tensor, *, need: Need) -> Array:
    """(*s), (*t) -> (*t), with as many elements, without moving them.

    Torch's docs, "torch.Tensor.view_as".
    """
    need.equal(product(a.sizes), product(other.sizes), ELEMENTS)
    return reshaped(need, a, other.sizes, view=True)


@op(tensor="resize(*sizes=shape...)")
def resize_deprecated(a: Tensor, shape: Sizes, *, need: Need) -> Array:
    """(*s) -> (*shape), with as many elements: an old name of `reshape`, without -1.

    Torch's source, "torch/_tensor.py".
    """
    counts(need, shape, "shape")
    need.equal(product(a.sizes), product(shape), ELEMENTS)
    return packed(a, regrouped(need, a.shape, shape))


@op(
    torch="flatten(input=a, start_dim, end_dim)",
    tensor="flatten(start_dim, end_dim)",
)
def flatten(a: Tensor, start_dim: Dim = 0, end_dim: Dim = -1, *, need: Need) -> Array:
    """(*s) -> (*before, n, *after), where n is the product of the axes from start to end.

    Torch's docs, "torch.flatten".
    """
    start = need.axis(start_dim, a.rank, "start_dim", of="a")
    end = need.axis(end_dim, a.rank, "end_dim", of="a")
    why = Why("axis-out-of-range", "start_dim may not come after end_dim", (("start_dim", None),))
    need.true(start <= end, why, start, end)
    sizes = a.sizes
    return reshaped(need, a, (*sizes[:start], product(sizes[start : end + 1]), *sizes[end + 1 :]))


@op(
    numpy="ravel(a, order)",
    ndarray="ravel|flatten(order)",
    torch="ravel(input=a)",
    tensor="ravel()",
    total=True,
)
def ravel(a: Tensor, order: Word = "C", *, need: Need) -> Array:
    """(*s) -> (n,), where n is the product of s.

    NumPy's manual, "numpy.ravel"; torch's docs, "torch.ravel".
    """
    axes = a.shape[::-1] if order == "F" else a.shape
    if order in ("A", "K") and not is_contiguous(a):
        return packed(a, [Axis(product(a.sizes))])
    return packed(a, [merge(axes) if axes else UNIT])


@op(torch="unflatten(input=a, dim, sizes)", tensor="unflatten(dim, sizes)")
def unflatten(a: Tensor, dim: Dim, sizes: Sizes, *, need: Need) -> Array:
    """(*before, n, *after) -> (*before, *sizes, *after), where n is the product of the sizes.

    Torch's docs, "torch.unflatten".
    """
    need.rank_at_least("a", a, 1)
    at = need.axis(dim, a.rank, of="a")
    need.true(bool(sizes), Why("reshape-size", "there has to be a size", (("sizes", None),)))
    new = asked(need, a.sizes[at], sizes)
    parts = reshaped(need, _alone(a, at), new)
    strides = None
    if a.strides is not None and parts.strides is not None:
        strides = (*a.strides[:at], *parts.strides, *a.strides[at + 1 :])
    return replace(a, axes=replaced(a.shape, at, *parts.shape), strides=strides)


def _alone(a: Array, dim: int) -> Array:
    strides = None if a.strides is None else (a.strides[dim],)
    return replace(a, axes=(a.shape[dim],), strides=strides)


@op(numpy="resize(a, new_shape=shape)")
def resize(a: Tensor, shape: Sizes, *, need: Need) -> Array:
    """(*s) -> (*shape), the elements repeated or cut off.

    NumPy's manual, "numpy.resize".
    """
    return packed(a, [Axis(need.count(size, "shape")) for size in shape])


@op(ndarray="resize(*shape, /, *, refcheck)")
def resize_in_place(a: Tensor, shape: Sizes, refcheck: Flag = True, *, need: Need) -> None:
    """(*s) -> nothing: the array gets the new shape itself.

    NumPy's manual, "numpy.ndarray.resize".
    """
    counts(need, shape, "shape")


@op(tensor="resize_(*sizes=shape)")
def resize_storage(a: Tensor, shape: Sizes, *, need: Need) -> Array:
    """(*s) -> (*shape), the memory enlarged if need be.

    Torch's docs, "torch.Tensor.resize_".
    """
    return packed(a, [Axis(size) for size in counts(need, shape, "shape")])


@op(tensor="resize_as_(the_template=other)", total=True)
def resize_storage_as(a: Tensor, other: Tensor, *, need: Need) -> Array:
    """(*s), (*t) -> (*t), the memory enlarged if need be.

    Torch's docs, "torch.Tensor.resize_as_".
    """
    return replace(a, axes=other.shape, strides=None)


# --- the order of the axes --------------------------------------------------------------------


def _order(need: Need, a: Array, dims: Any) -> tuple[int, ...]:
    numbers = dims if isinstance(dims, tuple) else (dims,)
    why = Why("axis-out-of-range", "every axis has to be named once", (("dims", None), ("a", None)))
    need.true(len(numbers) == a.rank, why, numbers, a.rank)
    return need.axes(numbers, a.rank, "dims", of="a")


@op(torch="permute(input=a, dims)", tensor="permute(*dims)")
def permute(a: Tensor, dims: Dims, *, need: Need) -> Array:
    """(*s) -> the axes of s in the order of dims.

    Torch's docs, "torch.permute".
    """
    return permuted(a, _order(need, a, dims))


@op(numpy="transpose|permute_dims(a, axes=dims)", ndarray="transpose(*axes=dims, /)")
def transpose(a: Tensor, dims: Dims = None, *, need: Need) -> Array:
    """(*s) -> the axes of s in the order of axes, or backwards.

    NumPy's manual, "numpy.transpose".
    """
    return permuted(a, range(a.rank)[::-1] if dims is None else _order(need, a, dims))


@op(ndarray="T", tensor="T", total=True)
def reversed_axes(a: Tensor, *, need: Need) -> Array:
    """(*s) -> the axes of s backwards.

    NumPy's manual, "numpy.ndarray.T"; torch's docs, "torch.Tensor.T".
    """
    return permuted(a, range(a.rank)[::-1])


@op(
    torch=[
        "transpose(input=a, dim0, dim1)",
        "swapaxes(input=a, axis0=dim0, axis1=dim1)",
        "swapdims(input=a, dim0, dim1)",
    ],
    tensor=[
        "transpose|transpose_|swapdims|swapdims_(dim0, dim1)",
        "swapaxes|swapaxes_(axis0=dim0, axis1=dim1)",
    ],
    numpy="swapaxes(a, axis1=dim0, axis2=dim1)",
    ndarray="swapaxes(axis1=dim0, axis2=dim1, /)",
)
def swap_axes(a: Tensor, dim0: Dim, dim1: Dim, *, need: Need) -> Array:
    """(*s) -> s with two axes exchanged.

    NumPy's manual, "numpy.swapaxes"; torch's docs, "torch.transpose".
    """
    one = need.axis(dim0, a.rank, "dim0", of="a")
    other = need.axis(dim1, a.rank, "dim1", of="a")
    order = list(range(a.rank))
    if order:
        order[one], order[other] = other, one
    return permuted(a, order)


def _last_two(a: Array) -> Array:
    return permuted(a, (*range(a.rank - 2), a.rank - 1, a.rank - 2)) if a.rank > 1 else a


@op(
    numpy="matrix_transpose|linalg.matrix_transpose(x=a, /)",
    ndarray="mT",
    tensor=["mT|mH", "adjoint()"],
    torch="adjoint(input=a)",
)
def matrix_transpose(a: Tensor, *, need: Need) -> Array:
    """(*batch, n, m) -> (*batch, m, n).

    NumPy's manual, "numpy.matrix_transpose"; torch's docs, "torch.Tensor.mT", "torch.adjoint".
    """
    if need.library is NUMPY or a.rank:  # torch lets arrays of rank 0 pass
        need.rank_at_least("a", a, 2)
    return _last_two(a)


@op(tensor="H")
def hermitian(a: Tensor, *, need: Need) -> Array:
    """(n, m) -> (m, n), conjugated.

    Torch's docs, "torch.Tensor.H".
    """
    need.rank("a", a, 0, 2)
    return _last_two(a)


@op(torch="t(input=a)", tensor="t|t_()")
def transpose_matrix(a: Tensor, *, need: Need) -> Array:
    """(n, m) -> (m, n); arrays of rank 0 and 1 stay what they are.

    Torch's docs, "torch.t".
    """
    need.rank("a", a, 0, 1, 2)
    return _last_two(a)


@op(
    numpy="moveaxis(a, source, destination)",
    torch="moveaxis|movedim(input=a, source, destination)",
    tensor="moveaxis|movedim(source, destination)",
)
def moveaxis(a: Tensor, source: Dims, destination: Dims, *, need: Need) -> Array:
    """(*s) -> s with some axes moved to other places, the others in their order.

    NumPy's manual, "numpy.moveaxis"; torch's docs, "torch.movedim".
    """
    old = need.axes(source, a.rank, "source", of="a")
    new = need.axes(destination, a.rank, "destination", of="a")
    places = (("source", None), ("destination", None))
    why = Why("axis-out-of-range", "as many axes have to be named on both sides", places)
    need.true(len(old) == len(new), why, old, new)
    if not a.rank:
        return a
    order = [one for one in range(a.rank) if one not in old]
    for at, one in sorted(zip(new, old, strict=True)):
        order.insert(at, one)
    return permuted(a, order)


@op(numpy="rollaxis(a, axis=dim, start)")
def rollaxis(a: Tensor, dim: Dim, start: Dim = 0, *, need: Need) -> Array:
    """(*s) -> s with one axis moved before another.

    NumPy's manual, "numpy.rollaxis".
    """
    axis = need.axis(dim, a.rank, "axis", of="a")
    before = need.known(start, "start")
    why = Why("axis-out-of-range", "start has to be a place between axes", (("start", None),))
    need.record(before, "in-range", (-a.rank, a.rank + 1), why, -a.rank <= before <= a.rank)
    before += a.rank if before < 0 else 0
    order = [one for one in range(a.rank) if one != axis]
    order.insert(before - 1 if axis < before else before, axis)
    return permuted(a, order)


# --- axes of size 1 ---------------------------------------------------------------------------


@op(
    numpy="squeeze(a, axis=dim)",
    ndarray="squeeze(axis=dim)",
    torch="squeeze(input=a, dim)",
    tensor="squeeze|squeeze_(dim)",
)
def squeeze(a: Tensor, dim: Dims = None, *, need: Need) -> Array:
    """(*s) -> s without the axes of size 1, or without those of size 1 among the named ones.

    NumPy, whose manual has "numpy.squeeze", rejects a named axis of another size; torch
    ("torch.squeeze") keeps it.
    """
    if not a.rank and isinstance(dim, int) and dim in (0, -1):
        return a
    strict = need.library is NUMPY and dim is not None
    dropped = []
    for at in need.axes(dim, a.rank, of="a"):
        if at >= a.rank:
            continue
        size = a.sizes[at]
        if strict:
            text = "an axis that is left out has to be of size 1"
            need.equal(size, 1, Why("reshape-size", text, (("a", at),)))
        elif not need.decided(need.assume.equal(size, 1), f"{size} may be 1"):
            continue
        dropped.append(at)
    return without(a, dropped)


@op(torch="unsqueeze(input=a, dim)", tensor="unsqueeze|unsqueeze_(dim)")
def unsqueeze(a: Tensor, dim: Dim, *, need: Need) -> Array:
    """(*s) -> s with a new axis of size 1.

    Torch's docs, "torch.unsqueeze".
    """
    return with_units(a, (need.axis(dim, a.rank + 1, of="a"),))


@op(numpy="expand_dims(a, axis=dim)")
def expand_dims(a: Tensor, dim: Dims, *, need: Need) -> Array:
    """(*s) -> s with new axes of size 1 at the given places of the result.

    NumPy's manual, "numpy.expand_dims".
    """
    if dim is None:
        need.undecided("axis is not known")
    numbers = dim if isinstance(dim, tuple) else (dim,)
    return with_units(a, need.axes(numbers, a.rank + len(numbers), "axis", of="a"))


def _at_least_1d(a: Array) -> Array:
    return a if a.rank else with_units(a, (0,))


def _at_least_2d(a: Array) -> Array:
    return a if a.rank > 1 else with_units(a, range(2 - a.rank))


def _at_least_3d(a: Array) -> Array:
    new = {0: (0, 1, 2), 1: (0, 2), 2: (2,)}.get(a.rank, ())
    return with_units(a, new)


@op(numpy="atleast_1d", torch="atleast_1d", total=True)
def atleast_1d(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s), or (1,) for a number.

    NumPy's manual, "numpy.atleast_1d"; torch's docs, "torch.atleast_1d".
    """
    return _at_least_1d(a)


@op(numpy="atleast_2d", torch="atleast_2d", total=True)
def atleast_2d(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s), or (1, n), or (1, 1).

    NumPy's manual, "numpy.atleast_2d"; torch's docs, "torch.atleast_2d".
    """
    return _at_least_2d(a)


@op(numpy="atleast_3d", torch="atleast_3d", total=True)
def atleast_3d(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s), or (n, m, 1), or (1, n, 1), or (1, 1, 1).

    NumPy's manual, "numpy.atleast_3d"; torch's docs, "torch.atleast_3d".
    """
    return _at_least_3d(a)


def _each(need: Need, arrays: list[Array], change: Callable[[Array], Array]) -> Any:
    changed = [change(one) for one in arrays]
    return changed[0] if need.library is NUMPY and len(changed) == 1 else changed


@op(numpy="atleast_1d(*arys=arrays...)", torch="atleast_1d(*arrays)", total=True)
def atleast_1d_of_many(arrays: Tensors, *, need: Need) -> Any:
    """(*s), … -> (*s), …, each with at least one axis.

    NumPy's manual, "numpy.atleast_1d"; torch's docs, "torch.atleast_1d".
    """
    return _each(need, arrays, _at_least_1d)


@op(numpy="atleast_2d(*arys=arrays...)", torch="atleast_2d(*arrays)", total=True)
def atleast_2d_of_many(arrays: Tensors, *, need: Need) -> Any:
    """(*s), … -> (*s), …, each with at least two axes.

    NumPy's manual, "numpy.atleast_2d"; torch's docs, "torch.atleast_2d".
    """
    return _each(need, arrays, _at_least_2d)


@op(numpy="atleast_3d(*arys=arrays...)", torch="atleast_3d(*arrays)", total=True)
def atleast_3d_of_many(arrays: Tensors, *, need: Need) -> Any:
    """(*s), … -> (*s), …, each with at least three axes.

    NumPy's manual, "numpy.atleast_3d"; torch's docs, "torch.atleast_3d".
    """
    return _each(need, arrays, _at_least_3d)


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
        a = _at_least_1d(a)
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


# --- parts ------------------------------------------------------------------------------------


@op(torch="narrow(input=a, dim, start, length)", tensor="narrow(dim, start, length)")
def narrow(a: Tensor, dim: Dim, start: Count, length: Count, *, need: Need) -> Array:
    """(*before, n, *after) -> (*before, length, *after).

    Torch's docs, "torch.narrow".
    """
    need.rank_at_least("a", a, 1)
    at = need.axis(dim, a.rank, of="a")
    size = a.sizes[at]
    need.count(length, "length")
    why = Why("index-out-of-range", "the part has to lie within the axis", (("a", at),))
    need.in_range(start, -size, size + 1, why)
    first = _from_front(need, start, size)
    need.at_least(size, first + length, why)
    return replace(a, axes=replaced(a.shape, at, resized(a.shape[at], length)))


def _from_front(need: Need, index: Size, size: Size) -> Size:
    """An index that counts from the end if it is negative, counted from the front."""
    ahead = need.assume.at_least(index, 0)
    return index if need.decided(ahead, f"{index} may be negative") else index + size


@op(torch="select(input=a, dim, index)", tensor="select(dim, index)")
def select(a: Tensor, dim: Dim, index: Count, *, need: Need) -> Array:
    """(*before, n, *after) -> (*before, *after), one slice.

    Torch's docs, "torch.select".
    """
    need.rank_at_least("a", a, 1)
    at = need.axis(dim, a.rank, of="a")
    size = a.sizes[at]
    why = Why("index-out-of-range", "the index has to lie within the axis", (("a", at),))
    need.in_range(index, -size, size, why)
    return without(a, (at,))


def _diagonal(need: Need, a: Array, offset: Size, dim1: Any, dim2: Any) -> Array:
    """The diagonal of two axes, as the last axis."""
    row = need.axis(dim1, a.rank, "dim1", of="a")
    column = need.axis(dim2, a.rank, "dim2", of="a")
    need.true(row != column, DIAGONAL_AXES, row, column)
    height, width = a.sizes[row], a.sizes[column]
    size = maximum(0, minimum(height + minimum(offset, 0), width - maximum(offset, 0)))
    axis = Axis(size)
    if offset == 0 and need.assume.equal(size, height):
        axis = stretch(a.shape[row], a.shape[column]) if height == width else a.shape[row]
    rest = without(a, (row, column))
    strides = None
    if a.strides is not None and rest.strides is not None:
        strides = (*rest.strides, a.strides[row] + a.strides[column])
    return replace(a, axes=(*rest.shape, axis), strides=strides)


@op(
    numpy="diagonal(a, offset, axis1=dim1, axis2=dim2)",
    ndarray="diagonal(offset, axis1=dim1, axis2=dim2)",
    torch="diagonal(input=a, offset, dim1, dim2)",
    tensor="diagonal(offset, dim1, dim2)",
)
def diagonal(a: Tensor, offset: Count = 0, dim1: Dim = 0, dim2: Dim = 1, *, need: Need) -> Array:
    """(n, m, *s) -> (*s, min(n, m)), shorter if the offset is not 0.

    NumPy's manual, "numpy.diagonal"; torch's docs, "torch.diagonal".
    """
    if need.library is NUMPY:
        need.rank_at_least("a", a, 2)
    return _diagonal(need, a, offset, dim1, dim2)


@op(
    numpy="linalg.diagonal(x=a, /, *, offset)",
    torch="linalg.diagonal(A=a, *, offset, dim1, dim2)",
)
def linalg_diagonal(
    a: Tensor, offset: Count = 0, dim1: Dim = -2, dim2: Dim = -1, *, need: Need
) -> Array:
    """(*s, n, m) -> (*s, min(n, m)), shorter if the offset is not 0.

    NumPy's manual, "numpy.linalg.diagonal"; torch's docs, "torch.linalg.diagonal".
    """
    need.rank_at_least("a", a, 2)
    return _diagonal(need, a, offset, dim1, dim2)


def _square(axis: Axis, offset: Size) -> Shape:
    """The axes of a matrix with a diagonal of so many elements."""
    if offset == 0:
        return axis, axis
    side = axis.size + maximum(offset, -offset)
    return Axis(side), Axis(side)


@op(
    numpy="diag(v=a, k=offset)",
    torch="diag(input=a, diagonal=offset)",
    tensor="diag(diagonal=offset)",
)
def diag(a: Tensor, offset: Count = 0, *, need: Need) -> Array:
    """(n,) -> (n + |k|, n + |k|), or (n, m) -> its diagonal.

    NumPy's manual, "numpy.diag"; torch's docs, "torch.diag".
    """
    need.rank("a", a, 1, 2)
    if a.rank == 2:
        return replace(_diagonal(need, a, offset, 0, 1), strides=None)
    return a.with_axes(_square(a.shape[0], offset))


@op(
    numpy="diagflat(v=a, k=offset)",
    torch="diagflat(input=a, offset)",
    tensor="diagflat(offset)",
    total=True,
)
def diagflat(a: Tensor, offset: Count = 0, *, need: Need) -> Array:
    """(*s) -> (n + |k|, n + |k|), where n is the product of s.

    NumPy's manual, "numpy.diagflat"; torch's docs, "torch.diagflat".
    """
    return a.with_axes(_square(flat(a), offset))


@op(
    torch="diag_embed(input=a, offset, dim1, dim2)",
    tensor="diag_embed(offset, dim1, dim2)",
)
def diag_embed(
    a: Tensor, offset: Count = 0, dim1: Dim = -2, dim2: Dim = -1, *, need: Need
) -> Array:
    """(*s, n) -> (*s, n + |k|, n + |k|), the new axes at the given places.

    Torch's docs, "torch.diag_embed".
    """
    one = need.axis(dim1, a.rank + 1, "dim1", of="a")
    other = need.axis(dim2, a.rank + 1, "dim2", of="a")
    need.true(one != other, DIAGONAL_AXES, one, other)
    axes = list(a.shape[:-1])
    for at, axis in sorted(zip((one, other), _square(a.shape[-1], offset), strict=True)):
        axes.insert(at, axis)
    return a.with_axes(axes)


def _summed(a: Array) -> str:
    return "int" if a.dtype == "bool" else a.dtype


@op(
    numpy="trace(a, offset, axis1=dim1, axis2=dim2, dtype, out)",
    ndarray="trace(offset, axis1=dim1, axis2=dim2, dtype, out)",
)
def trace(a: Tensor, offset: Count = 0, dim1: Dim = 0, dim2: Dim = 1, *, need: Need) -> Array:
    """(n, m, *s) -> (*s), the sum over the diagonal.

    NumPy's manual, "numpy.trace".
    """
    need.rank_at_least("a", a, 2)
    return Array(_diagonal(need, a, offset, dim1, dim2).shape[:-1], _summed(a))


@op(numpy="linalg.trace(x=a, /, *, offset, dtype)")
def linalg_trace(a: Tensor, offset: Count = 0, *, need: Need) -> Array:
    """(*s, n, m) -> (*s), the sum over the diagonal.

    NumPy's manual, "numpy.linalg.trace".
    """
    need.rank_at_least("a", a, 2)
    return Array(a.shape[:-2], _summed(a))


@op(torch="trace(input=a)", tensor="trace()")
def trace_matrix(a: Tensor, *, need: Need) -> Array:
    """(n, m) -> (), the sum over the diagonal.

    Torch's docs, "torch.trace".
    """
    need.rank("a", a, 2)
    return Array((), _summed(a))


@op(
    numpy="tril|triu(m=a, k)",
    torch="tril|triu(input=a, diagonal=k)",
    tensor="tril|triu|tril_|triu_(diagonal=k)",
)
def triangle(a: Tensor, k: Count = 0, *, need: Need) -> Array:
    """(*s, n, m) -> (*s, n, m), with zeros on one side of the diagonal.

    NumPy's manual, "numpy.tril", which makes (n, n) of (n,); torch's docs, "torch.tril".
    """
    need.rank_at_least("a", a, 1 if need.library is NUMPY else 2)
    if a.rank == 1:
        return a.with_axes((Axis(a.sizes[0]), a.shape[0]))
    return copied(a, a.shape)


# --- windows ----------------------------------------------------------------------------------


@op(tensor="unfold(dimension=dim, size=window, step)")
def unfold_axis(a: Tensor, dim: Dim, window: Count, step: Count, *, need: Need) -> Array:
    """(*before, n, *after) -> (*before, (n - window)//step + 1, *after, window).

    Torch's docs, "torch.Tensor.unfold".
    """
    at = need.axis(dim, a.rank, "dimension", of="a")
    size = a.sizes[at] if a.rank else 1
    need.count(window, "size")
    need.count(step, "step", least=1)
    text = "the window may not be larger than the axis"
    need.at_least(size, window, Why("window-size", text, (("a", at), ("size", None))))
    strides = a.strides
    if not a.rank:
        return replace(a, axes=(Axis(window),), strides=(1,))
    if strides is not None:
        strides = (*strides[:at], strides[at] * step, *strides[at + 1 :], strides[at])
    windows = Axis((size - window) // step + 1)
    return replace(a, axes=(*replaced(a.shape, at, windows), Axis(window)), strides=strides)


@op(numpy="lib.stride_tricks.sliding_window_view(x=a, window_shape=window, axis=dim)")
def sliding_window_view(a: Tensor, window: Sizes, dim: Dims = None, *, need: Need) -> Array:
    """(n, m) -> (n - w + 1, m - v + 1, w, v), windows of the sizes (w, v).

    NumPy's manual, "numpy.lib.stride_tricks.sliding_window_view".
    """
    for size in window:
        need.count(size, "window_shape")
    dims = need.axes(dim, a.rank, "axis", of="a", distinct=False)
    places = (("window", None), ("dim", None))
    why = Why("window-size", "there has to be one window size for each axis", places)
    need.record(len(window), "equals", len(dims), why, len(window) == len(dims))
    sizes = list(a.sizes)
    for at, size in zip(dims, window, strict=True):
        text = "the window may not be larger than the axis"
        need.at_least(sizes[at], size, Why("window-size", text, (("a", at),)))
        sizes[at] = sizes[at] - size + 1
    kept = (
        axis if axis.size == size else Axis(size) for axis, size in zip(a.shape, sizes, strict=True)
    )
    return a.with_axes((*kept, *(Axis(size) for size in window)))


@op(
    torch="as_strided(input=a, size=shape, stride, storage_offset)",
    tensor="as_strided|as_strided_(size=shape, stride, storage_offset)",
)
def as_strided(
    a: Tensor, shape: Sizes, stride: Sizes, storage_offset: Count = 0, *, need: Need
) -> Array:
    """(*s) -> (*shape), elements of the same memory at other strides.

    Torch's docs, "torch.as_strided".
    """
    places = (("shape", None), ("stride", None))
    why = Why("size-argument", "there has to be one stride for each axis", places)
    need.record(len(stride), "equals", len(shape), why, len(stride) == len(shape))
    for name, values in (("shape", shape), ("stride", stride), ("offset", (storage_offset,))):
        counts(need, values, name, product(one for one in shape if one == 0))
    if 0 not in shape:
        steps = ((size - 1) * step for size, step in zip(shape, stride, strict=True))
        last = sum(steps, storage_offset + 1)
        text = "the elements have to lie within the memory"
        inside = is_contiguous(a) and need.assume.at_least(product(a.sizes), last)
        why = Why("size-argument", text, (("shape", None), ("stride", None)))
        need.record(product(a.sizes), "at-least", last, why, inside or None)  # it may be longer
    return replace(a, axes=tuple(Axis(size) for size in shape), strides=stride)


@op(numpy="lib.stride_tricks.as_strided(x=a, shape, strides, subok, writeable)")
def as_strided_bytes(a: Tensor, shape: Counts = None, strides: Dims = None, *, need: Need) -> Array:
    """(*s) -> (*shape), elements of the same memory at other strides; nothing is checked.

    NumPy's manual, "numpy.lib.stride_tricks.as_strided".
    """
    axes = a.shape if shape is None else [Axis(need.count(size, "shape")) for size in shape]
    if strides is not None:
        places = (("shape", None), ("strides", None))
        why = Why("size-argument", "there has to be one stride for each axis", places)
        need.record(len(strides), "equals", len(axes), why, len(strides) == len(axes))
    elif not is_contiguous(a):
        need.undecided("the strides are not known")
    return a.with_axes(axes)


OPS = family(globals())
