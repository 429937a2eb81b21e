"""An op that was seen in a run, with what is known of it: its operands as they are written."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from shapecheck.advice.scene import Scene, written_operands
from shapecheck.advice.silent import explain
from shapecheck.diagnostics import Diagnostic, shown_path
from shapecheck.facts import Fact
from shapecheck.infer.gradients import loaded
from shapecheck.ops import Array
from shapecheck.ops._need import Why
from shapecheck.runtime import axes
from shapecheck.runtime.kinds import is_array, owner_of
from shapecheck.runtime.live import FrameLookup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from shapecheck.infer import Step
    from shapecheck.infer.silent import Silent
    from shapecheck.runtime.sites import Site

OWN = ("shapecheck",)


@dataclass(frozen=True, slots=True)
class Seen:
    """An op that was seen.

    Attributes:
        site: where.
        step: what its rule says.
        given: what was passed: for a call what was called comes first.
        result: what came out.
        held: the call of the function around it, if that declares something.
    """

    site: Site
    step: Step
    given: tuple[Any, ...]
    result: Any
    held: Any

    @property
    def last(self) -> str:
        """The last part of the op's name."""
        return self.step.named.rpartition(".")[2]

    @property
    def first(self) -> Array | None:
        """The first array that was passed."""
        return next(
            (one for one in self.step.applied.bound.values() if isinstance(one, Array)), None
        )


def pairs(seen: Seen) -> Iterator[tuple[Array, Any]]:
    """The arrays of the op, each with the object that it is the value of."""
    for value in _arrays(seen.step.applied.bound.values()):
        for thing in things(seen.given):
            known = axes.known(thing)
            if known is not None and known.array is value:
                yield value, thing
                break


def _arrays(values: Any) -> Iterator[Array]:
    for one in values:
        if isinstance(one, Array):
            yield one
        elif isinstance(one, (list, tuple)):
            yield from _arrays(one)


def things(given: Any) -> Iterator[Any]:
    """The arrays among what was passed, those in lists too, and the owner of a method."""
    for one in given:
        if is_array(one):
            yield one
        elif type(one) in (tuple, list):
            yield from things(one)
        elif is_array(owner_of(one)):
            yield owner_of(one)


def users_frame() -> FrameType:
    """The user's frame: the first that is none of ours."""
    frame = sys._getframe(1)  # noqa: SLF001 - the only way to the frame
    while (
        str(frame.f_globals.get("__name__", "")).split(".")[0] in OWN and frame.f_back is not None
    ):
        frame = frame.f_back
    return frame


def operand_nodes(seen: Seen, node: Any) -> dict[int, ast.expr]:
    """The syntax of each array of the op, by identity of the array."""
    places = _written(node)
    found: dict[int, ast.expr] = {}
    for array, thing in pairs(seen):
        for where, other in zip(places, _flat(seen.given), strict=False):
            if other is thing:
                found.setdefault(id(array), where)
    return found


def _written(node: Any) -> list[ast.expr]:
    match node:
        case ast.AugAssign(target=target, value=value):
            return [loaded(target), value]
        case ast.Compare(left=left, comparators=[right]):
            return [left, right]
        case ast.UnaryOp(operand=operand):
            return [operand]
        case ast.Attribute(value=value) | ast.Subscript(value=value):
            return [value]
        case ast.Call(func=function):
            owner = [] if isinstance(function, ast.Attribute) else [function]
            return [*owner, *written_operands(node)]
    return written_operands(node)


def _flat(given: Any) -> list[Any]:
    """What was passed, lists of arrays opened as they are written."""
    found: list[Any] = []
    for one in given:
        owner = owner_of(one)
        if type(one) in (tuple, list):
            found += one
        else:
            found.append(owner if is_array(owner) else one)
    return found


def diagnostic(seen: Seen, one: Silent) -> Diagnostic:
    """The finding about something that an op did silently."""
    source, node = seen.site.source, seen.site.node
    frame = users_frame()
    nodes = operand_nodes(seen, node)
    step = replace(seen.step, node=node, nodes=nodes)
    things = dict(
        zip(map(id, (a for a, _ in pairs(seen))), (t for _, t in pairs(seen)), strict=True)
    )
    known = {where: things[number] for number, where in nodes.items() if number in things}
    scene = Scene(
        step,
        Fact(None, "silent", None, Why(one.rule), holds=True),
        node,
        FrameLookup(frame, known),
        source.segment,
        aliases=_aliases(frame),
        spans=lambda other: source.span(other) if hasattr(other, "lineno") else None,
        module=source.segment(node.func) if step.applied.op.stored else "",
    )
    told = explain(scene, one)
    return Diagnostic(
        told.rule,
        told.message,
        source.span(node),
        called_from(frame),
        told.operands,
        told.reason,
        (),
        told.fixes,
    )


def _aliases(frame: FrameType) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, thing in list(frame.f_globals.items()):
        module = getattr(thing, "__name__", "") if type(thing).__name__ == "module" else ""
        if module in ("numpy", "torch", "torch.nn", "torch.nn.functional", "einops"):
            found.setdefault(module, name)
    return found


def called_from(frame: FrameType) -> str:
    """Who called the function: ``called from line 69``."""
    caller = frame.f_back
    if frame.f_code.co_name == "<module>":
        return ""
    while caller is not None and str(caller.f_globals.get("__name__", "")).split(".")[0] in (
        *OWN,
        "torch",
    ):
        caller = caller.f_back
    if caller is None:
        return ""
    path, line = caller.f_code.co_filename, caller.f_lineno
    where = f"line {line}" if path == frame.f_code.co_filename else f"{shown_path(path)}:{line}"
    return f"called from {where}"
