"""Follows the statements of a program."""

from __future__ import annotations

import ast
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from shapecheck.dims import Run, is_size
from shapecheck.infer.arithmetic import OPERATORS
from shapecheck.ops import Array, Unknown
from shapecheck.static.frames import BREAK, CONTINUE, NEXT, RAISE, RETURN, Exit, Frame, Loop
from shapecheck.static.joining import joined
from shapecheck.static.machine import FAILED, Raised, any_of
from shapecheck.static.refining import Refiner, is_shape_of, ranked
from shapecheck.static.state import CONTENT, Changes, joined_content
from shapecheck.static.values import (
    DictValue,
    External,
    Instance,
    ListValue,
    Maybe,
    bare,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_STATEMENTS = 60_000  # that are followed for one file, those of calls and loops included
MOST_UNROLLED = 64  # iterations of a loop over known values
MOST_NESTED = 8  # tuples inside each other that are compared
MOST_SPLITS = 2  # inside each other: how often the rest of a block is followed for both branches
PURPOSE = {"suppress", "warns"}


class Exhausted(Exception):  # noqa: N818 - the end of our patience, not an error of the user's
    """The file takes too long to follow."""


class Statements(Refiner):
    """Adds statements to a machine."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Frame] = []
        self.left = MOST_STATEMENTS
        self.splits = 0

    @property
    def frame(self) -> Frame:
        """The call that is followed."""
        return self.frames[-1]

    def run(self, body: Sequence[ast.stmt]) -> str:
        """Follow a block of statements; how it ends."""
        for at, statement in enumerate(body):
            if isinstance(statement, ast.If):
                with self.fresh_nodes():
                    flow = self._if(statement, body[at + 1 :])
                if flow is not None:
                    return flow
                continue
            flow = self.statement(statement)
            if flow != NEXT:
                return flow
        return NEXT

    def statement(self, node: ast.stmt) -> str:
        """Follow one statement; how it ends."""
        self.left -= 1
        if self.left < 0:
            raise Exhausted
        way = self._statements.get(type(node))
        if way is None:
            return NEXT
        kept = self.doubts, self.trying, len(self.state.open), self.assume, self.splits
        with self.fresh_nodes():
            try:
                return way(self, node) or NEXT
            except Raised:
                self.doubts, self.trying, depth, assume, self.splits = kept
                self.state.settle(depth)
                self.take_path(assume)
                return RAISE

    # --- branches ---

    def _if(self, node: ast.If, rest: Sequence[ast.stmt]) -> str | None:
        """An `if`; None if the block goes on behind it, otherwise how the block ends."""
        self.left -= 1
        if self.left < 0:
            raise Exhausted
        try:
            test = self.truth_of(node.test)
        except Raised:
            return RAISE
        if test is not None:
            self.unsure.passed(self.run_now, (id(node), test))
            flow = self.run(node.body if test else node.orelse)
            return None if flow == NEXT else flow
        free, depth = self.is_free(node.test), self.doubts
        guard = [_stops(node.body), _stops(node.orelse)]
        saved = self.assume
        flows, changes, assumed = [], [], []
        for body, wanted, other_stops in (
            (node.body, True, guard[1]),
            (node.orelse, False, guard[0]),
        ):
            self.state.begin()
            self.suppose(node, wanted, free=free)
            self.take_path(saved.copy())
            self.refine(node.test, wanted, guard=other_stops)
            flows.append(self.run(body))
            assumed.append(self.assume)
            self.doubts = depth
            changes.append(self.state.end())
        self.take_path(saved)
        if flows == [NEXT, NEXT]:
            return self._both(node, changes, assumed, rest)
        if NEXT in flows:
            chosen = flows.index(NEXT)
            self.take_path(assumed[chosen])
            self.state.redo(changes[chosen])
            if RAISE not in flows:
                self.suppose(node, "behind", chosen, free=free)  # until the call or turn is over
            return None
        return self._neither(flows, changes)

    def _both(
        self, node: ast.If, changes: list[Changes], assumed: list[Any], rest: Sequence[ast.stmt]
    ) -> str | None:
        """Go on behind two branches that both do."""
        if not rest or self.splits >= MOST_SPLITS or not self._differ(changes):
            self.state.join(changes, joined)
            return None
        self.splits += 1
        saved = self.assume
        free, depth = self.is_free(node.test), self.doubts
        flows, after = [], []
        for at, (change, assume) in enumerate(zip(changes, assumed, strict=True)):
            self.state.begin()
            self.suppose(node, "behind", at, free=free)
            self.take_path(assume)
            self.state.redo(change)
            flows.append(self.run(rest))
            self.doubts = depth
            after.append(self.state.end())
        self.take_path(saved)
        self.splits -= 1
        if flows == [NEXT, NEXT]:
            self.state.join(after, joined)
            return NEXT
        if NEXT in flows:
            self.state.redo(after[flows.index(NEXT)])
            return NEXT
        return self._neither(flows, after)

    def _neither(self, flows: list[str], changes: list[Changes]) -> str:
        """The block ends in both branches."""
        quiet = [at for at, flow in enumerate(flows) if flow != RAISE]
        if not quiet:
            return RAISE
        if len(quiet) == 1:
            self.state.redo(changes[quiet[0]])
        return flows[quiet[0]]

    def _differ(self, changes: list[Changes]) -> bool:
        """Whether joining two branches would forget the shape of an array."""
        for _, key, (left, right) in self.state.merged(changes):
            if key is CONTENT:
                continue
            arrays = isinstance(left, Array) and isinstance(right, Array)
            if arrays and (left.is_open or right.is_open or left.sizes != right.sizes):  # type: ignore[attr-defined]
                return True
        return False

    # --- loops ---

    def _for(self, node: ast.For) -> str:
        iterated = self.value(node.iter)
        items = self.items(iterated)
        if items is not None and len(items) <= MOST_UNROLLED:
            return self._unrolled(node, items)
        count = len(items) if items is not None else self.least_count(iterated)
        first = items[0] if items else self.element(iterated)
        element = self.element(iterated) if items is None else self._any_number(items)
        return self._followed(
            node.body,
            node.orelse,
            lambda turn: self.assign(node.target, first if not turn else element),
            certain=count > 0,
        )

    def _any_number(self, items: list[object]) -> object:
        if all(isinstance(one, int) for one in items):
            return Unknown("it counts", "number")
        found = items[0]
        for one in items[1:8]:
            found = joined(found, one)
        return found if len(items) <= 8 else joined(found, items[-1])  # noqa: PLR2004

    def least_count(self, value: object) -> int:
        """How many items a value has at least."""
        value = bare(value)
        if isinstance(value, Array) and not value.is_open and value.rank:
            size = value.shape[0].size
            return size if isinstance(size, int) else 0
        if isinstance(value, Unknown) and value.kind == "long range":
            return 1
        return 0

    def _unrolled(self, node: ast.For, items: list[object]) -> str:
        """A loop over known items, one after the other."""
        loop = Loop(len(self.state.open))
        self.frame.loops.append(loop)
        self.state.begin()
        ended = NEXT
        for item in items:
            flow = self._turn(loop, node.body, lambda item=item: self.assign(node.target, item))  # type: ignore[misc]
            if flow != NEXT:
                ended = flow
                break
        self.frame.loops.pop()
        return self._left(loop, ended, node.orelse)

    def _turn(self, loop: Loop, body: Sequence[ast.stmt], bind: Callable[[], object]) -> str:
        """One iteration; NEXT if another one may follow."""
        loop.inside = len(self.state.open)
        loop.continues = []
        self.state.begin()
        bind()
        depth = self.doubts
        flow = self.run(body)
        self.doubts = depth
        ends = list(loop.continues)
        if flow == NEXT:
            ends.append(self.state.since(loop.inside))
        last = self.state.end()
        if flow in (NEXT, CONTINUE) or ends:
            self._go_on(ends)
            return NEXT
        if flow == BREAK:
            self.state.redo(last)
        return flow

    def _go_on(self, ends: list[Changes]) -> None:
        if len(ends) == 1:
            self.state.redo(ends[0])
        elif ends:
            self.state.join(ends, joined)

    def _left(self, loop: Loop, flow: str, orelse: Sequence[ast.stmt]) -> str:
        """What comes after a loop: all ways out of it are joined."""
        if flow == NEXT and orelse:
            flow = self.run(orelse)
        ways = list(loop.breaks)
        if flow == NEXT:
            ways.append(self.state.since(loop.outside))
        self.state.end()
        if not ways:
            return flow
        self._go_on(ways)
        return NEXT

    def _followed(
        self,
        body: Sequence[ast.stmt],
        orelse: Sequence[ast.stmt],
        bind: Callable[[int], object],
        *,
        certain: bool,
        test: Callable[[], None] | None = None,
    ) -> str:
        """A loop of which it is not known how often it runs: until nothing changes any more.

        Args:
            body: of the loop.
            orelse: what follows if it is not left by `break`.
            bind: assigns the target; 0 for the first iteration.
            certain: whether the first iteration takes place.
            test: refines by the condition of a `while` before each iteration.
        """
        loop = Loop(len(self.state.open))
        self.frame.loops.append(loop)
        self.state.begin()
        flow = NEXT
        doubts = self.doubts
        saved = self.assume
        if certain:
            flow = self._turn(loop, body, lambda: bind(0))
        rounds = 0
        self.doubt(id(body[0]))
        while flow == NEXT and rounds < 3:  # noqa: PLR2004 - join, widen, and see that it holds
            self.take_path(saved.copy())
            self.state.begin()
            again = self._turn(loop, body, lambda: (test() if test else None, bind(1)))
            change = self.state.end()
            if again == RAISE and not isinstance(body[-1], ast.Raise):
                flow = RAISE  # what comes behind is reached without an iteration, if at all
            if again != NEXT or not self._grow(change, widen=rounds > 0):
                break
            rounds += 1
        self.doubts = doubts
        self.take_path(saved)
        self.frame.loops.pop()
        return self._left(loop, flow, orelse)

    def _grow(self, change: Changes, *, widen: bool) -> bool:
        """Join the state with what it is after another iteration; whether that changed it."""
        grew = False
        merged = list(self.state.merged([change, Changes()]))
        for container, key, (after, before) in merged:
            if key is CONTENT:
                grew = self._grow_content(container, before, after, widen=widen) or grew
                continue
            if _says_the_same(before, after):
                continue
            grew = True
            self.state.put(
                container, key, _widened(before, after) if widen else joined(before, after)
            )
        return grew

    def _grow_content(self, container: Any, was: Any, now: Any, *, widen: bool) -> bool:
        """Join what a list or dictionary holds with what it does after another iteration."""
        join = _widened if widen else joined
        if isinstance(container, ListValue):
            same = _says_the_same(tuple(was[0]), tuple(now[0]))
            rests = not now[1] or (was[1] and _says_the_same(was[2], now[2]))
            if same and was[1] == now[1] and rests:
                return False
        elif len(now[0]) == len(was[0]) and now[1] == was[1]:
            return False
        self.state.touch(container)
        if isinstance(container, ListValue):
            together: Any = joined_content(was, now, join)
            items, is_open, rest = together
            container[:] = items
            if is_open:
                container.opened(rest)
            return True
        container.open = True
        return not was[1]

    def _while(self, node: ast.While) -> str:
        for _ in range(MOST_UNROLLED):
            test = self.truth_of(node.test)
            if test is None:
                break
            if not test:
                return self.run(node.orelse)
            if isinstance(node.test, ast.Constant):
                break
            flow = self._once(node.body)
            if flow is not None:
                return flow
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        return self._followed(
            node.body,
            node.orelse if not endless else [],
            lambda _: None,
            certain=endless,
            test=None if endless else lambda: self.refine(node.test, True),
        )

    def _once(self, body: Sequence[ast.stmt]) -> str | None:
        """One iteration of a `while` that certainly takes place; None if the loop goes on."""
        loop = Loop(len(self.state.open))
        self.frame.loops.append(loop)
        self.state.begin()
        flow = self._turn(loop, body, lambda: None)
        self.frame.loops.pop()
        if not loop.breaks:
            done = self.state.end()
            self.state.redo(done)
            if flow == BREAK:
                return NEXT
            return None if flow == NEXT else flow
        ended = self._left(loop, flow, [])
        return ended if flow != NEXT else None

    def _break(self, _: ast.Break) -> str:
        if self.frame.loops:
            loop = self.frame.loops[-1]
            loop.breaks.append(self.state.since(loop.outside))
        return BREAK

    def _continue(self, _: ast.Continue) -> str:
        if self.frame.loops:
            loop = self.frame.loops[-1]
            loop.continues.append(self.state.since(loop.inside))
        return CONTINUE

    # --- leaving ---

    def _return(self, node: ast.Return) -> str:
        value = None if node.value is None else self.value(node.value)
        self.returned(node, value)
        self.frame.exits.append(Exit(value, self.state.since(self.frame.depth)))
        return RETURN

    def returned(self, node: ast.Return, value: object) -> None:
        """A function gives a value back."""

    def _raise(self, node: ast.Raise) -> str:
        if node.exc is not None:
            self.value(node.exc)
        return RAISE

    def _assert(self, node: ast.Assert) -> str:
        test = self.truth_of(node.test)
        if test is False:
            return RAISE
        if test is None:
            self.refine(node.test, True, guard=True)
        return NEXT

    def _try(self, node: ast.Try) -> str:
        soft = bool(node.handlers)
        plain_import = soft and all(_of_imports(one) for one in node.handlers)
        self.trying += soft
        self.state.begin()
        flow = self.run(node.body)
        self.trying -= soft
        if flow == NEXT and node.orelse:
            flow = self.run(node.orelse)
        changed = self.state.end()
        if plain_import and flow != RAISE:
            self.state.redo(changed)
        else:
            flow = self._handlers(node, flow, changed)
            if flow == NEXT and any(map(_leaves, node.handlers)):
                self.doubt(id(node), "behind")  # reached if nothing failed, as far as is known
        if node.finalbody:
            last = self.run(node.finalbody)
            flow = last if last != NEXT else flow
        return flow

    def _handlers(self, node: ast.Try, flow: str, changed: Changes) -> str:
        """Join the end of a `try` with that of its handlers."""
        flows, ends = [flow], [changed]
        depth = self.doubts
        for handler in node.handlers:
            self.state.begin()
            self.doubt(id(handler))
            self.state.join([changed, Changes()], joined)
            if handler.name:
                self.bind_name(handler.name, Unknown("an exception"))
            flows.append(self.run(handler.body))
            self.doubts = depth
            ends.append(self.state.end())
        on = [end for end, how in zip(ends, flows, strict=True) if how == NEXT]
        if on:
            self._go_on(on)
            return NEXT
        quiet = [at for at, how in enumerate(flows) if how != RAISE]
        if len(quiet) == 1:
            self.state.redo(ends[quiet[0]])
        return flows[quiet[0]] if quiet else RAISE

    def _with(self, node: ast.With | ast.AsyncWith) -> str:
        purpose = 0
        for item in node.items:
            given = bare(self.value(item.context_expr))
            entered: object = Unknown("")
            if isinstance(given, Instance):
                method = self.attribute(given, "__enter__", item.context_expr)
                if not isinstance(method, Unknown):
                    entered = self.call(method, [], {}, item.context_expr)  # type: ignore[arg-type]
            if item.optional_vars is not None:
                self.assign(item.optional_vars, entered)
            purpose += _on_purpose(item.context_expr)
        self.trying += purpose
        if not purpose:
            return self.run(node.body)
        self.state.begin()
        flow = self.run(node.body)
        self.trying -= purpose
        changed = self.state.end()
        self.state.join([changed, Changes()], joined)
        return NEXT if flow == RAISE else flow

    def _match(self, node: ast.Match) -> str:
        """All cases may apply, unless a value is compared with constants."""
        subject = self.value(node.subject)
        flows, ends = [], []
        depth = self.doubts
        for case in node.cases:
            verdict = _fits(case.pattern, subject)
            if verdict is False:
                continue
            self.state.begin()
            self.doubt(id(case))
            for name in _captured(case.pattern):
                self.bind_name(name, subject if _is_name(case.pattern) else Unknown(""))
            flows.append(self.run(case.body))
            self.doubts = depth
            ends.append(self.state.end())
            if verdict and case.guard is None:
                break
        else:
            flows.append(NEXT)
            ends.append(Changes())
        on = [end for end, how in zip(ends, flows, strict=True) if how == NEXT]
        if on:
            self._go_on(on)
            return NEXT
        return self._neither(flows, ends)

    # --- assignments ---

    def _expression(self, node: ast.Expr) -> None:
        value = self.value(node.value)
        self.in_place(node.value, value)

    def in_place(self, node: ast.expr, value: object) -> None:
        """``x.squeeze_()`` gives `x` another shape."""
        match node:
            case ast.Call(func=ast.Attribute(value=target, attr=name)) if (
                name.endswith("_") and not name.startswith("_") and isinstance(value, Array)
            ):
                if isinstance(bare(self.peek(target)), Array):
                    self.put(target, value)

    def _assign(self, node: ast.Assign) -> None:
        if self._takes_shape(node):
            return
        value = self.value(node.value)
        for target in node.targets:
            self.store(target, value, node.value)

    def _takes_shape(self, node: ast.Assign) -> bool:
        """``B, T, C = x.shape`` says how many axes `x` has."""
        whose = is_shape_of(node.value)
        target = node.targets[0]
        if whose is None or not isinstance(target, ast.Tuple):
            return False
        value = bare(self.peek(whose)) if isinstance(whose, (ast.Name, ast.Attribute)) else None
        unknown = isinstance(value, Unknown) and not value.kind
        is_open = isinstance(value, Array) and value.is_open
        if not (unknown or is_open) or any(isinstance(one, ast.Starred) for one in target.elts):
            return False
        names = tuple(one.id if isinstance(one, ast.Name) else "?" for one in target.elts)
        found = ranked(value, len(names), names)
        if isinstance(found, Array) and not found.is_open:
            self.put(whose, found)
        return False

    def store(self, target: ast.expr, value: object, source: ast.expr | None) -> None:
        """Assign a value to a target of any kind."""
        match target:
            case ast.Name(id=name):
                self.bind_name(name, value)
                if source is not None:
                    self.frame.made[name] = source
            case ast.Attribute(value=owner, attr=name):
                whose = bare(self.value(owner))
                if isinstance(whose, Array) and name == "shape":  # it is laid out anew
                    self.put(owner, self.apply("numpy.reshape", [whose, value], {}, target))
                self.store_attribute(whose, name, value, target)
            case ast.Subscript():
                self._store_item(target, value)
            case ast.Starred(value=inner):
                self.store(inner, value, source)
            case ast.Tuple(elts=wanted) | ast.List(elts=wanted):
                self._store_parts(wanted, target, value, source)

    def _store_parts(
        self, wanted: list[ast.expr], target: ast.expr, value: object, source: ast.expr | None
    ) -> None:
        if all(isinstance(one, ast.Name) for one in wanted) and source is not None:
            for one in wanted:
                self.frame.made[one.id] = source  # type: ignore[attr-defined]
        items = self.items(value)
        if items is not None and not any(isinstance(one, ast.Starred) for one in wanted):
            if len(items) != len(wanted):
                self.misfit(target, value, len(items), len(wanted))
            elif not all(isinstance(one, ast.Name) for one in wanted):
                for one, item in zip(wanted, items, strict=True):
                    self.store(one, item, None)
                return
        plain = all(isinstance(one, (ast.Name, ast.Tuple, ast.Starred)) for one in wanted)
        if not plain and items is None:
            for one in wanted:
                self.store(one, self.element(value), None)
            return
        self.unpack(target, value)  # type: ignore[arg-type]

    def misfit(self, target: ast.expr, value: object, count: int, wanted: int) -> None:
        """A value is unpacked into another number of names than it has parts."""

    def store_attribute(self, owner: object, name: str, value: object, node: ast.AST) -> None:  # noqa: ARG002
        """``owner.name = value``."""
        if isinstance(owner, Instance) or (
            hasattr(owner, "attributes") and isinstance(owner.attributes, dict)
        ):
            self.state.write(owner.attributes, name, value)

    def _store_item(self, target: ast.Subscript, value: object) -> None:
        owner, index = bare(self.value(target.value)), bare(self.value(target.slice))
        if isinstance(owner, Array):
            plain = isinstance(value, (Array, int, float, complex, tuple, ListValue))
            unknown_number = isinstance(value, Unknown) and value.kind == "number"
            if plain or unknown_number:
                self.apply("operator.setitem", [owner, index, value], {}, target)
        elif isinstance(owner, DictValue):
            if isinstance(index, (str, int, float, bool, type(None))):
                self.state.write(owner, index, value)
            else:
                self.state.touch(owner)
                owner.open = True
        elif isinstance(owner, ListValue):
            self.state.touch(owner)
            if isinstance(index, int) and -len(owner) <= index < len(owner):
                list.__setitem__(owner, index, value)
            else:
                owner.clear()
                owner.open = True

    def _annotated(self, node: ast.AnnAssign) -> None:
        if node.value is None:
            self.declared(node, None)
            return
        value = self.value(node.value)
        value = self.declared(node, value)
        self.store(node.target, value, node.value)

    def declared(self, node: ast.AnnAssign, value: object) -> object:  # noqa: ARG002
        """An annotated variable gets a value; what is known of it then."""
        return value

    def _augmented(self, node: ast.AugAssign) -> None:
        loaded = _loaded(node.target)
        left, right = bare(self.value(loaded)), bare(self.value(node.value))
        name = OPERATORS[type(node.op)]
        if isinstance(left, Array):
            in_place = f"i{name.rstrip('_')}"
            result = self.operator(in_place, [left, right], node)
            result = result if isinstance(result, Array) or result is FAILED else Unknown("")
        elif isinstance(left, ListValue) and name == "add":
            self.state.touch(left)
            items = self.items(right)
            if items is None or left.open:
                more = self.element(right) if items is None else any_of(items)
                left.opened(joined(left.rest, more) if left.open else more)
            else:
                left.extend(items)
            return
        else:
            result = self.operator(name, [left, right], node)
        self.store(node.target, result, node.value)

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                home = self.scope.find(target.id)
                if home is not None:
                    self.state.remove(home.variables, target.id)
            elif isinstance(target, ast.Subscript):
                owner = bare(self.value(target.value))
                if isinstance(owner, (ListValue, DictValue)):
                    self._delete_item(owner, self.value(target.slice))

    def _delete_item(self, owner: ListValue | DictValue, key: object) -> None:
        """``del owner[key]``."""
        self.state.touch(owner)
        if isinstance(owner, DictValue) and isinstance(key, (str, int, float)) and key in owner:
            del owner[key]
        elif isinstance(owner, ListValue) and not owner.open and _is_position(key):
            with suppress(IndexError):
                del owner[key]  # type: ignore[arg-type]
        else:
            owner.open = True

    def _global(self, node: ast.Global) -> None:
        for name in node.names:
            self.scope.declared[name] = self.scope.module.scope

    def _nonlocal(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            home = self.scope.outer.find(name) if self.scope.outer else None
            if home is not None:
                self.scope.declared[name] = home

    # --- definitions and imports are added by a subclass ---

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.bind_name(node.name, self.define(node))

    def define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> object:
        """What a function's definition gives."""
        raise NotImplementedError

    def _class(self, node: ast.ClassDef) -> None:
        self.bind_name(node.name, self.define_class(node))

    def define_class(self, node: ast.ClassDef) -> object:
        """What a class' definition gives."""
        raise NotImplementedError

    def _import(self, node: ast.Import) -> None:
        raise NotImplementedError

    def _import_from(self, node: ast.ImportFrom) -> None:
        raise NotImplementedError

    def _do_import(self, node: ast.Import) -> None:
        self._import(node)

    def _do_import_from(self, node: ast.ImportFrom) -> None:
        self._import_from(node)

    def _yield(self, value: object) -> None:
        if self.frame.yields is None:
            self.frame.yields = ListValue()
        given = self.frame.yields
        self.state.touch(given)  # where it is not known whether it gets here, branches are joined
        if given.open:
            given.opened(joined(given.rest, value))
        else:
            given.append(value)

    _statements: ClassVar[dict[type[ast.AST], Any]] = {
        ast.Expr: _expression,
        ast.Assign: _assign,
        ast.AnnAssign: _annotated,
        ast.AugAssign: _augmented,
        ast.Delete: _delete,
        ast.For: _for,
        ast.AsyncFor: _for,
        ast.While: _while,
        ast.Break: _break,
        ast.Continue: _continue,
        ast.Return: _return,
        ast.Raise: _raise,
        ast.Assert: _assert,
        ast.Try: _try,
        ast.TryStar: _try,
        ast.With: _with,
        ast.AsyncWith: _with,
        ast.Match: _match,
        ast.Global: _global,
        ast.Nonlocal: _nonlocal,
        ast.FunctionDef: _function,
        ast.AsyncFunctionDef: _function,
        ast.ClassDef: _class,
        ast.Import: _do_import,
        ast.ImportFrom: _do_import_from,
    }


def _is_position(key: object) -> bool:
    """Whether something says for certain which items of a list are meant."""
    parts = (key.start, key.stop, key.step) if isinstance(key, slice) else (key,)
    empty = isinstance(key, slice)
    return all(isinstance(one, int) or (one is None and empty) for one in parts)


def _stops(body: Sequence[ast.stmt]) -> bool:
    """Whether a branch ends the program's normal course: a guard."""
    return bool(body) and isinstance(body[-1], ast.Raise)


def _leaves(handler: ast.ExceptHandler) -> bool:
    """Whether what comes behind a `try` is not reached if its body fails, without a word."""
    return isinstance(handler.body[-1], (ast.Return, ast.Continue, ast.Break))


def _of_imports(handler: ast.ExceptHandler) -> bool:
    names = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return all(
        isinstance(one, ast.Name) and one.id in ("ImportError", "ModuleNotFoundError")
        for one in names
    )


def _on_purpose(node: ast.expr) -> bool:
    """Whether code under a context manager may fail: ``pytest.raises``."""
    called = node.func if isinstance(node, ast.Call) else node
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in PURPOSE or "raises" in name.lower()


def _loaded(target: ast.expr) -> ast.expr:
    """A target as an expression that is read."""
    match target:
        case ast.Name(id=name):
            return ast.copy_location(ast.Name(name, ast.Load()), target)
        case ast.Attribute(value=value, attr=name):
            return ast.copy_location(ast.Attribute(value, name, ast.Load()), target)
        case ast.Subscript(value=value, slice=index):
            return ast.copy_location(ast.Subscript(value, index, ast.Load()), target)
    return target


def _says_the_same(before: object, after: object, depth: int = 0) -> bool:
    """Whether nothing more has to be forgotten of a value."""
    before, after = bare(before) if isinstance(after, Maybe) else before, bare(after)
    if before is after:
        return True
    if isinstance(before, Unknown):
        return True
    if isinstance(before, Array) and isinstance(after, Array):
        if before.is_open:
            return True
        same_rank = not after.is_open and before.rank == after.rank
        return same_rank and all(
            one == other or (not (is_size(one) and isinstance(one, int)) and _is_fresh(one))
            for one, other in zip(before.sizes, after.sizes, strict=True)
        )
    if isinstance(before, (int, float, str, bool)) or before is None:
        return type(before) is type(after) and before == after
    if isinstance(before, tuple) and isinstance(after, tuple):
        if len(before) != len(after) or depth > MOST_NESTED:
            return False
        pairs = zip(before, after, strict=True)
        return all(_says_the_same(one, other, depth + 1) for one, other in pairs)
    try:
        return type(before) is type(after) and bool(before == after)
    except Exception:  # noqa: BLE001 - what cannot be compared differs
        return False


def _is_fresh(size: object) -> bool:
    from shapecheck.ops._need import is_fresh  # noqa: PLC0415

    return is_size(size) and is_fresh(size)


def _widened(before: object, after: object) -> object:
    """What is left to say of a value that changes in every iteration."""
    if isinstance(before, Array) and isinstance(after, Array):
        if not before.is_open and not after.is_open and before.rank == after.rank:
            return joined(before, after)
        return Array((Run(),), "", None, before.library)
    numbers = (int, float)
    if isinstance(before, numbers) and isinstance(after, numbers):
        return Unknown("it changes in a loop", "number")
    return Unknown("it changes in a loop")


def _fits(pattern: ast.pattern, subject: object) -> bool | None:
    """Whether a pattern certainly fits, or certainly does not."""
    match pattern:
        case ast.MatchAs(pattern=None):
            return True
        case ast.MatchAs(pattern=inner) if inner is not None:
            return _fits(inner, subject)
        case ast.MatchValue(value=ast.Constant(value=value)):
            plain = isinstance(subject, (int, str, float, bool, type(None)))
            return subject == value if plain else None
        case ast.MatchSingleton(value=value):
            plain = isinstance(subject, (int, str, float, bool, type(None)))
            return subject is value if plain else None
        case ast.MatchOr(patterns=patterns):
            verdicts = [_fits(one, subject) for one in patterns]
            return True if True in verdicts else None if None in verdicts else False
    return None


def _captured(pattern: ast.pattern) -> list[str]:
    return [
        one.name
        for one in ast.walk(pattern)
        if isinstance(one, (ast.MatchAs, ast.MatchStar)) and one.name
    ]


def _is_name(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None


__all__ = ["Exhausted", "External", "Statements"]
