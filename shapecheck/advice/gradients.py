"""The explanation of a gradient of another shape than that of what it is the gradient of.

The analyser and the checks at run time give what they know of the gradient; the words are the same.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shapecheck.advice.contracts import Explanation
from shapecheck.advice.layout import factors_of
from shapecheck.advice.rearranged import with_argument
from shapecheck.advice.scene import LONGEST_NAME, shape_of
from shapecheck.advice.words import axis_text, counted, listed, size_text
from shapecheck.diagnostics import Cell, Edit, Fix, Operand
from shapecheck.dims import Assumptions, Axis
from shapecheck.infer import Evaluator, Names
from shapecheck.infer.gradients import core, is_transposed
from shapecheck.ops import Array

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from shapecheck.diagnostics import Span

LAW = "A gradient has the shape of what it is the gradient of."
ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)


@dataclass(frozen=True, slots=True)
class Gradient:
    """A gradient, and what it is the gradient of.

    Attributes:
        text: the gradient's expression: ``dW``, ``x.T @ dy``.
        array: the gradient.
        of: the name of what it is the gradient of.
        whole: that array.
        giver: who gives it: ``Linear.backward``; "" in an update.
        update: the update that it is used in, with shapes: ``W (2, 3) -= lr * dW (3, 2)``.
        made: the expression that it was made by, where that is known.
        name: the variable that it was assigned to there.
        source: the text of an expression.
        value: the value of an expression, by the ops' rules.
        span: where an expression stands.
        assume: what is known about symbols.
    """

    text: str
    array: Array
    of: str
    whole: Array
    giver: str = ""
    update: str = ""
    made: ast.expr | None = None
    name: str = ""
    source: Callable[[ast.AST], str] = field(default=ast.unparse)
    value: Callable[[ast.expr], object] = field(default=lambda _: None)
    span: Callable[[ast.AST], Span | None] = field(default=lambda _: None)
    assume: Assumptions = field(default_factory=Assumptions)

    @property
    def shown(self) -> str:
        """The gradient with its shape; a long expression goes by its shape alone."""
        shape = shape_of(self.array)
        return f"{self.text} {shape}" if len(self.text) <= LONGEST_NAME else shape

    @property
    def short(self) -> str:
        """What the gradient is called in the middle of a sentence."""
        return self.text if len(self.text) <= LONGEST_NAME else "the gradient"

    @property
    def target(self) -> str:
        """What it is the gradient of, with its shape."""
        return f"{self.of} {shape_of(self.whole)}"


def of_shape(gradient: Gradient) -> Explanation:
    """A gradient whose sizes differ from those that it has to have."""
    finding = _difference(gradient)
    reason = LAW
    if _extra(gradient):
        reason += " It is summed over all for which it was used."
    return _made("grad-shape", gradient, finding, reason, _repairs(gradient))


def of_sum(gradient: Gradient) -> Explanation:
    """A gradient that is larger, so that torch sums it, or an update makes its target larger."""
    axes = _extra(gradient)
    where = listed([axis_text(axis, gradient.array.rank) for axis in axes]) or "its axes"
    if gradient.giver:
        finding = f"torch sums it over {where}, without a word"
        reason = "It happens to be what is wanted where the argument was stretched; write it down."
    else:
        grown = shape_of(_stretched(gradient))
        finding = f"{gradient.of} silently becomes {grown}"
        reason = f"{gradient.short} still has {where}, over which it has to be summed. {LAW}"
        if not axes:
            reason = f"{gradient.short} lines up with other axes of {gradient.of}. {LAW}"
    return _made("grad-autoreduced", gradient, finding, reason, _repairs(gradient))


def of_axes(gradient: Gradient, order: Sequence[int], names: Sequence[str] = ()) -> Explanation:
    """A gradient whose axes stand in another order, which fits only because sizes are equal.

    Args:
        gradient: the gradient.
        order: for each of its axes, which axis it is of what it belongs to.
        names: the names of the axes of what it belongs to, if it has any.
    """
    size = next(gradient.whole.sizes[axis] for axis, own in enumerate(order) if axis != own)
    who = "it" if gradient.giver else gradient.short
    why = f"{gradient.of} is square" if len(order) == 2 else f"two sizes are {size_text(size)}"
    own = f"{gradient.of}'s axes {listed([str(axis) for axis in order])}"
    if len(names) == len(order):
        own = f"({', '.join(names[axis] for axis in order)}), not ({', '.join(names)})"
    finding = f"{who} fits only because {why}; its axes are {own}"
    reason = "No library notices; with other sizes it would fail, and now the training goes wrong."
    return _made("grad-axes", gradient, finding, reason, _turned(gradient))


def of_count(giver: str, given: int, names: Sequence[str]) -> Explanation:
    """Another number of gradients than there are arguments."""
    wanted = f"{counted(len(names), 'argument')} {listed(names)}" if names else "no arguments"
    message = f"{giver} returns {counted(given, 'gradient')} for {wanted}"
    reason = "It returns one for each argument of forward: None for those that need none."
    return Explanation("grad-count", message, (), reason, (), ())


def of_constant(gradient: Gradient, kind: str) -> Explanation:
    """A gradient for an argument that is no tensor."""
    message = f"{gradient.giver} returns {gradient.shown} for {gradient.of}, which is {kind}"
    reason = "The gradient of what is no tensor is None."
    return Explanation("grad-count", message, (), reason, (), ())


def of_none(giver: str, of: str, whole: Array) -> Explanation:
    """No gradient for an argument that asks for one."""
    message = f"{giver} returns None for {of} {shape_of(whole)}, which requires a gradient"
    reason = f"{of} takes part in the result, and will never learn."
    return Explanation("grad-missing", message, (_row(of, whole),), reason, (), ())


def _made(
    rule: str, gradient: Gradient, finding: str, reason: str, repairs: Iterator[tuple[str, Array]]
) -> Explanation:
    if gradient.giver:
        message = f"{gradient.giver} returns {gradient.shown} for {gradient.target}: {finding}"
    else:
        message = f"{gradient.update}: {finding}"
    rows = (_row(gradient.text, gradient.array, at_fault=True), _row(gradient.of, gradient.whole))
    return Explanation(rule, message, rows, reason, tuple(_fixes(gradient, repairs)), ())


def _row(text: str, array: Array, *, at_fault: bool = False) -> Operand:
    cells = []
    for one in array.axes:
        size = one.size if isinstance(one, Axis) else "..."
        shown = size if isinstance(size, int | str) else size_text(size)
        label = one.name if isinstance(one, Axis) and one.name and one.name != shown else ""
        cells.append(Cell(shown, label or ""))
    return Operand(text, "", tuple(cells), at_fault=at_fault)


def _difference(gradient: Gradient) -> str:
    """How the shape differs, as a clause."""
    who = "it" if gradient.giver else gradient.short
    array, whole = gradient.array, gradient.whole
    if is_transposed(array, whole, gradient.assume):
        return f"{who} is transposed"
    axes = _extra(gradient)
    if axes:
        where = listed([axis_text(axis, array.rank) for axis in axes])
        return f"{who} is not summed over {where}"
    if array.rank != whole.rank:
        return f"{who} has {counted(array.rank, 'axis')}, not {whole.rank}"
    for at, (own, wanted) in enumerate(zip(array.sizes, whole.sizes, strict=True)):
        if gradient.assume.equal(own, wanted) is False:
            where = axis_text(at, array.rank)
            return f"{where} of {who} is {size_text(own)}, not {size_text(wanted)}"
    return f"{who} has another shape"


def _extra(gradient: Gradient) -> list[int]:
    """The axes that a gradient has too many, if the others are those that it has to have."""
    array, whole, equal = gradient.array, gradient.whole, gradient.assume.equal
    extra = array.rank - whole.rank
    if extra < 0:
        return []
    axes = list(range(extra))
    for at, (own, wanted) in enumerate(zip(array.sizes[extra:], whole.sizes, strict=True)):
        if equal(own, wanted) is not True:
            if equal(wanted, 1) is not True:
                return []
            axes.append(extra + at)
    return axes


def _stretched(gradient: Gradient) -> Array:
    """What a sum of the two gives."""
    found = Evaluator(Names({"a": gradient.whole, "b": gradient.array}), gradient.assume)
    value = found.value(ast.parse("a - b", mode="eval").body)
    return value if isinstance(value, Array) else gradient.array


# --- repairs: the expression anew, proved by the ops' rules ---------------------------------------


def _repairs(gradient: Gradient) -> Iterator[tuple[str, Array]]:
    """New texts for the expression that makes the gradient, with what they give."""
    yield from _turned(gradient)
    yield from _summed(gradient)


def _turned(gradient: Gradient) -> Iterator[tuple[str, Array]]:
    """A product with its factors exchanged, or a transpose."""
    made = gradient.made
    operands: dict[str, object] = {"g": gradient.array}
    for product in core(made) if made is not None else ():
        factors = factors_of(product)
        values = [gradient.value(one) for one in factors or ()]
        if made is not None and factors is not None and all(map(_is_matrix, values)):
            operands |= dict(zip("ab", values, strict=True))
            b, a = (_transposed(one, gradient.source) for one in reversed(factors))
            text = f"{b} @ {a}"
            text = text if product is made else with_argument(made, product, text)
            yield from _proved(gradient, "b.T @ a.T", operands, text)
    text = _atom(gradient)
    yield from _proved(gradient, "g.T", operands, f"{text}.T")


def _is_matrix(value: object) -> bool:
    return isinstance(value, Array) and not value.is_open and value.rank == 2


def _transposed(node: ast.expr, source: Callable[[ast.AST], str]) -> str:
    """The transpose of a factor, as text."""
    match node:
        case ast.Attribute(value=inner, attr="T" | "mT"):
            return _in_brackets(inner, source)
        case ast.Call(func=ast.Attribute(value=inner, attr="t" | "transpose"), args=args) if (
            not args or len(args) == 2
        ):
            return _in_brackets(inner, source)
    return f"{_in_brackets(node, source)}.T"


def _in_brackets(node: ast.expr, source: Callable[[ast.AST], str]) -> str:
    return source(node) if isinstance(node, ATOMS) else f"({source(node)})"


def _summed(gradient: Gradient) -> Iterator[tuple[str, Array]]:
    """A sum over the axes that are too many; with and without keeping them."""
    array, whole = gradient.array, gradient.whole
    text = _atom(gradient)
    torch = array.library == "torch"
    axes = _extra(gradient)
    ways = [axes] if axes else [[axis] for axis in range(array.rank)]
    for way in ways:
        dims = str(way[0]) if len(way) == 1 else f"({', '.join(map(str, way))})"
        word = "dim" if torch else "axis"
        plain = f".sum({dims})" if torch else f".sum(axis={dims})"
        kept = f".sum({word}={dims}, keepdim{'' if torch else 's'}=True)"
        for call in (plain, kept) if array.rank > whole.rank else (kept, plain):
            yield from _proved(gradient, f"g{call}", {"g": array}, f"{text}{call}")


def _atom(gradient: Gradient) -> str:
    text = gradient.source(gradient.made) if gradient.made is not None else gradient.text
    is_atom = isinstance(gradient.made, ATOMS) or (gradient.made is None and text.isidentifier())
    return text if is_atom else f"({text})"


def _proved(
    gradient: Gradient, template: str, operands: Mapping[str, object], text: str
) -> Iterator[tuple[str, Array]]:
    evaluator = Evaluator(Names(operands), gradient.assume)
    value = evaluator.value(ast.parse(template, mode="eval").body)
    wanted = gradient.whole
    if not isinstance(value, Array) or value.is_open or value.rank != wanted.rank:
        return
    same = (gradient.assume.equal(a, b) for a, b in zip(value.sizes, wanted.sizes, strict=True))
    if all(one is True for one in same):
        yield text, value


def _fixes(gradient: Gradient, repairs: Iterator[tuple[str, Array]]) -> Iterator[Fix]:
    """The first repair."""
    for text, value in repairs:
        title = f"{gradient.name} = {text}" if gradient.name else text
        span = gradient.span(gradient.made) if gradient.made is not None else None
        edits = (Edit(span, text),) if span is not None else ()
        yield Fix(title, shape_of(value), checked=True, edits=edits)
        return
