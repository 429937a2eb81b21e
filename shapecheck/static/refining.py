"""What is known after a condition was found to hold, or not to."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from shapecheck.dims import Axis, Run, is_size
from shapecheck.infer.expr import Method
from shapecheck.ops import Array, Unknown
from shapecheck.static.machine import Machine
from shapecheck.static.promises import flexible
from shapecheck.static.values import Instance, Maybe, bare

if TYPE_CHECKING:
    from shapecheck.dims import Size


class Refiner(Machine):
    """Adds to a machine that conditions teach something about the values in them."""

    def refine(self, test: ast.expr, wanted: bool, *, guard: bool = False) -> None:
        """Take it for granted that a condition holds, or does not.

        Args:
            test: the condition.
            wanted: what it is.
            guard: the program stops otherwise: sizes that were compared are promised to be equal.
        """
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.refine(operand, not wanted, guard=guard)
            case ast.BoolOp(op=ast.And(), values=values) if wanted:
                for one in values:
                    self.refine(one, True, guard=guard)
            case ast.BoolOp(op=ast.Or(), values=values) if not wanted:
                for one in values:
                    self.refine(one, False, guard=guard)
            case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() as sign], comparators=[right]):
                if isinstance(right, ast.Constant) and right.value is None:
                    self._known_none(left, isinstance(sign, ast.Is) is wanted)
            case ast.Compare(ops=ops) if len(ops) > 1 and wanted:
                parts = [test.left, *test.comparators]
                for at, compared in enumerate(ops):
                    pair = ast.Compare(parts[at], [compared], [parts[at + 1]])
                    self._compared_with(ast.copy_location(pair, test), wanted, guard=guard)
            case ast.Compare(ops=[_]):
                self._compared_with(test, wanted, guard=guard)
            case ast.Name() | ast.Attribute():
                self._counts_as(test, wanted)
            case ast.NamedExpr(target=target):
                self._counts_as(target, wanted)
            case ast.Call(func=ast.Name(id="isinstance"), args=[what, cls]) if wanted:
                value = self.peek(what)
                if isinstance(value, Maybe):
                    self.put(what, value.value)
                library = ARRAYS.get(getattr(self.quiet(cls), "qualified", ""))
                if library is not None:
                    self.put(what, of_library(bare(value), library))

    def is_free(self, test: ast.expr) -> bool:
        """Whether a condition is a flag that nothing is known of."""
        if isinstance(test, (ast.Name, ast.Attribute)):
            value = self.quiet(test)
            return isinstance(value, Unknown) and value.kind == "flag"
        return super().is_free(test)

    def peek(self, node: ast.expr) -> object:
        """The value of a name or attribute, without anything being done."""
        if isinstance(node, ast.Name):
            return self.variable(node.id)
        if isinstance(node, ast.Attribute):
            owner = bare(self.peek(node.value))
            if isinstance(owner, Instance):
                return owner.attributes.get(node.attr, Unknown(""))
        return Unknown("")

    def put(self, node: ast.expr, value: object) -> None:
        """Give a name or attribute the value that it was found to have."""
        if isinstance(node, ast.Name):
            home = self.scope.find(node.id)
            if home is not None:
                self.state.write(home.variables, node.id, value)
        elif isinstance(node, ast.Attribute):
            owner = bare(self.peek(node.value))
            if isinstance(owner, Instance) and node.attr in owner.attributes:
                self.state.write(owner.attributes, node.attr, value)

    def _known_none(self, node: ast.expr, is_none: bool) -> None:
        value = self.peek(node)
        if isinstance(value, Maybe):
            self.put(node, None if is_none else value.value)
        elif isinstance(value, Unknown) and is_none and isinstance(node, (ast.Name, ast.Attribute)):
            self.put(node, None)

    def _counts_as(self, node: ast.expr, wanted: bool) -> None:
        value = self.peek(node)
        if isinstance(value, Maybe) and wanted:
            self.put(node, value.value)
        elif isinstance(value, Unknown) and value.kind == "flag":
            self.put(node, wanted)

    # --- comparisons of sizes, ranks and shapes ---

    def _compared_with(self, test: ast.Compare, wanted: bool, *, guard: bool) -> None:
        [sign], [right] = test.ops, test.comparators
        left = test.left
        positive = (isinstance(sign, ast.Eq) and wanted) or (
            isinstance(sign, ast.NotEq) and not wanted
        )
        if positive and self._has_rank(left, right):
            return
        one, other = bare(self.quiet(left)), bare(self.quiet(right))
        if positive:
            explicit = isinstance(sign, ast.Eq)
            self._equal(one, other, unify=guard or explicit)
            if (
                isinstance(one, Unknown)
                and isinstance(other, (int, str))
                and not isinstance(one, bool)
            ):
                self.put(left, other)
            return
        if not (is_size(one) and is_size(other)):
            return
        bounds = {
            (ast.Lt, True): (other, one + 1),
            (ast.Lt, False): (one, other),
            (ast.LtE, True): (other, one),
            (ast.LtE, False): (one, other + 1),
            (ast.Gt, True): (one, other + 1),
            (ast.Gt, False): (other, one),
            (ast.GtE, True): (one, other),
            (ast.GtE, False): (other, one + 1),
        }.get((type(sign), wanted))
        if bounds is not None:
            self.assume.assume_at_least(*bounds)

    def quiet(self, node: ast.expr) -> object:
        """The value of an expression that was evaluated before: nothing is reported twice."""
        self.trying += 1
        try:
            with self.fresh_nodes():
                return self.value(node)
        finally:
            self.trying -= 1

    def _equal(self, one: object, other: object, *, unify: bool) -> None:
        if is_size(one) and is_size(other):
            if unify and self.assume.can_be_equal(one, other) is None:  # type: ignore[attr-defined]
                self.assume.assume_equal(one, other)
            return
        many = isinstance(one, (tuple, list)) and isinstance(other, (tuple, list))
        if many and len(one) == len(other):  # type: ignore[arg-type]
            for left, right in zip(one, other, strict=True):  # type: ignore[call-overload]
                self._equal(left, right, unify=unify)

    def _has_rank(self, left: ast.expr, right: ast.expr) -> bool:
        """``x.ndim == 3``, ``x.dim() == 3``, ``len(x.shape) == 3``: the rank becomes known."""
        whose = rank_of(left)
        if whose is None or not isinstance(right, ast.Constant) or not isinstance(right.value, int):
            return False
        value = bare(self.peek(whose))
        self.put(whose, ranked(value, right.value))
        return True


def rank_of(node: ast.expr) -> ast.expr | None:
    """The expression of which another one is the rank."""
    match node:
        case ast.Attribute(value=owner, attr="ndim"):
            return owner
        case ast.Call(func=ast.Attribute(value=owner, attr="dim" | "ndimension"), args=[]):
            return owner
        case ast.Call(func=ast.Name(id="len"), args=[ast.Attribute(value=owner, attr="shape")]):
            return owner
    return None


def ranked(value: object, rank: int, names: tuple[str, ...] = ()) -> object:
    """A value that is found to be an array with so many axes."""
    labels = names if len(names) == rank else ("?",) * rank
    if isinstance(value, Unknown) and not value.kind:
        return Array(tuple(Axis(flexible(name)) for name in labels))
    if isinstance(value, Array) and value.is_open:
        known = [axis for axis in value.axes if isinstance(axis, Axis)]
        more = rank - len(known)
        if more < 0:
            return value
        axes: list[Axis] = []
        for axis in value.axes:
            if isinstance(axis, Run):
                at = len(axes)
                axes += [Axis(flexible(labels[at + n])) for n in range(more)]
            else:
                axes.append(axis)
        return value.with_axes(axes)
    return value


ARRAYS = {"torch.Tensor": "torch", "numpy.ndarray": "numpy"}


def of_library(value: object, library: str) -> object:
    """A value that is found to be an array of a library."""
    if isinstance(value, Unknown) and not value.kind:
        return Array((Run(),), "", None, library)
    if isinstance(value, Array) and not value.library:
        return replace(value, library=library)
    return value


def is_shape_of(node: ast.expr) -> ast.expr | None:
    """The array of which an expression is the whole shape: ``x.shape``, ``x.size()``."""
    match node:
        case ast.Attribute(value=owner, attr="shape"):
            return owner
        case ast.Call(func=ast.Attribute(value=owner, attr="size"), args=[], keywords=[]):
            return owner
    return None


def size_text(size: Size) -> str:
    """A size in a message."""
    return str(size)


__all__ = ["Method", "Refiner", "is_shape_of", "rank_of", "ranked"]
