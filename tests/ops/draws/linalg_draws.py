"""Random calls of the ops in `shapecheck.ops.linalg`."""

from oracle import SIZES, Arr, axis, shape, stretchable


def size(rng):
    return rng.choice(SIZES)


def matmul(rng, library):
    batch = shape(rng, 0, 2)
    n, k, m = (size(rng) for _ in range(3))
    a = Arr((*stretchable(rng, batch), n, k) if rng.random() < 0.8 else (k,))
    b = Arr((*stretchable(rng, batch), k, m) if rng.random() < 0.8 else (k,))
    return {"a": a, "b": b}


def imatmul(rng, library):
    batch = shape(rng, 0, 2)
    n, k = size(rng), size(rng)
    a = Arr((*batch, n, k) if rng.random() < 0.8 else (k,))
    return {"a": a, "b": Arr((*(stretchable(rng, batch) if len(a.sizes) > 1 else ()), k, k))}


def mm(rng, library):
    n, k, m = (size(rng) for _ in range(3))
    return {"a": Arr((n, k)), "b": Arr((k, m))}


def bmm(rng, library):
    n, k, m, b = (size(rng) for _ in range(4))
    return {"a": Arr((b, n, k)), "b": Arr((b, k, m))}


def mv(rng, library):
    n, k = size(rng), size(rng)
    return {"a": Arr((n, k)), "b": Arr((k,))}


def matvec(rng, library):
    batch, n, k = shape(rng, 0, 2), size(rng), size(rng)
    return {"a": Arr((*stretchable(rng, batch), n, k)), "b": Arr((*stretchable(rng, batch), k))}


def vecmat(rng, library):
    call = matvec(rng, library)
    a, b = call["a"].sizes, call["b"]
    return {"a": b, "b": Arr((*a[:-2], a[-1], a[-2]))}


def dot_1d(rng, library):
    k = size(rng)
    return {"a": Arr((k,)), "b": Arr((k,))}


def outer_1d(rng, library):
    return {"a": Arr((size(rng),)), "b": Arr((size(rng),))}


def with_summand(product, result, in_place=False):
    """A drawer of a product to which a stretched array is added."""

    def draw(rng, library):
        call = product(rng, library)
        sizes = result(call["a"].sizes, call["b"].sizes)
        return {"c": Arr(sizes if in_place else stretchable(rng, sizes)), **call}

    return draw


SUMMANDS = {
    "addmm": (mm, lambda a, b: (a[0], b[1])),
    "baddbmm": (bmm, lambda a, b: (a[0], a[1], b[2])),
    "addbmm": (bmm, lambda a, b: (a[1], b[2])),
    "addmv": (mv, lambda a, b: (a[0],)),
    "addr": (outer_1d, lambda a, b: (a[0], b[0])),
}


def dot(rng, library):
    k = size(rng)
    a = rng.choice(((), (k,), (*shape(rng, 1, 2), k), (*shape(rng, 1, 2), k)))
    b = rng.choice(((), (k,), (k, size(rng)), (*shape(rng, 1, 2), k, size(rng))))
    return {"a": Arr(a), "b": Arr(b)}


def vdot(rng, library):
    sizes = list(shape(rng, 0, 3))
    a = tuple(sizes)
    rng.shuffle(sizes)
    return {"a": Arr(a), "b": Arr((*sizes, 1) if rng.random() < 0.2 else tuple(sizes))}


def vecdot(rng, library):
    batch, k = shape(rng, 0, 2), size(rng)
    call = {"a": Arr((*stretchable(rng, batch), k)), "b": Arr((*stretchable(rng, batch), k))}
    if rng.random() < 0.4:
        if rng.random() < 0.5:
            call = {"a": Arr((*batch, k)), "b": Arr((*batch, k))}
        call["dim"] = axis(rng, min(len(one.sizes) for one in call.values()))
    return call


def inner(rng, library):
    k = size(rng)
    a, b = (Arr((*shape(rng, 0, 2), k) if rng.random() < 0.9 else ()) for _ in range(2))
    return {"a": a, "b": b}


def tensordot(rng, library):
    k, s, t = (list(shape(rng, 0, 2)) for _ in range(3))
    if rng.random() < 0.5:
        call = {"a": Arr((*s, *k)), "b": Arr((*k, *t))}
        if len(k) != 2 or rng.random() < 0.5:
            call["dims"] = len(k)
        return call
    a, b = [(n, None) for n in s], [(n, None) for n in t]
    for number, n in enumerate(k):
        a.insert(rng.randint(0, len(a)), (n, number))
        b.insert(rng.randint(0, len(b)), (n, number))
    places = [[[m for _, m in one].index(number) for number in range(len(k))] for one in (a, b)]
    places = [
        [p - len(one) if rng.random() < 0.3 else p for p in found]
        for found, one in zip(places, (a, b))
    ]
    if library == "numpy" and len(k) == 1 and rng.random() < 0.5:
        places = [found[0] for found in places]
    return {
        "a": Arr(tuple(n for n, _ in a)),
        "b": Arr(tuple(n for n, _ in b)),
        "dims": rng.choice((tuple, list))(places),
    }


def multi_dot(rng, library):
    sizes = [size(rng) for _ in range(rng.randint(3, 5))]
    arrays = [Arr(pair) for pair in zip(sizes, sizes[1:])]
    if rng.random() < 0.3:
        arrays[0] = Arr(arrays[0].sizes[1:])
    if rng.random() < 0.3:
        arrays[-1] = Arr(arrays[-1].sizes[:1])
    return {"arrays": arrays}


def chain_matmul(rng, library):
    sizes = [size(rng) for _ in range(rng.randint(2, 5))]
    return {"matrices": tuple(Arr(pair) for pair in zip(sizes, sizes[1:]))}


def cross(rng, library):
    batch = shape(rng, 0, 2)
    call = {}
    for name in "ab":
        sizes = list(stretchable(rng, batch))
        place = len(sizes)
        if rng.random() < 0.3:
            place = axis(rng, len(sizes) + 1)
            call[f"axis{name}"] = place
        sizes.insert(place % (len(sizes) + 1), 3)
        call[name] = Arr(tuple(sizes))
    if rng.random() < 0.3:
        call["axisc"] = axis(rng, min(len(call["a"].sizes), len(call["b"].sizes)))
    if rng.random() < 0.3:
        call["dim"] = axis(rng, min(len(call["a"].sizes), len(call["b"].sizes)))
    return call


def cross_3d(rng, library):
    batch = shape(rng, 0, 2)
    return {name: Arr((*stretchable(rng, batch), 3)) for name in "ab"} | (
        {"dim": -1} if rng.random() < 0.3 else {}
    )


def cross_along(rng, library):
    sizes = list(shape(rng, 0, 2))
    place = rng.randint(0, len(sizes))
    arrays = {}
    for name in "ab":
        own = [1 if rng.random() < 0.2 else n for n in sizes]
        own.insert(place, 3)
        arrays[name] = Arr(tuple(own))
    dim = place - len(sizes) - 1 if rng.random() < 0.5 else place
    return arrays if place == len(sizes) and rng.random() < 0.3 else arrays | {"dim": dim}


def cross_first(rng, library):
    call = cross_along(rng, library)
    if rng.random() < 0.5:
        call.pop("dim", None)
    return call


DRAWS = {
    **{name: with_summand(*how) for name, how in SUMMANDS.items()},
    **{f"{name}_inplace": with_summand(*how, in_place=True) for name, how in SUMMANDS.items()},
    "matmul": matmul,
    "imatmul": imatmul,
    "mm": mm,
    "bmm": bmm,
    "mv": mv,
    "matvec": matvec,
    "vecmat": vecmat,
    "dot": dot,
    "dot_1d": dot_1d,
    "vdot": vdot,
    "vecdot": vecdot,
    "vecdot_stretched": vecdot,
    "inner": inner,
    "outer_1d": outer_1d,
    "tensordot": tensordot,
    "multi_dot": multi_dot,
    "chain_matmul": chain_matmul,
    "cross": cross,
    "cross_3d": cross_3d,
    "cross_along": cross_along,
    "cross_first": cross_first,
}
