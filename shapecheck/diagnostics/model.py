"""A finding as data. Text, colour and JSON are made from it by the renderers, last."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapecheck.facts import Fact


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of source text. Lines and columns count from 1; `end_column` is exclusive.

    `lines` holds the text of the lines from `line` to `end_line`, where it could be read.
    """

    path: str
    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0
    function: str = ""
    lines: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The span's place as the JSON reports write it."""
        return {
            "path": shown_path(self.path),
            "line": self.line,
            "column": self.column,
            "end_line": self.end_line or self.line,
            "end_column": self.end_column or self.column,
        }


@dataclass(frozen=True, slots=True)
class Cell:
    """One axis of an operand: what it is called, its size, and what is to be said about it.

    `mark` points the reader at an axis; `remark` says why ("n_in is 784, set by x"). A size that
    is a symbol is given as its text, one that is not known as None.
    """

    size: int | str | None
    label: str = ""
    mark: bool = False
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Operand:
    """A row of the report: an argument, a result, an attribute.

    Attributes:
        name: the name it is declared under (a parameter), or ``result``.
        expression: the caller's own text for it, or "" where unknown or the same as `name`.
        cells: its axes; None where it has none to show.
        declared: the declared axes as text, or "" where the cells' labels say it.
        remark: one clause about the operand as a whole ("a list", "float64").
        at_fault: whether this is the operand that the finding is about.
    """

    name: str
    expression: str = ""
    cells: tuple[Cell, ...] | None = None
    declared: str = ""
    remark: str = ""
    at_fault: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A row of the chain of layers that led to the one at fault.

    Attributes:
        path: where the layer stands: ``encoder.blocks.0.conv``.
        op: what it is: ``Conv2d 1->16 k3``.
        cells: the shape that it gave; None for the one that failed.
        remark: how the shape came about: ``28 - 2``.
    """

    path: str
    op: str
    cells: tuple[Cell, ...] | None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A remark that points somewhere: where a name got its value, where a function is declared."""

    message: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text between two places of one file."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """What to write instead.

    Attributes:
        title: the new source text, or what to do in words.
        result: what comes of it: ``(32, 256) = (B, n_out)``.
        checked: whether it was proved by matching again; an unchecked fix is advice.
        edits: the change itself, where the place is known.
    """

    title: str
    result: str = ""
    checked: bool = False
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding.

    Attributes:
        rule: the rule's name, a key of `shapecheck.diagnostics.codes.RULES`.
        message: the one-line story, shapes first, without the rule's name.
        span: the smallest expression at fault, None where no source is known.
        context: who was doing what (``main calls linear``).
        operands: the rows of the table.
        reason: why, in at most two sentences.
        chain: the layers in front of the one at fault, which is the last.
        facts: all requirements that were looked at, broken ones first.
    """

    rule: str
    message: str
    span: Span | None = None
    context: str = ""
    operands: tuple[Operand, ...] = ()
    reason: str = ""
    notes: tuple[Note, ...] = ()
    fixes: tuple[Fix, ...] = ()
    facts: tuple[Fact, ...] = field(default=(), compare=False)
    chain: tuple[Link, ...] = ()

    @property
    def code(self) -> str:
        """The rule's stable code, such as ``SC301``."""
        from shapecheck.diagnostics.codes import RULES  # noqa: PLC0415 - the table imports nothing

        return RULES[self.rule].code

    @property
    def severity(self) -> str:
        """``error``, ``warning`` or ``note``, fixed for each rule."""
        from shapecheck.diagnostics.codes import RULES  # noqa: PLC0415

        return RULES[self.rule].severity

    def headline(self) -> str:
        """The one-line story with the rule's name last."""
        return f"{self.message}  [{self.rule}]"

    def as_json(self) -> dict[str, Any]:
        """The object that the JSON reports hold for this finding."""
        span = self.span or Span("", 1)
        return {
            "rule": self.rule,
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            **span.as_json(),
            "notes": [
                {
                    "message": note.message,
                    "path": shown_path(note.span.path) if note.span else "",
                    "line": note.span.line if note.span else 0,
                    "column": note.span.column if note.span else 0,
                }
                for note in self.notes
            ],
            "fixes": [
                {
                    "title": fix.title,
                    "checked": fix.checked,
                    "edits": [
                        {
                            **{k: v for k, v in edit.span.as_json().items() if k != "path"},
                            "text": edit.text,
                        }
                        for edit in fix.edits
                    ],
                }
                for fix in self.fixes
            ],
        }


def shown_path(path: str) -> str:
    """The path relative to the working directory where it lies under it."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return path
    if relative.startswith(os.pardir) or not path:
        return path
    return str(Path(relative).as_posix())
