"""Floor division, and the exact division of polynomials that it rests on.

The rules, for the divisor `b`:

- a factor that all terms of both sides share is cancelled (it is not 0 where `b` is not);
- `(b*q + r)//b` is `q + r//b`, for every term that a divisor of one term divides;
- `(x//d + y)//c` is `(x + d*y)//(d*c)` for `c > 0`: rounding down twice is rounding down once;
- `-x//c` is `-((x + c - 1)//c)`: the usual way to write a division that rounds up;
- for an integer `c`, the constant of the numerator is in `range(c)`, and `(2*x + 1)//4` is `x//2`.
"""

from __future__ import annotations

import math

from shapecheck.dims.expr import (
    Atom,
    Expr,
    Monomial,
    Size,
    Term,
    from_terms,
    is_nonnegative,
    sort_key,
    terms_of,
)


class Quotient(Atom):
    """`numerator // denominator`, where no rule of this module applies."""

    __slots__ = ("denominator", "numerator")

    def __init__(self, numerator: Size, denominator: Size) -> None:
        self.numerator = numerator
        self.denominator = denominator
        key = (1, sort_key(numerator), sort_key(denominator))
        self._set((numerator, denominator), key)

    @property
    def parts(self) -> tuple[Size, ...]:
        """The sizes that it is made of, in the order of `rebuild`."""
        return self.numerator, self.denominator

    def rebuild(self, parts: tuple[Size, ...]) -> Size:
        """Make the same function of other sizes."""
        return floor_divide(*parts)

    def evaluate(self, parts: tuple[int, ...]) -> int:
        """Compute the value from those of the parts."""
        numerator, denominator = parts
        return numerator // denominator

    def is_nonnegative(self) -> bool:
        """Tell whether it is visibly >= 0."""
        return is_nonnegative(self.numerator) and is_nonnegative(self.denominator)


def floor_divide(numerator: Size, denominator: Size) -> Size:
    """Divide and round down.

    Raises:
        ZeroDivisionError: if the denominator is the integer 0.
    """
    if denominator == 0:
        raise ZeroDivisionError("division of a size by zero")
    exact = divide_exactly(numerator, denominator)
    if exact is not None:
        return exact
    if is_nonpositive(denominator):
        numerator, denominator = -numerator, -denominator
    numerator, denominator = _cancel(numerator, denominator)
    whole, rest = _split_off(numerator, denominator)
    return whole + _divide_rest(rest, denominator)


def is_nonpositive(size: Size) -> bool:
    """Tell whether every coefficient is negative, the constant apart."""
    return all(coefficient < 0 for monomial, coefficient in terms_of(size) if monomial) and (
        isinstance(size, Expr) or size < 0
    )


def _divide_rest(rest: Size, denominator: Size) -> Size:
    if rest == 0:
        return 0
    nested = _nested(rest)
    if nested is not None and is_nonnegative(denominator):
        inner, others = nested
        return floor_divide(
            inner.numerator + others * inner.denominator, inner.denominator * denominator
        )
    if isinstance(denominator, int):
        return _divide_by_integer(rest, denominator)
    return Expr.of(Quotient(rest, denominator))


def _divide_by_integer(rest: Size, denominator: int) -> Size:
    if not isinstance(rest, Expr):
        return rest // denominator
    if is_nonpositive(rest):
        return -floor_divide(denominator - 1 - rest, denominator)
    varying = rest - rest.constant
    common = math.gcd(denominator, *(coefficient for _, coefficient in terms_of(varying)))
    if common > 1:
        reduced = _divided(varying, common) + rest.constant // common
        return floor_divide(reduced, denominator // common)
    return Expr.of(Quotient(rest, denominator))


def _divided(size: Size, divisor: int) -> Size:
    return from_terms((monomial, part // divisor) for monomial, part in terms_of(size))


def _nested(size: Size) -> tuple[Quotient, Size] | None:
    """Take `x//d + y` apart into the quotient and `y`, if it is the only quotient in it."""
    found = [
        monomial[0][0]
        for monomial, coefficient in terms_of(size)
        if any(isinstance(atom, Quotient) for atom, _ in monomial)
    ]
    if len(found) != 1 or not isinstance(found[0], Quotient):
        return None
    others = size - Expr.of(found[0])
    return None if len(terms_of(others)) == len(terms_of(size)) else (found[0], others)


# --- common factors ---------------------------------------------------------------------------


def _cancel(numerator: Size, denominator: Size) -> tuple[Size, Size]:
    terms = (*terms_of(numerator), *terms_of(denominator))
    number = math.gcd(*(coefficient for _, coefficient in terms))
    shared = terms[0][0]
    for monomial, _ in terms[1:]:
        shared = _common(shared, monomial)
    return _without(numerator, shared, number), _without(denominator, shared, number)


def _common(left: Monomial, right: Monomial) -> Monomial:
    exponents = dict(right)
    return tuple((atom, min(n, exponents[atom])) for atom, n in left if atom in exponents)


def _without(size: Size, monomial: Monomial, number: int) -> Size:
    return from_terms(
        (_quotient(one, monomial) or (), coefficient // number)
        for one, coefficient in terms_of(size)
    )


def _quotient(monomial: Monomial, divisor: Monomial) -> Monomial | None:
    """Divide products of atoms; None if the divisor does not divide."""
    exponents = dict(monomial)
    for atom, exponent in divisor:
        exponents[atom] = exponents.get(atom, 0) - exponent
        if exponents[atom] < 0:
            return None
    return tuple((atom, exponent) for atom, exponent in exponents.items() if exponent)


# --- terms that the divisor divides -----------------------------------------------------------


def _split_off(numerator: Size, denominator: Size) -> tuple[Size, Size]:
    """Write the numerator as `whole * denominator + rest`."""
    divisors = terms_of(denominator)
    if len(divisors) > 1:
        return 0, numerator
    whole = from_terms(_multiple(term, divisors[0]) for term in terms_of(numerator))
    return whole, numerator - whole * denominator


def _multiple(term: Term, divisor: Term) -> Term:
    """How often a divisor of one term goes into a term.

    Coefficients are rounded towards zero, so that `h - k` does not become `h + k` before it is
    halved; the constant is rounded down, so that the rest of it is never negative.
    """
    (monomial, coefficient), (by, count) = term, divisor
    quotient = _quotient(monomial, by)
    if quotient is None:
        return (), 0
    if not monomial:
        return quotient, coefficient // count
    times = abs(coefficient) // abs(count)
    return quotient, times if (coefficient < 0) == (count < 0) else -times


def divide_exactly(numerator: Size, denominator: Size) -> Size | None:
    """Divide polynomials; None if that leaves a rest.

    Raises:
        ZeroDivisionError: if the denominator is the integer 0.
    """
    if isinstance(numerator, int) and isinstance(denominator, int):
        return None if numerator % denominator else numerator // denominator
    leading = terms_of(denominator)[0]
    result: Size = 0
    while numerator != 0:
        term = _exact_term(terms_of(numerator)[0], leading)
        if term is None:
            return None
        step = from_terms([term])
        result = result + step
        numerator = numerator - step * denominator
    return result


def _exact_term(term: Term, divisor: Term) -> Term | None:
    quotient = _quotient(term[0], divisor[0])
    if quotient is None or term[1] % divisor[1]:
        return None
    return quotient, term[1] // divisor[1]
