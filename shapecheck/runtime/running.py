"""`shapecheck run`: runs a program as Python does, and tells what is wrong with its shapes.

The program has the interpreter for itself: its own ``__main__``, arguments, paths, exit status and
standard output. What is found goes to stderr and into the report file.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import signal
import sys
import types
import zipfile
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapecheck.runtime import findings, hooks, importing, instrument, record
from shapecheck.runtime.findings import Findings
from shapecheck.runtime.importing import Covered, Finder
from shapecheck.runtime.notices import own_failure
from shapecheck.runtime.rewrite import Wanted
from shapecheck.runtime.tracebacks import clean

if TYPE_CHECKING:
    from types import CodeType

CRASHED, UNUSABLE = 1, 2
PAGES = "shapecheck: {0} is not there yet; the run goes on without it\n"


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What ``shapecheck run`` was asked for.

    Attributes:
        script: the file (or folder, or archive) to run, None for a module.
        module: the module to run, as ``python -m`` does.
        args: what the program gets.
        broadcasts: look for silent broadcasts and the like, too.
        trace: print the steps.
        record: the file for the shapes of all expressions.
        report: the file for the findings.
        html: the file for the page.
        strict: raise at the first finding.
        include: installed packages that count as the user's own.
        color: ``auto``, ``always`` or ``never``.
    """

    script: str | None = None
    module: str | None = None
    args: tuple[str, ...] = ()
    broadcasts: bool = False
    trace: bool = False
    record: str | None = None
    report: str | None = None
    html: str | None = None
    strict: bool = False
    include: tuple[str, ...] = ()
    color: str = "auto"


class NotRunnable(Exception):  # noqa: N818 - an answer, not a failure
    """There is no such program: what Python says of it, and the status it ends with."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class Program:
    """What is run.

    Attributes:
        path: its file.
        spec: the spec of a module; None for a plain script.
        folder: what is put in front of `sys.path`.
        name: what ``sys.argv[0]`` is.
    """

    path: str
    spec: ModuleSpec | None
    folder: str
    name: str


def run(options: RunOptions) -> int:
    """Run a program.

    Args:
        options: what to run, and what to look for.

    Returns:
        The program's exit status. What the program raises as `SystemExit` is passed on.
    """
    one = _Run(options)
    try:
        one.prepare()
    except Exception as error:  # noqa: BLE001 - the user's program comes first
        own_failure(error, "this run", "goes on unobserved")
    return one.execute()


class _Run:
    """One run."""

    def __init__(self, options: RunOptions) -> None:
        self.options = options
        self.own_main = sys.modules.get("__main__")  # kept alive: our caller's code is in it
        self.interrupted = False
        self.record = os.path.abspath(options.record) if options.record else ""  # noqa: PTH100 - as Python gives it: links stay
        self.wanted = Wanted(True, options.broadcasts, bool(options.record))
        self.findings = Findings(
            os.path.abspath(options.report) if options.report else "",  # noqa: PTH100 - as Python gives it: links stay
            options.strict,
        )

    def prepare(self) -> None:
        """Set everything up that watches the program."""
        options = self.options
        findings.under_run(self.findings)
        if options.broadcasts:
            from shapecheck.runtime import axes  # noqa: PLC0415 - loads the rules of ops

            axes.follow(wanted=True)
        record.forget()
        for word, wanted in (("--html", options.html), ("--trace", options.trace)):
            if wanted:
                sys.stderr.write(PAGES.format(word))
        folders = {str(Path.cwd())}
        if options.script is not None and Path(options.script).exists():
            folders.add(str(Path(options.script).resolve().parent))
        covered = Covered(tuple(folders), options.include)
        importing.install(Finder(covered, self.wanted, {"torch": self._torch_is_loaded}))
        hooks.install_in_threads(self._explain_thread)
        atexit.register(self._finish)  # the first to be registered is the last to be called

    def _torch_is_loaded(self) -> None:
        try:
            from shapecheck.runtime import chain  # noqa: PLC0415 - speaks to torch

            chain.watch_for_good()
        except Exception as error:  # noqa: BLE001 - the user's program comes first
            own_failure(error, "torch's modules", "are not watched")

    # --- the program ---

    def execute(self) -> int:
        """Run the program; its exit status."""
        try:
            self._execute()
        except NotRunnable as error:
            sys.stderr.write(f"{error}\n")
            return error.status
        except SystemExit:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever the program dies of
            died = error
        else:
            return 0
        return self._died(died)  # outside of the handler: the program's hook sees none at work

    def _execute(self) -> None:
        program = self._find()
        module = self._main_module(program)
        sys.argv = [program.name, *self.options.args]
        sys.modules["__main__"] = module
        code = self._code(program)
        self.findings.files += 1
        self.findings.write()
        exec(code, vars(module))  # noqa: S102 - this is what it is for

    def _find(self) -> Program:
        """Find the program, and let it see what it can import."""
        options = self.options
        if options.module is not None:
            if not sys.flags.safe_path:
                sys.path[0:1] = [str(Path.cwd())]
            return _module(options.module)
        program = _script(options.script or "")
        if program.folder and (program.spec is not None or not sys.flags.safe_path):
            sys.path[0:1] = [program.folder]
        return program

    def _main_module(self, program: Program) -> types.ModuleType:
        module = types.ModuleType("__main__")
        spec = program.spec
        names: dict[str, Any] = {
            "__file__": program.path,
            "__cached__": spec.cached if spec is not None else None,
            "__loader__": spec.loader if spec else SourceFileLoader("__main__", program.path),
            "__package__": spec.parent if spec is not None else None,
            "__spec__": spec,
            "__annotations__": {},
            "__builtins__": sys.modules["builtins"],
        }
        vars(module).update(names)
        instrument.equip(vars(module), self.wanted)
        return module

    def _code(self, program: Program) -> CodeType | Any:
        """The program's code: instrumented if it is source, and if that works."""
        loader: Any = program.spec.loader if program.spec is not None else None
        if isinstance(loader, importing.Loader) or loader is None:
            text = Path(program.path).read_bytes()
            code = instrument.compiled(text, program.path, self.wanted)
            if code is not None:
                return code
            if loader is None:
                return compile(text, program.path, "exec", dont_inherit=True)
        return loader.get_code(program.spec.name if program.spec is not None else "__main__")

    # --- the end ---

    def _died(self, error: BaseException) -> int:
        """Show the exception as Python does, and below it our report."""
        clean(error)
        self.interrupted = isinstance(error, KeyboardInterrupt)
        sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
        if sys.version_info >= (3, 12):
            sys.last_exc = error
        _show(error)
        self._explain(error)
        return CRASHED

    def _explain(self, error: BaseException) -> None:
        found = hooks.explanation(error, observed=self.wanted.operators)
        if found is not None:
            self.findings.add(found)

    def _explain_thread(self, error: BaseException) -> None:
        clean(error)
        self._explain(error)

    def _write_record(self) -> None:
        if not self.record or os.getpid() != self.findings.process:
            return
        try:
            record.write(self.record)
        except Exception as error:  # noqa: BLE001 - the user's program comes first
            own_failure(error, self.record, "is not written")

    def _finish(self) -> None:
        """The last thing of all: what is to be said at the end."""
        try:
            self._write_record()
            self.findings.finish()
        except Exception as error:  # noqa: BLE001 - the user's program comes first
            own_failure(error, "the report", "may be incomplete")
        if self.interrupted and os.getpid() == self.findings.process:
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)  # a program that is interrupted ends by the signal


def _show(error: BaseException) -> None:
    """Show an uncaught exception through the program's own hook."""
    hook = sys.excepthook
    try:
        hook(type(error), error, error.__traceback__)
    except SystemExit:
        raise
    except BaseException as other:  # noqa: BLE001 - the user's program comes first
        clean(other)
        sys.stderr.write("Error in sys.excepthook:\n")
        sys.__excepthook__(type(other), other, other.__traceback__)
        sys.stderr.write("\nOriginal exception was:\n")
        sys.__excepthook__(type(error), error, error.__traceback__)


# --- finding the program ------------------------------------------------------------------------


def _script(name: str) -> Program:
    """A script, or a folder or archive with a ``__main__.py``."""
    path = os.path.abspath(name)  # noqa: PTH100 - as Python gives it: links stay
    if Path(path).is_dir() or (Path(path).is_file() and zipfile.is_zipfile(path)):
        spec = PathFinder.find_spec("__main__", [path])
        if spec is None or not spec.origin:
            raise NotRunnable(
                f"{sys.executable}: can't find '__main__' module in {path!r}", CRASHED
            )
        return Program(spec.origin, spec, name, name)
    if not Path(path).is_file():
        import errno  # noqa: PLC0415 - only findings need it

        raise NotRunnable(
            f"{sys.executable}: can't open file {path!r}: [Errno {errno.ENOENT}] "
            f"{os.strerror(errno.ENOENT)}",
            UNUSABLE,
        )
    return Program(path, None, str(Path(path).resolve().parent), name)


def _module(name: str) -> Program:
    """A module, or a package with a ``__main__``."""
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            package = spec
            name = f"{name}.__main__"
            spec = importlib.util.find_spec(name)
            if spec is None:
                raise NotRunnable(
                    f"{sys.executable}: No module named {name}; {package.name!r} is a package and "
                    "cannot be directly executed",
                    CRASHED,
                )
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise NotRunnable(
            f"{sys.executable}: Error while finding module specification for {name!r} "
            f"({type(error).__name__}: {error})",
            CRASHED,
        ) from None
    if spec is None or spec.loader is None:
        raise NotRunnable(f"{sys.executable}: No module named {name}", CRASHED)
    origin = spec.origin or ""
    return Program(origin, spec, "", origin)


__all__ = ["RunOptions", "run"]
