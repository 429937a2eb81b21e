"""Findings as a JUnit report: a suite for each file, a failed case for each finding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from shapecheck.diagnostics import shown_path
from shapecheck.render import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapecheck.diagnostics import Diagnostic
    from shapecheck.diagnostics.report import Report

# What XML 1.0 cannot hold, not even escaped.
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> str:
    """All findings, and a passed case for each file without one."""
    by_file: dict[str, list[Diagnostic]] = {shown_path(path): [] for path in report.checked}
    for one in report.diagnostics:
        by_file.setdefault(shown_path(one.span.path) if one.span else "", []).append(one)
    failures = len(report.diagnostics)
    tests = sum(max(1, len(found)) for found in by_file.values())
    root = ET.Element(
        "testsuites",
        name="shapecheck",
        tests=str(tests),
        failures=str(failures),
        errors="0",
        time=f"{report.seconds:.3f}",
    )
    for path, found in sorted(by_file.items()):
        _suite(root, path, found)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(root: ET.Element, path: str, found: Sequence[Diagnostic]) -> None:
    name = _clean(path)
    suite = ET.SubElement(
        root,
        "testsuite",
        name=name,
        tests=str(max(1, len(found))),
        failures=str(len(found)),
        errors="0",
        skipped="0",
    )
    if not found:
        ET.SubElement(suite, "testcase", name="shapecheck", classname=name)
    for one in found:
        line = one.span.line if one.span else 0
        case = ET.SubElement(
            suite, "testcase", name=one.rule, classname=name, file=name, line=str(line)
        )
        failure = ET.SubElement(case, "failure", message=_clean(one.message), type=one.severity)
        failure.text = _clean(text.render(one))


def _clean(words: str) -> str:
    return FORBIDDEN.sub("?", words)
