"""Elements picked by position: basic and advanced indexing, gather, masks."""

from __future__ import annotations

from shapecheck.ops._op import family

OPS = family(globals())
