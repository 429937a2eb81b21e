"""The explanation of a broken contract: the one-line story, the table, the reason, the fixes.

Works on what `blame` has found; nothing is decided here, and nothing is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapecheck.advice.findings import not_an_array, other_dtype, other_rank, other_size, who
from shapecheck.advice.mended import believable, fixes_for, repaired
from shapecheck.advice.subject import leading_fact, names_of
from shapecheck.advice.table import operands_of
from shapecheck.advice.words import article, counted
from shapecheck.spec.leaves import Defect, Leaf, Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapecheck.advice.blame import Blame
    from shapecheck.advice.subject import Subject
    from shapecheck.diagnostics import Fix, Operand
    from shapecheck.spec.leaves import Node
    from shapecheck.spec.match import Place


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
    best = believable(blame, subject)
    fact = leading_fact(blame)
    relation = fact.relation if fact is not None else "size"
    if relation == "is-array":
        finding, reason = not_an_array(node)
    elif relation == "dtype":
        finding, reason = other_dtype(node)
    elif best is not None:
        finding, reason = repaired(node, best, blame, subject)
    elif relation == "rank":
        finding, reason = other_rank(node, blame)
    else:
        finding, reason = other_size(node, blame, subject)
    rule = "dtype" if relation == "dtype" else _rule(node, subject)
    return Explanation(
        rule,
        f"{who(node, subject)}{finding}",
        operands_of(nodes, blame, subject),
        reason,
        fixes_for(blame, subject),
        names_of(blame),
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


def _of_container(blame: Blame, nodes: Sequence[Node], subject: Subject) -> Explanation:
    node = blame.node
    label = getattr(node, "label", "")
    root = getattr(node, "root", "")
    text = subject.text(label)
    who = f"{text} passed as {label}" if text and text != label else label
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
    return Explanation(rule, message, operands_of(nodes, blame, subject), reason, (), ())
