"""The shape rules of NumPy and PyTorch: each a plain function over axes, declared once."""

from shapecheck.ops import (
    create,
    einops,
    einsum,
    elementwise,
    fft,
    index,
    join,
    linalg,
    losses,
    modules_neural,
    modules_window,
    neural,
    order,
    rearrange,
    reduce,
    sequence,
    window,
)
from shapecheck.ops._op import Applied, Op
from shapecheck.ops._values import Array, Record, Text, Unknown, Value

FAMILIES = (
    elementwise,
    create,
    reduce,
    order,
    rearrange,
    join,
    index,
    linalg,
    einsum,
    einops,
    fft,
    neural,
    window,
    losses,
    sequence,
    modules_neural,
    modules_window,
)
OPS: tuple[Op, ...] = tuple(one for family in FAMILIES for one in family.OPS)

__all__ = ["FAMILIES", "OPS", "Applied", "Array", "Op", "Record", "Text", "Unknown", "Value"]
