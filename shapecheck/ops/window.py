"""Convolutions, and the windows that they look through: unfold and fold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from shapecheck.dims import Axis, Shape, Size, maximum, merge
from shapecheck.facts import all_hold, any_holds
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import Op, family, op
from shapecheck.ops._params import Count, Counts, MaybeTensor, Tensor
from shapecheck.ops._sliding import (
    PRIME,
    Padding,
    described,
    kept,
    lead_and_spatial,
    reach,
    shape_of,
    spread,
    weights_of,
)
from shapecheck.ops._values import Array
from shapecheck.ops.neural import is_empty


@dataclass(frozen=True, slots=True)
class Windows:
    """How windows lie: each field has one number for each spatial axis."""

    kernel: tuple[Size, ...]
    stride: tuple[Size, ...]
    padding: tuple[Size, ...]
    dilation: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """The weights of a convolution, as a function or a module was given them.

    Attributes:
        channels: how many of the image it takes.
        made: the channel axis of the result.
        kernel: the size of the window along each spatial axis.
        groups: into how many parts the channels are cut.
        places: what the number of channels is decided by, for `Why`.
    """

    channels: Size
    made: Axis
    kernel: tuple[Size, ...]
    groups: Size
    places: tuple[tuple[str, int | None], ...]


# --- convolution ------------------------------------------------------------------------------


def group_count(need: Need, groups: Size, size: Size, name: str, place: int | None) -> None:
    """Require channels to be cut into groups of one size."""
    text = f"{name} has to be divisible by groups"
    places = ((name, place), ("groups", None))
    need.count(groups, "groups", least=1)
    need.divides(groups, size, Why("conv-channels", text, places))


def biased(need: Need, bias: Array | None, size: Size, place: int) -> None:
    """Require one bias for each channel of the result."""
    if bias is not None:
        need.rank("bias", bias, 1, why="conv-channels")
        places = (("bias", 0), ("weight", place))
        text = "bias has to have one number for each channel of the result"
        need.equal(bias.shape[0].size, size, Why("conv-channels", text, places))


def channels_fit(need: Need, x: Array, count: int, filters: Filters) -> None:
    """Require the image to have the channels that the weights are made for."""
    place = x.rank - count - 1
    text = "the image has to have as many channels as the weights take"
    why = Why("conv-channels", text, (("input", place), *filters.places))
    need.equal(x.shape[place].size, filters.channels, why)


def has_elements(need: Need, x: Array, windows: Windows) -> bool | None:
    """Require a nonempty image, unless there are no images or no channels in the first place.

    Returns:
        Whether there are none: torch does not look at all settings then.
    """
    count = len(windows.kernel)
    empty = is_empty(need, x.shape[:-count])
    filled = all_hold(*(need.assume.at_least(axis.size, 1) for axis in x.shape[-count:]))
    text = "the image may not be empty"
    need.true(any_holds(empty, filled), Why("window-size", text, (("input", None),)), x.axes)
    for size in windows.dilation:
        why = Why("size-argument", "dilation has to be at least 1", (("dilation", None),))
        need.true(any_holds(empty, need.assume.at_least(size, 1)), why, size)
    unread = is_empty(need, x.shape[-count - 1 : -count])  # nor at weights, if no channels need any
    for size in windows.kernel:
        why = Why("size-argument", "kernel_size has to be at least 1", (("kernel_size", None),))
        need.true(any_holds(unread, need.assume.at_least(size, 1)), why, size)
    return empty


def slid(need: Need, axis: Axis, place: int, windows: Windows, index: int) -> Axis:
    """The axis that counts the windows along one spatial axis, which has to hold one at least."""
    kernel, stride, padding, dilation = (
        one[index] for one in (windows.kernel, windows.stride, windows.padding, windows.dilation)
    )
    whole = axis.size + 2 * padding
    text = "the padded image has to be as large as the window, at least"
    why = Why("window-size", text, (("input", place), ("kernel_size", None)))
    need.at_least(whole, reach(kernel, dilation), why)
    return kept(need, axis, (whole - reach(kernel, dilation)) // stride + 1)


def settings(
    need: Need, kernel: tuple[Size, ...], stride: Any, padding: Any, dilation: Any
) -> Windows:
    """Read the numbers that say how the windows lie."""
    count = len(kernel)
    for size in kernel:
        need.count(size, "kernel_size")
    steps = spread(need, stride, count, "stride", least=1)
    apart = spread(need, dilation, count, "dilation", least=0)
    if isinstance(padding, str):
        known = padding in ("same", "valid")
        need.true(known, Why("size-argument", "padding has to be same or valid"), padding)
        padding = 0
    return Windows(kernel, steps, spread(need, padding, count, "padding", least=0), apart)


def convolved(
    need: Need, x: Array, filters: Filters, stride: Any, padding: Any, dilation: Any
) -> Shape:
    """The rule of convolutions, functions and modules.

    The caller has judged the weights themselves.
    """
    count = len(filters.kernel)
    lead, spatial = lead_and_spatial(need, "input", x, count)
    channels_fit(need, x, count, filters)
    windows = settings(need, filters.kernel, stride, padding, dilation)
    has_elements(need, x, windows)
    if lead[-1].size == 0:  # torch makes no channels of none, whatever the weights say
        filters = replace(filters, made=Axis(0))
    if padding == "same":
        why = Why("size-argument", "padding='same' needs a stride of 1", (("stride", None),))
        for step in windows.stride:
            need.equal(step, 1, why)
        text = "there has to be something to pad"
        for place, axis in enumerate(spatial, len(lead)):
            need.at_least(axis.size, 1, Why("window-size", text, (("input", place),)))
        why = Why("size-argument", "nothing may be cut off", (("kernel_size", None),))
        for kernel, apart in zip(windows.kernel, windows.dilation, strict=True):
            need.at_least(apart * (kernel - 1), -1, why)  # a half of it, rounded, on each side
        return (*lead[:-1], filters.made, *spatial)
    made = (slid(need, axis, len(lead) + i, windows, i) for i, axis in enumerate(spatial))
    return (*lead[:-1], filters.made, *made)


def _conv(count: int) -> Op:
    @op(
        name=f"conv{count}d",
        functional=f"conv{count}d(input, weight, bias, stride, padding, dilation, groups)",
        torch=f"conv{count}d(input, weight, bias, stride, padding, dilation, groups)",
    )
    def rule(
        input: Tensor,
        weight: Tensor,
        bias: MaybeTensor = None,
        stride: Counts = 1,
        padding: Padding = 0,
        dilation: Counts = 1,
        groups: Count = 1,
        *,
        need: Need,
    ) -> Shape:
        need.rank("weight", weight, count + 2)
        made, taken, *kernel = weight.shape
        group_count(need, groups, made.size, "weight", 0)
        least = Why("conv-channels", "weight has to have filters for each group", (("weight", 0),))
        need.at_least(made.size, groups, least)
        biased(need, bias, made.size, 0)
        sizes = tuple(axis.size for axis in kernel)
        channels = Filters(taken.size * groups, made, sizes, groups, (("weight", 1),))
        return convolved(need, input, channels, stride, padding, dilation)

    shapes = f"{shape_of(count, 'in')}, {weights_of(count, 'out, in/groups')}"
    result = shape_of(count, "out", mark=PRIME)
    return described(rule, f"{shapes} -> {result}", f"torch.nn.functional.conv{count}d")


conv1d, conv2d, conv3d = _conv(1), _conv(2), _conv(3)


# --- transposed convolution -------------------------------------------------------------------


def transposed(
    need: Need, x: Array, filters: Filters, windows: Windows, more: tuple[Size, ...]
) -> Shape:
    """The rule of transposed convolutions: what a convolution would have made the image of.

    Args:
        need: the recorder.
        x: the image.
        filters: the weights, which the caller has judged.
        windows: of the convolution that is turned around.
        more: what is added at the end of each spatial axis.
    """
    count = len(filters.kernel)
    lead, spatial = lead_and_spatial(need, "input", x, count)
    channels_fit(need, x, count, filters)
    if 0 in windows.dilation:
        need.undecided("which of torch's backends is taken decides what a dilation of 0 does")
    empty = has_elements(need, x, windows)
    text = "the weights may not be empty; with images, some backends take them"
    filled = any_holds(need.assume.at_least(filters.made.size, 1), False if empty else None)
    need.true(filled, Why("conv-channels", text), filters.made.size)
    made = []
    for place, (axis, extra) in enumerate(zip(spatial, more, strict=True)):
        step, apart = windows.stride[place], windows.dilation[place]
        text = "output_padding has to be smaller than stride or dilation"
        why = Why("size-argument", text, (("output_padding", None), ("stride", None)))
        holds = any_holds(empty, need.assume.at_least(maximum(step, apart), extra + 1))
        need.true(holds, why, extra, (step, apart))
        size = least_extent(axis.size, windows, place) + extra
        text = "padding may not cut off more than there is"
        place_of = ("input", len(lead) + place)
        need.at_least(size, 0, Why("window-size", text, (place_of, ("padding", None))))
        backend_decides(need, empty, size)
        made.append(kept(need, axis, size))
    return (*lead[:-1], filters.made, *made)


def backend_decides(need: Need, empty: bool | None, size: Size) -> None:
    """Leave open whether torch makes an empty result; it is sure to if there are no images."""
    filled = any_holds(empty, need.assume.at_least(size, 1), None)
    need.true(filled, Why("window-size", "the result may be empty on some backends only"), size)


def least_extent(size: Size, windows: Windows, place: int) -> Size:
    """The size of the smallest image along one axis of which there are so many windows."""
    whole = (size - 1) * windows.stride[place] + reach(
        windows.kernel[place], windows.dilation[place]
    )
    return whole - 2 * windows.padding[place]


def _conv_transpose(count: int) -> Op:
    parameters = "input, weight, bias, stride, padding, output_padding, groups, dilation"

    @op(
        name=f"conv_transpose{count}d",
        functional=f"conv_transpose{count}d({parameters})",
        torch=f"conv_transpose{count}d({parameters})",
    )
    def rule(
        input: Tensor,
        weight: Tensor,
        bias: MaybeTensor = None,
        stride: Counts = 1,
        padding: Counts = 0,
        output_padding: Counts = 0,
        groups: Count = 1,
        dilation: Counts = 1,
        *,
        need: Need,
    ) -> Shape:
        need.rank("weight", weight, count + 2)
        taken, made, *kernel = weight.shape
        group_count(need, groups, taken.size, "weight", 0)
        least = Why("conv-channels", "weight has to take channels of each group", (("weight", 0),))
        need.at_least(taken.size, groups, least)
        biased(need, bias, made.size * groups, 1)
        sizes = tuple(axis.size for axis in kernel)
        channels = made if groups == 1 else merge((Axis(groups), made))
        filters = Filters(taken.size, channels, sizes, groups, (("weight", 0),))
        windows = settings(need, sizes, stride, padding, dilation)
        more = spread(need, output_padding, count, "output_padding", least=0)
        return transposed(need, input, filters, windows, more)

    shapes = f"{shape_of(count, 'in')}, {weights_of(count, 'in, out/groups')}"
    result = shape_of(count, "out", mark=PRIME)
    return described(rule, f"{shapes} -> {result}", f"torch.nn.functional.conv_transpose{count}d")


conv_transpose1d, conv_transpose2d = _conv_transpose(1), _conv_transpose(2)
conv_transpose3d = _conv_transpose(3)

OPS = family(globals())
