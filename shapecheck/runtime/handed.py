"""Values of an expression that failed, learnt from what it called and from what a library said.

The rules of ops cannot tell what a function of the user's gave. But the frame of the library's
function that was called holds its arguments, and NumPy names the shapes that it rejects.
"""

from __future__ import annotations

import ast
import dis
import functools
import re
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any

from shapecheck.infer import Evaluator
from shapecheck.ops import Array
from shapecheck.runtime.live import MISSING, FrameLookup, stored_attribute

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import CodeType, FrameType

    from shapecheck.runtime.places import Place

REJECTED = re.compile(
    r"operands could not be broadcast together with shapes (\([\d,]*\)) (\([\d,]*\)) ?$"
)


def handed(user: Place, below: list[Place], error: BaseException) -> Mapping[ast.expr, Any]:
    """The values of operands and arguments of what failed, by their syntax.

    Args:
        user: the innermost level of the user's code.
        below: the levels that it called.
        error: what was raised.
    """
    node = user.node
    if isinstance(node, ast.Call) and below:
        return _arguments(node, user, below[0].frame)
    return _rejected(node, user, error) if node is not None and not below else {}


def _rejected(node: ast.AST, user: Place, error: BaseException) -> dict[ast.expr, Any]:
    """The operands of an operator of NumPy's, of which nothing else is known."""
    said = REJECTED.match(str(error)) if type(error) is ValueError else None
    numpy: Any = sys.modules.get("numpy")
    if said is None or numpy is None:
        return {}
    if isinstance(node, ast.BinOp):
        sides = [node.left, node.right]
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        sides = [node.left, node.comparators[0]]
    else:
        return {}
    shapes = [tuple(map(int, re.findall(r"\d+", text))) for text in said.groups()]
    values = [Evaluator(FrameLookup(user.frame)).value(side) for side in sides]
    return {
        side: numpy.broadcast_to(numpy.empty(()), shape)
        for side, shape, value in zip(sides, shapes, values, strict=True)
        if not isinstance(value, Array)
    }


def _arguments(node: ast.Call, user: Place, called: FrameType) -> dict[ast.expr, Any]:
    """What a function or module got, if the frame is certainly that of the call."""
    skipped = _skipped(node, user, called.f_code)
    if skipped is None or any(isinstance(one, ast.Starred) for one in node.args):
        return {}
    code, values = called.f_code, called.f_locals
    names = code.co_varnames[skipped : code.co_argcount]
    keywords = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    more = code.co_varnames[len(keywords) + code.co_argcount :]
    rest = values.get(more[0], ()) if code.co_flags & VARARGS else ()
    others = values.get(more[bool(code.co_flags & VARARGS)]) if code.co_flags & VARKEYWORDS else {}
    found = {}
    for place, given in enumerate(node.args):
        if place < len(names):
            found[given] = _kept(names[place], called)
        elif place - len(names) < len(rest):
            found[given] = rest[place - len(names)]
    for word in node.keywords:
        if word.arg in (*names, *keywords):
            found[word.value] = _kept(word.arg or "", called)
        elif word.arg in (others or {}):
            found[word.value] = (others or {})[word.arg]
    lookup = FrameLookup(user.frame)
    return {
        part: value
        for one, thing in found.items()
        if thing is not MISSING
        for part, value in _parts(one, thing)
        if not isinstance(Evaluator(lookup).value(part), Array)
    }


def _parts(node: ast.expr, thing: Any) -> Iterator[tuple[ast.expr, Any]]:
    """An argument's value, and of one that is written as a tuple or list those in it."""
    if isinstance(node, (ast.Tuple, ast.List)):
        if isinstance(thing, (tuple, list)) and len(thing) == len(node.elts):
            for one, part in zip(node.elts, thing, strict=True):
                yield from _parts(one, part)
    elif not isinstance(node, (ast.Name, ast.Constant)):
        yield node, thing


def given_to(forward: FrameType, caller: FrameType) -> dict[str, Any]:
    """What a module's `forward` was called with, by its parameters' names."""
    code = forward.f_code
    names = code.co_varnames[1 : code.co_argcount]
    values = caller.f_locals
    by_torch = caller.f_code.co_name == "_call_impl" and values.get("self") is not None
    if by_torch and values["self"] is forward.f_locals.get("self"):
        return {**dict(zip(names, values["args"], strict=False)), **values["kwargs"]}
    found = {name: _kept(name, forward) for name in names}
    return {name: value for name, value in found.items() if value is not MISSING}


VARARGS, VARKEYWORDS = 0x04, 0x08  # in the flags of code


def _skipped(node: ast.Call, user: Place, code: CodeType) -> int | None:
    """How many parameters come before the first argument; None if something else was called."""
    called = _object(node.func, user.frame)
    if called is MISSING:
        torch: Any = sys.modules.get("torch")
        own: Any = getattr(getattr(torch, "nn", None), "Module", None)
        is_made = isinstance(node.func, ast.Call) and own is not None
        return 1 if is_made and own.__call__.__code__ is code else None
    plain = getattr(called, "__wrapped__", called)
    if isinstance(plain, FunctionType):
        return 0 if plain.__code__ is code else None
    own = getattr(type(called).__call__, "__code__", None)
    return 1 if own is code else None


def _object(node: ast.expr, frame: FrameType) -> Any:
    """What is called, looked up without running anything."""
    if isinstance(node, ast.Name):
        return frame.f_locals.get(node.id, frame.f_globals.get(node.id, MISSING))
    if isinstance(node, ast.Attribute):
        owner = _object(node.value, frame)
        return MISSING if owner is MISSING else stored_attribute(owner, node.attr)
    return MISSING


def _kept(name: str, called: FrameType) -> Any:
    """The argument of a parameter that the function has not bound to something else."""
    return MISSING if name in _rebound(called.f_code) else called.f_locals.get(name, MISSING)


@functools.lru_cache(maxsize=64)
def _rebound(code: CodeType) -> frozenset[str]:
    """The variables that code assigns or deletes, or that functions inside it may."""
    stores = ("STORE_", "DELETE_")
    own = {one.argval for one in dis.get_instructions(code) if one.opname.startswith(stores)}
    return frozenset(map(str, own)) | frozenset(code.co_cellvars)
