"""A lesson as plain text: the table is lined up from the right, like the shapes."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from shapecheck.render.text import MOST_NAME, WIDTH, render

IN_BRACKETS = re.compile(r"\S*[(\[][^()\[\]]{1,24}[)\]]")
GLUE = "\x1f"  # in the place of a blank that is no end of a line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.diagnostics import Operand
    from shapecheck.diagnostics.lesson import Lesson, LessonStep


def text(lesson: Lesson) -> str:
    """The lesson as text; for what is not allowed, the report."""
    lines: list[str] = []
    for step in lesson.steps:
        lines += [*_step(step), ""]
    if lesson.diagnostic is not None:
        lines += [*render(lesson.diagnostic).splitlines(), ""]
    elif lesson.unknown and not lesson.result:
        told = f"{lesson.expression}: the result is not known ({lesson.unknown})"
        lines += [*_wrapped(told, WIDTH, subsequent_indent="  "), ""]
    elif not lesson.steps:
        lines.append(f"{lesson.expression}   {lesson.result}")
    lines += [line for note in lesson.notes for line in _wrapped(note, WIDTH)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _wrapped(words: str, width: int, **indents: str) -> list[str]:
    """Lines of a width; what stands in brackets is kept whole, if it is short."""
    kept = IN_BRACKETS.sub(lambda found: found[0].replace(" ", GLUE), words)
    lines = textwrap.wrap(kept, width, break_on_hyphens=False, **indents)  # type: ignore[arg-type]
    return [line.replace(GLUE, " ") for line in lines]


def _step(step: LessonStep) -> Iterator[str]:
    told = (step.question or step.equation) if step.rows else step.equation
    head = f"{step.expression}    {told}"
    if len(head) <= WIDTH:
        yield head
    else:
        yield from _wrapped(step.expression, WIDTH, subsequent_indent="  ")
        yield from _wrapped(told, WIDTH, initial_indent="    ", subsequent_indent="      ")
    if step.rows:
        yield ""
        yield from _table(step)
        yield ""
    for sentence in step.sentences:
        if sentence.startswith(" "):
            yield from _wrapped(
                sentence.strip(), WIDTH, initial_indent="      ", subsequent_indent="          "
            )
        else:
            yield from _wrapped(sentence, WIDTH - 2, initial_indent="  ", subsequent_indent="  ")


def _table(step: LessonStep) -> Iterator[str]:
    """Rows whose axes stand in columns, the widest name deciding the width."""
    rows = [[_cell(cell.size, cell.label) for cell in row.cells or ()] for row in step.rows]
    rank = max(map(len, rows))
    header = [""] * (rank - len(step.header)) + list(step.header[-rank:])
    padded = _justified([[""] * (rank - len(cells)) + cells for cells in rows])
    widths = [max(map(len, column)) for column in zip(header, *padded, strict=True)]
    name_width = min(max(len(row.name) for row in step.rows), MOST_NAME)
    start = " " * (name_width + 6)
    if any(header):
        names = (f"{name:^{width}}" for name, width in zip(header, widths, strict=True))
        yield (start + "  ".join(names)).rstrip()
    last = len(step.rows) - 1
    total = sum(widths) + 2 * (rank - 1) + 4
    for number, (row, cells) in enumerate(zip(step.rows, padded, strict=True)):
        if number == last:
            yield f"  {'':<{name_width}}  {'-' * total}"
        yield from _row(row, cells, widths, name_width)


def _justified(rows: list[list[str]]) -> list[list[str]]:
    """The cells of each column as wide as its widest, the numbers at its right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [[f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True)] for row in rows]


def _row(row: Operand, cells: list[str], widths: list[int], name_width: int) -> Iterator[str]:
    """One row; a remark that is too long for the line stands below it."""
    filled = len(row.cells or ())
    body = ""
    for position, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        is_own = position >= len(cells) - filled
        comma = ", " if is_own and position < len(cells) - 1 else "  "
        body += f"{cell:^{width}}{comma}"
    name = row.name if len(row.name) <= name_width else f"{row.name[: name_width - 3]}..."
    line = f"  {name:<{name_width}}  ( {body[:-2]} )"
    if not row.remark or len(line) + 4 + len(row.remark) <= WIDTH:
        yield f"{line}    {row.remark}".rstrip()
    else:
        yield line
        start = " " * min(name_width + 6, max(4, WIDTH - len(row.remark)))
        yield from _wrapped(row.remark, WIDTH, initial_indent=start, subsequent_indent=start)


def _cell(size: int | str | None, label: str) -> str:
    return label or ("?" if size is None else str(size))
