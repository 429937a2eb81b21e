"""Docstrings that give the shapes of parameters, read as hints.

They tell what a function that nobody calls is likely to get, for `shapecheck shapes`. Nothing is
reported that rests on a hint: while hints are trusted, the machine is quiet.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from shapecheck.ops import Array, Unknown
from shapecheck.spec.written import BRACKETED, axes_in, crossed, is_of_short_names, split
from shapecheck.static.comments import Comments, Targets, comments_of_parameters
from shapecheck.static.matching import Making
from shapecheck.static.promises import flexible
from shapecheck.static.values import FunctionValue, Maybe, bare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from shapecheck.dims import Size, Symbol
    from shapecheck.spec.model import ArraySpec

MOST_LINES = 4  # of the text on a parameter that are read
LONGEST = 400  # characters of it
ENTRY = re.compile(
    r"^(?P<indent>\s*)(?:[-*+]\s+)?(?::param\s+(?:\w+\s+)?)?[`*]{0,2}(?P<name>\w+)[`*]{0,2}"
    r"(?P<text>\s*(?:\(|:|--).*)$"
)
# The marks of reStructuredText and LaTeX: what they mark is left.
MARKS = (
    (re.compile(r":[\w:]+:`([^`<]*?)(?:<[^`]*>)?`"), r"\1"),
    (re.compile(r"\\(?:text|mathrm|mathbf|mathit|operatorname)\s*\{([^{}]*)\}"), r"\1"),
    (re.compile(r"_\{([^{}]*)\}"), r"_\1"),
    (re.compile(r"\\(?:ldots|dots|cdots)"), "..."),
    (re.compile(r"\\times"), " x "),
    (re.compile(r"\\_"), "_"),
    (re.compile(r"\\[,;! ]"), " "),
    (re.compile(r"[`$]"), ""),
)
SHAPE = re.compile(
    r"\bshape[sd]?\s*(?:of|is|are|must be|should be|=|:)?\s*(?:a\s+|the\s+)?"
    rf"(?P<shape>{BRACKETED})",
    re.IGNORECASE,
)
FACTOR = r"(?:\.{3}|[\w*]+|\([^()]*\))"
TIMES = re.compile(
    rf"(?<![\w.])(?P<shape>{FACTOR}(?:\s+x\s+{FACTOR})+)"
    r"(?!\s+x\s)(?:\s*-\s*dim|(?=[\s.,;)]|$))"
)
ALONE = re.compile(rf"^\s*(?:\(?[\w.\[\], ]*\)?\s*:)?\s*(?P<shape>{BRACKETED})(?:\s|[.,:;]|$)")
LAST = re.compile(rf"[A-Za-z]\s*(?P<shape>{BRACKETED})\.?\s*$")
OTHERS = re.compile(r"^\s*[,;]?\s*(?:or|and|if|when|/|\|)\b|^\s*,?\s*[(\[]")
NO_ARRAY = re.compile(
    r"\b(?:tuple|list|dict|callable|float|int|str|bool|scalar|number|string|objects?)\b"
)


def of_parameters(doc: str, names: Iterable[str]) -> dict[str, ArraySpec]:
    """The shapes that a docstring gives to parameters; what may be meant otherwise is left out."""
    wanted = set(names)
    found: dict[str, ArraySpec | None] = {}
    for name, text in _entries(doc, wanted):
        spec = shape_said(text)
        if name in found and found[name] != spec:
            spec = None
        found[name] = spec
    return {name: spec for name, spec in found.items() if spec is not None}


def _entries(doc: str, wanted: set[str]) -> Iterator[tuple[str, str]]:
    """The parameters that a docstring speaks of, with the text on each."""
    lines = doc.expandtabs().split("\n")
    for at, line in enumerate(lines):
        entry = ENTRY.match(line)
        if entry is None or entry["name"] not in wanted:
            continue
        indent = len(entry["indent"])
        text = [entry["text"]]
        for later in lines[at + 1 : at + MOST_LINES]:
            if not later.strip() or len(later) - len(later.lstrip()) <= indent:
                break
            text.append(later.strip())
        yield entry["name"], " ".join(text)[:LONGEST]


def shape_said(text: str) -> ArraySpec | None:
    """The shape that the text on a parameter gives; None if it gives none, or several."""
    text = _unmarked(text)
    said = list(SHAPE.finditer(text)) or list(TIMES.finditer(text))
    if not said:
        return _without_word(text)
    first = said[0]
    kinds = text[: first.start()]
    rest = text[first.end() :]
    if OTHERS.search(rest) or NO_ARRAY.search(kinds) or len(said) > 1:
        return None
    return _spec(first["shape"])


def _unmarked(text: str) -> str:
    """Text without the marks of reStructuredText and LaTeX."""
    for mark, plain in MARKS:
        text = mark.sub(plain, text)
    return text


def _without_word(text: str) -> ArraySpec | None:
    """``x: (N, C, H, W)``, ``x: image [B, C, H, W]``: brackets alone, of names of axes alone."""
    found = ALONE.match(text) or LAST.search(text)
    if found is None or OTHERS.search(text[found.end("shape") :]):
        return None
    inner = found["shape"][1:-1]
    if len(split(inner)) == 1 or not is_of_short_names(inner):
        return None
    return _spec(found["shape"])


def _spec(shape: str) -> ArraySpec | None:
    if shape[0] in "([" and shape[-1] in ")]" and not re.search(r"\sx\s", shape):
        return axes_in(shape[1:-1])
    inner = crossed(shape)
    return axes_in(inner) if inner is not None else None


def of_input(doc: str) -> ArraySpec | None:
    """What a module's docstring says of its input: ``- Input: :math:`(N, C, H, W)```."""
    for _, text in _entries(doc, {"Input"}):
        alone = ALONE.match(_unmarked(text))
        if alone is None:
            return shape_said(text)
        is_one = not OTHERS.search(_unmarked(text)[alone.end("shape") :])
        return _spec(alone["shape"]) if is_one else None
    return None


class Docstrings(Comments):
    """Adds to a machine that functions which nobody calls are followed with what hints say."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hints_read = 0

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is reported here: hints may be wrong."""
        return self.trusting or super().is_quiet

    def hints(self, function: FunctionValue) -> dict[str, ArraySpec]:
        """The shapes that comments and the docstring give to a function's parameters."""
        node = function.node
        if isinstance(node, ast.Lambda):
            return {}
        args = node.args
        names = [one.arg for one in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
        doc = ast.get_docstring(node) or ""
        found = of_parameters(doc, names) if doc else {}
        if node.name in ("forward", "__call__") and function.owner is not None and not found:
            about = ast.get_docstring(function.owner.node)
            spec = of_input(about) if about else None
            if spec is not None and len(names) > 1:
                found = {names[1]: spec}
        found |= comments_of_parameters(node, self.sources.lines(function.module))
        self.hints_read += len(found)
        return found

    def has_comments(self, function: FunctionValue) -> bool:
        """Whether comments in a function give shapes."""
        outer, self.scope = self.scope, function.scope
        try:
            return any(
                self.comment_at(node) is not None
                for node in ast.walk(function.node)
                if isinstance(node, Targets)
            )
        finally:
            self.scope = outer

    def trust(
        self, function: FunctionValue, hints: Mapping[str, ArraySpec], bound: dict[str, object]
    ) -> None:
        """Give parameters of which nothing is known the shapes that hints say."""
        sizes: dict[Symbol, Size] = {}
        for name, spec in hints.items():
            value = bare(bound.get(name))
            if name in bound and isinstance(value, Unknown) and not value.kind:
                array = hinted_array(spec, sizes)
                is_none = function.defaults.get(name, array) is None
                bound[name] = Maybe(array) if is_none else array


def hinted_array(spec: ArraySpec, sizes: dict[Symbol, Size]) -> Array:
    """An array of which a hint says the shape; sizes of one name are the same."""
    for one in spec.names():
        sizes.setdefault(one, flexible(one.name))
    return Making(sizes=sizes, named=False, unknown=True).array(spec)


__all__ = ["Docstrings", "hinted_array", "of_input", "of_parameters", "shape_said"]
