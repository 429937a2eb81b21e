"""Basic and advanced indexing: `a[index]`, and assignment to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from shapecheck.dims import UNIT, Axis, Shape, Size, is_size, maximum, minimum, product
from shapecheck.facts import all_hold, any_holds
from shapecheck.ops._need import NUMPY, TORCH, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import Anything, Mismatch, Tensor, nested
from shapecheck.ops._regroup import resized
from shapecheck.ops._values import Array, Unknown

MOST_ELEMENTS = 64  # of a list of indices that are looked at one by one

# --- the parts of an index --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """An index that takes one entry of an axis; `at` is None where it is not known which."""

    at: Size | None


@dataclass(frozen=True, slots=True)
class Picks:
    """An array of indices.

    Attributes:
        shape: its axes.
        elements: its elements, if they are written out.
    """

    shape: Shape
    elements: tuple[Size, ...] = ()


@dataclass(frozen=True, slots=True)
class Mask:
    """An array of truth values, which is laid over as many axes as it has.

    Attributes:
        shape: its axes; none for a single truth value, which adds an axis.
        count: how many elements are true, if they are written out.
    """

    shape: Shape
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Either:
    """An array with one axis of an unknown dtype: indices, or a mask."""


# One of these, or a slice, None or `...`, as Python has them.
Part: TypeAlias = Any
ADVANCED = (Picks, Mask, Either)


def parts_of(need: Need, index: Any) -> list[tuple[Part, str]]:
    """The parts of an index, each with the name of the place where it was passed."""
    if isinstance(index, tuple):
        return [(_part(need, one), f"index[{place}]") for place, one in enumerate(index)]
    several = need.library is TORCH and _is_sequence(index)
    if several and any(not is_size(one) for one in index):
        # torch took `x[[i, j]]` for `x[i, j]`, which it says will change
        need.undecided("it depends on torch's version what a nested list means as an index")
    return [(_part(need, index), "index")]


def _is_sequence(value: Any) -> bool:
    return isinstance(value, (list, tuple, range))


def _part(need: Need, value: Any) -> Part:
    if value is None or value is ... or isinstance(value, slice):
        return value
    if isinstance(value, bool):
        return Mask((), int(value))
    if is_size(value):
        return Number(value)
    if _is_sequence(value):
        return _written_out(need, value)
    if isinstance(value, Array):
        return _array(need, value)
    if isinstance(value, Unknown) and value.kind == "number":
        return Number(None)
    return need.undecided("the index is not known")


def _array(need: Need, array: Array) -> Part:
    if array.is_open:
        need.undecided("the rank of the index is not known")
    if array.dtype == "bool":
        return Mask(array.shape)
    if array.dtype == "int":
        return Picks(array.shape) if array.rank else Number(None)
    if array.dtype or array.rank != 1:
        need.undecided("the index is neither an array of integers nor a mask, as far as is known")
    return Either()


def _written_out(need: Need, value: Any) -> Part:
    """The index array that nested lists of integers or truth values make."""
    listed = list(value)
    try:
        array = nested(listed)
    except Mismatch:
        need.undecided("the index is not known")
    if not array.is_open and 0 in array.sizes:
        return Picks(array.shape)  # NumPy takes no elements for integers
    flat = list(_flat(listed)) if not array.is_open else []
    if array.dtype == "bool" and all(isinstance(one, bool) for one in flat):
        return Mask(array.shape, sum(flat))
    if array.dtype == "int" and all(map(is_size, flat)):
        return Picks(array.shape, tuple(flat) if len(flat) <= MOST_ELEMENTS else ())
    if {isinstance(one, bool) for one in flat} == {True, False}:
        need.undecided("the index mixes truth values and numbers")
    return _array(need, array)


def _flat(value: Any) -> Iterator[Any]:
    if _is_sequence(value):
        for one in value:
            yield from _flat(one)
    else:
        yield value


def consumed(part: Part) -> int:
    """How many axes a part of an index reads."""
    if part is None or part is ...:
        return 0
    return len(part.shape) if isinstance(part, Mask) else 1


# --- slices -----------------------------------------------------------------------------------


def sliced_size(need: Need, size: Size, part: slice) -> tuple[Size, Size | None]:
    """How many entries a slice takes of an axis, and its step (None where it is not known).

    Negative bounds count from the end, and bounds beyond an end mean that end; where it is not
    known whether a bound is negative, neither is the size (Python's docs, `slice.indices`).
    """
    start, stop, step = map(_bound, (part.start, part.stop, part.step))
    step = 1 if step is None else step
    if not is_size(step):
        return need.fresh("slice"), None
    why = Why("size-argument", "the step of a slice may not be 0", (("index", None),))
    backward = need.assume.less(step, 0)
    if backward and need.library is TORCH:
        why = Why("size-argument", "torch takes no slices of negative steps", (("index", None),))
        need.at_least(step, 1, why)
    forward = need.assume.at_least(step, 1)
    if forward is None and not backward and need.library is TORCH:
        need.at_least(step, 1, why)
        forward = True
    elif not forward and not backward:
        need.true(None if need.assume.equal(step, 0) is None else False, why, step, 0)
        return need.fresh("slice"), step
    if forward:
        span = _span(need, size, start, stop)
    else:
        span = _span_backward(need, size, start, stop)
        step = -step
    if span is None:
        return need.fresh("slice"), step if forward else -step
    taken = span if step == 1 else (span + step - 1) // step
    return taken, step if forward else -step


def _bound(value: Any) -> Any:
    """A bound of a slice; truth values count as 0 and 1."""
    return int(value) if isinstance(value, bool) else value


def _side(need: Need, bound: Any) -> bool | None:
    """Whether a bound counts from the end; None where that is not known."""
    return need.assume.less(bound, 0) if is_size(bound) else None


def _span(need: Need, size: Size, start: Any, stop: Any) -> Size | None:
    """How many entries there are from one bound to another.

    It is ``max(stop - start, 0)``, where both are brought into range by minima and maxima.
    """
    start = 0 if start is None else start
    from_end = _side(need, start)
    if from_end is None:
        return None
    lows = [0, size + start] if from_end else [start]  # the greatest of these
    if stop is None:
        highs = [size]  # the least of these
    elif is_size(stop) and stop - size == -1:
        highs = [stop]  # `x[:n - 1]` is empty for n = 0, too
    else:
        from_end = _side(need, stop)
        if from_end is None:
            return None
        highs = [size + stop] if from_end else [stop, size]
    return _between(need, highs, lows)


def _span_backward(need: Need, size: Size, start: Any, stop: Any) -> Size | None:
    """The same downwards: the start counts, the stop does not."""
    if start is None:
        highs = [size - 1]
    else:
        from_end = _side(need, start)
        if from_end is None:
            return None
        highs = [size + start] if from_end else [start, size - 1]
    if stop is None:
        lows: list[Size] = [-1]
    else:
        from_end = _side(need, stop)
        if from_end is None:
            return None
        lows = [-1, size + stop] if from_end else [stop]
    return _between(need, highs, lows)


def _between(need: Need, highs: Sequence[Size], lows: Sequence[Size]) -> Size:
    gaps = [high - low for high in highs for low in lows]
    least = [
        gap
        for place, gap in enumerate(gaps)
        if not any(
            need.assume.at_least(gap, other)
            and (number < place or not need.assume.at_least(other, gap))
            for number, other in enumerate(gaps)
            if number != place
        )
    ]
    span = minimum(*least)
    if need.assume.at_least(span, 0):
        return span
    return 0 if need.assume.at_least(0, span) else maximum(span, 0)


# --- walking over an array --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Kept:
    """An axis of the result with its step in memory."""

    axis: Axis
    stride: Size | None


@dataclass(frozen=True, slots=True)
class _Taken:
    """An index array that takes the place of axes."""

    shape: Shape
    part: Part
    place: int
    name: str


class _Gap:
    """What stands between index arrays without being an axis: NumPy's `...` for no axes."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """What an index reads of an array.

    Attributes:
        array: the result.
        parts: the parts of the index.
        advanced: whether it holds index arrays, so that the result is no view.
    """

    array: Array
    parts: tuple[Part, ...]
    advanced: bool


class _Walk:
    """The state of one indexing: the next axis of the array, and what was made so far."""

    def __init__(self, need: Need, a: Array, parts: list[tuple[Part, str]]) -> None:
        self.need = need
        self.a = a
        self.parts = parts
        self.place = 0
        self.made: list[_Kept | _Taken | _Gap] = []
        self.advanced = any(isinstance(part, ADVANCED) for part, _ in parts)
        self.rest = a.rank - sum(consumed(part) for part, _ in parts)

    def result(self) -> Indexed:
        self._check_count()
        for part, name in self.parts:
            self._step(part, name)
        self._keep(self.a.rank - self.place)
        array = self._gathered() if self.advanced else self._viewed()
        return Indexed(array, tuple(part for part, _ in self.parts), self.advanced)

    def _check_count(self) -> None:
        reads = self.a.rank - self.rest
        text = "an index may not read more axes than there are"
        why = Why("index-shape", text, (("a", None), ("index", None)))
        self.need.record(reads, "at-most", self.a.rank, why, self.rest >= 0)
        if self.need.library is NUMPY:
            text = "an index may have one ellipsis only"
            ellipses = sum(part is ... for part, _ in self.parts)
            why = Why("index-shape", text, (("index", None),))
            self.need.record(ellipses, "at-most", 1, why, ellipses <= 1)

    def _step(self, part: Part, name: str) -> None:
        if part is None:
            self.made.append(_Kept(UNIT, 0))
        elif part is ...:
            self._keep(self.rest)
            if self.need.library is NUMPY:
                self.made.append(_Gap())
        else:
            self._check_place(part)
            if isinstance(part, slice):
                self._slice(part)
            elif isinstance(part, Number):
                self._number(part, name)
            else:
                self._take(part, name)
            self.place += consumed(part)

    def _check_place(self, part: Part) -> None:
        """Of several ellipses, which torch allows, each stands for all axes that are left."""
        if self.place + consumed(part) > self.a.rank:
            self.need.undecided("torch takes several ellipses for more axes than there are")

    def _keep(self, count: int) -> None:
        for _ in range(min(count, self.a.rank - self.place)):
            self.made.append(_Kept(self._axis, self._stride))
            self.place += 1

    @property
    def _axis(self) -> Axis:
        return self.a.shape[self.place]

    @property
    def _stride(self) -> Size | None:
        return None if self.a.strides is None else self.a.strides[self.place]

    def _slice(self, part: slice) -> None:
        axis, stride = self._axis, self._stride
        if (part.start, part.stop, part.step) == (None, None, None):
            self.made.append(_Kept(axis, stride))
            return
        taken, step = sliced_size(self.need, axis.size, part)
        stride = None if stride is None or step is None else stride * step
        self.made.append(_Kept(resized(axis, taken), stride))

    def _number(self, part: Number, name: str) -> None:
        why = self._out_of_range(name, self.place)
        size = self._axis.size
        if part.at is None:
            self.need.at_least(size, 1, why)
        else:
            self.need.in_range(part.at, -size, size, why)
        if self.advanced and self.need.library is NUMPY:
            self.made.append(_Taken((), part, self.place, name))

    def _out_of_range(self, name: str, place: int) -> Why:
        text = "an index has to be less than the size of its axis"
        return Why("index-out-of-range", text, ((name, None), ("a", place)))

    def _take(self, part: Part, name: str) -> None:
        if isinstance(part, Picks):
            shape = part.shape
        elif isinstance(part, Either):
            text = "the index is an array of integers, or a mask"
            why = Why("index-shape", text, ((name, 0), ("a", self.place)))
            self.need.true(None, why, name, self._axis)
            shape = (Axis(self.need.fresh("selected")),)
        else:
            self._check_mask(part, name)
            count = self.need.fresh("selected") if part.count is None else part.count
            shape = (Axis(count),)
        self.made.append(_Taken(shape, part, self.place, name))

    def _check_mask(self, mask: Mask, name: str) -> None:
        text = "a mask has to have the sizes of the axes that it is laid over"
        for number, axis in enumerate(mask.shape):
            place = self.place + number
            why = Why("index-shape", text, ((name, number), ("a", place)))
            left, right = axis.size, self.a.shape[place].size
            holds = self.need.assume.equal(left, right)
            if self.need.library is NUMPY:  # it does not look at axes of size 0
                holds = any_holds(self.need.assume.equal(left, 0), holds)
            self.need.record(left, "equals", right, why, holds)

    def _viewed(self) -> Array:
        kept = [one for one in self.made if isinstance(one, _Kept)]
        strides = tuple(one.stride for one in kept if one.stride is not None)
        known = self.a.strides is not None and len(strides) == len(kept)
        if self.need.library is NUMPY and Number(None) in [part for part, _ in self.parts]:
            known = False  # an array without axes makes a copy
        axes = tuple(one.axis for one in kept)
        return replace(self.a, axes=axes, strides=strides if known else None)

    def _gathered(self) -> Array:
        """The index arrays are stretched to one shape.

        Its axes stand where the index arrays stood, if these are next to each other, and else
        in front (NumPy's manual, "Combining advanced and basic indexing").
        """
        taken = [one for one in self.made if isinstance(one, _Taken)]
        places = tuple((one.name, None) for one in taken if not isinstance(one.part, Number))
        text = "index arrays have to be stretched to one shape"
        why = Why("index-shape", text, places)
        shape = self.need.broadcast(*(one.shape for one in taken), why=why)
        first = self.made.index(taken[0])
        together = all(isinstance(one, _Taken) for one in self.made[first:][: len(taken)])
        before = [one.axis for one in self.made[:first] if isinstance(one, _Kept)]
        after = [one.axis for one in self.made[first:] if isinstance(one, _Kept)]
        axes = (*before, *shape, *after) if together else (*shape, *before, *after)
        for one in taken:
            if isinstance(one.part, Picks):
                self._check_range(one, one.part, shape, axes)
        return self.a.with_axes(axes)

    def _check_range(self, taken: _Taken, picks: Picks, shape: Shape, axes: Shape) -> None:
        """Require the indices to be in range: their number, where they are not written out.

        No index is looked at if the index arrays are stretched to no elements; nor does torch
        look at any if the result has none.
        """
        assume = self.need.assume
        size = self.a.shape[taken.place].size
        why = self._out_of_range(taken.name, taken.place)
        nothing = assume.equal(product(axis.size for axis in shape), 0)
        holds = any_holds(nothing, assume.at_least(size, 1))
        self.need.record(size, "at-least", 1, why, holds)
        if self.need.library is TORCH and nothing is not True:
            nothing = assume.equal(product(axis.size for axis in axes), 0)
        for at in picks.elements:
            inside = all_hold(assume.at_least(at, -size), assume.less(at, size))
            self.need.record(at, "in-range", (-size, size), why, any_holds(nothing, inside))


def indexed(need: Need, a: Array, index: Any) -> Indexed:
    """What an index reads of an array."""
    return _Walk(need, a, parts_of(need, index)).result()


@op(operator="getitem")
def getitem(a: Tensor, index: Anything, *, need: Need) -> Array:
    """(n, *s), index -> (*s), slices keep their axes, index arrays put theirs in the place

    NumPy's manual, "Indexing on ndarrays"; torch follows, but for integers beside index arrays,
    which it takes for basic indices. An element of an array of objects may be anything.
    """
    found = indexed(need, a, index)
    single = bool(a.rank) and a.rank == len(found.parts) and _are_numbers(found.parts)
    if single and a.library != "torch" and not a.dtype:
        need.undecided("an element of an array of objects may be anything")
    return found.array


# --- assignment -------------------------------------------------------------------------------


@op(operator="setitem")
def setitem(a: Tensor, index: Anything, value: Anything, *, need: Need) -> Array:
    """(*s), index, (*t) -> (*s), where t is stretched to the shape that the index reads

    NumPy's manual, "Assigning values to indexed arrays"; torch follows.
    """
    part = indexed(need, a, index)
    new = _assigned(need, value)
    if need.library is TORCH and part.parts == (Mask((), 0),) and index is False:
        return a  # torch returns before it looks at the value
    if need.library is NUMPY and _is_whole_mask(part.parts, a):
        _fill_selected(need, part.array, new)
    elif need.library is NUMPY and a.rank == len(part.parts) and _are_numbers(part.parts):
        _set_element(need, new, a)
    else:
        if need.library is NUMPY and not a.dtype and isinstance(value, (list, tuple)):
            need.undecided("an element of an array of objects may be a list, a record a tuple")
        # NumPy reshapes what it assigns to index arrays to their number of axes
        reshaped = need.library is NUMPY and part.advanced
        assign(need, new.shape, part.array.shape, "value", "a", reshaped=reshaped)
    return a


def _assigned(need: Need, value: Any) -> Array:
    try:
        array = nested(value)
    except Mismatch:
        need.undecided("the value is not known")
    if array.is_open:
        need.undecided("the rank of the value is not known")
    return array


def _are_numbers(parts: Iterable[Part]) -> bool:
    return all(isinstance(one, Number) for one in parts)


def _is_whole_mask(parts: Sequence[Part], a: Array) -> bool:
    """Whether the index is one mask over all axes."""
    return len(parts) == 1 and isinstance(parts[0], Mask) and len(parts[0].shape) == a.rank


def _set_element(need: Need, value: Array, a: Array) -> None:
    """Require a value to be one element; older NumPy takes arrays of one element for it.

    An element of an array of objects may be anything.
    """
    why = Why("assignment-shape", "one element takes one number", (("value", None),))
    one = need.assume.equal(product(value.sizes), 1)
    holds = True if not value.rank else False if one is False and a.dtype else None
    need.record(value.rank, "at-most", 0, why, holds)


def _fill_selected(need: Need, selected: Array, value: Array) -> None:
    """Require as many values as a mask selects, or one."""
    places = (("value", None), ("index", None))
    text = "what is assigned to a mask has one axis, with as many values as the mask selects"
    why = Why("assignment-shape", text, places)
    need.record(value.rank, "at-most", 1, why, value.rank <= 1)
    if value.rank:
        [axis] = value.shape
        count = selected.shape[0].size
        answers = need.assume.equal(axis.size, 1), need.assume.equal(axis.size, count)
        need.record(axis, "broadcasts", selected.shape[0], why, any_holds(*answers))


def assign(
    need: Need, new: Shape, into: Shape, name: str, target: str, *, reshaped: bool = False
) -> None:
    """Require a shape to be stretchable to that of what it is written into.

    Axes of size 1 in front of it count for nothing.

    Args:
        need: the recorder.
        new: the axes of what is assigned.
        into: the axes of what it is assigned to.
        name: the op's parameter for what is assigned.
        target: the op's parameter for what it is assigned to.
        reshaped: whether axes in front may have any size where there are no elements.
    """
    places = (name, None), (target, None)
    text = "what is assigned has to be stretched to the shape of what it is assigned to"
    more = max(len(new) - len(into), 0)
    nothing = reshaped and need.assume.equal(product(one.size for one in new[more:]), 0)
    for place, axis in enumerate(new[:more]):
        why = Why("assignment-shape", text, ((name, place), places[1]))
        holds = any_holds(need.assume.equal(axis.size, 1), nothing)
        need.record(axis.size, "equals", 1, why, holds)
    for place in range(-min(len(new), len(into)), 0):
        own, axis = new[place], into[place]
        why = Why("assignment-shape", text, ((name, len(new) + place), places[1]))
        answers = need.assume.equal(own.size, 1), need.assume.equal(own.size, axis.size)
        need.record(own, "broadcasts", axis, why, any_holds(*answers))


OPS = family(globals())
