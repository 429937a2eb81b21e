"""Places in source text, and the text at them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapecheck.diagnostics import Span

if TYPE_CHECKING:
    from shapecheck.static.project import Module

MOST_LINES = 6  # of a span that are kept for the report


class Sources:
    """The lines of modules, for spans and texts of nodes in them."""

    def __init__(self) -> None:
        self._lines: dict[int, list[str]] = {}

    def lines(self, module: Module) -> list[str]:
        """The lines of a module."""
        key = id(module)
        if key not in self._lines:
            self._lines[key] = module.source.split("\n")
        return self._lines[key]

    def span(self, node: ast.AST, module: Module, function: str = "") -> Span:
        """Where a node stands."""
        lines = self.lines(module)
        line = getattr(node, "lineno", 1)
        end_line = getattr(node, "end_lineno", None) or line
        column = self._column(lines, line, getattr(node, "col_offset", 0))
        end_column = self._column(lines, end_line, getattr(node, "end_col_offset", None) or 0)
        shown = tuple(
            text.rstrip("\r") for text in lines[line - 1 : min(end_line, line + MOST_LINES)]
        )
        return Span(module.path, line, column, end_line, end_column, function, shown)

    def text(self, node: ast.AST, module: Module) -> str:
        """The source of a node, on one line."""
        lines = self.lines(module)
        line, end_line = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
        if line and line == end_line and line <= len(lines):
            raw = lines[line - 1].encode()
            found = raw[node.col_offset : node.end_col_offset].decode(errors="replace")  # type: ignore[attr-defined]
            if found:
                return found
        try:
            return " ".join(ast.unparse(node).split())
        except Exception:  # noqa: BLE001 - a made-up node is no reason to fail
            return "an expression"

    @staticmethod
    def _column(lines: list[str], line: int, offset: int) -> int:
        """A column in characters, from 1, of an offset in bytes."""
        if not 1 <= line <= len(lines):
            return 1
        return len(lines[line - 1].encode()[:offset].decode(errors="replace")) + 1
