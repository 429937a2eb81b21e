"""Findings as commands of GitHub's workflows, which show them beside the lines of a change.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecheck.diagnostics import shown_path
from shapecheck.render.text import concise

if TYPE_CHECKING:
    from shapecheck.diagnostics import Diagnostic
    from shapecheck.diagnostics.report import Report

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report) -> str:
    """All findings, one command each."""
    return "".join(f"{_command(one)}\n" for one in report.diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    properties = {**_place(diagnostic), "title": f"shapecheck ({diagnostic.rule})"}
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{COMMANDS[diagnostic.severity]} {listed}::{_data(concise(diagnostic))}"


def _place(diagnostic: Diagnostic) -> dict[str, str | int]:
    span = diagnostic.span
    if span is None:
        return {}
    place: dict[str, str | int] = {
        "file": shown_path(span.path),
        "line": span.line,
        "col": span.column,
        "endLine": span.end_line or span.line,
        "endColumn": span.end_column or span.column,
    }
    if place["endLine"] != span.line:  # columns are of one line: GitHub refuses them for several
        del place["col"], place["endColumn"]
    return place


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: object) -> str:
    return _data(str(value)).replace(":", "%3A").replace(",", "%2C")
