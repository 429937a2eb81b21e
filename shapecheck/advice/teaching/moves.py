"""Moves of the data, reductions, joins: what stays where it was, and what does not."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapecheck.advice.words import counted, listed, size_text, tuple_text
from shapecheck.dims import product
from shapecheck.ops import Array, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.advice.scene import Part, Scene


def _first(scene: Scene) -> Part | None:
    return next(iter(scene.parts()), None)


def _shape(sizes: tuple[object, ...]) -> str:
    return tuple_text(map(size_text, sizes))  # type: ignore[arg-type]


def _of_transpose(scene: Scene) -> Iterator[str]:
    part = _first(scene)
    if part is None:
        return
    if part.rank == 1:
        yield (
            f"{part.text} is 1-D, neither a row nor a column: .T does nothing. A column is "
            f"{part.text}[:, None], {_shape((*part.sizes, 1))}; a row is {part.text}[None, :], "
            f"{_shape((1, *part.sizes))}."
        )
        return
    yield from _of_ndmin(part)
    yield "A view: the axes trade places, no number moves, it costs nothing."


def _of_ndmin(part: Part) -> Iterator[str]:
    """``np.array(x, ndmin=2).T``."""
    node = part.node
    if not isinstance(node, ast.Call) or part.rank != 2 or part.sizes[0] != 1:
        return
    if any(word.arg == "ndmin" for word in node.keywords):
        yield (
            f"The row becomes a column, {_shape(part.sizes[::-1])}: one sample as W @ X wants it, "
            "with samples in columns."
        )


def _of_array(scene: Scene) -> Iterator[str]:
    part, result, ndmin = _first(scene), scene.step.value, scene.argument("ndmin")
    if part is None or not isinstance(result, Array) or not isinstance(ndmin, int) or ndmin < 2:
        return
    if result.rank > part.rank:
        yield (
            f"ndmin={ndmin} puts axes of size 1 in FRONT: one sample {_shape(part.sizes)} becomes "
            f"the row {_shape(result.sizes)}, not a column."
        )
    else:
        yield (
            f"{part.text} has {counted(part.rank, 'axis')} already, so that ndmin={ndmin} changes "
            "nothing; a .T then turns samples into features."
        )


def _of_reshape(scene: Scene) -> Iterator[str]:
    part, result = _first(scene), scene.step.value
    if part is None or not isinstance(result, Array):
        return
    old, new = part.sizes, result.sizes
    if sorted(map(str, old)) == sorted(map(str, new)) and old != new and 1 not in old:
        way = "permute" if scene.library == "torch" else "transpose"
        yield (
            f"{scene.op} keeps the order in memory and cuts it anew; it does not move axes. To "
            f"turn {_shape(old)} into {_shape(new)} with each number staying with its axes, use "
            f"{way}: the shape is the same, the data are not."
        )
    elif len(old) > 2 and new[:1] == old[1:2] and old[0] not in (1, old[1]):
        yield (
            f"The new first axis ({size_text(new[0])}) is not the old axis 1: {scene.op} does not "
            f"move axes, and mixes axes 0 and 1. {part.atom}.{_swap(scene)}(0, 1) moves it to the "
            "front, before the rest is laid out flat."
        )
    elif len(old) > 1 and len(new) > 1 and old[0] != new[0] and 1 not in (old[0], new[0]):
        yield (
            f"The first axis was {size_text(old[0])} and is {size_text(new[0])}: if it is the "
            f"batch, samples were cut or joined. {part.atom}.{scene.op}({part.text}.shape[0], -1) "
            "keeps it."
        )


def _swap(scene: Scene) -> str:
    return "transpose" if scene.library == "torch" else "swapaxes"


def _of_flatten(scene: Scene) -> Iterator[str]:
    part, result = _first(scene), scene.step.value
    if part is None or not isinstance(result, Array) or part.rank < 2:
        return
    if result.rank == 1:
        factors = "*".join(map(size_text, part.sizes))
        yield (
            f"Read row by row, {factors} = {size_text(product(part.sizes))} numbers in one axis. "
            "Of a batch, flatten(1) would keep the first axis."
        )


def _of_squeeze(scene: Scene) -> Iterator[str]:
    part = _first(scene)
    if part is None or scene.argument("dim") is not None:
        return
    units = [at for at, size in enumerate(part.sizes) if size == 1]
    if part.rank < 2:
        return
    if units:
        yield (
            f"Without an axis, every axis of size 1 is dropped ({listed(list(map(str, units)))} "
            "here): with a batch of one, the batch too. squeeze(-1) names the one that is meant."
        )
    else:
        yield "No axis has the size 1 here; with a batch of one, squeeze() would drop the batch."


def _of_softmax(scene: Scene) -> Iterator[str]:
    part, dim = _first(scene), scene.argument("dim")
    if part is None or not isinstance(dim, int) or not part.rank:
        return
    axis = dim % part.rank
    count = part.sizes[axis]
    if count == 1:
        yield f"Axis {axis} has one number: its softmax is 1, whatever it is."
        return
    yield f"The {size_text(count)} numbers along axis {axis} sum to 1."
    if axis == 0 and part.rank == 2:
        yield "If axis 0 is the batch, samples compete with each other: dim=-1 is over the classes."


def _of_indexing(scene: Scene) -> Iterator[str]:
    part, index = _first(scene), scene.argument("index")
    if part is None:
        return
    if isinstance(index, int) and not isinstance(index, bool) and part.rank == 3:
        yield (
            f"An index takes from axis 0 ({size_text(part.sizes[0])} entries) and drops it. If "
            "axis 0 is the batch, this is one sample with all its steps; the last step of all "
            f"samples is {part.text}[:, {index}]."
        )
    elif isinstance(index, tuple) and any(isinstance(one, int) for one in index):
        yield "A number takes one entry and drops its axis; 0:1 would keep it with the size 1."


def _of_expand(scene: Scene) -> Iterator[str]:
    part, result = _first(scene), scene.step.value
    if part is not None:
        yield (
            f"A view: {part.text} is read many times, nothing is copied; its gradient is the sum "
            "over them. @ and + stretch by themselves."
        )
        if isinstance(result, Array) and result.rank > part.rank:
            count = size_text(product(result.sizes[: result.rank - part.rank]))
            yield f"Made an nn.Parameter, it would be {count} weights of their own, not one."


def _of_reduction(scene: Scene) -> Iterator[str]:
    part, result = _first(scene), scene.step.value
    if part is None or not isinstance(result, Array) or part.rank == result.rank:
        return
    gone = part.rank - result.rank
    if not result.rank:
        yield f"All {size_text(product(part.sizes))} numbers become one."
        return
    word = "keepdim" if scene.library == "torch" else "keepdims"
    kept = "it" if gone == 1 else "them"
    verb = "is" if gone == 1 else "are"
    yield (
        f"{counted(gone, 'axis').capitalize()} {verb} reduced and dropped; {word}=True would keep "
        f"{kept} with the size 1, so that the result lines up with {part.text}."
    )


def _of_join(scene: Scene) -> Iterator[str]:
    ones = [part for part in scene.parts() if "ones(" in part.text and part.sizes[-1:] == (1,)]
    if ones:
        yield (
            "A column of ones carries the bias: the weight needs one more row for it, "
            "(n_in + 1, n_out)."
        )


def _of_record(scene: Scene) -> Iterator[str]:
    value = scene.step.value
    if isinstance(value, Record):
        shapes = [
            f"{name} {_shape(one.sizes)}"
            for name, one in zip(value.names, value.values, strict=False)
            if isinstance(one, Array) and not one.is_open
        ]
        yield f"It gives {listed(shapes)}."


TAUGHT = {
    **dict.fromkeys(("sum", "mean", "prod", "spread", "spread_whole", "any"), _of_reduction),
    **dict.fromkeys(("extrema", "extremum", "argmax", "median", "logsumexp"), _of_reduction),
    **dict.fromkeys(("norm", "vector_norm", "norm_of_any", "norm_of_either"), _of_reduction),
    **dict.fromkeys(("cat", "concatenate", "hstack", "column_stack"), _of_join),
    **dict.fromkeys(("reshape", "view"), _of_reshape),
    **dict.fromkeys(("flatten", "ravel"), _of_flatten),
    **dict.fromkeys(("reversed_axes", "transpose_matrix", "matrix_transpose"), _of_transpose),
    **dict.fromkeys(("transpose", "swap_axes", "permute"), _of_transpose),
    **dict.fromkeys(("expand", "expand_as"), _of_expand),
    **dict.fromkeys(("svd", "svd_numpy", "qr", "qr_numpy", "topk", "sort_along"), _of_record),
    **dict.fromkeys(("softmax", "softmax_along_some", "softmax_module"), _of_softmax),
    "array": _of_array,
    "squeeze": _of_squeeze,
    "getitem": _of_indexing,
}
