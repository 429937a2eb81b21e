"""Why an op failed, by the rule that it broke: what to say, and what may be written instead."""

from __future__ import annotations

import ast
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapecheck.advice import remedies
from shapecheck.advice.remedies import Remedy
from shapecheck.advice.scene import shape_of
from shapecheck.advice.words import axis_text, counted, listed, size_text, tuple_text
from shapecheck.dims import Axis, is_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


def find(scene: Scene) -> Cause:
    """The cause, by the rule that is broken."""
    way = _BY_RULE.get(scene.rule)
    found = way(scene) if way is not None else None
    return found if found is not None else _plain(scene)


def _plain(scene: Scene) -> Cause:
    """What the requirement itself says."""
    text = getattr(scene.fact.why, "text", "") or "its shapes do not fit"
    left, right = _size(scene.fact.left), _size(scene.fact.right)
    if scene.fact.relation in ("equals", "broadcasts") and left and right:
        return Cause(f"{left} and {right} differ", f"{_sentence(text)}", tuple(_usual(scene)))
    if scene.fact.relation in ("rank", "rank-at-least", "same-rank"):
        return Cause(f"{text}, not {scene.fact.left}", "", tuple(_usual(scene)))
    if scene.fact.relation == "in-range":
        return Cause(f"{text}; {left} is out of range", "", tuple(_usual(scene)))
    return Cause(text, "", tuple(_usual(scene)))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _size(side: object) -> str:
    """A side of a fact as a size."""
    size = side.size if isinstance(side, Axis) else side
    return size_text(size) if is_size(size) else ""


def _axis(part: Part, axis: int | None) -> str:
    """An axis in words, with its name where it has one."""
    if axis is None:
        return part.text
    one = part.array.axes[axis]
    name = getattr(one, "name", None)
    return f"{axis_text(axis, len(part.array.axes))} of {part.text}" + (
        f" ({name})" if name else ""
    )


def _usual(scene: Scene) -> Iterator[Remedy]:
    """What most often helps, for every operand: turned, without or with an axis of size 1."""
    for part in scene.parts():
        if part.parameter.partition("[")[0] in scene.applied.op.stored:
            continue
        yield from remedies.keepdims(part)
        yield from remedies.transposed(part)
        for axis in remedies.unit_axes(part):
            yield remedies.without_axis(part, axis)
        for place in range(len(part.array.axes) + 1):
            if len(part.array.axes) <= 3:
                yield remedies.with_axis(part, place)


def _two(scene: Scene) -> tuple[tuple[Part, int], tuple[Part, int]] | None:
    """The two axes that a requirement compares, with their arrays."""
    found = []
    for parameter, axis in scene.places:
        part = scene.part(parameter)
        if part is not None and axis is not None and axis < len(part.array.axes):
            found.append((part, axis))
    return (found[0], found[1]) if len(found) == 2 else None


def _matmul(scene: Scene) -> Cause | None:
    pair = _two(scene)
    if pair is None or scene.fact.relation != "equals":
        return None
    (a, i), (b, j) = pair
    left, right = size_text(a.sizes[i]), size_text(b.sizes[j])
    reason = (
        f"The {_ordinal(i, a)} axis of {a.text} is paired with the {_ordinal(j, b)} axis of "
        f"{b.text}: {left} != {right}."
    )
    ways: list[Remedy] = []
    stored = len(b.sizes) == 2 and b.sizes[-1] == a.sizes[i]
    if stored:
        reason += f" {b.text} is stored (n_out, n_in), the way nn.Linear stores its weight."
    elif len(b.sizes) > 1 and b.sizes[-1] == a.sizes[i]:
        reason += f" {b.text} is stored transposed."
    elif is_size(a.sizes[i]) and a.sizes[i] == b.sizes[j] + 1:
        reason += (
            f" {left} = {right} + 1: {a.text} carries a column of ones for the bias, and "
            f"{b.text} has no row for it."
        )
    ways += remedies.transposed(b)
    ways += remedies.transposed(a)
    if len(a.sizes) == 1 and len(b.sizes) == 1:
        ways.insert(0, Remedy(f"{{{_lib(scene)}}}.outer({{{_k(a)}}}, {{{_k(b)}}})"))
        reason += " Both are 1-D: .T does nothing to them, and the product is a single number."
    for axis in remedies.unit_axes(a):
        ways.append(remedies.without_axis(a, axis))
    ways += _contractions(scene, a, b)
    return Cause(f"inner sizes {left} and {right} differ", reason, tuple(ways))


def _contractions(scene: Scene, a: Part, b: Part) -> Iterator[Remedy]:
    """The einsum that contracts the one axis of each side whose sizes agree."""
    if len(a.sizes) + len(b.sizes) < 5:
        return
    pairs = [
        (i, j)
        for (i, m), (j, n) in itertools.product(enumerate(a.sizes), enumerate(b.sizes))
        if m == n
    ]
    if len(pairs) != 1:
        return
    [(i, j)] = pairs
    letters = iter("ijklmnopq")
    left = [next(letters) for _ in a.sizes]
    right = [left[i] if at == j else next(letters) for at in range(len(b.sizes))]
    kept = [one for one in right if one != left[i]]
    result = [*left[:i], *kept, *left[i + 1 :]]
    equation = f"{''.join(left)},{''.join(right)}->{''.join(result)}"
    yield Remedy(f"{{{_lib(scene)}}}.einsum('{equation}', {{{_k(a)}}}, {{{_k(b)}}})")


def _lib(scene: Scene) -> str:
    return "torch" if scene.library == "torch" else "np"


def _k(part: Part) -> str:
    return part.parameter.replace("[", "").replace("]", "")


def _ordinal(axis: int, part: Part) -> str:
    if axis == len(part.array.axes) - 1:
        return "last"
    return "first" if axis == 0 else "second" if axis == 1 else f"{axis + 1}th"


def _broadcast(scene: Scene) -> Cause | None:
    pair = _two(scene)
    if pair is None:
        return None
    (a, i), (b, j) = pair
    if len(a.sizes) < len(b.sizes):
        (a, i), (b, j) = (b, j), (a, i)
    left, right = size_text(a.sizes[i]), size_text(b.sizes[j])
    finding = f"{b.text}'s {right} lines up with {a.text}'s {left}"
    elsewhere = [at for at, size in enumerate(a.sizes) if size == b.sizes[j] and at != i]
    reason = "Shapes line up from the right."
    ways: list[Remedy] = []
    if elsewhere and len(b.sizes) < len(a.sizes):
        where = axis_text(elsewhere[0], len(a.sizes)).removeprefix("the ")
        finding += f", not with its {where} ({right})"
    ways += [*remedies.keepdims(b), *remedies.keepdims(a)]
    if len(a.sizes) == len(b.sizes) and sorted(map(str, a.sizes)) == sorted(map(str, b.sizes)):
        ways += [*remedies.transposed(b), *remedies.transposed(a)]
    if len(a.sizes) > 2 and i >= 2 and a.sizes[i] - b.sizes[j] in (1, -1):
        reason += (
            f" {left} and {right} are one apart: the mark of an odd size that was halved and "
            "rounded down, or of one element too many."
        )
    ways += _lined_up(a, b)
    ways += _usual(scene)
    return Cause(finding, reason, tuple(ways))


def _lined_up(a: Part, b: Part) -> Iterator[Remedy]:
    """The smaller operand with axes of size 1 put in, so that its axes meet their equals."""
    missing = len(a.sizes) - len(b.sizes)
    if missing <= 0 or len(a.sizes) > 5:
        return
    for places in itertools.combinations(range(len(a.sizes)), len(b.sizes)):
        fits = all(size in (a.sizes[at], 1) for at, size in zip(places, b.sizes, strict=True))
        if fits:
            index = [":" if at in places else "None" for at in range(len(a.sizes))]
            yield Remedy(f"{{{_k(b)}}}[{', '.join(index)}]", b.parameter)


def _linear(scene: Scene) -> Cause | None:
    pair = _two(scene)
    x = scene.parts()[0] if scene.parts() else None
    if scene.fact.relation != "equals" or x is None:
        return None
    got, wanted = scene.fact.left, scene.fact.right
    if pair is not None:
        (x, i), (weight, j) = pair
        got, wanted = x.sizes[i], weight.sizes[j]
    elif x.sizes and wanted == x.sizes[-1]:
        got, wanted = wanted, got
    reason = f"The last axis of {x.text} {shape_of(x.array)} has to be the layer's in_features."
    reason += _flat_story(wanted, x)
    ways: list[Remedy] = []
    if pair is not None:
        ways += remedies.transposed(pair[1][0])
        if pair[1][0].sizes[:1] == (got,):
            reason = (
                "F.linear transposes its weight: it wants (n_out, n_in), and "
                f"{pair[1][0].text} is stored (n_in, n_out)."
            )
    ways += [*remedies.transposed(x), *_flattened(x)]
    return Cause(f"expects {size_text(wanted)} features, got {size_text(got)}", reason, tuple(ways))


def _flattened(x: Part) -> Iterator[Remedy]:
    if len(x.sizes) > 2:
        yield Remedy(f"{{{_k(x)}}}.flatten(1)", x.parameter)
    elif isinstance(x.node, ast.Call) and isinstance(x.node.func, ast.Attribute):
        name, owner = x.node.func.attr, ast.unparse(x.node.func.value)
        if name == "flatten" and not x.node.args:
            yield Remedy(f"{owner}.flatten(1)", x.parameter)


def _flat_story(wanted: object, x: Part) -> str:
    """Whether the axes before a flatten would explain what was expected."""
    if not isinstance(wanted, int) or len(x.sizes) < 3:
        return ""
    total = 1
    for size in x.sizes[1:]:
        if not isinstance(size, int):
            return ""
        total *= size
    return f" {wanted} is what flattening all axes but the first gives." if total == wanted else ""


def _channels(scene: Scene) -> Cause | None:
    x = next((part for part in scene.parts() if part.parameter in ("x", "input")), None)
    if x is None or scene.fact.relation != "equals":
        return None
    sides = [one for one in (scene.fact.left, scene.fact.right) if is_size(one)]
    place = next((axis for name, axis in scene.places if name == x.parameter), None)
    if len(sides) < 2 or place is None:
        return None
    got = x.sizes[place]
    wanted = sides[1] if sides[0] == got else sides[0]
    reason = f"A convolution takes channels at axis {place}."
    ways: list[Remedy] = []
    spatial = len(x.sizes)
    if spatial >= 3 and x.sizes[-1] == wanted:
        reason = (
            f"Axis {spatial - 1} of {x.text} is {size_text(wanted)}: it is channels-last; a "
            f"convolution takes channels at axis {place}. Not reshape or view: they keep the size "
            "and scramble the pixels."
        )
        order = [*range(place), spatial - 1, *range(place, spatial - 1)]
        ways.append(remedies.permuted(x, order))
    elif got == 1:
        reason += f" {x.text} has one channel (grey images)."
        expanded = ", ".join(size_text(wanted) if at == place else "-1" for at in range(spatial))
        ways.append(Remedy(f"{{{_k(x)}}}.expand({expanded})", x.parameter))
    ways += [remedies.with_axis(x, place), *remedies.transposed(x)]
    return Cause(f"expects {size_text(wanted)} channels, got {size_text(got)}", reason, tuple(ways))


def _joined(scene: Scene) -> Cause | None:
    pair = _two(scene)
    if scene.fact.relation == "same-rank":
        shapes = listed([str(part) for part in scene.parts()[:4]])
        return Cause(
            "all of them need the same number of axes", f"They are {shapes}.", tuple(_usual(scene))
        )
    if pair is None:
        return None
    (a, i), (b, j) = pair
    left, right = size_text(a.sizes[i]), size_text(b.sizes[j])
    ways = (
        [Remedy(f"{scene.source(scene.step.node).replace('stack', 'cat', 1)}")]
        if (scene.op == "stack")
        else []
    )
    return Cause(
        f"{_axis(a, i)} is {left}, {_axis(b, j)} is {right}",
        f"{_sentence(getattr(scene.fact.why, 'text', ''))}",
        (*ways, *_usual(scene)),
    )


def _reshape(scene: Scene) -> Cause | None:
    x = scene.parts()[0] if scene.parts() else None
    wanted = scene.argument("shape")
    if x is None or not isinstance(wanted, tuple):
        return None
    count = 1
    for size in x.sizes:
        count = count * size
    total = size_text(count) if is_size(count) else "?"
    text = tuple_text(wanted)
    return Cause(
        f"{total} elements do not fit into {text}",
        f"{x.text} {shape_of(x.array)} holds {total} elements.",
    )


def _rank(scene: Scene) -> Cause | None:
    if scene.fact.relation not in ("rank", "rank-at-least"):
        return None
    [(parameter, _), *_] = getattr(scene.fact.why, "places", ()) or (("", None),)
    part = scene.part(parameter)
    if part is None:
        return None
    allowed = scene.fact.right
    wanted = (
        f"at least {allowed}"
        if scene.fact.relation == "rank-at-least"
        else " or ".join(map(str, allowed if isinstance(allowed, tuple) else (allowed,)))
    )
    finding = f"{part.text} has {counted(len(part.sizes), 'axis')}, {wanted} are needed"
    ways = [remedies.with_axis(part, place) for place in range(len(part.sizes) + 1)]
    ways += [remedies.without_axis(part, axis) for axis in remedies.unit_axes(part)]
    return Cause(finding, "", tuple(ways))


def _target(scene: Scene) -> Cause | None:
    parts = scene.parts()
    if len(parts) < 2:
        return None
    prediction, target = parts[:2]
    ways: list[Remedy] = [remedies.without_axis(target, one) for one in remedies.unit_axes(target)]
    rank = len(prediction.sizes)
    reason = ""
    if rank >= 3 and target.sizes == prediction.sizes[:-1]:
        reason = (
            f"The loss takes axis 1 as the class axis: it reads {size_text(prediction.sizes[1])} "
            f"classes; here the classes are the last axis ({size_text(prediction.sizes[-1])})."
        )
        order = [0, rank - 1, *range(1, rank - 1)]
        ways.insert(
            0,
            remedies.permuted(prediction, order)
            if rank > 3
            else Remedy(f"{{{_k(prediction)}}}.transpose(1, 2)", prediction.parameter),
        )
    elif len(target.sizes) == rank and 1 in target.sizes:
        reason = "The target has one axis too many."
    ways += [remedies.without_axis(prediction, one) for one in remedies.unit_axes(prediction)]
    ways += [remedies.with_axis(target, at) for at in range(1, len(target.sizes) + 1)]
    finding = f"the target {target} does not fit the prediction {prediction}"
    return Cause(finding, reason or _sentence(getattr(scene.fact.why, "text", "")), tuple(ways))


_BY_RULE: dict[str, Callable[[Scene], Cause | None]] = {
    "matmul-inner": _matmul,
    "broadcast": _broadcast,
    "assignment-shape": _broadcast,
    "linear-in-features": _linear,
    "conv-channels": _channels,
    "cat-axis": _joined,
    "reshape-size": _reshape,
    "rank": _rank,
    "loss-target": _target,
}
