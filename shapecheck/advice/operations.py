"""The explanation of an op that failed: the one-line story, the table, the reason, the fixes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapecheck.advice import causes
from shapecheck.advice.contracts import Explanation
from shapecheck.advice.remedies import fixes_for
from shapecheck.advice.scene import LONGEST_NAME, Part, Scene, shape_of
from shapecheck.advice.words import listed, size_text
from shapecheck.diagnostics import Cell, Operand
from shapecheck.dims import Axis, is_size

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_ROWS = 6

SIGNS = {
    "matmul": "@",
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "pow": "**",
    "and_": "&",
    "or_": "|",
    "xor": "^",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
}


def explain(scene: Scene) -> Explanation:
    """Explain a failed op."""
    cause = causes.find(scene)
    head = "" if scene.context == "collate" else f"{call_text(scene)}: "
    return Explanation(
        scene.rule,
        f"{head}{cause.finding}",
        operands_of(scene),
        cause.reason,
        fixes_for(scene, cause.remedies),
        (),
    )


def call_text(scene: Scene) -> str:
    """The op with its operands' shapes: ``x (32, 784) @ W (256, 784)``."""
    if scene.module and scene.is_layer:
        return scene.module
    parts = [_short(part) for part in scene.parts() if part.rank or part.node is not None]
    space, _, name = scene.step.named.rpartition(".")
    sign = SIGNS.get(name.removeprefix("i") if name.startswith("i") else name)
    sign = SIGNS.get(name, f"{sign}=" if sign else None)
    if space == "operator" and sign and len(parts) == 2:
        left, right = scene.parts()
        return f"{_beside(left, sign)} {sign} {_beside(right, sign)}"
    if space == "operator" and name in ("getitem", "setitem"):
        return f"{_text(scene)} with {listed(parts)}"
    if isinstance(scene.step.node, ast.Call):
        called = scene.source(scene.step.node.func)
        method = space in ("torch.Tensor", "numpy.ndarray") and len(parts) > 0
        if method:
            first = scene.parts()[0]
            owner = f"{first.atom} {shape_of(first.array)}" if first.text in parts[0] else parts[0]
            if len(parts) == 1:
                return f"{owner}.{name}({_arguments(scene)})"
            return f"{owner}.{name} with {listed(parts[1:])}"
        if not parts:
            return _text(scene)
        return f"{called if len(called) <= LONGEST_NAME else name} of {listed(parts)}"
    if isinstance(scene.step.node, ast.Attribute) and parts:
        return f"{parts[0]}.{scene.step.node.attr}"
    return f"{_text(scene)} of {listed(parts)}" if parts else _text(scene)


def _beside(part: Part, sign: str) -> str:
    """An operand with its shape, in brackets where it is a sum beside a product."""
    is_sum = isinstance(part.node, ast.BinOp) and isinstance(part.node.op, (ast.Add, ast.Sub))
    is_loose = isinstance(part.node, (ast.Compare, ast.BoolOp, ast.IfExp))
    if len(part.text) <= LONGEST_NAME and ((is_sum and sign not in ("+", "-")) or is_loose):
        return f"({part.text}) {shape_of(part.array)}" if not sign.endswith("=") else str(part)
    return _short(part)


def _text(scene: Scene) -> str:
    text = scene.source(scene.step.node)
    return text if len(text) <= LONGEST_NAME else scene.step.named.rpartition(".")[2]


def _arguments(scene: Scene) -> str:
    """The arguments of a call as they stand."""
    node = scene.step.node
    if not isinstance(node, ast.Call):
        return ""
    parts = [scene.source(one) for one in node.args]
    parts += [f"{word.arg}={scene.source(word.value)}" for word in node.keywords if word.arg]
    return ", ".join(parts)


def _short(part: Part) -> str:
    """An operand with its shape; one that takes a line to write goes by what it is."""
    if len(part.text) <= LONGEST_NAME:
        return str(part)
    text = f"{part.text[: LONGEST_NAME - 3]}..." if part.node is not None else part.parameter
    return f"{text} {shape_of(part.array)}"


def operands_of(scene: Scene) -> tuple[Operand, ...]:
    """One row an array, the axes at fault marked."""
    places = scene.places
    marked = {name: axis for name, axis in places if axis is not None}
    remarks = _remarks(scene)
    rows = [part for part in scene.parts() if part.rank or part.node is not None]
    if scene.in_library or scene.names:
        rows = [part for part in rows if part.parameter in {*scene.names, *marked}] or rows
    if len(rows) > MOST_ROWS:
        near = [part for part in rows if part.parameter in marked] or rows
        rows = near[:MOST_ROWS]
    seen, found = set(), []
    for part in rows:
        key = part.text, part.sizes, marked.get(part.parameter)
        if key not in seen:
            seen.add(key)
            found.append(_row(part, marked.get(part.parameter), remarks.get(part.parameter, "")))
    return tuple(found)


def _row(part: Part, axis: int | None, remark: str) -> Operand:
    cells = []
    for number, one in enumerate(part.array.axes):
        if not isinstance(one, Axis):
            cells.append(Cell("..."))
            continue
        size = one.size if isinstance(one.size, int) else size_text(one.size)
        label = one.name if one.name and one.name != size else ""
        mark = number == axis
        cells.append(Cell(size, label, mark, remark if mark else ""))
    return Operand(part.text, "", tuple(cells), at_fault=axis is not None)


def _remarks(scene: Scene) -> Mapping[str, str]:
    """What is said below the last marked axis: ``256 != 784``."""
    marked = [name for name, axis in scene.places if axis is not None]
    left, right = (getattr(one, "size", one) for one in (scene.fact.left, scene.fact.right))
    if not marked or not (is_size(left) and is_size(right)):
        return {}
    if scene.fact.relation not in ("equals", "broadcasts"):
        return {}
    return {marked[-1]: f"{size_text(right)} != {size_text(left)}"}
