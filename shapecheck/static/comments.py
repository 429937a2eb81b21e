"""Comments that give a shape: ``x = f(y)  # (B, T, C)``. They are read as hints.

A comment that is certainly wrong is reported. Names in comments are those of the function that
they stand in; they say little about sizes, as people use one name for whatever length an axis has
at the moment. So what counts is another number of axes, a number that differs, and axes that
stand in another order than the one in which they are named.
"""

from __future__ import annotations

import ast
import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from shapecheck.advice.scene import shape_of
from shapecheck.advice.words import axis_text, counted, size_text
from shapecheck.diagnostics import Diagnostic, Edit, Fix, Span
from shapecheck.dims import Expr, is_size, lone_symbol
from shapecheck.ops import Array, Unknown
from shapecheck.spec.model import ArraySpec, Dim
from shapecheck.spec.written import (
    BRACKETED,
    INSIDE,
    axes_in,
    crossed,
    is_of_short_names,
    looks_like_axes,
)
from shapecheck.static.frames import NEXT
from shapecheck.static.gradients import Gradients
from shapecheck.static.matching import Making
from shapecheck.static.promises import flexible
from shapecheck.static.values import bare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapecheck.dims import Size

WHOLE = re.compile(rf"(?P<shape>{BRACKETED})\.?")
NAMED = re.compile(rf"(?P<name>[A-Za-z_][\w.]*?)(?:\.shape)?\s*[:=]\s*(?P<shape>{BRACKETED})\.?")
CHANGED = re.compile(rf"{BRACKETED}(?:\s*(?:->|→|=>|to)\s*{BRACKETED})+\.?")
SAID = re.compile(
    rf"(?:.*\b(?:of|with|has|in)\s+)?shape\s*(?:is|[:=])?\s*(?P<shape>{BRACKETED})\.?",
    re.IGNORECASE,
)
REMARKED = re.compile(
    rf"(?P<shape>{BRACKETED})(?:,|:|;|\s+-|\s)\s*(?!x\s|X\s|by\b|dot\b|times\b)[A-Za-z][^()\[\]]*"
)
TOGETHER = re.compile(r"(?:\d+|[A-Z]+)(?:[x\u00d7](?:\d+|[A-Z]+))+")  # 55x3
PAIR = 2
LONGEST = 300  # characters of a comment that is read
ENDS = re.compile(r"\s*#.*| noqa\b.*")
ALTERNATIVES = re.compile(r"\b(or|and|if|when|unless|either|except|e\.g\.|i\.e\.)\b")


@dataclass(frozen=True, slots=True)
class Comment:
    """A shape that a comment gives.

    Attributes:
        spec: what it says.
        text: how it says it.
        column: where the text begins in its line, counted from 0.
        plain: whether it says in words that it is a shape.
    """

    spec: ArraySpec
    text: str
    column: int
    plain: bool = False


def shape_in(comment: str, target: str = "") -> Comment | None:
    """The shape that a comment gives; None if it may be about anything else.

    Args:
        comment: its text, from the ``#`` on.
        target: the name of what it stands beside.
    """
    text = comment.lstrip("#!: ")
    offset = len(comment) - len(text)
    text = ENDS.sub("", text).rstrip()
    if not text or len(text) > LONGEST or ALTERNATIVES.search(text):
        return None
    prefix = INSIDE.match(text)
    if prefix is not None and len(prefix[0]) < len(text):
        found = _read(text[prefix.end() :], offset + prefix.end(), plain=True)
        return found or _crossed(text[prefix.end() :], offset + prefix.end())
    return _plain(text, offset, target)


def _plain(text: str, offset: int, target: str) -> Comment | None:
    changed = CHANGED.fullmatch(text)
    if changed is not None:
        last = list(re.finditer(BRACKETED, text))[-1]
        return _read(last[0], offset + last.start())
    said = SAID.fullmatch(text)
    if said is not None:
        return _read(said["shape"], offset + said.start("shape"), plain=True)
    named = NAMED.fullmatch(text)
    if named is not None:
        if named["name"].rpartition(".")[2] != target.rpartition(".")[2]:
            return None
        return _read(named["shape"], offset + named.start("shape"))
    remarked = REMARKED.fullmatch(text)
    if remarked is not None and "->" not in text and "→" not in text:
        if not is_of_short_names(remarked["shape"][1:-1]):
            return None
        return _read(remarked["shape"], offset)
    return _read(text, offset) or _crossed(text, offset)


def _read(text: str, offset: int, *, plain: bool = False) -> Comment | None:
    """A shape in brackets."""
    whole = WHOLE.fullmatch(text)
    if whole is None:
        return None
    shape = whole["shape"]
    inner = shape[1:-1]
    if plain and TOGETHER.fullmatch(inner):
        inner = re.sub("[x\u00d7]", ", ", inner)
    spec = axes_in(inner)
    if spec is None or (not plain and not _is_shape(inner, shape[0])):
        return None
    return Comment(spec, shape, offset, plain)


def _is_shape(inner: str, bracket: str) -> bool:
    """Whether brackets without a word before them hold a shape."""
    parts = [one.strip() for one in inner.split(",")]
    if all(one.removeprefix("-").isdecimal() for one in parts if one):
        # Numbers in square brackets are values; two numbers are a kernel's size, or a range.
        return bracket == "(" and inner.count(",") > 0 and "1" not in parts[:1]
    if len(parts) == 1:
        return bool(re.fullmatch(r"[A-Z]{1,2}", inner.strip()))
    return looks_like_axes(inner)


def _crossed(text: str, offset: int) -> Comment | None:
    inner = crossed(text)
    spec = axes_in(inner) if inner is not None else None
    return Comment(spec, text, offset) if spec is not None else None


def comments_of_parameters(
    node: ast.FunctionDef | ast.AsyncFunctionDef, lines: Sequence[str]
) -> dict[str, ArraySpec]:
    """The shapes that comments beside parameters give: ``x: Tensor,  # shape: (*batch, N, D)``."""
    args = node.args
    plain = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    last = [*args.posonlyargs, *args.args][-len(args.defaults) :] if args.defaults else []
    defaults = dict(zip(last, args.defaults, strict=True))
    defaults |= {one: at for one, at in zip(args.kwonlyargs, args.kw_defaults, strict=True) if at}
    ends: dict[int, list[tuple[ast.arg, int]]] = {}
    for one in plain:
        end = defaults.get(one, one)
        if end.end_lineno is not None and end.end_col_offset is not None:
            ends.setdefault(end.end_lineno, []).append((one, end.end_col_offset))
    found = {}
    for line, here in ends.items():
        if len(here) > 1 or line > len(lines) or "#" not in lines[line - 1]:
            continue
        [(one, column)] = here
        rest = lines[line - 1].encode()[column:].decode(errors="replace").lstrip(" ,")
        said = shape_in(rest, one.arg) if rest.startswith("#") else None
        if said is not None:
            found[one.arg] = said.spec
    return found


# --- beside assignments ---------------------------------------------------------------------------

Targets = ast.Assign | ast.AnnAssign | ast.AugAssign


class Comments(Gradients):
    """Adds to a machine that comments give shapes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._comments: dict[ast.stmt, Comment | None] = {}
        self._stale: dict[ast.stmt, Diagnostic | None] = {}
        self.comments_read = 0
        self.trusting = False  # whether what is unknown is taken to be what a comment says

    def statement(self, node: ast.stmt) -> str:
        """Follow one statement; a comment beside an assignment says what came of it."""
        flow = super().statement(node)
        if flow == NEXT and isinstance(node, Targets) and not self.silent:
            comment = self.comment_at(node)
            if comment is not None:
                self._beside(node, comment)
        return flow

    def stale_comments(self) -> Iterator[Diagnostic]:
        """What was wrong each time that a comment was come by."""
        for found in self._stale.values():
            if found is not None:
                yield found

    def comment_at(self, node: Targets) -> Comment | None:
        """The comment beside an assignment, if it gives a shape."""
        return self._comments[node] if node in self._comments else self._comment(node)

    def _comment(self, node: Targets) -> Comment | None:
        """The comment beside an assignment to one name, if it gives a shape."""
        target = _target(node)
        found = None
        if isinstance(target, (ast.Name, ast.Attribute)):
            lines = self.sources.lines(self.here)
            last = node.end_lineno or 0
            line = lines[last - 1] if 0 < last <= len(lines) else ""
            if "#" in line:
                rest = line.encode()[node.end_col_offset :].decode(errors="replace")
                begin = len(line) - len(rest) + len(rest) - len(rest.lstrip())
                if rest.lstrip().startswith("#"):
                    found = shape_in(rest.strip(), ast.unparse(target))
                    if found is not None:
                        found = replace(found, column=begin + found.column)
        self._comments[node] = found
        self.comments_read += found is not None
        return found

    def _beside(self, node: Targets, comment: Comment) -> None:
        """Hold what was assigned against the comment beside it."""
        target = _target(node)
        assert target is not None
        value = bare(self.peek(target))
        if self.trusting:
            if isinstance(value, Unknown) and not value.kind:
                self.put(target, self._said(comment))
            return
        if not isinstance(value, Array):
            return
        if value.is_open or self.trying or self._is_of_any_rank():
            problem = None
        else:
            problem = self._difference(value, comment)
            self._bind(value, comment)
        if problem is None:
            self._stale[node] = None
        else:
            self._stale.setdefault(node, self._diagnostic(node, target, value, comment, *problem))

    def _said(self, comment: Comment) -> Array:
        """An array of which nothing is known but what a comment says."""
        if self.frame.named is None:
            self.frame.named = {}
        sizes = {}
        for dim in _dims(comment.spec):
            name = lone_symbol(dim.size) if isinstance(dim.size, Expr) else None
            if name is not None:
                known = self._size_of(dim)
                if known is None:
                    known = self.frame.named.setdefault(dim.text, flexible(dim.text))
                sizes[name] = known
        return Making(sizes=sizes, named=False, unknown=True).array(comment.spec)

    def _is_of_any_rank(self) -> bool:
        """Whether a signature that leaves ranks open is tried for some of them."""
        return any(one.contract is not None and one.contract[0].has_runs() for one in self.frames)

    # --- what is wrong ---

    def _difference(self, array: Array, comment: Comment) -> tuple[str, str] | None:
        """What is certainly wrong in a comment, as a clause, and the shape in its words."""
        aligned = _aligned(comment.spec, array)
        if aligned is None:
            return (
                None
                if self._lists_content(array, comment)
                else (self._other_rank(array, comment), "")
            )
        for at, dim in aligned:
            size = array.shape[at].size
            if isinstance(dim.size, int) and self.assume.equal(size, dim.size) is False:
                return f"{axis_text(at, array.rank)} is {size_text(size)}, not {dim.size}", ""
        return self._other_order(array, aligned)

    @staticmethod
    def _other_rank(array: Array, comment: Comment) -> str:
        more = " at least" if comment.spec.runs_at is not None else ""
        return f"it has {counted(array.rank, 'axis')}, not{more} {comment.spec.rank}"

    def _lists_content(self, array: Array, comment: Comment) -> bool:
        """Whether a comment may name the elements along the last axis: (x, y) of points."""
        if comment.plain or not array.rank:
            return False
        count = len(comment.spec.axes)
        if count == PAIR and all(isinstance(one.size, int) for one in _dims(comment.spec)):
            return True  # the size of a kernel, or a range
        return self.assume.equal(array.shape[-1].size, count) is not False

    def _other_order(self, array: Array, aligned: list[tuple[int, Dim]]) -> tuple[str, str] | None:
        """Two axes that stand in each other's place."""
        names = [dim.text for _, dim in aligned]
        known = [
            (at, place, size)
            for place, (at, dim) in enumerate(aligned)
            if names.count(dim.text) == 1 and (size := self._size_of(dim)) is not None
        ]
        for (i, one, own), (j, other, its) in itertools.combinations(known, 2):
            if self._are_exchanged(array.shape[i].size, array.shape[j].size, own, its):
                swapped = list(names)
                swapped[one], swapped[other] = names[other], names[one]
                shown = f"({', '.join(swapped)})" if len(aligned) == array.rank else ""
                return f"{names[one]} and {names[other]} stand the other way round", shown
        return None

    def _are_exchanged(self, here: Size, there: Size, own: Size, its: Size) -> bool:
        """Whether each of two axes has the size that the other one is said to have."""
        equal = self.assume.equal
        exchanged = equal(here, its) is True and equal(there, own) is True
        return exchanged and equal(here, own) is not True and equal(there, its) is not True

    def _size_of(self, dim: Dim) -> Size | None:
        """What the name in a comment stands for: a variable, or an axis that it was given to."""
        if not isinstance(dim.size, Expr) or lone_symbol(dim.size) is None:
            return None
        home = self.scope.find(dim.text)
        value = home.variables[dim.text] if home is self.scope and home is not None else None
        if is_size(value) and not isinstance(value, bool):
            return value
        names = self.frame.named
        return names.get(dim.text) if names is not None else None

    def _bind(self, array: Array, comment: Comment) -> None:
        aligned = _aligned(comment.spec, array)
        if self.frame.named is None:
            self.frame.named = {}
        for at, dim in aligned or ():
            if isinstance(dim.size, Expr) and lone_symbol(dim.size) is not None:
                self.frame.named.setdefault(dim.text, array.shape[at].size)

    # --- telling ---

    def _diagnostic(
        self,
        node: Targets,
        target: ast.expr,
        array: Array,
        comment: Comment,
        problem: str,
        mended: str,
    ) -> Diagnostic:
        name = self.sources.text(target, self.here)
        line = node.end_lineno or node.lineno
        text = self.sources.lines(self.here)[line - 1]  # the comment was found there
        begin = comment.column + 1
        span = Span(
            self.here.path,
            line,
            begin,
            line,
            begin + len(comment.text),
            self.function_name(),
            (text.rstrip("\r"),),
        )
        known = all(isinstance(size, int) for size in array.sizes)
        if not mended and known and comment.spec.runs_at is None and not comment.spec.names():
            mended = shape_of(array)
        fixes = (Fix(mended, "in the comment", edits=(Edit(span, mended),)),) if mended else ()
        message = f"{name} is {shape_of(array)}, the comment says {comment.text}: {problem}"
        return Diagnostic("stale-shape-comment", message, span, self.called_from(), fixes=fixes)


def _target(node: Targets) -> ast.expr | None:
    """What is assigned to, if it is one thing."""
    if isinstance(node, ast.Assign):
        return node.targets[0] if len(node.targets) == 1 else None
    return node.target


def _dims(spec: ArraySpec) -> Iterator[Dim]:
    return (one for one in spec.axes if isinstance(one, Dim))


def _aligned(spec: ArraySpec, array: Array) -> list[tuple[int, Dim]] | None:
    """The axes of an array with what is said of them; None if it has another number of axes."""
    axes, at = list(spec.axes), spec.runs_at
    if at is None:
        if len(axes) != array.rank:
            return None
        return [(place, one) for place, one in enumerate(axes) if isinstance(one, Dim)]
    extra = array.rank - spec.rank
    if extra < 0:
        return None
    places = [*range(at), None, *range(at + extra, array.rank)]
    return [
        (place, one)
        for place, one in zip(places, axes, strict=True)
        if place is not None and isinstance(one, Dim)
    ]
