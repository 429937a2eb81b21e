"""Cases by residue: writing `n` as `6*n + r` for each `r` resolves `n//2` and `n//3`."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, NamedTuple

from shapecheck.dims.division import Quotient
from shapecheck.dims.expr import Expr, Size, Symbol, atoms_of, substitute, symbols

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MOST_CASES = 64


class Case(NamedTuple):
    """One combination of residues.

    Attributes:
        modulus: what the symbols are reduced by.
        residues: the residue of each symbol that is divided.
        size: the size, in which these symbols now stand for their quotients.
    """

    modulus: int
    residues: dict[Symbol, int]
    size: Size


def residue_cases(size: Size) -> list[Case]:
    """List the cases in which a size is defined; see `each_case`."""
    return list(each_case(size))


def each_case(size: Size) -> Iterator[Case]:
    """Go through the cases in which a size is defined.

    Yields:
        None of them if nothing is divided by an integer, or if they were too many.
    """
    divided = [
        (atom, atom.denominator)
        for atom in atoms_of(size)
        if isinstance(atom, Quotient) and isinstance(atom.denominator, int)
    ]
    modulus = math.lcm(*(divisor for _, divisor in divided))
    names = {name for atom, _ in divided for name in symbols(atom.numerator)}
    if not divided or modulus ** len(names) > _MOST_CASES:
        return
    combinations = itertools.product(range(modulus), repeat=len(names))
    residues = (dict(zip(names, one, strict=True)) for one in combinations)
    yield from _defined_cases(size, modulus, residues)


def _defined_cases(
    size: Size, modulus: int, combinations: Iterable[dict[Symbol, int]]
) -> Iterator[Case]:
    for residues in combinations:
        step = {name: modulus * Expr.of(name) + one for name, one in residues.items()}
        try:
            yield Case(modulus, residues, substitute(size, step))
        except (ZeroDivisionError, ValueError):
            continue
