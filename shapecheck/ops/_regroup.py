"""Reshapes: which axes of the old shape become which of the new one, and whether memory lets them.

Both questions are answered by walking over the two shapes from both ends: wherever the products of
what was passed agree, a group of old axes ends together with a group of new ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from shapecheck.dims import (
    UNIT,
    Assumptions,
    Axis,
    Piece,
    Scrambled,
    Shape,
    Size,
    merge,
    product,
    split,
)
from shapecheck.ops._need import Need, Why
from shapecheck.ops._values import Array, contiguous, is_contiguous

SCRAMBLES = Why("axes-scrambled", "a reshape cuts across axes")


def resized(axis: Axis, size: Size) -> Axis:
    """The same axis after some of it was left out or put in.

    A piece of an axis that was split is none any more: it could be merged back otherwise.
    """
    if size == axis.size:
        return axis
    return Axis(size) if isinstance(axis.origin, Piece) else axis.with_size(size)


def reshaped(need: Need, a: Array, sizes: Sequence[Size], *, view: bool = False) -> Array:
    """An array with other sizes and as many elements, which is the caller's to require.

    Args:
        need: the recorder.
        a: the array.
        sizes: the new ones, none of them -1.
        view: require that the memory can stay as it is.
    """
    axes = regrouped(need, a.shape, sizes)
    fits, strides = view_strides(need.assume, a, sizes)
    if view and a.strides is not None:
        text = "axes that lie apart in memory cannot be merged without a copy"
        places = (("a", None), ("shape", None))
        need.record(a.strides, "views", tuple(sizes), Why("view-stride", text, places), fits)
    if not view and fits is False:
        strides = contiguous(axes)
    return replace(a, axes=axes, strides=strides)


# --- identity ---------------------------------------------------------------------------------


def regrouped(need: Need, axes: Shape, sizes: Sequence[Size]) -> Shape:
    """The axes of the new sizes: kept, merged and split ones, as far as that can be told."""
    assume = need.assume
    head, old, new = _matched(assume, list(axes), list(sizes))
    tail, old, new = _matched(assume, old[::-1], new[::-1])
    groups = [*head, (old[::-1], new[::-1])]
    groups += [(some[::-1], others[::-1]) for some, others in reversed(tail)]
    return tuple(axis for some, others in groups for axis in _regroup(need, some, others))


def _matched(
    assume: Assumptions, old: list[Axis], new: list[Size]
) -> tuple[list[tuple[list[Axis], list[Size]]], list[Axis], list[Size]]:
    """The groups at the front of both shapes that end together, and what is left."""
    groups = []
    while old and new:
        ends = _ends(assume, old, new)
        if ends is None:
            break
        groups.append((old[: ends[0]], new[: ends[1]]))
        old, new = old[ends[0] :], new[ends[1] :]
    return groups, old, new


def _ends(assume: Assumptions, old: list[Axis], new: list[Size]) -> tuple[int, int] | None:
    """How many axes of both shapes have the same product; None if that cannot be decided."""
    i, j, left, right = 1, 1, old[0].size, new[0]
    while not assume.equal(left, right):
        if isinstance(left, int) and isinstance(right, int):
            more_old = left < right
        elif assume.divides(left, right):
            more_old = True
        elif assume.divides(right, left):
            more_old = False
        else:
            return None
        if more_old and i < len(old):
            left, i = left * old[i].size, i + 1
        elif not more_old and j < len(new):
            right, j = right * new[j], j + 1
        else:
            return None
    return i, j


def _regroup(need: Need, old: list[Axis], new: list[Size]) -> Sequence[Axis]:
    """The axes that a group of old ones becomes."""
    if not old or not new:
        return [UNIT if size == 1 else Axis(size) for size in new]
    whole = merge(old) if len(old) > 1 else old[0]
    same = need.assume.equal(whole.size, product(new))
    if same and len(new) == 1:
        return [whole]
    plain = [UNIT if size == 1 else Axis(size) for size in new]
    if same is False or len(new) == 1 or need.assume.equal(whole.size, 0):
        return plain
    parts = split(whole, new, need.assume)
    if isinstance(parts, Scrambled):
        need.record(parts.factor, "scrambles", parts.size, SCRAMBLES, holds=True)
        return plain
    if parts is None:
        return plain
    torn = next((axis for axis in map(_torn, parts) if axis is not None), None)
    if torn is not None:
        need.record(torn, "scrambles", torn.size, SCRAMBLES, holds=True)
        return plain
    pairs = zip(parts, plain, strict=True)
    return [part if need.assume.equal(part.size, one.size) else one for part, one in pairs]


def _torn(axis: Axis) -> Axis | None:
    """The axis of which the inner part was merged with the outer part of another, if one was.

    Neither part is an axis of anything: ``(B, T, H*D)`` seen as ``(B*H, T, D)``.
    """
    for left, right in itertools.pairwise(axis.factors):
        if not isinstance(left.origin, Piece) or not isinstance(right.origin, Piece):
            continue
        inner = left.origin.inner == 1 and left.origin.outer != left.origin.whole.size
        outer = right.origin.outer == right.origin.whole.size and right.origin.inner != 1
        if inner and outer and left.origin.whole is not right.origin.whole:
            return left.origin.whole
    return None


# --- memory -----------------------------------------------------------------------------------


def view_strides(
    assume: Assumptions, a: Array, sizes: Sequence[Size]
) -> tuple[bool | None, tuple[Size, ...] | None]:
    """Whether the elements of `a` have the new sizes where they are, and with what strides.

    The docs of `torch.Tensor.view`: neighbouring axes are merged only if
    ``stride[i] == stride[i + 1] * size[i + 1]``; any axis may be split.
    """
    new = tuple(Axis(size) for size in sizes)
    if is_contiguous(a):
        return True, contiguous(new)
    chunks = None if a.strides is None else _chunks(assume, a)
    if chunks is None:
        return None, None
    groups = _spread(assume, [size for size, _ in chunks], list(sizes))
    if groups is None:
        return None, None
    if groups is False:
        empty = assume.equal(product(a.sizes), 0)
        return (False if empty is False else None), None
    strides: list[Size] = []
    for (_, base), group in zip(chunks, groups, strict=True):
        strides += [base * step for step in contiguous(tuple(Axis(size) for size in group))]
    return True, tuple(strides)


def _chunks(assume: Assumptions, a: Array) -> list[tuple[Size, Size]] | None:
    """The runs of axes that lie in memory as one axis does: how long, and with what stride."""
    chunks: list[tuple[Size, Size]] = []
    for axis, stride in zip(a.shape, a.strides or (), strict=True):
        if axis.size == 1:
            continue
        if not chunks:
            chunks.append((axis.size, stride))
            continue
        before, outer = chunks[-1]
        together = assume.equal(outer, stride * axis.size)
        if together:
            chunks[-1] = before * axis.size, stride
        elif together is None or None in (assume.equal(before, 1), assume.equal(axis.size, 1)):
            return None  # an axis of one element lies wherever one likes
        else:
            chunks.append((axis.size, stride))
    return chunks or [(1, 1)]


def _spread(
    assume: Assumptions, chunks: list[Size], sizes: list[Size]
) -> list[list[Size]] | Literal[False] | None:
    """The new sizes that each chunk is cut into; False if there are none, None if not decided."""
    front: list[list[Size]] = []
    back: list[list[Size]] = []
    while len(chunks) > 1:
        count = _taken(assume, chunks[0], sizes)
        if count is None:
            break
        if count == 0:
            return False
        front.append(sizes[:count])
        chunks, sizes = chunks[1:], sizes[count:]
    while len(chunks) > 1:
        count = _taken(assume, chunks[-1], sizes[::-1])
        if not count:
            return None if count is None else False
        back.insert(0, sizes[-count:])
        chunks, sizes = chunks[:-1], sizes[:-count]
    return [*front, sizes, *back]


def _taken(assume: Assumptions, wanted: Size, sizes: list[Size]) -> int | None:
    """How many of the first sizes have the wanted product; 0 if it never comes out."""
    reached: Size = 1
    doubtful = False
    for count, size in enumerate(sizes, 1):
        reached = reached * size
        same = assume.equal(reached, wanted)
        if same:
            return count
        doubtful = doubtful or same is None
        divides = assume.divides(reached, wanted)
        if not divides:
            return None if doubtful or divides is None else 0
    return None if doubtful else 0
