"""Random calls of the ops in `shapecheck.ops.gather`."""

from oracle import SIZES, Arr, axis, shape, stretchable

SMALL = (0, 1, 1, 2, 3)


def beside(rng, rank):
    """One axis; now and then one that there is not."""
    return axis(rng, rank) if rng.random() < 0.93 else rng.choice((rank, -rank - 1))


def indices(sizes, high=1):
    return Arr(tuple(sizes), "int", high=high)


def smaller(rng, sizes, skip=None):
    """A shape that is no larger along any axis but one."""
    return tuple(
        rng.choice(SMALL) if place == skip else rng.randint(min(1, size), size)
        for place, size in enumerate(sizes)
    )


def swapped(sizes, place, *new):
    return (*sizes[:place], *new, *sizes[place + 1 :])


def along(rng, low=0, sizes=SIZES):
    """An array's shape, one of its axes, and its place from the front."""
    found = shape(rng, low, 4, sizes)
    dim = beside(rng, len(found))
    return found, dim, dim % len(found) if found else 0


# --- gather and scatter -----------------------------------------------------------------------


def gather(rng, library):
    sizes, dim, place = along(rng)
    return {"a": Arr(sizes), "dim": dim, "index": indices(smaller(rng, sizes, place))}


def scatter(rng, library):
    call = gather(rng, library)
    more = tuple(one + rng.choice((0, 0, 0, 1)) for one in call["index"].sizes)
    return call | {"src": Arr(more)}


def scatter_reduce(rng, library):
    return scatter(rng, library) | {"_reduce": rng.choice(("sum", "amax"))}


def scatter_value(rng, library):
    return gather(rng, library) | {"value": 0.5}


# --- along one axis ---------------------------------------------------------------------------


def vector(rng, count):
    """Indices along one axis: one of them may do without."""
    return indices(() if count == 1 and rng.random() < 0.3 else (count,))


def index_select(rng, library):
    sizes, dim, _ = along(rng)
    return {"a": Arr(sizes), "dim": dim, "index": vector(rng, rng.choice(SMALL) if sizes else 1)}


def index_fill(rng, library):
    value = 0.5 if rng.random() < 0.6 else Arr(()) if rng.random() < 0.8 else Arr((1,))
    return index_select(rng, library) | {"value": value}


def index_add(rng, library):
    call = index_select(rng, library)
    sizes, place = call["a"].sizes, call["dim"] % max(len(call["a"].sizes), 1)
    count = (*call["index"].sizes, 1)[0]
    source = swapped(sizes, place, count) if sizes else ()
    return call | {"source": Arr(source)}


def index_reduce(rng, library):
    return index_add(rng, library) | {"_reduce": rng.choice(("amin", "amax"))}


def index_put(rng, library):
    sizes = shape(rng, 1, 4, (0, 1, 1, 2, 2, 3, 3, 4))
    together = shape(rng, 0, 2, (0, 1, 2, 3, 3))
    if rng.random() < 0.2:
        mask = sizes[: rng.randint(1, len(sizes))]
        values = stretchable(rng, sizes[len(mask) :])
        return {"a": Arr(sizes), "indices": (Arr(mask, "bool"),), "values": Arr(values)}
    several = [stretchable(rng, together) for _ in range(rng.randint(1, len(sizes)))]
    read = tuple(
        next((one[at] for one in several if len(one) >= -at and one[at] != 1), 1)
        for at in range(-max(map(len, several)), 0)
    )
    values = Arr(stretchable(rng, (*read, *sizes[len(several) :])))
    picked = [indices(one) for one in several]
    return {"a": Arr(sizes), "indices": rng.choice((tuple, list))(picked), "values": values}


# --- take and put -----------------------------------------------------------------------------


def take(rng, library):
    sizes = shape(rng)
    call = {"a": Arr(sizes), "indices": indices(shape(rng, 0, 2))}
    if rng.random() < 0.7:
        call["dim"] = beside(rng, len(sizes))
    return call


def take_flat(rng, library):
    return {"a": Arr(shape(rng, 0, 3)), "index": indices(shape(rng, 0, 3))}


def put_elements(rng, library):
    call = take_flat(rng, library)
    count = call["index"].sizes
    turned = tuple(reversed(count)) if rng.random() < 0.4 else count
    return call | {"source": Arr(turned if rng.random() < 0.8 else shape(rng))}


def put(rng, library):
    sizes = shape(rng, 0, 2, (0, 0, 1, 2)) if rng.random() < 0.5 else shape(rng)
    values = Arr(shape(rng, 0, 2)) if rng.random() < 0.7 else 0.5
    return {"a": Arr(sizes), "ind": indices(shape(rng, 0, 2)), "v": values}


def take_along_dim(rng, library, always=False):
    sizes, dim, place = along(rng)
    if not always and rng.random() < 0.2:
        return {"a": Arr(sizes), "indices": indices(shape(rng, 0, 2))}
    own = swapped(sizes, place, rng.choice(SMALL)) if sizes else ()
    if rng.random() < 0.5:
        own = tuple(1 if rng.random() < 0.3 and n != place else one for n, one in enumerate(own))
    return {"a": Arr(sizes), "indices": indices(own), "dim": dim}


def take_along_axis(rng, library):
    call = take_along_dim(rng, library, always=True)
    if rng.random() < 0.15:
        return call | {"indices": indices(shape(rng, 1, 1)), "dim": None}
    return call


def put_along_axis(rng, library):
    call = take_along_axis(rng, library)
    values = 0.5 if rng.random() < 0.3 else Arr(stretchable(rng, call["indices"].sizes))
    return call | {"values": values}


# --- masks ------------------------------------------------------------------------------------


def masked(rng):
    sizes = shape(rng)
    return {"a": Arr(sizes), "mask": Arr(stretchable(rng, sizes), "bool")}


def masked_fill(rng, library):
    value = 0.5 if rng.random() < 0.6 else Arr(()) if rng.random() < 0.8 else Arr((1,))
    return masked(rng) | {"value": value}


def masked_scatter(rng, library):
    call = masked(rng)
    count = 1
    for size in call["a"].sizes:
        count *= size
    return call | {"source": Arr((count + rng.choice((2, 4, 8)),))}


def masked_select(rng, library):
    return masked(rng)


def putmask(rng, library):
    sizes = shape(rng)
    values = Arr((rng.choice((0, 1, 2, 3, 4, 5)),)) if rng.random() < 0.5 else 0.5
    return {"a": Arr(sizes), "mask": Arr(sizes, "bool"), "values": values}


# --- conditions -------------------------------------------------------------------------------


def where(rng, library):
    sizes = shape(rng, 2, 4, (1, 2, 2, 3, 3, 4, 0))
    call = {"condition": Arr(stretchable(rng, sizes), "bool")}
    for name in ("x", "y"):
        kind = rng.choice(("float", "float", "int"))
        call[name] = 0.5 if rng.random() < 0.15 else Arr(stretchable(rng, sizes), kind)
    return call


def where_method(rng, library):
    call = where(rng, library)
    return call | {"x": Arr(stretchable(rng, call["condition"].sizes))}


def nonzero(rng, library):
    return {"a": Arr(shape(rng, 1) if rng.random() < 0.75 else ())}


def compress(rng, library):
    sizes, dim, place = along(rng, 0 if rng.random() < 0.2 else 1)
    size = sizes[place % len(sizes)] if sizes else 1
    call = {"a": Arr(sizes)}
    if rng.random() < 0.7:
        call["dim"] = dim
    else:
        size = 1
        for one in sizes:
            size *= one
    count = rng.randint(0, size) if rng.random() < 0.97 else size + 1
    condition = Arr((count,), "bool")
    return call | {"condition": condition}


def extract(rng, library):
    sizes = shape(rng)
    count = 1
    for one in sizes:
        count *= one
    condition = smaller(rng, sizes) if rng.random() < 0.3 else (rng.randint(0, count),)
    return {"condition": Arr(condition, "bool"), "a": Arr(sizes)}


def choose(rng, library):
    sizes = shape(rng)
    choices = [Arr(stretchable(rng, sizes)) for _ in range(rng.choice((0, 1, 2, 2, 3)))]
    return {"a": indices(stretchable(rng, sizes)), "choices": choices}


def select_choices(rng, library):
    sizes = shape(rng, 0, 3)
    count = rng.choice((0, 1, 2, 2, 3))
    conditions = [Arr(stretchable(rng, sizes), "bool") for _ in range(count)]
    choices = [Arr(stretchable(rng, sizes)) for _ in range(count)]
    call = {"condlist": conditions, "choicelist": choices}
    if rng.random() < 0.3:
        call["default"] = 0.5 if rng.random() < 0.5 else Arr(stretchable(rng, sizes))
    return call


# --- diagonals and grids ----------------------------------------------------------------------


def with_diagonal(rng):
    if rng.random() < 0.5:
        return Arr((rng.choice(SIZES),) * rng.randint(3, 4))
    return Arr(shape(rng, 1 if rng.random() < 0.1 else 2, 3, (1, 1, 2, 3)))


def fill_diagonal(rng, library):
    return {"a": with_diagonal(rng), "val": 0.5 if rng.random() < 0.7 else Arr((2,))}


def fill_diagonal_inplace(rng, library):
    return {"a": with_diagonal(rng), "fill_value": 0.5}


def ix(rng, library):
    arrays = [Arr((rng.choice(SIZES),), rng.choice(("int", "int", "bool"))) for _ in range(3)]
    return {"args": tuple(arrays[: rng.randint(1, 3)])}


DRAWS = {
    "gather": gather,
    "scatter": scatter,
    "scatter_reduce": scatter_reduce,
    "scatter_value": scatter_value,
    "index_select": index_select,
    "index_fill": index_fill,
    "index_add": index_add,
    "index_reduce": index_reduce,
    "index_put": index_put,
    "take": take,
    "take_flat": take_flat,
    "put_elements": put_elements,
    "put": put,
    "take_along_axis": take_along_axis,
    "take_along_dim": take_along_dim,
    "put_along_axis": put_along_axis,
    "masked_fill": masked_fill,
    "masked_fill_inplace": masked_fill,
    "masked_scatter": masked_scatter,
    "masked_scatter_inplace": masked_scatter,
    "masked_select": masked_select,
    "place": putmask,
    "putmask": putmask,
    "where": where,
    "where_method": where_method,
    "nonzero": nonzero,
    "compress": compress,
    "compress_method": compress,
    "extract": extract,
    "choose": choose,
    "select_choices": select_choices,
    "fill_diagonal": fill_diagonal,
    "fill_diagonal_inplace": fill_diagonal_inplace,
    "ix": ix,
}
