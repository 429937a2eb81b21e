"""Sizes as text, the way a person writes them; the text is also a Python expression."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from shapecheck.dims.division import Quotient, divide_exactly
from shapecheck.dims.expr import (
    Atom,
    Expr,
    Monomial,
    Size,
    Symbol,
    from_terms,
    terms_of,
)
from shapecheck.dims.extremum import Extremum
from shapecheck.dims.power import Power

if TYPE_CHECKING:
    from collections.abc import Iterator


def text(size: Size, *, compact: bool = False) -> str:
    """Write a size.

    Evaluating the text as Python, with the names bound, gives the value of the size.

    Args:
        size: what to write.
        compact: leave out all spaces, as jaxtyping's annotations need it.
    """
    if isinstance(size, int):
        return str(size)
    written = _sum(size)
    return written.replace(" ", "") if compact else written


class _Remainder(NamedTuple):
    """`factor * (numerator % denominator)`, found in a sum."""

    factor: Expr | int
    numerator: Size
    denominator: Size

    @property
    def value(self) -> Size:
        return self.factor * (self.numerator % self.denominator)


def _sum(size: Expr) -> str:
    rest, remainders = _take_remainders(size)
    pieces = [_signed_term(monomial, count) for monomial, count in terms_of(rest) if monomial]
    pieces += [_signed_remainder(one) for one in remainders]
    pieces += [_signed_term(monomial, count) for monomial, count in terms_of(rest) if not monomial]
    pieces.sort(key=lambda piece: piece[0])  # stable: the positive ones come first
    (negative, first), *others = pieces
    lead = "-" + _after_minus(first) if negative else first
    return lead + "".join((" - " if minus else " + ") + piece for minus, piece in others)


def _after_minus(piece: str) -> str:
    # -a//b is (-a)//b, which rounds the other way.
    return f"({piece})" if any(sign in _outside_brackets(piece) for sign in "/%") else piece


def _signed_term(monomial: Monomial, coefficient: int) -> tuple[bool, str]:
    return coefficient < 0, _product(monomial, abs(coefficient))


def _product(monomial: Monomial, number: int) -> str:
    factors = [_factor(atom, exponent) for atom, exponent in _human_order(monomial)]
    if number != 1 or not factors:
        factors.insert(0, str(number))
    # a//b*c is (a//b)*c, but c*a//b is (c*a)//b: only the first factor may be a bare quotient.
    return "*".join(
        f"({one})" if position and "//" in _outside_brackets(one) else one
        for position, one in enumerate(factors)
    )


def _human_order(monomial: Monomial) -> list[tuple[Atom, int]]:
    # A symbol before what was computed from others; the key of an atom begins with its kind.
    return sorted(monomial, key=lambda factor: factor[0].key)


def _factor(atom: Atom, exponent: int) -> str:
    if exponent == 1:
        return _atom(atom)
    base = _atom(atom)
    if isinstance(atom, (Quotient, Power)):
        base = f"({base})"
    return f"{base}**{exponent}"


def _atom(atom: Atom) -> str:
    match atom:
        case Symbol():
            return atom.name if atom.index is None else f"{atom.name}[{_index(atom.index)}]"
        case Quotient():
            return f"{_operand(atom.numerator)}//{_tight(atom.denominator)}"
        case Power():
            return f"{_tight(atom.base)}**{_tight(atom.exponent)}"
        case Extremum():
            name = "max" if atom.greatest else "min"
            return f"{name}({', '.join(map(text, atom.sizes))})"
    raise TypeError(f"an unknown kind of atom: {type(atom).__name__}")


def _index(index: Size) -> str:
    return text(index, compact=True)


def _operand(size: Size) -> str:
    """Write the left side of a division: `2*n` needs no brackets, a sum does."""
    written = text(size)
    return f"({written})" if " " in _outside_brackets(written) else written


def _tight(size: Size) -> str:
    """Write a side of an operator that binds more tightly than a product."""
    written = text(size)
    plain = isinstance(size, int) and size >= 0
    return written if plain or _is_call_or_name(size) else f"({written})"


def _is_call_or_name(size: Size) -> bool:
    if not isinstance(size, Expr) or len(size.terms) != 1:
        return False
    monomial, coefficient = size.terms[0]
    atom, exponent = monomial[0]
    lone = len(monomial) == exponent == coefficient == 1
    return lone and isinstance(atom, (Symbol, Extremum))


def _outside_brackets(written: str) -> str:
    kept, depth = [], 0
    for character in written:
        depth -= character in ")]"
        if not depth:
            kept.append(character)
        depth += character in "(["
    return "".join(kept)


# --- remainders: a - b*(a//b) is a % b --------------------------------------------------------


def _take_remainders(size: Expr) -> tuple[Size, list[_Remainder]]:
    rest: Size = size
    found = []
    for quotient in _quotients(size):
        remainder = _remainder(rest, quotient)
        if remainder is None:
            continue
        without = rest - remainder.value
        if len(terms_of(without)) + 1 < len(terms_of(rest)):
            rest = without
            found.append(remainder)
    return rest, found


def _quotients(size: Expr) -> Iterator[Quotient]:
    distinct = {atom for monomial, _ in size.terms for atom, _ in monomial}
    for atom in sorted(distinct, key=lambda atom: atom.key):
        if isinstance(atom, Quotient):
            yield atom


def _remainder(size: Size, quotient: Quotient) -> _Remainder | None:
    coefficient = _coefficient(size, quotient)
    factor = divide_exactly(-coefficient, quotient.denominator)
    if factor is None or len(terms_of(factor)) != 1:
        return None
    return _Remainder(factor, quotient.numerator, quotient.denominator)


def _coefficient(size: Size, atom: Atom) -> Size:
    """What an atom is multiplied with, in the terms that contain it once."""
    return from_terms(
        (tuple(factor for factor in monomial if factor[0] != atom), count)
        for monomial, count in terms_of(size)
        if (atom, 1) in monomial
    )


def _signed_remainder(remainder: _Remainder) -> tuple[bool, str]:
    factor, numerator, denominator = remainder
    [(monomial, coefficient)] = terms_of(factor)
    written = f"{_operand(numerator)} % {_tight(denominator)}"
    if factor in {1, -1}:
        return coefficient < 0, written
    return coefficient < 0, f"{_product(monomial, abs(coefficient))}*({written})"
