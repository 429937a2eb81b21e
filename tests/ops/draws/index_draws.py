"""Random calls of the ops in `shapecheck.ops.index`."""

import warnings

from oracle import Arr, converted, shape, stretchable


def bound(rng, size):
    return rng.choice((None, 0, 1, -1, rng.randint(-size - 2, size + 2)))


def a_slice(rng, size, library):
    kind = rng.random()
    if kind < 0.4:
        return slice(None)
    if kind < 0.6:
        return slice(bound(rng, size), bound(rng, size))
    step = rng.choice((None, 1, 2, 3, 2) if library == "torch" else (None, 1, 2, 3, -1, -2, -3))
    if rng.random() < 0.02:
        step = rng.choice((0, -1))
    return slice(bound(rng, size), bound(rng, size), step)


def an_int(rng, size):
    return rng.randrange(-size, size) if size else 0


def listed(rng, size):
    """A list, a range or nested lists of indices in range."""
    count = rng.randint(0, 3) if size else 0
    made = [an_int(rng, size) for _ in range(count)]
    if size and rng.random() < 0.2:
        return range(rng.randint(0, size))
    return [made, made] if rng.random() < 0.15 else made


def several(rng, index, library):
    """Whether torch may take a list for several indices: that depends on its version."""
    return library == "torch" and isinstance(index, list) and isinstance((index or [0])[0], list)


def parts(rng, sizes, library):
    """The parts of an index: some of the axes are read by slices, numbers, arrays and masks."""
    made = []
    place = 0
    style = rng.choice(("basic", "arrays", "mixed", "masks"))
    together = shape(rng, 0, 2, (0, 1, 2, 3, 3))  # what index arrays are stretched to
    upto = len(sizes) if rng.random() < 0.5 else rng.randint(0, len(sizes))
    while place < upto:
        size = sizes[place]
        kind = rng.random()
        if rng.random() < 0.08:
            made.append(None)
        if rng.random() < 0.04 and style != "basic":
            made.append(rng.choice((True, True, False)))
        if style == "basic" or kind < 0.4:
            made.append(a_slice(rng, size, library) if rng.random() < 0.65 else an_int(rng, size))
        elif style == "masks" and kind < 0.8:
            more = rng.randint(0 if rng.random() < 0.1 else 1, len(sizes) - place)
            made.append(Arr(sizes[place : place + more], "bool"))
            place += more
            continue
        elif kind < 0.5:
            made.append(listed(rng, size))
        elif kind < 0.55:
            made.append([rng.random() < 0.5 for _ in range(size)])
        else:
            made.append(Arr(stretchable(rng, together), "int", high=1))
        place += 1
    if rng.random() < 0.3:
        at = rng.randint(0, len(made))
        covered = sum(one is not None and not isinstance(one, bool) for one in made[:at])
        shorter = rng.random() < 0.7 and style == "basic" and len(sizes) == upto
        if shorter and at < len(made) and covered:
            made[rng.randrange(at)] = ...
            made[:] = [one for n, one in enumerate(made) if one is not ... or n == made.index(...)]
        else:
            made.insert(at, ...)
    if rng.random() < 0.02:
        made.insert(rng.randint(0, len(made)), ...)
    return made


def index_of(rng, sizes, library):
    made = parts(rng, sizes, library)
    if len(made) == 1 and rng.random() < 0.8 and not several(rng, made[0], library):
        return made[0]
    return tuple(made)


def getitem(rng, library):
    sizes = shape(rng, 0, 4)
    return {"a": Arr(sizes), "index": index_of(rng, sizes, library)}


def setitem(rng, library):
    call = getitem(rng, library)
    read = converted(call["index"], lambda one: one.real(library))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = tuple(call["a"].real(library)[read].shape)
    except (IndexError, ValueError):
        found = shape(rng)
    value = (1,) * (rng.randint(0, 2) if rng.random() < 0.2 else 0) + stretchable(rng, found)
    return {**call, "value": 0.5 if rng.random() < 0.1 else Arr(value)}


DRAWS = {"getitem": getitem, "setitem": setitem}
