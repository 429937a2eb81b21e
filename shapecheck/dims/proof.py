"""Proving that a size is never negative.

A proof is an interval that lies above zero, after facts were subtracted, minima and maxima were
split into cases, and quotients were written as `(x - r)/d` with a remainder `r` in `range(d)`.
What is proved holds for all admissible values; what is not proved may hold nevertheless.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from shapecheck.dims.division import Quotient, divide_exactly
from shapecheck.dims.expr import (
    Atom,
    Expr,
    Monomial,
    Size,
    Symbol,
    atoms_of,
    evaluate,
    from_terms,
    symbols,
    terms_of,
)
from shapecheck.dims.extremum import Extremum
from shapecheck.dims.interval import Interval, interval
from shapecheck.dims.power import Power

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_AtomT = TypeVar("_AtomT", bound=Atom)

_DEPTH = 6  # how many atoms a proof may open, one after another


_MOST_KEPT = 20_000  # answers
_SAMPLES = (  # of the values of symbols
    (1,),
    (2, 3, 5, 7, 11, 13, 17, 19),
    (24, 6, 12, 2, 8, 4, 3, 48),
    (16, 16, 4, 4, 2, 2, 8, 8),
    (0, 5),
)


class Known:
    """What a proof may use. An immutable value, which keeps the answers it gave.

    Args:
        bounds: intervals of symbols; a symbol without one is >= 0.
        facts: sizes that are known to be >= 0.
    """

    __slots__ = ("_answers", "_signs", "bounds", "facts")

    def __init__(self, bounds: Mapping[Symbol, Interval], facts: tuple[Size, ...] = ()) -> None:
        self.bounds = bounds
        self.facts = facts
        self._answers: dict[Size, bool] = {}
        self._signs: dict[Size, frozenset[int]] = {}

    def proves_nonnegative(self, size: Size) -> bool:
        """Tell whether a size is proved to be >= 0."""
        if isinstance(size, int) and size >= 0:
            return True
        answer = self._answers.get(size)
        if answer is None:
            if len(self._answers) > _MOST_KEPT:
                self._answers.clear()
            answer = -1 not in self.signs(size) and self.proved_within(size, _DEPTH)
            self._answers[size] = answer
        return answer

    def signs(self, size: Size) -> frozenset[int]:
        """The signs that a size has for some admissible values: what none of them has is open.

        What one value refutes needs no attempt at a proof, of which most would fail.
        """
        if isinstance(size, int):
            return frozenset({(size > 0) - (size < 0)})
        found = self._signs.get(size)
        if found is None:
            if len(self._signs) > _MOST_KEPT:
                self._signs.clear()
            found = self._signs[size] = frozenset(self._sampled(size))
        return found

    def _sampled(self, size: Expr) -> Iterator[int]:
        if any(isinstance(atom, Power) for one in (size, *self.facts) for atom in atoms_of(one)):
            return  # it could be a number of more digits than there is memory
        names = sorted({name for one in (size, *self.facts) for name in symbols(one)}, key=_key)
        for sample in _SAMPLES:
            values = {name: sample[at % len(sample)] for at, name in enumerate(names)}
            for name, allowed in self.bounds.items():
                if name in values:
                    values[name] = int(max(allowed.low, min(allowed.high, values[name])))
            try:
                if all(evaluate(fact, values) >= 0 for fact in self.facts):
                    value = evaluate(size, values)
                    yield (value > 0) - (value < 0)
            except (KeyError, ZeroDivisionError, ValueError):
                continue

    def proved_within(self, size: Size, depth: int) -> bool:
        """Tell the same, opening so many atoms one after another."""
        if self._encloses(size):
            return True
        if isinstance(size, int) or not depth:
            return False
        extremum = _first(size, Extremum)
        if extremum is not None:
            return self._in_all_cases(size, extremum, depth - 1)
        quotient = _first(size, Quotient)
        return quotient is not None and self._with_remainder(size, quotient, depth - 1)

    def _encloses(self, size: Size) -> bool:
        """Look at the interval of the size, less none, one or two facts."""
        if interval(size, self.bounds).low >= 0:
            return True
        for position, fact in enumerate(self.facts):
            rest = size - fact
            if interval(rest, self.bounds).low >= 0:
                return True
            others = self.facts[position:]
            if any(interval(rest - other, self.bounds).low >= 0 for other in others):
                return True
        return False

    def _in_all_cases(self, size: Expr, extremum: Extremum, depth: int) -> bool:
        for chosen in extremum.sizes:
            gaps = [chosen - other for other in extremum.sizes if other != chosen]
            facts = gaps if extremum.greatest else [-gap for gap in gaps]
            case = Known(self.bounds, (*self.facts, *facts))
            if not case.proved_within(_replace(size, extremum, chosen), depth):
                return False
        return True

    def _with_remainder(self, size: Expr, quotient: Quotient, depth: int) -> bool:
        divisor = quotient.denominator
        if interval(divisor, self.bounds).low < 0:
            return False
        remainder = Symbol("%", tag=quotient)
        name = Expr.of(remainder)
        bounds = dict(self.bounds)
        facts = self.facts
        if isinstance(divisor, int):
            bounds[remainder] = Interval(0, divisor - 1)
        else:
            facts = (*facts, divisor - 1 - name)
        scaled = _multiplied_out(size, quotient, quotient.numerator - name)
        return scaled is not None and Known(bounds, facts).proved_within(scaled, depth)


def _key(name: Symbol) -> Any:
    return name.key


def _first(size: Expr, kind: type[_AtomT]) -> _AtomT | None:
    for monomial, _ in size.terms:
        for atom, _ in monomial:
            if isinstance(atom, kind):
                return atom
    return None


def _replace(size: Size, atom: Atom, replacement: Size) -> Size:
    """Replace an atom where it is a factor, not where it is inside another atom."""
    result: Size = 0
    for monomial, coefficient in terms_of(size):
        exponent = dict(monomial).get(atom, 0)
        rest = from_terms([(_without(monomial, atom), coefficient)])
        result = result + rest * replacement**exponent
    return result


def _without(monomial: Monomial, atom: Atom) -> Monomial:
    return tuple(factor for factor in monomial if factor[0] != atom)


def _multiplied_out(size: Expr, quotient: Quotient, exact: Size) -> Size | None:
    """Write `exact / divisor` for a quotient, times the divisor unless that cancels.

    The result has the sign of the size. None if the quotient occurs in a higher power.
    """
    if any(
        (atom == quotient and power > 1) for monomial, _ in size.terms for atom, power in monomial
    ):
        return None
    rest = _replace(size, quotient, 0)
    factor = _replace(size - rest, quotient, 1)
    cancelled = divide_exactly(factor, quotient.denominator)
    if cancelled is not None:
        return cancelled * exact + rest
    return factor * exact + rest * quotient.denominator
