"""Matrix products that are allowed: what is paired, how weights are stored, what 1-D arrays are."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapecheck.advice.layout import is_bias_name, is_gradient_name, is_turned, is_weight_name
from shapecheck.advice.scene import shape_of
from shapecheck.advice.words import listed, size_text, tuple_text
from shapecheck.ops import Array

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.advice.scene import Part, Scene

HISTORY = "It is so by history: the other layout would gain no speed and would break saved models."


def _of_matmul(scene: Scene) -> Iterator[str]:
    parts = scene.parts()
    if len(parts) != 2:
        return
    a, b = parts
    if a.rank == b.rank == 1:
        yield from _of_vectors(scene, a, b)
    elif not a.rank or not b.rank:
        number, other = (a, b) if not a.rank else (b, a)
        yield f"{number.text} is a single number: it scales {other.text}."
    elif scene.op == "dot" and a.rank > 2 and b.rank > 2:
        yield (
            f"dot multiplies every matrix of {a.text} with every matrix of {b.text}: no batch axis "
            f"is paired. For matrix i with matrix i write {a.text} @ {b.text}."
        )
    else:
        yield _paired(a, b)
        yield from _of_batches(a, b)
        yield from _of_one_vector(scene, a, b)
        yield from _of_layout(scene, a, b)
        yield from _of_dot(scene, a, b)


def _of_vectors(scene: Scene, a: Part, b: Part) -> Iterator[str]:
    yield (
        f"Both are 1-D: the sum of their products, one number. A 1-D array is neither a row nor a "
        f"column; {a.text}.T is {a.text} itself."
    )
    outer = "torch" if scene.library == "torch" else "np"
    table = tuple_text(map(size_text, (*a.sizes, *b.sizes)))
    yield f"The table of all products is {outer}.outer({a.text}, {b.text}), {table}."


def _paired(a: Part, b: Part) -> str:
    """Which axes are summed over."""
    inner, place = size_text(a.sizes[-1]), -2 if b.rank > 1 else -1
    other = size_text(b.sizes[place])
    own = "only axis" if a.rank == 1 else "last axis"
    where = {1: "the only axis", 2: "the first axis"}.get(b.rank, "the second last axis")
    return (
        f"The {own} of {a.text} is paired with {where} of {b.text} and summed over: "
        f"{inner} = {other}."
    )


def _of_batches(a: Part, b: Part) -> Iterator[str]:
    """What happens to the axes in front of the last two."""
    if a.rank > 2 and b.rank == 2:
        kept = tuple_text(map(size_text, a.sizes[:-1]))
        yield (
            f"One {b.text} serves all: the other axes of {a.text}, {kept}, stay as they are. No "
            "tile, repeat or expand is needed."
        )
    elif a.rank == 2 and b.rank > 2:
        yield f"One {a.text} serves all of the {_front(b)} matrices of {b.text}."
    elif a.rank > 2 and b.rank > 2:
        yield (
            f"Matrix i of {a.text} meets matrix i of {b.text}: the axes in front, {_front(a)} and "
            f"{_front(b)}, line up from the right."
        )


def _front(part: Part) -> str:
    return tuple_text(map(size_text, part.sizes[:-2]))


def _of_one_vector(scene: Scene, a: Part, b: Part) -> Iterator[str]:
    """What a 1-D side is read as."""
    result = scene.step.value
    shape = shape_of(result) if isinstance(result, Array) else ""
    if a.rank == 1:
        yield (
            f"{a.text} is 1-D, one sample: @ reads it as a row and drops that axis again, so that "
            f"{shape} is left. For (1, n) keep the axis: {a.text}[None, :]."
        )
    if b.rank == 1 and is_weight_name(b.text) and not is_weight_name(a.text):
        column = tuple_text([*map(size_text, a.sizes[:-1]), "1"])
        yield (
            f"{b.text} is 1-D: @ reads it as a column and drops that axis again, so that no axis "
            f"is left for outputs: {shape}, not {column}. A {b.text} of "
            f"({size_text(b.sizes[0])}, 1) keeps it."
        )
    elif b.rank == 1:
        yield (
            f"{b.text} is 1-D, one sample: @ reads it as a column and drops that axis again, so "
            f"that {shape} is left. A bias is then 1-D, too."
        )


def _of_layout(scene: Scene, a: Part, b: Part) -> Iterator[str]:
    """Where samples and weights stand in a product of matrices."""
    if _is_diagonal(a):
        inside = a.node.args[0] if isinstance(a.node, ast.Call) and a.node.args else None
        diagonal = scene.source(inside) if inside is not None else a.text
        yield (
            f"A diagonal matrix scales the rows of {b.text}: {diagonal}[:, None] * {b.text} gives "
            "the same without the zeros."
        )
    elif is_gradient_name(a.text) or is_gradient_name(b.text):
        yield from _of_gradient(a, b)
    elif b.rank == 2 and is_weight_name(b.text) and not is_weight_name(a.text):
        yield from _of_weight_last(a, b)
    elif a.rank == 2 and is_weight_name(a.text) and b.rank == 2 and not is_weight_name(b.text):
        yield (
            f"Samples are the COLUMNS of {b.text} here, and {a.text} is (n_out, n_in): a bias is "
            f"then a column (n_out, 1). With samples as rows it is {b.text} @ {a.text}.T, and a "
            "bias is (n_out,)."
        )


def _is_diagonal(part: Part) -> bool:
    match part.node:
        case ast.Call(func=ast.Attribute(attr="diag" | "diagflat" | "eye")):
            return part.rank == 2
        case _:
            return False


def _of_weight_last(a: Part, b: Part) -> Iterator[str]:
    """``X @ W`` or ``X @ W.T``."""
    n_in, n_out = map(size_text, b.sizes)
    ones = _ones_in(a)
    if ones is not None:
        yield from _of_ones(a, b, *ones)
        return
    if is_turned(b.node):
        yield from _stored_turned(b.text, n_out, n_in, a.text, ", as nn.Linear does")
        if a.rank == 2:
            yield f"Samples are the rows of {a.text}."
        return
    yield (
        f"{b.text} is stored {_named('n_in', n_in, 'n_out', n_out)}, as Keras does: column j holds "
        "the weights of output j. nn.Linear stores (n_out, n_in) and computes X @ W.T."
    )
    if a.rank == 2:
        yield f"Samples are the rows of {a.text} in both."


def _named(first: str, one: str, second: str, two: str) -> str:
    """``(n_in, n_out) = (784, 256)``; the names alone where these are the sizes."""
    names, sizes = f"({first}, {second})", f"({one}, {two})"
    return names if names == sizes else f"{names} = {sizes}"


def _stored_turned(weight: str, n_out: str, n_in: str, x: str, like: str = "") -> Iterator[str]:
    """Why a weight is stored (n_out, n_in), and what its transpose costs."""
    yield (
        f"The weight is stored {_named('n_out', n_out, 'n_in', n_in)}{like}: row i holds the "
        f"weights of output i. {weight} is a view: no number moves, it costs nothing. Going back, "
        f"dW = dY.T @ {x} comes out as ({n_out}, {n_in}), the stored layout, without a transpose "
        "of its own."
    )
    yield f"{HISTORY} Keras stores (n_in, n_out) and computes X @ kernel."


def _ones_in(part: Part) -> tuple[bool, str] | None:
    """Whether a column of ones was put in: in front or behind, and of what."""
    node = part.node
    if not isinstance(node, ast.Call) or not node.args:
        return None
    inside = node.args[0]
    elements = inside.elts if isinstance(inside, (ast.List, ast.Tuple)) else node.args
    if len(elements) < 2:
        return None
    texts = [ast.unparse(one) for one in elements[:2]]
    at = [number for number, text in enumerate(texts) if "ones(" in text or "ones_like(" in text]
    return (at == [0], texts[1 - at[0]]) if len(at) == 1 else None


def _of_ones(a: Part, b: Part, first: bool, x: str) -> Iterator[str]:
    rows, outputs = map(size_text, b.sizes)
    weights, bias = (
        (f"{b.text}[1:]", f"{b.text}[:1]") if first else (f"{b.text}[:-1]", f"{b.text}[-1:]")
    )
    place = "first" if first else "last"
    yield (
        f"The column of ones carries the bias: the {place} row of {b.text} is the bias, the "
        f"others are the weights, so {b.text} is (n_in + 1, n_out) = ({rows}, {outputs})."
    )
    yield (
        f"It is the same as {x} @ {weights} + {bias}: the (1, {outputs}) row is then stretched "
        "over the samples, no ones are stored."
    )
    del a


def _of_gradient(a: Part, b: Part) -> Iterator[str]:
    """The products of a backward pass."""
    batch = size_text(a.sizes[-1])
    if is_turned(a.node) and a.rank == b.rank == 2:
        layout = "(n_out, n_in)" if is_gradient_name(a.text) else "(n_in, n_out)"
        shape = tuple_text(map(size_text, (a.sizes[0], b.sizes[1])))
        yield (
            f"Summed over the {batch} samples: the gradient of a weight stored {layout} = {shape}. "
            "A gradient has the shape of what it is the gradient of."
        )
    elif is_gradient_name(a.text) and is_weight_name(b.text):
        yield "Summed over the outputs: the gradient of the layer's input, in the input's shape."


def _of_dot(scene: Scene, a: Part, b: Part) -> Iterator[str]:
    """``a.dot(b)``, ``np.dot(a, b)`` and ``a @ b`` are one."""
    if scene.op == "dot" and scene.library == "numpy" and a.rank <= 2 and b.rank <= 2:
        yield (
            f"np.dot({a.text}, {b.text}), {a.atom}.dot({b.text}) and {a.atom} @ {b.atom} are the "
            "same here; they differ for arrays of more axes."
        )


def _of_star(scene: Scene) -> Iterator[str]:
    """``A * B`` of matrices."""
    a, *rest = scene.parts()
    is_star = scene.step.named.rpartition(".")[2] in ("mul", "multiply")
    if not is_star or len(rest) != 1 or not a.rank == rest[0].rank == 2:
        return
    b = rest[0]
    if a.sizes == b.sizes and a.sizes[0] == a.sizes[1]:
        yield (
            f"* multiplies number by number. Both are square, so that the matrix product {a.atom} "
            f"@ {b.atom} has the same shape, and other numbers."
        )


# --- by named axes --------------------------------------------------------------------------------


def _of_tensordot(scene: Scene) -> Iterator[str]:
    result = scene.step.value
    if not isinstance(result, Array) or len(scene.parts()) != 2:
        return
    a, b = scene.parts()
    yield (
        f"tensordot contracts the named axes and keeps the others, those of {a.text} first: "
        f"{shape_of(result)}. No batch axis is paired; for that, einsum with the same letter in "
        f"{a.text}, {b.text} and the result."
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
    for one in summed:
        yield from _only_once(scene, one, operands, right)


def _only_once(scene: Scene, letter: str, operands: list[str], right: str) -> Iterator[str]:
    """A letter of one operand only, which is summed away."""
    at = [number for number, term in enumerate(operands) if letter in term]
    parts = scene.parts()
    if len(at) != 1 or len(operands) < 2 or at[0] >= len(parts) or "." in operands[at[0]]:
        return
    part, axis = parts[at[0]], operands[at[0]].index(letter)
    if axis < part.rank:
        kept = f"{','.join(operands)}->{letter}{right}"
        yield (
            f"{letter} stands only in {part.text}: its axis {axis} "
            f"({size_text(part.sizes[axis])}) is summed away. If it is the batch, keep it: "
            f"'{kept}'."
        )


# --- linear ---------------------------------------------------------------------------------------


def _of_linear_module(scene: Scene) -> Iterator[str]:
    stored = scene.applied.bound
    n_in, n_out = stored.get("in_features"), stored.get("out_features")
    if n_in is None or n_out is None:
        return
    x = scene.parts()[0].text if scene.parts() else "x"
    yield f"nn.Linear computes {x} @ weight.T + bias, over the last axis of {x}."
    yield from _stored_turned("weight.T", size_text(n_out), size_text(n_in), x)


def _of_linear(scene: Scene) -> Iterator[str]:
    x, weight = scene.part("x"), scene.part("weight")
    if x is None or weight is None or weight.rank != 2:
        return
    bias = scene.part("bias")
    added = f" + {bias.text}" if bias is not None else ""
    yield f"F.linear computes {x.text} @ {weight.text}.T{added}, over the last axis of {x.text}."
    n_out, n_in = map(size_text, weight.sizes)
    yield from _stored_turned(f"{weight.text}.T", n_out, n_in, x.text)
    if bias is not None and is_bias_name(bias.text) and bias.rank == 1:
        yield f"The {size_text(bias.sizes[0])} biases are the same for every sample."


TAUGHT = {
    **dict.fromkeys(("matmul", "dot", "mm", "bmm", "mv"), _of_matmul),
    "dot_1d": _of_matmul,
    "arithmetic": _of_star,
    "binary": _of_star,
    "tensordot": _of_tensordot,
    "einsum": _of_einsum,
    "linear_module": _of_linear_module,
    "linear": _of_linear,
}
