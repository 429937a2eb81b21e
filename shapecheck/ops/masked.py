"""Values at indices, masked arrays, polynomials."""

from __future__ import annotations

from shapecheck.dims import Axis, Shape, product
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Count,
    Mismatch,
    Tensor,
    nested,
)
from shapecheck.ops._values import (
    Array,
    Unknown,
    promoted,
)
from shapecheck.ops.elementwise import (
    ANSWER,
    BITWISE,
    BROADCAST,
    NOTHING,
    NUMPY_SAME_2,
    floating,
    named,
    prefixed,
    steady,
    stretched_into,
)

# --- values at indices ------------------------------------------------------------------------


@op(
    numpy=named(
        " ".join(
            f"{name}.at"
            for name in f"{NUMPY_SAME_2} {BITWISE} logical_or logical_and divide".split()
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
