"""Repairs that rearrange one operand: its axes turned, put in, dropped, kept, padded."""

from __future__ import annotations

import ast
import copy
import itertools
from typing import TYPE_CHECKING

from shapecheck.advice.remedies import Remedy, escaped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapecheck.advice.scene import Part

MOST_ORDERS = 120  # orders of axes that are looked through: those of five axes
REDUCTIONS = frozenset(
    (
        *("sum", "mean", "max", "min", "amax", "amin", "prod", "std", "var", "norm", "median"),
        *("any", "all", "argmax", "argmin", "logsumexp", "nanmean", "nansum"),
    )
)


def transposed(part: Part) -> Iterator[Remedy]:
    """The last two axes exchanged; of what is a transpose already, the transpose left out."""
    key = part.key
    rank = part.rank
    if rank == 2 and isinstance(part.node, ast.Attribute) and part.node.attr == "T":
        yield Remedy(escaped(ast.unparse(part.node.value)), part.parameter)
    elif rank == 2:
        yield Remedy(f"{{{key}}}.T", part.parameter)
    elif rank > 2:
        yield swapped(part, rank - 2, rank - 1)


def swapped(part: Part, first: int, second: int) -> Remedy:
    """Two axes exchanged."""
    way = "swapaxes" if part.array.library == "numpy" else "transpose"
    return Remedy(f"{{{part.key}}}.{way}({first}, {second})", part.parameter)


def permuted(part: Part, order: Sequence[int]) -> Remedy:
    """The axes in another order; of an exchange of two, the exchange."""
    moved = [at for at, source in enumerate(order) if at != source]
    if len(order) == 2:
        return next(transposed(part))
    if len(moved) == 2:
        return swapped(part, moved[0], moved[1])
    text = ", ".join(map(str, order))
    way = "transpose" if part.array.library == "numpy" else "permute"
    return Remedy(f"{{{part.key}}}.{way}({text})", part.parameter)


def in_order_of(part: Part, sizes: Sequence[object]) -> list[int] | None:
    """The order of an array's axes that gives some sizes, the one that moves least; or None.

    Of axes of one size, the order among themselves is kept.
    """
    if part.rank != len(sizes) or part.rank > 5 or part.sizes == tuple(sizes):
        return None
    left = list(range(part.rank))
    order = []
    for size in sizes:
        at = next((one for one in left if part.sizes[one] == size), None)
        if at is None:
            return None
        left.remove(at)
        order.append(at)
    return order


def with_axis(part: Part, place: int) -> Remedy:
    """A new axis of size 1 at a place counted from 0."""
    key = part.key
    if part.array.library == "torch":
        return Remedy(f"{{{key}}}.unsqueeze({place})", part.parameter)
    index = [":"] * part.rank
    index.insert(place, "None")
    while index and index[-1] == ":":
        index.pop()
    return Remedy(f"{{{key}}}[{', '.join(index)}]", part.parameter)


def without_axis(part: Part, place: int) -> Remedy:
    """An axis of size 1 dropped."""
    return Remedy(f"{{{part.key}}}.squeeze({place})", part.parameter)


def unit_axes(part: Part) -> list[int]:
    """The axes of size 1."""
    return [at for at, size in enumerate(part.sizes) if size == 1]


def lined_up(whole: Part, part: Part) -> Iterator[tuple[int, ...]]:
    """The places of an array's axes in a larger one where their sizes agree, the rightmost first.

    Broadcasting lines up from the right, so that an array that keeps its last axis last is the
    likelier reading.
    """
    if not 0 < part.rank < whole.rank or whole.rank > 5:
        return
    ways = itertools.combinations(range(whole.rank), part.rank)
    for places in sorted(ways, key=lambda one: one[::-1], reverse=True):
        if all(size in (whole.sizes[at], 1) for at, size in zip(places, part.sizes, strict=True)):
            yield places


def placed(part: Part, places: Sequence[int], rank: int) -> Remedy:
    """An array with axes of size 1 put in, so that its axes stand at some places."""
    missing = [at for at in range(rank) if at not in places]
    if part.array.library == "torch" and len(missing) == 1:
        return with_axis(part, missing[0])
    index = [":" if at in places else "None" for at in range(places[0], rank)]
    if ":" in index and index[-1] == ":" and index.count(":") == 1:
        index.pop()
    text = ", ".join(index)
    return Remedy(f"{{{part.key}}}[{text}]", part.parameter)


def padded(part: Part, counts: Sequence[int]) -> Remedy:
    """Zeros put at the end of some axes, so many for each axis."""
    key = part.key
    if part.array.library == "numpy":
        pairs = ", ".join(f"(0, {count})" for count in counts)
        return Remedy(f"{{np}}.pad({{{key}}}, ({pairs}))", part.parameter)
    first = next((at for at, count in enumerate(counts) if count), 0)
    pairs = ", ".join(f"0, {count}" for count in reversed(counts[first:]))
    return Remedy(f"{{F}}.pad({{{key}}}, ({pairs}))", part.parameter)


def keepdims(part: Part) -> Iterator[Remedy]:
    """The reduction that an operand is, with its axes kept."""
    node = part.node
    if not is_reduction(node):
        return
    assert isinstance(node, ast.Call)  # noqa: S101 - for mypy; `is_reduction` looked
    word = "keepdim" if part.array.library == "torch" else "keepdims"
    twin = copy.deepcopy(node)
    twin.keywords.append(ast.keyword(word, ast.Constant(value=True)))
    yield Remedy(escaped(ast.unparse(twin)), part.parameter)


def is_reduction(node: ast.AST | None) -> bool:
    """Whether a call reduces axes and drops them."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    words = {word.arg for word in node.keywords}
    return node.func.attr in REDUCTIONS and not {"keepdims", "keepdim"} & words


def with_argument(call: ast.expr, old: ast.expr, new: str) -> str:
    """A call's source with one of its arguments (or a part of it) written anew."""
    twin = copy.deepcopy(call)
    pairs = dict(zip(ast.walk(call), ast.walk(twin), strict=True))
    target = pairs[old]
    fresh = ast.parse(new, mode="eval").body
    for parent in ast.walk(twin):
        for name, child in ast.iter_fields(parent):
            if child is target:
                setattr(parent, name, fresh)
            elif isinstance(child, list):
                setattr(parent, name, [fresh if one is target else one for one in child])
    return ast.unparse(twin)
