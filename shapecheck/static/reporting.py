"""Makes findings of what certainly fails, in the words of `advice`."""

from __future__ import annotations

import ast
import contextlib
from typing import TYPE_CHECKING, Any

from shapecheck.advice import operations, unpacking
from shapecheck.advice.scene import Scene
from shapecheck.advice.silent import explain as explain_silent
from shapecheck.advice.words import counted
from shapecheck.diagnostics import Cell, Diagnostic, Note, Operand
from shapecheck.dims import Axis
from shapecheck.facts import Fact
from shapecheck.infer import Namespace, Opaque, silent
from shapecheck.infer.intent import Origins, is_outer_meant, is_transpose_harmless
from shapecheck.ops import Array, Layer, Unknown
from shapecheck.ops._need import Why
from shapecheck.static.broken import (
    argument_of,
    broken_arguments,
    broken_attribute,
    broken_local,
    broken_result,
)
from shapecheck.static.contracts import Contracts
from shapecheck.static.machine import builtin, library, usable
from shapecheck.static.promises import is_promised
from shapecheck.static.spans import Sources
from shapecheck.static.values import Container, External, Instance, bare

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from shapecheck.dims import Size
    from shapecheck.infer import Step
    from shapecheck.spec.errors import SpecError
    from shapecheck.spec.model import ArraySpec
    from shapecheck.static.frames import Frame
    from shapecheck.static.matching import Misfit
    from shapecheck.static.project import Module
    from shapecheck.static.values import ClassValue, FunctionValue, Scope

OF_ANNOTATIONS = "SC1"  # how the codes of rules begin that are about what is written


class ScopeLookup:
    """What the names of a scope stand for, for an expression that is tried in other forms."""

    def __init__(self, reporter: Reporting, scope: Scope) -> None:
        self.reporter = reporter
        self.scope = scope

    def name(self, name: str) -> object:
        """The value of a variable."""
        home = self.scope.find(name)
        if home is None:
            return self._seen(builtin(name))
        return self._seen(home.variables.get(name, Unknown("it is not looked at")))

    def _seen(self, value: object) -> object:
        value = usable(value)
        if isinstance(value, (Instance, Container)):
            return Opaque(value)
        if isinstance(value, External):
            return Namespace(value.qualified)
        return value

    def attribute(self, value: object, name: str) -> object:
        """An attribute that an object stores."""
        what = value.what if isinstance(value, Opaque) else None
        if isinstance(what, Instance) and name in what.attributes:
            return self._seen(what.attributes[name])
        if isinstance(what, Container) and name.startswith("["):
            found = self.reporter.subscript(what, _key(name), ast.Pass())
            return self._seen(found)
        return Unknown(f".{name} is not known")

    def call(
        self,
        function: object,
        args: Sequence[object],
        kwargs: Mapping[str, object],
        node: ast.Call,
    ) -> object:
        """The program's own functions are not followed again."""
        del function, args, kwargs, node
        return Unknown("what this call gives is not known")

    def known(self, node: ast.expr) -> object | None:
        """The value that an expression was found to have."""
        del node
        return None


def _key(name: str) -> object:
    inside = name[1:-1]
    return int(inside) if inside.lstrip("-").isdigit() else inside.strip("'\"")


class Reporting(Contracts):
    """Adds reports to a machine."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.sources = Sources()
        self.found: dict[tuple[Any, ...], Diagnostic] = {}
        self.statement_now: ast.stmt | None = None
        self.refuted: set[tuple[Any, ...]] = set()  # findings that do not hold each time

    def statement(self, node: ast.stmt) -> str:
        """Follow one statement; how it ends."""
        outer, self.statement_now = self.statement_now, node
        try:
            return super().statement(node)
        finally:
            self.statement_now = outer

    # --- collecting ---

    def report(self, diagnostic: Diagnostic) -> None:
        """Keep a finding, once for each place."""
        span = diagnostic.span
        place = (span.path, span.line, span.column, span.end_line) if span else ()
        key = (diagnostic.rule, *place)
        if key in self.refuted:
            return
        is_stub = span is not None and span.path.endswith(".pyi")
        if is_stub and not diagnostic.code.startswith(OF_ANNOTATIONS):
            return  # a stub is not run: nothing happens in it
        if not self.unsure.note(key, diagnostic):
            self.found.setdefault(key, diagnostic)

    def _refute(self, rule: str, node: ast.AST) -> None:
        """Drop a finding at a place, now and later: what it says is true only at times."""
        span = self.sources.span(node, self.here)
        key = (rule, span.path, span.line, span.column, span.end_line)
        self.refuted.add(key)
        self.found.pop(key, None)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is reported here: code that may fail, modules only read for names."""
        return bool(self.trying or self.silent)

    @property
    def here(self) -> Module:
        """The module of the code that is followed."""
        return self.scope.module

    def function_name(self) -> str:
        """What the function that is followed is called."""
        function = self.frame.function if self.frames else None
        return function.name if function is not None else ""

    # --- ops ---

    def failed(self, step: Step) -> None:
        """An op that certainly fails was met."""
        fact = step.applied.broken
        if self.is_quiet or fact is None:
            return
        try:
            self.report(self._of_op(step))
        except Exception:  # noqa: BLE001 - a report that breaks costs its finding, nothing more
            self.report(self._plain(step))

    def accepted(self, step: Step) -> None:
        """An op that is not refuted was met."""
        if self.is_quiet or step.applied.holds is False:
            return
        if silent.reduces_several(step.applied, step.named):
            self._refute("size-one-reduction", step.node)
        if silent.moves_axes(step.applied, step.named):
            self._refute("transpose-no-op", step.node)
        for one in silent.found(step.applied, step.named, self.assume):
            if one.rule == "broadcast-outer" and self._is_meant(step, one):
                continue
            if one.rule == "transpose-no-op" and self._is_harmless(step.node):
                continue
            with contextlib.suppress(Exception):  # a report that breaks costs its finding only
                self.report(self._of_silent(step, one))

    def _is_meant(self, step: Step, found: silent.Silent) -> bool:
        """Whether the source says that an outer broadcast is wanted."""
        if found.result is None:
            return False
        nodes = [step.nodes.get(id(step.applied.bound[name])) for name in found.parameters]
        if any(one is None for one in nodes):
            return True
        scope = self.frame.function.node if self.frame.function else self.here.tree
        origins = Origins(scope, self.here.tree, getattr(step.node, "lineno", 0))
        return is_outer_meant(nodes[0], nodes[1], origins, alike=found.alike)  # type: ignore[arg-type]

    def _is_harmless(self, node: ast.AST) -> bool:
        """Whether nobody waits for what transposing a 1-D array would do."""
        around = self.statement_now
        if around is None or not isinstance(node, ast.expr):
            return False
        parents = {child: one for one in ast.walk(around) for child in ast.iter_child_nodes(one)}
        return is_transpose_harmless(node, parents, self._rank)

    def _rank(self, node: ast.expr) -> int | None:
        """How many axes an expression has that is evaluated besides."""
        self.state.begin()
        value = bare(self.quiet(node))
        self.state.end()
        return value.rank if isinstance(value, Array) and not value.is_open else None

    def _of_silent(self, step: Step, found: silent.Silent) -> Diagnostic:
        fact = Fact(None, "silent", None, Why(found.rule), holds=True)
        scene = self._scene(step, fact)
        told = explain_silent(scene, found)
        return Diagnostic(
            told.rule,
            told.message,
            self.sources.span(step.node, self.here, self.function_name()),
            self.called_from(),
            told.operands,
            told.reason,
            tuple(self._origins(scene)),
            told.fixes,
        )

    def _scene(self, step: Step, fact: Fact | None = None) -> Scene:
        fact = fact or step.applied.broken
        assert fact is not None
        module, statement = self.here, self.statement_now
        root = statement if statement is not None and _holds(statement, step.node) else step.node
        return Scene(
            step,
            fact,
            root,
            ScopeLookup(self, self.scope),
            lambda node: self.sources.text(node, module),
            assume=self.assume,
            aliases=self._aliases(),
            spans=lambda node: self.sources.span(node, module),
            module=self._module_text(step),
        )

    def _of_op(self, step: Step) -> Diagnostic:
        scene = self._scene(step)
        told = operations.explain(scene)
        unpromised = self._unpromised(scene)
        reason = " ".join(filter(None, (told.reason, unpromised)))
        return Diagnostic(
            "requires-equal" if unpromised else told.rule,
            told.message,
            self.sources.span(step.node, self.here, self.function_name()),
            self.called_from(),
            told.operands,
            reason,
            tuple(self._origins(scene)),
            told.fixes,
            (scene.fact,),
        )

    def _plain(self, step: Step) -> Diagnostic:
        """A finding without explanation."""
        fact = step.applied.broken
        why = getattr(fact, "why", None)
        text = self.sources.text(step.node, self.here)
        return Diagnostic(
            getattr(why, "rule", "shape-error"),
            f"{text}: {getattr(why, 'text', '') or 'the shapes do not fit'}",
            self.sources.span(step.node, self.here, self.function_name()),
            self.called_from(),
        )

    def _module_text(self, step: Step) -> str:
        """How the program calls the module that failed, if one did."""
        if not step.applied.op.stored or not isinstance(step.node, ast.Call):
            return ""
        return self.sources.text(step.node.func, self.here)

    def _unpromised(self, scene: Scene) -> str:
        """The sentence on two names that nothing says are equal."""
        from shapecheck.dims import Expr, symbols  # noqa: PLC0415

        sides = [getattr(one, "size", one) for one in (scene.fact.left, scene.fact.right)]
        if not all(isinstance(one, Expr) for one in sides):
            return ""
        names = {one for side in sides for one in symbols(side)}
        if len(names) < 2 or not all(is_promised(one) for one in names):  # noqa: PLR2004
            return ""
        left, right = map(str, sides)
        return f"This requires {left} == {right}, which the signature does not promise."

    def _aliases(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in self.here.scope.variables.items():
            qualified = getattr(value, "qualified", "")
            if qualified in ("numpy", "torch", "torch.nn", "torch.nn.functional", "einops"):
                found.setdefault(qualified, name)
        return found

    def called_from(self) -> str:
        """Who called the function that fails."""
        for frame, caller in zip(reversed(self.frames), [*self.frames[::-1][1:]], strict=False):
            if frame.node is None or frame.function is None:
                return ""
            line = getattr(frame.node, "lineno", None)
            if line is None:
                return ""
            name = caller.function.name if caller.function is not None else "the script"
            path = caller.scope.module.path
            where = "" if path == self.here.path else f"{path}:"
            return f"called from {name} ({where or 'line '}{line})"
        return ""

    def _origins(self, scene: Scene) -> Iterator[Note]:
        """Where the operands that are plain variables were last assigned."""
        seen = set()
        for part in scene.parts():
            for node in ast.walk(part.node) if part.node is not None else ():
                if isinstance(node, ast.Name) and node.id not in seen:
                    seen.add(node.id)
                    made = self.frame.made.get(node.id)
                    value = bare(self.scope.variables.get(node.id))
                    if made is not None and isinstance(value, Array):
                        yield Note(f"{node.id} was made here", self.sources.span(made, self.here))

    # --- unpacking ---

    def misfit(self, target: ast.expr, value: object, count: int, wanted: int) -> None:
        """A value is unpacked into another number of names than it has parts."""
        if self.is_quiet:
            return
        del count
        source = self.statement_now.value if isinstance(self.statement_now, ast.Assign) else target
        text = self.sources.text(source, self.here)
        told = unpacking.told(text, value, wanted) if isinstance(value, (Array, tuple)) else None
        if told is not None:
            self.report(
                Diagnostic(
                    "unpack-arity",
                    told[0],
                    self.sources.span(source, self.here, self.function_name()),
                    self.called_from(),
                    reason=told[1],
                )
            )

    # --- contracts ---

    def argument_misfit(
        self,
        function: FunctionValue,
        name: str,
        misfit: Misfit,
        bound: dict[str, object],
        node: ast.AST,
    ) -> None:
        """An argument breaks its declaration."""
        if self.is_quiet:
            return
        told = broken_arguments(self, function, bound, node)
        if told is not None:
            self.report(told)
            return
        argument = argument_of(function, name, node)
        text = self.sources.text(argument, self.here) if argument is not None else name
        label = name + misfit.path
        shown = f"{text} {_shape(misfit.array)}"
        passed = f"{shown} passed as {label} {misfit.spec}"
        made = self.sources.span(function.node, function.module)
        self.report(
            Diagnostic(
                "argument-shape",
                f"{passed}: {_what(misfit)}",
                self.sources.span(argument or node, self.here, self.function_name()),
                f"calls {function.name}",
                (_row(text, misfit),),
                "",
                (Note(f"{function.name} is declared here", made),),
            )
        )

    def return_misfit(self, frame: Frame, misfit: Misfit, node: ast.Return) -> None:
        """A result breaks its declaration."""
        if self.is_quiet or frame.function is None:
            return
        if self.doubts and not misfit.array.library:
            return  # nothing is known of it but what a condition on the way here says
        told = broken_result(self, frame, misfit, node)
        if told is not None:
            self.report(told)
            return
        name = frame.function.name
        reason = self._reason_of(misfit)
        self.report(
            Diagnostic(
                "return-shape",
                f"{name} returns {_shape(misfit.array)}, declared {misfit.spec}: {_what(misfit)}",
                self.sources.span(node.value or node, self.here, name),
                self.called_from(),
                (_row("result", misfit),),
                reason,
            )
        )

    def local_misfit(self, label: str, value: ast.AST, misfit: Misfit) -> None:
        """A variable, or what is asserted of a value, breaks its declaration."""
        if self.is_quiet:
            return
        told = broken_local(self, label, value, misfit)
        if told is not None:
            self.report(told)
            return
        is_asserted = label == "assert_shape"
        name = self.sources.text(value, self.here) if is_asserted else label
        self.report(
            Diagnostic(
                "local-shape",
                f"{name} {_shape(misfit.array)}, declared {misfit.spec}: {_what(misfit)}",
                self.sources.span(value, self.here, self.function_name()),
                self.called_from(),
                (_row(name, misfit),),
            )
        )

    def attribute_misfit(
        self, cls: ClassValue, made: Instance, declared: dict[str, ArraySpec], node: ast.AST
    ) -> None:
        """An attribute breaks its declaration once an object was constructed."""
        if not self.is_quiet:
            told = broken_attribute(self, cls, made, declared, node)
            if told is not None:
                self.report(told)

    def bad_spec(self, node: ast.expr, error: SpecError) -> None:
        """An axis specification cannot be read."""
        if self.silent:
            return
        message = f"{ast.unparse(node)}: {getattr(error, 'problem', error)}"
        span = self.sources.span(node, self.here, self.function_name())
        self.report(Diagnostic("spec-syntax", message, span))

    def _reason_of(self, misfit: Misfit) -> str:
        if misfit.axis is None or misfit.wanted is None:
            return ""
        size = misfit.array.shape[misfit.axis].size
        from shapecheck.dims import Expr, symbols  # noqa: PLC0415

        sides = [size, misfit.wanted]
        if not all(isinstance(one, Expr) for one in sides):
            return ""
        names = {one for side in sides for one in symbols(side)}
        if not all(is_promised(one) for one in names):
            return ""
        return f"The signature does not promise {size} == {misfit.wanted}."


def _what(misfit: Misfit) -> str:
    """What is wrong, as a clause."""
    if misfit.axis is None:
        wanted = misfit.spec.rank
        more = " at least" if misfit.spec.runs_at is not None else ""
        return f"{counted(misfit.array.rank, 'axis')}, not{more} {wanted}"
    size = misfit.array.shape[misfit.axis].size
    who = f", set by {misfit.giver}" if misfit.giver else ""
    if misfit.name == str(misfit.wanted):
        return f"axis {misfit.axis} is {size}, not {misfit.wanted}"
    return f"axis {misfit.axis} is {size}, but {misfit.name} is {misfit.wanted}{who}"


def _row(text: str, misfit: Misfit) -> Operand:
    labels = _labels(misfit.spec, misfit.array)
    cells = []
    for at, axis in enumerate(misfit.array.axes):
        size = axis.size if isinstance(axis, Axis) else None
        shown: Any = size if isinstance(size, int) else _size(size)
        label = labels[at] if at < len(labels) and labels[at] != str(shown) else ""
        cells.append(Cell(shown, label, at == misfit.axis))
    return Operand(text, "", tuple(cells), str(misfit.spec), at_fault=True)


def _labels(spec: ArraySpec, array: Array) -> list[str]:
    if spec.runs_at is not None or len(spec.axes) != array.rank:
        return []
    return [getattr(one, "text", "") for one in spec.axes]


def _size(size: Size | None) -> str | None:
    if size is None:
        return None
    from shapecheck.advice.words import size_text  # noqa: PLC0415

    return size_text(size)


def _shape(array: Array) -> str:
    from shapecheck.advice.scene import shape_of  # noqa: PLC0415

    return shape_of(array)


def _holds(statement: ast.stmt, node: ast.AST) -> bool:
    simple = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr)
    return isinstance(statement, simple) and any(one is node for one in ast.walk(statement))


def _is_size(value: object) -> bool:
    from shapecheck.dims import is_size  # noqa: PLC0415

    return is_size(value)


__all__ = ["Layer", "Reporting", "library"]
