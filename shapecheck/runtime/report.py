"""From a failed check to the exception or warning that the user gets.

If anything in here breaks, the user's program comes first: a certain finding is still raised with
its one line, anything else is dropped, and one line on stderr says that shapecheck failed.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapecheck.advice import blame
from shapecheck.advice.contracts import explain
from shapecheck.advice.diagnosed import Site, diagnosed, span_text
from shapecheck.advice.subject import Subject
from shapecheck.diagnostics import Diagnostic, Span, shown_path
from shapecheck.runtime import callsite, expected, findings
from shapecheck.runtime.names import short_name
from shapecheck.runtime.notices import own_failure

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from types import FrameType

    from shapecheck.runtime.contract import Contract
    from shapecheck.spec.match import Bindings, Outcome

RULES = {
    "argument": "argument-shape",
    "result": "return-shape",
    "attribute": "attribute-shape",
    "local": "local-shape",
}


def broken_arguments(
    contract: Contract, outcome: Outcome, frame: FrameType, key: Hashable = None
) -> list[BaseException]:
    """The report on arguments that do not fit each other or their declarations."""

    def diagnose() -> Diagnostic:
        site = callsite.find(frame, contract)
        subject = Subject(short_name(contract.name), "argument", _texts(site))
        attributes = frozenset(f"{contract.owner}.{name}" for name in contract.attribute_specs)
        case = blame.find(outcome, contract.given(frame), facts=attributes)
        told = explain(case, outcome.leaves, subject)
        root = getattr(case.node, "root", "")
        span = site.expressions.get(root) or site.call
        path = span.path if span is not None else ""
        context = f"calls {short_name(contract.name)}{_declared_at(contract.function, path)}"
        return diagnosed(told, span, context, site, outcome.facts)

    return deliver(diagnose, outcome, "argument", contract.name, contract.mode, frame, key)


def broken_result(
    contract: Contract,
    role: str,
    outcome: Outcome,
    context: tuple[Bindings, dict[str, Any]],
    frame: FrameType,
) -> list[BaseException]:
    """The report on what a function returned or yielded."""
    if role == "changed":
        return broken_attributes(contract, outcome, context[0], frame)
    given, values = context
    spans = callsite.returned(contract.function) if role == "result" else {}
    return broken_value(contract, role, outcome, Before(given, values), spans, frame)


@dataclass(frozen=True, slots=True)
class Before:
    """What a result is held against.

    Attributes:
        given: what the names stand for.
        arguments: the arguments by name, or what was found of them.
    """

    given: Bindings
    arguments: dict[str, Any] | Outcome

    def outcome(self, contract: Contract, frame: FrameType) -> Outcome:
        """What was found of the arguments."""
        if isinstance(self.arguments, dict):
            return contract.outcome_of_arguments(self.arguments, frame)
        return self.arguments


def broken_value(
    contract: Contract,
    role: str,
    outcome: Outcome,
    context: Before,
    spans: dict[str, Span],
    frame: FrameType,
    key: Hashable = None,
) -> list[BaseException]:
    """The report on a value that was returned, yielded or sent.

    Args:
        contract: of the function.
        role: ``result``, ``yielded`` or ``sent``.
        outcome: the failed match.
        context: what the value is held against.
        spans: where the value is written, and its parts: ``result[0]``.
        frame: of the check.
        key: what to count the finding by if it is met again.
    """
    del role  # the outcome's leaves carry it as their label

    def diagnose() -> Diagnostic:
        site = callsite.find(frame, contract)
        texts = {name: span_text(span) for name, span in spans.items()}
        subject = Subject(short_name(contract.name), "result", texts)
        before = context.outcome(contract, frame)
        name_setters(context.given, before)
        case = blame.find(outcome, context.given, last=True)
        leaves = outcome.leaves
        if contract.is_plain and before.holds is not False:
            leaves = (*before.leaves, *leaves)
        told = explain(case, leaves, subject)
        label = getattr(case.node, "label", "")
        span = spans.get(label) or spans.get("result")
        span = span or callsite.definition_span(contract.function)
        where = site.call
        called = _called_from(where, span.path if span is not None else "")
        return diagnosed(told, span, called, site, outcome.facts)

    return deliver(diagnose, outcome, "result", contract.name, contract.mode, frame, key)


def broken_local(
    outcome: Outcome,
    given: Bindings,
    label: str,
    span: Span,
    frame: FrameType,
    key: Hashable,
) -> list[BaseException]:
    """The report on an annotated variable that was given something else."""

    def diagnose() -> Diagnostic:
        case = blame.find(outcome, given)
        told = explain(case, outcome.leaves, Subject(span.function or label, "local", {}))
        return diagnosed(told, span, "", Site(), outcome.facts)

    return deliver(diagnose, outcome, "local", label, "error", frame, key)


def raise_first(broken: list[BaseException]) -> None:
    """Raise what is to be raised, if anything is."""
    if broken:
        raise broken.pop()


def name_setters(given: Bindings, before: Outcome) -> None:
    """Tell who set the names that a call has bound, as far as the arguments still show it."""
    if before.holds is False:
        return
    for name, binding in before.bindings.sizes.items():
        known = given.sizes.get(name)
        if known is not None and known.value == binding.value:
            given.sizes[name] = binding
    for run, binding in before.bindings.runs.items():
        if run in given.runs and tuple(given.runs[run].value) == tuple(binding.value):
            given.runs[run] = binding


def broken_attributes(
    contract: Contract,
    outcome: Outcome,
    given: Bindings,
    frame: FrameType,
    key: Hashable = None,
) -> list[BaseException]:
    """The report on attributes that do not fit after a method has returned."""

    def diagnose() -> Diagnostic:
        site = callsite.find(frame, contract)
        name = short_name(contract.name)
        case = blame.find(outcome, given, facts=frozenset(contract.argument_specs))
        told = explain(case, outcome.leaves, Subject(name, "attribute", {}))
        root = getattr(case.node, "root", "")
        made = callsite.assignment_span(contract.function, root)
        passed = site.expressions.get(root.rsplit(".", 1)[-1])
        where = site.call
        called = _called_from(where, made.path) if made is not None else ""
        return diagnosed(told, made or passed or site.call, called, site, outcome.facts)

    return deliver(diagnose, outcome, "attribute", contract.name, contract.mode, frame, key)


def deliver(
    diagnose: Callable[[], Diagnostic],
    outcome: Outcome,
    role: str,
    name: str,
    mode: str,
    frame: FrameType,
    key: Hashable = None,
) -> list[BaseException]:
    """Make the exception to raise, in a list; or warn or take note, and give back an empty one."""
    from shapecheck.errors import ShapeError, ShapeWarning  # noqa: PLC0415 - loads jaxtyping
    from shapecheck.render.text import render  # noqa: PLC0415 - only failures are drawn

    report = ""
    try:
        diagnostic = diagnose()
        report = render(diagnostic, headline=False)
    except Exception as error:  # noqa: BLE001 - the finding is certain, its explanation broke
        own_failure(error, name)
        facts = tuple(outcome.failures())
        diagnostic = Diagnostic(RULES[role], f"{name}: {_bare(facts)}", facts=facts)
    run = findings.current
    decorated = key is None  # by the user, who may wait for what it raises
    if run is not None and not run.strict and not (decorated and expected.is_expected(frame)):
        run.add(diagnostic, key)
        return []
    if mode == "warn":
        span = diagnostic.span
        path, line = (span.path, span.line) if span else (frame.f_code.co_filename, 1)
        warnings.warn_explicit(ShapeWarning(diagnostic, report), ShapeWarning, path, line)
        return []
    return [ShapeError(diagnostic, report)]


def _bare(facts: tuple[Any, ...]) -> str:
    """The first broken requirement in the plainest words."""
    if not facts:
        return "a declared shape is broken"
    fact = facts[0]
    axis = "" if fact.left.axis is None else f", axis {fact.left.axis}"
    return f"{fact.left.label}{axis} does not have the declared {fact.relation} ({fact.right})"


def _texts(site: Site) -> dict[str, str]:
    return {name: site.text(name) for name in site.expressions}


def _declared_at(function: Any, path: str) -> str:
    """Where a function is declared, behind its name: by line alone in the same file."""
    code = getattr(function, "__code__", None)
    if code is None:
        return ""
    if code.co_filename == path:
        return f" (line {code.co_firstlineno})"
    return f" ({shown_path(code.co_filename)}:{code.co_firstlineno})"


def _called_from(where: Span | None, path: str) -> str:
    if where is None:
        return ""
    if where.path == path:
        return f"called from line {where.line}"
    return f"called from {shown_path(where.path)}:{where.line}"
