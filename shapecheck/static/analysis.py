"""The analysis of one file: where it starts, and what comes of it."""

from __future__ import annotations

import ast
import functools
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapecheck.ops import Array, Unknown
from shapecheck.static.binding import unknown_arguments
from shapecheck.static.budget import Budget
from shapecheck.static.doubts import Doubts
from shapecheck.static.frames import Frame
from shapecheck.static.joining import joined
from shapecheck.static.machine import Raised
from shapecheck.static.matching import Making
from shapecheck.static.project import Module, Project, parse
from shapecheck.static.promises import Promises
from shapecheck.static.recalling import Memory, Recalling
from shapecheck.static.shapes import CALLED, PROMISED, SUPPOSED, ShapeAt, Shapes
from shapecheck.static.statements import Exhausted
from shapecheck.static.strays import Strays
from shapecheck.static.values import (
    Bound,
    ClassValue,
    DictValue,
    FunctionValue,
    Instance,
    ListValue,
    Scope,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from shapecheck.diagnostics import Diagnostic
    from shapecheck.infer.expr import Step
    from shapecheck.spec.model import ArraySpec

STEPS = 60_000  # statements of the module itself, with all that it calls
STEPS_EACH = 4_000  # of each function that is looked at for itself
OWN = 2  # frames: the module, and the function that is looked at for itself
RANKS = (1, 2)  # of a run of axes, for which a function is looked at


@dataclass(frozen=True, slots=True)
class FileResult:
    """What was found in a file.

    Attributes:
        diagnostics: the findings.
        shapes: the array-valued expressions with their shapes, those of other files that were
            followed among them.
        functions: how many functions were followed.
        failed: one line if something was left out, else "".
        depends: the other files that were read.
    """

    diagnostics: tuple[Diagnostic, ...] = ()
    shapes: tuple[ShapeAt, ...] = ()
    functions: int = 0
    failed: str = ""
    depends: frozenset[str] = frozenset()


class Analyser(Recalling):
    """A machine that looks at a whole file."""

    def __init__(self, project: Project, module: Module, *, shapes: bool = True) -> None:
        super().__init__(project, module)
        self.seen = Shapes() if shapes else None
        self.how = CALLED
        self.promising: FunctionValue | None = None  # whose signature is taken at its word
        self.run_of: FunctionValue | None = None  # what is looked at for itself alone
        self.touched: set[int] = set()  # identities of the statements that were followed
        self.budget = Budget(module.source.count("\n"), shapes=shapes)
        self.own = set(map(id, module.tree.body))  # identities of the statements of the file itself
        self.left_out = ""
        self.whichever = False  # whether methods are followed with whichever object

    def statement(self, node: ast.stmt) -> str:
        """Follow one statement; how it ends."""
        if self.budget.statement():
            raise Exhausted
        self.touched.add(id(node))
        if id(node) in self.own:
            self.budget.own_statement()
        return super().statement(node)

    def is_spent(self) -> bool:
        """Whether calls are no longer followed: the rest is for the statements themselves."""
        return self.budget.is_spent() or super().is_spent()

    def asked_for(self) -> tuple[Hashable, ...]:
        """What is wanted of a call, besides its value."""
        return self.seen is None, self.how, self.promising

    def accepted(self, step: Step) -> None:
        """An op that is not refuted was met."""
        self.budget.op()
        super().accepted(step)

    def _if(self, node: ast.If, rest: Sequence[ast.stmt]) -> str | None:
        self.touched.add(id(node))
        return super()._if(node, rest)

    def noted(self, node: ast.expr, value: object) -> None:
        """An expression got a value."""
        if self.seen is None or self.silent:
            return
        how = self.how
        if how is PROMISED and not self._is_own(self.promising):
            how = SUPPOSED
        self.seen.add(node, value, self.scope.module, how)

    def _is_own(self, function: FunctionValue | None) -> bool:
        """Whether the code that is followed is that of a function, or of one inside it."""
        followed = self.frame.function
        if function is None or followed is None or followed.module is not function.module:
            return False
        outer, inner = function.node, followed.node
        return outer.lineno <= inner.lineno <= (outer.end_lineno or 0)

    # --- where it starts ---

    def whole(self) -> None:
        """Look at everything in the file."""
        self._all()
        for diagnostic in self.stale_comments():
            self.report(diagnostic)
        if self.suspects:
            from shapecheck.static.apart import Apart  # noqa: PLC0415 - it is an analyser itself

            self.convicted(Apart(self).orders())
        for key, diagnostic in self.unsure.take(None).items():
            self.found.setdefault(key, diagnostic)

    @property
    def is_elsewhere(self) -> bool:
        """Whether the code that is followed may also be called by what is not looked at."""
        return self.scope.module is not self.module

    @property
    def run_now(self) -> object:
        """What conditions met here are compared with: a signature is held to for itself."""
        return self.run_of if len(self.frames) == OWN else None

    def _all(self) -> None:
        self.strays = Strays() if self.seen is not None else None
        self._start(STEPS, lambda: self.run_module(self.module, "__main__"))
        self._unseen(self.strays)
        self.strays = Strays() if self.seen is not None else None
        self._each()
        self.how = SUPPOSED
        self._unseen(self.strays)

    def _each(self) -> None:
        """Look at the functions for themselves."""
        for function in list(self._functions()):
            if self.budget.is_over():
                self.left_out = "it takes too long to follow all of it"
                return
            if self.contract(function) is not None:
                self.how, self.promising = PROMISED, function
                self._look(function, self._promises)
            elif id(function.node) not in self.reached:
                self.how = SUPPOSED
                self._look(function, self._uncalled)
            elif lines := set(aside(function.node, self.touched)):
                self.how = SUPPOSED
                found = self._alone(function, lambda function=function: self._unknown(function))
                for key, diagnostic in found.items():
                    if diagnostic.span and diagnostic.span.line in lines:
                        self.found.setdefault(key, diagnostic)

    def _unseen(self, strays: Strays | None) -> None:
        """Functions that are also called unseen: what was seen of them does not hold each time."""
        if strays is None or self.seen is None:
            return
        strays.of_unknown_calls()
        if self.left_out and self.how is CALLED:  # of what comes later nothing was seen
            strays.functions.update(strays.reached)
        done: set[int] = set()
        with self._findings_aside():
            while waiting := [one for key, one in strays.functions.items() if key not in done]:
                if self.budget.is_over():
                    self.seen.forget(self.how)
                    break
                done.add(id(waiting[0].node))
                self.left_out = ""
                self._start(STEPS_EACH, lambda: self._anyhow(waiting[0]))
                strays.of_unknown_calls()
                if self.left_out:  # nor was seen what it calls
                    self.seen.forget(self.how, waiting[0].node)
                    strays.functions.update(strays.reached)

    def _look(self, function: FunctionValue, look: Callable[[FunctionValue], None]) -> None:
        """Look at a function for itself: at a method with one object of its class for findings.

        What shapes there are is asked for all of the objects.
        """
        objects = () if function.owner is None else self.objects.get(id(function.owner.node), ())
        if self.seen is None or len(objects) < 2:  # noqa: PLR2004
            look(function)
            return
        seen, self.seen = self.seen, None
        look(function)
        self.seen, self.whichever = seen, True
        with self._findings_aside():
            look(function)
        self.whichever = False

    @contextmanager
    def _findings_aside(self) -> Iterator[None]:
        """Follow something for its shapes only."""
        kept = self.found, self.unsure, self.left_out, set(self.reached), set(self.touched)
        self.found, self.unsure = {}, Doubts()
        yield
        self.found, self.unsure, self.left_out, self.reached, self.touched = kept

    def _anyhow(self, function: FunctionValue) -> None:
        """Follow a function whatever it is called with, and a method of whatever object."""
        bound = unknown_arguments(function.node.args, function.defaults)
        first = [*function.node.args.posonlyargs, *function.node.args.args]
        if function.owner is not None and function.kind != "static" and first:
            one = Instance(function.owner, open=True)
            bound[first[0].arg] = function.owner if function.kind == "class" else one
        self.enter(function, bound, _definition(function.node))

    def _start(self, steps: int, what: Any) -> None:
        """Follow something from a fresh state."""
        self.left = steps
        self.take_path(Promises())
        self.doubts = self.trying = self.silent = self.splits = 0
        if self.frames and what is not None:
            self.frames = self.frames[:1]
        self.scope = self.module.scope
        self.state.open = []
        try:
            what()
        except Exhausted:
            self.left_out = "it takes too long to follow all of it"
        except RecursionError:
            self.left_out = "it is nested too deeply to follow all of it"
        except Raised:
            pass
        finally:
            self.state.settle(0)

    def _functions(self) -> Iterator[FunctionValue]:
        """The functions and methods that the file defines."""
        for value in list(self.module.scope.variables.values()):
            if isinstance(value, FunctionValue) and value.module is self.module:
                yield value
            elif isinstance(value, ClassValue) and value.scope.module is self.module:
                yield from self._methods(value)

    def _methods(self, cls: ClassValue) -> Iterator[FunctionValue]:
        for value in list(cls.attributes.values()):
            if isinstance(value, FunctionValue) and value.owner is cls:
                yield value
            elif isinstance(value, ClassValue) and value.scope.outer is not None:
                yield from self._methods(value)

    def _owner(self, function: FunctionValue) -> object:
        """An object for a method: one that the program made, or one of which little is known."""
        cls = function.owner
        if cls is None or function.kind == "static":
            return None
        if function.kind == "class":
            return cls
        made = self.built.get(id(cls.node))
        if made is None:
            made = self._made(cls)
        if self.whichever:
            any_one: object = made
            for one in self.objects.get(id(cls.node), ()):
                any_one = joined(any_one, one)
            made = any_one if isinstance(any_one, Instance) else Instance(cls, open=True)
        return loosened(made)

    def _made(self, cls: ClassValue) -> Instance:
        """An object of a class that nobody makes: its defaults, and nothing known of the rest."""
        made = Instance(cls)
        found = self._of_class(cls, "__init__", made, cls.node)
        if isinstance(found, Bound) and isinstance(found.function, FunctionValue):
            function = found.function
            bound = unknown_arguments(function.node.args, {})
            bound |= dict(function.defaults)
            first = [*function.node.args.posonlyargs, *function.node.args.args]
            if first:
                bound[first[0].arg] = made
            left, splits = self.left, self.splits
            try:
                self.enter(function, bound, _definition(cls.node))
            except Raised:
                made.open = True
            except (Exhausted, RecursionError):
                self.left_out = "it takes too long to follow all of it"
                made = Instance(cls)  # what the rest of the constructor does is not known
                self.splits = splits
            self.left = left  # it is followed once, for all methods
        made.open = True
        self.built[id(cls.node)] = made
        return made

    def _unknown(
        self, function: FunctionValue, hints: Mapping[str, ArraySpec] | None = None
    ) -> None:
        """Follow a function that nobody is seen to call."""
        node = function.node
        bound = unknown_arguments(node.args, function.defaults)
        if hints:
            self.trust(function, hints, bound)
        self._with_owner(function, bound)
        self.enter(function, bound, _definition(node))

    def _uncalled(self, function: FunctionValue) -> None:
        """Follow a function that nobody is seen to call, and then with what hints say of it."""
        hints = self.hints(function) if self.seen is not None else {}
        is_hinted = bool(hints) or (self.seen is not None and self.has_comments(function))
        seen, self.seen = self.seen, None if is_hinted else self.seen
        self._start(STEPS_EACH, lambda: self._unknown(function))
        self.seen = seen
        if is_hinted:
            reached = set(self.reached)
            self.trusting = True
            self._start(STEPS_EACH, lambda: self._unknown(function, hints))
            self.trusting = False
            self.reached = reached

    def _with_owner(self, function: FunctionValue, bound: dict[str, object]) -> None:
        first = [*function.node.args.posonlyargs, *function.node.args.args]
        if function.owner is not None and function.kind != "static" and first:
            owner = self._owner(function)
            bound[first[0].arg] = owner

    # --- signatures ---

    def _promises(self, function: FunctionValue) -> None:
        """Follow a function for whatever its signature allows."""
        contract = self.contract(function)
        assert contract is not None
        results = []
        for rank in RANKS if contract.has_runs() else RANKS[:1]:
            call = functools.partial(self._promised_call, function, rank)
            results.append(self._alone(function, call))
        for key, diagnostic in results[0].items():
            if all(key in one for one in results):
                self.found.setdefault(key, diagnostic)

    def _alone(self, function: FunctionValue, what: Any) -> dict[Any, Diagnostic]:
        """What is found in a function when it is looked at for itself."""
        before, self.found = self.found, {}
        self.run_of = function
        self._start(STEPS_EACH, what)
        self.run_of = None
        found = self.unsure.take(function) | self.found
        self.found = before
        return found

    def _promised_call(self, function: FunctionValue, rank: int) -> None:
        contract = self.contract(function)
        assert contract is not None
        making = Making(rank)
        bound = unknown_arguments(function.node.args, function.defaults)
        for name in contract.parameters:
            bound[name] = self.promised(contract, name, making)
        self._with_owner(function, bound)
        self.enter(function, bound, _definition(function.node))


def aside(node: ast.AST, touched: set[int]) -> Iterator[int]:
    """The lines of a function's statements that no call got to, if they do anything."""
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        inside = getattr(node, name, None)
        for one in inside if isinstance(inside, list) else []:
            if not isinstance(one, ast.stmt):
                yield from aside(one, touched)
            elif id(one) in touched:
                if not isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    yield from aside(one, touched)
            elif any(
                isinstance(part, (ast.Call, ast.BinOp, ast.Subscript)) for part in ast.walk(one)
            ):
                yield from range(one.lineno, (one.end_lineno or one.lineno) + 1)


def loosened(made: Instance) -> Instance:
    """An object as it may be when one of its methods is called: other methods ran before."""
    found = Instance(made.cls, dict(made.attributes), made.base, made.open)
    changed = {
        name
        for cls in made.cls.line()
        if isinstance(cls, ClassValue)
        for name in _changed(cls.node)
    }
    for name, value in made.attributes.items():
        if name in changed or value is None:
            found.attributes[name] = Unknown("another method may have changed it")
        elif isinstance(value, Array) and not value.is_open and 0 in value.sizes:
            found.attributes[name] = Unknown("an array without elements is there to be replaced")
        elif isinstance(value, ListValue):
            found.attributes[name] = ListValue(value, open_=True)
        elif isinstance(value, DictValue):
            found.attributes[name] = DictValue(value, open_=True)
    return found


@functools.lru_cache(maxsize=2000)
def _changed(cls: ast.ClassDef) -> frozenset[str]:
    """The attributes that methods other than the constructor assign."""
    found = set()
    for method in cls.body:
        if not isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if method.name in ("__init__", "__new__", "__post_init__"):
            continue
        for node in ast.walk(method):
            match node:
                case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                    found.add(name)
    return frozenset(found)


def _definition(node: ast.AST) -> ast.AST:
    """A node that stands for a call that nobody wrote."""
    return ast.Pass() if isinstance(node, ast.AST) else node


def analyse(path: str, source: str, project: Project, *, shapes: bool = True) -> FileResult:
    """Look at one file.

    Args:
        path: where it lies; imports are resolved from there.
        source: its text.
        project: where other modules are found.
        shapes: whether the shapes of expressions are wanted, besides the findings.

    Raises:
        SyntaxError: Python cannot parse it.
    """
    tree = parse(source, path)
    project.read.clear()
    name, _ = project.module_name(path)
    package = name if path.endswith("__init__.py") else name.rpartition(".")[0]
    module = Module(path, name, source, tree, package)
    analyser = Analyser(project, module, shapes=shapes)
    if not shapes:  # those inside a call are only seen when it is followed
        project.memory = project.memory or Memory()
        analyser.recall_from(project.memory)
    try:
        analyser.whole()
    finally:
        analyser.memory.left(module, analyser.state.epoch)
    depends = frozenset(project.read - {path})
    return FileResult(
        tuple(analyser.found.values()),
        tuple(analyser.seen.shapes(analyser.sources)) if analyser.seen is not None else (),
        len(analyser.reached),
        analyser.left_out,
        depends,
    )


__all__ = ["FileResult", "Frame", "Scope", "ShapeAt", "Unknown", "analyse"]
