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

from shapecheck.dims import Axis, Piece
from shapecheck.ops import Array
from shapecheck.runtime import held
from shapecheck.runtime.kinds import KINDS
from shapecheck.runtime.live import dtype_kind

if TYPE_CHECKING:
    from collections.abc import Hashable

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


def remember(thing: Any, known: State) -> None:
    """Note the state of an array."""
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
        remember(thing, found)
    return found


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
    TABLE.clear()
    _states.clear()
