"""What does not fit into the place that it is assigned to, or cannot be expanded to a size."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapecheck.advice.causes.cause import (
    Cause,
    axis_of,
    named_size,
    sentence,
    size_of,
    why_text,
)
from shapecheck.advice.layout import is_gradient_name
from shapecheck.advice.rearranged import in_order_of, permuted, transposed, unit_axes, without_axis
from shapecheck.advice.remedies import Remedy
from shapecheck.advice.scene import shape_of
from shapecheck.advice.words import size_text
from shapecheck.ops import Array
from shapecheck.ops.names import candidates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.advice.scene import Part, Scene


def _assignment(scene: Scene) -> Cause | None:
    parts = scene.parts()
    whole = next((part for part in parts if part.parameter in ("a", "out", "x", "c")), None)
    others = [part for part in parts if part is not whole and part.rank]
    if whole is None or not others:
        return None
    value = max(others, key=lambda part: part.rank)
    at, of = (
        next((n for name, n in scene.places if name == one.parameter), None)
        for one in (value, whole)
    )
    finding = f"{value.text} {_shape(value)} does not fit into {whole.text} {_shape(whole)}"
    if at is not None and of is not None:
        finding = (
            f"{value.text}'s {named_size(value, at)} does not fit into {whole.text}'s "
            f"{named_size(whole, of)}"
        )
    reason = f"In place, the left side keeps its shape {_shape(whole)}."
    ways: list[Remedy] = []
    if _mentions_gradient(value) and value.rank == whole.rank + 1:
        word = "dim" if scene.library == "torch" else "axis"
        reason += f" {value.text} still has the batch axis; a gradient is summed over it."
        ways.append(Remedy(f"{{{value.key}}}.sum({word}=0)", value.parameter))
    order = in_order_of(value, whole.sizes)
    if order is not None:
        reason += f" {value.text} has its sizes in another order."
        ways.append(permuted(value, order).giving(whole.sizes))
    return Cause(finding, reason, tuple(ways))


def _mentions_gradient(part: Part) -> bool:
    """Whether an operand is a gradient, or made of one: ``0.1 * db``."""
    inside = ast.walk(part.node) if part.node is not None else ()
    names = [ast.unparse(one) for one in inside if isinstance(one, (ast.Name, ast.Attribute))]
    return any(map(is_gradient_name, [part.text, *names]))


def _shape(part: Part) -> str:
    return str(part)[len(part.text) + 1 :]


def _into_place(scene: Scene) -> Cause | None:
    """``out[i] = value``: what does not fit into the place."""
    if scene.op != "setitem":
        return _assignment(scene)
    value, whole = scene.part("value"), scene.part("a")
    if value is None or whole is None:
        return None
    ways = [without_axis(value, axis) for axis in unit_axes(value)]
    if value.rank == 2:
        ways += transposed(value)
    left, right = size_of(scene.fact.left), size_of(scene.fact.right)
    place = _place(scene, whole)
    finding = f"{value} does not fit into the place" + (f", which is {place}" if place else "")
    sizes = f": {left} != {right}" if left and right else ""
    return Cause(finding, f"{sentence(why_text(scene)).rstrip('.')}{sizes}.", tuple(ways))


def _place(scene: Scene, whole: Part) -> str:
    """The shape of what is assigned to."""
    (op, _), *_ = candidates("operator.getitem")
    applied = op.apply({"a": whole.array, "index": scene.argument("index")}, scene.library)
    found = applied.result
    return shape_of(found) if isinstance(found, Array) else ""


# --- expand -----------------------------------------------------------------------------------


def _expand(scene: Scene) -> Cause | None:
    if scene.fact.relation == "at-least":
        return _too_few_axes(scene)
    [*_, (parameter, axis)] = scene.places or (("", None),)
    part = scene.part(parameter)
    wanted = size_of(scene.fact.right)
    if part is None or axis is None or not wanted:
        return None
    own = size_text(part.sizes[axis])
    reason = (
        f"Only an axis of size 1 can be expanded; {axis_of(part, axis)} has {own} entries, and no "
        "rule says how to make more of them."
    )
    return Cause(f"{own} cannot be expanded to {wanted}", reason, tuple(_new_axes(scene, part)))


def _too_few_axes(scene: Scene) -> Cause | None:
    part = next(iter(scene.parts()), None)
    shape = scene.argument("shape")
    if part is None or not isinstance(shape, tuple):
        return None
    finding = f"{part} has {part.rank} axes, the new shape has {len(shape)}"
    return Cause(finding, "expand adds axes in front and stretches those of size 1.")


def _new_axes(scene: Scene, part: Part) -> Iterator[Remedy]:
    """The array with a new axis where the shape has one more."""
    shape = scene.argument("shape")
    if not isinstance(shape, tuple) or len(shape) <= part.rank:
        return
    for place in range(part.rank, -1, -1):
        sizes = [*part.sizes[:place], 1, *part.sizes[place:]]
        missing = len(shape) - len(sizes)
        if all(
            own in (1, size) or size == -1 for own, size in zip(sizes, shape[missing:], strict=True)
        ):
            index = [":"] * part.rank
            index.insert(place, "None")
            while index[-1] == ":":
                index.pop()
            if place and part.array.library != "torch":
                yield Remedy(f"{{{part.key}}}[{', '.join(index)}]", part.parameter)
            elif place:
                yield Remedy(f"{{{part.key}}}.unsqueeze({place})", part.parameter)


CAUSES = {"assignment-shape": _into_place, "expand-size": _expand}
