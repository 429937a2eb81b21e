"""Windows that slide over an image: convolution, pooling, padding, resizing."""

from __future__ import annotations

from shapecheck.ops._op import family

OPS = family(globals())
