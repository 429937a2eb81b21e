"""`check` on a class: its methods, and the attributes that it annotates.

The attributes of an instance join the scope of each of its methods that declares something: `W:
"n_out n_in"` declared on the class and `x: "B n_in"` declared on a method speak of one n_in. Those
that a method assigns itself (a cache, a buffer that grows) are not looked at before it runs; when
it returns, and when `__init__` does, all of them have to fit each other and the arguments.
"""

from __future__ import annotations

import builtins
import dataclasses
import dis
import functools
import sys
import types
from typing import TYPE_CHECKING, Any

from shapecheck.spec.annotations import Reader, own_hints
from shapecheck.spec.members import keep_apart
from shapecheck.spec.model import judges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shapecheck.runtime.decorator import Options
    from shapecheck.spec.model import Spec

METHODS = (
    types.FunctionType,
    staticmethod,
    classmethod,
    property,
    functools.cached_property,
)
# Bases whose annotations are their library's own business.
FOREIGN = ("torch", "builtins", "typing", "abc", "enum")
LEFT_ALONE = ("__class_getitem__", "__init_subclass__", "__setattr__", "__getattr__", "__repr__")


def check_class(
    cls: type,
    options: Options,
    decorate: Callable[[Any, Options], Any],
    no_effect: Callable[[Any, Options, str], None],
) -> type:
    """Check all methods of a class in place, and its annotated attributes with them."""
    attributes = attributes_of(cls, options)
    touched = False
    for name, member in list(vars(cls).items()):
        if name in LEFT_ALONE:
            continue
        if not isinstance(member, METHODS):
            _say_if_declared(name, member, options, decorate, no_effect)
            continue
        checked = decorate(member, for_member(cls, name, member, options, attributes))
        if checked is not member:
            setattr(cls, name, checked)
            touched = True
    if attributes and "__init__" not in vars(cls):
        touched = own_init(cls, options, attributes, decorate) or touched
    if not touched and attributes:
        no_effect(cls, options, "it has no method to check; @check goes above @dataclass")
    elif not touched:
        no_effect(cls, options, "neither its methods nor its attributes declare axes of arrays")
    return cls


def _say_if_declared(
    name: str,
    member: Any,
    options: Options,
    decorate: Callable[[Any, Options], Any],
    no_effect: Callable[[Any, Options, str], None],
) -> None:
    """A method inside another decorator's object (`lru_cache`) cannot be checked; say so."""
    if isinstance(member, type) or name.startswith("__"):
        return
    function = getattr(member, "__wrapped__", None) or getattr(member, "func", None)
    if not isinstance(function, types.FunctionType):
        return
    quiet = dataclasses.replace(options, silent=True, signature="")
    if decorate(function, quiet) is not function:
        kind = type(member).__name__
        no_effect(function, options, f"it is inside a {kind}; put @check closer to the def")


def for_member(
    cls: type, name: str, member: Any, options: Options, attributes: dict[str, Spec]
) -> Options:
    """The options for one method: whether it sees the attributes, and may change them."""
    scope = {**options.scope, cls.__name__: cls, **_plain_names(cls)}
    changes = dataclasses.replace(options, silent=True, scope=scope, signature="")
    if not attributes or isinstance(member, (staticmethod, classmethod)):
        return changes
    if name in ("__new__", "__post_init__", "__del__"):
        return changes
    function = getattr(member, "fget", None) or getattr(member, "func", None) or member
    makes = name in ("__init__", "__setstate__")
    assigned = set(attributes) if makes else _assigned(function, attributes)
    generated = makes and dataclasses.is_dataclass(cls) and is_generated(function)
    return dataclasses.replace(
        changes,
        attributes=attributes,
        seen=tuple(one for one in attributes if one not in assigned),
        changed=tuple(attributes) if assigned else (),
        makes=makes,
        owners=(cls,),
        ignored=tuple(one.name for one in dataclasses.fields(cls)) if generated else (),
    )


def functions_of(member: Any) -> list[types.FunctionType]:
    """The plain functions that a member of a class is made of."""
    parts = [member, getattr(member, "__func__", None), getattr(member, "func", None)]
    parts += [getattr(member, name, None) for name in ("fget", "fset", "fdel")]
    return [one for one in parts if isinstance(one, types.FunctionType)]


def _plain_names(cls: type) -> dict[str, Any]:
    """Names of the class body that annotations inside it may use."""
    return {name: one for name, one in vars(cls).items() if isinstance(one, type)}


def attributes_of(cls: type, options: Options) -> dict[str, Spec]:
    """The annotated attributes of a class and its bases that declare axes."""
    found: dict[str, Spec] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.split(".")[0] in FOREIGN:
            continue
        names = vars(sys.modules.get(base.__module__, builtins))
        scope = [{cls.__name__: cls}, dict(vars(base)), options.scope, names]
        reader = Reader(scope, base.__qualname__)
        hints = {
            name: hint for name, hint in own_hints(base).items() if not _is_init_only(base, name)
        }
        found.update(reader.read_all(hints))
    declared = {name: spec for name, spec in found.items() if judges(spec)}
    return keep_apart(declared, [cls])


def _is_init_only(cls: type, name: str) -> bool:
    """Whether a dataclass member is an InitVar: an argument that is never an attribute."""
    fields = getattr(cls, "__dataclass_fields__", {})
    kind = getattr(fields.get(name), "_field_type", None)
    return getattr(kind, "name", "") == "_FIELD_INITVAR"


def is_generated(function: Any) -> bool:
    """Whether `__init__` was written by `dataclasses`: its defaults may be stand-ins."""
    code = getattr(function, "__code__", None)
    return code is not None and code.co_filename == "<string>"


def _assigned(function: Any, names: Iterable[str]) -> set[str]:
    """The attributes that a method's own code assigns, or may assign (`setattr`)."""
    code = getattr(function, "__code__", None)
    wanted = set(names)
    if code is None or not (wanted | {"setattr"}) & set(code.co_names):
        return set()
    if "setattr" in code.co_names:
        return wanted
    return wanted & {one.argval for one in dis.get_instructions(code) if one.opname == "STORE_ATTR"}


def own_init(
    cls: type,
    options: Options,
    attributes: dict[str, Spec],
    decorate: Callable[[Any, Options], Any],
) -> bool:
    """Give a class that inherits `__init__` a checked one of its own; whether there is one."""
    inherited = cls.__init__  # type: ignore[misc]  # looked up on the class on purpose
    if not isinstance(inherited, types.FunctionType):
        return False  # object's or a C type's: nothing is assigned there
    plain = inherited
    while getattr(plain, "__wrapped__", None) is not None and plain.__code__.co_filename.startswith(
        "<shapecheck "
    ):
        plain = plain.__wrapped__  # type: ignore[attr-defined]  # checked for the base's attributes
    checked = decorate(plain, for_member(cls, "__init__", plain, options, attributes))
    if checked is not plain:
        setattr(cls, "__init__", checked)  # noqa: B010 - mypy forbids the plain assignment
    return True
