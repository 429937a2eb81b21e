"""Statistics of pairs of variables, and functions of the user's."""

from __future__ import annotations

from shapecheck.dims import UNIT, Axis, Run, Shape, Size, maximum, minimum, product
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Dim,
    Dims,
    Flag,
    MaybeTensor,
    Number,
    Tensor,
    Word,
)
from shapecheck.ops._values import Array, Unknown
from shapecheck.ops.order import SAME_LENGTH, as_long
from shapecheck.ops.reduce import kept_nonempty

# --- statistics of pairs ----------------------------------------------------------------------


def _rows(array: Array, *, turned: bool) -> tuple[Axis, Axis]:
    """The variables and the observations of a table."""
    rows, columns = (UNIT, UNIT, *array.shape)[-2:]
    return (columns, rows) if turned else (rows, columns)


def _observed(need: Need, name: str, weights: Array | None, observations: Axis) -> None:
    if weights is not None:
        as_long(need, name, weights, "a", observations, 1)


def _square(need: Need, variables: Size, axis: Axis) -> Shape:
    """The axes of a table of pairs; NumPy and torch drop them if there is but one variable."""
    if need.decided(need.assume.equal(variables, 1), "there may be only one variable"):
        return ()
    one = axis.with_size(variables)
    return one, one


def _pairs(need: Need, a: Array, y: Array | None, rowvar: bool) -> tuple[Size, Axis, Axis]:
    """How many variables there are, the axis of those of `a`, and that of the observations."""
    need.rank("a", a, 0, 1, 2)
    if y is not None:
        need.rank("y", y, 0, 1, 2)
    rows, columns = _rows(a, turned=not rowvar and a.rank != 1)
    if y is None or need.decided(need.assume.equal(rows.size, 0), "there may be no variables"):
        return rows.size, rows, columns
    own, other = _rows(y, turned=False)
    if not rowvar and not need.decided(need.assume.equal(own.size, 1), "y may have one row"):
        own, other = other, own
    why = Why("cat-axis", "both have to have the same observations", (("a", None), ("y", None)))
    need.equal(columns.size, other.size, why)
    return rows.size + own.size, rows, columns


@op(dtype="unknown", numpy="cov(m=a, y, rowvar, bias, ddof, fweights, aweights, *, dtype)")
def cov(
    a: Tensor,
    y: MaybeTensor = None,
    rowvar: Flag = True,
    fweights: MaybeTensor = None,
    aweights: MaybeTensor = None,
    *,
    need: Need,
) -> Shape:
    """(n, observations) -> (n, n), or () for one variable

    NumPy's manual, "numpy.cov".
    """
    count, axis, observations = _pairs(need, a, y, rowvar)
    if fweights is not None or aweights is not None:
        if need.decided(need.assume.equal(count, 0), "there may be no variables"):
            return axis, axis
        _observed(need, "fweights", fweights, observations)
        _observed(need, "aweights", aweights, observations)
        why = Why("empty-reduction", "there has to be an observation", (("a", 1),))
        need.at_least(observations.size, 1, why)
    return _square(need, count, axis)


@op(dtype="unknown", numpy="corrcoef(x=a, y, rowvar, *, dtype)")
def corrcoef(a: Tensor, y: MaybeTensor = None, rowvar: Flag = True, *, need: Need) -> Shape:
    """(n, observations) -> (n, n), or () for one variable

    NumPy's manual, "numpy.corrcoef".
    """
    count, axis, _ = _pairs(need, a, y, rowvar)
    return _square(need, count, axis)


@op(
    dtype="unknown",
    torch=["cov(input=a, *, correction, fweights, aweights)", "corrcoef(input=a)"],
    tensor=["cov(*, correction, fweights, aweights)", "corrcoef()"],
)
def cov_of_rows(
    a: Tensor, fweights: MaybeTensor = None, aweights: MaybeTensor = None, *, need: Need
) -> Shape:
    """(n, observations) -> (n, n), or () for one variable

    torch's "torch.cov".
    """
    need.rank("a", a, 0, 1, 2)
    rows, observations = _rows(a, turned=False)
    for name, weights in (("fweights", fweights), ("aweights", aweights)):
        if weights is not None:
            need.rank(name, weights, 0, 1)
            why = Why("broadcast", SAME_LENGTH, ((name, None), ("a", a.rank - 1)))
            need.equal(product(weights.sizes), observations.size, why)
    return _square(need, rows.size, rows)


@op(torch="cdist(x1=a, x2=b, p, compute_mode)")
def cdist(a: Tensor, b: Tensor, p: Number = 2.0, *, need: Need) -> Shape:
    """(*batch, n, d), (*batch, m, d) -> (*batch, n, m)

    torch's "torch.cdist".
    """
    need.rank_at_least("a", a, 2)
    need.rank_at_least("b", b, 2)
    text = "the points have to have the same number of coordinates"
    why = Why("matmul-inner", text, (("a", a.rank - 1), ("b", b.rank - 1)))
    need.equal(a.shape[-1].size, b.shape[-1].size, why)
    stacked = Why("broadcast", "the axes before the last two have to broadcast")
    return (*need.broadcast(a.shape[:-2], b.shape[:-2], why=stacked), a.shape[-2], b.shape[-2])


@op(torch="pdist(input=a, p)", functional="pdist(input=a, p)")
def pdist(a: Tensor, *, need: Need) -> Shape:
    """(n, d) -> (n * (n - 1) / 2)

    torch's "torch.nn.functional.pdist".
    """
    need.rank("a", a, 2)
    size = a.shape[0].size
    return (Axis(size * (size - 1) // 2),)


@op(numpy=["convolve(a, v, mode)"])
def convolve(a: Tensor, v: Tensor, mode: Word = "full", *, need: Need) -> Shape:
    """(n), (m) -> (n + m - 1); as long as the longer one if "same"; only where both are if "valid"

    NumPy's manual, "numpy.convolve".
    """
    need.rank("a", a, 0, 1)
    need.rank("v", v, 0, 1)
    return _slid(need, a, v, mode)


@op(numpy=["correlate(a, v, mode)"])
def correlate(a: Tensor, v: Tensor, mode: Word = "valid", *, need: Need) -> Shape:
    """(n), (m) -> only where both are; (n + m - 1) if "full"; as long as the longer one if "same"

    NumPy's manual, "numpy.correlate".
    """
    need.rank("a", a, 1)
    need.rank("v", v, 1)
    return _slid(need, a, v, mode)


def _slid(need: Need, a: Array, v: Array, mode: str) -> Shape:
    """What one vector gives that is slid over another one."""
    left, right = ((array.shape or (UNIT,))[0].size for array in (a, v))
    for name, size in (("a", left), ("v", right)):
        why = Why("window-size", f"{name} has to have elements", ((name, 0),))
        need.at_least(size, 1, why)
    if mode == "full":
        return (Axis(left + right - 1),)
    if mode not in ("same", "valid"):
        need.undecided("the mode is not known")
    longer = maximum(left, right)
    return (Axis(longer if mode == "same" else longer - minimum(left, right) + 1),)


# --- functions of the user's ------------------------------------------------------------------


@op(
    dtype="unknown",
    numpy="apply_along_axis(func1d=function, axis, arr=a, *args..., **kwargs=named)",
)
def apply_along_axis(
    function: Anything, dim: Dim, a: Tensor, named: Anything = None, *, need: Need
) -> Array:
    """(*s, n, *t) -> (*s, …, *t), where the function decides what comes in place of the axis

    NumPy's manual, "numpy.apply_along_axis".
    """
    place = need.axis(dim, a.rank, of="a")
    kept_nonempty(need, a, (place,))
    return Array((*a.shape[:place], Run(), *a.shape[place + 1 :]))


@op(dtype="unknown", numpy="apply_over_axes(func=function, a, axes)")
def apply_over_axes(function: Anything, a: Tensor, dims: Dims, *, need: Need) -> Array:
    """(*s) -> a shape that the function decides

    NumPy's manual, "numpy.apply_over_axes".
    """
    if not a.rank:
        need.undecided("the function decides whether a number has axes")
    for one in dims if isinstance(dims, tuple) else (dims,):
        known = need.known(one, "axes")  # NumPy counts from the end, and lets the function, too
        need.axis(known + a.rank if known < 0 else known, a.rank, of="a")
    return Array((Run(),))


@op(total=True, numpy="vectorize(pyfunc=function, otypes, doc, excluded, cache, signature)")
def vectorize(function: Anything, *, need: Need) -> Unknown:
    """A function, which a call of it calls for each element

    NumPy's manual, "numpy.vectorize".
    """
    return Unknown("what a vectorized function gives is not known")


OPS = family(globals())
