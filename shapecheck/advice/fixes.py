"""Changes to one array that could mend a mismatch. Who proposes one has to prove it."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapecheck.backends import written
from shapecheck.spec.leaves import Leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.backends._base import Sizes
    from shapecheck.backends._written import Written
    from shapecheck.spec.leaves import Node

MOST_AXES = 4  # all orders of 4 axes are 24; beyond that a reader would not recognise one


@dataclass(frozen=True, slots=True)
class Repair:
    """A change to one array.

    Attributes:
        kind: ``transpose``, ``permute``, ``squeeze``, ``flatten-vector``, ``add-axis``,
            ``flatten``, ``sum``, ``cast``, ``convert``.
        leaf: the array as it would be.
        template: the change as source text, with ``{}`` for the array's expression.
        rank: how good an explanation it is; the smallest is the best.
        order: for ``transpose`` and ``permute`` the order of the axes.
        axis: the axis that is added, dropped or summed over.
        whole: the change is to the whole list that holds the array.
    """

    kind: str
    leaf: Leaf
    template: str
    rank: int
    order: tuple[int, ...] = ()
    axis: int = 0
    whole: bool = False


def repairs(leaf: Leaf) -> Iterator[Repair]:
    """Candidates for one array, the best explanations first. None of them is proved yet."""
    observed = leaf.observed
    if observed is None or observed.sizes is None:
        return
    backend = written(observed.backend)
    if backend is None:
        return
    if not leaf.fits_type:
        yield from _converted(leaf, backend)
        return
    yield from _cast(leaf, backend)
    sizes = observed.sizes
    if leaf.spec.runs_at is None and len(sizes) != leaf.spec.rank:
        yield from _of_other_rank(leaf, backend, sizes)
    elif leaf.spec.runs_at is None:
        yield from _reordered(leaf, backend, sizes)


def transposed(leaf: Node) -> Leaf | None:
    """A matrix with its two axes exchanged, None for anything else."""
    sizes = leaf.observed.sizes if isinstance(leaf, Leaf) and leaf.observed else None
    if not isinstance(leaf, Leaf) or sizes is None or len(sizes) != 2:
        return None
    return _with(leaf, (sizes[1], sizes[0]))


def _with(leaf: Leaf, sizes: Sizes) -> Leaf:
    """The array with other sizes."""
    if leaf.observed is None:
        return leaf
    return replace(leaf, observed=replace(leaf.observed, sizes=sizes))


def _reordered(leaf: Leaf, backend: Written, sizes: Sizes) -> Iterator[Repair]:
    """The same axes in another order: a transpose first, then other orders."""
    rank = len(sizes)
    if not 2 <= rank <= MOST_AXES:
        return
    identity = tuple(range(rank))
    orders = [order for order in itertools.permutations(identity) if order != identity]
    orders.sort(key=lambda order: (not _moves_one(order), _moved(order)))
    for number, order in enumerate(orders):
        moved = _with(leaf, tuple(sizes[source] for source in order))
        if moved.observed == leaf.observed:
            continue
        kind = "transpose" if rank == 2 else "permute"
        template = backend.permuted("{}", order)
        yield Repair(kind, moved, template, number if rank > 2 else 0, order)


def _moved(order: tuple[int, ...]) -> int:
    """How many axes stand in another place."""
    return sum(at != source for at, source in enumerate(order))


def _moves_one(order: tuple[int, ...]) -> bool:
    """Whether an order takes one axis out and puts it in elsewhere (NHWC to NCHW)."""
    return any(
        [one for one in order if one != axis] == [one for one in range(len(order)) if one != axis]
        for axis in order
    )


def _of_other_rank(leaf: Leaf, backend: Written, sizes: Sizes) -> Iterator[Repair]:
    """One axis too many or too few."""
    rank = leaf.spec.rank
    if len(sizes) == rank + 1:
        for axis in (at for at, size in enumerate(sizes) if size == 1):
            rest = (*sizes[:axis], *sizes[axis + 1 :])
            template = backend.squeezed("{}", axis)
            if rank == 1:
                template = "{}[0]" if axis == 0 else "{}[:, 0]"
                yield Repair("flatten-vector", _with(leaf, rest), template, 1, axis=axis)
            else:
                yield Repair("squeeze", _with(leaf, rest), template, 2, axis=axis)
    if len(sizes) == rank - 1:
        for axis in range(rank):
            wider = (*sizes[:axis], 1, *sizes[axis:])
            template = f"{{}}[{':, ' * axis}None]" if axis else "{}[None]"
            yield Repair("add-axis", _with(leaf, wider), template, 3 + axis, axis=axis)
    if len(sizes) > rank >= 1:
        yield from _merged(leaf, backend, sizes, rank)
    if len(sizes) == rank + 1:
        rest = sizes[1:]
        template = "{}.sum(axis=0)" if backend.name == "numpy" else "{}.sum(0)"
        yield Repair("sum", _with(leaf, rest), template, 9, axis=0)


def _merged(leaf: Leaf, backend: Written, sizes: Sizes, rank: int) -> Iterator[Repair]:
    """The trailing axes as one: images where flat vectors are declared."""
    tail = sizes[rank - 1 :]
    if any(size is None for size in tail):
        return
    if rank > 1 and sum(size != 1 for size in tail) < 2:
        return  # dropping the axes of size 1 says more than merging them
    flat = math.prod(size for size in tail if size is not None)
    merged = _with(leaf, (*sizes[: rank - 1], flat))
    if rank == 1:
        template = "{}.reshape(-1)"
    elif backend.name == "torch":
        template = f"{{}}.flatten({rank - 1})"
    else:
        kept = ", ".join(f"{{}}.shape[{axis}]" for axis in range(rank - 1))
        template = f"{{}}.reshape({kept}, -1)"
    yield Repair("flatten", merged, template, 6)


def _cast(leaf: Leaf, backend: Written) -> Iterator[Repair]:
    """Another dtype: the commonest of the declared family."""
    family = leaf.spec.family
    if family is None or leaf.observed is None or family.admits(leaf.observed.dtype):
        return
    for dtype in backend.dtypes(family):
        name = getattr(dtype, "name", "") or str(dtype).rsplit(".", 1)[-1]
        template = backend.cast("{}", name)
        if template:
            cast = replace(leaf, observed=replace(leaf.observed, dtype=name))
            yield Repair("cast", cast, template, 5)
            return


def _converted(leaf: Leaf, backend: Written) -> Iterator[Repair]:
    """An array of the other library."""
    wanted = getattr(leaf.spec.array_type, "__module__", "").split(".")[0]
    if leaf.observed is None:
        return
    templates = {("numpy", "torch"): "torch.from_numpy({})", ("torch", "numpy"): "{}.numpy()"}
    template = templates.get((backend.name, wanted))
    if template and leaf.observed.kind in ("np.ndarray", "Tensor"):
        yield Repair("convert", replace(leaf, fits_type=True), template, 4)
