"""Whether values keep to their specs: the interpreter, which decides and explains.

The generated check of `shapecheck.runtime.compile` answers the same question faster and knows
nothing else; a property test holds the two together. Sizes are settled in this order, whatever
the order of the arguments: what is given from outside, plain names and fixed sizes from left to
right, then formulas (each is compared once its names are known, or solved for the one that is
not), then runs of axes.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shapecheck.dims import Axis, Expr, evaluate, lone_symbol, solve, substitute, symbol, symbols
from shapecheck.facts import Fact, Need, Refuted, all_hold
from shapecheck.spec.errors import SpecError
from shapecheck.spec.grammar import parse_shape
from shapecheck.spec.leaves import Choice, Defect, Leaf, Tree, open_items
from shapecheck.spec.model import Dim, Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from shapecheck.backends._base import Sizes
    from shapecheck.dims import Size, Symbol
    from shapecheck.spec.leaves import Item, Node

WEIGHTS = {"is-array": 9, "container": 9, "length": 9, "rank": 6, "dtype": 4}
MOST_COMBINATIONS = 256  # of a union's alternatives; beyond these, "no" becomes "cannot tell"


@dataclass(frozen=True, slots=True)
class Place:
    """An axis of an array, by the array's label; `axis` None is the array as a whole."""

    label: str
    axis: int | None = None
    root: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a name stands for, and the place that gave it its value."""

    value: Any
    place: Place


@dataclass(slots=True)
class Bindings:
    """What the names of one scope stand for."""

    sizes: dict[Symbol, Binding] = field(default_factory=dict)
    runs: dict[str, Binding] = field(default_factory=dict)
    widened: set[str] = field(default_factory=set)  # runs seen only with '#', which may grow
    structures: dict[str, Binding] = field(default_factory=dict)

    def copy(self) -> Bindings:
        """Bindings that can be added to without changing these."""
        return Bindings(dict(self.sizes), dict(self.runs), set(self.widened), dict(self.structures))

    def as_dict(self) -> dict[str, Any]:
        """Plain names and numbers: ``{"B": 32, "batch": (4, 5)}``."""
        found: dict[str, Any] = {}
        for one, binding in self.sizes.items():
            if one.tag is None:
                found[str(symbol(one.name, one.index))] = binding.value
        found.update({name: binding.value for name, binding in self.runs.items()})
        return found

    @classmethod
    def given(cls, sizes: Mapping[str, int], label: str) -> Bindings:
        """Bindings made outside the values at hand: ``@check(B=32)``, `scope(B=32)`."""
        place = Place(label)
        made = cls()
        for name, value in sizes.items():
            if isinstance(value, tuple):
                made.runs[name] = Binding(value, place)
            else:
                for one in _symbols_of(parse_name(name)):
                    made.sizes[one] = Binding(value, place)
        return made


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found out: every fact, what the names stand for, and the arrays looked at.

    `bindings` is only meaningful where `holds` is not False.
    """

    holds: bool | None
    facts: tuple[Fact, ...]
    bindings: Bindings
    leaves: tuple[Node, ...]
    troubles: tuple[str, ...] = ()

    def failures(self) -> list[Fact]:
        """The facts that do not hold."""
        return [fact for fact in self.facts if fact.holds is False]


def parse_name(name: str) -> Size:
    """A name as it is given from outside: ``B``, ``n[2]``."""
    (dim,) = parse_shape(name)
    if not isinstance(dim, Dim) or dim.size is None:
        raise SpecError(name, 0, "this is not the name of an axis")
    return dim.size


def _symbols_of(size: Size) -> frozenset[Symbol]:
    return symbols(size) if isinstance(size, Expr) else frozenset()


def match(
    items: Sequence[Item],
    given: Bindings | None = None,
    arguments: Mapping[str, Any] | None = None,
    last: Mapping[str, tuple[int, str]] | None = None,
) -> Outcome:
    """Hold values against their specs.

    Args:
        items: the values and what is declared of them.
        given: what names stand for already.
        arguments: the call's arguments, which ``{…}`` parts refer to.
        last: how far indexed names go, if other values than these say so.

    Returns:
        The outcome of the first way to read the unions under which everything holds; if there is
        none, the outcome of the way that is least far off.
    """
    given = given or Bindings()
    best: Outcome | None = None
    ways = _ways(open_items(items, arguments or {}))
    for nodes in itertools.islice(ways, MOST_COMBINATIONS):
        outcome = settle(nodes, given, last)
        if outcome.holds is not False:
            return outcome
        if best is None or _weight(outcome) < _weight(best):
            best = outcome
    if best is None:
        return Outcome(holds=True, facts=(), bindings=given.copy(), leaves=())
    if next(ways, None) is not None:
        return Outcome(None, best.facts, best.bindings, best.leaves, best.troubles)
    return best


def _weight(outcome: Outcome) -> int:
    """How far off an outcome is: another class is worse than another rank than another size."""
    return sum(WEIGHTS.get(fact.relation, 1) for fact in outcome.failures())


def _ways(nodes: Sequence[Node]) -> Iterator[tuple[Node, ...]]:
    """Every way to decide the choices, the first alternatives first."""
    if not any(isinstance(node, Choice) for node in nodes):
        yield tuple(nodes)
        return
    options = [_alternatives(node) for node in nodes]
    for picked in itertools.product(*options):
        yield tuple(itertools.chain.from_iterable(picked))


def _alternatives(node: Node) -> list[tuple[Node, ...]]:
    if not isinstance(node, Choice):
        return [(node,)]
    return [way for nodes in node.alternatives for way in _ways(nodes)]


def settle(
    nodes: Sequence[Node],
    given: Bindings | None = None,
    last: Mapping[str, tuple[int, str]] | None = None,
) -> Outcome:
    """Hold arrays, whose unions are decided, against their specs.

    Args:
        nodes: the arrays.
        given: what names stand for already.
        last: how far indexed names go, if `nodes` are only some of those that say so.
    """
    last = last_indices(nodes) if last is None else last
    work = _Settling((given or Bindings()).copy(), last)
    for node in nodes:
        work.look_at(node)
    work.formulas()
    work.all_runs()
    holds = all_hold(*(fact.holds for fact in work.facts))
    return Outcome(holds, tuple(work.facts), work.bindings, tuple(nodes), tuple(work.troubles))


@dataclass(frozen=True, slots=True)
class _Open:
    """A formula that waits for its names."""

    place: Place
    dim: Dim
    size: Size
    found: int


@dataclass(slots=True)
class _Settling:
    """The state of one `settle`."""

    bindings: Bindings
    last: Mapping[str, tuple[int, str]]
    facts: list[Fact] = field(default_factory=list)
    waiting: list[_Open] = field(default_factory=list)
    runs: list[tuple[Place, Run, Leaf, Sizes]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def record(
        self, place: Place, relation: str, expected: Any, why: Any, holds: bool | None
    ) -> None:
        self.facts.append(Fact(place, relation, expected, why, holds))

    def look_at(self, node: Node) -> None:
        match node:
            case Leaf():
                self.leaf(node)
            case Defect():
                place = Place(node.label, root=node.root)
                self.record(place, node.relation, node.expected, node.found, holds=False)
            case Tree():
                self.tree(node)
            case Choice():
                raise AssertionError("unions are decided before arrays are settled")

    def leaf(self, leaf: Leaf) -> None:
        """Class, dtype and rank at once; sizes if the rank fits."""
        place = Place(leaf.label, root=leaf.root)
        self.troubles += [f"{trouble} (of {leaf.label})" for trouble in leaf.troubles]
        self.record(place, "is-array", leaf.spec.array_type, leaf.kind, leaf.fits_type)
        if not leaf.fits_type or leaf.observed is None:
            return
        family = leaf.spec.family
        if family is not None:
            fits = family.admits(leaf.observed.dtype) if leaf.observed.dtype else None
            self.record(place, "dtype", family, leaf.observed.dtype, fits)
        sizes = leaf.observed.sizes
        if sizes is None:
            self.record(place, "rank", leaf.spec.rank, leaf.observed.trouble, holds=None)
            return
        few, many = len(sizes) < leaf.spec.rank, len(sizes) > leaf.spec.rank
        fits_rank = not (few or (many and leaf.spec.runs_at is None))
        self.record(place, "rank", leaf.spec.rank, len(sizes), fits_rank)
        if fits_rank:
            self.axes(leaf, sizes)

    def axes(self, leaf: Leaf, sizes: Sizes) -> None:
        """Each declared axis against its size."""
        axes = leaf.spec.axes
        extra = len(sizes) - leaf.spec.rank
        at = 0
        for axis in axes:
            if isinstance(axis, Run):
                place = Place(leaf.label, at, leaf.root)
                self.runs.append((place, axis, leaf, sizes[at : at + extra]))
                at += extra
            else:
                self.axis(Place(leaf.label, at, leaf.root), axis, leaf, sizes[at])
                at += 1

    def axis(self, place: Place, dim: Dim, leaf: Leaf, found: int | None) -> None:
        """One axis: fixed and named sizes are settled now, formulas later."""
        size = self.size_of(dim, leaf)
        if dim.broadcast and found == 1:
            return
        if size is None:
            if dim.template:
                self.record(place, "size", dim, None, holds=None)
            return
        if found is None:
            self.record(place, "size", size, None, holds=None)
        elif isinstance(size, int):
            self.record(place, "size", size, dim, size == found)
        elif (one := lone_symbol(size)) is not None:
            self.named(place, one, size, found)
        else:
            self.waiting.append(_Open(place, dim, size, found))

    def named(self, place: Place, one: Symbol, size: Size, found: int) -> None:
        """Bind a name, or compare with what it stands for."""
        last, chain = self.last.get(one.name, (None, ""))
        if last is not None and isinstance(one.index, int) and one.index > last:
            why = (chain, str(symbol(one.name, last)))
            self.record(place, "beyond", size, why, holds=False)
            return
        if one.index is not None and not _known_index(one):
            self.waiting.append(_Open(place, Dim(size, str(size)), size, found))
            return
        known = self.bindings.sizes.get(one)
        if known is None:
            self.bindings.sizes[one] = Binding(found, place)
        else:
            self.record(place, "size", size, known.place, known.value == found)

    def size_of(self, dim: Dim, leaf: Leaf) -> Size | None:
        """The declared size in the leaf's own terms: position, tree path and ``{…}`` put in."""
        if dim.tree:
            return symbol(dim.text, tag=leaf.tree_path)
        return leaf.placed(dim)

    def formulas(self) -> None:
        """Compare formulas whose names are known; solve those that lack one name; repeat."""
        waiting = [self.with_last_index(one) for one in self.waiting]
        while waiting:
            left = [one for one in waiting if not self.formula(one)]
            if len(left) == len(waiting):
                break
            waiting = left
        for one in waiting:
            self.record(one.place, "size", one.size, one.found, holds=None)

    def with_last_index(self, one: _Open) -> _Open:
        """``n[-1]`` is the last of the n that the lists have: negative indices count from it."""
        changes: dict[Symbol, Size] = {}
        for name in _symbols_of(one.size):
            if isinstance(name.index, int) and name.index < 0:
                taken = (
                    [self.last[name.name][0]]
                    if name.name in self.last
                    else [
                        known.index
                        for known in self.bindings.sizes
                        if known.name == name.name
                        and isinstance(known.index, int)
                        and known.index >= 0
                    ]
                )
                if taken and max(taken) + 1 + name.index >= 0:
                    changes[name] = symbol(name.name, max(taken) + 1 + name.index)
        if not changes:
            return one
        return _Open(one.place, one.dim, substitute(one.size, changes), one.found)

    def formula(self, one: _Open) -> bool:
        """Settle one formula if it can be by now; whether it was."""
        names = _symbols_of(one.size)
        unknown = [name for name in names if name not in self.bindings.sizes]
        if any(not _known_index(name) for name in names) or len(unknown) > 1:
            return False
        known = {n: self.bindings.sizes[n].value for n in names if n not in unknown}
        if unknown:
            return self.solved(one, unknown[0], substitute(one.size, known))
        try:
            holds = evaluate(one.size, known) == one.found
        except (ArithmeticError, ValueError):
            holds = False  # n//m with m == 0 is no size at all
        why = next((self.bindings.sizes[name].place for name in sorted(names, key=str)), one.dim)
        self.record(one.place, "size", one.size, why, holds)
        return True

    def solved(self, one: _Open, unknown: Symbol, size: Size) -> bool:
        """Find the one name that a formula lacks: ``2*n+1`` met 9, so n is 4."""
        if not isinstance(size, Expr) or unknown not in symbols(size):
            self.record(one.place, "size", one.size, one.dim, size == one.found)
            return True
        solution = solve(size, one.found, unknown)
        if solution.value is not None:
            self.bindings.sizes[unknown] = Binding(solution.value, one.place)
            self.record(one.place, "size", one.size, one.dim, holds=True)
            return True
        if solution.impossible:
            self.record(one.place, "size", one.size, one.dim, holds=False)
            return True
        return False

    def all_runs(self) -> None:
        """``*name`` binds or equals; with '#' it broadcasts, and plain ones settle it."""
        for place, run, leaf, sizes in self.runs:
            if run.name is None:
                continue
            name = f"{run.name}{leaf.tree_path}" if run.tree else run.name
            name = f"{name}@{leaf.private}" if leaf.private else name
            known = self.bindings.runs.get(name)
            if known is None:
                self.bindings.runs[name] = Binding(sizes, place)
                if run.broadcast:
                    self.bindings.widened.add(name)
            else:
                self.run(place, run, name, known, sizes)

    def run(self, place: Place, run: Run, name: str, known: Binding, sizes: Sizes) -> None:
        if None in sizes or None in known.value:
            if len(sizes) != len(known.value) and not (
                run.broadcast or name in self.bindings.widened
            ):
                self.record(place, "run", known.value, known.place, holds=False)
            else:
                self.record(place, "run", known.value, known.place, holds=None)
            return
        if not run.broadcast and name not in self.bindings.widened:
            self.record(place, "run", known.value, known.place, tuple(known.value) == tuple(sizes))
            return
        wide = broadcast_sizes(known.value, [size for size in sizes if size is not None])
        settled = wide is not None
        if name in self.bindings.widened:
            settled = settled and (run.broadcast or wide == tuple(sizes))
        else:
            settled = settled and wide == tuple(known.value)
        self.record(place, "run", known.value, known.place, settled)
        if settled:
            self.bindings.runs[name] = Binding(wide, known.place)
            if not run.broadcast:
                self.bindings.widened.discard(name)

    def tree(self, node: Tree) -> None:
        place = Place(node.label, root=node.root)
        if not node.name.isidentifier():
            self.record(place, "structure", node.name, node.structure, holds=None)
            return
        known = self.bindings.structures.get(node.name)
        if known is None:
            self.bindings.structures[node.name] = Binding(node.structure, place)
        else:
            self.record(place, "structure", node.name, known.place, known.value == node.structure)


def broadcast_sizes(left: Sequence[int], right: Sequence[int]) -> tuple[int, ...] | None:
    """The sizes that two lists of sizes broadcast to, or None."""
    need = Need()
    try:
        axes = need.broadcast([Axis(one) for one in left], [Axis(one) for one in right])
    except Refuted:
        return None
    return tuple(axis.size for axis in axes if isinstance(axis.size, int))


def value_of(size: Size | None, bindings: Bindings) -> int | None:
    """What a declared size comes to under bindings; None where a name is missing."""
    if not isinstance(size, Expr):
        return size
    try:
        value = substitute(size, {one: bindings.sizes[one].value for one in symbols(size)})
    except (KeyError, ArithmeticError, ValueError):
        return None
    return value if isinstance(value, int) else None


def last_indices(nodes: Sequence[Node]) -> dict[str, tuple[int, str]]:
    """How far indexed names go: the last index, and the list that says so.

    A list of ``"n[l+1] n[l]"`` is a chain: as many n as it has elements, and one more. Other
    lists that speak of n cannot go beyond it.
    """
    found: dict[str, tuple[int, str]] = {}
    for node in nodes:
        if not isinstance(node, Leaf) or not node.spec.positions():
            continue
        indices: dict[str, set[int]] = {}
        for axis in node.spec.axes:
            if isinstance(axis, Dim):
                for one in _symbols_of(node.placed(axis) or 0):
                    if isinstance(one.index, int):
                        indices.setdefault(one.name, set()).add(one.index)
        for name, places in indices.items():
            if len(places) > 1 and max(places) >= found.get(name, (0, ""))[0]:
                found[name] = (max(places), node.container)
    return found


def _known_index(one: Symbol) -> bool:
    """Whether the place of an indexed name is known: that of ``n[2]`` is, of ``n[-1]`` not."""
    return one.index is None or (isinstance(one.index, int) and one.index >= 0)
