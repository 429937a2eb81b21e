"""`check`: the decorator for functions, methods and classes."""

from __future__ import annotations

import functools
import sys
import types
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar, overload

from shapecheck import config
from shapecheck.runtime import classes, notices
from shapecheck.runtime.compile import PREFIX, build, build_later
from shapecheck.runtime.declare import Declared, declare
from shapecheck.runtime.scopes import valid_sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Options:
    """What the decorator was told.

    Attributes:
        signature: axes of arguments and result as one string, or "".
        types: hand every hint without arrays to beartype.
        mode: ``error`` or ``warn``.
        broadcasts: warn of silent broadcasts in the function's body, too.
        sizes: names fixed for this function.
        scope: the local variables around the decorator, in which string annotations may be found.
        silent: a function without anything to check is left alone without a word.
        attributes: what the class declares of its attributes.
        seen: the attributes that join the scope of the call.
        changed: the attributes that are looked at when the call returns.
        owners: the class that the function is a method of, if its attributes join the scope.
        makes: the function makes the instance: its attributes are looked at in any case.
        ignored: parameters that are not judged (they reappear as attributes).
    """

    signature: str = ""
    types: bool = False
    mode: str = "error"
    sizes: Mapping[str, int] = field(default_factory=dict)
    scope: Mapping[str, Any] = field(default_factory=dict)
    silent: bool = False
    attributes: Mapping[str, Any] = field(default_factory=dict)
    seen: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    makes: bool = False
    owners: tuple[type, ...] = ()
    ignored: tuple[str, ...] = ()
    broadcasts: bool = False


@overload
def check(
    target: str, /, *, types: bool = False, mode: str | None = None, **sizes: int
) -> Callable[[T], T]: ...
@overload
def check(target: T, /, *, types: bool = False, mode: str | None = None, **sizes: int) -> T: ...
@overload
def check(*, types: bool = False, mode: str | None = None, **sizes: int) -> Callable[[T], T]: ...
def check(
    target: Any = None, /, *, types: bool = False, mode: str | None = None, **sizes: int
) -> Any:
    """Hold a function, or all methods and attributes of a class, to its declared shapes.

    Shapes are declared in annotations (jaxtyping's, `typing.Annotated`, plain strings) or in a
    signature string: ``@check("(B, n_in), (n_out, n_in) -> (B, n_out)")``. Names stand for one
    size in all arguments and the result of a call.

    Args:
        target: what is decorated, or a signature string.
        types: also hold every hint that is not about arrays, through beartype.
        mode: ``"error"`` raises `ShapeError`, ``"warn"`` warns with `ShapeWarning`; the default
            is that of the environment variable SHAPECHECK, and without it ``"error"``.
            ``"broadcasts"`` is ``"error"``, and warns with `ShapeWarning` of what the operators and
            calls in the function's body do silently, as ``shapecheck run --broadcasts`` does.
        **sizes: names that are fixed for this function: ``@check(B=32)``.

    Returns:
        The checked function; the very same object where checks are switched off
        (SHAPECHECK=off, ``python -O``) or where there is nothing to check.

    Raises:
        SpecError: a specification cannot be read.
        TypeError: the target is neither a function nor a class.
        ValueError: a size or the mode is not one.
    """
    broadcasts = mode == "broadcasts"
    chosen = "error" if broadcasts else mode or config.mode()
    if chosen not in config.MODES:
        raise ValueError(f"mode={mode!r}: use one of {', '.join(config.MODES)}, broadcasts")
    if config.mode() == "off":
        chosen = "off"
    signature = target if isinstance(target, str) else ""
    if chosen == "off":
        return _same if target is None or signature else target
    frame = sys._getframe(1)  # noqa: SLF001 - string annotations may name the caller's locals
    options = Options(
        signature,
        types,
        chosen,
        valid_sizes(sizes),
        dict(frame.f_locals) if frame.f_code.co_name != "<module>" else {},
        broadcasts=broadcasts,
    )
    if target is None or signature:
        return lambda decorated: decorate(decorated, options)
    return decorate(target, options)


def _same(target: T) -> T:
    return target


def decorate(target: Any, options: Options) -> Any:
    """Check a target of any kind, by the table of kinds."""
    if getattr(target, "__no_type_check__", False):
        return target
    for kind, way in _WAYS:
        if isinstance(target, kind):
            return way(target, options)
    if hasattr(target, "__wrapped__") or isinstance(
        target, (functools.partial, types.BuiltinFunctionType, types.MethodType)
    ):
        _no_effect(target, options, "it is not a plain function; put @check closer to the def")
        return target
    raise TypeError(
        f"@check decorates functions and classes, not {type(target).__name__} objects; "
        "decorate the class or the function itself"
    )


def _function(function: types.FunctionType, options: Options) -> Any:
    """A plain function, coroutine function or generator function."""
    if function.__code__.co_filename.startswith(PREFIX):
        return function  # checked already
    if options.broadcasts:
        from shapecheck.runtime.watched import watched  # noqa: PLC0415 - the ops, for those who ask

        function, options = watched(function), replace(options, broadcasts=False, silent=True)
    declared = declare(function, options)
    if declared.unresolved:
        return _later(function, options)
    return _checked(function, declared, options)


def _checked(function: types.FunctionType, declared: Declared, options: Options) -> Any:
    inner: Any = function
    if options.types:
        from shapecheck.runtime.typed import with_types  # noqa: PLC0415 - loads beartype

        inner = with_types(function, declared)
    contract = declared.contract(inner)
    if contract is None:
        if inner is function:
            _no_effect(function, options, "no annotation of it declares the axes of an array")
        return inner
    return build(contract, function)


def _later(function: types.FunctionType, options: Options) -> Any:
    """A function with annotations that do not resolve yet: they are read at its first call."""

    def resolve() -> Any:
        declared = declare(function, options)
        for one in declared.unresolved:
            if one.name and one.name in function.__qualname__.split(".")[:-1]:
                continue  # the class that a method of a local class belongs to: no array
            notices.tell(
                "unresolved-annotation",
                f"{function.__qualname__}: the annotation {one.text!r} of {one.subject} cannot be "
                f"evaluated ({one.problem}); it is not checked",
                path=function.__code__.co_filename,
                line=function.__code__.co_firstlineno,
            )
        return _checked(function, declared, replace(options, silent=True))

    return build_later(function, resolve)


def _no_effect(target: Any, options: Options, why: str) -> None:
    if options.silent:
        return
    code = getattr(target, "__code__", None)
    name = getattr(target, "__qualname__", repr(target))
    notices.tell(
        "no-effect",
        f"@check on {name} has no effect: {why}",
        path=code.co_filename if code else "",
        line=code.co_firstlineno if code else 1,
    )


def _static(method: staticmethod[..., Any], options: Options) -> Any:
    checked = decorate(method.__func__, options)
    return method if checked is method.__func__ else staticmethod(checked)


def _classmethod(method: classmethod[Any, ..., Any], options: Options) -> Any:
    checked = decorate(method.__func__, options)
    return method if checked is method.__func__ else classmethod(checked)


def _property(prop: property, options: Options) -> property:
    getter, setter, deleter = (
        decorate(part, options) if part is not None else None
        for part in (prop.fget, prop.fset, prop.fdel)
    )
    if (getter, setter, deleter) == (prop.fget, prop.fset, prop.fdel):
        return prop
    own: Any = type(prop)  # subclasses of property keep their class
    made: property = own(getter, setter, deleter)
    made.__doc__ = prop.__doc__
    return made


def _cached_property(prop: functools.cached_property[Any], options: Options) -> Any:
    checked = decorate(prop.func, options)
    if checked is prop.func:
        return prop
    made = type(prop)(checked)
    made.__dict__.update({**prop.__dict__, "func": checked})
    return made


def _class(cls: type, options: Options) -> type:
    return classes.check_class(cls, options, decorate, _no_effect)


_WAYS: tuple[tuple[type, Callable[[Any, Options], Any]], ...] = (
    (types.FunctionType, _function),
    (staticmethod, _static),
    (classmethod, _classmethod),
    (property, _property),
    (functools.cached_property, _cached_property),
    (type, _class),
)
