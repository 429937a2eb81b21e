"""Moves that keep the shape: dtypes, devices, copies; and questions that arrays answer."""

from __future__ import annotations

from dataclasses import replace

from shapecheck.dims import Axis, Shape, Size, product
from shapecheck.facts import all_hold
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Dim,
    DType,
    MaybeDType,
    MaybeTensor,
    Tensor,
    Word,
)
from shapecheck.ops._values import (
    Array,
    Extents,
    Text,
    Unknown,
)
from shapecheck.ops.create import one_element, packed
from shapecheck.ops.data import of_library
from shapecheck.ops.elementwise import (
    ANSWER,
    BROADCAST,
    NOTHING,
    fresh_like,
    named,
)

# --- complex numbers --------------------------------------------------------------------------


@op(
    dtype="complex",
    torch=["complex(real=a, imag=b, *, out)", "polar(abs=a, angle=b, *, out)"],
)
def complex_(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(*s), (*t) -> the shape that both are stretched to.

    Torch's docs, "torch.complex".
    """
    return need.broadcast(a.shape, b.shape, why=BROADCAST)


@op(total=True, dtype="float", torch="view_as_real(input=a)")
def view_as_real(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s, 2): real and imaginary parts.

    Torch's docs, "torch.view_as_real".
    """
    axes = (*a.shape, Axis(2))
    if a.strides is None:
        return Array(axes, "float")
    return Array(axes, "float", (*(step * 2 for step in a.strides), 1))


@op(dtype="complex", torch="view_as_complex(input=a)")
def view_as_complex(a: Tensor, *, need: Need) -> Shape:
    """(*s, 2) -> (*s): from real and imaginary parts.

    Torch's docs, "torch.view_as_complex".
    """
    need.rank_at_least("a", a, 1)
    text = "the last axis has to hold the real and the imaginary part"
    need.equal(a.shape[-1].size, 2, Why("reshape-size", text, (("a", a.rank - 1),)))
    if a.strides is None:
        need.undecided("the strides are not known")
    text = "the parts have to be side by side in memory, and the others evenly apart"
    answers = [need.assume.equal(a.strides[-1], 1)]
    for axis, step in zip(a.shape[:-1], a.strides[:-1], strict=True):
        alone, even = need.assume.equal(axis.size, 1), need.assume.divides(2, step)
        answers.append(True if alone else None if alone is None and even is False else even)
    empty = need.assume.equal(product(a.sizes), 0)
    holds = True if empty else all_hold(*answers)
    holds = None if holds is False and empty is None else holds
    need.true(holds, Why("view-stride", text, (("a", None),)), a.strides, 2)
    return a.shape[:-1]


# --- dtypes, devices, copies ------------------------------------------------------------------

MEMORY = "memory_format"


def moved(a: Array, kind: str) -> Array:
    """An array in another dtype or on another device."""
    return a if kind == a.dtype else fresh_like(a, kind)


@op(
    total=True,
    dtype="unknown",
    tensor="float|double|half|bfloat16(memory_format)",
)
def to_float(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s)

    Torch's docs, "torch.Tensor.float".
    """
    return moved(a, "float")


@op(total=True, dtype="unknown", tensor="long|int|short|byte|char(memory_format)")
def to_int(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s)

    Torch's docs, "torch.Tensor.long".
    """
    return moved(a, "int")


@op(total=True, dtype="unknown", tensor="bool(memory_format)")
def to_bool(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s)

    Torch's docs, "torch.Tensor.bool".
    """
    return moved(a, "bool")


@op(total=True, dtype="unknown", tensor="cfloat|cdouble|chalf(memory_format)")
def to_complex(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s)

    Torch's docs, "torch.Tensor.cfloat".
    """
    return moved(a, "complex")


@op(
    total=True,
    dtype="unknown",
    tensor="to(target, other, non_blocking, copy, *, dtype, device, memory_format)",
)
def to(
    a: Tensor,
    target: Anything = None,
    other: Anything = None,
    dtype: MaybeDType = None,
    memory_format: Anything = None,
    *,
    need: Need,
) -> Array:
    """(*s) -> (*s), of another dtype or on another device.

    Torch's docs, "torch.Tensor.to".
    """
    kind = a.dtype if dtype is None else dtype
    for one in (target, other):
        if isinstance(one, Array):
            kind = one.dtype
        elif isinstance(one, Text):
            kind = one.name
        elif not isinstance(one, (str, int)) and one is not None:
            kind = ""
    array = moved(a, kind)
    return array if memory_format is None else replace(array, strides=None)


@op(total=True, dtype="unknown", tensor="type(dtype, non_blocking)")
def type_(a: Tensor, dtype: DType, *, need: Need) -> Array:
    """(*s) -> (*s), of another dtype.

    Torch's docs, "torch.Tensor.type".
    """
    return moved(a, dtype)


@op(total=True, dtype="unknown", tensor="type_as(other)")
def type_as(a: Tensor, other: Tensor, *, need: Need) -> Array:
    """(*s), (*t) -> (*s), of the other's dtype.

    Torch's docs, "torch.Tensor.type_as".
    """
    return moved(a, other.dtype)


@op(
    total=True,
    tensor=[
        "cpu(memory_format)",
        "cuda(device, non_blocking, memory_format)",
        "detach|pin_memory()",
        "to_dense(dtype, *, masked_grad)",
    ],
    torch="detach(input=a)",
)
def detach(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s)

    Torch's docs, "torch.Tensor.detach".
    """
    return a


@op(total=True, tensor="as_subclass(cls)")
def as_subclass(a: Tensor, cls: Anything, *, need: Need) -> Array:
    """(*s) -> (*s)

    Torch's docs, "torch.Tensor.as_subclass".
    """
    return a


@op(total=True, tensor="coalesce()")
def coalesce(a: Tensor, *, need: Need) -> Shape:
    """(*s) -> (*s), stored sparsely, each index once.

    Torch's docs, "torch.Tensor.coalesce".
    """
    return a.shape


@op(
    total=True,
    tensor=["to_sparse(sparse_dim)", "to_sparse_coo()"],
    ndarray="byteswap(inplace)",
)
def to_sparse(a: Tensor, *, need: Need) -> Shape:
    """(*s) -> (*s), stored sparsely.

    Torch's docs, "torch.Tensor.to_sparse".
    """
    return a.shape


@op(tensor="to_sparse_csr|to_sparse_csc(dense_dim)")
def to_sparse_rows(a: Tensor, *, need: Need) -> Shape:
    """(*batch, n, m) -> (*batch, n, m), stored sparsely.

    Torch's docs, "torch.Tensor.to_sparse_csr".
    """
    need.rank_at_least("a", a, 2)
    if a.rank > 2:
        why = Why("size-argument", "the batch may not be empty", (("a", None),))
        need.at_least(product(a.sizes[:-2]), 1, why)
    return a.shape


@op(
    total=True,
    torch="clone(input=a, *, memory_format)",
    tensor="clone(*, memory_format)",
)
def clone(a: Tensor, memory_format: Anything = None, *, need: Need) -> Array:
    """(*s) -> (*s), a copy.

    Torch's docs, "torch.clone".
    """
    return fresh_like(a, a.dtype) if memory_format is None else a.with_axes(a.shape)


@op(total=True, tensor="contiguous(memory_format)")
def contiguous_(a: Tensor, memory_format: Anything = None, *, need: Need) -> Array:
    """(*s) -> (*s), in memory without gaps.

    Torch's docs, "torch.Tensor.contiguous".
    """
    return packed(a.shape, a.dtype) if memory_format is None else a.with_axes(a.shape)


@op(total=True, tensor="numpy(*, force)")
def numpy(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s), an array of NumPy.

    Torch's docs, "torch.Tensor.numpy".
    """
    return of_library(a, "numpy")


@op(
    total=True,
    dtype="unknown",
    ndarray="astype(dtype, order, casting, subok, copy)",
    numpy="astype(x=a, dtype, /, *, copy, device)",
)
def astype(a: Tensor, dtype: DType, order: Word = "K", *, need: Need) -> Array:
    """(*s) -> (*s), of another dtype.

    NumPy's manual, "numpy.ndarray.astype".
    """
    array = fresh_like(a, dtype)
    return array if order == "K" else replace(array, strides=None)


@op(total=True, ndarray="copy(order)")
def copy(a: Tensor, order: Word = "C", *, need: Need) -> Array:
    """(*s) -> (*s)

    NumPy's manual, "numpy.ndarray.copy".
    """
    return packed(a.shape, a.dtype) if order == "C" else a.with_axes(a.shape)


# --- questions --------------------------------------------------------------------------------


@op(tensor="size()", numpy="shape(a)", total=True)
def size(a: Tensor, *, need: Need) -> Extents:
    """(*s) -> the tuple of its sizes

    Torch's docs, "torch.Tensor.size".
    """
    return Extents(a.sizes)


@op(tensor="size(dim)", numpy="size(a, axis=dim)")
def size_along(a: Tensor, dim: Dim, *, need: Need) -> Size:
    """(*s) -> the size of one axis

    Torch's docs, "torch.Tensor.size"; NumPy's manual, "numpy.size".
    """
    place = need.axis(dim, a.rank, of="a")
    if not a.rank:
        need.true(False, Why("axis-out-of-range", "a number has no axes", (("a", None),)))
    return a.shape[place].size


@op(tensor="numel|nelement()", torch="numel(input=a)", numpy="size(a)", total=True)
def numel(a: Tensor, *, need: Need) -> Size:
    """(*s) -> the number of its elements

    Torch's docs, "torch.numel"; NumPy's manual, "numpy.size".
    """
    return product(a.sizes)


@op(tensor="dim|ndimension()", numpy="ndim(a)", total=True)
def dim(a: Tensor, *, need: Need) -> int:
    """(*s) -> the number of its axes

    Torch's docs, "torch.Tensor.dim"; NumPy's manual, "numpy.ndim".
    """
    return a.rank


@op(tensor="stride()", total=True)
def stride(a: Tensor, *, need: Need) -> Unknown:
    """(*s) -> the step of each axis in memory

    Torch's docs, "torch.Tensor.stride".
    """
    return ANSWER


@op(tensor="stride(dim)")
def stride_along(a: Tensor, dim: Dim, *, need: Need) -> Unknown:
    """(*s) -> the step of one axis in memory

    Torch's docs, "torch.Tensor.stride".
    """
    need.axis(dim, a.rank, of="a")
    if not a.rank:
        need.true(False, Why("axis-out-of-range", "a number has no axes", (("a", None),)))
    return ANSWER


@op(
    total=True,
    tensor=[
        named(
            "is_floating_point is_complex is_signed is_contiguous element_size storage_offset "
            "data_ptr is_shared is_pinned is_inference is_neg is_conj get_device storage "
            "untyped_storage",
            "",
        ),
    ],
    torch="is_floating_point|is_complex|is_conj|is_signed|is_tensor(a, /)",
    numpy="iscomplexobj|isrealobj|isscalar(a, /)",
)
def question(a: Tensor, *, need: Need) -> Unknown:
    """(*s) -> a number or a truth value

    Torch's docs, "torch.is_floating_point".
    """
    return ANSWER


@op(total=True, tensor="tolist()", ndarray=["tolist()", "tobytes(order)"])
def tolist(a: Tensor, *, need: Need) -> Unknown:
    """(*s) -> nested lists of Python's own numbers

    Torch's docs, "torch.Tensor.tolist"; NumPy's manual, "numpy.ndarray.tolist".
    """
    return Unknown("the data decide")


@op(tensor="item()", ndarray="item()", torch="is_nonzero(input=a)")
def item(a: Tensor, *, need: Need) -> Unknown:
    """() -> a number of Python's own: there may be one element only.

    Torch's docs, "torch.Tensor.item"; NumPy's manual, "numpy.ndarray.item".
    """
    one_element(need, "a", a, "rank", "only an array of one element is a number")
    return ANSWER


@op(tensor="backward(gradient, retain_graph, create_graph, inputs)")
def backward(a: Tensor, gradient: MaybeTensor = None, *, need: Need) -> Unknown:
    """() -> nothing; an array of more than one element needs a gradient of its shape.

    Torch's docs, "torch.Tensor.backward".
    """
    if gradient is None:
        text = "only one number has a gradient by itself"
        one_element(need, "a", a, "backward-scalar", text)
        return NOTHING
    why = Why("backward-scalar", "the gradient has to have the shape", (("gradient", None),))
    need.true(a.rank == gradient.rank, why, gradient.rank, a.rank)
    for own, axis in zip(gradient.shape, a.shape, strict=True):
        need.equal(own.size, axis.size, why)
    return NOTHING


OPS = family(globals())
