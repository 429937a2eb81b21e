"""Recurrent layers, attention and transformers."""

from __future__ import annotations

from shapecheck.ops._op import family

OPS = family(globals())
