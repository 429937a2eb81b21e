"""`load_state_dict` with arrays of other shapes: the one error that names them all."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from shapecheck.advice.words import counted, listed, tuple_text
from shapecheck.diagnostics import Cell, Diagnostic, Fix, Operand
from shapecheck.runtime import callsite

if TYPE_CHECKING:
    from shapecheck.runtime.places import Place

MISMATCH = re.compile(
    r"size mismatch for (?P<name>[\w.]+): copying a param with shape "
    r"torch\.Size\((?P<saved>\[.*?\])\) from checkpoint, "
    r"the shape in current model is torch\.Size\((?P<model>\[.*?\])\)"
)
MOST_ROWS = 6
LONGEST = 40  # characters of names that a fix spells out


def explain(error: BaseException, user: Place) -> Diagnostic | None:
    """Explain a failed `load_state_dict`; None for any other error."""
    text = str(error) if isinstance(error, RuntimeError) else ""
    if "loading state_dict" not in text:
        return None
    found = [
        (one["name"], _sizes(one["saved"]), _sizes(one["model"])) for one in MISMATCH.finditer(text)
    ]
    if not found:
        return None
    name, saved, model = found[0]
    others = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    message = f"checkpoint {name} {tuple_text(saved)}, the model has {tuple_text(model)}{others}"
    node = user.node
    span = callsite.node_span(node, user.frame) if isinstance(node, (ast.expr, ast.stmt)) else None
    return Diagnostic(
        "load-state",
        message,
        span,
        operands=tuple(_rows(found)),
        reason=_reason(found),
        fixes=tuple(_fixes(found, node)),
    )


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(ast.literal_eval(text))


def _rows(found: list[tuple[str, tuple[int, ...], tuple[int, ...]]]) -> list[Operand]:
    rows = []
    for name, saved, model in found[:MOST_ROWS]:
        same_rank = len(saved) == len(model)
        cells = tuple(
            Cell(size, mark=differs, remark=f"{model[at]} in the model" if differs else "")
            for at, size in enumerate(saved)
            for differs in [same_rank and size != model[at]]
        )
        remark = "" if same_rank else f"{tuple_text(model)} in the model"
        rows.append(Operand(name, "", cells, remark=remark, at_fault=True))
    return rows


def _reason(found: list[tuple[str, tuple[int, ...], tuple[int, ...]]]) -> str:
    """What differs, and what does not help."""
    turned = [name for name, saved, model in found if saved == model[::-1] and len(model) > 1]
    if turned:
        return f"{listed(turned[:3])} {'is' if len(turned) == 1 else 'are'} stored transposed."
    axes = {
        at
        for _, saved, model in found
        if len(saved) == len(model)
        for at, (a, b) in enumerate(zip(saved, model, strict=True))
        if a != b
    }
    where = "Sizes differ"
    if len(axes) == 1:
        axis = axes.pop()
        where = f"Only axis {axis}{_called(found, axis)} differs"
    return (
        f"{where}, on {counted(len(found), 'parameter')}. Build the model with the checkpoint's "
        "sizes, or drop these keys before loading and train them anew; strict=False does not help: "
        "it skips missing keys, not wrong sizes."
    )


def _called(found: list[tuple[str, tuple[int, ...], tuple[int, ...]]], axis: int) -> str:
    """What the first axis of a weight is, where its bias tells that it is a layer's."""
    names = {name: len(model) for name, _, model in found}
    weights = [rank for name, rank in names.items() if name.endswith("weight")]
    biased = any(name.endswith("bias") for name in names)
    if axis or not biased or not weights:
        return ""
    return {1: "", 2: " (n_out)"}.get(weights[0], " (out_channels)")


def _fixes(
    found: list[tuple[str, tuple[int, ...], tuple[int, ...]]], node: ast.AST | None
) -> list[Fix]:
    """What to load instead: all that fits."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
        return []
    model, given = ast.unparse(node.func.value), node.args[0]
    state = given.id if isinstance(given, ast.Name) else "state"
    names = ", ".join(repr(name) for name, _, _ in found)
    if len(names) > LONGEST:
        kept = f"saved.shape == {model}.state_dict()[name].shape"
    else:
        kept = f"name not in ({names}{',' if len(found) == 1 else ''})"
    title = f"{{name: saved for name, saved in {state}.items() if {kept}}}"
    return [Fix(title, "to load with strict=False; the rest is trained anew")]
