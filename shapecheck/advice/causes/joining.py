"""Arrays that are joined and do not fit each other; lists that are no rectangle."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapecheck.advice.causes.alignment import odd_size_story
from shapecheck.advice.causes.cause import (
    Cause,
    numbered_axis,
    pair_of,
    sentence,
    why_text,
)
from shapecheck.advice.rearranged import in_order_of, padded, permuted, with_axis
from shapecheck.advice.remedies import Remedy, escaped
from shapecheck.advice.words import counted, listed, size_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.advice.scene import Part, Scene

JOINS = ("cat", "concatenate", "stack", "hstack", "vstack", "dstack")


def _joined(scene: Scene) -> Cause | None:
    if scene.fact.relation == "same-rank":
        return _ranks(scene)
    pair = pair_of(scene)
    if pair is None:
        return None
    (a, i), (b, j) = pair
    if scene.context == "collate":
        return _collated(a, b)
    left, right = size_text(a.sizes[i]), size_text(b.sizes[j])
    finding = f"{numbered_axis(i, a)} is {left}, {numbered_axis(j, b)} is {right}"
    reason = sentence(why_text(scene))
    ways: list[Remedy] = []
    if (
        scene.op in ("cat", "concatenate")
        and a.rank == b.rank >= 3
        and i > 1
        and _one_apart(a, b, scene)
    ):
        reason += f" {odd_size_story(a.sizes[i], b.sizes[j])}"
        ways += _padded(scene, a, b)
    unit = next((part for part, at in ((a, i), (b, j)) if part.sizes[at] == 1), None)
    if unit is not None and scene.op in ("cat", "concatenate"):
        reason += f" Joining stretches nothing: {unit.text} has one entry there."
        ways = [_stretched(unit, i, (b if unit is a else a).sizes[i])]
    ways += _other_way(scene, a, b)
    return Cause(finding, reason, tuple(ways))


def _stretched(part: Part, axis: int, size: object) -> Remedy:
    """An array with an axis of size 1 stretched, which joining does not do by itself."""
    if part.array.library == "torch":
        sizes = [str(size) if at == axis else "-1" for at in range(part.rank)]
        return Remedy(f"{{{part.key}}}.expand({', '.join(sizes)})", part.parameter)
    sizes = [str(size if at == axis else own) for at, own in enumerate(part.sizes)]
    shape = f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"
    return Remedy(f"{{np}}.broadcast_to({{{part.key}}}, {shape})", part.parameter)


def _along(scene: Scene, part: Part) -> int | None:
    """The axis that arrays are joined along."""
    dim = scene.argument("dim")
    return dim % part.rank if isinstance(dim, int) and part.rank else None


def _gaps(a: Part, b: Part, at: int | None) -> list[object]:
    return [
        0 if axis == at else (m - n if isinstance(m, int) and isinstance(n, int) else None)
        for axis, (m, n) in enumerate(zip(a.sizes, b.sizes, strict=True))
    ]


def _one_apart(a: Part, b: Part, scene: Scene) -> bool:
    return all(gap in (-1, 0, 1) for gap in _gaps(a, b, _along(scene, a)))


def _padded(scene: Scene, a: Part, b: Part) -> Iterator[Remedy]:
    """The smaller of the two with a border of zeros."""
    gaps = [gap for gap in _gaps(a, b, _along(scene, a)) if isinstance(gap, int)]
    less = b if all(gap >= 0 for gap in gaps) else a
    yield padded(less, [abs(gap) for gap in gaps]).saying("a border of zeros")


def _other_way(scene: Scene, a: Part, b: Part) -> Iterator[Remedy]:
    """Joined along the axis that differs; or the one in the order of the other."""
    node = scene.step.node
    differs = [at for at, (m, n) in enumerate(zip(a.sizes, b.sizes, strict=False)) if m != n]
    if a.rank != b.rank or not isinstance(node, ast.Call) or not node.args:
        return
    first = escaped(scene.source(node.args[0]))
    names = _called(scene)
    joins = scene.op in JOINS and (a.rank > 1 or scene.op in ("stack", "cat"))
    joins = joins and (scene.op != "stack" or differs == [_along(scene, a)])
    if joins and len(differs) == 1 and a.rank > 1:
        yield Remedy(f"{names['cat']}({first}, {names['dim']}={differs[0]})")
    if scene.op == "stack" and scene.library == "torch" and differs == [0]:
        pads = f"{{nn}}.utils.rnn.pad_sequence({first}, batch_first=True)"
        yield Remedy(pads).saying("shorter ones filled up with zeros")
    if joins and len(differs) == 1 and a.rank == 1:
        yield Remedy(f"{names['cat']}({first}, {names['dim']}={differs[0]})")
    order = in_order_of(b, a.sizes)
    if order is not None:
        yield permuted(b, order)


def _called(scene: Scene) -> dict[str, str]:
    torch = scene.library == "torch"
    return {
        "cat": "{torch}.cat" if torch else "{np}.concatenate",
        "dim": "dim" if torch else "axis",
    }


def _ranks(scene: Scene) -> Cause:
    """Arrays with another number of axes."""
    parts = scene.parts()
    shapes = listed([str(part) for part in parts[:4]])
    most = max(parts, key=lambda part: part.rank)
    least = min(parts, key=lambda part: part.rank)
    finding = (
        f"{least.text} has {counted(least.rank, 'axis')}, {most.text} has "
        f"{counted(most.rank, 'axis')}"
    )
    ways: list[Remedy] = []
    if most.rank - least.rank == 1:
        ways += [with_axis(least, place) for place in range(least.rank, -1, -1)]
    return Cause(finding, f"All of them need the same number of axes: {shapes}.", tuple(ways))


def _collated(a: Part, b: Part) -> Cause:
    """Samples of several shapes, which no batch holds."""
    if a.rank == b.rank:
        pairs = zip(a.sizes, b.sizes, strict=True)
        differs = [at for at, (m, n) in enumerate(pairs) if m != n]
        where = (
            f"axis {differs[0]} differs"
            if len(differs) == 1
            else f"axes {listed(list(map(str, differs)))} differ"
        )
    else:
        where = "they have another number of axes"
    shapes = [str(part).removeprefix("sample ") for part in (a, b)]
    finding = f"samples {' and '.join(shapes)} cannot be stacked to a batch"
    reason = f"From sample to sample {where}; a batch is one array, in which all have one shape."
    advice = Remedy(
        "a collate_fn with torch.nn.utils.rnn.pad_sequence, or one size for all in the dataset",
        advice=True,
    )
    return Cause(finding, reason, (advice,))


# --- lists --------------------------------------------------------------------------------------


def _ragged(scene: Scene) -> Cause | None:
    """Nested lists whose rows differ in length."""
    node = scene.step.node
    rows = node.args[0] if isinstance(node, ast.Call) and node.args else None
    found = _uneven(rows) if isinstance(rows, (ast.List, ast.Tuple)) else None
    advice = Remedy("pad the rows to one length (and keep a mask of what is padding)", advice=True)
    if found is None:
        left, right = size_text_of(scene.fact.left), size_text_of(scene.fact.right)
        finding = f"the parts have {left} and {right} entries" if left and right else "it is ragged"
        return Cause(
            finding, "An array is a rectangle: all of its parts have one shape.", (advice,)
        )
    (first, many), (other, few) = found
    finding = f"row {other} has {few} items, row {first} has {many}"
    return Cause(finding, "An array is a rectangle: all of its rows have one length.", (advice,))


def size_text_of(side: object) -> str:
    """A side of a fact as text, "" for what is no size."""
    size = getattr(side, "size", side)
    return size_text(size) if isinstance(size, int) else ""


def _uneven(rows: ast.List | ast.Tuple) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """The first two rows of different lengths, with their numbers."""
    lengths = [
        (number, len(row.elts))
        for number, row in enumerate(rows.elts)
        if isinstance(row, (ast.List, ast.Tuple))
    ]
    if len(lengths) != len(rows.elts) or not lengths:
        return None
    return next(((lengths[0], one) for one in lengths if one[1] != lengths[0][1]), None)


CAUSES = {"cat-axis": _joined, "ragged": _ragged}
