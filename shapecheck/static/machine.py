"""Evaluates the expressions of a program: arrays by the rules of ops, objects by their classes."""

from __future__ import annotations

import ast
import contextlib
import functools
import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from shapecheck.dims import Axis, Expr, Run, is_size, symbols
from shapecheck.infer import Evaluator, Function, Names, Namespace
from shapecheck.infer.arithmetic import MOST_LETTERS, OPERATORS, python_functions
from shapecheck.infer.expr import Method, Step, truth
from shapecheck.ops import Applied, Array, Layer, Record, Unknown
from shapecheck.ops._need import next_serial
from shapecheck.ops._op import arrays_in
from shapecheck.ops._params import may_be_size
from shapecheck.ops._values import closed, entry
from shapecheck.ops.names import candidates, is_namespace
from shapecheck.static.collected import as_set
from shapecheck.static.doubts import Doubts
from shapecheck.static.grids import subscripted
from shapecheck.static.joining import joined, unknown_size
from shapecheck.static.kinds import descends
from shapecheck.static.likeness import Copier, TooMuch, likeness_of
from shapecheck.static.limits import is_long, shortened
from shapecheck.static.promises import Promises, flexible
from shapecheck.static.state import State
from shapecheck.static.values import (
    Bound,
    ClassValue,
    Container,
    DequeValue,
    DictValue,
    External,
    FunctionValue,
    Instance,
    ListValue,
    Made,
    Maybe,
    Partial,
    Scope,
    SetValue,
    Super,
    bare,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from shapecheck.facts import Fact
    from shapecheck.ops import Op
    from shapecheck.static.project import Module

LENGTHS = (0, 2, 3)  # that are tried for a list of which the length is not known
# Ranks that are tried for an array of which the rank is not known, the highest among the first: if
# an op gives the same sizes for these, but for a rank of 0, the rank changes nothing.
RANKS = (0, 1, 2, 3, 6, 4, 5)
SOME_RANKS = 5
RANKS_OF_TWO = 5  # each that are tried for two arrays
MOST_PARTS = 20_000  # of nested lists that are passed to an op
MOST_NESTED = 64  # lists in each other: as many as an array may have axes
MOST_ITEMS = 256  # of a sequence that is walked over item by item
HOMES = ("torch.Tensor", "numpy.ndarray")  # of methods
FAILED = Unknown("it does not get that far", "failed")  # what an op gives that certainly fails
OBJECTS = (Instance, ClassValue, FunctionValue, Container, Bound, Partial, Layer, Function, Made)


class Raised(Exception):  # noqa: N818 - the program's control flow, not an error of ours
    """The program certainly raises an exception here."""


class Machine(Evaluator):
    """Evaluates expressions in the scope of a frame.

    What statements do, how functions are called, and what is reported, is added by subclasses.
    """

    scope: Scope

    def __init__(self) -> None:
        super().__init__(Names({}), Promises())
        self.state = State(self.assume)
        self.trying = 0  # depth of places where code may fail on purpose
        self.unsure = Doubts()  # the branches of which it is not known whether they are taken
        # Where variables were read other than the function's own, and attributes of classes, while
        # that matters.
        self.reads: dict[tuple[int, str], Any] | None = None
        # What ops give on arrays of unknown rank, by words for their arguments.
        self._opened: dict[tuple[Hashable, ...], tuple[int, object]] = {}
        self.cuts = 0  # how often a call was not followed, because it lay too deep
        self.telling = 0  # how often something came of a call that is more than a value

    @property
    def doubts(self) -> int:
        """How many conditions that are not known lie on the way here."""
        return len(self.unsure)

    @doubts.setter
    def doubts(self, depth: int) -> None:
        self.unsure.leave(depth)

    def doubt(self, *key: object) -> None:
        """Follow what is reached under a condition that is not known."""
        self.unsure.enter(self.run_now, key, partial=self.is_elsewhere)

    @property
    def is_elsewhere(self) -> bool:
        """Whether the code that is followed may also be called by what is not looked at."""
        return False

    @property
    def run_now(self) -> object:
        """What conditions met here are compared with: those of all runs, or of one only."""
        return None

    # --- what subclasses add ---

    def failed(self, step: Step) -> None:
        """An op that certainly fails was met."""

    def accepted(self, step: Step) -> None:
        """An op that is not refuted was met."""

    def noted(self, node: ast.expr, value: object) -> None:
        """An expression got a value."""

    def called(
        self, function: object, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> object:
        """A call of anything that is no op."""
        raise NotImplementedError

    def module_attribute(self, module: Module, name: str) -> object:
        """An attribute of a module of the program."""
        raise NotImplementedError

    # --- expressions ---

    def value(self, node: ast.expr) -> object:
        """The value of an expression; `Unknown` where it cannot be told."""
        found = super().value(node)
        if found is FAILED:
            self.unsure.spoil()
            self.telling += 1
        self.noted(node, found)
        return found

    @contextlib.contextmanager
    def fresh_nodes(self) -> Iterator[None]:
        """Operands of a new statement: their syntax is not mixed up with that of another."""
        nodes, steps, kept = self.nodes, self.steps, self.kept
        self.nodes, self.steps, self.kept = {}, [], []
        try:
            yield
        finally:
            self.nodes, self.steps, self.kept = nodes, steps, kept

    def _name(self, node: ast.Name) -> object:
        return self.variable(node.id)

    def variable(self, name: str) -> object:
        """The value of a variable, or of a builtin."""
        home = self.scope.find(name)
        if self.reads is not None and home is not self.scope:
            read = home or self.scope.module.scope
            self.reads[id(read.variables), name] = read.variables
        if home is None:
            return self.unbound(name)
        if name in home.pending:
            return self.module_attribute(home.module, name)
        return home.variables[name]

    def unbound(self, name: str) -> object:
        """The value of a variable that no scope has."""
        return builtin(name)

    def _walrus(self, node: ast.NamedExpr) -> object:
        found = self.value(node.value)
        self.bind_name(node.target.id, found)
        return found

    def bind_name(self, name: str, value: object) -> None:
        """Assign a variable in the scope that it belongs to."""
        home = self.scope.declared.get(name, self.scope)
        self.state.write(home.variables, name, value)

    def _list(self, node: ast.List) -> object:
        parts = self._parts(node.elts)
        return ListValue([], open_=True) if parts is None else ListValue(parts)

    def _set_display(self, node: ast.Set) -> object:
        parts = self._parts(node.elts)
        return as_set(parts)

    def _dict(self, node: ast.Dict) -> object:
        found = DictValue()
        for key, value in zip(node.keys, node.values, strict=True):
            given = self.value(value)
            if key is None:
                if isinstance(given, DictValue):
                    found.update(given)
                    found.open = found.open or given.open
                else:
                    found.open = True
                continue
            named = self.value(key)
            if isinstance(named, (str, int, bool, float, type(None))):
                found[named] = given
            else:
                found.open = True
        return found

    def _text(self, node: ast.JoinedStr) -> object:
        parts = []
        for one in node.values:
            if isinstance(one, ast.Constant):
                parts.append(str(one.value))
                continue
            assert isinstance(one, ast.FormattedValue)
            given = self.value(one.value)
            plain = isinstance(given, (str, int)) and one.format_spec is None
            if not plain or one.conversion != -1:
                parts.append(None)  # type: ignore[arg-type]
            else:
                parts.append(str(given))
        short = None not in parts and sum(map(len, parts)) <= MOST_LETTERS
        return "".join(parts) if short else Unknown("a text", "text")

    def _await(self, node: ast.Await) -> object:
        return self.value(node.value)

    def _starred(self, node: ast.Starred) -> object:
        self.value(node.value)
        return Unknown("starred")

    def _lambda(self, node: ast.Lambda) -> object:
        defaults = self.defaults_of(node.args)
        return FunctionValue(node, self.scope, defaults)

    def defaults_of(self, args: ast.arguments) -> dict[str, object]:
        """The values of a function's defaults, by parameter."""
        found = {}
        positional = [*args.posonlyargs, *args.args]
        for parameter, default in zip(reversed(positional), reversed(args.defaults), strict=False):
            found[parameter.arg] = self.value(default)
        for parameter, only in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            if only is not None:
                found[parameter.arg] = self.value(only)
        return found

    # --- conditions ---

    def _either(self, node: ast.IfExp) -> object:
        test = self.truth_of(node.test)
        if test is not None:
            self.unsure.passed(self.run_now, (id(node), test))
            return self.value(node.body if test else node.orelse)
        values = []
        free = self.is_free(node.test)
        depth = self.doubts
        for branch, wanted in ((node.body, True), (node.orelse, False)):
            self.state.begin()
            self.suppose(node, wanted, free=free)
            saved = self.assume
            self.take_path(saved.copy())
            self.refine(node.test, wanted)
            values.append(self.value(branch))
            self.take_path(saved)
            self.doubts = depth
            self.state.end()
        return joined(values[0], values[1])

    def suppose(self, node: ast.AST, *key: object, free: bool) -> None:
        """Follow a branch of which it is not known whether it is taken."""
        if free:
            self.unsure.enter_freely()
        else:
            self.doubt(id(node), *key)

    def is_free(self, test: ast.expr) -> bool:
        """Whether a condition is a flag that nothing is known of."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self.is_free(test.operand)
        if isinstance(test, ast.BoolOp):
            return all(map(self.is_free, test.values))
        return False

    def take_path(self, assume: Any) -> None:
        """Go on with other assumptions."""
        self.assume = assume
        self.state.assume = assume

    def refine(self, test: ast.expr, wanted: bool, *, guard: bool = False) -> None:
        """Take it for granted that a condition holds, or does not."""

    def truth_of(self, test: ast.expr) -> bool | None:
        """Whether a condition holds, where that is known."""
        return self.truth(self.value(test))

    def truth(self, value: object) -> bool | None:
        """Whether a value counts as true, where that is known."""
        if isinstance(value, Maybe):
            return False if self.truth(value.value) is False else None
        if isinstance(value, (ListValue, DictValue)):
            return True if value else None if value.open else False
        if isinstance(value, Container):
            return self.truth(value.items)
        if isinstance(value, (FunctionValue, ClassValue, Bound, Partial, External)):
            return True
        if isinstance(value, (Instance, Made, Super)):
            return None
        return truth(value)

    def _logic(self, node: ast.BoolOp) -> object:
        wanted = isinstance(node.op, ast.Or)
        found: object = Unknown()
        maybe: list[object] = []
        saved = self.assume
        depth = self.doubts
        self.state.begin()
        self.take_path(saved.copy())
        for one in node.values:
            found = self.value(one)
            test = self.truth(found)
            if test is None:
                maybe.append(bare(found) if wanted else found)
                self.suppose(one, free=self.is_free(one))
            elif test is wanted:
                break
            self.refine(one, not wanted)
        self.doubts = depth
        self.take_path(saved)
        self.state.end()
        test = self.truth(found)
        if not maybe or (test is wanted and all(self._is_verdict(one) for one in maybe)):
            return found
        if all(self._is_verdict(one) for one in [*maybe, found]):
            return Unknown("depends on a condition", "number")
        result = maybe[0]
        for other in [*maybe[1:], *([] if found is maybe[-1] else [found])]:
            result = joined(result, other)
        return result

    @staticmethod
    def _is_verdict(value: object) -> bool:
        unknown = isinstance(value, Unknown) and value.kind in ("number", "flag")
        return unknown or isinstance(value, bool)

    def _compare(self, node: ast.Compare) -> object:
        left = self.value(node.left)
        answers: list[object] = []
        for sign, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.value(comparator)
            answers.append(self._compared(left, sign, right, node))
            left = right
        if len(answers) == 1:
            return answers[0]
        tests = [self.truth(one) for one in answers]
        return False if False in tests else Unknown("", "number") if None in tests else True

    def _compared(self, left: object, sign: ast.cmpop, right: object, node: ast.Compare) -> object:
        if isinstance(sign, (ast.Is, ast.IsNot)):
            return self._identical(left, right, positive=isinstance(sign, ast.Is))
        if isinstance(sign, (ast.In, ast.NotIn)):
            found = contains(right, left)
            return Unknown("", "number") if found is None else found is isinstance(sign, ast.In)
        left, right = bare(left), bare(right)
        name = OPERATORS[type(sign)]
        if isinstance(left, Array) or isinstance(right, Array):
            return self.operator(name, [left, right], node)
        found = self.decided(name, left, right)
        if found is not None:
            return found
        plain = all(_is_plain(one) for one in (left, right))
        return Unknown("", "number" if plain else "")

    @staticmethod
    def _identical(left: object, right: object, *, positive: bool) -> object:
        if left is None or right is None:
            other = right if left is None else left
            if isinstance(other, (Unknown, Maybe)):
                return Unknown("whether it is None is not known", "number")
            return (other is None) == positive
        if isinstance(left, bool) and isinstance(right, bool):
            return (left is right) == positive
        if isinstance(left, Function) and isinstance(right, Function):
            same = Machine._of_classes("eq", left, right)
            return Unknown("", "number") if same is None else same is positive
        members = (left, right)
        if all(isinstance(one, Instance) and one.cls.is_enum for one in members):
            return (left is right) == positive
        same_object = left is right and isinstance(left, (Instance, ClassValue, FunctionValue))
        return positive if same_object else Unknown("", "number")

    def decided(self, name: str, left: object, right: object) -> bool | None:
        """Whether a comparison of sizes, numbers or tuples of them holds."""
        if is_size(left) and is_size(right):
            return self._of_sizes(name, left, right)
        if isinstance(left, SetValue) or isinstance(right, SetValue):
            return None
        if isinstance(left, (tuple, ListValue)) and isinstance(right, (tuple, ListValue)):
            left_over = [MOST_ITEMS]
            _usable_parts((left, right), left_over)  # they may hold each other
            return self._of_sequences(name, left, right) if left_over[0] >= 0 else None
        plain = (int, float, str, bool, type(None))
        if isinstance(left, plain) and isinstance(right, plain):
            try:
                return bool(COMPARE[name](left, right))
            except TypeError:
                return None
        if all(isinstance(one, Function) for one in (left, right)):
            return self._of_classes(name, left, right)
        if name in ("eq", "ne") and (left is None or right is None):
            other = right if left is None else left
            certain = isinstance(other, (int, float, str, tuple, list, Array, *OBJECTS))
            return (name == "ne") if certain else None
        return None

    @staticmethod
    def _of_classes(name: str, left: Any, right: Any) -> bool | None:
        """``type(layer) == nn.Linear``."""
        names = [one.qualified for one in (left, right)]
        if name not in ("eq", "ne") or not all(one.startswith("torch.nn.") for one in names):
            return None
        if names[0] == names[1]:
            return name == "eq"
        return (
            name == "ne" if descends(*names) is False and descends(*names[::-1]) is False else None
        )

    def _of_sizes(self, name: str, left: Any, right: Any) -> bool | None:
        assume = self.assume
        match name:
            case "eq" | "ne":
                same = Promises.can_be_equal(assume, left, right)  # type: ignore[arg-type]
                return same if same is None else same is (name == "eq")
            case "lt":
                return assume.less(left, right)
            case "le":
                return assume.at_least(right, left)
            case "gt":
                return assume.less(right, left)
            case _:
                return assume.at_least(left, right)

    def _of_sequences(self, name: str, left: Any, right: Any) -> bool | None:
        if (
            name not in ("eq", "ne")
            or getattr(left, "open", False)
            or getattr(right, "open", False)
        ):
            return None
        if left is right:
            return name == "eq"
        if len(left) != len(right):
            return name == "ne"
        verdicts = [self.decided("eq", a, b) for a, b in zip(left, right, strict=True)]
        same = False if False in verdicts else None if None in verdicts else True
        return same if same is None else same is (name == "eq")

    # --- operators, attributes, subscripts ---

    def operator(self, name: str, operands: list[object], node: ast.AST) -> object:
        """An operator: of arrays by its op, of anything else by Python's own arithmetic."""
        operands = [bare(one) for one in operands]
        if FAILED in operands:
            return FAILED
        if any(isinstance(one, (Instance, Made, External)) for one in operands):
            return self._of_objects(name, operands, node)
        if any(isinstance(one, (ListValue, DictValue)) for one in operands) and not any(
            isinstance(one, Array) for one in operands
        ):
            return self._of_lists(name, operands)
        found = super().operator(name, operands, node)
        return Unknown("a long formula", "number") if is_long(found) else found

    def _of_objects(self, name: str, operands: list[object], node: ast.AST) -> object:
        for one, prefix in zip(operands, ("", "r"), strict=False):
            if isinstance(one, Instance):
                method = self.attribute(one, f"__{prefix}{name.rstrip('_')}__", node)
                if isinstance(method, Bound):
                    others = [other for other in operands if other is not one]
                    return self.call(method, others, {}, node)  # type: ignore[arg-type]
        return Unknown("an operator of an object")

    @staticmethod
    def _of_lists(name: str, operands: list[object]) -> object:
        if len(operands) != 2:  # noqa: PLR2004
            return Unknown("")
        left, right = operands
        if name == "add" and isinstance(left, ListValue) and isinstance(right, ListValue):
            if not left.open and len(left) + len(right) <= MOST_PARTS:
                return ListValue([*left, *right], open_=right.open, rest=right.rest)
            rest = [left.rest, *right, *((right.rest,) if right.open else ())]
            return ListValue(list(left), open_=True, rest=any_of(rest))
        if name == "mul":
            items, times = (left, right) if isinstance(left, ListValue) else (right, left)
            known = isinstance(items, ListValue) and isinstance(times, int) and not items.open
            if known and len(items) * max(times, 0) <= MOST_ITEMS:  # type: ignore[arg-type, call-overload]
                return ListValue(list(items) * times)  # type: ignore[call-overload]
            if isinstance(items, ListValue):
                return ListValue([], open_=True, rest=element_of(items))
            return ListValue([], open_=True)
        return Unknown("")

    def attribute(self, owner: object, name: str, node: ast.AST) -> object:
        """An attribute of a value."""
        owner = bare(owner)
        way = self.attributes.get(type(owner))
        if way is not None:
            return way(self, owner, name, node)
        return super().attribute(owner, name, node)

    def _of_namespace(self, owner: Namespace, name: str, _: ast.AST) -> object:
        found = owner.member(name)
        return External(f"{owner.qualified}.{name}") if isinstance(found, Unknown) else found

    def _of_external(self, owner: External, name: str, _: ast.AST) -> object:
        return library(f"{owner.qualified}.{name}")

    def _of_unknown(self, owner: Unknown, name: str, _: ast.AST) -> object:  # noqa: ARG002
        return owner if owner is FAILED else Unknown("")

    def _of_named(self, owner: object, name: str, _: ast.AST) -> object:
        return Bound(name, owner)

    def _of_function(self, owner: Function, name: str, _: ast.AST) -> object:
        return library(f"{owner.qualified}.{name}")

    attributes: ClassVar[dict[type, Any]] = {
        Namespace: _of_namespace,
        External: _of_external,
        Unknown: _of_unknown,
        Function: _of_function,
        ListValue: _of_named,
        SetValue: _of_named,
        DequeValue: _of_named,
        DictValue: _of_named,
        str: _of_named,
        tuple: _of_named,
    }

    def _subscript(self, node: ast.Subscript) -> object:
        owner, index = bare(self.value(node.value)), bare(self.value(node.slice))
        return self.subscript(owner, index, node)

    def subscript(self, owner: object, index: object, node: ast.AST) -> object:
        """An element or a part of a value."""
        if isinstance(owner, Array):
            return self.apply("operator.getitem", [owner, index], {}, node)
        if owner is FAILED:
            return FAILED
        if isinstance(owner, External):
            return subscripted(self, owner.qualified, index, node)
        if isinstance(owner, Record):
            owner = owner.values
        if isinstance(owner, Container):
            return self._of_container(owner, index)
        if isinstance(owner, DictValue):
            return owner.get(index, Unknown("no such entry")) if _hashable(index) else Unknown("")
        if isinstance(owner, ListValue):
            return self._of_list(owner, index)
        if isinstance(owner, (tuple, str)) and isinstance(index, (int, slice)):
            try:
                found = owner[index]
            except (IndexError, TypeError, ValueError):
                return Unknown("no such element")
            return found
        if isinstance(owner, (tuple, ListValue)) and owner:
            return self._any_of(owner)
        if isinstance(owner, Instance):
            if owner.base is not None and isinstance(owner.base, Container):
                return self._of_container(owner.base, index)
            method = self.attribute(owner, "__getitem__", node)
            if isinstance(method, Bound):
                return self.call(method, [index], {}, node)  # type: ignore[arg-type]
        return Unknown("what is subscripted is not known")

    def _any_of(self, items: Sequence[object]) -> object:
        """One of several elements."""
        return element_of(items) if isinstance(items, ListValue) else any_of(items)

    def _of_list(self, items: ListValue, index: object) -> object:
        if isinstance(index, slice):
            bounds = (index.start, index.stop, index.step)
            plain = all(one is None or isinstance(one, int) for one in bounds)
            if items.open or not plain or index.step == 0:
                return ListValue([], open_=True, rest=element_of(items))
            return ListValue(list(items)[index])
        if isinstance(index, int) and not isinstance(index, bool):
            known = not items.open or (0 <= index < len(items))
            if known and -len(items) <= index < len(items):
                return list.__getitem__(items, index)
            if items.open:
                return items.rest if index >= 0 else element_of(items)
            return Unknown("no such element")
        return element_of(items)

    def _of_container(self, owner: Container, index: object) -> object:
        if isinstance(owner.items, DictValue):
            return owner.items.get(index, Unknown("")) if _hashable(index) else Unknown("")
        found = self._of_list(owner.items, index)
        return Container(owner.kind, found) if isinstance(found, ListValue) else found

    def items(self, value: object) -> list[object] | None:
        """What iterating over a value gives, where that is known."""
        value = bare(value)
        if isinstance(value, SetValue) and not value.open and len(value) > 1:
            return [any_of(value)] * len(value)
        if isinstance(value, ListValue):
            return None if value.open else list(value)
        if isinstance(value, DictValue):
            return None if value.open else list(value)
        if isinstance(value, Container):
            return self.items(value.items)
        if isinstance(value, Instance) and isinstance(value.base, Container):
            return self.items(value.base.items)
        if isinstance(value, str):
            return list(value)
        return super().items(value)

    # --- comprehensions ---

    def _comprehension(self, node: Any) -> object:
        found = ListValue()
        self._loops(node.generators, node, found)
        return found

    def _set_comprehension(self, node: ast.SetComp) -> object:
        found = ListValue()
        self._loops(node.generators, node, found)
        return as_set(None if found.open else list(found))

    def _dict_comprehension(self, node: ast.DictComp) -> object:
        found = DictValue()
        self._loops(node.generators, node, found)
        return found

    def _loops(
        self, loops: list[ast.comprehension], node: Any, found: ListValue | DictValue
    ) -> None:
        """The loops of a comprehension, the outermost first."""
        outer = self.scope
        inner = Scope(outer.module, outer)
        first = self.value(loops[0].iter)
        self.scope = inner
        try:
            self._loop(loops, 0, first, node, found)
        finally:
            self.scope = outer

    def _loop(
        self,
        loops: list[ast.comprehension],
        depth: int,
        iterated: object,
        node: Any,
        found: ListValue | DictValue,
    ) -> None:
        loop = loops[depth]
        items = self.items(iterated)
        if items is None or len(items) > MOST_ITEMS:
            items = [self.element(iterated)]
            doubts = self.doubts
            self.doubt(id(loop))
            more = type(found)()
            try:
                self._turns(loops, depth, items, node, more)
            finally:
                self.doubts = doubts
            _also(found, more)
            return
        del loop
        self._turns(loops, depth, items, node, found)

    def _turns(
        self,
        loops: list[ast.comprehension],
        depth: int,
        items: list[object],
        node: Any,
        found: ListValue | DictValue,
    ) -> None:
        loop = loops[depth]
        for item in items:
            self.assign(loop.target, item)
            tests = [self.truth_of(test) for test in loop.ifs]
            if False in tests:
                continue
            if None in tests:
                more = type(found)()
                self._inside(loops, depth, node, more)
                _also(found, more)
                continue
            self._inside(loops, depth, node, found)

    def _inside(
        self,
        loops: list[ast.comprehension],
        depth: int,
        node: Any,
        found: ListValue | DictValue,
    ) -> None:
        if depth + 1 < len(loops):
            self._loop(loops, depth + 1, self.value(loops[depth + 1].iter), node, found)
        elif isinstance(found, DictValue):
            key, value = self.value(node.key), self.value(node.value)
            if _hashable(key):
                found[key] = value
            else:
                found.open = True
        elif found.open:
            found.opened(joined(found.rest, self.value(node.elt)))
        else:
            found.append(self.value(node.elt))

    def element(self, value: object) -> object:
        """What is known of any element of a value that is walked over."""
        value = bare(value)
        if isinstance(value, Array) and not value.is_open and value.rank:
            return entry(value)
        if isinstance(value, Array) and value.axes and isinstance(value.axes[0], Axis):
            return value.with_axes(value.axes[1:])  # type: ignore[arg-type]
        if isinstance(value, tuple) and value:
            return self._any_of(value)
        if isinstance(value, Made):
            return value.parts.get("element", Unknown(""))
        return element_of(value) if isinstance(value, ListValue) else Unknown("")

    def assign(self, target: ast.expr, value: object) -> bool:
        """Bind the names of a target."""
        if isinstance(target, ast.Name):
            self.bind_name(target.id, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self.unpack(target, value)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, value)
        return True

    def unpack(self, target: ast.Tuple | ast.List, value: object) -> None:
        """Assign the parts of a value to several targets."""
        items = self.items(value)
        wanted = target.elts
        starred = [at for at, one in enumerate(wanted) if isinstance(one, ast.Starred)]
        if items is None or (
            len(items) < len(wanted) - 1 if starred else len(items) != len(wanted)
        ):
            element = self.element(value) if items is None else Unknown("")
            for one in wanted:
                many = isinstance(one, ast.Starred)
                self.assign(one, ListValue([], open_=True) if many else element)
            return
        if starred:
            at, count = starred[0], len(items) - len(wanted) + 1
            items = [*items[:at], ListValue(items[at : at + count]), *items[at + count :]]
        for one, item in zip(wanted, items, strict=True):
            self.assign(one, item)

    # --- calls ---

    def _call(self, node: ast.Call) -> object:
        function = self.value(node.func)
        args = self._parts(node.args)
        kwargs: dict[str, object] = {}
        unknown = args is None
        for word in node.keywords:
            given = self.value(word.value)
            if word.arg is not None:
                kwargs[word.arg] = given
            elif isinstance(given, DictValue) and not given.open:
                kwargs |= {str(key): one for key, one in given.items()}
            else:
                unknown = True
        if unknown:
            return self.called_loosely(function, node)
        return self.call(function, args or [], kwargs, node)

    def called_loosely(self, function: object, node: ast.Call) -> object:  # noqa: ARG002
        """A call of which the arguments are not known."""
        return Unknown("a starred argument is not known")

    def call(
        self, function: object, args: list[object], kwargs: dict[str, object], node: ast.Call
    ) -> object:
        """A call of whatever a function expression gave."""
        function = bare(function)
        if function is FAILED:
            return FAILED
        if isinstance(function, Method):
            return self._method(function.array, function.name, args, kwargs, node)
        if isinstance(function, Layer):
            return self.forward(function, [bare(one) for one in args], kwargs, node)
        return self.called(function, args, kwargs, node)

    def _method(
        self, array: Array, name: str, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> object:
        """A method of an array; of one that may be of either library, what either of them says."""
        homes = [one for one in HOMES if candidates(f"{one}.{name}")]
        if array.library or len(homes) < len(HOMES):
            return super()._method(array, name, args, kwargs, node)
        calls = [
            functools.partial(self.apply, f"{home}.{name}", [array, *args], kwargs, node)
            for home in homes
        ]
        tried = list(map(self._tried, calls))
        fits = [home for home, found in zip(homes, tried, strict=True) if found is not FAILED]
        if len(fits) == 1:
            return self.apply(f"{fits[0]}.{name}", [array, *args], kwargs, node)
        return of_either(super()._method(array, name, args, kwargs, node))

    def _tried(self, what: Callable[[], object]) -> object:
        """A result that nothing is reported of, and nothing is learnt from."""
        saved = self.assume
        self.trying += 1
        self.take_path(saved.copy())
        try:
            return what()
        finally:
            self.trying -= 1
            self.take_path(saved)

    def library_call(
        self, function: Function, args: list[object], kwargs: dict[str, object], node: ast.Call
    ) -> object:
        """A call of a function that ops know, or of one of Python's own on sizes."""
        if _some_open(args, kwargs) and candidates(function.qualified):
            return self._of_some(function.qualified, args, kwargs, node)
        args = [usable(one) for one in args]
        kwargs = {name: usable(one) for name, one in kwargs.items()}
        return super().call(function, args, kwargs, node)

    def apply(
        self, qualified: str, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> object:
        """Call an op by a full name."""
        if _some_open(args, kwargs):
            return self._of_some(qualified, args, kwargs, node)
        args = [usable(one) for one in args]
        kwargs = {name: usable(one) for name, one in kwargs.items()}
        if FAILED in args or FAILED in kwargs.values():
            return FAILED
        return super().apply(qualified, args, kwargs, node)

    def _of_some(
        self, qualified: str, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> object:
        """An op on a list of which the length is not known: whatever holds for several lengths."""

        def given(value: object, count: int) -> object:
            if not isinstance(value, ListValue) or not value.open:
                return value
            return ListValue([element_of(value)] * max(count, min(len(value), 1)))

        found = []
        for count in LENGTHS:
            some = [given(one, count) for one in args]
            named = {name: given(one, count) for name, one in kwargs.items()}
            one = self._tried(functools.partial(self.apply, qualified, some, named, node))
            if count or isinstance(one, Array):  # most ops do not take an empty list
                found.append(Unknown("the length of a list is not known") if one is FAILED else one)
        return common(found)

    def _step(
        self, op: Op, bound: dict[str, Any], library: str, named: str, node: ast.AST
    ) -> object:
        if has_open(bound):
            return self._open_step(op, bound, library, named, node)
        bound = with_some_sizes(op, bound)
        applied = op.apply(bound, library, self.assume)
        return self._judged(applied, named, node)

    def _judged(self, applied: Applied, named: str, node: ast.AST) -> object:
        if isinstance(applied.result, Array):
            self.kept.append(applied.result)
        step = Step(node, applied, applied.result, named, self.nodes, self.layer_now)
        if applied.holds is False:
            self.failed(step)
            return FAILED
        if isinstance(self.assume, Promises):
            for fact in applied.facts:
                self.assume.learn(fact)
        self.accepted(step)
        return kept_short(applied.result)

    # --- arrays of unknown rank ---

    def _open_step(
        self, op: Op, bound: dict[str, Any], library: str, named: str, node: ast.AST
    ) -> object:
        """An op on arrays of which the rank is not known: whatever holds for all ranks."""
        words = alike_when_open(op, bound, library)
        found = self._opened.get(words) if words is not None else None
        if found is not None:
            since, result = found
            return Copier({}, since).copy(result)
        since = next_serial()
        result = self._of_ranks(op, bound, library, named, node)
        if words is not None and result is not FAILED:
            with contextlib.suppress(TooMuch):
                Copier({}, since).copy(result)
                self._opened[words] = since, result
        return result

    def _of_ranks(
        self, op: Op, bound: dict[str, Any], library: str, named: str, node: ast.AST
    ) -> object:
        opened = [
            name for name, value in bound.items() if isinstance(value, Array) and value.is_open
        ]
        inside = any(
            isinstance(one, Array) and one.is_open
            for value in bound.values()
            if isinstance(value, (list, tuple))
            for one in value
        )
        if inside or len(opened) > 2:  # noqa: PLR2004
            return Unknown("the rank of an array is not known")
        ranks = RANKS if len(opened) == 1 else range(RANKS_OF_TWO)
        applied: list[Applied] = []
        for choice in itertools.product(ranks, repeat=len(opened)):
            tried = dict(bound)
            for name, count in zip(opened, choice, strict=True):
                tried[name] = with_rank(bound[name], count)
            applied.append(op.apply(tried, library, self.assume))
            if len(opened) == 1 and len(applied) == SOME_RANKS and all_alike(applied[1:]):
                break  # such as what a reshape gives: it hangs on other arguments only
        possible = [one for one in applied if one.holds is not False]
        if not possible:
            # A higher rank might fit, unless it is the size of a known axis that does not.
            ends = [one.broken for one in applied[2:]]
            sizes = all(one is not None and one.relation == "equals" for one in ends)
            if (sizes and len(opened) == 1) or is_of_pattern(ends):
                return self._judged(applied[2], named, node)
            return Unknown("its shapes do not fit")
        return common([one.result for one in possible])

    def forward(
        self, layer: Layer, args: Sequence[object], kwargs: Mapping[str, object], node: ast.AST
    ) -> object:
        """Call a module: its op with the stored arguments and these."""
        if FAILED in args or FAILED in kwargs.values():
            return FAILED
        names = [name for name in layer.op.kinds if name not in layer.op.stored]
        opened = [
            Array((Run(),), "", None, "torch")
            if isinstance(one, Unknown) and not one.kind and layer.op.kinds[name].name == "tensor"
            else usable(one)
            for name, one in zip(names, args, strict=False)
        ]
        if len(args) > len(names):
            return Unknown("too many arguments")
        plain = {name: usable(bare(one)) for name, one in kwargs.items()}
        return super().forward(layer, opened, plain, node)

    _ways: ClassVar[dict[type[ast.AST], Any]] = {
        **Evaluator._ways,
        ast.Name: _name,
        ast.NamedExpr: _walrus,
        ast.List: _list,
        ast.Set: _set_display,
        ast.Dict: _dict,
        ast.JoinedStr: _text,
        ast.Await: _await,
        ast.Starred: _starred,
        ast.Lambda: _lambda,
        ast.IfExp: _either,
        ast.BoolOp: _logic,
        ast.Compare: _compare,
        ast.Subscript: _subscript,
        ast.Call: _call,
        ast.ListComp: _comprehension,
        ast.GeneratorExp: _comprehension,
        ast.SetComp: _set_comprehension,
        ast.DictComp: _dict_comprehension,
    }


COMPARE = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}


def any_of(values: Sequence[object]) -> object:
    """One of several values."""
    found = values[0] if values else Unknown("")
    for one in values[1:]:
        found = joined(found, one)
    return found


def _some_open(args: Sequence[object], kwargs: Mapping[str, object]) -> bool:
    """Whether the length of a list among arguments is not known."""
    return any(isinstance(one, ListValue) and one.open for one in (*args, *kwargs.values()))


def element_of(items: ListValue) -> object:
    """What is known of any item of a list."""
    return any_of([*items, items.rest] if items.open else items)


def _also(found: ListValue | DictValue, more: ListValue | DictValue) -> None:
    """Say that there may be more in a list or dictionary, such as in another one."""
    if isinstance(found, ListValue) and isinstance(more, ListValue):
        rest = [*more, *((more.rest,) if more.open else ()), *((found.rest,) if found.open else ())]
        found.opened(any_of(rest))
    else:
        found.open = True


def _is_plain(value: object) -> bool:
    """Whether a value is certainly no array."""
    if isinstance(value, Unknown):
        return value.kind in ("number", "text", "flag")
    return isinstance(value, (int, float, str, bool, type(None), Expr, tuple, ListValue))


def _hashable(value: object) -> bool:
    return isinstance(value, (str, int, float, bool, type(None)))


def contains(items: object, wanted: object) -> bool | None:
    """Whether a container holds a value, where that is known."""
    plain = isinstance(wanted, (str, int, bool, float, type(None)))
    if isinstance(items, str) and isinstance(wanted, str):
        return wanted in items
    if isinstance(items, DictValue) and plain:
        return True if wanted in items else None if items.open else False
    if isinstance(items, (tuple, ListValue)) and plain:
        simple = all(isinstance(one, (str, int, bool, float, type(None))) for one in items)
        if any(isinstance(one, type(wanted)) and one == wanted for one in items):
            return True
        return False if simple and not getattr(items, "open", False) else None
    return None


def usable(value: object) -> object:
    """A value as an op takes it: lists of which the length is not known are not."""
    value = bare(value)
    if isinstance(value, (DictValue, Container, SetValue)):
        return Unknown("")
    if isinstance(value, (ListValue, tuple)):
        return _usable_parts(value, [MOST_PARTS])
    return value


def _usable_parts(value: ListValue | tuple[object, ...], left: list[int], depth: int = 0) -> object:
    """A list or tuple as an op takes it, if it has no more parts than are `left`."""
    left[0] -= len(value) if depth < MOST_NESTED else MOST_PARTS
    if left[0] < 0:
        return Unknown("it has many parts")
    if isinstance(value, ListValue) and value.open:
        return Unknown("the length of a list is not known")
    parts = [
        _usable_parts(one, left, depth + 1) if isinstance(one, (ListValue, tuple)) else usable(one)
        for one in map(bare, value)
    ]
    return parts if isinstance(value, ListValue) else tuple(parts)


def with_some_sizes(op: Op, bound: dict[str, Any]) -> dict[str, Any]:
    """The arguments of an op that makes an array from nothing, with some size for unknown ones.

    ``np.zeros((n, 20))`` has two axes whatever `n` is. One argument alone may be a whole shape, and
    where there is an array already, a size may be -1.
    """
    if any(one.is_open or one.rank for one in arrays_in(bound.values())):
        return bound
    made = dict(bound)
    for name, value in bound.items():
        if op.kinds[name].name == "sizes" and isinstance(value, tuple) and len(value) > 1:
            made[name] = tuple(unknown_size() if may_be_size(one) else one for one in value)
    return made


def has_open(bound: Mapping[str, Any]) -> bool:
    """Whether the rank of an array among arguments is not known."""
    for value in bound.values():
        for one in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(one, Array) and one.is_open:
                return True
    return False


def alike_when_open(op: Op, bound: Mapping[str, Any], library: str) -> tuple[Hashable, ...] | None:
    """Words that are the same for the same call of an op, if no size in it is a symbol."""
    try:
        likeness = likeness_of(bound)
    except TooMuch:
        return None
    words = likeness.words
    return None if likeness.given or any(map(has_symbols, words)) else (op, library, *words)


def has_symbols(word: object) -> bool:
    """Whether sizes that are not known are in a value that a likeness consists of."""
    if isinstance(word, Array):
        return any(isinstance(one, Axis) and not isinstance(one.size, int) for one in word.axes)
    return isinstance(word, Expr)


def all_alike(applied: Sequence[Applied]) -> bool:
    """Whether an op has accepted all of its calls, and given arrays of the same sizes."""
    shapes = set()
    for one in applied:
        if one.holds is False or not isinstance(one.result, Array) or one.result.is_open:
            return False
        shapes.add((one.result.sizes, one.result.dtype))
    return len(shapes) == 1


def is_of_pattern(broken: Sequence[Fact | None]) -> bool:
    """Whether it is the pattern itself that is wrong, each time."""
    whys = {getattr(one, "why", None) for one in broken}
    if len(whys) != 1:
        return False
    [why] = whys
    places = getattr(why, "places", ())
    return str(getattr(why, "rule", "")).endswith("-pattern") and places == (("pattern", None),)


def of_either(result: object) -> object:
    """What a method gives that arrays of either library have: it does not say whose it is."""
    if isinstance(result, Array):
        return replace(result, library="")
    if type(result) is tuple:
        return tuple(map(of_either, result))
    if type(result) is list:
        return list(map(of_either, result))
    if isinstance(result, Record):
        return Record(result.names, tuple(map(of_either, result.values)))
    return result


def with_rank(array: Array, count: int) -> Array:
    """An array of which the unknown run of axes has so many."""
    axes: list[Axis] = []
    for axis in array.axes:
        axes += [Axis(flexible()) for _ in range(count)] if isinstance(axis, Run) else [axis]
    return array.with_axes(axes)


def common(results: list[object]) -> object:
    """What several possible results have in common."""
    if len(results) == 1:
        return results[0]
    if all(isinstance(one, Array) for one in results):
        found: Any = results[0]
        for one in results[1:]:
            found = joined(found, one)
        return found
    if all(isinstance(one, (tuple, list)) for one in results):
        many: list[Any] = results
        if len({len(one) for one in many}) == 1:
            return tuple(common(list(parts)) for parts in zip(*many, strict=True))
    if all(isinstance(one, Record) for one in results):
        records: list[Any] = results
        if len({one.names for one in records}) == 1:
            values = zip(*(one.values for one in records), strict=True)
            return Record(records[0].names, tuple(common(list(parts)) for parts in values))
    return Unknown("it depends on the rank of an array")


_BUILTIN_CONSTANTS = {
    "True": True,
    "False": False,
    "None": None,
    "Ellipsis": ...,
    "__debug__": True,
}


def builtin(name: str) -> object:
    """A name that no scope has."""
    if name in _BUILTIN_CONSTANTS:
        return _BUILTIN_CONSTANTS[name]
    return Function(f"builtins.{name}")


# Modules that are known under several names.
RENAMED = {
    "torch.functional": "torch",
    "numpy.matlib": "numpy",
    "jax.numpy": "",
    "torch.nn.modules": "torch.nn",
}


def library(qualified: str) -> object:
    """What a full name of a library stands for."""
    if candidates(qualified) or qualified in python_functions():
        return Function(qualified)
    head, _, name = qualified.rpartition(".")
    if head in RENAMED:
        return library(f"{RENAMED[head]}.{name}")
    if head.startswith("torch.nn.modules."):
        return library(f"torch.nn.{name}")
    if is_namespace(qualified):
        return Namespace(qualified)
    from shapecheck.infer.lookup import CONSTANTS  # noqa: PLC0415 - rarely needed

    return CONSTANTS.get(qualified, External(qualified))


def kept_short(result: object) -> object:
    """A result in which no size takes long to compute with; several are a tuple."""
    if isinstance(result, Array):
        return shortened(result)
    if isinstance(result, (tuple, list)):
        return tuple(kept_short(one) for one in result)
    if isinstance(result, Record):
        return Record(result.names, tuple(kept_short(one) for one in result.values))
    return result


def involves(value: object, test: Any) -> bool:
    """Whether a symbol of an array's sizes passes a test."""
    return (
        isinstance(value, Array)
        and closed(value.axes)
        and any(
            test(one) for size in value.sizes if isinstance(size, Expr) for one in symbols(size)
        )
    )
