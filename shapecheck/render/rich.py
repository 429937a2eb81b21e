"""The text of a finding in colour. Every character comes from `shapecheck.render.text`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.text import Text

from shapecheck.render.text import render

if TYPE_CHECKING:
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
