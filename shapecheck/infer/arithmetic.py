"""Python's own operators on sizes, numbers, tuples and strings; never on the user's objects."""

from __future__ import annotations

import ast
import functools
import math
import operator
import re
from typing import TYPE_CHECKING, Any

from shapecheck.dims import Expr, is_size
from shapecheck.ops import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST_BITS = 4096  # of an integer that is worth computing
MOST_PARTS = 4096  # of a tuple that is worth making
MOST_LETTERS = 20_000  # of a text that is
WIDE = re.compile(r"\*|[0-9]{4}")  # in a format: it may make a text of any length

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.BitAnd: "and_",
    ast.BitOr: "or_",
    ast.BitXor: "xor",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.USub: "neg",
    ast.UAdd: "pos",
    ast.Invert: "invert",
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
}


def is_plain(value: object) -> bool:
    """Whether a value is a size, a number, a string or a truth value: safe to compute with."""
    return isinstance(value, (int, float, complex, str, bytes, Expr)) or value is None


def compute(name: str, left: Any, right: Any) -> object:
    """A binary operator of Python's on plain values and tuples."""
    if isinstance(left, (tuple, list)) or isinstance(right, (tuple, list)):
        return _sequences(name, left, right)
    if not is_plain(left) or not is_plain(right):
        return Unknown()
    if isinstance(left, Expr) or isinstance(right, Expr):
        return _sizes(name, left, right)
    if isinstance(left, (str, bytes)) and not _is_short(name, left, right):
        return Unknown("a long text", "text")
    if name in ("pow", "lshift", "mul") and not _is_small(name, left, right):
        return Unknown("a number too large to compute", "number")
    try:
        return getattr(operator, name)(left, right)
    except (ArithmeticError, TypeError, ValueError):
        return Unknown("undefined")


def _sizes(name: str, left: Any, right: Any) -> object:
    """An operator with a symbolic side."""
    if name in ("eq", "ne", "lt", "le", "gt", "ge"):
        return Unknown("depends on a size", "number")
    if not (is_size(left) and is_size(right)) or name in ("truediv", "matmul"):
        return Unknown("a number that is not an integer", "number")
    try:
        return getattr(operator, name)(left, right)
    except (ArithmeticError, TypeError, ValueError):
        return Unknown("a size that is not known")


def _sequences(name: str, left: Any, right: Any) -> object:
    if name == "add" and type(left) is type(right):
        return left + right if len(left) + len(right) <= MOST_PARTS else Unknown("many parts")
    if name == "mul":
        parts, times = (left, right) if isinstance(left, (tuple, list)) else (right, left)
        if isinstance(times, int) and len(parts) * max(times, 0) <= MOST_PARTS:
            return parts * times
    if name in ("eq", "ne") and _all_ints(left) and _all_ints(right):
        return (tuple(left) == tuple(right)) == (name == "eq")
    return Unknown()


def _all_ints(parts: Any) -> bool:
    return isinstance(parts, (tuple, list)) and all(isinstance(one, int) for one in parts)


def _is_short(name: str, left: str | bytes, right: Any) -> bool:
    """Whether a text is made of a length that nobody waits for."""
    if name == "add" and isinstance(right, (str, bytes)):
        return len(left) + len(right) <= MOST_LETTERS
    if name == "mul" and isinstance(right, int):
        return len(left) * right <= MOST_LETTERS
    return name != "mod" or (isinstance(left, str) and WIDE.search(left) is None)


def _is_small(name: str, left: Any, right: Any) -> bool:
    """Whether the result is of a size that nobody waits for."""
    if isinstance(left, (str, bytes)):
        return True
    if isinstance(right, (str, bytes)):
        return False
    if not isinstance(left, int) or not isinstance(right, int):
        return True
    bits = max(left.bit_length(), 1)
    if name == "mul":
        return bits + right.bit_length() <= MOST_BITS
    return (
        0 <= right <= MOST_BITS and bits * right <= MOST_BITS
        if name == "pow"
        else (0 <= right <= MOST_BITS)
    )


def negated(name: str, value: Any) -> object:
    """A unary operator of Python's on a plain value."""
    if isinstance(value, Unknown) and value.kind == "number":
        return value
    if not is_plain(value) or isinstance(value, str):
        return Unknown()
    try:
        return getattr(operator, name)(value)
    except TypeError:
        return Unknown()


def _prod(parts: Any) -> object:
    total: Any = 1
    for one in parts:
        total = compute("mul", total, one)
    return total


def _sum(parts: Any, start: Any = 0) -> object:
    total: Any = start
    for one in parts:
        total = compute("add", total, one)
    return total


def _extreme(choose: Callable[..., Any], of_sizes: Callable[..., Any]) -> Callable[..., object]:
    def extreme(*values: Any) -> object:
        many = values[0] if len(values) == 1 and isinstance(values[0], (tuple, list)) else values
        if many and all(is_size(one) for one in many):
            return of_sizes(*many)
        return (
            choose(many) if many and all(isinstance(x, (int, float)) for x in many) else Unknown()
        )

    return extreme


def _int(value: Any = 0, *_: Any) -> object:
    if is_size(value):
        return int(value) if isinstance(value, (bool, int)) else value
    if isinstance(value, float) and math.isfinite(value) and abs(value) < 2**63:
        return int(value)
    return Unknown("a number", "number")


def _float(value: Any = 0.0) -> object:
    return (
        float(value)
        if isinstance(value, (int, float)) and abs(value) < 2**63
        else (Unknown("a number", "number"))
    )


def _real(function: Callable[..., Any]) -> Callable[..., object]:
    def real(*values: Any) -> object:
        if values and all(isinstance(one, (int, float)) for one in values):
            try:
                return function(*values)
            except (ArithmeticError, ValueError, TypeError):
                return Unknown("undefined", "number")
        return Unknown("a number", "number")

    return real


def _range(*bounds: Any) -> object:
    if all(isinstance(one, int) for one in bounds) and len(range(*bounds)) <= MOST_PARTS:
        return tuple(range(*bounds))
    return Unknown("a range")


def _zip(*parts: Any) -> object:
    if all(isinstance(one, (tuple, list)) for one in parts):
        return tuple(zip(*parts, strict=False))
    return Unknown()


def _sequence(made: Callable[..., Any]) -> Callable[..., object]:
    def sequence(parts: Any = ()) -> object:
        return made(parts) if isinstance(parts, (tuple, list)) else Unknown()

    return sequence


@functools.cache
def python_functions() -> Mapping[str, Callable[..., object]]:
    """Python's own functions that sizes are computed with, by their full name."""
    from shapecheck.dims import maximum, minimum  # noqa: PLC0415 - a table, read once

    return {
        "builtins.int": _int,
        "builtins.float": _float,
        "builtins.min": _extreme(min, minimum),
        "builtins.max": _extreme(max, maximum),
        "builtins.sum": _sum,
        "builtins.range": _range,
        "builtins.zip": _zip,
        "builtins.tuple": _sequence(tuple),
        "builtins.list": _sequence(list),
        "builtins.reversed": _sequence(lambda parts: tuple(reversed(parts))),
        "builtins.round": _real(round),
        "builtins.abs": lambda value: negated("abs", value),
        "math.prod": _prod,
        "math.ceil": _real(math.ceil),
        "math.floor": _real(math.floor),
        "math.sqrt": _real(math.sqrt),
        "math.log": _real(math.log),
        "math.log2": _real(math.log2),
        "math.isqrt": _real(math.isqrt),
        "torch.Size": _sequence(tuple),
    }
