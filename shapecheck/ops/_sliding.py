"""What windows have in common: one number for each spatial axis, and how far a window reaches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias

from shapecheck.dims import Axis, Shape, Size, is_size
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import Op
from shapecheck.ops._params import Kind, Mismatch
from shapecheck.ops._values import Array, Unknown


def _one_padding(value: Any, library: str) -> Any:
    return value if isinstance(value, str) else _one_extent(value, library, none=False)


def _one_extent(value: Any, _: str, *, none: bool = True) -> Any:
    if isinstance(value, (tuple, list)):
        return tuple(_one_extent(one, _, none=none) for one in value)
    if value is None and none:
        return None
    if not is_size(value):
        raise Mismatch("not a size")
    return int(value) if isinstance(value, bool) else value


# ``same``, ``valid``, one size for all spatial axes, or a tuple with one for each.
Padding: TypeAlias = Annotated[Any, Kind("counts", _one_padding)]
# One size for all spatial axes, or a tuple with one for each; None keeps what is there.
Extent: TypeAlias = Annotated[Any, Kind("counts", _one_extent)]


def spread(
    need: Need, value: Any, count: int, name: str, *, least: int | None = None, one: bool = True
) -> tuple[Size, ...]:
    """One number for each of some spatial axes; a single one holds for all of them.

    Args:
        need: the recorder.
        value: what was passed: a number, or several.
        count: how many spatial axes there are.
        name: the op's parameter.
        least: what each number has to be at least.
        one: whether a tuple with a single number holds for all axes, too.
    """
    many = tuple(value) if isinstance(value, (tuple, list)) else (value,) * count
    text = f"{name} has to be one number, or {count}: one for each spatial axis"
    allowed = len(many) == count or (one and len(many) == 1)
    need.true(allowed, Why("size-argument", text, ((name, None),)), len(many), count)
    if least is not None:
        for size in many:
            need.count(size, name, least=least)
    return many * (count if len(many) < count else 1)


def lead_and_spatial(need: Need, name: str, x: Array, count: int) -> tuple[Shape, Shape]:
    """The axes (batch, channels) or (channels) of an image, and its spatial ones."""
    need.rank(name, x, count + 1, count + 2)
    return x.shape[:-count], x.shape[-count:]


def kept(need: Need, axis: Axis, size: Size) -> Axis:
    """The axis itself if its size certainly stays, else a new one: what it counts is windows."""
    same = need.assume.simplify(axis.size) == need.assume.simplify(size)
    return axis if same else Axis(size)


def nonempty(need: Need, name: str, x: Array, places: Sequence[int], rule: str) -> None:
    """Require some axes to have elements."""
    for place in places:
        reason = Why(rule, f"only the batch of {name} may be empty", ((name, place),))
        need.at_least(x.shape[place].size, 1, reason)


def reach(kernel: Size, dilation: Size) -> Size:
    """From the first element that a window looks at to the last one, both counted."""
    return dilation * (kernel - 1) + 1


def _factor(value: Any, library: str) -> Any:
    if isinstance(value, (tuple, list)):
        return tuple(_factor(one, library) for one in value)
    if is_size(value) or isinstance(value, (float, Unknown)):
        return value
    raise Mismatch("not a number")


# One factor for all spatial axes, or a tuple with one for each; they need not be known.
Factors: TypeAlias = Annotated[Any, Kind("number", _factor)]

_EXACT = 2**16  # the denominators up to which a factor counts as the fraction that it looks like


def scaled(need: Need, size: Size, factor: Any) -> Size:
    """The whole part of `size * factor`, which torch finds with floating-point numbers.

    A factor such as 0.1 is not known exactly, so what is told of a symbolic size is only a name.
    """
    if is_size(factor):
        return size * factor
    if isinstance(factor, float) and math.isfinite(factor):
        if isinstance(size, int):
            return int(size * factor)
        numerator, denominator = factor.as_integer_ratio()
        if 0 < denominator <= _EXACT and numerator >= 0:
            return size * numerator // denominator
    return need.fresh("scaled")


# --- docstrings of ops that are made for one, two and three spatial axes ------------------------

PRIME = "'"  # marks what is another size in the result
_NAMES = {1: ("n",), 2: ("h", "w"), 3: ("d", "h", "w")}


def shape_of(count: int, channels: str = "channels", *, mark: str = "") -> str:
    """The shape of an image as docstrings write it: ``(*batch, channels, h, w)``."""
    return f"(*batch, {channels}, {', '.join(name + mark for name in _NAMES[count])})"


def weights_of(count: int, channels: str) -> str:
    """The shape of a convolution's weights as docstrings write it."""
    return f"({channels}, {', '.join('k' + name for name in _NAMES[count])})"


def described(made: Op, shapes: str, source: str) -> Op:
    """The op, its rule with a docstring."""
    made.rule.__doc__ = f'{shapes}\n\ntorch\'s "{source}".'
    return made


def resizes(made: Op, count: int, source: str) -> Op:
    """The op, its rule described as one that leaves the channels alone."""
    return described(made, f"{shape_of(count)} -> {shape_of(count, mark=PRIME)}", source)
