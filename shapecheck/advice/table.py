"""The table of a report: one row an array, the axes at fault marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecheck.advice.subject import fixed_text, names_of, own_twin, run_sizes, set_by
from shapecheck.advice.words import article, size_text, tuple_text
from shapecheck.diagnostics import Cell, Operand
from shapecheck.dims import Expr
from shapecheck.spec.leaves import Leaf
from shapecheck.spec.match import value_of
from shapecheck.spec.model import Dim, Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapecheck.advice.blame import Blame
    from shapecheck.advice.subject import Subject
    from shapecheck.facts import Fact
    from shapecheck.spec.leaves import Node
    from shapecheck.spec.match import Bindings

MOST_ROWS = 6


def operands_of(nodes: Sequence[Node], blame: Blame, subject: Subject) -> tuple[Operand, ...]:
    """One row an array; of many, those around the one at fault."""
    leaves = [node for node in nodes if isinstance(node, Leaf)]
    if blame.node in leaves and len(leaves) > MOST_ROWS:
        at = leaves.index(blame.node)
        setters = {place.label for _, _, place in names_of(blame)}
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
            cells.append(Cell(size, "", mark=True, remark=_remark(fact, leaf, blame, subject)))
        else:
            cells.append(Cell(size, _label(leaf, dim, size, blame.rest.bindings)))
    return tuple(cells)


def _axis_at(fact: Fact, leaf: Leaf) -> int | None:
    """The axis that a fact is about; of a run, the first axis that differs."""
    start: int | None = fact.left.axis
    if fact.relation != "run" or start is None:
        return start
    mine = run_sizes(leaf)
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


def _remark(fact: Fact, leaf: Leaf, blame: Blame, subject: Subject) -> str:
    """Why an axis is marked: ``n_in is 784, set by x``."""
    if fact.relation == "run":
        return f"{tuple_text(fact.right)} is expected here, {set_by(fact, subject)}"
    if isinstance(fact.right, int):
        return fixed_text(fact)
    value = value_of(fact.right, blame.rest.bindings)
    name = size_text(fact.right)
    if value is None:
        return f"{name} is wanted" if own_twin(fact, leaf) is None else ""
    if not size_text(fact.right).replace("[", "").replace("]", "").isidentifier():
        return f"{name} is {value}"  # of a formula, the notes say where its names come from
    return f"{name} is {value}, {set_by(fact, subject)}"
