"""From source text to instrumented code, and the reporters that such code calls."""

from __future__ import annotations

import builtins
import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shapecheck.runtime import held, notices, record
from shapecheck.runtime.rewrite import PREFIX, rewrite
from shapecheck.runtime.sites import Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

    from shapecheck.runtime.rewrite import Wanted

_REPORTERS: dict[str, Any] = {
    "value": record.value,
    "declare": held.declare,
    "wrap": held.wrap,
    "type": held.type_,
    "enter": held.enter,
    "result": held.result,
    "yielded": held.yielded,
    "local": held.local,
}
GRADIENTS = ("saw", "gave", "came", "gradients")  # likewise
OPERATORS = ("one", "two", "item", "call", "sizes", "step")  # their reporters load the rules of ops


def compiled(text: bytes, path: str, wanted: Wanted) -> CodeType | None:
    """The instrumented code of a file; None if it cannot be instrumented.

    What is wrong with the source is left for Python to say.
    """
    try:
        with _uncollected():
            tree = rewrite(Source(path, text), wanted)
            code: CodeType = compile(tree, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    except (RecursionError, MemoryError, Exception) as error:  # noqa: BLE001 - the user's program comes first
        notices.own_failure(error, path, "runs as it is")
        return None
    return code


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without garbage collection: a tree of a large file is looked through again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def reporters(wanted: Wanted) -> dict[str, Any]:
    """The functions that rewritten source calls, by the names that it has for them."""
    found = dict(_REPORTERS)
    if wanted.operators:
        from shapecheck.runtime import backward, observe  # noqa: PLC0415 - they load the ops

        found.update({name: getattr(observe, name) for name in OPERATORS})
        found.update({name: getattr(backward, name) for name in GRADIENTS})
    return {f"{PREFIX}{name}__": reporter for name, reporter in found.items()}


def equip(names: dict[str, Any], wanted: Wanted) -> None:
    """Let a module's code find the reporters.

    They are the module's own names, so that a function that is pickled by value takes them along
    by reference; and Python's, for code that is run with other names around it.
    """
    found = reporters(wanted)
    names.update(found)
    vars(builtins).update(found)
