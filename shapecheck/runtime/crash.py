"""From an exception that a library raised because of shapes to the explanation of it.

The program is over when this runs: values are read from the frames that the traceback holds, the
expression from the source, and its intermediate results are inferred by the rules of ops. Nothing
of the user's is run a second time.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shapecheck.advice import operations, unpacking
from shapecheck.advice.diagnosed import span_text
from shapecheck.advice.scene import Scene, evaluate_root
from shapecheck.advice.words import tuple_text
from shapecheck.diagnostics import Cell, Diagnostic, Fix, Note, Operand
from shapecheck.infer import Evaluator
from shapecheck.infer.expr import Method
from shapecheck.ops import Array, Layer
from shapecheck.runtime import architecture, backward, callsite, checkpoints
from shapecheck.runtime.handed import given_to, handed
from shapecheck.runtime.live import FrameLookup, array_of, layer_of
from shapecheck.runtime.places import Place, nodes_inside, places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from shapecheck.diagnostics import Span
    from shapecheck.infer import Step

# Words by which a library's message shows that shapes are the matter.
ABOUT_SHAPES = re.compile(
    r"shape|\bsizes?\b|dimension|broadcast|\bdims?\b|\baxis\b|\baxes\b|aligned|channels|"
    r"elements|unpack|mat1|mat2|inhomogeneous|einsum|rearrang|same length|batch|matri|\dD\b",
    re.IGNORECASE,
)
# Words by which it shows that something else is: numbers, dtypes, single elements.
NOT_ABOUT_SHAPES = re.compile(
    r"singular|definite|converge|dtype|scalar type|in self|target .* out of bounds|ambiguous",
    re.IGNORECASE,
)
SIZED = ("linear-in-features", "conv-channels", "norm-size")  # rules about layers in a chain
LONGEST = 60  # characters of an expression in a headline
MOST_SHAPES = 3  # in a headline
INPUTS = ("input", "x", "query")  # what modules call their first argument
MOST_SAMPLES = 512  # of a batch that are told by their numbers
LIBRARIES = ("numpy", "torch", "einops")


@dataclass(slots=True)
class Observations:
    """What an instrumented run knows beyond the frames.

    Attributes:
        seen: for a frame, the values of expressions that were seen being made in it.
        chain: the modules that ran in the outermost call of a module, with what they gave.
        handed: what the expression that failed is seen to have called something with.
    """

    seen: Callable[[Place], Mapping[ast.expr, Any]] | None = None
    chain: tuple[Any, ...] = field(default=())
    handed: Mapping[ast.expr, Any] = field(default_factory=dict)

    def of(self, place: Place) -> dict[ast.expr, Any]:
        """The values of expressions that are known at a level."""
        noticed = self.seen(place) if self.seen is not None else {}
        return {**self.handed, **noticed}


def explain(error: BaseException, observations: Observations | None = None) -> Diagnostic | None:
    """Explain an exception, if a library raised it because of shapes.

    Args:
        error: the exception, with its traceback.
        observations: what else is known of the run.

    Returns:
        The finding; None if the exception is about something else, or nothing can be told.
    """
    if getattr(error, "diagnostic", None) is not None:
        return None  # it is a ShapeError and has its report
    levels = places(error.__traceback__)
    users = [at for at, level in enumerate(levels) if level.is_users]
    if users and _is_raised(levels[users[-1] :]) and error.__cause__ is not None:
        return explain(error.__cause__, observations)  # `raise ... from error`
    if not users or not _from_library(error, levels[users[-1] :]):
        return None
    known = checkpoints.explain(error, levels[users[-1]]) or backward.explain(error)
    if known is not None:
        return known
    at = users[-1]
    noted = observations or Observations()
    noted.handed = handed(levels[at], levels[at + 1 :], error)
    for crash in _attempts(levels, at, noted):
        scene = crash.scene()
        if scene is not None:
            return _diagnostic(crash, scene, error)
    if at == len(levels) - 1 and isinstance(error, ValueError):
        unpacked = _unpacked(levels[at], error)
        if unpacked is not None:
            return unpacked
    message = _message(error)
    if not ABOUT_SHAPES.search(message) or NOT_ABOUT_SHAPES.search(message):
        return None
    return _unexplained(levels[at], error)


def _from_library(error: BaseException, below: list[Place]) -> bool:
    """Whether a library may be behind the exception, or an operator of Python's."""
    if not isinstance(error, (ValueError, RuntimeError, IndexError, TypeError, AssertionError)):
        module = type(error).__module__.split(".")[0]
        if module not in LIBRARIES:
            return False
    asserted = len(below) == 1 and isinstance(below[0].statement, ast.Assert)
    return not asserted and not _is_raised(below)


def _is_raised(below: list[Place]) -> bool:
    """Whether the user's code raised it itself."""
    return len(below) == 1 and isinstance(below[0].statement, ast.Raise)


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a broken __str__ is not our failure
        return ""


@dataclass(slots=True)
class Crash:
    """One level of the traceback at which an op may have failed.

    Attributes:
        place: the level that is evaluated.
        user: the innermost level of the user's code, which the report points at.
        outer: the levels around it, the outermost first.
        module: the module whose `forward` the level is, if it is one that ops know.
        given: what `forward` was called with, by its parameters' names.
    """

    place: Place
    user: Place
    outer: tuple[Place, ...]
    module: Any = None
    observations: Observations = field(default_factory=Observations)
    given: Mapping[str, Any] = field(default_factory=dict)

    def scene(self) -> Scene | None:
        """The op that failed here, if a rule refutes one."""
        node = self.user.node if self.module is not None else self.place.node
        if node is None or self.place.statement is None:
            return None
        lookup = FrameLookup(self.place.frame, self.observations.of(self.place))
        evaluator = Evaluator(lookup)
        root = _root(self.place)
        if self.module is not None:
            self._forward(evaluator, lookup, node)
        else:
            evaluate_root(evaluator, root)
        broken = self._broken(evaluator, node)
        if broken is None and isinstance(node, ast.expr):  # in a lambda, a comprehension, a string
            evaluator, root = Evaluator(lookup), node
            evaluator.value(node)
            broken = self._broken(evaluator, node)
        return self._of(broken, lookup, root) if broken is not None else None

    def _broken(self, evaluator: Evaluator, node: ast.AST) -> Step | None:
        """The op at the place of the exception, if its rule refutes it."""
        broken = (
            step
            for step in reversed(evaluator.steps)
            if step.applied.holds is False and _is_at(step, node, self.place)
        )
        return next(broken, None)

    def _forward(self, evaluator: Evaluator, lookup: FrameLookup, node: ast.AST) -> None:
        """A module's op on the arguments that its `forward` got."""
        layer = layer_of(self.module)
        given = {name: lookup.of(one) for name, one in self.given.items()}
        if layer is not None:
            known = {name: value for name, value in given.items() if name in layer.op.kinds}
            missing = [name for name in layer.op.kinds if name not in layer.op.stored][: len(given)]
            positional = list(given.values())[: len(missing)]
            evaluator.forward(layer, [] if known else positional, known, node)

    def _of(self, step: Step, lookup: FrameLookup, root: ast.AST) -> Scene | None:
        fact = step.applied.broken
        if fact is None:
            return None
        is_users = self.place is self.user
        names = {} if is_users else self._names(step, lookup)
        if "collate" in self.place.frame.f_code.co_name:
            names = {f"tensors[{n}]": f"sample {n}" for n in range(MOST_SAMPLES)}
        return Scene(
            step,
            fact,
            root if is_users else step.node,
            lookup if is_users else FrameLookup(self.user.frame),
            _source_of(self.user)
            if is_users or self.module is not None
            else _source_of(self.place),
            names,
            aliases=_aliases(self.user),
            spans=lambda one: span_of(one, self.user),
            module=self._path(),
            in_library=not is_users and self.module is None,
            context="collate" if "collate" in self.place.frame.f_code.co_name else "",
        )

    def _names(self, step: Step, lookup: FrameLookup) -> Mapping[str, str]:
        """The user's own names for arrays that the library calls otherwise, by identity."""
        mine = _named_objects(self.user)
        found = {}
        for parameter, value in _arrays(step.applied.bound):
            _, thing = lookup.objects.get(id(value), (None, None))
            name = mine.get(id(thing), "") if thing is not None else ""
            if not name and self.module is not None and parameter in INPUTS:
                name = "the input"
            if name:
                found[parameter] = name
        return found

    @property
    def failed(self) -> Any:
        """The module that failed, if a module did."""
        return self.module if self.module is not None else _called_module(self.user)

    @property
    def roots(self) -> list[Any]:
        """The modules of the traceback that contain the one that failed, the outermost first."""
        failed = self.failed
        found = [level.frame.f_locals.get("self") for level in self.outer]
        return [
            one
            for one in (*found, self._called)
            if hasattr(one, "named_modules") and failed is not None and one is not failed
        ]

    @property
    def _called(self) -> Any:
        """What the user's expression calls: a container of the module that failed, perhaps."""
        node = self.user.node
        return _object_at(node.func, self.user) if isinstance(node, ast.Call) else None

    def _path(self) -> str:
        """Where the module stands in the outermost module of the traceback: ``head.fc``."""
        failed = self.failed
        if failed is None:
            return ""
        for root in self.roots:
            for name, one in root.named_modules():
                if one is failed and name:
                    return self.shown(root, name)
        node = self.user.node
        return _text(node.func, self.user) if isinstance(node, ast.Call) else ""

    def shown(self, root: Any, path: str) -> str:
        """A module's path in a root as one would write it at the place of the crash."""
        node = self.user.node
        if root is not self._called or not isinstance(node, ast.Call):
            return path
        return _inside(_text(node.func, self.user), path)


def _inside(text: str, path: str) -> str:
    """A module of a module as one would write it: ``net[3].fc``."""
    parts = (f"[{part}]" if part.isdigit() else f".{part}" for part in path.split("."))
    return f"{text}{''.join(parts)}"


def _arrays(bound: Mapping[str, Any]) -> Iterator[tuple[str, Array]]:
    """The arrays that parameters got, those in lists too."""
    for name, value in bound.items():
        if isinstance(value, Array):
            yield name, value
        elif isinstance(value, (list, tuple)):
            for number, one in enumerate(value):
                if isinstance(one, Array):
                    yield f"{name}[{number}]", one


def _attempts(levels: list[Place], at: int, noted: Observations) -> Iterator[Crash]:
    """The levels at which an op may be found: the user's own expression first."""
    user, outer = levels[at], tuple(levels[: at + 1])
    yield Crash(user, user, outer, observations=noted)
    for place in reversed(range(at + 1, len(levels))):
        level = levels[place]
        module = level.frame.f_locals.get("self") if _is_forward(level) else None
        given = given_to(level.frame, levels[place - 1].frame) if module is not None else {}
        yield Crash(level, user, outer, module, noted, given)
        if module is not None:
            yield Crash(level, user, outer, None, noted)


def _is_forward(level: Place) -> bool:
    return level.frame.f_code.co_name == "forward" and hasattr(
        level.frame.f_locals.get("self"), "named_modules"
    )


def _called_module(level: Place) -> Any:
    """The module that a call expression calls: `self.fc` of ``self.fc(x)``."""
    if not isinstance(level.node, ast.Call):
        return None
    value = Evaluator(FrameLookup(level.frame)).value(level.node.func)
    name = getattr(value, "name", "")
    if not name.startswith("torch.nn."):
        return None
    thing: Any = _object_at(level.node.func, level)
    return thing


def _object_at(node: ast.expr, level: Place) -> Any:
    """The object of a dotted name, looked up without running anything."""
    from shapecheck.runtime.live import MISSING, stored_attribute  # noqa: PLC0415 - rarely needed

    if isinstance(node, ast.Name):
        frame = level.frame
        return frame.f_locals.get(node.id, frame.f_globals.get(node.id))
    if isinstance(node, ast.Attribute):
        found = stored_attribute(_object_at(node.value, level), node.attr)
        return None if found is MISSING else found
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        found = stored_attribute(_object_at(node.value, level), f"[{node.slice.value!r}]")
        return None if found is MISSING else found
    return None


def _is_at(step: Step, node: ast.AST, place: Place) -> bool:
    """Whether an op is the one that raised: at the very place that the traceback gives."""
    if step.node is node:
        return True
    statement = place.statement
    simple = (ast.AugAssign, ast.For, ast.Assign)
    return node is statement and isinstance(statement, simple) and step.node is statement


def _root(place: Place) -> ast.AST:
    """The expression around the failed one that can be evaluated as a whole."""
    statement = place.statement
    if isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr)):
        return statement
    node = place.node
    if node is None:
        return ast.Pass()
    if statement is not None:
        for one in ast.walk(statement):
            if isinstance(one, ast.expr) and any(inner is node for inner in ast.walk(one)):
                return one
    return node


def _source_of(place: Place) -> Callable[[ast.AST], str]:
    return lambda node: _text(node, place)


def _text(node: ast.AST, place: Place) -> str:
    """The source of a node, on one line."""
    span = span_of(node, place)
    text = span_text(span) if span is not None else ""
    return text if text and len(span.lines if span else ()) == 1 else ast.unparse(node)


def span_of(node: ast.AST, place: Place) -> Span | None:
    """Where a node of the user's stands."""
    if not isinstance(node, (ast.expr, ast.stmt)):
        return None
    return callsite.node_span(node, place.frame)


def _aliases(place: Place) -> dict[str, str]:
    """What the user's code calls the libraries' modules."""
    wanted = ("numpy", "torch", "torch.nn", "torch.nn.functional", "einops")
    found: dict[str, str] = {}
    for name, thing in {**place.frame.f_globals, **place.frame.f_locals}.items():
        module = getattr(thing, "__name__", "") if type(thing).__name__ == "module" else ""
        if module in wanted:
            found.setdefault(module, name)
    return found


def _named_objects(place: Place) -> dict[int, str]:
    """The user's names for the objects in the expression that failed, by identity."""
    found: dict[int, str] = {}
    if place.node is not None:
        for node in nodes_inside(place.node):
            if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
                thing = _object_at(node, place)
                if thing is not None:
                    found.setdefault(id(thing), _text(node, place))
    return found


# --- the report ---------------------------------------------------------------------------------


def _diagnostic(crash: Crash, scene: Scene, error: BaseException) -> Diagnostic:
    told = operations.explain(scene)
    sized = architecture.explain(crash, scene) if told.rule in SIZED else None
    span = span_of(crash.user.node, crash.user) if crash.user.node is not None else None
    notes = (*_origins(scene, crash.user), _said(error, scene.library))
    return Diagnostic(
        told.rule,
        told.message,
        span,
        _context(crash),
        told.operands,
        sized.reason if sized is not None else told.reason,
        notes,
        _different(sized.fixes + told.fixes) if sized is not None else told.fixes,
        (scene.fact,),
        sized.chain if sized is not None else (),
    )


def _different(fixes: tuple[Fix, ...]) -> tuple[Fix, ...]:
    """The fixes without those that say the same."""
    return tuple({fix.title: fix for fix in reversed(fixes)}.values())[::-1]


def _context(crash: Crash) -> str:
    """Who called the function that failed: ``called from Net.forward (net.py:69)``."""
    callers = [level for level in crash.outer[:-1] if level.is_users]
    if not callers:
        return ""
    caller = callers[-1]
    name = callsite.function_name(caller.frame.f_code) or "the script"
    path = callsite.shown(caller.path, crash.user.path)
    return f"called from {name} ({path}{_line(caller)})"


def _line(place: Place) -> str:
    node = place.node or place.statement
    return f"line {getattr(node, 'lineno', place.frame.f_lineno)}"


def _origins(scene: Scene, user: Place) -> Iterator[Note]:
    """Where the operands that are plain variables were last assigned."""
    seen = set()
    for part in scene.parts():
        for node in nodes_inside(part.node) if part.node is not None else ():
            if isinstance(node, ast.Name) and node.id not in seen and user.tree is not None:
                seen.add(node.id)
                if array_of(_object_at(node, user)) is None:
                    continue
                made = callsite.made_at(node.id, node, user.tree)
                span = span_of(made, user) if made is not None else None
                if span is not None:
                    yield Note(f"{node.id} was made here", span)


def _said(error: BaseException, of_arrays: str = "") -> Note:
    """The library's own words, on one line."""
    module = type(error).__module__.split(".")[0]
    message = " ".join(_message(error).split())
    library = module if module in LIBRARIES else _library_of(error, of_arrays)
    return Note(f"{library} said: {message}")


def _library_of(error: BaseException, of_arrays: str = "") -> str:
    """The library that raised an exception; of one that came out of C, that of the arrays."""
    trace: TracebackType | None = error.__traceback__
    name = ""
    while trace is not None:
        name = str(trace.tb_frame.f_globals.get("__name__", "")).split(".")[0] or name
        trace = trace.tb_next
    if name in LIBRARIES or of_arrays:
        return name if name in LIBRARIES else of_arrays
    return (
        "numpy"
        if isinstance(error, ValueError)
        else "torch"
        if "tensor" in _message(error) or isinstance(error, RuntimeError)
        else "Python"
    )


def _unexplained(user: Place, error: BaseException) -> Diagnostic | None:
    """The crash without a rule that explains it: the arrays that took part, and the message."""
    if user.node is None:
        return None
    lookup = FrameLookup(user.frame)
    operands: dict[str, Operand] = {}
    library = ""
    for node in _taking_part(user.node):
        if isinstance(node, (ast.Name, ast.Attribute)):
            evaluator = Evaluator(lookup)
            value = evaluator.value(node)
            text = _text(node, user)
            if isinstance(value, Array) and not value.is_open and text not in operands:
                sizes = [size if isinstance(size, int) else None for size in value.sizes]
                library = library or value.library
                operands[text] = Operand(text, "", tuple(Cell(size) for size in sizes))
    if not operands and not _calls_library(user.node, lookup):
        return None
    shapes = ", ".join(
        f"{one.name} {tuple_text(cell.size for cell in one.cells or ())}"
        for one in operands.values()
    )
    text = _text(user.node, user)
    head = (
        f"{text}: the shapes were rejected" if len(text) < LONGEST else "the shapes were rejected"
    )
    message = f"{head} ({shapes})" if shapes and len(operands) <= MOST_SHAPES else head
    span = span_of(user.node, user)
    said = _said(error, library)
    return Diagnostic("shape-error", message, span, "", tuple(operands.values()), "", (said,))


def _taking_part(node: ast.AST) -> Iterator[ast.AST]:
    """What an expression is made of, without what other calls in it were given."""
    waiting = [node]
    while waiting:
        one = waiting.pop(0)
        yield one
        if one is node or not isinstance(one, (ast.Call, ast.Lambda, ast.Subscript)):
            waiting += ast.iter_child_nodes(one)


def _unpacked(user: Place, error: ValueError) -> Diagnostic | None:
    """Another number of values than names: of ``B, C, H, W = x.shape``."""
    statement = user.statement
    if "unpack" not in _message(error) or not isinstance(statement, ast.Assign):
        return None
    targets = [one for one in statement.targets if isinstance(one, (ast.Tuple, ast.List))]
    if not targets or any(isinstance(one, ast.Starred) for one in targets[0].elts):
        return None
    text = _text(statement.value, user)
    value = Evaluator(FrameLookup(user.frame)).value(statement.value)
    found = unpacking.told(text, value, len(targets[0].elts))
    if found is None:
        return None
    message, reason = found
    span = span_of(statement.value, user)
    said = Note(f"Python said: {_message(error)}")
    return Diagnostic("unpack-arity", message, span, "", (), reason, (said,))


def _calls_library(node: ast.AST, lookup: FrameLookup) -> bool:
    """Whether an expression calls what a library makes arrays with, or a method of an array."""
    for one in ast.walk(node):
        if isinstance(one, ast.Call):
            called = Evaluator(lookup).value(one.func)
            home = getattr(called, "qualified", "").partition(".")[0]
            if home in LIBRARIES or isinstance(called, (Method, Layer)):
                return True
    return False
