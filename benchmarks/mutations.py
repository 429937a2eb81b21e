"""Changes to a program, one place each, as people make them by mistake."""

from __future__ import annotations

import ast
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AXES = {"dim", "axis", "dims", "dim0", "dim1", "start_dim", "end_dim"}
LEFT_OUT = {  # methods of arrays that are forgotten
    *("unsqueeze", "squeeze", "t", "transpose", "permute", "flatten", "view", "reshape", "expand"),
    *("repeat", "swapaxes", "sum", "mean", "T"),
}
BY_AXIS = {  # functions and methods that take an axis by position, and where (behind the array)
    **dict.fromkeys(("sum", "mean", "softmax", "log_softmax", "argmax", "argmin", "max"), 0),
    **dict.fromkeys(("squeeze", "unsqueeze", "flatten", "size", "all", "any"), 0),
}
PATTERNS = {"einsum", "rearrange", "repeat", "reduce", "Rearrange", "Reduce"}
UNSIZED = {"range", "print", "manual_seed", "default_rng", "Adam", "SGD", "Dropout", "randint"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed program.

    Attributes:
        kind: what was done.
        line: where.
        before: the text that was replaced.
        after: the text that stands there now.
        source: the program.
    """

    kind: str
    line: int
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        return f"{self.kind}, line {self.line}: {self.before[:70]}  ->  {self.after[:70]}"


class _Text:
    """A source that parts are replaced in."""

    def __init__(self, source: str) -> None:
        self.source = source
        starts = itertools.accumulate(map(len, source.splitlines(keepends=True)), initial=0)
        self.starts = list(starts)

    def of(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.source[start:end]

    def span(self, node: ast.AST) -> tuple[int, int]:
        start = self.starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        return start, self.starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def replaced(self, kind: str, node: ast.AST, after: str) -> Mutant:
        start, end = self.span(node)
        source = self.source[:start] + after + self.source[end:]
        return Mutant(kind, node.lineno, self.source[start:end], after, source)  # type: ignore[attr-defined]


def mutants(tree: ast.Module, source: str) -> Iterator[Mutant]:
    """Every mutant of a program that can still be parsed and differs from it."""
    text = _Text(source)
    seen = {ast.dump(tree)}
    for node in ast.walk(tree):
        for way in WAYS:
            for one in way(node, text):
                try:
                    dump = ast.dump(ast.parse(one.source))
                except SyntaxError:
                    continue
                if dump not in seen:
                    seen.add(dump)
                    yield one


def _name(node: ast.expr) -> str:
    """The last part of what is called."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_int(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def _axis_value(node: ast.AST) -> int | None:
    """The number of an axis as it is written."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and _is_int(node.operand):
        return -node.operand.value  # type: ignore[attr-defined, no-any-return]
    return node.value if _is_int(node) else None  # type: ignore[attr-defined, no-any-return]


# --- sizes ----------------------------------------------------------------------------------------


def changed_size(node: ast.AST, text: _Text) -> Iterator[Mutant]:
    """A number in a call, a default or a constant: one more, twice, one less."""
    numbers: list[ast.expr] = []
    if isinstance(node, ast.Call) and _name(node.func) not in UNSIZED:
        takes_axes = _name(node.func) in (*BY_AXIS, "permute", "transpose", "cat", "stack", "chunk")
        numbers += [] if takes_axes else node.args
        numbers += [
            one.value
            for one in node.keywords
            if one.arg not in (*AXES, "batch_first", "epochs", "iterations", "rcond", "ddof")
        ]
    elif isinstance(node, ast.FunctionDef):
        numbers += node.args.defaults
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple):
        numbers += node.value.elts
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        numbers.append(node.value)
    inner = [one for given in numbers for one in _sizes_in(given)]
    for one in inner:
        value = one.value  # type: ignore[attr-defined]
        for changed in {value + 1, value * 2, max(value - 1, 1)} - {value}:
            yield text.replaced("a changed size", one, str(changed))


def _sizes_in(node: ast.expr) -> list[ast.expr]:
    """The numbers in a tuple or product of sizes."""
    if _is_int(node):
        return [node]
    if isinstance(node, (ast.Tuple, ast.List)):
        return [one for part in node.elts for one in _sizes_in(part)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Add)):
        return [*_sizes_in(node.left), *_sizes_in(node.right)]
    return []


def another_name(node: ast.AST, text: _Text) -> Iterator[Mutant]:
    """A size in a constructor is taken from another parameter of the same function."""
    if not isinstance(node, ast.FunctionDef):
        return
    names = [one.arg for one in (*node.args.args, *node.args.kwonlyargs) if one.arg != "self"]
    for call in ast.walk(node):
        if not isinstance(call, ast.Call) or not _name(call.func)[:1].isupper():
            continue
        for given in (*call.args, *(one.value for one in call.keywords)):
            for one in ast.walk(given):
                if isinstance(one, ast.Name) and one.id in names:
                    for other in names:
                        if other != one.id:
                            yield text.replaced("another size's name", one, other)


def dropped_factor(node: ast.AST, text: _Text) -> Iterator[Mutant]:
    """``2 * hidden`` becomes ``hidden``."""
    if isinstance(node, ast.Call) and _name(node.func)[:1].isupper():
        for given in (*node.args, *(one.value for one in node.keywords)):
            for one in ast.walk(given):
                if isinstance(one, ast.BinOp) and isinstance(one.op, (ast.Mult, ast.Add)):
                    for side in (one.left, one.right):
                        yield text.replaced("a factor left out", one, text.of(side))


# --- axes -----------------------------------------------------------------------------------------


def wrong_axis(node: ast.AST, text: _Text) -> Iterator[Mutant]:
    """An axis by its number: its neighbours, and the last one."""
    if not isinstance(node, ast.Call):
        return
    places = [one.value for one in node.keywords if one.arg in AXES]
    name = _name(node.func)
    if name in BY_AXIS and isinstance(node.func, ast.Attribute):
        at = BY_AXIS[name] + (1 if _is_library(node.func.value) else 0)
        places += node.args[at : at + 1]
    if name in ("cat", "stack", "concatenate", "unfold", "chunk", "split"):
        places += node.args[1:2]
    if name in ("transpose", "swapaxes"):
        places += node.args
    for place in places:
        value = _axis_value(place)
        if value is None:
            continue
        for other in {value + 1, value - 1, -1, 0} - {value}:
            yield text.replaced("a wrong axis", place, str(other))


def _is_library(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("torch", "np", "F", "einops")


def swapped_axes(node: ast.AST, text: _Text) -> Iterator[Mutant]:
    """Two arguments of a permute, view, reshape or constructor of an array change places."""
    if not isinstance(node, ast.Call):
        return
    name = _name(node.func)
    if name not in (
        *("permute", "view", "reshape", "zeros", "ones", "randn", "rand", "repeat", "expand"),
        *("normal", "random", "full"),
    ):
        return
    lists = [node.args]
    lists += [one.elts for one in node.args if isinstance(one, (ast.Tuple, ast.List))]
    lists += [one.value.elts for one in node.keywords if isinstance(one.value, ast.Tuple)]
    for parts in lists:
        for left, right in itertools.combinations(parts, 2):
            yield from _swapped("swapped axes", left, right, text)


def _swapped(kind: str, left: ast.expr, right: ast.expr, text: _Text) -> Iterator[Mutant]:
    start, end = text.span(left)[0], text.span(right)[1]
    between = text.source[text.span(left)[1] : text.span(right)[0]]
    after = text.of(right) + between + text.of(left)
    source = text.source[:start] + after + text.source[end:]
    yield Mutant(kind, left.lineno, text.source[start:end], after, source)


def pattern(node: ast.AST, text: _Text) -> Iterator[Mutant]:
    """Two axes of an einsum or einops pattern change places, on one side; or one is left out."""
    if not isinstance(node, ast.Call) or _name(node.func) not in PATTERNS:
        return
    for one in node.args:
        if not (isinstance(one, ast.Constant) and isinstance(one.value, str)):
            continue
        words = one.value.split(" ")
        if len(words) < 3:  # noqa: PLR2004 - "ij,jk->ik"
            words = list(one.value)
        glue = " " if " " in one.value else ""
        places = [at for at, word in enumerate(words) if word.isalnum()]
        for left, right in itertools.pairwise(places):
            if words[left] == words[right]:
                continue
            other = list(words)
            other[left], other[right] = words[right], words[left]
            yield text.replaced("a pattern's axes swapped", one, repr(glue.join(other)))
        for at in places:
            other = words[:at] + words[at + 1 :]
            yield text.replaced("a pattern's axis left out", one, repr(glue.join(other)))


# --- operands -------------------------------------------------------------------------------------


def transposed(node: ast.AST, text: _Text) -> Iterator[Mutant]:
    """An operand of a matrix product is transposed, or no longer; the two change places."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        for side in (node.left, node.right):
            is_plain = isinstance(side, (ast.Name, ast.Attribute, ast.Call, ast.Subscript))
            if is_plain:
                yield text.replaced("a transposed operand", side, f"{text.of(side)}.T")
        yield from _swapped("operands in the wrong order", node.left, node.right, text)
    is_product = isinstance(node, ast.Call) and _name(node.func) in ("bmm", "matmul", "dot", "mm")
    if is_product and len(node.args) > 1:
        yield from _swapped("operands in the wrong order", node.args[0], node.args[1], text)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield text.replaced("a transpose left out", node, text.of(node.value))


def constructor_swapped(node: ast.AST, text: _Text) -> Iterator[Mutant]:
    """``nn.Linear(n_out, n_in)``: the first two arguments change places."""
    if isinstance(node, ast.Call) and _name(node.func)[:1].isupper() and len(node.args) > 1:
        yield from _swapped("in and out swapped", node.args[0], node.args[1], text)


# --- calls that are left out ----------------------------------------------------------------------

KEYWORDS = ("keepdim", "keepdims", "batch_first", "dim", "axis", "stride", "padding")


def left_out(node: ast.AST, text: _Text) -> Iterator[Mutant]:
    """A reshaping method, an index with None, a layer or a keyword is forgotten."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in LEFT_OUT and not _is_library(node.func.value):
            yield text.replaced("a call left out", node, text.of(node.func.value))
        elif node.func.attr == "flatten" and node.args:
            yield text.replaced("a call left out", node, text.of(node.args[0]))
        owner = node.func.value
        if isinstance(owner, ast.Name) and owner.id == "self" and len(node.args) == 1:
            yield text.replaced("a layer left out", node, text.of(node.args[0]))
        yield from _keyword_left_out(node, text)
    if isinstance(node, ast.Call) and len(node.args) > 1 and _name(node.func) == "Sequential":
        for one in node.args:
            rest = ", ".join(text.of(other) for other in node.args if other is not one)
            yield text.replaced("a layer left out", node, f"{text.of(node.func)}({rest})")
    if isinstance(node, ast.Subscript):
        yield from _index_left_out(node, text)


def _keyword_left_out(node: ast.Call, text: _Text) -> Iterator[Mutant]:
    for word in node.keywords:
        if word.arg in KEYWORDS:
            rest = [*node.args, *(one for one in node.keywords if one is not word)]
            given = ", ".join(_argument(one, text) for one in rest)
            yield text.replaced("a keyword left out", node, f"{text.of(node.func)}({given})")


def _index_left_out(node: ast.Subscript, text: _Text) -> Iterator[Mutant]:
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
    if any(isinstance(one, ast.Constant) and one.value is None for one in parts):
        yield text.replaced("an added axis left out", node, text.of(node.value))
    elif any(isinstance(one, ast.Slice) for one in parts):
        yield text.replaced("a slice left out", node, text.of(node.value))


def _argument(one: ast.expr | ast.keyword, text: _Text) -> str:
    if isinstance(one, ast.keyword):
        return f"{one.arg}={text.of(one.value)}" if one.arg else f"**{text.of(one.value)}"
    return text.of(one)


def index_of_another_axis(node: ast.AST, text: _Text) -> Iterator[Mutant]:
    """``x[:, 0]`` becomes ``x[0]``, ``x[-1]`` becomes ``x[:, -1]``; ``shape[0]``, ``shape[1]``."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Load):
        return
    value = _axis_value(node.slice)
    if isinstance(node.slice, ast.Tuple):
        first, *rest = node.slice.elts
        if isinstance(first, ast.Slice) and len(rest) == 1:
            yield text.replaced("another axis indexed", node.slice, text.of(rest[0]))
    elif value is not None:
        owner = _name(node.value)
        if owner == "shape":
            for other in {0, 1, -1} - {value}:
                yield text.replaced("another axis' size", node.slice, str(other))
        elif owner not in ("layers", "blocks", "norms", "ups", "downs", "sizes", "features"):
            yield text.replaced("another axis indexed", node.slice, f":, {text.of(node.slice)}")


def cat_for_stack(node: ast.AST, text: _Text) -> Iterator[Mutant]:
    """`cat` and `stack`, `*` and `@`, are taken for each other."""
    if isinstance(node, ast.Attribute) and node.attr in ("cat", "stack", "bmm", "matmul"):
        other = {"cat": "stack", "stack": "cat", "bmm": "mul", "matmul": "mul"}[node.attr]
        yield text.replaced("another function", node, f"{text.of(node.value)}.{other}")
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.MatMult)):
        start, end = text.span(node.left)[1], text.span(node.right)[0]
        before = text.source[start:end]
        sign = "@" if isinstance(node.op, ast.Mult) else "*"
        after = before.replace("@", "*") if sign == "*" else before.replace("*", "@")
        if before.strip() in ("*", "@"):
            source = text.source[:start] + after + text.source[end:]
            yield Mutant("another operator", node.lineno, text.of(node), after, source)


WAYS: tuple[Callable[[ast.AST, _Text], Iterator[Mutant]], ...] = (
    changed_size,
    another_name,
    dropped_factor,
    wrong_axis,
    swapped_axes,
    pattern,
    transposed,
    constructor_swapped,
    left_out,
    index_of_another_axis,
    cat_for_stack,
)
