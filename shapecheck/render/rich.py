"""The text of a finding in colour. Every character comes from `shapecheck.render.text`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from shapecheck.render.text import render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapecheck.diagnostics import Diagnostic

# What the parts of the plain report look like; colour adds nothing that the text does not say.
STYLES = (
    (re.compile(r"^(?:ShapeError|error):"), "bold red"),
    (re.compile(r"^(?:Shape)?[Ww]arning:"), "bold yellow"),
    (re.compile(r"\[[a-z]+(?:-[a-z]+)*\]$", re.MULTILINE), "dim"),
    (re.compile(r"^ +\d+ \|", re.MULTILINE), "dim"),
    (re.compile(r"\^+(?: .*)?$", re.MULTILINE), "red"),
    (re.compile(r"^  (?:fix|or )   ", re.MULTILINE), "bold green"),
    (re.compile(r"checked$", re.MULTILINE), "green"),
    (re.compile(r"\b[A-Za-z_]\w*(?==\d)"), "cyan"),
)


def coloured(diagnostic: Diagnostic) -> Text:
    """The report for a `rich` console: the plain text, with styles."""
    text = Text(render(diagnostic), no_wrap=True)
    for pattern, style in STYLES:
        text.highlight_regex(pattern, style)
    return text


def write(diagnostics: Iterable[Diagnostic]) -> None:
    """Print reports to stdout in colour, whatever stdout is."""
    # The sixteen colours are the terminal's own, and NO_COLOR was asked before.
    console = Console(
        force_terminal=True, color_system="standard", no_color=False, highlight=False, markup=False
    )
    for one in diagnostics:
        console.print(coloured(one), soft_wrap=True)


def bar() -> Progress:
    """A bar on stderr that is gone when it is done; drawn when asked, without a thread."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        auto_refresh=False,
        transient=True,
    )
