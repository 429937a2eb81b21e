"""Arrays joined to one: along an axis they have, or along a new one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shapecheck.dims import UNIT, Axis, Shape, merge, same, stretch
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import Anything, Dim, Dims, Mismatch, Tensors, nested
from shapecheck.ops._values import Array, Unknown, contiguous, promoted

OTHERS = "all sizes but those of the joined axis have to be equal"
SAME = "all have to have the same shape"
RANKS = "all have to have the same number of axes"


@dataclass(frozen=True, slots=True)
class Part:
    """One of the arrays that are joined.

    Attributes:
        place: where it was passed: ``tensors[1]``.
        array: it, perhaps with axes put in.
        own: for each of its axes, which axis of what was passed it is; None for a new one.
    """

    place: str
    array: Array
    own: tuple[int | None, ...]

    @classmethod
    def of(cls, place: str, array: Array) -> Part:
        """An array as it was passed."""
        return cls(place, array, tuple(range(array.rank)))

    def where(self, axis: int) -> tuple[str, int | None]:
        """The place of one of its axes."""
        return self.place, self.own[axis]

    def with_units(self, *dims: int) -> Part:
        """It, with axes of size 1 at places where they are in the result, in rising order."""
        axes, own = list(self.array.shape), list(self.own)
        for dim in dims:
            axes.insert(dim, UNIT)
            own.insert(dim, None)
        strides = contiguous(tuple(axes)) if _is_packed(self.array) else None
        return Part(self.place, replace(self.array, axes=tuple(axes), strides=strides), tuple(own))


def _is_packed(array: Array) -> bool:
    """Whether its strides, also those of axes of size 1, are those of a new array."""
    return array.strides == contiguous(array.shape)


def named(name: str, arrays: Sequence[Array]) -> list[Part]:
    """What was passed in a list."""
    return [Part.of(f"{name}[{place}]", array) for place, array in enumerate(arrays)]


# --- along an axis ----------------------------------------------------------------------------


def joined(need: Need, parts: Sequence[Part], dim: Any, name: str = "dim") -> Array:
    """Several arrays as one, each beginning along an axis where the one before it ends.

    Args:
        need: the recorder.
        parts: at least one.
        dim: the axis, as it was passed.
        name: the op's parameter for the axis.
    """
    first, *others = parts
    for part in parts:
        need.rank_at_least(part.place, part.array, 1, "cat-axis")
    _ranks(need, parts)
    at = need.axis(dim, first.array.rank, name, of=first.place)
    for other in others:
        for axis in range(first.array.rank):
            if axis != at:
                _equal(need, first, other, axis, OTHERS)
    columns = list(zip(*(part.array.shape for part in parts), strict=True))
    axes = [_together(column) for column in columns]
    outermost = _one_after_another(need, columns[0]) if at == 0 < first.array.rank - 1 else None
    axes[at] = outermost or _end_to_end(columns[at])
    return _new(parts, axes)


def _ranks(need: Need, parts: Sequence[Part]) -> None:
    first, *others = parts
    for other in others:
        why = Why("cat-axis", RANKS, ((first.place, None), (other.place, None)))
        left, right = first.array.rank, other.array.rank
        need.record(left, "same-rank", right, why, left == right)


def _equal(need: Need, first: Part, other: Part, axis: int, text: str) -> None:
    why = Why("cat-axis", text, (first.where(axis), other.where(axis)))
    need.equal(first.array.sizes[axis], other.array.sizes[axis], why)


def _together(axes: Sequence[Axis]) -> Axis:
    """The axis that lies beside one another in several arrays: of no identity if they differ."""
    found = axes[0]
    for axis in axes[1:]:
        if same(found, axis) is False:
            return Axis(found.size)
        found = found if found.size == 1 else stretch(found, axis)
    return found


def _one_after_another(need: Need, axes: Sequence[Axis]) -> Axis | None:
    """The first axis of several arrays of one size: which array, then where in it.

    An axis of features that is made of several may be cut anywhere; one of samples may not.
    """
    first, *others = axes
    alike = all(
        need.assume.equal(first.size, one.size) and same(first, one) is not False for one in others
    )
    if not others or not alike or first.factors or need.assume.is_unit(first.size) is not False:
        return None
    if first.size == 0:
        return None
    count = Axis(len(axes), origin=("joined", len(axes)))
    return Axis(len(axes) * first.size, factors=(count, first))


def _end_to_end(axes: Sequence[Axis]) -> Axis:
    """The axis of all elements of several: none of these, unless the others are empty."""
    some = [axis for axis in axes if axis.size != 0]
    if len(some) == 1:
        return some[0]
    return Axis(sum((axis.size for axis in some), 0))


def _new(parts: Sequence[Part], axes: Sequence[Axis]) -> Array:
    """A new array, laid into memory as usual if all that it is made of is."""
    packed = all(_is_packed(part.array) for part in parts)
    strides = contiguous(tuple(axes)) if packed else None
    return replace(_typed(parts), axes=tuple(axes), strides=strides)


def _typed(parts: Sequence[Part]) -> Array:
    """An array of the dtype that all together give."""
    kinds = promoted(part.array.dtype for part in parts)
    return replace(parts[0].array, dtype=kinds, strides=None)


def _some(need: Need, name: str, arrays: Sequence[Array]) -> list[Part]:
    """The arrays of a list that may not be empty."""
    why = Why("cat-axis", "there has to be an array", ((name, None),))
    need.record(len(arrays), "at-least", 1, why, bool(arrays))
    return named(name, arrays)


def _present(need: Need, parts: list[Part]) -> list[Part]:
    """The arrays that torch joins: it leaves out those of shape (0,) beside others of any shape.

    `torch.cat` in the docs: "or be a 1-D empty tensor with size (0,)".
    """
    left = [part for part in parts if not _is_empty(part.array)]
    ranks = {part.array.rank for part in left} - {0, 1}
    for part in left if ranks else ():
        if _may_be_empty(need, part.array):
            need.undecided(f"{part.place} may be of shape (0,), which is left out")
    return left


def _is_empty(array: Array) -> bool:
    return array.rank == 1 and array.sizes[0] == 0


def _may_be_empty(need: Need, array: Array) -> bool:
    return array.rank == 1 and need.assume.equal(array.sizes[0], 0) is None


def _joined_torch(need: Need, parts: list[Part], dim: Any) -> Array:
    left = _present(need, parts)
    if not left:
        return replace(_typed(parts), axes=(Axis(0),))  # the axis is not looked at
    if dim not in (0, -1) and all(_may_be_empty(need, part.array) for part in left):
        need.undecided("if all arrays are of shape (0,), the axis is not looked at")
    done = joined(need, left, dim)
    if len(left) == len(parts):
        return done
    return replace(done, dtype=promoted(part.array.dtype for part in parts), strides=None)


@op(torch="cat|concat|concatenate(tensors, dim, *, out)")
def cat(tensors: Tensors, dim: Dim = 0, *, need: Need) -> Array:
    """(*before, n, *after), (*before, m, *after), … -> (*before, n + m + …, *after).

    Torch's docs, "torch.cat".
    """
    return _joined_torch(need, _some(need, "tensors", tensors), dim)


@op(numpy="concatenate|concat(arrays=tensors, /, axis=dim, out, *, dtype, casting)")
def concatenate(tensors: Tensors, dim: Dims = 0, *, need: Need) -> Array:
    """(*before, n, *after), (*before, m, *after), … -> (*before, n + m + …, *after).

    All as one long axis if the axis is None. NumPy's manual, "numpy.concatenate".
    """
    parts = _some(need, "tensors", tensors)
    if dim is None:
        return end_to_end_flat(parts)
    return joined(need, parts, dim)


def end_to_end_flat(parts: Sequence[Part]) -> Array:
    """The elements of several arrays along one axis."""
    axes = (_end_to_end([flat(part.array) for part in parts]),)
    return replace(_typed(parts), axes=axes, strides=contiguous(axes))


def flat(array: Array) -> Axis:
    """All axes as one."""
    return merge(array.shape) if array.rank else UNIT


# --- along the first axes ---------------------------------------------------------------------


def _stack_along(need: Need, parts: list[Part], dim: int) -> Array:
    return joined(need, parts, dim) if need.library is NUMPY else _joined_torch(need, parts, dim)


@op(numpy="hstack(tup=tensors, *, dtype, casting)", torch="hstack(tensors, *, out)")
def hstack(tensors: Tensors, *, need: Need) -> Array:
    """(n,), (m,), … -> (n + m + …,), or (b, n, *s), (b, m, *s), … -> (b, n + m + …, *s).

    NumPy's manual, "numpy.hstack"; torch's docs, "torch.hstack".
    """
    parts = [_at_least_1d(part) for part in _some(need, "tensors", tensors)]
    return _stack_along(need, parts, 0 if parts[0].array.rank == 1 else 1)


@op(
    numpy=["vstack(tup=tensors, *, dtype, casting)", "row_stack(tup=tensors, *, dtype, casting)"],
    torch="vstack|row_stack(tensors, *, out)",
)
def vstack(tensors: Tensors, *, need: Need) -> Array:
    """(n, *s), (m, *s), … -> (n + m + …, *s), where (k,) counts as (1, k).

    NumPy's manual, "numpy.vstack"; torch's docs, "torch.vstack".
    """
    parts = [_at_least_2d(part) for part in _some(need, "tensors", tensors)]
    return _stack_along(need, parts, 0)


@op(numpy="dstack(tup=tensors)", torch="dstack(tensors, *, out)")
def dstack(tensors: Tensors, *, need: Need) -> Array:
    """(n, m, k), (n, m, l), … -> (n, m, k + l + …), where (n, m) counts as (n, m, 1).

    NumPy's manual, "numpy.dstack"; torch's docs, "torch.dstack".
    """
    parts = [_at_least_3d(part) for part in _some(need, "tensors", tensors)]
    return _stack_along(need, parts, 2)


@op(numpy="column_stack(tup=tensors)", torch="column_stack(tensors, *, out)")
def column_stack(tensors: Tensors, *, need: Need) -> Array:
    """(n, m), (n, k), … -> (n, m + k + …), where (n,) counts as (n, 1).

    NumPy's manual, "numpy.column_stack"; torch's docs, "torch.column_stack".
    """
    parts = [_as_column(part) for part in _some(need, "tensors", tensors)]
    return _stack_along(need, parts, 1)


def _at_least_1d(part: Part) -> Part:
    return part if part.array.rank else part.with_units(0)


def _at_least_2d(part: Part) -> Part:
    return part.with_units(*range(2 - part.array.rank))


def _at_least_3d(part: Part) -> Part:
    return part.with_units(*{0: (0, 1, 2), 1: (0, 2), 2: (2,)}.get(part.array.rank, ()))


def _as_column(part: Part) -> Part:
    return part.with_units(*{0: (0, 1), 1: (1,)}.get(part.array.rank, ()))


# --- along a new axis -------------------------------------------------------------------------


@op(
    torch=["stack(tensors, dim, *, out)"],
    numpy="stack(arrays=tensors, axis, out, *, dtype, casting)",
)
def stack(tensors: Tensors, dim: Dim = 0, *, need: Need) -> Array:
    """k times (*before, *after) -> (*before, k, *after), along a new axis.

    NumPy's manual, "numpy.stack"; torch's docs, "torch.stack".
    """
    parts = _some(need, "tensors", tensors)
    first, *others = parts
    _ranks(need, parts)
    for other in others:
        for axis in range(first.array.rank):
            _equal(need, first, other, axis, SAME)
    at = need.axis(dim, first.array.rank + 1, of="tensors[0]")
    columns = zip(*(part.array.shape for part in parts), strict=True)
    axes = [_together(column) for column in columns]
    axes.insert(at, UNIT if len(parts) == 1 else Axis(len(parts)))
    return _new(parts, axes)


# --- blocks -----------------------------------------------------------------------------------


@op(torch="block_diag(*tensors...)")
def block_diag(tensors: Tensors = (), *, need: Need) -> Shape:  # type: ignore[assignment]
    """(n, m), (k, l), … -> (n + k + …, m + l + …), where (m,) counts as (1, m).

    Torch's docs, "torch.block_diag".
    """
    for part in named("tensors", tensors):
        need.rank(part.place, part.array, 0, 1, 2)
    blocks = [_at_least_2d(part).array.shape for part in named("tensors", tensors)]
    if not blocks:
        return UNIT, Axis(0)
    rows, columns = zip(*blocks, strict=True)
    return _end_to_end(rows), _end_to_end(columns)


@op(numpy="block(arrays=rows)")
def block(rows: Anything, *, need: Need) -> Array:
    """[[(n, m), (n, k)], [(l, m + k)]] -> (n + l, m + k): the innermost lists along the last axis.

    NumPy's manual, "numpy.block".
    """
    return _Blocks(need, rows).result()


class _Blocks:
    """Nested lists of arrays, each depth joined along an axis of its own."""

    def __init__(self, need: Need, rows: Any) -> None:
        self.need = need
        self.rows = rows
        self.depth = self._depth(rows)
        ranks = [part.array.rank for part in self._leaves(rows, "rows")]
        self.rank = max([self.depth, *ranks])

    def result(self) -> Array:
        """All blocks as one array."""
        done = self._joined(self.rows, 1, "rows").array
        return done.with_axes(done.shape)

    def _depth(self, rows: Any) -> int:
        if not isinstance(rows, (list, tuple)):
            return 0
        why = Why("ragged", "a list of blocks may not be empty", (("rows", None),))
        self.need.record(len(rows), "at-least", 1, why, bool(rows))
        if isinstance(rows, tuple):
            self.need.undecided("a tuple is no list of blocks")
        depths = [self._depth(one) for one in rows]
        why = Why("ragged", "the lists have to be nested equally deep", (("rows", None),))
        self.need.record(tuple(depths), "equals", depths[0], why, len(set(depths)) == 1)
        return depths[0] + 1

    def _leaves(self, rows: Any, place: str) -> Iterable[Part]:
        if isinstance(rows, list):
            for number, one in enumerate(rows):
                yield from self._leaves(one, f"{place}[{number}]")
        else:
            yield Part.of(place, self._array(rows))

    def _array(self, value: Any) -> Array:
        if isinstance(value, Unknown) and value.kind != "number":
            self.need.undecided(value.why or "a block is not known")
        try:
            array = nested(value, self.need.library.name)
        except Mismatch:
            self.need.undecided("a block is no array")
        if array.is_open:
            self.need.undecided("the rank of a block is not known")
        return array

    def _joined(self, rows: Any, level: int, place: str) -> Part:
        if not isinstance(rows, list):
            part = Part.of(place, self._array(rows))
            return part.with_units(*range(self.rank - part.array.rank))
        inner = [
            self._joined(one, level + 1, f"{place}[{number}]") for number, one in enumerate(rows)
        ]
        axis = self.rank - self.depth + level - 1
        return Part.of(inner[0].place, joined(self.need, inner, axis))


OPS = family(globals())
