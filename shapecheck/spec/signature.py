"""Signature strings, for code without annotations: ``"(B, n_in), (n_out, n_in) -> (B, n_out)"``.

Arguments are separated by commas outside brackets, in the order of the parameters. Each is an
axis specification in brackets, ``list[(…)]`` for a list of arrays, ``name: (…)`` for a parameter
by name, or ``_`` for one that is not judged. Behind the arrow stand the results.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shapecheck.spec.errors import SpecError
from shapecheck.spec.grammar import is_bracketed, parse_shape, split_top
from shapecheck.spec.model import ArraySpec, ListOf, TupleOf, Unjudged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapecheck.spec.model import Spec

KEYED = re.compile(r"([A-Za-z_]\w*)\s*:\s*")
LISTED = re.compile(r"list\s*\[(.*)\]$", re.DOTALL)


def parse_signature(text: str, parameters: Sequence[str]) -> tuple[dict[str, Spec], Spec | None]:
    """The specs of the parameters and of the result.

    Args:
        text: the signature.
        parameters: the parameters that arguments without a name go to, in order.

    Raises:
        SpecError: the text cannot be read, or names more parameters than there are.
    """
    arrow = text.find("->")
    stop = len(text) if arrow < 0 else arrow
    specs: dict[str, Spec] = {}
    free = list(parameters)
    for start, end in _parts(text, 0, stop):
        name, begin = _name(text, start, end, parameters)
        if not name:
            if not free:
                raise SpecError(
                    text,
                    start,
                    f"there is no parameter left for this (the function has {len(parameters)})",
                    width=end - start,
                )
            name = free[0]
        if name in free:
            free.remove(name)
        spec = _one(text, begin, end)
        if spec is not None:
            specs[name] = spec
    return specs, None if arrow < 0 else _result(text, arrow + 2)


def _parts(text: str, start: int, stop: int) -> list[tuple[int, int]]:
    """The offsets of the comma-separated parts, without blanks around them."""
    if not text[start:stop].strip():
        return []
    found = []
    for begin, end in split_top(text[:stop], ",", start):
        piece = text[begin:end]
        if not piece.strip():
            raise SpecError(text, begin, "an argument is missing here", remedy='write "_" for it')
        left = begin + len(piece) - len(piece.lstrip())
        found.append((left, left + len(piece.strip())))
    return found


def _name(text: str, start: int, end: int, parameters: Sequence[str]) -> tuple[str, int]:
    """The parameter that a part names (``W: (…)``), or "", and where its axes begin."""
    named = KEYED.match(text, start, end)
    if named is None:
        return "", start
    if named[1] not in parameters:
        raise SpecError(
            text,
            start,
            f"the function has no parameter {named[1]}",
            remedy=f"its parameters are {', '.join(parameters)}",
            width=len(named[1]),
        )
    return named[1], named.end()


def _one(text: str, start: int, end: int) -> Spec | None:
    """The spec of one argument or result; None where it is not judged."""
    piece = text[start:end]
    if piece == "_":
        return None
    inside = LISTED.match(piece)
    if inside:
        inner = _one(text, start + inside.start(1), start + inside.end(1))
        return ListOf(inner) if inner is not None else None
    if not is_bracketed(piece):
        raise SpecError(
            text,
            start,
            "each array of a signature stands in brackets",
            remedy=f'write "({", ".join(piece.split())})"',
            width=end - start,
        )
    try:
        return ArraySpec(parse_shape(piece), text=piece)
    except SpecError as error:
        column = start + error.column
        raise SpecError(
            text, column, error.problem, remedy=error.remedy, width=error.width
        ) from None


def _result(text: str, start: int) -> Spec | None:
    parts = [_one(text, begin, end) for begin, end in _parts(text, start, len(text))]
    if len(parts) == 1:
        return parts[0]
    return TupleOf(tuple(Unjudged(None) if one is None else one for one in parts))
