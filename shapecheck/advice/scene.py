"""What an explanation of a failed op may speak of: the expression, its operands, their names."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from shapecheck.dims import Axis, Run
from shapecheck.infer import Evaluator
from shapecheck.ops import Array

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shapecheck.diagnostics import Span
    from shapecheck.dims import Assumptions
    from shapecheck.facts import Fact
    from shapecheck.infer import Lookup, Step
    from shapecheck.ops import Applied

GRADIENTS = ("grad_", "d")  # how the names of gradients begin
LONGEST_NAME = 44  # an operand's own text, if it is not longer; else it goes by what it is


@dataclass(frozen=True, slots=True)
class Part:
    """An array that took part in an op.

    Attributes:
        parameter: the rule's parameter: ``a``, ``tensors[1]``.
        array: the array.
        text: what the user calls it; the parameter's name where the user gave it none.
        node: its syntax, where it was written out.
    """

    parameter: str
    array: Array
    text: str
    node: ast.expr | None = None

    @property
    def atom(self) -> str:
        """Its text, in brackets where an operator or a dot could not follow it."""
        simple = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant, type(None))
        return self.text if isinstance(self.node, simple) else f"({self.text})"

    @property
    def sizes(self) -> tuple[Any, ...]:
        """The sizes of its axes."""
        return tuple(axis.size for axis in self.array.axes if isinstance(axis, Axis))

    @property
    def rank(self) -> int:
        """How many axes it has, as far as they are known."""
        return len(self.sizes)

    @property
    def key(self) -> str:
        """How templates of repairs write it."""
        return self.parameter.replace("[", "").replace("]", "")

    def __str__(self) -> str:
        return f"{self.text} {shape_of(self.array)}"


def written_operands(node: ast.AST) -> list[ast.expr]:
    """The operands of an operator or a call as they are written, those in lists too."""
    match node:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.Call(func=function, args=args, keywords=words):
            owner = [function.value] if isinstance(function, ast.Attribute) else []
            many = [*owner, *args, *(word.value for word in words)]
            return [part for one in many for part in getattr(one, "elts", [one])]
        case _:
            return []


def shape_of(array: Array) -> str:
    """An array's sizes as a tuple, without the names of its axes."""
    shown = [str(axis) if isinstance(axis, Run) else _size(axis) for axis in array.axes]
    return f"({shown[0]},)" if len(shown) == 1 else f"({', '.join(shown)})"


def _size(axis: Axis) -> str:
    from shapecheck.advice.words import size_text  # noqa: PLC0415 - words are for all of advice

    return size_text(axis.size)


@dataclass(frozen=True, slots=True)
class Scene:
    """A failed op in its surroundings.

    Attributes:
        step: the op that failed.
        fact: the requirement that it broke.
        root: the whole expression around it, which a repair has to suit as well.
        lookup: what names stand for.
        source: gives the source text of a node.
        names: what is known of operands that are not written out: parameter to text.
        assume: what is known about symbols.
        aliases: how the user calls the libraries' modules: ``numpy`` to ``np``.
        spans: gives the place of a node, None where there is none to show.
        module: the path of the module that failed: ``head.fc``.
        declared: what the whole expression has to give, where that is declared.
        in_library: whether the op stands in a library's code, so that operands without a name of
            the user's mean nothing to the reader.
        context: where the op stands, if that matters: ``collate`` where samples become a batch.
    """

    step: Step
    fact: Fact
    root: ast.AST
    lookup: Lookup
    source: Callable[[ast.AST], str]
    names: Mapping[str, str] = field(default_factory=dict)
    assume: Assumptions | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    spans: Callable[[ast.AST], Span | None] = field(default=lambda _: None)
    module: str = ""
    declared: Array | None = None
    in_library: bool = False
    context: str = ""

    @property
    def applied(self) -> Applied:
        """What the rule said."""
        return self.step.applied

    @property
    def op(self) -> str:
        """The name of the op's rule."""
        return self.applied.op.name

    @property
    def is_layer(self) -> bool:
        """Whether the op was called as a module that was made before, not as a function."""
        return self.step.named.rpartition(".")[2][:1].isupper()

    @property
    def rule(self) -> str:
        """The name of the rule that is broken."""
        return str(getattr(self.fact.why, "rule", "shape-error"))

    @property
    def places(self) -> tuple[tuple[str, int | None], ...]:
        """The axes that the broken requirement is about."""
        told = getattr(self.fact.why, "places", ())
        return tuple(told) if any(axis is not None for _, axis in told) else self._meeting() or told

    def _meeting(self) -> tuple[tuple[str, int | None], ...]:
        """The axes of a broken broadcast: the very axes that meet, found in the operands.

        One array's axis may be another one's, too; so what counts is that two of different arrays
        stand at the same place from the right.
        """
        lefts, rights = self._found(self.fact.left), self._found(self.fact.right)
        for one, i in lefts:
            for other, j in rights:
                if one is not other and len(one.array.axes) - i == len(other.array.axes) - j:
                    return (one.parameter, i), (other.parameter, j)
        return tuple((found[0][0].parameter, found[0][1]) for found in (lefts, rights) if found)

    def _found(self, side: object) -> list[tuple[Part, int]]:
        """Where an axis stands in the operands."""
        if not isinstance(side, Axis):
            return []
        return [
            (part, at)
            for part in self.parts()
            for at, axis in reversed(list(enumerate(part.array.axes)))
            if axis is side
        ]

    def parts(self) -> list[Part]:
        """The arrays that took part, in the order of the rule's parameters."""
        return self._each_by_its_own(list(self._parts()))

    def _each_by_its_own(self, parts: list[Part]) -> list[Part]:
        """The same, each occurrence of an array that is written several times by its own."""
        found = []
        for number, part in enumerate(parts):
            before = sum(one.array is part.array for one in parts[:number])
            if before and part.node is not None:
                text = ast.dump(part.node)
                same = [one for one in written_operands(self.step.node) if ast.dump(one) == text]
                node = same[before] if before < len(same) else part.node
                found.append(replace(part, node=node))
            else:
                found.append(part)
        return found

    def _parts(self) -> Iterator[Part]:
        for parameter, value in self.applied.bound.items():
            if isinstance(value, Array):
                yield self._part(parameter, value)
            elif isinstance(value, (list, tuple)):
                for number, one in enumerate(value):
                    if isinstance(one, Array):
                        yield self._part(f"{parameter}[{number}]", one)

    def _part(self, parameter: str, array: Array) -> Part:
        node = self.step.nodes.get(id(array)) or self._number(parameter, array)
        text = self.names.get(parameter, "")
        if not text and node is not None:
            text = self.source(node)
        if not text and "[" in parameter:
            text = self._element(parameter)
        if parameter in self.applied.op.stored and self.module and self.is_layer:
            text = f"{self.module}.{parameter}"
        return Part(parameter, array, text or parameter, node)

    def _number(self, parameter: str, array: Array) -> ast.expr | None:
        """The syntax of a number beside an operator, which became an array without axes."""
        node = self.step.node
        if array.axes or not isinstance(node, ast.BinOp) or parameter not in ("a", "b"):
            return None
        return node.left if parameter == "a" else node.right

    def _element(self, parameter: str) -> str:
        """An array of a list that has a name: ``xs[0]``."""
        name, _, place = parameter.partition("[")
        node = self._passed(name)
        if self.in_library:
            return ""
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            return f"{self.source(node)}[{place}"
        return f"state[{place}" if name == "hx" else ""  # torch's own name says nothing

    def _passed(self, name: str) -> ast.expr | None:
        """What is written for a parameter in a call."""
        call = self.step.node
        if not isinstance(call, ast.Call):
            return None
        for word in call.keywords:
            if word.arg == name:
                return word.value
        op = self.applied.op
        names = [one for one in op.kinds if one not in op.stored] if op.stored else [name]
        at = names.index(name) if name in names else 0
        before = call.args[: at + 1]
        written = len(before) > at and not any(isinstance(one, ast.Starred) for one in before)
        return call.args[at] if written else None

    def part(self, parameter: str) -> Part | None:
        """The array of a parameter."""
        return next((one for one in self.parts() if one.parameter == parameter), None)

    def argument(self, name: str) -> Any:
        """What another parameter got."""
        return self.applied.bound.get(name)

    @property
    def library(self) -> str:
        """The library of the arrays."""
        found = {part.array.library for part in self.parts()} - {""}
        return found.pop() if len(found) == 1 else ""

    def alias(self, module: str) -> str:
        """How the user calls a library's module."""
        usual = {"numpy": "np", "torch.nn.functional": "F", "torch.nn": "nn"}
        return self.aliases.get(module, usual.get(module, module))

    def span(self, node: ast.AST) -> Span | None:
        """Where a node stands."""
        return self.spans(node)

    # --- trying repairs ---

    def with_value(self, value: object, *nodes: ast.AST) -> tuple[object, bool]:
        """What the whole expression gives if one of its parts (or several) had another value.

        The answer is whether the op that failed is accepted then, and nothing else is refuted.
        """
        evaluator = Evaluator(self.lookup, self.assume, dict.fromkeys(nodes, value))
        result = evaluate_root(evaluator, self.root)
        verdicts = [step.applied.holds for step in evaluator.steps]
        mine = [step.applied.holds for step in evaluator.steps if step.node is self.step.node]
        fits = self.step.node in nodes or (bool(mine) and mine[-1] is True)
        return result, fits and False not in verdicts and self.gives_declared(result)

    def occurrences(self, node: ast.expr) -> list[ast.expr]:
        """All places of the whole expression at which the same is written, if one is in the op."""
        text = ast.dump(node)

        def inside(root: ast.AST) -> list[ast.expr]:
            many = (one for one in ast.walk(root) if isinstance(one, ast.expr))
            return [one for one in many if ast.dump(one) == text]

        return inside(self.root) if len(inside(self.step.node)) == 1 else []

    def retried(self, parameter: str, array: Array) -> Applied:
        """The op again, one of its arrays replaced."""
        name, _, inside = parameter.partition("[")
        bound = dict(self.applied.bound)
        if inside:
            many = list(bound[name])
            many[int(inside[:-1])] = array
            bound[name] = type(bound[name])(many)
        else:
            bound[name] = array
        return self.applied.op.apply(bound, self.library, self.assume)

    def gives_declared(self, result: object) -> bool:
        """Whether a result has the sizes that it has to have, where these are known."""
        wanted = self.wanted
        return wanted is None or (isinstance(result, Array) and result.sizes == wanted)

    @property
    def wanted(self) -> tuple[Any, ...] | None:
        """The sizes that the whole expression has to give, if they are known.

        They are if they are declared, or if what is assigned is named as the gradient of
        something: ``dW`` has the shape of ``W``.
        """
        if self.declared is not None:
            return self.declared.sizes
        of = self.gradient_of
        value = self.value(of) if of is not None else None
        return value.sizes if isinstance(value, Array) and not value.is_open else None

    @property
    def gradient_of(self) -> ast.expr | None:
        """What the assigned name says that it is the gradient of: ``W`` for ``dW``."""
        if not isinstance(self.root, ast.Assign) or len(self.root.targets) != 1:
            return None
        [target] = self.root.targets
        name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
        bare = next((name.removeprefix(one) for one in GRADIENTS if name.startswith(one)), "")
        if not bare or not (bare[0].isupper() or bare[0] == "b" or name.startswith("grad_")):
            return None
        if isinstance(target, ast.Attribute):
            return ast.Attribute(target.value, bare, ast.Load())
        return ast.Name(bare, ast.Load())

    def value(self, node: ast.expr) -> object:
        """What an expression of the user's gives, by the rules."""
        return Evaluator(self.lookup, self.assume).value(node)


def evaluate_root(evaluator: Evaluator, root: ast.AST) -> object:
    """Evaluate an expression, or the statement that holds it."""
    match root:
        case ast.expr():
            return evaluator.value(root)
        case ast.AugAssign(target=target, op=sign, value=value):
            from shapecheck.infer.arithmetic import OPERATORS  # noqa: PLC0415 - rarely needed

            loaded = ast.copy_location(ast.parse(ast.unparse(target), mode="eval").body, target)
            left, right = evaluator.value(loaded), evaluator.value(value)
            return evaluator.operator(f"i{OPERATORS[type(sign)].rstrip('_')}", [left, right], root)
        case ast.Assign(targets=[ast.Subscript() as target], value=value):
            return _store(evaluator, target, value)
        case (
            ast.Assign(value=value)
            | ast.AnnAssign(value=ast.expr() as value)
            | ast.Return(value=ast.expr() as value)
            | ast.Expr(value=value)
        ):
            return evaluator.value(value)
        case _:
            return None


def _store(evaluator: Evaluator, target: ast.Subscript, value: ast.expr) -> object:
    """An assignment to a part of an array."""
    new = evaluator.value(value)
    owner, index = evaluator.value(target.value), evaluator.value(target.slice)
    if not isinstance(owner, Array):
        return None
    return evaluator.apply("operator.setitem", [owner, index, new], {}, target)
