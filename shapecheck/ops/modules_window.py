"""Modules of `torch.nn` that slide windows: the ops of `window` with stored arguments.

The parameters of a rule that are stored have the names of the module's attributes; the others are
those of its `forward`. What a constructor rejects counts as rejected by the call.
"""

from __future__ import annotations

from typing import Any

from shapecheck.dims import Axis, Shape, Size
from shapecheck.facts import all_hold
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import Op, family, op
from shapecheck.ops._params import Anything, Count, Counts, Flag, Tensor, Word
from shapecheck.ops._sliding import (
    PRIME,
    Extent,
    Factors,
    Padding,
    described,
    kept,
    lead_and_spatial,
    resizes,
    shape_of,
    spread,
)
from shapecheck.ops._values import Array
from shapecheck.ops.pad import padded
from shapecheck.ops.patch import channels_mixed, folded, pixels_in, pixels_out, unfolded
from shapecheck.ops.pool import (
    adapted,
    averaged,
    fractional,
    lp_pooled,
    pooled,
    unpooled,
    with_indices,
)
from shapecheck.ops.resize import interpolated
from shapecheck.ops.window import (
    Filters,
    Windows,
    convolved,
    group_count,
    least_extent,
    settings,
    transposed,
)

# --- convolution ------------------------------------------------------------------------------


def filters_of(
    need: Need, count: int, in_channels: Size, out_channels: Size, kernel_size: Any, groups: Size
) -> Filters:
    """The weights that a convolution makes for itself."""
    for name, size in (("in_channels", in_channels), ("out_channels", out_channels)):
        need.count(size, name)
        group_count(need, groups, size, name, None)
    kernel = spread(need, kernel_size, count, "kernel_size", least=0, one=False)
    return Filters(in_channels, Axis(out_channels), kernel, groups, (("in_channels", None),))


def conv_called(
    need: Need,
    x: Array,
    filters: Filters,
    stride: Any,
    padding: Any,
    dilation: Any,
    padding_mode: str,
) -> Shape:
    """The rule of convolutions as modules: other modes than zeros pad the image beforehand."""
    count = len(filters.kernel)
    least = Why("conv-channels", "there have to be filters", (("out_channels", None),))
    need.at_least(filters.made.size, 1, least)
    if padding_mode == "zeros":
        return convolved(need, x, filters, stride, padding, dilation)
    _, spatial = lead_and_spatial(need, "input", x, count)
    pads = _pads_of(need, filters.kernel, padding, dilation)
    if padding == "same":
        for step in spread(need, stride, count, "stride"):
            need.equal(step, 1, Why("size-argument", "padding='same' needs a stride of 1"))
    image = x.with_axes(padded(need, x, pads, padding_mode, "padding"))
    made = convolved(need, image, filters, stride, 0, dilation)
    ends = zip(spatial, made[-count:], strict=True)
    return (*made[:-count], *(kept(need, axis, one.size) for axis, one in ends))


def _pads_of(need: Need, kernel: tuple[Size, ...], padding: Any, dilation: Any) -> tuple[Size, ...]:
    """How much is put in before and after each spatial axis, the last one first."""
    count = len(kernel)
    pairs: list[tuple[Size, Size]] = [(0, 0)] * count
    if padding == "same":
        apart = tuple(dilation) if isinstance(dilation, (tuple, list)) else (dilation,) * count
        whole = [step * (size - 1) for step, size in zip(apart, kernel, strict=False)]
        # torch pads no further axes if dilation has one number for all of them
        pairs[: len(whole)] = [(size // 2, size - size // 2) for size in whole]
    elif padding != "valid":
        many = tuple(padding) if isinstance(padding, (tuple, list)) else (padding,) * count
        pairs = [(size, size) for size in many]  # a single one is for the last axis only
    return tuple(size for pair in reversed(pairs) for size in pair)


def _conv(count: int) -> Op:
    parameters = "kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype"
    stored = "in_channels out_channels kernel_size stride padding dilation groups padding_mode"

    @op(
        name=f"conv{count}d_module",
        module=f"Conv{count}d(in_channels, out_channels, {parameters})",
        stored=stored,
    )
    def rule(
        input: Tensor,
        in_channels: Count,
        out_channels: Count,
        kernel_size: Counts,
        stride: Counts = 1,
        padding: Padding = 0,
        dilation: Counts = 1,
        groups: Count = 1,
        padding_mode: Word = "zeros",
        *,
        need: Need,
    ) -> Shape:
        filters = filters_of(need, count, in_channels, out_channels, kernel_size, groups)
        return conv_called(need, input, filters, stride, padding, dilation, padding_mode)

    shapes = f"{shape_of(count, 'in_channels')} -> {shape_of(count, 'out_channels', mark=PRIME)}"
    return described(rule, shapes, f"torch.nn.Conv{count}d")


def _lazy_conv(count: int) -> Op:
    parameters = "kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype"

    @op(
        name=f"lazy_conv{count}d_module",
        module=f"LazyConv{count}d(out_channels, {parameters})",
        stored="out_channels kernel_size stride padding dilation groups padding_mode",
    )
    def rule(
        input: Tensor,
        out_channels: Count,
        kernel_size: Counts,
        stride: Counts = 1,
        padding: Padding = 0,
        dilation: Counts = 1,
        groups: Count = 1,
        padding_mode: Word = "zeros",
        *,
        need: Need,
    ) -> Shape:
        lead, _ = lead_and_spatial(need, "input", input, count)
        taken = lead[-1].size
        filters = filters_of(need, count, taken, out_channels, kernel_size, groups)
        return conv_called(need, input, filters, stride, padding, dilation, padding_mode)

    shapes = f"{shape_of(count)} -> {shape_of(count, 'out_channels', mark=PRIME)}"
    return described(rule, shapes, f"torch.nn.LazyConv{count}d")


conv1d_module, conv2d_module, conv3d_module = _conv(1), _conv(2), _conv(3)
lazy_conv1d_module, lazy_conv2d_module = _lazy_conv(1), _lazy_conv(2)
lazy_conv3d_module = _lazy_conv(3)


# --- transposed convolution -------------------------------------------------------------------


def transposed_called(
    need: Need,
    x: Array,
    filters: Filters,
    stride: Any,
    padding: Any,
    dilation: Any,
    output_padding: Any,
    output_size: Any,
) -> Shape:
    """The rule of transposed convolutions as modules."""
    least = Why("conv-channels", "there have to be channels of each group", (("groups", None),))
    need.at_least(filters.channels, filters.groups, least)
    count = len(filters.kernel)
    windows = settings(need, filters.kernel, stride, padding, dilation)
    if output_size is None:
        more = spread(need, output_padding, count, "output_padding", least=0)
    else:
        named = (("stride", stride), ("padding", padding), ("dilation", dilation))
        for name, value in named:  # torch looks each axis up here
            spread(need, value, count, name, one=False)
        more = _rest(need, x, windows, output_size)
    return transposed(need, x, filters, windows, more)


def _rest(need: Need, x: Array, windows: Windows, output_size: Any) -> tuple[Size, ...]:
    """What has to be added at the ends so that the result gets the size that was asked for."""
    count = len(windows.kernel)
    lead, spatial = lead_and_spatial(need, "input", x, count)
    many = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,)
    text = "output_size has to have one number for each spatial axis, or for all axes"
    why = Why("size-argument", text, (("output_size", None),))
    need.true(len(many) in (count, count + len(lead)), why, len(many), count)
    found = []
    for place, (axis, size) in enumerate(zip(spatial, many[-count:], strict=True)):
        least = least_extent(axis.size, windows, place)
        most = least + windows.stride[place] - 1
        text = "output_size has to be one of those of which the image could have been made"
        near = all_hold(need.assume.at_least(size, least), need.assume.at_least(most, size))
        why = Why("size-argument", text, (("output_size", None), ("input", len(lead) + place)))
        need.true(near, why, size, (least, most))
        found.append(size - least)
    return tuple(found)


TRANSPOSED = (
    "kernel_size, stride, padding, output_padding, groups, bias, dilation, padding_mode, device, "
    "dtype"
)
TRANSPOSED_STORED = "out_channels kernel_size stride padding output_padding groups dilation"


def _conv_transpose(count: int) -> Op:
    @op(
        name=f"conv_transpose{count}d_module",
        module=f"ConvTranspose{count}d(in_channels, out_channels, {TRANSPOSED})",
        stored=f"in_channels {TRANSPOSED_STORED}",
    )
    def rule(
        input: Tensor,
        in_channels: Count,
        out_channels: Count,
        kernel_size: Counts,
        output_size: Counts = None,
        stride: Counts = 1,
        padding: Counts = 0,
        output_padding: Counts = 0,
        groups: Count = 1,
        dilation: Counts = 1,
        *,
        need: Need,
    ) -> Shape:
        filters = filters_of(need, count, in_channels, out_channels, kernel_size, groups)
        window = stride, padding, dilation
        return transposed_called(need, input, filters, *window, output_padding, output_size)

    shapes = f"{shape_of(count, 'in_channels')} -> {shape_of(count, 'out_channels', mark=PRIME)}"
    return described(rule, shapes, f"torch.nn.ConvTranspose{count}d")


def _lazy_conv_transpose(count: int) -> Op:
    @op(
        name=f"lazy_conv_transpose{count}d_module",
        module=f"LazyConvTranspose{count}d(out_channels, {TRANSPOSED})",
        stored=TRANSPOSED_STORED,
    )
    def rule(
        input: Tensor,
        out_channels: Count,
        kernel_size: Counts,
        output_size: Counts = None,
        stride: Counts = 1,
        padding: Counts = 0,
        output_padding: Counts = 0,
        groups: Count = 1,
        dilation: Counts = 1,
        *,
        need: Need,
    ) -> Shape:
        lead, _ = lead_and_spatial(need, "input", input, count)
        taken = lead[-1].size
        filters = filters_of(need, count, taken, out_channels, kernel_size, groups)
        window = stride, padding, dilation
        return transposed_called(need, input, filters, *window, output_padding, output_size)

    shapes = f"{shape_of(count)} -> {shape_of(count, 'out_channels', mark=PRIME)}"
    return described(rule, shapes, f"torch.nn.LazyConvTranspose{count}d")


conv_transpose1d_module, conv_transpose2d_module = _conv_transpose(1), _conv_transpose(2)
conv_transpose3d_module = _conv_transpose(3)
lazy_conv_transpose1d_module = _lazy_conv_transpose(1)
lazy_conv_transpose2d_module = _lazy_conv_transpose(2)
lazy_conv_transpose3d_module = _lazy_conv_transpose(3)


# --- pooling ----------------------------------------------------------------------------------


def _max_pool(count: int) -> Op:
    stored = "kernel_size stride padding dilation return_indices ceil_mode"

    @op(
        name=f"max_pool{count}d_module",
        module=f"MaxPool{count}d({stored.replace(' ', ', ')})",
        stored=stored,
    )
    def rule(
        input: Tensor,
        kernel_size: Counts,
        stride: Counts = None,
        padding: Counts = 0,
        dilation: Counts = 1,
        return_indices: Flag = False,
        ceil_mode: Flag = False,
        *,
        need: Need,
    ) -> Any:
        window = kernel_size, stride, padding, dilation
        axes = pooled(need, input, count, *window, ceil_mode=ceil_mode)
        return with_indices(input, axes, return_indices)

    return resizes(rule, count, f"torch.nn.MaxPool{count}d")


def _avg_pool(count: int) -> Op:
    more = "" if count == 1 else ", divisor_override"

    @op(
        name=f"avg_pool{count}d_module",
        module=f"AvgPool{count}d(kernel_size, stride, padding, ceil_mode, count_include_pad{more})",
        stored="kernel_size stride padding ceil_mode",
    )
    def rule(
        input: Tensor,
        kernel_size: Counts,
        stride: Counts = None,
        padding: Counts = 0,
        ceil_mode: Flag = False,
        *,
        need: Need,
    ) -> Shape:
        return averaged(need, input, count, kernel_size, stride, padding, ceil_mode=ceil_mode)

    return resizes(rule, count, f"torch.nn.AvgPool{count}d")


def _lp_pool(count: int) -> Op:
    @op(
        name=f"lp_pool{count}d_module",
        module=f"LPPool{count}d(norm_type, kernel_size, stride, ceil_mode)",
        stored="kernel_size stride ceil_mode",
    )
    def rule(
        input: Tensor,
        kernel_size: Counts,
        stride: Counts = None,
        ceil_mode: Flag = False,
        *,
        need: Need,
    ) -> Shape:
        return lp_pooled(need, input, count, kernel_size, stride, ceil_mode)

    return resizes(rule, count, f"torch.nn.LPPool{count}d")


def _adaptive_avg_pool(count: int) -> Op:
    @op(
        name=f"adaptive_avg_pool{count}d_module",
        module=f"AdaptiveAvgPool{count}d(output_size)",
        stored="output_size",
    )
    def rule(input: Tensor, output_size: Extent, *, need: Need) -> Shape:
        return adapted(need, input, count, output_size, mean=True)

    return resizes(rule, count, f"torch.nn.AdaptiveAvgPool{count}d")


def _adaptive_max_pool(count: int) -> Op:
    @op(
        name=f"adaptive_max_pool{count}d_module",
        module=f"AdaptiveMaxPool{count}d(output_size, return_indices)",
        stored="output_size return_indices",
    )
    def rule(
        input: Tensor, output_size: Extent, return_indices: Flag = False, *, need: Need
    ) -> Any:
        axes = adapted(need, input, count, output_size, mean=False)
        return with_indices(input, axes, return_indices)

    return resizes(rule, count, f"torch.nn.AdaptiveMaxPool{count}d")


def _fractional_max_pool(count: int) -> Op:
    stored = "kernel_size output_size output_ratio return_indices"

    @op(
        name=f"fractional_max_pool{count}d_module",
        module=f"FractionalMaxPool{count}d({stored.replace(' ', ', ')}, _random_samples)",
        stored=stored,
    )
    def rule(
        input: Tensor,
        kernel_size: Counts,
        output_size: Counts = None,
        output_ratio: Factors = None,
        return_indices: Flag = False,
        *,
        need: Need,
    ) -> Any:
        why = Why("size-argument", "either output_size or output_ratio has to be given")
        need.true((output_size is None) != (output_ratio is None), why)
        if count == 3:
            spread(need, kernel_size, count, "kernel_size", least=1, one=False)
        ratios = output_ratio
        if ratios is not None and not isinstance(ratios, (tuple, list)):
            ratios = (ratios,) * count
        axes = fractional(need, input, count, kernel_size, output_size, ratios)
        return with_indices(input, axes, return_indices)

    return resizes(rule, count, f"torch.nn.FractionalMaxPool{count}d")


def _max_unpool(count: int) -> Op:
    @op(
        name=f"max_unpool{count}d_module",
        module=f"MaxUnpool{count}d(kernel_size, stride, padding)",
        stored="kernel_size stride padding",
    )
    def rule(
        input: Tensor,
        indices: Tensor,
        kernel_size: Counts,
        output_size: Counts = None,
        stride: Counts = None,
        padding: Counts = 0,
        *,
        need: Need,
    ) -> Array:
        window = kernel_size, stride, padding
        return Array(unpooled(need, input, indices, count, *window, output_size), input.dtype)

    return resizes(rule, count, f"torch.nn.MaxUnpool{count}d")


max_pool1d_module, max_pool2d_module, max_pool3d_module = _max_pool(1), _max_pool(2), _max_pool(3)
avg_pool1d_module, avg_pool2d_module, avg_pool3d_module = _avg_pool(1), _avg_pool(2), _avg_pool(3)
lp_pool1d_module, lp_pool2d_module, lp_pool3d_module = _lp_pool(1), _lp_pool(2), _lp_pool(3)
adaptive_avg_pool1d_module = _adaptive_avg_pool(1)
adaptive_avg_pool2d_module = _adaptive_avg_pool(2)
adaptive_avg_pool3d_module = _adaptive_avg_pool(3)
adaptive_max_pool1d_module = _adaptive_max_pool(1)
adaptive_max_pool2d_module = _adaptive_max_pool(2)
adaptive_max_pool3d_module = _adaptive_max_pool(3)
fractional_max_pool2d_module = _fractional_max_pool(2)
fractional_max_pool3d_module = _fractional_max_pool(3)
max_unpool1d_module, max_unpool2d_module = _max_unpool(1), _max_unpool(2)
max_unpool3d_module = _max_unpool(3)


# --- padding ----------------------------------------------------------------------------------


def _pad(count: int, name: str, mode: str, parameters: str = "padding") -> Op:
    @op(
        name=f"{name.lower()}{count}d_module",
        module=f"{name}{count}d({parameters})",
        stored="padding",
    )
    def rule(input: Tensor, padding: Counts, *, need: Need) -> Shape:
        if mode == "circular":
            need.rank("input", input, count + 1, count + 2)
        pads = padding if isinstance(padding, tuple) else (padding,) * (2 * count)
        return padded(need, input, pads, mode, "padding")

    return resizes(rule, count, f"torch.nn.{name}{count}d")


zeropad1d_module = _pad(1, "ZeroPad", "constant")
zeropad2d_module = _pad(2, "ZeroPad", "constant")
zeropad3d_module = _pad(3, "ZeroPad", "constant")
constantpad1d_module = _pad(1, "ConstantPad", "constant", "padding, value")
constantpad2d_module = _pad(2, "ConstantPad", "constant", "padding, value")
constantpad3d_module = _pad(3, "ConstantPad", "constant", "padding, value")
reflectionpad1d_module = _pad(1, "ReflectionPad", "reflect")
reflectionpad2d_module = _pad(2, "ReflectionPad", "reflect")
reflectionpad3d_module = _pad(3, "ReflectionPad", "reflect")
replicationpad1d_module = _pad(1, "ReplicationPad", "replicate")
replicationpad2d_module = _pad(2, "ReplicationPad", "replicate")
replicationpad3d_module = _pad(3, "ReplicationPad", "replicate")
circularpad1d_module = _pad(1, "CircularPad", "circular")
circularpad2d_module = _pad(2, "CircularPad", "circular")
circularpad3d_module = _pad(3, "CircularPad", "circular")


# --- resizing, blocks -------------------------------------------------------------------------


@op(
    module="Upsample(size, scale_factor, mode, align_corners, recompute_scale_factor)",
    stored="size scale_factor mode recompute_scale_factor",
)
def upsample_module(
    input: Tensor,
    size: Counts = None,
    scale_factor: Factors = None,
    mode: Word = "nearest",
    recompute_scale_factor: Anything = None,
    *,
    need: Need,
) -> Shape:
    """(batch, channels, *s) -> (batch, channels, *size), or floor(s * scale_factor)

    torch's "torch.nn.Upsample".
    """
    return interpolated(need, input, size, scale_factor, mode, recompute_scale_factor)


@op(module="UpsamplingNearest2d(size, scale_factor)", stored="size scale_factor")
def upsampling_nearest_module(
    input: Tensor, size: Counts = None, scale_factor: Factors = None, *, need: Need
) -> Shape:
    """(batch, channels, *s) -> (batch, channels, *size), or floor(s * scale_factor)

    torch's "torch.nn.UpsamplingNearest2d".
    """
    return interpolated(need, input, size, scale_factor, "nearest")


@op(module="UpsamplingBilinear2d(size, scale_factor)", stored="size scale_factor")
def upsampling_bilinear_module(
    input: Tensor, size: Counts = None, scale_factor: Factors = None, *, need: Need
) -> Shape:
    """(batch, channels, h, w) -> (batch, channels, *size), or floor((h, w) * scale_factor)

    torch's "torch.nn.UpsamplingBilinear2d".
    """
    return interpolated(need, input, size, scale_factor, "bilinear")


@op(
    module="Unfold(kernel_size, dilation, padding, stride)",
    stored="kernel_size dilation padding stride",
)
def unfold_module(
    input: Tensor,
    kernel_size: Counts,
    dilation: Counts = 1,
    padding: Counts = 0,
    stride: Counts = 1,
    *,
    need: Need,
) -> Shape:
    """(*batch, channels, h, w) -> (*batch, channels*kh*kw, windows)

    torch's "torch.nn.Unfold".
    """
    return unfolded(need, input, kernel_size, dilation, padding, stride)


@op(
    module="Fold(output_size, kernel_size, dilation, padding, stride)",
    stored="output_size kernel_size dilation padding stride",
)
def fold_module(
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

    torch's "torch.nn.Fold".
    """
    return folded(need, input, output_size, kernel_size, dilation, padding, stride)


@op(module="PixelShuffle(upscale_factor)", stored="upscale_factor")
def pixel_shuffle_module(input: Tensor, upscale_factor: Count, *, need: Need) -> Shape:
    """(*batch, channels*r*r, h, w) -> (*batch, channels, h*r, w*r)

    torch's "torch.nn.PixelShuffle".
    """
    return pixels_out(need, input, upscale_factor, "upscale_factor")


@op(module="PixelUnshuffle(downscale_factor)", stored="downscale_factor")
def pixel_unshuffle_module(input: Tensor, downscale_factor: Count, *, need: Need) -> Shape:
    """(*batch, channels, h*r, w*r) -> (*batch, channels*r*r, h, w)

    torch's "torch.nn.PixelUnshuffle".
    """
    return pixels_in(need, input, downscale_factor, "downscale_factor")


@op(module="ChannelShuffle(groups)", stored="groups")
def channel_shuffle_module(input: Tensor, groups: Count, *, need: Need) -> Shape:
    """(batch, groups*n, *s) -> (batch, n*groups, *s), the channels of all groups interleaved

    torch's "torch.nn.ChannelShuffle".
    """
    return channels_mixed(need, input, groups)


# --- dropout of whole channels ----------------------------------------------------------------


@op(module="Dropout1d(p, inplace)")
def dropout1d_module(input: Tensor, *, need: Need) -> Array:
    """(*batch, channels, n) -> the same

    torch's "torch.nn.Dropout1d".
    """
    need.rank("input", input, 2, 3)
    return input


@op(total=True, module="Dropout2d|Dropout3d(p, inplace)")
def dropout_channels_module(input: Tensor, *, need: Need) -> Array:
    """(*batch, channels, *s) -> the same; torch only warns of other shapes.

    torch's "torch.nn.Dropout2d".
    """
    return input


OPS = family(globals())
