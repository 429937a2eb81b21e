"""How large a size can be, when each of its symbols lies in an interval."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from shapecheck.dims.division import Quotient
from shapecheck.dims.expr import Atom, Size, Symbol, terms_of
from shapecheck.dims.extremum import Extremum
from shapecheck.dims.power import Power

if TYPE_CHECKING:
    from collections.abc import Mapping

Bound: TypeAlias = int | float  # a float only for the two infinities

_LARGEST_EXPONENT = 64


class Interval(NamedTuple):
    """All integers between two bounds, which belong to it."""

    low: Bound
    high: Bound

    @property
    def empty(self) -> bool:
        """Whether there is no integer in it."""
        return self.low > self.high


NATURAL = Interval(0, math.inf)
ANYTHING = Interval(-math.inf, math.inf)


def interval(size: Size, bounds: Mapping[Symbol, Interval]) -> Interval:
    """Enclose the values of a size; symbols without bounds are >= 0.

    Every value that the size has where it is defined lies in the result.
    """
    low: Bound = 0
    high: Bound = 0
    for monomial, coefficient in terms_of(size):
        value = Interval(coefficient, coefficient)
        for atom, exponent in monomial:
            value = _times(value, _power(_atom(atom, bounds), exponent))
        low = add_bounds(low, value.low)
        high = add_bounds(high, value.high)
    return Interval(low, high)


def add_bounds(left: Bound, right: Bound) -> Bound:
    """Add; an integer too large for a float does not disturb an infinity."""
    if _is_infinite(left):
        return left
    return right if _is_infinite(right) else left + right


def divide_bound(numerator: Bound, denominator: Bound) -> Bound:
    """Divide by a positive bound and round down; an infinity stays one."""
    if _is_infinite(denominator):
        return 0 if numerator >= 0 else -1
    return numerator if _is_infinite(numerator) else numerator // denominator


def _is_infinite(bound: Bound) -> bool:
    # Not math.isinf, which fails for integers that are too large for a float.
    return isinstance(bound, float)


def _atom(atom: Atom, bounds: Mapping[Symbol, Interval]) -> Interval:
    if isinstance(atom, Symbol):
        return bounds.get(atom, NATURAL)
    parts = [interval(part, bounds) for part in atom.parts]
    match atom:
        case Quotient():
            return _quotient(*parts)
        case Extremum():
            choose = max if atom.greatest else min
            return Interval(choose(one.low for one in parts), choose(one.high for one in parts))
        case Power():
            return _symbolic_power(*parts)
    return ANYTHING


def _product(left: Bound, right: Bound) -> Bound:
    if left == 0 or right == 0:
        return 0
    if _is_infinite(left) or _is_infinite(right):
        return math.inf if (left > 0) == (right > 0) else -math.inf
    return left * right


def _times(left: Interval, right: Interval) -> Interval:
    corners = [_product(a, b) for a in left for b in right]
    return Interval(min(corners), max(corners))


def _power(base: Interval, exponent: int) -> Interval:
    result = base
    for _ in range(exponent - 1):
        result = _times(result, base)
    if exponent % 2 == 0 and result.low < 0:
        return Interval(0, result.high)
    return result


def _quotient(numerator: Interval, denominator: Interval) -> Interval:
    if denominator.low < 0:
        return ANYTHING
    smallest = max(denominator.low, 1)  # it is defined only where the denominator is not 0
    largest = max(denominator.high, smallest)
    low = divide_bound(numerator.low, largest if numerator.low >= 0 else smallest)
    high = divide_bound(numerator.high, smallest if numerator.high >= 0 else largest)
    return Interval(low, high)


def _symbolic_power(base: Interval, exponent: Interval) -> Interval:
    if base.low < 0:
        return ANYTHING
    if base.low == 0:
        return NATURAL
    small = int(min(max(exponent.low, 0), _LARGEST_EXPONENT))
    return Interval(base.low**small, math.inf)
