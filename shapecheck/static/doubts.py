"""What is found where it is not known whether the program gets there.

A condition that cannot be decided may hang together with the state that it is met in: whether
``isinstance(layer, Linear)`` holds is not known, but it will not hold for just any layer. What
comes behind it is taken to be reached from *some* of the states in which the condition was met,
never from a certain one. So a finding behind it stands only if it was made from every such state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from shapecheck.diagnostics import Diagnostic


@dataclass(slots=True, eq=False)
class Place:
    """A branch of a condition, the body of a loop, the rest of a function behind a `return`.

    Attributes:
        clean: how often it was followed without anything having failed before.
        failing: for each finding, in how many of those it was made.
        found: all findings.
    """

    clean: int = 0
    failing: dict[Hashable, int] = field(default_factory=dict)
    found: dict[Hashable, Diagnostic] = field(default_factory=dict)

    def certain(self) -> Iterator[tuple[Hashable, Diagnostic]]:
        """The findings that were made each time."""
        for key, diagnostic in self.found.items():
            if self.failing.get(key, 0) == self.clean:
                yield key, diagnostic


@dataclass(slots=True, eq=False)
class Visit:
    """A place that is being followed.

    Attributes:
        place: the place.
        found: what was found in it this time.
        spoilt: something failed before anything was found in it: it proves nothing.
        partial: it lies in a file that is not the one looked at, which others may call, too: the
            state that gets there need not be one that is met now.
    """

    place: Place
    partial: bool = False
    found: set[Hashable] = field(default_factory=set)
    spoilt: bool = False


class Doubts:
    """The conditions behind which the program is followed, and what was found there.

    Places are told apart by keys of which the first part is a run: findings of a run are taken
    when it is over.
    """

    def __init__(self) -> None:
        self._path: list[Visit | None] = []
        self._runs: dict[Hashable, dict[Hashable, Place]] = {}
        self.met: dict[tuple[Hashable, Hashable], None] | None = None  # places, while they matter

    def __len__(self) -> int:
        return len(self._path)

    def enter(self, run: Hashable, key: Hashable, *, partial: bool = False) -> None:
        """Go behind a condition that is not known."""
        if self.met is not None:
            self.met[run, key] = None
        places = self._runs.setdefault(run, {})
        self._path.append(Visit(places.setdefault(key, Place()), partial))

    def enter_freely(self) -> None:
        """Go behind a condition that hangs together with nothing: it may hold in any state."""
        self._path.append(None)

    def leave(self, depth: int) -> None:
        """Come back to where so many conditions were."""
        while len(self._path) > depth:
            visit = self._path.pop()
            if visit is not None and not visit.spoilt:
                place = visit.place
                place.clean += 1
                for key in visit.found:
                    place.failing[key] = place.failing.get(key, 0) + 1

    def passed(self, run: Hashable, key: Hashable) -> None:
        """A condition is known to hold here: what is found behind it is certain."""
        if self.met is not None:
            self.met[run, key] = None
        self._runs.setdefault(run, {}).setdefault(key, Place()).clean += 1

    def note(self, key: Hashable, diagnostic: Diagnostic) -> bool:
        """Keep a finding that is made behind a condition; False if there is none."""
        visit = next((one for one in reversed(self._path) if one is not None), None)
        if visit is None:
            return False
        visit.found.add(key)
        if not visit.partial:
            visit.place.found.setdefault(key, diagnostic)
        return True

    def spoil(self) -> None:
        """The value of an expression is that of something that failed."""
        for visit in self._path:
            if visit is not None and not visit.found:
                visit.spoilt = True

    def take(self, run: Hashable) -> dict[Any, Diagnostic]:
        """The findings of a run that stand; they are forgotten here."""
        return {
            key: diagnostic
            for place in self._runs.pop(run, {}).values()
            for key, diagnostic in place.certain()
        }
