"""The commands `check` and `shapes`: from the words of a command line to what is printed."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapecheck import config, output
from shapecheck.cli import BROKEN, CLEAN, FOUND, say
from shapecheck.config import ConfigError, Settings
from shapecheck.diagnostics.selection import selected
from shapecheck.static import checking

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from shapecheck.diagnostics.model import Diagnostic
    from shapecheck.diagnostics.report import Report

STDIN = "-"
NAMELESS = "<stdin>"
UNREAD = "unreadable-file"


class UsageError(ValueError):
    """Arguments that cannot be used together; the message says why."""


def check(options: argparse.Namespace) -> int:
    """Carry out ``shapecheck check``, and give its exit status."""
    from shapecheck.diagnostics.baseline import BaselineError  # noqa: PLC0415 - few runs have one

    try:
        settings = _settings(options, options.stdin_filename)
        _refuse_contradictions(options, settings)
        if options.watch:
            return _watch(options, settings)
        report = _report(options, settings)
        if options.update_baseline:
            return _update(report, settings)
        if settings.baseline:
            report = checking.without_known(report, settings.baseline)
    except (ConfigError, UsageError, BaselineError) as error:
        say(str(error))
        return BROKEN
    _print(report, options, settings)
    return status(report, strict=settings.strict, exit_zero=options.exit_zero)


def _settings(options: argparse.Namespace, stdin_name: str | None = None) -> Settings:
    """The project's settings, and what the command line changes of them."""
    paths = [stdin_name or "." if path == STDIN else path for path in options.paths]
    if options.isolated:
        settings = Settings()
    elif options.config is not None:
        found = config.read(Path(options.config))
        if found is None:
            raise ConfigError(f"{options.config} has no table [tool.shapecheck]")
        settings = found
    else:
        settings = config.settings_for(paths)
    return replace(settings, **_changes(options, settings))


def _changes(options: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    words = vars(options)
    if words.get("select"):
        changes["select"] = _listed(options.select)
    if words.get("ignore"):
        changes["ignore"] = (*settings.ignore, *_listed(options.ignore))
    try:
        selected(_listed(words.get("select") or ()), _listed(words.get("ignore") or ()))
    except ValueError as error:
        raise UsageError(str(error)) from None
    if words.get("exclude"):
        changes["exclude"] = (*settings.exclude, *_listed(options.exclude))
    for name in ("strict", "force_exclude"):
        if words.get(name):
            changes[name] = True
    if words.get("no_respect_gitignore"):
        changes["respect_gitignore"] = False
    for name in ("output_format", "jobs", "baseline", "cache_dir"):
        if words.get(name) is not None:
            changes[name] = words[name]
    return changes


def _listed(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(one.strip() for word in words for one in word.split(",") if one.strip())


def _refuse_contradictions(options: argparse.Namespace, settings: Settings) -> None:
    if STDIN in options.paths and len(options.paths) > 1:
        raise UsageError("- (stdin) cannot be checked together with files")
    if options.stdin_filename and STDIN not in options.paths:
        raise UsageError("--stdin-filename needs - as PATH")
    if options.update_baseline and not settings.baseline:
        raise UsageError("--update-baseline needs --baseline FILE")
    if options.watch and (STDIN in options.paths or options.update_baseline):
        raise UsageError("--watch goes neither with - nor with --update-baseline")


def _report(options: argparse.Namespace, settings: Settings) -> Report:
    if options.paths == [STDIN]:
        name = options.stdin_filename or NAMELESS
        data = sys.stdin.buffer.read()
        if settings.force_exclude and checking.search(settings).leaves_out(name, folder=False):
            data = b""
        return checking.check_text(name, data, settings)
    paths = options.paths or ["."]
    with output.Progress() as progress:
        report = checking.check(
            paths, settings, cache=not options.no_cache, progress=progress.advance
        )
    if not report.checked and not report.diagnostics:
        say(f"no Python files under {', '.join(paths)}")
    return report


def _print(report: Report, options: argparse.Namespace, settings: Settings) -> None:
    output.write(report, settings.output_format, options.color)
    if options.statistics:
        human = settings.output_format == "full"
        print(output.statistics(report), end="", file=sys.stdout if human else sys.stderr)
    _say_what_is_missing(report)


def _say_what_is_missing(report: Report) -> None:
    for line in (*report.left_out, *report.failures):
        say(line)


def _update(report: Report, settings: Settings) -> int:
    from shapecheck.diagnostics import baseline  # noqa: PLC0415

    _say_what_is_missing(report)
    count = baseline.write(report.diagnostics, settings.baseline)
    things = "finding" if count == 1 else "findings"
    say(f"{settings.baseline} holds {count} {things} now")
    return status(replace(report, diagnostics=_unread(report)), strict=False, exit_zero=False)


def _unread(report: Report) -> tuple[Diagnostic, ...]:
    return tuple(one for one in report.diagnostics if one.rule == UNREAD)


def status(report: Report, *, strict: bool, exit_zero: bool) -> int:
    """The exit status that a report leads to."""
    if report.failures or _unread(report):
        return BROKEN
    counted = report.count("error") + (report.count("warning") if strict else 0)
    return FOUND if counted and not exit_zero else CLEAN


def _watch(options: argparse.Namespace, settings: Settings) -> int:
    from shapecheck.static import watching  # noqa: PLC0415

    paths = options.paths or ["."]

    def once() -> None:
        report = checking.check(paths, settings, cache=not options.no_cache)
        if settings.baseline:
            report = checking.without_known(report, settings.baseline)
        output.clear()
        _print(report, options, settings)
        sys.stdout.flush()

    try:
        watching.watch(paths, once)
    except watching.WatchError as error:
        raise UsageError(str(error)) from None
    return CLEAN


def shapes(options: argparse.Namespace) -> int:
    """Carry out ``shapecheck shapes``, and give its exit status."""
    from shapecheck.render import shapes as drawn  # noqa: PLC0415
    from shapecheck.static import showing  # noqa: PLC0415

    try:
        settings = _settings(options)
    except (ConfigError, UsageError) as error:
        say(str(error))
        return BROKEN
    seen = showing.show(options.paths, settings)
    if options.output_format == "json":
        print(drawn.as_json(seen.files), end="")
    else:
        print(drawn.text(seen.files), end="")
    for one in seen.problems:
        print(output.line(one), file=sys.stderr)
    for failure in seen.failures:
        say(failure)
    if seen.failures or any(one.rule == UNREAD for one in seen.problems):
        return BROKEN
    return FOUND if seen.problems else CLEAN
