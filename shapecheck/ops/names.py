"""From a full name (``torch.nn.functional.relu``, ``numpy.ndarray.sum``) to the ops of it."""

from __future__ import annotations

import functools
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapecheck.ops._op import Op
    from shapecheck.ops._spelling import Spelling

# Modules that are other names of one that the spellings use.
SAME_MODULES = {
    "torch.functional": "torch",
    "torch._C._nn": "torch.nn.functional",
    "torch.special": "torch.special",
    "torch._tensor": "torch.Tensor",
}


@functools.cache
def table() -> Mapping[str, tuple[tuple[Op, Spelling], ...]]:
    """All full names, each with the ops that may be meant, the likeliest first."""
    from shapecheck.ops import OPS  # noqa: PLC0415 - the ops ask for names, too

    found: defaultdict[str, list[tuple[Op, Spelling]]] = defaultdict(list)
    for op in OPS:
        for spelling in op.spellings:
            found[spelling.qualified].append((op, spelling))
    return {name: tuple(candidates) for name, candidates in found.items()}


def candidates(qualified: str) -> tuple[tuple[Op, Spelling], ...]:
    """The ops that a full name may mean (overloads); () for a name that no op has."""
    return table().get(qualified, ())


@functools.cache
def _namespaces() -> frozenset[str]:
    found = {"math"}
    for name in table():
        parts = name.split(".")
        found |= {".".join(parts[:end]) for end in range(1, len(parts))}
    return frozenset(found)


def is_namespace(qualified: str) -> bool:
    """Whether a full name is that of a module (or class) in which ops have names."""
    return qualified in _namespaces()


def is_module(spelling: Spelling) -> bool:
    """Whether a name is that of a class of modules, which is called twice: made, then applied."""
    return spelling.space in ("module", "layers")
