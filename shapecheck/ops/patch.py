"""Blocks of an image moved into its channels, and back."""

from __future__ import annotations

from typing import Any

from shapecheck.dims import Axis, Scrambled, Shape, Size, merge, product, split
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import Count, Counts, Tensor
from shapecheck.ops._sliding import nonempty, reach, spread
from shapecheck.ops._values import Array


def cut(need: Need, axis: Axis, *sizes: Size) -> Shape:
    """An axis split into axes of certain sizes, whose product the caller has judged.

    With more than one symbol among them they could hardly be told to be pieces of the axis.
    """
    if sum(isinstance(size, int) for size in sizes) < len(sizes) - 1:
        return tuple(map(Axis, sizes))
    made = split(axis, sizes, need.assume)
    whole = made is not None and not isinstance(made, Scrambled)
    return made if whole else tuple(map(Axis, sizes))  # type: ignore[return-value]


# --- windows as columns -----------------------------------------------------------------------


def blocks(
    need: Need, sizes: tuple[Size, ...], kernel: tuple[Size, ...], *settings: Any
) -> tuple[Size, ...]:
    """How many windows there are along each of two axes, which is one at least."""
    dilation, padding, stride = settings
    apart = spread(need, dilation, 2, "dilation", least=1, one=False)
    pads = spread(need, padding, 2, "padding", least=0, one=False)
    step = spread(need, stride, 2, "stride", least=1, one=False)
    counts = []
    for place, size in enumerate(sizes):
        room = size + 2 * pads[place] - reach(kernel[place], apart[place])
        text = "the image has to have room for a window"
        why = Why("window-size", text, (("input", None), ("kernel_size", None)))
        need.at_least(room, 0, why)
        counts.append(room // step[place] + 1)
    return tuple(counts)


def unfolded(need: Need, x: Array, kernel_size: Any, *settings: Any) -> Shape:
    """The rule of unfold, function and module."""
    need.rank("input", x, 3, 4)
    nonempty(need, "input", x, range(x.rank - 3, x.rank), "window-size")
    kernel = spread(need, kernel_size, 2, "kernel_size", least=1, one=False)
    *batch, channels, high, wide = x.shape
    counts = blocks(need, (high.size, wide.size), kernel, *settings)
    return (*batch, merge((channels, *map(Axis, kernel))), merge(tuple(map(Axis, counts))))


def folded(need: Need, x: Array, output_size: Any, kernel_size: Any, *settings: Any) -> Shape:
    """The rule of fold, function and module."""
    need.rank("input", x, 2, 3)
    nonempty(need, "input", x, range(x.rank - 2, x.rank), "window-size")
    sizes = spread(need, output_size, 2, "output_size", one=False)
    kernel = spread(need, kernel_size, 2, "kernel_size", least=1, one=False)
    *batch, columns, count = x.shape
    window = product(kernel)
    text = "the columns have to hold whole windows"
    places = (("input", x.rank - 2), ("kernel_size", None))
    need.divides(window, columns.size, Why("window-size", text, places))
    wanted = product(blocks(need, sizes, kernel, *settings))
    text = "there have to be as many columns as the image has windows"
    places = (("input", x.rank - 1), ("output_size", None))
    need.equal(count.size, wanted, Why("window-size", text, places))
    channels = cut(need, columns, columns.size // window, *kernel)[0]
    return (*batch, channels, *map(Axis, sizes))


@op(functional="unfold(input, kernel_size, dilation, padding, stride)")
def unfold(
    input: Tensor,
    kernel_size: Counts,
    dilation: Counts = 1,
    padding: Counts = 0,
    stride: Counts = 1,
    *,
    need: Need,
) -> Shape:
    """(*batch, channels, h, w) -> (*batch, channels*kh*kw, windows)

    torch's "torch.nn.functional.unfold".
    """
    return unfolded(need, input, kernel_size, dilation, padding, stride)


@op(functional="fold(input, output_size, kernel_size, dilation, padding, stride)")
def fold(
    input: Tensor,
    output_size: Counts,
    kernel_size: Counts,
    dilation: Counts = 1,
    padding: Counts = 0,
    stride: Counts = 1,
    *,
    need: Need,
) -> Shape:
    """(*batch, channels*kh*kw, windows) -> (*batch, channels, h, w)

    torch's "torch.nn.functional.fold".
    """
    return folded(need, input, output_size, kernel_size, dilation, padding, stride)


# --- pixels and channels ----------------------------------------------------------------------


def pixels_out(need: Need, x: Array, factor: Size, name: str) -> Shape:
    """The rule of pixel_shuffle, function and module."""
    need.rank_at_least("input", x, 3)
    need.count(factor, name, least=1)
    *batch, channels, high, wide = x.shape
    places = (("input", x.rank - 3), (name, None))
    text = "the channels have to be divisible by the square of the factor"
    need.divides(factor * factor, channels.size, Why("window-size", text, places))
    kept, down, right = cut(need, channels, channels.size // (factor * factor), factor, factor)
    return (*batch, kept, merge((high, down)), merge((wide, right)))


def pixels_in(need: Need, x: Array, factor: Size, name: str) -> Shape:
    """The rule of pixel_unshuffle, function and module."""
    need.rank_at_least("input", x, 3)
    need.count(factor, name, least=1)
    *batch, channels, high, wide = x.shape
    for place, axis in ((x.rank - 2, high), (x.rank - 1, wide)):
        text = "height and width have to be divisible by the factor"
        why = Why("window-size", text, (("input", place), (name, None)))
        need.divides(factor, axis.size, why)
    if 0 in x.sizes:  # torch gives it back as it is
        return x.shape
    top, down = cut(need, high, high.size // factor, factor)
    left, right = cut(need, wide, wide.size // factor, factor)
    return (*batch, merge((channels, down, right)), top, left)


def channels_mixed(need: Need, x: Array, groups: Size) -> Shape:
    """The rule of channel_shuffle, function and module."""
    need.rank_at_least("input", x, 3)
    need.count(groups, "groups", least=1)
    batch, channels, *spatial = x.shape
    text = "the channels have to be divisible by groups"
    why = Why("conv-channels", text, (("input", 1), ("groups", None)))
    need.divides(groups, channels.size, why)
    outer, inner = cut(need, channels, groups, channels.size // groups)
    return batch, merge((inner, outer)), *spatial


@op(
    functional="pixel_shuffle(input, upscale_factor)",
    torch="pixel_shuffle(input, upscale_factor)",
)
def pixel_shuffle(input: Tensor, upscale_factor: Count, *, need: Need) -> Shape:
    """(*batch, channels*r*r, h, w) -> (*batch, channels, h*r, w*r)

    torch's "torch.nn.functional.pixel_shuffle".
    """
    return pixels_out(need, input, upscale_factor, "upscale_factor")


@op(
    functional="pixel_unshuffle(input, downscale_factor)",
    torch="pixel_unshuffle(input, downscale_factor)",
)
def pixel_unshuffle(input: Tensor, downscale_factor: Count, *, need: Need) -> Shape:
    """(*batch, channels, h*r, w*r) -> (*batch, channels*r*r, h, w)

    torch's "torch.nn.functional.pixel_unshuffle".
    """
    return pixels_in(need, input, downscale_factor, "downscale_factor")


@op(
    functional="channel_shuffle|native_channel_shuffle(input, groups)",
    torch="channel_shuffle|native_channel_shuffle(input, groups)",
)
def channel_shuffle(input: Tensor, groups: Count, *, need: Need) -> Shape:
    """(batch, groups*n, *s) -> (batch, n*groups, *s), the channels of all groups interleaved

    torch's "torch.nn.functional.channel_shuffle".
    """
    return channels_mixed(need, input, groups)


OPS = family(globals())
