"""Arrays of given sizes, like other arrays, and of ranges of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shapecheck.dims import Axis, Shape, Size, is_size, maximum, product
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Count,
    Dim,
    Flag,
    MaybeDType,
    MaybeSizes,
    MaybeTensor,
    Mismatch,
    Number,
    Operand,
    Sizes,
    Tensor,
    Word,
    nested,
)
from shapecheck.ops._values import (
    Array,
    contiguous,
    promoted,
)
from shapecheck.ops.elementwise import (
    ANSWER,
    BROADCAST,
    floating,
    fresh_like,
    named,
    stretched_into,
)

# --- helpers ----------------------------------------------------------------------------------


def packed(axes: Sequence[Axis], kind: str) -> Array:
    """A new array that lies in memory without gaps."""
    return Array(tuple(axes), kind, contiguous(tuple(axes)))


def made(need: Need, shape: Sequence[Any], kind: str) -> Array:
    """A new array of some sizes, none of which may be negative."""
    return packed([Axis(need.count(size, "shape")) for size in shape], kind)


def chosen(dtype: str | None, default: str) -> str:
    """The kind of the dtype that was passed, or else the default."""
    return default if dtype is None else dtype


def kind_of(value: Any) -> str:
    """The kind of dtype of a number or an array."""
    try:
        return nested(value).dtype
    except Mismatch:
        return ""


def one_element(need: Need, name: str, array: Array, rule: str, text: str) -> None:
    """Require an array to have one element."""
    need.equal(product(array.sizes), 1, Why(rule, text, ((name, None),)))


# --- of given sizes ---------------------------------------------------------------------------

# What torch takes beside the sizes.
FACTORY = "out, names, dtype, layout, device, pin_memory, requires_grad, memory_format, generator"


@op(
    dtype="unknown",
    numpy="zeros|ones|empty(shape, dtype, order, *, device, like)",
    torch=f"zeros|ones|empty|rand|randn(*size=shape, *, {FACTORY})",
)
def filled(shape: Sizes = (), dtype: MaybeDType = None, order: Word = "C", *, need: Need) -> Array:
    """shape -> (*shape)

    NumPy's manual, "numpy.zeros"; torch's docs, "torch.zeros".
    """
    array = made(need, shape, chosen(dtype, "float"))
    return array if order == "C" else replace(array, strides=None)


@op(
    dtype="unknown",
    numpy="ndarray(shape, dtype, buffer, offset, strides, order)",
)
def filled_raw(shape: Sizes, dtype: MaybeDType = None, *, need: Need) -> Shape:
    """shape -> (*shape), its elements not set.

    NumPy's manual, "numpy.ndarray".
    """
    return made(need, shape, "").shape


@op(
    dtype="unknown",
    tensor=f"new_zeros|new_ones|new_empty(*size=shape, *, {FACTORY})",
)
def filled_alike(a: Tensor, shape: Sizes = (), dtype: MaybeDType = None, *, need: Need) -> Array:
    """(*s), shape -> (*shape), of the same dtype.

    Torch's docs, "torch.Tensor.new_zeros".
    """
    return made(need, shape, chosen(dtype, a.dtype))


@op(dtype="unknown", tensor="new(*size=shape..., *, device)")
def new(a: Tensor, shape: Sizes = (0,), *, need: Need) -> Array:
    """(*s), sizes -> (*sizes), of the same dtype.

    Torch's source, "torch/csrc/utils/tensor_new.cpp".
    """
    return made(need, shape, a.dtype)


@op(dtype="unknown", torch=f"full(size=shape, fill_value, *, {FACTORY})")
def full(shape: Sizes, fill_value: Number, dtype: MaybeDType = None, *, need: Need) -> Array:
    """shape, number -> (*shape)

    Torch's docs, "torch.full".
    """
    return made(need, shape, chosen(dtype, kind_of(fill_value)))


@op(dtype="unknown", numpy="full(shape, fill_value, dtype, order, *, device, like)")
def full_numpy(shape: Sizes, fill_value: Tensor, dtype: MaybeDType = None, *, need: Need) -> Array:
    """shape, (*t) -> (*shape), which t is stretched to.

    NumPy's manual, "numpy.full".
    """
    array = made(need, shape, chosen(dtype, fill_value.dtype))
    stretched_into(need, "fill_value", fill_value.shape, array, "shape", counted=False)
    return replace(array, strides=None)


@op(dtype="unknown", tensor=f"new_full(size=shape, fill_value, *, {FACTORY})")
def full_alike(
    a: Tensor, shape: Sizes, fill_value: Anything, dtype: MaybeDType = None, *, need: Need
) -> Array:
    """(*s), shape, number -> (*shape), of the same dtype.

    Torch's docs, "torch.Tensor.new_full".
    """
    return made(need, shape, chosen(dtype, a.dtype))


def one_number(need: Need, name: str, array: Array) -> None:
    """Require a number, which may be an array without axes."""
    need.rank(name, array, 0)


@op(
    dtype="unknown",
    torch="empty_strided(size=shape, stride, *, dtype, layout, device, requires_grad, pin_memory)",
)
def empty_strided(shape: Sizes, stride: Sizes, dtype: MaybeDType = None, *, need: Need) -> Array:
    """shape -> (*shape), with given steps in memory.

    Torch's docs, "torch.empty_strided".
    """
    array = made(need, shape, chosen(dtype, "float"))
    places = ("shape", None), ("stride", None)
    why = Why("size-argument", "there has to be a step for each size", places)
    need.true(len(shape) == len(stride), why, len(shape), len(stride))
    if any(isinstance(step, int) and step < 0 for step in stride):
        need.undecided("a step is negative")
    return replace(array, strides=tuple(stride))


# --- like another array -----------------------------------------------------------------------


@op(
    dtype="unknown",
    numpy=[
        "zeros_like|ones_like(a, dtype, order, subok, shape, *, device)",
        "empty_like(prototype=a, dtype, order, subok, shape, *, device)",
    ],
    torch="zeros_like|ones_like|empty_like|rand_like|randn_like(input=a, *, dtype, layout, device, "
    "requires_grad, memory_format, generator)",
    total=True,
)
def filled_like(
    a: Tensor,
    dtype: MaybeDType = None,
    order: Word = "K",
    shape: MaybeSizes = None,
    *,
    need: Need,
) -> Array:
    """(*s) -> (*s), or the shape that is asked for.

    NumPy's manual, "numpy.zeros_like"; torch's docs, "torch.zeros_like".
    """
    if shape is not None:
        return replace(made(need, shape, chosen(dtype, a.dtype)), strides=None)
    array = fresh_like(a, chosen(dtype, a.dtype))
    return array if order == "K" else replace(array, strides=None)


@op(
    dtype="unknown",
    numpy="full_like(a, fill_value, dtype, order, subok, shape, *, device)",
)
def full_like_numpy(
    a: Tensor,
    fill_value: Tensor,
    dtype: MaybeDType = None,
    shape: MaybeSizes = None,
    *,
    need: Need,
) -> Array:
    """(*s), (*t) -> (*s), which t is stretched to.

    NumPy's manual, "numpy.full_like".
    """
    kind = chosen(dtype, a.dtype)
    array = made(need, shape, kind) if shape is not None else a.with_axes(a.shape)
    stretched_into(need, "fill_value", fill_value.shape, array, "a", counted=False)
    return replace(array, dtype=kind, strides=None)


LIKE = "dtype, layout, device, requires_grad, memory_format, pin_memory, generator"


@op(
    total=True,
    dtype="unknown",
    torch=[
        f"full_like(input=a, fill_value, *, {LIKE})",
        f"randint_like(input=a, high=fill_value, *, {LIKE})",
    ],
)
def full_like(a: Tensor, fill_value: Anything, dtype: MaybeDType = None, *, need: Need) -> Array:
    """(*s), number -> (*s)

    Torch's docs, "torch.full_like".
    """
    return fresh_like(a, chosen(dtype, a.dtype))


@op(total=True, dtype="unknown", torch=f"randint_like(input=a, low, high, *, {LIKE})")
def randint_like(
    a: Tensor, low: Anything, high: Anything, dtype: MaybeDType = None, *, need: Need
) -> Array:
    """(*s) -> (*s)

    Torch's docs, "torch.randint_like".
    """
    return fresh_like(a, chosen(dtype, a.dtype))


# --- matrices ---------------------------------------------------------------------------------


@op(
    dtype="unknown",
    numpy=["eye(N=n, M=m, k, dtype, order, *, device, like)", "identity(n, dtype, *, like)"],
    torch=f"eye(n, m, *, {FACTORY})",
)
def eye(n: Count, m: Count = None, dtype: MaybeDType = None, *, need: Need) -> Array:
    """n, m -> (n, m); without m it is square.

    NumPy's manual, "numpy.eye"; torch's docs, "torch.eye".
    """
    return replace(made(need, (n, n if m is None else m), chosen(dtype, "float")), strides=None)


@op(total=True, dtype="float", numpy="tri(N=n, M=m, k, dtype, *, like)")
def tri(n: Count, m: Count = None, dtype: MaybeDType = None, *, need: Need) -> Shape:
    """n, m -> (n, m); without m it is square. Negative sizes count as 0.

    NumPy's manual, "numpy.tri".
    """
    return Axis(maximum(n, 0)), Axis(maximum(n if m is None else m, 0))


@op(
    dtype="unknown",
    numpy="vander(x, N=n, increasing)",
    torch="vander(x, N=n, increasing)",
)
def vander(x: Tensor, n: Count = None, *, need: Need) -> Array:
    """(k,) -> (k, n): the powers of each element; without n it is square.

    NumPy's manual, "numpy.vander"; torch's docs, "torch.vander".
    """
    need.rank("x", x, 1)
    last = x.shape[0] if n is None else Axis(need.count(n, "n"))
    return Array((x.shape[0], last), "float" if x.dtype == "float" else "")


# --- ranges -----------------------------------------------------------------------------------

BEYOND = Why("size-argument", "the end has to lie beyond the start", (("stop", None),))
NO_STEP = Why("size-argument", "the step may not be 0", (("step", None),))


def length_of_range(need: Need, start: Any, stop: Any, step: Any, *, closed: bool = False) -> Size:
    """How many numbers a range has; `closed`: the end belongs to it."""
    if step == 0 and not isinstance(step, Array):
        need.true(False, NO_STEP, step)
    if all(is_size(one) for one in (start, stop)) and isinstance(step, int):
        distance: Size = stop - start if step > 0 else start - stop
        width = abs(step)
        count: Size = distance // width + 1 if closed else (distance + width - 1) // width
        if need.library is not NUMPY:
            need.at_least(distance, 0, BEYOND)
            return count
        return count if need.assume.at_least(distance, 0) is True else maximum(count, 0)
    if not all(isinstance(one, (int, float)) for one in (start, stop, step)):
        return need.fresh("count")
    steps: float = (stop - start) / step
    if not math.isfinite(steps):
        return need.fresh("count")
    if need.library is not NUMPY:
        need.true(steps >= 0, BEYOND, steps, 0)
    return max(math.floor(steps) + 1 if closed else math.ceil(steps), 0)


def ranged(need: Need, numbers: Sequence[Any], dtype: str | None, *, closed: bool = False) -> Array:
    """A range as an array: numbers are its start, stop and step."""
    for name, one in zip(("start", "stop", "step"), numbers, strict=True):
        if isinstance(one, Array) and not one.is_open:
            need.rank(name, one, 0)
    kind = promoted(map(kind_of, numbers))
    whole = all(is_size(one) for one in numbers)
    exact = whole or dtype is None or dtype == "float"  # others are rounded first, or afterwards
    count = length_of_range(need, *numbers, closed=closed) if exact else need.fresh("count")
    return packed((Axis(count),), chosen(dtype, steady_range(kind)))


def steady_range(kind: str) -> str:
    """The kind of dtype of a range."""
    return "" if kind == "bool" else kind


@op(
    dtype="unknown",
    numpy="arange(stop, /, *, dtype, device, like)",
    torch=f"arange(end=stop, *, {FACTORY})",
)
def arange(stop: Anything, dtype: MaybeDType = None, *, need: Need) -> Array:
    """n -> (n,): 0, 1, …, n - 1.

    NumPy's manual, "numpy.arange"; torch's docs, "torch.arange".
    """
    return ranged(need, (0, stop, 1), dtype)


@op(
    dtype="unknown",
    numpy="arange(start, stop, step, dtype, *, device, like)",
    torch=f"arange(start, end=stop, step, *, {FACTORY})",
)
def arange_from(
    start: Anything,
    stop: Anything,
    step: Anything = 1,
    dtype: MaybeDType = None,
    *,
    need: Need,
) -> Array:
    """start, stop, step -> (n,), where n is (stop - start) / step, rounded up.

    NumPy's manual, "numpy.arange"; torch's docs, "torch.arange".
    """
    return ranged(need, (start, stop, step), dtype)


@op(dtype="unknown", torch=f"range(start, end=stop, step, *, {FACTORY})")
def range_closed(
    start: Anything,
    stop: Anything,
    step: Anything = 1,
    dtype: MaybeDType = None,
    *,
    need: Need,
) -> Array:
    """start, stop, step -> (n,), where n is (stop - start) / step, rounded down, and one more.

    Torch's docs, "torch.range".
    """
    return replace(
        ranged(need, (start, stop, step), dtype, closed=True), dtype=chosen(dtype, "float")
    )


def samples(need: Need, count: Any, name: str) -> Axis:
    """An axis of so many samples."""
    return Axis(need.count(count, name))


@op(
    dtype="unknown",
    torch=[
        f"linspace(start, end=stop, steps=num, *, {FACTORY})",
        f"logspace(start, end=stop, steps=num, base, *, {FACTORY})",
    ],
)
def linspace(
    start: Operand, stop: Operand, num: Count, dtype: MaybeDType = None, *, need: Need
) -> Array:
    """start, stop, n -> (n,)

    Torch's docs, "torch.linspace".
    """
    one_number(need, "start", start)
    one_number(need, "stop", stop)
    kind = "complex" if "complex" in (start.dtype, stop.dtype) else "float"
    return packed((samples(need, num, "num"),), chosen(dtype, kind))


@op(
    dtype="unknown",
    numpy=[
        "linspace(start, stop, num, endpoint, retstep, dtype, axis=dim, *, device)",
        "logspace(start, stop, num, endpoint, base, dtype, axis=dim)",
        "geomspace(start, stop, num, endpoint, dtype, axis=dim)",
    ],
)
def linspace_numpy(
    start: Tensor,
    stop: Tensor,
    num: Count = 50,
    retstep: Flag = False,
    dtype: MaybeDType = None,
    dim: Dim = 0,
    base: MaybeTensor = None,
    *,
    need: Need,
) -> Any:
    """(*s), (*t), n -> (n, *u), where u is the shape that both are stretched to.

    NumPy's manual, "numpy.linspace".
    """
    if base is not None and base.rank:
        need.undecided("base is an array")
    rest = need.broadcast(start.shape, stop.shape, why=BROADCAST)
    axis = samples(need, num, "num")
    place = need.axis(dim, len(rest) + 1)
    kind = floating(promoted((start.dtype, stop.dtype)))
    array = Array((*rest[:place], axis, *rest[place:]), chosen(dtype, kind))
    return [array, ANSWER] if retstep else array


@op(
    dtype="float",
    torch=[
        named(
            "hann_window hamming_window blackman_window bartlett_window",
            f"window_length=n, periodic, *, alpha, beta, {FACTORY}",
        ),
        f"kaiser_window(window_length=n, periodic, beta, *, {FACTORY})",
        named(
            "signal.windows.bartlett signal.windows.blackman signal.windows.cosine "
            "signal.windows.hamming signal.windows.hann signal.windows.nuttall",
            "M=n, *, sym, dtype, layout, device, requires_grad",
        ),
    ],
)
def window_function(n: Count, *, need: Need) -> Shape:
    """n -> (n,)

    Torch's docs, "torch.hann_window".
    """
    return (samples(need, n, "n"),)


@op(
    total=True,
    dtype="float",
    numpy=["hanning|hamming|blackman|bartlett(M=n)", "kaiser(M=n, beta)"],
)
def window_numpy(n: Count, beta: Number = 8.0, *, need: Need) -> Shape:
    """n -> (n,); empty for negative numbers.

    NumPy's manual, "numpy.hanning".
    """
    return (Axis(n if need.assume.at_least(n, 0) else maximum(n, 0)),)


OPS = family(globals())
