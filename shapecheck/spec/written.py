"""Shapes as people write them in comments and docstrings: ``(B, T, C)``, ``[n, d]``, ``N x D``.

Such text was written for people, so whatever may be a remark is none: "(see below)", "(x, y)",
"[0, 1]". What cannot be read in a shape ("H/2", "K²") is an axis of any size.
"""

from __future__ import annotations

import functools
import re

from shapecheck.spec.errors import SpecError
from shapecheck.spec.grammar import parse_shape
from shapecheck.spec.model import ArraySpec

MOST_AXES = 9
MANY = 3
ANY = {"_", "-1", "?", ":", "·", "any"}
RUNS = {"...", "…", "*", "*,"}
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
FORMULA = re.compile(r"[\w\s.'()*+/^²³\-]+")
STARRED = re.compile(r"\*\s*([A-Za-z]\w*)")
BRACKETED = r"(?:\((?:[^()\[\]]|\([^()\[\]]*\))*\)|\[(?:[^()\[\]]|\([^()\[\]]*\))*\])"
# Names that hardly anything but an axis has.
SHORT = re.compile(r"[A-Z][A-Za-z]{0,2}\d?'?|[A-Z]{1,3}_[A-Za-z0-9]+|[bcdhwntskmpq]\d?'?")
LONG = re.compile(
    r"(?:n|num|nb|n_of|in|out|max|d|dim|len|size)_\w+|\w+_(?:size|dim|dims|len|length|num|count|"
    r"channels?|features?|samples|heads?|classes|tokens|nodes|edges|points|in|out)|"
    r"b(?:atch|s|sz)?|batch|seq(?:len)?|time|steps?|channels?|heads?|height|width|depth|dims?|"
    r"hidden|embed|features?|classes|tokens|length|samples|frames|vocab|patches|nodes|edges|points|"
    r"in|out|n(?:samples|features|classes)"
)
INSIDE = re.compile(r"^(?:of |with )?(?:shape|size|dims?|dimensions?)s?\b\s*(?:is|are|of|[:=])?\s*")


@functools.lru_cache(maxsize=4096)
def axes_in(inner: str) -> ArraySpec | None:
    """The axes that the text between brackets lists; None if it lists anything else."""
    parts = [one.strip() for one in split(inner)]
    if parts and not parts[-1]:
        parts.pop()
    if len(parts) > MOST_AXES or not all(parts):
        return None
    words = list(map(_axis, parts))
    if None in words:
        return None
    text = f"({', '.join(filter(None, words))}{',' if len(words) == 1 else ''})"
    try:
        return ArraySpec(parse_shape(text), None, "", text)
    except SpecError:
        return None


def split(inner: str) -> list[str]:
    """The parts between commas outside of brackets."""
    found, depth, begin = [], 0, 0
    for at, char in enumerate(inner):
        depth += (char in "([") - (char in ")]")
        if char == "," and not depth:
            found.append(inner[begin:at])
            begin = at + 1
    return [*found, inner[begin:]] if inner.strip() else []


def _axis(part: str) -> str | None:
    """An axis in the grammar's words; None if it is none."""
    part = part.strip("`$")
    if part in ANY:
        return "_"
    if part in RUNS:
        return "..."
    if part.isascii() and part.isdecimal():
        return part if int(part) else None
    starred = STARRED.fullmatch(part)
    name = starred[1] if starred else part
    if NAME.fullmatch(name):
        return f"*{name}" if starred or name.endswith("_shape") else name
    if not FORMULA.fullmatch(part) or re.search(r"[A-Za-z_\d')]\s+[A-Za-z_\d(']", part):
        return None  # words with blanks between them
    if part[0] in "+-*/" or part[-1] in "+-*/":
        return None
    compact = re.sub(r"\s+", "", part)
    try:
        parse_shape(f"({compact},)")
    except SpecError:
        return "_"
    return compact if re.search(r"[A-Za-z]", compact) else "_"


def looks_like_axes(inner: str) -> bool:
    """Whether most of the names in a list are those of axes, and not, say, of coordinates."""
    parts = [one.strip() for one in split(inner) if one.strip()]
    names = [one for one in parts if not one.isdecimal()]
    likely = [one for one in names if _is_likely(one)]
    short = len(names) < MANY  # (a, b) may be anything
    return bool(likely) and 2 * len(likely) >= len(names) + short


def is_of_short_names(inner: str) -> bool:
    """Whether a list holds numbers and short names of axes only: (B, 3, H, W)."""
    parts = [one.strip() for one in split(inner) if one.strip()]
    return any(not one.isdecimal() for one in parts) and all(
        one.isdecimal() or one in RUNS or SHORT.fullmatch(one) for one in parts
    )


def _is_likely(part: str) -> bool:
    if part in RUNS or part in ANY or STARRED.fullmatch(part):
        return True
    words = re.findall(r"[A-Za-z]\w*'?", part)
    return bool(words) and all(SHORT.fullmatch(one) or LONG.fullmatch(one) for one in words)


def crossed(text: str) -> str | None:
    """``N x D x 3`` as a list with commas; None if the text is anything else."""
    parts = re.split(r"\s+[x\u00d7]\s+", text.strip())
    if len(parts) == 1 or not all(re.fullmatch(r"[\w*.+\-/()']+", one) for one in parts):
        return None
    inner = ", ".join(parts)
    return inner if looks_like_axes(inner) else None
