"""What is worth saying of an op that is allowed: how it reads its axes, and the usual slip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecheck.advice.teaching import layers, moves, products

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shapecheck.advice.scene import Scene

_TAUGHT: Mapping[str, Callable[[Scene], Iterator[str]]] = {
    **products.TAUGHT,
    **moves.TAUGHT,
    **layers.TAUGHT,
}


def sentences(scene: Scene) -> Iterator[str]:
    """The sentences on one op."""
    way = _TAUGHT.get(scene.op)
    if way is not None and not any(part.array.is_open for part in scene.parts()):
        yield from way(scene)


__all__ = ["sentences"]
