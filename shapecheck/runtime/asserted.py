"""`assert_shape`: a declaration in the middle of a function's body."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from shapecheck import config
from shapecheck.advice import blame
from shapecheck.advice.contracts import explain
from shapecheck.advice.diagnosed import span_text
from shapecheck.advice.subject import Subject
from shapecheck.backends import constant_of_graphs, is_compiling, uncompiled
from shapecheck.diagnostics import Diagnostic, Note
from shapecheck.runtime import callsite, notices, report
from shapecheck.runtime.scopes import Here
from shapecheck.spec.annotations import Reader
from shapecheck.spec.grammar import parse_shape
from shapecheck.spec.leaves import Item
from shapecheck.spec.match import match
from shapecheck.spec.model import ArraySpec, Dim, arrays_in, judges

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from shapecheck.dims import Expr
    from shapecheck.spec.match import Outcome, Place
    from shapecheck.spec.model import Spec

T = TypeVar("T")
LABEL = "assert_shape"  # stands for the value where its own text is not known


def assert_shape(value: T, spec: Any, /) -> T:
    """Hold a value to a declaration where it stands.

    The names in it are those of the checked call around it (or of the open `scope`); new names
    are bound for the rest of that call. Outside of any, only the declaration itself is checked.
    So it is in a graph that torch.compile makes: rank, fixed sizes and equal names are checked,
    but not against the names of the call around it.

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
    if not (is_compiling() and _fits_alone(value, spec)):
        __tracebackhide__ = True
        broken = _hold(value, spec)
        if broken:
            raise broken.pop()
    return value


@uncompiled
def _hold(value: Any, spec: Any) -> list[BaseException]:
    """What there is to raise if a value does not keep to its declaration."""
    if config.mode() == "off":
        return []
    frame = _asking_frame()
    wanted = _wanted(spec, frame)
    return _decide(value, wanted, frame)


def _asking_frame() -> FrameType:
    """The frame that has called `assert_shape`: names are those of the caller."""
    frame = sys._getframe(1)  # noqa: SLF001 - the only way to the frame
    while frame.f_code.co_filename != __file__ or frame.f_code.co_name != "assert_shape":
        frame = _caller(frame)
    return _caller(frame)


def _caller(frame: FrameType) -> FrameType:
    if frame.f_back is None:
        raise RuntimeError("assert_shape was called by nobody")
    return frame.f_back


@dataclass(frozen=True)
class _Demands:
    """What a declaration asks of a shape by itself, whatever its names stand for."""

    rank: int = 0
    has_run: bool = True
    fixed: tuple[tuple[int, int], ...] = ()
    same: tuple[tuple[int, int], ...] = ()


@constant_of_graphs
def _demands(spec: Any) -> _Demands:
    """What can be asked without names. Axes after a run count from the end."""
    text = spec if isinstance(spec, str) else getattr(spec, "dim_str", None)
    if not isinstance(text, str) or config.mode() == "off":
        return _Demands()
    wanted = ArraySpec(parse_shape(text), text=text)
    fixed: list[tuple[int, int]] = []
    same: list[tuple[int, int]] = []
    places: dict[Expr, int] = {}
    for position, axis in enumerate(wanted.axes):
        is_after_run = wanted.runs_at is not None and position > wanted.runs_at
        place = position - len(wanted.axes) if is_after_run else position
        if not isinstance(axis, Dim) or axis.broadcast or axis.template or axis.size is None:
            continue
        if isinstance(axis.size, int):
            fixed.append((place, axis.size))
        elif axis.size in places:
            same.append((place, places[axis.size]))
        else:
            places[axis.size] = place
    return _Demands(wanted.rank, wanted.runs_at is not None, tuple(fixed), tuple(same))


def _fits_alone(value: Any, spec: Any) -> bool:
    """Whether a value keeps to what a declaration asks by itself; Dynamo traces this."""
    if not isinstance(spec, (str, type)) or not hasattr(value, "shape"):
        return True
    wanted = _demands(spec)
    shape = value.shape
    if len(shape) < wanted.rank or (len(shape) > wanted.rank and not wanted.has_run):
        return False
    return all(shape[axis] == size for axis, size in wanted.fixed) and all(
        shape[axis] == shape[other] for axis, other in wanted.same
    )


class _Locals(Mapping[str, Any]):
    """A frame's variables, looked at when one is asked for.

    Before Python 3.13 looking leaves a copy in the frame, which keeps arrays alive after `del`.
    """

    def __init__(self, frame: FrameType) -> None:
        self.frame = frame

    def __getitem__(self, name: str) -> Any:
        return self.frame.f_locals[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.frame.f_locals)

    def __len__(self) -> int:
        return len(self.frame.f_locals)


def _has_template(spec: Spec) -> bool:
    """Whether ``{…}`` parts speak of the caller's variables."""
    return any(
        isinstance(axis, Dim) and axis.template for array in arrays_in(spec) for axis in array.axes
    )


def _wanted(spec: Any, frame: FrameType) -> Spec:
    """What is declared: a string is always axes here, everything else is a hint."""
    if isinstance(spec, str):
        return ArraySpec(parse_shape(spec), text=spec)
    wanted = Reader([_Locals(frame), frame.f_globals]).read(spec, "assert_shape")
    if not judges(wanted):
        raise TypeError(
            f"assert_shape(value, {spec!r}): this declares no axes; "
            'write them as a string ("B n_in") or use a hint such as Float[Tensor, "B n_in"]'
        )
    return wanted


def _decide(value: Any, wanted: Spec, frame: FrameType) -> list[BaseException]:
    try:
        here = Here(frame)
        names = frame.f_locals if _has_template(wanted) else {}
        outcome = match([Item(LABEL, wanted, value)], here.bindings, names)
        notices.tell_troubles(outcome, "assert_shape")
        if outcome.holds is not False:
            here.add(outcome.bindings)
            return []
    except Exception as error:  # noqa: BLE001 - the user's program comes first
        notices.own_failure(error, "assert_shape")
        return []
    return _report(outcome, here, frame)


def _report(outcome: Outcome, here: Here, frame: FrameType) -> list[BaseException]:
    def diagnose() -> Diagnostic:
        call, arguments = callsite.here(frame)
        span = arguments[0] if arguments else call
        text = span_text(span) if arguments else ""
        if here.contract is not None and here.check is not None:
            held = here.check.f_locals
            values = {name: held[name] for name in here.contract.parameter_names if name in held}
            report.name_setters(
                here.bindings, here.contract.outcome_of_arguments(values, here.check)
            )
        case = blame.find(outcome, here.bindings)
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
