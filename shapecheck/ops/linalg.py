"""Products of vectors, matrices and stacks of them."""

from __future__ import annotations

from typing import Any

from shapecheck.dims import UNIT, Axis, Shape, merge, product
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import Anything, Dim, Tensor, Tensors
from shapecheck.ops._values import Array

STACKED = Why("broadcast", "the axes before the last two have to broadcast")
STRETCHED = "the summand has to be stretchable to the product's shape"


def contracted(need: Need, a: Array, i: int, b: Array, j: int, names: str = "a b") -> None:
    """Require axis `i` of one array to have the size of axis `j` of the other."""
    first, second = names.split()
    why = Why("matmul-inner", "inner sizes have to be equal", ((first, i), (second, j)))
    need.equal(a.shape[i].size, b.shape[j].size, why)


def same_batch(need: Need, a: Array, b: Array) -> None:
    """Require the first axes of two stacks of matrices to have one size."""
    why = Why("broadcast", "both have to have the same batch size", (("a", 0), ("b", 0)))
    need.equal(a.shape[0].size, b.shape[0].size, why)


def stretched_to(need: Need, name: str, array: Array, shape: Shape, text: str = STRETCHED) -> None:
    """Require an array to be stretchable to a shape, which itself is not stretched."""
    whole = Why("broadcast", text, ((name, None),))
    need.true(array.rank <= len(shape), whole, array.rank, len(shape))
    for place, own in enumerate(array.shape):
        axis = shape[len(shape) - array.rank + place]
        answers = need.assume.equal(own.size, 1), need.assume.equal(own.size, axis.size)
        holds = True if True in answers else None if None in answers else False
        need.record(own, "broadcasts", axis, Why("broadcast", text, ((name, place),)), holds)


def same_shape(need: Need, name: str, array: Array, shape: Shape) -> None:
    """Require an array that takes up a result in place to have the result's shape."""
    text = f"{name} takes up the result in place, so it has to have its shape"
    need.true(array.rank == len(shape), Why("broadcast", text, ((name, None),)))
    for place, (own, axis) in enumerate(zip(array.shape, shape, strict=True)):
        need.equal(own.size, axis.size, Why("broadcast", text, ((name, place),)))


# --- matrices ---------------------------------------------------------------------------------


@op(
    numpy=["matmul(a, b, /, out, *, casting, order, dtype)", "linalg.matmul(a, b, /)"],
    torch=["matmul(input=a, other=b, *, out)", "linalg.matmul(input=a, other=b, *, out)"],
    tensor="matmul(other=b)",
    operator="matmul",
)
def matmul(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(*batch, n, k) @ (*batch, k, m) -> (*batch, n, m); a 1-D side loses its axis.

    NumPy's manual, "numpy.matmul"; torch's "torch.matmul".
    """
    need.rank_at_least("a", a, 1, "matmul-inner")
    need.rank_at_least("b", b, 1, "matmul-inner")
    contracted(need, a, a.rank - 1, b, max(b.rank - 2, 0))
    stacked = need.broadcast(a.shape[:-2], b.shape[:-2], why=STACKED)
    return (*stacked, *a.shape[-2:-1], *(b.shape[-1:] if b.rank > 1 else ()))


@op(operator="imatmul")
def imatmul(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(*batch, n, k) @= (*batch, k, k) -> (*batch, n, k), in place in NumPy; torch has only @.

    NumPy's release notes, "numpy.ndarray now supports in-place matrix multiplication".
    """
    if need.library is not NUMPY:
        return _shape(matmul.rule(a, b, need=need))
    need.rank_at_least("a", a, 1, "matmul-inner")
    need.rank_at_least("b", b, 2, "matmul-inner")
    contracted(need, a, a.rank - 1, b, b.rank - 2)
    text = "the result has to fit into the array on the left"
    why = Why("broadcast", text, (("a", a.rank - 1), ("b", b.rank - 1)))
    need.equal(a.shape[-1].size, b.shape[-1].size, why)
    more = max(b.rank - max(a.rank, 2), 0)
    for place in range(more):
        need.equal(b.shape[place].size, 1, Why("broadcast", text, (("b", place),)))
    stretched_to(need, "b", b.with_axes(b.shape[more:-2]), a.shape[:-2], text)
    return a.shape


@op(
    torch=["mm|spmm|dsmm(input=a, mat2=b)", "sparse.mm(a, b, /)"],
    tensor="mm(mat2=b)",
)
def mm(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(n, k) @ (k, m) -> (n, m)

    torch's "torch.mm".
    """
    need.rank("a", a, 2)
    need.rank("b", b, 2)
    contracted(need, a, 1, b, 0)
    return a.shape[0], b.shape[1]


@op(torch="bmm(input=a, mat2=b)", tensor="bmm(mat2=b)")
def bmm(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(batch, n, k) @ (batch, k, m) -> (batch, n, m), without broadcasting

    torch's "torch.bmm".
    """
    need.rank("a", a, 3)
    need.rank("b", b, 3)
    same_batch(need, a, b)
    contracted(need, a, 2, b, 1)
    return a.shape[0], a.shape[1], b.shape[2]


@op(torch="mv(input=a, vec=b)", tensor="mv(vec=b)")
def mv(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(n, k) @ (k,) -> (n,)

    torch's "torch.mv".
    """
    need.rank("a", a, 2)
    need.rank("b", b, 1)
    contracted(need, a, 1, b, 0)
    return a.shape[:1]


@op(numpy="matvec(a, b, /)")
def matvec(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(*batch, n, k) @ (*batch, k) -> (*batch, n)

    NumPy's manual, "numpy.matvec".
    """
    need.rank_at_least("a", a, 2)
    need.rank_at_least("b", b, 1)
    contracted(need, a, a.rank - 1, b, b.rank - 1)
    return (*need.broadcast(a.shape[:-2], b.shape[:-1], why=STACKED), a.shape[-2])


@op(numpy="vecmat(a, b, /)")
def vecmat(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(*batch, k) @ (*batch, k, m) -> (*batch, m)

    NumPy's manual, "numpy.vecmat".
    """
    need.rank_at_least("a", a, 1)
    need.rank_at_least("b", b, 2)
    contracted(need, a, a.rank - 1, b, b.rank - 2)
    return (*need.broadcast(a.shape[:-1], b.shape[:-2], why=STACKED), b.shape[-1])


# --- products with a summand ------------------------------------------------------------------


@op(
    torch="addmm(input=c, mat1=a, mat2=b, *, beta, alpha)",
    tensor="addmm(mat1=a, mat2=b, *, beta, alpha)",
)
def addmm(c: Tensor, a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(n, m) + (n, k) @ (k, m) -> (n, m), the summand stretched

    torch's "torch.addmm".
    """
    result: Shape = mm.rule(a, b, need=need)
    stretched_to(need, "c", c, result)
    return result


@op(tensor="addmm_(mat1=a, mat2=b, *, beta, alpha)")
def addmm_inplace(c: Tensor, a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(n, m) += (n, k) @ (k, m)

    torch's "torch.Tensor.addmm_".
    """
    same_shape(need, "c", c, mm.rule(a, b, need=need))
    return c.shape


@op(
    torch="baddbmm(input=c, batch1=a, batch2=b, *, beta, alpha)",
    tensor="baddbmm(batch1=a, batch2=b, *, beta, alpha)",
)
def baddbmm(c: Tensor, a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(batch, n, m) + (batch, n, k) @ (batch, k, m) -> (batch, n, m), the summand stretched

    torch's "torch.baddbmm".
    """
    result: Shape = bmm.rule(a, b, need=need)
    stretched_to(need, "c", c, result)
    return result


@op(tensor="baddbmm_(batch1=a, batch2=b, *, beta, alpha)")
def baddbmm_inplace(c: Tensor, a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(batch, n, m) += (batch, n, k) @ (batch, k, m)

    torch's "torch.Tensor.baddbmm_".
    """
    same_shape(need, "c", c, bmm.rule(a, b, need=need))
    return c.shape


@op(
    torch="addbmm(input=c, batch1=a, batch2=b, *, beta, alpha)",
    tensor="addbmm(batch1=a, batch2=b, *, beta, alpha)",
)
def addbmm(c: Tensor, a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(n, m) + (batch, n, k) @ (batch, k, m) -> (n, m), summed over the batch

    torch's "torch.addbmm".
    """
    _, *result = bmm.rule(a, b, need=need)
    stretched_to(need, "c", c, tuple(result))
    return tuple(result)


@op(tensor="addbmm_(batch1=a, batch2=b, *, beta, alpha)")
def addbmm_inplace(c: Tensor, a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(n, m) += (batch, n, k) @ (batch, k, m), summed over the batch

    torch's "torch.Tensor.addbmm_", which tries to stretch its own array in place, and fails at
    times because elements share memory.
    """
    result: Shape = addbmm.rule(c, a, b, need=need)
    fits = c.rank == 2 and need.assume.equal(product(c.sizes), product(x.size for x in result))
    same = c.rank == len(result) and all(
        need.assume.equal(x, y.size) for x, y in zip(c.sizes, result, strict=True)
    )
    filled = same or need.assume.equal(product(c.sizes), 0) is False
    need.decided((fits and filled) or None, "an array that is stretched in place may be rejected")
    return c.shape


@op(
    torch="addmv(input=c, mat=a, vec=b, *, beta, alpha)",
    tensor="addmv(mat=a, vec=b, *, beta, alpha)",
)
def addmv(c: Tensor, a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(n,) + (n, k) @ (k,) -> (n,), the summand stretched

    torch's "torch.addmv".
    """
    result: Shape = mv.rule(a, b, need=need)
    stretched_to(need, "c", c, result)
    if c.rank == 0 or need.assume.equal(c.shape[0].size, result[0].size) is not True:
        empty = need.assume.equal(product(a.sizes), 0)  # then the summand is not stretched
        if need.decided(empty, "whether the matrix is empty is not known"):
            return c.shape
    return result


@op(tensor="addmv_(mat=a, vec=b, *, beta, alpha)")
def addmv_inplace(c: Tensor, a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(n,) += (n, k) @ (k,)

    torch's "torch.Tensor.addmv_".
    """
    same_shape(need, "c", c, mv.rule(a, b, need=need))
    return c.shape


@op(
    torch="addr(input=c, vec1=a, vec2=b, *, beta, alpha)",
    tensor="addr(vec1=a, vec2=b, *, beta, alpha)",
)
def addr(c: Tensor, a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(n, m) + outer((n,), (m,)) -> (n, m), the summand stretched

    torch's "torch.addr".
    """
    result: Shape = outer_1d.rule(a, b, need=need)
    stretched_to(need, "c", c, result)
    return result


@op(tensor="addr_(vec1=a, vec2=b, *, beta, alpha)")
def addr_inplace(c: Tensor, a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(n, m) += outer((n,), (m,))

    torch's "torch.Tensor.addr_".
    """
    same_shape(need, "c", c, outer_1d.rule(a, b, need=need))
    return c.shape


# --- vectors ----------------------------------------------------------------------------------


@op(numpy="dot(a, b, out)", ndarray="dot(b, out)")
def dot(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(*s, k) . (*t, k, m) -> (*s, *t, m): no broadcasting; a 1-D side loses its axis.

    NumPy's manual, "numpy.dot": the last axis of `a` with the last but one of `b`; an array of
    rank 0 multiplies.
    """
    if not a.rank or not b.rank:
        return a.shape + b.shape
    contracted(need, a, a.rank - 1, b, max(b.rank - 2, 0))
    return (*a.shape[:-1], *b.shape[:-2], *(b.shape[-1:] if b.rank > 1 else ()))


@op(
    torch=["dot(input=a, tensor=b)", "vdot(input=a, other=b)"],
    tensor=["dot(tensor=b)", "vdot(other=b)"],
)
def dot_1d(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(k,) . (k,) -> ()

    torch's "torch.dot", "torch.vdot".
    """
    need.rank("a", a, 1)
    need.rank("b", b, 1)
    contracted(need, a, 0, b, 0)
    return ()


@op(numpy="vdot(a, b, /)")
def vdot(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(*s) . (*t) -> (), both laid out flat

    NumPy's manual, "numpy.vdot".
    """
    why = Why("matmul-inner", "both have to have as many elements", (("a", None), ("b", None)))
    need.equal(product(a.sizes), product(b.sizes), why)
    return ()


@op(numpy=["vecdot(a, b, /, out, *, axis)", "linalg.vecdot(a, b, /, *, axis)"])
def vecdot(a: Tensor, b: Tensor, dim: Dim = -1, *, need: Need) -> Shape:
    """(*batch, k) . (*batch, k) -> (*batch)

    NumPy's manual, "numpy.vecdot".
    """
    need.rank_at_least("a", a, 1)
    need.rank_at_least("b", b, 1)
    i, j = need.axis(dim, a.rank, of="a"), need.axis(dim, b.rank, of="b")
    contracted(need, a, i, b, j)
    return need.broadcast(without(a.shape, i), without(b.shape, j), why=STACKED)


@op(torch="linalg.vecdot(x=a, y=b, *, dim, out)")
def vecdot_stretched(a: Tensor, b: Tensor, dim: Dim = -1, *, need: Need) -> Shape:
    """(*batch, k) . (*batch, k) -> (*batch); the vectors of stacks broadcast too.

    torch's "torch.linalg.vecdot".
    """
    if a.rank == b.rank == 1:
        contracted(need, a, 0, b, 0)
        return ()
    why = Why("broadcast", "both arrays have to broadcast")
    shape = need.broadcast(a.shape, b.shape, why=why)
    return without(shape, need.axis(dim, len(shape), of="a")) if shape else ()


def _shape(result: Any) -> Shape:
    """What another op's rule gave, which is a shape."""
    return tuple(result)


def without(shape: Shape, place: int) -> Shape:
    """The shape less one axis."""
    return shape[:place] + shape[place + 1 :]


@op(
    numpy="inner(a, b, /)",
    torch="inner(input=a, other=b, *, out)",
    tensor="inner(other=b)",
)
def inner(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(*s, k), (*t, k) -> (*s, *t); an array of rank 0 multiplies

    NumPy's manual, "numpy.inner"; torch's "torch.inner".
    """
    if not a.rank or not b.rank:
        return a.shape + b.shape
    contracted(need, a, a.rank - 1, b, b.rank - 1)
    return a.shape[:-1] + b.shape[:-1]


@op(total=True, numpy="outer(a, b, out)")
def outer(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(*s), (*t) -> (product of s, product of t): both are laid out flat.

    NumPy's manual, "numpy.outer".
    """
    return merge(a.shape), merge(b.shape)


@op(
    numpy="linalg.outer(a, b, /)",
    torch="outer|ger(input=a, vec2=b, *, out)",
    tensor="outer|ger(vec2=b)",
)
def outer_1d(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(n,), (m,) -> (n, m)

    torch's "torch.outer"; NumPy's manual, "numpy.linalg.outer".
    """
    need.rank("a", a, 1)
    need.rank("b", b, 1)
    return a.shape + b.shape


def _outer(ufuncs: str) -> str:
    return "|".join(f"{name}.outer" for name in ufuncs.split())


@op(
    total=True,
    numpy=_outer("add subtract multiply minimum maximum fmax fmin floor_divide mod power"),
)
def outer_arithmetic(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(*s), (*t) -> (*s, *t): each element of one with each of the other.

    NumPy's manual, "numpy.ufunc.outer".
    """
    return a.shape + b.shape


@op(
    total=True,
    dtype="float",
    numpy=_outer("divide true_divide arctan2 hypot logaddexp"),
)
def outer_division(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(*s), (*t) -> (*s, *t): each element of one with each of the other.

    NumPy's manual, "numpy.ufunc.outer".
    """
    return a.shape + b.shape


@op(
    total=True,
    dtype="bool",
    numpy=_outer(
        "equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor"
    ),
)
def outer_comparison(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(*s), (*t) -> (*s, *t): each element of one with each of the other.

    NumPy's manual, "numpy.ufunc.outer".
    """
    return a.shape + b.shape


# --- several axes -----------------------------------------------------------------------------


@op(
    numpy=["tensordot(a, b, axes)", "linalg.tensordot(a, b, /, *, axes)"],
    torch="tensordot(a, b, dims, out)",
)
def tensordot(a: Tensor, b: Tensor, dims: Anything = 2, *, need: Need) -> Shape:
    """(*s, *k), (*k, *t) -> (*s, *t), over the last of `a` and the first of `b`, or others.

    NumPy's manual, "numpy.tensordot"; torch's "torch.tensordot".
    """
    left, right = _contracted_axes(need, a, b, dims)
    why = Why("matmul-inner", "as many axes of both have to be named", (("dims", None),))
    need.true(len(left) == len(right), why, len(left), len(right))
    for i, j in zip(left, right, strict=True):
        if need.library is NUMPY or not _either_is_unit(need, a.shape[i], b.shape[j]):
            contracted(need, a, i, b, j)
    kept = [axis for place, axis in enumerate(a.shape) if place not in left]
    return (*kept, *(axis for place, axis in enumerate(b.shape) if place not in right))


def _either_is_unit(need: Need, left: Axis, right: Axis) -> bool:
    """Whether torch sums a contracted axis against one of size 1."""
    answers = need.assume.equal(left.size, 1), need.assume.equal(right.size, 1)
    if None in answers and need.assume.equal(left.size, right.size) is not True:
        return need.decided(True if True in answers else None, "an axis may be of size 1")
    return True in answers


def _contracted_axes(
    need: Need, a: Array, b: Array, dims: Any
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes of both arrays that are summed over, counted from 0."""
    if isinstance(dims, int):
        least = Why("axis-out-of-range", "so many axes cannot be", (("dims", None),))
        need.true(dims >= 0 or need.library is NUMPY, least, dims, 0)
        count = max(dims, 0)
        need.true(count <= min(a.rank, b.rank), least, count, min(a.rank, b.rank))
        return tuple(range(a.rank - count, a.rank)), tuple(range(count))
    if not isinstance(dims, (tuple, list)) or len(dims) != 2:
        need.undecided("dims is not known")
    first, second = dims
    if first is None or second is None:
        need.undecided("dims is not known")
    for name, array, named in (("a", a, first), ("b", b, second)):
        if named not in ([], ()):
            need.rank_at_least(name, array, 1, "axis-out-of-range")
    return need.axes(first, a.rank, "dims", of="a"), need.axes(second, b.rank, "dims", of="b")


@op(
    total=True,
    numpy="kron(a, b)",
    torch="kron(input=a, other=b, *, out)",
    tensor="kron(other=b)",
)
def kron(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(n, m), (k, l) -> (n*k, m*l), lined up from the right, for any rank

    NumPy's manual, "numpy.kron"; torch's "torch.kron".
    """
    rank = max(a.rank, b.rank)
    left = (UNIT,) * (rank - a.rank) + a.shape
    right = (UNIT,) * (rank - b.rank) + b.shape
    return tuple(merge(pair) for pair in zip(left, right, strict=True))


@op(numpy="linalg.multi_dot(arrays)", torch="linalg.multi_dot(tensors=arrays, *, out)")
def multi_dot(arrays: Tensors, *, need: Need) -> Shape:
    """(n, k), (k, l), (l, m) -> (n, m); the first and the last may be vectors.

    NumPy's manual, "numpy.linalg.multi_dot"; torch's "torch.linalg.multi_dot".
    """
    why = Why("rank", "at least two arrays have to be given", (("arrays", None),))
    need.true(len(arrays) >= 2, why, len(arrays), 2)
    if len(arrays) == 2 and need.library is NUMPY:  # it hands them to numpy.dot
        return _shape(dot.rule(*arrays, need=need))
    last = len(arrays) - 1
    for place, array in enumerate(arrays):
        ranks = (1, 2) if place in (0, last) else (2,)
        need.rank(f"arrays[{place}]", array, *ranks)
    for place in range(last):
        names = f"arrays[{place}] arrays[{place + 1}]"
        contracted(need, arrays[place], arrays[place].rank - 1, arrays[place + 1], 0, names)
    return arrays[0].shape[:-1] + arrays[-1].shape[1:]


@op(torch="chain_matmul(*matrices...)")
def chain_matmul(matrices: Tensors, *, need: Need) -> Shape:
    """(n, k), (k, l), (l, m) -> (n, m)

    torch's "torch.chain_matmul".
    """
    why = Why("rank", "at least one matrix has to be given", (("matrices", None),))
    need.true(len(matrices) >= 1, why, len(matrices), 1)
    for place, array in enumerate(matrices):
        need.rank(f"matrices[{place}]", array, 2)
    for place in range(len(matrices) - 1):
        names = f"matrices[{place}] matrices[{place + 1}]"
        contracted(need, matrices[place], 1, matrices[place + 1], 0, names)
    return matrices[0].shape[0], matrices[-1].shape[1]


# --- the cross product ------------------------------------------------------------------------

THREE = "the axis has to have the size 3"


@op(numpy="cross(a, b, axisa, axisb, axisc, axis)")
def cross(
    a: Tensor,
    b: Tensor,
    axisa: Dim = -1,
    axisb: Dim = -1,
    axisc: Dim = -1,
    dim: Dim = None,
    *,
    need: Need,
) -> Shape:
    """(*s, 3), (*s, 3) -> (*s, 3)

    NumPy's manual, "numpy.cross".
    """
    if dim is not None:
        axisa = axisb = axisc = dim
    i, j = need.axis(axisa, a.rank, "axisa", of="a"), need.axis(axisb, b.rank, "axisb", of="b")
    flat = _is_flat(need, "a", a, i), _is_flat(need, "b", b, j)
    rest = need.broadcast(without(a.shape, i), without(b.shape, j), why=STACKED)
    if flat == (True, True):
        return rest
    if False not in flat:
        need.undecided("whether the vectors have 2 or 3 elements is not known")
    place = need.axis(axisc, len(rest) + 1, "axisc")
    axis = a.shape[i] if flat[0] is False else b.shape[j]
    return (*rest[:place], axis, *rest[place:])


def _is_flat(need: Need, name: str, array: Array, place: int) -> bool | None:
    """Whether the vectors have two elements; they have three otherwise."""
    size = array.shape[place].size
    two, three = need.assume.equal(size, 2), need.assume.equal(size, 3)
    holds = True if True in (two, three) else None if None in (two, three) else False
    why = Why("matmul-inner", "vectors have to have 2 or 3 elements", ((name, place),))
    need.true(holds, why, size, (2, 3))
    return False if three else two


@op(numpy="linalg.cross(a, b, /, *, axis)")
def cross_3d(a: Tensor, b: Tensor, dim: Dim = -1, *, need: Need) -> Shape:
    """(*s, 3), (*s, 3) -> (*s, 3)

    NumPy's manual, "numpy.linalg.cross".
    """
    i, j = need.axis(dim, a.rank, of="a"), need.axis(dim, b.rank, of="b")
    need.equal(a.shape[i].size, 3, Why("matmul-inner", THREE, (("a", i),)))
    need.equal(b.shape[j].size, 3, Why("matmul-inner", THREE, (("b", j),)))
    rest = need.broadcast(without(a.shape, i), without(b.shape, j), why=STACKED)
    place = need.axis(dim, len(rest) + 1)
    return (*rest[:place], a.shape[i], *rest[place:])


@op(
    torch=["linalg.cross(input=a, other=b, *, dim, out)"],
)
def cross_along(a: Tensor, b: Tensor, dim: Dim = -1, *, need: Need) -> Shape:
    """(*s, 3), (*s, 3) -> (*s, 3): the arrays broadcast, but have the same rank.

    torch's "torch.linalg.cross".
    """
    why = Why("rank", "both have to have the same number of axes", (("a", None), ("b", None)))
    need.true(a.rank == b.rank, why, a.rank, b.rank)
    place = need.axis(dim, a.rank, of="a")
    for name, array in (("a", a), ("b", b)):
        size = array.shape[place].size if array.rank else 1
        need.equal(size, 3, Why("matmul-inner", THREE, ((name, place),)))
    return need.broadcast(a.shape, b.shape, why=Why("broadcast", "both have to broadcast"))


@op(
    torch="cross(input=a, other=b, dim, *, out)",
    tensor="cross(other=b, dim)",
)
def cross_first(a: Tensor, b: Tensor, dim: Dim = None, *, need: Need) -> Shape:
    """(*s, 3), (*s, 3) -> (*s, 3): without `dim`, along the first axis of size 3

    torch's "torch.cross".
    """
    if dim is None:
        found = (place for place, axis in enumerate(a.shape) if _is_three(need, axis))
        dim = next(found, None)
        why = Why("matmul-inner", "an axis has to have the size 3", (("a", None),))
        need.true(dim is not None, why)
    return _shape(cross_along.rule(a, b, dim, need=need))


def _is_three(need: Need, axis: Axis) -> bool:
    return need.decided(need.assume.equal(axis.size, 3), "which axis has the size 3 is not known")


OPS = family(globals())
