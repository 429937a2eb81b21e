"""Modules of `torch.nn` that slide windows: the ops of `window` with stored arguments."""

from __future__ import annotations

from shapecheck.ops._op import family

OPS = family(globals())
