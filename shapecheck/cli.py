"""The command line: words are read here, and each command is carried out elsewhere.

Every command imports what it needs when it is chosen, so that a cold ``shapecheck check`` loads
neither numpy nor torch, and ``shapecheck --help`` nothing at all.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from shapecheck.config import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - it has no other

CLEAN, FOUND, BROKEN = 0, 1, 2  # exit statuses of all commands but `run`
INTERRUPTED = 130
STATUSES = """\
exit status: 0 clean, 1 findings of severity error (warnings too under --strict),
2 unusable arguments, unreadable input or our own failure
"""
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
    if hasattr(sys.stdout, "reconfigure"):  # a name that a terminal cannot show is no failure
        sys.stdout.reconfigure(errors="backslashreplace")
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
        say(f"internal error: {name}: {error} (SHAPECHECK_DEBUG=1 shows the traceback)")
        return BROKEN
    return status


def say(message: str) -> None:
    """A line on stderr."""
    print(f"shapecheck: {message}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    from shapecheck import __version__

    parser = argparse.ArgumentParser(
        prog="shapecheck",
        description="Shape errors of NumPy and PyTorch: found without running the code, found "
        "while it runs, and explained.",
        epilog=STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"shapecheck {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _check_parser(commands)
    _shapes_parser(commands)
    run = commands.add_parser("run", help="run a script and explain what breaks", add_help=False)
    run.set_defaults(carry_out=lambda _: _run([]))  # `main` takes `run` before argparse does
    _explain_parser(commands)
    _tables_parsers(commands)
    lsp = commands.add_parser("lsp", help="the language server for editors")
    lsp.set_defaults(carry_out=_lsp)
    return parser


def _check_parser(commands: Commands) -> None:
    parser = commands.add_parser(
        "check",
        help="find shape errors without running the code",
        description="Find the shape errors that are certain. Nothing is imported or run.",
        epilog=STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("paths", metavar="PATH", nargs="*", help="files and folders, - for stdin (default: .)")
    add("--output-format", choices=FORMATS, help="how findings are written (default: full)")
    add(
        "-j",
        "--jobs",
        type=_count,
        metavar="N",
        help="how many processes (default: as many as pay)",
    )
    add("--select", action="append", metavar="RULES", help="only these: names, codes, SC2, ALL")
    add("--ignore", action="append", metavar="RULES", help="not these")
    add("--strict", action="store_true", help="warnings count for the exit status, too")
    add("--exit-zero", action="store_true", help="end with 0 whatever is found")
    add("--statistics", action="store_true", help="count the findings by rule; name slow files")
    add("--baseline", metavar="FILE", help="leave out the findings that FILE holds")
    add("--update-baseline", action="store_true", help="write all findings to the baseline")
    add("--exclude", action="append", metavar="PATTERNS", help="leave out, as a .gitignore does")
    add("--force-exclude", action="store_true", help="leave out even what is named as PATH")
    add("--no-respect-gitignore", action="store_true", help="look at what git leaves out, too")
    add("--stdin-filename", metavar="FILE", help="what the content of stdin is called")
    add("--no-cache", action="store_true", help="look at every file anew")
    add("--cache-dir", metavar="FOLDER", help="where results are kept")
    add("--watch", action="store_true", help="check again whenever a file changes")
    _common(parser)
    parser.set_defaults(carry_out=_check)


def _common(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--config", metavar="FILE", help="take the settings from this pyproject.toml")
    add("--isolated", action="store_true", help="take no settings from files")
    add("--color", choices=COLORS, default="auto", help="colour the reports (default: auto)")


def _shapes_parser(commands: Commands) -> None:
    parser = commands.add_parser(
        "shapes",
        help="show the code with every inferred shape beside its line",
        allow_abbrev=False,
    )
    parser.add_argument("paths", metavar="PATH", nargs="+", help="files and folders")
    parser.add_argument("--output-format", choices=("full", "json"), default="full")
    _common(parser)
    parser.set_defaults(carry_out=_shapes)


def _explain_parser(commands: Commands) -> None:
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


def _tables_parsers(commands: Commands) -> None:
    rule = commands.add_parser("rule", help="the manual of a rule", allow_abbrev=False)
    rule.add_argument("name", metavar="NAME", help="its name or its code")
    rule.set_defaults(carry_out=_rule)
    for name, words in (("rules", "all rules"), ("ops", "all ops that are known")):
        table = commands.add_parser(name, help=words, allow_abbrev=False)
        table.add_argument("--output-format", choices=("full", "json"), default="full")
        table.set_defaults(carry_out=_rules if name == "rules" else _ops)


def _count(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError("has to be 1 or more")
    return number


def _check(options: argparse.Namespace) -> int:
    from shapecheck import checkup

    return checkup.check(options)


def _shapes(options: argparse.Namespace) -> int:
    from shapecheck import checkup

    return checkup.shapes(options)


def _rule(options: argparse.Namespace) -> int:
    from shapecheck.diagnostics.suppress import NAMES_BY_CODE, no_such_rule
    from shapecheck.render import tables

    code = options.name.upper()
    name = NAMES_BY_CODE.get(f"SC{code}" if code.isdigit() else code, options.name)
    page = tables.manual(name)
    if not page:
        say(f"{no_such_rule(name)}; `shapecheck rules` lists them")
        return BROKEN
    print(page, end="")
    return CLEAN


def _rules(options: argparse.Namespace) -> int:
    from shapecheck.render import tables

    print(tables.rules(json=options.output_format == "json"), end="")
    return CLEAN


def _ops(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from shapecheck.ops import catalogue
    from shapecheck.render import tables

    rows = [
        {
            "op": row.op,
            "backends": row.backends,
            "names": row.qualified,
            "compared": {"calls": row.compared.calls, **asdict(row.compared)},
            "shapes": row.summary,
        }
        for row in catalogue.rows()
    ]
    libraries = catalogue.versions()
    print(tables.ops(rows, libraries, json=options.output_format == "json"), end="")
    return CLEAN


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
    say("the language server is not there yet")
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
