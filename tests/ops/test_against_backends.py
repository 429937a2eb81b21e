"""Every op beside the real libraries, on random calls: same verdict, same result.

``SHAPECHECK_CALLS=20000 pytest tests/ops/test_against_backends.py`` compares more of them.
"""

import os

import pytest
from calls import drawer, drawers
from oracle import compare

from shapecheck.ops import OPS

CALLS = int(os.environ.get("SHAPECHECK_CALLS", "1000"))
MOST_UNDECIDED = 0.1  # of the calls with integers: there, little depends on the data


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_the_rule_says_what_the_library_does(op):
    tally = compare(op, drawer(op), CALLS)
    assert not tally.failures, "\n".join(tally.failures)
    assert tally.compared >= CALLS, f"{tally.compared} calls compared, {tally.other} of other kinds"
    assert all(count >= 5 for count in tally.names.values()), tally.names
    assert tally.accepted >= tally.compared / 10, tally
    if not op.total:
        assert tally.rejected >= tally.compared / 10, tally
    assert tally.undecided <= tally.compared * MOST_UNDECIDED, tally
    assert tally.proved, "nothing was proved with symbols"


def test_names_are_unique():
    names = [op.name for op in OPS]
    assert len(names) == len(set(names)), {one for one in names if names.count(one) > 1}


def test_drawers_belong_to_ops():
    assert not set(drawers()) - {op.name for op in OPS}
