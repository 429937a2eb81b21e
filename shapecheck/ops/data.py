"""Arrays made of data, and of indices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shapecheck.dims import UNIT, Axis, Shape, is_size, maximum, merge
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Count,
    DType,
    Flag,
    MaybeDType,
    MaybeSizes,
    Mismatch,
    Sizes,
    Tensor,
    Tensors,
    Word,
    nested,
)
from shapecheck.ops._values import (
    Array,
    Extents,
    Unknown,
    promoted,
)
from shapecheck.ops.create import chosen, kind_of, made, one_element, packed
from shapecheck.ops.elementwise import (
    BROADCAST,
    fresh_like,
    named,
)

# --- of data ----------------------------------------------------------------------------------


def gathered(need: Need, name: str, value: Any) -> Array:
    """The array that nested lists of numbers and arrays make.

    Torch takes tensors in lists for numbers: they may have one element only.
    """
    if isinstance(value, Array):
        if value.is_open:
            need.undecided(f"the rank of {name} is not known")
        return value
    if not isinstance(value, (list, tuple)):
        try:
            return nested(value)
        except Mismatch:
            need.undecided(f"{name} is not known")
    part = gathered if need.library is NUMPY else _as_number
    parts = [part(need, name, one) for one in value[:1]]
    if need.library is NUMPY or 0 not in (*parts, packed((), ""))[0].sizes:  # torch stops there
        parts += [part(need, name, one) for one in value[1:]]
    if not parts:
        return packed((Axis(0),), "float")
    first = parts[0]
    text = "all parts have to have the same shape"
    for one in parts[1:]:
        why = Why("ragged", text, ((name, None),))
        need.true(one.rank == first.rank, why, first.rank, one.rank)
        for place, (left, right) in enumerate(zip(first.shape, one.shape, strict=True)):
            need.equal(left.size, right.size, Why("ragged", text, ((name, place + 1),)))
    kinds = {one.dtype for one in parts}
    return packed((Axis(len(value)), *first.shape), promoted(kinds))


def _as_number(need: Need, name: str, part: Any) -> Array:
    """A part of a list that torch makes a tensor of."""
    array = gathered(need, name, part)
    if not isinstance(part, Array) or part.library == "numpy":
        return array
    text = "tensors in a list have to have one element; torch.stack joins others"
    one_element(need, name, array, "ragged", text)
    return packed((), array.dtype)


def of_library(array: Array, library: str) -> Array:
    """The same array in a library."""
    return replace(array, library=library)


@op(
    dtype="unknown",
    torch=[
        "tensor(data, *, dtype, device, requires_grad, pin_memory)",
        "as_tensor(data, dtype, device)",
        "asarray(obj=data, *, dtype, device, copy, requires_grad)",
    ],
)
def tensor(data: Anything, dtype: MaybeDType = None, *, need: Need) -> Array:
    """nested lists of numbers -> their shape

    Torch's docs, "torch.tensor".
    """
    array = gathered(need, "data", data)
    kind = chosen(dtype, array.dtype)
    return replace(fresh_like(array, kind), library="torch")


@op(
    total=True,
    dtype="unknown",
    torch=["from_numpy(a, /)", "from_dlpack(ext_tensor=a, *, device, copy)"],
)
def from_numpy(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s), the same memory.

    Torch's docs, "torch.from_numpy".
    """
    return of_library(a, "torch")


@op(
    total=True,
    dtype="unknown",
    torch="scalar_tensor(s=number, *, dtype, device, layout, requires_grad)",
)
def scalar_tensor(number: Anything, dtype: MaybeDType = None, *, need: Need) -> Array:
    """number -> ()

    Torch's docs, "torch.scalar_tensor".
    """
    return Array((), chosen(dtype, "float"), ())


@op(
    dtype="unknown",
    tensor="new_tensor(data, *, dtype, device, requires_grad)",
)
def new_tensor(a: Tensor, data: Anything, dtype: MaybeDType = None, *, need: Need) -> Array:
    """nested lists of numbers -> their shape

    Torch's docs, "torch.Tensor.new_tensor".
    """
    array = gathered(need, "data", data)
    return Array(array.shape, chosen(dtype, a.dtype), None, "torch")


@op(
    dtype="unknown",
    numpy=[
        "array(object=data, dtype, *, copy, order, subok, ndmin, ndmax, like)",
        "asarray|asanyarray(a=data, dtype, order, *, device, copy, like)",
        "asarray_chkfinite(a=data, dtype, order)",
        "require(a=data, dtype, requirements, *, like)",
        "copy(a=data, order, subok)",
    ],
)
def array(
    data: Anything,
    dtype: MaybeDType = None,
    order: Anything = None,
    ndmin: Count = 0,
    *,
    need: Need,
) -> Array:
    """nested lists of numbers and arrays -> their shape

    NumPy's manual, "numpy.array".
    """
    if dtype == "" and not isinstance(data, Array):
        need.undecided("arrays of objects may be ragged")
    found = fresh_like(gathered(need, "data", data), "")
    found = replace(found, dtype=chosen(dtype, _kind_in(data)), library="numpy")
    least = need.known(ndmin, "ndmin")
    if found.rank < least:
        return found.with_axes((*[UNIT] * (least - found.rank), *found.shape))
    return found if order is None else replace(found, strides=None)


@op(
    dtype="unknown",
    numpy=[
        "ma.array|ma.masked_array|ma.MaskedArray(data, mask, dtype)",
        "ma.asarray|ma.asanyarray(a=data, dtype)",
        "ma.masked_invalid|ma.fix_invalid|ma.getdata(a=data)",
    ],
)
def masked_array(data: Anything, dtype: MaybeDType = None, *, need: Need) -> Array:
    """nested lists of numbers and arrays -> their shape

    NumPy's manual, "Masked arrays".
    """
    found: Array = array.rule(data, dtype, need=need)
    return replace(found, dtype="" if dtype == "" else found.dtype, strides=None)


def _kind_in(data: Any) -> str:
    """The kind of dtype of nested lists."""
    if isinstance(data, (list, tuple)):
        return promoted(map(_kind_in, data)) if data else "float"
    return kind_of(data)


@op(
    total=True,
    dtype="unknown",
    numpy=["ascontiguousarray|asfortranarray(a, dtype, *, like)"],
)
def with_order(a: Tensor, dtype: MaybeDType = None, *, need: Need) -> Array:
    """(*s) -> (*s), or (1,) for a number.

    NumPy's manual, "numpy.ascontiguousarray".
    """
    kind = chosen(dtype, a.dtype)
    return Array(a.shape or (UNIT,), kind)


_TYPES = {
    "float": "FloatTensor DoubleTensor HalfTensor BFloat16Tensor",
    "int": "LongTensor IntTensor ShortTensor CharTensor ByteTensor",
    "bool": "BoolTensor",
}


def _typed(kinds: str, parameters: str) -> list[str]:
    return [named(_TYPES[kind], parameters) for kind in kinds.split()]


@op(dtype="float", torch=["Tensor(*size=shape...)", *_typed("float", "*size=shape...")])
def float_tensor_of_sizes(shape: Sizes = (0,), *, need: Need) -> Shape:
    """sizes -> (*sizes)

    Torch's docs, "torch.Tensor".
    """
    return made(need, shape, "").shape


@op(dtype="int", torch=_typed("int", "*size=shape..."))
def int_tensor_of_sizes(shape: Sizes = (0,), *, need: Need) -> Shape:
    """sizes -> (*sizes)

    Torch's docs, "torch.Tensor".
    """
    return made(need, shape, "").shape


@op(dtype="float", torch=["Tensor(data, /)", *_typed("float", "data, /")])
def float_tensor_of_data(data: Anything, *, need: Need) -> Shape:
    """nested lists of numbers -> their shape

    Torch's docs, "torch.Tensor".
    """
    return gathered(need, "data", data).shape


@op(dtype="int", torch=_typed("int", "data, /"))
def int_tensor_of_data(data: Anything, *, need: Need) -> Shape:
    """nested lists of numbers -> their shape

    Torch's docs, "torch.Tensor".
    """
    return gathered(need, "data", data).shape


@op(dtype="bool", torch=_typed("bool", "data, /"))
def bool_tensor_of_data(data: Anything, *, need: Need) -> Shape:
    """nested lists of truth values -> their shape

    Torch's docs, "torch.Tensor".
    """
    return gathered(need, "data", data).shape


_FLOAT_TYPES = "float16|float32|float64|longdouble|double|single|half"
_INT_TYPES = "int8|int16|int32|int64|uint8|uint16|uint32|uint64|int_|intp|intc|uint|uintp|longlong"


@op(total=True, dtype="float", numpy=f"{_FLOAT_TYPES}(x, /)")
def float_of(x: Tensor, *, need: Need) -> Shape:
    """(*s) -> (*s)

    NumPy's manual, "Data type objects".
    """
    return x.shape


@op(total=True, dtype="int", numpy=f"{_INT_TYPES}(x, /)")
def int_of(x: Tensor, *, need: Need) -> Shape:
    """(*s) -> (*s)

    NumPy's manual, "Data type objects".
    """
    return x.shape


@op(total=True, dtype="complex", numpy="complex64|complex128|cdouble|csingle(x, /)")
def complex_of(x: Tensor, *, need: Need) -> Shape:
    """(*s) -> (*s)

    NumPy's manual, "Data type objects".
    """
    return x.shape


@op(total=True, dtype="bool", numpy="bool_(x, /)")
def bool_of(x: Tensor, *, need: Need) -> Shape:
    """(*s) -> (*s)

    NumPy's manual, "Data type objects".
    """
    return x.shape


@op(numpy="fromiter(iter, dtype, count, *, like)", dtype="unknown")
def fromiter(
    iter: Anything,
    dtype: DType,
    count: Count = -1,
    *,
    need: Need,
) -> Array:
    """count -> (count,); without it as many as there are.

    NumPy's manual, "numpy.fromiter".
    """
    whole = isinstance(count, int) and count < 0
    size = need.fresh("count") if whole else need.count(count, "count")
    if not whole:
        known = isinstance(iter, (list, tuple))
        text = "there have to be so many elements"
        why = Why("size-argument", text, (("count", None), ("iter", None)))
        enough = need.assume.at_least(len(iter), count) if known else None
        need.true(enough, why, iter, count)
    return Array((Axis(size),), dtype)


@op(
    dtype="unknown",
    total=True,
    numpy="frombuffer(buffer, dtype, count, offset, *, like)",
    torch="frombuffer(buffer, *, dtype, count, offset, requires_grad)",
)
def frombuffer(
    buffer: Anything, dtype: DType = "float", count: Anything = -1, *, need: Need
) -> Array:
    """bytes -> (n,)

    NumPy's manual, "numpy.frombuffer"; torch's docs, "torch.frombuffer".
    """
    unknown = not is_size(count) or (isinstance(count, int) and count < 0)
    return Array((Axis(need.fresh("count") if unknown else count),), dtype)


@op(
    total=True,
    dtype="unknown",
    numpy="fromstring(string, dtype, count, *, sep, like)",
)
def fromstring(string: Anything, sep: Anything, dtype: DType = "float", *, need: Need) -> Array:
    """text -> (n,)

    NumPy's manual, "numpy.fromstring".
    """
    return Array((Axis(need.fresh("count")),), dtype)


@op(numpy="fromfunction(function, shape, *, dtype, like)", dtype="unknown")
def fromfunction(function: Anything, shape: Sizes, *, need: Need) -> Unknown:
    """shape -> whatever the function makes of the indices.

    NumPy's manual, "numpy.fromfunction".
    """
    made(need, shape, "")
    return Unknown("what the function gives is not known")


@op(
    dtype="unknown",
    torch="sparse_coo_tensor(indices, values, size=shape, *, dtype, device, requires_grad, "
    "check_invariants, is_coalesced)",
)
def sparse_coo_tensor(
    indices: Tensor,
    values: Tensor,
    shape: MaybeSizes = None,
    dtype: MaybeDType = None,
    *,
    need: Need,
) -> Array:
    """(k, n), (n, *s), shape -> (*shape)

    Torch's docs, "torch.sparse_coo_tensor".
    """
    need.rank("indices", indices, 2)
    if not values.rank:
        values = values.with_axes((UNIT,))
    why = Why(
        "broadcast", "there has to be a value for each index", (("indices", 1), ("values", 0))
    )
    need.equal(indices.shape[1].size, values.shape[0].size, why)
    kind = chosen(dtype, values.dtype)
    if shape is None:
        count = need.known(indices.shape[0].size, "the number of sparse axes")
        sparse = [Axis(need.fresh("n")) for _ in range(count)]
        return Array((*sparse, *values.shape[1:]), kind)
    array = made(need, shape, kind)
    fits = need.assume.equal(indices.shape[0].size + values.rank - 1, array.rank)
    text = "the size has to have an axis for each row of the indices and for each of a value"
    need.true(fits, Why("rank", text, (("shape", None), ("indices", 0))))
    for own, axis in zip(values.shape[:0:-1], array.shape[::-1], strict=False):
        need.equal(own.size, axis.size, Why("assignment-shape", text, (("values", None),)))
    return replace(array, strides=None)


# --- of indices -------------------------------------------------------------------------------


@op(numpy="meshgrid(*xi=arrays..., *, copy, sparse, indexing)")
def meshgrid(
    arrays: Tensors, sparse: Flag = False, indexing: Word = "xy", *, need: Need
) -> list[Array]:
    """(n,), (m,) -> (m, n), (m, n); with indexing="ij" (n, m), (n, m).

    NumPy's manual, "numpy.meshgrid".
    """
    text = "indexing has to be xy or ij"
    need.true(indexing in ("xy", "ij"), Why("size-argument", text, (("indexing", None),)), indexing)
    axes = [merge(one.shape) for one in arrays]
    turn = indexing == "xy"
    return _grids(arrays, axes, turn=turn, sparse=sparse)


def _grids(
    arrays: Sequence[Array], axes: Sequence[Axis], *, turn: bool, sparse: bool
) -> list[Array]:
    """Each array stretched along the axes of the others."""
    found = []
    for number, one in enumerate(arrays):
        shape = [axis if at == number or not sparse else UNIT for at, axis in enumerate(axes)]
        if turn and len(shape) > 1:
            shape[0], shape[1] = shape[1], shape[0]
        found.append(Array(tuple(shape), one.dtype))
    return found


@op(torch="meshgrid(*tensors=arrays, *, indexing)")
def meshgrid_torch(arrays: Tensors, indexing: Word = "ij", *, need: Need) -> list[Array]:
    """(n,), (m,) -> (n, m), (n, m); with indexing="xy" (m, n), (m, n).

    Torch's docs, "torch.meshgrid".
    """
    for number, one in enumerate(arrays):
        need.rank(f"arrays[{number}]", one, 0, 1)
    return _grids(arrays, [merge(one.shape) for one in arrays], turn=indexing == "xy", sparse=False)


@op(torch="cartesian_prod(*tensors=arrays...)")
def cartesian_prod(arrays: Tensors, *, need: Need) -> Shape:
    """(n,), (m,) -> (n*m, 2)

    Torch's docs, "torch.cartesian_prod".
    """
    for number, one in enumerate(arrays):
        need.rank(f"arrays[{number}]", one, 1)
    if len(arrays) == 1:
        return arrays[0].shape
    return merge([merge(one.shape) for one in arrays]), Axis(len(arrays))


@op(torch="combinations(input=a, r, with_replacement)")
def combinations(a: Tensor, r: Count = 2, with_replacement: Flag = False, *, need: Need) -> Shape:
    """(n,), r -> (n over r, r)

    Torch's docs, "torch.combinations".
    """
    need.rank("a", a, 1)
    chosen_at_once = need.count(r, "r")
    n = a.shape[0].size
    if need.decided(need.assume.equal(chosen_at_once, 0), "r is not known"):
        return (Axis(0),)
    if not isinstance(n, int) or not isinstance(chosen_at_once, int):
        return Axis(need.fresh("count")), Axis(chosen_at_once)
    many = n + chosen_at_once - 1 if with_replacement else n
    return Axis(math.comb(max(many, 0), chosen_at_once)), Axis(chosen_at_once)


@op(numpy="broadcast_shapes(*args=shapes...)", torch="broadcast_shapes(*shapes...)")
def broadcast_shapes(shapes: Anything, *, need: Need) -> Extents:
    """shapes -> the shape that arrays of them are stretched to.

    NumPy's manual, "numpy.broadcast_shapes"; torch's docs, "torch.broadcast_shapes".
    """
    found: list[Shape] = []
    for one in shapes:
        sizes = one if isinstance(one, (tuple, list)) else (one,)
        found.append(tuple(Axis(need.count(size, "shapes")) for size in sizes))
    return Extents(tuple(axis.size for axis in need.broadcast(*found, why=BROADCAST)))


@op(total=True, dtype="int", numpy="tril_indices|triu_indices(n, k, m)")
def triangle_indices(n: Anything, *, need: Need) -> list[Array]:
    """n -> (i,), (i,): the places in a triangle, whose number depends on n.

    NumPy's manual, "numpy.tril_indices".
    """
    return [Array((Axis(need.fresh("places")),), "int")] * 2


@op(dtype="int", numpy="tril_indices_from|triu_indices_from(arr=a, k)")
def triangle_indices_from(a: Tensor, *, need: Need) -> list[Array]:
    """(n, m) -> (i,), (i,): the places in a triangle, whose number depends on n and m.

    NumPy's manual, "numpy.tril_indices_from".
    """
    need.rank("a", a, 2)
    return [Array((Axis(need.fresh("places")),), "int")] * 2


@op(
    dtype="int",
    torch="tril_indices|triu_indices(row=n, col=m, offset, *, dtype, device, layout)",
)
def triangle_indices_torch(n: Count, m: Count, *, need: Need) -> Shape:
    """n, m -> (2, i): the places in a triangle, whose number depends on n and m.

    Torch's docs, "torch.tril_indices".
    """
    need.count(n, "n")
    need.count(m, "m")
    return Axis(2), Axis(need.fresh("places"))


@op(total=True, dtype="int", numpy="diag_indices(n, ndim)")
def diag_indices(n: Count, ndim: Count = 2, *, need: Need) -> list[Array]:
    """n -> (n,), (n,): the places on the diagonal.

    NumPy's manual, "numpy.diag_indices".
    """
    size = n if need.assume.at_least(n, 0) else maximum(n, 0)
    count = need.known(ndim, "ndim")
    return [packed((Axis(size),), "int")] * max(count, 0)


@op(dtype="int", numpy="diag_indices_from(arr=a)")
def diag_indices_from(a: Tensor, *, need: Need) -> list[Array]:
    """(n, n) -> (n,), (n,): the places on the diagonal.

    NumPy's manual, "numpy.diag_indices_from".
    """
    need.rank_at_least("a", a, 2)
    for place in range(1, a.rank):
        why = Why("square-matrix", "all axes have to have one size", (("a", 0), ("a", place)))
        need.equal(a.shape[0].size, a.shape[place].size, why)
    return [packed(a.shape[:1], "int")] * a.rank


@op(dtype="unknown", numpy="indices(dimensions=shape, dtype, sparse)")
def indices(shape: Sizes, dtype: MaybeDType = None, sparse: Flag = False, *, need: Need) -> Any:
    """shape -> (rank, *shape): the index of each element along each axis.

    NumPy's manual, "numpy.indices".
    """
    kind = chosen(dtype, "int")
    if not sparse:
        axes = made(need, shape, kind).shape
        return Array((Axis(len(shape)), *axes), kind)
    rank = len(shape)
    return [
        Array(tuple(Axis(maximum(n, 0)) if at == one else UNIT for at, n in enumerate(shape)), kind)
        for one in range(rank)
    ]


OPS = family(globals())
