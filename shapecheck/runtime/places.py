"""From a traceback to the syntax that was being evaluated."""

from __future__ import annotations

import ast
import functools
import itertools
import linecache
import os
import site
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import shapecheck

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType, TracebackType

OWN = str(Path(shapecheck.__file__).parent) + os.sep


@dataclass(frozen=True, slots=True)
class Place:
    """One level of a traceback: a frame, what it was evaluating, and in which statement."""

    frame: FrameType
    node: ast.AST | None
    statement: ast.stmt | None
    tree: ast.Module | None

    @property
    def path(self) -> str:
        """The file."""
        return self.frame.f_code.co_filename

    @property
    def is_users(self) -> bool:
        """Whether the code is the user's, neither a library's nor Python's nor ours."""
        return is_users(self.path)


def places(trace: TracebackType | None) -> list[Place]:
    """The levels of a traceback, the outermost first."""
    found = []
    while trace is not None:
        found.append(place_at(trace.tb_frame, trace.tb_lasti))
        trace = trace.tb_next
    return found


def place_at(frame: FrameType, lasti: int) -> Place:
    """What a frame was evaluating at an instruction."""
    tree = tree_of(frame.f_code.co_filename, frame)
    extent = _extent(frame.f_code, lasti)
    if tree is None or extent is None:
        return Place(frame, None, None, tree)
    node = node_at(tree, extent)
    return Place(frame, node, statement_at(tree, extent), tree)


def tree_of(path: str, frame: FrameType | None = None) -> ast.Module | None:
    """The syntax tree of a source file; None where there is none to read."""
    names = frame.f_globals if frame is not None else None
    lines = linecache.getlines(path, names)
    return _parsed("".join(lines)) if lines else None


@functools.lru_cache(maxsize=32)
def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None


Extent = tuple[int, int, int, int]  # line, end line, column, end column, as code objects have them


def _extent(code: CodeType, lasti: int) -> Extent | None:
    """Where the expression of an instruction stands."""
    positions = next(itertools.islice(code.co_positions(), max(lasti, 0) // 2, None), None)
    if positions is None:
        return None
    line, end_line, column, end_column = positions
    if line is None or end_line is None or column is None or end_column is None:
        return None
    return line, end_line, column, end_column


def extent_of(node: ast.AST) -> Extent | None:
    """Where a node stands."""
    if not isinstance(node, (ast.expr, ast.stmt)):
        return None
    end_line, end_column = node.end_lineno, node.end_col_offset
    if end_line is None or end_column is None:
        return None
    return node.lineno, end_line, node.col_offset, end_column


def node_at(tree: ast.AST, extent: Extent) -> ast.AST | None:
    """The outermost node at exactly these positions; an expression rather than its statement."""
    found = [one for one in ast.walk(tree) if extent_of(one) == extent]
    expressions = [one for one in found if isinstance(one, ast.expr)]
    return next(iter(expressions or found), None)


def statement_at(tree: ast.AST, extent: Extent) -> ast.stmt | None:
    """The innermost statement around a position."""
    best = None
    for one in ast.walk(tree):
        if isinstance(one, ast.stmt) and one.lineno <= extent[0] <= (one.end_lineno or 0):
            inside = best is None or one.lineno >= best.lineno
            best = one if inside else best
    return best


@functools.cache
def library_folders() -> tuple[str, ...]:
    """The folders of Python itself and of installed packages."""
    found = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found |= {*site.getsitepackages(), site.getusersitepackages(), str(Path(os.__file__).parent)}
    return tuple(str(Path(one)) + os.sep for one in found if one)


def is_users(path: str) -> bool:
    """Whether a file is the user's own."""
    if path.startswith("<"):
        return path.startswith(("<stdin>", "<string>", "<ipython", "<python-input", "<shapecheck "))
    full = str(Path(path).absolute())
    return not full.startswith((OWN, *library_folders()))


def nodes_inside(node: ast.AST) -> Iterator[ast.expr]:
    """All expressions in a node."""
    return (one for one in ast.walk(node) if isinstance(one, ast.expr))
