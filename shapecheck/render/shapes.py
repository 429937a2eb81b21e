"""Code with the inferred shapes beside its lines, and the same as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from shapecheck.diagnostics import shown_path
from shapecheck.diagnostics.shapes import shape_json, shape_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shapecheck.diagnostics.shapes import ShapeAt, Shown

VERSION = 1
WIDTH = 100
LONGEST = 34  # characters of an expression
CODE_WIDTH = 52  # where the shapes stand, if the code leaves room for them


def as_json(files: Iterable[Shown]) -> str:
    """One object with an entry for each array-valued expression."""
    entries = [shape_json(one) for file in files for one in _ordered(file.shapes)]
    return json.dumps({"version": VERSION, "shapes": entries}) + "\n"


def text(files: Iterable[Shown]) -> str:
    """Each file with its name, its lines, and their shapes."""
    return "\n".join("".join(f"{line}\n" for line in _file(file)) for file in files)


def _ordered(shapes: Iterable[ShapeAt]) -> list[ShapeAt]:
    return sorted(
        shapes,
        key=lambda one: (
            (one.span.path, one.span.line, one.span.column),
            (-one.span.end_line, -one.span.end_column),
        ),
    )


def _file(file: Shown) -> Iterator[str]:
    yield shown_path(file.path)
    by_line: dict[int, list[ShapeAt]] = {}
    for one in _ordered(file.shapes):
        by_line.setdefault(one.span.end_line or one.span.line, []).append(one)
    lines = file.source.removesuffix("\n").split("\n")
    gutter = len(str(len(lines))) + 2
    for number, line in enumerate(lines, 1):
        start = f"{number:>{gutter}} | {line}"
        said = _said(by_line.get(number, []), lines)
        yield from _beside(start, said)


def _said(shapes: Sequence[ShapeAt], lines: list[str]) -> list[str]:
    """The shapes of the whole expressions of a line first, then those of their parts."""
    whole = [one for one in shapes if not any(_holds(other, one) for other in shapes)]
    first = "  ".join(dict.fromkeys(shape_text(one.shape) for one in whole))
    parts = dict.fromkeys(_of(one, lines) for one in shapes if one not in whole)
    return [first, *parts] if first else []


def _holds(outer: ShapeAt, inner: ShapeAt) -> bool:
    """Whether an expression holds another."""
    a, b = outer.span, inner.span
    begins = (a.line, a.column) <= (b.line, b.column)
    ends = (a.end_line, a.end_column) >= (b.end_line, b.end_column)
    return (
        begins
        and ends
        and (a.line, a.column, a.end_line, a.end_column)
        != (
            b.line,
            b.column,
            b.end_line,
            b.end_column,
        )
    )


def _of(one: ShapeAt, lines: list[str]) -> str:
    """An expression's source and its shape."""
    span = one.span
    source = lines[span.line - 1][span.column - 1 :]
    if (span.end_line or span.line) == span.line:
        source = source[: span.end_column - span.column]
    elif len(source) < LONGEST:
        source = f"{source.rstrip()} ..."
    if len(source) > LONGEST:
        source = f"{source[: LONGEST - 3]}..."
    return f"{source} {shape_text(one.shape)}"


def _beside(start: str, said: list[str]) -> Iterator[str]:
    """The shapes to the right of a line; below it where it is too long."""
    if not said:
        yield start.rstrip()
        return
    if len(start) > CODE_WIDTH:
        yield start
        start = ""
    for part in _packed(said):
        yield f"{start:<{CODE_WIDTH}}# {part}"
        start = ""


def _packed(words: list[str]) -> Iterator[str]:
    """As many words on a line as fit."""
    line = words[0]
    for word in words[1:]:
        if CODE_WIDTH + 2 + len(line) + 3 + len(word) > WIDTH:
            yield line
            line = word
        else:
            line = f"{line}   {word}"
    yield line
