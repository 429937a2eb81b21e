"""Parts of an array that keep its axes: diagonals, triangles, slices, windows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shapecheck.dims import (
    Axis,
    Shape,
    Size,
    maximum,
    minimum,
    product,
    stretch,
)
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Count,
    Counts,
    Dim,
    Dims,
    Sizes,
    Tensor,
)
from shapecheck.ops._regroup import resized
from shapecheck.ops._values import Array, is_contiguous
from shapecheck.ops.rearrange import DIAGONAL_AXES, copied, counts, flat, replaced, without

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
