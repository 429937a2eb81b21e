"""Powers: constant exponents are multiplied out, symbolic ones make an atom."""

from __future__ import annotations

from shapecheck.dims.expr import (
    Atom,
    Expr,
    Monomial,
    Size,
    from_terms,
    is_nonnegative,
    product,
    sort_key,
    terms_of,
)


class Power(Atom):
    """`base ** exponent` with a symbolic exponent, defined where the exponent is >= 0.

    Invariants: the base is an integer other than 1, one atom, or a sum; an exponent that is
    visibly >= 0 is a single product with the coefficient 1, because `2**(n + 1)` is `2 * 2**n`.
    """

    __slots__ = ("base", "exponent")

    def __init__(self, base: Size, exponent: Expr) -> None:
        self.base = base
        self.exponent = exponent
        self._set((base, exponent), (3, sort_key(base), sort_key(exponent)))

    @property
    def parts(self) -> tuple[Size, ...]:
        """The sizes that it is made of, in the order of `rebuild`."""
        return self.base, self.exponent

    def rebuild(self, parts: tuple[Size, ...]) -> Size:
        """Make the same function of other sizes."""
        return power(*parts)

    def evaluate(self, parts: tuple[int, ...]) -> int:
        """Compute the value from those of the parts."""
        base, exponent = parts
        return integer_power(base, exponent)

    def is_nonnegative(self) -> bool:
        """Tell whether it is visibly >= 0."""
        return is_nonnegative(self.base)


def power(base: Size, exponent: Size) -> Size:
    """Raise a size to a power.

    Raises:
        ValueError: if the exponent is a negative integer.
    """
    if isinstance(exponent, Expr):
        return _symbolic_power(base, exponent)
    if isinstance(base, Expr):
        return _constant_power(base, exponent)
    return integer_power(base, exponent)


def integer_power(base: int, exponent: int) -> int:
    """Raise an integer to a power that must not be negative: sizes are integers."""
    if exponent < 0:
        raise ValueError(f"negative exponent: {base}**{exponent}")
    return int(base**exponent)


def _constant_power(base: Expr, exponent: int) -> Size:
    if exponent < 0:
        raise ValueError(f"negative exponent: ({base})**{exponent}")
    if exponent == 0:
        return 1
    if len(base.terms) == 1:
        [(monomial, coefficient)] = base.terms
        raised = tuple((atom, power * exponent) for atom, power in monomial)
        return Expr(((raised, coefficient**exponent),))
    return product([base] * exponent)


def _symbolic_power(base: Size, exponent: Expr) -> Size:
    if base == 1:
        return 1
    if isinstance(base, Expr) and len(base.terms) == 1:
        [(monomial, coefficient)] = base.terms
        atoms = product(_atom_power(atom, exponent) ** count for atom, count in monomial)
        return atoms * _symbolic_power(coefficient, exponent)
    # Every part of the exponent must be >= 0: else 2**(n - m) would be undefined where it is not.
    if not is_nonnegative(exponent):
        return Expr.of(Power(base, exponent))
    return product(_unit_power(base, monomial) ** count for monomial, count in terms_of(exponent))


def _atom_power(base: Atom, exponent: Expr) -> Size:
    if isinstance(base, Power):
        return power(base.base, base.exponent * exponent)
    if not is_nonnegative(exponent):
        return Expr.of(Power(Expr.of(base), exponent))
    whole = Expr.of(base)
    return product(_unit_power(whole, monomial) ** count for monomial, count in exponent.terms)


def _unit_power(base: Size, exponent: Monomial) -> Size:
    whole = from_terms([(exponent, 1)])
    return Expr.of(Power(base, whole)) if isinstance(whole, Expr) else base
