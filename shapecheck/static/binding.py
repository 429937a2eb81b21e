"""Which parameter of a function gets which argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecheck.ops import Unknown
from shapecheck.static.values import DictValue

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping


class Misbound(Exception):  # noqa: N818 - control flow: what to do about it is the caller's matter
    """The arguments do not fit the signature."""


def bind(
    signature: ast.arguments,
    args: list[object],
    kwargs: Mapping[str, object],
    defaults: Mapping[str, object],
) -> dict[str, object]:
    """Bind arguments as Python does.

    Raises:
        Misbound: one is missing, or there is none of that name.
    """
    positional = [one.arg for one in (*signature.posonlyargs, *signature.args)]
    only = [one.arg for one in signature.kwonlyargs]
    bound: dict[str, object] = dict(zip(positional, args, strict=False))
    spare = args[len(positional) :]
    if signature.vararg is not None:
        bound[signature.vararg.arg] = tuple(spare)
    elif spare:
        raise Misbound(f"it takes {len(positional)} positional arguments, {len(args)} are given")
    by_name = {*positional[len(signature.posonlyargs) :], *only}
    others = DictValue()
    for name, value in kwargs.items():
        if name in by_name and name not in bound:
            bound[name] = value
        elif signature.kwarg is not None:
            others[name] = value
        else:
            raise Misbound(f"it has no parameter {name}")
    if signature.kwarg is not None:
        bound[signature.kwarg.arg] = others
    for name in (*positional, *only):
        if name not in bound:
            if name not in defaults:
                raise Misbound(f"{name} is missing")
            bound[name] = defaults[name]
    return bound


def unknown_arguments(
    signature: ast.arguments, defaults: Mapping[str, object]
) -> dict[str, object]:
    """Arguments of which nothing is known, for a function that nobody is seen to call."""
    names = [*signature.posonlyargs, *signature.args, *signature.kwonlyargs]
    bound: dict[str, object] = {one.arg: Unknown("") for one in names}
    for name, value in defaults.items():
        if isinstance(value, bool):
            bound[name] = Unknown("", "flag")
        elif isinstance(value, str):
            bound[name] = Unknown("", "text")
    if signature.vararg is not None:
        bound[signature.vararg.arg] = Unknown("")
    if signature.kwarg is not None:
        bound[signature.kwarg.arg] = DictValue(open_=True)
    return bound
