"""What a function declares: its annotations or signature string, read into specs."""

from __future__ import annotations

import collections.abc
import inspect
import typing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shapecheck.dims import Expr, index_symbols, substitute, symbols
from shapecheck.runtime.contract import Contract
from shapecheck.runtime.names import marked, short_name
from shapecheck.spec.annotations import Reader, Unresolved, own_hints
from shapecheck.spec.errors import SpecError
from shapecheck.spec.members import keep_apart
from shapecheck.spec.model import (
    ArraySpec,
    Dim,
    ListOf,
    MappingOf,
    OneOf,
    TreeOf,
    TupleOf,
    Unjudged,
    arrays_in,
    judges,
)
from shapecheck.spec.signature import parse_signature

if TYPE_CHECKING:
    import types
    from collections.abc import Mapping

    from shapecheck.runtime.decorator import Options
    from shapecheck.spec.model import Spec

# What a generator's hint says of the values that it yields, is sent, and returns.
YIELDING = (
    collections.abc.Iterator,
    collections.abc.Iterable,
    collections.abc.AsyncIterator,
    collections.abc.AsyncIterable,
)
VARARGS, VARKEYWORDS, GENERATOR, COROUTINE, ASYNC_GENERATOR = (
    inspect.CO_VARARGS,
    inspect.CO_VARKEYWORDS,
    inspect.CO_GENERATOR,
    inspect.CO_COROUTINE,
    inspect.CO_ASYNC_GENERATOR,
)


@dataclass(slots=True)
class Parameters:
    """A function's parameters, read from its code object."""

    positional_only: tuple[str, ...]
    positional: tuple[str, ...]
    keyword_only: tuple[str, ...]
    star: str = ""
    star_star: str = ""

    @classmethod
    def of(cls, code: types.CodeType) -> Parameters:
        """The parameters of the function that a code object belongs to."""
        names = code.co_varnames
        count, only, keywords = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount
        at = count + keywords
        star = names[at] if code.co_flags & VARARGS else ""
        at += bool(star)
        star_star = names[at] if code.co_flags & VARKEYWORDS else ""
        return cls(
            names[:only], names[only:count], names[count : count + keywords], star, star_star
        )

    def names(self) -> tuple[str, ...]:
        """All parameters, in order."""
        rest = tuple(name for name in (self.star, self.star_star) if name)
        return (*self.positional_only, *self.positional, *self.keyword_only, *rest)

    def text(self) -> str:
        """The parameters of a ``def``, without defaults; the names are marked."""
        only, plain = map(marked, self.positional_only), map(marked, self.positional)
        parts = [*only, *(["/"] if self.positional_only else []), *plain]
        if self.star or self.keyword_only:
            parts.append(f"*{marked(self.star)}" if self.star else "*")
        parts += map(marked, self.keyword_only)
        return ", ".join([*parts, *([f"**{marked(self.star_star)}"] if self.star_star else [])])

    def forwarded(self) -> str:
        """The arguments of a call that passes all of them on; the variables are marked."""
        parts = list(map(marked, (*self.positional_only, *self.positional)))
        parts += [f"*{marked(self.star)}"] if self.star else []
        parts += [f"{name}={marked(name)}" for name in self.keyword_only]
        return ", ".join([*parts, *([f"**{marked(self.star_star)}"] if self.star_star else [])])


@dataclass(slots=True)
class Declared:
    """Everything that is declared of one function."""

    function: types.FunctionType
    parameters: Parameters
    options: Options
    arguments: dict[str, Spec] = field(default_factory=dict)
    results: dict[str, Spec] = field(default_factory=dict)
    hints: dict[str, Any] = field(default_factory=dict)
    unresolved: list[Unresolved] = field(default_factory=list)
    packed: inspect.Signature | None = None

    def contract(self, inner: Any) -> Contract | None:
        """The contract to enforce, or None where nothing is declared of any array."""
        declared = dict(self.options.attributes)
        attributes = {name: declared[name] for name in self.options.seen}
        changed = {name: declared[name] for name in self.options.changed}
        owner = next(iter(self.parameters.names()), "") if declared else ""
        ignored = self.options.ignored
        arguments = {
            name: spec
            for name, spec in self.arguments.items()
            if judges(spec) and name not in ignored
        }
        results = {role: spec for role, spec in self.results.items() if judges(spec)}
        if not (arguments or results or (changed and self.options.makes)):
            # A method that declares nothing itself is left alone: it may be one step of several
            # that change an instance.
            return None
        return Contract(
            inner,
            self.function.__qualname__,
            kind_of(self.function),
            self.parameters.names(),
            self.parameters.text(),
            self.parameters.forwarded(),
            {} if self.packed else arguments,
            results,
            attributes,
            owner,
            dict(self.options.sizes),
            self.options.mode,
            changed_specs=changed,
            packed=self.packed,
            packed_specs=arguments if self.packed else {},
        )


def kind_of(function: types.FunctionType) -> str:
    """What calling the function gives."""
    flags = function.__code__.co_flags
    if flags & ASYNC_GENERATOR:
        return "async generator"
    if flags & GENERATOR:
        return "generator"
    return "coroutine" if flags & COROUTINE else "function"


def declare(function: types.FunctionType, options: Options) -> Declared:
    """Read what a function declares.

    Raises:
        SpecError: a specification cannot be read, or stands where it has no meaning.
    """
    found = Declared(function, Parameters.of(function.__code__), options)
    if options.signature:
        _from_signature(found)
    else:
        _from_annotations(found)
    _none_by_default(found)
    roles = {f" {role}": spec for role, spec in found.results.items()}
    kept = keep_apart({**found.arguments, **roles}, found.options.owners)
    found.arguments = {name: kept[name] for name in found.arguments}
    found.results = {role: kept[f" {role}"] for role in found.results}
    for name, spec in found.arguments.items():
        _valid(spec, f"{name} of {short_name(function.__qualname__)}")
    for spec in found.results.values():
        _valid(spec, f"the result of {short_name(function.__qualname__)}")
    return found


def scope_of(function: types.FunctionType, local: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Where names in a function's string annotations are looked up, the innermost first."""
    parameters = {one.__name__: one for one in getattr(function, "__type_params__", ())}
    return [parameters, _closure(function), local, function.__globals__]


def _closure(function: types.FunctionType) -> dict[str, Any]:
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    return found


def _from_signature(found: Declared) -> None:
    names = found.parameters.names()
    free = names[1:] if names[:1] in (("self",), ("cls",)) else names
    try:
        found.arguments, result = parse_signature(found.options.signature, free)
    except SpecError as error:
        raise error.about(short_name(found.function.__qualname__)) from None
    _open_stars(found)
    if result is not None:
        role = "yielded" if "generator" in kind_of(found.function) else "result"
        found.results = {role: result}


def _from_annotations(found: Declared) -> None:
    function = found.function
    hints = own_hints(function)
    reader = Reader(scope_of(function, found.options.scope), short_name(function.__qualname__))
    if "generator" in kind_of(function):
        hints = _generator_hints(hints, reader)
    specs = reader.read_all(hints)
    found.hints, found.unresolved = hints, reader.unresolved
    for role, name in (("result", "return"), ("yielded", "yield"), ("sent", "send")):
        if name in specs:
            found.results[role] = specs.pop(name)
    found.arguments = specs
    if hasattr(function, "__wrapped__") and not set(specs) <= set(found.parameters.names()):
        # A wrapper made with functools.wraps: the annotations belong to what it wraps.
        found.packed = inspect.signature(function)
    else:
        _open_stars(found)


def _generator_hints(hints: dict[str, Any], reader: Reader) -> dict[str, Any]:
    """``Iterator[Y]`` and ``Generator[Y, S, R]`` as hints of their own."""
    hints = dict(hints)
    declared = hints.pop("return", None)
    if isinstance(declared, str):
        declared = reader.evaluate(declared)
    origin, args = typing.get_origin(declared), typing.get_args(declared)
    if isinstance(origin, type) and issubclass(origin, YIELDING) and args:
        hints.update(zip(("yield", "send", "return"), args, strict=False))
    return hints


def _is_unpacked(hint: Any) -> bool:
    """Whether ``**kwargs: Unpack[TD]`` gives each keyword a hint of its own (PEP 692)."""
    text = hint if isinstance(hint, str) else ""
    return typing.get_origin(hint) is typing.Unpack or "Unpack[" in text


def _none_by_default(found: Declared) -> None:
    """Axes in plain text cannot say "or None"; a default of None says it for them."""
    function, names = found.function, found.parameters
    positional = [*names.positional_only, *names.positional]
    values = function.__defaults__ or ()
    defaults = dict(zip(positional[len(positional) - len(values) :], values, strict=True))
    defaults.update(function.__kwdefaults__ or {})
    for name, value in defaults.items():
        spec = found.arguments.get(name)
        if value is None and isinstance(spec, ArraySpec) and not (spec.array_type or spec.family):
            found.arguments[name] = OneOf((Unjudged(None), spec))


def _open_stars(found: Declared) -> None:
    """What is declared of ``*args`` and ``**kwargs`` holds for each of them."""
    star, star_star = found.parameters.star, found.parameters.star_star
    if star in found.arguments:
        found.arguments[star] = ListOf(found.arguments[star], tuple)
    if star_star in found.arguments and not _is_unpacked(found.hints.get(star_star)):
        found.arguments[star_star] = MappingOf(Unjudged(str), found.arguments[star_star])


def _valid(spec: Spec, subject: str, *, listed: bool = False, tree: bool = False) -> None:
    """Positions stand for a place in a list, and ``?`` for one in a tree: there has to be one."""
    match spec:
        case ArraySpec():
            _valid_array(spec, subject, listed=listed, tree=tree)
        case ListOf(element=inner):
            _valid(inner, subject, listed=True, tree=tree)
        case MappingOf(value=inner):
            _valid(inner, subject, listed=True, tree=tree)
        case TupleOf(elements=inners):
            for inner in inners:
                _valid(inner, subject, listed=True, tree=tree)
        case TreeOf(leaf=inner):
            _valid(inner, subject, listed=listed, tree=True)
        case _:
            for array in arrays_in(spec):
                _valid_array(array, subject, listed=True, tree=tree)


def _valid_array(spec: ArraySpec, subject: str, *, listed: bool, tree: bool) -> None:
    if "?" not in spec.text and "[" not in spec.text:
        return  # nearly all of them
    for axis in spec.axes:
        if axis.tree and not tree:
            raise SpecError(
                spec.text,
                axis.column,
                "'?' names an axis for each leaf of a PyTree, and this is not in one",
                subject=subject,
            )
        if not isinstance(axis, Dim) or not isinstance(axis.size, Expr):
            continue
        positions = index_symbols(axis.size)
        if positions and not listed:
            raise SpecError(
                spec.text,
                axis.column,
                f"'{min(one.name for one in positions)}' is the position in a list, "
                "and this is not in a list",
                remedy="for a fixed place write a number: n[0], or n[-1] for the last",
                width=len(axis.text),
                subject=subject,
            )
        _no_negative_position(spec, axis, subject)


def _no_negative_position(spec: ArraySpec, axis: Dim, subject: str) -> None:
    """``n[l-1]`` would be ``n[-1]`` for the first element, which means the last."""
    for one in symbols(axis.size) if isinstance(axis.size, Expr) else ():
        if isinstance(one.index, Expr):
            first = substitute(one.index, dict.fromkeys(symbols(one.index), 0))
            if isinstance(first, int) and first < 0:
                raise SpecError(
                    spec.text,
                    axis.column,
                    f"for the first element of the list this is {one.name}[{first}]",
                    remedy=f'count from 0: "{one.name}[l+1] {one.name}[l]"',
                    width=len(axis.text),
                    subject=subject,
                )
