"""What may be taken for granted about sizes while a function is read.

A name in an annotation stands for every size: a function that needs two of them to be equal needs
what its signature does not promise. A size that merely flows in is whatever makes the code work:
what it has to be equal to is learnt, and only a contradiction is a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapecheck.dims import Assumptions, Expr, is_size, symbol, symbols
from shapecheck.dims.expr import Symbol, terms_of
from shapecheck.ops._need import next_serial

if TYPE_CHECKING:
    from shapecheck.dims import Size
    from shapecheck.facts import Fact


@dataclass(frozen=True, slots=True)
class Flexible:
    """The tag of a size that flows in: it may be learnt."""

    serial: int


def flexible(name: str = "?") -> Size:
    """A size that flows in from somewhere that is not followed."""
    return symbol(name, tag=Flexible(next_serial()))


def is_flexible(one: Symbol) -> bool:
    """Whether a size only flows in."""
    return isinstance(one.tag, Flexible)


def is_promised(one: Symbol) -> bool:
    """Whether a name is one of an annotation, which stands for every size."""
    return one.tag is None


def _is_named(one: Symbol) -> bool:
    return is_promised(one) or is_flexible(one)


MOST_TERMS = 4  # of a size that is worth learning: what is longer decides nothing later


def is_learnable(size: Size) -> bool:
    """Whether a size is a short sum of products of names that may be learnt."""
    if not isinstance(size, Expr):
        return True
    return len(size.terms) <= MOST_TERMS and all(
        isinstance(atom, Symbol) and (is_flexible(atom) or is_promised(atom))
        for monomial, _ in size.terms
        for atom, _ in monomial
    )


class Promises(Assumptions):
    """Assumptions under which two sizes that are not promised to be equal are not."""

    __slots__ = ()

    def copy(self) -> Promises:
        """Give assumptions that can be added to without changing these."""
        other = Promises()
        other.contradictory = self.contradictory
        other._solved = dict(self._solved)
        other._zero = self._zero
        other._known = self._known
        return other

    def equal(self, left: Size, right: Size) -> bool | None:
        """Compare two sizes: names of annotations stand for all sizes."""
        verdict = super().equal(left, right)
        if verdict is None and self._breaks_promise(left, right):
            return False
        return verdict

    def is_unit(self, size: Size) -> bool | None:
        """A name of an annotation is no axis to be stretched, unless it is known to be 1."""
        verdict = super().equal(size, 1)
        if verdict is None and isinstance(size, Expr):
            return False if all(is_promised(one) for one in symbols(size)) else None
        return verdict

    def is_empty(self, size: Size) -> bool | None:
        """Code that is right for no elements only is wrong: names are not taken to be 0."""
        verdict = super().equal(size, 0)
        if verdict is None and isinstance(size, Expr) and len(size.terms) == 1:
            return False if all(map(_is_named, symbols(size))) else None
        return verdict

    def can_be_equal(self, left: Size, right: Size) -> bool | None:
        """Compare two sizes, as a condition in the program does."""
        return super().equal(left, right)

    def _breaks_promise(self, left: Size, right: Size) -> bool:
        difference = self.simplify(left - right)
        if not isinstance(difference, Expr):
            return False
        names, counts = set(), set()
        for monomial, coefficient in terms_of(difference):
            counts.add(abs(coefficient) if monomial else 0)
            for atom, _ in monomial:
                if not isinstance(atom, Symbol) or not is_promised(atom):
                    return False
                names.add(atom)
        # Numbers come from the state of an object, which the names may well be tied to.
        return len(names) > 1 and len(counts) == 1 and 0 not in counts

    def learn(self, fact: Fact) -> None:
        """Take a requirement for granted that cannot be decided: the program goes on."""
        if fact.holds is not None or fact.relation != "equals":
            return
        left, right = (getattr(one, "size", one) for one in (fact.left, fact.right))
        if not (is_size(left) and is_size(right)):
            return
        if all(is_learnable(one) for one in (left, right)):
            self.assume_equal(left, right)
