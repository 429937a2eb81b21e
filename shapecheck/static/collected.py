"""Collections besides lists and dictionaries: sets, deques, named tuples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecheck.ops import Record, Unknown
from shapecheck.static.values import DequeValue, ListValue, Made, SetValue

if TYPE_CHECKING:
    from shapecheck.static.calls import Calls

NAMED = "collections.namedtuple"
PLAIN = (str, int, float, bool, type(None))


def as_set(items: list[object] | None) -> object:
    """A set of items that can be told apart; of others it is not known how many they are."""
    plain = items is not None and all(isinstance(one, PLAIN) for one in items)
    if items is None or not (plain or len(items) < 2):  # noqa: PLR2004 - one is told from no other
        return Unknown("a set")
    return SetValue(list(dict.fromkeys(items)) if plain else items)


def _set(machine: Calls, args: list[object], *_: Any) -> object:
    return as_set(machine.items(args[0]) if args else [])


def _deque(machine: Calls, args: list[object], kwargs: dict[str, object], _: Any) -> object:
    """`deque(items, maxlen)`: the first ones make room for more than `maxlen`."""
    most = args[1] if len(args) > 1 else kwargs.get("maxlen")
    given = args[0] if args else kwargs.get("iterable", ())
    items = machine.items(given)
    if not (most is None or (isinstance(most, int) and most >= 0)):
        return ListValue([], open_=True)
    if items is None:
        return DequeValue([], open_=True, rest=machine.element(given), most=most)
    return DequeValue(items if most is None else items[max(0, len(items) - most) :], most=most)


def _named(machine: Calls, args: list[object], kwargs: dict[str, object], _: Any) -> object:
    """``namedtuple("Step", "state action reward")``: a class of which objects are made."""
    words = args[1] if len(args) > 1 else kwargs.get("field_names")
    names = words.replace(",", " ").split() if isinstance(words, str) else machine.items(words)
    known = names is not None and all(isinstance(one, str) for one in names)
    if not known or kwargs.get("rename"):
        return Unknown("a named tuple")
    defaults = machine.items(kwargs.get("defaults") or ())
    if defaults is None:
        return Unknown("a named tuple")
    return Made(NAMED, {"names": tuple(names or ()), "defaults": tuple(defaults)})


def named(made: Made, args: list[object], kwargs: dict[str, object]) -> object:
    """An object of a class that `namedtuple` made."""
    names: Any = made.parts["names"]
    defaults: Any = made.parts["defaults"]
    late = dict(zip(names[len(names) - len(defaults) :], defaults, strict=False))
    given = late | dict(zip(names, args, strict=False)) | kwargs
    if len(args) > len(names) or given.keys() != set(names):
        return Unknown("the arguments do not fit the fields")
    return Record(names, tuple(given[name] for name in names))


WAYS: dict[str, Any] = {
    "builtins.set": _set,
    "builtins.frozenset": _set,
    "collections.deque": _deque,
    NAMED: _named,
}

__all__ = ["NAMED", "WAYS", "as_set", "named"]
