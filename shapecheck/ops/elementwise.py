"""Ops that work element by element: operands are stretched to one shape, which the result has."""

from __future__ import annotations

from shapecheck.dims import Shape
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import Operand, Tensor
from shapecheck.ops._values import Array

BROADCAST = Why("broadcast", "sizes, lined up from the right, have to be equal or 1")


@op(
    total=True,
    numpy="exp|log|sqrt|sin|cos|tanh|negative|square|positive",
    torch="exp|log|sqrt|sin|cos|tanh|neg|square|positive",
    tensor="exp|log|sqrt|sin|cos|tanh|neg|square|positive",
    operator="neg|pos",
)
def unary(x: Tensor, *, need: Need) -> Array:  # noqa: ARG001 - every rule takes it
    """(*s) -> (*s), element by element."""
    return x


@op(
    numpy="add|subtract|multiply",
    torch="add|sub|subtract|mul|multiply",
    tensor="add|sub|subtract|mul|multiply",
    operator="add|sub|mul",
)
def arithmetic(a: Operand, b: Operand, *, need: Need) -> Shape:
    """(*s), (*t) -> the shape that both are stretched to."""
    return need.broadcast(a.shape, b.shape, why=BROADCAST)


OPS = family(globals())
