"""Ops that work element by element: operands are stretched to one shape, which the result has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shapecheck.dims import Shape, Size
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Dim,
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
NOTHING = Unknown("it returns None", "number")
# What NumPy's ufuncs take beside the operands, if the result is a new array.
NEW = "/, *, dtype, casting, subok"
# The same for a given array, or for some of the elements only.
INTO = "/, out, *, where, dtype, casting, order, subok"


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


def where_mask(need: Need, where: Any) -> Array:
    """The mask of a ufunc: it is stretched like an operand."""
    try:
        return nested(where)
    except Mismatch:
        need.undecided("where is not known")


# --- two operands -----------------------------------------------------------------------------

_NUMPY_NEW = f"x1=a, x2=b, {NEW}"
_NUMPY_INTO = f"x1=a, x2=b, {INTO}"
NUMPY_SAME_2 = "add subtract multiply maximum minimum fmax fmin"
_TORCH_SAME_2 = "mul multiply maximum minimum fmax fmin"
BITWISE = "bitwise_and bitwise_or bitwise_xor"


@op(
    dtype="unknown",
    numpy=named(NUMPY_SAME_2, _NUMPY_NEW),
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
    numpy=named(BITWISE, _NUMPY_NEW),
    torch=named(BITWISE, "input=a, other=b"),
    tensor=named(BITWISE, "other=b"),
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
        named(f"{NUMPY_SAME_2} {BITWISE} {_NUMPY_WHOLE} {_NUMPY_FLOAT_2} {_COMPARED}", _NUMPY_INTO)
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
            f"{_TORCH_SAME_2} {BITWISE} {_TORCH_WHOLE} {_TORCH_FLOAT_2} {_TORCH_COMPARED} "
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


OPS = family(globals())
