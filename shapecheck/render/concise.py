"""One line a finding: ``model.py:16:9: matmul-inner: …``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecheck.render.text import concise

if TYPE_CHECKING:
    from shapecheck.diagnostics.report import Report


def render(report: Report) -> str:
    """All findings, each on one line."""
    return "".join(f"{' '.join(concise(one).split())}\n" for one in report.diagnostics)
