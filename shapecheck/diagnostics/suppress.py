"""Comments that hold findings back: ``# shapecheck: ignore[matmul-inner]``.

A comment counts for every line of the statement that it stands in (of a ``def``, ``for`` or
``with``: of its header). Comments are told from strings by `tokenize`.
"""

from __future__ import annotations

import difflib
import io
import re
import tokenize
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapecheck.diagnostics.codes import RULES
from shapecheck.diagnostics.model import Diagnostic, Edit, Fix, Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

MARK = "shapecheck:"  # a source without it has no suppressions, and is not looked at again
COMMENT = re.compile(r"#\s*shapecheck:\s*(?P<word>[\w-]*)(?P<list>\s*\[[^\]#]*\]?)?")
WORDS = ("ignore", "ignore-file")
MEANT = ("ignore", "ignore_file", "disable", "noqa", "skip", "off")  # what other tools say
NAMES_BY_CODE = {rule.code: name for name, rule in RULES.items()}
SELF = "unused-suppression"
ALONE = "; a comment counts for the statement that it stands in, so put it at the end of that line"


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment.

    Attributes:
        span: the comment.
        rules: the names of the rules that it holds back; None for all.
        first: the first line that it counts for.
        last: the last line that it counts for; None for the whole file.
        alone: whether it stands outside of any statement.
        tail: whether something else follows in the same comment.
    """

    span: Span
    rules: frozenset[str] | None
    first: int
    last: int | None
    alone: bool = False
    tail: bool = False

    def covers(self, diagnostic: Diagnostic) -> bool:
        """Whether the comment holds a finding back."""
        if self.rules is not None and diagnostic.rule not in self.rules:
            return False
        if self.last is None:
            return True
        span = diagnostic.span
        return span is not None and self.first <= span.line <= self.last


@dataclass(frozen=True, slots=True)
class Suppressions:
    """The comments of one file, and what is wrong with some of them."""

    comments: tuple[Suppression, ...] = ()
    invalid: tuple[Diagnostic, ...] = ()

    def covers(self, diagnostic: Diagnostic) -> bool:
        """Whether a comment holds a finding back."""
        return any(one.covers(diagnostic) for one in self.comments)

    def unused(
        self, findings: Collection[Diagnostic], judged: Collection[str]
    ) -> Iterator[Diagnostic]:
        """The comments that held nothing back.

        Args:
            findings: all findings in the file, those that were held back among them.
            judged: the rules that were looked for; of others nothing can be said.
        """
        for comment in self.comments:
            caught = {one.rule for one in findings if comment.covers(one)}
            if comment.rules is None:
                if not caught and set(judged) >= set(RULES) - {SELF}:
                    yield _unused(comment, [])
            elif SELF not in comment.rules:
                spare = sorted((comment.rules & set(judged)) - caught)
                if spare:
                    yield _unused(comment, spare)


def suppressions(path: str, source: str) -> Suppressions:
    """Read the comments of a source.

    Args:
        path: the file's path, for the findings about comments themselves.
        source: its text; if Python cannot read it, only ``ignore-file`` is looked for.
    """
    if MARK not in source:
        return Suppressions()
    lines = source.split("\n")
    comments: list[Suppression] = []
    invalid: list[Diagnostic] = []
    for token, first, last in _comments(source):
        match = COMMENT.search(token.string)
        if match is None:
            continue
        span = _span(path, token, match, lines)
        rules, problems = _rules(match, span)
        invalid += problems
        if match["word"] not in WORDS or rules == frozenset():
            continue
        tail = bool(token.string[match.end() :].strip())
        if match["word"] == "ignore-file":
            comments.append(Suppression(span, rules, 1, None, tail=tail))
        else:
            line = span.line
            comments.append(Suppression(span, rules, first or line, last or line, not first, tail))
    return Suppressions(tuple(comments), tuple(invalid))


def _comments(source: str) -> Iterator[tuple[tokenize.TokenInfo, int, int]]:
    """Each comment with the first and last line of its statement; (0, 0) outside of any."""
    waiting: list[tokenize.TokenInfo] = []
    first = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                if MARK in token.string:
                    waiting.append(token)
            elif token.type == tokenize.NEWLINE:
                yield from ((one, first, token.start[0]) for one in waiting)
                waiting, first = [], 0
            elif token.type == tokenize.NL:
                if not first:
                    yield from ((one, 0, 0) for one in waiting)
                    waiting = []
            elif not first and token.type not in (tokenize.INDENT, tokenize.DEDENT):
                first = token.start[0]
    except (tokenize.TokenError, SyntaxError):
        yield from ((one, 0, 0) for one in _lines(source))


def _lines(source: str) -> Iterator[tokenize.TokenInfo]:
    """The comments for the whole file in a source that has no tokens."""
    for number, line in enumerate(source.split("\n"), 1):
        text = line.strip()
        match = COMMENT.match(text)
        if match is not None and match["word"] == "ignore-file":
            begin = line.index("#")
            start, end = (number, begin), (number, begin + len(text))
            yield tokenize.TokenInfo(tokenize.COMMENT, text, start, end, line)


def _span(path: str, token: tokenize.TokenInfo, match: re.Match[str], lines: list[str]) -> Span:
    line, column = token.start
    begin, end = column + match.start() + 1, column + len(match.group().rstrip()) + match.start()
    return Span(path, line, begin, line, end + 1, lines=(lines[line - 1],))


def _rules(match: re.Match[str], span: Span) -> tuple[frozenset[str] | None, list[Diagnostic]]:
    """The names in the brackets, and what is wrong with them."""
    word, listed = match["word"], match["list"]
    if word not in WORDS:
        if not difflib.get_close_matches(word, MEANT):
            return frozenset(), []  # a remark about shapecheck
        message = f"`{word}` holds nothing back: write `# shapecheck: ignore[rule-name]`"
        return frozenset(), [_invalid(span, message)]
    if listed is None:
        return None, []
    if not listed.endswith("]"):
        return frozenset(), [_invalid(span, "the list of rules has no `]`")]
    names = [name.strip() for name in listed.strip()[1:-1].split(",") if name.strip()]
    if not names:
        return frozenset(), [_invalid(span, "the list of rules is empty")]
    rules = {NAMES_BY_CODE.get(name, name) for name in names}
    unknown = [name for name in names if NAMES_BY_CODE.get(name, name) not in RULES]
    problems = [_invalid(span, no_such_rule(name)) for name in unknown]
    return frozenset(rules & set(RULES)), problems


def no_such_rule(name: str) -> str:
    """What to say of the name of a rule that there is not, with the likeliest one."""
    close = difflib.get_close_matches(name, [*RULES, *NAMES_BY_CODE], n=1, cutoff=0.6)
    meant = f"; perhaps {close[0]}" if close else ""
    return f"there is no rule {name}{meant}"


def _invalid(span: Span, message: str) -> Diagnostic:
    return Diagnostic("invalid-suppression", message, span)


def _unused(comment: Suppression, spare: list[str]) -> Diagnostic:
    which = f" ({', '.join(spare)})" if spare else ""
    hint = ALONE if comment.alone else ""
    message = f"nothing is found here that the comment holds back{which}{hint}"
    return Diagnostic(SELF, message, comment.span, fixes=_removal(comment, spare))


def _removal(comment: Suppression, spare: list[str]) -> tuple[Fix, ...]:
    """Take the comment away, or the names in it that are of no use."""
    kept = sorted((comment.rules or frozenset()) - set(spare))
    if kept:
        word = "ignore-file" if comment.last is None else "ignore"
        text = f"# shapecheck: {word}[{', '.join(kept)}]"
        return (Fix(text, edits=(Edit(comment.span, text),)),)
    if comment.tail:
        return ()
    span = comment.span
    code = span.lines[0][: span.column - 1].rstrip()
    return (Fix("remove the comment", edits=(Edit(replace(span, column=len(code) + 1), ""),)),)
