"""Contractions that are spelled with letters."""

from __future__ import annotations

from shapecheck.ops._op import family

OPS = family(globals())
