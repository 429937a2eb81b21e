"""Layers that were made for other features or channels."""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING, Any

from shapecheck.advice.causes.cause import (
    Cause,
    axis_of,
    pair_of,
    size_of,
    subject_of,
    why_text,
)
from shapecheck.advice.rearranged import permuted, swapped, transposed, with_argument, with_axis
from shapecheck.advice.remedies import Remedy, escaped, evaluated
from shapecheck.advice.scene import shape_of
from shapecheck.advice.words import counted, size_text
from shapecheck.dims import is_size, product
from shapecheck.infer import Evaluator
from shapecheck.ops import Array

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.advice.scene import Part, Scene

LINEAR = ("linear", "linear_module", "lazy_linear_module")
INPUTS = ("x", "input", "input1", "query")


def _input(scene: Scene) -> Part | None:
    """What the layer got."""
    return next((part for part in scene.parts() if part.parameter in INPUTS), None)


def _sides(scene: Scene, x: Part, place: int) -> tuple[Any, Any] | None:
    """What an axis of the input is, and what it has to be."""
    sides = [getattr(one, "size", one) for one in (scene.fact.left, scene.fact.right)]
    if not all(is_size(one) for one in sides) or place >= x.rank:
        return None
    got = x.sizes[place]
    return got, sides[1] if sides[0] == got else sides[0]


def _place(scene: Scene, x: Part) -> int | None:
    return next((axis for name, axis in scene.places if name == x.parameter), None)


def refitted(scene: Scene, names: tuple[str, ...], stored: dict[str, Any]) -> Iterator[Remedy]:
    """The layer made anew, with other arguments; all others are kept.

    Where one of them cannot be written, only what changes is told.

    Args:
        scene: the layer's op.
        names: the arguments that are passed by position.
        stored: those that are other ones.
    """
    made = scene.step.named.rpartition(".")[2]
    if not scene.applied.op.stored or not made[:1].isupper():
        return
    words = [_plain_number(stored.get(name, scene.argument(name))) for name in names]
    if any(word is None for word in words):
        return
    layer = scene.step.layer
    others = layer.others if layer is not None and layer.op is scene.applied.op else {}
    rest = {name: stored.get(name, scene.argument(name)) for name in scene.applied.op.stored}
    unusual = {name: one for name, one in rest.items() if not _is_usual(scene, name, one, stored)}
    kept = {name: one for name, one in {**unusual, **others}.items() if name not in names}
    words += [f"{name}={_plain_number(value)!r}" for name, value in kept.items()]
    text = f"{{nn}}.{made}({', '.join(map(str, words))})"
    if any(_plain_number(value) is None for value in kept.values()) or made.startswith(ASSEMBLED):
        changed = ", ".join(f"{name}={_plain_number(value)!r}" for name, value in stored.items())
        text = f"{changed} where the {made} is made"
    yield Remedy(escaped(text) if "{nn}" not in text else text, stored=stored)


ASSEMBLED = "Transformer"  # layers of layers: not all that they were made with is to be seen


def _plain_number(value: Any) -> Any:
    """One number for a tuple of equal ones; None for what cannot be written."""
    if isinstance(value, (tuple, list)):
        if not value or any(_plain_number(one) is None for one in value):
            return None
        return value[0] if len(set(value)) == 1 else tuple(value)
    return value if isinstance(value, (bool, int, float, str)) else None


def _is_usual(scene: Scene, name: str, value: Any, stored: dict[str, Any]) -> bool:
    """Whether a setting need not be written."""
    default, plain = scene.applied.op.defaults.get(name), _plain_number(value)
    usual = [_plain_number(default)]
    if name in ("kdim", "vdim"):
        usual.append(stored.get("embed_dim", scene.argument("embed_dim")))
    if name == "stride" and default is None:  # that of a pooling is its window
        usual.append(_plain_number(scene.argument("kernel_size")))
    return value is None or (plain is not None and plain in usual)


# --- linear -----------------------------------------------------------------------------------


def _linear(scene: Scene) -> Cause | None:
    pair = pair_of(scene)
    x = _input(scene)
    if scene.fact.relation != "equals" or x is None or not x.rank:
        return None
    weight = None
    if pair is not None:
        (x, at), (weight, axis) = pair
        got, wanted = x.sizes[at], weight.sizes[axis]
    else:
        place = _place(scene, x)
        sides = _sides(scene, x, x.rank - 1 if place is None else place)
        if sides is None:
            return None
        got, wanted = sides
    reason, ways = _linear_story(scene, x, weight, got, wanted)
    finding = f"expects {size_text(wanted)} features, got {size_text(got)}"
    return Cause(finding, reason, tuple(ways))


def _linear_story(
    scene: Scene, x: Part, weight: Part | None, got: Any, wanted: Any
) -> tuple[str, list[Remedy]]:
    if weight is not None and weight.sizes[:1] == (got,):
        text = (
            "F.linear transposes its weight: it wants (n_out, n_in), and "
            f"{weight.text} is stored (n_in, n_out)."
        )
        return text, list(transposed(weight))
    is_delivered = _is_delivered(scene, x)
    for way in (_of_join, _of_flat_batch, _of_unflattened, _of_other_axis):
        found = way(scene, x, wanted)
        if found is not None and not (is_delivered and way is _of_other_axis):
            return found
    text = f"The last axis of {x.text} {shape_of(x.array)} has to be the layer's in_features."
    ways: list[Remedy] = []
    if (x.rank <= 2 or is_delivered) and "in_features" in scene.applied.bound:
        ways += refitted(scene, ("in_features", "out_features"), {"in_features": got})
    elif x.rank <= 3 and "input_size" in scene.applied.bound:
        ways += refitted(scene, ("input_size", "hidden_size"), {"input_size": got})
    return text, ways


def _is_delivered(scene: Scene, x: Part) -> bool:
    """Whether a layer in front gives the features as they are, so that they are the last axis."""
    if x.node is None:
        return False
    evaluator = Evaluator(scene.lookup, scene.assume)
    evaluator.value(x.node)
    for step in reversed(evaluator.steps):
        if not isinstance(step.value, Array) or step.value.sizes != x.sizes:
            return False
        if step.applied.op.name in LINEAR:
            return True
    return False


def _of_join(
    scene: Scene, x: Part, wanted: Any, place: int | None = None
) -> tuple[str, list[Remedy]] | None:
    """Arrays that were joined along another axis than the one that has to be so long."""
    node, place = x.node, x.rank - 1 if place is None else place
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if node.func.attr not in ("cat", "concat", "concatenate") or x.rank < 2:
        return None
    words = [word.value for word in node.keywords if word.arg in ("dim", "axis")]
    written = next(iter([*node.args[1:], *words]), None)
    if written is None:
        twin = copy.deepcopy(node)
        twin.keywords.append(ast.keyword("dim", ast.Constant(place)))
        text = ast.unparse(twin)
    else:
        text = with_argument(node, written, str(place))
    remedy = Remedy(escaped(text), x.parameter)
    joined = evaluated(scene, remedy.template)
    if not isinstance(joined, Array) or joined.is_open or joined.sizes[place] != wanted:
        return None
    story = f"{x.text} is {shape_of(x.array)}; joined along axis {place} it is {shape_of(joined)}."
    return story, [remedy]


def _of_flat_batch(scene: Scene, x: Part, wanted: Any) -> tuple[str, list[Remedy]] | None:
    """``x.flatten()``, which joins the batch, too."""
    node = x.node
    if x.rank != 1 or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    name, owner = node.func.attr, scene.value(node.func.value)
    flattens = (name in ("flatten", "ravel") and not node.args) or (
        name in ("view", "reshape") and len(node.args) == 1
    )
    if not flattens or not isinstance(owner, Array) or owner.is_open or owner.rank < 2:
        return None
    batch, *rest = owner.sizes
    if product(rest) != wanted:
        return None
    text = (
        f"{name}({', '.join(map(ast.unparse, node.args))}) joins the batch, too: "
        f"{size_text(x.sizes[0])} = {size_text(batch)}*{size_text(wanted)}."
    )
    return text, [Remedy(f"{ast.unparse(node.func.value)}.flatten(1)", x.parameter)]


def _of_unflattened(scene: Scene, x: Part, wanted: Any) -> tuple[str, list[Remedy]] | None:
    """Samples of several axes, which would fit if they were laid out flat."""
    del scene
    if x.rank < 3:
        return None
    for first in range(1, x.rank - 1):
        if product(x.sizes[first:]) == wanted:
            factors = "*".join(map(size_text, x.sizes[first:]))
            text = (
                f"{size_text(wanted)} = {factors}: the layer takes a sample laid out flat, "
                f"{x.text} {shape_of(x.array)} has it in {x.rank - first} axes."
            )
            return text, [Remedy(f"{{{x.key}}}.flatten({first})", x.parameter)]
    return None


def _of_other_axis(scene: Scene, x: Part, wanted: Any) -> tuple[str, list[Remedy]] | None:
    """The features stand on another axis."""
    del scene
    at = [axis for axis, size in enumerate(x.sizes) if size == wanted]
    if not at or x.rank < 2:
        return None
    axis = at[-1]
    text = (
        f"{axis_of(x, axis)} is {size_text(wanted)}: if it holds the features, it has to be the "
        "last; the layer takes the last axis."
    )
    text = f"{text[:1].upper()}{text[1:]}"
    order = [one for one in range(x.rank) if one != axis] + [axis]
    return text, [permuted(x, order)]


# --- convolutions -----------------------------------------------------------------------------


def _channels(scene: Scene) -> Cause | None:
    x = _input(scene)
    if x is None or scene.fact.relation != "equals":
        return None
    place = _place(scene, x)
    sides = _sides(scene, x, place) if place is not None else None
    if place is None or sides is None:
        return None
    got, wanted = sides
    reason, ways = _channel_story(scene, x, place, got, wanted)
    finding = f"expects {_channels_text(wanted)}, got {size_text(got)}"
    return Cause(finding, reason, tuple(ways))


def _channels_text(size: Any) -> str:
    return "1 channel" if size == 1 else f"{size_text(size)} channels"


def _channel_story(
    scene: Scene, x: Part, place: int, got: Any, wanted: Any
) -> tuple[str, list[Remedy]]:
    taken = f"A convolution takes channels at axis {place}"
    joined = _of_join(scene, x, wanted, place)
    if joined is not None:
        refits = refitted(
            scene, ("in_channels", "out_channels", "kernel_size"), {"in_channels": got}
        )
        return f"{taken}. {joined[0]}", [*joined[1], *refits]
    spatial = x.rank - place - 1
    if x.rank >= 3 and x.sizes[-1] == wanted and place < x.rank - 1:
        last = x.rank - 1
        what = "it is channels-last" if spatial > 1 else "the features are last"
        text = (
            f"Axis {last} of {x.text} is {size_text(wanted)}: {what}; {taken.lower()}. Not reshape "
            "or view: they keep the size and scramble the pixels."
        )
        return text, [permuted(x, [*range(place), last, *range(place, last)])]
    if place == 0 and x.rank >= 2:
        return _unbatched(x, wanted)
    ways: list[Remedy] = []
    text = f"{taken}."
    if got == 1:
        text += f" {x.text} has one channel (grey images)."
        sizes = [size_text(wanted) if at == place else "-1" for at in range(x.rank)]
        ways.append(
            Remedy(f"{{{x.key}}}.expand({', '.join(sizes)})", x.parameter).saying(
                "the grey value in each channel"
            )
        )
    elif wanted in x.sizes:
        axis = x.sizes.index(wanted)
        text += f" Axis {axis} of {x.text} has the size {size_text(wanted)}."
        ways.append(swapped(x, min(axis, place), max(axis, place)))
    if scene.argument("groups") in (1, None) and "in_channels" in scene.applied.bound:
        names = ("in_channels", "out_channels", "kernel_size")
        ways += refitted(scene, names, {"in_channels": got})
    return text, ways


def _unbatched(x: Part, wanted: Any) -> tuple[str, list[Remedy]]:
    """An array that is read as one image without a batch."""
    text = (
        f"{x.text} has {counted(x.rank, 'axis')}, so it is read as ONE image without a batch: "
        f"axis 0 ({size_text(x.sizes[0])}) is taken for its channels."
    )
    if wanted == 1:
        return f"{text} A batch of images of one channel needs that axis.", [with_axis(x, 1)]
    return text, [with_axis(x, 1), *transposed(x)]


# --- normalisation ----------------------------------------------------------------------------


def _norm(scene: Scene) -> Cause | None:
    text = why_text(scene)
    x = _input(scene) or subject_of(scene)
    if x is None:
        return None
    if "single number" in text:
        return _single(scene, x)
    if scene.fact.relation != "equals":
        return None
    if "normalized_shape" in scene.applied.bound:
        return _layer_norm(scene, x)
    got = x.sizes[1] if x.rank > 1 else None
    sides = [getattr(one, "size", one) for one in (scene.fact.left, scene.fact.right)]
    if got is None or got not in sides:
        return None
    wanted = sides[1] if sides[0] == got else sides[0]
    finding = f"expects {size_of(wanted)} channels, got {size_of(got)}"
    reason = f"The layer takes the channels at axis 1; axis 1 of {x.text} is {size_of(got)}."
    ways: list[Remedy] = []
    at = [axis for axis, size in enumerate(x.sizes) if size == wanted]
    if at and x.rank >= 3:
        reason += f" The {size_of(wanted)} stand at axis {at[-1]}."
        order = [0, at[-1], *(one for one in range(1, x.rank) if one != at[-1])]
        ways.append(permuted(x, order))
    elif "num_features" in scene.applied.bound:
        ways += refitted(scene, ("num_features",), {"num_features": got})
    return Cause(finding, reason, tuple(ways))


def _single(scene: Scene, x: Part) -> Cause:
    """Statistics over a single number."""
    finding = f"one number for each channel has no variance ({x})"
    reason = (
        "In training the layer takes mean and variance over the batch (and the places of an "
        "image): from one number nothing is left."
    )
    way = "drop_last=True in the DataLoader, or model.eval() to use the running statistics"
    if "instance_norm" in scene.op:
        reason = (
            "The layer takes mean and variance over the places of one image: here there is one."
        )
        way = "a norm over channels, such as nn.LayerNorm or nn.GroupNorm"
    return Cause(finding, reason, (Remedy(way, advice=True),))


def _layer_norm(scene: Scene, x: Part) -> Cause | None:
    wanted = scene.argument("normalized_shape")
    place = _place(scene, x)
    if not isinstance(wanted, tuple) or place is None:
        return None
    got = x.sizes[x.rank - len(wanted) :]
    finding = f"expects last axes {_tuple(wanted)}, got {_tuple(got)}"
    reason = "The layer was made for the last axis of its input."
    if len(wanted) > 1:
        reason = f"The layer was made for the last {len(wanted)} axes of its input."
    ways: list[Remedy] = []
    if len(wanted) == 1:
        finding = f"expects {size_text(wanted[0])} features, got {size_text(got[0])}"
        at = [axis for axis, size in enumerate(x.sizes) if size == wanted[0]]
        if at:
            reason += f" The {size_text(wanted[0])} stand at axis {at[-1]} of {x.text}."
            ways.append(permuted(x, [*(n for n in range(x.rank) if n != at[-1]), at[-1]]))
        elif isinstance(got[0], int):
            ways += refitted(scene, ("normalized_shape",), {"normalized_shape": (got[0],)})
    return Cause(finding, reason, tuple(ways))


def _tuple(sizes: tuple[object, ...]) -> str:
    shown = [size_of(one) or "?" for one in sizes]
    return f"({shown[0]},)" if len(shown) == 1 else f"({', '.join(shown)})"


# --- windows ----------------------------------------------------------------------------------


def _window(scene: Scene) -> Cause | None:
    """A window that is larger than the image."""
    x = _input(scene)
    place = _place(scene, x) if x is not None else None
    is_larger = "room for a window" in why_text(scene) or "as the window" in why_text(scene)
    if x is None or place is None or not is_larger:
        return None
    window = _window_at(scene, place - x.rank)
    size = size_text(x.sizes[place])
    finding = f"a window of {window} does not fit into {size} (axis {place} of {x.text})"
    reason = (
        f"{x} is smaller than the window of {scene.step.named.rpartition('.')[2]}, its padding "
        "included: the map has shrunk too far in front, or the axes are in another order."
    )
    ways: list[Remedy] = []
    if x.rank >= 4 and x.sizes[-1] in (1, 3):
        lead = x.rank - 3
        ways.append(permuted(x, [*range(lead), x.rank - 1, *range(lead, x.rank - 1)]))
    return Cause(finding, reason, tuple(ways))


def _window_at(scene: Scene, axis: int) -> str:
    """The size of the window along an axis, counted from the end."""
    kernel, weight = scene.argument("kernel_size"), scene.part("weight")
    if kernel is None and weight is not None:
        kernel = weight.sizes[2:]
    if isinstance(kernel, (tuple, list)):
        kernel = kernel[axis] if len(kernel) >= -axis else None
    return size_text(kernel) if is_size(kernel) else "?"


CAUSES = {
    "linear-in-features": _linear,
    "conv-channels": _channels,
    "norm-size": _norm,
    "window-size": _window,
}
