"""Pooling: windows of which one number is kept each, and their inverse."""

from __future__ import annotations

from typing import Any

from shapecheck.dims import Axis, Shape, Size, minimum
from shapecheck.facts import all_hold, any_holds
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import Op, family, op
from shapecheck.ops._params import Counts, Flag, Number, Tensor
from shapecheck.ops._sliding import (
    Extent,
    Factors,
    kept,
    lead_and_spatial,
    nonempty,
    reach,
    resizes,
    scaled,
    spread,
)
from shapecheck.ops._values import Array

# --- windows of a fixed size ------------------------------------------------------------------


def pooled(
    need: Need,
    x: Array,
    count: int,
    kernel_size: Any,
    stride: Any,
    padding: Any = 0,
    dilation: Any = 1,
    *,
    ceil_mode: bool = False,
    whole: bool = False,
) -> Shape:
    """The rule of pooling, functions and modules; a stride of None is that of the window.

    `whole`: a window has to fit into the image without its padding, too.
    """
    lead, spatial = lead_and_spatial(need, "input", x, count)
    nonempty(need, "input", x, range(len(lead) - 1, x.rank), "window-size")
    kernel = spread(need, kernel_size, count, "kernel_size", least=1)
    as_kernel = stride is None or stride in ((), [])
    step = kernel if as_kernel else spread(need, stride, count, "stride", least=1)
    pads = spread(need, padding, count, "padding", least=0)
    apart = spread(need, dilation, count, "dilation", least=1)
    made = []
    for place, axis in enumerate(spatial):
        text = "padding may be half of the window at most"
        why = Why("window-size", text, (("padding", None), ("kernel_size", None)))
        need.at_least(kernel[place], 2 * pads[place], why)
        size = window_count(
            axis.size, reach(kernel[place], apart[place]), step[place], pads[place], ceil_mode
        )
        text = "the image has to have room for a window"
        places = (("input", len(lead) + place), ("kernel_size", None))
        need.at_least(size, 1, Why("window-size", text, places))
        if whole:
            need.at_least(axis.size, kernel[place], Why("window-size", text, places))
        made.append(kept(need, axis, size))
    return (*lead, *made)


def averaged(need: Need, x: Array, count: int, *settings: Any, ceil_mode: bool) -> Shape:
    """The rule of average pooling, functions and modules."""
    return pooled(need, x, count, *settings, ceil_mode=ceil_mode, whole=count == 3)


def window_count(size: Size, window: Size, stride: Size, padding: Size, ceil_mode: bool) -> Size:
    """How many windows there are along an axis.

    With `ceil_mode`, one that goes beyond the end counts, if it starts before the padding there.
    """
    room = size + 2 * padding - window
    if not ceil_mode:
        return room // stride + 1
    started = (size + padding - 1) // stride + 1
    return minimum((room + stride - 1) // stride + 1, started)


def with_indices(x: Array, axes: Shape, wanted: bool = True) -> Any:
    """What max pooling gives: the maxima, and where they are if that is wanted."""
    made = x.with_axes(axes)
    return [made, Array(axes, "int", None, x.library)] if wanted else made


def _max_pool(count: int) -> Op:
    positional = "input, kernel_size, stride, padding, dilation, ceil_mode"

    @op(
        name=f"max_pool{count}d",
        functional=f"max_pool{count}d({positional}, return_indices)",
        torch=f"max_pool{count}d({positional})",
    )
    def rule(
        input: Tensor,
        kernel_size: Counts,
        stride: Counts = None,
        padding: Counts = 0,
        dilation: Counts = 1,
        ceil_mode: Flag = False,
        return_indices: Flag = False,
        *,
        need: Need,
    ) -> Any:
        settings = kernel_size, stride, padding, dilation
        axes = pooled(need, input, count, *settings, ceil_mode=ceil_mode)
        return with_indices(input, axes, return_indices)

    return resizes(rule, count, f"torch.nn.functional.max_pool{count}d")


def _max_pool_with_indices(count: int) -> Op:
    positional = "input, kernel_size, stride, padding, dilation, ceil_mode"
    spaces: dict[str, Any] = {"functional": f"max_pool{count}d_with_indices({positional})"}
    if count == 1:
        spaces["torch"] = f"max_pool1d_with_indices({positional})"

    @op(name=f"max_pool{count}d_with_indices", **spaces)
    def rule(
        input: Tensor,
        kernel_size: Counts,
        stride: Counts = None,
        padding: Counts = 0,
        dilation: Counts = 1,
        ceil_mode: Flag = False,
        *,
        need: Need,
    ) -> Any:
        settings = kernel_size, stride, padding, dilation
        axes = pooled(need, input, count, *settings, ceil_mode=ceil_mode)
        return with_indices(input, axes)

    return resizes(rule, count, f"torch.nn.functional.max_pool{count}d")


def _avg_pool(count: int) -> Op:
    more = "" if count == 1 else ", divisor_override"
    parameters = f"input, kernel_size, stride, padding, ceil_mode, count_include_pad{more}"
    spaces: dict[str, Any] = {"functional": f"avg_pool{count}d({parameters})"}
    if count == 1:
        spaces["torch"] = f"avg_pool1d({parameters})"

    @op(name=f"avg_pool{count}d", **spaces)
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

    return resizes(rule, count, f"torch.nn.functional.avg_pool{count}d")


def lp_pooled(
    need: Need, x: Array, count: int, kernel_size: Any, stride: Any, ceil_mode: bool
) -> Shape:
    """The rule of power-average pooling: the window has a number for each axis, or one for all."""
    spread(need, kernel_size, count, "kernel_size", one=False)
    return averaged(need, x, count, kernel_size, stride, ceil_mode=ceil_mode)


def _lp_pool(count: int) -> Op:
    @op(
        name=f"lp_pool{count}d",
        functional=f"lp_pool{count}d(input, norm_type, kernel_size, stride, ceil_mode)",
    )
    def rule(
        input: Tensor,
        norm_type: Number,
        kernel_size: Counts,
        stride: Counts = None,
        ceil_mode: Flag = False,
        *,
        need: Need,
    ) -> Shape:
        return lp_pooled(need, input, count, kernel_size, stride, ceil_mode)

    return resizes(rule, count, f"torch.nn.functional.lp_pool{count}d")


max_pool1d, max_pool2d, max_pool3d = _max_pool(1), _max_pool(2), _max_pool(3)
max_pool1d_with_indices = _max_pool_with_indices(1)
max_pool2d_with_indices = _max_pool_with_indices(2)
max_pool3d_with_indices = _max_pool_with_indices(3)
avg_pool1d, avg_pool2d, avg_pool3d = _avg_pool(1), _avg_pool(2), _avg_pool(3)
lp_pool1d, lp_pool2d, lp_pool3d = _lp_pool(1), _lp_pool(2), _lp_pool(3)


# --- windows made for a size of the result ----------------------------------------------------


def adapted(need: Need, x: Array, count: int, output_size: Any, *, mean: bool) -> Shape:
    """The rule of adaptive pooling; None keeps the size of an axis.

    Args:
        need: the recorder.
        x: the image.
        count: how many spatial axes there are.
        output_size: as it was passed.
        mean: whether averages are taken.
    """
    sizes = spread(need, output_size, count, "output_size", one=False)
    plain: bool | None = mean and all(
        size == 1 for size in sizes
    )  # torch takes the plain mean then
    if mean and count > 1 and None in sizes:
        need.rank_at_least("input", x, count + 1)
        plain = all_hold(
            *(
                need.assume.equal(axis.size if size is None else size, 1)
                for axis, size in zip(x.shape[-count:], sizes, strict=True)
            )
        )
        if plain is None and x.rank not in (count + 1, count + 2):
            need.undecided("the sizes decide whether the plain mean is taken, of any rank")
    if plain and count > 1:
        need.rank_at_least("input", x, count if isinstance(output_size, int) else count + 1)
        kept_sizes = zip(x.shape[-count:], sizes, strict=True)
        ones = (axis if size is None else Axis(size) for axis, size in kept_sizes)
        return (*x.shape[:-count], *ones)
    lead, spatial = lead_and_spatial(need, "input", x, count)
    if not plain:
        first = len(lead) if mean and count < 3 else 1
        for place in range(first, x.rank):
            why = Why("window-size", "only the batch of input may be empty", (("input", place),))
            filled = need.assume.at_least(x.shape[place].size, 1)
            need.true(any_holds(plain, filled), why, x.shape[place].size)
    made = []
    for axis, size in zip(spatial, sizes, strict=True):
        if size is None:
            made.append(axis)
        else:
            need.count(size, "output_size")
            made.append(kept(need, axis, size))
    return (*lead, *made)


def _adaptive_avg_pool(count: int) -> Op:
    spaces: dict[str, Any] = {"functional": f"adaptive_avg_pool{count}d(input, output_size)"}
    if count == 1:
        spaces["torch"] = "adaptive_avg_pool1d(input, output_size)"

    @op(name=f"adaptive_avg_pool{count}d", **spaces)
    def rule(input: Tensor, output_size: Extent, *, need: Need) -> Shape:
        return adapted(need, input, count, output_size, mean=True)

    return resizes(rule, count, f"torch.nn.functional.adaptive_avg_pool{count}d")


def _adaptive_max_pool(count: int) -> Op:
    @op(
        name=f"adaptive_max_pool{count}d",
        functional=f"adaptive_max_pool{count}d(input, output_size, return_indices)",
    )
    def rule(
        input: Tensor, output_size: Extent, return_indices: Flag = False, *, need: Need
    ) -> Any:
        axes = adapted(need, input, count, output_size, mean=False)
        return with_indices(input, axes, return_indices)

    return resizes(rule, count, f"torch.nn.functional.adaptive_max_pool{count}d")


def _adaptive_max_pool_with_indices(count: int) -> Op:
    spaces: dict[str, Any] = {
        "functional": f"adaptive_max_pool{count}d_with_indices(input, output_size)"
    }
    if count == 1:
        spaces["torch"] = "adaptive_max_pool1d(input, output_size)"

    @op(name=f"adaptive_max_pool{count}d_with_indices", **spaces)
    def rule(input: Tensor, output_size: Extent, *, need: Need) -> Any:
        return with_indices(input, adapted(need, input, count, output_size, mean=False))

    return resizes(rule, count, f"torch.nn.functional.adaptive_max_pool{count}d")


adaptive_avg_pool1d, adaptive_avg_pool2d = _adaptive_avg_pool(1), _adaptive_avg_pool(2)
adaptive_avg_pool3d = _adaptive_avg_pool(3)
adaptive_max_pool1d, adaptive_max_pool2d = _adaptive_max_pool(1), _adaptive_max_pool(2)
adaptive_max_pool3d = _adaptive_max_pool(3)
adaptive_max_pool1d_with_indices = _adaptive_max_pool_with_indices(1)
adaptive_max_pool2d_with_indices = _adaptive_max_pool_with_indices(2)
adaptive_max_pool3d_with_indices = _adaptive_max_pool_with_indices(3)


def fractional(
    need: Need, x: Array, count: int, kernel_size: Any, output_size: Any, output_ratio: Any
) -> Shape:
    """The rule of fractional max pooling: windows at random places, the last one at the end."""
    lead, spatial = lead_and_spatial(need, "input", x, count)
    why = Why("size-argument", "output_size or output_ratio has to be given")
    need.true(output_size is not None or output_ratio is not None, why)
    nonempty(need, "input", x, range(1, x.rank), "window-size")
    kernel = spread(need, kernel_size, count, "kernel_size", one=False)
    if output_size is None:
        places = (("output_ratio", None),)
        why = Why("size-argument", "output_ratio has to have a number for each axis", places)
        need.true(count == 3 or isinstance(output_ratio, (tuple, list)), why)
        ratios = spread(need, output_ratio, count, "output_ratio", one=False)
        sizes = tuple(
            scaled(need, axis.size, one) for axis, one in zip(spatial, ratios, strict=True)
        )
    else:
        sizes = spread(need, output_size, count, "output_size", one=False)
    for place, (axis, window, size) in enumerate(zip(spatial, kernel, sizes, strict=True)):
        text = "the image has to have room for so many windows"
        three = (("input", len(lead) + place), ("kernel_size", None), ("output_size", None))
        # torch wants one element more in 3-D
        least = size + window - (1 if count == 2 else 0)
        need.at_least(axis.size, least, Why("window-size", text, three))
        need.count(size, "output_size", least=0)
    return (*lead, *(kept(need, axis, size) for axis, size in zip(spatial, sizes, strict=True)))


def _fractional_max_pool(count: int) -> Op:
    parameters = "input, kernel_size, output_size, output_ratio, return_indices, _random_samples"

    @op(
        name=f"fractional_max_pool{count}d",
        functional=f"fractional_max_pool{count}d({parameters})",
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
        axes = fractional(need, input, count, kernel_size, output_size, output_ratio)
        return with_indices(input, axes, return_indices)

    return resizes(rule, count, f"torch.nn.functional.fractional_max_pool{count}d")


fractional_max_pool2d, fractional_max_pool3d = _fractional_max_pool(2), _fractional_max_pool(3)


# --- back to the image ------------------------------------------------------------------------


def unpooled(
    need: Need,
    x: Array,
    indices: Array,
    count: int,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    output_size: Any,
) -> Shape:
    """The rule of max unpooling: the smallest image that has so many windows, or a given one."""
    lead, spatial = lead_and_spatial(need, "input", x, count)
    need.rank("indices", indices, x.rank)
    for place, (axis, other) in enumerate(zip(x.shape, indices.shape, strict=True)):
        places = (("input", place), ("indices", place))
        why = Why("window-size", "indices has to have the shape of the image", places)
        need.equal(other.size, axis.size, why)
    nonempty(need, "input", x, range(len(lead) - 1, x.rank), "window-size")
    kernel = spread(need, kernel_size, count, "kernel_size", one=False)
    step = kernel if stride is None else spread(need, stride, count, "stride", one=False)
    for size in step if count == 3 else ():
        need.count(size, "stride", least=1)
    pads = spread(need, padding, count, "padding", one=False)
    settings = zip(spatial, kernel, step, pads, strict=True)
    sizes: tuple[Size, ...] = tuple(
        (axis.size - 1) * stride + window - 2 * pad for axis, window, stride, pad in settings
    )
    if output_size is not None:
        sizes = _wanted(need, output_size, sizes, step)
    for size in sizes:
        need.count(size, "output_size")
    return (*lead, *(kept(need, axis, size) for axis, size in zip(spatial, sizes, strict=True)))


def _wanted(
    need: Need, output_size: Any, sizes: tuple[Size, ...], step: tuple[Size, ...]
) -> tuple[Size, ...]:
    """The sizes that were asked for: less than a stride from those that follow by themselves."""
    many = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,)
    count = len(sizes)
    text = "output_size has to have one number for each spatial axis, or for all axes"
    why = Why("size-argument", text, (("output_size", None),))
    need.true(len(many) in (count, count + 2), why, len(many), count)
    for wanted, size, stride in zip(many[-count:], sizes, step, strict=True):
        near = all_hold(
            need.assume.less(size - stride, wanted), need.assume.less(wanted, size + stride)
        )
        text = "output_size has to be less than a stride from the size of the unpooled image"
        need.true(near, Why("size-argument", text, (("output_size", None),)), wanted, size)
    return many[-count:]


def _max_unpool(count: int) -> Op:
    @op(
        name=f"max_unpool{count}d",
        functional=f"max_unpool{count}d(input, indices, kernel_size, stride, padding, output_size)",
    )
    def rule(
        input: Tensor,
        indices: Tensor,
        kernel_size: Counts,
        stride: Counts = None,
        padding: Counts = 0,
        output_size: Counts = None,
        *,
        need: Need,
    ) -> Array:
        settings = kernel_size, stride, padding, output_size
        return Array(unpooled(need, input, indices, count, *settings), input.dtype)

    return resizes(rule, count, f"torch.nn.functional.max_unpool{count}d")


max_unpool1d, max_unpool2d, max_unpool3d = _max_unpool(1), _max_unpool(2), _max_unpool(3)

OPS = family(globals())
