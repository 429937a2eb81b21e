"""Layers that are allowed: which axis they read as what, and how sizes come about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecheck.advice.words import counted, size_text
from shapecheck.ops import Array

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.advice.scene import Part, Scene


def _first(scene: Scene) -> Part | None:
    return next(iter(scene.parts()), None)


def _of_conv(scene: Scene) -> Iterator[str]:
    part = _first(scene)
    axes = next((n for n in (1, 2, 3) if f"conv{n}d" in scene.op), 0)
    if part is None or not axes:
        return
    if part.rank == axes + 1:
        yield (
            f"{part.text} has {counted(axes + 1, 'axis')}, so it is read as ONE image without a "
            f"batch: axis 0 ({size_text(part.sizes[0])}) is taken for channels. If it is a batch "
            f"of grey images, {part.text}.unsqueeze(1) puts the channel axis in."
        )
    yield from _sliding(scene, part)


def _sliding(scene: Scene, part: Part) -> Iterator[str]:
    """How the size of an image comes about: ``(28 + 2*0 - 3) / 1 + 1 = 26``."""
    result = scene.step.value
    kernel = _one(scene.argument("kernel_size"))
    weight = scene.part("weight")
    if kernel is None and weight is not None and weight.rank > 2:
        kernel = weight.sizes[-1]
    stride, padding = _one(scene.argument("stride")), _one(scene.argument("padding"))
    stride = kernel if stride is None and "pool" in scene.op else stride
    dilation = _one(scene.argument("dilation"))
    if not isinstance(result, Array) or result.is_open or not result.rank:
        return
    before, after = part.sizes[-1], result.sizes[-1]
    numbers = (before, after, kernel, stride, padding)
    if not all(isinstance(one, int) for one in numbers) or dilation not in (1, None):
        return
    if (before + 2 * padding - kernel) // stride + 1 != after:
        return
    rest = (before + 2 * padding - kernel) % stride
    padded = f"{before} + 2*{padding}" if padding else f"{before}"
    rounded = ", rounded down" if rest else ""
    yield (
        f"Along an axis: ({padded} - {kernel}) / {stride} + 1 = {after}{rounded}, for a kernel of "
        f"{kernel}, stride {stride}, padding {padding}."
    )


def _one(value: Any) -> Any:
    """One number for all axes; None if they differ."""
    if isinstance(value, (tuple, list)):
        return value[0] if value and len(set(value)) == 1 else None
    return value if isinstance(value, int) else None


def _of_pool(scene: Scene) -> Iterator[str]:
    part = _first(scene)
    if part is not None and not scene.argument("ceil_mode"):
        yield from _sliding(scene, part)


def _of_recurrent(scene: Scene) -> Iterator[str]:
    part = _first(scene)
    if part is None or part.rank != 3:
        return
    first = bool(scene.argument("batch_first"))
    time, batch = (part.sizes[1], part.sizes[0]) if first else (part.sizes[0], part.sizes[1])
    yield f"It reads {size_text(time)} time steps of a batch of {size_text(batch)}."
    if not first:
        yield (
            "batch_first is False, so axis 0 is time. If axis 0 is the batch, set "
            f"batch_first=True or pass {part.text}.transpose(0, 1): the shapes come out right "
            "either way, and samples are mixed through the hidden state."
        )
    layers = scene.argument("num_layers") or 1
    ways = 2 if scene.argument("bidirectional") else 1
    yield (
        f"h_n is (layers*directions, batch, hidden), also with batch_first: {layers}*{ways} states "
        "in front; h_n[-1] is the last layer's, h_n.transpose(0, 1).flatten(1) joins by sample."
    )


def _of_attention(scene: Scene) -> Iterator[str]:
    part = _first(scene)
    if part is None or part.rank != 3 or scene.argument("batch_first"):
        return
    first, second = size_text(part.sizes[0]), size_text(part.sizes[1])
    yield (
        f"batch_first is False: attention runs over axis 0 ({first} positions) for each of "
        f"{second} samples. If axis 0 is the batch, samples attend to each other; the weights "
        f"({second}, {first}, {first}) show it. batch_first=True reads (batch, time, features)."
    )


def _of_cross_entropy(scene: Scene) -> Iterator[str]:
    part = _first(scene)
    if part is None or part.rank < 2:
        return
    if part.rank >= 3:
        yield (
            f"Classes are axis 1 ({size_text(part.sizes[1])} of them). If the scores are "
            f"(batch, time, classes), {part.text}.transpose(1, 2) puts them there; with as many "
            "steps as classes nothing raises, and steps are scored as classes."
        )
    elif scene.argument("reduction") in ("mean", None):
        yield (
            f"One class for each of the {size_text(part.sizes[0])} rows, out of "
            f"{size_text(part.sizes[1])}; the mean over the rows."
        )


def _of_attention_mask(scene: Scene) -> Iterator[str]:
    mask, query = scene.part("attn_mask"), _first(scene)
    if mask is None or query is None or mask.rank != 2 or query.rank != 4:
        return
    yield (
        f"A mask of two axes is (queries, keys) for every sample. If {mask.text} is (batch, keys), "
        f"{mask.text}[:, None, None, :] says so."
    )


def _of_embedding(scene: Scene) -> Iterator[str]:
    part = _first(scene)
    if part is not None:
        yield f"Each number of {part.text} is replaced by a row: one more axis at the end."


TAUGHT = {
    **dict.fromkeys(("rnn_module", "lstm_module"), _of_recurrent),
    **{f"conv{n}d{kind}": _of_conv for n in (1, 2, 3) for kind in ("", "_module")},
    **{
        f"{way}_pool{n}d{kind}": _of_pool
        for way in ("max", "avg")
        for n in (1, 2, 3)
        for kind in ("", "_module")
    },
    **dict.fromkeys(("embedding", "embedding_module"), _of_embedding),
    "multihead_attention_module": _of_attention,
    "cross_entropy": _of_cross_entropy,
    "scaled_dot_product_attention": _of_attention_mask,
}
