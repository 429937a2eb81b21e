"""Ops that work element by element: operands are stretched to one shape, which the result has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shapecheck.dims import Axis, Shape, Size, product
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Count,
    Dim,
    Flag,
    MaybeDType,
    MaybeOperand,
    Mismatch,
    Operand,
    Tensor,
    nested,
)
from shapecheck.ops._values import (
    Array,
    Record,
    Unknown,
    contiguous,
    is_contiguous,
    promoted,
)

BROADCAST = Why("broadcast", "sizes, lined up from the right, have to be equal or 1")
GROWN = "the result is written into {0}, which cannot grow"


# --- helpers ----------------------------------------------------------------------------------


def named(names: str, parameters: str) -> str:
    """One spelling of several names, which are separated by blanks."""
    return f"{'|'.join(names.split())}({parameters})"


def prefixed(prefix: str, names: str) -> str:
    """The same names inside a module."""
    return " ".join(f"{prefix}{name}" for name in names.split())


def in_place(names: str) -> str:
    """The names of the methods that write into their array."""
    return " ".join(f"{name}_" for name in names.split())


def floating(kind: str) -> str:
    """The kind of dtype of a function that has no integer results."""
    return "float" if kind in ("bool", "int") else kind


def steady(kind: str) -> str:
    """The kind of dtype of a function that keeps it, but makes integers of truth values."""
    return "" if kind == "bool" else kind


def rounding(kind: str) -> str:
    """The kind of dtype of `floor`: what it makes of integers depends on NumPy's version."""
    return kind if kind in ("float", "complex") else ""


def real_part(kind: str) -> str:
    """The kind of dtype of a real part."""
    return "float" if kind == "complex" else steady(kind)


def is_dense(array: Array) -> bool:
    """Whether an array is known to lie in memory without gaps, in whatever order of its axes."""
    if array.strides is None:
        return False
    left = [pair for pair in zip(array.shape, array.strides, strict=True) if not pair[0].is_unit]
    step: Size = 1
    while left:
        inner = next((pair for pair in left if pair[1] == step), None)
        if inner is None:
            return False
        left.remove(inner)
        step = step * inner[0].size
    return True


def fresh_like(x: Array, kind: str) -> Array:
    """A new array of a shape: it keeps the order in memory of one without gaps."""
    return replace(x, dtype=kind, strides=x.strides if is_dense(x) else None)


def laid(shape: Shape, operands: Sequence[Array]) -> tuple[Size, ...] | None:
    """The strides of a new array that is made of some others, where they are known.

    Both libraries follow the operands' order in memory; it is told only if these agree.
    """
    arrays = [one for one in operands if one.rank]
    if all(is_contiguous(one) for one in arrays):
        return contiguous(shape)
    first = arrays[0]
    same = all(one.sizes == first.sizes and one.strides == first.strides for one in arrays)
    return first.strides if same and is_dense(first) else None


def combined(need: Need, kind: str, *operands: Array) -> Array:
    """A new array of the shape that all are stretched to."""
    shape = need.broadcast(*(one.shape for one in operands), why=BROADCAST)
    return Array(shape, kind, laid(shape, operands))


def stretched_into(
    need: Need, name: str, shape: Shape, into: Array, target: str, *, counted: bool = True
) -> None:
    """Require a shape to be stretchable to that of the array which it is written into.

    Args:
        need: the recorder.
        name: the op's parameter for what is written.
        shape: its axes.
        into: the array.
        target: the op's parameter for the array.
        counted: whether axes of size 1 count, too, so that there may not be more of them.
    """
    places = (name, None), (target, None)
    text = GROWN.format(target)
    more = max(len(shape) - into.rank, 0)
    if counted:
        need.true(not more, Why("assignment-shape", text, places), len(shape), into.rank)
    for place, own in enumerate(shape[:more]):
        need.equal(own.size, 1, Why("assignment-shape", text, ((name, place), places[1])))
    for place in range(-min(len(shape), into.rank), 0):
        own, axis = shape[place], into.shape[place]
        answers = need.assume.equal(own.size, 1), need.assume.equal(own.size, axis.size)
        holds = True if True in answers else None if None in answers else False
        at = (name, len(shape) + place), (target, into.rank + place)
        grows = need.assume.equal(axis.size, 1)
        why = Why("assignment-shape", text, at) if grows else Why("broadcast", BROADCAST.text, at)
        need.record(own, "broadcasts", axis, why, holds)


def given_out(need: Need, out: Any) -> Array | None:
    """The array that was given for the result, alone or as a tuple of one."""
    if isinstance(out, (tuple, list)) and len(out) == 1:
        out = out[0]
    if out is not None and (not isinstance(out, Array) or out.is_open):
        need.undecided("out is not known")
    return out


def written(need: Need, made: Array, out: Any, operands: Sequence[Array] = ()) -> Array:
    """The result, or the array that it was written into: torch gives that a new shape."""
    into = given_out(need, out)
    if into is None:
        return made
    if need.library is not NUMPY:
        return Array(made.shape, into.dtype)
    for name, one in zip(("a", "b", "c"), operands, strict=False):
        stretched_into(need, name, one.shape, into, "out")
    return into


# --- one operand ------------------------------------------------------------------------------

# What NumPy's ufuncs take beside the operands, if the result is a new array.
NEW = "/, *, dtype, casting, subok"
# The same for a given array, or for some of the elements only.
INTO = "/, out, *, where, dtype, casting, order, subok"

_ANALYSIS = (
    "exp exp2 expm1 log log2 log10 log1p sqrt sin cos tan sinh cosh tanh asin acos atan asinh "
    "acosh atanh arcsin arccos arctan arcsinh arccosh arctanh deg2rad rad2deg"
)
_NUMPY_FLOAT = f"{_ANALYSIS} cbrt degrees radians rint spacing fabs"
_TORCH_FLOAT = f"{_ANALYSIS} rsqrt reciprocal sigmoid erf erfc erfinv lgamma digamma i0 sinc"
_SPECIAL = prefixed(
    "special.",
    "digamma psi entr erf erfc erfcx erfinv exp2 expit expm1 gammaln i0 i0e i1 i1e log1p log_ndtr "
    "ndtr ndtri sinc",
)
_BESSEL = prefixed(
    "special.",
    "airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 modified_bessel_i0 modified_bessel_i1 "
    "modified_bessel_k0 modified_bessel_k1 scaled_modified_bessel_k0 scaled_modified_bessel_k1 "
    "spherical_bessel_j0",
)


@op(
    total=True,
    dtype="unknown",
    numpy=[named(_NUMPY_FLOAT, f"x, {NEW}"), "sinc|i0(x)"],
    torch=[
        named(f"{_TORCH_FLOAT} {_SPECIAL}", "input=x"),
        "logit|special.logit(input=x, eps)",
        named(_BESSEL, "x, /"),
    ],
    tensor=[named(_TORCH_FLOAT, ""), "logit(eps)"],
    functional="sigmoid|tanh(input=x)",
)
def unary_float(x: Tensor, dtype: MaybeDType = None, *, need: Need) -> Array:
    """(*s) -> (*s), element by element.

    NumPy's manual, "Mathematical functions"; torch's docs, "torch.exp".
    """
    return fresh_like(x, floating(x.dtype) if dtype is None else dtype)


@op(
    total=True,
    dtype="float",
    torch=[
        "mvlgamma|special.multigammaln(input=x, p=n)",
        "polygamma|special.polygamma(n, input=x)",
    ],
    tensor=["mvlgamma|mvlgamma_(p=n)", "polygamma|polygamma_(n)"],
)
def of_order(x: Tensor, n: Anything, *, need: Need) -> Shape:
    """(*s) -> (*s), element by element.

    Torch's docs, "torch.polygamma".
    """
    return x.shape


_NUMPY_SAME = "negative positive square conj conjugate sign reciprocal"
_TORCH_SAME = "neg negative square sign floor ceil trunc fix frac"


@op(
    total=True,
    dtype="unknown",
    numpy=[named(_NUMPY_SAME, f"x, {NEW}"), "nan_to_num(x, copy, nan, posinf, neginf)"],
    ndarray="conj|conjugate()",
    torch=[
        named(f"{_TORCH_SAME} positive", "input=x"),
        "round|special.round(input=x, *, decimals)",
        "nan_to_num(input=x, nan, posinf, neginf)",
    ],
    tensor=[
        named(f"{_TORCH_SAME} positive", ""),
        "round(*, decimals)",
        "nan_to_num(nan, posinf, neginf)",
    ],
    operator="neg|pos(x, /)",
)
def unary(x: Tensor, dtype: MaybeDType = None, *, need: Need) -> Array:
    """(*s) -> (*s), element by element, of the same dtype.

    NumPy's manual, "Mathematical functions"; torch's docs, "torch.neg".
    """
    return fresh_like(x, steady(x.dtype) if dtype is None else dtype)


@op(
    total=True,
    dtype="unknown",
    torch="conj|conj_physical|resolve_conj|resolve_neg|sgn(input=x)",
    tensor="conj|conj_physical|resolve_conj|resolve_neg|sgn()",
)
def conjugated(x: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s), of the same dtype; a view, where it can be one.

    Torch's docs, "torch.conj".
    """
    return replace(fresh_like(x, steady(x.dtype)), library="torch")


@op(
    total=True,
    dtype="unknown",
    numpy=[named("floor ceil trunc", f"x, {NEW}"), "fix(x)", "round|around(a=x, decimals)"],
    ndarray="round(decimals)",
)
def rounded(x: Tensor, dtype: MaybeDType = None, *, need: Need) -> Array:
    """(*s) -> (*s), element by element.

    NumPy's manual, "Rounding".
    """
    return fresh_like(x, rounding(x.dtype) if dtype is None else dtype)


@op(
    total=True,
    dtype="unknown",
    numpy=named("abs absolute", f"x, {NEW}"),
    torch="abs|absolute(input=x)",
    tensor="abs|absolute()",
    operator="abs(x, /)",
)
def absolute(x: Tensor, dtype: MaybeDType = None, *, need: Need) -> Array:
    """(*s) -> (*s), element by element; of complex numbers it is real.

    NumPy's manual, "numpy.absolute"; torch's docs, "torch.abs".
    """
    return fresh_like(x, real_part(x.dtype) if dtype is None else dtype)


@op(
    total=True,
    dtype="unknown",
    numpy="real|imag(val=x)",
    ndarray="real|imag",
    torch="real|imag(input=x)",
    tensor="real|imag",
)
def part(x: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s), a view of the real or the imaginary parts.

    NumPy's manual, "numpy.real"; torch's docs, "torch.real".
    """
    return replace(x, dtype=real_part(x.dtype), strides=None)


@op(
    total=True,
    dtype="float",
    numpy="angle(z=x, deg)",
    torch="angle|dequantize(input=x)",
    tensor="angle|dequantize()",
)
def angle(x: Tensor, *, need: Need) -> Shape:
    """(*s) -> (*s), element by element.

    NumPy's manual, "numpy.angle"; torch's docs, "torch.angle".
    """
    return x.shape


@op(
    total=True,
    dtype="unknown",
    numpy=["real_if_close(a=x, tol)", prefixed("emath.", "sqrt log log2 log10").replace(" ", "|")],
)
def maybe_complex(x: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s), element by element; whether it is complex depends on the data.

    NumPy's manual, "numpy.emath.sqrt".
    """
    return replace(x, dtype="", strides=None)


@op(
    total=True,
    dtype="bool",
    numpy=[
        named("isnan isinf isfinite signbit logical_not", f"x, {NEW}"),
        "isposinf|isneginf(x)",
    ],
    torch="isnan|isinf|isfinite|isposinf|isneginf|isreal|signbit|logical_not(input=x)",
    tensor="isnan|isinf|isfinite|isposinf|isneginf|isreal|signbit|logical_not()",
)
def unary_test(x: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s), a truth value for each element.

    NumPy's manual, "Logic functions"; torch's docs, "torch.isnan".
    """
    return fresh_like(x, "bool")


@op(total=True, dtype="bool", numpy="isreal|iscomplex(x)")
def number_test(x: Tensor, *, need: Need) -> Shape:
    """(*s) -> (*s), a truth value for each element.

    NumPy's manual, "numpy.isreal".
    """
    return x.shape


@op(
    total=True,
    dtype="unknown",
    numpy=named("invert bitwise_not bitwise_invert", f"x, {NEW}"),
    torch="bitwise_not(input=x)",
    tensor="bitwise_not()",
    operator="invert(x, /)",
)
def inverted(x: Tensor, dtype: MaybeDType = None, *, need: Need) -> Array:
    """(*s) -> (*s), bit by bit.

    NumPy's manual, "numpy.invert"; torch's docs, "torch.bitwise_not".
    """
    return fresh_like(x, x.dtype)


@op(total=True, dtype="int", numpy=named("bitwise_count", f"x, {NEW}"))
def bitwise_count(x: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s), how many bits are 1.

    NumPy's manual, "numpy.bitwise_count".
    """
    return fresh_like(x, "int")


@op(
    dtype="unknown",
    numpy=[
        named(
            f"{_NUMPY_FLOAT} {_NUMPY_SAME} floor ceil trunc abs absolute "
            "isnan isinf isfinite signbit logical_not",
            f"x, {INTO}",
        ),
        "fix(x, out)",
        "isposinf|isneginf(x, out)",
    ],
)
def unary_into(x: Tensor, out: Anything = None, where: Anything = True, *, need: Need) -> Array:
    """(*s), out (*t) -> (*t): what is written into `out`, which `s` is stretched to.

    NumPy's manual, "Universal functions".
    """
    operands = [x, where_mask(need, where)]
    shape = need.broadcast(*(one.shape for one in operands), why=BROADCAST)
    return written(need, Array(shape), out, operands)


@op(dtype="unknown", numpy="round|around(a=x, decimals, out)", ndarray="round(decimals, out)")
def round_into(x: Tensor, out: Tensor, *, need: Need) -> Array:
    """(*s), out (*s) -> (*s)

    NumPy's manual, "numpy.round".
    """
    text = "out has to have as many elements as the result"
    why = Why("assignment-shape", text, (("x", None), ("out", None)))
    need.equal(product(x.sizes), product(out.sizes), why)
    stretched_into(need, "x", x.shape, out, "out")
    return out


def where_mask(need: Need, where: Any) -> Array:
    """The mask of a ufunc: it is stretched like an operand."""
    try:
        return nested(where)
    except Mismatch:
        need.undecided("where is not known")


@op(
    total=True,
    dtype="unknown",
    torch=[
        named(f"{_TORCH_FLOAT} {_SPECIAL} {_TORCH_SAME} abs absolute angle sgn", "input=x, *, out"),
        named(_BESSEL, "x, /, *, out"),
        "logit|special.logit(input=x, eps, *, out)",
        "round(input=x, *, decimals, out)",
        "nan_to_num(input=x, nan, posinf, neginf, *, out)",
        "logical_not(input=x, *, out)",
    ],
)
def unary_out(x: Tensor, out: Tensor, *, need: Need) -> Array:
    """(*s), out -> (*s): `out` gets the shape if it has another one.

    Torch's docs, "torch.exp".
    """
    return Array(x.shape, out.dtype)


_ACTIVATIONS = "relu6 silu mish selu hardswish hardsigmoid relu"


@op(
    total=True,
    dtype="unknown",
    functional=[
        named(_ACTIVATIONS, "input=x, inplace"),
        "gelu(input=x, *, approximate)",
        "logsigmoid|softsign|tanhshrink(input=x)",
        "elu|celu(input=x, alpha, inplace)",
        "leaky_relu(input=x, negative_slope, inplace)",
        "hardtanh(input=x, min_val, max_val, inplace)",
        "softplus(input=x, beta, threshold)",
        "hardshrink|softshrink(input=x, lambd)",
        "dropout|alpha_dropout(input=x, p, training, inplace)",
    ],
    torch=[
        "relu|selu(input=x)",
        "celu(input=x, alpha)",
        "hardshrink(input=x, lambd)",
    ],
    tensor=["relu()", "hardshrink(lambd)"],
)
def activation(x: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s), element by element, of the same dtype.

    Torch's docs, "torch.nn.functional".
    """
    return fresh_like(x, steady(x.dtype))


@op(
    total=True,
    dtype="unknown",
    functional=[
        "threshold(input=x, threshold, value, inplace)",
        "threshold_(input=x, threshold, value)",
    ],
    torch="threshold|threshold_(input=x, threshold, value)",
)
def threshold(x: Tensor, threshold: Anything, value: Anything, *, need: Need) -> Array:
    """(*s) -> (*s), element by element, of the same dtype.

    Torch's docs, "torch.nn.functional.threshold".
    """
    return fresh_like(x, steady(x.dtype))


@op(
    total=True,
    functional="rrelu(input=x, lower, upper, training, inplace)",
    torch=[
        "rrelu(input=x, lower, upper, training)",
        "bernoulli(input=x, p, *, generator)",
        "poisson(input=x, generator)",
    ],
    tensor="bernoulli(p, *, generator)",
)
def drawn(x: Tensor, *, need: Need) -> Shape:
    """(*s) -> (*s), each element drawn at random.

    Torch's docs, "torch.bernoulli".
    """
    return x.shape


@op(
    dtype="unknown",
    functional="feature_alpha_dropout|dropout2d(input=x, p, training, inplace)",
    torch="feature_dropout|feature_alpha_dropout(input=x, p, train=training)",
)
def feature_dropout(x: Tensor, p: Anything = 0.5, training: Flag = True, *, need: Need) -> Array:
    """(batch, channels, *s) -> (batch, channels, *s): whole channels are dropped.

    Torch's docs, "torch.nn.functional.dropout2d".
    """
    return _whole_channels(need, x, 2 if training and p not in (0, 1) else 0)


def _whole_channels(need: Need, x: Array, least: int) -> Array:
    """An array of some rank; one without elements may have another."""
    if x.rank < least:
        empty = need.assume.equal(product(x.sizes), 0)
        if not need.decided(empty, "x may have no elements"):
            need.rank_at_least("x", x, least)
    return fresh_like(x, x.dtype)


@op(dtype="unknown", functional="dropout3d(input=x, p, training, inplace)")
def dropout_3d(x: Tensor, p: Anything = 0.5, training: Flag = True, *, need: Need) -> Array:
    """(batch, channels, *s) -> (batch, channels, *s): also without the batch

    Torch's docs, "torch.nn.functional.dropout3d".
    """
    return _whole_channels(need, x, 1 if training and p not in (0, 1) else 0)


@op(
    total=True,
    dtype="unknown",
    torch=["dropout|alpha_dropout|dropout_|alpha_dropout_(input=x, p, train)"],
)
def dropout_torch(x: Tensor, p: Anything, train: Anything, *, need: Need) -> Array:
    """(*s) -> (*s), some elements dropped.

    Torch's docs, "torch.nn.functional.dropout".
    """
    return fresh_like(x, x.dtype)


@op(total=True, dtype="unknown", tensor="geometric_(p, *, generator)")
def geometric_in_place(x: Tensor, p: Anything, *, need: Need) -> Array:
    """(*s) -> (*s), the array itself, filled at random.

    Torch's docs, "torch.Tensor.geometric_".
    """
    return x


@op(dtype="unknown", functional="dropout1d(input=x, p, training, inplace)")
def dropout_1d(x: Tensor, *, need: Need) -> Array:
    """(batch, channels, n) -> (batch, channels, n), also without the batch

    Torch's docs, "torch.nn.functional.dropout1d".
    """
    need.rank("x", x, 2, 3)
    return fresh_like(x, x.dtype)


_CHANGED = (
    f"{_ANALYSIS} rsqrt reciprocal sigmoid erf erfc erfinv lgamma digamma i0 sinc {_TORCH_SAME} "
    "abs absolute conj_physical sgn bitwise_not logical_not relu zero detach share_memory"
)


@op(
    total=True,
    dtype="unknown",
    tensor=[
        named(in_place(_CHANGED), ""),
        "requires_grad_(requires_grad)",
        "logit_(eps)",
        "round_(*, decimals)",
        "nan_to_num_(nan, posinf, neginf)",
        "normal_|log_normal_(mean, std, *, generator)",
        "uniform_|random_(from, to, *, generator)",
        "exponential_(lambd, *, generator)",
        "bernoulli_(p, *, generator)",
        "cauchy_(median, sigma, *, generator)",
    ],
    torch=[
        named(in_place(f"{_ANALYSIS} rsqrt reciprocal sigmoid erf erfc abs i0 sinc"), "input=x"),
        named(
            in_place("neg negative square floor ceil trunc fix frac zero detach relu"), "input=x"
        ),
        "nan_to_num_(input=x, nan, posinf, neginf)",
        "round_(input=x, *, decimals)",
        "selu_(input=x)",
        "celu_(input=x, alpha)",
    ],
    functional=[
        "relu_|selu_(input=x)",
        "elu_|celu_(input=x, alpha)",
        "leaky_relu_(input=x, negative_slope)",
        "rrelu_(input=x, lower, upper, training)",
        "hardtanh_(input=x, min_val, max_val)",
    ],
)
def unary_in_place(x: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s), the array itself, changed.

    Torch's docs, "torch.Tensor".
    """
    return x


@op(
    dtype="unknown",
    tensor=["fill_(value)"],
    torch="fill|fill_(input=x, value)",
)
def fill(x: Tensor, value: Operand, *, need: Need) -> Array:
    """(*s), () -> (*s), all elements set to one number.

    Torch's docs, "torch.Tensor.fill_".
    """
    need.rank("value", value, 0, why="assignment-shape")
    return x


@op(ndarray="fill(value, /)", dtype="unknown")
def fill_numpy(x: Tensor, value: Tensor, *, need: Need) -> Unknown:
    """(*s), () -> nothing: all elements are set to one number.

    NumPy's manual, "numpy.ndarray.fill".
    """
    need.rank("value", value, 0, why="assignment-shape")
    return NOTHING


NOTHING = Unknown("it returns None", "number")


@op(dtype="unknown", tensor="copy_(src=b, /, non_blocking)")
def copy_into(a: Tensor, b: Operand, *, need: Need) -> Array:
    """(*s), (*t) -> (*s): t is stretched to s.

    Torch's docs, "torch.Tensor.copy_".
    """
    stretched_into(need, "b", b.shape, a, "a")
    return a


@op(numpy="copyto(dst=a, src=b, casting, where)", dtype="unknown")
def copyto(a: Tensor, b: Tensor, where: Anything = True, *, need: Need) -> Unknown:
    """(*s), (*t) -> nothing: t is stretched to s and written into it.

    NumPy's manual, "numpy.copyto".
    """
    stretched_into(need, "b", b.shape, a, "a", counted=False)
    stretched_into(need, "where", where_mask(need, where).shape, a, "a")
    return NOTHING


# --- two operands -----------------------------------------------------------------------------

_NUMPY_NEW = f"x1=a, x2=b, {NEW}"
_NUMPY_INTO = f"x1=a, x2=b, {INTO}"
_NUMPY_SAME_2 = "add subtract multiply maximum minimum fmax fmin"
_TORCH_SAME_2 = "mul multiply maximum minimum fmax fmin"
_BITWISE = "bitwise_and bitwise_or bitwise_xor"


@op(
    dtype="unknown",
    numpy=named(_NUMPY_SAME_2, _NUMPY_NEW),
    torch=[
        named(_TORCH_SAME_2, "input=a, other=b"),
        "add|sub|subtract|rsub(input=a, other=b, *, alpha)",
        "clamp_min(input=a, min=b)",
        "clamp_max(input=a, max=b)",
    ],
    tensor=[
        named(_TORCH_SAME_2, "other=b"),
        "add|sub|subtract(other=b, *, alpha)",
        "clamp_min(min=b)",
        "clamp_max(max=b)",
    ],
    operator="add|sub|mul(a, b, /)",
)
def arithmetic(a: Operand, b: Operand, dtype: MaybeDType = None, *, need: Need) -> Array:
    """(*s), (*t) -> the shape that both are stretched to.

    NumPy's manual, "Broadcasting"; torch's docs, "Broadcasting semantics".
    """
    return combined(need, promoted((a.dtype, b.dtype)) if dtype is None else dtype, a, b)


@op(
    dtype="unknown",
    numpy=named(_BITWISE, _NUMPY_NEW),
    torch=named(_BITWISE, "input=a, other=b"),
    tensor=named(_BITWISE, "other=b"),
    operator="and_|or_|xor(a, b, /)",
)
def bitwise(a: Operand, b: Operand, *, need: Need) -> Array:
    """(*s), (*t) -> the shape that both are stretched to, bit by bit.

    NumPy's manual, "numpy.bitwise_and"; torch's docs, "torch.bitwise_and".
    """
    return combined(need, promoted((a.dtype, b.dtype)), a, b)


_NUMPY_WHOLE = (
    "floor_divide mod remainder fmod power pow gcd lcm left_shift right_shift bitwise_left_shift "
    "bitwise_right_shift"
)
_TORCH_WHOLE = (
    "floor_divide remainder fmod gcd lcm bitwise_left_shift bitwise_right_shift nextafter"
)


@op(
    dtype="unknown",
    numpy=named(_NUMPY_WHOLE, _NUMPY_NEW),
    torch=[
        named(_TORCH_WHOLE, "input=a, other=b"),
        "pow(input=a, exponent=b)",
        "heaviside(input=a, values=b)",
    ],
    tensor=[named(_TORCH_WHOLE, "other=b"), "pow(exponent=b)", "heaviside(values=b)"],
    operator="floordiv|mod|pow|lshift|rshift(a, b, /)",
)
def whole_arithmetic(a: Operand, b: Operand, dtype: MaybeDType = None, *, need: Need) -> Array:
    """(*s), (*t) -> the shape that both are stretched to; integers stay integers.

    NumPy's manual, "numpy.floor_divide"; torch's docs, "torch.remainder".
    """
    return combined(need, steady(promoted((a.dtype, b.dtype))) if dtype is None else dtype, a, b)


_NUMPY_FLOAT_2 = (
    "divide true_divide arctan2 atan2 hypot logaddexp logaddexp2 copysign float_power heaviside "
    "nextafter"
)
_SPECIAL_FLOAT_2 = prefixed("special.", "gammainc gammaincc xlog1py xlogy zeta")
_POLYNOMIALS = prefixed(
    "special.",
    "chebyshev_polynomial_t chebyshev_polynomial_u chebyshev_polynomial_v chebyshev_polynomial_w "
    "hermite_polynomial_h hermite_polynomial_he laguerre_polynomial_l legendre_polynomial_p "
    "shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u shifted_chebyshev_polynomial_v "
    "shifted_chebyshev_polynomial_w",
)
_TORCH_FLOAT_2 = (
    "div divide true_divide arctan2 atan2 hypot logaddexp logaddexp2 copysign xlogy igamma igammac "
    "ldexp"
)


@op(
    dtype="unknown",
    numpy=named(_NUMPY_FLOAT_2, _NUMPY_NEW),
    torch=[
        named(f"{_TORCH_FLOAT_2} {_SPECIAL_FLOAT_2}", "input=a, other=b"),
        named(_POLYNOMIALS, "a, b, /"),
        "float_power(input=a, exponent=b)",
    ],
    tensor=[named(_TORCH_FLOAT_2, "other=b"), "float_power(exponent=b)"],
    operator="truediv(a, b, /)",
)
def division(a: Operand, b: Operand, dtype: MaybeDType = None, *, need: Need) -> Array:
    """(*s), (*t) -> the shape that both are stretched to; of integers it is a float.

    NumPy's manual, "numpy.divide"; torch's docs, "torch.div".
    """
    return combined(need, floating(promoted((a.dtype, b.dtype))) if dtype is None else dtype, a, b)


@op(dtype="unknown", numpy=f"ldexp({_NUMPY_NEW})")
def ldexp(a: Tensor, b: Tensor, dtype: MaybeDType = None, *, need: Need) -> Array:
    """(*s), (*t) -> the shape that both are stretched to: a * 2**b.

    NumPy's manual, "numpy.ldexp".
    """
    return combined(need, floating(a.dtype) if dtype is None else dtype, a, b)


@op(
    dtype="unknown",
    torch="div|divide(input=a, other=b, *, rounding_mode)",
    tensor="div|divide(other=b, *, rounding_mode)",
)
def division_rounded(a: Operand, b: Operand, rounding_mode: Anything, *, need: Need) -> Array:
    """(*s), (*t) -> the shape that both are stretched to.

    Torch's docs, "torch.div".
    """
    kind = promoted((a.dtype, b.dtype))
    kind = steady(kind) if isinstance(rounding_mode, str) else rounding(kind)
    return combined(need, kind, a, b)


_COMPARED = (
    "equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor"
)
_TORCH_COMPARED = (
    "eq ne lt le gt ge not_equal less less_equal greater greater_equal logical_and logical_or "
    "logical_xor"
)


@op(
    dtype="bool",
    numpy=[
        named(_COMPARED, _NUMPY_NEW),
        "isclose(a, b, rtol, atol, equal_nan)",
    ],
    torch=[
        named(_TORCH_COMPARED, "input=a, other=b"),
        "isclose(input=a, other=b, rtol, atol, equal_nan)",
    ],
    tensor=[named(_TORCH_COMPARED, "other=b"), "isclose(other=b, rtol, atol, equal_nan)"],
    operator="eq|ne|lt|le|gt|ge",
)
def comparison(a: Operand, b: Operand, *, need: Need) -> Array:
    """(*s), (*t) -> the shape that both are stretched to, truth values.

    NumPy's manual, "Comparison functions"; torch's docs, "torch.eq".
    """
    return combined(need, "bool", a, b)


@op(
    dtype="unknown",
    numpy=[
        named(
            f"{_NUMPY_SAME_2} {_BITWISE} {_NUMPY_WHOLE} {_NUMPY_FLOAT_2} {_COMPARED}", _NUMPY_INTO
        )
    ],
)
def binary_into(
    a: Tensor, b: Tensor, out: Anything = None, where: Anything = True, *, need: Need
) -> Array:
    """(*s), (*t), out (*u) -> (*u): what is written into `out`, which both are stretched to.

    NumPy's manual, "Universal functions".
    """
    operands = [a, b, where_mask(need, where)]
    shape = need.broadcast(*(one.shape for one in operands), why=BROADCAST)
    return written(need, Array(shape), out, operands)


@op(
    dtype="unknown",
    torch=[
        named(
            f"{_TORCH_SAME_2} {_BITWISE} {_TORCH_WHOLE} {_TORCH_FLOAT_2} {_TORCH_COMPARED} "
            f"{_SPECIAL_FLOAT_2} add sub subtract",
            "input=a, other=b, *, alpha, rounding_mode, out",
        ),
        "pow(input=a, exponent=b, *, out)",
        named(_POLYNOMIALS, "a, b, /, *, out"),
    ],
)
def binary_out(a: Operand, b: Operand, out: Tensor, *, need: Need) -> Array:
    """(*s), (*t), out -> the shape that both are stretched to; `out` gets it.

    Torch's docs, "torch.add".
    """
    return Array(need.broadcast(a.shape, b.shape, why=BROADCAST), out.dtype)


_CHANGED_2 = (
    f"{_TORCH_COMPARED} mul multiply bitwise_and bitwise_or bitwise_xor floor_divide remainder "
    "fmod gcd lcm bitwise_left_shift bitwise_right_shift nextafter true_divide arctan2 "
    "atan2 hypot copysign xlogy igamma igammac ldexp"
)


@op(
    dtype="unknown",
    tensor=[
        named(in_place(_CHANGED_2), "other=b"),
        "add_|sub_|subtract_(other=b, *, alpha)",
        "div_|divide_(other=b, *, rounding_mode)",
        "pow_(exponent=b)",
        "clamp_min_(min=b)",
        "clamp_max_(max=b)",
        "heaviside_(values=b)",
    ],
)
def binary_in_place(a: Tensor, b: Operand, *, need: Need) -> Array:
    """(*s), (*t) -> (*s), the array itself, which t is stretched to.

    Torch's docs, "Broadcasting semantics".
    """
    stretched_into(need, "b", b.shape, a, "a")
    return a


@op(
    dtype="unknown",
    operator="iadd|isub|imul|itruediv|ifloordiv|imod|ipow|iand|ior|ixor|ilshift|irshift",
)
def augmented(a: Anything, b: Operand, *, need: Need) -> Array:
    """(*s), (*t) -> (*s), the array itself, which t is stretched to; a number becomes an array.

    NumPy's manual, "Broadcasting"; torch's docs, "Broadcasting semantics".
    """
    if not isinstance(a, Array):
        return Array(b.shape, "", b.strides if is_dense(b) else None)
    if a.is_open:
        need.undecided("the rank of a is not known")
    if need.library is NUMPY and not a.rank and b.rank:
        why = Why("assignment-shape", GROWN.format("a"), (("b", None), ("a", None)))
        need.record(b.rank, "fits", 0, why, None)  # a 0-d array cannot grow, a number can
        return Array(b.shape, "")
    stretched_into(need, "b", b.shape, a, "a")
    return a


@op(
    dtype="unknown",
    numpy="divmod(x1=a, x2=b, /)",
)
def divmod_(a: Operand, b: Operand, *, need: Need) -> list[Array]:
    """(*s), (*t) -> two arrays of the shape that both are stretched to.

    NumPy's manual, "numpy.divmod".
    """
    return [combined(need, steady(promoted((a.dtype, b.dtype))), a, b)] * 2


@op(total=True, dtype="unknown", numpy="modf(x, /)")
def modf(x: Tensor, *, need: Need) -> list[Array]:
    """(*s) -> (*s), (*s): the fractional and the whole parts.

    NumPy's manual, "numpy.modf".
    """
    return [fresh_like(x, floating(x.dtype))] * 2


@op(
    total=True,
    dtype="unknown",
    numpy="frexp(x, /)",
    torch="frexp(input=x)",
    tensor="frexp()",
)
def frexp(x: Tensor, *, need: Need) -> Record:
    """(*s) -> (*s), (*s): the mantissas, and the exponents.

    NumPy's manual, "numpy.frexp"; torch's docs, "torch.frexp".
    """
    values = fresh_like(x, floating(x.dtype)), fresh_like(x, "int")
    return Record(("mantissa", "exponent"), values)


# --- comparing whole arrays -------------------------------------------------------------------

ANSWER = Unknown("the data decide", "number")


@op(
    numpy="allclose(a, b, rtol, atol, equal_nan)",
    torch="allclose(input=a, other=b, rtol, atol, equal_nan)",
    tensor="allclose(other=b, rtol, atol, equal_nan)",
)
def allclose(a: Tensor, b: Tensor, *, need: Need) -> Unknown:
    """(*s), (*t) -> a truth value.

    NumPy's manual, "numpy.allclose"; torch's docs, "torch.allclose".
    """
    need.broadcast(a.shape, b.shape, why=BROADCAST)
    return ANSWER


@op(
    total=True,
    numpy="array_equal|array_equiv(a1=a, a2=b)",
    torch="equal|is_same_size(input=a, other=b)",
    tensor="equal|is_same_size(other=b)",
)
def array_equal(a: Tensor, b: Tensor, *, need: Need) -> Unknown:
    """(*s), (*t) -> a truth value: arrays of other shapes are not equal.

    NumPy's manual, "numpy.array_equal"; torch's docs, "torch.equal".
    """
    return ANSWER


# --- more operands ----------------------------------------------------------------------------


@op(
    dtype="unknown",
    torch="lerp(input=a, end=b, weight)",
    tensor="lerp(end=b, weight)",
)
def lerp(a: Tensor, b: Tensor, weight: Operand, *, need: Need) -> Array:
    """(*s), (*t), (*u) -> the shape that all are stretched to.

    Torch's docs, "torch.lerp".
    """
    return combined(need, a.dtype, a, b, weight)


@op(
    dtype="unknown",
    torch="addcmul|addcdiv(input=a, tensor1=b, tensor2=c, *, value)",
    tensor="addcmul|addcdiv(tensor1=b, tensor2=c, *, value)",
)
def addcmul(a: Tensor, b: Tensor, c: Tensor, *, need: Need) -> Array:
    """(*s), (*t), (*u) -> the shape that all are stretched to.

    Torch's docs, "torch.addcmul".
    """
    return combined(need, steady(promoted((a.dtype, b.dtype, c.dtype))), a, b, c)


@op(
    dtype="unknown",
    tensor=["addcmul_|addcdiv_(tensor1=b, tensor2=c, *, value)", "lerp_(end=b, weight=c)"],
)
def addcmul_in_place(a: Tensor, b: Tensor, c: Operand, *, need: Need) -> Array:
    """(*s), (*t), (*u) -> (*s), the array itself, which the others are stretched to.

    Torch's docs, "torch.Tensor.addcmul_".
    """
    stretched_into(need, "b", b.shape, a, "a")
    stretched_into(need, "c", c.shape, a, "a")
    need.broadcast(a.shape, b.shape, c.shape, why=BROADCAST)
    return a


@op(
    dtype="unknown",
    numpy="clip(a=x, a_min=low, a_max=high, out, *, dtype)",
    ndarray="clip(min=low, max=high, out, *, dtype)",
    torch="clamp|clip(input=x, min=low, max=high, *, out)",
    tensor="clamp|clip(min=low, max=high)",
)
def clip(
    x: Tensor,
    low: MaybeOperand = None,
    high: MaybeOperand = None,
    out: Anything = None,
    dtype: MaybeDType = None,
    *,
    need: Need,
) -> Array:
    """(*s), low (*t), high (*u) -> the shape that all are stretched to.

    NumPy's manual, "numpy.clip"; torch's docs, "torch.clamp".
    """
    operands = [x, *(one for one in (low, high) if one is not None)]
    kind = promoted(one.dtype for one in operands) if dtype is None else dtype
    return written(need, combined(need, kind, *operands), out, operands)


@op(dtype="unknown", numpy="clip(a=x, *, min=low, max=high, out, dtype)")
def clip_named(
    x: Tensor,
    low: MaybeOperand = None,
    high: MaybeOperand = None,
    out: Anything = None,
    dtype: MaybeDType = None,
    *,
    need: Need,
) -> Array:
    """(*s), low (*t), high (*u) -> the shape that all are stretched to.

    NumPy's manual, "numpy.clip".
    """
    done: Array = clip.rule(x, low, high, out, dtype, need=need)
    return done


@op(
    dtype="unknown",
    tensor=["clamp_|clip_(min=low, max=high)"],
    torch="clamp_|clip_(input=x, min=low, max=high)",
)
def clip_in_place(
    x: Tensor, low: MaybeOperand = None, high: MaybeOperand = None, *, need: Need
) -> Array:
    """(*s), low (*t), high (*u) -> (*s), the array itself, which the others are stretched to.

    Torch's docs, "torch.Tensor.clamp_".
    """
    for name, bound in (("low", low), ("high", high)):
        if bound is not None:
            stretched_into(need, name, bound.shape, x, "x")
    return x


@op(
    dtype="float",
    numpy="interp(x, xp, fp, left, right, period)",
)
def interp(x: Tensor, xp: Tensor, fp: Tensor, *, need: Need) -> Shape:
    """(*s), xp (n,), fp (n,) -> (*s): the function through the points at places x.

    NumPy's manual, "numpy.interp".
    """
    need.rank("xp", xp, 1)
    need.rank("fp", fp, 1)
    why = Why("broadcast", "both have to have as many points", (("xp", 0), ("fp", 0)))
    need.equal(xp.shape[0].size, fp.shape[0].size, why)
    enough = Why("size-argument", "there has to be a point", (("xp", 0),))
    need.at_least(xp.shape[0].size, 1, enough)
    return x.shape


@op(dtype="unknown", numpy="unwrap(p=x, discont, axis=dim, *, period)")
def unwrap(x: Tensor, dim: Dim = -1, *, need: Need) -> Array:
    """(*s) -> (*s): jumps along an axis are taken out.

    NumPy's manual, "numpy.unwrap".
    """
    need.axis(dim, x.rank, of="x")
    return Array(x.shape, "float" if x.dtype == "float" else "")


# --- values at indices ------------------------------------------------------------------------


@op(
    numpy=named(
        " ".join(
            f"{name}.at"
            for name in f"{_NUMPY_SAME_2} {_BITWISE} logical_or logical_and divide".split()
        ),
        "a, indices, b, /",
    ),
)
def ufunc_at(a: Tensor, indices: Anything, b: Tensor, *, need: Need) -> Unknown:
    """(n, *s), indices (*i), (*t) -> nothing: t is stretched to (*i, *s), and put into a.

    NumPy's manual, "numpy.ufunc.at"; indices of the first axes only are looked into.
    """
    many = indices if isinstance(indices, tuple) else (indices,)
    try:
        found = [nested(one) for one in many]
    except Mismatch:
        need.undecided("what is indexed is not known")
    if any(one.dtype != "int" or one.is_open for one in found):
        need.undecided("what is indexed is not known")
    places = ("a", None), ("indices", None)
    why = Why("index-shape", "there may not be more indices than axes", places)
    need.true(len(found) <= a.rank, why, len(found), a.rank)
    picked = need.broadcast(
        *(one.shape for one in found), why=Why("index-shape", "the indices have to broadcast")
    )
    some = need.assume.at_least(product(one.size for one in picked), 1)
    for place, axis in enumerate(a.shape[: len(found)]):
        enough = need.assume.at_least(axis.size, 1)
        holds = (
            True if enough or some is False else False if (enough, some) == (False, True) else None
        )
        text = "an axis of no elements has none to change"
        need.true(holds, Why("index-out-of-range", text, (("a", place),)), axis.size, 1)
    part = a.with_axes((*picked, *a.shape[len(found) :]))
    stretched_into(need, "b", b.shape, part, "a")
    return NOTHING


# --- masked arrays, polynomials ---------------------------------------------------------------


@op(
    total=True,
    dtype="unknown",
    numpy=named(prefixed("ma.", "sqrt exp log log2 log10 sin cos tan tanh arctan fabs"), "a=x, /"),
)
def masked_unary(x: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s), element by element.

    NumPy's manual, "Masked array operations".
    """
    return Array(x.shape, floating(x.dtype))


@op(
    dtype="unknown",
    numpy=named(prefixed("ma.", "add subtract multiply power maximum minimum"), "a, b, /"),
)
def masked_arithmetic(a: Tensor, b: Tensor, *, need: Need) -> Array:
    """(*s), (*t) -> the shape that both are stretched to.

    NumPy's manual, "Masked array operations".
    """
    shape = need.broadcast(a.shape, b.shape, why=BROADCAST)
    return Array(shape, steady(promoted((a.dtype, b.dtype))))


@op(
    total=True,
    dtype="unknown",
    numpy=[
        named(
            prefixed(
                "ma.masked_",
                "equal not_equal values less less_equal greater greater_equal",
            ),
            "x, value=b",
        ),
        "ma.filled(a=x, fill_value=b)",
    ],
)
def masked_at(x: Tensor, b: Anything = None, *, need: Need) -> Array:
    """(*s), number -> (*s), some elements masked.

    NumPy's manual, "numpy.ma.masked_equal".
    """
    if isinstance(b, Array) and (b.is_open or b.rank):
        need.undecided("the value is no number")
    return Array(x.shape, x.dtype)


@op(dtype="unknown", numpy="ma.masked_where(condition, a=x, copy)")
def masked_where(condition: Tensor, x: Tensor, *, need: Need) -> Array:
    """(*s), (*s) -> (*s), some elements masked.

    NumPy's manual, "numpy.ma.masked_where".
    """
    if condition.rank:
        why = Why("index-shape", "the condition has to have the array's shape")
        need.true(condition.rank == x.rank, why, condition.rank, x.rank)
        for left, right in zip(condition.shape, x.shape, strict=True):
            need.equal(left.size, right.size, why)
    return Array(x.shape, x.dtype)


@op(total=True, dtype="bool", numpy="ma.getmaskarray(arr=x)")
def mask_of(x: Tensor, *, need: Need) -> Shape:
    """(*s) -> (*s), where it is masked.

    NumPy's manual, "numpy.ma.getmaskarray".
    """
    return x.shape


@op(total=True, numpy="ma.getmask(a=x)")
def mask_or_none(x: Tensor, *, need: Need) -> Unknown:
    """(*s) -> (*s), where it is masked; a single False where nothing is.

    NumPy's manual, "numpy.ma.getmask".
    """
    return Unknown("there may be no mask")


@op(total=True, numpy=["ma.isMaskedArray|ma.is_masked|ma.isMA(x)"])
def masked_question(x: Tensor, *, need: Need) -> Unknown:
    """(*s) -> a truth value

    NumPy's manual, "numpy.ma.isMaskedArray".
    """
    return ANSWER


@op(dtype="unknown", numpy="polyval(p, x)")
def polyval(p: Tensor, x: Tensor, *, need: Need) -> Array:
    """(n,), (*s) -> (*s): the values of a polynomial.

    NumPy's manual, "numpy.polyval".
    """
    need.rank_at_least("p", p, 1)
    if p.rank > 1:
        need.undecided("the coefficients are arrays")
    return Array(x.shape, "float" if "float" in (p.dtype, x.dtype) else "")


@op(
    dtype="unknown",
    numpy=named(
        "polynomial.polynomial.polyval polynomial.legendre.legval polynomial.chebyshev.chebval "
        "polynomial.hermite.hermval polynomial.hermite_e.hermeval polynomial.laguerre.lagval",
        "x, c",
    ),
)
def series_value(x: Tensor, c: Tensor, *, need: Need) -> Shape:
    """(*s), (n, *t) -> (*t, *s): the values of series.

    NumPy's manual, "numpy.polynomial.polynomial.polyval".
    """
    if c.rank:
        size = c.shape[0].size
        why = Why("size-argument", "there has to be a coefficient", (("c", 0),))
        need.at_least(size, 1, why)
    return c.shape[1:] + x.shape


@op(dtype="float", numpy="polyfit(x, y, deg)")
def polyfit(x: Tensor, y: Tensor, deg: Count, *, need: Need) -> Shape:
    """(n,), (n, *k), deg -> (deg + 1, *k): the coefficients of polynomials through points.

    NumPy's manual, "numpy.polyfit".
    """
    need.count(deg, "deg")
    need.rank("x", x, 1)
    need.at_least(x.shape[0].size, 1, Why("size-argument", "there has to be a point", (("x", 0),)))
    need.rank("y", y, 1, 2)
    why = Why("broadcast", "there have to be as many values as points", (("x", 0), ("y", 0)))
    need.equal(x.shape[0].size, y.shape[0].size, why)
    return (Axis(deg + 1), *y.shape[1:])


OPS = family(globals())
