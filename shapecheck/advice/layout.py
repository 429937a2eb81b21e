"""What the axes of a matrix product stand for, as far as the names of its operands tell."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from shapecheck.advice.words import is_gradient

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLES_FIRST = ("samples", "outputs")
SAMPLES_LAST = ("outputs", "samples")
WEIGHT = re.compile(r"(w|weights?|theta|kernels?)(\d+|_\w+)*", re.IGNORECASE)
SHORT_WEIGHT = re.compile(r"W[a-z]{1,2}\d*")  # Wx, Wh, Wq
BIAS = re.compile(r"(b|bias|biases|beta|intercept)(\d+|_\w+)*", re.IGNORECASE)
ERROR = re.compile(r"(^|_)(delta|error|err)s?\d*($|_)", re.IGNORECASE)  # of a backward pass
MOVES = re.compile(r"\.(T|mT|t\(\)|transpose\([^()]*\)|swapaxes\([^()]*\)|data|detach\(\))$")


def bare_name(text: str) -> str:
    """The last name of an operand's text, without transposes: ``W1`` of ``self.W1.T``."""
    while (shorter := MOVES.sub("", text)) != text:
        text = shorter
    return re.sub(r"\[[^\[\]]*\]$", "", text).rpartition(".")[2]


def is_weight_name(text: str) -> bool:
    """Whether an operand's text is what weights are called: ``W``, ``self.W1.T``, ``weight``."""
    name = bare_name(text)
    return bool(WEIGHT.fullmatch(name) or SHORT_WEIGHT.fullmatch(name))


def is_bias_name(text: str) -> bool:
    """Whether an operand's text is what biases are called: ``b1``, ``self.bias``."""
    return bool(BIAS.fullmatch(bare_name(text)))


def is_gradient_name(text: str) -> bool:
    """Whether an operand's text is what gradients are called: ``dW``, ``W.grad``, ``delta``."""
    name = bare_name(text)
    return is_gradient(text) or is_gradient(name) or bool(ERROR.search(name))


def factors_of(node: ast.AST | None) -> tuple[ast.expr, ast.expr] | None:
    """The operands of a matrix product as it is written; None for anything else."""
    match node:
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            return left, right
        case ast.Call(
            func=ast.Attribute(attr="dot" | "matmul" | "mm" | "bmm"), args=[left, right, *_]
        ):
            return left, right
        case ast.Call(func=ast.Attribute(value=left, attr="dot" | "matmul" | "mm"), args=[right]):
            return left, right
        case _:
            return None


def roles(node: ast.AST | None, source: Callable[[ast.AST], str]) -> tuple[str, ...]:
    """What the two axes of a layer's product are: samples and outputs; () if it is none."""
    factors = factors_of(node)
    if factors is None:
        return ()
    left, right = (is_weight_name(source(one)) for one in factors)
    if left == right:
        return ()
    return SAMPLES_LAST if left else SAMPLES_FIRST


def is_turned(node: ast.AST | None) -> bool:
    """Whether an expression is the transpose of something."""
    match node:
        case ast.Attribute(attr="T" | "mT"):
            return True
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in ("t", "transpose", "permute", "swapaxes", "movedim", "moveaxis")
        case _:
            return False
