"""Facts: requirements that were looked at, and the recorder that rules report them to.

A fact is data, not prose: two sides, the relation that should hold between them, why it is
required, and whether it holds: True, False, or None when that cannot be decided. The third answer
is recorded like the others, so that "undecided" never looks like "proved".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shapecheck.dims import Assumptions, Axis, symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapecheck.dims import Size


@dataclass(frozen=True, slots=True)
class Fact:
    """One requirement.

    Attributes:
        left: what the requirement is about (an axis, a place in an argument, a size).
        relation: the relation by name: ``equals``, ``divides``, ``broadcasts``, ``dtype``, ….
        right: what `left` is held against.
        why: where the requirement comes from, as data that advice can turn into a sentence.
        holds: True, False, or None when it cannot be decided.
    """

    left: Any
    relation: str
    right: Any
    why: Any
    holds: bool | None


class Refuted(Exception):  # noqa: N818 - control flow inside one rule, not an error of the user's
    """Raised by a `Need` that stops at the first requirement that does not hold."""

    def __init__(self, fact: Fact) -> None:
        super().__init__(fact)
        self.fact = fact


@dataclass(slots=True)
class Need:
    """Records requirements on sizes, ints or symbols alike.

    Args:
        assume: what is known about the symbols.
        stop: raise `Refuted` at the first requirement that does not hold. A rule for one op
            stops there (its result means nothing any more); a contract collects all facts, so
            that one transposed array can explain two mismatches.
    """

    assume: Assumptions = field(default_factory=Assumptions)
    stop: bool = True
    facts: list[Fact] = field(default_factory=list)

    def record(
        self, left: Any, relation: str, right: Any, why: Any, holds: bool | None
    ) -> bool | None:
        """Record a requirement whose answer is known already."""
        fact = Fact(left, relation, right, why, holds)
        self.facts.append(fact)
        if holds is False and self.stop:
            raise Refuted(fact)
        return holds

    def equal(self, left: Size, right: Size, why: Any = None) -> bool | None:
        """Require two sizes to be equal."""
        return self.record(left, "equals", right, why, self.assume.equal(left, right))

    def at_least(self, left: Size, right: Size, why: Any = None) -> bool | None:
        """Require ``left >= right``."""
        return self.record(left, "at-least", right, why, self.assume.at_least(left, right))

    def in_range(self, index: Size, low: Size, high: Size, why: Any = None) -> bool | None:
        """Require ``low <= index < high``."""
        above = self.assume.at_least(index, low)
        below = self.assume.less(index, high)
        return self.record(index, "in-range", (low, high), why, all_hold(above, below))

    def divides(self, divisor: Size, size: Size, why: Any = None) -> bool | None:
        """Require `size` to be a multiple of `divisor`."""
        return self.record(divisor, "divides", size, why, self.assume.divides(divisor, size))

    def broadcast(self, *shapes: Sequence[Axis], why: Any = None) -> tuple[Axis, ...]:
        """Require shapes to broadcast against each other; the axes of the result.

        Shapes are aligned from the right; sizes agree or one of them is 1 (NumPy's manual,
        "Broadcasting", which the Array API standard and torch follow).
        """
        rank = max((len(shape) for shape in shapes), default=0)
        result = []
        for position in range(-rank, 0):
            column = [shape[position] for shape in shapes if len(shape) >= -position]
            axis = column[0]
            for other in column[1:]:
                axis = self._stretched(axis, other, why)
            result.append(axis)
        return tuple(result)

    def _stretched(self, left: Axis, right: Axis, why: Any) -> Axis:
        """The axis that two aligned axes give."""
        units = self.assume.is_unit(left.size), self.assume.is_unit(right.size)
        if units[0]:
            return right
        if units[1]:
            return left
        same = self.assume.equal(left.size, right.size)
        if same is False and None in units:
            same = None  # one of the two may turn out to be 1
        self.record(left, "broadcasts", right, why, same)
        if same is None:  # a size of its own, known to neither side
            return Axis(symbol("broadcast", tag=(left.size, right.size)))
        return left


def all_hold(*answers: bool | None) -> bool | None:
    """The three-valued "and": False wins over None, None over True."""
    if False in answers:
        return False
    return None if None in answers else True


def any_holds(*answers: bool | None) -> bool | None:
    """The three-valued "or": True wins over None, None over False."""
    if True in answers:
        return True
    return None if None in answers else False
