"""einops: patterns that name the axes before and after."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from shapecheck.dims import UNIT, Axis, Scrambled, Shape, Size, is_size, merge, product, split
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import Anything, Tensor, Tensors, Word
from shapecheck.ops._values import Array, Unknown
from shapecheck.ops.einsum import REST, Equation, contraction, filled

RULE = "einops-pattern"
REDUCTIONS = ("min", "max", "sum", "mean", "prod", "any", "all")


def refuse(need: Need, text: str, *places: tuple[str, int | None]) -> NoReturn:
    """Reject the call, for whatever the arrays are."""
    need.true(False, Why(RULE, text, places or (("pattern", None),)))
    need.undecided(text)


# --- the grammar ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a pattern.

    Attributes:
        groups: for each axis what it is composed of; `REST` alone, in the place of a group, stands
            for any number of axes. Numbers are written ``3#0``, each with a serial number.
        numbers: the sizes of those that are numbers.
    """

    groups: tuple[tuple[str, ...] | str, ...]
    numbers: Mapping[str, int]

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in order."""
        return tuple(name for group in self.groups for name in ungrouped(group))


def ungrouped(group: tuple[str, ...] | str) -> tuple[str, ...]:
    """The names in a group, which may be `REST`."""
    return (group,) if isinstance(group, str) else group


def side(
    need: Need, text: str, where: str, *, skips: bool = False, duplicates: bool = False
) -> Side:
    """Read one side of a pattern.

    Args:
        need: takes up what is wrong.
        text: such as ``b (h d) ... 1``.
        where: ``left`` or ``right``; numbers of both sides differ.
        skips: ``_`` may stand for axes that need no name.
        duplicates: names may occur twice.
    """
    if text.replace(REST, "").count(".") or text.count(REST) > 1:
        refuse(need, "dots are only allowed as one ... on a side")
    reader = _Reader(need, where, skips=skips, duplicates=duplicates)
    for part in _parts(need, text):
        reader.read(part)
    if reader.opened is not None:
        refuse(need, "parentheses have to be balanced")
    return Side(tuple(reader.groups), reader.numbers)


def _parts(need: Need, text: str) -> Iterator[str]:
    """Names, numbers, parentheses and dots; nothing but blanks is between them."""
    for one in re.findall(r"[()]|[^() ]+", text):
        for char in one.replace(REST, ""):
            if not char.isalnum() and char not in "_()":
                refuse(need, f"{char!r} is not allowed in a pattern")
        yield one


class _Reader:
    """The state of reading one side: the groups so far, and the one that is open."""

    def __init__(self, need: Need, where: str, *, skips: bool, duplicates: bool) -> None:
        self.need, self.where = need, where
        self.skips, self.duplicates = skips, duplicates
        self.groups: list[tuple[str, ...] | str] = []
        self.opened: list[str] | None = None
        self.numbers: dict[str, int] = {}
        self.seen: set[str] = set()

    def read(self, part: str) -> None:
        """Take up the next name, number or parenthesis."""
        if part == "(":
            if self.opened is not None:
                refuse(self.need, "parentheses may not be nested")
            self.opened = []
        elif part == ")":
            if self.opened is None:
                refuse(self.need, "parentheses have to be balanced")
            self.groups.append(tuple(self.opened))
            self.opened = None
        else:
            self._add(part)

    def _add(self, part: str) -> None:
        if part.isdecimal() and int(part) == 1:
            if self.opened is None:
                self.groups.append(())
            return
        name = self._number(part) if part.isdecimal() else self._name(part)
        if name in self.seen and not self.duplicates and (not self.skips or name != "_"):
            refuse(self.need, f"{name} may occur only once on a side")
        self.seen.add(name)
        if self.opened is not None:
            self.opened.append(name)
        else:
            self.groups.append(REST if name == REST else (name,))

    def _number(self, part: str) -> str:
        """A name for a number, unlike all others."""
        if int(part) == 0:
            refuse(self.need, "a size in a pattern has to be positive")
        name = f"{int(part)}#{self.where}{len(self.numbers)}"
        self.numbers[name] = int(part)
        return name

    def _name(self, part: str) -> str:
        if part != REST and not is_axis_name(part) and (not self.skips or part != "_"):
            refuse(self.need, f"{part} is no name for an axis")
        return part


def is_axis_name(name: str) -> bool:
    """Whether einops takes it for the name of an axis."""
    return name.isidentifier() and name[0] != "_" and name[-1] != "_"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern with both sides, the axes of ``...`` named one by one."""

    left: tuple[tuple[str, ...], ...]
    right: tuple[tuple[str, ...], ...]
    numbers: Mapping[str, int]


def pattern_of(need: Need, text: str, operation: object, sizes: Mapping[str, Any]) -> list[Side]:
    """Read the two sides of a pattern, and judge them by the operation."""
    parts = text.split("->")
    if len(parts) != 2:
        refuse(need, "a pattern has two sides with -> between them")
    left, right = side(need, parts[0], "left"), side(need, parts[1], "right")
    if REST in right.names and REST not in left.names:
        refuse(need, "... has to be on the left, too")
    if REST in left.names and REST not in left.groups:
        refuse(need, "... may not be in parentheses on the left")
    before, after = set(left.names), set(right.names)
    if operation == "rearrange":
        if left.numbers or right.numbers:
            refuse(need, "rearrange takes no numbers in a pattern but 1")
        _all_known(need, before ^ after, "has to be on both sides")
    elif operation == "repeat":
        _all_known(need, before - after, "has to be on the right, too: repeat drops no axis")
        new = after - before - set(sizes) - set(right.numbers)
        _all_known(need, new, "is a new axis, whose size has to be passed")
    else:
        if isinstance(operation, str) and operation not in REDUCTIONS:
            refuse(need, f"{operation} is no reduction", ("reduction", None))
        _all_known(need, after - before, "has to be on the left, too")
    for name in sizes:
        if name not in before | after or not is_axis_name(name):
            refuse(need, f"{name} is not in the pattern", ("sizes", None), ("pattern", None))
    return [left, right]


def _all_known(need: Need, names: set[str], text: str) -> None:
    for name in sorted(names):
        refuse(need, f"{name.split('#')[0]} {text}")


def _expanded(need: Need, left: Side, right: Side, rank: int) -> Pattern:
    """Give the axes that ``...`` stands for names of their own."""
    some = REST in left.groups
    more = rank - len(left.groups) + some
    text = f"the array has to have {'at least ' if some else ''}as many axes as the pattern names"
    why = Why(RULE, text, (("x", None), ("pattern", None)))
    fits = more >= 0 if some else more == 0
    need.record(rank, "rank", len(left.groups) - some, why, fits)
    rest = tuple(f"{REST}{number}" for number in range(more if some else 0))
    before, after = (tuple(_filled(one.groups, rest)) for one in (left, right))
    return Pattern(before, after, {**left.numbers, **right.numbers})


def _filled(
    groups: Sequence[tuple[str, ...] | str], rest: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    for group in groups:
        if isinstance(group, str):
            yield from ((name,) for name in rest)
        else:
            parts = (rest if name == REST else (name,) for name in group)
            yield tuple(name for part in parts for name in part)


# --- what a pattern does ----------------------------------------------------------------------


def transformed(
    need: Need, given: Any, text: str, sizes: Mapping[str, Any], operation: object
) -> tuple[Array, Shape]:
    """The array, and its axes after a pattern: those on the left are cut, moved, dropped, joined.

    Args:
        need: takes up the requirements.
        given: the array, or a list of arrays that are stacked.
        text: the pattern.
        sizes: those of some of its axes.
        operation: ``rearrange``, ``repeat`` or the reduction.
    """
    left, right = pattern_of(need, text, operation, sizes)
    x = stacked(need, given, left)
    pattern = _expanded(need, left, right, x.rank)
    known = {**pattern.numbers, **{name: _size(need, name, one) for name, one in sizes.items()}}
    axes: dict[str, Axis] = {}
    for place, (axis, group) in enumerate(zip(x.shape, pattern.left, strict=True)):
        axes |= _cut(need, axis, group, known, place)
    kept = {name for group in pattern.right for name in group}
    if operation in ("min", "max"):
        why = Why("empty-reduction", "an axis that is reduced has to have elements", (("x", None),))
        for name in axes.keys() - kept:
            need.at_least(axes[name].size, 1, why)
    made = {name: Axis(known[name]) for name in kept - axes.keys()}
    return x, tuple(_joined([(axes | made)[name] for name in group]) for group in pattern.right)


def _joined(axes: list[Axis]) -> Axis:
    return merge(axes) if axes else UNIT


def _size(need: Need, name: str, size: Any) -> Size:
    """The size that was passed for an axis."""
    if isinstance(size, bool) or not is_size(size):
        return need.fresh(name)
    why = Why(RULE, f"{name} has to be a size", ((f"sizes[{name}]", None), ("pattern", None)))
    need.true(need.assume.at_least(size, 0) is not False, why, size, 0)
    return size


def _cut(
    need: Need, axis: Axis, group: tuple[str, ...], known: Mapping[str, Size], place: int
) -> dict[str, Axis]:
    """The axes that a group makes of one axis."""
    told = product(known[name] for name in group if name in known)
    open_ = [name for name in group if name not in known]
    here: tuple[tuple[str, int | None], ...] = (("x", place), ("pattern", None))
    written = " ".join(name.split("#")[0] for name in group)
    if len(open_) > 1:
        refuse(need, f"the sizes of {' and '.join(open_)} in ({written}) have to be passed", *here)
    if group == tuple(open_):
        return dict(zip(group, [axis] * len(group), strict=True)) or _unit(need, axis, here)
    if not open_:
        text = f"the axis ({written}) has to have the size of its parts"
        need.equal(axis.size, told, Why(RULE, text, here))
    else:
        text = f"the axis ({written}) has to be a multiple of its known parts"
        need.true(told != 0, Why(RULE, text, here), told, axis.size)
        need.divides(told, axis.size, Why(RULE, text, here))
        known = {**known, open_[0]: axis.size // told}
    if len(group) == 1:
        return {group[0]: axis}
    cuts = [known[name] for name in group]
    return dict(zip(group, pieces(need, axis, cuts), strict=True))


def _unit(need: Need, axis: Axis, here: tuple[tuple[str, int | None], ...]) -> dict[str, Axis]:
    """Require an axis that the pattern has 1 for to have the size 1."""
    need.equal(axis.size, 1, Why(RULE, "an axis that is 1 in the pattern has to have size 1", here))
    return {}


def pieces(need: Need, axis: Axis, sizes: Sequence[Size]) -> tuple[Axis, ...]:
    """An axis cut into axes; without identity where the cut goes across what was merged."""
    made = split(axis, sizes, need.assume)
    if made is None or isinstance(made, Scrambled):
        return tuple(Axis(size) for size in sizes)
    return made


def stacked(need: Need, x: Any, left: Side) -> Array:
    """The array, what stacking a list of arrays gives, or an array as the pattern describes it."""
    if isinstance(x, Array) and not x.is_open:
        return x
    if isinstance(x, Unknown) and not x.kind and REST not in left.groups:
        return Array(
            tuple(Axis(need.fresh(group[0] if len(group) == 1 else "?")) for group in left.groups)
        )
    if not isinstance(x, list) or any(not isinstance(one, Array) or one.is_open for one in x):
        need.undecided("x is not known")
    if not x:
        refuse(need, "a list of arrays may not be empty", ("x", None))
    for number, one in enumerate(x):
        text = "arrays in a list have to have the same shape"
        whole = Why(RULE, text, (("x[0]", None), (f"x[{number}]", None)))
        need.true(one.rank == x[0].rank, whole, one.rank, x[0].rank)
        for place, (a, b) in enumerate(zip(x[0].shape, one.shape, strict=True)):
            need.equal(a.size, b.size, Why(RULE, text, (("x[0]", place), (f"x[{number}]", place))))
    first: Array = x[0]
    return first.with_axes((Axis(len(x)), *first.shape))


@op(
    einops="rearrange(tensor=x, pattern, **sizes)",
    name="einops_rearrange",
)
def rearrange(x: Anything, pattern: Word, sizes: Anything = None, *, need: Need) -> Shape:
    """(b, h*d) -> (h, b, d) by "b (h d) -> h b d": axes are cut, moved and joined.

    einops' documentation, "einops.rearrange".
    """
    return transformed(need, x, pattern, sizes or {}, "rearrange")[1]


@op(
    layers="Rearrange(pattern, **sizes)",
    stored="pattern sizes",
    name="einops_rearrange_layer",
)
def rearrange_layer(x: Tensor, pattern: Word, sizes: Anything = None, *, need: Need) -> Shape:
    """(b, h*d) -> (h, b, d) by "b (h d) -> h b d", as a layer

    einops' documentation, "Einops layers".
    """
    return transformed(need, x, pattern, sizes or {}, "rearrange")[1]


@op(einops="repeat(tensor=x, pattern, **sizes)", name="einops_repeat")
def repeat(x: Anything, pattern: Word, sizes: Anything = None, *, need: Need) -> Shape:
    """(h, w) -> (h, w*r) by "h w -> h (w r)", r=2: new axes repeat the elements.

    einops' documentation, "einops.repeat".
    """
    return transformed(need, x, pattern, sizes or {}, "repeat")[1]


@op(einops="reduce(tensor=x, pattern, reduction, **sizes)", name="einops_reduce")
def reduce(
    x: Anything, pattern: Word, reduction: Anything, sizes: Anything = None, *, need: Need
) -> Array:
    """(b, c, h*k) -> (b, c, h) by "b c (h k) -> b c h": axes that are dropped are reduced.

    einops' documentation, "einops.reduce".
    """
    array, axes = transformed(need, x, pattern, sizes or {}, reduction)
    return reduced_to(array, axes, pattern, reduction)


@op(
    layers="Reduce(pattern, reduction, **sizes)",
    stored="pattern reduction sizes",
    name="einops_reduce_layer",
)
def reduce_layer(
    x: Tensor, pattern: Word, reduction: Anything, sizes: Anything = None, *, need: Need
) -> Array:
    """(b, c, h*k) -> (b, c, h) by "b c (h k) -> b c h", as a layer

    einops' documentation, "Einops layers".
    """
    _, axes = transformed(need, x, pattern, sizes or {}, reduction)
    if reduction in ("any", "all") and drops(pattern, x.rank):
        refuse(need, "the layer knows no any and no all", ("reduction", None))
    return x.with_axes(axes)


def reduced_to(x: Array, axes: Shape, pattern: str, reduction: object) -> Array:
    """The result of a reduction: what `any` and `all` give is True or False."""
    if reduction not in ("any", "all") or not drops(pattern, x.rank):
        return x.with_axes(axes)
    return Array(axes, "bool")


def drops(pattern: str, rank: int) -> bool:
    """Whether a pattern drops an axis of an array."""
    left, right = (side(Need(), one, "left") for one in pattern.split("->"))
    rest = rank - len(left.groups) + 1
    return bool(set(left.names) - set(right.names) - (set() if rest else {REST}))


# --- the other functions ----------------------------------------------------------------------


@op(einops="einsum(*arguments..., /)", name="einops_einsum")
def einsum(arguments: Anything, *, need: Need) -> Shape:
    """(i, j), (j, k), "i j, j k -> i k": names that the result lacks are summed over.

    einops' documentation, "einops.einsum".
    """
    *operands, pattern = arguments
    if not isinstance(pattern, str):
        need.undecided("the pattern is not known")
    parts = pattern.split("->")
    if len(parts) != 2 or not operands:
        refuse(need, "arrays are followed by a pattern with -> in it")
    terms = tuple(
        _flat(need, side(need, term, "left", skips=True, duplicates=True))
        for term in parts[0].split(",")
    )
    output = _flat(need, side(need, parts[1], "right", skips=True))
    equation = Equation(terms, output, "pattern", RULE)
    return contraction(need, equation, filled(need, equation, operands))


def _flat(need: Need, one: Side) -> tuple[str, ...]:
    """The names of a side that has no composed axes."""
    if one.numbers or any(len(ungrouped(group)) != 1 for group in one.groups):
        refuse(need, "einsum takes names only: no parentheses, no numbers")
    return one.names


@op(einops="parse_shape(x, pattern)", name="einops_parse_shape")
def parse_shape(x: Tensor, pattern: Word, *, need: Need) -> dict[str, Size]:
    """(2, 3, 5), "b _ w" -> {"b": 2, "w": 5}

    einops' documentation, "einops.parse_shape".
    """
    found = side(need, pattern, "left", skips=True)
    if any(len(ungrouped(group)) > 1 for group in found.groups):
        refuse(need, "parse_shape takes no composed axes")
    whole = _expanded(need, found, Side((), {}), x.rank)
    sizes: dict[str, Size] = {}
    for place, (axis, group) in enumerate(zip(x.shape, whole.left, strict=True)):
        here = (("x", place), ("pattern", None))
        name = group[0] if group else "1"
        if name in whole.numbers or not group:
            text = "an axis that is a number in the pattern has to have that size"
            need.equal(axis.size, whole.numbers.get(name, 1), Why(RULE, text, here))
        elif name != "_" and not name.startswith(REST):
            sizes[name] = axis.size
    return sizes


@op(einops="asnumpy(tensor=x)", name="einops_asnumpy", total=True)
def asnumpy(x: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s), an array of NumPy

    einops' documentation, "einops.asnumpy".
    """
    return Array(x.axes, x.dtype, None, "numpy")


def _packing(need: Need, pattern: str) -> tuple[int, int]:
    """How many axes a pattern such as ``b * c`` has before and after the star."""
    names = pattern.split()
    if names.count("*") != 1 or len(names) != len(set(names)):
        refuse(need, "a pattern has one *, and each name once")
    for name in names:
        if name != "*" and not is_axis_name(name):
            refuse(need, f"{name} is no name for an axis")
    return names.index("*"), len(names) - names.index("*") - 1


@op(einops="pack(tensors, pattern)", name="einops_pack")
def pack(tensors: Tensors, pattern: Word, *, need: Need) -> list[Any]:
    """[(b, c), (b, h, w, c)], "b * c" -> (b, 1 + h*w, c), [(), (h, w)]

    einops' documentation, "einops.pack".
    """
    before, after = _packing(need, pattern)
    if not tensors:
        refuse(need, "at least one array has to be given", ("tensors", None))
    joined, shapes, outer = [], [], []
    for number, tensor in enumerate(tensors):
        place = f"tensors[{number}]"
        need.rank_at_least(place, tensor, before + after, RULE)
        end = tensor.rank - after
        inner = tensor.shape[before:end]
        outer.append((*tensor.shape[:before], *tensor.shape[end:]))
        shapes.append([axis.size for axis in inner])
        joined.append(_joined(list(inner)))
        text = "an array of no elements cannot be packed if another axis is empty"
        for position, axis in enumerate(outer[-1]):
            need.at_least(axis.size, 1, Why(RULE, text, ((place, None),)))
            text = "axes that are named in the pattern have to have one size"
            ends = [
                position if position < before else one.rank - before - after + position
                for one in (tensors[0], tensor)
            ]
            places = tuple(zip(("tensors[0]", place), ends, strict=True))
            need.equal(outer[0][position].size, axis.size, Why(RULE, text, places))
    total: Size = sum((axis.size for axis in joined[1:]), joined[0].size)
    packed = joined[0] if len(joined) == 1 else Axis(total)
    return [(*outer[0][:before], packed, *outer[0][before:]), shapes]


@op(einops="unpack(tensor=x, packed_shapes, pattern)", name="einops_unpack")
def unpack(x: Tensor, packed_shapes: Anything, pattern: Word, *, need: Need) -> list[Shape]:
    """(b, 1 + h*w, c), [(), (h, w)], "b * c" -> [(b, c), (b, h, w, c)]

    einops' documentation, "einops.unpack".
    """
    before, after = _packing(need, pattern)
    need.rank("x", x, before + 1 + after, why=RULE)
    shapes = _shapes(need, packed_shapes)
    if not shapes:
        return []
    lengths = _lengths(need, x.shape[before].size, shapes, _others(x, before), before)
    start, end = x.shape[:before], x.shape[before + 1 :]
    if len(shapes) == 1 and need.assume.equal(product(lengths[0]), x.shape[before].size):
        return [(*start, *pieces(need, x.shape[before], lengths[0]), *end)]
    return [(*start, *map(Axis, one), *end) for one in lengths]


def _others(x: Array, place: int) -> Size:
    """How many elements the other axes have."""
    return product(size for number, size in enumerate(x.sizes) if number != place)


def _shapes(need: Need, given: Any) -> list[list[Size]]:
    if not isinstance(given, (list, tuple)):
        need.undecided("the packed shapes are not known")
    shapes: list[list[Size]] = []
    for one in given:
        if not isinstance(one, (list, tuple)) or not all(map(is_size, one)):
            need.undecided("the packed shapes are not known")
        shapes.append(list(one))
    return shapes


def _lengths(
    need: Need, size: Size, shapes: list[list[Size]], others: Size, place: int
) -> list[list[Size]]:
    """The packed shapes, with the size that is -1 filled in; they have to use up the axis."""
    here = (("x", place), ("packed_shapes", None))
    text = "the packed shapes have to use up the axis"
    open_ = [number for number, one in enumerate(shapes) if -1 in one]
    if len(open_) > 1 or (open_ and shapes[open_[0]].count(-1) > 1):
        refuse(need, "only one of the packed sizes may be -1", *here)
    rest = size - sum((product(one) for one in shapes if -1 not in one), 0)
    empty = need.assume.equal(others, 0)  # then any number of elements is none
    if any(isinstance(one, int) and one < -1 for sizes in shapes for one in sizes):
        need.undecided("a packed size is negative")
    if not open_:
        same = need.assume.equal(rest, 0)
        holds = None if same is False and empty is None else empty or same
        need.record(size, "equals", size - rest, Why(RULE, text, here), holds)
        return shapes
    need.true(
        None if empty is None else not empty,
        Why(RULE, "-1 cannot be told where there are no elements", here),
    )
    known = product(one for one in shapes[open_[0]] if one != -1)
    need.at_least(rest, 0, Why(RULE, text, here))
    need.divides(known, rest, Why(RULE, text, here))
    need.at_least(known, 1, Why(RULE, text, here))
    filled = [rest // known if one == -1 else one for one in shapes[open_[0]]]
    return [filled if number == open_[0] else one for number, one in enumerate(shapes)]


OPS = family(globals())
