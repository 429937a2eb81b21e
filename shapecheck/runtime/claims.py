"""Declared names of axes, held against the axes themselves.

Sizes cannot tell `n_in` from `n_out` where both are 32. The axes that arguments have can: inside a
call each of them goes by the names that are declared of it. Two axes of different names that meet
in one op, or an axis that is returned under another's name, fit only by accident.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from shapecheck.dims import Axis
from shapecheck.infer import guards
from shapecheck.infer.silent import Silent
from shapecheck.ops import Array
from shapecheck.runtime import axes
from shapecheck.runtime.kinds import is_array
from shapecheck.spec.model import ArraySpec, Dim, OneOf, Run

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from shapecheck.facts import Fact
    from shapecheck.runtime.seen import Seen
    from shapecheck.runtime.sites import Site
    from shapecheck.spec.leaves import Item
    from shapecheck.spec.model import Spec

Names: TypeAlias = frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Claims:
    """What the axes of a call's arguments are called.

    Attributes:
        names: for the identity of an axis, the names that are declared of it.
        places: for a name, the arguments and axes that have it.
    """

    names: Mapping[Hashable, Names]
    places: Mapping[str, tuple[tuple[str, int], ...]]

    def of(self, axis: object) -> Names:
        """The names of an axis; none if nothing is declared of it."""
        key = axis.key if isinstance(axis, Axis) and not axis.factors else None
        return self.names.get(key, frozenset()) if key is not None else frozenset()


def claimed(site: Site, items: Sequence[Item]) -> Claims:
    """The names of the axes that a call's arguments have."""
    states = [
        axes.of(one.value, (site.source.path, site.extent, one.label))
        if is_array(one.value)
        else None
        for one in items
    ]
    key = ("claims", *states)
    found = site.memory.get(key)
    if found is None:
        names: dict[Hashable, set[str]] = {}
        places: dict[str, list[tuple[str, int]]] = {}
        for one, state in zip(items, states, strict=True):
            if state is None:
                continue
            for at, dim in _aligned(one.spec, state.array.rank):
                axis = state.array.shape[at]
                if (
                    dim.name
                    and not dim.broadcast
                    and axis.size != 1
                    and axis.key is not None
                    and not axis.factors
                ):
                    names.setdefault(axis.key, set()).add(dim.name)
                    places.setdefault(dim.name, []).append((one.label, at))
        found = site.memory[key] = Claims(
            {axis: frozenset(many) for axis, many in names.items()},
            {name: tuple(many) for name, many in places.items()},
        )
    return found


def _aligned(spec: Spec, rank: int) -> Iterator[tuple[int, Dim]]:
    """The declared axes of an array of some rank, each with its place."""
    if isinstance(spec, OneOf):
        arrays = [one for one in spec.alternatives if isinstance(one, ArraySpec)]
        spec = arrays[0] if len(arrays) == 1 else spec
    if not isinstance(spec, ArraySpec) or rank < spec.rank:
        return
    at = 0
    for dim in spec.axes:
        if isinstance(dim, Run):
            at += rank - spec.rank
        else:
            yield at, dim
            at += 1


# --- in ops -------------------------------------------------------------------------------------


def meeting(seen: Seen) -> Iterator[Silent]:
    """Axes of different names that an op takes for one."""
    known: Claims = seen.held.claims
    for fact in seen.step.applied.facts:
        if fact.holds is not True or fact.relation not in ("equals", "broadcasts"):
            continue
        pair = _pair(fact, seen.step.applied.bound)
        if pair is None:
            continue
        left, right = map(known.of, pair)
        if left and right and not left & right and _size(pair) != 1:
            names = min(left), min(right)
            if not _is_meant(seen.site, known, names):
                parameters = tuple(
                    name
                    for name, value in seen.step.applied.bound.items()
                    if isinstance(value, Array)
                )
                yield Silent("dims-equal-by-accident", parameters, None, None, names=names)
                return


def _size(pair: tuple[Axis, Axis]) -> object:
    return pair[0].size


def _pair(fact: Fact, bound: Mapping[str, Any]) -> tuple[Axis, Axis] | None:
    """The two axes that a requirement is about."""
    if isinstance(fact.left, Axis) and isinstance(fact.right, Axis):
        return fact.left, fact.right
    places = [(name, at) for name, at in getattr(fact.why, "places", ()) if at is not None]
    found = [_axis(bound, name, at) for name, at in places]
    if len(found) == 2 and found[0] is not None and found[1] is not None:  # noqa: PLR2004
        return found[0], found[1]
    return None


def _axis(bound: Mapping[str, Any], name: str, at: int) -> Axis | None:
    root, _, inside = name.partition("[")
    value = bound.get(root)
    if inside and isinstance(value, (list, tuple)):
        number = int(inside.rstrip("]"))
        value = value[number] if number < len(value) else None
    if isinstance(value, Array) and not value.is_open and -value.rank <= at < value.rank:
        return value.shape[at]
    return None


def _is_meant(site: Site, known: Claims, names: tuple[str, str]) -> bool:
    """Whether the source says that two names are equal, or that the op only runs if they are."""
    source, node = site.source, site.node
    if guards.is_conditional(node, source.around(node)):
        return True
    function = source.function(node)
    return function is not None and guards.unified(function, known.places, names)


# --- in results ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Misnamed:
    """An axis of a result that is another one than declared.

    Attributes:
        label: the array: ``result``, ``result[1]``.
        place: the number of the axis.
        names: what it is, and what it is declared to be.
        array: the array.
        declared: the declared axes as text.
    """

    label: str
    place: int
    names: tuple[str, str]
    array: Array
    declared: str


def misnamed(site: Site, known: Claims, spec: Spec, value: Any, label: str) -> Iterator[Misnamed]:
    """The axes of a result that are declared to be others."""
    parts = getattr(spec, "elements", None)
    if parts is not None and type(value) is tuple and len(parts) == len(value):
        for at, (part, one) in enumerate(zip(parts, value, strict=True)):
            yield from misnamed(site, known, part, one, f"{label}[{at}]")
        return
    state = axes.known(value) if is_array(value) else None
    if state is None:
        return
    for at, dim in _aligned(spec, state.array.rank):
        names = known.of(state.array.shape[at])
        if not dim.name or dim.broadcast or not names or dim.name in names:
            continue
        if dim.name not in known.places:
            continue  # a name that only the result has may stand for any axis
        if not _is_meant(site, known, (min(names), dim.name)):
            text = getattr(spec, "text", "")
            yield Misnamed(label, at, (min(names), dim.name), state.array, text)
            return
