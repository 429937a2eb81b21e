"""Minima and maxima."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecheck.dims.expr import Atom, Expr, Size, is_nonnegative, sort_key, terms_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Extremum(Atom):
    """The least or the greatest of at least two sizes.

    Invariants: the sizes are sorted, at most one is an integer (then the last), none is itself
    such an extremum, and none is visibly superfluous beside another.
    """

    __slots__ = ("greatest", "sizes")

    def __init__(self, greatest: bool, *sizes: Size) -> None:
        self.greatest = greatest
        self.sizes = sizes
        self._set((greatest, *sizes), (2, greatest, *map(sort_key, sizes)))

    @property
    def parts(self) -> tuple[Size, ...]:
        """The sizes that it is made of, in the order of `rebuild`."""
        return self.sizes

    def rebuild(self, parts: tuple[Size, ...]) -> Size:
        """Make the same function of other sizes."""
        return _extremum(parts, greatest=self.greatest)

    def evaluate(self, parts: tuple[int, ...]) -> int:
        """Compute the value from those of the parts."""
        return max(parts) if self.greatest else min(parts)

    def is_nonnegative(self) -> bool:
        """Tell whether it is visibly >= 0."""
        decide = any if self.greatest else all
        return decide(is_nonnegative(size) for size in self.sizes)


def minimum(*sizes: Size) -> Size:
    """Give the least of at least one size."""
    return _extremum(sizes, greatest=False)


def maximum(*sizes: Size) -> Size:
    """Give the greatest of at least one size."""
    return _extremum(sizes, greatest=True)


def _extremum(sizes: tuple[Size, ...], *, greatest: bool) -> Size:
    if not sizes:
        raise ValueError("the minimum or maximum of no sizes")
    # Also before flattening, which would hide that x + 3 is greater than x = max(a, b).
    kept = _prune(_flatten(_prune(sizes, greatest=greatest), greatest=greatest), greatest=greatest)
    if len(kept) == 1:
        return kept[0]
    return Expr.of(Extremum(greatest, *sorted(kept, key=sort_key)))


def _prune(sizes: Iterable[Size], *, greatest: bool) -> list[Size]:
    candidates = list(dict.fromkeys(sizes))
    return [
        one
        for one in candidates
        if not _loses(one, [other for other in candidates if other != one], greatest=greatest)
    ]


def _flatten(sizes: Iterable[Size], *, greatest: bool) -> Iterator[Size]:
    for size in sizes:
        inner = as_extremum(size)
        if inner is not None and inner.greatest == greatest:
            yield from inner.sizes
        else:
            yield size


def as_extremum(size: Size) -> Extremum | None:
    """Give the extremum that a size consists of, if it is exactly one."""
    if isinstance(size, Expr) and len(size.terms) == 1:
        monomial, coefficient = size.terms[0]
        atom, exponent = monomial[0]
        if len(monomial) == exponent == coefficient == 1 and isinstance(atom, Extremum):
            return atom
    return None


def _loses(size: Size, others: list[Size], *, greatest: bool) -> bool:
    """Tell whether a size is visibly superfluous beside others.

    It may be beside several together: `min(a, b) + 3` is, beside `a` and `b`.
    """
    if any(_never_negative(one - size if greatest else size - one) for one in others):
        return True
    sides, bound = _open(size)
    enough = any if bound != greatest else all
    return bool(sides) and enough(_loses(side, others, greatest=greatest) for side in sides)


def _never_negative(size: Size) -> bool:
    """Look through extrema: `max(a, b) + 3 - a` is never negative."""
    if is_nonnegative(size):
        return True
    sides, bound = _open(size)
    enough = any if bound else all
    return bool(sides) and enough(map(_never_negative, sides))


def _open(size: Size) -> tuple[list[Size], bool]:
    """Put each side of the first extremum in its place; none if there is no extremum.

    The size is one of the results; also tell whether it is the greatest of them, or the least.
    """
    for monomial, coefficient in terms_of(size):
        atom, exponent = monomial[0] if monomial else (None, 0)
        if isinstance(atom, Extremum) and len(monomial) == exponent == 1:
            rest = size - coefficient * Expr.of(atom)
            sides = [coefficient * side + rest for side in atom.sizes]
            return sides, atom.greatest == (coefficient > 0)
    return [], False
