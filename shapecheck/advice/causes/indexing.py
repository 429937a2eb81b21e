"""Indices and masks that do not fit the array."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapecheck.advice.causes.cause import Cause, pair_of, sentence, size_of, subject_of, why_text
from shapecheck.advice.rearranged import permuted, unit_axes, with_axis, without_axis
from shapecheck.advice.remedies import Remedy
from shapecheck.advice.words import counted, listed, size_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.advice.scene import Part, Scene


def _index(scene: Scene) -> Cause | None:
    relation = scene.fact.relation
    index = scene.part("index") or scene.part("indices")
    whole = scene.part("a")
    if relation == "same-rank" and index is not None and whole is not None:
        return _ranks(scene, index, whole)
    if relation == "at-most" and scene.op in ("getitem", "setitem") and whole is not None:
        return _too_many(scene, whole)
    pair = pair_of(scene)
    if pair is None:
        return None
    (one, i), (other, j) = pair
    left, right = size_text(one.sizes[i]), size_text(other.sizes[j])
    if relation == "at-most":
        finding = f"axis {i} of {one.text} is {left}, axis {j} of {other.text} only {right}"
        return Cause(finding, sentence(why_text(scene)))
    if one.array.dtype == "bool":
        return _mask(one, i, other, j)
    finding = f"axis {i} of {one.text} is {left}, axis {j} of {other.text} is {right}"
    return Cause(finding, sentence(why_text(scene)))


def _mask(mask: Part, i: int, whole: Part, j: int) -> Cause:
    """A mask that is laid over other axes than it was made for."""
    left, right = size_text(mask.sizes[i]), size_text(whole.sizes[j])
    finding = f"axis {i} of the mask {mask.text} is {left}, axis {j} of {whole.text} is {right}"
    reason = "A mask lies over the axes from the left, and has to have their sizes."
    ways = [without_axis(mask, axis) for axis in unit_axes(mask)]
    if mask.rank == 2:
        ways.append(Remedy(f"{{{mask.key}}}.T", mask.parameter))
    order = _in_front(mask, whole)
    if order is not None:
        reason += f" {mask.text} has the sizes of axes {listed(list(map(str, order)))}."
        rest = [axis for axis in range(whole.rank) if axis not in order]
        ways.append(permuted(whole, [*order, *rest]))
    return Cause(finding, reason, tuple(ways))


def _in_front(mask: Part, whole: Part) -> list[int] | None:
    """The axes of an array that have a mask's sizes, in their order."""
    order: list[int] = []
    for size in mask.sizes:
        later = range(order[-1] + 1 if order else 0, whole.rank)
        at = next((axis for axis in later if whole.sizes[axis] == size), None)
        if at is None:
            return None
        order.append(at)
    return order if mask.rank > 1 else None


def _ranks(scene: Scene, index: Part, whole: Part) -> Cause:
    """An index that lacks an axis, as `gather` wants them."""
    finding = f"{index.text} has {counted(index.rank, 'axis')}, {whole.text} has {whole.rank}"
    reason = (
        f"{scene.step.named.rpartition('.')[2]} takes one index for each element of its result: "
        f"{index.text} needs as many axes as {whole.text}."
    )
    ways = list(_lined_up(scene, index, whole))
    if index.rank > whole.rank:
        ways = [without_axis(index, axis) for axis in reversed(unit_axes(index))]
    return Cause(finding, reason, tuple(ways))


def _lined_up(scene: Scene, index: Part, whole: Part) -> Iterator[Remedy]:
    """The index with the axis that it lacks, where most of the other sizes agree."""
    dim = scene.argument("dim")
    if not isinstance(dim, int) or whole.rank - index.rank != 1:
        return
    along = dim % whole.rank

    def agreeing(place: int) -> int:
        sizes = (*index.sizes[:place], 1, *index.sizes[place:])
        pairs = zip(sizes, whole.sizes, strict=True)
        return sum(own == size for own, size in pairs)

    place = max(range(whole.rank - 1, -1, -1), key=lambda at: (agreeing(at), at == along))
    new = with_axis(index, place)
    if place != along and whole.array.library == "torch":
        sizes = [size_text(whole.sizes[at]) if at == place else "-1" for at in range(whole.rank)]
        if whole.sizes[place] != 1:
            template = f"{new.template}.expand({', '.join(sizes)})"
            yield Remedy(template, index.parameter, "the same index for all of that axis")
    yield new


def _too_many(scene: Scene, whole: Part) -> Cause:
    """More indices than axes."""
    finding = f"{scene.fact.left} indices for {counted(whole.rank, 'axis')}"
    reason = f"{whole} has {counted(whole.rank, 'axis')}; each index but None and ... reads one."
    return Cause(finding, reason)


def _out_of_range(scene: Scene) -> Cause | None:
    index, right = scene.fact.left, scene.fact.right
    whole = scene.part("a") or subject_of(scene)
    axis = next((at for name, at in scene.places if name == "a"), None)
    if whole is None or axis is None or axis >= whole.rank:
        return None
    size = size_text(whole.sizes[axis])
    if scene.fact.relation != "in-range" or not size_of(index):
        return None
    del right
    finding = f"index {size_of(index)} is beyond axis {axis} of {whole}, which has {size} entries"
    last = whole.sizes[axis] - 1
    reason = f"Indices of axis {axis} go from 0 to {size_text(last)}."
    other = [at for at, one in enumerate(whole.sizes) if at != axis and _reaches(index, one)]
    ways: list[Remedy] = []
    node = scene.step.node
    if other and isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Tuple):
        at = other[-1]
        reason += f" Axis {at} has {size_text(whole.sizes[at])}."
        inside = ", ".join([":"] * at + [scene.source(node.slice).replace("{", "{{")])
        ways.append(Remedy(f"{{{whole.key}}}[{inside}]"))
    return Cause(finding, reason, tuple(ways))


def _reaches(index: object, size: object) -> bool:
    return isinstance(index, int) and isinstance(size, int) and -size <= index < size


CAUSES = {"index-shape": _index, "index-out-of-range": _out_of_range}
