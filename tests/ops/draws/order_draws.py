"""Random calls of the ops in `shapecheck.ops.order`, `search`, `pairs`."""

import numpy as np
from oracle import SIZES, Arr, axis, shape, stretchable

KINDS = ("float", "float", "int", "bool")
FLOATS = ("float", "float", "complex")


def size(rng):
    return rng.choice(SIZES)


def maybe(rng, call, chance=0.4, **values):
    """The call with some of the values."""
    return call | {name: value for name, value in values.items() if rng.random() < chance}


def array(rng, low=0, high=4, kinds=KINDS):
    return Arr(shape(rng, low, high), rng.choice(kinds))


def beside(rng, rank):
    """One axis; now and then one that there is not."""
    return axis(rng, rank) if rng.random() < 0.85 else rng.choice((rank, -rank - 1))


def along(*, absent=0.3, kinds=KINDS, none=False, low=0, **more):
    """A drawer of an array and an axis, which is None at times if `none`."""

    def draw(rng, library):
        a = array(rng, low, kinds=kinds)
        call = {"a": a}
        if rng.random() >= absent:
            call["dim"] = None if none and rng.random() < 0.2 else beside(rng, len(a.sizes))
        return maybe(rng, call, 0.3, **more)

    return draw


def cumulate(rng, library):
    call = along()(rng, library)
    sizes = call["a"].sizes
    if rng.random() < 0.15:
        # Out of reach of `mutated`: NumPy 2.4 crashes where it accumulates into an array of rank 0.
        fitting = (sizes or (1,)) if "dim" in call else (int(np.prod(sizes)),)
        call["_out"] = Arr(fitting if rng.random() < 0.7 else shape(rng, 1))
    return call


def end(rng, sizes, place, scalars):
    """What is joined to an array at one end."""
    if scalars and rng.random() < 0.4:
        return Arr(())
    return Arr((*sizes[:place], size(rng), *sizes[place + 1 :]))


def diff(rng, library):
    a = array(rng, int(rng.random() < 0.8))
    call = maybe(rng, {"a": a}, n=rng.choice((0, 1, 1, 2, 3)))
    place = len(a.sizes) - 1
    if a.sizes and rng.random() < 0.6:
        call["dim"] = axis(rng, len(a.sizes))
        place = call["dim"] % len(a.sizes)
    for name in ("prepend", "append"):
        if a.sizes and rng.random() < 0.2:
            call[name] = end(rng, a.sizes, place, library == "numpy")
    return call


def ediff1d(rng, library):
    call = {"a": Arr(shape(rng))}
    return maybe(rng, call, to_end=Arr(shape(rng, 0, 2)), to_begin=Arr(shape(rng, 0, 2)))


def gradient(rng, library):
    a = Arr(shape(rng, sizes=(2, 3, 4, 5)), rng.choice(("float", "int", "complex")))
    rank = len(a.sizes)
    call = {"a": a}
    places = list(range(rank))
    if rng.random() < 0.5:
        places = rng.sample(places, rng.randint(0, rank))
        one = len(places) == 1 and rng.random() < 0.5
        call["dim"] = places[0] if one else tuple(places)
    kind = rng.random()
    if kind < 0.3:
        call["spacing"] = (0.5,) if library == "numpy" else 0.5
    elif kind < 0.5:
        call["spacing"] = tuple(0.5 for _ in places)
    elif kind < 0.7:
        call["spacing"] = tuple(Arr((a.sizes[one],)) for one in places)
    if not call.get("spacing", True):
        del call["spacing"]
    return maybe(rng, call, 0.2, edge_order=rng.choice((1, 2)))


def partition(rng, library, none=True):
    a = array(rng, int(rng.random() < 0.8))
    call = {"a": a}
    n = a.sizes[-1] if a.sizes else 1
    if rng.random() < 0.6:
        call["dim"] = None if none and rng.random() < 0.3 else axis(rng, len(a.sizes))
        n = int(np.prod(a.sizes))
        if call["dim"] is not None and a.sizes:
            n = a.sizes[call["dim"]]
    kth = rng.randrange(-n, n) if n else 0
    call["kth"] = rng.choice((kth, kth, (kth,), [kth, 0]))
    return call


def partition_inplace(rng, library):
    return partition(rng, library, none=False)


def lexsort(rng, library):
    sizes = shape(rng, 0, 3)
    keys = [Arr(sizes) for _ in range(rng.randint(1, 3))]
    call = {"keys": Arr((len(keys), *sizes)) if rng.random() < 0.3 else tuple(keys)}
    return maybe(rng, call, dim=axis(rng, len(sizes)))


def topk(rng, library):
    a = Arr(shape(rng, int(rng.random() < 0.8)))
    call = {"a": a}
    n = a.sizes[-1] if a.sizes else 1
    if rng.random() < 0.6:
        call["dim"] = axis(rng, len(a.sizes))
        n = a.sizes[call["dim"]] if a.sizes else 1
    return call | {"k": rng.randint(0, n)}


def kthvalue(rng, library):
    call = topk(rng, library)
    return maybe(rng, call | {"k": call["k"] or 1}, keepdim=rng.random() < 0.5)


def unique(rng, library):
    a = array(rng, int(rng.random() < 0.7), 3)
    call = {"a": a}
    for name in ("return_index", "return_inverse", "return_counts"):
        if (name != "return_index" or library == "numpy") and rng.random() < 0.4:
            call[name] = rng.random() < 0.8
    return call | ({"dim": beside(rng, len(a.sizes))} if rng.random() < 0.7 else {})


def one(rng, library):
    return {"a": Arr(shape(rng))}


def two(rng, library):
    return {"a": Arr(shape(rng)), "b": Arr(shape(rng))}


def intersect1d(rng, library):
    return maybe(rng, two(rng, library), return_indices=rng.random() < 0.7)


def isin(rng, library):
    call = two(rng, library)
    if rng.random() < 0.3:
        call[rng.choice("ab")] = 2.0
    return call


def searchsorted(rng, library):
    n = size(rng)
    call = {"a": Arr((n,)), "v": Arr(shape(rng)) if rng.random() < 0.8 else 0.5}
    return maybe(rng, call, 0.2, sorter=Arr((n,), "int", high=1))


def searchsorted_stacked(rng, library):
    if rng.random() < 0.4:
        return searchsorted(rng, library)
    sizes, n, m = shape(rng, 1, 3), size(rng), size(rng)
    call = {"a": Arr((*sizes, n)), "v": Arr((*sizes, m))}
    return maybe(rng, call, 0.2, sorter=Arr((*sizes, n), "int", high=1))


def bucketize(rng, library):
    return {"v": Arr(shape(rng)) if rng.random() < 0.8 else 0.5, "a": Arr((size(rng),))}


def digitize(rng, library):
    return {"v": Arr(shape(rng)), "a": Arr((size(rng),), "int", high=1)}


def unravel_index(rng, library):
    sizes = shape(rng, 0, 3)
    indices = Arr(shape(rng, 0, 2) if sizes or rng.random() < 0.3 else (), "int", high=1)
    sizes = (*sizes, -1) if rng.random() < 0.1 else sizes
    return {"indices": indices, "shape": sizes}


def ravel_multi_index(rng, library):
    sizes, whole = shape(rng, 1, 3), shape(rng, 0, 2)
    if rng.random() < 0.4:
        return {"multi_index": Arr((len(sizes), *whole), "int", high=1), "shape": sizes}
    indices = tuple(Arr(stretchable(rng, whole), "int", high=1) for _ in sizes)
    return {"multi_index": indices, "shape": sizes}


def bincount(rng, library):
    n = size(rng)
    call = {"a": Arr((n,), "int")}
    return maybe(rng, call, weights=Arr((n,)), minlength=rng.choice((0, 1, 5)))


def bins(rng):
    return rng.choice((1, 2, 3, 5, Arr((size(rng),), "int", high=1)))


def histogram(rng, library):
    a = Arr(shape(rng, 0, 3))
    call = maybe(rng, {"a": a}, 0.7, bins=rng.choice((bins(rng), bins(rng), bins(rng), "sturges")))
    return maybe(rng, call, 0.3, weights=Arr(a.sizes), density=True)


def histogram_bin_edges(rng, library):
    call = histogram(rng, library)
    call.pop("density", None)
    return call


def histogram2d(rng, library):
    n = size(rng)
    both = (bins(rng), bins(rng))
    call = maybe(rng, {"x": Arr((n,)), "y": Arr((n,))}, 0.7, bins=rng.choice((3, 4, both)))
    return maybe(rng, call, 0.2, weights=Arr((n,)))


def histogramdd(rng, library):
    n, d = size(rng), rng.randint(1, 3)
    kind = rng.random()
    rows = [Arr((n,)) for _ in range(d)]
    sample = rows if kind < 0.3 else Arr((n, d)) if kind < 0.9 or d > 1 else Arr((n,))
    each = tuple(bins(rng) for _ in range(d))
    call = maybe(rng, {"sample": sample}, 0.8, bins=rng.choice((3, 4, each)))
    return maybe(rng, call, 0.2, weights=Arr((n,)))


def histogram_pair(rng, library):
    a = Arr(shape(rng, 0, 3))
    edges = Arr((rng.randint(2, 4),), values=None)
    return maybe(rng, {"a": a, "bins": rng.choice((1, 2, 5, edges))}, weight=Arr(a.sizes))


def cov(rng, library):
    n, m = size(rng), size(rng)
    call = {"a": Arr((n, m) if rng.random() < 0.8 else (m,) if rng.random() < 0.8 else ())}
    if rng.random() < 0.1:
        return {"a": Arr((n, m, 2))}
    observations = m
    if library == "numpy" and rng.random() < 0.4:
        call["rowvar"] = rng.random() < 0.5
        if not call["rowvar"] and len(call["a"].sizes) > 1:
            observations = n
    if library == "numpy" and rng.random() < 0.3:
        y = (size(rng), observations)
        if not call.get("rowvar", True) and rng.random() < 0.5:
            y = y[::-1]
        call["y"] = Arr(y if rng.random() < 0.7 else (observations,))
    return call


def weighed_cov(rng, library):
    call = cov(rng, library)
    sizes = call["a"].sizes
    turned = not call.get("rowvar", True) and len(sizes) > 1
    n = sizes[0 if turned else -1] if sizes else 1
    return maybe(rng, call, 0.2, fweights=Arr((n,), "int", low=1, high=2), aweights=Arr((n,)))


def cdist(rng, library):
    batch, d = shape(rng, 0, 2), size(rng)
    a, b = (Arr((*stretchable(rng, batch), size(rng), d)) for _ in range(2))
    return maybe(rng, {"a": a, "b": b}, p=rng.choice((1.0, 2.0)))


def slid(rng, library):
    call = {name: Arr((rng.randint(1, 5),)) for name in "av"}
    return maybe(rng, call, 0.6, mode=rng.choice(("full", "same", "valid")))


def apply_along_axis(rng, library):
    return {"_function": np.sum, **along(absent=0)(rng, library)}


def apply_over_axes(rng, library):
    a = Arr(shape(rng, 1, 3))
    reach = len(a.sizes) + (rng.random() < 0.2)
    many = [axis(rng, reach) for _ in range(rng.randint(1, 2))]
    return {"_function": np.sum, "a": a, "dims": tuple(many)}


DRAWS = {
    "cumulate": cumulate,
    "cumulate_along": along(absent=0),
    "cumulate_floats": along(absent=0, kinds=("float",)),
    "cumulate_extrema": along(absent=0, kinds=("float", "int")),
    "cumulative": along(absent=0.4, include_initial=True),
    "accumulate": along(none=True),
    "diff": diff,
    "ediff1d": ediff1d,
    "gradient": gradient,
    "gradient_along": gradient,
    "sort": along(none=True),
    "sort_inplace": along(),
    "argsort": along(none=True),
    "sort_along": along(),
    "argsort_along": along(),
    "partition": partition,
    "partition_inplace": partition_inplace,
    "argpartition": partition,
    "lexsort": lexsort,
    "topk": topk,
    "kthvalue": kthvalue,
    "unique": unique,
    "unique_along": unique,
    "set_operation": two,
    "intersect1d": intersect1d,
    "isin": isin,
    "searchsorted": searchsorted,
    "searchsorted_stacked": searchsorted_stacked,
    "bucketize": bucketize,
    "digitize": digitize,
    "unravel_index": unravel_index,
    "ravel_multi_index": ravel_multi_index,
    "bincount": bincount,
    "histogram": histogram,
    "histogram_bin_edges": histogram_bin_edges,
    "histogram2d": histogram2d,
    "histogramdd": histogramdd,
    "histc": lambda rng, library: {"a": Arr(shape(rng)), "bins": rng.choice((-1, 0, 1, 2, 5))},
    "histogram_pair": histogram_pair,
    "cov": weighed_cov,
    "cov_of_rows": cov,
    "corrcoef": cov,
    "cdist": cdist,
    "convolve": slid,
    "correlate": slid,
    "apply_along_axis": apply_along_axis,
    "apply_over_axes": apply_over_axes,
    "vectorize": lambda rng, library: {"_function": np.sum},
}
