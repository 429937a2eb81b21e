"""The recorder that rules report their requirements to, and the habits of the libraries."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from shapecheck.dims import Expr, Size, is_size, symbol
from shapecheck.facts import Need as Recorder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapecheck.ops._values import Array

next_serial = itertools.count().__next__  # of all that is made up while an analysis runs


@dataclass(frozen=True, slots=True)
class Conventions:
    """In what NumPy and PyTorch differ for many ops at once.

    Attributes:
        name: the library.
        scalar_axis: whether axis 0 and -1 address an array of rank 0.
    """

    name: str
    scalar_axis: bool


NUMPY = Conventions("numpy", scalar_axis=False)
TORCH = Conventions("torch", scalar_axis=True)
LIBRARIES = {"numpy": NUMPY, "torch": TORCH}


@dataclass(frozen=True, slots=True)
class Why:
    """Where a requirement of an op comes from.

    Attributes:
        rule: the rule that is broken if it does not hold, a key of the table of rules.
        text: what is required, as a clause without sizes: ``inner sizes have to be equal``.
        places: the axes that it is about: the op's parameter (``tensors[1]`` inside a list) and
            the axis counted from 0, None for the array as a whole.
    """

    rule: str
    text: str = ""
    places: tuple[tuple[str, int | None], ...] = ()


class Undecided(Exception):  # noqa: N818 - control flow inside one rule, not an error of the user's
    """Raised by a rule that cannot tell the result; nothing is refuted."""


@dataclass(slots=True)
class Need(Recorder):
    """Records what one call of an op requires; stops at the first requirement that fails.

    Args:
        library: whose conventions hold.
    """

    library: Conventions = field(default=TORCH)

    def true(self, holds: bool | None, why: Why, left: object = None, right: object = None) -> None:
        """Require something that the rule found out by itself."""
        self.record(left, "holds", right, why, holds)

    def rank(self, name: str, array: Array, *allowed: int, why: str = "") -> None:
        """Require an array to have one of some numbers of axes.

        Args:
            name: the op's parameter.
            array: what was passed for it.
            allowed: the ranks that are.
            why: the rule that is broken otherwise; the default is ``rank``.
        """
        wanted = " or ".join(map(str, allowed))
        reason = Why(why or "rank", f"{name} has to have {wanted} axes", ((name, None),))
        self.record(array.rank, "rank", allowed, reason, array.rank in allowed)

    def rank_at_least(self, name: str, array: Array, least: int, why: str = "") -> None:
        """Require an array to have at least so many axes."""
        text = f"{name} has to have at least {least} {'axis' if least == 1 else 'axes'}"
        reason = Why(why or "rank", text, ((name, None),))
        self.record(array.rank, "rank-at-least", least, reason, array.rank >= least)

    def axis(self, number: object, rank: int, name: str = "dim", *, of: str = "") -> int:
        """An axis' number, counted from 0; negative ones count from the end.

        Args:
            number: as it was passed.
            rank: of the array that it is an axis of.
            name: the op's parameter for it.
            of: the op's parameter for the array.

        Raises:
            Refuted: there is no such axis.
            Undecided: the number is symbolic.
        """
        if not isinstance(number, int):
            self.undecided(f"{name} is not known")
        reach = max(rank, 1) if self.library.scalar_axis else rank
        reason = Why("axis-out-of-range", f"{name} has to name an axis", ((name, None), (of, None)))
        self.record(number, "in-range", (-reach, reach), reason, -reach <= number < reach)
        return number + reach if number < 0 else int(number)

    def axes(
        self, numbers: object, rank: int, name: str = "dim", *, of: str = "", distinct: bool = True
    ) -> tuple[int, ...]:
        """Axis numbers as a tuple, counted from 0; None stands for all axes."""
        if numbers is None:
            return tuple(range(rank))
        many = numbers if isinstance(numbers, (tuple, list)) else (numbers,)
        found = tuple(self.axis(one, rank, name, of=of) for one in many)
        if distinct:
            reason = Why("axis-out-of-range", f"{name} may not name an axis twice", ((name, None),))
            self.record(found, "distinct", None, reason, len(set(found)) == len(found))
        return found

    def count(self, number: object, name: str, *, least: int = 0) -> Size:
        """A size that was passed: an int, or a symbol; not less than `least`."""
        if not is_size(number):
            self.undecided(f"{name} is not a size")
        reason = Why("size-argument", f"{name} has to be at least {least}", ((name, None),))
        self.at_least(number, least, reason)
        return number

    def known(self, number: object, name: str) -> int:
        """An integer that the rule cannot do without.

        Raises:
            Undecided: it is symbolic.
        """
        if isinstance(number, bool) or not isinstance(number, int):
            self.undecided(f"{name} is not a known number")
        return number

    def decided(self, holds: bool | None, reason: str) -> bool:
        """An answer that the rule needs to go on.

        Raises:
            Undecided: it is not known.
        """
        if holds is None:
            self.undecided(reason)
        return holds

    def undecided(self, reason: str) -> NoReturn:
        """Give up: the result cannot be told, and nothing is wrong as far as is known."""
        raise Undecided(reason)

    def fresh(self, name: str) -> Size:
        """A size that only the data decide, such as how many elements are nonzero."""
        return symbol(name, tag=Fresh(next_serial()))


@dataclass(frozen=True, slots=True)
class Fresh:
    """The tag of a size that no shape decides."""

    serial: int


def is_fresh(size: Size) -> bool:
    """Whether a size depends on data, or on what is not known."""
    from shapecheck.dims import symbols  # noqa: PLC0415 - only the tests and few rules ask

    return isinstance(size, Expr) and any(isinstance(one.tag, Fresh) for one in symbols(size))


def same_rank(need: Need, named: Sequence[tuple[str, Array]], rule: str) -> None:
    """Require arrays to have the same number of axes."""
    (first, array), *others = named
    for name, other in others:
        reason = Why(
            rule, "all have to have the same number of axes", ((first, None), (name, None))
        )
        need.record(array.rank, "same-rank", other.rank, reason, array.rank == other.rank)
