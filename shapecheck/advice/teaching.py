"""What is worth saying of an op that is allowed: how it reads its axes, and the usual slip."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapecheck.advice.scene import shape_of
from shapecheck.advice.words import counted, is_weight_name, listed, size_text, tuple_text
from shapecheck.ops import Array, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shapecheck.advice.scene import Part, Scene


def sentences(scene: Scene) -> Iterator[str]:
    """The sentences on one op."""
    way = _TAUGHT.get(scene.op)
    if way is not None:
        yield from way(scene)


def _first(scene: Scene) -> Part | None:
    return next(iter(scene.parts()), None)


# --- products -----------------------------------------------------------------------------------


def _of_matmul(scene: Scene) -> Iterator[str]:
    parts = scene.parts()
    if len(parts) != 2:
        return
    a, b = parts
    if len(a.sizes) == len(b.sizes) == 1:
        yield f"Both are 1-D: the sum of their products, one number. {a.text}.T is {a.text}."
        yield f"A table of all products is np.outer({a.text}, {b.text})."
        return
    if not a.sizes or not b.sizes:
        yield "One side is a single number: it scales the other."
        return
    if scene.op == "dot" and len(a.sizes) > 2 and len(b.sizes) > 2:
        yield (
            f"dot multiplies every matrix of {a.text} with every matrix of {b.text}: no batch axis "
            f"is paired. For matrix i with matrix i write {a.text} @ {b.text}."
        )
        return
    inner = size_text(a.sizes[-1])
    place = {1: "its only", 2: "the first"}.get(len(b.sizes), "the second last")
    where = f"{place} axis of {b.text}" if len(b.sizes) > 1 else f"the only axis of {b.text}"
    yield f"The last axis of {a.text} is paired with {where}: {inner} = {inner}, summed over."
    if len(a.sizes) == 1:
        yield f"{a.text} is 1-D: @ reads it as a row and drops that axis again."
    if len(b.sizes) == 1:
        yield (
            f"{b.text} is 1-D: @ reads it as a column and drops that axis again; no axis is left "
            "for outputs."
        )
    yield from _of_layout(a, b)


def _of_layout(a: Part, b: Part) -> Iterator[str]:
    """Where samples and weights stand in a product of matrices."""
    if len(b.sizes) == 2 and is_weight_name(b.text):
        if _is_turned(b.node):
            yield (
                "The weight is stored (n_out, n_in), as nn.Linear does: row i holds the weights of "
                "output i. The transpose is a view: no number moves, it costs nothing; and going "
                "back dW = dY.T @ X comes out in the stored layout."
            )
        else:
            yield (
                f"{b.text} is stored (n_in, n_out), as Keras does; nn.Linear stores (n_out, n_in) "
                "and computes X @ W.T. Samples are the rows of X in both."
            )
        if len(a.sizes) == 2 and "ones(" in a.text:
            yield "The column of ones carries the bias: it is the last row (or the first) of W."
    elif len(a.sizes) == 2 and is_weight_name(a.text) and len(b.sizes) == 2:
        yield (
            f"Samples are the COLUMNS of {b.text} here ({a.text} is (n_out, n_in)); a bias is then "
            "a column (n_out, 1)."
        )


def _is_turned(node: ast.expr | None) -> bool:
    """Whether an expression is the transpose of something."""
    match node:
        case ast.Attribute(attr="T" | "mT"):
            return True
        case ast.Call(func=ast.Attribute(attr="t" | "transpose" | "swapaxes")):
            return True
        case _:
            return False


def _of_linear(scene: Scene) -> Iterator[str]:
    stored = scene.applied.bound
    n_in, n_out = stored.get("in_features"), stored.get("out_features")
    if n_in is None or n_out is None:
        return
    yield (
        f"nn.Linear stores its weight (n_out, n_in) = ({n_out}, {n_in}) and computes "
        "x @ weight.T + bias. The transpose is a view and costs nothing; going back, "
        f"dW = dy.T @ x comes out as ({n_out}, {n_in}), the stored layout, without a transpose. "
        "Keras stores (n_in, n_out) and computes x @ kernel + bias."
    )


def _of_tensordot(scene: Scene) -> Iterator[str]:
    result = scene.step.value
    if isinstance(result, Array) and len(scene.parts()) == 2:
        a, b = scene.parts()
        yield (
            f"tensordot contracts the named axes and keeps the others: {shape_of(result)}. "
            f"No batch axis is paired; for that, einsum with the same letter in {a.text}, {b.text} "
            "and the result."
        )


def _of_einsum(scene: Scene) -> Iterator[str]:
    equation = scene.argument("equation")
    if not isinstance(equation, str) or "->" not in equation:
        return
    left, right = equation.replace(" ", "").split("->")
    operands = left.split(",")
    summed = sorted(set("".join(operands)) - set(right) - set(",."))
    if not summed:
        return
    verb = "is" if len(summed) == 1 else "are"
    yield f"{listed(summed)} {verb} summed over: missing right of ->."
    once = [one for one in summed if sum(one in part for part in operands) == 1]
    for one in once:
        at = next(n for n, part in enumerate(operands) if one in part)
        part = scene.parts()[at] if at < len(scene.parts()) else None
        if part is not None and len(operands) > 1:
            axis = operands[at].index(one)
            yield (
                f"{one} stands only in {part.text}: its axis {axis} "
                f"({size_text(part.sizes[axis])}) is summed away. If it is the batch, "
                f"keep it: '{left}->{one}{right}'."
            )


# --- moves of the data --------------------------------------------------------------------------


def _of_transpose(scene: Scene) -> Iterator[str]:
    part = _first(scene)
    if part is None:
        return
    if len(part.sizes) == 1:
        yield (
            f"{part.text} is 1-D, neither a row nor a column: .T does nothing. A column is "
            f"{part.text}[:, None], a row {part.text}[None, :]."
        )
    else:
        yield "A view: the axes trade places, no number moves, it costs nothing."


def _of_reshape(scene: Scene) -> Iterator[str]:
    part, result = _first(scene), scene.step.value
    if part is None or not isinstance(result, Array):
        return
    old, new = part.sizes, result.sizes
    if sorted(map(str, old)) == sorted(map(str, new)) and old != new:
        way = "permute" if scene.library == "torch" else "transpose"
        yield (
            f"reshape keeps the order in memory and cuts it anew; it does not move axes. To turn "
            f"{tuple_text(map(size_text, old))} into {tuple_text(map(size_text, new))} with each "
            f"number staying with its axes, use {way}: the shape is the same, the data are not."
        )
    elif old and new and old[0] != new[0] and len(old) > 1 and len(new) > 1:
        yield (
            f"The first axis was {size_text(old[0])} and is {size_text(new[0])}: if it is the "
            f"batch, samples were cut or joined. {part.text}.reshape({part.text}.shape[0], -1) "
            "keeps it."
        )


def _of_squeeze(scene: Scene) -> Iterator[str]:
    part = _first(scene)
    if part is None or scene.argument("dim") is not None:
        return
    units = [at for at, size in enumerate(part.sizes) if size == 1]
    if units and len(part.sizes) > 1:
        yield (
            f"Without an axis, every axis of size 1 is dropped ({listed(list(map(str, units)))} "
            "here): with a batch of one, the batch too. squeeze(-1) names the one that is meant."
        )


def _of_softmax(scene: Scene) -> Iterator[str]:
    part, dim = _first(scene), scene.argument("dim")
    if part is None or not isinstance(dim, int) or not part.sizes:
        return
    axis = dim % len(part.sizes)
    yield f"The numbers along axis {axis} ({size_text(part.sizes[axis])} of them) sum to 1."
    if axis == 0 and len(part.sizes) == 2:
        yield "If axis 0 is the batch, samples compete with each other: dim=-1 is over the classes."


def _of_indexing(scene: Scene) -> Iterator[str]:
    part = _first(scene)
    index = scene.argument("index")
    if part is not None and isinstance(index, int) and len(part.sizes) == 3:
        yield (
            f"An index takes from axis 0 ({size_text(part.sizes[0])} entries). If axis 0 is the "
            f"batch, this is one sample with all its steps; the last step of all samples is "
            f"{part.text}[:, {index}]."
        )


def _of_expand(scene: Scene) -> Iterator[str]:
    part = _first(scene)
    if part is not None:
        yield f"A view: {part.text} is read many times, nothing is copied; the gradient is a sum."


# --- reductions and joins -----------------------------------------------------------------------


def _of_reduction(scene: Scene) -> Iterator[str]:
    part, result = _first(scene), scene.step.value
    if part is None or not isinstance(result, Array) or len(part.sizes) == result.rank:
        return
    gone = len(part.sizes) - result.rank
    word = "keepdim" if scene.library == "torch" else "keepdims"
    kept = "it" if gone == 1 else "them"
    yield f"{counted(gone, 'axis')} reduced and dropped; {word}=True would keep {kept} as 1."


def _of_join(scene: Scene) -> Iterator[str]:
    ones = [part for part in scene.parts() if "ones(" in part.text and part.sizes[-1:] == (1,)]
    if ones:
        yield (
            "A column of ones carries the bias: the weight needs one more row for it, "
            "(n_in + 1, n_out)."
        )


# --- layers -------------------------------------------------------------------------------------


def _of_conv(scene: Scene) -> Iterator[str]:
    part = _first(scene)
    axes = {"conv1d": 1, "conv2d": 2, "conv3d": 3}.get(scene.op.removesuffix("_module"), 0)
    if part is not None and axes and len(part.sizes) == axes + 1:
        yield (
            f"{part.text} has {counted(axes + 1, 'axis')}, so it is read as ONE unbatched image: "
            f"axis 0 ({size_text(part.sizes[0])}) is taken for channels. If it is a batch of grey "
            f"images, {part.text}.unsqueeze(1) puts the channel axis in."
        )


def _of_recurrent(scene: Scene) -> Iterator[str]:
    part = _first(scene)
    if part is None or len(part.sizes) != 3:
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
    if part is None or len(part.sizes) != 3 or scene.argument("batch_first"):
        return
    first, second = size_text(part.sizes[0]), size_text(part.sizes[1])
    yield (
        f"batch_first is False: attention runs over axis 0 ({first} positions) for each of "
        f"{second} samples. If axis 0 is the batch, samples attend to each other; the weights "
        f"({second}, {first}, {first}) show it. batch_first=True reads (batch, time, features)."
    )


def _of_cross_entropy(scene: Scene) -> Iterator[str]:
    part = _first(scene)
    if part is not None and len(part.sizes) == 3:
        yield (
            f"Classes are axis 1 ({size_text(part.sizes[1])} of them). If the scores are "
            f"(batch, time, classes), {part.text}.transpose(1, 2) puts them there; with as many "
            "steps as classes nothing raises, and steps are scored as classes."
        )


def _of_attention_mask(scene: Scene) -> Iterator[str]:
    mask, query = scene.part("attn_mask"), _first(scene)
    if mask is None or query is None or len(mask.sizes) != 2 or len(query.sizes) != 4:
        return
    yield (
        f"A mask of two axes is (queries, keys) for every sample. If {mask.text} is (batch, keys), "
        f"{mask.text}[:, None, None, :] says so."
    )


def _of_record(scene: Scene) -> Iterator[str]:
    value = scene.step.value
    if isinstance(value, Record):
        shapes = [
            f"{name} {shape_of(one)}"
            for name, one in zip(value.names, value.values, strict=False)
            if isinstance(one, Array)
        ]
        yield f"It gives {listed(shapes)}."


_PRODUCTS = ("matmul", "dot", "mm", "bmm", "mv", "dot_1d")
_REDUCTIONS = ("sum", "mean", "prod", "max", "min", "std", "var", "reduction", "norm")
_TAUGHT: dict[str, Callable[[Scene], Iterator[str]]] = {
    **dict.fromkeys(_PRODUCTS, _of_matmul),
    **dict.fromkeys(_REDUCTIONS, _of_reduction),
    **dict.fromkeys(("cat", "concatenate", "hstack", "column_stack"), _of_join),
    **dict.fromkeys(("reshape", "view"), _of_reshape),
    **dict.fromkeys(("reversed_axes", "transpose_matrix", "matrix_transpose"), _of_transpose),
    **dict.fromkeys(("expand", "expand_as"), _of_expand),
    **dict.fromkeys(
        ("rnn", "lstm", "gru", "rnn_module", "lstm_module", "gru_module"), _of_recurrent
    ),
    **dict.fromkeys(("svd", "qr", "topk", "sort"), _of_record),
    **{f"conv{n}d{kind}": _of_conv for n in (1, 2, 3) for kind in ("", "_module")},
    "linear_module": _of_linear,
    "tensordot": _of_tensordot,
    "einsum": _of_einsum,
    "squeeze": _of_squeeze,
    "softmax": _of_softmax,
    "log_softmax": _of_softmax,
    "getitem": _of_indexing,
    "multihead_attention": _of_attention,
    "multihead_attention_module": _of_attention,
    "cross_entropy": _of_cross_entropy,
    "cross_entropy_module": _of_cross_entropy,
    "scaled_dot_product_attention": _of_attention_mask,
}
