"""`@check(types=True)`: hints without arrays are beartype's to judge."""

from __future__ import annotations

import types
import typing
from typing import TYPE_CHECKING, Annotated, Any

from shapecheck.runtime.declare import scope_of
from shapecheck.spec.annotations import Reader
from shapecheck.spec.model import ArraySpec

if TYPE_CHECKING:
    from shapecheck.runtime.declare import Declared


def with_types(function: types.FunctionType, declared: Declared) -> Any:
    """The function under beartype, arrays' axes and dtypes taken out of its hints."""
    from beartype import BeartypeConf, beartype  # noqa: PLC0415 - 30 ms, for those who ask

    reader = Reader(scope_of(function, declared.options.scope), function.__qualname__)
    copy = types.FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__qualname__ = function.__qualname__
    copy.__module__ = function.__module__
    copy.__dict__.update(function.__dict__)
    copy.__annotations__ = {
        name: plain
        for name, hint in function.__annotations__.items()
        if (plain := _plain(_evaluated(hint, reader), reader)) is not Any
    }
    if declared.options.mode == "warn":
        return beartype(conf=BeartypeConf(violation_type=UserWarning))(copy)
    return beartype(copy)


def _evaluated(hint: Any, reader: Reader) -> Any:
    """The object behind a string annotation; Any where it does not resolve."""
    if not isinstance(hint, str):
        return hint
    found = reader.evaluate(hint)
    return Any if isinstance(found, (Exception, str)) else found


def _plain(hint: Any, reader: Reader) -> Any:
    """The hint with array classes in place of declared arrays."""
    if isinstance(hint, str):
        return Any
    spec = reader.read(hint, "hint")
    if isinstance(spec, ArraySpec):
        return spec.array_type or Any
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return _plain(args[0], reader)
    if origin in (typing.Union, types.UnionType):
        return typing.Union[tuple(_plain(one, reader) for one in args)]  # noqa: UP007
    if origin in (list, tuple, dict, set, frozenset):
        return origin[tuple(one if one is ... else _plain(one, reader) for one in args)]
    return hint
