"""The ops as a table: what there is, by which names, in which library."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapecheck.ops._spelling import SPACES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapecheck.ops._op import Op

# What `benchmarks/ops_oracle.py --write` saw, op by op.
COMPARED = Path(__file__).with_name("compared.json")


@dataclass(frozen=True, slots=True)
class Compared:
    """Random calls that an op and the libraries were both given, and agreed on.

    Attributes:
        on: the day of it.
        accepted: calls that the library accepted.
        rejected: calls that it rejected.
        undecided: those of them on which the rule does not decide.
        proved: calls that the rule accepted with symbols in the place of sizes, and the library
            with the sizes.
        refuted: calls that both rejected likewise.
    """

    on: str = ""
    accepted: int = 0
    rejected: int = 0
    undecided: int = 0
    proved: int = 0
    refuted: int = 0

    @property
    def calls(self) -> int:
        """All of them."""
        return self.accepted + self.rejected


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
        compared: the calls that it was compared with the libraries on.
    """

    op: str
    family: str
    names: Mapping[str, tuple[str, ...]]
    backends: tuple[str, ...]
    summary: str
    rejects: bool
    compared: Compared

    @property
    def qualified(self) -> tuple[str, ...]:
        """All full names: ``numpy.ndarray.sum``, ``torch.nn.functional.relu``."""
        return tuple(
            f"{SPACES[space].prefix}{name}" for space, names in self.names.items() for name in names
        )


def rows() -> list[OpRow]:
    """All ops, family by family, in the order in which they are declared."""
    from shapecheck.ops import FAMILIES  # noqa: PLC0415 - the families are many modules

    seen = _table().get("ops", {})
    return [
        _row(family.__name__.rpartition(".")[2], op, Compared(**seen.get(op.name, {})))
        for family in FAMILIES
        for op in family.OPS
    ]


def versions() -> Mapping[str, str]:
    """The releases of the libraries that the ops were compared with."""
    found: Mapping[str, str] = _table().get("versions", {})
    return found


def _table() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(COMPARED.read_text()) if COMPARED.exists() else {}
    return found


def _row(family: str, op: Op, compared: Compared) -> OpRow:
    names: dict[str, tuple[str, ...]] = {}
    for spelling in op.spellings:
        known = names.get(spelling.space, ())
        if spelling.name not in known:
            names[spelling.space] = (*known, spelling.name)
    return OpRow(op.name, family, names, op.libraries(), op.summary, not op.total, compared)
