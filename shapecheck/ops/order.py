"""Sorting, cumulating, counting and searching along an axis."""

from __future__ import annotations

from shapecheck.ops._op import family

OPS = family(globals())
