"""Gradients written by hand: what `backward` of an `autograd.Function` gives, and updates by steps.

A gradient has the shape of what it is the gradient of. A function that is applied is followed
back with gradients of the shapes of its results; if it then gives a gradient that fits, but two
sizes are equal, it is followed once more with sizes that differ, to see whether the axes do.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shapecheck.advice import gradients as advice
from shapecheck.advice.scene import shape_of
from shapecheck.diagnostics import Diagnostic, Note
from shapecheck.dims import Axis, Expr, lone_symbol, symbol
from shapecheck.infer.gradients import Update, core, is_gradient_atom, judged, update_of
from shapecheck.ops import Array, Unknown
from shapecheck.static.binding import Misbound, bind
from shapecheck.static.machine import Raised
from shapecheck.static.promises import Promises, flexible
from shapecheck.static.reporting import Reporting
from shapecheck.static.values import Bound, ClassValue, FunctionValue, Instance, Maybe, bare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapecheck.advice.contracts import Explanation
    from shapecheck.dims import Size
    from shapecheck.facts import Fact
    from shapecheck.infer import Step
    from shapecheck.static.frames import Frame

BASES = {
    "torch.autograd.Function",
    "torch.autograd.function.Function",
    "torch.autograd.function.InplaceFunction",
}
OUTSIDE = (
    "mark_non_differentiable",
    "detach",
    "no_grad",
)  # forward says that it gives no gradients


class Context(Instance):
    """The `ctx` of one call of an `autograd.Function`."""


@dataclass(slots=True)
class Back:
    """A backward pass that is followed.

    Attributes:
        cls: the `autograd.Function`.
        names: what the arguments are called in `forward`.
        inputs: the arguments.
        nodes: their expressions where the function is applied, as far as they are written out.
        fits: the gradients that fit, but may have their axes exchanged: where they are returned,
            and for which argument.
        given: each `return` with the gradients that it gives, and what is known of sizes there.
    """

    cls: ClassValue
    names: list[str]
    inputs: list[object]
    nodes: Sequence[ast.expr] = ()
    fits: list[tuple[ast.Return, int, Frame]] = field(default_factory=list)
    given: dict[ast.Return, tuple[tuple[object, ...], Any]] = field(default_factory=dict)


class Distinct(Promises):
    """Assumptions under which sizes differ, but for those that have to be equal.

    They are asked once everything is known to fit, so two axes that meet are of one size.
    """

    __slots__ = ()

    def copy(self) -> Distinct:
        """Give assumptions that can be added to without changing these."""
        return copied(self, Distinct())  # type: ignore[no-any-return]

    def learn(self, fact: Fact) -> None:
        """Two sizes that meet are equal; that of what they give is theirs."""
        left, right = (getattr(one, "size", one) for one in (fact.left, fact.right))
        if fact.holds is not None or fact.relation not in ("equals", "broadcasts"):
            return
        names = [lone_symbol(one) if isinstance(one, Expr) else None for one in (left, right)]
        if None in names:
            return
        self.assume_equal(left, right)
        if fact.relation == "broadcasts":
            self.assume_equal(symbol("broadcast", tag=(left, right)), left)


def copied(old: Promises, new: Any) -> Any:
    """Assumptions with all that others know."""
    new.contradictory = old.contradictory
    new._solved = dict(old._solved)
    new._zero = old._zero
    new._known = old._known
    return new


class Gradients(Reporting):
    """Adds to a machine what is known of gradients."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._went_back: set[object] = set()
        self._next: tuple[FunctionValue, Back] | None = None
        self._backs: dict[int, tuple[Frame, Back]] = {}

    # --- functions that are applied ---

    def _of_class(
        self, cls: ClassValue, name: str, owner: Instance | None, node: ast.AST
    ) -> object:
        found = super()._of_class(cls, name, owner, node)
        if name == "apply" and isinstance(found, Unknown) and is_autograd(cls):
            return Bound("apply", cls)
        return found

    def _bound_call(
        self, function: Bound, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> object:
        owner, name = function.owner, function.function
        if name == "apply" and isinstance(owner, ClassValue):
            return self._applied(owner, args, kwargs, node)
        if isinstance(owner, Context) and name == "save_for_backward":
            self.state.write(owner.attributes, "saved_tensors", tuple(args))
            return None
        if isinstance(owner, Context) and name == "set_materialize_grads":
            self.state.write(owner.attributes, "materialize", value=False)
            return None
        return super()._bound_call(function, args, kwargs, node)

    def _applied(
        self, cls: ClassValue, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> object:
        """``F.apply(...)`` follows `forward`, and then `backward`."""
        context, names, inputs = self._opened(cls, args, kwargs, node)
        if context is None:
            return Unknown("how it goes forward is not known")
        result = self._forward(cls, context, inputs, args, kwargs, node)
        nodes = node.args if isinstance(node, ast.Call) else ()
        if any(isinstance(one, ast.Starred) for one in nodes) or len(nodes) != len(inputs):
            nodes = ()
        if not kwargs or self._setup(cls, node) is not None:
            self._go_back(Back(cls, names, inputs, nodes), context, result, node)
        return result

    def _opened(
        self, cls: ClassValue, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> tuple[Context | None, list[str], list[object]]:
        """A new `ctx`, and the arguments of `forward` with their names."""
        forward = self._of_class(cls, "forward", None, node)
        if not isinstance(forward, FunctionValue):
            return None, [], []
        plain = [*forward.node.args.posonlyargs, *forward.node.args.args]
        names = [one.arg for one in plain]
        inputs = list(args)
        if self._setup(cls, node) is None:
            names = names[1:]
        else:  # torch passes the defaults on, too
            try:
                bound = bind(forward.node.args, args, kwargs, forward.defaults)
            except Misbound:
                bound = {}
            inputs = [bound.get(name, Unknown("")) for name in names] + args[len(names) :]
        names += [f"argument {at}" for at in range(len(names), len(inputs))]
        context = Context(cls)
        context.attributes["needs_input_grad"] = tuple(Unknown("", "flag") for _ in inputs)
        return context, names[: len(inputs)], inputs

    def _setup(self, cls: ClassValue, node: ast.AST) -> FunctionValue | None:
        found = self._of_class(cls, "setup_context", None, node)
        return found if isinstance(found, FunctionValue) else None

    def _forward(
        self,
        cls: ClassValue,
        context: Context,
        inputs: list[object],
        args: list[object],
        kwargs: dict[str, object],
        node: ast.AST,
    ) -> object:
        forward = self._of_class(cls, "forward", None, node)
        assert isinstance(forward, FunctionValue)
        setup = self._setup(cls, node)
        if setup is None:
            return self.follow(forward, [context, *args], kwargs, node)
        result = self.follow(forward, args, kwargs, node)
        self.follow(setup, [context, tuple(inputs), result], {}, node)
        return result

    def enter(self, function: FunctionValue, bound: dict[str, object], node: ast.AST) -> object:
        """Follow a function's body; a `forward` that is looked at for itself is followed back."""
        cls = function.owner
        alone = isinstance(node, ast.Pass) and cls is not None and is_autograd(cls)
        if not alone or function is not self._of_class(cls, "forward", None, node):  # type: ignore[arg-type]
            return super().enter(function, bound, node)
        assert cls is not None
        args = function.node.args
        names = [one.arg for one in (*args.posonlyargs, *args.args)]
        context, setup = Context(cls), self._setup(cls, node)
        if setup is None and names:
            bound[names[0]] = context
            names = names[1:]
        inputs = [bound.get(name, Unknown("")) for name in names]
        context.attributes["needs_input_grad"] = tuple(Unknown("", "flag") for _ in inputs)
        result = super().enter(function, bound, node)
        open_ended = args.vararg is not None or (args.defaults and setup is None)
        if args.kwonlyargs or open_ended:
            return result
        if setup is not None:
            self.follow(setup, [context, tuple(inputs), result], {}, node)
        self._go_back(Back(cls, names, inputs), context, result, node)
        return result

    # --- going back ---

    def _go_back(self, back: Back, context: Context, result: object, node: ast.AST) -> None:
        """Follow `backward` with gradients of the results' shapes."""
        found = self._of_class(back.cls, "backward", None, node)
        if not isinstance(found, FunctionValue) or found.opaque or self.is_quiet:
            return
        key = (id(back.cls.node), *map(_shape_key, back.inputs))
        if key in self._went_back:
            return
        self._went_back.add(key)
        self._followed_back(back, found, context, result, node)
        if back.fits:
            for at, order in self._exchanged(back, found, node):
                self._of_exchange(back, *back.fits[at], order)

    def _followed_back(
        self, back: Back, backward: FunctionValue, context: Context, result: object, node: ast.AST
    ) -> None:
        """Follow `backward`; nothing that it does is seen by what comes after."""
        whole = context.attributes.get("materialize", True) is True
        results = result if isinstance(result, tuple) else (result,)
        grads = [_gradient_like(one, whole=whole) for one in results]
        saved, doubts = self.assume, self.doubts
        self.state.begin()
        depth = len(self.state.open)
        self.take_path(saved.copy())
        self._next = (backward, back)
        try:
            self.follow(backward, [context, *grads], {}, node)
        except Raised:
            pass
        finally:
            self._next = None
            self.doubts = doubts
            self.state.settle(depth)
            self.state.end()
            self.take_path(saved)

    def entered(self, frame: Frame, bound: dict[str, object]) -> None:
        """A function's body is about to be followed."""
        super().entered(frame, bound)
        if self._next is not None and frame.function is self._next[0]:
            self._backs[id(frame)] = frame, self._next[1]
            self._next = None

    def returned(self, node: ast.Return, value: object) -> None:
        """Hold the gradients that a `backward` gives against the arguments."""
        super().returned(node, value)
        found = self._backs.get(id(self.frame))
        if found is None:
            return
        _, back = found
        grads = value if isinstance(value, tuple) else (value,)
        back.given[node] = tuple(grads), self.assume
        if isinstance(value, (tuple, Array)) and not self.is_quiet:
            self._judge(back, node, grads)

    def _judge(self, back: Back, node: ast.Return, grads: tuple[object, ...]) -> None:
        more = grads[len(back.inputs) :]
        too_many = any(isinstance(bare(one), Array) and not isinstance(one, Maybe) for one in more)
        if len(grads) < len(back.inputs) or too_many:
            count = len(grads)
            self._told(advice.of_count(self._giver(back), count, back.names), node)
            return
        for at, (grad, whole) in enumerate(zip(grads, back.inputs, strict=False)):
            self._judge_one(back, node, at, grad, whole)

    def _judge_one(
        self, back: Back, node: ast.Return, at: int, grad: object, whole: object
    ) -> None:
        slot = self._slot(node, at, len(back.inputs))
        if isinstance(slot, ast.Constant) and slot.value is None:
            if isinstance(whole, Array) and self._is_wanted(back, at):
                told = advice.of_none(self._giver(back), back.names[at], whole)
                self._told(told, slot)
            return
        if (
            isinstance(grad, Array)
            and whole is not None
            and isinstance(whole, (bool, int, float, str))
        ):
            told = advice.of_constant(
                self._gradient(back, node, at, grad, Array(())), f"a {type(whole).__name__}"
            )
            self._told(told, slot)
            return
        grad = bare(grad)
        if not isinstance(grad, Array) or not isinstance(whole, Array):
            return
        if whole.dtype in ("int", "bool"):
            return  # nothing is differentiated by it
        rule = judged(grad, whole, self.assume)
        if rule:
            gradient = self._gradient(back, node, at, grad, whole)
            way = advice.of_shape if rule == "grad-shape" else advice.of_sum
            self._told(way(gradient), slot, self._made_notes(gradient))
        elif _has_equal_sizes(grad, whole):
            back.fits.append((node, at, self.frame))

    def _giver(self, back: Back) -> str:
        return f"{back.cls.name}.backward"

    def _slot(self, node: ast.Return, at: int, count: int) -> ast.expr | ast.Return:
        """The expression that is returned for an argument."""
        value = node.value
        if isinstance(value, ast.Tuple) and not any(
            isinstance(one, ast.Starred) for one in value.elts[: at + 1]
        ):
            return value.elts[at]
        return value if count == 1 and value is not None else node

    def _gradient(
        self,
        back: Back,
        node: ast.Return,
        at: int,
        grad: Array,
        whole: Array,
        frame: Frame | None = None,
    ) -> advice.Gradient:
        frame = frame or self.frame
        slot = self._slot(node, at, len(back.inputs))
        plain = slot if isinstance(slot, ast.expr) else None
        module = frame.scope.module
        made, name = self._maker(plain, grad, frame)
        text = self.sources.text(plain, module) if plain is not None else ""
        return advice.Gradient(
            text or f"gradient {at}",
            grad,
            back.names[at],
            whole,
            self._giver(back),
            made=made,
            name=name,
            source=lambda one: self.sources.text(one, module),
            value=self._in(frame),
            span=lambda one: self.sources.span(one, module),
            assume=self.assume,
        )

    def _in(self, frame: Frame) -> Any:
        """Evaluates expressions with the variables of a call."""

        def value(node: ast.expr) -> object:
            outer, self.scope = self.scope, frame.scope
            try:
                return bare(self.quiet(node))
            except Raised:
                return Unknown("")
            finally:
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
                self._context_of(frame),
                told.operands,
                told.reason,
                notes,
                told.fixes,
            )
        )

    def _context_of(self, frame: Frame) -> str:
        if id(frame) not in self._backs:
            return self._context() if frame is self.frame else ""
        line = getattr(frame.node, "lineno", None)
        return f"applied in line {line}" if line is not None else ""

    def _is_wanted(self, back: Back, at: int) -> bool:
        """Whether an argument was made to require a gradient, and takes part in the result."""
        if at >= len(back.nodes) or back.names[at] not in _loads(back.cls):
            return False
        node = back.nodes[at]
        caller = self.frames[-2] if len(self.frames) > 1 else None
        if not isinstance(node, ast.Name) or caller is None:
            return False
        made = caller.made.get(node.id)
        return isinstance(made, ast.Call) and any(
            word.arg == "requires_grad"
            and isinstance(word.value, ast.Constant)
            and word.value.value is True
            for word in made.keywords
        )

    # --- axes ---

    def _exchanged(
        self, back: Back, backward: FunctionValue, node: ast.AST
    ) -> Iterator[tuple[int, list[int]]]:
        """The gradients whose axes stand in another order, with sizes that all differ."""
        other = Back(back.cls, back.names, [_of_own_sizes(one) for one in back.inputs])
        saved = self.assume
        self.silent += 1
        self.state.begin()
        depth = len(self.state.open)
        self.take_path(copied(saved, Distinct()))  # type: ignore[arg-type]
        try:
            context, _, inputs = self._opened(back.cls, other.inputs, {}, node)
            if context is not None:
                result = self._forward(back.cls, context, inputs, inputs, {}, node)
                self._followed_back(other, backward, context, result, node)
        except Raised:
            pass
        finally:
            self.silent -= 1
            self.state.settle(depth)
            self.state.end()
            self.take_path(saved)
        for number, (where, at, _) in enumerate(back.fits):
            grads, assume = other.given.get(where, ((), None))
            if at < len(grads):
                order = _order(bare(grads[at]), other.inputs[at], assume)
                if order is not None:
                    yield number, order

    def _of_exchange(
        self, back: Back, node: ast.Return, at: int, frame: Frame, order: list[int]
    ) -> None:
        grads, _ = back.given[node]
        grad, whole = bare(grads[at]), back.inputs[at]
        assert isinstance(grad, Array)
        assert isinstance(whole, Array)
        gradient = self._gradient(back, node, at, grad, whole, frame)
        slot = self._slot(node, at, len(back.inputs))
        told = advice.of_axes(gradient, order)
        self._told(told, slot, self._made_notes(gradient), frame)

    # --- updates by hand ---

    def statement(self, node: ast.stmt) -> str:
        """Follow one statement; an update may make its target larger."""
        update = update_of(node) if isinstance(node, (ast.Assign, ast.AugAssign)) else None
        if update is None or self.is_quiet or not _is_step(update):
            return super().statement(node)
        before = bare(self._in(self.frame)(update.target))
        flow = super().statement(node)
        if isinstance(before, Array) and not before.is_open:
            self._updated(node, update, before)
        return flow

    def _updated(self, node: ast.stmt, update: Update, before: Array) -> None:
        after = bare(self._in(self.frame)(update.target))
        if not isinstance(after, Array) or after.is_open or self._is_told(node):
            return
        changed = after.rank != before.rank or any(
            self.assume.equal(a, b) is False for a, b in zip(after.sizes, before.sizes, strict=True)
        )
        found = self._factor(update, after if changed else None, before)
        if found is None:
            return
        gradient = self._of_update(update, before, *found)
        if changed:
            self._told(advice.of_sum(gradient), update.node, self._made_notes(gradient))
        elif self._is_short(gradient.array, before):
            self._told(advice.of_shape(gradient), update.node, self._made_notes(gradient))

    def _is_told(self, node: ast.stmt) -> bool:
        """Whether something is reported of a statement already."""
        path, line, last = self.here.path, node.lineno, node.end_lineno or node.lineno
        return any(
            one.span is not None and one.span.path == path and line <= one.span.line <= last
            for one in self.found.values()
        )

    def _factor(
        self, update: Update, after: Array | None, before: Array
    ) -> tuple[ast.expr, Array] | None:
        """The gradient in a step: what is named so, or else the factor that makes it large."""
        value = self._in(self.frame)
        for node in update.gradients():
            found = value(node)
            if isinstance(found, Array) and not found.is_open and found.sizes != before.sizes:
                return node, found
        if after is None:
            return None
        whole = value(update.step)
        if not isinstance(whole, Array) or whole.is_open:
            return None
        best: tuple[ast.expr, Array] = update.step, whole
        for node in core(update.step):
            found = value(node)
            if isinstance(found, Array) and not found.is_open and found.sizes == whole.sizes:
                best = node, found
        return best

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


def is_autograd(cls: ClassValue) -> bool:
    """Whether a class is an `autograd.Function`."""
    return any(one in BASES for one in cls.library_bases())


def _is_step(update: Update) -> bool:
    """Whether the names in an update say that it is one by a gradient."""
    return update.descends or any(map(is_gradient_atom, update.gradients()))


def _gradient_like(result: object, *, whole: bool) -> object:
    """The gradient of a result: it has its shape."""
    value = bare(result)
    if isinstance(value, Array):
        grad = Array(value.axes, value.dtype, None, "torch")
        return grad if whole else Maybe(grad)
    return Unknown("a gradient")


def _shape_key(value: object) -> object:
    value = bare(value)
    if isinstance(value, Array):
        return value.axes
    return value if isinstance(value, (bool, int, float, str, type(None))) else type(value).__name__


def _has_equal_sizes(grad: Array, whole: Array) -> bool:
    """Whether the axes of an array could be exchanged without its shape changing."""
    if grad.is_open or whole.is_open or grad.rank != whole.rank:
        return False
    sizes = [size for size in whole.sizes if size != 1]
    return len(set(sizes)) < len(sizes)


def _of_own_sizes(value: object) -> object:
    """An array with sizes that nothing is known of, but where they are 1."""
    value = bare(value)
    if not isinstance(value, Array) or value.is_open:
        return value
    axes = [Axis(size if size == 1 else flexible("n"), None) for size in value.sizes]
    return value.with_axes(axes)


def _order(grad: object, whole: object, assume: Any) -> list[int] | None:
    """The order in which a gradient has the axes of what it belongs to, if it is another one."""
    if not isinstance(grad, Array) or not isinstance(whole, Array):
        return None
    if grad.is_open or grad.rank != whole.rank:
        return None
    own: list[Size] = [assume.simplify(size) for size in grad.sizes]
    wanted: list[Size] = [assume.simplify(size) for size in whole.sizes]
    if own == wanted or len(set(wanted)) < len(wanted) or set(own) != set(wanted):
        return None
    return [wanted.index(size) for size in own]


def _loads(cls: ClassValue) -> set[str]:
    """The arguments that `forward` computes with."""
    forward = cls.attributes.get("forward")
    if not isinstance(forward, FunctionValue):
        return set()
    found = set()
    for node in ast.walk(forward.node):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and node.attr in OUTSIDE:
            return set()
    return found


__all__ = ["Context", "Gradients", "is_autograd"]
