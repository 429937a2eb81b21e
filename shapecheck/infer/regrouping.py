"""What a reshape makes of axes: which pieces of which axes each new one consists of.

A reshape keeps the order of the elements, so axes may be cut and joined with their neighbours, and
much of that is wanted: windows of a sequence that go into the batch, patches that become features.
It is not wanted if a size is asked for that an axis has, and this axis is not what comes of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from shapecheck.dims import Axis, merge

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an old axis in a new one: the axis, and whether it is all of it."""

    axis: Axis
    whole: bool


@dataclass(frozen=True, slots=True)
class Scrambling:
    """A new axis that is not what its size stands for.

    Attributes:
        place: the number of the new axis.
        axis: the old axis that has its size.
        pieces: what it consists of; () if the cut goes across the axes.
    """

    place: int
    axis: Axis
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """Old axes and new sizes that begin and end together; `first` is the new one's number."""

    old: tuple[Axis, ...]
    new: tuple[int, ...]
    first: int

    @property
    def old_sizes(self) -> list[int]:
        """The sizes of the old axes."""
        return [one.size for one in self.old if isinstance(one.size, int)]


def scrambling(
    axes: Sequence[Axis],
    sizes: Sequence[int],
    asked: Mapping[int, frozenset[Hashable]] | None = None,
) -> Scrambling | None:
    """The first new axis that is certainly not what was meant.

    Args:
        axes: the old axes, with their identities.
        sizes: the new sizes.
        asked: for new axes whose size was written as the size of certain axes: their keys.
    """
    for group in _groups(axes, sizes):
        if len(group.new) < 2 or len(group.old) < 2:  # noqa: PLR2004 - merging or splitting alone
            continue
        made = _composed(group)
        for place, size in enumerate(group.new):
            pieces = made[place] if made is not None else ()
            wanted = (asked or {}).get(group.first + place, frozenset())
            found = _not_asked(group, pieces, wanted)
            if found is None and _is_torn(made):
                found = _displaced(group, pieces, size)
            if found is not None:
                return Scrambling(group.first + place, found, pieces)
    return None


def _groups(axes: Sequence[Axis], sizes: Sequence[int]) -> Iterator[_Group]:
    """The smallest runs of axes and sizes that have the same products, from the left."""
    old: list[Axis] = []
    new: list[int] = []
    left = right = 1
    waiting = [factor for axis in axes for factor in axis.factors or (axis,) if not factor.is_unit]
    if any(not isinstance(one.size, int) or one.size == 0 for one in waiting) or 0 in sizes:
        return
    first = 0
    for place, size in enumerate(sizes):
        if size == 1:
            continue
        if not new:
            first = place
        new.append(size)
        right *= size
        while left < right and waiting:
            axis = waiting.pop(0)
            assert isinstance(axis.size, int)  # noqa: S101 - see above
            old.append(axis)
            left *= axis.size
        if left == right:
            whole = merge(old)  # pieces of one axis are joined again
            yield _Group(whole.factors or (whole,), tuple(new), first)
            old, new, left, right = [], [], 1, 1


def _composed(group: _Group) -> list[tuple[Piece, ...]] | None:
    """The pieces of each new axis; None if a cut goes across the axes."""
    old, new = _steps(group.old_sizes), _steps(group.new)
    ends = sorted({*old, *new}, reverse=True)
    if any(outer % inner for outer, inner in pairwise(ends)):
        return None
    made: list[list[Piece]] = [[] for _ in group.new]
    for outer, inner in pairwise(ends):
        i, j = _around(old, outer, inner), _around(new, outer, inner)
        made[j].append(Piece(group.old[i], (outer, inner) == (old[i], old[i + 1])))
    return [tuple(one) for one in made]


def _around(steps: Sequence[int], outer: int, inner: int) -> int:
    """The number of the axis that a piece lies in."""
    return next(n for n, (a, b) in enumerate(pairwise(steps)) if a >= outer and inner >= b)


def _steps(sizes: Sequence[int]) -> list[int]:
    """The step of each axis in elements, the whole in front."""
    steps = [1]
    for size in reversed(sizes):
        steps.insert(0, steps[0] * size)
    return steps


def _not_asked(
    group: _Group, pieces: tuple[Piece, ...], wanted: frozenset[Hashable]
) -> Axis | None:
    """The axis whose size was asked for by name, if the new axis is something else."""
    mine = {one.key: one for one in group.old if one.key is not None}
    if not wanted or not wanted <= mine.keys() or len(mine) < len(group.old):
        return None
    if {one.axis.key for one in pieces} == wanted and all(one.whole for one in pieces):
        return None
    return mine[min(wanted, key=list(mine).index)]


def _is_torn(made: list[tuple[Piece, ...]] | None) -> bool:
    """Whether axes are cut across, or parts of two of them are joined."""
    return made is None or any(
        len({id(one.axis) for one in pieces if not one.whole}) > 1 for pieces in made
    )


def _displaced(group: _Group, pieces: tuple[Piece, ...], size: int) -> Axis | None:
    """The old axis that has a new one's size, and is not that new axis."""
    if len(pieces) == 1 and pieces[0].whole:
        return None
    return next((one for one in group.old if one.size == size), None)
