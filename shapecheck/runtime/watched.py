"""`@check(mode="broadcasts")`: one function whose operators and calls report what they were given.

The function's own source is rewritten and compiled once more; globals, defaults, closure and names
stay those of the function.
"""

from __future__ import annotations

import ast
import linecache
import types
from typing import TYPE_CHECKING, Any

from shapecheck.runtime import axes, held, instrument, notices
from shapecheck.runtime.rewrite import Wanted, rewrite_function
from shapecheck.runtime.sites import SOURCES, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

WANTED = Wanted(contracts=False, operators=True)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def watched(function: types.FunctionType) -> types.FunctionType:
    """The function with operators that report; the very function where its source is not known."""
    try:
        made = _watched(function)
    except Exception as error:  # noqa: BLE001 - the user's program comes first
        notices.own_failure(error, function.__qualname__)
        return function
    if made is None:
        notices.tell(
            "no-effect",
            f'{function.__qualname__}: mode="broadcasts" has no effect, as its source is not known',
            path=function.__code__.co_filename,
            line=function.__code__.co_firstlineno,
        )
        return function
    return made


def _watched(function: types.FunctionType) -> types.FunctionType | None:
    source = _source(function)
    node = _definition(source, function.__code__) if source is not None else None
    if source is None or node is None:
        return None
    code = _compiled(source, node, function.__code__)
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    if not set(code.co_freevars) <= cells.keys():
        return None
    instrument.equip(function.__globals__, WANTED)
    if not held.following:
        axes.follow(wanted=True)
    made = types.FunctionType(
        code,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        tuple(cells[name] for name in code.co_freevars),
    )
    made.__kwdefaults__ = function.__kwdefaults__
    made.__annotations__ = function.__annotations__
    made.__doc__ = function.__doc__
    made.__module__ = function.__module__
    made.__qualname__ = function.__qualname__
    made.__dict__.update(function.__dict__)
    return made


def _source(function: types.FunctionType) -> Source | None:
    """The file of a function, as linecache has it: scripts, modules and the cells of notebooks."""
    path = function.__code__.co_filename
    if path not in SOURCES:
        lines = linecache.getlines(path, function.__globals__)
        if not lines:
            return None
        Source(path, "".join(lines).encode())
    return SOURCES[path]


def _definition(
    source: Source, code: types.CodeType
) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The `def` that a code object was made of."""
    for node in ast.walk(source.tree):
        if isinstance(node, FUNCTIONS) and node.name == code.co_name:
            first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
            if first == code.co_firstlineno:
                return node
    return None


def _compiled(
    source: Source, node: ast.FunctionDef | ast.AsyncFunctionDef, code: types.CodeType
) -> types.CodeType:
    """The code of the rewritten function, compiled in scopes like those around it."""
    changed = rewrite_function(source, node, WANTED)
    nothing: ast.expr = ast.copy_location(ast.Constant(None), node)
    changed.args.defaults = [nothing for _ in changed.args.defaults]
    changed.args.kw_defaults = [
        None if one is None else nothing for one in changed.args.kw_defaults
    ]
    changed.returns = None
    for one in ast.walk(changed.args):
        if isinstance(one, ast.arg):
            one.annotation = None
    body: list[ast.stmt] = [changed]
    owner = next((one for one in source.around(node) if not isinstance(one, ast.If)), None)
    if isinstance(owner, ast.ClassDef):  # names with two underscores are the class' own
        body = [ast.ClassDef(owner.name, [], [], body, [])]
    free = [name for name in code.co_freevars if name != "__class__"]
    arguments = ast.arguments([], [ast.arg(name) for name in free], None, [], [], None, [])
    outer = ast.FunctionDef("__sc_outer__", arguments, body, [])
    module = ast.fix_missing_locations(ast.Module([ast.copy_location(outer, node)], []))
    made = compile(module, source.path, "exec", dont_inherit=True, flags=_future(code))
    found = next(one for one in _codes(made) if one.co_name == code.co_name)
    return found.replace(co_qualname=code.co_qualname, co_firstlineno=code.co_firstlineno)


def _future(code: types.CodeType) -> int:
    """The ``from __future__`` imports that a function was compiled under."""
    import __future__  # noqa: PLC0415 - a module of flags

    flags = [getattr(__future__, name).compiler_flag for name in __future__.all_feature_names]
    return sum(flag for flag in set(flags) if code.co_flags & flag)


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code objects inside another, the outermost first."""
    inner: list[Any] = [one for one in code.co_consts if isinstance(one, types.CodeType)]
    while inner:
        one = inner.pop(0)
        yield one
        inner += [other for other in one.co_consts if isinstance(other, types.CodeType)]
