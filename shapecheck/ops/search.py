"""What there is in an array, where it is, and how often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapecheck.dims import UNIT, Axis, Shape, Size, is_size, maximum, product
from shapecheck.facts import any_holds
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Count,
    Dim,
    Flag,
    MaybeTensor,
    Operand,
    Sizes,
    Tensor,
)
from shapecheck.ops._regroup import resized
from shapecheck.ops._values import Array, Record
from shapecheck.ops.order import SAME_LENGTH, alike, array_of, as_long, swapped
from shapecheck.ops.reduce import kept_nonempty

# --- what there is ----------------------------------------------------------------------------


def _each_once(need: Need, a: Array, dim: Any, *extra: str) -> Array | list[Array]:
    """The elements or slices that differ, and what was asked for besides."""
    found = Axis(need.fresh("unique"))
    shape: Shape
    if dim is None:
        shape, whole = (found,), a.shape
    else:
        need.rank_at_least("a", a, 1)
        place = need.axis(dim, a.rank, of="a")
        if need.library is not NUMPY:
            kept_nonempty(need, a, (place,))
        own = a.shape[place]
        found = resized(own, found.size)
        shape, whole = swapped(a.shape, place, found), (own,)
    shapes = {"index": (found,), "inverse": whole, "counts": (found,)}
    made = [Array(shape, a.dtype), *(Array(shapes[one], "int") for one in extra)]
    return made if extra else made[0]


@op(
    numpy=("unique(ar=a, return_index, return_inverse, return_counts, axis, *, equal_nan, sorted)"),
)
def unique(
    a: Tensor,
    return_index: Flag = False,
    return_inverse: Flag = False,
    return_counts: Flag = False,
    dim: Dim = None,
    *,
    need: Need,
) -> Array | list[Array]:
    """(*s, n, *t) -> (k), or (*s, k, *t) along an axis, where k is how many differ

    NumPy's manual, "numpy.unique".
    """
    flags = {"index": return_index, "inverse": return_inverse, "counts": return_counts}
    return _each_once(need, a, dim, *(name for name, wanted in flags.items() if wanted))


@op(total=True, numpy="unique_values(x=a, /)")
def unique_values(a: Tensor, *, need: Need) -> Shape:
    """(*s) -> (k), where k is how many differ

    NumPy's manual, "numpy.unique_values".
    """
    return (Axis(need.fresh("unique")),)


@op(total=True, numpy="unique_counts(x=a, /)")
def unique_counts(a: Tensor, *, need: Need) -> Record:
    """(*s) -> values and counts (k), where k is how many differ

    NumPy's manual, "numpy.unique_counts".
    """
    values = _each_once(need, a, None, "counts")
    return Record(("values", "counts"), tuple(values))  # type: ignore[arg-type]


@op(total=True, numpy="unique_inverse(x=a, /)")
def unique_inverse(a: Tensor, *, need: Need) -> Record:
    """(*s) -> values (k), where k is how many differ, and for each element the index of its own

    NumPy's manual, "numpy.unique_inverse".
    """
    values = _each_once(need, a, None, "inverse")
    return Record(("values", "inverse_indices"), tuple(values))  # type: ignore[arg-type]


@op(total=True, numpy="unique_all(x=a, /)")
def unique_all(a: Tensor, *, need: Need) -> Record:
    """(*s) -> values, indices, inverse indices (*s), counts: (k), where k is how many differ

    NumPy's manual, "numpy.unique_all".
    """
    names = ("values", "indices", "inverse_indices", "counts")
    values = _each_once(need, a, None, "index", "inverse", "counts")
    return Record(names, tuple(values))  # type: ignore[arg-type]


@op(
    torch=[
        "unique(input=a, sorted, return_inverse, return_counts, dim)",
        "unique_consecutive(input=a, *, return_inverse, return_counts, dim)",
    ],
    tensor=[
        "unique(sorted, return_inverse, return_counts, dim)",
        "unique_consecutive(return_inverse, return_counts, dim)",
    ],
)
def unique_along(
    a: Tensor,
    return_inverse: Flag = False,
    return_counts: Flag = False,
    dim: Dim = None,
    *,
    need: Need,
) -> Array | list[Array]:
    """(*s, n, *t) -> (k), or (*s, k, *t) along an axis, where k is how many differ

    torch's "torch.unique".
    """
    flags = {"inverse": return_inverse, "counts": return_counts}
    return _each_once(need, a, dim, *(name for name, wanted in flags.items() if wanted))


@op(
    total=True,
    dtype="unknown",
    numpy=["union1d|setxor1d(ar1=a, ar2=b)", "setdiff1d(ar1=a, ar2=b, assume_unique)"],
)
def set_operation(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(*s), (*t) -> (k), where the data decide k

    NumPy's manual, "Set routines".
    """
    return (Axis(need.fresh("elements")),)


@op(total=True, dtype="unknown", numpy="intersect1d(ar1=a, ar2=b, assume_unique, return_indices)")
def intersect1d(
    a: Tensor, b: Tensor, return_indices: Flag = False, *, need: Need
) -> Array | list[Array]:
    """(*s), (*t) -> (k), where the data decide k, and the indices (k) of both

    NumPy's manual, "numpy.intersect1d".
    """
    shape = (Axis(need.fresh("elements")),)
    return (
        [Array(shape), Array(shape, "int"), Array(shape, "int")] if return_indices else Array(shape)
    )


@op(
    total=True,
    dtype="bool",
    numpy="isin(element=a, test_elements=b, assume_unique, invert, *, kind)",
    torch="isin(a, b, /, *, assume_unique, invert, elements=a, test_elements=b)",
)
def isin(a: Operand, b: Operand, *, need: Need) -> Shape:
    """(*s), (*t) -> (*s), whether each element is among others

    NumPy's manual, "numpy.isin"; torch's "torch.isin".
    """
    return a.shape


# --- where things are -------------------------------------------------------------------------


@op(
    dtype="int",
    numpy="searchsorted(a, v, side, sorter)",
    ndarray="searchsorted(v, side, sorter)",
)
def searchsorted(a: Tensor, v: Tensor, sorter: MaybeTensor = None, *, need: Need) -> Shape:
    """(n), (*s) -> (*s), indices

    NumPy's manual, "numpy.searchsorted".
    """
    need.rank("a", a, 1)
    if sorter is not None:
        as_long(need, "sorter", sorter, "a", a.shape[0])
    return v.shape


@op(
    dtype="int",
    torch=[
        "searchsorted(sorted_sequence=a, v, /, *, input=v, out_int32, right, side, out, sorter)"
    ],
)
def searchsorted_stacked(a: Tensor, v: Operand, sorter: MaybeTensor = None, *, need: Need) -> Shape:
    """(n), (*s) -> (*s), or (*s, n), (*s, m) -> (*s, m), indices

    torch's "torch.searchsorted".
    """
    need.rank_at_least("a", a, 1)
    if sorter is not None:
        alike(need, "sorter", sorter, "a", a, "broadcast")
    if a.rank > 1:
        need.rank("v", v, a.rank)
        for place, (own, axis) in enumerate(zip(v.shape[:-1], a.shape[:-1], strict=True)):
            why = Why(
                "broadcast", "all axes but the last have to agree", (("v", place), ("a", place))
            )
            need.equal(own.size, axis.size, why)
    return v.shape


@op(dtype="int", torch="bucketize(v, boundaries=a, /, *, input=v, out_int32, right, out)")
def bucketize(v: Operand, a: Tensor, *, need: Need) -> Shape:
    """(*s), (n) -> (*s), indices

    torch's "torch.bucketize".
    """
    need.rank("a", a, 1)
    return v.shape


@op(dtype="int", numpy="digitize(x=v, bins=a, right)")
def digitize(v: Tensor, a: Tensor, *, need: Need) -> Shape:
    """(*s), (n) -> (*s), indices

    NumPy's manual, "numpy.digitize".
    """
    need.rank("a", a, 1)
    return v.shape


def _has_places(need: Need, shape: Sequence[Size], indices: Shape) -> None:
    """Require a shape with elements, unless there are no indices into it."""
    there = need.assume.at_least(product(shape), 1)
    negative = any(need.assume.less(size, 0) for size in shape)
    none = need.assume.equal(product(axis.size for axis in indices), 0)
    holds = any_holds(there and not negative, none)
    why = Why("index-out-of-range", "the shape has to have elements", (("shape", None),))
    need.record(shape, "has elements", indices, why, holds)


@op(
    numpy="unravel_index(indices, shape, order)", torch="unravel_index(indices, shape)", dtype="int"
)
def unravel_index(indices: Tensor, shape: Sizes, *, need: Need) -> list[Shape]:
    """(*s), a shape of r axes -> r times (*s), the indices along each axis

    NumPy's manual, "numpy.unravel_index"; torch's "torch.unravel_index".
    """
    if need.decided(need.assume.equal(product(indices.sizes), 0), "whether there are indices"):
        need.undecided("without indices the shape is not looked at")
    if need.library is not NUMPY:
        for size in shape:
            need.count(size, "shape")
    elif not shape:
        need.rank("indices", indices, 0)
    _has_places(need, shape, indices.shape)
    return [indices.shape] * len(shape)


@op(dtype="int", numpy="ravel_multi_index(multi_index, dims=shape, mode, order)")
def ravel_multi_index(multi_index: Anything, shape: Sizes, *, need: Need) -> Shape:
    """r times (*s), stretched to one shape, a shape of r axes -> (*s), indices into it flat

    NumPy's manual, "numpy.ravel_multi_index".
    """
    text = "there has to be an index for each axis"
    why = Why("index-shape", text, (("multi_index", None), ("shape", None)))
    if isinstance(multi_index, Array):
        need.rank_at_least("multi_index", array_of(need, multi_index, "multi_index"), 1)
        need.equal(multi_index.shape[0].size, len(shape), why)
        result = multi_index.shape[1:]
    else:
        if not isinstance(multi_index, (list, tuple)):
            need.undecided("the indices are not known")
        need.true(len(multi_index) == len(shape), why, len(multi_index), len(shape))
        parts = [array_of(need, one, "multi_index").shape for one in multi_index]
        stretched = Why("index-shape", "the indices have to broadcast", (("multi_index", None),))
        result = need.broadcast(*parts, why=stretched)
    _has_places(need, shape, result)
    return result


# --- counting ---------------------------------------------------------------------------------


def _weighed(need: Need, weights: Array, name: str, axis: Axis) -> None:
    """Require weights to be as many as the points, at which NumPy does not look without points."""
    empty = need.assume.equal(axis.size, 0)
    if empty:
        return
    same = weights.rank == 1 and need.assume.equal(weights.shape[0].size, axis.size)
    why = Why("broadcast", SAME_LENGTH, (("weights", 0), (name, 0)))
    need.true(None if same is False and empty is None else same, why, weights, axis)


@op(
    dtype="unknown",
    numpy="bincount(x=a, /, weights, minlength)",
    torch="bincount(input=a, weights, minlength)",
    tensor="bincount(weights, minlength)",
)
def bincount(a: Tensor, weights: MaybeTensor = None, minlength: Count = 0, *, need: Need) -> Array:
    """(n), weights (n) -> (k), where k is one more than the greatest number, or `minlength`

    NumPy's manual, "numpy.bincount"; torch's "torch.bincount".
    """
    need.rank("a", a, 1)
    least = need.count(minlength, "minlength")
    if need.library is not NUMPY and weights is not None:
        empty = need.assume.equal(a.shape[0].size, 0)
        if need.decided(empty, "torch does not look at the weights of nothing"):
            return Array((Axis(least),), "int")
    if weights is not None:
        _weighed(need, weights, "a", a.shape[0])
    size = maximum(need.fresh("bins"), least)
    some = weights is not None and need.assume.at_least(a.shape[0].size, 1)
    return Array((Axis(size),), "int" if weights is None else "float" if some else "")


def _edges(need: Need, bins: Any, name: str = "bins") -> tuple[Axis, Axis]:
    """The axes of the bins and of their edges, which are counted, given, or named by a method."""
    if isinstance(bins, str):
        size = need.fresh("bins")
        return Axis(size), Axis(size + 1)
    if is_size(bins):
        why = Why("size-argument", "there has to be a bin", ((name, None),))
        need.at_least(bins, 1, why)
        return Axis(bins), Axis(bins + 1)
    edges = array_of(need, bins, name)
    need.rank(name, edges, 1)
    return Axis(maximum(edges.shape[0].size - 1, 0)), edges.shape[0]


@op(dtype="unknown", numpy="histogram(a, bins, range, density, weights)")
def histogram(
    a: Tensor,
    bins: Anything = 10,
    density: Anything = None,
    weights: MaybeTensor = None,
    *,
    need: Need,
) -> list[Array]:
    """(*s) -> counts (bins), edges (bins + 1)

    NumPy's manual, "numpy.histogram".
    """
    if weights is not None:
        alike(need, "weights", weights, "a", a, "broadcast")
    counts, edges = _edges(need, bins)
    plain = weights is None and density in (None, False)
    return [Array((counts,), "int" if plain else ""), Array((edges,))]


@op(dtype="unknown", numpy="histogram_bin_edges(a, bins, range, weights)")
def histogram_bin_edges(
    a: Tensor, bins: Anything = 10, weights: MaybeTensor = None, *, need: Need
) -> Shape:
    """(*s) -> edges (bins + 1)

    NumPy's manual, "numpy.histogram_bin_edges".
    """
    if weights is not None:
        alike(need, "weights", weights, "a", a, "broadcast")
    return (_edges(need, bins)[1],)


def _edges_of_each(need: Need, bins: Any, count: int) -> list[tuple[Axis, Axis]]:
    """The axes of the bins and of their edges along each of several axes."""
    pairs = [_edges(need, one) for one in _for_each(need, bins, count)]
    for _, edges in pairs:
        why = Why("size-argument", "there has to be an edge", (("bins", None),))
        need.at_least(edges.size, 1, why)
    return pairs


def _for_each(need: Need, bins: Any, count: int) -> list[Any]:
    """The bins along each of several axes."""
    if is_size(bins):
        return [bins] * count
    if isinstance(bins, Array):
        need.undecided("bins are given as one array")
    if not isinstance(bins, (list, tuple)):
        need.undecided("the bins are not known")
    why = Why("size-argument", "there have to be bins for each axis", (("bins", None),))
    need.true(len(bins) == count, why, len(bins), count)
    return list(bins)


@op(dtype="unknown", numpy="histogram2d(x, y, bins, range, density, weights)")
def histogram2d(
    x: Tensor, y: Tensor, bins: Anything = 10, weights: MaybeTensor = None, *, need: Need
) -> list[Array]:
    """(n), (n) -> counts (bins, bins), edges (bins + 1) along each axis

    NumPy's manual, "numpy.histogram2d".
    """
    need.rank("x", x, 1)
    as_long(need, "y", y, "x", x.shape[0])
    if weights is not None:
        _weighed(need, weights, "x", x.shape[0])
    if not is_size(bins):
        given = bins.shape[0].size if isinstance(bins, Array) and not bins.is_open else None
        if isinstance(bins, (list, tuple)):
            given = len(bins)
        if given is None or need.assume.equal(given, 2) is None:
            need.undecided("the bins are not known")
        if given not in (1, 2):
            bins = [bins, bins]  # as NumPy takes them: the edges along both axes
    pairs = _edges_of_each(need, bins, 2)
    return [
        Array(tuple(counts for counts, _ in pairs), "float"),
        *(Array((edges,)) for _, edges in pairs),
    ]


@op(dtype="unknown", numpy="histogramdd(sample, bins, range, density, weights)")
def histogramdd(
    sample: Anything, bins: Anything = 10, weights: MaybeTensor = None, *, need: Need
) -> list[Any]:
    """(n, d) -> counts (bins, …) with d axes, edges (bins + 1) along each

    NumPy's manual, "numpy.histogramdd".
    """
    if isinstance(sample, Array):
        need.rank("sample", array_of(need, sample, "sample"), 0, 1, 2)
        points = sample.shape[0] if sample.rank else UNIT
        many: Size = sample.shape[1].size if sample.rank > 1 else 1
    else:
        rows = array_of(need, sample, "sample")
        need.rank("sample", rows, 0, 1, 2)
        points = rows.shape[-1] if rows.rank else UNIT
        many = rows.shape[0].size if rows.rank > 1 else 1
    if weights is not None:
        _weighed(need, weights, "sample", points)
    why = Why("size-argument", "the points need a coordinate", (("sample", None),))
    need.at_least(many, 1, why)
    pairs = _edges_of_each(need, bins, need.known(many, "the axes"))
    counted = Array(tuple(counts for counts, _ in pairs), "float")
    return [counted, [Array((edges,)) for _, edges in pairs]]


@op(torch="histc(input=a, bins, min, max, *, out)", tensor="histc(bins, min, max)")
def histc(a: Tensor, bins: Count = 100, *, need: Need) -> Shape:
    """(*s) -> (bins)

    torch's "torch.histc".
    """
    return (Axis(need.count(bins, "bins", least=1)),)


@op(
    torch="histogram(input=a, bins, *, range, weight, density, out)",
    tensor="histogram(bins, *, range, weight, density)",
)
def histogram_pair(a: Tensor, bins: Anything, weight: MaybeTensor = None, *, need: Need) -> Record:
    """(*s) -> counts (bins), edges (bins + 1)

    torch's "torch.histogram".
    """
    if weight is not None:
        text = "there has to be a weight for each element"
        why = Why("broadcast", text, (("weight", None), ("a", None)))
        need.equal(product(weight.sizes), product(a.sizes), why)
    counts, edges = _edges(need, bins)
    why = Why("size-argument", "there has to be a bin", (("bins", None),))
    need.at_least(edges.size, 2, why)
    return Record(("hist", "bin_edges"), (Array((counts,)), Array((edges,))))


OPS = family(globals())
