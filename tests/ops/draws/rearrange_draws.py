"""Random calls of the ops in `shapecheck.ops.rearrange`, `expand`, `parts`."""

import math

from oracle import SIZES, Arr, axes, axis, shape, stretchable

SMALL = (1, 1, 2, 2, 3, 4)


def array(rng, low=0, high=4, sizes=SIZES, dtype="float"):
    """An array; its axes lie in any order in memory, now and then."""
    found = shape(rng, low, high, sizes)
    if len(found) > 1 and rng.random() < 0.3:
        return Arr(found, dtype, order=tuple(rng.sample(range(len(found)), len(found))))
    return Arr(found, dtype)


def regrouped(rng, sizes):
    """Another shape with the same number of elements, mostly cut between the same axes."""
    if rng.random() < 0.2:
        return factors(rng, math.prod(sizes))
    new = []
    for size in sizes:
        kind = rng.random()
        if kind < 0.25 and new:
            new[-1] *= size
        elif kind < 0.5:
            new += factors(rng, size)
        else:
            new.append(size)
    if math.prod(new) == 1 and rng.random() < 0.5:
        new = [1] * rng.randint(0, 3)
    return tuple(new)


def factors(rng, size):
    """Some sizes with a product."""
    if size == 0:
        return tuple(rng.sample((0, rng.choice(SIZES)), rng.choice((1, 2))) or [0])
    found = []
    while size > 1 and rng.random() < 0.8:
        one = rng.choice([d for d in range(1, size + 1) if size % d == 0])
        found.append(one)
        size //= one
    return (*found, size)


def freed(rng, sizes, chance=0.4):
    """The sizes, one of them perhaps -1."""
    if not sizes or rng.random() > chance:
        return sizes
    at = rng.randrange(len(sizes))
    return (*sizes[:at], -1, *sizes[at + 1 :])


def _reshape(rng, library):
    a = array(rng)
    return {"a": a, "shape": freed(rng, regrouped(rng, a.sizes)) or (1,)}


def reshape(rng, library):
    call = _reshape(rng, library)
    if math.prod(call["a"].sizes) != math.prod(call["shape"]) and -1 not in call["shape"]:
        return None  # (0,) of one shape
    if library == "numpy" and rng.random() < 0.2:
        call["order"] = rng.choice("FA")
    return call


def view(rng, library):
    return reshape(rng, library)


def reshape_as(rng, library):
    a = array(rng)
    return {"a": a, "other": Arr(regrouped(rng, a.sizes))}


def resize_deprecated(rng, library):
    a = array(rng)
    return {"a": a, "shape": regrouped(rng, a.sizes) or (1,)}


def flatten(rng, library):
    a = array(rng)
    ends = sorted((axis(rng, len(a.sizes)), axis(rng, len(a.sizes))))
    if rng.random() < 0.7:
        rank = max(len(a.sizes), 1)
        ends.sort(key=lambda one: one % rank)
    names = ("start_dim", "end_dim")
    return {"a": a} | {name: at for name, at in zip(names, ends, strict=True) if rng.random() < 0.7}


def ravel(rng, library):
    call = {"a": array(rng)}
    return call | ({"order": rng.choice("CFAK")} if library == "numpy" else {})


def unflatten(rng, library):
    a = array(rng, 1)
    at = axis(rng, len(a.sizes))
    return {"a": a, "dim": at, "sizes": freed(rng, factors(rng, a.sizes[at]))}


def resize(rng, library):
    new = shape(rng, 1)
    if rng.random() < 0.2:
        new = (*new, rng.choice((-1, -2)))
    return {"a": array(rng), "shape": new}


def resize_in_place(rng, library):
    return {"a": Arr(shape(rng)), "shape": resize(rng, library)["shape"], "_refcheck": False}


def resize_storage_as(rng, library):
    return {"a": Arr(shape(rng)), "other": Arr(shape(rng))}


def _order(rng, rank, always=True):
    found = rng.sample(range(rank), rank)
    return tuple(one - rank if rng.random() < 0.3 else one for one in found)


def permute(rng, library):
    a = array(rng, 1)
    return {"a": a, "dims": _order(rng, len(a.sizes))}


def transpose(rng, library):
    a = array(rng, 0 if library == "torch" else 1)
    if rng.random() < 0.3:
        return {"a": a}
    return {"a": a, "dims": _order(rng, len(a.sizes))}


def unary(rng, library):
    return {"a": array(rng)}


def matrix(rng, library):
    return {"a": array(rng, 1, 3)}


def swap_axes(rng, library):
    a = array(rng)
    return {"a": a, "dim0": axis(rng, len(a.sizes)), "dim1": axis(rng, len(a.sizes))}


def moveaxis(rng, library):
    a = array(rng)
    rank = len(a.sizes)
    if rng.random() < 0.5 or not rank:
        return {"a": a, "source": axis(rng, rank), "destination": axis(rng, rank)}
    count = rng.randint(0, rank)
    return {"a": a, "source": _order(rng, rank)[:count], "destination": _order(rng, rank)[:count]}


def rollaxis(rng, library):
    a = array(rng, 1)
    rank = len(a.sizes)
    return {"a": a, "dim": axis(rng, rank), "start": rng.randint(-rank, rank)}


def squeeze(rng, library):
    a = array(rng, sizes=(0, 1, 1, 1, 2, 3))
    rank = len(a.sizes)
    if rng.random() < 0.4:
        dim = axes(rng, rank)
        return {"a": a} if dim is None else {"a": a, "dim": dim}
    units = [at for at, size in enumerate(a.sizes) if size == 1]
    chosen = tuple(rng.sample(units, rng.randint(0, len(units))))
    return {"a": a, "dim": chosen[0] if len(chosen) == 1 else chosen}


def unsqueeze(rng, library):
    a = array(rng)
    return {"a": a, "dim": axis(rng, len(a.sizes) + 1)}


def expand_dims(rng, library):
    a = array(rng, 0, 3)
    count = rng.randint(1, 2)
    rank = len(a.sizes) + count
    found = _order(rng, rank)[:count]
    return {"a": a, "dim": found[0] if count == 1 else found}


def many(rng, library):
    return {"_arrays": tuple(array(rng) for _ in range(rng.randint(2, 3)))}


def _expand(rng, library, low=1):
    target = shape(rng, low)
    own = stretchable(rng, target)
    rank, lead = len(own), len(target) - len(own)
    order = tuple(rng.sample(range(rank), rank)) if rng.random() < 0.3 else ()
    return Arr(own, order=order), target, lead


def expand(rng, library):
    a, target, lead = _expand(rng, library)
    if library == "torch" and rng.random() < 0.4:
        kept = [
            -1 if at >= lead and size == a.sizes[at - lead] and rng.random() < 0.6 else size
            for at, size in enumerate(target)
        ]
        target = tuple(kept)
    return {"a": a, "shape": target}


def expand_as(rng, library):
    a, target, _ = _expand(rng, library, 0)
    return {"a": a, "other": Arr(target)}


def broadcast_arrays(rng, library):
    target = shape(rng, 0, 3)
    count = rng.randint(1, 3)
    others = [Arr(shape(rng, 1, 3))] if rng.random() < 0.25 else []
    return {"arrays": (*(Arr(stretchable(rng, target)) for _ in range(count)), *others)}


def repeat_tensor(rng, library):
    a = array(rng, 0, 3)
    rank = len(a.sizes) + rng.choice((0, 0, 1))
    repeats = tuple(rng.choice(SIZES) for _ in range(rank)) or (2,)
    return {"a": a, "repeats": repeats[1:] if rng.random() < 0.1 and rank > 1 else repeats}


def tile(rng, library):
    repeats = tuple(rng.choice(SMALL) for _ in range(rng.randint(1, 3)))
    return {"a": array(rng, 0, 3), "repeats": (*repeats, -1) if rng.random() < 0.2 else repeats}


def repeat(rng, library):
    a = array(rng, 0, 3)
    rank = len(a.sizes)
    at = axis(rng, rank) if rng.random() < 0.7 else None
    kind = rng.random()
    size = math.prod(a.sizes) if at is None else a.sizes[at] if rank else 1
    if kind < 0.5:
        repeats = rng.choice(SIZES)
    elif kind < 0.7 and library == "numpy":
        repeats = [rng.choice((0, 1, 2)) for _ in range(rng.choice((1, size)))]
    else:
        repeats = Arr(rng.choice(((size,), (size,), (1,), ())), "int")
    return {"a": a, "repeats": repeats} | ({} if at is None else {"dim": at})


def repeated_indices(rng, library):
    return {"repeats": Arr(shape(rng, 1, 1), "int")}


def flip(rng, library):
    a = array(rng)
    dims = axes(rng, len(a.sizes))
    if dims is None and library == "torch":
        dims = 0 if a.sizes else ()
    if library == "torch" and isinstance(dims, int):
        dims = (dims,)
    return {"a": a, "dim": dims} if dims != () or library == "numpy" else None


def rot90(rng, library):
    a = array(rng, 2)
    rank = len(a.sizes)
    return {"a": a, "k": rng.randint(-2, 3), "dims": _order(rng, rank)[:2]}


def roll(rng, library):
    a = array(rng)
    rank = len(a.sizes)
    if rng.random() < 0.2:
        return {"a": a, "shifts": rng.randint(-2, 2)}
    if rng.random() < 0.5:
        return {"a": a, "shifts": rng.randint(-2, 2), "dim": axis(rng, rank)}
    dims = tuple(axis(rng, rank) for _ in range(rng.randint(1, 3)))
    return {"a": a, "shifts": tuple(rng.randint(-2, 2) for _ in dims), "dim": dims}


def narrow(rng, library):
    a = array(rng, 1)
    at = axis(rng, len(a.sizes))
    start = rng.randint(0, a.sizes[at])
    length = rng.randint(0, a.sizes[at] - start)
    start -= a.sizes[at] if rng.random() < 0.3 and start < a.sizes[at] else 0
    return {"a": a, "dim": at, "start": start, "length": length}


def select(rng, library):
    a = array(rng, 1)
    at = axis(rng, len(a.sizes))
    size = max(a.sizes[at], 1)
    return {"a": a, "dim": at, "index": rng.randrange(-size, size)}


def diagonal(rng, library):
    a = array(rng, 2)
    one, other = _order(rng, len(a.sizes))[:2]
    call = {"a": a, "dim1": one, "dim2": other}
    if len(a.sizes) == 2 and rng.random() < 0.3:
        call = {"a": a}
    return call | ({"offset": rng.randint(-3, 3)} if rng.random() < 0.5 else {})


def linalg_diagonal(rng, library):
    call = {"a": array(rng, 1)}
    return call | ({"offset": rng.randint(-3, 3)} if rng.random() < 0.5 else {})


def diag(rng, library):
    call = {"a": array(rng, 1, 2) if rng.random() < 0.9 else array(rng)}
    return call | ({"offset": rng.randint(-3, 3)} if rng.random() < 0.5 else {})


def diagflat(rng, library):
    call = {"a": array(rng, 0, 3, SMALL)}
    return call | ({"offset": rng.randint(-3, 3)} if rng.random() < 0.5 else {})


def diag_embed(rng, library):
    a = array(rng, 1, 3)
    one, other = _order(rng, len(a.sizes) + 1)[:2]
    call = {"a": a, "dim1": one, "dim2": other}
    return call | ({"offset": rng.randint(-3, 3)} if rng.random() < 0.5 else {})


def triangle(rng, library):
    call = {"a": array(rng, rng.choice((0, 1, 2, 2, 2)))}
    return call | ({"k": rng.randint(-3, 3)} if rng.random() < 0.5 else {})


def unfold_axis(rng, library):
    a = array(rng)
    at = axis(rng, len(a.sizes))
    size = a.sizes[at] if a.sizes else 1
    return {"a": a, "dim": at, "window": rng.randint(0, size), "step": rng.randint(1, 3)}


def sliding_window_view(rng, library):
    a = array(rng, 1)
    rank = len(a.sizes)
    if rng.random() < 0.3:
        return {"a": a, "window": tuple(rng.randint(0, size) for size in a.sizes)}
    dims = tuple(axis(rng, rank) for _ in range(rng.randint(1, 3)))
    window = tuple(rng.randint(0, min(a.sizes[at], 2)) for at in dims)
    return {"a": a, "window": window, "dim": dims}


def as_strided(rng, library):
    new = shape(rng, 1, 3)
    stride = tuple(rng.choice((0, 1, 1, 2, 3)) for _ in new)
    offset = rng.choice((0, 0, 1, 2))
    last = sum((n - 1) * step for n, step in zip(new, stride, strict=True)) + 1 + offset
    call = {"a": Arr((max(last, 0) + 20,)), "shape": new, "stride": stride}
    return call | ({"storage_offset": offset} if rng.random() < 0.5 else {})


def as_strided_bytes(rng, library):
    new = shape(rng, 1, 3)
    call = {"a": Arr(shape(rng, 1))}
    if rng.random() < 0.8:
        call["shape"] = new
    if rng.random() < 0.6:
        call["strides"] = tuple(8 * rng.randint(-1, 3) for _ in call.get("shape", call["a"].sizes))
    if "shape" in call and rng.random() < 0.1:
        call["shape"] = (*call["shape"], -1)
    return call


DRAWS = {
    "reshape": reshape,
    "view": view,
    "view_dtype": unary,
    "reshape_as": reshape_as,
    "view_as": reshape_as,
    "resize_deprecated": resize_deprecated,
    "flatten": flatten,
    "ravel": ravel,
    "unflatten": unflatten,
    "resize": resize,
    "resize_in_place": resize_in_place,
    "resize_storage": resize,
    "resize_storage_as": resize_storage_as,
    "permute": permute,
    "transpose": transpose,
    "reversed_axes": unary,
    "swap_axes": swap_axes,
    "matrix_transpose": matrix,
    "hermitian": matrix,
    "transpose_matrix": unary,
    "moveaxis": moveaxis,
    "rollaxis": rollaxis,
    "squeeze": squeeze,
    "unsqueeze": unsqueeze,
    "expand_dims": expand_dims,
    "atleast_1d": unary,
    "atleast_2d": unary,
    "atleast_3d": unary,
    "atleast_1d_of_many": many,
    "atleast_2d_of_many": many,
    "atleast_3d_of_many": many,
    "expand": expand,
    "expand_copy": expand,
    "expand_as": expand_as,
    "broadcast_arrays": broadcast_arrays,
    "repeat_tensor": repeat_tensor,
    "tile": tile,
    "repeat": repeat,
    "repeated_indices": repeated_indices,
    "flip": flip,
    "flipud": unary,
    "fliplr": matrix,
    "rot90": rot90,
    "roll_array": roll,
    "roll_tensor": roll,
    "narrow": narrow,
    "select": select,
    "diagonal": diagonal,
    "linalg_diagonal": linalg_diagonal,
    "diag": diag,
    "diagflat": diagflat,
    "diag_embed": diag_embed,
    "trace": diagonal,
    "linalg_trace": linalg_diagonal,
    "trace_matrix": matrix,
    "triangle": triangle,
    "unfold_axis": unfold_axis,
    "sliding_window_view": sliding_window_view,
    "as_strided": as_strided,
    "as_strided_bytes": as_strided_bytes,
}
