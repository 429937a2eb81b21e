import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from raw import UNDEFINED, build, leaves

from shapecheck.dims import Expr, Solution, Symbol, evaluate, maximum, minimum, solve, symbol

n = symbol("n")
IMPOSSIBLE, UNDETERMINED = Solution(impossible=True), Solution()

EXAMPLES = [
    (n, 3, 3),
    (2 * n + 1, 9, 4),
    (n + 1, 0, IMPOSSIBLE),
    (2 * n, 9, IMPOSSIBLE),
    (5 - n, 2, 3),
    (5 - n, 7, IMPOSSIBLE),
    (n * n, 9, 3),
    (n * n, 8, IMPOSSIBLE),
    (n * n - n, 6, 3),
    (n * n - 5 * n, -6, UNDETERMINED),
    (n * n - 4 * n, -4, 2),
    (n**3 - 6 * n**2 + 11 * n, 6, UNDETERMINED),
    (n // 2, 3, UNDETERMINED),
    (n // 2, -1, IMPOSSIBLE),
    ((n + 1) // 2 * 2, 7, IMPOSSIBLE),
    ((3 * n) // 2, 4, 3),
    (maximum(n, 4), 3, IMPOSSIBLE),
    (maximum(n, 4), 7, 7),
    (maximum(n, 4), 4, UNDETERMINED),
    (minimum(n, 4), 3, 3),
    (minimum(n, 4), 4, UNDETERMINED),
    (minimum(n, 4), 5, IMPOSSIBLE),
    (n % 4, 5, IMPOSSIBLE),
    (n % 4, 3, UNDETERMINED),
    (n - n // 2, 3, UNDETERMINED),
    (n + n % 2, 5, IMPOSSIBLE),
    (2**n, 8, 3),
    (2**n, 9, IMPOSSIBLE),
    (n * 2**n, 24, 3),
    (n * 10**30 + n // 3, 10**60, IMPOSSIBLE),
    (n * 10**30, 10**60, 10**30),
    (7, 7, UNDETERMINED),
    (7, 8, IMPOSSIBLE),
]


@pytest.mark.parametrize(("size", "value", "expected"), EXAMPLES)
def test_solve(size, value, expected):
    solution = solve(size, value, Symbol("n"))
    assert solution == (Solution(expected) if isinstance(expected, int) else expected)
    assert solution.unique + solution.impossible + solution.undetermined == 1


def test_other_names_are_refused():
    with pytest.raises(ValueError, match="other names"):
        solve(n + symbol("m"), 3, Symbol("n"))


def _only_n(tree):
    return tree if isinstance(tree, int) else "n" if isinstance(tree, str) else _rebuilt(tree)


def _rebuilt(tree):
    return (tree[0], *map(_only_n, tree[1:]))


def _extend(inner):
    signs = ["+", "-", "*", "//", "%", "//", "min", "max"]
    return st.tuples(st.sampled_from(signs), inner, inner) | st.tuples(
        st.just("**"), st.integers(2, 3), st.just("n")
    )


one_name = st.recursive(leaves, _extend, max_leaves=6).map(_only_n)
polynomials = st.lists(st.integers(-9, 9), min_size=2, max_size=5)


def value_at(size, at):
    # Of the size, not of the tree: a simplified size has values where the tree divides by zero.
    try:
        return evaluate(size, {Symbol("n"): at})
    except UNDEFINED:
        return None


def solutions(size, value):
    return [at for at in range(201) if value_at(size, at) == value]


def agrees(solution, found):
    """Whether a solution is compatible with all those among 0..200."""
    if solution.impossible:
        return not found
    return (
        solution.undetermined or found == [solution.value] or (not found and solution.value > 200)
    )


@settings(deadline=None, max_examples=400)
@given(one_name, st.integers(0, 12), st.integers(-1, 1))
def test_solutions_agree_with_brute_force(tree, at, off):
    size = build(tree)
    assume(isinstance(size, Expr))
    value = value_at(size, at)
    assume(value is not None)
    assert agrees(solve(size, value + off, Symbol("n")), solutions(size, value + off))


@settings(deadline=None, max_examples=400)
@given(polynomials, st.integers(0, 12), st.integers(-1, 1))
def test_polynomials_are_solved_completely(coefficients, at, off):
    def polynomial(x):
        return sum(c * x**i for i, c in enumerate(coefficients))

    size, value = polynomial(n), polynomial(at) + off
    assume(isinstance(size, Expr))
    found = [at for at in range(201) if polynomial(at) == value]
    solution = solve(size, value, Symbol("n"))
    assert agrees(solution, found)
    assert solution.undetermined == (len(found) > 1)
