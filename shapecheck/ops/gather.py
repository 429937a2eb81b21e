"""Elements picked by position or condition: gather and scatter, take and put, masks, where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shapecheck.dims import UNIT, Axis, Shape, Size, product
from shapecheck.facts import any_holds
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Dim,
    Dims,
    Flag,
    Mismatch,
    Number,
    Operand,
    Scalar,
    Tensor,
    Tensors,
    Word,
    nested,
)
from shapecheck.ops._regroup import resized
from shapecheck.ops._values import Array, promoted
from shapecheck.ops.elementwise import BROADCAST, fresh_like, stretched_into
from shapecheck.ops.index import assign, indexed

# --- helpers ----------------------------------------------------------------------------------


def is_empty(need: Need, shape: Shape) -> bool | None:
    """Whether there are no elements."""
    return need.assume.equal(elements(shape), 0)


def elements(shape: Shape) -> Size:
    """How many elements there are."""
    return product(axis.size for axis in shape)


def lined(array: Array) -> Shape:
    """The axes, where torch takes an array without axes for one element along one axis."""
    return array.shape or (UNIT,)


def reachable(need: Need, size: Size, index: Shape, place: int | None, name: str = "index") -> None:
    """Require entries that indices can pick, unless there are no indices."""
    text = "an index has to be less than the size of its axis"
    why = Why("index-out-of-range", text, ((name, None), ("a", place)))
    holds = any_holds(is_empty(need, index), need.assume.at_least(size, 1))
    need.record(size, "at-least", 1, why, holds)


def within(need: Need, index: Array, other: Array, name: str, skip: int | None = None) -> None:
    """Require an array of indices to be no larger than another along the axes but one.

    None of it holds for an array of indices that is empty.
    """
    empty = is_empty(need, index.shape)
    shape, outer = lined(index), lined(other)
    text = f"index has to have as many axes as {name}"
    why = Why("index-shape", text, (("index", None), (name, None)))
    holds = any_holds(empty, len(shape) == len(outer))
    need.record(index.rank, "same-rank", other.rank, why, holds)
    text = f"index may not be larger than {name}"
    for place, (axis, own) in enumerate(zip(shape, outer, strict=False)):
        if place != skip:
            why = Why("index-shape", text, (("index", place), (name, place)))
            holds = any_holds(empty, need.assume.at_least(own.size, axis.size))
            need.record(axis.size, "at-most", own.size, why, holds)


def replaced(shape: Shape, place: int, axes: Iterable[Axis]) -> Shape:
    """The shape with other axes in the place of one."""
    return (*shape[:place], *axes, *shape[place + 1 :])


# --- gather and scatter -----------------------------------------------------------------------


@op(
    torch="gather(input=a, dim, index, *, sparse_grad, out)",
    tensor="gather(dim, index, *, sparse_grad)",
)
def gather(a: Tensor, dim: Dim, index: Tensor, *, need: Need) -> Array:
    """(*s, n, *t), index (*u, m, *v) -> (*u, m, *v), where u and v are at most s and t

    Torch's docs, "torch.gather".
    """
    place = need.axis(dim, a.rank, of="a")
    within(need, index, a, "a", place)
    reachable(need, lined(a)[place].size, index.shape, place)
    return Array(index.shape, a.dtype)


_SCATTER = "dim, index, src"


@op(
    torch=[
        f"scatter|scatter_add(input=a, {_SCATTER}, *, reduce, out)",
    ],
    tensor=[
        f"scatter|scatter_({_SCATTER}, *, reduce)",
        f"scatter_add|scatter_add_({_SCATTER})",
    ],
)
def scatter(a: Tensor, dim: Dim, index: Tensor, src: Tensor, *, need: Need) -> Array:
    """(*s), index (*t), (*u) -> (*s), where t is at most u, and at most s but along dim

    Torch's docs, "torch.Tensor.scatter_".
    """
    place = need.axis(dim, a.rank, of="a")
    within(need, index, a, "a", place)
    within(need, index, src, "src")
    reachable(need, lined(a)[place].size, index.shape, place)
    return fresh_like(a, a.dtype)


@op(
    torch=f"scatter_reduce(input=a, {_SCATTER}, reduce, *, include_self, out)",
    tensor=f"scatter_reduce|scatter_reduce_({_SCATTER}, reduce, *, include_self)",
)
def scatter_reduce(
    a: Tensor, dim: Dim, index: Tensor, src: Tensor, reduce: Word, *, need: Need
) -> Array:
    """(*s), index (*t), (*u) -> (*s), where t is at most u, and at most s but along dim

    Torch's docs, "torch.Tensor.scatter_reduce_".
    """
    scattered: Array = scatter.rule(a, dim, index, src, need=need)
    return scattered


@op(
    torch="scatter(input=a, dim, index, value, *, reduce, out)",
    tensor="scatter|scatter_(dim, index, value, *, reduce)",
)
def scatter_value(a: Tensor, dim: Dim, index: Tensor, value: Number, *, need: Need) -> Array:
    """(*s), index (*t), number -> (*s), where t is at most s but along dim

    Torch's docs, "torch.Tensor.scatter_".
    """
    place = need.axis(dim, a.rank, of="a")
    within(need, index, a, "a", place)
    reachable(need, lined(a)[place].size, index.shape, place)
    return fresh_like(a, a.dtype)


# --- along one axis ---------------------------------------------------------------------------


def vector(need: Need, index: Array) -> Axis:
    """The one axis of an array of indices: one index may do without."""
    need.rank("index", index, 0, 1, why="index-shape")
    return lined(index)[0]


@op(torch="index_select(input=a, dim, index, *, out)", tensor="index_select(dim, index)")
def index_select(a: Tensor, dim: Dim, index: Tensor, *, need: Need) -> Array:
    """(*s, n, *t), (m) -> (*s, m, *t)

    Torch's docs, "torch.index_select".
    """
    place = need.axis(dim, a.rank, of="a")
    axis = vector(need, index)
    if not a.rank:
        text = "an array without axes takes one index"
        need.equal(axis.size, 1, Why("index-shape", text, (("index", None), ("a", None))))
        return Array((), a.dtype)
    reachable(need, a.shape[place].size, (axis,), place)
    return Array(replaced(a.shape, place, (axis,)), a.dtype)


@op(
    torch="index_fill(input=a, dim, index, value)",
    tensor="index_fill|index_fill_(dim, index, value)",
)
def index_fill(a: Tensor, dim: Dim, index: Tensor, value: Operand, *, need: Need) -> Array:
    """(*s, n, *t), (m), number -> (*s, n, *t)

    Torch's docs, "torch.Tensor.index_fill_".
    """
    place = need.axis(dim, a.rank, of="a")
    need.rank("value", value, 0, why="assignment-shape")
    _written(need, a, vector(need, index), place)
    return fresh_like(a, a.dtype)


def _written(need: Need, a: Array, index: Axis, place: int) -> None:
    """Require entries to write to; of an axis without any, torch's kernels differ in that."""
    text = "an index has to be less than the size of its axis"
    why = Why("index-out-of-range", text, (("index", None), ("a", place)))
    size = lined(a)[place].size
    some = any_holds(need.assume.equal(index.size, 0), need.assume.at_least(size, 1))
    need.record(size, "at-least", 1, why, some or None)


def _same_but(need: Need, a: Array, source: Array, skip: int) -> None:
    text = "source has to have the shape of a, but along dim"
    why = Why("assignment-shape", text, (("source", None), ("a", None)))
    if source.rank != a.rank and 0 in (source.rank, a.rank):
        need.undecided("torch takes an array without axes for one entry now and then")
    need.record(source.rank, "same-rank", a.rank, why, source.rank == a.rank)
    for place, (own, axis) in enumerate(zip(source.shape, a.shape, strict=True)):
        if place != skip:
            why = Why("assignment-shape", text, (("source", place), ("a", place)))
            need.equal(own.size, axis.size, why)


_SOURCE = "dim, index, source"


@op(
    torch=[
        f"index_add(input=a, {_SOURCE}, *, alpha, out)",
        f"index_copy(input=a, {_SOURCE}, *, out)",
    ],
    tensor=[
        f"index_add|index_add_({_SOURCE}, *, alpha)",
        f"index_copy|index_copy_({_SOURCE})",
    ],
)
def index_add(a: Tensor, dim: Dim, index: Tensor, source: Tensor, *, need: Need) -> Array:
    """(*s, n, *t), (m), (*s, m, *t) -> (*s, n, *t)

    Torch's docs, "torch.Tensor.index_add_".
    """
    place = need.axis(dim, a.rank, of="a")
    axis = vector(need, index)
    _same_but(need, a, source, place)
    text = "there have to be as many indices as entries of source along dim"
    why = Why("index-shape", text, (("index", 0), ("source", place)))
    need.equal(axis.size, lined(source)[place].size, why)
    _written(need, a, axis, place)
    return fresh_like(a, a.dtype)


@op(
    torch=f"index_reduce(input=a, {_SOURCE}, reduce, *, include_self, out)",
    tensor=f"index_reduce|index_reduce_({_SOURCE}, reduce, *, include_self)",
)
def index_reduce(
    a: Tensor, dim: Dim, index: Tensor, source: Tensor, reduce: Word, *, need: Need
) -> Array:
    """(*s, n, *t), (m), (*s, m, *t) -> (*s, n, *t)

    Torch's docs, "torch.Tensor.index_reduce_".
    """
    reduced: Array = index_add.rule(a, dim, index, source, need=need)
    return reduced


@op(
    torch="index_put|index_put_(input=a, indices, values, accumulate)",
    tensor="index_put|index_put_(indices, values, accumulate)",
)
def index_put(a: Tensor, indices: Tensors, values: Tensor, *, need: Need) -> Array:
    """(*s), indices, (*t) -> (*s), where t is stretched to the shape that the indices read

    Torch's docs, "torch.Tensor.index_put_".
    """
    most = max((1 if one.dtype == "bool" else one.rank for one in indices), default=0)
    ones = (UNIT,) * most  # one index without axes is an index array here, not a number
    part = indexed(
        need,
        a,
        tuple(one.with_axes(one.shape or ones) if one.dtype == "int" else one for one in indices),
    )
    if values.rank > part.array.rank and any(one.dtype == "bool" for one in indices):
        need.undecided("torch takes a mask and one value of any shape for a `masked_fill`")
    stretched_into(need, "values", values.shape, part.array, "a")
    return fresh_like(a, a.dtype)


# --- take and put -----------------------------------------------------------------------------


@op(
    numpy="take(a, indices, axis, out, mode)",
    ndarray="take(indices, axis, out, mode)",
)
def take(a: Tensor, indices: Tensor, dim: Anything = None, *, need: Need) -> Array:
    """(*s, n, *t), (*u) -> (*s, *u, *t); the result is (*u) without axis

    NumPy's manual, "numpy.take".
    """
    if dim is None:
        reachable(need, elements(a.shape), indices.shape, None, "indices")
        return Array(indices.shape, a.dtype)
    place = need.axis(dim, max(a.rank, 1), of="a")
    made = replaced(lined(a), place, indices.shape)
    looked_at = (*a.shape[:place], *indices.shape)
    reachable(need, lined(a)[place].size, looked_at, place, "indices")
    return Array(made, a.dtype)


@op(torch="take(input=a, index, *, out)", tensor="take(index)")
def take_flat(a: Tensor, index: Tensor, *, need: Need) -> Array:
    """(*s), (*t) -> (*t)

    Torch's docs, "torch.take".
    """
    reachable(need, elements(a.shape), index.shape, None)
    return Array(index.shape, a.dtype)


@op(torch="put(input=a, index, source, accumulate)", tensor="put|put_(index, source, accumulate)")
def put_elements(a: Tensor, index: Tensor, source: Tensor, *, need: Need) -> Array:
    """(*s), (*t), as many values -> (*s)

    Torch's docs, "torch.Tensor.put_".
    """
    text = "there have to be as many values as indices"
    why = Why("assignment-shape", text, (("source", None), ("index", None)))
    need.equal(elements(source.shape), elements(index.shape), why)
    reachable(need, elements(a.shape), index.shape, None)
    return fresh_like(a, a.dtype)


@op(numpy="put(a, ind, v, mode)", ndarray="put(indices=ind, values=v, mode)")
def put(a: Tensor, ind: Tensor, v: Tensor, *, need: Need) -> None:
    """(*s), (*t), (*u) -> nothing; the values are repeated as needed

    NumPy's manual, "numpy.put".
    """
    reachable(need, elements(a.shape), ind.shape, None, "ind")


def _along(need: Need, a: Array, indices: Array, dim: Any) -> tuple[Shape, Shape]:
    """The shape that indices along an axis are stretched to, and that of what they read.

    Without an axis, the indices read an array as one axis.
    """
    if dim is None:
        need.rank("indices", indices, 1, why="index-shape")
        flat = (Axis(elements(a.shape)),)
        reachable(need, flat[0].size, indices.shape, None, "indices")
        return indices.shape, flat
    place = need.axis(dim, a.rank, of="a")
    text = "indices has to have as many axes as a"
    why = Why("index-shape", text, (("indices", None), ("a", None)))
    need.record(indices.rank, "same-rank", a.rank, why, indices.rank == a.rank)
    text = "indices has to be stretched to the shape of a, but along the axis"
    other = replaced(a.shape, place, (UNIT,))
    places = (("indices", None), ("a", None))
    made = need.broadcast(other, indices.shape, why=Why("index-shape", text, places))
    return made, a.shape


@op(numpy="take_along_axis(arr=a, indices, axis)")
def take_along_axis(a: Tensor, indices: Tensor, dim: Dims = -1, *, need: Need) -> Array:
    """(*s, n, *t), (*s, m, *t) -> (*s, m, *t), s and t being stretched

    NumPy's manual, "numpy.take_along_axis".
    """
    made, own = _along(need, a, indices, dim)
    if dim is not None:
        place = need.axis(dim, a.rank, of="a")
        reachable(need, own[place].size, made, place, "indices")
    return Array(made, a.dtype)


@op(torch="take_along_dim(input=a, indices, dim, *, out)", tensor="take_along_dim(indices, dim)")
def take_along_dim(a: Tensor, indices: Tensor, dim: Anything = None, *, need: Need) -> Array:
    """(*s, n, *t), (*s, m, *t) -> (*s, m, *t), s and t being stretched

    Torch's docs, "torch.take_along_dim".
    """
    if dim is None:
        reachable(need, elements(a.shape), indices.shape, None, "indices")
        return Array((Axis(elements(indices.shape)),), a.dtype)
    need.rank_at_least("a", a, 1)
    made, _ = _along(need, a, indices, dim)
    place = need.axis(dim, a.rank, of="a")
    reachable(need, lined(a)[place].size, made, place, "indices")
    return Array(made, a.dtype)


@op(numpy="put_along_axis(arr=a, indices, values, axis)")
def put_along_axis(
    a: Tensor, indices: Tensor, values: Tensor, dim: Anything, *, need: Need
) -> None:
    """(*s, n, *t), (*s, m, *t), (*u) -> nothing; u is stretched to (*s, m, *t)

    NumPy's manual, "numpy.put_along_axis".
    """
    made, own = _along(need, a, indices, dim)
    if dim is not None:
        place = need.axis(dim, a.rank, of="a")
        reachable(need, own[place].size, made, place, "indices")
    assign(need, values.shape, made, "values", "indices", reshaped=True)


# --- masks ------------------------------------------------------------------------------------


@op(
    torch="masked_fill(input=a, mask, value)",
    tensor="masked_fill(mask, value)",
)
def masked_fill(a: Tensor, mask: Tensor, value: Scalar, *, need: Need) -> Array:
    """(*s), mask (*t), number -> (*u), where u is the shape that s and t are stretched to

    Torch's docs, "torch.Tensor.masked_fill".
    """
    need.rank("value", value, 0, why="assignment-shape")
    shape = need.broadcast(a.shape, mask.shape, why=BROADCAST)
    return Array(shape, a.dtype)


@op(tensor="masked_fill_(mask, value)")
def masked_fill_inplace(a: Tensor, mask: Tensor, value: Scalar, *, need: Need) -> Array:
    """(*s), mask (*t), number -> (*s), where t is stretched to s

    Torch's docs, "torch.Tensor.masked_fill_".
    """
    need.rank("value", value, 0, why="assignment-shape")
    stretched_into(need, "mask", mask.shape, a, "a")
    return a


def _enough(need: Need, source: Array, most: Shape) -> None:
    """Require values for all elements that a mask selects: how many these are is not known."""
    text = "source has to have as many elements as the mask selects"
    why = Why("assignment-shape", text, (("source", None), ("mask", None)))
    has, wanted = elements(source.shape), elements(most)
    need.record(has, "at-least", wanted, why, need.assume.at_least(has, wanted) or None)


@op(torch="masked_scatter(input=a, mask, source)", tensor="masked_scatter(mask, source)")
def masked_scatter(a: Tensor, mask: Tensor, source: Tensor, *, need: Need) -> Array:
    """(*s), mask (*t), values -> (*u), where u is the shape that s and t are stretched to

    Torch's docs, "torch.Tensor.masked_scatter".
    """
    shape = need.broadcast(a.shape, mask.shape, why=BROADCAST)
    _enough(need, source, shape)
    return Array(shape, a.dtype)


@op(tensor="masked_scatter_(mask, source)")
def masked_scatter_inplace(a: Tensor, mask: Tensor, source: Tensor, *, need: Need) -> Array:
    """(*s), mask (*t), values -> (*s), where t is stretched to s

    Torch's docs, "torch.Tensor.masked_scatter_".
    """
    stretched_into(need, "mask", mask.shape, a, "a")
    _enough(need, source, a.shape)
    return a


@op(torch="masked_select(input=a, mask, *, out)", tensor="masked_select(mask)")
def masked_select(a: Tensor, mask: Tensor, *, need: Need) -> Array:
    """(*s), mask (*t) -> (k), where k is how many are true after s and t were stretched

    Torch's docs, "torch.masked_select".
    """
    need.broadcast(a.shape, mask.shape, why=BROADCAST)
    return Array((Axis(need.fresh("selected")),), a.dtype)


@op(numpy="place(arr=a, mask, vals=values)")
def place(a: Tensor, mask: Tensor, values: Tensor, *, need: Need) -> None:
    """(*s), mask of as many elements, (*t) -> nothing; the values are repeated as needed

    NumPy's manual, "numpy.place".
    """
    putmask.rule(a, mask, values, need=need)
    why = Why("assignment-shape", "there has to be a value if any is chosen", (("values", None),))
    some = need.assume.at_least(elements(values.shape), 1) or is_empty(need, a.shape)
    need.record(values, "has elements", a, why, some or None)


@op(numpy="putmask(a, mask, values, /)")
def putmask(a: Tensor, mask: Tensor, values: Tensor, *, need: Need) -> None:
    """(*s), mask of as many elements, (*t) -> nothing; the values are repeated as needed

    NumPy's manual, "numpy.putmask".
    """
    text = "the mask has to have as many elements as the array"
    why = Why("index-shape", text, (("mask", None), ("a", None)))
    need.equal(elements(mask.shape), elements(a.shape), why)


# --- conditions -------------------------------------------------------------------------------


@op(
    dtype="unknown",
    numpy="where(condition, x, y, /)",
    torch="where(condition, x, y, /, *, input=x, other=y, out)",
)
def where(condition: Tensor, x: Operand, y: Operand, *, need: Need) -> Array:
    """(*s), (*t), (*u) -> the shape that all are stretched to

    NumPy's manual, "numpy.where"; torch's docs, "torch.where".
    """
    shape = need.broadcast(condition.shape, x.shape, y.shape, why=BROADCAST)
    return Array(shape, promoted((x.dtype, y.dtype)))


@op(dtype="unknown", tensor="where(condition, other=y)")
def where_method(x: Tensor, condition: Tensor, y: Operand, *, need: Need) -> Array:
    """(*t), (*s), (*u) -> the shape that all are stretched to

    Torch's docs, "torch.Tensor.where".
    """
    shape = need.broadcast(condition.shape, x.shape, y.shape, why=BROADCAST)
    return Array(shape, promoted((x.dtype, y.dtype)))


def found(need: Need, name: str = "nonzero") -> Axis:
    """An axis of what only the data decide."""
    return Axis(need.fresh(name))


def coordinates(need: Need, a: Array) -> tuple[Array, ...]:
    """One array of indices for each axis."""
    axis = found(need)
    return tuple(Array((axis,), "int") for _ in lined(a))


@op(numpy=["where(condition=a, /)", "nonzero(a)"], ndarray="nonzero()", torch="where(condition=a)")
def nonzero(a: Tensor, *, need: Need) -> tuple[Array, ...]:
    """(*s) -> as many arrays (k) as there are axes, where k is how many are nonzero

    NumPy's manual, "numpy.nonzero"; torch's docs, "torch.where".
    """
    if need.library is NUMPY:
        need.rank_at_least("a", a, 1)
    return coordinates(need, a)


@op(
    total=True,
    torch="nonzero(input=a, *, out, as_tuple)",
    tensor="nonzero(*, as_tuple)",
)
def nonzero_rows(a: Tensor, as_tuple: Flag = False, *, need: Need) -> Array | tuple[Array, ...]:
    """(*s) -> (k, r), where k is how many are nonzero, and r the number of axes

    Torch's docs, "torch.nonzero".
    """
    return coordinates(need, a) if as_tuple else Array((found(need), Axis(a.rank)), "int")


@op(total=True, dtype="int", numpy="argwhere(a)", torch="argwhere(input=a)", tensor="argwhere()")
def argwhere(a: Tensor, *, need: Need) -> Shape:
    """(*s) -> (k, r), where k is how many are nonzero, and r the number of axes

    NumPy's manual, "numpy.argwhere"; torch's docs, "torch.argwhere".
    """
    return found(need), Axis(a.rank)


@op(total=True, dtype="int", numpy="flatnonzero(a)")
def flatnonzero(a: Tensor, *, need: Need) -> Shape:
    """(*s) -> (k), where k is how many are nonzero

    NumPy's manual, "numpy.flatnonzero".
    """
    return (found(need),)


def _short_enough(need: Need, condition: Size, size: Size) -> None:
    """What is beyond the end may not be chosen: which is the case only the data decide."""
    text = "the condition may choose nothing beyond the end"
    why = Why("index-shape", text, (("condition", None), ("a", None)))
    need.record(condition, "at-most", size, why, need.assume.at_least(size, condition) or None)


@op(numpy="compress(condition, a, axis, out)")
def compress(condition: Tensor, a: Tensor, dim: Anything = None, *, need: Need) -> Array:
    """(m), (*s, n, *t) -> (*s, k, *t), where k is how many are true; (k) without axis

    NumPy's manual, "numpy.compress".
    """
    need.rank("condition", condition, 1, why="index-shape")
    if dim is None:
        _short_enough(need, condition.sizes[0], elements(a.shape))
        return Array((found(need, "selected"),), a.dtype)
    place = need.axis(dim, max(a.rank, 1), of="a")
    own = lined(a)[place]
    _short_enough(need, condition.sizes[0], own.size)
    chosen = resized(own, need.fresh("selected"))
    return Array(replaced(lined(a), place, (chosen,)), a.dtype)


@op(ndarray="compress(condition, axis, out)")
def compress_method(a: Tensor, condition: Tensor, dim: Anything = None, *, need: Need) -> Array:
    """(*s, n, *t), (m) -> (*s, k, *t), where k is how many are true; (k) without axis

    NumPy's manual, "numpy.ndarray.compress".
    """
    found: Array = compress.rule(condition, a, dim, need=need)
    return found


@op(total=True, numpy="extract(condition, arr=a)")
def extract(condition: Tensor, a: Tensor, *, need: Need) -> Array:
    """(*s), (*t) -> (k), where k is how many are true

    NumPy's manual, "numpy.extract". What is rejected, only the data decide.
    """
    _short_enough(need, elements(condition.shape), elements(a.shape))
    return Array((found(need, "selected"),), a.dtype)


@op(
    dtype="unknown",
    numpy="choose(a, choices, out, mode)",
    ndarray="choose(choices, /, *, out, mode)",
)
def choose(a: Tensor, choices: Tensors, *, need: Need) -> Array:
    """(*s), [(*t), (*u), …] -> the shape that all are stretched to

    NumPy's manual, "numpy.choose".
    """
    why = Why("size-argument", "there have to be choices", (("choices", None),))
    need.at_least(len(choices), 1, why)
    shape = need.broadcast(a.shape, *(one.shape for one in choices), why=BROADCAST)
    return Array(shape, promoted(one.dtype for one in choices))


@op(dtype="unknown", numpy="select(condlist, choicelist, default)")
def select_choices(
    condlist: Tensors, choicelist: Tensors, default: Anything = 0, *, need: Need
) -> Shape:
    """[(*s), (*t), …], as many [(*u), …] -> the shape that all are stretched to

    NumPy's manual, "numpy.select".
    """
    why = Why("size-argument", "there has to be a condition", (("condlist", None),))
    need.at_least(len(condlist), 1, why)
    text = "there have to be as many choices as conditions"
    why = Why("size-argument", text, (("choicelist", None), ("condlist", None)))
    need.equal(len(choicelist), len(condlist), why)
    other = array_of(need, default, "default")
    arrays = (*condlist, *choicelist, other)
    return need.broadcast(*(one.shape for one in arrays), why=BROADCAST)


def array_of(need: Need, value: Any, name: str) -> Array:
    """The array that was passed for a parameter of any kind."""
    try:
        array = nested(value)
    except Mismatch:
        need.undecided(f"{name} is not known")
    if array.is_open:
        need.undecided(f"the rank of {name} is not known")
    return array


# --- diagonals and grids ----------------------------------------------------------------------


def _has_diagonal(need: Need, a: Array) -> None:
    need.rank_at_least("a", a, 2)
    if a.rank > 2:
        for place, axis in enumerate(a.shape[1:]):
            text = "more than two axes have to have equal sizes"
            why = Why("square-matrix", text, (("a", 0), ("a", place + 1)))
            need.equal(a.shape[0].size, axis.size, why)


@op(numpy="fill_diagonal(a, val, wrap)")
def fill_diagonal(a: Tensor, val: Tensor, *, need: Need) -> None:
    """(n, m) or (n, …, n), (*s) -> nothing; the values are repeated as needed

    NumPy's manual, "numpy.fill_diagonal".
    """
    _has_diagonal(need, a)


@op(tensor="fill_diagonal_(fill_value, wrap)")
def fill_diagonal_inplace(a: Tensor, fill_value: Number, *, need: Need) -> Array:
    """(n, m) or (n, …, n), number -> the same

    Torch's docs, "torch.Tensor.fill_diagonal_".
    """
    _has_diagonal(need, a)
    return a


@op(dtype="int", numpy="ix_(*args...)")
def ix(args: Tensors, *, need: Need) -> list[Array]:
    """(n), (m), … -> (n, 1, …), (1, m, …), …

    NumPy's manual, "numpy.ix_".
    """
    made = []
    for number, one in enumerate(args):
        name = f"args[{number}]"
        need.rank(name, one, 1, why="rank")
        axis = found(need, "selected") if one.dtype == "bool" else one.shape[0]
        if not one.dtype:
            need.undecided(f"the dtype of {name} is not known")
        shape = replaced((UNIT,) * len(args), number, (axis,))
        made.append(Array(shape, "int" if one.dtype == "bool" else one.dtype))
    return made


OPS = family(globals())
