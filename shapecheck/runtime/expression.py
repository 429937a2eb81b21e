"""An expression to explain as syntax: read, never run, and refused where it cannot be explained."""

from __future__ import annotations

import ast
import builtins
import difflib
from typing import TYPE_CHECKING

from shapecheck.infer.arithmetic import python_functions
from shapecheck.infer.lookup import LIBRARIES
from shapecheck.ops.names import candidates
from shapecheck.runtime.given import GivenError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

LONGEST = 10_000  # characters of an expression that is worth reading
SHOWN = 90  # characters of an expression in a message


class ExpressionError(GivenError):
    """What was passed is no expression that can be explained."""


def read(expression: object) -> tuple[str, ast.expr]:
    """The source on one line, and its syntax.

    Raises:
        ExpressionError: it is no expression.
    """
    if not isinstance(expression, str):
        kind = type(expression).__name__
        raise ExpressionError(
            kind, 0, f"an expression is a string, not of type {kind}", remedy="write 'X @ W + b'"
        )
    if len(expression) > LONGEST:
        raise ExpressionError(
            f"{expression[:SHOWN]}...",
            0,
            f"the expression has {len(expression)} characters",
            remedy=f"explain a part of it, of at most {LONGEST}",
        )
    text = " ".join(expression.split())
    if not text:
        raise ExpressionError("", 0, "the expression is empty", remedy="write 'X @ W + b'")
    try:
        return text, ast.parse(text, "<expression>", mode="eval").body
    except SyntaxError as error:
        raise _unreadable(text, error) from None
    except (RecursionError, MemoryError):
        raise too_deep(text) from None
    except ValueError as error:  # null characters
        raise ExpressionError(_cut(text), 0, f"it cannot be read: {error}") from None


def too_deep(text: str) -> ExpressionError:
    """The error of an expression that no recursion gets to the bottom of."""
    problem = "the expression is nested too deeply to be explained"
    return ExpressionError(_cut(text), 0, problem, remedy="explain a part of it")


def _cut(text: str) -> str:
    shown = text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
    return shown.replace("\0", "?")


def _unreadable(text: str, error: SyntaxError) -> ExpressionError:
    column = min(max((error.offset or 1) - 1, 0), len(text))
    problem = f"this is not an expression: {error.msg}"
    remedy = "write one expression, such as 'X @ W + b'"
    if "nested parentheses" in error.msg:
        return too_deep(text)
    if "integer string conversion" in error.msg:
        problem, remedy = "a number has more digits than Python reads", "write a smaller number"
    else:
        remedy = _of_statement(text) or remedy
    if column > SHOWN - 4:
        text, column = f"...{text[column - SHOWN // 2 :]}", SHOWN // 2 + 3
    return ExpressionError(_cut(text), column, problem, remedy=remedy)


def _of_statement(text: str) -> str:
    """What to write instead, if the text is a statement."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    if len(body) > 1:
        return "one expression at a time; statements are not run"
    value = getattr(body[0], "value", None) if body else None
    if isinstance(body[0], (ast.Assign, ast.AnnAssign, ast.AugAssign)) and value is not None:
        return f"explain what is assigned: '{_cut(ast.unparse(value))}'"
    return "statements are not run: write one expression, such as 'X @ W + b'"


# --- names ----------------------------------------------------------------------------------------


def check_names(text: str, tree: ast.expr, known: Collection[str], *, in_words: bool) -> None:
    """Refuse a name that nothing was given for.

    Raises:
        ExpressionError: there is such a name.
    """
    own = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and _binds(node)}
    own |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in _in_order(tree):
        if node.id in own or node.id in known or node.id in LIBRARIES or _is_function(node.id):
            continue
        raise _unknown_name(text, node, known, is_called=id(node) in called, in_words=in_words)


def _in_order(tree: ast.expr) -> Iterator[ast.Name]:
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return iter(sorted(names, key=lambda node: (node.lineno, node.col_offset)))


def _binds(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _is_function(name: str) -> bool:
    """Whether a bare name is a function that ops or Python's arithmetic know."""
    full = f"builtins.{name}"
    known = bool(candidates(f"einops.{name}")) or bool(candidates(full))
    return known or full in python_functions() or name == "len"


def _unknown_name(
    text: str, node: ast.Name, known: Collection[str], *, is_called: bool, in_words: bool
) -> ExpressionError:
    name = node.id
    column = len(text.encode()[: node.col_offset].decode())
    close = difflib.get_close_matches(name, known, 1, 0.6) or [
        one for one in known if one.lower() == name.lower()
    ]
    example = f"{name}=2,2" if in_words else f"{name}=(2, 2)"
    problem, remedy = f"{name} has no shape", f"give its shape: {example}"
    if close:
        remedy += f"; given is {close[0]}"
    if is_called:
        problem = f"the function {name} is not known, and nothing is run to find out"
        remedy = _home_of(name) or "the functions of np, torch, F, nn and einops are known"
        if not _home_of(name) and hasattr(builtins, name):
            problem = f"{name}() has no shape rule, and nothing is run"
    if column > SHOWN - len(name):
        text, column = f"...{text[column - 40 :]}", 43
    return ExpressionError(_cut(text), column, problem, remedy=remedy, width=len(name))


def _home_of(name: str) -> str:
    """The module that a function without one was probably meant to be of."""
    for alias in ("np", "torch", "F", "nn"):
        if candidates(f"{LIBRARIES[alias]}.{name}"):
            return f"write {alias}.{name}"
    return ""


def unused(tree: ast.expr, given: Collection[str]) -> list[str]:
    """The names that something was given for and that the expression lacks."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return [name for name in given if name not in used]


# --- what a name probably is ----------------------------------------------------------------------

INDEXING = {  # functions that take indices or classes, and the place of them
    **dict.fromkeys(("cross_entropy", "nll_loss", "CrossEntropyLoss", "NLLLoss"), 1),
    **dict.fromkeys(("embedding", "one_hot", "Embedding", "bincount"), 0),
    **dict.fromkeys(("take", "take_along_axis", "take_along_dim"), 1),
    **dict.fromkeys(("gather", "index_select", "scatter", "scatter_add", "index_add"), 2),
}


def whole_numbers(tree: ast.expr) -> set[str]:
    """The names that stand where only indices or classes make sense."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            found |= {one.id for one in parts if isinstance(one, ast.Name)}
        elif isinstance(node, ast.Call):
            found |= _indices_of(node)
    return found


def _indices_of(call: ast.Call) -> set[str]:
    made = call.func.func if isinstance(call.func, ast.Call) else call.func
    name = made.attr if isinstance(made, ast.Attribute) else getattr(made, "id", "")
    place = INDEXING.get(name)
    if place is None:
        return set()
    is_method = isinstance(made, ast.Attribute) and not _is_library(made.value)
    args = call.args[max(place - is_method, 0) :][:1]
    args += [word.value for word in call.keywords if word.arg in ("target", "index", "indices")]
    return {one.id for one in args if isinstance(one, ast.Name)}


def _is_library(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in LIBRARIES


TORCH_ONLY = ("dim", "keepdim")
NUMPY_ONLY = ("axis", "axes", "keepdims")


def libraries(tree: ast.expr) -> list[str]:
    """The libraries that an expression may be written for, the likelier first."""
    marks = {"numpy": 0, "torch": 0}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in LIBRARIES:
            home = LIBRARIES[node.id].partition(".")[0]
            if home in marks:
                marks[home] += 1
        elif isinstance(node, ast.keyword) and node.arg in TORCH_ONLY:
            marks["torch"] += 1
        elif isinstance(node, ast.keyword) and node.arg in NUMPY_ONLY:
            marks["numpy"] += 1
        elif isinstance(node, ast.Attribute) and not _is_library(node.value):
            in_numpy = bool(candidates(f"numpy.ndarray.{node.attr}"))
            in_torch = bool(candidates(f"torch.Tensor.{node.attr}"))
            if in_numpy is not in_torch and node.attr != "view":
                marks["torch" if in_torch else "numpy"] += 1
            marks["torch"] += node.attr == "view"
    if marks["torch"] != marks["numpy"]:
        return [max(marks, key=lambda library: marks[library])]
    return ["numpy", "torch"] if _is_ambiguous(tree) else ["numpy"]


# Methods of both libraries that take their arguments differently.
AMBIGUOUS = ("transpose", "flatten", "squeeze", "swapaxes", "max", "min", "repeat", "std", "var")


def _is_ambiguous(tree: ast.expr) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in AMBIGUOUS
        and node.args
        for node in ast.walk(tree)
    )
