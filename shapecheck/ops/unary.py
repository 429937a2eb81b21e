"""Ops on each element of one array."""

from __future__ import annotations

from dataclasses import replace

from shapecheck.dims import Shape, product
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Flag,
    MaybeDType,
    Operand,
    Tensor,
)
from shapecheck.ops._values import (
    Array,
    Unknown,
)
from shapecheck.ops.elementwise import (
    BROADCAST,
    INTO,
    NEW,
    NOTHING,
    floating,
    fresh_like,
    in_place,
    named,
    prefixed,
    real_part,
    rounding,
    steady,
    stretched_into,
    where_mask,
    written,
)

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
        "softsign|tanhshrink(input=x)",
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
    functional="logsigmoid(input=x)",
    module=["LogSigmoid()", "RReLU(lower, upper, inplace)"],
)
def laid_out_anew(x: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s), element by element.

    Torch's docs, "torch.nn.LogSigmoid", "torch.nn.RReLU"; on some devices the result does not keep
    the order in memory.
    """
    return replace(x, strides=None)


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

    NumPy's manual, "numpy.ndarray.fill". An element of an array of objects may be anything.
    """
    if value.rank and not x.dtype:
        need.undecided("an element of an array of objects may be anything")
    need.rank("value", value, 0, why="assignment-shape")
    return NOTHING


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


OPS = family(globals())
