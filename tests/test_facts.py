"""Facts and the recorder: three answers, of which none is dropped."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecheck.dims import Axis, symbol
from shapecheck.facts import Need, Refuted, all_hold

n, m = symbol("n"), symbol("m")


def test_three_answers_are_all_recorded():
    need = Need(stop=False)
    assert need.equal(n, n) is True
    assert need.equal(n, m) is None
    assert need.equal(n + 1, n) is False
    assert need.at_least(n, 0) is True
    assert need.divides(2, 2 * n) is True
    assert need.divides(2, 2 * n + 1) is False
    assert need.in_range(0, 0, n + 1) is True
    assert need.in_range(n, 0, n) is False
    assert need.in_range(m, 0, n) is None
    assert [fact.holds for fact in need.facts] == [
        *(True, None, False, True, True, False, True, False, None)
    ]


def test_a_rule_stops_at_the_first_refusal_a_contract_goes_on():
    need = Need()
    with pytest.raises(Refuted) as caught:
        need.equal(3, 4, why="the inner sizes")
    assert caught.value.fact.why == "the inner sizes"
    assert need.facts == [caught.value.fact]
    need.equal(n, m)  # undecided does not stop


@given(st.lists(st.sampled_from([True, False, None])))
def test_and_of_three_answers(answers):
    """It is False for some way to decide the Nones only if one is False already, and so on."""
    found = all_hold(*answers)
    for decided in (True, False):
        value = all(decided if one is None else one for one in answers)
        assert found in (value, None)
    assert (found is None) == (False not in answers and None in answers)


sizes = st.lists(st.integers(0, 3), max_size=4)


@given(sizes, sizes)
def test_broadcast_agrees_with_numpy(left, right):
    need = Need()
    try:
        expected = np.broadcast_shapes(tuple(left), tuple(right))
    except ValueError:
        with pytest.raises(Refuted):
            need.broadcast([Axis(one) for one in left], [Axis(one) for one in right])
    else:
        axes = need.broadcast([Axis(one) for one in left], [Axis(one) for one in right])
        assert tuple(axis.size for axis in axes) == expected


def test_broadcast_of_symbols():
    need = Need(stop=False)
    (axis,) = need.broadcast([Axis(n, "n")], [Axis(n, "n")])
    assert axis.size == n
    (axis,) = need.broadcast([Axis(1)], [Axis(n)])
    assert axis.size == n
    need.broadcast([Axis(n)], [Axis(m)])
    assert need.facts[-1].holds is None
    need.broadcast([Axis(n)], [Axis(n + 2)])
    assert need.facts[-1].holds is None  # n may be 1
    need.broadcast([Axis(n + 2)], [Axis(n + 3)])
    assert need.facts[-1].holds is False
