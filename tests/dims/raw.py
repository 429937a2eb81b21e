"""Raw expression trees, evaluated in two ways: with plain integers, and with sizes.

A tree is a name, an integer, or a tuple of an operator and its operands. `calculate` has no
knowledge of the algebra under test: it applies Python's own operators to what it is given.
"""

import operator

from hypothesis import strategies as st

from shapecheck.dims import Symbol, maximum, minimum, symbol

NAMES = ("a", "b", "n")
SIZES = {name: symbol(name) for name in NAMES}
UNDEFINED = (ZeroDivisionError, ValueError)

_OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
    "neg": operator.neg,
}


def power(base, exponent):
    if isinstance(exponent, int) and exponent < 0:
        raise ValueError("Python would leave the integers")
    return base**exponent


def calculate(tree, names, least=minimum, greatest=maximum):
    if isinstance(tree, str):
        return names[tree]
    if isinstance(tree, int):
        return tree
    operands = [calculate(part, names, least, greatest) for part in tree[1:]]
    functions = {**_OPERATORS, "min": least, "max": greatest, "**": power}
    return functions[tree[0]](*operands)


def calculate_plainly(tree, numbers):
    """None where Python's own evaluation is not defined."""
    try:
        return calculate(tree, numbers, min, max)
    except UNDEFINED:
        return None


def build(tree):
    """The size of a tree; None where a literal zero divides, or a literal exponent is negative."""
    try:
        return calculate(tree, SIZES)
    except UNDEFINED:
        return None


def bound(numbers):
    return {Symbol(name): value for name, value in numbers.items()}


leaves = st.sampled_from(NAMES) | st.integers(-4, 7)
_small_exponents = (
    st.integers(0, 3)
    | st.sampled_from(NAMES)
    | st.tuples(st.sampled_from("+-"), st.sampled_from(NAMES), st.sampled_from((*NAMES, 1, 2)))
)


def _extend(inner):
    return (
        st.tuples(st.sampled_from(["+", "-", "*", "//", "%", "//", "min", "max"]), inner, inner)
        | st.tuples(st.just("neg"), inner)
        | st.tuples(st.just("**"), leaves, _small_exponents)
    )


trees = st.recursive(leaves, _extend, max_leaves=8)
polynomials = st.recursive(
    leaves,
    lambda inner: (
        st.tuples(st.sampled_from("+-*"), inner, inner) | st.tuples(st.just("neg"), inner)
    ),
    max_leaves=6,
)
points = st.fixed_dictionaries({name: st.integers(0, 3) | st.integers(0, 30) for name in NAMES})
