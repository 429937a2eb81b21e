"""Holds values against declared axes: which names become which sizes, and what does not fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shapecheck.dims import Axis, Expr, lone_symbol, substitute, symbol, symbols
from shapecheck.dims import Run as OpenRun
from shapecheck.ops import Array, Unknown
from shapecheck.spec.model import ArraySpec, Dim, ListOf, MappingOf, OneOf, Run, Spec, TupleOf
from shapecheck.static.joining import unknown_size
from shapecheck.static.promises import is_learnable
from shapecheck.static.values import DictValue, ListValue, bare

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shapecheck.dims import Assumptions, Size, Symbol


@dataclass(slots=True)
class Binding:
    """What the names of a signature stand for in one call.

    Attributes:
        sizes: of the names.
        runs: of ``*batch`` and the like.
        givers: who gave a name its size.
    """

    sizes: dict[Symbol, Size] = field(default_factory=dict)
    runs: dict[str, tuple[Axis, ...]] = field(default_factory=dict)
    givers: dict[Symbol, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Misfit:
    """An array that does not keep to its declaration.

    Attributes:
        spec: the declaration.
        array: the array.
        axis: which axis, None for the number of axes.
        wanted: the size that it has to have.
        name: the declared axis as text.
        giver: who gave the name its size.
        path: where the array stands in the value: ``[0]``.
    """

    spec: ArraySpec
    array: Array
    axis: int | None = None
    wanted: Size | None = None
    name: str = ""
    giver: str = ""
    path: str = ""


def misfits(
    spec: Spec, value: object, binding: Binding, assume: Assumptions, giver: str, path: str = ""
) -> Iterator[Misfit]:
    """Hold a value against a spec: what certainly does not fit. Names are bound on the way."""
    value = bare(value)
    match spec:
        case ArraySpec() if isinstance(value, Array):
            found = _of_array(spec, value, binding, assume, giver, path)
            if found is not None:
                yield found
        case ListOf(element=inner) if isinstance(value, (ListValue, tuple)):
            if not getattr(value, "open", False) and not _is_indexed(inner):
                for at, one in enumerate(value):
                    yield from misfits(
                        inner, one, binding, assume, f"{giver}[{at}]", f"{path}[{at}]"
                    )
        case TupleOf(elements=inners) if isinstance(value, (ListValue, tuple)):
            if not getattr(value, "open", False) and len(value) == len(inners):
                for at, (inner, one) in enumerate(zip(inners, value, strict=True)):
                    yield from misfits(
                        inner, one, binding, assume, f"{giver}[{at}]", f"{path}[{at}]"
                    )
        case MappingOf(value=inner) if isinstance(value, DictValue):
            for key, one in value.items():
                yield from misfits(
                    inner, one, binding, assume, f"{giver}[{key!r}]", f"{path}[{key!r}]"
                )
        case OneOf(alternatives=alternatives) if isinstance(value, Array):
            arrays = [one for one in alternatives if isinstance(one, ArraySpec)]
            if len(arrays) == 1:
                yield from misfits(arrays[0], value, binding, assume, giver, path)


def _is_indexed(spec: Spec) -> bool:
    return isinstance(spec, ArraySpec) and bool(spec.positions())


def _of_array(
    spec: ArraySpec, array: Array, binding: Binding, assume: Assumptions, giver: str, path: str
) -> Misfit | None:
    if array.is_open:
        return None
    aligned = _aligned(spec, array, binding, assume)
    if aligned is None:
        return Misfit(spec, array, path=path)
    for at, dim in aligned:
        axis = array.shape[at]
        wanted = _wanted(dim, axis, binding, giver)
        if wanted is None or (dim.broadcast and assume.equal(axis.size, 1)):
            continue
        same = assume.equal(axis.size, wanted)
        if same is False and not (dim.broadcast and assume.equal(axis.size, 1) is None):
            one = lone_symbol(dim.size) if isinstance(dim.size, Expr) else None
            who = binding.givers.get(one, "") if one is not None else ""
            return Misfit(spec, array, at, wanted, dim.text, who, path)
        if same is None and is_learnable(axis.size) and is_learnable(wanted):
            assume.assume_equal(axis.size, wanted)
    return None


def _aligned(
    spec: ArraySpec, array: Array, binding: Binding, assume: Assumptions
) -> list[tuple[int, Dim]] | None:
    """The places of the array's axes with what is declared for them; None for another rank."""
    dims = list(spec.axes)
    if spec.runs_at is None:
        if len(dims) != array.rank:
            return None
        return [(at, one) for at, one in enumerate(dims) if isinstance(one, Dim)]
    extra = array.rank - spec.rank
    if extra < 0:
        return None
    run = dims[spec.runs_at]
    assert isinstance(run, Run)
    if run.name is not None and not run.broadcast and not run.tree:
        covered = array.shape[spec.runs_at : spec.runs_at + extra]
        known = binding.runs.setdefault(run.name, covered)
        if len(known) != len(covered):
            return None
        if any(assume.equal(a.size, b.size) is False for a, b in zip(known, covered, strict=True)):
            return None
    head = [(at, one) for at, one in enumerate(dims[: spec.runs_at])]
    tail = [(spec.runs_at + extra + at, one) for at, one in enumerate(dims[spec.runs_at + 1 :])]
    return [(at, one) for at, one in [*head, *tail] if isinstance(one, Dim)]


def _wanted(dim: Dim, axis: Axis, binding: Binding, giver: str) -> Size | None:
    """The size that an axis has to have; None if anything will do, or it is not known yet."""
    if dim.size is None or dim.template or dim.tree:
        return None
    if isinstance(dim.size, int):
        return dim.size
    name = lone_symbol(dim.size)
    if name is not None and name not in binding.sizes:
        if not (dim.broadcast and axis.size == 1):
            binding.sizes[name] = axis.size
            binding.givers[name] = giver
        return None
    if any(one not in binding.sizes for one in symbols(dim.size)):
        return None
    try:
        return substitute(dim.size, binding.sizes)
    except (ArithmeticError, ValueError):
        return None


# --- values made of declarations ------------------------------------------------------------------


def declared_value(spec: Spec, made: Making) -> object:
    """A value that keeps to a spec, its names being symbols."""
    match spec:
        case ArraySpec():
            return made.array(spec)
        case TupleOf(elements=inners):
            return tuple(declared_value(one, made) for one in inners)
        case ListOf():
            return ListValue([], open_=True)
        case MappingOf():
            return DictValue(open_=True)
        case OneOf():
            return Unknown("one of several")
    return Unknown("")


@dataclass(slots=True)
class Making:
    """How declared axes become axes of a value.

    Attributes:
        rank: how many axes a run of them has.
        sizes: what names stand for: themselves, if they are not here.
        named: whether axes get the identity of their name.
    """

    rank: int = 1
    sizes: Mapping[Symbol, Size] = field(default_factory=dict)
    runs: dict[str, tuple[Axis, ...]] = field(default_factory=dict)
    named: bool = True
    unknown: bool = False

    def array(self, spec: ArraySpec) -> Array:
        """An array that keeps to a declaration."""
        axes: list[Axis | OpenRun] = []
        for one in spec.axes:
            if isinstance(one, Run):
                axes += self._run(one)
            else:
                axes.append(self._axis(one))
        kind = DTYPES.get(spec.family.name.rstrip("0123456789"), "") if spec.family else ""
        return Array(tuple(axes), kind, None, spec.array_type or "")

    def _run(self, run: Run) -> tuple[Axis | OpenRun, ...]:
        if run.name is None:
            if self.unknown:
                return (OpenRun(),)
            return tuple(Axis(unknown_size()) for _ in range(self.rank))
        if run.name not in self.runs:
            if self.unknown:
                return (OpenRun(),)
            self.runs[run.name] = tuple(
                Axis(symbol(f"{run.name}{at}"), f"{run.name}{at}") for at in range(self.rank)
            )
        return self.runs[run.name]

    def _axis(self, dim: Dim) -> Axis:
        if dim.size is None or dim.broadcast or dim.tree or dim.template:
            return Axis(unknown_size(dim.name or "?"))
        if isinstance(dim.size, int):
            return Axis(dim.size)
        free = [one for one in symbols(dim.size) if one not in self.sizes]
        if free and self.unknown:
            return Axis(unknown_size(dim.text))
        size = substitute(dim.size, self.sizes)
        name = dim.name if self.named and dim.size == size else None
        return Axis(size, name)


DTYPES = {
    "Float": "float",
    "BFloat": "float",
    "Int": "int",
    "UInt": "int",
    "Integer": "int",
    "Bool": "bool",
    "Complex": "complex",
}
