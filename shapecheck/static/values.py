"""What expressions of a program evaluate to, beyond what `ops` knows: objects of the program.

Arrays, numbers, strings, tuples and slices are those of `shapecheck.ops` and Python's own. Lists
and dictionaries are real ones of a subclass, so that aliases see each other's changes; whether
more may be in them than is known is their `open`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shapecheck.ops import Record, Unknown
from shapecheck.ops._need import next_serial

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from shapecheck.static.project import Module


NOTHING_KNOWN = Unknown("")
MOST_ITEMS = 20_000  # of a list that is kept item by item


class Cells(dict[str, Any]):
    """Variables, or attributes.

    Attributes:
        born: when they came up, on the scale of `next_serial`.
        shared: they can be reached without being passed.
    """

    __slots__ = ("born", "shared")
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __init__(self, *args: Any, shared: bool = False) -> None:
        super().__init__(*args)
        self.born = next_serial()
        self.shared = shared


class ListValue(list[Any]):
    """A list of the program.

    If it is open, its length is not known: there may be more items, each of which is `rest`.
    """

    __slots__ = ("_open", "born", "rest", "shared")
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __init__(
        self, items: Sequence[object] = (), *, open_: bool = False, rest: object = NOTHING_KNOWN
    ) -> None:
        super().__init__(items)
        self._open = open_
        self.rest = rest
        self.born = next_serial()
        self.shared = False

    def emptied(self) -> ListValue:
        """Another of the same kind, without items."""
        return type(self)(open_=self.open)

    @property
    def open(self) -> bool:
        """Whether there may be more items."""
        return self._open

    @open.setter  # noqa: A003 - a list of the program is open, too
    def open(self, value: bool) -> None:
        self._open = value
        self.rest = NOTHING_KNOWN

    def opened(self, rest: object) -> None:
        """Say that there may be more items, and what each of them is."""
        self._open, self.rest = True, rest

    def extend(self, items: Iterable[object]) -> None:
        """Add items; so many that nobody wrote them make it open."""
        more = list(items)
        if len(self) + len(more) > MOST_ITEMS:
            self.opened(NOTHING_KNOWN)
        else:
            super().extend(more)

    def __eq__(self, other: object) -> bool:
        return self is other


class Iterator_(ListValue):  # noqa: N801 - `Iterator` is typing's
    """What is left to come of an iterator of the program: `next` takes the first."""

    __slots__ = ()


class SetValue(ListValue):
    """A set of the program: which item comes first is not known."""

    __slots__ = ()


class DequeValue(ListValue):
    """A deque of the program.

    If `most` is an int, it holds that many items at most: -1 if that is not known.
    """

    __slots__ = ("most",)

    def __init__(
        self,
        items: Sequence[object] = (),
        *,
        open_: bool = False,
        rest: object = NOTHING_KNOWN,
        most: int | None = -1,
    ) -> None:
        super().__init__(items, open_=open_, rest=rest)
        self.most = most

    def emptied(self) -> DequeValue:
        """Another that holds as many at most, without items."""
        return DequeValue(open_=self.open, most=self.most)


class DictValue(dict[Any, Any]):
    """A dictionary of the program. If it is open, it may have other entries besides."""

    __slots__ = ("born", "open", "shared")
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __init__(self, items: Mapping[Any, object] | None = None, *, open_: bool = False) -> None:
        super().__init__(items or {})
        self.open = open_
        self.born = next_serial()
        self.shared = False

    def __eq__(self, other: object) -> bool:
        return self is other


class Scope:
    """The variables of a function's call, a module or a class body, and those around it."""

    __slots__ = ("declared", "module", "outer", "pending", "variables")

    def __init__(self, module: Module, outer: Scope | None = None) -> None:
        self.variables = Cells()
        self.module = module
        self.outer = outer
        self.declared: dict[str, Scope] = {}  # by `global` and `nonlocal`
        # Of a module: the statements that are run when a name is asked for.
        self.pending: dict[str, list[ast.stmt]] = {}

    @property
    def born(self) -> int:
        """When it came up."""
        return self.variables.born

    def find(self, name: str) -> Scope | None:
        """The scope that has a variable."""
        scope: Scope | None = self.declared.get(name, self)
        while scope is not None:
            if name in scope.variables or name in scope.pending:
                return scope
            scope = scope.outer
        return None


def _shared_cells() -> Cells:
    return Cells(shared=True)


Callable_ = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(eq=False, slots=True)
class FunctionValue:
    """A function of the program.

    Attributes:
        node: its definition.
        scope: the scope that it was defined in.
        defaults: the values of its defaults, by parameter.
        owner: the class that it is a method of.
        kind: ``function``, ``static``, ``class`` or ``property``.
        opaque: it is wrapped by a decorator that is not understood.
    """

    node: Callable_
    scope: Scope
    defaults: Mapping[str, object]
    owner: ClassValue | None = None
    kind: str = "function"
    opaque: bool = False
    wraps: FunctionValue | None = None  # what a decorator made it of

    @property
    def module(self) -> Module:
        """The module that it is defined in."""
        return self.scope.module

    @property
    def name(self) -> str:
        """Its name, with that of its class."""
        own = getattr(self.node, "name", "<lambda>")
        return f"{self.owner.name}.{own}" if self.owner is not None else own


@dataclass(eq=False, slots=True)
class ClassValue:
    """A class of the program.

    Attributes:
        node: its definition.
        scope: the scope that it was defined in.
        bases: its bases: classes of the program, of libraries, or unknown.
        attributes: of its body.
        fields: annotated names of its body, in order: of a dataclass, its parameters.
        is_dataclass: whether its constructor is made of the fields.
    """

    node: ast.ClassDef
    scope: Scope
    bases: tuple[object, ...]
    attributes: dict[str, object] = field(default_factory=_shared_cells)
    fields: tuple[str, ...] = ()
    is_dataclass: bool = False
    opaque: bool = False
    _line: list[object] | None = None

    @property
    def name(self) -> str:
        """Its name."""
        return self.node.name

    def line(self) -> list[object]:
        """The class and its ancestors, in the order in which attributes are looked up."""
        if self._line is None:
            lines = [base.line() if isinstance(base, ClassValue) else [base] for base in self.bases]
            self._line = [self, *_merged(lines)]
        return self._line

    def library_bases(self) -> list[str]:
        """The full names of the libraries' classes that it descends from."""
        return [one.qualified for one in self.line() if isinstance(one, External)]

    @property
    def is_enum(self) -> bool:
        """Whether its objects are the members of an enumeration."""
        return any(one.startswith("enum.") for one in self.library_bases())

    @property
    def is_known(self) -> bool:
        """Whether all of its ancestors are."""
        return not self.opaque and not any(isinstance(one, Unknown) for one in self.line())

    @property
    def is_module(self) -> bool:
        """Whether its objects are modules of torch."""
        return any(is_module_class(one) for one in self.library_bases())


def is_module_class(qualified: str) -> bool:
    """Whether a class of a library is a kind of `torch.nn.Module`."""
    return qualified.startswith(("torch.nn.", "pytorch_lightning.", "lightning.")) and (
        qualified.rpartition(".")[2] not in ("Parameter", "Buffer")
    )


def _merged(lines: list[list[object]]) -> list[object]:
    """Python's order of ancestors: a class stands before its bases, those in their order."""
    if len(lines) == 1:
        return list(lines[0])
    found: list[object] = []
    waiting = [list(one) for one in lines]
    while any(waiting):
        waiting = [one for one in waiting if one]
        heads = [one[0] for one in waiting]
        tails = [later for one in waiting for later in one[1:]]
        best = next((h for h in heads if not any(h is t or h == t for t in tails)), heads[0])
        found.append(best)
        waiting = [[x for x in one if not (x is best or x == best)] for one in waiting]
    return found


@dataclass(eq=False, slots=True)
class Instance:
    """An object of a class of the program.

    Attributes:
        cls: its class.
        attributes: its own.
        base: for a subclass of a library's class: what that one's constructor made (a layer,
            a container).
        open: it may have attributes that are not known.
    """

    cls: ClassValue
    attributes: dict[str, object] = field(default_factory=Cells)
    base: object | None = None
    open: bool = False
    born: int = field(default_factory=next_serial, init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.attributes, Cells):
            self.attributes = Cells(self.attributes)


@dataclass(eq=False, slots=True)
class Container:
    """A container of modules: `Sequential`, `ModuleList`, `ModuleDict` and their like.

    Attributes:
        kind: the last part of its class' name.
        items: a list, or a dictionary by name.
    """

    kind: str
    items: ListValue | DictValue
    born: int = field(default_factory=next_serial, init=False)

    @property
    def modules(self) -> list[object]:
        """What it holds, in order."""
        return list(self.items.values() if isinstance(self.items, DictValue) else self.items)


class ModuleValue:
    """A module of the program, as a value."""

    __slots__ = ("module",)

    def __init__(self, module: Module) -> None:
        self.module = module


@dataclass(frozen=True, slots=True)
class External:
    """Something of a library that no op is known for, by its full name."""

    qualified: str


@dataclass(eq=False, slots=True)
class Made:
    """What a call of something external gave, as far as it matters which: a generator, a loader."""

    qualified: str
    parts: dict[str, object] = field(default_factory=Cells)
    born: int = field(default_factory=next_serial, init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.parts, Cells):
            self.parts = Cells(self.parts)


@dataclass(eq=False, slots=True)
class Bound:
    """A method with its object: one of the program's, or by its name one of anything else."""

    function: FunctionValue | str
    owner: object


@dataclass(eq=False, slots=True)
class Partial:
    """What `functools.partial` gives."""

    function: object
    args: tuple[object, ...]
    kwargs: Mapping[str, object]


@dataclass(eq=False, slots=True)
class Super:
    """What `super()` gives: the attributes that come after a class."""

    cls: ClassValue
    owner: object


@dataclass(frozen=True, slots=True)
class Maybe:
    """A value, or None: what it is depends on something that is not known."""

    value: object


def bare(value: object) -> object:
    """What a value is if it is not None: the only case in which it can be used."""
    return value.value if isinstance(value, Maybe) else value


def inside(value: Any) -> Iterator[object]:
    """What a value holds: items, attributes, parts; nothing of what it is defined by."""
    if isinstance(value, ListValue):
        yield from value
        yield value.rest
    elif isinstance(value, tuple):
        yield from value
    elif isinstance(value, DictValue):
        yield from value.values()
    elif isinstance(value, Instance):
        yield from value.attributes.values()
        yield value.base
    elif isinstance(value, Made):
        yield from value.parts.values()
    elif isinstance(value, Container):
        yield value.items
    elif isinstance(value, Maybe):
        yield value.value
    elif isinstance(value, Bound):
        yield value.owner
    elif isinstance(value, Partial):
        yield value.function
        yield from value.args
        yield from value.kwargs.values()
    elif isinstance(value, Record):
        yield from value.values
