"""`shapecheck check`: many files looked at, and what is found made into one report."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from shapecheck.diagnostics.model import shown_path
from shapecheck.diagnostics.report import Report
from shapecheck.diagnostics.selection import selected
from shapecheck.diagnostics.suppress import Suppressions, suppressions
from shapecheck.static import sources
from shapecheck.static.cache import Cache
from shapecheck.static.files import Search
from shapecheck.static.ignores import Patterns
from shapecheck.static.workers import jobs_for, outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from shapecheck.config import Settings
    from shapecheck.diagnostics.model import Diagnostic
    from shapecheck.static.outcome import Outcome

    Progress = Callable[[int, int], None]

MOST_SLOW = 5
SOURCE_FOLDER = "src"


def check(
    paths: Sequence[str],
    settings: Settings,
    *,
    cache: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Look at the Python files and notebooks among and under some paths.

    Args:
        paths: files and folders.
        settings: which files, which rules, how many processes.
        cache: whether outcomes of earlier runs count, and those of this one are kept.
        progress: told how many files of how many are done.
    """
    began = time.perf_counter()
    found = search(settings).find(paths)
    done = []
    for number, outcome in enumerate(_outcomes(found.files, settings, cache=cache), 1):
        done.append(outcome)
        if progress is not None:
            progress(number, len(found.files))
    report = judged(done, found.problems, settings)
    return replace(report, seconds=time.perf_counter() - began)


def check_text(path: str, data: bytes, settings: Settings) -> Report:
    """Look at a content that is not saved, as if it stood in a file."""
    from shapecheck.static.looking import look  # noqa: PLC0415 - see `analysed`
    from shapecheck.static.resolving import Resolver  # noqa: PLC0415

    began = time.perf_counter()
    outcome, _ = look(path, data, Resolver(roots_of([path], settings.root)))
    return replace(judged([outcome], (), settings), seconds=time.perf_counter() - began)


def search(settings: Settings) -> Search:
    """How files are found under some settings."""
    return Search(
        exclude=settings.exclude,
        root=settings.root,
        gitignore=settings.respect_gitignore,
        force=settings.force_exclude,
    )


def _outcomes(files: Sequence[str], settings: Settings, *, cache: bool) -> Iterator[Outcome]:
    """The outcome of each file: those that are kept first."""
    roots = roots_of(files, settings.root)
    kept = Cache(settings.cache_dir, roots) if cache else None
    unknown = []
    for path in files:
        outcome = _kept(path, kept) if kept is not None else None
        if outcome is None:
            unknown.append(path)
        else:
            yield outcome
    if unknown:
        yield from outcomes(unknown, roots, kept, jobs_for(len(unknown), settings.jobs))


def _kept(path: str, cache: Cache) -> Outcome | None:
    try:
        return cache.get(path, sources.content(path))
    except sources.UnusableError:
        return None


def roots_of(files: Iterable[str], project: str) -> tuple[str, ...]:
    """The folders that imports are resolved in, besides a file's own: those that packages lie in.

    Args:
        files: the files that are looked at.
        project: the project's folder; its packages, and those in its ``src``, are found, too.
    """
    roots: dict[str, None] = {}
    for folder in dict.fromkeys(map(os.path.dirname, files)):
        absolute = os.path.abspath(folder)  # noqa: PTH100 - links are left as they are
        root = _package_root(absolute)
        if root != absolute:
            roots[root] = None
    for own in (project, os.path.join(project, SOURCE_FOLDER)):  # noqa: PTH118
        if os.path.isdir(own):  # noqa: PTH112
            roots[os.path.abspath(own)] = None  # noqa: PTH100
    return tuple(roots)


def _package_root(folder: str) -> str:
    """The first folder upwards that is not a package."""
    while os.path.isfile(os.path.join(folder, "__init__.py")):  # noqa: PTH113, PTH118
        folder = os.path.dirname(folder)  # noqa: PTH120
    return folder


def judged(done: Sequence[Outcome], problems: Iterable[Diagnostic], settings: Settings) -> Report:
    """The report on what was found: without what comments and settings hold back, in order."""
    comments = {one.path: one.suppressions for one in done}
    by_path: dict[str, list[Diagnostic]] = {}
    for one in _once([*problems, *(found for outcome in done for found in outcome.diagnostics)]):
        by_path.setdefault(one.span.path if one.span else "", []).append(one)
    wanted = _Wanted(settings)
    whole = {one.path for one in done if one.whole}
    kept: list[Diagnostic] = []
    for path in {**by_path, **comments}:
        found = by_path.get(path, [])
        said = comments[path] if path in comments else _comments(path)
        rules = wanted.of(path) if found or said.comments or said.invalid else frozenset()
        unused = said.unused(found, rules) if path in whole else ()
        kept += [
            one
            for one in (*found, *said.invalid, *unused)
            if one.rule in rules and not said.covers(one)
        ]
    slowest = sorted(((one.path, one.seconds) for one in done), key=lambda pair: -pair[1])
    return Report(
        diagnostics=tuple(sorted(kept, key=_place)),
        checked=tuple(sorted(comments)),
        functions=sum(one.functions for one in done),
        failures=tuple(sorted(one.failed for one in done if one.failed)),
        left_out=tuple(sorted(one.left_out for one in done if one.left_out)),
        slowest=tuple(slowest[:MOST_SLOW]),
    )


def _once(diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Findings, each once: a function may be looked at for several files."""
    seen = set()
    for one in diagnostics:
        key = (one.rule, one.message, one.span and (one.span.path, one.span.line, one.span.column))
        if key not in seen:
            seen.add(key)
            yield one


def _comments(path: str) -> Suppressions:
    """The comments of a file that was not looked at itself, but read for another."""
    try:
        return suppressions(path, sources.decoded(path, sources.content(path)).text)
    except sources.UnusableError:
        return Suppressions()


def _place(diagnostic: Diagnostic) -> tuple[str, int, int, str, str]:
    span = diagnostic.span
    if span is None:
        return "", 0, 0, diagnostic.rule, diagnostic.message
    return shown_path(span.path), span.line, span.column, diagnostic.rule, diagnostic.message


class _Wanted:
    """Which rules are looked for in which file."""

    def __init__(self, settings: Settings) -> None:
        self._rules = selected(settings.select, settings.ignore)
        self._here = [
            (Patterns([pattern], settings.root), selected(words, ()))
            for pattern, words in settings.per_file_ignores
        ]

    def of(self, path: str) -> frozenset[str]:
        """The rules that are looked for in a file."""
        rules = self._rules
        for patterns, unwanted in self._here:
            if patterns.verdict(path):
                rules -= unwanted
        return rules


def without_known(report: Report, file: str) -> Report:
    """A report without the findings that a baseline has.

    Raises:
        BaselineError: the file cannot be read.
    """
    from shapecheck.diagnostics import baseline  # noqa: PLC0415 - most runs have none

    known = baseline.read(file)
    left = baseline.without_known(report.diagnostics, known, file, report.checked)
    return replace(report, diagnostics=left.new, hidden=left.hidden, stale=left.stale)
