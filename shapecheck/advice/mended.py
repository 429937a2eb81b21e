"""What is wrong with an array that one change mends, and the change as a fix to print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecheck.advice.findings import not_an_array, other_dtype
from shapecheck.advice.subject import LONGEST_NAME, axis_name, is_atom, name_of_size, sizes_of
from shapecheck.advice.words import axis_text, counted, is_batch, is_gradient, is_weight, tuple_text
from shapecheck.diagnostics import Fix
from shapecheck.spec.leaves import Leaf
from shapecheck.spec.model import Dim

if TYPE_CHECKING:
    from shapecheck.advice.blame import Blame
    from shapecheck.advice.fixes import Repair
    from shapecheck.advice.subject import Subject

MOST_FIXES = 2
TRANSPOSE_OF_VECTOR = "A vector has one axis: its .T is the same vector, neither row nor column."
SUM_OVER_BATCH = (
    "A gradient has the shape of what it is the gradient of: what was used for every sample "
    "gets the sum over the samples."
)


def repaired(node: Leaf, repair: Repair, blame: Blame, subject: Subject) -> tuple[str, str]:
    """The finding and the reason that a proved repair gives away."""
    names = [axis_name(node, axis) for axis in node.spec.axes]
    sizes = node.observed.sizes if node.observed and node.observed.sizes else ()
    label = subject.text(node.label) or ("the result" if subject.role == "result" else node.label)
    match repair.kind:
        case "transpose":
            like = f", like all of {subject.text(node.container) or node.container}"
            finding = f"it is transposed{like if repair.whole else ''}"
            return finding, _transposed_reason(label, names, subject)
        case "permute":
            stored = [""] * len(names)
            for at, source in enumerate(repair.order):
                stored[source] = names[at]
            order = tuple_text(stored)
            return (
                f"its axes are in the order {order}",
                f"{label} is laid out as {order}; {_takes(subject, node)} {node.axes_text()}.",
            )
        case "flatten-vector":
            row = repair.axis == 0
            kind = "row" if row else "column"
            shape = tuple_text(sizes)
            vector = tuple_text(sizes[1 - repair.axis : 2 - repair.axis])
            reason = f"A {kind} {shape} is a matrix and follows its rules; a vector is {vector}."
            return f"it is a {kind} vector; {node.axes_text()} is 1-D", reason
        case "squeeze":
            return f"{axis_text(repair.axis, len(sizes))}, of size 1, is one too many", ""
        case "add-axis":
            return _missing_axis(node, repair, names, label)
        case "flatten":
            return _too_many_axes(node, repair, names)
        case "sum":
            batch = name_of_size(sizes[0], blame.rest.bindings)
            called = f" {batch}" if batch else ""
            return f"it still has the batch axis{called}", SUM_OVER_BATCH
        case "convert":
            return not_an_array(node)
        case _:
            return other_dtype(node)


def _takes(subject: Subject, node: Leaf) -> str:
    """Who declares the axes, and the verb for it."""
    if subject.role == "result":
        return f"{subject.function} promises"
    if subject.role == "attribute" or "." in node.root:
        return "its class declares"
    return "asserted is" if subject.role == "local" else f"{subject.function} takes"


def _transposed_reason(label: str, names: list[str], subject: Subject) -> str:
    stored = f"({names[1]}, {names[0]})"
    declared = f"({names[0]}, {names[1]})"
    kind = is_weight(names)
    if subject.role == "result" and is_gradient(f"{subject.function}.{label}"):
        return f"A gradient has the shape of what it is the gradient of: {declared}, not {stored}."
    if subject.role == "result":
        return f"{subject.function} promises {declared} and returns {stored}."
    if subject.role == "local":
        return f"{label} is {stored}; {declared} is asserted."
    if len(label) > LONGEST_NAME:
        label = "It"
    takes = f"{subject.function} takes it as {declared}"
    if subject.role == "attribute" or label.startswith("self."):
        takes = f"its class declares {declared}"
    if kind == "out-in":
        return f"{label} is stored {stored}; {takes}, the way nn.Linear stores its weight."
    if kind == "in-out":
        return f"{label} is stored {stored}, the way nn.Linear stores its weight; {takes}."
    return f"{label} is {stored}; {takes}."


def _too_many_axes(node: Leaf, repair: Repair, names: list[str]) -> tuple[str, str]:
    """Axes that have to be one."""
    tail = sizes_of(node)[node.spec.rank - 1 :]
    flat = sizes_of(repair.leaf)[-1]
    called = "" if names[-1] == str(flat) else f" ({names[-1]})"
    whose = " of a sample" if node.spec.rank > 1 else ""
    finding = f"its last {counted(len(tail), 'axis')} have to be one"
    if len(tail) == len(sizes_of(node)):
        finding = f"it has {counted(len(tail), 'axis')}, not 1"
    numbers = f"the {flat}{called} numbers{whose}"
    return finding, f"{tuple_text(tail)} holds {numbers} in more axes than declared."


def _missing_axis(node: Leaf, repair: Repair, names: list[str], label: str) -> tuple[str, str]:
    name = names[repair.axis]
    if repair.axis == 0 and is_batch(name):
        one = tuple_text([1, *sizes_of(node)])
        reason = f"{label} is a single sample; a batch of one sample has the shape {one}."
        return f"its batch axis {name} is missing", reason
    if node.spec.rank == 2 and len(sizes_of(node)) == 1 and name == "1":
        kind = "row" if repair.axis == 0 else "column"
        return f"it is 1-D; {node.axes_text()} is a {kind}", TRANSPOSE_OF_VECTOR
    if name == "1":
        where = axis_text(repair.axis, node.spec.rank)
        return f"{where}, of size 1, is missing", ""
    return f"its axis {name} is missing", ""


def believable(blame: Blame, subject: Subject) -> Repair | None:
    """The best repair that is also a plausible story."""
    return next(iter(_plausible(blame, subject)), None)


def _plausible(blame: Blame, subject: Subject) -> list[Repair]:
    """The proved repairs, without those that a reader would not believe."""
    kept: list[Repair] = []
    repair_of = blame.node
    if not isinstance(repair_of, Leaf):
        return kept
    for repair in blame.repairs:
        label = getattr(blame.node, "label", "")
        text = subject.text(label)
        summed = any(map(is_gradient, (label, text, subject.function)))
        if repair.kind == "sum" and not summed:
            continue  # any result with an axis too many could be summed; only gradients should be
        if repair.kind in ("squeeze", "add-axis", "flatten-vector", "flatten") and kept:
            continue
        if repair.kind == "flatten" and _merges_batch(repair, repair_of):
            continue
        kept.append(repair)
    return kept


def _simplified(text: str) -> str:
    """``W.T.T`` is W."""
    return text.removesuffix(".T.T") if text.endswith(".T.T") else text


def _merges_batch(repair: Repair, node: Leaf) -> bool:
    """Whether flattening would put more than samples into the batch axis."""
    axes = repair.leaf.spec.axes
    is_only_batch = len(axes) == 1 and isinstance(axes[0], Dim) and is_batch(axes[0].text)
    return is_only_batch and sum(size != 1 for size in sizes_of(node)) > 1


def fixes_for(blame: Blame, subject: Subject) -> tuple[Fix, ...]:
    """At most two, each proved by matching again."""
    node = blame.node
    if not isinstance(node, Leaf):
        return ()
    text = subject.text(node.label)
    if not text:
        text = "result" if subject.role == "result" else node.label
    atom = text if is_atom(text) else f"({text})"
    fixes = []
    for repair in _plausible(blame, subject)[:MOST_FIXES]:
        observed = repair.leaf.observed
        sizes = observed.sizes if observed is not None and observed.sizes is not None else ()
        result = f"{tuple_text(sizes)} = {node.axes_text()}"
        if repair.kind == "cast" and observed is not None:
            result = observed.dtype
        if repair.whole:
            atom = subject.text(node.container) or node.container
            result = "all of them"
        title = _simplified(repair.template.replace("{}", atom))
        if node.label == "result" and text != "result":
            title = f"return {title}"
        fixes.append(Fix(title, result, checked=True))
    return tuple(fixes)
