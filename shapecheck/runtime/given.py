"""The shapes that `explain` is given: as arguments of Python's, or as words of a command line."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any

from shapecheck.dims import Axis, Expr, is_size, lone_symbol
from shapecheck.infer import Opaque
from shapecheck.ops import Array
from shapecheck.runtime.live import value_of
from shapecheck.spec.errors import SpecError
from shapecheck.spec.grammar import parse_size

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST = 2**63 - 1  # of the sizes that an array can have


class GivenError(SpecError):
    """What was given for a name is no shape."""

    def _report(self) -> str:
        where = f"{self.subject}: " if self.subject else ""
        lines = [f"{where}{self.problem}", f"    {self.text}", f"    {self._marker()}"]
        return "\n".join([*lines, f"  {self.remedy}"] if self.remedy else lines)

    def _marker(self) -> str:
        return f"{' ' * self.column}{'^' * self.width}"

    def __reduce__(self) -> tuple[object, ...]:
        return (_again, (self.text, self.column, self.problem, self.remedy, self.width))


def _again(text: str, column: int, problem: str, remedy: str, width: int) -> GivenError:
    return GivenError(text, column, problem, remedy=remedy, width=width)


def value_given(name: str, shape: Any, library: str, dtype: str = "float") -> object:
    """The value that a shape given for a name describes: an array, a number, a module.

    Raises:
        GivenError: it describes none.
    """
    if isinstance(shape, str):
        return Array(tuple(axes_in_words(shape, name)), dtype, None, library)
    if isinstance(shape, (tuple, list)):
        return Array(tuple(_axes(name, shape)), dtype, None, library)
    if isinstance(shape, Expr):
        return shape  # a number that goes by a name
    value = value_of(shape)
    if isinstance(value, Opaque):
        kind = type(shape).__name__
        raise GivenError(
            f"{name}={kind}",
            len(name) + 1,
            f"{name} is neither a shape, an array nor a module, but of type {kind}",
            remedy=f"give its shape: {name}=(2, 3)",
            width=len(kind),
        )
    return value


def _axes(name: str, sizes: Iterable[Any]) -> Iterable[Axis]:
    """The axes of a tuple of sizes."""
    many = list(sizes)
    for place, one in enumerate(many):
        if isinstance(one, str):
            yield from axes_in_words(one, name)
            continue
        size = _as_size(one)
        if size is None or (isinstance(size, int) and not 0 <= size <= LARGEST):
            before = f"{name}=({''.join(f'{other!r}, ' for other in many[:place])}"
            raise GivenError(
                f"{before}{one!r}{')' if place == len(many) - 1 else ', ...)'}",
                len(before),
                f"{one!r} is not a size in the shape of {name}",
                remedy=f"a size is an int from 0 on, or a name: {name}=(3, 'n_in')",
                width=len(repr(one)),
            )
        yield named_axis(size)


def _as_size(one: Any) -> Any:
    """An integer of any library, or a symbol, as a size; None for what is none."""
    if isinstance(one, Expr):
        return one
    try:
        return None if isinstance(one, bool) else operator.index(one)
    except TypeError:
        return None


def named_axis(size: Any) -> Axis:
    """An axis that goes by its size's name, where that is one name."""
    symbol = lone_symbol(size) if isinstance(size, Expr) else None
    return Axis(size, str(symbol) if symbol is not None else None)


def axes_in_words(shape: str, name: str) -> Iterable[Axis]:
    """The axes of a shape as text: ``3,2``, ``(B, n_in)``, ``B n_in``.

    Raises:
        GivenError: a part of it is no size.
    """
    text = f"{name}={shape}"
    start = len(name) + 1
    inside = shape.strip()
    if (inside[:1], inside[-1:]) in (("(", ")"), ("[", "]")):
        start += shape.index(inside[0]) + 1
        inside = inside[1:-1]
    elif inside[:1] in ("(", "[") or inside[-1:] in (")", "]"):
        at = len(name) + 1 + (0 if inside[0] in "([" else len(shape) - 1)
        raise GivenError(text, at, "a bracket is not closed", remedy=f"write {name}=3,2")
    if not inside.strip():
        return
    separator = r"," if "," in inside else r"\s+"
    parts = list(_split(inside, separator, start))
    if len(parts) > 1 and not parts[-1][1].strip():
        parts.pop()  # (3,)
    for at, part in parts:
        yield named_axis(_size_in_words(text, at, part, name))


def _split(text: str, separator: str, start: int) -> Iterable[tuple[int, str]]:
    begin = 0
    for found in re.finditer(separator, text):
        yield start + begin, text[begin : found.start()]
        begin = found.end()
    yield start + begin, text[begin:]


def _size_in_words(text: str, at: int, part: str, name: str) -> Any:
    word = part.strip()
    at += len(part) - len(part.lstrip())
    if not word:
        raise GivenError(text, at, "a size is missing", remedy="write one size between two commas")
    if re.fullmatch(r"\d+", word) and len(word) > 19:
        size: Any = LARGEST + 1
    else:
        try:
            size = parse_size(word)
        except SpecError as error:
            raise GivenError(
                text, at, f"{word} is not a size", remedy=_remedy(word, name), width=len(word)
            ) from error
    if isinstance(size, int) and size < 0:
        raise GivenError(
            text, at, "a size is not negative", remedy=_remedy(word, name), width=len(word)
        )
    if isinstance(size, int) and size > LARGEST:
        raise GivenError(
            text, at, "no array is that large", remedy="sizes go up to 2**63 - 1", width=len(word)
        )
    if not is_size(size):
        raise GivenError(text, at, f"{word} is not a size", width=len(word))
    return size


def _remedy(word: str, name: str) -> str:
    crossed = re.fullmatch(r"\d+(?:[xX;]\d+)+", word)
    if crossed:
        return f"separate sizes by commas: {name}={re.sub('[xX;]', ',', word)}"
    if word in ("...", "_", "?") or word.startswith("*"):
        return f"name every axis: {name}=B,n_in"
    return f"a size is a whole number, a name or a formula: {name}=3,n_in,2*k"


def given_in_words(words: list[str]) -> dict[str, object]:
    """What the words of a command line give: ``X=3,2``, ``b=n_out``, ``n:=5``, ``c=``.

    Returns:
        A number for ``n:=5``; for all others the text of the shape, read by `value_given`.

    Raises:
        GivenError: a word is none of these, or names what another one names.
    """
    found: dict[str, object] = {}
    for place, word in enumerate(words):
        left, sign, shape = word.partition("=")
        is_number = left.endswith(":")
        name = left.removesuffix(":").strip()
        if not sign or not name.isidentifier():
            raise _no_shape(word, words[place - 1] if place else "")
        if name in found:
            raise GivenError(word, 0, f"{name} is given twice", width=len(word))
        found[name] = _number(word, shape, name) if is_number else shape
    return found


def _number(word: str, text: str, name: str) -> object:
    at = len(word) - len(text)
    try:
        return (
            float(text) if re.fullmatch(r"-?\d*\.\d+|-?\d+\.", text.strip()) else parse_size(text)
        )
    except SpecError as error:
        raise GivenError(
            word,
            at,
            f"{text.strip() or 'nothing'} is not a number",
            remedy=f"write {name}:=5 for a number, {name}=5 for an array of shape (5,)",
            width=max(1, len(text)),
        ) from error


def _no_shape(word: str, before: str) -> GivenError:
    remedy = "write NAME=3,2, or NAME:=5 for a number"
    name, sign, shape = before.partition("=")
    if word.isidentifier():
        remedy = f"give its shape: {word}=3,2"
    if sign and name.isidentifier() and re.fullmatch(r"[\w,()]+", word):
        joined = f"{shape},{word}".replace(",,", ",")
        remedy = f"sizes are separated by commas, without blanks: {name}={joined}"
    if word.startswith("=") or word == "=":
        remedy = "write NAME=3,2 without blanks around ="
    return GivenError(word, 0, f"{word} gives no shape", remedy=remedy, width=len(word))
