"""Tracebacks without our own frames in them."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from shapecheck.runtime.places import OWN

if TYPE_CHECKING:
    from collections.abc import Iterator

IMPORTING = "<frozen importlib"  # Python takes these out itself, as long as nothing is in between


def clean(error: BaseException) -> None:
    """Take our frames out of the traceback of an exception, and of those that led to it."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        one.__traceback__ = cleaned(one.__traceback__)
        waiting += [other for other in (one.__cause__, one.__context__) if other is not None]
        waiting += getattr(one, "exceptions", ()) if isinstance(one, BaseExceptionGroup) else ()


def cleaned(trace: TracebackType | None) -> TracebackType | None:
    """A traceback without our frames, and without those of imports that we took part in."""
    levels = list(_levels(trace))
    ours = [_is_own(level) for level in levels]
    if not any(ours):
        return trace
    inner = any(ours[1:])
    kept = [
        level
        for level, own in zip(levels, ours, strict=True)
        if not own and not (inner and level.tb_frame.f_code.co_filename.startswith(IMPORTING))
    ]
    made: TracebackType | None = None
    for level in reversed(kept):
        made = TracebackType(made, level.tb_frame, level.tb_lasti, level.tb_lineno)
    return made


def _levels(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _is_own(level: TracebackType) -> bool:
    return level.tb_frame.f_code.co_filename.startswith(OWN)
