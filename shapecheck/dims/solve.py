"""Solving for one name: which `n` makes `2*n + 1` equal to 9?"""

from __future__ import annotations

import itertools
from typing import NamedTuple

from shapecheck.dims.compare import equal
from shapecheck.dims.division import Quotient
from shapecheck.dims.expr import (
    Atom,
    Expr,
    Monomial,
    Size,
    Symbol,
    evaluate,
    is_nonnegative,
    symbols,
    terms_of,
)
from shapecheck.dims.extremum import Extremum
from shapecheck.dims.interval import interval
from shapecheck.dims.power import Power
from shapecheck.dims.residue import residue_cases

_SPARE_BITS = 64


class Solution(NamedTuple):
    """What is known about the solutions among the integers >= 0.

    Attributes:
        value: the only solution; None if there is none, or several, or it is not known.
        impossible: whether there is certainly no solution.
    """

    value: int | None = None
    impossible: bool = False

    @property
    def unique(self) -> bool:
        """Whether there is exactly one solution."""
        return self.value is not None

    @property
    def undetermined(self) -> bool:
        """Whether there are several solutions, or it is not known."""
        return self.value is None and not self.impossible


IMPOSSIBLE = Solution(impossible=True)
UNDETERMINED = Solution()


def solve(size: Size, value: int, symbol: Symbol) -> Solution:
    """Solve `size == value` for a symbol, which is an integer >= 0.

    Raises:
        ValueError: if the size contains other symbols.
    """
    if symbols(size) - {symbol}:
        raise ValueError(f"{size} contains other names than {symbol}")
    difference = size - value
    if isinstance(difference, int):
        return IMPOSSIBLE if difference else UNDETERMINED
    if equal(difference, 0) is False:
        return IMPOSSIBLE
    if _grows(difference):
        return _solve_monotone(difference, symbol)
    if _grows(-difference):
        return _solve_monotone(-difference, symbol)
    if all(isinstance(atom, Symbol) for monomial, _ in difference.terms for atom, _ in monomial):
        return _unique(_roots(_coefficients(difference)))
    return _solve_by_residues(difference, symbol)


def _unique(solutions: list[int]) -> Solution:
    if not solutions:
        return IMPOSSIBLE
    return Solution(solutions[0]) if len(solutions) == 1 else UNDETERMINED


# --- functions that never fall ----------------------------------------------------------------


def _grows(size: Size) -> bool:
    """Tell whether a size visibly never falls when the symbol grows."""
    return all(
        not monomial or (coefficient > 0 and _product_grows(monomial))
        for monomial, coefficient in terms_of(size)
    )


def _product_grows(monomial: Monomial) -> bool:
    lone = len(monomial) == 1 and monomial[0][1] == 1
    return all(_atom_grows(atom) and (lone or atom.is_nonnegative()) for atom, _ in monomial)


def _atom_grows(atom: Atom) -> bool:
    match atom:
        case Quotient():
            return isinstance(atom.denominator, int) and _grows(atom.numerator)
        case Power():
            positive = interval(atom.base, {}).low >= 1
            return positive and is_nonnegative(atom.exponent) and all(map(_grows, atom.parts))
    return isinstance(atom, Symbol) or (isinstance(atom, Extremum) and all(map(_grows, atom.sizes)))


def _solve_monotone(zero: Expr, symbol: Symbol) -> Solution:
    """Find where a function that never falls is 0."""
    first = _first_above(zero, symbol, -1)
    if first is None:
        return IMPOSSIBLE if interval(zero, {}).high < 0 else UNDETERMINED
    if evaluate(zero, {symbol: first}) != 0:
        return IMPOSSIBLE
    return Solution(first) if evaluate(zero, {symbol: first + 1}) != 0 else UNDETERMINED


def _first_above(growing: Expr, symbol: Symbol, limit: int) -> int | None:
    """Find the least value of the symbol where a function that never falls is above a limit."""
    largest = 1 << (_SPARE_BITS + abs(growing.constant).bit_length())
    high = 1
    while evaluate(growing, {symbol: high - 1}) <= limit:
        high *= 2
        if high > largest:
            return None
    low, high = high // 2, high - 1
    while low < high:
        middle = (low + high) // 2
        if evaluate(growing, {symbol: middle}) > limit:
            high = middle
        else:
            low = middle + 1
    return low


# --- polynomials ------------------------------------------------------------------------------


def _coefficients(polynomial: Expr) -> list[int]:
    """List the coefficients of a polynomial in one symbol, that of the highest power first."""
    degree = sum(exponent for _, exponent in polynomial.terms[0][0])
    result = [0] * (degree + 1)
    for monomial, coefficient in polynomial.terms:
        result[degree - sum(exponent for _, exponent in monomial)] = coefficient
    return result


def _value(coefficients: list[int], at: int) -> int:
    result = 0
    for coefficient in coefficients:
        result = result * at + coefficient
    return result


def _roots(coefficients: list[int]) -> list[int]:
    """Find the integer roots >= 0."""
    return [at for at in _candidates(coefficients) if _value(coefficients, at) == 0]


def _candidates(coefficients: list[int]) -> list[int]:
    """Give integers >= 0, among them the two neighbours of each real root, or the root itself.

    Between the roots of the derivative a polynomial is monotone, so that bisection finds the rest.
    """
    if len(coefficients) <= 1:
        return []
    degree = len(coefficients) - 1
    derivative = [(degree - i) * one for i, one in enumerate(coefficients[:-1])]
    turns = _candidates(derivative)
    bound = 2 + max(map(abs, coefficients)) // abs(coefficients[0])
    ends = sorted({0, bound, *turns, *(turn + 1 for turn in turns)})
    found = set(ends)
    for low, high in itertools.pairwise(ends):
        before = _bisect(coefficients, low, high)
        found |= {before, before + 1}
    return sorted(found)


def _bisect(coefficients: list[int], low: int, high: int) -> int:
    """Find the last integer before a change of sign, of a function that is monotone here."""
    below = _value(coefficients, low) <= 0
    while high - low > 1:
        middle = (low + high) // 2
        if (_value(coefficients, middle) <= 0) == below:
            low = middle
        else:
            high = middle
    return low


# --- by residues ------------------------------------------------------------------------------


def _solve_by_residues(zero: Expr, symbol: Symbol) -> Solution:
    """Solve for each residue of the symbol, where that gets rid of all integer divisors."""
    cases = residue_cases(zero)
    if not cases or any(residue_cases(case.size) for case in cases):
        return UNDETERMINED
    solutions = [(case, solve(case.size, 0, symbol)) for case in cases]
    if any(solution.undetermined for _, solution in solutions):
        return UNDETERMINED
    return _unique(
        [
            case.modulus * solution.value + case.residues[symbol]
            for case, solution in solutions
            if solution.value is not None
        ]
    )
