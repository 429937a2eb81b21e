"""A notebook as one Python source: its code cells in order, what is not Python made harmless.

The lines of the source are those of the cells one after the other, so that a line number leads to
a cell. Commands of IPython keep their line: ``%matplotlib inline`` becomes ``pass``, and
``files = !ls`` becomes ``files = get_ipython()``, of which nothing is known.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = re.compile(r"^(?P<indent>\s*)(?:[%!?]|[^#'\"]*\?\s*$)")
ASSIGNED = re.compile(r"^(?P<target>[^=]*[^=!<>\s]\s*=\s*)[%!](?!=)")
CELL_COMMAND = re.compile(r"^\s*%%(?P<name>\w+)")
PYTHON_CELLS = {"capture", "time", "timeit", "prun", "python", "python3", "pypy", "shapes"}
STAND_IN = "get_ipython()"


class NotebookError(ValueError):
    """A file that is no notebook; the message says why.

    Attributes:
        line: where, counted from 1.
        column: likewise.
    """

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Notebook:
    """The code of a notebook.

    Attributes:
        text: the code of all cells.
        cells: the number of each code cell among all cells, and its first line in `text`.
    """

    text: str
    cells: tuple[tuple[int, int], ...]


def read(data: bytes) -> Notebook:
    """The code of a notebook; of one in another language, nothing.

    Raises:
        NotebookError: it is no notebook.
    """
    try:
        book = json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise NotebookError(f"no notebook: {error.msg}", error.lineno, error.colno) from None
    except (UnicodeDecodeError, RecursionError) as error:
        raise NotebookError(f"no notebook: {error}") from None
    try:
        if not _is_python(book):
            return Notebook("", ())
        return _joined(list(_code(book)))
    except (KeyError, TypeError, AttributeError):
        raise NotebookError("no notebook: it has no list of cells") from None


def _is_python(book: Any) -> bool:
    about = book.get("metadata", {})
    language = about.get("language_info", {}).get("name") or about.get("kernelspec", {}).get(
        "language", "python"
    )
    return str(language).lower() in ("python", "ipython")


def _code(book: Any) -> Iterator[tuple[int, str]]:
    """The number and the text of each code cell."""
    for number, cell in enumerate(book["cells"], 1):
        if cell["cell_type"] == "code":
            source = cell["source"]
            yield number, source if isinstance(source, str) else "".join(source)


def _joined(cells: list[tuple[int, str]]) -> Notebook:
    texts: list[str] = []
    places: list[tuple[int, int]] = []
    line = 1
    for number, source in cells:
        lines = python(source.replace("\r\n", "\n").rstrip("\n")).split("\n")
        places.append((number, line))
        texts += lines
        line += len(lines)
    return Notebook("\n".join([*texts, ""]), tuple(places))


def python(cell: str) -> str:
    """The text of a cell with as many lines, all of them Python where they can be made so."""
    lines = cell.split("\n")
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    command = CELL_COMMAND.match(lines[first])
    if command is not None:
        if command["name"] not in PYTHON_CELLS:
            return "\n".join("" for _ in lines)
        lines[first] = ""
    for _ in range(len(lines)):
        at = _not_python(lines)
        if at is None:
            return "\n".join(lines)
        if not _tame(lines, at):
            break
    for at in range(len(lines)):  # the error is said to be elsewhere: all that look like commands
        _tame(lines, at)
    return "\n".join(lines)


def _not_python(lines: list[str]) -> int | None:
    """The index of the line that Python stumbles over."""
    try:
        ast.parse("\n".join(lines))
    except SyntaxError as error:
        return min(max((error.lineno or 1) - 1, 0), len(lines) - 1)
    except (ValueError, RecursionError, MemoryError):
        return None
    return None


def _tame(lines: list[str], at: int) -> bool:
    """Replace a line that is a command, with what it continues on; whether it was one."""
    line = lines[at]
    assigned, command = ASSIGNED.match(line), COMMAND.match(line)
    if assigned is not None:
        lines[at] = f"{assigned['target']}{STAND_IN}"
    elif command is not None and line.strip():
        lines[at] = f"{command['indent']}pass"
    else:
        return False
    while line.rstrip().endswith("\\") and at + 1 < len(lines):
        at += 1
        line = lines[at]
        lines[at] = ""
    return True
