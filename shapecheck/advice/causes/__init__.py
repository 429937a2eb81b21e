"""Why an op failed, by the rule that it broke: what to say, and what may be written instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecheck.advice.causes import (
    alignment,
    arrangement,
    assigned,
    contractions,
    indexing,
    joining,
    layers,
    losses,
    sequences,
)
from shapecheck.advice.causes.cause import Cause, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shapecheck.advice.scene import Scene

_BY_RULE: Mapping[str, Callable[[Scene], Cause | None]] = {
    **contractions.CAUSES,
    **alignment.CAUSES,
    **assigned.CAUSES,
    **layers.CAUSES,
    **sequences.CAUSES,
    **losses.CAUSES,
    **joining.CAUSES,
    **arrangement.CAUSES,
    **indexing.CAUSES,
}


def find(scene: Scene) -> Cause:
    """The cause, by the rule that is broken."""
    way = _BY_RULE.get(scene.rule)
    found = way(scene) if way is not None else None
    if found is None:
        found = arrangement.rank(scene)
    return found if found is not None else plain(scene)


__all__ = ["Cause", "find"]
