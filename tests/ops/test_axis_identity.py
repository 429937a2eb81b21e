"""Ops that move data, run on arrays whose elements tell where they were: axes keep their identity.

Each axis of an argument gets an identity of its own, now and then as a merge of two. Where a rule
says that an axis of the result (or one of its factors) is such an axis, or a piece of one, the
elements have to agree: along that axis they come from other places of the axis that is named, and
along the other axes of the result from the same place.
"""

import dataclasses
import math
import random

import numpy as np
import pytest
import torch
from calls import drawer
from oracle import Arr, callee, converted, module_runs, mutated, number, real_run, spelled, symbolic

from shapecheck.dims import Assumptions, Axis, Piece, merge
from shapecheck.ops import OPS, Array
from shapecheck.ops._params import Mismatch
from shapecheck.ops._spelling import SPACES

CALLS = 150
FIRST = 1000  # elements below are none that tell where they were
FAMILIES = ("rearrange", "join", "divide", "edit", "index", "patch", "pad", "einops")
OTHERS = {
    *("clone", "contiguous", "detach", "copy", "type_as"),
    *("index_select", "take", "narrow", "select", "meshgrid", "meshgrid_torch", "where"),
    *("flatten_module", "unflatten_module", "pixel_shuffle_module"),
}
# They compute with the data, or know of no axis that it is one of those that went in.
NOT_THOSE = {
    *("trace", "linalg_trace", "trace_matrix", "setitem"),
    *("einops_reduce", "einops_reduce_layer", "einops_einsum", "einops_parse_shape"),
    *("resize", "resize_in_place", "resize_storage", "resize_storage_as"),
    *("as_strided", "as_strided_bytes", "repeated_indices", "view_dtype", "fold", "pad_numpy"),
}


@dataclasses.dataclass(frozen=True)
class Source:
    """The identity of an axis of an argument, or of one of its two factors.

    The coordinate `c` along the axis is at `c // inner % size` of the factor.
    """

    array: int
    axis: int
    inner: int
    size: int


class Drawn:
    """The arrays of one call: real ones, and their axes."""

    def __init__(self, rng):
        self.rng = rng
        self.starts, self.shapes, self.told, self.axes = [], [], [], {}
        self.next = FIRST

    def real(self, arr, library):
        made = arr.real(library)
        number = len(self.starts)
        self.axes[id(arr)] = number
        self.starts.append(self.next)
        self.shapes.append(arr.sizes)
        self.told.append(arr.dtype == "float" and arr.values is None)
        if self.told[-1]:
            count = math.prod(arr.sizes)
            told = np.arange(self.next, self.next + count).reshape(arr.sizes)
            made[...] = torch.tensor(told) if library == "torch" else told
            self.next += count
        return made

    def abstract(self, arr, library, size):
        array = arr.axes(library, size)
        number = self.axes[id(arr)]
        axes = [self.axis(number, place, n, size) for place, n in enumerate(arr.sizes)]
        sizes = [one.size for one in array.shape]
        fixed = [
            own if own.size == wanted else Axis(wanted, origin=Source(number, place, 1, n))
            for place, (own, wanted, n) in enumerate(zip(axes, sizes, arr.sizes, strict=True))
        ]
        return dataclasses.replace(array, axes=tuple(fixed))

    def axis(self, array, place, n, size):
        outer = self.rng.choice([d for d in range(1, n + 1) if n % d == 0] or [1])
        if outer in (1, n) or self.rng.random() < 0.5:
            return Axis(n, origin=Source(array, place, 1, n))
        parts = (outer, n // outer), (n // outer, 1)
        return merge([Axis(m, origin=Source(array, place, inner, m)) for m, inner in parts])

    def places(self, elements, source):
        """The coordinates of elements along the axis of a source, -1 for those of other arrays."""
        start, shape = self.starts[source.array], self.shapes[source.array]
        flat = elements - start
        if not self.told[source.array] or not math.prod(shape):
            return np.full(elements.shape, -1)
        own = (flat >= 0) & (flat < math.prod(shape))
        along = flat // math.prod(shape[source.axis + 1 :]) % shape[source.axis]
        return np.where(own, along // source.inner % source.size, -1)


def contradictions(drawn, told, real, values):
    """Which of the claims about axes the elements do not bear out, and how many there were."""
    if isinstance(real, torch.Tensor):
        real = (real.real if real.is_complex() else real).detach().double().numpy()
    elements = np.asarray(real)
    elements = np.nan_to_num(np.real(elements), posinf=0, neginf=0).astype(np.int64)
    found, claims = [], 0
    for place, axis in enumerate(told.shape if elements.size else ()):
        index = np.arange(elements.shape[place])
        for atom, digits in atoms(axis, index, values):
            component = component_of(drawn, atom, elements, values)
            if component is None:
                continue
            claims += 1
            along = np.broadcast_to(
                digits.reshape([-1 if n == place else 1 for n in range(elements.ndim)]),
                elements.shape,
            )
            pairs = set(zip(along.ravel().tolist(), component.ravel().tolist(), strict=True))
            pairs = {pair for pair in pairs if pair[1] >= 0}
            if len(pairs) != len({one for one, _ in pairs}):
                found.append(f"axis {place}, {atom!r}: {sorted(pairs)}")
    return found, claims


def atoms(axis, index, values):
    """The factors of an axis, each with its coordinate for each index along the axis."""
    step = 1
    for factor in reversed(axis.factors or (axis,)):
        size = number(factor.size, values)
        if size is None:
            return
        yield factor, index // step % max(size, 1)
        step *= max(size, 1)


def component_of(drawn, atom, elements, values):
    """The coordinates along the axis that an axis is said to be; None if it is said to be none."""
    if isinstance(atom.origin, Source):
        return drawn.places(elements, atom.origin)
    if isinstance(atom.origin, Piece) and isinstance(atom.origin.whole.origin, Source):
        whole, outer, inner = atom.origin
        found = drawn.places(elements, whole.origin)
        outer, inner = number(outer, values), number(inner, values)
        return np.where(found >= 0, found % outer // inner, -1)
    return None


def arrays(told, real):
    """Pairs of what the rule tells and what there is, for all arrays in a result."""
    if isinstance(told, Array):
        if not told.is_open:
            yield told, real
    elif isinstance(told, (list, tuple)) and isinstance(real, (list, tuple)):
        for pair in zip(told, real, strict=True):
            yield from arrays(*pair)


def run(op, spelling, library, rng):
    """One call: what contradicts the rule, and how many claims were looked at."""
    call = drawer(op)(rng, library)
    if call is None:
        return [], 0
    call = mutated(rng, call) if rng.random() < 0.2 else call
    call = {name.lstrip("_"): one for name, one in call.items()}
    drawn = Drawn(rng)
    if SPACES[spelling.space].is_module:
        (function, *passed), (args, kwargs, inputs) = module_runs(op, spelling, call, rng, library)
    else:
        function, inputs = callee(spelling), {}
        passed = args, kwargs = spelled(rng, spelling, call)
    real = [converted(one, lambda a: drawn.real(a, library)) for one in passed]
    verdict, result = real_run(function, *real)
    if verdict != "accepted":
        return [], 0
    values, size = symbolic(rng) if rng.random() < 0.5 else ({}, lambda n: n)
    args, kwargs, inputs = (
        converted(one, lambda a: drawn.abstract(a, library, size)) for one in (args, kwargs, inputs)
    )
    try:
        taken = op.take(spelling.bind(args, kwargs) | inputs, library)
    except Mismatch:
        return [], 0
    told = op.apply(taken, library, Assumptions())
    found, claims = [], 0
    for one, other in arrays(told.result, result):
        wrong, count = contradictions(drawn, one, other, values)
        found += [f"{spelling.qualified} {passed}: told {told.result}: {text}" for text in wrong]
        claims += count
    return found, claims


def moves_data(op):
    family = op.rule.__module__.rpartition(".")[2]
    return (family in FAMILIES or op.name in OTHERS) and op.name not in NOT_THOSE


MOVING = [op for op in OPS if moves_data(op)]


@pytest.mark.parametrize("op", MOVING, ids=lambda op: op.name)
def test_axes_are_what_the_rule_says(op):
    claims, wrong = 0, []
    for spelling in op.spellings:
        for library in [spelling.library] if spelling.library else ["numpy", "torch"]:
            rng = random.Random(f"{op.name} {spelling.qualified} {library}")
            for _ in range(-(-CALLS // len(op.spellings))):
                found, count = run(op, spelling, library, rng)
                claims += count
                wrong += found
    assert not wrong, "\n".join(wrong[:5])
    assert claims >= CALLS / 10, f"{claims} claims about axes"


# --- one after another ------------------------------------------------------------------------


def step(rng, sizes, library):
    """A move of the data that an array of these sizes allows: an op's name, and what is passed."""
    rank = len(sizes)
    at = rng.randrange(rank)
    size = sizes[at]
    cut = rng.choice([d for d in range(1, size + 1) if size % d == 0] or [1])
    parts = (*sizes[:at], cut, size // cut, *sizes[at + 1 :])
    joined = (*sizes[:at], math.prod(sizes[at : at + 2]), *sizes[at + 2 :])
    start = rng.randint(0, max(size - 1, 0))
    index = tuple(slice(None) for _ in range(at)) + (
        rng.choice(
            (
                *(slice(start, None), slice(None, -1), None, start if size else None),
                slice(None, None, 2 if library == "torch" else -1),
            )
        ),
    )
    order = rng.sample(range(rank), rank)
    return rng.choice(
        (
            *[("reshape", (parts,)), ("reshape", (joined,))] * 3,
            *[("transpose", (order,)) if library == "numpy" else ("permute", (order,))] * 2,
            ("getitem", (index,)),
            ("flip", ((at,),)),
            ("concatenate" if library == "numpy" else "cat", (at,)),
            ("stack", (at,)),
            ("repeat", (2, at)),
            ("ravel" if library == "numpy" else "flatten", ()),
        )
    )


BY_NAME = {op.name: op for op in OPS}


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_axes_are_followed_through_chains(library):
    """Splits, cuts and merges upon each other: an axis is told to be a whole one only if it is."""
    rng = random.Random(library)
    claims = 0
    for _ in range(1500):
        arr = Arr(tuple(rng.choice((2, 2, 3, 4, 6)) for _ in range(rng.randint(1, 3))))
        drawn, done = Drawn(rng), [arr]
        real = drawn.real(arr, library)
        told = drawn.abstract(arr, library, lambda n: n)
        for _ in range(rng.randint(2, 5)):
            if not 1 <= real.ndim <= 6 or not 0 < math.prod(real.shape) < 200:
                break
            name, rest = step(rng, tuple(real.shape), library)
            joins = name in ("cat", "concatenate", "stack")
            spelling = next(
                one
                for one in BY_NAME[name].spellings
                if one.space in ("numpy", "torch", "operator")
                and (one.space == library or name == "getitem")
            )
            real = callee(spelling)([real, real] if joins else real, *rest)
            bound = spelling.bind([[told, told] if joins else told, *rest], {})
            told = BY_NAME[name].apply(BY_NAME[name].take(bound, library), library).result
            done.append((name, rest))
            wrong, count = contradictions(drawn, told, real, {})
            assert tuple(axis.size for axis in told.shape) == tuple(real.shape), done
            assert not wrong, (done, told, wrong)
            claims += count
    assert claims > 1500
