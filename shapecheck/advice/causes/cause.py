"""What is to be said about a failed op, and the words that all causes share."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapecheck.advice import rearranged
from shapecheck.advice.remedies import escaped
from shapecheck.advice.words import axis_text, size_text
from shapecheck.dims import Axis, is_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.advice.remedies import Remedy
    from shapecheck.advice.scene import Part, Scene


@dataclass(frozen=True, slots=True)
class Cause:
    """What is to be said about a failed op.

    Attributes:
        finding: the end of the headline: ``inner sizes 784 and 256 differ``.
        reason: one or two sentences.
        remedies: what may be written instead, the likeliest first; none is proved yet.
    """

    finding: str
    reason: str = ""
    remedies: tuple[Remedy, ...] = ()


def library_of(scene: Scene) -> str:
    """The word of templates for the library's module."""
    return "torch" if scene.library == "torch" else "np"


def called_with(scene: Scene, *arguments: str) -> str:
    """The template of the same call with other arguments in front, its keywords kept."""
    node = scene.step.node
    if not isinstance(node, ast.Call):
        return ""
    words = [f"{word.arg}={scene.source(word.value)}" for word in node.keywords if word.arg]
    called = escaped(scene.source(node.func))
    return f"{called}({', '.join([*arguments, *map(escaped, words)])})"


def why_text(scene: Scene) -> str:
    """What the broken requirement asks for, as a clause."""
    return getattr(scene.fact.why, "text", "") or "its shapes do not fit"


def sentence(text: str) -> str:
    """A clause as a sentence."""
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def size_of(side: object) -> str:
    """A side of a fact as a size, "" if it is none."""
    size = side.size if isinstance(side, Axis) else side
    return size_text(size) if is_size(size) else ""


def named_size(part: Part, axis: int) -> str:
    """A size with the name of its axis: ``n_in=784``."""
    name, size = getattr(part.array.axes[axis], "name", None), size_text(part.sizes[axis])
    return f"{name}={size}" if name and name != size else size


def axis_of(part: Part, axis: int) -> str:
    """An axis in words, with its name where it has one: ``axis 2 of up``."""
    one = part.array.axes[axis]
    name = getattr(one, "name", None)
    called = f" ({name})" if name else ""
    return f"{axis_text(axis, part.rank)} of {part.text}{called}"


def numbered_axis(axis: int, part: Part) -> str:
    """An axis by its number: ``axis 2 of up``."""
    return f"axis {axis} of {part.text}"


def ordinal(axis: int, part: Part) -> str:
    """The place of an axis in words: ``last``, ``first``, ``second``, ``3rd``."""
    if axis == part.rank - 1:
        return "last" if part.rank > 1 else "only"
    return {0: "first", 1: "second", 2: "3rd"}.get(axis, f"{axis + 1}th")


def pair_of(scene: Scene) -> tuple[tuple[Part, int], tuple[Part, int]] | None:
    """The two axes that a requirement compares, with their arrays."""
    found = []
    for parameter, axis in scene.places:
        part = scene.part(parameter)
        if part is not None and axis is not None and axis < len(part.array.axes):
            found.append((part, axis))
    return (found[0], found[1]) if len(found) == 2 else None


def subject_of(scene: Scene) -> Part | None:
    """The array that a requirement is about: the first that it names, else the first of all."""
    for parameter, _ in scene.places:
        part = scene.part(parameter)
        if part is not None:
            return part
    return next(iter(scene.parts()), None)


def usual(scene: Scene) -> Iterator[Remedy]:
    """What often helps, for every operand: its sum kept, turned, without an axis of size 1."""
    for part in scene.parts():
        if part.parameter.partition("[")[0] in scene.applied.op.stored or part.node is None:
            continue
        yield from rearranged.keepdims(part)
        yield from rearranged.transposed(part)
        for axis in rearranged.unit_axes(part):
            yield rearranged.without_axis(part, axis)


def plain(scene: Scene) -> Cause:
    """What the requirement itself says."""
    text, relation = why_text(scene), scene.fact.relation
    left, right = size_of(scene.fact.left), size_of(scene.fact.right)
    if relation in ("equals", "broadcasts") and left and right:
        return Cause(f"{left} and {right} differ", sentence(text), tuple(usual(scene)))
    if relation in ("rank", "rank-at-least", "same-rank"):
        return Cause(f"{text}, not {scene.fact.left}", "", tuple(usual(scene)))
    if relation == "at-least" and left and right:
        return Cause(f"{text}: {left} is less than {right}")
    if relation == "divides" and left and right:
        return Cause(f"{text}: {right} is no multiple of {left}")
    if relation == "in-range" and left:
        return Cause(f"{text}; {left} is out of range")
    return Cause(text, "", tuple(usual(scene)))
