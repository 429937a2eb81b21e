"""Axes followed through a run: which axis of which array is which.

Beside each array, in a table by its identity that keeps nothing alive, stands what the rules of ops
know of its axes. An array that was not seen being made gets axes of its own at the place where it
is first seen, the same each time that the place is passed, so that a loop learns nothing new after
its first round.
"""

from __future__ import annotations

import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapecheck.dims import Axis, Piece, Run
from shapecheck.ops import Array
from shapecheck.runtime import held
from shapecheck.runtime.kinds import KINDS
from shapecheck.runtime.live import dtype_kind

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

MOST_ENTRIES = 4096  # of arrays, before those that are gone are looked for

_states: dict[Hashable, State] = {}


class State:
    """What is known of an array. There is one of each: they are compared by identity.

    Attributes:
        array: its axes, and the kind of its dtype.
        lined: it got an axis of size 1 on purpose, or is made of arrays that did.
        doubt: the finding that it came of, as long as nobody knows whether that was meant.
    """

    __slots__ = ("array", "doubt", "lined")

    def __init__(self, array: Array, *, lined: bool, doubt: Hashable) -> None:
        self.array = array
        self.lined = lined
        self.doubt = doubt

    @property
    def is_plain(self) -> bool:
        """Whether no axis is merged of others, or a part of one."""
        return not any(
            isinstance(axis, Axis) and (axis.factors or isinstance(axis.origin, Piece))
            for axis in self.array.axes
        )

    @property
    def sizes(self) -> tuple[Any, ...]:
        """The sizes of the axes."""
        return self.array.sizes


def state(array: Array, *, lined: bool = False, doubt: Hashable = None) -> State:
    """The state of these properties."""
    key = (array.axes, array.dtype, array.library, lined, doubt)
    found = _states.get(key)
    if found is None:
        found = _states[key] = State(replace(array, strides=None), lined=lined, doubt=doubt)
    return found


# For the identity of an array: a reference that shows whether it is still that one, and its state.
TABLE: dict[int, tuple[weakref.ref[Any], State]] = {}
_limit = MOST_ENTRIES


# How many arrays got axes of their own at a place. Where it was more than one, such as in the
# constructor of several layers, the identity of an axis is that of none of them.
_births: dict[Hashable, int] = {}


def remember(thing: Any, known: State, place: Hashable = None) -> None:
    """Note the state of an array, and that it was made at a place if its axes were."""
    if place is not None and any(place in _places(axis) for axis in known.array.axes):
        _births[place] = _births.get(place, 0) + 1
    TABLE[id(thing)] = (weakref.ref(thing), known)
    if len(TABLE) > _limit:
        _sweep()


def _sweep() -> None:
    """Forget arrays that are gone."""
    global _limit  # noqa: PLW0603 - grows with what is alive
    for number, (reference, _) in list(TABLE.items()):
        if reference() is None:
            TABLE.pop(number, None)
    _limit = max(MOST_ENTRIES, 2 * len(TABLE))


def forget(thing: Any) -> None:
    """An array has been given another shape."""
    TABLE.pop(id(thing), None)


def known(thing: Any) -> State | None:
    """The state of an array, if it has been seen, and has not been given another shape since."""
    entry = TABLE.get(id(thing))
    if entry is None or entry[0]() is not thing:
        return None
    sizes: Any = getattr(thing, "shape", ())
    return entry[1] if entry[1].sizes == tuple(sizes) else None


def of(thing: Any, place: Hashable) -> State:
    """The state of an array; one with axes of its own if it is seen for the first time here.

    Args:
        thing: the array.
        place: where it is seen, which becomes the origin of its axes.
    """
    found = known(thing)
    if found is None:
        found = fresh(thing, place)
        remember(thing, found, place)
    return found


def is_shared(axis: Axis | Run) -> bool:
    """Whether an axis may be that of several arrays that were made at the same place."""
    return any(_births.get(place, 0) > 1 for place in _places(axis))


def _places(axis: Axis | Run) -> Iterator[Hashable]:
    """Where an axis, or what it was merged of or cut out of, was made."""
    if not isinstance(axis, Axis):
        return
    for factor in axis.factors or (axis,):
        if isinstance(factor.origin, Piece):
            yield from _places(factor.origin.whole)
        elif isinstance(factor.origin, tuple):
            yield factor.origin[0]


def fresh(thing: Any, place: Hashable) -> State:
    """The state of an array that comes from somewhere unknown."""
    library = KINDS[type(thing)]
    axes = tuple(own_axis(size, place, at) for at, size in enumerate(thing.shape))
    return state(Array(axes, dtype_kind(str(thing.dtype).removeprefix("torch.")), None, library))


def own_axis(size: int, place: Hashable, at: int) -> Axis:
    """An axis with an identity of its own, but for one that can be stretched."""
    return Axis(size) if size == 1 else Axis(size, origin=(place, at))


def identified(array: Array, place: Hashable) -> Array:
    """The same array, axes that a rule has made getting an identity of their own."""
    axes = tuple(
        own_axis(axis.size, place, at)
        if isinstance(axis, Axis)
        and isinstance(axis.size, int)
        and axis.key is None
        and not axis.factors
        else axis
        for at, axis in enumerate(array.axes)
    )
    return replace(array, axes=axes)


def follow(*, wanted: bool) -> None:
    """Begin to follow axes, or stop."""
    held.follow(wanted=wanted)
    for table in (TABLE, _states, _births):
        table.clear()
