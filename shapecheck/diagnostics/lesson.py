"""The explanation of an expression that is allowed, step by step, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapecheck.diagnostics.model import Diagnostic, Operand


@dataclass(frozen=True, slots=True)
class LessonStep:
    """One op of an expression.

    Attributes:
        expression: its source.
        equation: the op on shapes: ``(3, 2) @ (2, 2) -> (3, 2)``.
        header: what the axes of the table are called, from the left; () without a table.
        rows: the operands lined up from the right, and last the result; () without a table.
        sentences: what is to be said, in order; one that begins with blanks is code.
        question: the question that it answers: ``how can (3, 2) + (1, 2) be added?``.
    """

    expression: str
    equation: str
    header: tuple[str, ...] = ()
    rows: tuple[Operand, ...] = ()
    sentences: tuple[str, ...] = ()
    question: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Why an expression is allowed, or why it is not.

    Attributes:
        expression: the whole expression.
        steps: its ops in the order of evaluation, up to the one that fails.
        result: the shape of the whole, or what else it is; "" where it is not known.
        diagnostic: the finding, if an op certainly fails or asks for what nothing promises.
        unknown: why the result is not known, if it is not.
        notes: remarks on what was passed, such as a name that the expression lacks.
    """

    expression: str
    steps: tuple[LessonStep, ...]
    result: str = ""
    diagnostic: Diagnostic | None = None
    unknown: str = ""
    notes: tuple[str, ...] = ()
