"""What a value is that may be one of two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecheck.dims import Axis, Run, is_size, symbol
from shapecheck.ops import Array, Record, Unknown
from shapecheck.ops._need import Fresh, next_serial
from shapecheck.ops._values import closed
from shapecheck.static.state import MISSING, rest_of
from shapecheck.static.values import Instance, ListValue, Maybe

if TYPE_CHECKING:
    from shapecheck.dims import OpenShape, Size

MOST_JOINED = 400  # parts of two values


def unknown_size(name: str = "?") -> Size:
    """A size that is not known."""
    return symbol(name, tag=Fresh(next_serial()))


def joined(left: object, right: object, room: list[int] | None = None) -> object:
    """What is known of a value that is `left` or `right`.

    Args:
        left: one value.
        right: the other one.
        room: how many parts of lists and objects are still joined; what lies in them beyond that
            is forgotten. They may hold themselves.
    """
    if left is right:
        return left
    room = [MOST_JOINED] if room is None else room
    room[0] -= 1
    if room[0] < 0:
        return Unknown("it depends")
    if MISSING in (left, right):
        return Unknown("it may not be defined")
    if left is None or right is None:
        other = right if left is None else left
        return other if isinstance(other, (Maybe, Unknown)) else Maybe(other)
    if isinstance(left, Maybe) or isinstance(right, Maybe):
        inner = joined(
            left.value if isinstance(left, Maybe) else left,
            right.value if isinstance(right, Maybe) else right,
            room,
        )
        return inner if isinstance(inner, Unknown) else Maybe(inner)
    if isinstance(left, Array) and isinstance(right, Array):
        return joined_arrays(left, right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left if left is right else Unknown("it depends", "number")
    if is_size(left) and is_size(right):
        return left if left == right else Unknown("it depends", "number")
    if isinstance(left, (int, float, complex)) and isinstance(right, (int, float, complex)):
        return (
            left
            if type(left) is type(right) and left == right
            else (Unknown("it depends", "number"))
        )
    if isinstance(left, str) and isinstance(right, str):
        return left if left == right else Unknown("it depends", "text")
    if type(left) is tuple and type(right) is tuple and len(left) == len(right):
        return tuple(joined(a, b, room) for a, b in zip(left, right, strict=True))
    if isinstance(left, Record) and isinstance(right, Record) and left.names == right.names:
        pairs = zip(left.values, right.values, strict=True)
        return Record(left.names, tuple(joined(a, b, room) for a, b in pairs))
    if isinstance(left, Unknown) and isinstance(right, Unknown):
        return left if left.kind == right.kind else Unknown(left.why)
    if isinstance(left, Instance) and isinstance(right, Instance) and left.cls is right.cls:
        names = left.attributes.keys() & right.attributes.keys()
        both = {name: joined(left.attributes[name], right.attributes[name], room) for name in names}
        base = left.base if left.base is right.base else None
        return Instance(left.cls, both, base, open=True)
    if isinstance(left, ListValue) and isinstance(right, ListValue):
        items = [joined(a, b, room) for a, b in zip(left, right, strict=False)]
        is_open = left.open or right.open or len(left) != len(right)
        contents = [(one, one.open, one.rest) for one in (left, right)]
        rest = rest_of(contents, len(items), lambda a, b: joined(a, b, room))
        return ListValue(items, open_=is_open, rest=rest)
    try:
        return left if type(left) is type(right) and left == right else Unknown("it depends")
    except Exception:  # noqa: BLE001 - what cannot be compared differs
        return Unknown("it depends")


def joined_arrays(left: Array, right: Array) -> Array:
    """What is known of an array that is one of two."""
    dtype = left.dtype if left.dtype == right.dtype else ""
    library = left.library if left.library == right.library else ""
    if closed(left.axes) and closed(right.axes) and left.rank == right.rank:
        axes: OpenShape = tuple(map(joined_axes, left.shape, right.shape))
        strides = left.strides if axes == left.axes and left.strides == right.strides else None
        return Array(axes, dtype, strides, library)
    return Array((Run(), *_common_end(left, right)), dtype, None, library)


def joined_axes(left: Axis, right: Axis) -> Axis:
    """An axis that is one of two: its size or identity is forgotten where they differ."""
    if left == right:
        return left
    if left.size == right.size:
        same = left.key is not None and left.key == right.key
        return left if same else Axis(left.size)
    return Axis(unknown_size())


def _common_end(left: Array, right: Array) -> list[Axis]:
    found: list[Axis] = []
    for one, other in zip(reversed(left.axes), reversed(right.axes), strict=False):
        if isinstance(one, Run) or isinstance(other, Run):
            break
        found.insert(0, joined_axes(one, other))
    return found
