"""Shapes that were stretched to one shape: the table, what it means, forward and backward."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from shapecheck.advice.layout import is_bias_name, roles
from shapecheck.advice.rearranged import is_reduction
from shapecheck.advice.scene import shape_of
from shapecheck.advice.words import is_batch, listed, size_text
from shapecheck.diagnostics import Cell, Operand
from shapecheck.dims import Axis, product
from shapecheck.ops import Array

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from shapecheck.advice.scene import Part, Scene

VERBS = {
    "add": "added",
    "sub": "subtracted",
    "mul": "multiplied",
    "truediv": "divided",
    "eq": "compared",
    "ne": "compared",
    "lt": "compared",
    "gt": "compared",
    "le": "compared",
    "ge": "compared",
}
# For each operand, the gradient of what it was used for: of `a op b` the one of a, and that of b.
GRADIENTS = {"add": ("dY", "dY"), "sub": ("dY", "-dY"), "mul": ("dY * {other}", "dY * {other}")}
LINED_UP = re.compile(r"None|newaxis|unsqueeze|expand_dims")
NOT_ELEMENTWISE = ("einsum", "einsum_sublist", "einops_einsum")


def stretched(scene: Scene) -> dict[str, list[int]]:
    """For each operand that is stretched: the axes of the result that it is stretched over."""
    result = scene.step.value
    if not isinstance(result, Array) or result.is_open or not _is_lined_up(scene):
        return {}
    found = {}
    for part in scene.parts():
        missing = result.rank - part.rank
        over = [
            at
            for at, axis in enumerate(result.shape)
            if axis.size != 1 and (at < missing or part.sizes[at - missing] == 1)
        ]
        if over and part.rank:
            found[part.parameter] = over
    return found


def _is_lined_up(scene: Scene) -> bool:
    """Whether the op lines its operands up from the right, element by element."""
    facts = scene.applied.facts
    relations = {fact.relation for fact in facts}
    arrays = [part for part in scene.parts() if part.rank]
    is_known = scene.step.named.startswith("operator.") or "broadcasts" in relations
    result = scene.step.value
    if scene.op in NOT_ELEMENTWISE or not is_known or len(arrays) < 2 or "equals" in relations:
        return False
    if not isinstance(result, Array) or scene.op in ("getitem", "setitem", "matmul"):
        return False
    return all(_fits(part, result) for part in arrays)


def _fits(part: Part, result: Array) -> bool:
    if part.rank > result.rank or part.array.is_open:
        return False
    pairs = zip(reversed(part.sizes), reversed(result.sizes), strict=False)
    return all(own in (1, whole) or whole is None for own, whole in pairs)


# --- the table ----------------------------------------------------------------------------------


def question(scene: Scene, sign: str) -> str:
    """``how can (3, 2) + (1, 2) be added?``."""
    arrays = [part for part in scene.parts() if part.rank]
    if len(arrays) != 2 or not sign:
        return ""
    name = scene.step.named.rpartition(".")[2]
    left, right = (shape_of(part.array) for part in arrays)
    return f"how can {left} {sign} {right} be {VERBS.get(name, 'lined up')}?"


def header(scene: Scene) -> tuple[str, ...]:
    """What the axes of the result are called: by their names, or by what a layer's are."""
    result = scene.step.value
    if not isinstance(result, Array) or result.is_open:
        return ()
    names = tuple(axis.name or "" for axis in result.shape)
    if any(names):
        return names
    if result.rank == 2:
        found = (roles(part.node, scene.source) for part in scene.parts() if part.rank == 2)
        return next((one for one in found if one), ())
    return ()


def table(scene: Scene, over: Mapping[str, Sequence[int]]) -> tuple[Operand, ...]:
    """One row an operand, with what is done to it; the result last."""
    result = scene.step.value
    assert isinstance(result, Array)  # noqa: S101 - `stretched` looked
    rows = [
        Operand(
            part.text,
            "",
            _cells(part.array),
            remark=_how(part, over.get(part.parameter, ()), result),
        )
        for part in scene.parts()
        if part.rank
    ]
    return (*rows, Operand("result", "", _cells(result)))


def _cells(array: Array) -> tuple[Cell, ...]:
    sizes = [axis.size if isinstance(axis, Axis) else None for axis in array.axes]
    return tuple(Cell(size if isinstance(size, int) else size_text(size)) for size in sizes)


def _how(part: Part, over: Sequence[int], result: Array) -> str:
    """``the 1 is stretched: the same row is used 3 times (no copy made)``."""
    if not over:
        return ""
    missing = result.rank - part.rank
    written = [at for at in over if at >= missing]
    what = "the same numbers are"
    if result.rank == 2:
        what = "the same number is"
        if len(over) == 1:
            what = "the same row is" if over[0] == 0 else "the same column is"
    if len(over) == 1:
        how = "the 1 is stretched" if written else "an axis is put in front"
    else:
        how = "the ones are stretched" if len(written) == len(over) else "axes are put in front"
    return f"{how}: {what} used {_times(over, result)} times (no copy made)"


def _times(over: Sequence[int], result: Array) -> str:
    return " x ".join(size_text(result.shape[at].size) for at in over)


# --- what it means ------------------------------------------------------------------------------


def sentences(scene: Scene, over: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """What stretching means, forward and backward."""
    result = scene.step.value
    if not isinstance(result, Array):
        return
    if len(over) > 1:
        yield from _of_both(scene, result)
    elif len(over) == 1:
        [(parameter, axes)] = over.items()
        part = scene.part(parameter)
        if part is not None:
            yield from _of_one(scene, part, axes, result)
    for parameter, axes in over.items():
        part = scene.part(parameter)
        if part is not None:
            yield from _backward(scene, part, axes, result)


def _of_one(scene: Scene, part: Part, over: Sequence[int], result: Array) -> Iterator[str]:
    """``Every one of the 3 samples gets the same 2 biases.``."""
    yield from _by_accident(scene, part, over, result)
    names = header(scene)
    if len(over) != 1 or result.rank != 2 or not all(names):
        return
    kept = 1 - over[0]
    many, few = (size_text(result.shape[at].size) for at in (over[0], kept))
    if not names:
        return
    if is_batch(names[kept]) and not is_batch(names[over[0]]):
        yield (
            f"{part.text} has one number for each of the {few} {_plural(names[kept])}, used for "
            f"all {many} {names[over[0]]} of it. A layer's bias is the other way: one for each "
            "output."
        )
        return
    yield (
        f"Every one of the {many} {_plural(names[over[0]])} gets the same {few} "
        f"{_things(part, names[kept])}."
    )
    yield from _as_algebra(scene, part, over[0], result)


def _by_accident(scene: Scene, part: Part, over: Sequence[int], result: Array) -> Iterator[str]:
    """A vector that could line up with either axis of a square result."""
    if result.rank != 2 or part.rank != 1 or over[0] != 0 or result.sizes[0] != result.sizes[1]:
        return
    size = size_text(result.sizes[0])
    other = next((one for one in scene.parts() if one.parameter != part.parameter), None)
    axis = _reduced_axis(part)
    if is_reduction(part.node) and other is not None and axis in (1, -1):
        word = "keepdim" if scene.library == "torch" else "keepdims"
        yield (
            f"{part.text} has one number for each ROW of {other.text}, and lines up with its "
            f"columns: row i does not meet its own number. Nothing raises, as both axes are "
            f"{size}; {word}=True keeps it a column, which lines up."
        )
        return
    yield (
        f"Both axes are {size} here, and {part.text} lines up with the last one. If it has one "
        f"number for each row, {part.text}[:, None] says so; as it stands nothing raises until the "
        "two sizes differ."
    )


def _reduced_axis(part: Part) -> object:
    """The axis that a reduction names."""
    node = part.node
    if not isinstance(node, ast.Call):
        return None
    words = [word.value for word in node.keywords if word.arg in ("axis", "dim")]
    try:
        return ast.literal_eval([*words, *node.args[-1:]][0])
    except (ValueError, IndexError):
        return None


def _plural(name: str) -> str:
    return "samples" if is_batch(name) else name


def _things(part: Part, axis: str) -> str:
    return "biases" if is_bias_name(part.text) else f"numbers of {part.text} ({axis})"


def _as_algebra(scene: Scene, part: Part, over: int, result: Array) -> Iterator[str]:
    """The sum in matrix algebra: a column (or row) of ones times the bias."""
    if not scene.step.named.endswith(".add"):
        return
    other = next((one.text for one in scene.parts() if one.text != part.text), "")
    size = size_text(result.shape[over].size)
    total, ones = f"{other} + 1 {part.text}", f"({size}, 1) column"
    if over:
        total, ones = f"{other} + {part.text} 1", f"(1, {size}) row"
    yield (
        f"In matrix algebra: {total}, where 1 is a {ones} of ones: what a column of ones in the "
        "input and the bias as a row of the weight would give, without storing the ones."
        if not over
        else f"In matrix algebra: {total}, where 1 is a {ones} of ones."
    )


def _of_both(scene: Scene, result: Array) -> Iterator[str]:
    """Both operands grow: a table of all pairs."""
    parts = [part for part in scene.parts() if part.rank]
    count, expected = product(result.sizes), product(parts[0].sizes)
    if all(LINED_UP.search(part.text) for part in parts):
        yield (
            "Both are stretched, and both were lined up by hand: a table of all pairs, "
            f"{size_text(count)} numbers."
        )
        return
    if product(parts[-1].sizes) == expected:
        yield (
            f"Both are stretched: every number of {parts[0].text} meets every number of "
            f"{parts[-1].text}, {size_text(count)} numbers where {size_text(expected)} pairs were "
            "to be expected. Nothing raises, and a mean over it is finite and wrong."
        )
        longer = max(parts, key=lambda part: part.rank)
        units = [at for at, size in enumerate(longer.sizes) if size == 1]
        if units and len({part.rank for part in parts}) > 1:
            texts = [
                f"{one.text}.squeeze({units[0]})" if one is longer else one.text for one in parts
            ]
            yield f"If pairs are meant, give both one shape: {' and '.join(texts)}."
        return
    yield (
        f"Both are stretched: every number of {parts[0].text} meets every number of "
        f"{parts[-1].text}, {size_text(count)} numbers. For number with number, the shapes have to "
        "be equal."
    )


def _backward(scene: Scene, part: Part, over: Sequence[int], result: Array) -> Iterator[str]:
    """The gradient of what was used several times is a sum over the uses."""
    way = GRADIENTS.get(scene.step.named.removeprefix("operator."))
    if way is None or len(scene.parts()) != 2:
        return
    names = header(scene)
    called = [names[at] for at in over if names and names[at]]
    where = f" over {listed(called)}" if called else ""
    first = scene.parts()[0].parameter == part.parameter
    other = next(one.text for one in scene.parts() if one.parameter != part.parameter)
    gradient = way[not first].format(other=other if other.isidentifier() else f"({other})")
    atom = gradient if gradient.isidentifier() else f"({gradient})"
    name = f"d{part.text}" if part.text.isidentifier() else "grad"
    yield (
        f"Going back: {part.text} was used {_times(over, result)} times, so its gradient is a "
        f"SUM{where}:"
    )
    yield (
        f"    {name} = {atom}.sum({_reduced(scene, part, over, result)})   "
        f"{shape_of(part.array)}      not dY {shape_of(result)}"
    )


def _reduced(scene: Scene, part: Part, over: Sequence[int], result: Array) -> str:
    """The arguments of the sum: which axes, and whether they stay."""
    word, keeps = ("dim", "keepdim") if scene.library == "torch" else ("axis", "keepdims")
    missing = result.rank - part.rank
    axes = str(over[0]) if len(over) == 1 else str(tuple(over))
    kept = f", {keeps}=True" if not missing else ""
    if missing and any(at >= missing for at in over):
        axes = str(tuple(range(missing))) if missing > 1 else "0"
        inner = [at - missing for at in over if at >= missing]
        more = str(inner[0]) if len(inner) == 1 else str(tuple(inner))
        return f"{word}={axes}).sum({word}={more}, {keeps}=True"
    return f"{word}={axes}{kept}"
