"""Each case is a small program with one shape mistake, and what has to be said about it.

The first lines of a case say what is expected, as comments:

    # expect: matmul-inner          the rule of the finding; `nothing` if nothing may be found
    # says: x (32, 784) @ W         a part of the report; several lines for several parts
    # fix: x @ W.T                  the title of a fix; it has to be marked as checked
    # run: --broadcasts             how it is looked at: `crash` (the default), `--broadcasts`
                                    or `explain X=3,2 W=2,2` of the file's last expression

The line of the finding is the one that ends in ``# here``.
"""

import re
import runpy
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import torch  # noqa: F401 - the calls of modules can be noted once it is loaded

from shapecheck.render.lesson import text
from shapecheck.render.text import render
from shapecheck.runtime import chain, crash
from shapecheck.runtime.explaining import explain_words

CASES = sorted(Path(__file__).parent.glob("[a-z]*/*.py"))
FIELD = re.compile(r"^# (expect|says|fix|run): *(.*)$")


def fields(source):
    found = {"expect": [], "says": [], "fix": [], "run": []}
    for line in source.splitlines():
        match = FIELD.match(line)
        if match is None:
            break
        found[match[1]].append(match[2].strip())
    return found


def squeezed(report):
    """A report on one line, so that it does not matter where lines are broken."""
    return " ".join(report.split())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_case(case):
    source = case.read_text()
    wanted = fields(source)
    run = wanted["run"][0] if wanted["run"] else "crash"
    if run.startswith("explain"):
        report, found = explained(source, run.split()[1:])
    else:
        report, found = executed(case, source, run)
    [rule] = wanted["expect"]
    assert rule == found, report
    for part in wanted["says"]:
        assert squeezed(part) in squeezed(report), report
    for fix in wanted["fix"]:
        assert re.search(
            rf"^  (?:fix|or )   {re.escape(fix)}\s.*checked$", report, re.MULTILINE
        ) or (re.search(rf"^  (?:fix|or )   {re.escape(fix)}\n.*checked$", report, re.MULTILINE)), (
            report
        )


def explained(source, words):
    expression = [
        line for line in source.splitlines() if line.strip() and not line.startswith("#")
    ][-1]
    lesson = explain_words(expression, words).lesson
    return text(lesson), lesson.diagnostic.rule if lesson.diagnostic else "nothing"


def executed(case, source, run):
    """Run a case; the first finding has to be on the marked line."""
    report = crashed(case) if run == "crash" else printed(case, run.split())
    heads = re.findall(
        r"^Shape(?:Error|Warning): .*?\[([a-z-]+)\]$", report, re.MULTILINE | re.DOTALL
    )
    lines = [n for n, line in enumerate(source.splitlines(), 1) if line.rstrip().endswith("# here")]
    if heads and lines:
        assert f"{case.name}:{lines[0]}" in report, report
    return report, heads[0] if heads else "nothing"


def crashed(case):
    """The report on the exception that a case ends with, made in this process."""
    with warnings.catch_warnings(), chain.watch():
        warnings.simplefilter("ignore")
        try:
            runpy.run_path(str(case), run_name="__main__")
        except Exception as error:
            found = crash.explain(error)
            return render(found) if found is not None else ""
    return ""


def printed(case, options):
    """What `shapecheck run` says of a case."""
    command = [sys.executable, "-m", "shapecheck", "run", *options, str(case)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr
