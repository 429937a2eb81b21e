"""Findings as SARIF 2.1.0, the format that code scanning services read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from shapecheck import __version__
from shapecheck.diagnostics import RULES, shown_path
from shapecheck.diagnostics.manual import pages

if TYPE_CHECKING:
    from shapecheck.diagnostics import Diagnostic, Fix, Note, Span
    from shapecheck.diagnostics.report import Report

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def render(report: Report) -> str:
    """All findings as one run of the tool."""
    used = [name for name in RULES if any(one.rule == name for one in report.diagnostics)]
    said = [("error", line) for line in report.failures]
    said += [("warning", line) for line in report.left_out]
    notifications = [{"level": level, "message": {"text": line}} for level, line in said]
    run = {
        "tool": {"driver": {**_driver(), "rules": [_rule(name) for name in used]}},
        "invocations": [
            {
                "executionSuccessful": not report.failures,
                "toolExecutionNotifications": notifications,
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, used.index(one.rule)) for one in report.diagnostics],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _driver() -> dict[str, Any]:
    return {"name": "shapecheck", "version": __version__}


def _rule(name: str) -> dict[str, Any]:
    rule = RULES[name]
    return {
        "id": rule.code,
        "name": name,
        "shortDescription": {"text": rule.finds},
        "help": {"text": pages()[name].why},
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(diagnostic: Diagnostic, index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": index,
        "level": diagnostic.severity,
        "message": {"text": _message(diagnostic)},
        "partialFingerprints": {"shapecheck/v1": _fingerprint(diagnostic)},
    }
    if diagnostic.span is not None:
        result["locations"] = [_location(diagnostic.span)]
    related = [_related(note) for note in diagnostic.notes if note.span is not None]
    if related:
        result["relatedLocations"] = [{"id": at, **one} for at, one in enumerate(related, 1)]
    fixes = [_fix(fix) for fix in diagnostic.fixes if fix.edits]
    if fixes:
        result["fixes"] = fixes
    return result


def _message(diagnostic: Diagnostic) -> str:
    return f"{diagnostic.message}\n{diagnostic.reason}" if diagnostic.reason else diagnostic.message


def _fingerprint(diagnostic: Diagnostic) -> str:
    path = shown_path(diagnostic.span.path) if diagnostic.span else ""
    key = repr((path, diagnostic.rule, diagnostic.message))
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def _location(span: Span) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": _artifact(span), "region": _region(span)}}


def _related(note: Note) -> dict[str, Any]:
    assert note.span is not None  # noqa: S101 - those without a place were left out
    return {**_location(note.span), "message": {"text": note.message}}


def _artifact(span: Span) -> dict[str, Any]:
    path = shown_path(span.path)
    if Path(path).is_absolute():
        return {"uri": Path(path).as_uri()}
    return {"uri": quote(path, errors="surrogateescape")}


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line or span.line,
        "endColumn": span.end_column or span.column,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    changes: dict[str, dict[str, Any]] = {}
    for edit in fix.edits:
        artifact = _artifact(edit.span)
        change = changes.setdefault(
            artifact["uri"], {"artifactLocation": artifact, "replacements": []}
        )
        change["replacements"].append(
            {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
        )
    return {"description": {"text": fix.title}, "artifactChanges": list(changes.values())}
