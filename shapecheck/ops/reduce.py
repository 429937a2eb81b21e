"""Reductions: axes that are summed up, kept as ones or dropped."""

from __future__ import annotations

from shapecheck.ops._op import family

OPS = family(globals())
