"""Broken contracts in the words of run time, where all sizes are numbers."""

from __future__ import annotations

import ast
import functools
from dataclasses import replace
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from shapecheck.advice import blame
from shapecheck.advice.contracts import explain
from shapecheck.advice.diagnosed import Site, diagnosed
from shapecheck.advice.subject import Subject
from shapecheck.backends import Observed
from shapecheck.ops import Array
from shapecheck.spec.leaves import Leaf
from shapecheck.spec.match import Bindings, settle
from shapecheck.spec.model import ArraySpec
from shapecheck.static.values import FunctionValue, bare

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapecheck.diagnostics import Diagnostic
    from shapecheck.static.contracts import Contract
    from shapecheck.static.frames import Frame
    from shapecheck.static.matching import Misfit
    from shapecheck.static.reporting import Reporting
    from shapecheck.static.values import ClassValue, Instance

T = TypeVar("T")
P = ParamSpec("P")
KINDS = {"numpy": "np.ndarray", "torch": "Tensor", "": "array"}


def optional(explain: Callable[P, T | None]) -> Callable[P, T | None]:
    """An explanation that costs nothing if it breaks: the finding is told of in plainer words."""

    @functools.wraps(explain)
    def explained(*args: P.args, **kwargs: P.kwargs) -> T | None:
        try:
            return explain(*args, **kwargs)
        except Exception:  # noqa: BLE001 - whatever breaks in it, the file is looked at
            return None

    return explained


@optional
def broken_arguments(
    machine: Reporting, function: FunctionValue, bound: dict[str, object], node: ast.AST
) -> Diagnostic | None:
    """What is said of arguments that break a contract; None where sizes are not numbers."""
    contract = machine.contract(function)
    leaves = _leaves(contract, bound) if contract is not None else None
    if contract is None or leaves is None:
        return None
    outcome = settle(leaves)
    if outcome.holds is not False:
        return None
    site = _site(machine, function, contract, node)
    texts = {name: site.text(name) for name in site.expressions}
    case = blame.find(outcome, Bindings())
    told = explain(case, leaves, Subject(function.name, "argument", texts))
    made = machine.sources.span(function.node, function.module)
    call = machine.sources.span(node, machine.here, machine.function_name())
    span = site.expressions.get(getattr(case.node, "root", "")) or call
    decorators = getattr(function.node, "decorator_list", [])
    line = min([made.line, *(one.lineno for one in decorators)])
    place = f"line {line}" if made.path == span.path else f"{made.path}:{line}"
    return diagnosed(told, span, f"calls {function.name} ({place})", site, outcome.facts)


@optional
def broken_result(
    machine: Reporting, frame: Frame, misfit: Misfit, node: ast.Return
) -> Diagnostic | None:
    """What is said of a result that breaks a contract; None where sizes are not numbers."""
    contract, function = frame.contract[0], frame.function
    leaves = _leaves(contract, frame.arguments or {})
    if leaves is None or function is None or not isinstance(contract.result, ArraySpec):
        return None
    result = _leaf("result", contract.result, misfit.array)
    before = settle(leaves)
    if result is None or before.holds is False:
        return None
    outcome = settle([result], before.bindings)
    if outcome.holds is not False:
        return None
    span = machine.sources.span(node.value or node, machine.here, function.name)
    text = machine.sources.text(node.value, machine.here) if node.value is not None else ""
    case = blame.find(outcome, before.bindings, last=True)
    subject = Subject(function.name, "result", {"result": text} if text else {})
    told = explain(case, (*before.leaves, *outcome.leaves), subject)
    return diagnosed(told, span, machine.called_from(), Site(), outcome.facts)


@optional
def broken_local(
    machine: Reporting, label: str, value: ast.AST, misfit: Misfit
) -> Diagnostic | None:
    """What is said of a value that breaks a declaration; None where sizes are not numbers."""
    contract = machine.frame.contract
    leaves = _leaves(contract[0], machine.frame.arguments or {}) if contract else []
    leaf = _leaf(label, misfit.spec, misfit.array)
    before = settle(leaves or [])
    if leaf is None or before.holds is False:
        return None
    outcome = settle([leaf], before.bindings)
    if outcome.holds is not False:
        return None
    function = machine.function_name()
    text = machine.sources.text(value, machine.here)
    is_asserted = label == "assert_shape"
    subject = Subject(
        label if is_asserted else function or label,
        "local",
        {label: text} if is_asserted else {},
    )
    told = explain(blame.find(outcome, before.bindings), outcome.leaves, subject)
    span = machine.sources.span(value, machine.here, function)
    return diagnosed(told, span, machine.called_from(), Site(), outcome.facts)


@optional
def broken_attribute(
    machine: Reporting,
    cls: ClassValue,
    made: Instance,
    declared: dict[str, ArraySpec],
    node: ast.AST,
) -> Diagnostic | None:
    """What is said of an attribute that breaks its declaration; None where sizes are no numbers."""
    leaves = []
    for name, spec in declared.items():
        value = bare(made.attributes.get(name))
        leaf = _leaf(f"self.{name}", spec, value) if isinstance(value, Array) else None
        if leaf is not None:
            leaves.append(leaf)
    outcome = settle(leaves)
    if outcome.holds is not False:
        return None
    case = blame.find(outcome, Bindings())
    init = cls.attributes.get("__init__")
    method = f"{cls.name}.__init__"
    told = explain(case, leaves, Subject(method, "attribute", {}))
    call = machine.sources.span(node, machine.here, machine.function_name())
    if not isinstance(init, FunctionValue):
        return diagnosed(told, call, "", Site(), outcome.facts)
    statement = _assignment(init, getattr(case.node, "root", "").removeprefix("self."))
    span = machine.sources.span(statement, init.module, method) if statement is not None else call
    where = f"line {call.line}" if call.path == span.path else f"{call.path}:{call.line}"
    caller = machine.function_name() or "the script"
    return diagnosed(told, span, f"called from {caller} ({where})", Site(), outcome.facts)


def _assignment(init: FunctionValue, name: str) -> ast.stmt | None:
    """The one statement of a constructor that assigns an attribute."""
    first = [*init.node.args.posonlyargs, *init.node.args.args][:1]
    found = [
        one
        for one in ast.walk(init.node)
        if isinstance(one, (ast.Assign, ast.AnnAssign))
        for target in (one.targets if isinstance(one, ast.Assign) else [one.target])
        if isinstance(target, ast.Attribute)
        and target.attr == name
        and isinstance(target.value, ast.Name)
        and first
        and target.value.id == first[0].arg
    ]
    return found[0] if len(found) == 1 else None


def _leaves(contract: Contract, bound: dict[str, object]) -> list[Leaf] | None:
    """The arrays that a contract speaks of; None if it speaks of something else, too."""
    found = []
    for name, spec in contract.parameters.items():
        value = bare(bound.get(name))
        if not isinstance(spec, ArraySpec):
            return None
        if isinstance(value, Array):
            leaf = _leaf(name, spec, value)
            if leaf is None:
                return None
            found.append(leaf)
    return found


def _leaf(label: str, spec: ArraySpec, array: Array) -> Leaf | None:
    if array.is_open or not all(isinstance(size, int) for size in array.sizes):
        return None
    sizes = tuple(size for size in array.sizes if isinstance(size, int))
    kind = KINDS[array.library]
    axes = replace(spec, family=None, array_type=None)  # sizes are judged here, and nothing else
    return Leaf(label, axes, Observed(kind, sizes, "", array.library), True, label, kind)


def _site(machine: Reporting, function: FunctionValue, contract: Contract, node: ast.AST) -> Site:
    site = Site()
    for name in contract.parameters:
        argument = argument_of(function, name, node)
        if argument is None:
            continue
        site.expressions[name] = machine.sources.span(
            argument, machine.here, machine.function_name()
        )
        made = machine.frame.made.get(argument.id) if isinstance(argument, ast.Name) else None
        if made is not None:
            site.origins[name] = machine.sources.span(made, machine.here)
    return site


def argument_of(function: FunctionValue, name: str, node: ast.AST) -> ast.expr | None:
    """The caller's expression for a parameter."""
    if not isinstance(node, ast.Call) or isinstance(function.node, ast.Lambda):
        return None
    for word in node.keywords:
        if word.arg == name:
            return word.value
    args = function.node.args
    names = [one.arg for one in (*args.posonlyargs, *args.args)]
    if name not in names:
        return None
    at = names.index(name)
    bound = function.owner is not None and function.kind != "static"
    at -= bound
    if any(isinstance(one, ast.Starred) for one in node.args[: at + 1]):
        return None
    return node.args[at] if 0 <= at < len(node.args) else None
