"""The command line: arguments are read here, and each command is carried out elsewhere.

Every command imports what it needs when it is chosen, so that a cold ``shapecheck check`` loads
neither numpy nor torch, and ``shapecheck --help`` nothing at all.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CLEAN, FOUND, BROKEN = 0, 1, 2  # exit statuses of all commands but `run`
INTERRUPTED = 130
EXPLAIN_EPILOG = """\
a shape is sizes with commas between, numbers or names:
  shapecheck explain 'X @ W + b' X=3,2 W=2,2 b=1,2
  shapecheck explain 'x @ W.T' x=B,n_in W=n_out,n_in
"""
RUN_VALUED = ("--record", "--report", "--html", "--include", "--color")
COLORS = ("auto", "always", "never")


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command line.

    Args:
        argv: the words after the program's name; those of the process by default.

    Returns:
        The exit status: 0 clean, 1 findings of severity error (warnings too under ``--strict``),
        2 unusable arguments, unreadable input or our own failure. ``run`` ends with the script's
        own status.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["run"]:
        return _run(words[1:])
    options = _parser().parse_args(words)
    try:
        status: int = options.carry_out(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader went away: `shapecheck check | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLEAN
    except Exception as error:
        if os.environ.get("SHAPECHECK_DEBUG"):
            raise
        name = type(error).__name__
        _say(f"internal error: {name}: {error} (SHAPECHECK_DEBUG=1 shows the traceback)")
        return BROKEN
    return status


def _say(message: str) -> None:
    print(f"shapecheck: {message}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    from shapecheck import __version__

    parser = argparse.ArgumentParser(
        prog="shapecheck",
        description="Shape errors of NumPy and PyTorch: found, explained, checked.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"shapecheck {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    run = commands.add_parser("run", help="run a script and explain what breaks", add_help=False)
    run.set_defaults(carry_out=lambda _: _run([]))  # `main` takes `run` before argparse does
    _explain_parser(commands)
    _lsp_parser(commands)
    return parser


def _explain_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "explain",
        help="why an expression is allowed, or is not, for given shapes",
        description="Why an expression is allowed, or is not. Nothing in it is run.",
        epilog=EXPLAIN_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("expression", metavar="EXPR", help="'X @ W + b'")
    parser.add_argument("words", metavar="NAME=SHAPE", nargs="*", help="X=3,2")
    parser.set_defaults(carry_out=_explain)


def _lsp_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("lsp", help="the language server for editors")
    parser.set_defaults(carry_out=_lsp)


def _explain(options: argparse.Namespace) -> int:
    from shapecheck.runtime.explaining import explain_words
    from shapecheck.spec.errors import SpecError

    try:
        found = explain_words(options.expression, options.words)
    except SpecError as error:
        print(error, file=sys.stderr)
        return BROKEN
    print(found, end="")
    return FOUND if found.allowed is False else CLEAN


def _lsp(_: argparse.Namespace) -> int:
    _say("the language server is not there yet")
    return BROKEN


def _run_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="shapecheck run",
        usage="shapecheck run [OPTIONS] (SCRIPT | -m MODULE) [ARGS ...]",
        description="Run a script as python does, and explain the shape errors in it. Options "
        "stand before SCRIPT; whatever follows it goes to the script. The exit status is the "
        "script's own.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("-m", metavar="MODULE", dest="module", help="run a module, as `python -m` does")
    add("--broadcasts", action="store_true", help="warn of silent broadcasts, too")
    add("--trace", action="store_true", help="print the shape of each step")
    add("--record", metavar="F.jsonl", help="write the shape of every array-valued expression")
    add("--report", metavar="F.json", help="write all findings as JSON")
    add("--html", metavar="F.html", help="write a page that shows the run")
    add("--strict", action="store_true", help="raise at the first finding")
    add(
        "--include",
        metavar="PACKAGE",
        action="append",
        default=[],
        help="look into an installed package, too (repeatable)",
    )
    add("--color", choices=COLORS, default="auto", help="colour the reports (default: auto)")
    return parser


def _run(words: list[str]) -> int:
    """Split at the script: what stands before it is ours, what follows it is not."""
    ours, script, rest = _split(words)
    parser = _run_parser()
    options = parser.parse_args(ours)
    if options.module is None and script is None:
        parser.error("give a SCRIPT or -m MODULE")
    from shapecheck.runtime.running import RunOptions, run

    return run(
        RunOptions(
            script=script,
            module=options.module,
            args=tuple(rest),
            broadcasts=options.broadcasts,
            trace=options.trace,
            record=options.record,
            report=options.report,
            html=options.html,
            strict=options.strict,
            include=tuple(options.include),
            color=options.color,
        )
    )


def _split(words: list[str]) -> tuple[list[str], str | None, list[str]]:
    """Our options, the script (None after ``-m MODULE``), and what is passed on to it."""
    at = 0
    while at < len(words):
        word = words[at]
        if word == "--":
            return words[:at], *_first(words[at + 1 :])
        if word == "-m":
            return words[: at + 2], None, words[at + 2 :]
        if word.startswith("-m") and not word.startswith("--"):
            return words[: at + 1], None, words[at + 1 :]
        if not word.startswith("-") or word == "-":
            return words[:at], *_first(words[at:])
        at += 2 if word in RUN_VALUED else 1
    return words, None, []


def _first(words: list[str]) -> tuple[str | None, list[str]]:
    return (words[0], words[1:]) if words else (None, [])
