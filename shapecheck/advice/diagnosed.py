"""From the explanation of a broken contract to a diagnostic: notes on names, fixes as edits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shapecheck.diagnostics import Diagnostic, Edit, Fix, Note, Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapecheck.advice.contracts import Explanation
    from shapecheck.facts import Fact
    from shapecheck.spec.match import Place


@dataclass(slots=True)
class Site:
    """Where a contract was broken: a call, seen from the caller.

    Attributes:
        call: the whole call.
        expressions: the caller's own text for each argument, as a span.
        origins: for an argument that is a plain variable, where that variable was made.
    """

    call: Span | None = None
    expressions: dict[str, Span] = field(default_factory=dict)
    origins: dict[str, Span] = field(default_factory=dict)

    def text(self, parameter: str) -> str:
        """The caller's own text for an argument, or ""."""
        span = self.expressions.get(parameter)
        return span_text(span) if span is not None else ""


def diagnosed(
    told: Explanation,
    span: Span | None,
    context: str,
    site: Site,
    facts: Iterable[Fact],
) -> Diagnostic:
    """The diagnostic of a broken contract."""
    caller = told.rule in ("argument-shape", "dtype") and not context.startswith("called")
    notes = tuple(_note(one, site, speaks_of_caller=caller) for one in told.names)
    return Diagnostic(
        told.rule,
        told.message,
        span,
        context,
        told.operands,
        told.reason,
        tuple(one for one in notes if one is not None),
        tuple(_with_edit(fix, span) for fix in told.fixes),
        tuple(sorted(facts, key=lambda fact: fact.holds is not False)),
    )


def span_text(span: Span) -> str:
    """The source text of a span, on one line."""
    if not span.lines:
        return ""
    lines = list(span.lines)
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return " ".join(line.strip() for line in lines)


def _with_edit(fix: Fix, span: Span | None) -> Fix:
    """A fix whose title is the new text of the expression at fault can be applied as an edit."""
    if span is None or not span.lines or " = " in fix.title:
        return fix
    old = span_text(span)
    text = fix.title.removeprefix("return ")
    if old and old in text:
        return Fix(fix.title, fix.result, fix.checked, (Edit(span, text),))
    return fix


def _note(
    name: tuple[str, int | None, Place], site: Site, *, speaks_of_caller: bool
) -> Note | None:
    """Where a name got its size: the argument, and the line where that was made."""
    text, value, place = name
    if not place.label:
        return None
    if place.label in ("@check", "scope"):
        given = "the decorator, @check" if place.label == "@check" else "an enclosing scope"
        return Note(f"{text} is {value}: given by {given}")
    root = place.root or place.label
    expression = site.text(root) if speaks_of_caller else ""
    inside = place.label.removeprefix(root)
    who = f"{expression}{inside}" if expression else place.label
    axis = "" if place.axis is None else f", axis {place.axis}"
    origin = site.origins.get(root)
    return Note(f"{text} is {value}: {who}{axis}", origin)
