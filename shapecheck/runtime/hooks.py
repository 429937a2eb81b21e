"""Reports below the tracebacks of exceptions that nothing caught: in scripts and in IPython."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

from shapecheck.runtime.notices import own_failure

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from shapecheck.diagnostics import Diagnostic
_MAGIC = "shapes"
_INSTALLED = "_shapecheck_before"  # on our hook: the hook that it stands in front of


def explanation(error: BaseException, *, observed: bool = False) -> Diagnostic | None:
    """The finding behind an exception that was raised because of shapes; None for any other.

    Never raises: if shapecheck itself fails, it says so in one line on stderr.

    Args:
        error: the exception.
        observed: the program was instrumented, and its frames hold more than its own variables.
    """
    try:
        from shapecheck.runtime import crash  # noqa: PLC0415 - only crashes need all this

        observations = None
        if observed:
            from shapecheck.runtime import observe  # noqa: PLC0415 - only crashes need all this

            observations = observe.observations()
        return crash.explain(error, observations)
    except Exception as failure:  # noqa: BLE001 - the user's exception comes first
        own_failure(failure, "this exception", "stays as it is")
        return None


def report_on(error: BaseException) -> str:
    """The report on an exception that was raised because of shapes, "" for any other."""
    found = explanation(error)
    if found is None:
        return ""
    try:
        from shapecheck.render.text import render  # noqa: PLC0415 - only crashes need all this

        return render(found)
    except Exception as failure:  # noqa: BLE001 - the user's exception comes first
        own_failure(failure, "this exception", "stays as it is")
        return ""


def install_excepthook() -> None:
    """Print an explanation below the traceback of what a library raised because of shapes.

    The exception and its traceback stay as they are, and the hook that was there before is still
    called. Calling it twice changes nothing. Nothing else is slowed down or looked at.
    """
    if not hasattr(sys.excepthook, _INSTALLED):
        sys.excepthook = _in_front_of(sys.excepthook)
    if not hasattr(threading.excepthook, _INSTALLED):
        threading.excepthook = _in_threads(threading.excepthook, _print)


def install_in_threads(explain: Callable[[BaseException], None]) -> None:
    """Let what a thread dies of be explained below its traceback."""
    threading.excepthook = _in_threads(threading.excepthook, explain)


def _in_front_of(before: Callable[..., Any]) -> Callable[..., Any]:
    def excepthook(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        before(kind, error, trace)
        _print(error)

    setattr(excepthook, _INSTALLED, before)
    return excepthook


def _in_threads(
    before: Callable[..., Any], explain: Callable[[BaseException], None]
) -> Callable[..., Any]:
    def excepthook(args: Any) -> None:
        before(args)
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            explain(args.exc_value)

    setattr(excepthook, _INSTALLED, before)
    return excepthook


def _print(error: BaseException) -> None:
    report = report_on(error)
    if report and sys.stderr is not None:
        sys.stderr.write(f"\n{report}")


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext shapecheck``: explain what a library raised because of shapes, in each cell.

    ``%shapes X @ W + b`` explains an expression of the notebook's variables, as `explain` does.
    """

    def explained(
        shell: Any,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType,
        tb_offset: int | None = None,
    ) -> None:
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
        _print(error)

    def shapes(line: str) -> None:
        from shapecheck.runtime.explaining import explain_in  # noqa: PLC0415 - when it is asked for
        from shapecheck.spec.errors import SpecError  # noqa: PLC0415

        try:
            print(explain_in(line, shell.user_ns), end="")  # noqa: T201 - what was asked for
        except SpecError as error:
            print(error, file=sys.stderr)  # noqa: T201

    shell.set_custom_exc((Exception,), explained)
    shell.register_magic_function(shapes, "line", _MAGIC)


def unload_ipython_extension(shell: Any) -> None:
    """``%unload_ext shapecheck``."""
    shell.set_custom_exc((), None)
    shell.magics_manager.magics["line"].pop(_MAGIC, None)
