"""Whether an outer broadcast was meant, as far as the source tells.

Nothing is run and no sizes are looked at; what counts is how the operands were written: lined up
by hand (``x[:, None]``), made of one array, or made to be paired (``arange``).
"""

from __future__ import annotations

import ast
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# Calls whose result has a new axis of size one where the writer wanted it.
LINES_UP = {"unsqueeze", "unsqueeze_", "expand_dims", "atleast_2d", "atleast_3d", "newaxis"}
SHAPES = {"reshape", "view", "resize", "broadcast_to", "expand", "rearrange", "repeat", "tile"}
# Calls that keep an array what it is, for the question of which array it was.
KEEPS = {
    *("abs", "float", "double", "half", "long", "int", "bool", "astype", "type", "to", "cuda"),
    *("cpu", "detach", "clone", "copy", "contiguous", "numpy", "exp", "log", "sqrt", "square"),
    *("pow", "sum", "mean", "norm", "item", "asarray", "array", "tensor", "as_tensor", "transpose"),
    *("from_numpy", "flatten", "ravel", "squeeze", "t", "sin", "cos", "permute", "requires_grad_"),
    *LINES_UP,
    *SHAPES,
}
# Makers of coordinates: what they give is there to be paired with something else.
COORDINATES = {"arange", "linspace", "logspace", "geomspace", "range", "fftfreq", "rfftfreq"}
CONSTANTS = {"ones"}  # makers of what has no other use than to repeat something
# Calls after which axes of size one that were made before are gone.
DROPS = frozenset(("squeeze", "flatten", "ravel"))
PRODUCTS = frozenset(("dot", "matmul", "mm", "mv", "inner", "vdot"))
# Words in a function's name that say that everything is to meet everything.
NAMES = ("broadcast", "outer", "pairwise", "all_pairs")
MOST_STEPS = 200  # of expressions looked at behind one operand


class Origins:
    """Where the variables of a scope come from.

    Args:
        scope: the function around the expression, or the module's tree.
        tree: the module's tree, in which attributes are looked for.
        line: where the expression stands.
    """

    def __init__(self, scope: ast.AST, tree: ast.AST, line: int) -> None:
        self.scope = scope
        self.tree = tree
        self.line = line

    def of(self, node: ast.expr) -> list[ast.expr]:
        """What a name or attribute was assigned: all values it may have got."""
        if isinstance(node, ast.Name):
            return self._assigned(self.scope, node)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return self._assigned(self.tree, node)
        return []

    def _assigned(self, where: ast.AST, wanted: ast.expr) -> list[ast.expr]:
        text = ast.dump(_loaded(wanted))
        found = []
        for one in ast.walk(where):
            if isinstance(one, ast.Assign):
                for target in one.targets:
                    found += list(_matched(target, one.value, text))
            elif isinstance(one, (ast.AnnAssign, ast.NamedExpr)) and one.value is not None:
                found += list(_matched(one.target, one.value, text))
        return found


def _matched(target: ast.expr, value: ast.expr, text: str) -> Iterator[ast.expr]:
    """What one assignment gives to a name."""
    pairs = [(target, value)]
    if isinstance(target, (ast.Tuple, ast.List)):
        parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
        pairs = list(zip(target.elts, parts, strict=False)) if parts else []
    for one, given in pairs:
        if ast.dump(_loaded(one)) == text:
            yield given


def _loaded(node: ast.expr) -> ast.expr:
    """A target as it is written where it is read."""
    if isinstance(node, ast.Name):
        return ast.Name(node.id, ast.Load())
    if isinstance(node, ast.Attribute):
        return ast.Attribute(node.value, node.attr, ast.Load())
    return node


def is_outer_meant(
    left: ast.expr, right: ast.expr, origins: Origins, *, alike: bool = True
) -> bool:
    """Whether the source says that every element of one is to meet every element of the other.

    Args:
        left: an operand.
        right: the other one.
        origins: where variables come from.
        alike: whether they have one shape but for axes of size one. If they do not, nobody meant
            to pair their elements, and an axis that one of them was given is there for the other.
    """
    if lined_up(left, origins) and lined_up(right, origins):
        return True
    if same_array(left, right, origins):
        return True
    if any(word in getattr(origins.scope, "name", "") for word in NAMES):
        return True
    if any(isinstance(one, ast.Call) and _called(one) in CONSTANTS for one in (left, right)):
        return True  # np.ones((n, 1)) * row
    if inserts_axis(left) or inserts_axis(right):
        return True
    one_side = lined_up(left, origins) or lined_up(right, origins)
    if one_side and not alike:
        return True
    return one_side and (coordinates(left, origins) or coordinates(right, origins))


def lined_up(node: ast.expr, origins: Origins) -> bool:
    """Whether an operand was given its axes of size one by hand."""
    return any(adds_axis(one) for one in _behind(node, origins, DROPS))


def inserts_axis(node: ast.expr) -> bool:
    """Whether an operand is written with a new axis between others: ``x[:, None, :] - y``.

    Nobody makes a column like that: it is there to be paired with whatever is beside it.
    """
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Tuple):
        return False
    new = [_is_new_axis(one) for one in node.slice.elts]
    return True in new[1:-1] and not new[-1] and not new[0]


def coordinates(node: ast.expr, origins: Origins) -> bool:
    """Whether an operand is made of ``arange`` or the like."""
    return any(
        isinstance(one, ast.Call) and _called(one) in COORDINATES for one in _behind(node, origins)
    )


def same_array(left: ast.expr, right: ast.expr, origins: Origins) -> bool:
    """Whether both operands are one array, but for axes and signs."""
    core = _core(left, origins)
    return core is not None and core == _core(right, origins)


def _behind(
    node: ast.expr, origins: Origins, ends: frozenset[str] = frozenset()
) -> Iterator[ast.expr]:
    """An operand and the expressions that it was made of, up to calls of the names in `ends`."""
    waiting: deque[ast.expr] = deque([node])
    seen: set[str] = set()
    while waiting and len(seen) < MOST_STEPS:
        one = waiting.popleft()
        text = ast.dump(one)
        if text in seen:
            continue
        seen.add(text)
        yield one
        if isinstance(one, ast.Call) and _called(one) in ends:
            continue
        waiting.extend(_parts(one, origins))


def _parts(node: ast.expr, origins: Origins) -> list[ast.expr]:
    match node:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.Compare(left=left, comparators=[right]):
            return [left, right]
        case ast.UnaryOp(operand=operand):
            return [operand]
        case ast.Subscript(value=value):
            return [value]
        case ast.IfExp(body=body, orelse=orelse):
            return [body, orelse]
        case ast.Call(func=ast.Attribute(value=owner, attr=name), args=args):
            return [owner, *args[:1]] if name in KEEPS | COORDINATES or not args else list(args[:2])
        case ast.Call(func=ast.Name(), args=args):
            return list(args[:1])
        case ast.Name() | ast.Attribute():
            found = origins.of(node)
            if found or isinstance(node, ast.Name):
                return found
            return [node.value] if isinstance(node, ast.Attribute) else []
    return []


def is_transpose_harmless(
    node: ast.expr,
    parents: Mapping[ast.AST, ast.AST],
    rank: Callable[[ast.expr], int | None],
) -> bool:
    """Whether transposing a 1-D array changes nothing that anybody waits for: ``w.T @ x``.

    In a product a 1-D array is a row on the left and a column on the right, transposed or not;
    only between two of them the transposed one on the right was to make a matrix. Beside another
    array, or as a new variable, it was to become a column. What is passed on to functions may be
    meant for arrays of any rank.

    Args:
        node: the transpose.
        parents: the node around each node.
        rank: tells how many axes an expression has, None where nobody knows.
    """
    if _is_asserted(node, parents):
        return True  # it is there to show what it does
    around = parents.get(node)
    match around:
        case ast.BinOp(left=left, op=ast.MatMult()):
            return left is node or rank(left) != 1
        case ast.Call(func=function, args=[*args]) if _last_name(function) in PRODUCTS:
            owner = [function.value] if isinstance(function, ast.Attribute) else []
            operands = args if len(args) > 1 else [*owner, *args]
            return operands[:1] == [node] or rank(operands[0]) != 1
        case ast.BinOp(left=left, right=right):
            return rank(right if left is node else left) in (0, None)
        case ast.Attribute(attr="shape" | "ndim" | "size"):
            return True
        case ast.Assign(targets=[ast.Name()]) | ast.AnnAssign(target=ast.Name()):
            return False
    return not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call))


def _is_asserted(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> bool:
    while not isinstance(node, ast.stmt) and node in parents:
        node = parents[node]
    return isinstance(node, ast.Assert)


def _last_name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def adds_axis(node: ast.expr) -> bool:
    """Whether an expression puts an axis of size one where it was asked to."""
    if isinstance(node, ast.Subscript):
        index = node.slice
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        return any(_is_new_axis(one) for one in parts)
    if not isinstance(node, ast.Call):
        return False
    name = _called(node)
    if any(word.arg in ("keepdim", "keepdims") and _is(word.value, True) for word in node.keywords):
        return True
    if name in SHAPES:
        given = [*node.args, *(word.value for word in node.keywords)]
        inside = [part for one in given for part in getattr(one, "elts", [one])]
        return any(_is(one, 1) for one in inside) or name == "rearrange"
    return name in LINES_UP


def _is_new_axis(node: ast.expr) -> bool:
    return _is(node, None) or (isinstance(node, ast.Attribute) and node.attr == "newaxis")


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _core(node: ast.expr, origins: Origins, depth: int = 0) -> str | None:  # noqa: C901 - a table of kinds of syntax
    """The array that an operand is, its axes and elementwise changes left out."""
    if depth > MOST_STEPS:
        return None
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=module), attr=name), args=[first, *_]
        ) if name in KEEPS and module in ("np", "numpy", "torch", "F"):
            return _core(first, origins, depth + 1)
        case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in KEEPS:
            return _core(owner, origins, depth + 1)
        case ast.Call(func=ast.Attribute(value=owner, attr="size" | "shape")):
            return None if owner is None else ast.dump(node)
        case ast.Attribute(value=owner, attr="T" | "mT" | "data"):
            return _core(owner, origins, depth + 1)
        case ast.Subscript(value=value, slice=index) if _only_axes(index):
            return _core(value, origins, depth + 1)
        case ast.UnaryOp(operand=operand):
            return _core(operand, origins, depth + 1)
        case ast.BinOp(left=left, right=ast.Constant()):
            return _core(left, origins, depth + 1)
        case ast.BinOp(left=ast.Constant(), right=right):
            return _core(right, origins, depth + 1)
        case ast.BinOp(left=left, right=right) if ast.dump(left) == ast.dump(right):
            return _core(left, origins, depth + 1)
        case ast.Name():
            found = origins.of(node)
            if len(found) == 1 and not isinstance(found[0], (ast.Name, ast.Constant)):
                deeper = _core(found[0], origins, depth + 1)
                return deeper if deeper is not None else ast.dump(node)
            return ast.dump(_loaded(node))
    return ast.dump(node) if isinstance(node, (ast.Attribute, ast.Subscript)) else None


def _only_axes(index: ast.expr) -> bool:
    """Whether a subscript takes everything and only adds axes: ``[:, None]``, ``[None]``."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    return all(
        _is_new_axis(one)
        or _is(one, Ellipsis)
        or (isinstance(one, ast.Slice) and not (one.lower or one.upper or one.step))
        for one in parts
    )
