"""The explanation of what happened silently: the story, the table, the reason, the fixes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapecheck.advice.contracts import Explanation
from shapecheck.advice.operations import call_text, operands_of
from shapecheck.advice.remedies import Remedy, fixes_for
from shapecheck.advice.scene import shape_of
from shapecheck.advice.words import size_text
from shapecheck.dims import Axis, product
from shapecheck.ops import Array

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.advice.scene import Part, Scene
    from shapecheck.infer.silent import Silent

SUM = {"sum", "mean", "max", "min", "amax", "amin", "prod", "std", "var", "norm"}


def explain(scene: Scene, silent: Silent) -> Explanation:
    """Explain something that an accepted op did silently.

    Args:
        scene: the op in its surroundings.
        silent: what it did.
    """
    way = {
        "broadcast-outer": _outer,
        "transpose-no-op": _no_op,
        "size-one-reduction": _single,
        "axes-scrambled": _scrambled,
        "batch-squeezed": _squeezed,
        "dims-equal-by-accident": _accident,
    }[silent.rule]
    return way(scene, silent)


def _made(
    scene: Scene, silent: Silent, message: str, reason: str, remedies: list[Remedy]
) -> Explanation:
    rows = tuple(
        row
        for row, part in zip(operands_of(scene), scene.parts(), strict=False)
        if not silent.parameters or part.parameter in silent.parameters
    )
    fixes = fixes_for(scene, remedies)
    return Explanation(silent.rule, message, rows, reason, fixes, ())


def _outer(scene: Scene, silent: Silent) -> Explanation:
    parts = [part for part in scene.parts() if part.parameter in silent.parameters]
    text = call_text(scene)
    if silent.result is None:
        shown = " and ".join(str(part) for part in parts)
        message = f"{text}: {shown} differ in shape, and are stretched to one"
        reason = "Every prediction is compared with more than its own target."
        return _made(scene, silent, message, reason, list(_lined(parts)))
    result = silent.result
    numbers = product(result.sizes)
    count = ""
    if isinstance(numbers, int) and isinstance(silent.expected, int):
        count = f": {numbers} numbers, {silent.expected} expected"
    message = f"{text} silently became {shape_of(result)}"
    reason = (
        f"Both sides are stretched: every element of one meets every element of the other{count}."
    )
    return _made(scene, silent, message, reason, list(_lined(parts)))


def _lined(parts: list[Part]) -> Iterator[Remedy]:
    """One operand given the shape of the other."""
    if len(parts) != 2:
        return
    for one, other in (parts, parts[::-1]):
        units = [at for at, size in enumerate(one.sizes) if size == 1]
        for at in units:
            rest = one.sizes[:at] + one.sizes[at + 1 :]
            if rest == other.sizes:
                key = one.parameter
                yield Remedy(f"{{{key}}}.squeeze({at})", key, gives=None)
    for one, other in (parts, parts[::-1]):
        if len(one.sizes) + 1 == len(other.sizes):
            yield Remedy(f"{{{one.parameter}}}[..., None]", one.parameter)


def _no_op(scene: Scene, silent: Silent) -> Explanation:
    part = scene.parts()[0]
    message = f"{call_text(scene)}: {part} is 1-D, and transposing it does nothing"
    reason = "A 1-D array has no rows or columns. [:, None] makes it a column."
    return _made(scene, silent, message, reason, [Remedy(f"{{{part.parameter}}}[:, None]")])


def _single(scene: Scene, silent: Silent) -> Explanation:
    part = next(one for one in scene.parts() if one.parameter in silent.parameters)
    last = scene.step.named.rpartition(".")[2]
    message = f"{call_text(scene)}: axis {silent.axis} of {part} has a single element"
    if "argm" in last or last in ("max", "min"):
        reason = "There is nothing to choose from: the answer is 0, whatever the numbers are."
    elif "ntropy" in last:
        reason = "With a single class the loss is 0, whatever the numbers are."
    elif last in ("std", "var"):
        reason = "A single number has no spread: the answer is NaN."
    else:
        reason = "A softmax over one number is 1, whatever the number is."
    others = [at for at, size in enumerate(part.sizes) if size != 1]
    del others
    return _made(scene, silent, message, reason, [])


def _scrambled(scene: Scene, silent: Silent) -> Explanation:
    part = scene.parts()[0]
    scrambles = (one.left for one in scene.applied.facts if one.relation == "scrambles")
    at = silent.axis
    cut = next(scrambles, None) if at is None else part.array.shape[at]
    name = cut.name if isinstance(cut, Axis) and cut.name else None
    what = f"axis {name}" if name else f"an axis of {size_text(getattr(cut, 'size', 0))}"
    result = scene.applied.result
    shown = f" to {shape_of(result)}" if isinstance(result, Array) else ""
    message = f"{call_text(scene)}: {part.text}{shown} cuts across {what}"
    reason = (
        "The sizes fit, but elements that belong together are torn apart: "
        "a reshape keeps the order of the elements. Permute the axes first."
    )
    return _made(scene, replace(silent, parameters=()), message, reason, [])


def _squeezed(scene: Scene, silent: Silent) -> Explanation:
    part = scene.parts()[0]
    message = f"{call_text(scene)}: with a batch of one, squeeze() drops the batch of {part}, too"
    reason = "squeeze() without an axis drops every axis of size 1."
    units = [at for at, size in enumerate(part.sizes) if size == 1 and at]
    remedies = [Remedy(f"{{{part.parameter}}}.squeeze({at})") for at in units[:1]]
    return _made(scene, silent, message, reason, remedies)


def _accident(scene: Scene, silent: Silent) -> Explanation:
    one, other = silent.names
    size = next(
        (size for part in scene.parts() for size in part.sizes if isinstance(size, int)), None
    )
    del size
    message = (
        f"{call_text(scene)}: {one} meets {other}, which fits only because they are equal here"
    )
    reason = (
        f"The axes are declared by different names; with another size of {one} or {other} this "
        "would fail, or stretch."
    )
    return _made(scene, silent, message, reason, [])
