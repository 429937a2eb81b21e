"""Updates by a gradient, such as ``W -= lr * dW``: they may fail, or change the shape of W."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from shapecheck.advice import gradients as advice
from shapecheck.advice.layout import factors_of
from shapecheck.advice.scene import shape_of
from shapecheck.diagnostics import Diagnostic, Note
from shapecheck.infer.gradients import Update, core, is_gradient_atom, update_of
from shapecheck.ops import Array, Unknown
from shapecheck.static.distinct import has_equal_sizes
from shapecheck.static.machine import Raised
from shapecheck.static.reporting import Reporting
from shapecheck.static.values import bare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapecheck.advice.contracts import Explanation
    from shapecheck.diagnostics import Span
    from shapecheck.infer import Step
    from shapecheck.static.frames import Frame


@dataclass(frozen=True, slots=True)
class Suspect:
    """An update that may fit only because two sizes are equal, and what to say if it does."""

    gradient: advice.Gradient
    span: Span
    context: str
    notes: tuple[Note, ...]


class Updates(Reporting):
    """Adds to a machine that an update leaves the shape of its target as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reported = 0  # findings so far
        self.suspects: dict[ast.AST, Suspect] = {}
        self.judged: list[Array] = []  # gradients that were found to be wrong where they are made

    def statement(self, node: ast.stmt) -> str:
        """Follow one statement; an update may make its target larger."""
        update = update_of(node) if isinstance(node, (ast.Assign, ast.AugAssign)) else None
        if update is None or self.is_quiet or not _is_step(update):
            return super().statement(node)
        before = bare(self._in(self.frame)(update.target))
        reported = self._reported
        flow = super().statement(node)
        if isinstance(before, Array) and not before.is_open and reported == self._reported:
            self._updated(update, before)
        return flow

    def report(self, diagnostic: Diagnostic) -> None:
        """Keep a finding, once for each place."""
        self._reported += 1
        super().report(diagnostic)

    def _updated(self, update: Update, before: Array) -> None:
        after = bare(self._in(self.frame)(update.target))
        if not isinstance(after, Array) or after.is_open:
            return
        changed = after.rank != before.rank or any(
            self.assume.equal(a, b) is False for a, b in zip(after.sizes, before.sizes, strict=True)
        )
        found = self._factor(update, after if changed else None, before)
        if found is None:
            self._suspect(update, before)
            return
        if any(found[1] is one for one in self.judged):
            return  # it was said where the gradient was made
        gradient = self._of_update(update, before, *found)
        if changed:
            self._told(advice.of_sum(gradient), update.node, self._made_notes(gradient))
        elif self._is_short(gradient.array, before):
            self._told(advice.of_shape(gradient), update.node, self._made_notes(gradient))

    # --- axes ---

    def _suspect(self, update: Update, before: Array) -> None:
        """Keep an update that fits, but may do so only because two sizes are equal."""
        if update.node in self.suspects or len(set(before.sizes)) == before.rank:
            return
        found = self._named(update, before, alike=True)
        if found is not None and has_equal_sizes(found[1], before):
            gradient = self._of_update(update, before, *found)
            parts = factors(gradient.made) if gradient.made is not None else ()
            now = {node: gradient.value(node) for node in parts}  # the variables will be gone
            gradient = replace(gradient, value=now.get)
            span = self.sources.span(update.node, self.here, self.function_name())
            notes = self._made_notes(gradient)
            self.suspects[update.node] = Suspect(gradient, span, self.called_from(), notes)

    def convicted(self, orders: Mapping[ast.AST, list[int]]) -> None:
        """Report the updates of which it has turned out that axes are exchanged."""
        for node, order in orders.items():
            suspect = self.suspects[node]
            told = advice.of_axes(suspect.gradient, order)
            self.report(
                Diagnostic(
                    told.rule,
                    told.message,
                    suspect.span,
                    suspect.context,
                    told.operands,
                    told.reason,
                    suspect.notes,
                    told.fixes,
                )
            )

    def _factor(
        self, update: Update, after: Array | None, before: Array
    ) -> tuple[ast.expr, Array] | None:
        """The gradient in a step: what is named so, or else the factor that makes it large."""
        named = self._named(update, before, alike=False)
        if named is not None or after is None:
            return named
        value = self._in(self.frame)
        whole = value(update.step)
        if not isinstance(whole, Array) or whole.is_open:
            return None
        best: tuple[ast.expr, Array] = update.step, whole
        for node in core(update.step):
            found = value(node)
            if isinstance(found, Array) and not found.is_open and found.sizes == whole.sizes:
                best = node, found
        return best

    def _named(
        self, update: Update, before: Array, *, alike: bool
    ) -> tuple[ast.expr, Array] | None:
        """What a step names as the gradient of its target, with its sizes or with others."""
        value = self._in(self.frame)
        for node in update.gradients():
            found = value(node)
            is_known = isinstance(found, Array) and not found.is_open
            if is_known and (found.sizes == before.sizes) is alike:
                return node, found
        return None

    def _is_short(self, gradient: Array, before: Array) -> bool:
        """Whether a gradient is stretched in an update: it has fewer numbers than its target."""
        if gradient.rank > before.rank:
            return False
        missing = before.sizes[: before.rank - gradient.rank]
        pairs = zip(gradient.sizes, before.sizes[len(missing) :], strict=True)
        many = any(self.assume.is_unit(size) is False for size in missing)
        return many or any(
            self.assume.equal(own, wanted) is False and self.assume.is_unit(wanted) is False
            for own, wanted in pairs
        )

    def failed(self, step: Step) -> None:
        """An op that certainly fails was met: it may be an update by a gradient."""
        statement = self.statement_now
        update = (
            update_of(statement) if isinstance(statement, (ast.Assign, ast.AugAssign)) else None
        )
        if update is None or update.node is not step.node or self.is_quiet:
            super().failed(step)
            return
        value = self._in(self.frame)
        before = value(update.target)
        is_known = isinstance(before, Array) and not before.is_open
        found = self._factor(update, None, before) if is_known else None
        if found is None or not isinstance(before, Array) or not _is_step(update):
            super().failed(step)
            return
        gradient = self._of_update(update, before, *found)
        self._told(advice.of_shape(gradient), update.node, self._made_notes(gradient))

    def _of_update(
        self, update: Update, before: Array, node: ast.expr, array: Array
    ) -> advice.Gradient:
        frame, module = self.frame, self.here
        of = self.sources.text(update.target, module)
        step = self.sources.text(update.step, module)
        value = self._in(frame)
        whole = value(update.step)
        sign = f"{update.sign}=" if update.in_place else update.sign
        shown = f" {shape_of(whole)}" if isinstance(whole, Array) else ""
        made, name = self._maker(node, array, frame)
        return advice.Gradient(
            self.sources.text(node, module),
            array,
            of,
            before,
            update=f"{of} {shape_of(before)} {sign} {step}{shown}",
            made=made,
            name=name,
            source=lambda one: self.sources.text(one, module),
            value=value,
            span=lambda one: self.sources.span(one, module),
            assume=self.assume,
        )

    # --- telling ---

    def _in(self, frame: Frame) -> Any:
        """Evaluates expressions with the variables of a call."""

        def value(node: ast.expr) -> object:
            outer, self.scope = self.scope, frame.scope
            self.silent += 1
            try:
                return bare(self.quiet(node))
            except Raised:
                return Unknown("")
            finally:
                self.silent -= 1
                self.scope = outer

        return value

    def _maker(
        self, node: ast.expr | None, array: Array, frame: Frame
    ) -> tuple[ast.expr | None, str]:
        """The expression that made an array, and the variable that it was assigned to."""
        if not isinstance(node, ast.Name):
            return node, ""
        made = frame.made.get(node.id)
        if isinstance(made, ast.expr):
            value = self._in(frame)(made)
            if isinstance(value, Array) and value.axes == array.axes:
                return made, node.id
        return node, ""

    def _made_notes(self, gradient: advice.Gradient) -> tuple[Note, ...]:
        if not gradient.name or gradient.made is None:
            return ()
        return (Note(f"{gradient.name} was made here", gradient.span(gradient.made)),)

    def _told(
        self,
        told: Explanation,
        node: ast.AST,
        notes: tuple[Note, ...] = (),
        frame: Frame | None = None,
    ) -> None:
        frame = frame or self.frame
        name = frame.function.name if frame.function is not None else ""
        self.report(
            Diagnostic(
                told.rule,
                told.message,
                self.sources.span(node, frame.scope.module, name),
                self._telling(frame),
                told.operands,
                told.reason,
                notes,
                told.fixes,
            )
        )

    def _telling(self, frame: Frame) -> str:
        """Who called the function that is spoken of."""
        return self.called_from() if frame is self.frame else ""


def _is_step(update: Update) -> bool:
    """Whether the names in an update say that it is one by a gradient."""
    return update.descends or any(map(is_gradient_atom, update.gradients()))


def factors(made: ast.expr) -> list[ast.expr]:
    """The operands of the products in an expression."""
    return [node for product in core(made) for node in factors_of(product) or ()]
