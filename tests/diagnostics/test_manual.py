"""Each rule has a page with a program that it rejects and one that it accepts; both are run."""

import json
import runpy
import subprocess
import sys
import warnings

import pytest

from shapecheck.config import Settings
from shapecheck.diagnostics import RULES
from shapecheck.diagnostics.manual import pages
from shapecheck.errors import ShapeWarning, SpecError
from shapecheck.runtime import crash
from shapecheck.static import checking

OF_FILES = {"syntax-error", "unreadable-file", "unused-suppression", "invalid-suppression"}
STATIC_ONLY = {"stale-shape-comment", "requires-equal", "dims-equal-by-accident"}
INSTRUMENTED = {
    "broadcast-outer",
    "transpose-no-op",
    "batch-squeezed",
    "size-one-reduction",
    "axes-scrambled",
}
GRADIENTS = {"grad-shape", "grad-axes", "grad-autoreduced", "grad-missing", "grad-count"}
BARE = sorted(set(RULES) - OF_FILES - STATIC_ONLY - {*INSTRUMENTED, *GRADIENTS})

# What is yet to be found; an entry that is found by now makes its test fail, and goes.
NOT_YET_BY_CHECK = {
    "unreadable-file",  # no program: see the last test
    *("unresolved-annotation", "no-effect", "load-state", "shape-error"),
    "dtype",
    *("batch-squeezed", "dims-equal-by-accident"),
}


def test_every_rule_has_a_page_and_every_page_a_rule():
    assert set(pages()) == set(RULES)


def test_codes_are_unique_and_named_by_family():
    codes = [rule.code for rule in RULES.values()]
    assert len(set(codes)) == len(codes)
    assert codes == sorted(codes)
    assert {rule.severity for rule in RULES.values()} == {"error", "warning"}


def found_by_running(code, folder):
    """The rules that a program breaks when it is run."""
    file = folder / "program.py"
    file.write_text(code)
    found = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            runpy.run_path(str(file), run_name="__main__")
        except SpecError:
            found.append("spec-syntax")
        except Exception as error:
            diagnostic = getattr(error, "diagnostic", None) or crash.explain(error)
            found.append(diagnostic.rule if diagnostic is not None else repr(error))
    shape_warnings = [one.message for one in caught if isinstance(one.message, ShapeWarning)]
    return [one.diagnostic.rule for one in shape_warnings] + found


def rules(names, missing):
    """Parameters; of the rules that are yet to come, it is noticed when they have come."""
    return [
        pytest.param(name, marks=pytest.mark.xfail(strict=True)) if name in missing else name
        for name in names
    ]


@pytest.mark.parametrize("rule", BARE)
def test_programs_as_they_crash_and_warn(rule, tmp_path):
    page = pages()[rule]
    assert found_by_running(page.rejected, tmp_path) == [rule]
    assert found_by_running(page.accepted, tmp_path) == []


def found_by_run(code, folder):
    """The rules that `shapecheck run --broadcasts` finds broken."""
    file, report = folder / "program.py", folder / "report.json"
    file.write_text(code)
    command = [
        sys.executable,
        "-m",
        "shapecheck",
        "run",
        "--broadcasts",
        "--report",
        str(report),
        str(file),
    ]
    subprocess.run(command, capture_output=True, check=False)
    return [one["rule"] for one in json.loads(report.read_text())["diagnostics"]]


@pytest.mark.parametrize("rule", INSTRUMENTED)  # GRADIENTS are to come
def test_programs_in_an_instrumented_run(rule, tmp_path):
    page = pages()[rule]
    assert found_by_run(page.rejected, tmp_path) == [rule]
    assert found_by_run(page.accepted, tmp_path) == []


def found_by_check(code):
    report = checking.check_text("program.py", code.encode(), Settings())
    assert not report.failures
    return [one.rule for one in report.diagnostics]


@pytest.mark.parametrize("rule", rules(RULES, NOT_YET_BY_CHECK))
def test_programs_that_are_only_read(rule, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = pages()[rule]
    assert found_by_check(page.rejected) == [rule]
    assert found_by_check(page.accepted) == []


def test_a_file_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    word = pages()["unreadable-file"].rejected.split()[-1]
    assert [one.rule for one in checking.check([word], Settings(), cache=False).diagnostics] == [
        "unreadable-file"
    ]
