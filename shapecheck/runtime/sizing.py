"""Whose sizes a reshape was given: ``x.view(b * t, c, h, w)`` after ``b, c, t, h, w = x.shape``."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from shapecheck.runtime.syntax import own_nodes

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from shapecheck.dims import Axis
    from shapecheck.runtime.sites import Site, Source

MODULES = ("np", "numpy", "torch")


def asked(site: Site) -> Mapping[int, frozenset[Hashable]]:
    """For each new size that is written as the size of certain axes: the keys of these."""
    node = site.node
    if not isinstance(node, ast.Call):
        return {}
    found = {}
    for place, written in enumerate(_sizes(node)):
        axes = _axes(written, site.source, node)
        if axes is not None and all(one.key is not None for one in axes):
            keys = frozenset(one.key for one in axes if not one.is_unit)
            if keys:
                found[place] = keys
    return found


def _sizes(node: ast.Call) -> list[ast.expr]:
    """The sizes that a reshape asks for, as they are written."""
    args = list(node.args)
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if owner is None or (isinstance(owner, ast.Name) and owner.id in MODULES):
        args = args[1:]
    args += [word.value for word in node.keywords if word.arg in ("shape", "newshape", "size")]
    if len(args) == 1 and isinstance(args[0], (ast.Tuple, ast.List)):
        return args[0].elts
    return args


def _axes(node: ast.expr, source: Source, use: ast.AST) -> list[Axis] | None:
    """The axes whose sizes are multiplied; None if one of the factors is something else."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        left, right = _axes(node.left, source, use), _axes(node.right, source, use)
        return None if left is None or right is None else left + right
    axis = _axis(node, source, use)
    return None if axis is None else [axis]


def _axis(node: ast.expr, source: Source, use: ast.AST) -> Axis | None:
    """The axis whose size an expression is."""
    match node:
        case ast.Name(id=name):
            values = list(_assigned(name, source.function(use) or source.tree))
            if len(values) != 1:
                return None
            value, place = values[0]
            return _axis(value, source, use) if place is None else _at(value, place, source)
        case ast.Subscript(value=value, slice=ast.Constant(value=int(place))):
            return _at(value, place, source)
        case ast.Subscript(
            value=value, slice=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(place)))
        ):
            return _at(value, -place, source)
        case ast.Call(func=ast.Attribute(attr="size"), args=[ast.Constant(value=int(place))]):
            return _at(node, place, source)
        case ast.Call(
            func=ast.Attribute(attr="size"),
            args=[ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(place)))],
        ):
            return _at(node, -place, source)
        case ast.Call(func=ast.Name(id="len")):
            return _at(node, 0, source)
    return None


def _at(node: ast.expr, place: int, source: Source) -> Axis | None:
    """An axis of the array whose sizes were read last at a place."""
    site = source.site(node)
    known = site.last if site is not None else None
    axes = known.array.axes if known is not None else ()
    return axes[place] if -len(axes) <= place < len(axes) else None


def _assigned(name: str, scope: ast.AST) -> Iterator[tuple[ast.expr, int | None]]:
    """What a variable is assigned: the value, and the place in it if that is unpacked."""
    for node in own_nodes(scope):
        targets: list[Any] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            targets = [node.target]
        elif isinstance(node, (ast.AugAssign, ast.For)) and _names(node.target, name):
            yield ast.Constant(None), None
        for target in targets:
            yield from _unpacked(target, node.value, name)  # type: ignore[attr-defined]


def _names(target: ast.expr, name: str) -> bool:
    return any(isinstance(one, ast.Name) and one.id == name for one in ast.walk(target))


def _unpacked(
    target: ast.expr, value: ast.expr, name: str
) -> Iterator[tuple[ast.expr, int | None]]:
    if isinstance(target, ast.Name) and target.id == name:
        yield value, None
    elif isinstance(target, (ast.Tuple, ast.List)) and _names(target, name):
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
            for one, given in zip(target.elts, value.elts, strict=True):
                yield from _unpacked(one, given, name)
            return
        starred = [n for n, one in enumerate(target.elts) if isinstance(one, ast.Starred)]
        for place, one in enumerate(target.elts):
            if isinstance(one, ast.Name) and one.id == name:
                after = starred and place > starred[0]
                yield value, place - len(target.elts) if after else place
