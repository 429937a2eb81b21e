"""The manual: a page for each rule, read from manual.md beside this file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = re.compile(r"^## (?P<name>[a-z-]+)\n(?P<body>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(
    r"^```\w+ (?P<kind>rejected|accepted)\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Page:
    """The page of a rule.

    Attributes:
        why: what is wrong, and what to do; paragraphs with an empty line between.
        rejected: a program in which the rule finds something, and nothing else does.
        accepted: a program without findings, as near to it as can be.
    """

    why: str
    rejected: str
    accepted: str


@cache
def pages() -> Mapping[str, Page]:
    """The pages by the names of their rules."""
    text = Path(__file__).with_suffix(".md").read_text(encoding="utf-8")
    return {match["name"]: _page(match["body"]) for match in PAGE.finditer(text)}


def _page(body: str) -> Page:
    examples = {match["kind"]: match["code"] for match in EXAMPLE.finditer(body)}
    why = body[: body.index("```")].strip()
    return Page(why=why, **examples)
