"""Axes made longer (or shorter) at both ends."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from shapecheck.dims import Axis, Piece, Shape, Size, is_size, minimum
from shapecheck.facts import all_hold, any_holds
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import Anything, Kind, Mismatch, Sizes, Tensor, Word
from shapecheck.ops._regroup import resized
from shapecheck.ops._sliding import nonempty
from shapecheck.ops._values import Array
from shapecheck.ops.neural import is_empty

PAD_TEXTS = {
    "reflect": "a reflected padding has to be smaller than the axis",
    "circular": "a circular padding may go around the axis once",
}


# --- torch ------------------------------------------------------------------------------------


def padded(need: Need, x: Array, pad: tuple[Size, ...], mode: str, name: str = "pad") -> Shape:
    """The rule of padding, functions and modules.

    Args:
        need: the recorder.
        x: the array.
        pad: how much is put in before and after the last axis, then the one before it, ….
        mode: what is put in.
        name: the op's parameter for `pad`.
    """
    why = Why("size-argument", f"{name} has to have two numbers for an axis", ((name, None),))
    need.true(len(pad) % 2 == 0, why, len(pad))
    count = len(pad) // 2
    if mode != "constant":
        known = Why("size-argument", "mode has to be one of those of pad", (("mode", None),))
        need.true(mode in ("reflect", "replicate", "circular"), known, mode)
        text = "this mode pads the spatial axes of an image: one to three, all of them"
        why = Why("rank", text, (("input", None), (name, None)))
        need.true(count in (1, 2, 3) and x.rank in (count + 1, count + 2), why, x.rank, count)
        if mode != "circular":
            nonempty(need, "input", x, range(x.rank - count - 1, x.rank), "window-size")
    why = Why("size-argument", f"{name} may not be about more axes than there are", ((name, None),))
    need.true(count <= x.rank, why, count, x.rank)
    axes = list(x.shape)
    for number in range(count):
        place = x.rank - 1 - number
        places = (("input", place), (name, None))
        pair = pad[2 * number :][:2]
        unread = mode == "reflect" and count == 2 and is_empty(need, axes[: x.rank - count])
        axes[place] = _padded_axis(need, axes[place], pair, mode, places, unread)
    if mode in ("reflect", "replicate"):
        filled = any_holds(*(need.assume.at_least(axis.size, 1) for axis in axes[-count:]))
        both = (("input", None), (name, None))
        need.true(filled, Why("window-size", "padding may not cut off all there is", both))
    return tuple(axes)


def _padded_axis(
    need: Need,
    axis: Axis,
    pair: tuple[Size, ...],
    mode: str,
    places: tuple[tuple[str, int | None], ...],
    unread: bool | None,
) -> Axis:
    """The axis with a pair of paddings; `unread`: whether there are no images to be padded."""
    before, after = pair
    if mode == "constant":
        why = Why("window-size", "no more may be cut off than there is", places)
        left = axis.size + minimum(before, 0)
        need.at_least(left, 0, why)
        need.at_least(left + minimum(after, 0), 0, why)
    if mode in PAD_TEXTS:
        for size in pair:
            why = Why("window-size", PAD_TEXTS[mode], places)
            need.at_least(axis.size, size + 1 if mode == "reflect" else size, why)
    if mode == "circular":  # what torch copies overlaps then, which it notices in some layouts
        why = Why("window-size", "a circular padding may be as large as what is left", places)
        for size, other in ((before, after), (after, before)):
            apart = need.assume.at_least(axis.size + minimum(other, 0), size)
            need.true(any_holds(apart, None), why)
    made = axis.size + before + after
    if mode != "constant":
        why = Why("window-size", "no more may be cut off than there is", places)
        # torch 2.13 makes an axis of a negative size of no images
        filled = any_holds(need.assume.at_least(made, 0), False if unread is False else None)
        need.true(filled, why, made)
    return _longer(axis, before, after)


def _longer(axis: Axis, before: Size, after: Size) -> Axis:
    """The axis with something put in, or cut off, at both ends."""
    if before == 0 and after == 0:
        return axis
    size = axis.size + before + after
    moved = axis.factors or isinstance(axis.origin, Piece)
    return Axis(size) if moved else resized(axis, size)


@op(functional="pad(input, pad, mode, value)")
def pad_torch(input: Tensor, pad: Sizes, mode: Word = "constant", *, need: Need) -> Shape:
    """(*s, n) -> (*s, n + before + after); with more pairs also the axes before the last one

    torch's "torch.nn.functional.pad".
    """
    return padded(need, input, pad, mode)


@op(torch="constant_pad_nd(input, pad, value)")
def constant_pad(input: Tensor, pad: Sizes, *, need: Need) -> Shape:
    """(*s, n) -> (*s, n + before + after); with more pairs also the axes before the last one

    torch's "torch.nn.functional.pad", whose mode ``constant`` it is.
    """
    return padded(need, input, pad, "constant")


# --- NumPy ------------------------------------------------------------------------------------


def _widths(value: Any, library: str) -> Any:
    if isinstance(value, (tuple, list)):
        if any(isinstance(one, Array) for one in value):
            raise Mismatch("widths that are computed are not known")
        return tuple(_widths(one, library) for one in value)
    if isinstance(value, dict):
        return {axis: _widths(one, library) for axis, one in value.items()}
    if isinstance(value, Array) or is_size(value):
        return value
    raise Mismatch("not a width of padding")


# One number for all, a pair for all axes, a pair for each axis, or a dictionary of pairs by axis.
Widths: TypeAlias = Annotated[Any, Kind("counts", _widths)]

PAIRS = "pad_width has to be a number, a pair, or a pair for each axis"


def pairs_of(need: Need, widths: Any, rank: int) -> list[tuple[Size, Size]]:
    """How much is put in before and after each axis."""
    why = Why("size-argument", PAIRS, (("pad_width", None), ("array", None)))
    if isinstance(widths, dict):
        return _by_axis(need, widths, rank, why)
    rows = widths if isinstance(widths, tuple) else (widths,)
    nested = [row for row in rows if isinstance(row, tuple)]
    need.true(len(nested) in (0, len(rows)) and bool(rows), why, widths, rank)
    need.true(all(is_size(one) for row in nested for one in row), why, widths, rank)
    for size in (one for row in rows for one in (row if isinstance(row, tuple) else (row,))):
        need.count(size, "pad_width")
    if not nested:
        need.true(len(rows) in (1, 2), why, len(rows), rank)
        return [(rows[0], rows[-1])] * rank
    need.true(len({len(row) for row in nested}) == 1 and len(nested[0]) in (1, 2), why, widths)
    need.true(len(nested) in (1, rank), why, len(nested), rank)
    found = [(row[0], row[-1]) for row in nested]
    return found * rank if len(found) == 1 else found


def _by_axis(need: Need, widths: dict[Any, Any], rank: int, why: Why) -> list[tuple[Size, Size]]:
    found: list[tuple[Size, Size]] = [(0, 0)] * rank
    for number, width in widths.items():
        pair = width if isinstance(width, tuple) else (width, width)
        need.true(len(pair) == 2 and all(map(is_size, pair)), why, width)
        for size in pair:
            need.count(size, "pad_width")
        found[need.axis(number, rank, "pad_width", of="array")] = pair[0], pair[1]
    return found


@op(numpy="pad(array, pad_width, mode, *, constant_values, end_values, stat_length, reflect_type)")
def pad_numpy(
    array: Tensor, pad_width: Widths, mode: Anything = "constant", *, need: Need
) -> Shape:
    """(n, *s) -> (before + n + after, *s), each axis with a pair of its own or all with the same.

    NumPy's manual, "numpy.pad".
    """
    if isinstance(pad_width, Array):
        return tuple(Axis(need.fresh("padded")) for _ in array.shape)
    axes = []
    pairs = pairs_of(need, pad_width, array.rank)
    for place, (axis, pair) in enumerate(zip(array.shape, pairs, strict=True)):
        if mode not in ("constant", "empty") and isinstance(mode, str):
            nothing = all_hold(*(need.assume.equal(size, 0) for size in pair))
            text = "an empty axis has nothing that could be put in"
            why = Why("window-size", text, (("array", place), ("pad_width", None)))
            need.true(any_holds(nothing, need.assume.at_least(axis.size, 1)), why, axis.size)
        axes.append(_longer(axis, *pair))
    return tuple(axes)


OPS = family(globals())
