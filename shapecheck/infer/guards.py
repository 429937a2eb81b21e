"""What a function's own tests say about sizes: that two are equal, or that code runs only then."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LEAVES = (ast.Raise, ast.Return, ast.Continue, ast.Break)


def is_conditional(node: ast.AST, around: Iterable[ast.AST]) -> bool:
    """Whether an expression is evaluated only under a condition inside its function."""
    inner = node
    for one in around:
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.Module)):
            return False
        if isinstance(one, (ast.If, ast.IfExp, ast.While)) and inner is not one.test:
            return True
        if isinstance(one, (ast.Try, ast.Match)):
            return True
        inner = one
    return False


def unified(
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    places: Mapping[str, tuple[tuple[str, int], ...]],
    names: tuple[str, str],
) -> bool:
    """Whether a function makes sure that two sizes are equal, or may do so.

    A test of sizes that cannot be read counts: it may be the one.

    Args:
        function: the function.
        places: for each name, the parameters and axes that are declared to have it.
        names: the two names.
    """
    owners = {place: name for name, many in places.items() for place in many}
    for left, right in _required(function):
        sides = [_name(one, function, owners) for one in (left, right)]
        if None in sides:
            if any(_is_about_sizes(one) for one in (left, right)):
                return True
        elif set(sides) == set(names):
            return True
    return False


def _required(function: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What a function requires to be equal: by ``assert``, or by leaving otherwise."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            yield from _equal(node.test, wanted=ast.Eq)
        elif isinstance(node, ast.If) and isinstance(node.body[-1], LEAVES):
            yield from _equal(node.test, wanted=ast.NotEq)


def _equal(test: ast.expr, wanted: type[ast.cmpop]) -> Iterator[tuple[ast.expr, ast.expr]]:
    for node in ast.walk(test):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for sign, left, right in zip(node.ops, sides, sides[1:], strict=False):
                if isinstance(sign, wanted):
                    yield left, right


def _is_about_sizes(node: ast.expr) -> bool:
    return any(
        (isinstance(one, ast.Attribute) and one.attr in ("shape", "size", "ndim"))
        or (isinstance(one, ast.Name) and one.id == "len")
        for one in ast.walk(node)
    )


def _name(
    node: ast.expr, function: ast.AST, owners: Mapping[tuple[str, int], str], depth: int = 0
) -> str | None:
    """The declared name of the size that an expression is; "" for a number."""
    match node:
        case ast.Constant(value=int()):
            return ""
        case ast.Subscript(
            value=ast.Attribute(value=ast.Name(id=array), attr="shape"),
            slice=ast.Constant(value=int(at)),
        ):
            return owners.get((array, at))
        case ast.Subscript(
            value=ast.Attribute(value=ast.Name(id=array), attr="shape"),
            slice=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(at))),
        ):
            many = [place for place in owners if place[0] == array]
            rank = max((place[1] for place in many), default=-1) + 1
            return owners.get((array, rank - at))
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=array), attr="size"),
            args=[ast.Constant(value=int(at))],
        ):
            return owners.get((array, at))
        case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=array)]):
            return owners.get((array, 0))
        case ast.Name(id=name) if depth == 0:
            return _unpacked(name, function, owners)
    return None


def _unpacked(name: str, function: ast.AST, owners: Mapping[tuple[str, int], str]) -> str | None:
    """The size that a variable got: ``B, T = x.shape``, ``T = x.shape[1]``."""
    found = []
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id == name:
                found.append(_name(node.value, function, owners, 1))
            elif isinstance(target, ast.Tuple):
                names = [getattr(one, "id", None) for one in target.elts]
                match node.value:
                    case ast.Attribute(value=ast.Name(id=array), attr="shape") if name in names:
                        found.append(owners.get((array, names.index(name))))
                    case ast.Tuple(elts=values) if name in names and len(values) == len(names):
                        found.append(_name(values[names.index(name)], function, owners, 1))
    return found[0] if len(found) == 1 else None
