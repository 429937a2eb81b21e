"""Gradients of functions: what the `backward` of an `autograd.Function` gives.

A gradient has the shape of what it is the gradient of. A function that is applied is followed
back with gradients of the shapes of its results; if it then gives a gradient that fits, but two
sizes are equal, it is followed once more with sizes that differ, to see whether the axes do.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shapecheck.advice import gradients as advice
from shapecheck.infer.gradients import judged
from shapecheck.ops import Array, Unknown
from shapecheck.static.backward import Backward
from shapecheck.static.binding import Misbound, bind
from shapecheck.static.distinct import Distinct, has_equal_sizes, of_own_sizes, order_of
from shapecheck.static.machine import Raised
from shapecheck.static.values import Bound, ClassValue, FunctionValue, Instance, Maybe, bare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapecheck.static.frames import Frame

BASES = {
    "torch.autograd.Function",
    "torch.autograd.function.Function",
    "torch.autograd.function.InplaceFunction",
}
OUTSIDE = ("mark_non_differentiable", "detach", "no_grad")  # where no gradient is meant


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


class Gradients(Backward):
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
        context, names, inputs = self._new_context(cls, args, kwargs, node)
        if context is None:
            return Unknown("how it goes forward is not known")
        result = self._forward(cls, context, inputs, args, kwargs, node)
        nodes = node.args if isinstance(node, ast.Call) else ()
        if any(isinstance(one, ast.Starred) for one in nodes) or len(nodes) != len(inputs):
            nodes = ()
        if not kwargs or self._setup(cls, node) is not None:
            self._go_back(Back(cls, names, inputs, nodes), context, result, node)
        return result

    def _new_context(
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
        elif has_equal_sizes(grad, whole):
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

    def _telling(self, frame: Frame) -> str:
        """Who applied the function that is spoken of."""
        if id(frame) not in self._backs:
            return super()._telling(frame)
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
        other = Back(back.cls, back.names, [of_own_sizes(one) for one in back.inputs])
        saved = self.assume
        self.silent += 1
        self.state.begin()
        depth = len(self.state.open)
        self.take_path(Distinct.after(saved))
        try:
            context, _, inputs = self._new_context(back.cls, other.inputs, {}, node)
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
                order = order_of(bare(grads[at]), other.inputs[at], assume)
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


def is_autograd(cls: ClassValue) -> bool:
    """Whether a class is an `autograd.Function`."""
    return any(one in BASES for one in cls.library_bases())


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
