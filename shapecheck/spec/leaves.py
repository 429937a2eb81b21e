"""From a declared value to its arrays: one `Leaf` for each array that a spec speaks of.

Containers are opened (every element, not a sample), members of named tuples and dataclasses
join, and a union becomes a `Choice` between alternatives that the matcher tries in turn.
"""

from __future__ import annotations

import collections.abc
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from shapecheck.backends import Observed, backend_of_class, is_a, is_stand_in, observe
from shapecheck.dims import Expr, substitute, symbol, symbols, text
from shapecheck.spec.model import (
    ArraySpec,
    Dim,
    ListOf,
    MappingOf,
    Members,
    OneOf,
    TreeOf,
    TupleOf,
    Unjudged,
    shape_text,
)
from shapecheck.spec.templates import PART, fill
from shapecheck.spec.tree import flatten, structure_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from shapecheck.dims import Size
    from shapecheck.spec.model import Spec

NUMBERS = (int, float, complex)


@dataclass(frozen=True, slots=True)
class Item:
    """One declared value: an argument, a result, an attribute, a local."""

    label: str
    spec: Spec
    value: Any


@dataclass(frozen=True, slots=True)
class Leaf:
    """One array that a spec speaks of.

    Attributes:
        label: where it is: ``W``, ``weights[2]``, ``batch.images``.
        spec: what is declared.
        observed: what is there; None when the value is not an array at all.
        fits_type: whether the value is an instance of the declared array class.
        root: the label of the item that it was found in.
        kind: the value's class, for values that are not arrays.
        position: the place in the innermost list (or in a tuple that is in no list), which index
            names stand for.
        tree_path: the place in a PyTree, which names with ``?`` are private to.
        troubles: ``{…}`` parts that could not be evaluated.
        private: the object whose members' names are its own, where there are several.
        otherwise: the axes that a union allows besides these, as text.
    """

    label: str
    spec: ArraySpec
    observed: Observed | None
    fits_type: bool
    root: str
    kind: str
    position: int | None = None
    tree_path: str = ""
    troubles: tuple[str, ...] = ()
    private: str = ""
    otherwise: tuple[str, ...] = ()

    @property
    def container(self) -> str:
        """The label of the list or tuple that the array stands in, or of the array itself."""
        return self.label.rpartition("[")[0] or self.label

    def placed(self, dim: Dim) -> Size | None:
        """The declared size of an axis, with the position in the list put in: n[l+1] is n[2]."""
        positions = self.spec.positions()
        size = dim.size
        if isinstance(size, Expr) and positions and self.position is not None:
            size = substitute(size, dict.fromkeys(positions, self.position))
        if isinstance(size, Expr) and self.private:
            own = {one: symbol(one.name, one.index, self.private) for one in symbols(size)}
            size = substitute(size, {one: made for one, made in own.items() if one.tag is None})
        return size

    def declared(self) -> str:
        """The declared axes as text, positions put in: ``(n[2], n[1])``, ``(B, n) or (n,)``."""
        return " or ".join([self.axes_text(), *self.otherwise])

    def axes_text(self) -> str:
        """The declared axes that this leaf is held to, without what a union allows besides."""
        if not self.spec.positions():
            return shape_text(self.spec.axes)
        return shape_text(
            tuple(
                replace(axis, text=text(size, compact=True))
                if isinstance(axis, Dim) and isinstance(size := self.placed(axis), Expr)
                else axis
                for axis in self.spec.axes
            )
        )


@dataclass(frozen=True, slots=True)
class Defect:
    """A container that is not built as declared: too many elements, another structure."""

    label: str
    root: str
    relation: str
    expected: Any
    found: Any


@dataclass(frozen=True, slots=True)
class Tree:
    """A PyTree whose structure has a name."""

    label: str
    root: str
    name: str
    structure: Any


@dataclass(frozen=True, slots=True)
class Choice:
    """A union: at least one of the alternatives holds."""

    alternatives: tuple[tuple[Node, ...], ...]


Node: TypeAlias = Leaf | Defect | Tree | Choice


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the opening of a value has got to."""

    label: str
    root: str
    position: int | None = None
    tree_path: str = ""
    names: Mapping[str, Any] = field(default_factory=dict, compare=False)
    private: str = ""

    def at(self, suffix: str, **changes: Any) -> _Place:
        return replace(self, label=self.label + suffix, **changes)


def open_items(items: Sequence[Item], arguments: Mapping[str, Any]) -> list[Node]:
    """All arrays and choices in the items, in order; `arguments` is what ``{…}`` parts refer to."""
    found: list[Node] = []
    for item in items:
        place = _Place(item.label, item.label, names=arguments)
        found += open_value(item.spec, item.value, place)
    return found


def open_value(spec: Spec, value: Any, place: _Place) -> Iterator[Node]:
    """The nodes of one value under one spec."""
    if is_stand_in(value):
        return
    match spec:
        case ArraySpec():
            yield _leaf(spec, value, place)
        case ListOf():
            yield from _open_list(spec, value, place)
        case TupleOf():
            yield from _open_tuple(spec, value, place)
        case MappingOf():
            yield from _open_mapping(spec, value, place)
        case Members():
            yield from _open_members(spec, value, place)
        case OneOf():
            yield from _open_union(spec, value, place)
        case TreeOf():
            yield from _open_tree(spec, value, place)
        case Unjudged():
            return


def _leaf(spec: ArraySpec, value: Any, place: _Place) -> Leaf:
    observed = observe(value)
    if observed is None and is_a(value, NUMBERS) and not (spec.array_type or spec.family):
        # Where nothing but axes is declared, a plain number is as good as an array of rank 0.
        observed = Observed(type(value).__name__, (), "")
    filled, troubles = fill(spec, place.names)
    return Leaf(
        place.label,
        filled,
        observed,
        fits_type(spec, value, observed),
        place.root,
        type(value).__name__,
        place.position,
        place.tree_path,
        troubles,
        place.private,
    )


def fits_type(spec: ArraySpec, value: Any, observed: Observed | None) -> bool:
    """Whether a value is an instance of the declared array class, as its library counts it."""
    if spec.array_type is None:
        return observed is not None
    backend = backend_of_class(spec.array_type)
    classes: tuple[type, ...] = (spec.array_type,)
    if backend is not None:
        scalar = observed is not None and observed.sizes == ()
        classes = backend.accepted_types(spec.array_type, scalar=scalar)
    try:
        return is_a(value, classes)
    except Exception:  # noqa: BLE001 - a metaclass may refuse; the class cannot be judged then
        return True


def _misfit(place: _Place, expected: str, value: Any) -> Defect:
    return Defect(place.label, place.root, "container", expected, type(value).__name__)


def _open_list(spec: ListOf, value: Any, place: _Place) -> Iterator[Node]:
    if observe(value) is not None and spec.origin in (list, tuple, set, frozenset):
        yield _misfit(place, spec.origin.__name__, value)  # one array where several are declared
        return
    if is_a(value, (str, bytes)) or not _can_be_looked_into(value):
        return  # an iterator would be used up by looking
    for position, element in enumerate(_elements(value)):
        yield from open_value(spec.element, element, place.at(f"[{position}]", position=position))


def _can_be_looked_into(value: Any) -> bool:
    """Collections, and what behaves as one without saying so (`nn.ParameterList`)."""
    own = type(value)
    return is_a(value, collections.abc.Collection) or all(
        hasattr(own, name) for name in ("__len__", "__getitem__", "__iter__")
    )


def _elements(value: Any) -> list[Any]:
    """The elements of a collection; none where its own code refuses to give them."""
    try:
        return list(value)
    except Exception:  # noqa: BLE001 - the object's own code may raise anything
        return []


def _open_tuple(spec: TupleOf, value: Any, place: _Place) -> Iterator[Node]:
    if observe(value) is not None:
        yield _misfit(place, "tuple", value)
        return
    if not is_a(value, (tuple, list)):
        return
    if len(value) != len(spec.elements):
        yield Defect(place.label, place.root, "length", len(spec.elements), len(value))
        return
    for position, (inner, element) in enumerate(zip(spec.elements, value, strict=True)):
        # A list of tuples (W, b) counts its layers; a tuple by itself counts its elements.
        counted = position if place.position is None else place.position
        yield from open_value(inner, element, place.at(f"[{position}]", position=counted))


def _open_mapping(spec: MappingOf, value: Any, place: _Place) -> Iterator[Node]:
    if observe(value) is not None:
        yield _misfit(place, "dict", value)
        return
    if not is_a(value, collections.abc.Mapping) and not (
        _can_be_looked_into(value) and hasattr(type(value), "items")  # `nn.ParameterDict`
    ):
        return
    for position, (key, element) in enumerate(value.items()):
        here = place.at(f"[{_key_text(key)}]", position=position)
        yield from open_value(spec.key, key, here)
        yield from open_value(spec.value, element, here)


def _key_text(key: Any) -> str:
    return repr(key) if isinstance(key, (str, int)) else type(key).__name__


def _open_members(spec: Members, value: Any, place: _Place) -> Iterator[Node]:
    if spec.keyed:
        if is_a(value, collections.abc.Mapping):
            for name, inner in spec.specs.items():
                if name in value:
                    yield from open_value(inner, value[name], place.at(f"[{name!r}]"))
        return
    try:
        if not is_a(value, spec.owner):
            return
    except TypeError:
        return
    known = {name: found for name in spec.specs for found in _member(value, name)}
    names = {**place.names, **getattr(value, "__dict__", {}), **known}
    if spec.private:
        place = replace(place, private=place.label)
    for name, inner in spec.specs.items():
        if name in known:
            yield from open_value(inner, known[name], place.at(f".{name}", names=names))


def _member(value: Any, name: str) -> list[Any]:
    """The member in a list, or an empty list where it is missing or its property raises."""
    try:
        return [getattr(value, name)]
    except Exception:  # noqa: BLE001 - the user's property may raise anything
        return []


def _open_union(spec: OneOf, value: Any, place: _Place) -> Iterator[Node]:
    """The alternatives that the value could be; none at all means that it is not judged here.

    A value that is no array is judged only where nothing but arrays is declared.
    """
    open_ways: list[tuple[Node, ...]] = []
    misfits: list[tuple[Node, ...]] = []
    for alternative in spec.alternatives:
        if isinstance(alternative, Unjudged):
            if accepts(alternative.hint, value) is not False:
                open_ways.append(())
            continue
        others = [a for a in spec.alternatives if isinstance(a, ArraySpec) and a is not alternative]
        texts = dict.fromkeys(PART.sub(r"\1", str(one)) for one in others)
        texts.pop(PART.sub(r"\1", str(alternative)), None)
        nodes = tuple(
            replace(node, otherwise=tuple(texts))
            if isinstance(node, Leaf) and node.label == place.label
            else node
            for node in open_value(alternative, value, place)
        )
        wrong = any(
            isinstance(node, Leaf) and node.label == place.label and not node.fits_type
            for node in nodes
        )
        (misfits if wrong or not nodes else open_ways).append(nodes)
    if open_ways:
        yield Choice(tuple(open_ways)) if len(open_ways) > 1 else Choice((open_ways[0],))
    elif observe(value) is not None or all(isinstance(a, ArraySpec) for a in spec.alternatives):
        ways = [nodes for nodes in misfits if nodes]
        if ways:
            yield Choice(tuple(ways))


def accepts(hint: Any, value: Any) -> bool | None:
    """Whether a hint without arrays accepts a value; None when nobody can tell."""
    if hint is None:
        return value is None
    if hint is Any:
        return True
    if isinstance(hint, type):
        try:
            return is_a(value, hint)
        except TypeError:
            return None
    try:
        from beartype.door import is_bearable  # noqa: PLC0415 - 30 ms, and only unions need it

        return bool(is_bearable(value, hint))
    except Exception:  # noqa: BLE001 - beartype refuses some hints, each in its own way
        return None


def _open_tree(spec: TreeOf, value: Any, place: _Place) -> Iterator[Node]:
    if spec.structure:
        yield Tree(place.label, place.root, spec.structure, structure_of(value))
    for path, leaf in flatten(value):
        yield from open_value(spec.leaf, leaf, place.at(path, tree_path=path))
