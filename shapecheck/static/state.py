"""The state of an analysis that can be taken back: what was changed, and what it was before.

Where a condition is not known, both branches are followed, one after the other, from the same
state. Every change goes through `State`, which notes the old value while a branch is open; at the
end of the branch the changes are collected and undone, and those of both branches are joined.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shapecheck.static.values import NOTHING_KNOWN, DictValue, ListValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from shapecheck.dims import Assumptions

MISSING = object()


@dataclass(slots=True)
class Changes:
    """What changed in a branch: for each place the container, the key and the value.

    The key is `CONTENT` for a list or dictionary as a whole.
    """

    places: dict[tuple[int, object], tuple[Any, object, object]] = field(default_factory=dict)


CONTENT = "the whole content"


class State:
    """All that a statement can change.

    Attributes:
        assume: what is known of sizes, on the path that is followed.
    """

    def __init__(self, assume: Assumptions) -> None:
        self.assume = assume
        self.open: list[Changes] = []
        self.epoch = 0  # how often something changed that can be reached without being passed

    # --- changing ---

    def write(self, container: dict[Any, object], key: object, value: object) -> None:
        """Set an entry of a dictionary of variables or attributes."""
        self._note(container, key)
        container[key] = value

    def remove(self, container: dict[Any, object], key: object) -> None:
        """Delete an entry."""
        self._note(container, key)
        container.pop(key, None)

    def touch(self, container: ListValue | DictValue) -> None:
        """Say that a list or dictionary is about to change as a whole."""
        if container.shared:
            self.epoch += 1
        if self.open and (id(container), CONTENT) not in self.open[-1].places:
            old = _content(container)
            self.open[-1].places[id(container), CONTENT] = (container, CONTENT, old)

    def _note(self, container: dict[Any, object], key: object) -> None:
        if isinstance(container, DictValue):
            self.touch(container)
            return
        if getattr(container, "shared", True):
            self.epoch += 1
        if self.open and (id(container), key) not in self.open[-1].places:
            old = container.get(key, MISSING)
            self.open[-1].places[id(container), key] = (container, key, old)

    # --- branches ---

    def begin(self) -> None:
        """Open a branch."""
        self.open.append(Changes())

    def end(self) -> Changes:
        """Close a branch: undo its changes, and give them with their new values."""
        old = self.open.pop()
        made = Changes()
        for place, (container, key, before) in old.places.items():
            made.places[place] = (container, key, _get(container, key))
            if getattr(container, "shared", True):
                self.epoch += 1
            _put(container, key, before)
        return made

    def settle(self, depth: int) -> None:
        """Close branches that were left by an exception; their changes stay."""
        while len(self.open) > depth:
            last = self.open.pop()
            if self.open:
                for place, kept in last.places.items():
                    self.open[-1].places.setdefault(place, kept)

    def since(self, depth: int) -> Changes:
        """All changes since so many branches were open, with the values of now."""
        made = Changes()
        for one in self.open[depth:]:
            for place, (container, key, _) in one.places.items():
                made.places[place] = (container, key, _get(container, key))
        return made

    def redo(self, made: Changes) -> None:
        """Make the changes of a branch again."""
        for container, key, value in made.places.values():
            self.put(container, key, value)

    def put(self, container: Any, key: object, value: object) -> None:
        """Set a place: an entry, or the whole content."""
        if key is CONTENT:
            self.touch(container)
        else:
            self._note(container, key)
        _put(container, key, value)

    def join(self, branches: list[Changes], joined: Callable[[object, object], object]) -> None:
        """Give every place that a branch changed what it may be after any of them."""
        for container, key, values in self.merged(branches):
            result = values[0]
            for value in values[1:]:
                result = (
                    joined_content(result, value, joined)
                    if key is CONTENT
                    else (joined(result, value))
                )
            self.put(container, key, result)

    def merged(self, branches: list[Changes]) -> Iterator[tuple[Any, object, list[object]]]:
        """Each place that a branch changed, with its value after each of them."""
        seen = set()
        for branch in branches:
            for place, (container, key, _) in branch.places.items():
                if place in seen:
                    continue
                seen.add(place)
                now = _get(container, key)
                values = [one.places[place][2] if place in one.places else now for one in branches]
                yield container, key, values


def _content(container: ListValue | DictValue) -> object:
    if isinstance(container, ListValue):
        return list(container), container.open, container.rest
    return dict(container), container.open


def _get(container: Any, key: object) -> object:
    return _content(container) if key is CONTENT else container.get(key, MISSING)


def _put(container: Any, key: object, value: Any) -> None:
    if key is CONTENT:
        items, container.open, *rest = value
        container.clear()
        if isinstance(container, ListValue):
            container.extend(items)
            [container.rest] = rest
        else:
            container.update(items)
    elif value is MISSING:
        container.pop(key, None)
    else:
        container[key] = value


def rest_of(
    contents: Sequence[Any], count: int, joined: Callable[[object, object], object]
) -> object:
    """What each of the items is that come after the first ones of several lists."""
    beyond = [
        one
        for items, is_open, rest in contents
        for one in (*items[count:], *((rest,) if is_open else ()))
    ]
    found = beyond[0] if beyond else NOTHING_KNOWN
    for one in beyond[1:]:
        found = joined(found, one)
    return found


def joined_content(left: Any, right: Any, joined: Callable[[object, object], object]) -> object:
    """What a list or dictionary holds if it is one of two things."""
    (one, open_one, *_), (other, open_other, *_) = left, right
    is_open = open_one or open_other or len(one) != len(other)
    if isinstance(one, list):
        both: Any = [joined(a, b) for a, b in zip(one, other, strict=False)]
        return both, is_open, rest_of((left, right), len(both), joined)
    is_open = is_open or one.keys() != other.keys()
    both = {key: joined(value, other[key]) for key, value in one.items() if key in other}
    return both, is_open
