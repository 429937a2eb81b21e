"""The shape rules of NumPy and PyTorch: each a plain function over axes, declared once."""

from shapecheck.ops import (
    create,
    decompose,
    divide,
    einops,
    einsum,
    elementwise,
    fft,
    gather,
    index,
    join,
    linalg,
    losses,
    modules_neural,
    modules_window,
    neural,
    order,
    pad,
    patch,
    pool,
    rearrange,
    reduce,
    resize,
    sequence,
    window,
)
from shapecheck.ops._op import Applied, Op
from shapecheck.ops._values import Array, Layer, Record, Text, Unknown, Value

FAMILIES = (
    elementwise,
    create,
    reduce,
    order,
    rearrange,
    join,
    divide,
    index,
    gather,
    linalg,
    decompose,
    einsum,
    einops,
    fft,
    neural,
    window,
    pool,
    pad,
    resize,
    patch,
    losses,
    sequence,
    modules_neural,
    modules_window,
)
OPS: tuple[Op, ...] = tuple(one for family in FAMILIES for one in family.OPS)

__all__ = ["FAMILIES", "OPS", "Applied", "Array", "Layer", "Op", "Record", "Text", "Unknown", "Value"]
