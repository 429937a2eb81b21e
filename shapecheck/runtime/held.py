"""Contracts of a run: functions with annotations are held to them without being replaced.

The rewritten source of such a function reports its arguments when it begins, and what it returns;
so its code object, its frames and its tracebacks stay the user's own. What is declared is read at
the first call, when all names that annotations may speak of are there.
"""

from __future__ import annotations

import ast
import dataclasses
import sys
import types
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shapecheck.runtime import classes, findings, notices, scopes
from shapecheck.runtime.declare import declare as read
from shapecheck.runtime.decorator import Options, decorate
from shapecheck.runtime.kinds import signature
from shapecheck.runtime.names import short_name
from shapecheck.runtime.sites import SITES
from shapecheck.spec.annotations import Reader
from shapecheck.spec.leaves import Item
from shapecheck.spec.match import Bindings, last_indices, match
from shapecheck.spec.model import ArraySpec, Dim, arrays_in, judges

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

    from shapecheck.runtime.claims import Claims
    from shapecheck.runtime.contract import Contract
    from shapecheck.runtime.sites import Site
    from shapecheck.spec.match import Outcome
    from shapecheck.spec.model import Spec

MOST_OUTCOMES = 512  # that are remembered of one function
SETTLED = 50  # calls with the same shapes, after which names of axes are not followed any more
HELD: dict[int, Held] = {}  # by the number of the function's site
following = False  # whether the axes of arguments are followed, too
_by_code: dict[types.CodeType, Held] = {}


@dataclass(slots=True, eq=False)
class Held:
    """A function that declares something.

    Attributes:
        site: the function in the source.
        function: the function, until its annotations have been read.
        scope: the variables around it, likewise.
        hints: the annotations that were read.
        options: how it is read: what its class declares of attributes.
        contract: what it declares; None where that is nothing about arrays.
        outcomes: what was found of arguments of certain shapes.
        judged: the places of the arguments that decide on it; None if attributes do, too.
        has_templates: the values of arguments are part of what is declared.
    """

    site: Site
    function: Any = None  # a FunctionType; as an attribute it would look like a method to mypy
    scope: dict[str, Any] = field(default_factory=dict)
    hints: dict[str, Any] = field(default_factory=dict)
    options: Options | None = None
    contract: Contract | None = None
    outcomes: dict[Any, Known] = field(default_factory=dict)
    judged: tuple[int, ...] | None = None
    has_templates: bool = False

    def read(self) -> None:
        """Read the annotations."""
        function, self.function = self.function, None
        if function is None:
            return
        options = self.options or Options(silent=True, scope=self.scope)
        options = dataclasses.replace(options, scope={**self.scope, **options.scope})
        declared = read(function, options)
        self.contract = declared.contract(without_closure(function))
        self.scope = {}
        if self.contract is not None:
            specs = [*declared.arguments.values(), *declared.results.values()]
            self.has_templates = any(map(_has_template, specs))
            if not (self.contract.attribute_specs or self.contract.packed):
                names = self.contract.parameter_names
                self.judged = tuple(map(names.index, self.contract.argument_specs))
            count(1)


@dataclass(slots=True, eq=False)
class Known:
    """What was found of arguments of certain shapes.

    Attributes:
        outcome: whether they keep to the contract.
        results: the results that were found to keep to it, by site and shapes.
        hits: how often such arguments came again.
    """

    outcome: Outcome
    results: set[Any] = field(default_factory=set)
    hits: int = 0


@dataclass(slots=True, eq=False)
class Call:
    """One call of a function that declares something.

    Attributes:
        held: the function.
        known: what was found of the arguments.
        values: the arguments, where they are looked at again.
        bound: names that annotated variables have bound, each with its line.
        claims: which axes go by which declared names: see `axes`.
    """

    held: Held | None
    known: Known | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    bound: list[tuple[int, Bindings]] = field(default_factory=list)
    claims: Claims | None = None

    @property
    def outcome(self) -> Outcome | None:
        """What was found of the arguments."""
        return self.known.outcome if self.known is not None else None

    @property
    def bindings(self) -> Bindings:
        """What names stand for by now."""
        known = Bindings()
        if self.outcome is not None and self.outcome.holds is not False:
            known = self.outcome.bindings.copy()
        for _, one in self.bound:
            for name, binding in one.sizes.items():
                known.sizes.setdefault(name, binding)
            for run, binding in one.runs.items():
                known.runs.setdefault(run, binding)
        return known


def follow(*, wanted: bool) -> None:
    """Follow the axes of arguments from now on, or no longer."""
    global following  # noqa: PLW0603 - a process is one run
    following = wanted


def count(functions: int) -> None:
    """Tell the run how many functions are held."""
    if findings.current is not None:
        findings.current.functions += functions


def without_closure(function: types.FunctionType) -> types.FunctionType:
    """A function of the same name and code that keeps no variables of others alive."""
    cells = tuple(types.CellType() for _ in function.__code__.co_freevars)
    made = types.FunctionType(
        function.__code__, function.__globals__, function.__name__, None, cells
    )
    made.__qualname__ = function.__qualname__
    made.__module__ = function.__module__
    return made


def _has_template(spec: Spec) -> bool:
    return any(
        isinstance(axis, Dim) and bool(axis.template)
        for array in arrays_in(spec)
        for axis in array.axes
    )


# --- definitions --------------------------------------------------------------------------------


def declare(number: int) -> Callable[[Any], Any]:
    """The decorator of a function that declares something: it gives the very function back."""
    frame = sys._getframe(1)  # noqa: SLF001 - the only way to the frame
    inside = frame.f_code.co_name != "<module>"

    def register(function: Any) -> Any:
        try:
            if isinstance(function, types.FunctionType):
                _register(number, function, frame.f_locals if inside else {})
        except Exception as error:  # noqa: BLE001 - the user's program comes first
            notices.own_failure(error, SITES[number].where)
        return function

    return register


def _register(number: int, function: types.FunctionType, names: Mapping[str, Any]) -> None:
    hints = dict(function.__annotations__)
    known = HELD.get(number)
    if known is not None and known.function is None and known.hints == hints:
        _by_code[function.__code__] = known
        return
    is_text = any(isinstance(one, str) for one in hints.values())
    scope = dict(names) if is_text else {}
    held = Held(SITES[number], function, scope, hints)
    HELD[number] = _by_code[function.__code__] = held


def wrap(number: int) -> Callable[[Any], Any]:
    """The decorator of a function that looks at its own frame: it is checked from outside."""
    frame = sys._getframe(1)  # noqa: SLF001 - the only way to the frame
    names = dict(frame.f_locals) if frame.f_code.co_name != "<module>" else {}

    def checked(function: Any) -> Any:
        try:
            made = decorate(function, Options(silent=True, scope=names))
        except Exception as error:  # noqa: BLE001 - the user's program comes first
            notices.own_failure(error, SITES[number].where)
            return function
        count(made is not function)
        return made

    return checked


def type_(number: int) -> Callable[[Any], Any]:
    """The decorator of a class that declares attributes: its methods see them."""

    def register(cls: Any) -> Any:
        try:
            if isinstance(cls, type):
                _register_class(cls)
        except Exception as error:  # noqa: BLE001 - the user's program comes first
            notices.own_failure(error, SITES[number].where)
        return cls

    return register


def _register_class(cls: type) -> None:
    options = Options(silent=True)
    declared = classes.attributes_of(cls, options)
    if not declared:
        return
    for name, member in list(vars(cls).items()):
        for function in classes.functions_of(member):
            held = _by_code.get(function.__code__)
            if held is not None and held.function is function:
                held.options = classes.for_member(cls, name, member, options, declared)
    own = vars(cls).get("__init__")
    if own is None:
        classes.own_init(cls, options, declared, decorate)
    elif dataclasses.is_dataclass(cls) and classes.is_generated(own):
        checked = decorate(own, classes.for_member(cls, "__init__", own, options, declared))
        setattr(cls, "__init__", checked)  # noqa: B010 - mypy forbids the plain assignment


# --- calls --------------------------------------------------------------------------------------


def enter(number: int, given: tuple[Any, ...]) -> Call | None:
    """A call begins: hold its arguments to what is declared of them."""
    held = HELD.get(number)
    if held is None:
        return None
    try:
        if held.function is not None:
            held.read()
        if held.contract is None:
            return Call(None)
        return _enter(held, held.contract, given)
    except RecursionError:
        return None
    except Exception as error:
        if is_ours(error):
            raise
        notices.own_failure(error, held.site.where)
        return None


def is_ours(error: BaseException) -> bool:
    """Whether an exception is a finding, raised under ``--strict``."""
    return getattr(error, "diagnostic", None) is not None


def _enter(held: Held, contract: Contract, given: tuple[Any, ...]) -> Call:
    key = known = None
    if held.judged is not None and not held.has_templates:
        key = signature([given[at] for at in held.judged])
        known = held.outcomes.get(key) if key is not None else None
    values = dict(zip(contract.parameter_names, given, strict=True))
    if known is None:
        known = _judge(held, contract, values, key)
    elif known.outcome.holds is False:
        findings.again((held.site, key))
    known.hits += 1
    needed = held.has_templates or contract.changed_specs or not contract.is_plain
    call = Call(held, known, values if needed else {})
    if following and known.hits <= SETTLED:
        from shapecheck.runtime.claims import claimed  # noqa: PLC0415 - loads the rules of ops

        call.claims = claimed(held.site, contract.items(values))
    return call


def _judge(held: Held, contract: Contract, values: dict[str, Any], key: Any) -> Known:
    """Hold arguments to what is declared of them."""
    frame = sys._getframe(3)  # noqa: SLF001 - the only way to the frame
    items = contract.items(values)
    outcome = match(items, contract.given(frame), values)
    if outcome.holds is False and contract.is_being_changed(values, frame):
        outcome = match(contract.argument_items(values), contract.given(frame), values)
    notices.tell_troubles(outcome, contract.name)
    known = Known(outcome)
    if key is not None and len(held.outcomes) < MOST_OUTCOMES:
        held.outcomes[key] = known
    if outcome.holds is False:
        place = (held.site, key)
        if key is None:
            place = (held.site, signature([item.value for item in items]))
        if not findings.again(place):
            from shapecheck.runtime import report  # noqa: PLC0415 - only findings need it

            report.raise_first(report.broken_arguments(contract, outcome, frame, place))
    return known


def result(number: int, call: Call | None, value: Any) -> Any:
    """A call ends: hold its result, and the attributes that it may have changed."""
    if call is not None and call.held is not None:
        try:
            _leave(SITES[number], call, "result", value)
        except RecursionError:
            return value
        except Exception as error:
            if is_ours(error):
                raise
            notices.own_failure(error, SITES[number].where)
    return value


def yielded(number: int, call: Call | None, value: Any) -> Any:
    """A generator yields."""
    if call is not None and call.held is not None:
        try:
            _leave(SITES[number], call, "yielded", value)
        except RecursionError:
            return value
        except Exception as error:
            if is_ours(error):
                raise
            notices.own_failure(error, SITES[number].where)
    return value


def _leave(site: Site, call: Call, role: str, value: Any) -> None:
    contract = call.held.contract if call.held is not None else None
    if contract is None or call.outcome is None or call.outcome.holds is False:
        return
    frame = sys._getframe(2)  # noqa: SLF001 - the only way to the frame
    if role in contract.result_specs and value is not NotImplemented:
        fits = _hold_result(site, call, contract, role, value, frame)
        if fits and call.claims is not None:
            _hold_axes(site, call.claims, contract, role, value)
    if role == "result" and contract.changed_specs:
        _hold_attributes(call, contract, frame)


def _hold_result(
    site: Site, call: Call, contract: Contract, role: str, value: Any, frame: FrameType
) -> bool:
    """Hold a value to what is declared of it; whether it keeps to that."""
    assert call.held is not None  # noqa: S101 - told to mypy
    assert call.known is not None  # noqa: S101 - told to mypy
    mine = signature((value,))
    plain = mine is not None and not call.bound and not call.held.has_templates
    key = (site, mine)
    if plain and key in call.known.results:
        return True
    if plain and findings.again((call.known, *key)):
        return False
    given = call.bindings
    chains = last_indices(call.known.outcome.leaves)
    outcome = match([Item(role, contract.result_specs[role], value)], given, call.values, chains)
    notices.tell_troubles(outcome, contract.name)
    if outcome.holds is not False:
        if plain and len(call.known.results) < MOST_OUTCOMES:
            call.known.results.add(key)
        if role == "yielded":
            call.bound.append((site.extent[0], outcome.bindings))
        return True
    from shapecheck.runtime import report  # noqa: PLC0415 - only findings need it

    spans = _result_spans(site)
    found = report.broken_value(
        contract,
        role,
        outcome,
        report.Before(given, call.known.outcome),
        spans,
        frame,
        (call.known, *key),
    )
    report.raise_first(found)
    return False


def _hold_axes(site: Site, known: Claims, contract: Contract, role: str, value: Any) -> None:
    """Hold the axes of a result to their declared names, where sizes cannot tell."""
    from shapecheck.advice.misnamed import explain  # noqa: PLC0415 - loads the rules of ops
    from shapecheck.runtime.claims import misnamed  # noqa: PLC0415 - likewise

    key = (site, "axes")
    for one in misnamed(site, known, contract.result_specs[role], value, role):
        if findings.again(key):
            return
        spans = _result_spans(site)
        span = spans.get(one.label) or spans.get("result")
        findings.tell(explain(short_name(contract.name), one, span), key)


def _result_spans(site: Site) -> dict[str, Any]:
    """Where a result is written: as a whole, and of a tuple its parts."""
    value = getattr(site.node, "value", None)
    if value is None:
        return {}
    parts = {"result": value}
    if isinstance(value, ast.Tuple) and not any(isinstance(e, ast.Starred) for e in value.elts):
        parts.update({f"result[{at}]": element for at, element in enumerate(value.elts)})
    return {name: site.source.span(part) for name, part in parts.items()}


def _hold_attributes(call: Call, contract: Contract, frame: FrameType) -> None:
    owner = call.values.get(contract.owner)
    given = contract.given(frame)
    outcome = contract.of_attributes(owner, dict(call.values), given)
    if outcome.holds is not False or scopes.is_in_method_of(owner, frame):
        return
    key = (call.held, "attributes")
    if not findings.again(key):
        from shapecheck.runtime import report  # noqa: PLC0415 - only findings need it

        report.raise_first(report.broken_attributes(contract, outcome, given, frame, key))


# --- annotated variables ------------------------------------------------------------------------

_modules: dict[Any, Call] = {}  # the names that a module's own annotated variables have bound


def local(number: int, call: Call | None, value: Any, hint: Callable[[], Any]) -> Any:
    """A variable with an annotation is assigned: hold the value to it."""
    site = SITES[number]
    try:
        spec = site.memory.get("spec")
        if spec is None:
            spec = site.memory["spec"] = _local_spec(site, hint)
        if judges(spec):
            frame = sys._getframe(1)  # noqa: SLF001 - the only way to the frame
            if call is None and frame.f_code.co_name == "<module>":
                call = _modules.setdefault(site.source, Call(None))
            _hold_local(site, call or Call(None), spec, value, frame)
    except RecursionError:
        return value
    except Exception as error:
        if is_ours(error):
            raise
        notices.own_failure(error, site.where)
    return value


def _local_spec(site: Site, hint: Callable[[], Any]) -> Spec:
    """What an annotation declares; nothing where it does not resolve."""
    try:
        found = hint()
    except Exception:  # noqa: BLE001 - the user's program comes first
        found = None
    return Reader([getattr(hint, "__globals__", {})], site.where).read(found, "value")


def _hold_local(site: Site, call: Call, spec: Spec, value: Any, frame: FrameType) -> None:
    line = site.extent[0]
    # In a loop, what is assigned from here on is assigned anew, and may have other sizes.
    call.bound = [one for one in call.bound if one[0] < line]
    if isinstance(spec, ArraySpec) and value is None:
        return
    label = site.source.segment(site.node.target)
    given = call.bindings
    outcome = match([Item(label, spec, value)], given)
    if outcome.holds is not False:
        call.bound.append((line, outcome.bindings))
        return
    key = (site, signature([value]))
    if findings.again(key):
        return
    span = site.source.span(site.node.value)
    from shapecheck.runtime import report  # noqa: PLC0415 - only findings need it

    report.raise_first(report.broken_local(outcome, given, label, span, frame, key))
