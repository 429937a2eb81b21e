"""Random calls of the ops in `shapecheck.ops.einops`."""

import math
import re

from oracle import Arr, shape

NAMES = ("b", "c", "h", "w", "dim", "h1", "n_heads")
SIZES = (1, 1, 2, 2, 3, 4)


def grouped(rng, names):
    """Names put into groups at random, with a 1 among them at times."""
    groups, left = [], list(names)
    while left:
        count = rng.choice((1, 1, 1, 2, 3))
        groups.append([left.pop(0) for _ in range(min(count, len(left)))])
    if rng.random() < 0.12:
        groups.insert(rng.randint(0, len(groups)), rng.choice((["1"], [])))
    return groups


def written(groups, rest=None):
    """Groups as text; a group of one name has no parentheses."""
    return " ".join(
        group if isinstance(group, str) else group[0] if len(group) == 1 else f"({' '.join(group)})"
        for group in groups
    )


def side_sizes(groups, sizes, rest):
    found = []
    for group in groups:
        if group == "...":
            found += rest
        else:
            found.append(math.prod(sizes.get(name, 1) for name in group))
    return tuple(found)


def broken(rng, pattern):
    """The pattern with one thing wrong, at times."""
    if rng.random() > 0.12:
        return pattern
    kind = rng.randrange(4)
    if kind == 0:
        return pattern.replace("->", rng.choice(("", "-> x ->", "->  zz", ",")))
    if kind == 1:
        found = list(re.finditer(r"[a-z]\w*", pattern))
        if found:
            one = rng.choice(found)
            return pattern[: one.start()] + rng.choice(("b", "q", "_x", "2")) + pattern[one.end() :]
    at = rng.randrange(max(len(pattern), 1))
    return pattern[:at] + rng.choice(("(", ")", ".", " ", "1 ", "... ")) + pattern[at:]


def sides(rng, operation):
    names = rng.sample(NAMES, rng.randint(0, 5))
    sizes = {name: rng.choice(SIZES) for name in names}
    if rng.random() < 0.08 and names:
        sizes[names[0]] = 0
    left = grouped(rng, names)
    rest = []
    after = names[:]
    new = {}
    if operation == "reduce":
        after = rng.sample(after, rng.randint(0, len(after)))
        if rng.random() < 0.1:
            left.append([rng.choice(("2", "3"))])
    if operation == "repeat":
        new = {
            name: rng.choice((0, 1, 2, 3)) for name in rng.sample(("r", "r2"), rng.randint(0, 2))
        }
        after += [name if rng.random() < 0.8 else str(new.pop(name) + 2) for name in list(new)]
    rng.shuffle(after)
    right = grouped(rng, after)
    if rng.random() < 0.25:
        rest = [rng.choice(SIZES) for _ in range(rng.randint(0, 2))]
        left.insert(rng.randint(0, len(left)), "...")
        if operation != "reduce" or rng.random() < 0.8:
            place = rng.randint(0, len(right))
            if right and rng.random() < 0.2 and right[place - 1] != ["1"]:
                right[place - 1] = [*right[place - 1], "..."]
            else:
                right.insert(place, "...")
    given = dict(new)
    for group in left:
        if group == "...":
            continue
        named = [name for name in group if name in sizes]
        for name in rng.sample(named, max(len(named) - 1, 0)):
            given[name] = sizes[name]
        if named and rng.random() < 0.15:
            name = rng.choice(named)
            given[name] = sizes[name]
    numbers = {text: int(text) for group in left for text in group if text.isdecimal()}
    array = Arr(side_sizes(left, sizes | numbers, rest))
    if rng.random() < 0.04:
        given["other"] = 2
    if rng.random() < 0.04 and given:
        del given[rng.choice(list(given))]
    if rng.random() < 0.15 and given:
        name = rng.choice(list(given))
        given[name] = max(0, given[name] + rng.choice((-1, 1, 2)))
    return array, broken(rng, f"{written(left)} -> {written(right)}"), given


def listed(rng, array):
    """The array as a list of arrays, at times."""
    if array.sizes and array.sizes[0] and rng.random() < 0.08:
        return [Arr(array.sizes[1:])] * array.sizes[0]
    return array


def rearrange(rng, library):
    array, pattern, given = sides(rng, "rearrange")
    return {"x": listed(rng, array), "_pattern": pattern, "_sizes": given}


def rearrange_layer(rng, library):
    array, pattern, given = sides(rng, "rearrange")
    return {"x": array, "_pattern": pattern, "_sizes": given}


def repeat(rng, library):
    array, pattern, given = sides(rng, "repeat")
    return {"x": listed(rng, array), "_pattern": pattern, "_sizes": given}


def reduce(rng, library):
    array, pattern, given = sides(rng, "reduce")
    reduction = rng.choice(("min", "max", "sum", "mean", "prod", "any", "all", "mode"))
    return {
        "x": listed(rng, array),
        "_pattern": pattern,
        "_reduction": reduction if reduction != "mode" or rng.random() < 0.3 else "mean",
        "_sizes": given,
    }


def reduce_layer(rng, library):
    return (
        reduce(rng, library) | {"x": sides(rng, "reduce")[0]} if rng.random() < 0.1 else _layer(rng)
    )


def _layer(rng):
    array, pattern, given = sides(rng, "reduce")
    reduction = rng.choice(("min", "max", "sum", "mean", "prod"))
    return {"x": array, "_pattern": pattern, "_reduction": reduction, "_sizes": given}


def einsum(rng, library):
    names = rng.sample(NAMES, rng.randint(1, 5))
    sizes = {name: rng.choice((0, *SIZES)) for name in names}
    rest = [rng.choice(SIZES) for _ in range(rng.choice((0, 0, 1, 2)))]
    terms, operands = [], []
    for _ in range(rng.randint(1, 3)):
        term = rng.sample(names, rng.randint(0, min(3, len(names))))
        found = [[1 if rng.random() < 0.08 else sizes[name]] for name in term]
        if rest and rng.random() < 0.8:
            at = rng.randint(0, len(term))
            term.insert(at, "...")
            found.insert(at, rest)
        terms.append(" ".join(term))
        operands.append(Arr(tuple(n for group in found for n in group)))
    used = sorted({name for term in terms for name in term.split()})
    output = rng.sample(used, rng.randint(0, len(used)))
    if "..." in used and "..." not in output:
        output.append("...")
    pattern = broken(rng, f"{', '.join(terms)} -> {' '.join(output)}")
    return {"arguments": (*operands, pattern)}


def parse_shape(rng, library):
    names = rng.sample(NAMES, rng.randint(0, 4))
    sizes = [rng.choice((0, *SIZES)) for _ in names]
    tokens = ["_" if rng.random() < 0.2 else name for name in names]
    if rng.random() < 0.2:
        at = rng.randint(0, len(tokens))
        number = rng.randint(1, 3)
        tokens.insert(at, str(number))
        sizes.insert(at, number)
    if rng.random() < 0.3:
        at = rng.randint(0, len(tokens))
        tokens.insert(at, "...")
        sizes[at:at] = shape(rng, 0, 2)
    return {"x": Arr(tuple(sizes)), "_pattern": broken(rng, " ".join(tokens))}


def packing(rng):
    before, after = shape(rng, 0, 2), shape(rng, 0, 1)
    names = rng.sample(NAMES, len(before) + len(after))
    pattern = [*names[: len(before)], "*", *names[len(before) :]]
    if rng.random() < 0.05:
        pattern[rng.randrange(len(pattern))] = rng.choice(("*", "b", "1", "_"))
    return before, after, " ".join(pattern), [shape(rng, 0, 2) for _ in range(rng.randint(1, 3))]


def pack(rng, library):
    before, after, pattern, shapes = packing(rng)
    return {"tensors": [Arr((*before, *one, *after)) for one in shapes], "_pattern": pattern}


def unpack(rng, library):
    before, after, pattern, shapes = packing(rng)
    total = sum(math.prod(one) for one in shapes)
    shapes = [list(one) for one in shapes]
    if rng.random() < 0.3:
        one = rng.choice(shapes)
        if one:
            one[rng.randrange(len(one))] = -1
    kept = [tuple(one) for one in shapes]
    return {"x": Arr((*before, total, *after)), "packed_shapes": kept, "_pattern": pattern}


DRAWS = {
    "einops_rearrange": rearrange,
    "einops_rearrange_layer": rearrange_layer,
    "einops_repeat": repeat,
    "einops_reduce": reduce,
    "einops_reduce_layer": reduce_layer,
    "einops_einsum": einsum,
    "einops_parse_shape": parse_shape,
    "einops_pack": pack,
    "einops_unpack": unpack,
}
