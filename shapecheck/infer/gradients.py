"""Gradients: which name is that of whose gradient, and which shape a gradient has to have.

Nothing here depends on how a program is looked at: the analyser and the checks at run time ask
the same functions.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.dims import Assumptions
    from shapecheck.ops import Array

# What names of gradients begin or end with; what is left is the name of what they belong to.
BEFORE = ("grad_", "gradient_", "nabla_", "d_", "grad", "d")
AFTER = ("_gradient", "_grad", "_grads", "Grad")
GRADIENT_NAME = re.compile(r"(^|_)(?i:grad(?:ient)?s?|nabla)(_|\d|$|[A-Z])|[Gg]rad(?:ient)?s?$")
OF_PARAMETER = re.compile(r"d(W|[wb]\d*$|theta|gamma|beta|bias|weight)")
# What a step along a gradient is multiplied with.
RATES = {
    *("lr", "eta", "learning_rate", "learn_rate", "lrate", "learningrate", "step_size", "l_rate"),
    *("LR", "ETA", "LEARNING_RATE", "learningRate", "LRATE"),
}


def bare_names(name: str) -> Iterator[str]:
    """What a gradient's name may be the gradient of: ``W`` for ``dW``, ``grad_W``, ``W_grad``."""
    for before in BEFORE:
        rest = name.removeprefix(before)
        if rest != name and rest and not (before == "grad" and not rest[0].isupper()):
            yield rest
    for after in AFTER:
        rest = name.removesuffix(after)
        if rest != name and rest:
            yield rest


def is_gradient_of(gradient: ast.expr, of: ast.expr) -> bool:
    """Whether an expression is named as the gradient of another.

    ``dW`` and ``self.dW`` of ``W``, ``self.W`` and ``params["W"]``; ``grads["W"]`` of
    ``params["W"]`` and of ``W``; ``dWs[i]`` of ``Ws[i]``.
    """
    holder, own, index = _path(gradient)
    of_holder, of_own, of_index = _path(of)
    if not own or not of_own or index != of_index:
        return False
    if of_own in bare_names(own):
        return True
    return own == of_own and holder != of_holder and bool(GRADIENT_NAME.search(holder))


def _path(node: ast.expr) -> tuple[str, str, str]:
    """Where a value stands: what holds it, under which name, and its index in a list."""
    match node:
        case ast.Name(id=name):
            return "", name, ""
        case ast.Attribute(value=owner, attr=name):
            return _last(owner), name, ""
        case ast.Subscript(value=owner, slice=ast.Constant(value=str() as key)):
            return _last(owner), key, ""
        case ast.Subscript(value=owner, slice=index):
            holder, name, inner = _path(owner)
            return holder, name, f"{inner}[{ast.dump(index)}]"
    return "", "", ""


def _last(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str() as key)):
            return key
        case ast.Subscript(value=owner):
            return _last(owner)
    return ""


# --- updates --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Update:
    """A statement that changes an array by a step: ``W -= lr * dW``, ``W = W - lr * dW``.

    Attributes:
        target: what is changed, as an expression that is read.
        step: what it is changed by.
        node: the operation.
        sign: ``-`` or ``+``.
        in_place: whether the array itself changes, which keeps its shape.
    """

    target: ast.expr
    step: ast.expr
    node: ast.AST
    sign: str
    in_place: bool

    def gradients(self) -> Iterator[ast.expr]:
        """The expressions in the step that are named as gradients of the target."""
        for node in _atoms(self.step):
            if is_gradient_of(node, self.target):
                yield node

    @property
    def descends(self) -> bool:
        """Whether the step is one against a gradient, as far as its names tell."""
        atoms = list(_atoms(self.step))
        named = any(map(is_gradient_atom, atoms))
        rate = any(_last(one) in RATES for one in atoms)
        return self.sign == "-" and (named or rate)


def update_of(node: ast.stmt) -> Update | None:
    """The update that a statement is; None if it is none."""
    match node:
        case ast.AugAssign(target=target, op=ast.Sub() | ast.Add() as sign, value=value):
            return Update(loaded(target), value, node, _sign(sign), in_place=True)
        case ast.Assign(
            targets=[target],
            value=ast.BinOp(left=left, op=ast.Sub() | ast.Add() as sign, right=right) as whole,
        ) if _same(left, target):
            return Update(left, right, whole, _sign(sign), in_place=False)
    return None


def _sign(sign: ast.operator) -> str:
    return "-" if isinstance(sign, ast.Sub) else "+"


def loaded(target: ast.expr) -> ast.expr:
    """A target as an expression that is read."""
    match target:
        case ast.Name(id=name):
            return ast.copy_location(ast.Name(name, ast.Load()), target)
        case ast.Attribute(value=value, attr=name):
            return ast.copy_location(ast.Attribute(value, name, ast.Load()), target)
        case ast.Subscript(value=value, slice=index):
            return ast.copy_location(ast.Subscript(value, index, ast.Load()), target)
    return target


def _same(left: ast.expr, target: ast.expr) -> bool:
    if type(left) is not type(target):
        return False
    return ast.dump(loaded(left)) == ast.dump(loaded(target))


def _atoms(node: ast.expr) -> Iterator[ast.expr]:
    """The names, attributes and elements in an expression, and the functions that it calls."""
    match node:
        case ast.Name() | ast.Attribute() | ast.Subscript():
            yield node
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call | ast.BinOp):
                yield from _atoms(node.value)
        case _:
            for inner in ast.iter_child_nodes(node):
                if isinstance(inner, ast.expr):
                    yield from _atoms(inner)
                elif isinstance(inner, ast.keyword):
                    yield from _atoms(inner.value)


def is_gradient_atom(node: ast.expr) -> bool:
    """Whether a name, attribute or element is called a gradient: ``dW``, ``grad``, ``grads[k]``."""
    holder, own, _ = _path(node)
    return any(GRADIENT_NAME.search(one) or OF_PARAMETER.match(one) for one in (holder, own) if one)


def core(step: ast.expr) -> Iterator[ast.expr]:
    """The factors of a step, the inner ones last: ``lr * dW`` is ``dW`` times a number."""
    yield step
    match step:
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=right):
            yield from core(left)
            yield from core(right)
        case ast.UnaryOp(operand=operand):
            yield from core(operand)


# --- shapes ---------------------------------------------------------------------------------------


def judged(gradient: Array, whole: Array, assume: Assumptions) -> str:
    """The rule that a gradient of another shape breaks; "" if none, or if that is not certain.

    A gradient has the shape of what it is the gradient of. torch sums one that is larger, if what
    it belongs to can be stretched to it, and rejects any other
    (``torch/csrc/autograd/input_metadata.cpp``: ``is_expandable_to_shape``, ``reduce_grad``).
    """
    if gradient.is_open or whole.is_open:
        return ""
    extra = gradient.rank - whole.rank
    if extra < 0:
        return "grad-shape"
    summed = any(assume.is_unit(size) is not True for size in gradient.sizes[:extra])
    certain = True
    for own, wanted in zip(gradient.sizes[extra:], whole.sizes, strict=True):
        same, unit = assume.equal(own, wanted), assume.is_unit(wanted)
        if same is False and unit is False:
            return "grad-shape"
        summed = summed or (same is False and unit is True)
        certain = certain and (same is True or unit is True)
    return "grad-autoreduced" if summed and certain else ""


def is_transposed(gradient: Array, whole: Array, assume: Assumptions) -> bool:
    """Whether a matrix has the sizes of another one the other way round."""
    if gradient.is_open or whole.is_open or not gradient.rank == whole.rank == 2:  # noqa: PLR2004
        return False
    return all(
        assume.equal(one, other) is True
        for one, other in zip(gradient.sizes, whole.sizes[::-1], strict=True)
    )
