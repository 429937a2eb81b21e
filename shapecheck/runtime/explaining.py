"""`explain`: why an expression is allowed, or is not, for given shapes or the caller's arrays."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from shapecheck.advice.lessons import lesson
from shapecheck.dims import Assumptions, Axis, Expr, is_size, lone_symbol
from shapecheck.infer import Names
from shapecheck.ops import Array
from shapecheck.render.lesson import text
from shapecheck.runtime.live import FrameLookup, value_of
from shapecheck.spec.errors import SpecError
from shapecheck.spec.grammar import parse_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapecheck.diagnostics import Diagnostic
    from shapecheck.diagnostics.lesson import Lesson
    from shapecheck.infer import Lookup

TORCH = re.compile(r"\b(?:torch|F|nn)\.|\.(?:view|permute|unsqueeze|mT|t\(\))")


class Explained:
    """What `explain` found: prints as text; `lesson` is the data.

    Attributes:
        lesson: the steps, as data.
    """

    def __init__(self, found: Lesson) -> None:
        self.lesson = found

    @property
    def diagnostic(self) -> Diagnostic | None:
        """The finding, if the expression is not allowed."""
        return self.lesson.diagnostic

    @property
    def allowed(self) -> bool | None:
        """Whether it is certainly allowed; None if that is not known."""
        if self.lesson.diagnostic is not None:
            return False
        return None if self.lesson.unknown else True

    def __str__(self) -> str:
        return text(self.lesson)

    __repr__ = __str__


def explain(expression: str, /, **shapes: Any) -> Explained:
    """Explain why an expression is allowed, or why it is not. Nothing in it is run.

    Args:
        expression: the source of an expression of NumPy's and PyTorch's ops: ``"X @ W + b"``.
        **shapes: for each name a shape (a tuple of sizes, which are ints or names such as
            ``"B"``), a specification such as ``"B n_in"``, an array, or a module. Without
            any, the names are the caller's variables.

    Returns:
        The explanation: printed, it is a text; `lesson` and `diagnostic` are the data.

    Raises:
        SyntaxError: `expression` is not an expression.
        SpecError: a shape cannot be read.
    """
    if not shapes:
        return Explained(_explained(expression, FrameLookup(sys._getframe(1))))  # noqa: SLF001
    library = "torch" if TORCH.search(expression) else "numpy"
    values = {name: given(name, shape, library) for name, shape in shapes.items()}
    return Explained(_explained(expression, Names(values)))


def explain_words(expression: str, words: list[str]) -> Explained:
    """Explain an expression with the shapes of a command line.

    Raises:
        SyntaxError: `expression` is not an expression.
        SpecError: a word gives no shape.
    """
    return Explained(_explained(expression, Names(given_in_words(words, expression))))


def _explained(expression: str, lookup: Lookup) -> Lesson:
    assume = Assumptions()
    return lesson(expression, lookup, assume)


def given(name: str, shape: Any, library: str) -> object:
    """The value that a shape given for a name describes."""
    if isinstance(shape, str):
        parts: Any = [one for one in re.split(r"[,\s]+", shape.strip("()[] ")) if one]
    elif isinstance(shape, (tuple, list)) and all(
        isinstance(one, (int, str, Expr)) for one in shape
    ):
        parts = list(shape)
    else:
        return value_of(shape)
    return Array(tuple(_axis(name, one) for one in parts), "float", None, library)


def _axis(name: str, part: Any) -> Axis:
    size = parse_size(part) if isinstance(part, str) else part
    if not is_size(size) or (isinstance(size, int) and size < 0):
        raise SpecError(
            str(part), 0, f"this is not a size in the shape of {name}", width=len(str(part))
        )
    named = lone_symbol(size) if isinstance(size, Expr) else None
    return Axis(size, str(named) if named is not None else None)


def given_in_words(words: list[str], expression: str) -> Mapping[str, object]:
    """The shapes of a command line: ``X=3,2``, ``b=n_out``, ``n:=5``.

    Raises:
        SpecError: a word is none of these.
    """
    library = "torch" if TORCH.search(expression) else "numpy"
    found: dict[str, object] = {}
    for word in words:
        name, sign, shape = word.partition("=")
        is_number = name.endswith(":")
        name = name.removesuffix(":").strip()
        if not sign or not name.isidentifier():
            raise SpecError(
                word, 0, "this gives no shape", remedy="write NAME=3,2, or NAME:=5 for a number"
            )
        found[name] = parse_size(shape) if is_number else given(name, shape, library)
    return found
