"""From annotation objects to specs.

A `Reader` reads the hints of one function or class. jaxtyping's classes are read from the objects
that they are (their axes' text, dtypes and array class), so that dtype families and aliases are
never written down here a second time. Hints without arrays come out as `Unjudged`.
"""

from __future__ import annotations

import ast
import builtins
import collections
import collections.abc
import dataclasses
import functools
import re
import sys
import types
import typing
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from shapecheck.backends import backend_of_class
from shapecheck.spec.errors import SpecError
from shapecheck.spec.grammar import parse_shape
from shapecheck.spec.model import (
    ArraySpec,
    Family,
    ListOf,
    MappingOf,
    Members,
    OneOf,
    Spec,
    TreeOf,
    TupleOf,
    Unjudged,
    judges,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MISSING = object()
ANY_DTYPE = re.compile("")
# Wrappers that say something about the name, not about the value.
TRANSPARENT = {"ClassVar", "Final", "Required", "NotRequired", "ReadOnly", "InitVar", "Unpack"}
# What comes out of these only when it is used: nothing to look at when it is passed.
CONSUMED: tuple[Any, ...] = (
    collections.abc.Iterator,
    collections.abc.AsyncIterable,
    collections.abc.Awaitable,
    collections.abc.Callable,
)


@dataclasses.dataclass(frozen=True, slots=True)
class Unresolved:
    """An annotation that could not be evaluated: what it belongs to, its text, and why.

    `name` is the name in it that is not defined, if that is the reason.
    """

    subject: str
    text: str
    problem: str
    name: str = ""


class Reader:
    """Reads hints, evaluating string annotations in the scope that they were written in.

    Args:
        scope: where names in string annotations are looked up; the first mapping wins.
        owner: what the hints belong to, for error messages (``linear``).

    Attributes:
        unresolved: the string annotations that could not be evaluated so far.
    """

    def __init__(self, scope: Iterable[Mapping[str, Any]] = (), owner: str = "") -> None:
        self.scope = list(scope)
        self.owner = owner
        self.unresolved: list[Unresolved] = []
        self._open_classes: list[type] = []
        self._axis_names: set[str] = set()

    def read_all(self, hints: Mapping[str, Any]) -> dict[str, Spec]:
        """Read all hints of a signature.

        A bare name in quotes (``b: "n_out"``) can be an axis or a class that does not resolve.
        It is an axis if another hint of the signature uses it as one.

        Raises:
            SpecError: an axis specification is malformed.
        """
        specs = {name: self.read(hint, name) for name, hint in hints.items()}
        retry = {one.subject for one in self.unresolved if self._is_axis(one.text)} & hints.keys()
        self.unresolved = [one for one in self.unresolved if one.subject not in retry]
        for name in retry:
            specs[name] = self.read(hints[name], name)
        return specs

    def read(self, hint: Any, subject: str) -> Spec:
        """Read one hint; `subject` is the argument or attribute that it belongs to.

        Raises:
            SpecError: an axis specification in it is malformed.
        """
        try:
            spec = self._read(hint, subject)
        except SpecError as error:
            whose = f"{subject} of {self.owner}" if self.owner else subject
            raise error.about(whose) from None
        return spec if judges(spec) else Unjudged(hint)

    def _is_axis(self, text: str) -> bool:
        """Whether another hint uses a name as an axis; ``n[0]`` is one where ``n[l]`` is."""
        name, bracket, _ = text.partition("[")
        return f"{name}[]" in self._axis_names if bracket else name in self._axis_names

    def _read(self, hint: Any, subject: str) -> Spec:
        try:
            for read in _READERS:
                spec = read(self, hint, subject)
                if spec is not None:
                    return spec
        except SpecError:
            raise
        except Exception as error:  # noqa: BLE001 - an annotation may be an object of any kind
            text = f"a {type(hint).__name__}"
            self.unresolved.append(Unresolved(subject, text, f"{type(error).__name__}: {error}"))
        return Unjudged(hint)

    def _array(self, text: str, family: Family | None, array_type: Any) -> ArraySpec:
        try:
            spec, names = _array_spec(text, family, array_type)
        except TypeError:  # a class that cannot be hashed
            spec, names = _array_spec.__wrapped__(text, family, array_type)
        self._axis_names |= names
        return spec

    # ---- the forms of a hint; each returns None for what it is not ----

    def _text(self, hint: Any, subject: str) -> Spec | None:
        """A string: a quoted hint, or axes in plain text."""
        if isinstance(hint, typing.ForwardRef):
            hint = hint.__forward_arg__
        if not isinstance(hint, str):
            return None
        text = hint.strip()
        if not _looks_like_a_hint(text):
            return self._array(text, None, None)
        found = self.evaluate(text)
        if isinstance(found, Exception):
            if self._is_axis(text):
                return self._array(text, None, None)
            return self._unresolved(text, found, subject)
        if not _is_hint(found):
            return self._array(text, None, None)  # `B = 32` above, and the axis "B" here
        return self._read(found, subject)

    def _unresolved(self, text: str, found: Any, subject: str) -> Unjudged:
        problem = f"{type(found).__name__}: {found}"
        name = getattr(found, "name", None) or ""
        self.unresolved.append(Unresolved(subject, text, problem, name))
        return Unjudged(text)

    def evaluate(self, text: str) -> Any:
        """The object that a quoted annotation names, or the exception that it raised."""
        names: Mapping[str, Any] = collections.ChainMap(*self.scope)  # type: ignore[arg-type]
        try:
            # Python's own meaning of a string annotation.
            return eval(text, {"__builtins__": builtins}, names)  # noqa: S307
        except Exception as error:  # noqa: BLE001 - whatever evaluating an annotation may raise
            return error

    def _jaxtyping_array(self, hint: Any, _subject: str) -> Spec | None:
        base = _of_jaxtyping("AbstractArray")
        if base is None or not isinstance(hint, type) or not issubclass(hint, base):
            return None
        if not hasattr(hint, "dim_str"):
            return Unjudged(hint)
        array: Any = hint  # jaxtyping's metaclass gives these classes their attributes
        dtypes = array.dtypes
        family = Family(array.dtype.__name__, dtypes) if isinstance(dtypes, tuple) else None
        array_type = array.array_type
        if array_type is Any or not isinstance(array_type, type):  # from 3.11 on Any is a class
            array_type = None
        if array_type is None and family is None:
            family = Family(array.dtype.__name__, (ANY_DTYPE,))  # any, but an array it has to be
        return self._array(array.dim_str, family, array_type)

    def _tree(self, hint: Any, subject: str) -> Spec | None:
        """`PyTree[leaf, "T"]` of jaxtyping (where JAX is installed) or of shapecheck."""
        if not isinstance(hint, type) or hint.__name__.split("[")[0] != "PyTree":
            return None
        leaf = getattr(hint, "leaftype", MISSING)
        if leaf is MISSING:
            return None
        structure = getattr(hint, "structure", None) or ""
        return TreeOf(self._read(leaf, subject), structure)

    def _annotated(self, hint: Any, subject: str) -> Spec | None:
        if typing.get_origin(hint) is not Annotated:
            return None
        base, *metadata = typing.get_args(hint)
        text = next((one for one in metadata if isinstance(one, str)), None)
        before = len(self.unresolved)
        inner = self._read(base, subject)
        if text is None or judges(inner) or len(self.unresolved) > before:
            return inner
        return self._with_axes(base, text)

    def _with_axes(self, base: Any, text: str) -> Spec:
        """`Annotated[base, text]`: the axes go to every array class in `base`."""
        if isinstance(base, typing.ForwardRef):
            return self._with_axes(self.evaluate(base.__forward_arg__), text)
        if _is_union(base):
            parts = tuple(self._with_axes(part, text) for part in typing.get_args(base))
            return OneOf(parts)
        if isinstance(base, TypeVar):
            bounds = base.__constraints__ or ((base.__bound__,) if base.__bound__ else (Any,))
            parts = tuple(self._with_axes(bound, text) for bound in bounds)
            return parts[0] if len(parts) == 1 else OneOf(parts)
        if base is Any or base is object:
            return self._array(text, None, None)
        try:
            inner = _aliased(base)
        except Exception:  # noqa: BLE001 - reading the base has told of it
            return Unjudged(base)
        if inner is not MISSING:
            return self._with_axes(inner, text)
        cls = typing.get_origin(base) or base
        backend = backend_of_class(cls)
        if backend is not None:
            return self._array(text, backend.hinted_family(base), cls)
        if hasattr(cls, "shape") and hasattr(cls, "dtype"):
            return self._array(text, None, cls)
        return Unjudged(base)

    def _alias(self, hint: Any, subject: str) -> Spec | None:
        """`type X = …` (3.12), NewType, TypeVar, and wrappers such as Final and ClassVar."""
        if isinstance(hint, TypeVar):
            bounds = hint.__constraints__ or ((hint.__bound__,) if hint.__bound__ else ())
            parts = tuple(self._read(bound, subject) for bound in bounds)
            return parts[0] if len(parts) == 1 else OneOf(parts)
        if isinstance(hint, dataclasses.InitVar):
            return self._read(hint.type, subject)
        try:
            inner = _aliased(hint)
        except Exception as error:  # noqa: BLE001 - `type X = …` is evaluated only here
            problem = f"{type(error).__name__}: {error}"
            self.unresolved.append(Unresolved(subject, str(hint), problem))
            return Unjudged(hint)
        if inner is not MISSING:
            return self._read(inner, subject)
        origin = typing.get_origin(hint)
        if getattr(origin, "_name", None) in TRANSPARENT and typing.get_args(hint):
            return self._read(typing.get_args(hint)[0], subject)
        return None

    def _union(self, hint: Any, subject: str) -> Spec | None:
        if not _is_union(hint):
            return None
        return OneOf(tuple(self._read(part, subject) for part in typing.get_args(hint)))

    def _container(self, hint: Any, subject: str) -> Spec | None:
        origin, args = typing.get_origin(hint), typing.get_args(hint)
        if not isinstance(origin, type) or not args:
            return None
        if origin is type:
            return Unjudged(hint)
        if issubclass(origin, CONSUMED):
            for part in _flattened(args):
                self._read(part, subject)  # for the error of a malformed spec; nothing to check
            return Unjudged(hint)
        if issubclass(origin, tuple):
            return self._tuple(args, subject)
        if issubclass(origin, collections.abc.Mapping) and len(args) == 2:  # noqa: PLR2004
            return MappingOf(self._read(args[0], subject), self._read(args[1], subject), origin)
        if issubclass(origin, collections.abc.Iterable) and len(args) == 1:
            return ListOf(self._read(args[0], subject), origin)
        return self._read(origin, subject)  # a user's generic class

    def _tuple(self, args: tuple[Any, ...], subject: str) -> Spec:
        if len(args) == 2 and args[1] is Ellipsis:  # noqa: PLR2004
            return ListOf(self._read(args[0], subject), tuple)
        if any(typing.get_origin(one) is typing.Unpack or _is_star(one) for one in args):
            return Unjudged(args)
        return TupleOf(tuple(self._read(one, subject) for one in args))

    def _class(self, hint: Any, subject: str) -> Spec | None:
        """A NamedTuple, a TypedDict or a dataclass: its members' hints."""
        if not isinstance(hint, type) or hint in self._open_classes:
            return None
        keyed = typing.is_typeddict(hint)
        if not (keyed or dataclasses.is_dataclass(hint) or hasattr(hint, "_fields")):
            return None
        scope = [vars(sys.modules.get(hint.__module__, builtins)), dict(vars(hint)), *self.scope]
        inner = Reader(scope, f"{hint.__qualname__}")
        inner._open_classes = [*self._open_classes, hint]
        specs = inner.read_all(member_hints(hint))
        self.unresolved += [
            Unresolved(f"{subject}.{one.subject}", one.text, one.problem, one.name)
            for one in inner.unresolved
        ]
        self._axis_names |= inner._axis_names
        return Members(hint, {n: s for n, s in specs.items() if judges(s)}, keyed)


_READERS: tuple[Callable[[Reader, Any, str], Spec | None], ...] = (
    Reader._text,  # noqa: SLF001 - the table of forms, in the order in which they are tried
    Reader._jaxtyping_array,  # noqa: SLF001
    Reader._tree,  # noqa: SLF001
    Reader._annotated,  # noqa: SLF001
    Reader._alias,  # noqa: SLF001
    Reader._union,  # noqa: SLF001
    Reader._container,  # noqa: SLF001
    Reader._class,  # noqa: SLF001
)


def _aliased(hint: Any) -> Any:
    """What an alias stands for (``type X[T] = …``, NewType), its parameters put in; or MISSING.

    Raises:
        Exception: whatever evaluating the alias raises, which happens only now.
    """
    if isinstance(hint, type):
        return MISSING
    origin = typing.get_origin(hint)
    if hasattr(type(origin), "__value__"):  # from 3.12 on; also NDArray[np.float32] of NumPy 2.5
        value = origin.__value__
        given = dict(zip(origin.__type_params__, typing.get_args(hint), strict=False))
        free = getattr(value, "__parameters__", ())
        return value[tuple(given.get(one, one) for one in free)] if free else value
    for attribute in ("__value__", "__supertype__"):
        inner = getattr(hint, attribute, MISSING)
        if inner is not MISSING:
            return inner
    return MISSING


def member_hints(cls: type) -> dict[str, Any]:
    """The annotated members of a class and its bases, in order of declaration."""
    if dataclasses.is_dataclass(cls):
        return {one.name: one.type for one in dataclasses.fields(cls)}
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        found.update(own_hints(base))
    if hasattr(cls, "_fields"):
        return {name: hint for name, hint in found.items() if name in cls._fields}
    return found


def own_hints(owner: Any) -> dict[str, Any]:
    """The annotations of a function or class itself, unevaluated where they are lazy.

    From Python 3.14 on, annotations are evaluated when they are asked for; names that are not
    defined yet come out as forward references.
    """
    if sys.version_info >= (3, 14):
        import annotationlib  # noqa: PLC0415 - exists from 3.14 on

        hints = annotationlib.get_annotations(owner, format=annotationlib.Format.FORWARDREF)
        return dict(hints)
    if isinstance(owner, type):
        return dict(owner.__dict__.get("__annotations__", {}))
    return dict(getattr(owner, "__annotations__", None) or {})


@functools.lru_cache(maxsize=4096)
def _array_spec(
    text: str, family: Family | None, array_type: Any
) -> tuple[ArraySpec, frozenset[str]]:
    """The spec of an array and the names of its axes; one declaration is read once."""
    spec = ArraySpec(parse_shape(text), family, array_type, text)
    names = (one for one in spec.names() if one.tag is None)
    return spec, frozenset(one.name if one.index is None else f"{one.name}[]" for one in names)


def _looks_like_a_hint(text: str) -> bool:
    """Whether a string annotation can be a quoted Python hint rather than axes."""
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return False
    return _hint_like(node)


def _hint_like(node: ast.expr) -> bool:
    match node:
        case ast.Name() | ast.Attribute():
            return True
        case ast.Constant(value=value):
            return value is None or isinstance(value, str)
        case ast.Subscript(value=value):
            return _hint_like(value)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _hint_like(left) and _hint_like(right)
        case _:
            return False


def _is_hint(found: Any) -> bool:
    """Whether an evaluated annotation is a type hint, not some number of the same name."""
    return (
        found is None
        or isinstance(found, str)
        or (
            callable(found)
            and not isinstance(found, (types.FunctionType, types.BuiltinFunctionType))
        )
        or type(found).__module__ in ("typing", "types", "typing_extensions", "annotationlib")
    )


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in (typing.Union, types.UnionType)


def _is_star(hint: Any) -> bool:
    """Whether a tuple's argument is ``*tuple[…]``."""
    return bool(getattr(hint, "__unpacked__", False))


def _flattened(args: Iterable[Any]) -> list[Any]:
    """Type arguments, with the argument list of a Callable opened."""
    flat: list[Any] = []
    for one in args:
        flat += one if isinstance(one, list) else [one]
    return flat


def _of_jaxtyping(name: str) -> Any:
    """A public object of jaxtyping, if the user's program has loaded it."""
    module = sys.modules.get("jaxtyping")
    return getattr(module, name, None)
