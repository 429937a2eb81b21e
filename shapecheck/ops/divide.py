"""Arrays cut into several along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from shapecheck.dims import Axis, Size, is_size, merge
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import Anything, Count, Counts, Dim, Sizes, Tensor
from shapecheck.ops._regroup import resized
from shapecheck.ops._values import Array
from shapecheck.ops.index import sliced_size
from shapecheck.ops.rearrange import without

EVEN = "the number of parts has to divide the axis"
_KEYWORDS = "*, sections=parts, indices=parts"  # as torch calls the two forms
MOST_PARTS = 4096  # more are not listed one by one


# --- helpers ----------------------------------------------------------------------------------


def _place(need: Need, a: Array, dim: Any) -> int:
    need.rank_at_least("a", a, 1)
    return need.axis(dim, a.rank, of="a")


def _part(a: Array, at: int, axis: Axis) -> Array:
    """What a part of an axis leaves of an array: the memory stays where it is."""
    return replace(a, axes=(*a.shape[:at], axis, *a.shape[at + 1 :]))


def _parts(a: Array, at: int, sizes: Sequence[Size]) -> list[Array]:
    """The array cut into parts of these sizes."""
    axis = a.shape[at]
    inner = _inner(axis, sizes)
    return [_part(a, at, inner or resized(axis, size)) for size in sizes]


def _inner(axis: Axis, sizes: Sequence[Size]) -> Axis | None:
    """The axis of each part, where a merged axis is cut along its outermost factor."""
    if axis.factors and axis.factors[0].size == len(sizes) and len(set(sizes)) == 1:
        return merge(axis.factors[1:])
    return None


def _many(need: Need, count: Size, what: str) -> int:
    """The number of parts, which has to be known, and not so large that a list is of no use."""
    number = need.known(count, what)
    if number > MOST_PARTS:
        need.undecided(f"{number} parts")
    return number


# --- parts of a size --------------------------------------------------------------------------


@op(
    torch="split(tensor=a, split_size_or_sections=sizes, dim)",
    tensor="split(split_size=sizes, dim)",
)
def split(a: Tensor, sizes: Counts, dim: Dim = 0, *, need: Need) -> list[Array]:
    """(*before, n, *after) -> parts (*before, s, *after), the last one smaller if s does not
    divide n; or parts of the sizes in a list.

    Torch's docs, "torch.split".
    """
    at = _place(need, a, dim)
    if isinstance(sizes, tuple):
        return _of_sizes(need, a, at, sizes)
    size = a.sizes[at]
    need.count(sizes, "sizes")
    if sizes == 0:
        places = (("sizes", None), ("a", at))
        need.equal(
            size, 0, Why("size-argument", "parts of size 0 are those of an axis of 0", places)
        )
        return _parts(a, at, (size,))
    return _parts(a, at, _steps(need, size, sizes))


def _steps(need: Need, size: Size, step: Size) -> Sequence[Size]:
    """The sizes of the parts of an axis that is cut at the multiples of a step."""
    if need.assume.at_least(step, size):
        return (size,)
    if need.assume.divides(step, size):
        count = need.assume.simplify(size) // need.assume.simplify(step)
        return (step,) * _many(need, count, "how often the size goes into the axis")
    whole = _many(need, size // step, "how often the size goes into the axis")
    rest = need.decided(need.assume.at_least(size, whole * step + 1), "the last part may be empty")
    return (*((step,) * whole), size - whole * step) if rest else (step,) * whole


@op(
    torch="split_with_sizes(input=a, split_sizes=sizes, dim)",
    tensor="split_with_sizes(split_sizes=sizes, dim)",
)
def split_with_sizes(a: Tensor, sizes: Sizes, dim: Dim = 0, *, need: Need) -> list[Array]:
    """(*before, n, *after) -> parts (*before, s, *after) of the sizes in a list.

    Torch's docs, "torch.split".
    """
    return _of_sizes(need, a, _place(need, a, dim), sizes)


def _of_sizes(need: Need, a: Array, at: int, sizes: Sequence[Size]) -> list[Array]:
    for size in sizes:
        need.count(size, "sizes")
    text = "the sizes of the parts have to add up to that of the axis"
    places = (("sizes", None), ("a", at))
    need.equal(sum(sizes, 0), a.sizes[at], Why("size-argument", text, places))
    return _parts(a, at, sizes)


# --- so many parts ----------------------------------------------------------------------------


@op(
    torch="chunk|unsafe_chunk(input=a, chunks, dim)",
    tensor="chunk|unsafe_chunk(chunks, dim)",
)
def chunk(a: Tensor, chunks: Count, dim: Dim = 0, *, need: Need) -> list[Array]:
    """(*before, n, *after) -> parts (*before, s, *after), where s = ceil(n / chunks): often as
    many as told, sometimes less.

    Torch's docs, "torch.chunk".
    """
    at = _place(need, a, dim)
    size = a.sizes[at]
    need.count(chunks, "chunks", least=1)
    if need.assume.divides(chunks, size):
        step = need.assume.simplify(size) // need.assume.simplify(chunks)
        return _parts(a, at, (step,) * _many(need, chunks, "chunks"))
    if chunks == 2 and need.assume.at_least(size, 2):
        return _parts(a, at, ((size + 1) // 2, size // 2))
    step = need.known(-(-size // need.known(chunks, "chunks")), "the size of a chunk")
    return _parts(a, at, _steps(need, size, step))


@op(
    torch=f"tensor_split(input=a, parts, /, dim, {_KEYWORDS})",
    tensor=f"tensor_split(parts, /, dim, {_KEYWORDS})",
)
def tensor_split(a: Tensor, parts: Anything, dim: Dim = 0, *, need: Need) -> list[Array]:
    """(*before, n, *after) -> k parts (*before, n // k or n // k + 1, *after), or parts between
    the indices in a list.

    Torch's docs, "torch.tensor_split".
    """
    if not isinstance(parts, (Array, list, tuple)) and not is_size(parts):
        need.undecided("neither a number of parts nor indices")
    if isinstance(parts, Array) and not parts.is_open:
        need.rank("parts", parts, 0, 1)
    return _between(need, a, _place(need, a, dim), parts)


@op(numpy="array_split(ary=a, indices_or_sections=parts, axis)")
def array_split(a: Tensor, parts: Anything, dim: Dim = 0, *, need: Need) -> list[Array]:
    """(*before, n, *after) -> k parts (*before, n // k or n // k + 1, *after), or parts between
    the indices in a list.

    NumPy's manual, "numpy.array_split".
    """
    return _between(need, a, _place(need, a, dim), parts)


def _between(need: Need, a: Array, at: int, parts: Any, *, even: bool = False) -> list[Array]:
    """The parts of an axis: so many, or those between indices.

    Args:
        need: the recorder.
        a: the array.
        at: the axis.
        parts: a number or indices, as it was passed.
        even: whether the number has to divide the axis.
    """
    size = a.sizes[at]
    if isinstance(parts, (list, tuple)) and all(map(is_size, parts)):
        slices = [slice(*pair) for pair in pairwise([0, *parts, size])]
        sizes = [sliced_size(need, size, one)[0] for one in slices]
        return _parts(a, at, sizes)
    if not is_size(parts):
        need.undecided("where the array is cut is not known")
    why = Why("size-argument", "there has to be at least one part", (("parts", None),))
    need.at_least(parts, 1, why)
    if even:
        need.divides(parts, size, Why("size-argument", EVEN, (("parts", None), ("a", at))))
    count = _many(need, parts, "how many parts there are")
    if need.assume.divides(count, size):
        return _parts(a, at, (need.assume.simplify(size) // count,) * count)
    return _parts(a, at, [(size + count - 1 - number) // count for number in range(count)])


@op(numpy="split(ary=a, indices_or_sections=parts, axis)")
def split_evenly(a: Tensor, parts: Anything, dim: Dim = 0, *, need: Need) -> list[Array]:
    """(*before, n, *after) -> k parts (*before, n / k, *after), or parts between the indices in a
    list.

    NumPy's manual, "numpy.split".
    """
    return _between(need, a, _place(need, a, dim), parts, even=True)


@op(
    numpy="hsplit(ary=a, indices_or_sections=parts)",
    torch=f"hsplit(input=a, parts, /, {_KEYWORDS})",
    tensor=f"hsplit(parts, /, {_KEYWORDS})",
)
def hsplit(a: Tensor, parts: Anything, *, need: Need) -> list[Array]:
    """(b, n, *s) -> k parts (b, n / k, *s), or (n,) -> k parts (n / k,), or between indices.

    NumPy's manual, "numpy.hsplit"; torch's docs, "torch.hsplit".
    """
    need.rank_at_least("a", a, 1)
    return _between(need, a, min(1, a.rank - 1), parts, even=True)


@op(
    numpy="vsplit(ary=a, indices_or_sections=parts)",
    torch=f"vsplit(input=a, parts, /, {_KEYWORDS})",
    tensor=f"vsplit(parts, /, {_KEYWORDS})",
)
def vsplit(a: Tensor, parts: Anything, *, need: Need) -> list[Array]:
    """(n, m, *s) -> k parts (n / k, m, *s), or between indices.

    NumPy's manual, "numpy.vsplit"; torch's docs, "torch.vsplit".
    """
    need.rank_at_least("a", a, 2)
    return _between(need, a, 0, parts, even=True)


@op(
    numpy="dsplit(ary=a, indices_or_sections=parts)",
    torch=f"dsplit(input=a, parts, /, {_KEYWORDS})",
    tensor=f"dsplit(parts, /, {_KEYWORDS})",
)
def dsplit(a: Tensor, parts: Anything, *, need: Need) -> list[Array]:
    """(n, m, l, *s) -> k parts (n, m, l / k, *s), or between indices.

    NumPy's manual, "numpy.dsplit"; torch's docs, "torch.dsplit".
    """
    need.rank_at_least("a", a, 3)
    return _between(need, a, 2, parts, even=True)


# --- one by one -------------------------------------------------------------------------------


@op(
    torch="unbind(input=a, dim)",
    tensor="unbind(dim)",
    numpy="unstack(x=a, /, *, axis)",
)
def unbind(a: Tensor, dim: Dim = 0, *, need: Need) -> list[Array]:
    """(*before, n, *after) -> n times (*before, *after).

    Torch's docs, "torch.unbind"; NumPy's manual, "numpy.unstack".
    """
    at = _place(need, a, dim)
    one = without(a, (at,))
    if need.library is NUMPY:  # of arrays without axes it makes numbers
        one = one if one.rank else replace(one, strides=())
    return [one] * _many(need, a.sizes[at], "how many parts there are")


OPS = family(globals())
