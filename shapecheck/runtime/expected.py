"""Whether the user's code waits for a `ShapeError`: then it is raised, in a run as well."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapecheck.runtime.places import is_users, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

AWAITED = {"ShapeError", "TypeCheckError"}


def is_expected(frame: FrameType | None) -> bool:
    """Whether a frame or one of its callers stands where a `ShapeError` is caught by its name."""
    while frame is not None:
        if is_users(frame.f_code.co_filename) and _catches(frame):
            return True
        frame = frame.f_back
    return False


def _catches(frame: FrameType) -> bool:
    tree = tree_of(frame.f_code.co_filename, frame)
    if tree is None:
        return False
    return any(
        isinstance(node, (ast.Name, ast.Attribute)) and _last(node) in AWAITED
        for caught in _caught_at(tree, frame.f_lineno)
        for node in ast.walk(caught)
    )


def _last(node: ast.Name | ast.Attribute) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id


def _caught_at(tree: ast.Module, line: int) -> Iterator[ast.expr]:
    """The exceptions that are caught around a line: by ``try``, ``raises``, ``suppress``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and _covers(node.body, line):
            yield from (one.type for one in node.handlers if one.type is not None)
        elif isinstance(node, (ast.With, ast.AsyncWith)) and _covers(node.body, line):
            yield from (one.context_expr for one in node.items)


def _covers(body: list[ast.stmt], line: int) -> bool:
    return bool(body) and body[0].lineno <= line <= (body[-1].end_lineno or body[-1].lineno)
