"""Losses, with all forms of their targets."""

from __future__ import annotations

from shapecheck.ops._op import family

OPS = family(globals())
