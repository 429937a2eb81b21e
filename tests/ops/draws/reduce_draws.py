"""Random calls of the ops in `shapecheck.ops.reduce`, `summary`, `norms`."""

import math

from oracle import SIZES, Arr, axes, axis, shape, stretchable

KINDS = ("float", "float", "float", "int", "bool", "complex")


def maybe(rng, call, chance=0.4, **values):
    """The call with some of the values."""
    return call | {name: value for name, value in values.items() if rng.random() < chance}


def dims(rng, rank):
    """None, one axis, several, or none at all; now and then one that there is not."""
    if rng.random() < 0.05:
        return ()
    return (*range(rank), rng.randint(0, rank)) if rng.random() < 0.12 else axes(rng, rank)


def dim(rng, rank):
    """One axis; now and then one that there is not."""
    return axis(rng, rank) if rng.random() < 0.95 else rng.choice((rank, -rank - 1))


def reduction(*extra, kinds=KINDS, single=False, absent=0.3, where=False, sizes=SIZES, out=0.15):
    """A drawer of a reduction.

    `single`: of one axis at most. `absent`: how often no axis is passed. `where`: whether NumPy's
    takes a mask. `extra`: those of ``keepdim``, ``out`` that are passed, too.
    """

    def draw(rng, library):
        a = Arr(shape(rng, sizes=sizes), rng.choice(kinds), low=1)
        call = {"a": a}
        rank = len(a.sizes)
        if rng.random() >= absent:
            call["dim"] = dim(rng, rank) if single else dims(rng, rank)
        if "keepdim" in extra and ("dim" in call or library == "numpy"):
            call = maybe(rng, call, keepdim=rng.random() < 0.7)
        if library == "numpy" and where:
            call = maybe(rng, call, 0.2, where=Arr(stretchable(rng, a.sizes), "bool"))
            if "where" in call and where == "initial":
                call["initial"] = 1
        if "out" in extra and library == "numpy" and rng.random() < out:
            call["out"] = Arr(reduced(a.sizes, call.get("dim"), call.get("keepdim", False)))
        return call

    return draw


def reduced(sizes, dim, keepdim=False):
    """The sizes that are left when some axes are reduced."""
    many = range(len(sizes)) if dim is None else dim if isinstance(dim, tuple) else (dim,)
    places = {one % max(len(sizes), 1) for one in many}
    return tuple(
        1 if at in places else n for at, n in enumerate(sizes) if keepdim or at not in places
    )


FLOATS = ("float",)
REAL = ("float", "float", "int", "bool")


def flagged(rng, library):
    return {"a": Arr(shape(rng)), "unbiased": rng.random() < 0.5}


def average(rng, library):
    call = reduction("keepdim", kinds=("float", "int"))(rng, library)
    sizes, dim = call["a"].sizes, call.get("dim")
    if rng.random() < 0.6:
        places = (dim,) if isinstance(dim, int) else dim
        here = [one for one in places or () if -len(sizes) <= one < len(sizes)]
        along = tuple(sizes[one] for one in here)
        call["weights"] = Arr(sizes if places is None or rng.random() < 0.4 else along)
    return maybe(rng, call, 0.3, returned=True)


def torch_out(drawer, kind="float"):
    """The same, with torch's `out` sometimes: it takes any shape."""

    def draw(rng, library):
        call = drawer(rng, library)
        return maybe(rng, call, 0.1, out=Arr(shape(rng), kind)) if library == "torch" else call

    return draw


def of_two(rng, library):
    whole = shape(rng, 1, 4)
    return {name: Arr(stretchable(rng, whole)) for name in "ab"}


def quantile(rng, library):
    call = reduction("keepdim", "out", kinds=FLOATS, absent=0.2, out=0.05)(rng, library)
    q = rng.choice(((), (), (), (2,), (rng.choice(SIZES),), (2, 3)))
    if "out" in call:
        call["out"] = Arr((*q, *call["out"].sizes))
    return call | {"q": Arr(q)}


def quantile_along(rng, library):
    call = reduction("keepdim", kinds=FLOATS, single=True, sizes=(1, 2, 3, 4))(rng, library)
    q = rng.choice((0.5, Arr(()), Arr((rng.choice(SIZES),)), Arr((2,))))
    return call | {"q": q}


ORDERS = (None, 1, 2, -1, -2, math.inf, -math.inf, 0, 3)
MATRIX_ORDERS = (None, "fro", "nuc", 1, 2, -1, -2, math.inf, -math.inf)


def norm(rng, library):
    sizes = shape(rng, sizes=rng.choice((SIZES, (1, 2, 3))))
    call = {"a": Arr(sizes)}
    way = rng.random()
    if way < 0.35 and len(sizes) > 1:
        call["dim"] = tuple(
            one - len(sizes) if rng.random() < 0.4 else one
            for one in rng.sample(range(len(sizes)), 2)
        )
        call["_ord"] = rng.choice((*MATRIX_ORDERS, "f", 3))
    elif way < 0.7:
        call["dim"] = axis(rng, len(sizes))
        call["_ord"] = rng.choice((*ORDERS, *ORDERS, "fro"))
    else:
        call["_ord"] = rng.choice((*ORDERS, *MATRIX_ORDERS, None, None, None))
    if call["_ord"] is None and rng.random() < 0.5:
        del call["_ord"]
    if rng.random() < 0.1:
        call["dim"] = rng.choice((None, dims(rng, len(sizes))))
    return maybe(rng, call, keepdim=rng.random() < 0.7)


def vector_norm(rng, library):
    call = reduction("keepdim", kinds=FLOATS)(rng, library)
    return maybe(rng, call, 0.6, _ord=rng.choice((1, 2, 2.0, 3, 0, -1, math.inf, -math.inf)))


def norm_of_any(rng, library):
    call = vector_norm(rng, library)
    return maybe(rng, call, 0.3, _ord=rng.choice(("fro", "nuc")))


def matrix_norm(rng, library):
    sizes = (*shape(rng, 0, 2), rng.choice(SIZES), rng.choice(SIZES))
    call = {"a": Arr(sizes)}
    if library == "torch" and rng.random() < 0.5:
        call["dim"] = tuple(
            one - len(sizes) if rng.random() < 0.4 else one
            for one in rng.sample(range(len(sizes)), 2)
        )
    call = maybe(rng, call, keepdim=rng.random() < 0.7)
    return maybe(rng, call, 0.7, _ord=rng.choice((*MATRIX_ORDERS[1:], 3)))


def renorm(rng, library):
    sizes = shape(rng, 2, 4)
    return {"a": Arr(sizes), "_p": 2, "dim": axis(rng, len(sizes)), "_maxnorm": 1.0}


def logsumexp(rng, library):
    sizes = shape(rng)
    dim = dims(rng, len(sizes))
    dim = axis(rng, len(sizes)) if dim is None else dim
    return maybe(rng, {"a": Arr(sizes), "dim": dim}, keepdim=rng.random() < 0.7)


def softmax(rng, library):
    sizes = shape(rng)
    return {"a": Arr(sizes), "dim": axis(rng, len(sizes))}


def glu(rng, library):
    sizes = [*shape(rng, 0, 3)]
    place = rng.randint(0, len(sizes))
    sizes.insert(place, 2 * rng.randint(0, 3))
    call = {"a": Arr(tuple(sizes)), "dim": rng.choice((place, place - len(sizes)))}
    if place == len(sizes) - 1 and rng.random() < 0.4:
        del call["dim"]
    return call


def dist(rng, library):
    return maybe(rng, of_two(rng, library), _p=rng.choice((1, 2, 0, math.inf, -1)))


def cosine(rng, library):
    whole = shape(rng, 1, 4)
    call = {name: Arr(stretchable(rng, whole)) for name in "ab"}
    rank = max(len(one.sizes) for one in call.values())
    if rank < 2 or rng.random() < 0.6:
        call["dim"] = axis(rng, rank)
    return call


def normalize(rng, library):
    sizes = shape(rng, 1, 4)
    call = {"a": Arr(sizes)}
    if len(sizes) < 2 or rng.random() < 0.6:
        call["dim"] = axis(rng, len(sizes)) if rng.random() < 0.8 else dims(rng, len(sizes))
    return maybe(rng, call, 0.3, _p=rng.choice((1, 2.0, math.inf)))


def trapezoid(rng, library):
    sizes = shape(rng, 1, 3)
    call = {"y": Arr(sizes)}
    dim = -1
    if rng.random() < 0.6:
        call["dim"] = dim = axis(rng, len(sizes))
    if rng.random() < 0.7:
        x = rng.choice(((sizes[dim],), sizes, stretchable(rng, sizes)))
        call["x"] = Arr(x)
    return call


def ufunc(*kinds, initial=False, **more):
    def draw(rng, library):
        where = "initial" if initial else True
        call = reduction("keepdim", "out", kinds=kinds, where=where, **more)(rng, library)
        if initial:
            call = maybe(rng, call, 0.1, initial=1)
        return call

    return draw


def masked_reduction(rng, library):
    call = reduction("keepdim", kinds=FLOATS, sizes=(1, 2, 3, 4))(rng, library)
    if "dim" in call and call["dim"] == ():
        del call["dim"]
    if rng.random() < 0.5:
        call["mask"] = Arr(stretchable(rng, call["a"].sizes), "bool")
    return call


DRAWS = {
    "sum": torch_out(reduction("keepdim", "out", where=True)),
    "prod": torch_out(reduction("keepdim", single=True)),
    "mean": torch_out(reduction("keepdim", "out", where=True)),
    "nanmean": reduction("keepdim", "out"),
    "spread": torch_out(reduction("keepdim", "out", where=True)),
    "nan_spread": reduction("keepdim", "out"),
    "spread_whole": flagged,
    "spread_and_mean": reduction("keepdim", kinds=FLOATS),
    "spread_and_mean_whole": flagged,
    "average": average,
    "any": torch_out(reduction("keepdim", "out", where=True), "bool"),
    "count_nonzero": reduction("keepdim"),
    "extrema": torch_out(reduction("keepdim", "out", kinds=REAL, where="initial")),
    "extremum_along": reduction("keepdim", kinds=REAL, single=True, absent=0),
    "extremum": reduction(kinds=REAL, absent=1, sizes=(0, 1, 2)),
    "extremum_of_two": of_two,
    "aminmax": reduction("keepdim", kinds=REAL, single=True),
    "ptp": reduction("keepdim", "out", kinds=("float", "int")),
    "argmax": reduction("keepdim", kinds=REAL, single=True),
    "median": reduction("keepdim", "out", kinds=REAL, out=0.05),
    "nanmedian": reduction("keepdim", "out", kinds=REAL, out=0.05),
    "median_along": reduction("keepdim", kinds=("float", "int"), single=True, absent=0),
    "mode": reduction("keepdim", kinds=REAL, single=True),
    "quantile": quantile,
    "nanquantile": quantile,
    "quantile_along": quantile_along,
    "norm": norm,
    "norm_of_either": norm,
    "vector_norm": vector_norm,
    "norm_of_any": norm_of_any,
    "matrix_norm": matrix_norm,
    "renorm": renorm,
    "logsumexp": torch_out(logsumexp),
    "softmax": softmax,
    "gumbel_softmax": softmax,
    "glu": glu,
    "dist": dist,
    "cosine_similarity": cosine,
    "normalize": normalize,
    "trapezoid": trapezoid,
    "trapezoid_along": trapezoid,
    "cumulative_trapezoid": trapezoid,
    "reduce_sum": ufunc("float", "int", "bool"),
    "reduce_logical": ufunc("float", "int", "bool"),
    "reduce_with_identity": ufunc("float", "int"),
    "reduce_extrema": ufunc("float", "int", initial=True),
    "reduce_in_order": ufunc("float", "int", single=True),
    "masked_reduction": masked_reduction,
}
