"""Functions that are called where nobody sees it, so that what was seen of them is not all.

A library may call what it is given; a decorator, an object that is not known or a chain of calls
that is too deep hides others. The shapes that such a function was seen with are some of those that
it is called with, never all: it has to be followed with arguments that nothing is known of.
"""

from __future__ import annotations

import ast
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from shapecheck.ops import Array, Unknown
from shapecheck.static.values import (
    Bound,
    ClassValue,
    Container,
    DictValue,
    External,
    FunctionValue,
    Instance,
    ListValue,
    Partial,
    Scope,
    bare,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_DEEP = 3  # lists in lists that are looked into
LIBRARY = "what a library gives"  # why something is not known
CALLS_ANYTHING = ("__call__", "forward")  # what a call of an object calls
HARMLESS = {  # they call nothing of what they are given
    *("torch.save", "torch.is_tensor", "copy.copy", "copy.deepcopy", "pickle.dump", "pickle.dumps"),
    *("torch.compile", "torch.jit.script", "warnings.warn", "weakref.ref", "gc.collect"),
}


class Strays:
    """The functions that may be called unseen, as they turn up.

    Attributes:
        functions: by the identity of their definitions.
        calls: calls of what is not known.
        reached: the functions that were followed.
    """

    def __init__(self) -> None:
        self.functions: dict[int, FunctionValue] = {}
        self.calls: dict[int, ast.Call] = {}
        self.reached: dict[int, FunctionValue] = {}
        self._times: Counter[int] = Counter()
        self._names: set[str] = set()  # of methods of objects that are not known

    def entered(self, function: FunctionValue) -> None:
        """A function is followed."""
        self.reached[id(function.node)] = function
        self._times[id(function.node)] += 1

    def add(self, function: FunctionValue) -> None:
        """A function is called, but not followed."""
        known = self.functions.setdefault(id(function.node), function)
        if known.scope is not function.scope:
            scope = _forgotten(function.scope)
            self.functions[id(function.node)] = replace(known, scope=scope)

    def given(self, values: Iterable[object], *, objects: bool) -> None:
        """Something that is not followed got hold of values: it may call them.

        Args:
            values: what it was given.
            objects: whether it may call methods of objects, too.
        """
        for one in _functions_in(values, objects=objects):
            self.add(one)

    @contextmanager
    def around(self, values: Iterable[object]) -> Iterator[list[object]]:
        """Something that is known is called with values: what it neither calls nor gives back.

        What it gives is put into the list.
        """
        some = list(_functions_in(values, objects=False))
        before = [self._times[id(one.node)] for one in some]
        results: list[object] = []
        yield results
        back = {id(one.node) for one in _functions_in(results, objects=False)} if some else ()
        for one, times in zip(some, before, strict=True):
            if self._times[id(one.node)] == times and id(one.node) not in back:
                self.add(one)

    def unknown_call(self, function: object, args: Iterable[object], node: ast.AST) -> None:
        """Something is called of which it is not known what it is."""
        known = not isinstance(function, Unknown) or function.kind or function.why == LIBRARY
        if known or not isinstance(node, ast.Call):
            return
        if isinstance(node.func, ast.Attribute):
            self._names.add(node.func.attr)
        if _may_hold_arrays(args):
            self.calls.setdefault(id(node), node)

    def of_unknown_calls(self) -> None:
        """Add what the calls of unknown things may have called, of what was reached."""
        for function in self.reached.values():
            if function.owner is not None and getattr(function.node, "name", "") in self._names:
                self.add(function)
        if not self.calls:
            return
        trees = {id(one.module): one.module.tree for one in self.reached.values()}
        kept, stored = _uses(trees.values())
        anything = any(
            not isinstance(call.func, ast.Attribute) or call.func.attr in stored
            for call in self.calls.values()
        )
        if not anything:
            return
        for function in self.reached.values():
            own = getattr(function.node, "name", "")
            if own in (kept if function.owner is None else CALLS_ANYTHING):
                self.add(function)


def _forgotten(scope: Scope) -> Scope:
    """The variables around a function that was made several times: what they are differs."""
    if scope.outer is None:
        return scope
    found = Scope(scope.module, _forgotten(scope.outer))
    for name, value in scope.variables.items():
        same = isinstance(value, (ClassValue, External)) or (
            isinstance(value, FunctionValue) and value.scope.outer is None
        )
        found.variables[name] = value if same else Unknown("")
    return found


def _functions_in(
    values: Iterable[object], *, objects: bool, deep: int = 0
) -> Iterator[FunctionValue]:
    for value in map(bare, values):
        if isinstance(value, FunctionValue):
            yield value
        elif isinstance(value, Bound) and isinstance(value.function, FunctionValue):
            yield value.function
        elif isinstance(value, Partial):
            yield from _functions_in([value.function, *value.args], objects=objects, deep=deep + 1)
        elif isinstance(value, (Instance, ClassValue)) and objects:
            cls = value.cls if isinstance(value, Instance) else value
            yield from _methods(cls)
        elif deep >= MOST_DEEP:
            continue
        elif isinstance(value, Container) and objects:
            yield from _functions_in(value.modules, objects=True, deep=deep + 1)
        elif isinstance(value, (ListValue, tuple)):
            yield from _functions_in(value, objects=objects, deep=deep + 1)
        elif isinstance(value, DictValue):
            yield from _functions_in(value.values(), objects=objects, deep=deep + 1)


def _methods(cls: ClassValue) -> Iterator[FunctionValue]:
    for one in cls.line():
        if isinstance(one, ClassValue):
            for value in one.attributes.values():
                if isinstance(value, FunctionValue):
                    yield value


def _may_hold_arrays(values: Iterable[object], deep: int = 0) -> bool:
    for value in map(bare, values):
        if isinstance(value, Array):
            return True
        if isinstance(value, (ListValue, tuple)) and deep < MOST_DEEP:
            if _may_hold_arrays(value, deep + 1):
                return True
        elif isinstance(value, DictValue) and _may_hold_arrays(value.values(), deep + 1):
            return True
    return False


def _uses(trees: Iterable[ast.AST]) -> tuple[set[str], set[str]]:
    """The names that stand for one of several things, and the attributes that are stored."""
    kept: set[str] = set()
    stored: set[str] = set()
    for tree in trees:
        for one in ast.walk(tree):
            parts: list[ast.expr | None] = []
            match one:
                case ast.Attribute(ctx=ast.Store()):
                    stored.add(one.attr)
                case ast.Dict():
                    parts = list(one.values)
                case ast.List() | ast.Tuple() | ast.Set():
                    parts = list(one.elts)
                case ast.IfExp():
                    parts = [one.body, one.orelse]
                case ast.BoolOp():
                    parts = list(one.values)
            kept.update(part.id for part in parts if isinstance(part, ast.Name) and _is_read(part))
    return kept, stored


def _is_read(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Load)


def is_harmless(function: object) -> bool:
    """Whether something that is not followed leaves alone the objects that it is given."""
    name = getattr(function, "qualified", "")
    return name in HARMLESS or (name.startswith("builtins.") and isinstance(function, External))


__all__ = ["LIBRARY", "Strays", "is_harmless"]
