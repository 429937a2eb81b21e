"""What an op does silently that hardly anybody means: found in ops that were accepted.

Nothing here looks at source text, but for the question whether an outer broadcast was meant
(`shapecheck.infer.intent`). The static analyser and the instrumented run ask the same function.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapecheck.dims import Assumptions, Size, product
from shapecheck.ops import Array
from shapecheck.ops._values import closed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.ops import Applied

ELEMENTWISE = {
    *(
        "arithmetic",
        "comparison",
        "bitwise",
        "binary",
        "binary_out",
        "binary_into",
        "extremum_of_two",
    ),
    *("logical", "where", "power", "floor_arithmetic", "division"),
}
LOSSES = {
    *("elementwise_loss", "stretched_loss", "binary_cross_entropy"),
    *("binary_cross_entropy_with_logits", "soft_margin_loss", "gaussian_nll_loss"),
}
SOFTMAX = {"softmax", "log_softmax", "softmin", "Softmax", "LogSoftmax", "Softmin"}
CHOICES = {"argmax", "argmin"}
SPREADS = {"std", "var"}
CLASSES = {"cross_entropy", "CrossEntropyLoss"}
TRANSPOSES = {"T", "transpose", "t", "swapaxes"}


@dataclass(frozen=True, slots=True)
class Silent:
    """Something that happened without a word.

    Attributes:
        rule: the rule's name.
        parameters: the op's parameters whose arrays it is about.
        axis: the axis that it is about, of the first of them; None for all.
        result: the array that came of it.
        expected: how many numbers there would be without it, None where that is not known.
        names: two declared names that it takes for one, where it is about such.
        alike: whether the arrays have one shape but for axes of size one: the likeliest to be
            meant to be paired.
    """

    rule: str
    parameters: tuple[str, ...]
    axis: int | None = None
    result: Array | None = None
    expected: Size | None = None
    names: tuple[str, ...] = ()
    alike: bool = True


def found(applied: Applied, named: str, assume: Assumptions | None = None) -> Iterator[Silent]:
    """What one call of an op does silently.

    Args:
        applied: the call, which is accepted.
        named: the full name that the op was called by.
        assume: what is known about symbols.
    """
    assume = assume or Assumptions()
    last = named.rpartition(".")[2]
    arrays = [
        (name, value)
        for name, value in applied.bound.items()
        if isinstance(value, Array) and closed(value.axes)
    ]
    if any(fact.relation == "scrambles" for fact in applied.facts):
        yield Silent("axes-scrambled", tuple(name for name, _ in arrays[:1]))
    if not arrays:
        return
    name, first = arrays[0]
    if applied.op.name in LOSSES and len(arrays) > 1:
        yield from _loss(arrays[0], arrays[1], assume)
    elif len(arrays) == 2 and isinstance(applied.result, Array) and _is_elementwise(applied):  # noqa: PLR2004
        yield from _outer(arrays[0], arrays[1], applied.result, assume)
    if (last in TRANSPOSES and first.rank == 1 and first.library == "numpy") or (
        last == "T" and first.rank == 1
    ):
        yield Silent("transpose-no-op", (name,), None, first)
    yield from _single(applied, last, name, first, assume)


def _is_elementwise(applied: Applied) -> bool:
    """Whether an op takes two arrays element by element: by its rule's parameters and result."""
    names = [name for name, value in applied.bound.items() if isinstance(value, Array)]
    if names != ["a", "b"] and applied.op.name not in ELEMENTWISE:
        return False
    return applied.op.name in ELEMENTWISE or applied.op.name.startswith("binary")


def _outer(
    left: tuple[str, Array], right: tuple[str, Array], result: Array, assume: Assumptions
) -> Iterator[Silent]:
    """Both operands are stretched, along axes of the same size."""
    if not closed(result.axes) or not left[1].rank or not right[1].rank:
        return
    one = _stretched(left[1], result, assume)
    other = _stretched(right[1], result, assume)
    if not one or not other or left[1].rank == right[1].rank:
        return  # (n, 1) and (1, n): both were lined up, here or by whoever passed them
    sizes = result.sizes
    pairs = [(a, b) for a in one for b in other if a != b and _alike(sizes[a], sizes[b], assume)]
    if not pairs or _differ_by_name(result, pairs):
        return
    expected = product(sizes)
    most = max(
        (product(left[1].sizes), product(right[1].sizes)),
        key=lambda one: (str(type(one)), str(one)),
    )
    if isinstance(expected, int):
        most = max(product(left[1].sizes), product(right[1].sizes))  # type: ignore[type-var]
    alike = _same_but_for_units(left[1], right[1], assume)
    yield Silent("broadcast-outer", (left[0], right[0]), None, result, most, (), alike)


def _same_but_for_units(left: Array, right: Array, assume: Assumptions) -> bool:
    """Whether the axes of two arrays that are not of size one may be the same."""
    one, other = (
        [size for size in array.sizes if assume.equal(size, 1) is not True]
        for array in (left, right)
    )
    return len(one) == len(other) and all(
        assume.equal(a, b) is not False for a, b in zip(one, other, strict=True)
    )


def _stretched(array: Array, result: Array, assume: Assumptions) -> list[int]:
    """The places of the result's axes along which an array is repeated."""
    found_at = []
    for back in range(1, result.rank + 1):
        place = result.rank - back
        size = result.sizes[place]
        if assume.is_unit(size) is not False:
            continue
        missing = back > array.rank
        if missing or assume.equal(array.sizes[array.rank - back], 1):
            found_at.append(place)
    return found_at


def _alike(left: Size, right: Size, assume: Assumptions) -> bool:
    return assume.equal(left, right) is True


def _differ_by_name(result: Array, pairs: list[tuple[int, int]]) -> bool:
    """Whether the axes that meet are declared to differ."""
    shape = result.shape
    return all(
        shape[a].name is not None and shape[b].name is not None and shape[a].name != shape[b].name
        for a, b in pairs
    )


def _loss(
    prediction: tuple[str, Array], target: tuple[str, Array], assume: Assumptions
) -> Iterator[Silent]:
    """Prediction and target of a loss that goes element by element differ in shape."""
    one, other = prediction[1], target[1]
    if not one.rank or not other.rank:
        return
    same = one.rank == other.rank and all(
        assume.equal(a, b) is not False for a, b in zip(one.sizes, other.sizes, strict=True)
    )
    if same:
        return
    total, counts = product(one.sizes), product(other.sizes)
    expected = max(total, counts) if isinstance(total, int) and isinstance(counts, int) else total
    yield Silent("broadcast-outer", (prediction[0], target[0]), None, None, expected)


def _single(
    applied: Applied, last: str, name: str, array: Array, assume: Assumptions
) -> Iterator[Silent]:
    """A softmax, argmax or standard deviation over one number."""
    place = _reduced(applied, last, array)
    if place is not None and assume.equal(array.sizes[place], 1):
        yield Silent("size-one-reduction", (name,), place, array)


def _reduced(applied: Applied, last: str, array: Array) -> int | None:
    """The axis that a softmax, argmax or the like goes over."""
    if last in CLASSES:
        return 1 if array.rank > 1 else None
    if last not in SOFTMAX | CHOICES | SPREADS:
        return None
    dim = applied.bound.get("dim")
    if isinstance(dim, bool) or not isinstance(dim, int) or not -array.rank <= dim < array.rank:
        return None
    if last in SPREADS and (applied.bound.get("unbiased") is False or array.library == "numpy"):
        return None
    return dim % array.rank


def moves_axes(applied: Applied, named: str) -> bool:
    """Whether a transposition does something, as it is meant to."""
    if named.rpartition(".")[2] not in TRANSPOSES:
        return False
    array = next((one for one in applied.bound.values() if isinstance(one, Array)), None)
    return array is not None and closed(array.axes) and array.rank > 1


def reduces_several(applied: Applied, named: str) -> bool:
    """Whether a softmax, argmax or the like goes over several numbers, as it is meant to."""
    array = next((one for one in applied.bound.values() if isinstance(one, Array)), None)
    if array is None or not closed(array.axes):
        return False
    place = _reduced(applied, named.rpartition(".")[2], array)
    size = array.sizes[place] if place is not None else None
    return isinstance(size, int) and size > 1
