"""A finding as plain text: ASCII-safe layout, at most 100 columns. The master of all renderings."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from shapecheck.diagnostics import shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.diagnostics import Cell, Diagnostic, Fix, Link, Note, Operand, Span

WIDTH = 100
MOST_SOURCE_LINES = 4
MOST_NAME = 34  # characters of an operand's name
HEADS = {"error": "ShapeError", "warning": "ShapeWarning", "note": "ShapeNote"}
# Sources and names of files are others' text: what would steer a terminal is shown instead.
HARMLESS = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"
}
OF_FILES = "SC0"  # codes of rules that are about files and comments, not about shapes


def render(diagnostic: Diagnostic, *, headline: bool = True) -> str:
    """The report as text.

    Args:
        diagnostic: the finding.
        headline: begin with ``ShapeError: …`` or ``ShapeWarning: …``, by the rule's severity; left
            out where the exception's own line says it.
    """
    blocks = [
        [f"{head(diagnostic)}: {diagnostic.headline()}"] if headline else [],
        list(_where(diagnostic)) + list(_table(diagnostic.operands)),
        list(_chain(diagnostic.chain)),
        _reason(diagnostic),
        list(_fixes(diagnostic.fixes)),
    ]
    text = "\n".join("\n".join(block) + "\n" for block in blocks if block).rstrip("\n") + "\n"
    return text.translate(HARMLESS)


def head(diagnostic: Diagnostic) -> str:
    """What a report begins with."""
    if diagnostic.code.startswith(OF_FILES):
        return diagnostic.severity
    return HEADS[diagnostic.severity]


def concise(diagnostic: Diagnostic) -> str:
    """The one-line form: ``model.py:16:9: argument-shape: …``."""
    span = diagnostic.span
    where = f"{shown_path(span.path)}:{span.line}:{span.column}: " if span else ""
    return f"{where}{diagnostic.rule}: {diagnostic.message}".translate(HARMLESS)


def _where(diagnostic: Diagnostic) -> Iterator[str]:
    """Place, source line and marker."""
    span = diagnostic.span
    if span is None:
        if diagnostic.context:
            yield f"  {diagnostic.context}"
        return
    if not span.path:  # an expression that was passed as text
        yield from source(span)
        return
    inside = f" in {span.function}" if span.function else ""
    place = f"  {shown_path(span.path)}:{span.line}{inside}"
    if len(place) + len(diagnostic.context) + 4 <= WIDTH:
        yield f"{place}    {diagnostic.context}".rstrip()
    else:
        yield place
        yield f"    {diagnostic.context}"
    yield from source(span)


def source(span: Span) -> Iterator[str]:
    """The lines of a span with their numbers, the span underlined."""
    lines = span.lines[:MOST_SOURCE_LINES]
    if not lines:
        return
    gutter = max(6, len(str(span.line + len(lines))) + 2)
    column, end = span.column, span.end_column
    if len(span.lines) == 1:
        shift = _shift(lines[0], column, end, WIDTH - gutter - 3)
        if shift:
            lines = (f"...{lines[0][shift + 3 :]}",)
            column, end = column - shift, end - shift
    for offset, line in enumerate(lines):
        yield f"{span.line + offset:>{gutter}} | {_cut(line, WIDTH - gutter - 3)}"
    if len(span.lines) == 1:
        width = min(max(1, end - column), max(1, WIDTH - gutter - 2 - column))
        before = "".join(char if char == "\t" else " " for char in lines[0][: column - 1])
        yield f"{'':>{gutter}} | {before:<{column - 1}}{'^' * width}"


def _shift(line: str, column: int, end: int, width: int) -> int:
    """How much of a long line is left out in front, so that the marked part is to be seen."""
    seen = min(end - column, 20)
    if len(line) <= width or column - 1 + seen <= width - 3:
        return 0
    return max(0, column - 1 - 20)


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: width - 3]}..."


def _table(operands: tuple[Operand, ...]) -> Iterator[str]:
    """One row an operand; the axes stand in columns that are aligned from the right."""
    if not operands:
        return
    shown = [[_cell(cell) for cell in one.cells or ()] for one in operands]
    rank = max(map(len, shown), default=0)
    padded = [[""] * (rank - len(cells)) + cells for cells in shown]
    widths = [max(map(len, column)) for column in zip(*padded, strict=True)] if rank else []
    names = [f"{one.name} = {one.expression}" if one.expression else one.name for one in operands]
    name_width = min(max(map(len, names)), MOST_NAME)
    for operand, name, cells in zip(operands, names, padded, strict=True):
        start = f"     {_cut(name, MOST_NAME):<{name_width}}   "
        body, places = _columns(cells, widths, operand)
        yield from _row(start, body, _tail(operand))
        yield from _marker(operand, len(start), places)


def _row(start: str, body: str, tail: str) -> Iterator[str]:
    """One row; what is said behind it goes to a line of its own where it would be too long."""
    line = f"{start}{body}{tail}".rstrip()
    if len(line) <= WIDTH:
        yield line
    else:
        yield f"{start}{body}".rstrip()
        yield f"{' ' * len(start)}{tail.strip()}"


def _columns(
    cells: list[str], widths: list[int], operand: Operand
) -> tuple[str, list[tuple[int, int]]]:
    """The axes of one row, and where each of them stands."""
    if operand.cells is None:
        return "", []
    text, places = "(", []
    filled = len(operand.cells)
    for position, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        begin = len(text) + width - len(cell)
        text += f"{cell:>{width}}"
        if position >= len(cells) - filled:
            places.append((begin, len(cell)))
            text += "" if position == len(cells) - 1 else ", "
        else:
            text += "  "
    return f"{text})", places


def _tail(operand: Operand) -> str:
    parts = []
    if operand.remark:
        parts.append(operand.remark)
    if operand.declared and operand.at_fault:
        parts.append(f"declared {operand.declared}")
    return f"   {', '.join(parts)}" if parts else ""


def _cell(cell: Cell) -> str:
    size = "?" if cell.size is None else str(cell.size)
    return f"{cell.label}={size}" if cell.label not in ("", size) else size


def _marker(operand: Operand, start: int, places: list[tuple[int, int]]) -> Iterator[str]:
    """Carets under the marked axes, and why they are marked."""
    marked = [
        (cell, place) for cell, place in zip(operand.cells or (), places, strict=True) if cell.mark
    ]
    if not marked:
        return
    line = " " * start
    for _, (begin, width) in marked:
        line = f"{line:<{start + begin}}{'^' * max(1, width)}"
    remarks = "; ".join(dict.fromkeys(cell.remark for cell, _ in marked if cell.remark))
    if len(line) + len(remarks) + 1 <= WIDTH:
        yield f"{line} {remarks}".rstrip()
    else:
        yield line
        for part in textwrap.wrap(remarks, WIDTH - start):
            yield f"{' ' * start}{part}"


def _chain(links: tuple[Link, ...]) -> Iterator[str]:
    """One row a layer, the one that failed last."""
    if not links:
        return
    shapes = [_shape(link) for link in links]
    paths = max(6, *(min(len(link.path), MOST_NAME) for link in links))
    ops = max(2, *(min(len(link.op), MOST_NAME) for link in links))
    widest = max(9, *map(len, shapes))
    yield f"   {'module':<{paths}}   {'op':<{ops}}   shape out"
    last = len(links) - 1
    for number, (link, shape) in enumerate(zip(links, shapes, strict=True)):
        mark = ">" if number == last else " "
        path, op = _cut(link.path, MOST_NAME), _cut(link.op, MOST_NAME)
        row = f" {mark} {path:<{paths}}   {op:<{ops}}   {shape:<{widest}}   {link.remark}"
        yield _cut(row.rstrip(), WIDTH)


def _shape(link: Link) -> str:
    if link.cells is None:
        return "--"
    cells = [_cell(cell) for cell in link.cells]
    return f"({cells[0]},)" if len(cells) == 1 else f"({', '.join(cells)})"


def _reason(diagnostic: Diagnostic) -> list[str]:
    """The sentence of why, and where the names that it speaks of got their sizes."""
    lines = textwrap.wrap(diagnostic.reason, WIDTH - 2, initial_indent="  ", subsequent_indent="  ")
    return lines + [line for note in diagnostic.notes for line in _note(note)]


def _note(note: Note) -> list[str]:
    if note.span is None:
        return textwrap.wrap(note.message, WIDTH - 2, initial_indent="  ", subsequent_indent="  ")
    place = f"{shown_path(note.span.path)}:{note.span.line}"
    text = note.span.lines[0].strip() if note.span.lines else ""
    line = f"  {note.message}   ({place}:  {text})" if text else f"  {note.message}   ({place})"
    return [_cut(line, WIDTH)]


def _fixes(fixes: tuple[Fix, ...]) -> Iterator[str]:
    width = min(max((len(fix.title) for fix in fixes), default=0), 48)
    for number, fix in enumerate(fixes):
        word = "or " if number else "fix"
        result = f"   -> {fix.result}" if fix.result else ""
        checked = "   checked" if fix.checked else ""
        line = f"  {word}   {fix.title:<{width}}{result}{checked}"
        if len(line) <= WIDTH:
            yield line
        else:
            yield f"  {word}   {fix.title}"
            yield f"       {result}{checked}"
