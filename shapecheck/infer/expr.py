"""Evaluates an expression's syntax tree with the rules of `ops`, never by running it.

The analyser, the explanation of crashes and `explain` share it; what differs is the lookup, which
says what names stand for. Every op that is met is kept as a `Step`, in the order of evaluation.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from shapecheck.dims import Assumptions, Expr, is_size, product
from shapecheck.infer.arithmetic import OPERATORS, compute, is_plain, negated, python_functions
from shapecheck.infer.lookup import Function, Lookup, Namespace, Opaque
from shapecheck.ops import Applied, Array, Layer, Record, Text, Unknown
from shapecheck.ops._params import Mismatch
from shapecheck.ops._values import closed, entry, promoted
from shapecheck.ops.names import candidates, is_module

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shapecheck.ops import Op
    from shapecheck.ops._spelling import Spelling

MOST_ITERATIONS = 256  # of a comprehension


@dataclass(frozen=True, slots=True)
class Step:
    """One op that was met.

    Attributes:
        node: the expression (or statement) that is the op.
        applied: what its rule says.
        value: its result.
        named: the full name that it was called by.
        nodes: the syntax of its operands, by identity of the array.
        layer: the module that was called, if it is the op of one.
    """

    node: ast.AST
    applied: Applied
    value: object
    named: str
    nodes: Mapping[int, ast.expr] = field(default_factory=dict)
    layer: Layer | None = None


class Evaluator:
    """Evaluates expressions.

    Args:
        lookup: what names stand for.
        assume: what is known about symbols.
        replaced: values that stand in for the values of certain nodes, such as a repaired operand.
    """

    def __init__(
        self,
        lookup: Lookup,
        assume: Assumptions | None = None,
        replaced: Mapping[ast.AST, object] | None = None,
    ) -> None:
        self.lookup = lookup
        self.assume = assume if assume is not None else Assumptions()
        self.replaced = replaced or {}
        self.layer_now: Layer | None = None  # the module whose op is applied now
        self.steps: list[Step] = []
        self.nodes: dict[int, ast.expr] = {}
        self.kept: list[object] = []  # so that no identity in `nodes` is used twice
        self.local: dict[str, object] = {}

    # --- expressions ---

    def value(self, node: ast.expr) -> object:
        """The value of an expression; `Unknown` where it cannot be told."""
        if node in self.replaced:
            found: object = self.replaced[node]
        else:
            seen = self.lookup.known(node)
            way = None if seen is not None else self._ways.get(type(node))
            if seen is not None:
                found = seen
            else:
                found = way(self, node) if way is not None else Unknown("not followed")
        if isinstance(found, Array):
            self.nodes.setdefault(id(found), node)
            self.kept.append(found)
        return found

    def _constant(self, node: ast.Constant) -> object:
        return node.value

    def _name(self, node: ast.Name) -> object:
        return self.local[node.id] if node.id in self.local else self.lookup.name(node.id)

    def _parts(self, nodes: Sequence[ast.expr]) -> list[object] | None:
        """The values of several expressions, starred ones opened; None if that is not possible."""
        parts: list[object] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                inside = self.items(self.value(node.value))
                if inside is None:
                    return None
                parts += inside
            else:
                parts.append(self.value(node))
        return parts

    def _tuple(self, node: ast.Tuple) -> object:
        parts = self._parts(node.elts)
        return Unknown("a starred part is not known") if parts is None else tuple(parts)

    def _list(self, node: ast.List) -> object:
        parts = self._parts(node.elts)
        return Unknown("a starred part is not known") if parts is None else parts

    def _slice(self, node: ast.Slice) -> object:
        bounds = [
            None if one is None else self.value(one) for one in (node.lower, node.upper, node.step)
        ]
        return slice(*bounds)

    def _walrus(self, node: ast.NamedExpr) -> object:
        found = self.value(node.value)
        self.local[node.target.id] = found
        return found

    def _either(self, node: ast.IfExp) -> object:
        test = truth(self.value(node.test))
        if test is not None:
            return self.value(node.body if test else node.orelse)
        first, second = self.value(node.body), self.value(node.orelse)
        return first if alike(first, second) else Unknown("depends on a condition")

    def _logic(self, node: ast.BoolOp) -> object:
        wanted = isinstance(node.op, ast.Or)
        found: object = Unknown()
        for one in node.values:
            found = self.value(one)
            test = truth(found)
            if test is None:
                return Unknown("depends on a condition")
            if test is wanted:
                return found
        return found

    def _unary(self, node: ast.UnaryOp) -> object:
        operand = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            test = truth(operand)
            return Unknown("depends on a condition", "number") if test is None else not test
        name = OPERATORS[type(node.op)]
        if isinstance(operand, Array):
            return self.operator(name, [operand], node)
        return negated(name, operand)

    def _binary(self, node: ast.BinOp) -> object:
        left, right = self.value(node.left), self.value(node.right)
        return self.operator(OPERATORS[type(node.op)], [left, right], node)

    def _compare(self, node: ast.Compare) -> object:
        left, found = self.value(node.left), Unknown()
        if len(node.ops) == 1 and isinstance(node.ops[0], (ast.Is, ast.IsNot)):
            return self._identity(left, self.value(node.comparators[0]), node.ops[0])
        answers: list[object] = []
        for sign, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.value(comparator)
            name = OPERATORS.get(type(sign))
            answers.append(self.operator(name, [left, right], node) if name else found)
            left = right
        if len(answers) == 1:
            return answers[0]
        tests = [truth(one) for one in answers]
        return False if False in tests else Unknown() if None in tests else True

    def _identity(self, left: object, right: object, sign: ast.cmpop) -> object:
        """``x is None``: an array certainly is not."""
        if None not in (left, right):
            return Unknown()
        other = right if left is None else left
        if isinstance(other, Unknown):
            return Unknown("whether it is None is not known", "number")
        return (other is None) == isinstance(sign, ast.Is)

    def operator(self, name: str, operands: list[object], node: ast.AST) -> object:
        """An operator: of arrays by its op, of anything else by Python's own arithmetic."""
        if not any(isinstance(one, Array) for one in operands):
            if len(operands) > 1 and not any(
                isinstance(one, (Unknown, Opaque)) for one in operands
            ):
                return compute(name, *operands)
            kinds = {one.kind for one in operands if isinstance(one, Unknown)}
            return Unknown("an operand is not known", "number" if kinds == {"number"} else "")
        return self.apply(f"operator.{name}", operands, {}, node)

    # --- attributes, subscripts ---

    def _attribute(self, node: ast.Attribute) -> object:
        return self.attribute(self.value(node.value), node.attr, node)

    def attribute(self, owner: object, name: str, node: ast.AST) -> object:
        """An attribute of a value."""
        if isinstance(owner, Array):
            return self._of_array(owner, name, node)
        if isinstance(owner, Namespace):
            full = f"{owner.qualified}.{name}"
            return Function(full) if full in SEQUENCES else owner.member(name)
        if isinstance(owner, Record):
            found = dict(zip(owner.names, owner.values, strict=False))
            return found.get(name, Unknown())
        if isinstance(owner, Opaque):
            return self.lookup.attribute(owner, name)
        if isinstance(owner, Layer):
            if name in owner.stored:
                return owner.stored[name]
            return self.lookup.attribute(owner, name)
        return Unknown(f".{name} is not known")

    def _of_array(self, array: Array, name: str, node: ast.AST) -> object:
        match name:
            case "shape":
                return array.sizes if closed(array.axes) else Unknown("its rank is not known")
            case "ndim":
                return array.rank if closed(array.axes) else Unknown("its rank is not known")
            case "size" if array.library == "numpy":
                return product(array.sizes) if closed(array.axes) else Unknown()
            case "dtype" | "device":
                return Text(array.dtype if name == "dtype" else "")
            case "grad":
                return array
            case "data":
                own = array.library == "torch"  # NumPy has a buffer there, others what they like
                return array if own else Unknown("what .data is depends on the library")
        if name in ATTRIBUTES:
            return self._method(array, name, [], {}, node)
        return Method(array, name)

    def _subscript(self, node: ast.Subscript) -> object:
        owner, index = self.value(node.value), self.value(node.slice)
        if isinstance(owner, Array):
            return self.apply("operator.getitem", [owner, index], {}, node)
        if isinstance(owner, Record):
            owner = owner.values
        if isinstance(owner, Chain):
            return owner.part(index)
        if isinstance(owner, (tuple, list, str)) and isinstance(index, (int, slice)):
            try:
                return owner[index]
            except (IndexError, TypeError, ValueError):
                return Unknown("no such element")
        if isinstance(owner, Opaque):
            return self.lookup.attribute(owner, f"[{index!r}]") if is_plain(index) else Unknown()
        return Unknown("what is subscripted is not known")

    def items(self, value: object) -> list[object] | None:
        """What iterating over a value gives, where that is known."""
        if isinstance(value, Record):
            return list(value.values)
        if isinstance(value, (tuple, list)):
            return list(value)
        if isinstance(value, Array) and closed(value.axes) and value.rank:
            count = value.shape[0].size
            if isinstance(count, int) and count <= MOST_ITERATIONS:
                return [entry(value) for _ in range(count)]
        return None

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> object:
        """One loop over known values, without conditions."""
        [loop, *more] = node.generators
        items = self.items(self.value(loop.iter)) if not more and not loop.ifs else None
        if items is None or len(items) > MOST_ITERATIONS:
            return Unknown("the loop is not followed")
        outer, found = dict(self.local), []
        for item in items:
            if not self.assign(loop.target, item):
                return Unknown("the loop is not followed")
            found.append(self.value(node.elt))
        self.local = outer
        return found

    def assign(self, target: ast.expr, value: object) -> bool:
        """Bind the names of a target; False if that is not possible."""
        if isinstance(target, ast.Name):
            self.local[target.id] = value
            return True
        if not isinstance(target, (ast.Tuple, ast.List)):
            return False
        items = self.items(value)
        if items is None or len(items) != len(target.elts):
            items = [Unknown("not unpacked")] * len(target.elts)
        return all(self.assign(one, item) for one, item in zip(target.elts, items, strict=True))

    # --- calls ---

    def _call(self, node: ast.Call) -> object:
        function = self.value(node.func)
        args = self._parts(node.args)
        kwargs = {word.arg: self.value(word.value) for word in node.keywords if word.arg}
        if args is None or any(word.arg is None for word in node.keywords):
            return Unknown("a starred argument is not known")
        return self.call(function, args, kwargs, node)

    def call(
        self, function: object, args: list[object], kwargs: dict[str, object], node: ast.Call
    ) -> object:
        """A call of whatever a function expression gave."""
        if isinstance(function, Method):
            return self._method(function.array, function.name, args, kwargs, node)
        if isinstance(function, Layer):
            return self.forward(function, args, kwargs, node)
        if isinstance(function, Chain):
            return self._chained(function, args, kwargs, node)
        if isinstance(function, Function):
            found = self._of_library(function.qualified, args, kwargs, node)
            if found is not NOT_HERE:
                return found
        return self.lookup.call(function, args, kwargs, node)

    def _of_library(
        self, qualified: str, args: list[object], kwargs: dict[str, object], node: ast.Call
    ) -> object:
        """A call of a library's function or of one of Python's; `NOT_HERE` of any other."""
        if qualified in SEQUENCES:
            return self._sequence(qualified, args, node)
        own = python_functions().get(qualified)
        if qualified == "builtins.len" and args:
            return _length(args[0])
        if own is not None and not any(isinstance(one, (Array, Unknown)) for one in args):
            try:
                return own(*args)
            except (TypeError, ValueError):
                return Unknown("not followed")
        if qualified == "builtins.abs" and args and isinstance(args[0], Array):
            return self.apply("operator.abs", args, kwargs, node)
        if candidates(qualified):
            made = construct(qualified, args, kwargs)
            return made if made is not None else self.apply(qualified, args, kwargs, node)
        return NOT_HERE

    def _sequence(self, qualified: str, args: list[object], node: ast.Call) -> object:
        """``nn.Sequential(...)``, and ``nn.ModuleList([...])``, which is a list of modules."""
        if qualified.endswith("List"):
            return (self.items(args[0]) if args else []) or Unknown("which modules is not known")
        nodes = node.args if len(node.args) == len(args) else [node] * len(args)
        return Chain(tuple(zip(args, nodes, strict=True)))

    def _chained(
        self, chain: Chain, args: list[object], kwargs: dict[str, object], node: ast.Call
    ) -> object:
        """`Sequential` calls its modules one after the other."""
        if len(args) != 1 or kwargs:
            return Unknown("a chain of modules takes one argument")
        value = args[0]
        for module, written in chain.modules:
            if isinstance(module, Layer):
                value = self.forward(module, [value], {}, written)
            else:
                value = self.call(module, [value], {}, node)
        return value

    def _method(
        self, array: Array, name: str, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> object:
        homes = {"numpy": ("numpy.ndarray",), "torch": ("torch.Tensor",)}.get(
            array.library, ("torch.Tensor", "numpy.ndarray")
        )
        home = next(
            (one for one in homes if self._binds(f"{one}.{name}", [array, *args], kwargs)), homes[0]
        )
        return self.apply(f"{home}.{name}", [array, *args], kwargs, node)

    def _binds(self, qualified: str, args: list[object], kwargs: dict[str, object]) -> bool:
        return bool(_bindings(qualified, args, kwargs))

    def apply(
        self, qualified: str, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> object:
        """Call an op by a full name."""
        found = _bindings(qualified, args, kwargs)
        if not found:
            return Unknown(f"{qualified} is not known with such arguments")
        (op, spelling, bound), *others = found
        if others and _has_unknown(bound):
            return Unknown("which form of it is called is not known")
        return self._step(op, bound, spelling.library, qualified, node)

    def _step(
        self, op: Op, bound: dict[str, Any], library: str, named: str, node: ast.AST
    ) -> object:
        applied = op.apply(bound, library, self.assume)
        if isinstance(applied.result, Array):
            self.kept.append(applied.result)
        self.steps.append(Step(node, applied, applied.result, named, self.nodes, self.layer_now))
        return applied.result

    def forward(
        self, layer: Layer, args: Sequence[object], kwargs: Mapping[str, object], node: ast.AST
    ) -> object:
        """Call a module: its op with the stored arguments and these."""
        names = [name for name in layer.op.kinds if name not in layer.op.stored]
        if len(args) > len(names):
            return Unknown("too many arguments")
        bound = {**layer.stored, **dict(zip(names, args, strict=False)), **kwargs}
        try:
            taken = layer.op.take({k: v for k, v in bound.items() if k in layer.op.kinds}, "torch")
        except Mismatch as mismatch:
            return Unknown(str(mismatch))
        before, self.layer_now = self.layer_now, layer
        try:
            return self._step(layer.op, taken, "torch", layer.name, node)
        finally:
            self.layer_now = before

    _ways: ClassVar[dict[type[ast.AST], Callable[..., object]]] = {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.Tuple: _tuple,
        ast.List: _list,
        ast.Slice: _slice,
        ast.NamedExpr: _walrus,
        ast.IfExp: _either,
        ast.BoolOp: _logic,
        ast.UnaryOp: _unary,
        ast.BinOp: _binary,
        ast.Compare: _compare,
        ast.Attribute: _attribute,
        ast.Subscript: _subscript,
        ast.Call: _call,
        ast.ListComp: _comprehension,
        ast.GeneratorExp: _comprehension,
    }


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A method of an array that is about to be called."""

    array: Array
    name: str


NOT_HERE = object()
SEQUENCES = ("torch.nn.Sequential", "torch.nn.ModuleList")


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Modules that are called one after the other, each with where it is written."""

    modules: tuple[tuple[object, ast.expr], ...]

    def part(self, index: object) -> object:
        """One of them, or some of them."""
        if isinstance(index, slice) and all(
            one is None or isinstance(one, int) for one in (index.start, index.stop, index.step)
        ):
            return Chain(self.modules[index])
        if isinstance(index, int) and -len(self.modules) <= index < len(self.modules):
            return self.modules[index][0]
        return Unknown("no such element")


ATTRIBUTES = ("T", "mT", "H", "mH", "real", "imag", "flat")


def _bindings(
    qualified: str, args: Sequence[object], kwargs: Mapping[str, object]
) -> list[tuple[Op, Spelling, dict[str, Any]]]:
    """The ops of a name that take such arguments."""
    found = []
    for op, spelling in candidates(qualified):
        if is_module(spelling):
            continue
        library = spelling.library or _library(args)
        try:
            found.append((op, spelling, op.take(spelling.bind(args, kwargs), library)))
        except Mismatch:
            continue
    return found


def construct(
    qualified: str, args: Sequence[object], kwargs: Mapping[str, object]
) -> Layer | Unknown | None:
    """A module that a class of `torch.nn` makes; None for a name that is no such class."""
    for op, spelling in candidates(qualified):
        if not is_module(spelling):
            continue
        try:
            bound = spelling.bind(args, kwargs)
        except Mismatch as mismatch:
            return Unknown(str(mismatch))
        stored = {name: bound[name] for name in op.stored if name in bound}
        names = [one.name for one in spelling.parameters]
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        others = {name: value for name, value in given.items() if name not in op.stored}
        return Layer(op, stored, qualified, others)
    return None


def _library(args: Sequence[object]) -> str:
    """The library of the first array among arguments."""
    for one in args:
        for inner in one if isinstance(one, (tuple, list)) else (one,):
            if isinstance(inner, Array) and inner.library:
                return inner.library
    return ""


def _has_unknown(bound: Mapping[str, Any]) -> bool:
    return any(isinstance(one, Unknown) for one in bound.values())


def _length(value: object) -> object:
    if isinstance(value, Array):
        if closed(value.axes) and value.rank:
            return value.shape[0].size
        return Unknown("its first axis is not known")
    if isinstance(value, (tuple, list, str)):
        return len(value)
    return len(value.values) if isinstance(value, Record) else Unknown("a length", "number")


def truth(value: object) -> bool | None:
    """Whether a value counts as true, where that is known."""
    if isinstance(value, (Unknown, Array, Expr, Opaque)):
        return None
    if isinstance(value, (Function, Namespace, Layer, Method, Chain)):
        return True
    return bool(value)


def alike(left: object, right: object) -> bool:
    """Whether two values say the same, so that it does not matter which of them it is."""
    if isinstance(left, Array) and isinstance(right, Array):
        same = closed(left.axes) and closed(right.axes) and left.sizes == right.sizes
        return bool(same and promoted((left.dtype, right.dtype)) == left.dtype)
    return type(left) is type(right) and is_plain(left) and left == right


__all__ = ["Evaluator", "Method", "Step", "alike", "is_size", "truth"]
