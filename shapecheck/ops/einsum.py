"""Einstein's summation convention: products whose axes are named by the letters of an equation."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from shapecheck.dims import Axis, Shape
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import Anything, Tensors, Word
from shapecheck.ops._values import Array, Unknown

REST = "..."  # the axes that have no name of their own
_TERM = re.compile(r"(?:[a-zA-Z]|\.\.\.)*")


class Equation(NamedTuple):
    """A contraction: the names of the axes of each operand, and those of the result.

    Attributes:
        terms: for each operand its axes' names, `REST` at most once.
        output: the result's axes' names.
        parameter: the op's parameter that says it, and the rule that it is judged by.
    """

    terms: tuple[tuple[str, ...], ...]
    output: tuple[str, ...]
    parameter: str = "equation"
    rule: str = "einsum-pattern"


def holds(need: Need, equation: Equation, answer: bool | None, text: str) -> None:
    """Require something of the equation itself."""
    need.true(answer, Why(equation.rule, text, ((equation.parameter, None),)))


def contraction(need: Need, equation: Equation, operands: Sequence[Array]) -> Shape:
    """The axes of a contraction's result.

    Each name stands for one size, or for 1; it keeps its axis if the result has it.
    """
    many = len(equation.terms) == len(operands)
    holds(need, equation, many, "there have to be as many terms as operands")
    for names in (*equation.terms, equation.output):
        holds(need, equation, names.count(REST) <= 1, "each term may have ... only once")
    named: dict[str, Axis] = {}
    home: dict[str, tuple[str, int]] = {}  # where the axis that a name keeps was found
    rests: list[Shape] = []
    for number, (term, operand) in enumerate(zip(equation.terms, operands, strict=True)):
        place = f"operands[{number}]"
        labels = _labels(need, equation, term, operand, place)
        for position, label in enumerate(labels):
            axis = operand.shape[position]
            if label == REST:
                continue
            if label in labels[:position]:
                _repeated(need, equation, label, operand, labels.index(label), position, place)
            here = place, position
            if label not in named:
                named[label], home[label] = axis, here
                continue
            why = Why(equation.rule, f"{label} has to have one size", (home[label], here))
            before = named[label]
            (named[label],) = need.broadcast((before,), (axis,), why=why)
            home[label] = home[label] if named[label] is before else here
        rests.append(tuple(a for a, b in zip(operand.shape, labels, strict=True) if b == REST))
    why = Why(equation.rule, "the axes that ... stands for have to broadcast")
    rest = need.broadcast(*rests, why=why)
    _output_fits(need, equation, named, rest)
    found = [rest if label == REST else (named[label],) for label in equation.output]
    return tuple(axis for axes in found for axis in axes)


def _labels(
    need: Need, equation: Equation, term: tuple[str, ...], operand: Array, place: str
) -> tuple[str, ...]:
    """The name of each axis of an operand; `REST` for those that have none."""
    more = operand.rank - len(term) + 1
    fits = more >= 0 if REST in term else more == 1
    text = f"{place} has to have an axis for each name in its term"
    why = Why(equation.rule, text, ((equation.parameter, None), (place, None)))
    need.record(operand.rank, "rank", len(term) - (REST in term), why, fits)
    if REST not in term:
        return term
    at = term.index(REST)
    return (*term[:at], *(REST,) * more, *term[at + 1 :])


def _repeated(
    need: Need,
    equation: Equation,
    label: str,
    operand: Array,
    before: int,
    position: int,
    place: str,
) -> None:
    """Require the axes of a diagonal to have one size, which is not stretched."""
    text = f"{label} names two axes of {place}, which have to have one size"
    why = Why(equation.rule, text, ((place, before), (place, position)))
    need.equal(operand.shape[before].size, operand.shape[position].size, why)


def _output_fits(need: Need, equation: Equation, named: Iterable[str], rest: Shape) -> None:
    letters = [label for label in equation.output if label != REST]
    known = set(letters) <= set(named)
    holds(need, equation, known, "the result's names have to be those of operands")
    holds(need, equation, len(letters) == len(set(letters)), "the result has each name once")
    if need.library is NUMPY:
        kept = REST in equation.output or not rest
        holds(need, equation, kept, "the axes that ... stands for have to be in the result")


# --- equations --------------------------------------------------------------------------------


def parsed(need: Need, text: str) -> Equation:
    """Read an equation such as ``bij,bjk->bik``; without ``->`` the result is implied."""
    left, arrow, right = text.replace(" ", "").partition("->")
    raw = Equation((), ())
    terms = left.split(",")
    for term in (*terms, right):
        letters = _TERM.fullmatch(term) is not None
        holds(need, raw, letters, "an equation consists of letters, commas, ... and one ->")
    named = tuple(_names(term) for term in terms)
    return Equation(named, _names(right) if arrow else implied(named))


def _names(term: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-zA-Z]|\.\.\.", term))


def implied(terms: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The names of the result that is not told: those that occur once, by the alphabet."""
    counts = Counter(label for term in terms for label in term if label != REST)
    once = sorted(label for label, count in counts.items() if count == 1)
    return (*((REST,) if any(REST in term for term in terms) else ()), *once)


@op(
    numpy="einsum(equation, *operands..., /, *, out, dtype, order, casting, optimize)",
    torch="einsum(equation, *operands, /)",
)
def einsum(equation: Word, operands: Tensors, *, need: Need) -> Shape:
    """(i, j), (j, k) -> (i, k) by "ij,jk->ik": letters that the result lacks are summed over.

    NumPy's manual, "numpy.einsum"; torch's "torch.einsum".
    """
    return contraction(need, parsed(need, equation), operands)


@op(
    numpy="einsum(*arguments..., /, *, out, dtype, order, casting, optimize)",
    torch="einsum(*arguments..., /)",
)
def einsum_sublist(arguments: Anything, *, need: Need) -> Shape:
    """(i, j), [0, 1], (j, k), [1, 2], [0, 2] -> (i, k): numbers in the place of letters.

    NumPy's manual, "numpy.einsum", the alternative form; torch's "torch.einsum".
    """
    values = list(arguments)
    if values and isinstance(values[0], str):
        equation = parsed(need, values[0])
        given = values[1:]
        if len(given) == 1 and isinstance(given[0], (list, tuple)):
            given = list(given[0])  # torch takes a list of them, too
        elif len(given) == 1 and isinstance(given[0], Unknown):
            need.undecided("the operands are not known")
        return contraction(need, equation, filled(need, equation, given))
    if any(isinstance(one, Unknown) for one in values) or not isinstance(values[0], Array):
        need.undecided("the operands are not known")
    pairs = list(zip(values[::2], values[1::2], strict=False))
    operands = [array for array, _ in pairs]
    if any(not isinstance(array, Array) or array.is_open for array in operands):
        need.undecided("the operands are not known")
    terms = tuple(_numbered(need, names) for _, names in pairs)
    output = _numbered(need, values[-1]) if len(values) % 2 else implied(terms)
    return contraction(need, Equation(terms, output, "arguments"), operands)


def filled(need: Need, equation: Equation, operands: Sequence[object]) -> list[Array]:
    """The operands; those that are not known are what the equation says of them."""
    many = len(equation.terms) == len(operands)
    holds(need, equation, many, "there have to be as many terms as operands")
    known: list[Array] = []
    for term, one in zip(equation.terms, operands, strict=True):
        if isinstance(one, Array) and not one.is_open:
            known.append(one)
        elif isinstance(one, Unknown) and not one.kind and REST not in term:
            known.append(Array(tuple(Axis(need.fresh(name)) for name in term)))
        else:
            need.undecided("the operands are not known")
    return known


def _numbered(need: Need, names: object) -> tuple[str, ...]:
    """Letters for the numbers of a list."""
    if not isinstance(names, (list, tuple)):
        need.undecided("the names of the axes are not known")
    letters = []
    for one in names:
        if one is Ellipsis:
            letters.append(REST)
            continue
        number = need.known(one, "arguments")
        raw = Equation((), (), "arguments")
        holds(need, raw, 0 <= number < 52, "axes are named by numbers from 0 to 51")
        letters.append(string.ascii_letters[number])
    return tuple(letters)


OPS = family(globals())
