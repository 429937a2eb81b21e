"""``{…}`` parts of an axis: f-string expressions of the call's arguments, as in jaxtyping."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapecheck.spec.grammar import parse_size
from shapecheck.spec.model import ArraySpec, Dim

if TYPE_CHECKING:
    from collections.abc import Mapping

PART = re.compile(r"\{([^{}:!]*)\}")


def fill(spec: ArraySpec, names: Mapping[str, Any]) -> tuple[ArraySpec, tuple[str, ...]]:
    """Put the values of ``{…}`` parts in.

    Args:
        spec: the declared axes.
        names: the call's arguments and whatever else the parts may refer to.

    Returns:
        The spec with sizes in place of templates, and what could not be evaluated: such an axis
        keeps its template and has no size.
    """
    if "{" not in spec.text:
        return spec, ()
    troubles: list[str] = []
    axes = tuple(
        _filled(axis, names, troubles) if isinstance(axis, Dim) and axis.template else axis
        for axis in spec.axes
    )
    return replace(spec, axes=axes), tuple(troubles)


def _filled(dim: Dim, names: Mapping[str, Any], troubles: list[str]) -> Dim:
    try:
        # The one place where text of an annotation is evaluated: jaxtyping defines it so.
        text = eval("f" + repr(dim.template), dict(names))  # noqa: S307
        return replace(dim, size=parse_size(str(text)), template="", text=_shown(dim.template))
    except Exception as error:  # noqa: BLE001 - the expression is the user's, and may raise
        troubles.append(f"{dim.template}: {type(error).__name__}: {error}")
        return replace(dim, size=None)


def _shown(template: str) -> str:
    """How reports write the axis: ``self.n``, ``k*k+1``, without the braces."""
    return PART.sub(r"\1", template)
