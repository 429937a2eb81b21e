"""Layers as functions: linear, embedding, activations, normalisation."""

from __future__ import annotations

from shapecheck.ops._op import family

OPS = family(globals())
