"""Calls that were followed before: what they gave is recalled, not worked out again.

A constructor of a block is called for each layer of a network, and all but the names of the layers
is the same. A call is recalled if it is like an earlier one: the same function, arguments that
cannot be told apart (`likeness`), the same that is known of sizes, the same values in the variables
of other scopes that were read, and nothing changed meanwhile of what can be reached without being
passed. Calls that report something are not kept.
"""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shapecheck.ops._need import next_serial
from shapecheck.static.docstrings import Docstrings
from shapecheck.static.likeness import MOST, Copier, TooMuch, likeness_of
from shapecheck.static.state import CONTENT, MISSING
from shapecheck.static.statements import MOST_SPLITS
from shapecheck.static.values import Cells, DictValue, Instance, ListValue, Made, inside

if TYPE_CHECKING:
    from collections.abc import Hashable, Sized

    from shapecheck.static.project import Module
    from shapecheck.static.state import Changes
    from shapecheck.static.values import FunctionValue

WORTH = 12  # statements that a call takes: below, comparing costs more than following it
MOST_KEPT = 20_000  # calls
# A call that was cut short may give more elsewhere, where it lies less deep. But functions that
# call each other in many ways take forever then: after so many statements, what they gave is kept.
MOST_WASTED = 600
TRIES = 8  # of comparing the calls of a function that cannot be

Change = tuple[int, object, Any]  # which of the objects given, the key, the value


@dataclass(slots=True)
class Recalled:
    """A call that was followed.

    Attributes:
        since: the serial that it began with.
        epoch: how often what is shared had changed by then.
        reads: variables of other scopes and attributes of classes, with their values.
        met: conditions that are not known, and behind which nothing was found.
        given: objects that stand for those it was given.
        value: what it gave.
        changes: what it changed of the objects that it was given.
        bases: what the constructors of libraries made of them.
    """

    since: int
    epoch: int
    reads: list[tuple[Cells, str, object]]
    met: tuple[tuple[Hashable, Hashable], ...]
    given: list[Any]
    value: Any = None
    changes: list[Change] = field(default_factory=list)
    bases: list[tuple[int, Any, bool]] = field(default_factory=list)


class Memory:
    """The calls that were followed, in one file or in several of a project.

    Attributes:
        calls: what they gave.
        costs: the statements that a function took when it was last followed.
        hopeless: how often arguments of a function could not be compared.
        wasted: statements of calls that were cut short, and were not kept therefore.
        epoch: how often something changed that can be reached without being passed.
    """

    def __init__(self) -> None:
        self.calls: dict[Hashable, tuple[Module, Recalled]] = {}
        self.costs: dict[ast.AST, int] = {}
        self.hopeless: Counter[ast.AST] = Counter()
        self.wasted: Counter[ast.AST] = Counter()
        self.epoch = 0

    def left(self, module: Module, epoch: int) -> None:
        """A file was looked at: nobody else calls the functions of its module as a script."""
        self.epoch = epoch
        for words in [words for words, (home, _) in self.calls.items() if home is module]:
            del self.calls[words]


class Recalling(Docstrings):
    """Adds to a machine that calls are recalled."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.memory = Memory()

    def recall_from(self, memory: Memory) -> None:
        """Recall calls of other files, too."""
        self.memory = memory
        self.state.epoch = memory.epoch

    def enter(self, function: FunctionValue, bound: dict[str, object], node: ast.AST) -> object:
        """Follow a function's body with its parameters bound, or recall what it gave."""
        key = function.node
        memory = self.memory
        costs = memory.costs.get(key, 0)
        alone = isinstance(node, ast.Pass)  # it is looked at for itself
        if costs < WORTH or alone or self._next or memory.hopeless[key] > TRIES:
            left = self.left
            try:
                return super().enter(function, bound, node)
            finally:
                if left - self.left >= WORTH:
                    memory.costs[key] = left - self.left
        try:
            likeness = likeness_of(bound)
        except TooMuch:
            memory.hopeless[key] += 1
            return super().enter(function, bound, node)
        words = (key, function.scope, *self._circumstances(), *likeness.words)
        found = memory.calls.get(words)
        if found is not None and self._holds(found[1], likeness.given):
            self.left -= 1
            return self._again(found[1], likeness.given)
        return self._remembered(words, likeness.given, function, bound, node)

    def _circumstances(self) -> tuple[Hashable, ...]:
        """All else that what a call gives depends on."""
        assume, known = self.assume, self.assume._known
        return (
            self.trying > 0,
            self.silent > 0,
            self.trusting,
            *self.asked_for(),
            min(self.splits, MOST_SPLITS),
            assume.contradictory,
            tuple(assume._solved.items()),
            assume._zero,
            tuple(known.bounds.items()),
            known.facts,
        )

    def asked_for(self) -> tuple[Hashable, ...]:
        """What is wanted of a call, besides its value."""
        return ()

    # --- remembering ---

    def _remembered(
        self,
        words: Hashable,
        given: list[Any],
        function: FunctionValue,
        bound: dict[str, object],
        node: ast.AST,
    ) -> object:
        """Follow a call, and keep what it gave if that may be given again."""
        since, epoch, before = next_serial(), self.state.epoch, self._told_so_far()
        cuts, left = self.cuts, self.left
        circumstances = self._circumstances()
        outer, self.reads = self.reads, {}
        unsure = self.unsure
        outer_met, unsure.met = unsure.met, {}
        bases = [(one.base, one.open) if isinstance(one, Instance) else None for one in given]
        depth = len(self.state.open)
        self.state.begin()
        try:
            value = super().enter(function, bound, node)
        except BaseException:
            self.state.settle(depth)
            raise
        finally:
            reads, self.reads = self.reads or {}, outer
            if outer is not None:
                outer.update(reads)
            met, unsure.met = unsure.met or {}, outer_met
            if outer_met is not None:
                outer_met.update(met)
        changes = self.state.end()
        self.state.redo(changes)
        if self._told_so_far() != before or self._circumstances() != circumstances:
            return value
        if self.cuts > cuts and self.memory.wasted[function.node] < MOST_WASTED:
            self.memory.wasted[function.node] += left - self.left
            return value
        kept = Recalled(since, epoch, [], tuple(met), [_stand_in(one) for one in given])
        try:
            kept.reads = [
                (cells, name, _shared(cells.get(name, MISSING)))
                for (_, name), cells in reads.items()
                if cells.born < since
            ]
            self._kept(kept, value, changes, given, bases)
        except TooMuch:
            return value
        kept.epoch = self.state.epoch
        if len(self.memory.calls) < MOST_KEPT:
            self.memory.calls[words] = function.module, kept
        return value

    def _told_so_far(self) -> tuple[int, ...]:
        many: tuple[Sized, ...] = (self.found, self.suspects, self._went_back, self.judged)
        return self.telling, *map(len, many)

    def _kept(
        self,
        kept: Recalled,
        value: object,
        changes: Changes,
        given: list[Any],
        bases: list[tuple[object, bool] | None],
    ) -> None:
        """Copy what a call gave and changed.

        Raises:
            TooMuch: it changed something that it was not given, or something cannot be copied.
        """
        others = {id(one): stand_in for one, stand_in in zip(given, kept.given, strict=True)}
        numbers = {id(_cells(one)): number for number, one in enumerate(given)}
        copier = Copier(others, kept.since)
        for container, key, now in changes.places.values():
            number = numbers.get(id(container))
            if number is None:
                if getattr(container, "born", 0) < kept.since:
                    raise TooMuch
            elif getattr(container, "shared", True):
                raise TooMuch
            else:
                kept.changes.append((number, key, _content_with(now, copier.copy, key)))
        for number, (one, before) in enumerate(zip(given, bases, strict=True)):
            if before is not None and before != (one.base, one.open):
                kept.bases.append((number, copier.copy(one.base), one.open))
        kept.value = copier.copy(value)

    # --- recalling ---

    def _holds(self, found: Recalled, given: list[Any]) -> bool:
        """Whether all that a call read is as it was."""
        if found.epoch != self.state.epoch:
            return False
        if found.changes and any(
            getattr(_cells(given[number]), "shared", True) for number, *_ in found.changes
        ):
            return False
        return all(cells.get(name, MISSING) is value for cells, name, value in found.reads)

    def _again(self, found: Recalled, given: list[Any]) -> object:
        """Do again what a call did."""
        if self.reads is not None:
            for cells, name, _ in found.reads:
                self.reads[id(cells), name] = cells
        for run, key in found.met:
            self.unsure.passed(run, key)
        others = {id(one): other for one, other in zip(found.given, given, strict=True)}
        copier = Copier(others, found.since)
        for number, key, value in found.changes:
            cells = _cells(given[number])
            self.state.put(cells, key, _content_with(value, copier.copy, key))
        for number, base, is_open in found.bases:
            given[number].base, given[number].open = copier.copy(base), is_open
        return copier.copy(found.value)

    # --- what is more than a value ---

    def report(self, diagnostic: Any) -> None:
        """Keep a finding: what reports something is followed each time."""
        self.telling += 1
        super().report(diagnostic)


def _shared(value: Any) -> Any:
    """A value that is reached without being passed: whatever changes in it is told apart.

    Raises:
        TooMuch: too much is in it.
    """
    waiting, seen = [value], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if len(seen) > MOST:
            raise TooMuch
        cells = _cells(one)
        if isinstance(cells, (ListValue, DictValue, Cells)):
            cells.shared = True
        waiting.extend(inside(one))
    return value


def _cells(one: Any) -> Any:
    """Where the content of an object lies that the state writes into."""
    if isinstance(one, Instance):
        return one.attributes
    if isinstance(one, Made):
        return one.parts
    return one


def _stand_in(one: Any) -> Any:
    """An object that stands for one that was given."""
    return object() if one is not None else None


def _content_with(now: Any, copy: Any, key: object) -> Any:
    """What a place holds, copied."""
    if now is MISSING:
        return now
    if key is not CONTENT:
        return copy(now)
    items, *rest = now
    if isinstance(items, list):
        is_open, beyond = rest
        return [copy(one) for one in items], is_open, copy(beyond)
    return {name: copy(one) for name, one in items.items()}, *rest
