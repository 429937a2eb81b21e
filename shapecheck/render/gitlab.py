"""Findings as a code quality report of GitLab.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapecheck.diagnostics import shown_path

if TYPE_CHECKING:
    from shapecheck.diagnostics import Diagnostic
    from shapecheck.diagnostics.report import Report

SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def render(report: Report) -> str:
    """All findings, as a list of issues."""
    seen: Counter[tuple[str, str, str]] = Counter()
    issues = [_issue(one, seen) for one in report.diagnostics]
    return json.dumps(issues, indent=2) + "\n"


def _issue(diagnostic: Diagnostic, seen: Counter[tuple[str, str, str]]) -> dict[str, Any]:
    span = diagnostic.span
    path = _path(span.path) if span else ""
    key = (path, diagnostic.rule, diagnostic.message)
    seen[key] += 1
    line, column = (span.line, span.column) if span else (1, 1)
    end_line, end_column = (span.end_line, span.end_column) if span else (1, 1)
    return {
        "description": f"{diagnostic.rule}: {diagnostic.message}",
        "check_name": diagnostic.rule,
        # Where it stands is no part of it: the finding stays the same when lines move.
        "fingerprint": hashlib.sha256(repr((*key, seen[key])).encode()).hexdigest(),
        "severity": SEVERITIES[diagnostic.severity],
        "location": {
            "path": path,
            "positions": {
                "begin": {"line": line, "column": column},
                "end": {"line": end_line or line, "column": end_column or column},
            },
        },
    }


def _path(path: str) -> str:
    """The path in the repository, which is where a job of GitLab has it."""
    top = os.environ.get("CI_PROJECT_DIR")
    if top:
        relative = os.path.relpath(path, top)
        if not relative.startswith(os.pardir):
            return Path(relative).as_posix()
    return shown_path(path)
