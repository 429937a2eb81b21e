"""What a parsed annotation is: axes, arrays, and the containers that hold them.

All classes are immutable values. A spec says what is declared; whether a value keeps to it is
decided by `shapecheck.spec.match`, and by the code that `shapecheck.runtime.compile` generates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from shapecheck.dims import Expr, Symbol, index_symbols, symbols

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from shapecheck.dims import Size


@dataclass(frozen=True, slots=True)
class Dim:
    """One declared axis.

    Attributes:
        size: an int (fixed), an `Expr` (a name or a formula), or None (any size: ``_``).
        text: the axis as written, without modifiers: ``n_in``, ``2*n+1``, ``_``.
        broadcast: written with ``#``: a size of 1 is accepted too.
        tree: written with ``?``: the name is private to each leaf of a PyTree.
        label: the documentation name of ``rows=4``, or "".
        template: the text with ``{…}`` parts, which is only known once a call's arguments are;
            `size` is then None, or the formula with one symbol for each part.
        column: 0-based offset in the specification.
    """

    size: Size | None
    text: str
    broadcast: bool = False
    tree: bool = False
    label: str = ""
    template: str = ""
    column: int = field(default=0, compare=False)

    @property
    def name(self) -> str | None:
        """The axis' name when it is nothing but a plain name, else None."""
        if isinstance(self.size, Expr) and self.text.isidentifier():
            return self.text
        return None

    @property
    def shown(self) -> str:
        """What a report calls the axis: its label, or its text."""
        return self.label or self.text

    def __str__(self) -> str:
        return f"{'#' * self.broadcast}{'?' * self.tree}{self.text}"


@dataclass(frozen=True, slots=True)
class Run:
    """Any number of axes: ``...`` (name None) or ``*batch``."""

    name: str | None
    broadcast: bool = False
    tree: bool = False
    column: int = field(default=0, compare=False)

    def __str__(self) -> str:
        if self.name is None:
            return "..."
        return f"*{'#' * self.broadcast}{'?' * self.tree}{self.name}"


Axes: TypeAlias = tuple[Dim | Run, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """A set of dtypes, as a jaxtyping dtype class names it.

    Attributes:
        name: ``Float``, ``Int32``, ….
        members: exact dtype names and patterns; an array's dtype has to fit one of them.
    """

    name: str
    members: tuple[str | re.Pattern[str], ...]

    def admits(self, dtype: str) -> bool:
        """Whether arrays of the dtype called `dtype` belong to the family."""
        return any(
            member == dtype if isinstance(member, str) else bool(member.match(dtype))
            for member in self.members
        )


@dataclass(frozen=True, slots=True)
class ArraySpec:
    """One array: its axes, its dtype family (None: any), its class (None: anything with a shape).

    `runs_at` is the position of the one run among the axes, or None where the rank is fixed.
    """

    axes: Axes
    family: Family | None = None
    array_type: Any = None
    text: str = ""
    runs_at: int | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        for position, axis in enumerate(self.axes):
            if isinstance(axis, Run):
                object.__setattr__(self, "runs_at", position)

    @property
    def rank(self) -> int:
        """The number of axes that have a place of their own (the run not counted)."""
        return len(self.axes) - (self.runs_at is not None)

    def names(self) -> frozenset[Symbol]:
        """The symbols in all axes, without those inside indices."""
        found: frozenset[Symbol] = frozenset()
        for axis in self.axes:
            if isinstance(axis, Dim) and isinstance(axis.size, Expr):
                found |= symbols(axis.size)
        return found

    def positions(self) -> frozenset[Symbol]:
        """The index names (`l` in ``n[l+1]``): positions in the list that holds the array."""
        found: frozenset[Symbol] = frozenset()
        for axis in self.axes:
            if isinstance(axis, Dim) and isinstance(axis.size, Expr):
                found |= index_symbols(axis.size)
        return found

    def __str__(self) -> str:
        return shape_text(self.axes)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A container all of whose elements keep to one spec: list, set, sequence, `tuple[X, ...]`."""

    element: Spec
    origin: Any = list


@dataclass(frozen=True, slots=True)
class TupleOf:
    """A tuple of exactly these elements."""

    elements: tuple[Spec, ...]


@dataclass(frozen=True, slots=True)
class MappingOf:
    """A mapping; every key and every value is checked."""

    key: Spec
    value: Spec
    origin: Any = dict


@dataclass(frozen=True, slots=True)
class Members:
    """An object with declared members: a NamedTuple, a dataclass, or (keyed) a TypedDict.

    Its names join the scope of the call, unless `private`: of several objects of one class each
    has sizes of its own.
    """

    owner: Any
    specs: Mapping[str, Spec]
    keyed: bool = False
    private: bool = False

    def __hash__(self) -> int:
        return hash((id(self.owner), self.keyed))


@dataclass(frozen=True, slots=True)
class OneOf:
    """A union: at least one alternative holds."""

    alternatives: tuple[Spec, ...]


@dataclass(frozen=True, slots=True)
class TreeOf:
    """A PyTree: every leaf keeps to `leaf`; trees of one `structure` name are built alike."""

    leaf: Spec
    structure: str = ""


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A hint without arrays: left to beartype, and so only when asked for."""

    hint: Any

    def __hash__(self) -> int:
        return hash(Unjudged)  # hints may be unhashable; equality tells them apart


Spec: TypeAlias = ArraySpec | ListOf | TupleOf | MappingOf | Members | OneOf | TreeOf | Unjudged


def judges(spec: Spec) -> bool:
    """Whether the spec says anything about arrays."""
    match spec:
        case ArraySpec():
            return True
        case ListOf(element=inner) | TreeOf(leaf=inner):
            return judges(inner)
        case TupleOf(elements=inners) | OneOf(alternatives=inners):
            return any(judges(inner) for inner in inners)
        case MappingOf(key=key, value=value):
            return judges(key) or judges(value)
        case Members(specs=specs):
            return any(judges(inner) for inner in specs.values())
        case _:
            return False


def arrays_in(spec: Spec) -> list[ArraySpec]:
    """All array specs inside a spec."""
    match spec:
        case ArraySpec():
            return [spec]
        case ListOf(element=inner):
            inners = [inner]
        case TupleOf(elements=elements) | OneOf(alternatives=elements):
            inners = list(elements)
        case MappingOf(key=key, value=value):
            inners = [key, value]
        case Members(specs=specs):
            inners = list(specs.values())
        case Unjudged():
            inners = []
        case _:
            inners = [spec.leaf]
    return [found for inner in inners for found in arrays_in(inner)]


def shape_text(axes: Axes) -> str:
    """The axes as a tuple: ``(B, n_in)``, ``(n,)``, ``()``."""
    inside = ", ".join(str(axis) for axis in axes)
    return f"({inside},)" if len(axes) == 1 else f"({inside})"
