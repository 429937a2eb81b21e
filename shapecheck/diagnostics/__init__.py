"""Findings as data, and the table of rules."""

from shapecheck.diagnostics.codes import RULES, Rule
from shapecheck.diagnostics.model import (
    Cell,
    Diagnostic,
    Edit,
    Fix,
    Link,
    Note,
    Operand,
    Span,
    shown_path,
)

__all__ = [
    "RULES",
    "Cell",
    "Diagnostic",
    "Edit",
    "Fix",
    "Link",
    "Note",
    "Operand",
    "Rule",
    "Span",
    "shown_path",
]
