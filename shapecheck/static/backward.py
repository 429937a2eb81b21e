"""Backward passes written by hand: what they return and store has the shape of what it is of.

`dx`, `dW`, `grads["W"]` count as gradients only in functions that are called a backward pass, and
only of what has the name that is left: elsewhere `dx` may be any small step.
"""

from __future__ import annotations

import ast
import functools
import re
from typing import TYPE_CHECKING, Any

from shapecheck.advice import gradients as advice
from shapecheck.advice.layout import is_bias_name, is_weight_name
from shapecheck.dims import product
from shapecheck.infer.gradients import GRADIENT_NAME, bare_names, is_gradient_atom
from shapecheck.ops import Array
from shapecheck.static.updates import Updates
from shapecheck.static.values import DictValue, FunctionValue, Instance, bare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.static.frames import Frame
    from shapecheck.static.state import Changes

CERTAIN = re.compile(r"back_?prop|bprop|backward_(?:prop|pass)", re.IGNORECASE)
LIKELY = re.compile(r"(?:^|_)backwards?$", re.IGNORECASE)
UPSTREAM = re.compile(
    r"d_?(?:out|y|z|h|a|l|next|top|values?|[A-Z]\w*)\d*|delta\w*|upstream\w*|error"
)


class Backward(Updates):
    """Adds to a machine that backward passes give gradients of the right shapes."""

    def returned(self, node: ast.Return, value: object) -> None:
        """Hold what a backward pass returns, and what it stored, against what it is of."""
        super().returned(node, value)
        frame = self.frame
        if self.is_quiet or frame.function is None or not goes_back(frame.function):
            return
        parts = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
        for one in parts:
            if isinstance(one, ast.Name):
                self._held(one.id, bare(self.variable(one.id)), one, one)
        if isinstance(value, DictValue):
            self._dictionary(value, node)
        self._stored()

    def _body(self, function: FunctionValue, frame: Frame) -> tuple[object, list[Changes]]:
        found = super()._body(function, frame)
        implicit = len(frame.exits) == 1 and frame.exits[0].value is None
        if implicit and not self.is_quiet and goes_back(function):
            self._stored()
        return found

    def _stored(self) -> None:
        """What is stored beside the parameters: ``self.dW``, ``self.grads["W"]``."""
        owner = self._self()
        if owner is None or self.frame.function is None:
            return
        for name, node in stores(self.frame.function.node).items():
            value = bare(owner.attributes.get(name))
            if isinstance(value, Array):
                self._held(name, value, node, node)
            elif isinstance(value, DictValue) and GRADIENT_NAME.search(name):
                self._dictionary(value, node)

    def _dictionary(self, grads: DictValue, node: ast.AST) -> None:
        for key, value in grads.items():
            if isinstance(key, str):
                self._held(key, bare(value), None, node, own=grads)

    def _held(
        self,
        name: str,
        gradient: object,
        expression: ast.expr | None,
        place: ast.AST,
        own: DictValue | None = None,
    ) -> None:
        """Hold one gradient against what it is the gradient of."""
        if not isinstance(gradient, Array) or gradient.is_open:
            return
        of = next(self._wholes(name, own), None)
        if of is None or not self._differs(gradient, of[1]):
            return
        self.judged.append(gradient)
        frame, module = self.frame, self.here
        made, variable = self._maker(expression, gradient, frame)
        found = advice.Gradient(
            name,
            gradient,
            of[0],
            of[1],
            self.function_name(),
            made=made if not isinstance(expression, ast.Attribute) else None,
            name=variable,
            source=lambda one: self.sources.text(one, module),
            value=self._in(frame),
            span=lambda one: self.sources.span(one, module),
            assume=self.assume,
        )
        self._told(advice.of_shape(found), place, self._made_notes(found))

    def _wholes(self, name: str, own: DictValue | None) -> Iterator[tuple[str, Array]]:
        """The arrays that a name may be the gradient of, by their names."""
        candidates = list(bare_names(name)) + ([name] if own is not None else [])
        for one in candidates:
            for found in self._called(one, own):
                value = bare(found)
                if isinstance(value, Array) and not value.is_open:
                    yield one, value

    def _called(self, name: str, own: DictValue | None) -> Iterator[object]:
        """What is called so: a variable that is assigned once, a parameter of the layer."""
        scope, function = self.scope.variables, self.frame.function
        if name in scope and function is not None and is_settled(function.node, name):
            yield scope[name]
        holders: list[object] = list(scope.values())
        owner = self._self()
        if owner is not None and (is_weight_name(name) or is_bias_name(name)):
            yield owner.attributes.get(name)
            holders += owner.attributes.values()
        for one in holders:
            if isinstance(one, DictValue) and one is not own and name in one:
                yield one[name]

    def _self(self) -> Instance | None:
        """The object whose method is followed."""
        function = self.frame.function
        if function is None or function.owner is None or isinstance(function.node, ast.Lambda):
            return None
        args = [*function.node.args.posonlyargs, *function.node.args.args]
        value = self.scope.variables.get(args[0].arg) if args else None
        return value if isinstance(value, Instance) else None

    def _differs(self, gradient: Array, whole: Array) -> bool:
        """Whether shapes certainly differ, and not only by a reshape."""
        equal = self.assume.equal
        if gradient.rank == whole.rank:
            pairs = zip(gradient.sizes, whole.sizes, strict=True)
            return any(equal(one, other) is False for one, other in pairs)
        counts = product(gradient.sizes), product(whole.sizes)
        return equal(*counts) is False


def goes_back(function: FunctionValue) -> bool:
    """Whether a function is a backward pass written by hand, as far as its names tell."""
    node = function.node
    if isinstance(node, ast.Lambda):
        return False
    if CERTAIN.search(node.name):
        return True
    if not LIKELY.search(node.name):
        return False
    if function.owner is not None and {"forward", "__call__"} & function.owner.attributes.keys():
        return True
    names = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
    return any(map(_is_upstream, names))


def _is_upstream(name: str) -> bool:
    return bool(UPSTREAM.fullmatch(name)) or is_gradient_atom(ast.Name(name, ast.Load()))


@functools.lru_cache(maxsize=2000)
def stores(node: ast.AST) -> dict[str, ast.expr]:
    """The attributes of `self` that a function assigns, with the last expression for each."""
    found: dict[str, ast.expr] = {}
    for one in ast.walk(node):
        match one:
            case ast.Assign(targets=[target]) | ast.AugAssign(target=target):
                holder = target.value if isinstance(target, ast.Subscript) else target
                match holder:
                    case ast.Attribute(value=ast.Name(id="self"), attr=name):
                        found[name] = holder
    return found


@functools.lru_cache(maxsize=2000)
def _assigned(node: ast.AST) -> dict[str, int]:
    """How often each variable is assigned in a function."""
    found: dict[str, int] = {}
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            found[one.id] = found.get(one.id, 0) + 1
    return found


def is_settled(node: Any, name: str) -> bool:
    """Whether a variable is given its value once: as a parameter, or by one assignment."""
    args = getattr(node, "args", None)
    parameters = [*args.posonlyargs, *args.args, *args.kwonlyargs] if args is not None else []
    given = any(one.arg == name for one in parameters)
    return _assigned(node).get(name, 0) + given == 1
