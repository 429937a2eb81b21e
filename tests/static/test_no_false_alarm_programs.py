"""Random programs, run for real: what the analyser calls an error has to raise there.

Conditions and counts that the analyser cannot know come from `world`; each program is run for all
that they may be. A finding is wrong if its line is run, but no run raises there, although some get to the end, and
although all branches are taken of which the analyser does not know whether they are.
"""

import ast
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_programs import Writer, run, worlds

from shapecheck.static import analysis
from shapecheck.static.doubts import Doubts
from shapecheck.static.project import Project


@st.composite
def programs(draw):
    return Writer(draw).program()


def errors_of(source):
    """What the analyser calls an error, and the lines of conditions that it does not know."""
    unknown = set()
    enter = Doubts.enter

    def entered(self, run, key, **others):
        unknown.add(key[0])
        enter(self, run, key, **others)

    kept = []
    tree_of = analysis.parse

    def parse(*args):
        kept.append(tree_of(*args))
        return kept[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Doubts, "enter", entered)
        patch.setattr(analysis, "parse", parse)
        result = analysis.analyse("program.py", source, Project(), shapes=False)
    lines = set()
    for node in (one for tree in kept for one in ast.walk(tree)):
        if id(node) in unknown and not isinstance(node, ast.comprehension):
            lines.add(node.lineno - isinstance(node, ast.ExceptHandler))
        if isinstance(node, ast.Try) and id(node.handlers[0]) in unknown:
            lines.add(node.lineno)
    return [one for one in result.diagnostics if one.severity == "error" and one.span], lines


def refuted(source):
    """The findings in a program that the runs disprove."""
    (waiting, unknown), every, ended, outcomes = errors_of(source), set(), False, {}
    for flags, counts in worlds(source) if waiting else ():
        met, raised = run(source, flags, counts, outcomes)
        every |= met
        ended = ended or not raised
        waiting = [one for one in waiting if one.span.line not in raised]
    if any(len(outcomes.get(line, ())) == 1 for line in unknown):
        return []
    return [one for one in waiting if one.span.line in every and ended]


def numbered(source):
    return "\n".join(f"{n:3} {line}" for n, line in enumerate(source.split("\n"), 1))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_errors_in_random_programs_raise(source):
    wrong = refuted(source)
    assert not wrong, f"{wrong[0].span.line}: {wrong[0].headline()}\n{numbered(source)}"


def test_many_of_the_errors_are_found():
    """The test above would pass if nothing were found."""
    rng = random.Random(7)
    raising = found = 0
    for _ in range(60):
        source = Writer(lambda strategy: rng.choice(strategy.elements)).program()
        always = [run(source, flags, counts)[1] for flags, counts in worlds(source)[:4]]
        if all(always):
            raising += 1
            found += bool(errors_of(source)[0])
    assert raising > 15
    assert found > 0.5 * raising
