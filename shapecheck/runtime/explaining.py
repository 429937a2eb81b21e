"""`explain`: why an expression is allowed, or is not, for given shapes or the caller's arrays."""

from __future__ import annotations

import builtins
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapecheck.advice.lessons import TooLongError, lesson
from shapecheck.advice.words import listed
from shapecheck.dims import Assumptions
from shapecheck.infer import Names, Namespace
from shapecheck.infer.lookup import LIBRARIES
from shapecheck.ops import Unknown
from shapecheck.render.lesson import text
from shapecheck.runtime import expression as expressions
from shapecheck.runtime.given import given_in_words, value_given
from shapecheck.runtime.live import FrameLookup

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Mapping

    from shapecheck.diagnostics import Diagnostic
    from shapecheck.diagnostics.lesson import Lesson
    from shapecheck.infer import Lookup


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
            ``"B"``), a specification such as ``"B n_in"``, an array, a module or a number.
            Without any, the names are the caller's variables.

    Returns:
        The explanation: printed, it is a text; `lesson` and `diagnostic` are the data.

    Raises:
        SpecError: the expression cannot be explained, or a shape cannot be read. It says which
            part is at fault and what to write instead.
    """
    source, tree = expressions.read(expression)
    if shapes:
        return _of_shapes(source, tree, shapes, in_words=False)
    lookup = _Frame(sys._getframe(1))  # noqa: SLF001 - the caller's variables are the point
    expressions.check_names(source, tree, lookup.variables, in_words=False)
    return Explained(_explained(source, tree, lookup))


def explain_in(expression: str, variables: Mapping[str, Any]) -> Explained:
    """Explain an expression of variables that are held in a dictionary, as a notebook's are.

    Raises:
        SpecError: the expression cannot be explained.
    """
    source, tree = expressions.read(expression)
    lookup = _Variables(variables)
    expressions.check_names(source, tree, lookup.variables, in_words=False)
    return Explained(_explained(source, tree, lookup))


def explain_words(expression: str, words: list[str]) -> Explained:
    """Explain an expression with the shapes of a command line: ``X=3,2``, ``n:=5``.

    Raises:
        SpecError: the expression cannot be explained, or a word gives no shape.
    """
    source, tree = expressions.read(expression)
    return _of_shapes(source, tree, given_in_words(words), in_words=True)


def _of_shapes(
    source: str, tree: ast.expr, shapes: Mapping[str, Any], *, in_words: bool
) -> Explained:
    """The first reading of the names under which the expression is allowed, else the first."""
    expressions.check_names(source, tree, shapes, in_words=in_words)
    found = None
    for values in _readings(tree, shapes):
        told = _explained(source, tree, Names(values))
        if found is None or (told.diagnostic is None and not told.unknown):
            found = told
        if found.diagnostic is None and not found.unknown:
            break
    assert found is not None  # noqa: S101 - there is always one reading
    spare = expressions.unused(tree, shapes)
    if spare:
        verb = "is" if len(spare) == 1 else "are"
        note = f"{listed(spare)} {verb} given, but the expression has no such name."
        found = replace(found, notes=(*found.notes, note))
    return Explained(found)


def _readings(tree: ast.expr, shapes: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """The values that names may have: which library's arrays, and of which kind of dtype."""
    whole = expressions.whole_numbers(tree)
    for library in expressions.libraries(tree):
        for kind in ("int", "float") if whole & set(shapes) else ("float",):
            yield {
                name: value_given(name, shape, library, kind if name in whole else "float")
                for name, shape in shapes.items()
            }


def _explained(source: str, tree: ast.expr, lookup: Lookup) -> Lesson:
    try:
        return lesson(source, lookup, Assumptions(), tree=tree)
    except RecursionError:
        raise expressions.too_deep(source) from None
    except TooLongError as error:
        raise expressions.ExpressionError(
            source if len(source) <= expressions.SHOWN else f"{source[: expressions.SHOWN]}...",
            0,
            str(error),
            remedy=error.remedy,
        ) from None


class _Frame(FrameLookup):
    """The caller's variables, with the usual names of the libraries behind them."""

    def name(self, name: str) -> object:
        found = super().name(name)
        if isinstance(found, Unknown) and name not in self.variables and name in LIBRARIES:
            return Namespace(LIBRARIES[name])
        return found


class _Variables(_Frame):
    """The same for variables that no frame holds."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self.variables = {**vars(builtins), **variables}
        self.seen = {}
        self.objects = {}
