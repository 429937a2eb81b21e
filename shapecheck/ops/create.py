"""Arrays made of sizes, of data and of other arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shapecheck.dims import UNIT, Axis, Shape, Size, is_size, maximum, merge, product
from shapecheck.facts import all_hold
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Count,
    Dim,
    DType,
    Flag,
    MaybeDType,
    MaybeSizes,
    MaybeTensor,
    Mismatch,
    Number,
    Operand,
    Sizes,
    Tensor,
    Tensors,
    Word,
    nested,
)
from shapecheck.ops._values import (
    Array,
    Extents,
    Text,
    Unknown,
    contiguous,
    promoted,
)
from shapecheck.ops.elementwise import (
    ANSWER,
    BROADCAST,
    NOTHING,
    floating,
    fresh_like,
    named,
    prefixed,
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


# --- random numbers ---------------------------------------------------------------------------

_HOMES = "random. random.RandomState. random.Generator."


def everywhere(names: str, parameters: str) -> list[str]:
    """The spellings of NumPy's random functions: of the module and of its generators."""
    return [named(prefixed(home, names), parameters) for home in _HOMES.split()]


def older(names: str, parameters: str) -> list[str]:
    """The spellings of random functions that new generators do not have."""
    return everywhere(names, parameters)[:2]


@op(
    dtype="float",
    numpy=[
        *older("rand randn", "*size=shape..."),
        *older("random_sample standard_normal standard_cauchy standard_exponential", "size=shape"),
        *everywhere("random", "size=shape")[::2],
        "random.ranf|random.sample(size=shape)",
        named(
            prefixed("random.Generator.", "standard_normal standard_exponential standard_cauchy"),
            "size=shape, dtype, method, out",
        ),
    ],
)
def random_numbers(shape: Sizes = (), *, need: Need) -> Shape:
    """shape -> (*shape)

    NumPy's manual, "numpy.random.rand".
    """
    return made(need, shape, "float").shape


def distributed(
    need: Need, parameters: Sequence[tuple[str, Array | None]], shape: Sequence[Any] | None
) -> Shape:
    """Random numbers of a shape that all parameters of the distribution are stretched to."""
    given = [(name, one) for name, one in parameters if one is not None]
    if shape is None:
        return need.broadcast(*(one.shape for _, one in given), why=BROADCAST)
    array = made(need, shape, "")
    for name, one in given:
        stretched_into(need, name, one.shape, array, "shape")
    return array.shape


@op(
    dtype="float",
    numpy=[
        *everywhere("exponential rayleigh", "scale=a, size=shape"),
        *everywhere("standard_t chisquare", "df=a, size=shape"),
        *everywhere("weibull pareto power", "a, size=shape"),
        *everywhere("standard_gamma", "shape=a, size=shape"),
    ],
)
def random_of_one(a: MaybeTensor = None, shape: MaybeSizes = None, *, need: Need) -> Shape:
    """(*s), shape -> (*shape), which s is stretched to; without shape it is s.

    NumPy's manual, "numpy.random.exponential".
    """
    return distributed(need, (("a", a),), shape)


@op(
    dtype="int",
    numpy=[
        *everywhere("poisson", "lam=a, size=shape"),
        *everywhere("geometric logseries", "p=a, size=shape"),
    ],
)
def random_count(a: MaybeTensor = None, shape: MaybeSizes = None, *, need: Need) -> Shape:
    """(*s), shape -> (*shape), which s is stretched to; without shape it is s.

    NumPy's manual, "numpy.random.poisson".
    """
    return distributed(need, (("a", a),), shape)


@op(dtype="int", numpy=everywhere("zipf", "a, size=shape"))
def random_zipf(a: Tensor, shape: MaybeSizes = None, *, need: Need) -> Shape:
    """(*s), shape -> (*shape), which s is stretched to; without shape it is s.

    NumPy's manual, "numpy.random.zipf".
    """
    return distributed(need, (("a", a),), shape)


@op(
    dtype="float",
    numpy=[
        *everywhere("normal laplace logistic gumbel", "loc=a, scale=b, size=shape"),
        *everywhere("uniform", "low=a, high=b, size=shape"),
        *everywhere("lognormal", "mean=a, sigma=b, size=shape"),
        *everywhere("beta", "a, b, size=shape"),
        *everywhere("gamma", "shape=a, scale=b, size=shape"),
        *everywhere("vonmises", "mu=a, kappa=b, size=shape"),
        *everywhere("wald", "mean=a, scale=b, size=shape"),
        *everywhere("f", "dfnum=a, dfden=b, size=shape"),
        *everywhere("noncentral_chisquare", "df=a, nonc=b, size=shape"),
    ],
)
def random_of_two(
    a: MaybeTensor = None, b: MaybeTensor = None, shape: MaybeSizes = None, *, need: Need
) -> Shape:
    """(*s), (*t), shape -> (*shape), which both are stretched to; without shape they broadcast.

    NumPy's manual, "numpy.random.normal".
    """
    return distributed(need, (("a", a), ("b", b)), shape)


@op(
    dtype="int",
    numpy=[
        *everywhere("binomial negative_binomial", "n=a, p=b, size=shape"),
    ],
)
def random_integers(a: Tensor, b: Tensor, shape: MaybeSizes = None, *, need: Need) -> Shape:
    """(*s), (*t), shape -> (*shape), which both are stretched to; without shape they broadcast.

    NumPy's manual, "numpy.random.binomial".
    """
    return distributed(need, (("a", a), ("b", b)), shape)


@op(
    dtype="int",
    numpy=[
        *older("randint", "low=a, high=b, size=shape, dtype"),
        "random.Generator.integers(low=a, high=b, size=shape, dtype, endpoint)",
    ],
)
def randint_numpy(
    a: Tensor, b: MaybeTensor = None, shape: MaybeSizes = None, *, need: Need
) -> Shape:
    """(*s), (*t), shape -> (*shape); without shape both bounds broadcast.

    NumPy's manual, "numpy.random.randint".
    """
    bounds = [one.shape for one in (a, b) if one is not None]
    if shape is None:
        return need.broadcast(*bounds, why=BROADCAST)
    array = made(need, shape, "int")
    if any(bounds):
        empty = need.assume.equal(product(array.sizes), 0)
        if not need.decided(empty, "the shape may have no elements"):
            need.broadcast(*bounds, array.shape, why=BROADCAST)
    return array.shape


@op(
    dtype="float",
    numpy=everywhere("triangular", "left=a, mode=b, right=c, size=shape"),
)
def random_triangular(
    a: Tensor, b: Tensor, c: Tensor, shape: MaybeSizes = None, *, need: Need
) -> Shape:
    """(*s), (*t), (*u), shape -> (*shape), which all are stretched to.

    NumPy's manual, "numpy.random.triangular".
    """
    return distributed(need, (("a", a), ("b", b), ("c", c)), shape)


# The kinds of dtypes of numbers that are no counts.
NO_COUNT = ("bool", "float", "complex")


@op(
    dtype="unknown",
    numpy=older("choice", "a, size=shape, replace, p"),
)
def choice(
    a: Tensor,
    shape: Sizes = (),
    replace: Flag = True,
    p: MaybeTensor = None,
    *,
    need: Need,
) -> Array:
    """(n,), shape -> (*shape): elements of a, or numbers below a.

    NumPy's manual, "numpy.random.choice".
    """
    need.rank("a", a, *((1,) if a.dtype in NO_COUNT else (0, 1)))
    array = made(need, shape, "int" if not a.rank else a.dtype)
    if a.rank:
        total = product(array.sizes)
        some = need.assume.equal(total, 0)
        if some is not True:
            text = "there has to be an element to choose"
            holds = need.assume.at_least(a.shape[0].size, 1)
            holds = None if holds is False and some is None else holds
            need.true(holds, Why("size-argument", text, (("a", 0),)), a.shape[0].size, 1)
        if not replace:
            text = "no more elements can be chosen than there are"
            why = Why("size-argument", text, (("shape", None), ("a", 0)))
            need.at_least(a.shape[0].size, total, why)
        if p is not None:
            need.rank("p", p, 1)
            why = Why("broadcast", "there has to be a probability for each", (("p", 0), ("a", 0)))
            need.equal(p.shape[0].size, a.shape[0].size, why)
    return Array(array.shape, array.dtype)


@op(dtype="unknown", numpy="random.Generator.choice(a, size=shape, replace, p, axis=dim, shuffle)")
def choice_along(
    a: Tensor, shape: Sizes = (), dim: Dim = 0, replace: Flag = True, *, need: Need
) -> Array:
    """(*before, n, *after), shape -> (*before, *shape, *after): some along an axis.

    NumPy's manual, "numpy.random.Generator.choice".
    """
    new = made(need, shape, "").shape
    need.rank_at_least("a", a, 1 if a.dtype in NO_COUNT else 0)
    if not a.rank:
        return Array(new, "int")
    place = need.axis(dim, a.rank, of="a")
    total = product(one.size for one in new)
    some = need.decided(need.assume.equal(total, 0), "whether some are chosen is not known")
    if not some:
        text = "there have to be so many elements to choose"
        why = Why("size-argument", text, (("shape", None), ("a", place)))
        need.at_least(a.shape[place].size, 1 if replace else total, why)
    return Array((*a.shape[:place], *new, *a.shape[place + 1 :]), a.dtype)


@op(
    dtype="unknown", numpy=[*older("permutation", "x"), "random.Generator.permutation(x, axis=dim)"]
)
def permutation(x: Anything, dim: Dim = 0, *, need: Need) -> Array:
    """(n, *s) -> (n, *s), shuffled along the first axis; a number stands for those below it.

    NumPy's manual, "numpy.random.permutation".
    """
    if is_size(x):
        return Array((Axis(maximum(x, 0)),), "int")
    array = gathered(need, "x", x)
    need.rank_at_least("x", array, 1 if array.dtype in NO_COUNT else 0)
    if not array.rank:
        return Array((Axis(need.fresh("n")),), "int")
    need.axis(dim, array.rank, of="x")
    return array.with_axes(array.shape)


@op(numpy=[*older("shuffle", "x"), "random.Generator.shuffle(x, axis=dim)"])
def shuffle(x: Tensor, dim: Dim = 0, *, need: Need) -> Unknown:
    """(n, *s) -> nothing: shuffled along the first axis.

    NumPy's manual, "numpy.random.shuffle".
    """
    need.rank_at_least("x", x, 1)
    need.axis(dim, x.rank, of="x")
    return NOTHING


@op(dtype="float", numpy=everywhere("multivariate_normal", "mean, cov, size=shape"))
def multivariate_normal(mean: Tensor, cov: Tensor, shape: Sizes = (), *, need: Need) -> Shape:
    """(n,), (n, n), shape -> (*shape, n)

    NumPy's manual, "numpy.random.multivariate_normal".
    """
    need.rank("mean", mean, 1)
    need.rank("cov", cov, 2)
    square = Why("square-matrix", "cov has to be square", (("cov", 0), ("cov", 1)))
    need.equal(cov.shape[0].size, cov.shape[1].size, square)
    why = Why("broadcast", "cov has to have a row for each mean", (("mean", 0), ("cov", 0)))
    need.equal(mean.shape[0].size, cov.shape[0].size, why)
    return (*made(need, shape, "").shape, mean.shape[0])


@op(dtype="float", numpy=everywhere("dirichlet", "alpha=a, size=shape"))
def dirichlet(a: Tensor, shape: Sizes = (), *, need: Need) -> Shape:
    """(n,), shape -> (*shape, n)

    NumPy's manual, "numpy.random.dirichlet".
    """
    need.rank("a", a, 1)
    return (*made(need, shape, "").shape, a.shape[0])


@op(dtype="int", numpy=older("multinomial", "n, pvals=p, size=shape"))
def multinomial_numpy(n: Tensor, p: Tensor, shape: Sizes = (), *, need: Need) -> Shape:
    """(k,), shape -> (*shape, k)

    NumPy's manual, "numpy.random.multinomial".
    """
    need.rank("p", p, 1)
    one_number(need, "n", n)
    return (*made(need, shape, "").shape, p.shape[0])


@op(
    dtype="unknown",
    torch=f"randint(low, high, size=shape, *, {FACTORY})",
)
def randint(
    low: Number, high: Number, shape: Sizes, dtype: MaybeDType = None, *, need: Need
) -> Array:
    """low, high, shape -> (*shape)

    Torch's docs, "torch.randint".
    """
    return made(need, shape, chosen(dtype, "int"))


@op(dtype="unknown", torch=f"normal(mean=low, std=high, size=shape, *, {FACTORY})")
def normal_sized(
    low: Number, high: Number, shape: Sizes, dtype: MaybeDType = None, *, need: Need
) -> Array:
    """mean, std, shape -> (*shape)

    Torch's docs, "torch.normal".
    """
    return made(need, shape, chosen(dtype, "float"))


@op(dtype="unknown", torch=f"randint(high, size=shape, *, {FACTORY})")
def randint_below(high: Number, shape: Sizes, dtype: MaybeDType = None, *, need: Need) -> Array:
    """high, shape -> (*shape)

    Torch's docs, "torch.randint".
    """
    return made(need, shape, chosen(dtype, "int"))


@op(dtype="unknown", torch=f"randperm(n, *, {FACTORY})")
def randperm(n: Count, dtype: MaybeDType = None, *, need: Need) -> Array:
    """n -> (n,)

    Torch's docs, "torch.randperm".
    """
    return made(need, (n,), chosen(dtype, "int"))


@op(
    torch=["normal(mean=a, std=b, *, generator, out)", "binomial(count=a, prob=b, generator)"],
)
def normal(a: Operand, b: Operand, *, need: Need) -> Shape:
    """(*s), (*t) -> the shape that both are stretched to.

    Torch's docs, "torch.normal".
    """
    return need.broadcast(a.shape, b.shape, why=BROADCAST)


@op(
    dtype="int",
    torch="multinomial(input=a, num_samples=n, replacement, *, generator, out)",
    tensor="multinomial(num_samples=n, replacement, *, generator)",
)
def multinomial(a: Tensor, n: Count, replacement: Flag = False, *, need: Need) -> Shape:
    """(*batch, k), n -> (*batch, n)

    Torch's docs, "torch.multinomial".
    """
    need.rank("a", a, 1, 2)
    count = need.count(n, "n", least=1)
    last = a.shape[-1].size
    text = "no more elements can be chosen than there are"
    why = Why("size-argument", text, (("n", None), ("a", a.rank - 1)))
    need.at_least(last, 1 if replacement else count, why)
    return (*a.shape[:-1], Axis(count))


# --- of data ----------------------------------------------------------------------------------


def gathered(need: Need, name: str, value: Any) -> Array:
    """The array that nested lists of numbers and arrays make.

    Torch takes tensors in lists for numbers: they may have one element only.
    """
    if isinstance(value, Array):
        if value.is_open:
            need.undecided(f"the rank of {name} is not known")
        return value
    if not isinstance(value, (list, tuple)):
        try:
            return nested(value)
        except Mismatch:
            need.undecided(f"{name} is not known")
    part = gathered if need.library is NUMPY else _as_number
    parts = [part(need, name, one) for one in value[:1]]
    if need.library is NUMPY or 0 not in (*parts, packed((), ""))[0].sizes:  # torch stops there
        parts += [part(need, name, one) for one in value[1:]]
    if not parts:
        return packed((Axis(0),), "float")
    first = parts[0]
    text = "all parts have to have the same shape"
    for one in parts[1:]:
        why = Why("ragged", text, ((name, None),))
        need.true(one.rank == first.rank, why, first.rank, one.rank)
        for place, (left, right) in enumerate(zip(first.shape, one.shape, strict=True)):
            need.equal(left.size, right.size, Why("ragged", text, ((name, place + 1),)))
    kinds = {one.dtype for one in parts}
    return packed((Axis(len(value)), *first.shape), promoted(kinds))


def _as_number(need: Need, name: str, part: Any) -> Array:
    """A part of a list that torch makes a tensor of."""
    array = gathered(need, name, part)
    if not isinstance(part, Array) or part.library == "numpy":
        return array
    text = "tensors in a list have to have one element; torch.stack joins others"
    one_element(need, name, array, "ragged", text)
    return packed((), array.dtype)


def of_library(array: Array, library: str) -> Array:
    """The same array in a library."""
    return replace(array, library=library)


@op(
    dtype="unknown",
    torch=[
        "tensor(data, *, dtype, device, requires_grad, pin_memory)",
        "as_tensor(data, dtype, device)",
        "asarray(obj=data, *, dtype, device, copy, requires_grad)",
    ],
)
def tensor(data: Anything, dtype: MaybeDType = None, *, need: Need) -> Array:
    """nested lists of numbers -> their shape

    Torch's docs, "torch.tensor".
    """
    array = gathered(need, "data", data)
    kind = chosen(dtype, array.dtype)
    return replace(fresh_like(array, kind), library="torch")


@op(
    total=True,
    dtype="unknown",
    torch=["from_numpy(a, /)", "from_dlpack(ext_tensor=a, *, device, copy)"],
)
def from_numpy(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s), the same memory.

    Torch's docs, "torch.from_numpy".
    """
    return of_library(a, "torch")


@op(
    total=True,
    dtype="unknown",
    torch="scalar_tensor(s=number, *, dtype, device, layout, requires_grad)",
)
def scalar_tensor(number: Anything, dtype: MaybeDType = None, *, need: Need) -> Array:
    """number -> ()

    Torch's docs, "torch.scalar_tensor".
    """
    return Array((), chosen(dtype, "float"), ())


@op(
    dtype="unknown",
    tensor="new_tensor(data, *, dtype, device, requires_grad)",
)
def new_tensor(a: Tensor, data: Anything, dtype: MaybeDType = None, *, need: Need) -> Array:
    """nested lists of numbers -> their shape

    Torch's docs, "torch.Tensor.new_tensor".
    """
    array = gathered(need, "data", data)
    return Array(array.shape, chosen(dtype, a.dtype), None, "torch")


@op(
    dtype="unknown",
    numpy=[
        "array(object=data, dtype, *, copy, order, subok, ndmin, ndmax, like)",
        "asarray|asanyarray(a=data, dtype, order, *, device, copy, like)",
        "asarray_chkfinite(a=data, dtype, order)",
        "require(a=data, dtype, requirements, *, like)",
        "copy(a=data, order, subok)",
    ],
)
def array(
    data: Anything,
    dtype: MaybeDType = None,
    order: Anything = None,
    ndmin: Count = 0,
    *,
    need: Need,
) -> Array:
    """nested lists of numbers and arrays -> their shape

    NumPy's manual, "numpy.array".
    """
    if dtype == "" and not isinstance(data, Array):
        need.undecided("arrays of objects may be ragged")
    found = fresh_like(gathered(need, "data", data), "")
    found = replace(found, dtype=chosen(dtype, _kind_in(data)), library="numpy")
    least = need.known(ndmin, "ndmin")
    if found.rank < least:
        return found.with_axes((*[UNIT] * (least - found.rank), *found.shape))
    return found if order is None else replace(found, strides=None)


@op(
    dtype="unknown",
    numpy=[
        "ma.array|ma.masked_array|ma.MaskedArray(data, mask, dtype)",
        "ma.asarray|ma.asanyarray(a=data, dtype)",
        "ma.masked_invalid|ma.fix_invalid|ma.getdata(a=data)",
    ],
)
def masked_array(data: Anything, dtype: MaybeDType = None, *, need: Need) -> Array:
    """nested lists of numbers and arrays -> their shape

    NumPy's manual, "Masked arrays".
    """
    found: Array = array.rule(data, dtype, need=need)
    return replace(found, dtype="" if dtype == "" else found.dtype, strides=None)


def _kind_in(data: Any) -> str:
    """The kind of dtype of nested lists."""
    if isinstance(data, (list, tuple)):
        return promoted(map(_kind_in, data)) if data else "float"
    return kind_of(data)


@op(
    total=True,
    dtype="unknown",
    numpy=["ascontiguousarray|asfortranarray(a, dtype, *, like)"],
)
def with_order(a: Tensor, dtype: MaybeDType = None, *, need: Need) -> Array:
    """(*s) -> (*s), or (1,) for a number.

    NumPy's manual, "numpy.ascontiguousarray".
    """
    kind = chosen(dtype, a.dtype)
    return Array(a.shape or (UNIT,), kind)


_TYPES = {
    "float": "FloatTensor DoubleTensor HalfTensor BFloat16Tensor",
    "int": "LongTensor IntTensor ShortTensor CharTensor ByteTensor",
    "bool": "BoolTensor",
}


def _typed(kinds: str, parameters: str) -> list[str]:
    return [named(_TYPES[kind], parameters) for kind in kinds.split()]


@op(dtype="float", torch=["Tensor(*size=shape...)", *_typed("float", "*size=shape...")])
def float_tensor_of_sizes(shape: Sizes = (0,), *, need: Need) -> Shape:
    """sizes -> (*sizes)

    Torch's docs, "torch.Tensor".
    """
    return made(need, shape, "").shape


@op(dtype="int", torch=_typed("int", "*size=shape..."))
def int_tensor_of_sizes(shape: Sizes = (0,), *, need: Need) -> Shape:
    """sizes -> (*sizes)

    Torch's docs, "torch.Tensor".
    """
    return made(need, shape, "").shape


@op(dtype="float", torch=["Tensor(data, /)", *_typed("float", "data, /")])
def float_tensor_of_data(data: Anything, *, need: Need) -> Shape:
    """nested lists of numbers -> their shape

    Torch's docs, "torch.Tensor".
    """
    return gathered(need, "data", data).shape


@op(dtype="int", torch=_typed("int", "data, /"))
def int_tensor_of_data(data: Anything, *, need: Need) -> Shape:
    """nested lists of numbers -> their shape

    Torch's docs, "torch.Tensor".
    """
    return gathered(need, "data", data).shape


@op(dtype="bool", torch=_typed("bool", "data, /"))
def bool_tensor_of_data(data: Anything, *, need: Need) -> Shape:
    """nested lists of truth values -> their shape

    Torch's docs, "torch.Tensor".
    """
    return gathered(need, "data", data).shape


_FLOAT_TYPES = "float16|float32|float64|longdouble|double|single|half"
_INT_TYPES = "int8|int16|int32|int64|uint8|uint16|uint32|uint64|int_|intp|intc|uint|uintp|longlong"


@op(total=True, dtype="float", numpy=f"{_FLOAT_TYPES}(x, /)")
def float_of(x: Tensor, *, need: Need) -> Shape:
    """(*s) -> (*s)

    NumPy's manual, "Data type objects".
    """
    return x.shape


@op(total=True, dtype="int", numpy=f"{_INT_TYPES}(x, /)")
def int_of(x: Tensor, *, need: Need) -> Shape:
    """(*s) -> (*s)

    NumPy's manual, "Data type objects".
    """
    return x.shape


@op(total=True, dtype="complex", numpy="complex64|complex128|cdouble|csingle(x, /)")
def complex_of(x: Tensor, *, need: Need) -> Shape:
    """(*s) -> (*s)

    NumPy's manual, "Data type objects".
    """
    return x.shape


@op(total=True, dtype="bool", numpy="bool_(x, /)")
def bool_of(x: Tensor, *, need: Need) -> Shape:
    """(*s) -> (*s)

    NumPy's manual, "Data type objects".
    """
    return x.shape


@op(numpy="fromiter(iter, dtype, count, *, like)", dtype="unknown")
def fromiter(
    iter: Anything,
    dtype: DType,
    count: Count = -1,
    *,
    need: Need,
) -> Array:
    """count -> (count,); without it as many as there are.

    NumPy's manual, "numpy.fromiter".
    """
    whole = isinstance(count, int) and count < 0
    size = need.fresh("count") if whole else need.count(count, "count")
    if not whole:
        known = isinstance(iter, (list, tuple))
        text = "there have to be so many elements"
        why = Why("size-argument", text, (("count", None), ("iter", None)))
        enough = need.assume.at_least(len(iter), count) if known else None
        need.true(enough, why, iter, count)
    return Array((Axis(size),), dtype)


@op(
    dtype="unknown",
    total=True,
    numpy="frombuffer(buffer, dtype, count, offset, *, like)",
    torch="frombuffer(buffer, *, dtype, count, offset, requires_grad)",
)
def frombuffer(
    buffer: Anything, dtype: DType = "float", count: Anything = -1, *, need: Need
) -> Array:
    """bytes -> (n,)

    NumPy's manual, "numpy.frombuffer"; torch's docs, "torch.frombuffer".
    """
    unknown = not is_size(count) or (isinstance(count, int) and count < 0)
    return Array((Axis(need.fresh("count") if unknown else count),), dtype)


@op(
    total=True,
    dtype="unknown",
    numpy="fromstring(string, dtype, count, *, sep, like)",
)
def fromstring(string: Anything, sep: Anything, dtype: DType = "float", *, need: Need) -> Array:
    """text -> (n,)

    NumPy's manual, "numpy.fromstring".
    """
    return Array((Axis(need.fresh("count")),), dtype)


@op(numpy="fromfunction(function, shape, *, dtype, like)", dtype="unknown")
def fromfunction(function: Anything, shape: Sizes, *, need: Need) -> Unknown:
    """shape -> whatever the function makes of the indices.

    NumPy's manual, "numpy.fromfunction".
    """
    made(need, shape, "")
    return Unknown("what the function gives is not known")


@op(
    dtype="unknown",
    torch="sparse_coo_tensor(indices, values, size=shape, *, dtype, device, requires_grad, "
    "check_invariants, is_coalesced)",
)
def sparse_coo_tensor(
    indices: Tensor,
    values: Tensor,
    shape: MaybeSizes = None,
    dtype: MaybeDType = None,
    *,
    need: Need,
) -> Array:
    """(k, n), (n, *s), shape -> (*shape)

    Torch's docs, "torch.sparse_coo_tensor".
    """
    need.rank("indices", indices, 2)
    if not values.rank:
        values = values.with_axes((UNIT,))
    why = Why(
        "broadcast", "there has to be a value for each index", (("indices", 1), ("values", 0))
    )
    need.equal(indices.shape[1].size, values.shape[0].size, why)
    kind = chosen(dtype, values.dtype)
    if shape is None:
        count = need.known(indices.shape[0].size, "the number of sparse axes")
        sparse = [Axis(need.fresh("n")) for _ in range(count)]
        return Array((*sparse, *values.shape[1:]), kind)
    array = made(need, shape, kind)
    fits = need.assume.equal(indices.shape[0].size + values.rank - 1, array.rank)
    text = "the size has to have an axis for each row of the indices and for each of a value"
    need.true(fits, Why("rank", text, (("shape", None), ("indices", 0))))
    for own, axis in zip(values.shape[:0:-1], array.shape[::-1], strict=False):
        need.equal(own.size, axis.size, Why("assignment-shape", text, (("values", None),)))
    return replace(array, strides=None)


# --- of indices -------------------------------------------------------------------------------


@op(numpy="meshgrid(*xi=arrays..., *, copy, sparse, indexing)")
def meshgrid(
    arrays: Tensors, sparse: Flag = False, indexing: Word = "xy", *, need: Need
) -> list[Array]:
    """(n,), (m,) -> (m, n), (m, n); with indexing="ij" (n, m), (n, m).

    NumPy's manual, "numpy.meshgrid".
    """
    text = "indexing has to be xy or ij"
    need.true(indexing in ("xy", "ij"), Why("size-argument", text, (("indexing", None),)), indexing)
    axes = [merge(one.shape) for one in arrays]
    turn = indexing == "xy"
    return _grids(arrays, axes, turn=turn, sparse=sparse)


def _grids(
    arrays: Sequence[Array], axes: Sequence[Axis], *, turn: bool, sparse: bool
) -> list[Array]:
    """Each array stretched along the axes of the others."""
    found = []
    for number, one in enumerate(arrays):
        shape = [axis if at == number or not sparse else UNIT for at, axis in enumerate(axes)]
        if turn and len(shape) > 1:
            shape[0], shape[1] = shape[1], shape[0]
        found.append(Array(tuple(shape), one.dtype))
    return found


@op(torch="meshgrid(*tensors=arrays, *, indexing)")
def meshgrid_torch(arrays: Tensors, indexing: Word = "ij", *, need: Need) -> list[Array]:
    """(n,), (m,) -> (n, m), (n, m); with indexing="xy" (m, n), (m, n).

    Torch's docs, "torch.meshgrid".
    """
    for number, one in enumerate(arrays):
        need.rank(f"arrays[{number}]", one, 0, 1)
    return _grids(arrays, [merge(one.shape) for one in arrays], turn=indexing == "xy", sparse=False)


@op(torch="cartesian_prod(*tensors=arrays...)")
def cartesian_prod(arrays: Tensors, *, need: Need) -> Shape:
    """(n,), (m,) -> (n*m, 2)

    Torch's docs, "torch.cartesian_prod".
    """
    for number, one in enumerate(arrays):
        need.rank(f"arrays[{number}]", one, 1)
    if len(arrays) == 1:
        return arrays[0].shape
    return merge([merge(one.shape) for one in arrays]), Axis(len(arrays))


@op(torch="combinations(input=a, r, with_replacement)")
def combinations(a: Tensor, r: Count = 2, with_replacement: Flag = False, *, need: Need) -> Shape:
    """(n,), r -> (n over r, r)

    Torch's docs, "torch.combinations".
    """
    need.rank("a", a, 1)
    chosen_at_once = need.count(r, "r")
    n = a.shape[0].size
    if need.decided(need.assume.equal(chosen_at_once, 0), "r is not known"):
        return (Axis(0),)
    if not isinstance(n, int) or not isinstance(chosen_at_once, int):
        return Axis(need.fresh("count")), Axis(chosen_at_once)
    many = n + chosen_at_once - 1 if with_replacement else n
    return Axis(math.comb(max(many, 0), chosen_at_once)), Axis(chosen_at_once)


@op(numpy="broadcast_shapes(*args=shapes...)", torch="broadcast_shapes(*shapes...)")
def broadcast_shapes(shapes: Anything, *, need: Need) -> Extents:
    """shapes -> the shape that arrays of them are stretched to.

    NumPy's manual, "numpy.broadcast_shapes"; torch's docs, "torch.broadcast_shapes".
    """
    found: list[Shape] = []
    for one in shapes:
        sizes = one if isinstance(one, (tuple, list)) else (one,)
        found.append(tuple(Axis(need.count(size, "shapes")) for size in sizes))
    return Extents(tuple(axis.size for axis in need.broadcast(*found, why=BROADCAST)))


@op(total=True, dtype="int", numpy="tril_indices|triu_indices(n, k, m)")
def triangle_indices(n: Anything, *, need: Need) -> list[Array]:
    """n -> (i,), (i,): the places in a triangle, whose number depends on n.

    NumPy's manual, "numpy.tril_indices".
    """
    return [Array((Axis(need.fresh("places")),), "int")] * 2


@op(dtype="int", numpy="tril_indices_from|triu_indices_from(arr=a, k)")
def triangle_indices_from(a: Tensor, *, need: Need) -> list[Array]:
    """(n, m) -> (i,), (i,): the places in a triangle, whose number depends on n and m.

    NumPy's manual, "numpy.tril_indices_from".
    """
    need.rank("a", a, 2)
    return [Array((Axis(need.fresh("places")),), "int")] * 2


@op(
    dtype="int",
    torch="tril_indices|triu_indices(row=n, col=m, offset, *, dtype, device, layout)",
)
def triangle_indices_torch(n: Count, m: Count, *, need: Need) -> Shape:
    """n, m -> (2, i): the places in a triangle, whose number depends on n and m.

    Torch's docs, "torch.tril_indices".
    """
    need.count(n, "n")
    need.count(m, "m")
    return Axis(2), Axis(need.fresh("places"))


@op(total=True, dtype="int", numpy="diag_indices(n, ndim)")
def diag_indices(n: Count, ndim: Count = 2, *, need: Need) -> list[Array]:
    """n -> (n,), (n,): the places on the diagonal.

    NumPy's manual, "numpy.diag_indices".
    """
    size = n if need.assume.at_least(n, 0) else maximum(n, 0)
    count = need.known(ndim, "ndim")
    return [packed((Axis(size),), "int")] * max(count, 0)


@op(dtype="int", numpy="diag_indices_from(arr=a)")
def diag_indices_from(a: Tensor, *, need: Need) -> list[Array]:
    """(n, n) -> (n,), (n,): the places on the diagonal.

    NumPy's manual, "numpy.diag_indices_from".
    """
    need.rank_at_least("a", a, 2)
    for place in range(1, a.rank):
        why = Why("square-matrix", "all axes have to have one size", (("a", 0), ("a", place)))
        need.equal(a.shape[0].size, a.shape[place].size, why)
    return [packed(a.shape[:1], "int")] * a.rank


@op(dtype="unknown", numpy="indices(dimensions=shape, dtype, sparse)")
def indices(shape: Sizes, dtype: MaybeDType = None, sparse: Flag = False, *, need: Need) -> Any:
    """shape -> (rank, *shape): the index of each element along each axis.

    NumPy's manual, "numpy.indices".
    """
    kind = chosen(dtype, "int")
    if not sparse:
        axes = made(need, shape, kind).shape
        return Array((Axis(len(shape)), *axes), kind)
    rank = len(shape)
    return [
        Array(tuple(Axis(maximum(n, 0)) if at == one else UNIT for at, n in enumerate(shape)), kind)
        for one in range(rank)
    ]


# --- complex numbers --------------------------------------------------------------------------


@op(
    dtype="complex",
    torch=["complex(real=a, imag=b, *, out)", "polar(abs=a, angle=b, *, out)"],
)
def complex_(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(*s), (*t) -> the shape that both are stretched to.

    Torch's docs, "torch.complex".
    """
    return need.broadcast(a.shape, b.shape, why=BROADCAST)


@op(total=True, dtype="float", torch="view_as_real(input=a)")
def view_as_real(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s, 2): real and imaginary parts.

    Torch's docs, "torch.view_as_real".
    """
    axes = (*a.shape, Axis(2))
    if a.strides is None:
        return Array(axes, "float")
    return Array(axes, "float", (*(step * 2 for step in a.strides), 1))


@op(dtype="complex", torch="view_as_complex(input=a)")
def view_as_complex(a: Tensor, *, need: Need) -> Shape:
    """(*s, 2) -> (*s): from real and imaginary parts.

    Torch's docs, "torch.view_as_complex".
    """
    need.rank_at_least("a", a, 1)
    text = "the last axis has to hold the real and the imaginary part"
    need.equal(a.shape[-1].size, 2, Why("reshape-size", text, (("a", a.rank - 1),)))
    if a.strides is None:
        need.undecided("the strides are not known")
    text = "the parts have to be side by side in memory, and the others evenly apart"
    answers = [need.assume.equal(a.strides[-1], 1)]
    for axis, step in zip(a.shape[:-1], a.strides[:-1], strict=True):
        alone, even = need.assume.equal(axis.size, 1), need.assume.divides(2, step)
        answers.append(True if alone else None if alone is None and even is False else even)
    empty = need.assume.equal(product(a.sizes), 0)
    holds = True if empty else all_hold(*answers)
    holds = None if holds is False and empty is None else holds
    need.true(holds, Why("view-stride", text, (("a", None),)), a.strides, 2)
    return a.shape[:-1]


# --- dtypes, devices, copies ------------------------------------------------------------------

MEMORY = "memory_format"


def moved(a: Array, kind: str) -> Array:
    """An array in another dtype or on another device."""
    return a if kind == a.dtype else fresh_like(a, kind)


@op(
    total=True,
    dtype="unknown",
    tensor="float|double|half|bfloat16(memory_format)",
)
def to_float(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s)

    Torch's docs, "torch.Tensor.float".
    """
    return moved(a, "float")


@op(total=True, dtype="unknown", tensor="long|int|short|byte|char(memory_format)")
def to_int(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s)

    Torch's docs, "torch.Tensor.long".
    """
    return moved(a, "int")


@op(total=True, dtype="unknown", tensor="bool(memory_format)")
def to_bool(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s)

    Torch's docs, "torch.Tensor.bool".
    """
    return moved(a, "bool")


@op(total=True, dtype="unknown", tensor="cfloat|cdouble|chalf(memory_format)")
def to_complex(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s)

    Torch's docs, "torch.Tensor.cfloat".
    """
    return moved(a, "complex")


@op(
    total=True,
    dtype="unknown",
    tensor="to(target, other, non_blocking, copy, *, dtype, device, memory_format)",
)
def to(
    a: Tensor,
    target: Anything = None,
    other: Anything = None,
    dtype: MaybeDType = None,
    memory_format: Anything = None,
    *,
    need: Need,
) -> Array:
    """(*s) -> (*s), of another dtype or on another device.

    Torch's docs, "torch.Tensor.to".
    """
    kind = a.dtype if dtype is None else dtype
    for one in (target, other):
        if isinstance(one, Array):
            kind = one.dtype
        elif isinstance(one, Text):
            kind = one.name
        elif not isinstance(one, (str, int)) and one is not None:
            kind = ""
    array = moved(a, kind)
    return array if memory_format is None else replace(array, strides=None)


@op(total=True, dtype="unknown", tensor="type(dtype, non_blocking)")
def type_(a: Tensor, dtype: DType, *, need: Need) -> Array:
    """(*s) -> (*s), of another dtype.

    Torch's docs, "torch.Tensor.type".
    """
    return moved(a, dtype)


@op(total=True, dtype="unknown", tensor="type_as(other)")
def type_as(a: Tensor, other: Tensor, *, need: Need) -> Array:
    """(*s), (*t) -> (*s), of the other's dtype.

    Torch's docs, "torch.Tensor.type_as".
    """
    return moved(a, other.dtype)


@op(
    total=True,
    tensor=[
        "cpu(memory_format)",
        "cuda(device, non_blocking, memory_format)",
        "detach|pin_memory()",
        "to_dense(dtype, *, masked_grad)",
    ],
    torch="detach(input=a)",
)
def detach(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s)

    Torch's docs, "torch.Tensor.detach".
    """
    return a


@op(total=True, tensor="as_subclass(cls)")
def as_subclass(a: Tensor, cls: Anything, *, need: Need) -> Array:
    """(*s) -> (*s)

    Torch's docs, "torch.Tensor.as_subclass".
    """
    return a


@op(total=True, tensor="coalesce()")
def coalesce(a: Tensor, *, need: Need) -> Shape:
    """(*s) -> (*s), stored sparsely, each index once.

    Torch's docs, "torch.Tensor.coalesce".
    """
    return a.shape


@op(
    total=True,
    tensor=["to_sparse(sparse_dim)", "to_sparse_coo()"],
    ndarray="byteswap(inplace)",
)
def to_sparse(a: Tensor, *, need: Need) -> Shape:
    """(*s) -> (*s), stored sparsely.

    Torch's docs, "torch.Tensor.to_sparse".
    """
    return a.shape


@op(tensor="to_sparse_csr|to_sparse_csc(dense_dim)")
def to_sparse_rows(a: Tensor, *, need: Need) -> Shape:
    """(*batch, n, m) -> (*batch, n, m), stored sparsely.

    Torch's docs, "torch.Tensor.to_sparse_csr".
    """
    need.rank_at_least("a", a, 2)
    if a.rank > 2:
        why = Why("size-argument", "the batch may not be empty", (("a", None),))
        need.at_least(product(a.sizes[:-2]), 1, why)
    return a.shape


@op(
    total=True,
    torch="clone(input=a, *, memory_format)",
    tensor="clone(*, memory_format)",
)
def clone(a: Tensor, memory_format: Anything = None, *, need: Need) -> Array:
    """(*s) -> (*s), a copy.

    Torch's docs, "torch.clone".
    """
    return fresh_like(a, a.dtype) if memory_format is None else a.with_axes(a.shape)


@op(total=True, tensor="contiguous(memory_format)")
def contiguous_(a: Tensor, memory_format: Anything = None, *, need: Need) -> Array:
    """(*s) -> (*s), in memory without gaps.

    Torch's docs, "torch.Tensor.contiguous".
    """
    return packed(a.shape, a.dtype) if memory_format is None else a.with_axes(a.shape)


@op(total=True, tensor="numpy(*, force)")
def numpy(a: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s), an array of NumPy.

    Torch's docs, "torch.Tensor.numpy".
    """
    return of_library(a, "numpy")


@op(
    total=True,
    dtype="unknown",
    ndarray="astype(dtype, order, casting, subok, copy)",
    numpy="astype(x=a, dtype, /, *, copy, device)",
)
def astype(a: Tensor, dtype: DType, order: Word = "K", *, need: Need) -> Array:
    """(*s) -> (*s), of another dtype.

    NumPy's manual, "numpy.ndarray.astype".
    """
    array = fresh_like(a, dtype)
    return array if order == "K" else replace(array, strides=None)


@op(total=True, ndarray="copy(order)")
def copy(a: Tensor, order: Word = "C", *, need: Need) -> Array:
    """(*s) -> (*s)

    NumPy's manual, "numpy.ndarray.copy".
    """
    return packed(a.shape, a.dtype) if order == "C" else a.with_axes(a.shape)


# --- questions --------------------------------------------------------------------------------


@op(tensor="size()", numpy="shape(a)", total=True)
def size(a: Tensor, *, need: Need) -> Extents:
    """(*s) -> the tuple of its sizes

    Torch's docs, "torch.Tensor.size".
    """
    return Extents(a.sizes)


@op(tensor="size(dim)", numpy="size(a, axis=dim)")
def size_along(a: Tensor, dim: Dim, *, need: Need) -> Size:
    """(*s) -> the size of one axis

    Torch's docs, "torch.Tensor.size"; NumPy's manual, "numpy.size".
    """
    place = need.axis(dim, a.rank, of="a")
    if not a.rank:
        need.true(False, Why("axis-out-of-range", "a number has no axes", (("a", None),)))
    return a.shape[place].size


@op(tensor="numel|nelement()", torch="numel(input=a)", numpy="size(a)", total=True)
def numel(a: Tensor, *, need: Need) -> Size:
    """(*s) -> the number of its elements

    Torch's docs, "torch.numel"; NumPy's manual, "numpy.size".
    """
    return product(a.sizes)


@op(tensor="dim|ndimension()", numpy="ndim(a)", total=True)
def dim(a: Tensor, *, need: Need) -> int:
    """(*s) -> the number of its axes

    Torch's docs, "torch.Tensor.dim"; NumPy's manual, "numpy.ndim".
    """
    return a.rank


@op(tensor="stride()", total=True)
def stride(a: Tensor, *, need: Need) -> Unknown:
    """(*s) -> the step of each axis in memory

    Torch's docs, "torch.Tensor.stride".
    """
    return ANSWER


@op(tensor="stride(dim)")
def stride_along(a: Tensor, dim: Dim, *, need: Need) -> Unknown:
    """(*s) -> the step of one axis in memory

    Torch's docs, "torch.Tensor.stride".
    """
    need.axis(dim, a.rank, of="a")
    if not a.rank:
        need.true(False, Why("axis-out-of-range", "a number has no axes", (("a", None),)))
    return ANSWER


@op(
    total=True,
    tensor=[
        named(
            "is_floating_point is_complex is_signed is_contiguous element_size storage_offset "
            "data_ptr is_shared is_pinned is_inference is_neg is_conj get_device storage "
            "untyped_storage",
            "",
        ),
    ],
    torch="is_floating_point|is_complex|is_conj|is_signed|is_tensor(a, /)",
    numpy="iscomplexobj|isrealobj|isscalar(a, /)",
)
def question(a: Tensor, *, need: Need) -> Unknown:
    """(*s) -> a number or a truth value

    Torch's docs, "torch.is_floating_point".
    """
    return ANSWER


@op(total=True, tensor="tolist()", ndarray=["tolist()", "tobytes(order)"])
def tolist(a: Tensor, *, need: Need) -> Unknown:
    """(*s) -> nested lists of Python's own numbers

    Torch's docs, "torch.Tensor.tolist"; NumPy's manual, "numpy.ndarray.tolist".
    """
    return Unknown("the data decide")


@op(tensor="item()", ndarray="item()", torch="is_nonzero(input=a)")
def item(a: Tensor, *, need: Need) -> Unknown:
    """() -> a number of Python's own: there may be one element only.

    Torch's docs, "torch.Tensor.item"; NumPy's manual, "numpy.ndarray.item".
    """
    one_element(need, "a", a, "rank", "only an array of one element is a number")
    return ANSWER


@op(tensor="backward(gradient, retain_graph, create_graph, inputs)")
def backward(a: Tensor, gradient: MaybeTensor = None, *, need: Need) -> Unknown:
    """() -> nothing; an array of more than one element needs a gradient of its shape.

    Torch's docs, "torch.Tensor.backward".
    """
    if gradient is None:
        text = "only one number has a gradient by itself"
        one_element(need, "a", a, "backward-scalar", text)
        return NOTHING
    why = Why("backward-scalar", "the gradient has to have the shape", (("gradient", None),))
    need.true(a.rank == gradient.rank, why, gradient.rank, a.rank)
    for own, axis in zip(gradient.shape, a.shape, strict=True):
        need.equal(own.size, axis.size, why)
    return NOTHING


# --- initial values ---------------------------------------------------------------------------


@op(
    total=True,
    torch=[
        "nn.init.constant_(tensor=a, val)",
        "nn.init.zeros_|nn.init.ones_(tensor=a)",
        "nn.init.normal_(tensor=a, mean, std, generator)",
        "nn.init.uniform_(tensor=a, low, high, generator)",
        "nn.init.trunc_normal_(tensor=a, mean, std, low, high, generator)",
    ],
)
def initial(a: Tensor, val: Number = 0.5, *, need: Need) -> Array:
    """(*s) -> (*s), the array itself, filled.

    Torch's docs, "torch.nn.init".
    """
    return a


@op(
    torch=named(
        "nn.init.kaiming_uniform_ nn.init.kaiming_normal_",
        "tensor=array, a, mode, nonlinearity, generator",
    ),
)
def initial_by_inputs(array: Tensor, a: Number = 0, *, need: Need) -> Array:
    """(n, m, *s) -> (n, m, *s), the array itself, filled to suit how many inputs it has.

    Torch's docs, "torch.nn.init.kaiming_uniform_"; an array without elements stays what it is.
    """
    if array.rank < 2:
        empty = need.assume.equal(product(array.sizes), 0)
        if not need.decided(empty, "there may be no elements"):
            need.rank_at_least("array", array, 2)
    return array


@op(torch="nn.init.xavier_uniform_|nn.init.xavier_normal_(tensor=a, gain, generator)")
def initial_by_fan(a: Tensor, *, need: Need) -> Array:
    """(n, m, *s) -> (n, m, *s), the array itself, filled to suit how many inputs it has.

    Torch's docs, "torch.nn.init.xavier_uniform_".
    """
    need.rank_at_least("a", a, 2)
    return a


@op(torch="nn.init.orthogonal_(tensor=a, gain, generator)")
def initial_orthogonal(a: Tensor, *, need: Need) -> Array:
    """(n, *s) -> (n, *s), the array itself, filled with orthogonal rows.

    Torch's docs, "torch.nn.init.orthogonal_".
    """
    need.rank_at_least("a", a, 2)
    return a


@op(torch=["nn.init.eye_(tensor=a)", "nn.init.sparse_(tensor=a, sparsity, std, generator)"])
def initial_matrix(a: Tensor, sparsity: Number = 0.5, *, need: Need) -> Array:
    """(n, m) -> (n, m), the array itself, filled.

    Torch's docs, "torch.nn.init.eye_".
    """
    need.rank("a", a, 2)
    return a


@op(torch="nn.init.dirac_(tensor=a, groups)")
def initial_dirac(a: Tensor, groups: Count = 1, *, need: Need) -> Array:
    """(n, m, *s) -> (n, m, *s), the array itself, with one to three more axes.

    Torch's docs, "torch.nn.init.dirac_".
    """
    need.rank("a", a, 3, 4, 5)
    why = Why(
        "conv-channels", "the groups have to divide the channels", (("groups", None), ("a", 0))
    )
    some = need.assume.equal(groups, 0)
    none = Why("size-argument", "there has to be a group", (("groups", None),))
    need.true(None if some is None else not some, none, groups, 1)
    need.divides(abs(groups) if isinstance(groups, int) else groups, a.shape[0].size, why)
    if 0 not in a.sizes[:2]:
        for place in range(2, a.rank):
            text = "there has to be a place in the middle"
            need.at_least(a.sizes[place], 1, Why("size-argument", text, (("a", place),)))
    return a


@op(torch="nn.init._calculate_fan_in_and_fan_out(tensor=a)")
def fans(a: Tensor, *, need: Need) -> Extents:
    """(n, m, *s) -> how many inputs and outputs each unit has

    Torch's source, "torch/nn/init.py".
    """
    need.rank_at_least("a", a, 2)
    field = product(a.sizes[2:])
    return Extents((a.sizes[1] * field, a.sizes[0] * field))


@op(total=True, torch="nn.init.calculate_gain(nonlinearity, param)")
def calculate_gain(nonlinearity: Anything, *, need: Need) -> Unknown:
    """a name -> a number

    Torch's docs, "torch.nn.init.calculate_gain".
    """
    return ANSWER


# --- gradients --------------------------------------------------------------------------------


@op(
    total=True,
    dtype="float",
    torch=[
        "nn.utils.clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)",
    ],
)
def clip_grad_norm(parameters: Anything, max_norm: Anything, *, need: Need) -> Array:
    """parameters, number -> (): the norm of their gradients, which are made shorter.

    Torch's docs, "torch.nn.utils.clip_grad_norm_".
    """
    return Array((), "float", (), "torch")


@op(
    total=True,
    torch="nn.utils.clip_grad_value_(parameters, clip_value, foreach)",
)
def clip_grad_value(parameters: Anything, clip_value: Anything, *, need: Need) -> Unknown:
    """parameters, number -> nothing: their gradients are cut off.

    Torch's docs, "torch.nn.utils.clip_grad_value_".
    """
    return NOTHING


@op(
    dtype="unknown",
    torch="autograd.grad(outputs, inputs, grad_outputs, retain_graph, create_graph, only_inputs, "
    "allow_unused, is_grads_batched, materialize_grads=materialized)",
)
def gradients(
    outputs: Anything,
    inputs: Anything,
    grad_outputs: Anything = None,
    materialized: Flag = False,
    *,
    need: Need,
) -> list[Array]:
    """(), (*s), … -> (*s), …: the gradients of a number by arrays.

    Torch's docs, "torch.autograd.grad"; outputs of more elements need gradients of their own.
    """
    wanted = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
    arrays = [gathered(need, "inputs", one) for one in wanted]
    if grad_outputs is None:
        for one in outputs if isinstance(outputs, (tuple, list)) else (outputs,):
            array = gathered(need, "outputs", one)
            text = "only one number has a gradient by itself"
            one_element(need, "outputs", array, "backward-scalar", text)
    return [one.with_axes(one.shape) for one in arrays]


OPS = family(globals())
