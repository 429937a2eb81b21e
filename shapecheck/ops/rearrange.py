"""Moves of the data: reshape, permute, squeeze, expand, repeat, flip."""

from __future__ import annotations

from shapecheck.ops._op import family

OPS = family(globals())
