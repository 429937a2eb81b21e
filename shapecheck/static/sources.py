"""The text of a file as Python reads it, and what is said where it cannot."""

from __future__ import annotations

import ast
import re
import tokenize
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from shapecheck.diagnostics.model import Diagnostic, Span
from shapecheck.static import notebooks

NEWLINES = re.compile("\r\n?")


class UnusableError(Exception):
    """A file that is not looked at; `diagnostic` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file.

    Attributes:
        path: the file.
        text: its text, lines ended by line feeds; of a notebook, the text of its cells.
        cells: for a notebook, the number of each code cell and the line that it begins at.
    """

    path: str
    text: str
    cells: tuple[tuple[int, int], ...] = ()

    def placed(self, diagnostic: Diagnostic) -> Diagnostic:
        """A finding of this file, saying in which cell of a notebook it is."""
        span = diagnostic.span
        if not self.cells or span is None or span.path != self.path:
            return diagnostic
        number, first = max(
            (cell for cell in self.cells if cell[1] <= span.line),
            key=lambda cell: cell[1],
            default=self.cells[0],
        )
        where = f"(cell {number}, line {span.line - first + 1})"
        return replace(diagnostic, message=f"{diagnostic.message} {where}")


def content(path: str) -> bytes:
    """The bytes of a file.

    Raises:
        UnusableError: it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError, MemoryError) as error:
        raise UnusableError(unreadable(path, error)) from None


def decoded(path: str, data: bytes) -> Source:
    """The text of a file from its bytes, by its own declaration of an encoding (PEP 263).

    Raises:
        UnusableError: Python would not read it either.
    """
    if path.endswith(".ipynb"):
        return _notebook(path, data)
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(data).readline)
        text = NEWLINES.sub("\n", data.decode(encoding))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise UnusableError(_syntax(path, "", line, column, f"{error}")) from None
    except (SyntaxError, LookupError) as error:
        raise UnusableError(_syntax(path, "", 1, 1, f"{error.args[0]}")) from None
    nothing = text.find("\0")
    if nothing >= 0:
        line = text.count("\n", 0, nothing) + 1
        column = nothing - text.rfind("\n", 0, nothing)
        said = "source code cannot contain null bytes"
        raise UnusableError(_syntax(path, "", line, column, said))
    return Source(path, text)


def _notebook(path: str, data: bytes) -> Source:
    try:
        book = notebooks.read(data)
    except notebooks.NotebookError as error:
        raise UnusableError(_syntax(path, "", error.line, error.column, f"{error}")) from None
    return Source(path, book.text, book.cells)


def lines_of(text: str, first: int, last: int | None = None) -> tuple[str, ...]:
    """Some lines of a text, counted from 1."""
    return tuple(text.split("\n")[first - 1 : last or first])


def syntax_error(source: Source, error: SyntaxError) -> Diagnostic:
    """The finding about a text that Python cannot parse."""
    line, column = error.lineno or 1, max(1, error.offset or 1)
    end_line, end_column = error.end_lineno or line, error.end_offset or 0
    found = _syntax(source.path, source.text, line, column, error.msg or "invalid syntax")
    if found.span is not None and (end_line, end_column) > (line, column):
        lines = lines_of(source.text, line, end_line)
        span = replace(found.span, end_line=end_line, end_column=end_column, lines=lines)
        found = replace(found, span=span)
    return source.placed(found)


def is_python(text: str) -> bool:
    """Whether Python can parse a text."""
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _syntax(path: str, text: str, line: int, column: int, message: str) -> Diagnostic:
    lines = lines_of(text, line) if text else ()
    return Diagnostic(
        "syntax-error", message, Span(path, line, column, line, column + 1, "", lines)
    )


def unreadable(path: str, error: BaseException) -> Diagnostic:
    """The finding about a file or folder that cannot be read."""
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return Diagnostic(
        "unreadable-file", f"{reason[:1].lower()}{reason[1:]}", Span(path, 1, 1, 1, 1)
    )
