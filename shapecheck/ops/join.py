"""Arrays joined to one, and cut into several."""

from __future__ import annotations

from shapecheck.ops._op import family

OPS = family(globals())
