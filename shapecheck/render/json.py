"""Findings as JSON: one object, or one finding a line. The reports of `check` and `run` alike."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapecheck.diagnostics.report import Report

VERSION = 1


def render(report: Report) -> str:
    """One object with all findings and the figures."""
    whole = {
        "version": VERSION,
        "diagnostics": [one.as_json() for one in report.diagnostics],
        "summary": report.summary(),
    }
    return json.dumps(whole, indent=2) + "\n"


def render_lines(report: Report) -> str:
    """One finding a line."""
    return "".join(f"{json.dumps(one.as_json())}\n" for one in report.diagnostics)
