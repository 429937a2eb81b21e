"""Methods of lists, dictionaries, tuples, strings and containers of modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from shapecheck.ops import Layer, Unknown
from shapecheck.static.joining import joined
from shapecheck.static.values import (
    Container,
    DequeValue,
    DictValue,
    Instance,
    ListValue,
    SetValue,
    bare,
)

if TYPE_CHECKING:
    import ast

    from shapecheck.static.calls import Calls

NOT_HERE = object()
PLAIN = (str, int, float, bool, type(None))


def method(
    machine: Calls,
    owner: object,
    name: str,
    args: list[object],
    kwargs: dict[str, object],
    node: ast.AST,
) -> object:
    """Call a method of a container by its name; `NOT_HERE` if it is none of these."""
    del node
    if isinstance(owner, SetValue):
        return _of_set(machine, owner, name, args)
    if isinstance(owner, DequeValue):
        return _of_deque(machine, owner, name, args)
    if isinstance(owner, ListValue):
        return _of_list(machine, owner, name, args)
    if isinstance(owner, DictValue):
        return _of_dict(machine, owner, name, args, kwargs)
    if isinstance(owner, str):
        return _of_text(owner, name, args)
    if isinstance(owner, tuple):
        return _of_tuple(owner, name, args)
    if isinstance(owner, (int, float)) and name in ("is_integer", "bit_length") and not args:
        return getattr(owner, name)()
    if isinstance(owner, Container):
        return _of_container(machine, owner, name, args)
    if isinstance(owner, Instance) and isinstance(owner.base, Container):
        return _of_container(machine, owner.base, name, args)
    return NOT_HERE


def _of_list(machine: Calls, owner: ListValue, name: str, args: list[object]) -> object:
    if name == "copy":
        return ListValue(list(owner), open_=owner.open, rest=owner.rest)
    if name in ("index", "count"):
        return Unknown("a position", "number")
    machine.state.touch(owner)
    match name, args:
        case "append", [value]:
            if owner.open:
                owner.opened(joined(owner.rest, value))
            else:
                owner.append(value)
        case "extend", [values]:
            items = machine.items(values)
            if items is None or (owner.open and items):
                more = machine.element(values) if items is None else any_of(items)
                owner.opened(joined(owner.rest, more) if owner.open else more)
            else:
                owner.extend(items)
        case "insert", [int() as at, value]:
            if owner.open:
                _blurred(owner, value)
            else:
                owner.insert(max(-len(owner), min(at, len(owner))), value)
        case "pop", [] | [int()] if owner.open:
            return _blurred(owner)
        case "pop", []:
            return owner.pop() if owner else Unknown("")
        case "pop", [int() as at]:
            return owner.pop(at) if -len(owner) <= at < len(owner) else Unknown("")
        case "clear", []:
            owner.clear()
            owner.open = False
        case "reverse" | "sort", _ if owner.open:
            _blurred(owner)
        case "reverse", []:
            owner.reverse()
        case "sort", _ if owner and not owner.open and all(isinstance(x, int) for x in owner):
            owner.sort()
        case _:
            owner.open = True
    return None


def _of_set(machine: Calls, owner: SetValue, name: str, args: list[object]) -> object:
    if name not in ("add", "update", "discard", "remove", "clear", "pop"):
        return Unknown("a set")
    machine.state.touch(owner)
    plain = not owner.open and all(isinstance(one, PLAIN) for one in [*owner, *args])
    if name == "add" and plain and len(args) == 1:
        if args[0] not in list(owner):
            owner.append(args[0])
        return None
    owner.open = True
    return Unknown("") if name == "pop" else None


LEFT = {"appendleft": 0, "extendleft": 0, "popleft": 0}  # at which end a deque's methods work


def _of_deque(machine: Calls, owner: DequeValue, name: str, args: list[object]) -> object:
    if name == "copy":
        return DequeValue(list(owner), open_=owner.open, rest=owner.rest, most=owner.most)
    if name in ("append", "appendleft") and len(args) == 1:
        machine.state.touch(owner)
        if owner.open or owner.most == -1:
            _blurred(owner, args[0])
            return None
        owner.insert(0 if name in LEFT else len(owner), args[0])
        if owner.most is not None and len(owner) > owner.most:
            owner.pop(-1 if name in LEFT else 0)
        return None
    if name in ("pop", "popleft") and not args:
        machine.state.touch(owner)
        if owner.open:
            return _blurred(owner)
        return owner.pop(0 if name in LEFT else -1) if owner else Unknown("")
    if name == "extend" and owner.most is not None:
        items = machine.items(args[0]) if args else None
        for one in items or ():
            _of_deque(machine, owner, "append", [one])
        if items is not None:
            return None
    if name in ("extend", "clear", "index", "count") and owner.most is None:
        return _of_list(machine, owner, name, args)
    machine.state.touch(owner)
    owner.open = True
    return None


def _blurred(owner: ListValue, *more: object) -> object:
    """Forget which items of an open list come first; what each of them is."""
    found = any_of([*owner, owner.rest, *more])
    owner.clear()
    owner.opened(found)
    return found


def _of_dict(
    machine: Calls, owner: DictValue, name: str, args: list[object], kwargs: dict[str, object]
) -> object:
    match name, args:
        case "get" | "pop" | "setdefault", [key, *default]:
            return _taken(machine, owner, name, key, default[0] if default else None)
        case "keys", []:
            return ListValue(list(owner), open_=owner.open)
        case "values", []:
            return ListValue(list(owner.values()), open_=owner.open)
        case "items", []:
            return ListValue(list(owner.items()), open_=owner.open)
        case "copy", []:
            return DictValue(dict(owner), open_=owner.open)
        case "update", _:
            machine.state.touch(owner)
            for given in args:
                if isinstance(given, DictValue):
                    owner.update(given)
                    owner.open = owner.open or given.open
                else:
                    owner.open = True
            owner.update(kwargs)
            return None
    machine.state.touch(owner)
    owner.open = True
    return Unknown("")


def _taken(machine: Calls, owner: DictValue, name: str, key: object, default: object) -> object:
    if not isinstance(key, PLAIN):
        return Unknown("")
    if key in owner:
        found = owner[key]
        if name == "pop":
            machine.state.remove(owner, key)
        return found
    if owner.open:
        return Unknown("")
    if name == "setdefault":
        machine.state.write(owner, key, default)
    return default


def _of_text(owner: str, name: str, args: list[object]) -> object:
    known = all(isinstance(one, (str, int)) for one in args)
    safe = {
        *("lower", "upper", "strip", "lstrip", "rstrip", "startswith", "endswith", "split"),
        *("replace", "removeprefix", "removesuffix", "capitalize", "title", "isdigit", "find"),
    }
    if name == "join" and len(args) == 1 and isinstance(args[0], (tuple, ListValue, str)):
        parts: Any = args[0]
        if all(isinstance(one, str) for one in parts) and not getattr(parts, "open", False):
            return owner.join(parts)
    if name in safe and known and len(owner) < 10_000:  # noqa: PLR2004 - a guard against huge texts
        try:
            found = getattr(owner, name)(*args)
        except (TypeError, ValueError):
            return Unknown("", "text")
        return ListValue(found) if isinstance(found, list) else found
    return Unknown("", "text")


def _of_tuple(owner: tuple[object, ...], name: str, args: list[object]) -> object:
    del args
    if name == "numel" and all(isinstance(one, int) for one in owner):
        total = 1
        for one in owner:
            total *= one  # type: ignore[operator]
        return total
    return Unknown("", "number")


def _of_container(machine: Calls, owner: Container, name: str, args: list[object]) -> object:
    items = owner.items
    if isinstance(items, ListValue) and name in ("append", "extend", "insert", "pop"):
        if name in ("append", "extend") and args and isinstance(args[0], Container):
            args = [args[0].items] if name == "extend" else args
        done = _of_list(machine, items, name, args)
        return done if name == "pop" else owner
    if isinstance(items, DictValue) and name in ("keys", "values", "items", "update", "pop"):
        return _of_dict(machine, items, name, args, {})
    if name in ("children", "modules"):
        return ListValue(owner.modules, open_=items.open or name == "modules")
    if name == "named_children":
        return ListValue([(str(at), one) for at, one in enumerate(owner.modules)], open_=items.open)
    if name == "add_module" and len(args) == 2:  # noqa: PLR2004
        return _add(machine, items, args[0], args[1])
    return NOT_HERE


def joins(machine: Calls, owner: Instance, name: str, value: object) -> None:
    """A module that becomes an attribute of a container of modules is one more in it."""
    assert isinstance(owner.base, Container)
    items, value = owner.base.items, bare(value)
    unknown = isinstance(value, Unknown) and not value.kind
    is_module = isinstance(value, (Layer, Container)) or (
        isinstance(value, Instance) and value.cls.is_module
    )
    if unknown or (is_module and (items.open or name in owner.attributes)):
        machine.state.touch(items)
        items.open = True
    elif is_module:
        _add(machine, items, name, value)


def _add(machine: Calls, items: ListValue | DictValue, name: object, module: object) -> object:
    if isinstance(items, ListValue):
        machine.state.touch(items)
        items.append(module)
    elif isinstance(name, str):
        machine.state.write(items, name, module)
    return None


def sequence(machine: Calls, value: object) -> ListValue:
    """A list of what walking over a value gives."""
    items = machine.items(value)
    if items is None:
        return ListValue([], open_=True, rest=machine.element(value))
    return ListValue(items)


def any_of(values: list[object]) -> object:
    """One of several values."""
    found = values[0] if values else Unknown("")
    for one in values[1:]:
        found = joined(found, one)
    return found


__all__ = ["NOT_HERE", "Callable", "Layer", "any_of", "method", "sequence"]
