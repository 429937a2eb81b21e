"""Updates by a gradient in a run: ``W = W - lr * dW`` that makes W larger, or fits by accident."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapecheck.advice import gradients as advice
from shapecheck.advice.scene import shape_of
from shapecheck.diagnostics import Diagnostic, Note
from shapecheck.infer import Evaluator
from shapecheck.infer.gradients import Update, core, update_of
from shapecheck.ops import Array
from shapecheck.runtime import axes
from shapecheck.runtime.callsite import made_at
from shapecheck.runtime.live import FrameLookup
from shapecheck.runtime.seen import Seen, called_from, operand_nodes, pairs, users_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.advice.contracts import Explanation


def found(seen: Seen) -> Iterator[Diagnostic]:
    """What is wrong with an update: nothing if an op is none."""
    sides = [one for one in seen.step.applied.bound.values() if isinstance(one, Array)]
    if len(sides) != 2 or not sides[0].rank or not sides[1].rank:  # noqa: PLR2004 - a pair
        return
    before, change = sides
    grown = isinstance(seen.step.value, Array) and seen.step.value.sizes != before.sizes
    crossed = crosses(before, change)
    if not grown and not crossed:
        return
    update = _update(seen)
    if update is None or not (update.descends or any(update.gradients())):
        return
    gradient = _gradient(seen, update, before, change)
    if grown and not update.in_place:
        yield _told(seen, advice.of_sum(gradient), gradient)
    elif crossed:
        yield _told(seen, advice.of_axes(gradient, (1, 0)), gradient)


def crosses(before: Array, change: Array) -> bool:
    """Whether one of the axes of a square matrix comes back as the other one of its gradient.

    Nothing is told of a matrix that was made where others were, too: their axes are mixed up.
    """
    if before.rank != 2 or change.rank != 2 or before.sizes != change.sizes:  # noqa: PLR2004
        return False
    if before.sizes[0] != before.sizes[1] or any(map(axes.is_shared, before.axes)):
        return False
    own, other = [one.key for one in before.shape], [one.key for one in change.shape]
    if None in own or own[0] == own[1]:
        return False
    swapped = [mine in own and mine != right for mine, right in zip(other, own, strict=True)]
    right = any(mine == wanted for mine, wanted in zip(other, own, strict=True))
    return any(swapped) and not all(swapped) and not right


def _update(seen: Seen) -> Update | None:
    """The update that an op is the whole of."""
    node = seen.site.node
    statement = node if isinstance(node, ast.stmt) else seen.site.source.parents.get(node)
    if not isinstance(statement, (ast.Assign, ast.AugAssign)):
        return None
    update = update_of(statement)
    return update if update is not None and update.node is node else None


def _gradient(seen: Seen, update: Update, before: Array, change: Array) -> advice.Gradient:
    """The gradient in a step: what is named so, or else the factor that has its shape."""
    source = seen.site.source
    things = {id(array): thing for array, thing in pairs(seen)}
    where = operand_nodes(seen, seen.site.node)
    seen_values = {node: things[number] for number, node in where.items() if number in things}
    lookup = FrameLookup(users_frame(), seen_values)

    def value(node: ast.expr) -> object:
        return Evaluator(lookup).value(node)

    best: tuple[ast.expr, Array] = update.step, change
    for node in (*core(update.step), *update.gradients()):
        one = value(node)
        if isinstance(one, Array) and not one.is_open and one.sizes == change.sizes:
            best = node, one
    node, array = best
    made, name = _maker(node, array, seen, lookup)
    sign = f"{update.sign}=" if update.in_place else update.sign
    of, step = source.segment(update.target), source.segment(update.step)
    return advice.Gradient(
        source.segment(node),
        array,
        of,
        before,
        update=f"{of} {shape_of(before)} {sign} {step} {shape_of(change)}",
        made=made,
        name=name,
        source=source.segment,
        value=value,
        span=lambda one: source.span(one) if isinstance(one, (ast.expr, ast.stmt)) else None,
    )


def _maker(
    node: ast.expr, array: Array, seen: Seen, lookup: FrameLookup
) -> tuple[ast.expr | None, str]:
    """The expression that made an array, and the variable that it was assigned to."""
    if not isinstance(node, ast.Name):
        return node, ""
    made = made_at(node.id, node, seen.site.source.tree)
    if isinstance(made, ast.Assign) and len(made.targets) == 1:
        value = Evaluator(lookup).value(made.value)
        if isinstance(value, Array) and not value.is_open and value.sizes == array.sizes:
            return made.value, node.id
    return node, ""


def _told(seen: Seen, told: Explanation, gradient: advice.Gradient) -> Diagnostic:
    notes: tuple[Note, ...] = ()
    if gradient.name and gradient.made is not None:
        notes = (Note(f"{gradient.name} was made here", gradient.span(gradient.made)),)
    frame = users_frame()
    return Diagnostic(
        told.rule,
        told.message,
        seen.site.span,
        called_from(frame),
        told.operands,
        told.reason,
        notes,
        told.fixes,
    )
