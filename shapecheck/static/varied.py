"""Sizes that differ from call to call, by names.

A function that is called with several shapes has no one size for an axis, but what belongs
together is known: axes that had the same sizes all the time, one evaluation after the other, get
the same name. So a layer that is called for several widths is shown with ``(8, n1) @ (n1, n2)``.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.static.project import Module

Sizes: TypeAlias = tuple[int | str | None, ...]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Varied:
    """The sizes of expressions, one evaluation after the other."""

    def __init__(self) -> None:
        # For each expression and axis what stands for all sizes so far; None: one is not known.
        self._runs: dict[ast.expr, list[int | None]] = {}
        self._names: dict[tuple[ast.AST | None, int], str] = {}
        self._counts: dict[ast.AST | None, int] = {}
        self._taken: dict[int, frozenset[str]] = {}
        self._functions: dict[int, list[ast.AST]] = {}

    def add(self, node: ast.expr, sizes: Sizes) -> None:
        """An expression was evaluated, and has these sizes."""
        before = self._runs.get(node)
        if before is None:
            before = [0] * len(sizes)
        if len(before) != len(sizes):
            self._runs[node] = [None] * max(len(before), len(sizes))
            return
        self._runs[node] = [
            None if size is None or run is None else hash((run, size))
            for run, size in zip(before, sizes, strict=True)
        ]

    def named(self, node: ast.expr, sizes: Sizes, module: Module) -> Sizes:
        """The sizes with names where they were known each time, but differed."""
        runs = self._runs.get(node)
        if runs is None or len(runs) != len(sizes) or None not in sizes:
            return sizes
        function = self._function(node, module)
        return tuple(
            self._name(function, run, module) if size is None and run is not None else size
            for size, run in zip(sizes, runs, strict=True)
        )

    def _name(self, function: ast.AST | None, run: int, module: Module) -> str:
        key = (function, run)
        if key not in self._names:
            taken = self._identifiers(module)
            count = self._counts.get(function, 0) + 1
            while f"n{count}" in taken:
                count += 1
            self._counts[function] = count
            self._names[key] = f"n{count}"
        return self._names[key]

    def _identifiers(self, module: Module) -> frozenset[str]:
        """The names that a file uses for something of its own."""
        key = id(module)
        if key not in self._taken:
            words = (
                getattr(node, "id", None) or getattr(node, "arg", None)
                for node in ast.walk(module.tree)
            )
            texts = (
                node.value
                for node in ast.walk(module.tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            )
            found = {word for word in words if isinstance(word, str)}
            found.update(word for text in texts for word in text.split())
            self._taken[key] = frozenset(found)
        return self._taken[key]

    def _function(self, node: ast.expr, module: Module) -> ast.AST | None:
        """The outermost function that an expression stands in."""
        key = id(module)
        if key not in self._functions:
            self._functions[key] = list(_outermost(module.tree))
        for one in self._functions[key]:
            if one.lineno <= node.lineno <= (one.end_lineno or 0):  # type: ignore[attr-defined]
                return one
        return None


def _outermost(node: ast.AST) -> Iterator[ast.AST]:
    for one in ast.iter_child_nodes(node):
        if isinstance(one, FUNCTIONS):
            yield one
        elif isinstance(one, (ast.stmt, ast.ExceptHandler)):
            yield from _outermost(one)


__all__ = ["Varied"]
