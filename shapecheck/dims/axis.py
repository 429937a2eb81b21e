"""Axes: a size with an identity, which moves of the data preserve and sizes alone cannot show."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from shapecheck.dims.expr import Expr, Size, product, terms_of
from shapecheck.dims.text import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapecheck.dims.compare import Assumptions


class Piece(NamedTuple):
    """The origin of an axis that a split cut out of another.

    The index `i` of the whole is at `i % outer // inner` in the piece.

    Attributes:
        whole: the axis that was cut, itself neither a piece nor merged.
        outer: the step of the next piece outside; the size of the whole for the outermost.
        inner: the step of this piece in the whole; 1 for the innermost.
    """

    whole: Axis
    outer: Size
    inner: Size


class Axis:
    """One axis of an array: its size, and what it is the axis of. An immutable value.

    Invariants: `factors` is empty or has at least two axes, outermost first; none of them is
    merged itself, none has the size 1, and the product of their sizes is `size`.

    Args:
        size: the extent.
        name: the declared name, such as `n_in`, which is its identity.
        origin: where it comes from, any hashable value. The identity of an axis without a name.
        factors: what was merged, in order: `H*D` is `(H, D)`. They are its identity.
    """

    __slots__ = ("factors", "name", "origin", "size")
    __match_args__ = ("size", "name", "origin", "factors")

    def __init__(
        self,
        size: Size,
        name: str | None = None,
        origin: object | None = None,
        factors: tuple[Axis, ...] = (),
    ) -> None:
        self.size = size
        self.name = name
        self.origin = origin
        self.factors = factors

    @property
    def key(self) -> object | None:
        """The identity as a hashable value; None if it, or a part of it, is not known.

        Two axes with known keys are the same if the keys are equal. An axis of unknown identity
        may be the same as any other: so None equals no key, and `same` answers None.
        """
        if self.factors:
            keys = tuple(factor.key for factor in self.factors)
            return None if None in keys else ("merged", keys)
        if self.name is not None:
            return "name", self.name
        if isinstance(self.origin, Piece):
            whole, outer, inner = self.origin
            return None if whole.key is None else ("piece", whole.key, outer, inner)
        return None if self.origin is None else ("origin", self.origin)

    @property
    def is_unit(self) -> bool:
        """Whether the size is 1, so that the axis can be stretched."""
        return self.size == 1

    def with_size(self, size: Size) -> Axis:
        """Give the same axis with another size; one that was merged forgets its factors."""
        return self if size == self.size else Axis(size, self.name, self.origin)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Axis):
            return NotImplemented
        return self is other or self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash(self._fields())

    def _fields(self) -> tuple[object, ...]:
        return self.size, self.name, self.origin, self.factors

    def __repr__(self) -> str:
        shown = (self.size, self.name, self.origin, self.factors or None)
        named = zip(self.__match_args__, shown, strict=True)
        return f"Axis({', '.join(f'{name}={one!r}' for name, one in named if one is not None)})"

    def __str__(self) -> str:
        if self.factors and isinstance(self.size, Expr):
            return "*".join(map(_factor_text, self.factors))
        return text(self.size)


class Run:
    """A run of any number of unknown axes: `...`, or `*batch` if it has a name."""

    __slots__ = ("name",)
    __match_args__ = ("name",)

    def __init__(self, name: str | None = None) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return self.name == other.name if isinstance(other, Run) else NotImplemented

    def __hash__(self) -> int:
        return hash((Run, self.name))

    def __repr__(self) -> str:
        return f"Run({'' if self.name is None else repr(self.name)})"

    def __str__(self) -> str:
        return "..." if self.name is None else f"*{self.name}"


class Scrambled(NamedTuple):
    """A split that does not cut between factors, so that elements change their neighbours.

    Attributes:
        factor: the axis that is cut through.
        size: the size that was asked for in its place.
    """

    factor: Axis
    size: Size


Shape: TypeAlias = tuple[Axis, ...]
OpenShape: TypeAlias = tuple[Axis | Run, ...]

UNIT = Axis(1)


def shape_text(shape: OpenShape) -> str:
    """Write a shape as Python writes a tuple: `(B, n_in)`, `(n,)`."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _factor_text(axis: Axis) -> str:
    written = str(axis)
    return written if len(terms_of(axis.size)) == 1 and "//" not in written else f"({written})"


def same(left: Axis, right: Axis) -> bool | None:
    """Tell whether two axes are one; None where an identity is not known.

    It is about identity only: the sizes may be equal although this is False.
    """
    if left is right:
        return True
    if left.factors and len(left.factors) == len(right.factors):
        verdicts = {same(a, b) for a, b in zip(left.factors, right.factors, strict=True)}
        return False if False in verdicts else None if None in verdicts else True
    if isinstance(left.origin, Piece) and isinstance(right.origin, Piece):
        return _same_piece(left.origin, right.origin)
    if left.key is None or right.key is None:
        return None
    return left.key == right.key


def _same_piece(left: Piece, right: Piece) -> bool | None:
    whole = same(left.whole, right.whole)
    if whole and (left.outer, left.inner) != (right.outer, right.inner):
        cuts = (*left[1:], *right[1:])
        return False if all(isinstance(cut, int) for cut in cuts) else None
    return whole


def stretch(left: Axis, right: Axis) -> Axis:
    """Give the axis that two axes broadcast to: the one that is not stretched.

    Of two that are not stretched it is the first whose identity is known. Whether they fit
    together is not looked at.
    """
    if left.is_unit != right.is_unit:
        return right if left.is_unit else left
    return right if left.key is None and right.key is not None else left


# --- merging ----------------------------------------------------------------------------------


def merge(axes: Sequence[Axis]) -> Axis:
    """Join axes into one, the first being the outermost.

    Axes of size 1 vanish, neighbouring pieces of one axis are joined to what they were cut from,
    and what remains single stays itself.
    """
    factors: list[Axis] = []
    for axis in axes:
        for factor in axis.factors or (axis,):
            if not factor.is_unit:
                _append(factors, factor)
    if not factors:
        return axes[0] if len(axes) == 1 else UNIT
    if len(factors) == 1:
        return factors[0]
    return Axis(product(factor.size for factor in factors), factors=tuple(factors))


def _append(factors: list[Axis], inner: Axis) -> None:
    joined = _joined(factors[-1], inner) if factors else None
    if joined is None:
        factors.append(inner)
    else:
        factors[-1] = joined


def _joined(outer: Axis, inner: Axis) -> Axis | None:
    """Join two pieces of one axis, if the one continues the other."""
    if not isinstance(outer.origin, Piece) or not isinstance(inner.origin, Piece):
        return None
    whole, upper, cut = outer.origin
    if cut != inner.origin.outer or same(whole, inner.origin.whole) is not True:
        return None
    lower = inner.origin.inner
    if lower == 1 and upper == whole.size:
        return whole
    return Axis(outer.size * inner.size, origin=Piece(whole, upper, lower))


# --- splitting --------------------------------------------------------------------------------


def split(
    axis: Axis, sizes: Sequence[Size], assumptions: Assumptions
) -> tuple[Axis, ...] | Scrambled | None:
    """Cut an axis into axes of the given sizes, the outermost first.

    The sizes must have the product `axis.size`, which is the caller's to check. A cut must lie
    between the factors that were merged, or divide a factor into an outer and an inner piece.

    Returns:
        The axes; or `Scrambled` if a cut certainly goes across factors, or if an axis is asked for
        in the place of another (`H*D` cut into `D, H`); or None if it cannot be decided.
    """
    if axis.size == 0 or 0 in sizes:
        return None
    return _Cut(axis, sizes, assumptions).result()


class _Cut:
    """The state of one split: what is left to be cut, and to be made, between the two ends.

    Invariant: the product of `factors` is the product of `wanted`. `made[i]` lists the factors,
    outermost first, of the i-th axis, as far as they are found.
    """

    def __init__(self, axis: Axis, sizes: Sequence[Size], assumptions: Assumptions) -> None:
        self.assumptions = assumptions
        self.factors = [one for one in axis.factors or (axis,) if not one.is_unit]
        self.wanted = [(place, size) for place, size in enumerate(sizes) if size != 1]
        self.made: list[list[Axis]] = [[] for _ in sizes]

    def result(self) -> tuple[Axis, ...] | Scrambled | None:
        """Cut from the left as far as it can be decided, then from the right."""
        for end in (0, -1):
            while self.wanted and self.factors:
                if len(self.wanted) == 1:
                    self._take_all(end)
                    break
                if not self._take(end):
                    break
        if self.wanted or self.factors:
            return self._scrambled()
        return tuple(merge(factors) if factors else UNIT for factors in self.made)

    def _take_all(self, end: int) -> None:
        [(place, size)] = self.wanted
        if len(self.factors) == 1 and isinstance(self.factors[0].origin, Piece):
            self.factors = [self.factors[0].with_size(size)]
        for factor in self.factors if end == 0 else reversed(self.factors):
            self._put(place, factor, end)
        self.wanted, self.factors = [], []

    def _put(self, place: int, factor: Axis, end: int) -> None:
        made = self.made[place]
        made.insert(len(made) if end == 0 else 0, factor)

    def _take(self, end: int) -> bool:
        """Use up the factor at one end, the size wanted there, or both."""
        factor, (place, size) = self.factors[end], self.wanted[end]
        if self.assumptions.equal(factor.size, size) is True:
            self._put(place, factor, end)
            del self.factors[end], self.wanted[end]
        elif len(self.factors) == 1 or self.assumptions.divides(size, factor.size) is True:
            rest = self._over(factor.size, size)
            taken, self.factors[end] = _cut_off(factor, size, rest, end)
            self._put(place, taken, end)
            del self.wanted[end]
        elif self.assumptions.divides(factor.size, size) is True:
            self._put(place, factor, end)
            self.wanted[end] = (
                place,
                self.assumptions.simplify(size) // self.assumptions.simplify(factor.size),
            )
            del self.factors[end]
        else:
            return False
        return True

    def _over(self, size: Size, divisor: Size) -> Size:
        return self.assumptions.simplify(size) // self.assumptions.simplify(divisor)

    def _scrambled(self) -> Scrambled | None:
        """Judge a cut that could not be made."""
        if not self.wanted or not self.factors:
            return None
        ends = (0, self.factors[1:]), (-1, self.factors[:-1])
        for end, others in ends:
            factor, (_, size) = self.factors[end], self.wanted[end]
            if self._crosses(factor.size, size) or self._displaced(factor.size, size, others):
                return Scrambled(factor, size)
        return None

    def _crosses(self, size: Size, wanted: Size) -> bool:
        divides = self.assumptions.divides
        return divides(size, wanted) is False and divides(wanted, size) is False

    def _displaced(self, size: Size, wanted: Size, others: Sequence[Axis]) -> bool:
        """Tell whether another factor's own symbol was asked for in the place of this one."""
        return any(
            isinstance(other.size, Expr)
            and other.size != size
            and self.assumptions.divides(other.size, wanted) is True
            for other in others
        )


def _cut_off(factor: Axis, size: Size, rest: Size, end: int) -> tuple[Axis, Axis]:
    """Divide a factor into a piece of a given size at one end, and one with the rest."""
    origin = factor.origin
    whole, upper, lower = origin if isinstance(origin, Piece) else (factor, factor.size, 1)
    cut = lower * (rest if end == 0 else size)
    outer, inner = Piece(whole, upper, cut), Piece(whole, cut, lower)
    if end == 0:
        return Axis(size, origin=outer), Axis(rest, origin=inner)
    return Axis(size, origin=inner), Axis(rest, origin=outer)
