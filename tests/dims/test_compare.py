import itertools
import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from raw import NAMES, build, calculate_plainly, trees

from shapecheck.dims import Assumptions, equal, maximum, minimum, symbol, text

a, b, n, m, h, w, k, p = map(symbol, "abnmhwkp")
GRID = [dict(zip(NAMES, values, strict=True)) for values in itertools.product(range(6), repeat=3)]
RELATIONS = {
    "equal": lambda x, y: x == y,
    "at_least": lambda x, y: x >= y,
    "less": lambda x, y: x < y,
    "divides": lambda x, y: y % x == 0,
}


def verdicts_hold(relation, answer, left, right, admissible):
    """Whether an answer agrees with all admissible values for which both sides are defined."""
    for numbers in admissible:
        x, y = calculate_plainly(left, numbers), calculate_plainly(right, numbers)
        defined = x is not None and y is not None and (x or relation != "divides")
        if defined and RELATIONS[relation](x, y) is not answer:
            return False
    return True


# --- soundness, by brute force ---


@settings(deadline=None, max_examples=400)
@given(trees, trees, st.sampled_from(sorted(RELATIONS)))
def test_an_answer_without_assumptions_is_right(left, right, relation):
    x, y = build(left), build(right)
    assume(x is not None and y is not None)
    answer = getattr(Assumptions(), relation)(x, y)
    assert answer is None or verdicts_hold(relation, answer, left, right, GRID)


SMALL = [
    *NAMES,
    *range(4),
    *[("+", x, y) for x, y in itertools.combinations(NAMES, 2)],
    *[("*", x, y) for x, y in itertools.combinations(NAMES, 2)],
    *[(sign, x, y) for sign in ("+", "-", "*", "//", "%") for x in NAMES for y in (2, 3)],
    *[(sign, x, y) for sign in ("-", "//", "%", "min", "max") for x, y in ("ab", "bn", "na")],
]
small_trees = st.sampled_from(SMALL)
assumed = st.lists(
    st.tuples(st.sampled_from(["equal", "equal", "at_least"]), small_trees, small_trees),
    min_size=1,
    max_size=3,
)


def admissible_under(facts):
    def holds(numbers, relation, left, right):
        x, y = calculate_plainly(left, numbers), calculate_plainly(right, numbers)
        return x is not None and y is not None and RELATIONS[relation](x, y)

    return [numbers for numbers in GRID if all(holds(numbers, *fact) for fact in facts)]


def assumptions_from(facts):
    known = Assumptions()
    for relation, left, right in facts:
        getattr(known, f"assume_{relation}")(build(left), build(right))
    return known


@settings(deadline=None, max_examples=250)
@given(assumed, small_trees, small_trees)
def test_an_answer_under_assumptions_is_right(facts, left, right):
    admissible = admissible_under(facts)
    assume(admissible)
    known = assumptions_from(facts)
    assert not known.contradictory
    x, y = build(left), build(right)
    for relation in RELATIONS:
        answer = getattr(known, relation)(x, y)
        assert answer is None or verdicts_hold(relation, answer, left, right, admissible), relation
    for numbers in admissible:
        before = calculate_plainly(left, numbers)
        assert before is None or eval(text(known.simplify(x)), {}, dict(numbers)) == before


@settings(deadline=None, max_examples=300)
@given(assumed)
def test_a_contradiction_is_one(facts):
    if assumptions_from(facts).contradictory:
        assert not admissible_under(facts)


def test_answers_of_all_three_kinds_occur():
    draw, seen = random.Random(0), set()
    for _ in range(200):
        facts = [("equal", draw.choice(SMALL), draw.choice(SMALL))]
        known, left, right = assumptions_from(facts), draw.choice(SMALL), draw.choice(SMALL)
        if not known.contradictory:
            for relation in RELATIONS:
                seen.add((relation, getattr(known, relation)(build(left), build(right))))
    assert len(seen) == 3 * len(RELATIONS)


# --- completeness, by example ---

EQUAL = [
    (n, n, True),
    (n, n + 1, False),
    (n, m, None),
    (n, 0, None),
    (n + 1, 0, False),
    (2 * n + 1, 2 * m, False),
    (6 * n + 4 * m, 3, False),
    (n * n + 1, 0, False),
    ((n + 1) // 2 + n // 2, n, True),
    (n * (n + 1) // 2 * 2, n * n + n, True),
    (2 * (n // 2), n, None),
    (2 * (n // 2) + 1, 2 * m, False),
    (n % 2, 2, False),
    (n % m, m, False),
    (minimum(n, m) + maximum(n, m), n + m, True),
    (minimum(n, 3), 4, False),
    (maximum(n, 3), 2, False),
    (2**n, 0, False),
    (h * w, w * h, True),
]


@pytest.mark.parametrize(("left", "right", "answer"), EQUAL, ids=str)
def test_equal(left, right, answer):
    assert equal(left, right) is answer
    assert equal(right, left) is answer


ORDER = [
    (n, 0, True),
    (n, 1, None),
    (n + 1, 1, True),
    (n, n // 2, True),
    (n // 2, n + 1, False),
    (m - 1, n % m, True),
    (maximum(n, m), n, True),
    (n, minimum(n, m), True),
    (minimum(n, m), n + 1, False),
    (n * m, 0, True),
    (n, m, None),
    (5, 4, True),
]


@pytest.mark.parametrize(("left", "right", "answer"), ORDER, ids=str)
def test_at_least_and_less(left, right, answer):
    assert Assumptions().at_least(left, right) is answer
    assert Assumptions().less(left, right) is (None if answer is None else not answer)


DIVIDES = [
    (2, 4 * n, True),
    (2, 2 * n + 1, False),
    (2, n, None),
    (n, n * m, True),
    (n + 1, n * n - 1, True),
    (0, 0, True),
    (0, n + 1, False),
    (4, 6, False),
]


@pytest.mark.parametrize(("divisor", "size", "answer"), DIVIDES, ids=str)
def test_divides(divisor, size, answer):
    assert Assumptions().divides(divisor, size) is answer


def test_an_equality_is_solved():
    known = Assumptions()
    known.assume_equal(n, m + 1)
    assert known.simplify(2 * n) == 2 * m + 2
    assert known.equal(n, m) is False
    assert known.less(m, n) is True
    assert known.at_least(n, 1) is True
    known.assume_equal(m, 4)
    assert known.simplify(n * k) == 5 * k
    assert not known.contradictory
    known.assume_equal(n, 4)
    assert known.contradictory


def test_an_eliminated_name_stays_nonnegative():
    known = Assumptions()
    known.assume_equal(n, m - 3)
    assert known.at_least(m, 3) is True
    known.assume_equal(m, 2)
    assert known.contradictory


def test_bounds_meet():
    known = Assumptions()
    known.assume_at_least(n, 3)
    assert known.equal(n, 2) is False
    known.assume_at_least(3, n)
    assert known.simplify(n + m) == m + 3
    known.assume_at_least(n, 4)
    assert known.contradictory


def test_facts_about_several_names_are_used():
    known = Assumptions()
    known.assume_at_least(n, m)
    known.assume_at_least(m, k + 1)
    assert known.at_least(n, m) is True
    assert known.less(k, n) is True
    assert known.at_least(n, w) is None


def test_an_equality_that_cannot_be_solved_is_kept():
    known = Assumptions()
    known.assume_equal(h * w, n * m)
    assert known.equal(2 * h * w * k, 2 * n * m * k) is True
    assert known.equal(h, n) is None
    assert known.equal(h * w + 1, n * m) is None or known.equal(h * w + 1, n * m) is False


def test_divisibility_is_kept():
    known = Assumptions()
    known.assume_equal(h % p, 0)
    assert known.divides(p, h) is True
    assert known.divides(p, h * w) is True
    assert known.equal(h // p * p, h) is True
    assert known.divides(p, w) is None


def test_a_copy_does_not_change_the_original():
    known = Assumptions()
    known.assume_equal(n, 3)
    copy = known.copy()
    copy.assume_equal(m, 4)
    copy.assume_equal(n, 4)
    assert copy.contradictory
    assert not known.contradictory
    assert known.equal(m, 4) is None
    assert known.equal(n, 3) is True


def test_an_undefined_comparison_is_not_decided():
    known = Assumptions()
    known.assume_equal(n, 0)
    assert known.equal(5 // n, 1) is None
    assert known.at_least(5 // n, 1) is None
    assert known.simplify(5 // n) == 5 // n


def test_large_numbers():
    huge = 10**400
    assert Assumptions().at_least(huge * n + huge, huge) is True
    assert equal((n + huge) // huge, 0) is False
    assert Assumptions().less(n, huge) is None


def test_what_is_a_multiple_is_divided_without_rest():
    known = Assumptions()
    assert known.equal(h // 28 * 2, h // 14) is None
    known.assume_equal(h % 28, 0)
    known.assume_equal(w % 28, 0)
    assert known.equal(h // 28 * 2, h // 14)
    assert known.equal(h // 28 * (w // 28) * 4, h // 14 * (w // 14))
    assert known.equal(h // 14, h // 28 * 2 + 1) is False
