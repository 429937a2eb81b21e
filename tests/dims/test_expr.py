import operator
import pickle
import subprocess
import sys

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from raw import NAMES, SIZES, bound, build, calculate_plainly, points, polynomials, trees

from shapecheck.dims import (
    Expr,
    Symbol,
    evaluate,
    index_symbols,
    is_size,
    maximum,
    minimum,
    product,
    substitute,
    symbol,
    symbols,
)

a, b, n = (SIZES[name] for name in NAMES)
m, h, w, k, layer = map(symbol, ["m", "h", "w", "k", "l"])


# --- the value is Python's, wherever Python has one ---


@settings(deadline=None, max_examples=1000)
@given(trees, st.lists(points, min_size=4, max_size=4))
def test_the_value_is_that_of_python(tree, several):
    size = build(tree)
    assume(size is not None)
    for numbers in several:
        expected = calculate_plainly(tree, numbers)
        if expected is not None:
            assert evaluate(size, bound(numbers)) == expected
            assert substitute(size, bound(numbers)) == expected


def test_most_random_trees_are_defined_somewhere_and_not_constant():
    # The test above would pass on nothing but constants and divisions by zero.
    seen = {"defined": 0, "symbolic": 0}

    @settings(deadline=None, max_examples=200, database=None)
    @given(trees, points)
    def count(tree, numbers):
        seen["defined"] += calculate_plainly(tree, numbers) is not None
        seen["symbolic"] += isinstance(build(tree), Expr)

    count()
    assert seen["defined"] > 100
    assert seen["symbolic"] > 50


@settings(deadline=None, max_examples=200)
@given(trees, trees, points)
def test_substitution_is_evaluation_at_the_value(tree, inner, numbers):
    size, replacement = build(tree), build(inner)
    assume(size is not None and replacement is not None)
    value = calculate_plainly(inner, numbers)
    assume(value is not None and 0 <= value <= 30)
    expected = calculate_plainly(tree, {**numbers, "a": value})
    assume(expected is not None)
    result = substitute(size, {Symbol("a"): replacement})
    assert evaluate(result, bound(numbers)) == expected


# --- the normal form ---


@settings(deadline=None, max_examples=200)
@given(trees, trees, trees)
def test_the_laws_of_a_ring_hold_structurally(x, y, z):
    x, y, z = build(x), build(y), build(z)
    assume(x is not None and y is not None and z is not None)
    laws = [
        (x + y, y + x),
        ((x + y) + z, x + (y + z)),
        (x * y, y * x),
        ((x * y) * z, x * (y * z)),
        (x * (y + z), x * y + x * z),
        (x - y, x + -y),
        (x + 0, x),
        (x * 1, x),
    ]
    for left, right in laws:
        assert left == right
        assert hash(left) == hash(right)
    for zero in (x - x, x * 0):
        assert type(zero) is int
        assert zero == 0


@settings(deadline=None, max_examples=200)
@given(polynomials, polynomials, polynomials)
def test_the_laws_of_minimum_and_maximum_hold_structurally(x, y, z):
    # Between polynomials; of nested minima and maxima only the values are sure to be equal.
    x, y, z = build(x), build(y), build(z)
    for extremum in (minimum, maximum):
        assert extremum(x, y) == extremum(y, x)
        assert extremum(extremum(x, y), z) == extremum(x, extremum(y, z)) == extremum(x, y, z)


@settings(deadline=None, max_examples=200)
@given(trees)
def test_a_constant_decides_a_minimum_and_a_maximum(tree):
    x = build(tree)
    assume(x is not None)
    assert minimum(x, x) == minimum(x) == maximum(x, x) == x
    assert minimum(x + 3, x) == x
    assert maximum(x, x + 3) == x + 3


@settings(deadline=None, max_examples=300)
@given(polynomials, polynomials, polynomials)
def test_division_undoes_multiplication(x, y, z):
    x, y, z = build(x), build(y), build(z)
    assume(y != 0)
    assert (x * y) // y == x
    assert (x * y) % y == 0
    if isinstance(z, Expr) and len(z.terms) == 1 and (n not in (x, y)):
        assert (x * z) // z == x


@settings(deadline=None, max_examples=200)
@given(polynomials, st.integers(-4, 9).filter(bool), st.integers(-20, 20))
def test_multiples_and_constants_leave_a_division(x, divisor, constant):
    x = build(x)
    assert (divisor * x + constant) // divisor == x + constant // divisor
    assert (divisor * x + constant) % divisor == constant % divisor


@settings(deadline=None, max_examples=200)
@given(trees)
def test_terms_are_sorted_nonzero_and_not_constant(tree):
    size = build(tree)
    assume(isinstance(size, Expr))
    assert all(coefficient for _, coefficient in size.terms)
    assert any(monomial for monomial, _ in size.terms)
    for monomial, _ in size.terms:
        assert all(exponent >= 1 for _, exponent in monomial)
        keys = [atom.key for atom, _ in monomial]
        assert keys == sorted(set(keys))


@settings(deadline=None, max_examples=100)
@given(trees)
def test_pickling_preserves_equality(tree):
    size = build(tree)
    assume(size is not None)
    copy = pickle.loads(pickle.dumps(size))
    assert copy == size
    assert hash(copy) == hash(size)


def test_a_pickle_works_under_another_hash_seed():
    program = """
import pickle, sys
from shapecheck.dims import symbol
size = pickle.loads(bytes.fromhex(sys.argv[1]))
assert size == (symbol("n") + 3) // 2 and hash(size) == hash((symbol("n") + 3) // 2)
"""
    data = pickle.dumps((n + 3) // 2).hex()
    for seed in "01":
        subprocess.run(
            [sys.executable, "-c", program, data],
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        )


# --- examples ---

EQUAL = {
    "multiples": ((2 * n + 3) // 2, n + 1),
    "coefficients": ((3 * n) // 2, n + n // 2),
    "nested": ((n // 2) // 3, n // 6),
    "nested sum": ((n // 2 + 1) // 3, (n + 2) // 6),
    "nested symbolic": ((n // a) // 2, n // (2 * a)),
    "two strided convolutions": (((h - 3) // 2 + 1 - 3) // 2 + 1, (h + 1) // 4 - 1),
    "rounding up": (-(-n // 3), (n + 2) // 3),
    "common number": ((2 * n + 1) // 4, n // 2),
    "common name": ((n * a) // (n * b), a // b),
    "monomial": ((n * m + m) // m, n + 1),
    "polynomial": ((n * n - 1) // (n + 1), n - 1),
    "negative divisor": (n // -2, -n // 2),
    "numerator zero": (0 // n, 0),
    "by one": (n // 1, n),
    "by itself": (n // n, 1),
    "even": ((2 * n) % 2, 0),
    "odd": ((2 * n + 1) % 2, 1),
    "mod": (n % 2, n - 2 * (n // 2)),
    "mod by itself": (n % n, 0),
    "product order": (h * w, w * h),
    "square": ((n + 1) ** 2, n * n + 2 * n + 1),
    "power of sum": (2 ** (n + 1), 2 * 2**n),
    "power of product": ((2 * a) ** n, 2**n * a**n),
    "power of power": ((a**n) ** m, a ** (m * n)),
    "zeroth power": (n**0, 1),
    "power of one": (1**n, 1),
    "maximum of names": (maximum(n, 0), n),
    "constants merge": (maximum(3, n, 5), maximum(n, 5)),
    "flattened": (minimum(minimum(n, 2), m, 3), minimum(m, 2, n)),
    "larger by a name": (minimum(n, n + m), n),
    "all constant": (minimum(3, 2), 2),
}


@pytest.mark.parametrize(("left", "right"), EQUAL.values(), ids=EQUAL)
def test_equal(left, right):
    assert left == right
    assert hash(left) == hash(right)
    assert type(left) is type(right)


DIFFERENT = {
    "rounding": (2 * (n // 2), n),
    "names": (n, m),
    "tags": (symbol("n", tag=1), symbol("n", tag=2)),
    "tags that print alike": (symbol("n", tag=1) + 1, symbol("n", tag="1") + 1),
    "index": (symbol("n", 1), symbol("n", 2)),
    "power of a difference": (2 ** (n - 1) * 2, 2 ** (n + 1)),
    "min and max": (minimum(n, m), maximum(n, m)),
    "division of a negative": (-(n // 2), -n // 2),
    "nested with a divisor that may be negative": ((n // 2) // (a - b), n // (2 * (a - b))),
}


@pytest.mark.parametrize(("left", "right"), DIFFERENT.values(), ids=DIFFERENT)
def test_different(left, right):
    assert left != right


def test_a_constant_is_an_int():
    for size in (n - n + 3, (n + 1) - n, n // n * 3, (2 * n) % 2):
        assert type(size) is int
    assert n != 1


@pytest.mark.parametrize("divide", [operator.floordiv, operator.mod])
@pytest.mark.parametrize("size", [n, n + 1, 2 * n, (n + 1) // 2])
def test_division_by_literal_zero(size, divide):
    with pytest.raises(ZeroDivisionError):
        divide(size, 0)
    with pytest.raises(ZeroDivisionError):
        divide(5, substitute(n, {Symbol("n"): 0}))


def test_substitution_finds_divisions_by_zero():
    with pytest.raises(ZeroDivisionError):
        substitute(5 // n, {Symbol("n"): 0})
    with pytest.raises(ZeroDivisionError):
        evaluate(5 // n, {Symbol("n"): 0})


def test_negative_exponents():
    for bad in (lambda: n**-1, lambda: (n + 1) ** -1, lambda: substitute(2**n, {Symbol("n"): -1})):
        with pytest.raises(ValueError, match="negative exponent"):
            bad()
    with pytest.raises(ValueError, match="negative exponent"):
        evaluate(2 ** (n - 1), {Symbol("n"): 0})


@pytest.mark.parametrize("bad", [True, 1.0, "n", None])
@pytest.mark.parametrize("function", [operator.add, operator.mul, operator.floordiv, operator.pow])
def test_only_sizes_combine(function, bad):
    assert not is_size(bad)
    with pytest.raises(TypeError):
        function(n, bad)
    with pytest.raises(TypeError):
        function(bad, n)


def test_there_is_no_true_division():
    with pytest.raises(TypeError):
        n / 2
    with pytest.raises(TypeError):
        2 / n


def test_extremum_of_nothing():
    with pytest.raises(ValueError, match="no sizes"):
        minimum()


def test_product():
    assert product([]) == 1
    assert product([h, 2, w]) == 2 * h * w


# --- names ---


def test_unbound_name():
    with pytest.raises(KeyError) as error:
        evaluate(n + m, {Symbol("n"): 1})
    assert error.value.args == (Symbol("m"),)


def test_symbols_inside_atoms():
    size = minimum(n, 4) // (m + 1) + 2**k
    assert symbols(size) == {Symbol("n"), Symbol("m"), Symbol("k")}
    assert symbols(3) == frozenset()


def test_indexed_names():
    here, following = symbol("n", layer), symbol("n", layer + 1)
    assert symbols(following) == {Symbol("n", layer + 1)}
    assert index_symbols(following + m) == {Symbol("l")}
    assert index_symbols(n) == frozenset()
    assert substitute(here, {Symbol("l"): layer + 1}) == following
    assert substitute(following * here, {Symbol("l"): 0}) == symbol("n", 1) * symbol("n", 0)
    assert substitute(following, {Symbol("l"): 0, Symbol("n", 1): 784}) == 784
    assert evaluate(following, {Symbol("l"): 0, Symbol("n", 1): 784}) == 784
    assert substitute(symbol("n", symbol("k", layer)), {Symbol("l"): 2}) == symbol(
        "n", symbol("k", 2)
    )


def test_substitution_is_simultaneous():
    swap = {Symbol("n"): m, Symbol("m"): n}
    assert substitute(n - 2 * m, swap) == m - 2 * n
