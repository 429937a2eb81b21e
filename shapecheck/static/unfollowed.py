"""What a call that is not followed may have changed."""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING, Any

from shapecheck.ops import Unknown
from shapecheck.static.values import DictValue, Instance, ListValue, inside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapecheck.static.state import State
    from shapecheck.static.values import FunctionValue

MOST = 300  # objects that are walked over
CHANGED = Unknown("a call that is not followed may have changed it")
CONSTRUCTORS = ("__init__", "__new__", "__post_init__", "setup")


def loosen(state: State, function: FunctionValue, given: Iterable[object]) -> None:
    """Forget what a function may have changed of the objects that it was given.

    It, or what it calls, may assign those attributes that are assigned somewhere in its module or
    in that of the object's class, other than in constructors; and put anything into lists.
    """
    waiting: list[Any] = list(given)
    seen: set[int] = set()
    for name, home in outer_names(function):
        state.write(home, name, CHANGED)
    while waiting and len(seen) < MOST:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Instance):
            names = assigned(function.module.tree) | assigned(one.cls.scope.module.tree)
            for name in one.attributes.keys() & names:
                state.write(one.attributes, name, CHANGED)
        waiting.extend(inside(one))
        if isinstance(one, (ListValue, DictValue)):
            state.touch(one)
            one.open = True


def outer_names(function: FunctionValue) -> Iterator[tuple[str, dict[str, Any]]]:
    """The variables of other scopes that a function assigns, with where they are."""
    for name in _declared(function.node):
        home = function.scope.find(name)
        if home is not None and name in home.variables:
            yield name, home.variables


@functools.lru_cache(maxsize=20_000)
def _declared(node: ast.AST) -> tuple[str, ...]:
    return tuple(
        name
        for one in ast.walk(node)
        if isinstance(one, (ast.Global, ast.Nonlocal))
        for name in one.names
    )


@functools.lru_cache(maxsize=2000)
def assigned(tree: ast.Module) -> frozenset[str]:
    """The attributes that a module assigns, other than those of `self` in constructors."""
    found: set[str] = set()
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, constructing = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            constructing = node.name in CONSTRUCTORS
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            own = isinstance(node.value, ast.Name) and node.value.id == "self"
            if not (own and constructing):
                found.add(node.attr)
        waiting.extend((one, constructing) for one in ast.iter_child_nodes(node))
    return frozenset(found)
