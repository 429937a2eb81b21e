"""Where a check was called from, in the caller's own words.

Only looked at when a check has failed. Source is read and parsed, never run again.
"""

from __future__ import annotations

import ast
import linecache
from typing import TYPE_CHECKING, Any

from shapecheck.advice.diagnosed import Site
from shapecheck.diagnostics import Span, shown_path
from shapecheck.runtime.names import short_name
from shapecheck.runtime.scopes import is_check

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

    from shapecheck.runtime.contract import Contract

# Frames between the caller's expression and the function that it ends up in: `model(x)` runs
# torch's Module.__call__ before the user's forward.
BETWEEN = (
    *("torch", "functools", "contextlib", "asyncio", "shapecheck"),
    *("threading", "concurrent", "multiprocessing"),
)
MOST_LINES = 6  # of a statement that is shown as it stands


def find(frame: FrameType | None, contract: Contract) -> Site:
    """The call site of a check, from the generated function's frame."""
    caller = frame.f_back if frame is not None else None
    while caller is not None and _is_between(caller):
        caller = caller.f_back
    if caller is None or frame is None:
        return Site()
    node, tree = _node(caller)
    if not isinstance(node, ast.expr):
        return Site(line_span(caller))
    site = Site(_span(node, caller))
    if isinstance(node, ast.Call) and _is_call_of(node, caller, frame.f_code, contract):
        for name, argument in _bound(node, contract):
            site.expressions[name] = _span(argument, caller)
            if isinstance(argument, ast.Name) and tree is not None:
                made = made_at(argument.id, node, tree)
                if made is not None:
                    site.origins[name] = _span(made, caller)
    return site


def here(frame: FrameType) -> tuple[Span, list[Span]]:
    """The call that a frame is executing, and the spans of its positional arguments."""
    node, _ = _node(frame)
    if isinstance(node, ast.Call):
        return _span(node, frame), [_span(argument, frame) for argument in node.args]
    return line_span(frame), []


def line_span(frame: FrameType) -> Span:
    """The line that a frame is at."""
    path = frame.f_code.co_filename
    text = linecache.getline(path, frame.f_lineno, frame.f_globals).rstrip("\n")
    indent = len(text) - len(text.lstrip())
    name = function_name(frame.f_code)
    return Span(
        path, frame.f_lineno, indent + 1, frame.f_lineno, len(text) + 1, name, (text,) * bool(text)
    )


def returned(function: Any) -> dict[str, Span]:
    """What a function's only `return` returns: ``result``, and of a tuple ``result[0]`` and so on.

    Empty for a function with several `return` statements: nobody knows which one it was.
    """
    node, path = definition(function)
    if node is None:
        return {}
    returns = [one for one in _own_nodes(node) if isinstance(one, ast.Return) and one.value]
    if len(returns) != 1 or returns[0].value is None:
        return {}
    value = returns[0].value
    parts = {"result": value}
    if isinstance(value, ast.Tuple) and not any(isinstance(e, ast.Starred) for e in value.elts):
        parts.update({f"result[{at}]": element for at, element in enumerate(value.elts)})
    spans = {
        name: span_at(part, path, short_name(function.__qualname__)) for name, part in parts.items()
    }
    return {name: span for name, span in spans.items() if span.lines}


def assignment_span(function: Any, target: str) -> Span | None:
    """The last assignment to ``self.W`` in a function's own body."""
    node, path = definition(function)
    if node is None:
        return None
    found = [
        one
        for one in _own_nodes(node)
        if isinstance(one, (ast.Assign, ast.AnnAssign, ast.AugAssign))
        and target in {ast.unparse(part) for part in _target_nodes(one)}
    ]
    return span_at(found[-1], path, short_name(function.__qualname__)) if found else None


def _target_nodes(node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> list[ast.expr]:
    roots = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [one for root in roots for one in ast.walk(root) if isinstance(one, ast.Attribute)]


def definition_span(function: Any) -> Span | None:
    """The `def` line of a function."""
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    node, path = definition(function)
    line = node.lineno if node is not None else code.co_firstlineno
    text = linecache.getline(path or code.co_filename, line).rstrip("\n")
    indent = len(text) - len(text.lstrip())
    return Span(code.co_filename, line, indent + 1, line, len(text) + 1, "", (text,) * bool(text))


def _is_between(frame: FrameType) -> bool:
    package = str(frame.f_globals.get("__name__", "")).split(".")[0]
    return package in BETWEEN or is_check(frame)


def function_name(code: CodeType) -> str:
    """The name of a function as a report gives it; "" for a module's own code."""
    return "" if code.co_name == "<module>" else short_name(code.co_qualname)


def _node(frame: FrameType) -> tuple[ast.AST | None, ast.AST | None]:
    """The expression that a frame is evaluating and the tree that it is part of."""
    import executing  # noqa: PLC0415 - only failures need it

    found = executing.Source.executing(frame)
    return found.node, found.source.tree


def _span(node: ast.AST, frame: FrameType) -> Span:
    return span_at(node, frame.f_code.co_filename, function_name(frame.f_code), frame.f_globals)


def span_at(node: ast.AST, path: str, function: str, names: dict[str, Any] | None = None) -> Span:
    """The span of a syntax node; ast counts columns in UTF-8 bytes, spans in characters."""
    line, end_line = getattr(node, "lineno", 1), getattr(node, "end_lineno", 1)
    lines = [
        linecache.getline(path, number, names).rstrip("\n")
        for number in range(line, min(end_line, line + MOST_LINES) + 1)
    ]
    first, last = (lines[0], lines[-1]) if lines else ("", "")
    return Span(
        path,
        line,
        _characters(first, getattr(node, "col_offset", 0)) + 1,
        end_line,
        _characters(last, getattr(node, "end_col_offset", 0)) + 1,
        function,
        tuple(lines) if any(lines) else (),
    )


def _characters(line: str, offset: int) -> int:
    """A column counted in bytes as a column counted in characters."""
    return len(line.encode()[:offset].decode(errors="replace"))


def _variable(frame: FrameType, name: str) -> Any:
    """A variable's value; before Python 3.13 a look at locals leaves a copy of all in the frame."""
    code = frame.f_code
    if name in code.co_varnames or name in code.co_cellvars or name in code.co_freevars:
        return frame.f_locals.get(name)
    return frame.f_globals.get(name)


def _is_call_of(node: ast.Call, caller: FrameType, code: CodeType, contract: Contract) -> bool:
    """Whether a call expression calls the checked function itself, not something around it."""
    name = contract.name.rsplit(".", 1)[-1]
    implicit = name in ("forward", "__call__", "__init__", "__new__")
    match node.func:
        case ast.Name(id=callee):
            found = _variable(caller, callee)
            return getattr(found, "__code__", None) is code or (
                implicit and not hasattr(found, "__code__") and callable(found)
            )
        case ast.Attribute(attr=attribute):
            return attribute == name or implicit
        case _:
            return implicit


def _bound(node: ast.Call, contract: Contract) -> Iterator[tuple[str, ast.expr]]:
    """Which parameter each argument of a call goes to, as far as stars do not hide it."""
    names = [name for name in contract.parameter_names if name not in contract.variadic]
    is_method = "." in contract.name.rsplit("<locals>.", 1)[-1]
    passed = len(node.args) + sum(word.arg in names for word in node.keywords)
    if is_method and names and names[0] not in contract.argument_specs and passed < len(names):
        names = names[1:]  # the instance comes from in front of the dot
    for name, argument in zip(names, node.args, strict=False):
        if isinstance(argument, ast.Starred):
            return
        yield name, argument
    for word in node.keywords:
        if word.arg in contract.parameter_names:
            yield word.arg, word.value


def node_span(node: ast.expr | ast.stmt, frame: FrameType) -> Span:
    """Where a node of a frame's source stands."""
    return _span(node, frame)


def shown(path: str, beside: str) -> str:
    """A file in front of a line number; "" if the reader is in it already."""
    return "" if path == beside else f"{shown_path(path)}, "


def made_at(name: str, use: ast.AST, tree: ast.AST) -> ast.AST | None:
    """The one assignment that can have made a variable, or None."""
    line = getattr(use, "lineno", 0)
    scope = _enclosing(tree, line)
    found = [one for one in _own_nodes(scope) if name in _targets(one)]
    if not found and scope is not tree:
        arguments = getattr(scope, "args", None)
        if arguments is not None and name in {
            one.arg for one in ast.walk(arguments) if isinstance(one, ast.arg)
        }:
            return None
        found = [one for one in _own_nodes(tree) if name in _targets(one)]
    if len(found) != 1 or getattr(found[0], "lineno", line) >= line:
        return None
    return found[0]


def _targets(node: ast.AST) -> set[str]:
    """The variables that a statement assigns."""
    match node:
        case ast.Assign(targets=targets):
            roots: list[ast.expr] = targets
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target) | ast.For(target=target):
            roots = [target]
        case ast.NamedExpr(target=target):
            roots = [target]
        case ast.With(items=items):
            roots = [one.optional_vars for one in items if one.optional_vars is not None]
        case _:
            return set()
    return {
        one.id
        for root in roots
        for one in ast.walk(root)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }


def _enclosing(tree: ast.AST, line: int) -> ast.AST:
    """The innermost function around a line, or the module."""
    best = tree
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and (
            node.lineno <= line <= (node.end_lineno or line)
        ):
            best = node
    return best


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """All nodes of a function or module, without those of functions and classes inside it."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            waiting += ast.iter_child_nodes(node)


def definition(
    function: Any,
) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef | None, str]:
    """The syntax tree of a function, found by its line, and its file."""
    code = getattr(function, "__code__", None)
    if code is None:
        return None, ""
    import executing  # noqa: PLC0415 - only failures need it

    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code = function.__code__
    source = executing.Source.for_filename(code.co_filename, function.__globals__)
    for node in ast.walk(source.tree) if source.tree is not None else ():
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == code.co_name:
            decorators = node.decorator_list
            first = decorators[0].lineno if decorators else node.lineno
            if first == code.co_firstlineno:
                return node, code.co_filename
    return None, code.co_filename
