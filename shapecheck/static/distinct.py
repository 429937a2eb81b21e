"""Sizes taken to be different, to see whether something fits only because they are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecheck.dims import Axis, Expr, lone_symbol, symbol
from shapecheck.ops import Array
from shapecheck.static.promises import Promises, flexible
from shapecheck.static.values import bare

if TYPE_CHECKING:
    from shapecheck.dims import Assumptions, Size
    from shapecheck.facts import Fact


class Distinct(Promises):
    """Assumptions under which sizes differ, but for those that have to be equal.

    They are asked once everything is known to fit, so two axes that meet are of one size.
    """

    __slots__ = ()

    def copy(self) -> Distinct:
        """Give assumptions that can be added to without changing these."""
        return Distinct.after(self)

    @classmethod
    def after(cls, old: Assumptions) -> Distinct:
        """Assumptions with all that others know."""
        new = cls()
        new.contradictory = old.contradictory
        new._solved = dict(old._solved)
        new._zero = old._zero
        new._known = old._known
        return new

    def learn(self, fact: Fact) -> None:
        """Two sizes that meet are equal; that of what they give is theirs."""
        left, right = (getattr(one, "size", one) for one in (fact.left, fact.right))
        if fact.holds is not None or fact.relation not in ("equals", "broadcasts"):
            return
        names = [lone_symbol(one) if isinstance(one, Expr) else None for one in (left, right)]
        if None in names:
            return
        self.assume_equal(left, right)
        if fact.relation == "broadcasts":
            self.assume_equal(symbol("broadcast", tag=(left, right)), left)


def has_equal_sizes(grad: Array, whole: Array) -> bool:
    """Whether the axes of an array could be exchanged without its shape changing."""
    if grad.is_open or whole.is_open or grad.rank != whole.rank:
        return False
    sizes = [size for size in whole.sizes if size != 1]
    return len(set(sizes)) < len(sizes)


def of_own_sizes(value: object) -> object:
    """An array with sizes that nothing is known of, but where they are 1."""
    value = bare(value)
    if not isinstance(value, Array) or value.is_open:
        return value
    axes = [Axis(size if size == 1 else flexible("n"), None) for size in value.sizes]
    return value.with_axes(axes)


def order_of(grad: object, whole: object, assume: Assumptions | None) -> list[int] | None:
    """The order in which a gradient has the axes of what it belongs to, if it is another one."""
    if not isinstance(grad, Array) or not isinstance(whole, Array):
        return None
    if assume is None or grad.is_open or grad.rank != whole.rank:
        return None
    own: list[Size] = [assume.simplify(size) for size in grad.sizes]
    wanted: list[Size] = [assume.simplify(size) for size in whole.sizes]
    if own == wanted or len(set(wanted)) < len(wanted) or set(own) != set(wanted):
        return None
    return [wanted.index(size) for size in own]
