"""The explanation of a broken contract: the one-line story, the table, the reason, the fixes.

Works on what `blame` has found; nothing is decided here, and nothing is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapecheck.advice.words import (
    article,
    axis_text,
    counted,
    is_batch,
    is_gradient,
    is_weight,
    listed,
    size_text,
    tuple_text,
)
from shapecheck.diagnostics import Cell, Fix, Operand
from shapecheck.dims import Expr, symbol, symbols
from shapecheck.spec.leaves import Defect, Leaf, Tree
from shapecheck.spec.match import value_of
from shapecheck.spec.model import Dim, Family, Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapecheck.advice.blame import Blame
    from shapecheck.advice.fixes import Repair
    from shapecheck.facts import Fact
    from shapecheck.spec.leaves import Node
    from shapecheck.spec.match import Bindings, Place

MOST_ROWS = 6
LONGEST_NAME = 32  # an expression of more characters is no name for the headline
MOST_FIXES = 2
TRANSPOSE_OF_VECTOR = "A vector has one axis: its .T is the same vector, neither row nor column."
SUM_OVER_BATCH = (
    "A gradient has the shape of what it is the gradient of: what was used for every sample "
    "gets the sum over the samples."
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a contract is about, in the user's names.

    Attributes:
        function: the function's name as the user writes it.
        role: ``argument``, ``result``, ``attribute`` or ``local``.
        expressions: the caller's own text for each argument, where it is known.
    """

    function: str
    role: str
    expressions: dict[str, str]

    def text(self, label: str) -> str:
        """The caller's text for an array inside an argument: ``layers[1]`` for ``weights[1]``."""
        known = max(
            (one for one in self.expressions if _is_inside(label, one)), key=len, default=""
        )
        expression = self.expressions.get(known, "")
        inside = label[len(known) :]
        if not expression or not inside:
            return expression
        is_name = all(part.isidentifier() for part in expression.split("."))
        return f"{expression}{inside}" if is_name else ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The parts of a diagnostic that a contract gives."""

    rule: str
    message: str
    operands: tuple[Operand, ...]
    reason: str
    fixes: tuple[Fix, ...]
    names: tuple[tuple[str, int | None, Place], ...]  # names that the story speaks of


def explain(blame: Blame, nodes: Sequence[Node], subject: Subject) -> Explanation:
    """Explain a broken contract.

    Args:
        blame: who is at fault.
        nodes: all arrays of the contract, the one at fault among them.
        subject: the names to speak of.
    """
    node = blame.node
    if not isinstance(node, Leaf):
        return _of_container(blame, nodes, subject)
    best = _believable(blame, subject)
    fact = _leading(blame)
    relation = fact.relation if fact is not None else "size"
    if relation == "is-array":
        finding, reason = _not_an_array(node)
    elif relation == "dtype":
        finding, reason = _other_dtype(node)
    elif best is not None:
        finding, reason = _repaired(node, best, blame, subject)
    elif relation == "rank":
        finding, reason = _other_rank(node, blame)
    else:
        finding, reason = _other_size(node, blame, subject)
    rule = "dtype" if relation == "dtype" else _rule(node, subject)
    return Explanation(
        rule,
        f"{_who(node, subject)}{finding}",
        _operands(nodes, blame, subject),
        reason,
        _fixes(blame, subject),
        _names(blame),
    )


def _rule(node: Leaf | Defect | Tree, subject: Subject) -> str:
    if subject.role == "argument" and "." in node.root:
        return "attribute-shape"  # an attribute joins a method's scope as `self.W`
    return {
        "argument": "argument-shape",
        "result": "return-shape",
        "attribute": "attribute-shape",
        "local": "local-shape",
    }[subject.role]


# ---- the one-line story ----


def _who(node: Leaf, subject: Subject) -> str:
    """The array and what is declared of it: ``W1 (784, 256) passed as W (n_out, n_in): ``."""
    observed = node.observed
    shape = f" {tuple_text(observed.sizes)}" if observed and observed.sizes is not None else ""
    declared = node.declared()
    text = subject.text(node.label)
    if subject.role == "result":
        what = "yields" if node.root == "yielded" else "returns"
        inside = f" {node.label}" if node.label != node.root else ""
        return f"{subject.function} {what}{inside}{shape}, declared {declared}: "
    if len(text) > LONGEST_NAME or text == "None":
        text = ""
    if subject.role == "argument" and text and text != node.label:
        return f"{text}{shape} passed as {node.label} {declared}: "
    return f"{text or node.label}{shape}, declared {declared}: "


def _not_an_array(node: Leaf) -> tuple[str, str]:
    wanted = getattr(node.spec.array_type, "__name__", "an array")
    kind = node.observed.kind if node.observed is not None else node.kind
    finding = f"it is {article(kind)}, not {article(wanted) if wanted != 'an array' else wanted}"
    if node.kind == "NoneType":
        return "it is None, not an array", "None is only accepted where the declaration says so."
    return finding, ""


def _other_dtype(node: Leaf) -> tuple[str, str]:
    dtype = node.observed.dtype if node.observed is not None else "?"
    family = node.spec.family
    name = family.name if family is not None else "?"
    return f"its dtype is {dtype}, declared {name}", _family_text(family)


def _family_text(family: Family | None) -> str:
    if family is None or len(family.members) < 2:  # noqa: PLR2004 - the name says it all
        return ""
    plain = [one for one in family.members if isinstance(one, str)]
    common = [
        one
        for one in plain
        if ("_" not in one and not one.endswith(("2", "4")))
        or one in ("float32", "float64", "int32", "int64", "complex64", "uint32", "uint64")
    ]
    return f"{family.name} stands for {listed(common or plain, 'or')}."


def _other_rank(node: Leaf, blame: Blame) -> tuple[str, str]:
    missing = _one_missing(node, blame.rest.bindings)
    if missing is not None:
        name = size_text(missing.size)
        batch = "batch axis" if is_batch(name) else "axis"
        return f"its {batch} {name} is missing", ""
    extra = _one_extra(node, blame.rest.bindings)
    if extra:
        batch = "batch axis" if is_batch(extra) else "axis"
        return f"it still has the {batch} {extra}", ""
    found = node.observed.sizes if node.observed is not None and node.observed.sizes else ()
    wanted = node.spec.rank
    least = "at least " if node.spec.runs_at is not None else ""
    finding = f"it has {counted(len(found), 'axis')}, not {least}{wanted}"
    return finding, ""


def _one_missing(node: Leaf, bindings: Bindings) -> Dim | None:
    """The declared axis without which all others are as they should be, if it is only one."""
    axes, sizes = node.spec.axes, _sizes(node)
    if len(sizes) != len(axes) - 1 or not sizes:
        return None
    fits = []
    for at, missing in enumerate(axes):
        rest = [axis for axis in (*axes[:at], *axes[at + 1 :]) if isinstance(axis, Dim)]
        if isinstance(missing, Dim) and _agree(node, rest, sizes, bindings):
            fits.append(missing)
    return fits[0] if len(fits) == 1 else None


def _one_extra(node: Leaf, bindings: Bindings) -> str:
    """The name of the one axis that an array has beyond its declaration, or ""."""
    axes, sizes = [a for a in node.spec.axes if isinstance(a, Dim)], _sizes(node)
    if len(axes) != len(node.spec.axes) or len(sizes) != len(axes) + 1:
        return ""
    fits = [
        size
        for at, size in enumerate(sizes)
        if _agree(node, axes, (*sizes[:at], *sizes[at + 1 :]), bindings)
    ]
    return _name_of_size(fits[0], bindings) if len(fits) == 1 else ""


def _agree(
    node: Leaf, axes: Sequence[Dim], sizes: Sequence[int | None], bindings: Bindings
) -> bool:
    """Whether sizes are those of the axes, as far as these are known; some have to be."""
    values = [value_of(node.placed(axis), bindings) for axis in axes]
    pairs = list(zip(values, sizes, strict=False))
    return any(value is not None for value in values) and all(v in (None, s) for v, s in pairs)


def _other_size(node: Leaf, blame: Blame, subject: Subject) -> tuple[str, str]:
    """A size that is not what the others (or the declaration) say."""
    fact = _leading(blame)
    if fact is None:
        return "it does not fit the others", ""
    if fact.relation == "beyond":
        return _beyond(fact, subject)
    if fact.relation == "run":
        run = next(str(axis) for axis in node.spec.axes if isinstance(axis, Run))
        mine = tuple_text(_run_sizes(node))
        return f"its {run} is {mine}, {_setter(fact, subject)} has {tuple_text(fact.right)}", ""
    at = fact.left.axis or 0
    found = node.observed.sizes[at] if node.observed and node.observed.sizes else None
    rank = len(node.observed.sizes) if node.observed and node.observed.sizes else 1
    where = f"{axis_text(at, rank)} is {found}" if rank > 1 else f"its size is {found}"
    if isinstance(fact.right, int):
        return f"{where}, {_fixed_text(fact)}", ""
    value = value_of(fact.right, blame.rest.bindings)
    name = size_text(fact.right)
    if value is None:
        return (
            f"{where}, and {name} is never {found}",
            f"Sizes are 0 or more, so no size of a name makes {name} equal to {found}.",
        )
    batch = _lines_up_with_batch(node, found, blame.rest.bindings)
    if batch and batch != name:
        return (
            f"it lines up with the batch ({batch}={found}), {name} is {value}",
            f"It needs one entry for each {name} ({value}); it has one for each sample ({batch}).",
        )
    if blame.doubtful:
        return (
            f"{where}, but {name} is {value} in {_setter(fact, subject)}",
            f"Both axes are called {name}, so their sizes have to be equal.",
        )
    findings = [f"{where}, {name} is {value}", *_more_sizes(node, blame, fact)]
    return "; ".join(findings), ""


def _fixed_text(fact: Fact) -> str:
    """A size that no name stands for: ``declared 3``, ``self.n is 3``."""
    text = getattr(fact.why, "shown", "")
    return f"declared {fact.right}" if text == str(fact.right) else f"{text} is {fact.right}"


def _more_sizes(node: Leaf, blame: Blame, told: Fact) -> list[str]:
    """The second axis that is off, if there is one."""
    for fact in blame.facts:
        if fact is told or fact.relation != "size" or fact.left.axis is None:
            continue
        value = value_of(fact.right, blame.rest.bindings)
        size = _sizes(node)[fact.left.axis]
        where = axis_text(fact.left.axis, len(_sizes(node)))
        if value is not None:
            fixed = isinstance(fact.right, int)
            said = _fixed_text(fact) if fixed else f"{size_text(fact.right)} is {value}"
            return [f"{where} is {size}, {said}"]
    return []


def _beyond(fact: Fact, subject: Subject) -> tuple[str, str]:
    """A list that is longer than the layers that its names belong to."""
    name = size_text(fact.right)
    chain, last = fact.why
    who = subject.text(chain) or chain
    return (
        f"there is no {name}: {who} ends with {last}",
        f"{who} declares two neighbours of the sizes in a row, and so how many there are.",
    )


def _run_sizes(node: Leaf) -> tuple[int | None, ...]:
    """The sizes of the axes that a run stands for."""
    at, sizes = node.spec.runs_at or 0, _sizes(node)
    return sizes[at : at + len(sizes) - node.spec.rank]


def _lines_up_with_batch(node: Leaf, found: int | None, bindings: Bindings) -> str:
    """The batch's name, if a 1-D array has as many entries as there are samples."""
    if len(node.spec.axes) != 1 or found is None or found < 2:  # noqa: PLR2004 - 1 fits anything
        return ""
    for one, binding in bindings.sizes.items():
        if one.index is None and is_batch(one.name) and binding.value == found:
            return one.name
    return ""


def _repaired(node: Leaf, repair: Repair, blame: Blame, subject: Subject) -> tuple[str, str]:
    """The finding and the reason that a proved repair gives away."""
    names = [_axis_name(node, axis) for axis in node.spec.axes]
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
                f"{label} is laid out as {order}; {_takes(subject, node)} {node.declared()}.",
            )
        case "flatten-vector":
            row = repair.axis == 0
            kind = "row" if row else "column"
            shape = tuple_text(sizes)
            vector = tuple_text(sizes[1 - repair.axis : 2 - repair.axis])
            reason = f"A {kind} {shape} is a matrix and follows its rules; a vector is {vector}."
            return f"it is a {kind} vector; {node.declared()} is 1-D", reason
        case "squeeze":
            return f"{axis_text(repair.axis, len(sizes))}, of size 1, is one too many", ""
        case "add-axis":
            return _missing_axis(node, repair, names, label)
        case "flatten":
            return _too_many_axes(node, repair, names)
        case "sum":
            batch = _name_of_size(sizes[0], blame.rest.bindings)
            called = f" {batch}" if batch else ""
            return f"it still has the batch axis{called}", SUM_OVER_BATCH
        case "convert":
            return _not_an_array(node)
        case _:
            return _other_dtype(node)


def _axis_name(node: Leaf, axis: Dim | Run) -> str:
    """What the declaration calls an axis, its place in a list put in."""
    if isinstance(axis, Run):
        return str(axis)
    size = node.placed(axis)
    return axis.text if isinstance(size, int) else size_text(size)


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
    tail = _sizes(node)[node.spec.rank - 1 :]
    flat = _sizes(repair.leaf)[-1]
    called = "" if names[-1] == str(flat) else f" ({names[-1]})"
    whose = " of a sample" if node.spec.rank > 1 else ""
    finding = f"its last {counted(len(tail), 'axis')} have to be one"
    if len(tail) == len(_sizes(node)):
        finding = f"it has {counted(len(tail), 'axis')}, not 1"
    numbers = f"the {flat}{called} numbers{whose}"
    return finding, f"{tuple_text(tail)} holds {numbers} in more axes than declared."


def _missing_axis(node: Leaf, repair: Repair, names: list[str], label: str) -> tuple[str, str]:
    name = names[repair.axis]
    if repair.axis == 0 and is_batch(name):
        one = tuple_text([1, *_sizes(node)])
        reason = f"{label} is a single sample; a batch of one sample has the shape {one}."
        return f"its batch axis {name} is missing", reason
    if node.spec.rank == 2 and len(_sizes(node)) == 1:  # noqa: PLR2004 - a vector for a matrix
        kind = "row" if repair.axis == 0 else "column"
        return f"it is 1-D; {node.declared()} is a {kind}", TRANSPOSE_OF_VECTOR
    if name == "1":
        where = axis_text(repair.axis, node.spec.rank)
        return f"{where}, of size 1, is missing", ""
    return f"its axis {name} is missing", ""


def _sizes(node: Leaf) -> tuple[int | None, ...]:
    return node.observed.sizes if node.observed and node.observed.sizes else ()


# ---- containers ----


def _of_container(blame: Blame, nodes: Sequence[Node], subject: Subject) -> Explanation:
    node = blame.node
    label = getattr(node, "label", "")
    root = getattr(node, "root", "")
    who = subject.text(label) or label
    if subject.role == "result":
        who = (
            f"{subject.function} returns {label}"
            if label != root
            else f"the result of {subject.function}"
        )
    match node:
        case Defect(relation="length", expected=expected, found=found):
            message = f"{who} has {counted(found, 'element')}, declared {expected}"
            reason = ""
        case Defect(expected=expected, found=found):
            message = f"{who} is {article(found)}, declared {article(expected)} of arrays"
            reason = ""
        case _:
            name = node.name if isinstance(node, Tree) else "?"
            message = f"{who} is not built like the other trees of structure {name}"
            reason = f"All trees annotated with {name} have the same keys, lengths and nesting."
    rule = _rule(node, subject) if isinstance(node, (Defect, Tree)) else "argument-shape"
    return Explanation(rule, message, _operands(nodes, blame, subject), reason, (), ())


# ---- the table ----


def _operands(nodes: Sequence[Node], blame: Blame, subject: Subject) -> tuple[Operand, ...]:
    """One row an array; of many, those around the one at fault."""
    leaves = [node for node in nodes if isinstance(node, Leaf)]
    if blame.node in leaves and len(leaves) > MOST_ROWS:
        at = leaves.index(blame.node)
        setters = {place.label for _, _, place in _names(blame)}
        near = leaves[max(0, at - 2) : at + 2]
        near = [one for one in near if one.root == leaves[at].root]
        leaves = [one for one in leaves if one in near or one.label in setters]
    return tuple(_operand(leaf, blame, subject) for leaf in leaves)


def _operand(leaf: Leaf, blame: Blame, subject: Subject) -> Operand:
    at_fault = leaf == blame.node
    text = subject.text(leaf.label)
    name = text or "value" if subject.role == "local" else leaf.label
    remark = ""
    if leaf.observed is None:
        remark = article(leaf.kind) if leaf.kind != "NoneType" else "None"
    elif at_fault and any(fact.relation == "dtype" for fact in blame.facts):
        remark = leaf.observed.dtype
    elif at_fault and not leaf.fits_type:
        remark = article(leaf.observed.kind)
    return Operand(
        name,
        text if text != name else "",
        _cells(leaf, blame, subject, at_fault=at_fault),
        f"{_declared_kind(leaf, blame)}{leaf.declared()}" if at_fault else "",
        remark,
        at_fault,
    )


def _declared_kind(leaf: Leaf, blame: Blame) -> str:
    """The declared dtype or class in front of the axes, where that is what is broken."""
    relations = {fact.relation for fact in blame.facts}
    if "is-array" in relations and leaf.spec.array_type is not None:
        return f"{leaf.spec.array_type.__name__} "
    if "dtype" in relations and leaf.spec.family is not None:
        return f"{leaf.spec.family.name} "
    return ""


def _cells(
    leaf: Leaf, blame: Blame, subject: Subject, *, at_fault: bool
) -> tuple[Cell, ...] | None:
    if leaf.observed is None or leaf.observed.sizes is None:
        return None
    sizes = leaf.observed.sizes
    placed = _placed(leaf, len(sizes))
    broken = {
        _axis_at(fact, leaf): fact
        for fact in (blame.facts if at_fault else ())
        if fact.relation in ("size", "run")
    }
    cells = []
    for axis, size in enumerate(sizes):
        dim = placed[axis] if placed is not None else None
        fact = broken.get(axis)
        if fact is not None:
            cells.append(Cell(size, "", mark=True, remark=_remark(fact, blame, subject)))
        else:
            cells.append(Cell(size, _label(leaf, dim, size, blame.rest.bindings)))
    return tuple(cells)


def _axis_at(fact: Fact, leaf: Leaf) -> int | None:
    """The axis that a fact is about; of a run, the first axis that differs."""
    start: int | None = fact.left.axis
    if fact.relation != "run" or start is None:
        return start
    mine = _run_sizes(leaf)
    differs = [at for at, (a, b) in enumerate(zip(mine, fact.right, strict=False)) if a != b]
    return start + differs[0] if differs and len(mine) == len(fact.right) else start


def _placed(leaf: Leaf, rank: int) -> list[Dim | Run] | None:
    """The declared axis of each axis, or None where the rank does not fit."""
    extra = rank - leaf.spec.rank
    if extra < 0 or (extra and leaf.spec.runs_at is None):
        return None
    placed: list[Dim | Run] = []
    for axis in leaf.spec.axes:
        placed += [axis] * extra if isinstance(axis, Run) else [axis]
    return placed


def _label(leaf: Leaf, dim: Dim | Run | None, size: int | None, bindings: Bindings) -> str:
    """The name of an axis, where the others confirm that it has this size."""
    if not isinstance(dim, Dim):
        return ""
    declared = leaf.placed(dim)
    if dim.label or (isinstance(declared, int) and not dim.text.isdigit()):
        return dim.shown if declared == size else ""
    if not isinstance(declared, Expr) or (dim.broadcast and size == 1):
        return ""
    value = value_of(declared, bindings)
    return size_text(declared) if value in (size, None) and (value is not None) else ""


def _remark(fact: Fact, blame: Blame, subject: Subject) -> str:
    """Why an axis is marked: ``n_in is 784, set by x``."""
    if fact.relation == "run":
        return f"{tuple_text(fact.right)} is expected here, {_set_by(fact, subject)}"
    if isinstance(fact.right, int):
        return _fixed_text(fact)
    value = value_of(fact.right, blame.rest.bindings)
    name = size_text(fact.right)
    if value is None:
        return f"{name} is wanted"
    if not size_text(fact.right).replace("[", "").replace("]", "").isidentifier():
        return f"{name} is {value}"  # of a formula, the notes say where its names come from
    return f"{name} is {value}, {_set_by(fact, subject)}"


# ---- names ----


def _leading(blame: Blame) -> Fact | None:
    """The fact that tells most: class, dtype and rank before sizes."""
    order = {"is-array": 0, "dtype": 1, "rank": 2}
    return min(blame.facts, key=lambda fact: order.get(fact.relation, 9), default=None)


def _names(blame: Blame) -> tuple[tuple[str, int | None, Place], ...]:
    """The names that the one at fault disagrees about: text, value, and who set it."""
    found: dict[str, tuple[str, int | None, Place]] = {}
    for fact in blame.facts:
        if fact.relation != "size" or not isinstance(fact.right, Expr):
            continue
        for one in sorted(symbols(fact.right), key=str):
            binding = blame.rest.bindings.sizes.get(one)
            if binding is not None:
                name = str(symbol(one.name, one.index))
                found[name] = (name, binding.value, binding.place)
    return tuple(found.values())


def _setter(fact: Fact, subject: Subject) -> str:
    place = fact.why
    label = getattr(place, "label", "")
    return subject.text(label) or label


def _set_by(fact: Fact, subject: Subject) -> str:
    setter = _setter(fact, subject)
    return f"set by {setter}" if setter else "bound before"


def _name_of_size(size: int | None, bindings: Bindings) -> str:
    """The one name that stands for a size, or ""."""
    names = [one.name for one, b in bindings.sizes.items() if b.value == size and one.index is None]
    return names[0] if len(names) == 1 else ""


def _is_inside(label: str, outer: str) -> bool:
    """Whether a label is that of `outer` or of something in it: ``x[0]``, ``x.y``."""
    return label == outer or (label.startswith(outer) and label[len(outer)] in "[.")


def _is_atom(expression: str) -> bool:
    """Whether source text can be followed by ``.T`` or ``[0]`` as it stands."""
    depth = 0
    for char in expression:
        depth += (char in "([{") - (char in ")]}")
        if depth == 0 and not (char.isalnum() or char in "_.)]}"):
            return False
    return True


# ---- the fixes ----


def _believable(blame: Blame, subject: Subject) -> Repair | None:
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
    return is_only_batch and sum(size != 1 for size in _sizes(node)) > 1


def _fixes(blame: Blame, subject: Subject) -> tuple[Fix, ...]:
    """At most two, each proved by matching again."""
    node = blame.node
    if not isinstance(node, Leaf):
        return ()
    text = subject.text(node.label)
    if not text:
        text = "result" if subject.role == "result" else node.label
    atom = text if _is_atom(text) else f"({text})"
    fixes = []
    for repair in _plausible(blame, subject)[:MOST_FIXES]:
        observed = repair.leaf.observed
        sizes = observed.sizes if observed is not None and observed.sizes is not None else ()
        result = f"{tuple_text(sizes)} = {node.declared()}"
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
