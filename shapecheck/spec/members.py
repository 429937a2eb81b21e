"""Objects with declared members that come more than once in a call.

The members of one object join the scope of the call. Of two layers of one class, or a list of
them, that cannot be meant: each has an `n_in` of its own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapecheck.spec.model import ListOf, MappingOf, Members, OneOf, TreeOf, TupleOf

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from shapecheck.spec.model import Spec


def keep_apart(specs: Mapping[str, Spec], owners: Iterable[Any]) -> dict[str, Spec]:
    """The specs, with names of their own for objects of a class that can come more than once.

    Args:
        specs: all that a call speaks of.
        owners: classes one object of which is in the call anyway: that of its method.
    """
    counts = Counter(owners)
    counts.update(owner for spec in specs.values() for owner in owners_in(spec))
    several = {owner for owner, count in counts.items() if count > 1}
    return {name: apart(spec, several) if several else spec for name, spec in specs.items()}


def owners_in(spec: Spec) -> Iterator[Any]:
    """The classes whose members a spec speaks of, twice where there can be several objects."""
    match spec:
        case Members(owner=owner, specs=specs):
            yield owner
            for inner in specs.values():
                yield from owners_in(inner)
        case ListOf(element=inner) | MappingOf(value=inner) | TreeOf(leaf=inner):
            found = list(owners_in(inner))
            yield from [*found, *found]
        case TupleOf(elements=inners) | OneOf(alternatives=inners):
            for inner in inners:
                yield from owners_in(inner)


def apart(spec: Spec, owners: Collection[Any]) -> Spec:
    """The spec with names of their own for the objects of some classes."""
    match spec:
        case Members():
            specs = {name: apart(inner, owners) for name, inner in spec.specs.items()}
            return replace(spec, specs=specs, private=spec.private or spec.owner in owners)
        case ListOf():
            return replace(spec, element=apart(spec.element, owners))
        case MappingOf():
            return replace(spec, value=apart(spec.value, owners))
        case TreeOf():
            return replace(spec, leaf=apart(spec.leaf, owners))
        case TupleOf():
            return replace(spec, elements=tuple(apart(one, owners) for one in spec.elements))
        case OneOf():
            return replace(spec, alternatives=tuple(apart(o, owners) for o in spec.alternatives))
        case _:
            return spec
