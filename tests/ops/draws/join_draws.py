"""Random calls of the ops in `shapecheck.ops.join`, `divide` and `edit`."""

from oracle import Arr, axis, shape, stretchable

SMALL = (0, 1, 1, 2, 2, 3)


def laid(rng, sizes, dtype="float"):
    """An array whose axes lie in any order in memory, now and then."""
    if len(sizes) > 1 and rng.random() < 0.3:
        return Arr(sizes, dtype, order=tuple(rng.sample(range(len(sizes)), len(sizes))))
    return Arr(sizes, dtype)


def beside(rng, sizes, at, count):
    """Arrays that fit beside each other along an axis."""
    made = []
    for _ in range(count):
        other = list(sizes)
        if other:
            other[at] = rng.choice(SMALL)
        made.append(laid(rng, tuple(other), rng.choice(("float", "float", "float", "int"))))
    return made


def several(rng):
    return rng.choice((1, 2, 2, 2, 3, 3, 4))


def cat(rng, library):
    sizes = shape(rng, 0 if rng.random() < 0.1 else 1, 4)
    at = axis(rng, len(sizes))
    arrays = beside(rng, sizes, at, several(rng) if rng.random() < 0.97 else 0)
    if rng.random() < 0.15:
        arrays.insert(rng.randint(0, len(arrays)), Arr((rng.choice((0, 0, 0, 1)),)))
    return {"tensors": arrays} | ({"dim": at} if rng.random() < 0.8 or at else {})


def concatenate(rng, library):
    if rng.random() < 0.12:
        arrays = [laid(rng, shape(rng)) for _ in range(several(rng))]
        return {"tensors": arrays, "dim": None}
    return cat(rng, library)


def along(place):
    """A drawer of lists whose arrays are joined at an axis, some with less axes than others."""

    def draw(rng, library):
        sizes = shape(rng, 0, 4)
        at = min(place, len(sizes) - 1) if sizes else 0
        arrays = beside(rng, sizes, at, several(rng) if rng.random() < 0.97 else 0)
        if sizes and rng.random() < 0.3:  # of fewer axes, which new ones make up for
            less = sizes[1:] if place == 0 else sizes[:-1]
            arrays.insert(rng.randint(0, len(arrays)), Arr(less))
        if rng.random() < 0.06:
            arrays.append(Arr((0,)))
        return {"tensors": arrays}

    return draw


def stack(rng, library):
    sizes = shape(rng)
    arrays = [laid(rng, sizes) for _ in range(several(rng) if rng.random() < 0.97 else 0)]
    at = axis(rng, len(sizes) + 1)
    return {"tensors": arrays} | ({"dim": at} if rng.random() < 0.8 else {})


def block_diag(rng, library):
    most = 2 if rng.random() < 0.6 else 3
    return {"tensors": tuple(Arr(shape(rng, 0, most)) for _ in range(rng.randint(0, 3)))}


def block(rng, library):
    if rng.random() < 0.1:
        return {"rows": nest(rng, 2, 1)}
    width, rank = rng.randint(1, 5), rng.choice((1, 2, 2, 3))
    lead = shape(rng, rank - 2, rank - 2) if rank > 2 else ()
    rows = []
    for _ in range(rng.randint(1, 3)):
        height, left = rng.randint(0, 3), width
        row = []
        while left or not row:
            part = rng.randint(0 if left == 0 else 1, left)
            left -= part
            size = (*lead, height, part) if rank > 1 else (part,)
            row.append(Arr(size))
            if rank > 1 and height == 1 and not lead and rng.random() < 0.4:
                row[-1] = Arr((part,))
            if part == 1 and height == 1 and not lead and rng.random() < 0.3:
                row[-1] = 0.5
        rows.append(row)
    if rng.random() < 0.25:
        return {"rows": rows[0] if rng.random() < 0.8 else rows[0][0]}
    if rng.random() < 0.1:
        rows = [rows, rows]
    return {"rows": rows}


def nest(rng, depth, least):
    """Nested lists, not always equally deep."""
    if depth == 0 or rng.random() < 0.1:
        return Arr(shape(rng, least, 2, (1, 2)))
    return [nest(rng, depth - 1, least) for _ in range(rng.choice((0, 1, 2, 2)))]


# --- cutting ----------------------------------------------------------------------------------


def cut(rng, low=0):
    """An array and one of its axes: a large one, often."""
    sizes = list(shape(rng, low if rng.random() < 0.1 else max(low, 1), 4))
    at = axis(rng, len(sizes))
    if sizes and rng.random() < 0.5:
        sizes[at] = rng.choice((2, 4, 6, 8, 9, 12))
    return laid(rng, tuple(sizes)), at, (sizes[at] if sizes else 1)


def named(rng, call, at):
    return call | ({"dim": at} if at or rng.random() < 0.5 else {})


def summed(rng, size):
    """Sizes that add up to a size."""
    made = []
    while size or not made:
        part = rng.randint(0, size)
        made.append(part)
        size -= part
        if rng.random() < 0.1:
            break
    return tuple(made)


def split_with_sizes(rng, library):
    a, at, size = cut(rng)
    return named(rng, {"a": a, "sizes": summed(rng, size)}, at)


def split(rng, library):
    if rng.random() < 0.4:
        return split_with_sizes(rng, library)
    a, at, size = cut(rng)
    step = rng.choice((-1, 0, 1, 2, 3, 4, size, size, size // 2, size // 3))
    return named(rng, {"a": a, "sizes": step}, at)


def chunk(rng, library):
    a, at, size = cut(rng)
    return named(rng, {"a": a, "chunks": rng.choice((-1, 0, 1, 2, 2, 3, 4, 5, 7, size))}, at)


def parts(rng, size, library):
    """A number of parts, or indices between them."""
    if rng.random() < 0.4:
        made = [rng.randint(-size - 2, size + 2) for _ in range(rng.randint(0, 3))]
        made = sorted(made) if rng.random() < 0.5 else made
        return made if rng.random() < 0.7 else tuple(made)
    divisors = [one for one in range(1, size + 1) if size % one == 0]
    return rng.choice((0, -1, 1, 2, 3, 5, size or 1, *divisors, *divisors))


def tensor_split(rng, library):
    a, at, size = cut(rng)
    return named(rng, {"a": a, "parts": parts(rng, size, library)}, at)


def split_at(place):
    def draw(rng, library):
        sizes = list(shape(rng, place + 1 if rng.random() < 0.9 else 0, 4))
        at = min(place, len(sizes) - 1)
        if sizes:
            sizes[at] = rng.choice((0, 1, 2, 3, 4, 6, 6, 8))
        size = sizes[at] if sizes else 1
        return {"a": laid(rng, tuple(sizes)), "parts": parts(rng, size, library)}

    return draw


def unbind(rng, library):
    a, at, _ = cut(rng)
    return named(rng, {"a": a}, at)


# --- putting in and leaving out ---------------------------------------------------------------


def append(rng, library):
    if rng.random() < 0.2:
        return {"a": laid(rng, shape(rng)), "values": rng.choice((0.5, [1, 2, 3], Arr(shape(rng))))}
    sizes = shape(rng, 1, 4)
    at = axis(rng, len(sizes))
    one, other = beside(rng, sizes, at, 2)
    return {"a": one, "values": other, "dim": at}


def whole(rng, library):
    """An array, one of its axes, and the size along it; all of it as one axis, now and then."""
    sizes = shape(rng, 0 if rng.random() < 0.1 else 1, 3)
    if rng.random() < 0.25:
        size = 1
        for one in sizes:
            size *= one
        return Arr(sizes), {}, (size,), 0
    at = axis(rng, len(sizes))
    return Arr(sizes), {"dim": at}, sizes, at


def place(rng, size, upto):
    return rng.randint(-size, max(upto, -size)) if rng.random() < 0.9 else size + 2


def delete(rng, library):
    a, call, sizes, at = whole(rng, library)
    size = sizes[at] if sizes else 1
    kind = rng.random()
    if kind < 0.4:
        where = place(rng, size, size - 1)
    elif kind < 0.6:
        where = [place(rng, size, size - 1) for _ in range(rng.randint(0, 3))]
        where = where if rng.random() < 0.5 else tuple(where)
    elif kind < 0.8:
        ends = (rng.choice((None, 0, 1, -1, size, -2, size + 1)) for _ in range(2))
        where = slice(*ends, rng.choice((None, 1, 2, -1, -2)))
    elif kind < 0.9:
        where = [rng.random() < 0.5 for _ in range(size + (rng.random() < 0.2))]
    else:
        where = Arr((size + (rng.random() < 0.2),), "bool")
    return {"a": a, "places": where} | call


def insert(rng, library):
    a, call, sizes, at = whole(rng, library)
    size = sizes[at] if sizes else 1
    if rng.random() < 0.6:
        where = place(rng, size, size)
        where = where if rng.random() < 0.7 else [where]
        count = rng.choice((1, 1, 2, 3))
    else:
        count = rng.choice((0, 2, 3))
        where = [place(rng, size, size) for _ in range(count)]
    new = list(sizes) or [1]
    new[at] = count
    if isinstance(where, int):  # the values' own first axis lies along it
        new.insert(0, new.pop(at))
        if count == 1 and rng.random() < 0.5:
            new.pop(0)
    values = 0.5 if rng.random() < 0.3 else Arr(stretchable(rng, new))
    return {"a": a, "places": where, "values": values} | call


DRAWS = {
    "cat": cat,
    "concatenate": concatenate,
    "hstack": along(1),
    "vstack": along(0),
    "dstack": along(2),
    "column_stack": along(1),
    "stack": stack,
    "block_diag": block_diag,
    "block": block,
    "split": split,
    "split_with_sizes": split_with_sizes,
    "chunk": chunk,
    "tensor_split": tensor_split,
    "array_split": tensor_split,
    "split_evenly": tensor_split,
    "hsplit": split_at(1),
    "vsplit": split_at(0),
    "dsplit": split_at(2),
    "unbind": unbind,
    "append": append,
    "insert": insert,
    "delete": delete,
}
