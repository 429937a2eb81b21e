"""Arrays made of sizes, of data and of other arrays."""

from __future__ import annotations

from shapecheck.ops._op import family

OPS = family(globals())
