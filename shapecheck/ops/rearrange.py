"""Moves of the data: reshape, permute, squeeze."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from shapecheck.dims import (
    UNIT,
    Axis,
    Shape,
    Size,
    merge,
    product,
)
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Dim,
    Dims,
    Flag,
    Sizes,
    Tensor,
    Tensors,
    Word,
)
from shapecheck.ops._regroup import regrouped, reshaped
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


def at_least_1d(a: Array) -> Array:
    """The array, one without axes as one with an axis of one element."""
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
    return at_least_1d(a)


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
    return _each(need, arrays, at_least_1d)


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


OPS = family(globals())
