"""Modules of `torch.nn` that are functions with stored arguments: layers and losses."""

from __future__ import annotations

from shapecheck.ops._op import family

OPS = family(globals())
