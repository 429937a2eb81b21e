"""Comparing sizes, with the three answers True, False and None (it depends, or is not known)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from shapecheck.dims.division import divide_exactly
from shapecheck.dims.expr import (
    Expr,
    Size,
    Symbol,
    from_terms,
    index_symbols,
    substitute,
    symbols,
    terms_of,
)
from shapecheck.dims.interval import NATURAL, Interval, add_bounds, divide_bound
from shapecheck.dims.proof import Known
from shapecheck.dims.residue import Case, each_case

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNDEFINED = (ZeroDivisionError, ValueError)
_NOTHING = Known({})  # is known at first: the answers are shared


class Assumptions:
    """What is taken for granted about names; at first only that they are integers >= 0.

    Invariants: what is assumed is never taken back; `_solved` maps symbols to sizes in which no
    solved symbol occurs; the sizes in `_zero` and `_known.facts` contain no solved symbol.

    An answer is True only if the relation holds for all admissible values for which both sides are
    defined, and False only if it holds for none of them. Once `contradictory` is set there are no
    admissible values, and the answers mean nothing.
    """

    __slots__ = ("_known", "_solved", "_zero", "contradictory")

    def __init__(self) -> None:
        self.contradictory = False
        self._solved: dict[Symbol, Size] = {}
        self._zero: tuple[Expr, ...] = ()
        self._known = _NOTHING

    def copy(self) -> Assumptions:
        """Give assumptions that can be added to without changing these."""
        other = Assumptions()
        other.contradictory = self.contradictory
        other._solved = dict(self._solved)
        other._zero = self._zero
        other._known = self._known
        return other

    # --- asking ---

    def simplify(self, size: Size) -> Size:
        """Replace names that an assumed equality determines.

        A size that would be undefined then is given back as it is.
        """
        try:
            return substitute(size, self._solved)
        except _UNDEFINED:
            return size

    def equal(self, left: Size, right: Size) -> bool | None:
        """Compare two sizes."""
        if isinstance(left, int) and isinstance(right, int):
            return left == right
        try:
            return self._is_zero(substitute(left - right, self._solved))
        except _UNDEFINED:
            return None

    def is_unit(self, size: Size) -> bool | None:
        """Tell whether an axis of this size is stretched when it meets another."""
        return self.equal(size, 1)

    def is_empty(self, size: Size) -> bool | None:
        """Tell whether there is nothing along an axis of this size."""
        return self.equal(size, 0)

    def at_least(self, left: Size, right: Size) -> bool | None:
        """Tell whether `left >= right`."""
        if isinstance(left, int) and isinstance(right, int):
            return left >= right
        try:
            difference = substitute(left - right, self._solved)
            if self._known.proves_nonnegative(difference):
                return True
            return False if self._known.proves_nonnegative(-difference - 1) else None
        except _UNDEFINED:
            return None

    def less(self, left: Size, right: Size) -> bool | None:
        """Tell whether `left < right`."""
        return self.at_least(right, left + 1)

    def divides(self, divisor: Size, size: Size) -> bool | None:
        """Tell whether `size` is a multiple of `divisor`.

        Of the integer 0 only 0 is; a symbolic divisor is taken to be other than 0.
        """
        divisor, size = self.simplify(divisor), self.simplify(size)
        if divisor == 0:
            return self.equal(size, 0)
        verdict = self.equal(size % divisor, 0)
        if verdict is None and any(one % divisor == 0 for one in self._rewritten(size)):
            return True
        return verdict

    # --- assuming ---

    def assume_equal(self, left: Size, right: Size) -> None:
        """Assume that two sizes are equal."""
        difference = self.simplify(left - right)
        if Assumptions.equal(self, difference, 0) is False:  # whatever a subclass makes of it
            self.contradictory = True
        if isinstance(difference, int) or self.contradictory:
            return
        solution = _solution(difference)
        if solution is None:
            self._zero = (*self._zero, _primitive(difference))
        else:
            self._eliminate(*solution)

    def assume_at_least(self, left: Size, right: Size) -> None:
        """Assume `left >= right`."""
        difference = self.simplify(left - right)
        if self.at_least(difference, 0) is False:
            self.contradictory = True
        if isinstance(difference, int) or self.contradictory:
            return
        bounded = _bounded_symbol(difference)
        if bounded is None:
            self._known = Known(self._known.bounds, (*self._known.facts, difference))
        else:
            self._restrict(*bounded)

    def _restrict(self, symbol: Symbol, allowed: Interval) -> None:
        old = self._known.bounds.get(symbol, NATURAL)
        new = Interval(max(old.low, allowed.low), min(old.high, allowed.high))
        self.contradictory = self.contradictory or new.empty
        self._known = Known({**self._known.bounds, symbol: new}, self._known.facts)
        if new.low == new.high:
            self.assume_equal(Expr.of(symbol), int(new.low))

    def _eliminate(self, symbol: Symbol, replacement: Size) -> None:
        step = {symbol: replacement}
        zero, known = self._zero, self._known
        bounds = {name: kept for name, kept in known.bounds.items() if name != symbol}
        self._zero, self._known = (), Known(bounds)
        try:
            self._solved = {name: substitute(one, step) for name, one in self._solved.items()}
            self._solved[symbol] = replacement
            for fact in zero:
                self.assume_equal(substitute(fact, step), 0)
            for bound in (*known.facts, *_gaps(Expr.of(symbol), known.bounds.get(symbol, NATURAL))):
                self.assume_at_least(substitute(bound, step), 0)
        except _UNDEFINED:
            self.contradictory = True

    # --- deciding ---

    def _is_zero(self, size: Size) -> bool | None:
        verdict = self._is_plainly_zero(size)
        if verdict is None and self._zero:
            answers = (self._is_plainly_zero(one) for one in self._rewritten(size) if one != size)
            verdict = next((one for one in answers if one is not None), None)
        return verdict

    def _is_plainly_zero(self, size: Size) -> bool | None:
        if isinstance(size, int):
            return size == 0
        if any(divide_exactly(size, fact) is not None for fact in self._zero):
            return True
        known = self._known
        signs = frozenset() if self._zero else known.signs(size)
        if 0 in signs and len(signs) > 1:
            return None
        if _never_zero(size, known):
            return False
        if known.proves_nonnegative(size) and known.proves_nonnegative(-size):
            return True
        return _by_residues(size, known)

    def _rewritten(self, size: Size) -> Iterator[Size]:
        """Use the equalities that could not be solved: `n - 2*(n//2) == 0` gives `n`.

        So a size that is a multiple is divided without rest: `n//2` by `n//4`, say.
        """
        together = size
        for fact in self._zero:
            for monomial, coefficient in fact.terms:
                symbol = _lone_symbol(monomial)
                if symbol is not None and abs(coefficient) == 1:
                    step = {symbol: Expr.of(symbol) - fact * coefficient}
                    yield substitute(size, step)
                    together = substitute(together, step)
        yield together


def equal(left: Size, right: Size) -> bool | None:
    """Compare two sizes, knowing only that names are integers >= 0."""
    return Assumptions().equal(left, right)


def _lone_symbol(monomial: tuple[tuple[object, int], ...]) -> Symbol | None:
    if len(monomial) == 1:
        atom, exponent = monomial[0]
        if exponent == 1 and isinstance(atom, Symbol):
            return atom
    return None


def _solution(zero: Expr) -> tuple[Symbol, Size] | None:
    """Solve `zero == 0` for a symbol that occurs once, linearly, with the coefficient 1 or -1.

    A solution without negative coefficients is preferred: `n == m + 1` replaces `n`.
    """
    best: tuple[Symbol, Size] | None = None
    for monomial, coefficient in reversed(zero.terms):
        symbol = _lone_symbol(monomial)
        if symbol is None or abs(coefficient) != 1:
            continue
        rest = Expr.of(symbol) - zero * coefficient
        if symbol in symbols(rest) | index_symbols(rest) | index_symbols(Expr.of(symbol)):
            continue
        if all(count > 0 for _, count in terms_of(rest)):
            return symbol, rest
        best = best or (symbol, rest)
    return best


def _primitive(size: Expr) -> Expr:
    """Divide by the common factor of the coefficients."""
    common = math.gcd(*(coefficient for _, coefficient in size.terms))
    return Expr(tuple((monomial, coefficient // common) for monomial, coefficient in size.terms))


def _bounded_symbol(nonnegative: Expr) -> tuple[Symbol, Interval] | None:
    """Read `a*n + b >= 0` as an interval for `n`."""
    monomial, coefficient = nonnegative.terms[0]
    symbol = _lone_symbol(monomial)
    if symbol is None or nonnegative != from_terms(
        [nonnegative.terms[0], ((), nonnegative.constant)]
    ):
        return None
    constant = nonnegative.constant
    if coefficient > 0:
        return symbol, Interval(-(constant // coefficient), math.inf)
    return symbol, Interval(-math.inf, constant // -coefficient)


def _gaps(size: Size, allowed: Interval) -> Iterator[Size]:
    """Write an interval as sizes that are >= 0."""
    if not isinstance(allowed.low, float):
        yield size - int(allowed.low)
    if not isinstance(allowed.high, float):
        yield int(allowed.high) - size


def _never_zero(size: Size, known: Known) -> bool:
    if isinstance(size, int):
        return size != 0
    common = math.gcd(*(coefficient for monomial, coefficient in size.terms if monomial))
    if size.constant % common:
        return True
    return known.proves_nonnegative(size - 1) or known.proves_nonnegative(-size - 1)


def _by_residues(size: Expr, known: Known) -> bool | None:
    verdict: bool | None = None
    for case in each_case(size):  # most sizes are open in the first one
        found = _in_case(case, known)
        if found is None or (verdict is not None and found is not verdict):
            return None
        verdict = found
    return verdict


def _in_case(case: Case, known: Known) -> bool | None:
    if case.size == 0:
        return True
    bounds = dict(known.bounds)
    for symbol, residue in case.residues.items():
        old = bounds.get(symbol, NATURAL)
        low = divide_bound(add_bounds(old.low, case.modulus - 1 - residue), case.modulus)
        high = divide_bound(add_bounds(old.high, -residue), case.modulus)
        bounds[symbol] = Interval(low, high)
    return False if _never_zero(case.size, Known(bounds)) else None
