"""What looking at one file gave, as far as a report needs it: small, and fit to be kept."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from shapecheck.diagnostics.model import Cell, Diagnostic, Edit, Fix, Link, Note, Operand, Span
from shapecheck.diagnostics.suppress import Suppression, Suppressions


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found in one file.

    Attributes:
        path: the file.
        diagnostics: the findings, those that comments hold back among them.
        suppressions: the comments that hold findings back.
        functions: how many functions were followed.
        failed: one line if our own code broke on it.
        left_out: one line if a part was not followed, because that would take too long.
        seconds: how long it took.
        whole: whether the file was followed to its end, so that what is not found is not there.
    """

    path: str
    diagnostics: tuple[Diagnostic, ...] = ()
    suppressions: Suppressions = field(default_factory=Suppressions)
    functions: int = 0
    failed: str = ""
    left_out: str = ""
    seconds: float = 0.0
    whole: bool = True


RECORDS = (Cell, Diagnostic, Edit, Fix, Link, Note, Operand, Span)
KEPT = {kind.__name__: kind for kind in (*RECORDS, Suppression, Suppressions, Outcome)}
SET = "set"
LEFT_OUT = "facts"  # they are for advice, which has been given


def to_json(value: Any) -> Any:
    """A value as JSON holds it: a record is ``{"Span": [fields]}``, a tuple a list."""
    if type(value).__name__ in KEPT:
        names = [one.name for one in fields(value)]
        plain = [() if name == LEFT_OUT else to_json(getattr(value, name)) for name in names]
        return {type(value).__name__: plain}
    if isinstance(value, tuple):
        return [to_json(one) for one in value]
    if isinstance(value, frozenset):
        return {SET: sorted(value)}
    return value


def from_json(value: Any) -> Any:
    """The value that `to_json` made JSON of.

    Raises:
        ValueError: it made it of nothing.
    """
    if isinstance(value, list):
        return tuple(map(from_json, value))
    if not isinstance(value, dict):
        return value
    [(name, plain)] = value.items()
    if name == SET:
        return frozenset(plain)
    if name not in KEPT:
        raise ValueError(name)
    try:
        return KEPT[name](*map(from_json, plain))
    except TypeError as error:
        raise ValueError(name) from error
