"""Norms, and distances between vectors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from shapecheck.dims import Axis, Shape, minimum
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Dim,
    Dims,
    Flag,
    Tensor,
)
from shapecheck.ops._values import Array, Unknown
from shapecheck.ops.reduce import STRETCHED, gone, less, nonempty

# --- norms ------------------------------------------------------------------------------------

MATRIX_NORMS = ("fro", "f", "nuc", math.inf, -math.inf, 1, -1, 2, -2)


def _is_known(need: Need, order: Any) -> bool:
    """Whether the order of a norm is known; what it requires stays open otherwise."""
    if isinstance(order, Unknown) or not isinstance(order, (int, float, str, type(None))):
        need.record(order, "is a norm", None, Why("rank", "the order has to fit"), None)
        return False
    return True


def _vector_norm(need: Need, a: Array, places: Sequence[int], order: Any) -> None:
    """Require what the norm of a vector does: a greatest or least element, if it is one."""
    if not _is_known(need, order):
        return
    why = Why("rank", "a vector has no such norm", (("ord", None), ("a", None)))
    need.true(not isinstance(order, str), why, order)
    if order is not None and not isinstance(order, str):
        least = order == -math.inf
        if least or (need.library is not NUMPY and (order == math.inf or order < 0)):
            nonempty(need, a, places)


def _matrix_norm(need: Need, a: Array, places: Sequence[int], order: Any) -> None:
    """Require what the norm of a matrix does."""
    why = Why("axis-out-of-range", "two axes have to make a matrix", (("dim", None),))
    need.true(len(places) == 2, why, len(places), 2)
    if not _is_known(need, order) or order is None:
        return
    why = Why("rank", "a matrix has no such norm", (("ord", None), ("a", None)))
    names = MATRIX_NORMS if need.library is NUMPY else set(MATRIX_NORMS) - {"f"}
    need.true(order in names, why, order)
    if isinstance(order, str) or order > 0:
        return
    rest = less(a.shape, places)
    row, column = (a.shape[place].size for place in places)
    left = column if order == -1 else row if order == -math.inf else minimum(row, column)
    nonempty(need, Array((*rest, Axis(left))), (len(rest),))


@op(dtype="float", numpy="linalg.norm(x=a, ord, axis, keepdims)")
def norm(
    a: Tensor, ord: Anything = None, dim: Dims = None, keepdim: Flag = False, *, need: Need
) -> Shape:
    """(*s, n, *t) -> (*s, *t), a vector's; of two axes, a matrix'; of all without `dim`

    NumPy's manual, "numpy.linalg.norm".
    """
    if dim is None and _is_plain(a, ord):
        return less(a.shape, range(a.rank), keepdim)
    places = need.axes(dim, a.rank, of="a", distinct=False)
    text = "a norm is taken of one axis or of two"
    need.true(len(places) in (1, 2), Why("rank", text, (("a", None),)), len(places), (1, 2))
    if len(places) == 1:
        _vector_norm(need, a, places, ord)
    else:
        need.axes(dim, a.rank, of="a")
        _matrix_norm(need, a, places, ord)
    return less(a.shape, places, keepdim)


def _is_plain(a: Array, order: Any) -> bool:
    """Whether NumPy takes all elements for one vector."""
    named = isinstance(order, str) and order in ("f", "fro") and a.rank == 2
    return order is None or named or (a.rank == 1 and isinstance(order, int) and order == 2)


@op(
    dtype="float",
    numpy="linalg.vector_norm(x=a, /, *, axis, keepdims, ord)",
    torch="linalg.vector_norm(x=a, ord, dim, keepdim, *, dtype, out)",
)
def vector_norm(
    a: Tensor, ord: Anything = 2, dim: Dims = None, keepdim: Flag = False, *, need: Need
) -> Shape:
    """(*s, n, *t) -> (*s, *t), or (*s, 1, *t) if the axis is kept; all axes without `dim`

    torch's "torch.linalg.vector_norm"; NumPy's manual, "numpy.linalg.vector_norm".
    """
    places = gone(need, dim, a)
    _vector_norm(need, a, places, ord)
    return less(a.shape, places, keepdim)


@op(
    dtype="float",
    torch="norm(input=a, p=ord, dim, keepdim, out, dtype)",
    tensor="norm(p=ord, dim, keepdim, dtype)",
)
def norm_of_any(
    a: Tensor, ord: Anything = "fro", dim: Dims = None, keepdim: Flag = False, *, need: Need
) -> Shape:
    """(*s, n, *t) -> (*s, *t), or (*s, 1, *t) if the axis is kept; all axes without `dim`

    torch's "torch.norm".
    """
    places = gone(need, dim, a)
    if isinstance(ord, str) and ord in ("fro", "nuc"):
        if ord == "nuc" or (isinstance(dim, (tuple, list)) and len(dim) > 2):
            _matrix_norm(need, a, need.axes(dim, a.rank, of="a"), ord)
    else:
        _vector_norm(need, a, places, ord)
    return less(a.shape, places, keepdim)


@op(dtype="float", torch="linalg.norm(input=a, ord, dim, keepdim, *, out, dtype)")
def norm_of_either(
    a: Tensor, ord: Anything = None, dim: Dims = None, keepdim: Flag = False, *, need: Need
) -> Shape:
    """(*s, n, *t) -> (*s, *t), a vector's; of two axes, a matrix'; of all without `dim`

    torch's "torch.linalg.norm".
    """
    if dim is None and ord is None:
        return less(a.shape, range(a.rank), keepdim)
    places = need.axes(dim, a.rank, of="a", distinct=False)
    text = "a norm is taken of one axis or of two"
    need.true(len(places) in (1, 2), Why("rank", text, (("a", None),)), len(places), (1, 2))
    need.axes(dim, a.rank, of="a")
    if isinstance(ord, str) or (len(places) == 2 and ord is not None):
        _matrix_norm(need, a, places, ord)
    else:
        _vector_norm(need, a, places if a.rank else (), ord)
    return less(a.shape, places, keepdim)


@op(
    dtype="float",
    numpy="linalg.matrix_norm(x=a, /, *, keepdims, ord)",
    torch="linalg.matrix_norm(input=a, ord, dim, keepdim, *, dtype, out)",
)
def matrix_norm(
    a: Tensor, ord: Anything = "fro", dim: Dims = (-2, -1), keepdim: Flag = False, *, need: Need
) -> Shape:
    """(*batch, n, m) -> (*batch), or (*batch, 1, 1) if the axes are kept

    torch's "torch.linalg.matrix_norm"; NumPy's manual, "numpy.linalg.matrix_norm".
    """
    need.rank_at_least("a", a, 2)
    places = need.axes(dim, a.rank, of="a")
    _matrix_norm(need, a, places, ord)
    return less(a.shape, places, keepdim)


@op(torch="renorm(input=a, p, dim, maxnorm)", tensor="renorm|renorm_(p, dim, maxnorm)")
def renorm(a: Tensor, p: Anything, dim: Dim, maxnorm: Anything, *, need: Need) -> Shape:
    """(*s) -> (*s): each part along an axis is scaled down to a norm.

    torch's "torch.renorm".
    """
    need.rank_at_least("a", a, 2)
    need.axis(dim, a.rank, of="a")
    return a.shape


# --- distances --------------------------------------------------------------------------------


@op(torch="dist(input=a, other=b, p)", tensor="dist(other=b, p)", dtype="float")
def dist(a: Tensor, b: Tensor, p: Anything = 2, *, need: Need) -> Shape:
    """(*s), (*t) -> (), both stretched to one shape

    torch's "torch.dist".
    """
    why = Why("broadcast", STRETCHED, (("a", None), ("b", None)))
    axes = need.broadcast(a.shape, b.shape, why=why)
    _vector_norm(need, Array(axes), range(len(axes)), p)
    return ()


@op(
    torch="cosine_similarity(x1=a, x2=b, dim, eps)",
    functional="cosine_similarity(x1=a, x2=b, dim, eps)",
)
def cosine_similarity(a: Tensor, b: Tensor, dim: Dim = 1, *, need: Need) -> Shape:
    """(*s, d, *t), (*s, d, *t) -> (*s, *t), stretched to one shape.

    torch's "torch.nn.functional.cosine_similarity".
    """
    why = Why("broadcast", STRETCHED, (("a", None), ("b", None)))
    axes = need.broadcast(a.shape, b.shape, why=why)
    return less(axes, (need.axis(dim, len(axes), of="a"),))


@op(functional="normalize(input=a, p, dim, eps, out)")
def normalize(a: Tensor, p: Anything = 2, dim: Dims = 1, *, need: Need) -> Shape:
    """(*s, n, *t) -> (*s, n, *t): along the axis, the norm becomes 1.

    torch's "torch.nn.functional.normalize".
    """
    _vector_norm(need, a, gone(need, dim, a), p)
    return a.shape


OPS = family(globals())
