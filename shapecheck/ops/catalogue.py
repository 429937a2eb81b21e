"""The ops as a table: what there is, by which names, in which library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapecheck.ops._spelling import SPACES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapecheck.ops._op import Op


@dataclass(frozen=True, slots=True)
class OpRow:
    """One op.

    Attributes:
        op: the rule's own name.
        family: the module of `shapecheck.ops` that it stands in.
        names: for each space that has it (``numpy``, ``ndarray``, ``torch``, ``tensor``,
            ``functional``, ``module``, ``einops``, ``operator``, …) its names in there.
        backends: the libraries that have it: ``numpy``, ``torch``.
        summary: its shapes in one line: ``(*batch, n, k) @ (*batch, k, m) -> (*batch, n, m)``.
        rejects: whether there are shapes that it does not accept.
    """

    op: str
    family: str
    names: Mapping[str, tuple[str, ...]]
    backends: tuple[str, ...]
    summary: str
    rejects: bool

    @property
    def qualified(self) -> tuple[str, ...]:
        """All full names: ``numpy.ndarray.sum``, ``torch.nn.functional.relu``."""
        return tuple(
            f"{SPACES[space].prefix}{name}" for space, names in self.names.items() for name in names
        )


def rows() -> list[OpRow]:
    """All ops, family by family, in the order in which they are declared."""
    from shapecheck.ops import FAMILIES  # noqa: PLC0415 - the families are many modules

    return [
        _row(family.__name__.rpartition(".")[2], op) for family in FAMILIES for op in family.OPS
    ]


def _row(family: str, op: Op) -> OpRow:
    names: dict[str, tuple[str, ...]] = {}
    for spelling in op.spellings:
        known = names.get(spelling.space, ())
        if spelling.name not in known:
            names[spelling.space] = (*known, spelling.name)
    return OpRow(op.name, family, names, op.libraries(), op.summary, not op.total)
