"""`assert_shape`: a declaration in the middle of a function's body."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeVar

from shapecheck import config
from shapecheck.advice import blame
from shapecheck.advice.contracts import Subject, explain
from shapecheck.backends import is_compiling
from shapecheck.diagnostics import Diagnostic, Note
from shapecheck.runtime import callsite, report
from shapecheck.runtime.scopes import Here
from shapecheck.spec.annotations import Reader
from shapecheck.spec.grammar import parse_shape
from shapecheck.spec.leaves import Item
from shapecheck.spec.match import match
from shapecheck.spec.model import ArraySpec, judges

if TYPE_CHECKING:
    from types import FrameType

    from shapecheck.spec.match import Outcome, Place
    from shapecheck.spec.model import Spec

T = TypeVar("T")
LABEL = "assert_shape"  # stands for the value where its own text is not known


def assert_shape(value: T, spec: Any, /) -> T:
    """Hold a value to a declaration where it stands.

    The names in it are those of the checked call around it (or of the open `scope`); new names
    are bound for the rest of that call. Outside of any, only the declaration itself is checked.

    Args:
        value: an array, or a container of arrays where `spec` is a hint for one.
        spec: axes as a string (``"B n_in"``, ``"(B, n_in)"``), or a hint such as
            ``Float[Tensor, "B n_in"]``.

    Returns:
        The value itself.

    Raises:
        ShapeError: the value does not keep to the declaration.
        SpecError: the declaration cannot be read.
    """
    if is_compiling() or config.mode() == "off":
        return value
    frame = sys._getframe(1)  # noqa: SLF001 - names are those of the caller
    wanted = _wanted(spec, frame)
    broken = _decide(value, wanted, frame)
    if broken is not None:
        raise broken
    return value


def _wanted(spec: Any, frame: FrameType) -> Spec:
    """What is declared: a string is always axes here, everything else is a hint."""
    if isinstance(spec, str):
        return ArraySpec(parse_shape(spec), text=spec)
    wanted = Reader([frame.f_locals, frame.f_globals]).read(spec, "assert_shape")
    if not judges(wanted):
        raise TypeError(
            f"assert_shape(value, {spec!r}): this declares no axes; "
            'write them as a string ("B n_in") or use a hint such as Float[Tensor, "B n_in"]'
        )
    return wanted


def _decide(value: Any, wanted: Spec, frame: FrameType) -> BaseException | None:
    try:
        here = Here(frame)
        outcome = match([Item(LABEL, wanted, value)], here.bindings, frame.f_locals)
        report.tell_troubles(outcome, "assert_shape")
        if outcome.holds is not False:
            here.add(outcome.bindings)
            return None
    except Exception as error:  # noqa: BLE001 - the user's program comes first
        report.own_failure(error, "assert_shape")
        return None
    return _report(outcome, here, frame)


def _report(outcome: Outcome, here: Here, frame: FrameType) -> BaseException | None:
    def diagnose() -> Diagnostic:
        call, arguments = callsite.here(frame)
        span = arguments[0] if arguments else call
        text = callsite.span_text(span) if arguments else ""
        if here.contract is not None and here.check is not None:
            held = here.check.f_locals
            values = {name: held[name] for name in here.contract.parameter_names if name in held}
            report.name_setters(
                here.bindings, here.contract.outcome_of_arguments(values, here.check)
            )
        case = blame.find(outcome, here.bindings, frame.f_locals)
        told = explain(case, outcome.leaves, Subject("assert_shape", "local", {LABEL: text}))
        notes = tuple(_note(*one) for one in told.names)
        return Diagnostic(
            told.rule,
            told.message,
            span,
            "",
            told.operands,
            told.reason,
            notes,
            told.fixes,
            outcome.facts,
        )

    mode = here.contract.mode if here.contract is not None else config.mode()
    return report.deliver(diagnose, outcome, "local", "assert_shape", mode, frame)


def _note(name: str, value: int | None, place: Place) -> Note:
    if not place.label:
        return Note(f"{name} is {value} in this scope")
    axis = "" if place.axis is None else f", axis {place.axis}"
    return Note(f"{name} is {value}: {place.label}{axis}")
