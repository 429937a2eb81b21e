"""Sizes and axes: integer expressions in normal form, and axes with an identity."""

from shapecheck.dims.axis import (
    UNIT,
    Axis,
    OpenShape,
    Piece,
    Run,
    Scrambled,
    Shape,
    merge,
    same,
    shape_text,
    split,
    stretch,
)
from shapecheck.dims.compare import Assumptions, equal
from shapecheck.dims.expr import (
    Expr,
    Size,
    Symbol,
    evaluate,
    index_symbols,
    is_size,
    lone_symbol,
    product,
    substitute,
    symbol,
    symbols,
)
from shapecheck.dims.extremum import maximum, minimum
from shapecheck.dims.solve import Solution, solve
from shapecheck.dims.text import text

__all__ = [
    "UNIT",
    "Assumptions",
    "Axis",
    "Expr",
    "OpenShape",
    "Piece",
    "Run",
    "Scrambled",
    "Shape",
    "Size",
    "Solution",
    "Symbol",
    "equal",
    "evaluate",
    "index_symbols",
    "is_size",
    "lone_symbol",
    "maximum",
    "merge",
    "minimum",
    "product",
    "same",
    "shape_text",
    "solve",
    "split",
    "stretch",
    "substitute",
    "symbol",
    "symbols",
    "text",
]
