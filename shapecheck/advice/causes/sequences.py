"""Recurrent layers and attention: states, masks, and which axis is the batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecheck.advice.causes.cause import (
    Cause,
    called_with,
    sentence,
    size_of,
    subject_of,
    why_text,
)
from shapecheck.advice.causes.layers import refitted
from shapecheck.advice.rearranged import swapped, with_axis
from shapecheck.advice.remedies import Remedy
from shapecheck.advice.scene import shape_of
from shapecheck.advice.words import counted, size_text, tuple_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.advice.scene import Part, Scene


def _sizes(scene: Scene) -> tuple[object, object]:
    """The two sizes that differ: what is, and what has to be."""
    left, right = scene.fact.left, scene.fact.right
    return getattr(left, "size", left), getattr(right, "size", right)


# --- states -------------------------------------------------------------------------------------


def _state(scene: Scene) -> Cause | None:
    state, x = subject_of(scene), scene.part("input")
    if state is None or x is None:
        return None
    if scene.fact.relation == "rank":
        return _state_rank(scene, state, x)
    place = next((axis for name, axis in scene.places if name == state.parameter), None)
    if scene.fact.relation != "equals" or place is None:
        return None
    got, wanted = _sizes(scene)
    if state.rank == 3 and place == 1:
        return _state_batch(scene, state, x, got, wanted)
    if place == 0 and state.rank > 1 and "num_layers" in scene.applied.bound:
        layers, ways = scene.argument("num_layers"), 2 if scene.argument("bidirectional") else 1
        count = "1 state" if got == 1 else f"{size_of(got)} states"
        finding = f"{state.text} has {count} in front, {size_of(wanted)} are needed"
        reason = (
            f"A state holds one entry for each layer and direction: {layers}*{ways}; its axes are "
            "(layers*directions, batch, hidden), also with batch_first."
        )
        return Cause(finding, reason, _state_turned(state, wanted))
    finding = (
        f"{state.text}'s last axis is {size_of(got)}, the layer's hidden size {size_of(wanted)}"
    )
    return Cause(finding, "A state has the layer's hidden size as its last axis.")


def _state_turned(state: Part, wanted: object) -> tuple[Remedy, ...]:
    """A state with the batch in front."""
    if state.rank == 3 and state.sizes[1] == wanted:
        return (swapped(state, 0, 1),)
    return ()


def _state_batch(scene: Scene, state: Part, x: Part, got: object, wanted: object) -> Cause:
    first = bool(scene.argument("batch_first"))
    finding = (
        f"{state.text} is made for a batch of {size_of(got)}, this batch has {size_of(wanted)}"
    )
    other = x.sizes[1] if first else x.sizes[0]
    if x.rank == 3 and got == other:
        axis = 0 if first else 1
        reason = (
            f"batch_first is {first}: axis {axis} of {x.text} ({size_of(wanted)}) is read as the "
            f"batch, axis {1 - axis} ({size_of(got)}) as time. By the state it is the other way."
        )
        made = [*_layer_with(scene, {"batch_first": not first})]
        return Cause(finding, reason, (*made, swapped(x, 0, 1)))
    rows = f"{x.text}.shape[{0 if first else 1}]"
    reason = (
        f"{state.text} has the axes (layers*directions, batch, hidden); a state that is made once "
        "fits one batch only, and the last batch is often smaller."
    )
    advice = Remedy(f"a state made from {rows}, or drop_last=True in the DataLoader", advice=True)
    return Cause(finding, reason, (advice,))


def _state_rank(scene: Scene, state: Part, x: Part) -> Cause:
    finding = f"{state.text} {shape_of(state.array)} has {counted(state.rank, 'axis')}"
    if x.rank == 3 and state.rank == 2:
        reason = (
            "With a batch, a state is (layers*directions, batch, hidden): the axis in front is "
            "missing."
        )
        ways = (_states_with_axis(scene, x), with_axis(state, 0))
        return Cause(f"{finding}, 3 are needed", reason, ways)
    reason = f"{x.text} {shape_of(x.array)} has no batch axis, so its state has 2 axes."
    return Cause(f"{finding}, {size_of(scene.fact.right) or x.rank} are needed", reason, ())


def _states_with_axis(scene: Scene, x: Part) -> Remedy:
    """Both states of an LSTM, each with the axis in front."""
    states = [part for part in scene.parts() if part.parameter.startswith("hx")]
    inside = ", ".join(f"{{{one.key}}}.unsqueeze(0)" for one in states)
    inside = f"({inside})" if len(states) > 1 else inside
    return Remedy(called_with(scene, f"{{{x.key}}}", inside))


def _layer_with(scene: Scene, stored: dict[str, Any]) -> Iterator[Remedy]:
    """The layer made with another setting."""
    pairs = (("input_size", "hidden_size"), ("embed_dim", "num_heads"), ("d_model", "nhead"))
    names = next((pair for pair in pairs if pair[0] in scene.applied.bound), None)
    if names is not None:
        yield from refitted(scene, names, stored)


# --- attention ----------------------------------------------------------------------------------


def _attention(scene: Scene) -> Cause | None:
    part = subject_of(scene)
    if part is None:
        return None
    mask = _mask_of(scene)
    if mask is not None:
        return _mask(scene, mask)
    text = why_text(scene)
    if scene.fact.relation == "divides":
        heads, features = size_of(scene.fact.left), size_of(scene.fact.right)
        return Cause(f"{features} features do not fall into {heads} heads", sentence(text))
    if scene.fact.relation in ("equals", "broadcasts"):
        return _features(scene, part, text)
    if scene.fact.relation == "rank":
        allowed = scene.fact.right
        many = allowed if isinstance(allowed, tuple) else (allowed,)
        wanted = " or ".join(map(str, many))
        finding = f"{part} has {counted(part.rank, 'axis')}, {wanted} are needed"
        query = scene.part("query")
        reason = (
            f"Queries, keys and values have as many axes; {query} is the query." if query else ""
        )
        ways = (with_axis(part, 0),) if part.rank == 2 else ()
        return Cause(finding, reason, ways)
    return None


def _mask_of(scene: Scene) -> Part | None:
    """The mask, if the requirement is about one."""
    named = [name for name, _ in getattr(scene.fact.why, "places", ()) if "mask" in name]
    return scene.part(named[0]) if named else None


def _features(scene: Scene, part: Part, text: str) -> Cause:
    got, wanted = _sizes(scene)
    left, right = size_of(got), size_of(wanted)
    finding = f"{part.text} {shape_of(part.array)}: {left} and {right} differ"
    if "made for" in text:
        finding = f"expects {right} features, got {left}"
        heads = scene.argument("num_heads")
        if scene.step.named.endswith("MultiheadAttention") and isinstance(heads, int):
            ways = [
                *_swapped_features(scene, wanted),
                *_for_features(scene, got),
            ]
            text = f"The last axis of {part.text} {shape_of(part.array)} has to be embed_dim"
            return Cause(finding, sentence(text), tuple(ways))
    ways = _swapped_features(scene, wanted) if "last axis" in text else []
    query, key = scene.part("query"), scene.part("key")
    if scene.op == "scaled_dot_product_attention" and query is not None and key is not None:
        ways += [swapped(one, one.rank - 2, one.rank - 1) for one in (key, query) if one.rank > 1]
    return Cause(finding, sentence(text), tuple(ways))


def _for_features(scene: Scene, got: object) -> Iterator[Remedy]:
    """The attention made for other features, of keys and values too if they are the same."""
    old = scene.argument("embed_dim")
    same = [name for name in ("kdim", "vdim") if scene.argument(name) == old]
    yield from refitted(
        scene, ("embed_dim", "num_heads"), {"embed_dim": got, **dict.fromkeys(same, got)}
    )


def _swapped_features(scene: Scene, wanted: object) -> list[Remedy]:
    """An array whose features stand on another axis."""
    return [
        swapped(one, one.sizes.index(wanted), 2)
        for one in scene.parts()
        if one.rank == 3 and wanted in one.sizes[:2]
    ]


def _mask(scene: Scene, mask: Part) -> Cause:
    query = scene.part("query") or scene.part("src") or scene.part("tgt")
    key = scene.part("key") or query
    got, wanted = _sizes(scene)
    left, right = size_of(got), size_of(wanted)
    called = str(mask) if "mask" in mask.text else f"the mask {mask}"
    finding = f"{called} does not fit: {left} and {right} differ"
    if not left or not right:
        finding = f"{called} does not fit"
    if query is None or key is None or query.rank != 3 or "batch_first" not in scene.applied.bound:
        return Cause(finding, sentence(why_text(scene)), _mask_ways(scene, mask))
    first = bool(scene.argument("batch_first"))
    batch, time = (0, 1) if first else (1, 0)
    reason = (
        f"batch_first is {first}: axis {time} of {query.text} ({size_text(query.sizes[time])}) is "
        f"read as time, axis {batch} ({size_text(query.sizes[batch])}) as the batch; "
        f"{_mask_wanted(scene, mask, query, key, batch)}; the mask is {shape_of(mask.array)}."
    )
    ways: list[Remedy] = []
    inside = scene.names and scene.module.endswith((".self_attn", ".multihead_attn"))
    if not first and inside:  # the attention is torch's own part of a layer that the user made
        ways.append(Remedy("batch_first=True where the Transformer layer is made", advice=True))
    elif not first:
        ways += _layer_with(scene, {"batch_first": True})
    if mask.rank == 2:
        ways += [swapped_mask(mask)]
    return Cause(finding, reason, tuple(ways))


def swapped_mask(mask: Part) -> Remedy:
    """A mask with its two axes exchanged."""
    return Remedy(f"{{{mask.key}}}.T", mask.parameter)


def _mask_wanted(scene: Scene, mask: Part, query: Part, key: Part, batch: int) -> str:
    """What a mask has to be for these queries and keys."""
    time = 1 - batch
    samples, queries, keys = query.sizes[batch], query.sizes[time], key.sizes[time]
    if "padding" in mask.parameter:
        return f"a padding mask is (batch, keys) = {tuple_text(map(size_text, (samples, keys)))}"
    if mask.rank == 3:
        heads = scene.argument("num_heads")
        return (
            f"a mask of three axes is (batch*heads, queries, keys) = "
            f"({size_text(samples)}*{heads}, {size_text(queries)}, {size_text(keys)})"
        )
    return f"a mask is (queries, keys) = {tuple_text(map(size_text, (queries, keys)))}"


def _mask_ways(scene: Scene, mask: Part) -> tuple[Remedy, ...]:
    """A mask of (batch, keys) put before the heads and the queries."""
    query, key = scene.part("query"), scene.part("key")
    if query is None or key is None or mask.rank != 2 or query.rank != 4:
        return ()
    if mask.sizes == (query.sizes[0], key.sizes[-2]):
        return (Remedy(f"{{{mask.key}}}[:, None, None, :]", mask.parameter),)
    return ()


CAUSES = {"state-shape": _state, "attention-shape": _attention}
