"""What rules compute with: arrays by their axes, and what is not known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

from shapecheck.dims import Axis, Run, Shape, Size, shape_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shapecheck.dims import OpenShape
    from shapecheck.ops._op import Op

KINDS = ("", "bool", "int", "float", "complex")  # of dtypes, the widest last; "" is not known


@dataclass(frozen=True, slots=True)
class Array:
    """An array of NumPy or PyTorch, known by its axes.

    Attributes:
        axes: its axes; a `Run` in them stands for axes that are not known.
        dtype: the kind of its dtype, one of `KINDS`.
        strides: the step of each axis in elements, None where it is not known.
        library: ``numpy``, ``torch``, or "" where it is not known.
    """

    axes: OpenShape
    dtype: str = ""
    strides: tuple[Size, ...] | None = None
    library: str = ""

    @classmethod
    def of(cls, *sizes: Size, dtype: str = "", library: str = "") -> Array:
        """An array of given sizes, its axes without identity, its memory not looked at."""
        return cls(tuple(Axis(size) for size in sizes), dtype, None, library)

    @property
    def is_open(self) -> bool:
        """Whether its rank is not known."""
        return any(isinstance(axis, Run) for axis in self.axes)

    @property
    def shape(self) -> Shape:
        """Its axes, all of which are known: what a rule reads.

        Raises:
            ValueError: the rank is not known.
        """
        if not closed(self.axes):
            raise ValueError(f"the rank of {shape_text(self.axes)} is not known")
        return self.axes

    @property
    def sizes(self) -> tuple[Size, ...]:
        """The sizes of its axes."""
        return tuple(axis.size for axis in self.shape)

    @property
    def rank(self) -> int:
        """How many axes it has."""
        return len(self.shape)

    def with_axes(self, axes: Iterable[Axis]) -> Array:
        """The same kind of array with other axes; nothing is known of its memory."""
        return replace(self, axes=tuple(axes), strides=None)

    def __str__(self) -> str:
        return shape_text(self.axes)


def closed(axes: OpenShape) -> TypeGuard[Shape]:
    """Whether all axes are known."""
    return not any(isinstance(axis, Run) for axis in axes)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that cannot be told, and why. `kind` is "number" if it is certainly no array."""

    why: str = ""
    kind: str = ""

    def __str__(self) -> str:
        return "?"


@dataclass(frozen=True, slots=True)
class Text:
    """A dtype, a device or a mode: a value that rules tell apart by its name only."""

    name: str


@dataclass(frozen=True, slots=True)
class Record:
    """A named tuple: what `torch.max(x, 1)` or `np.linalg.svd(a)` gives."""

    names: tuple[str, ...]
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Extents:
    """A tuple of sizes, told by a rule as such: a plain tuple would be the axes of an array."""

    sizes: tuple[Size, ...]


# A size, an array, a tuple or list of values, an object of Python's own (None, str, slice, …).
Value: TypeAlias = object


def contiguous(axes: Shape) -> tuple[Size, ...]:
    """The strides, in elements, of an array whose last axis is the innermost, without gaps."""
    strides: list[Size] = []
    step: Size = 1
    for axis in reversed(axes):
        strides.insert(0, step)
        step = step * axis.size
    return tuple(strides)


def entry(array: Array) -> Array | Unknown:
    """What walking over an array gives; an element of an array of objects may be anything."""
    if array.rank == 1 and not array.dtype and array.library != "torch":
        return Unknown("an element of an array of objects may be anything")
    return array.with_axes(array.shape[1:])


def is_contiguous(array: Array) -> bool:
    """Whether an array is known to lie in memory without gaps, its last axis the innermost."""
    if array.strides is None:
        return False
    wanted = contiguous(array.shape)
    pairs = zip(array.shape, array.strides, wanted, strict=True)
    return 0 in array.sizes or all(axis.size == 1 or has == want for axis, has, want in pairs)


def promoted(kinds: Iterable[str]) -> str:
    """The kind of dtype that operands of these kinds give; "" if one of them is not known."""
    found = list(kinds)
    return "" if "" in found or not found else max(found, key=KINDS.index)


@dataclass(frozen=True, slots=True)
class Layer:
    """A module of `torch.nn`: an op of which some arguments are stored.

    Attributes:
        op: the op.
        stored: the arguments that it was constructed with.
        name: the full name of its class.
        others: the arguments that it was constructed with and that its op does not look at.
    """

    op: Op
    stored: Mapping[str, object]
    name: str = ""
    others: Mapping[str, object] = field(default_factory=dict)
