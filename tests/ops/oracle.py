"""Runs an op's rule beside the real library on random calls, and compares what both say.

A drawer makes a call as a dictionary of the rule's parameters, with `Arr` in the place of arrays.
Half of the calls are then changed at random (`mutated`), so that rejected ones occur often. The
call is spelled by one of the op's names, by position or by keyword, and run twice: by the library
on real arrays, and by the rule on axes; first with integers, then with symbols in their place.
"""

import dataclasses
import inspect
import operator
import random
import re
import warnings
from collections import Counter

import einops
import einops.layers.torch
import numpy as np
import torch

from shapecheck.dims import Assumptions, Axis, Expr, evaluate, is_size, symbol, symbols
from shapecheck.ops import Array, Record, Unknown
from shapecheck.ops._need import Fresh
from shapecheck.ops._params import Mismatch
from shapecheck.ops._spelling import SPACES
from shapecheck.ops._values import contiguous

SIZES = (0, 1, 1, 2, 2, 3, 3, 4, 5, 6)
NUMPY_DTYPES = {
    "bool": np.bool_,
    "int": np.int64,
    "int32": np.int32,
    "float": np.float64,
    "complex": np.complex128,
}
TORCH_DTYPES = {
    "bool": torch.bool,
    "int": torch.int64,
    "int32": torch.int32,
    "float": torch.float32,
    "complex": torch.complex64,
}
ATTRIBUTES = {"T", "mT", "H", "mH", "real", "imag"}  # spelled like methods, but read
# Names that only a machine with an accelerator can run.
ACCELERATOR = {"torch.Tensor.cuda", "torch.Tensor.pin_memory"}
# Names that some releases have, and others not.
SOME_RELEASES = {
    "numpy.trapz",
    "numpy.in1d",
    "torch.nn.functional.linear_cross_entropy",
    "torch.nn.LinearCrossEntropyLoss",
}


def ends_the_process(op, call):
    """Whether torch 2.13 divides by zero: keys without heads that are shared among queries."""
    if op.name != "scaled_dot_product_attention" or not call.get("enable_gqa"):
        return False
    key = call["key"].sizes
    return len(key) > 2 and key[-3] == 0


# Rejections that are not about shapes: the call is not counted.
OTHER = re.compile(
    r"not implemented for|[Ss]ingular|not supported for|expected scalar type|dtype|did not converge|"
    r"must have the same dtype|same type|should be of type|cannot be cast|not converge|"
    r"ill-conditioned|positive.definite|Input must be floating|must be floating|infinitely many|"
    r"can't be cast|No loop matching|not intended to support|did not match (?!indexed array)|ZeroDivision|must be Tensor, not|"
    r"negative integer powers|boolean (?:subtract|negative)|ufunc '?\w+'? not supported|Could not run|Can't detach views|float division by zero|high - low < 0|"
    r"does not support (?:complex|bool) input|only supports bool tensor for result|"
    r"out of memory|MKL FFT error|\bLapack\b|illegal value|could not be computed|should contain floating|"
    # Of an EmbeddingBag whose vectors are empty: some processors' kernels refuse it, others do not.
    r"Expected i < index_size to be true",
)


@dataclasses.dataclass(frozen=True)
class Arr:
    """An array to be made: its sizes, its kind of dtype, and what its elements are.

    `high`: integers in range(low, high). `values`: the elements themselves, as nested lists.
    `special`: ``regular`` for matrices that can be inverted well, ``spd`` for symmetric ones that
    are positive definite besides. `order`: its axes, those that lie outermost in memory first.
    `known_empty`: no symbol stands for a size of 0, where the library makes another shape of it.
    """

    sizes: tuple
    dtype: str = "float"
    high: int = 3
    low: int = 0
    values: object = None
    special: str = ""
    order: tuple = ()
    known_empty: bool = False

    def __repr__(self):
        more = [f"{one.name}={getattr(self, one.name)}" for one in dataclasses.fields(self)[2:]]
        plain = Arr(self.sizes)
        told = [
            text
            for text, one in zip(more, dataclasses.fields(self)[2:], strict=True)
            if getattr(self, one.name) != getattr(plain, one.name)
        ]
        return f"{self.dtype}[{', '.join([*map(str, self.sizes), *told])}]"

    def real(self, library):
        rng = np.random.default_rng(len(self.sizes) * 7 + sum(self.sizes))
        if self.values is not None:
            made = np.array(self.values, dtype=NUMPY_DTYPES[self.dtype]).reshape(self.sizes)
        elif self.dtype == "float":
            made = rng.uniform(0.1, 1.0, self.sizes)
        elif self.dtype == "complex":
            made = rng.uniform(0.1, 1.0, self.sizes) + 1j
        elif self.dtype == "bool":
            made = rng.uniform(0, 1, self.sizes) < 0.5
        else:
            made = rng.integers(self.low, max(self.high, self.low + 1), self.sizes)
        if self.special and len(self.sizes) > 1:
            if self.special == "spd" and self.sizes[-1] == self.sizes[-2]:
                made = (made + made.swapaxes(-1, -2)) / 2
            made = made + max(self.sizes[-2:]) * np.eye(*self.sizes[-2:])
        inner, outer = self._laid()
        if library == "numpy":
            made = np.asarray(made, dtype=NUMPY_DTYPES[self.dtype])
            return np.array(made.transpose(inner), order="C").transpose(outer) if inner else made
        if 0 in self.sizes:  # of NumPy's it would get other strides than torch gives
            made = torch.zeros(self.sizes, dtype=TORCH_DTYPES[self.dtype])
        else:
            made = torch.tensor(np.asarray(made), dtype=TORCH_DTYPES[self.dtype])
        return made.permute(inner).contiguous().permute(outer) if inner else made

    def _laid(self):
        """How the axes are permuted before the array is laid into memory, and after it."""
        ranks = range(len(self.sizes))
        order = self.order if sorted(self.order) == list(ranks) else ()
        return order, tuple(order.index(one) for one in ranks) if order else ()

    def axes(self, library, size=lambda n: n):
        shape = tuple(Axis(size(n) if n or not self.known_empty else 0) for n in self.sizes)
        inner, outer = self._laid()
        strides = contiguous(tuple(shape[one] for one in inner) if inner else shape)
        strides = tuple(strides[one] for one in outer) if inner else strides
        return Array(shape, self.dtype.removesuffix("32"), strides, library)


# --- drawing ----------------------------------------------------------------------------------


def shape(rng, low=0, high=4, sizes=SIZES):
    """A random shape."""
    return tuple(rng.choice(sizes) for _ in range(rng.randint(low, high)))


def stretchable(rng, sizes):
    """A shape that broadcasts against another one."""
    kept = [1 if rng.random() < 0.3 else size for size in sizes]
    return tuple(kept[rng.randint(0, len(kept)) :] if rng.random() < 0.4 else kept)


def axis(rng, rank):
    """The number of an axis, in range."""
    return rng.randrange(-rank, rank) if rank else rng.choice((0, -1))


def axes(rng, rank):
    """None, one axis, or several distinct ones."""
    if rng.random() < 0.2:
        return None
    if rng.random() < 0.4 or not rank:
        return axis(rng, rank)
    chosen = rng.sample(range(rank), rng.randint(1, rank))
    return tuple(one - rank if rng.random() < 0.4 else one for one in chosen)


def by_kind(op, rng):
    """A call with arguments drawn by the kinds of the parameters; optional ones half of the time."""
    call = {}
    last = shape(rng)
    for name, kind in op.kinds.items():
        if name in op.defaults and (rng.random() < 0.5 or kind.name in ("anything", "word")):
            continue
        if kind.name in ("tensor", "operand"):
            last = stretchable(rng, last) if call else last
            call[name] = Arr(last)
        elif kind.name == "tensors":
            call[name] = [Arr(last)] * rng.randint(1, 3)
        elif kind.name == "dim":
            call[name] = axis(rng, len(last))
        elif kind.name == "dims":
            call[name] = axes(rng, len(last))
        elif kind.name in ("count", "counts"):
            call[name] = rng.choice(SIZES)
        elif kind.name == "sizes":
            call[name] = shape(rng)
        elif kind.name == "flag":
            call[name] = rng.random() < 0.5
        elif kind.name == "number":
            call[name] = rng.choice((0.5, 2.0))
        elif kind.name == "dtype":
            continue
        else:
            raise LookupError(f"{op.name}: {name} of kind {kind.name} needs a drawer of its own")
    return call


def mutated(rng, call):
    """The call with one thing changed: a size, an axis more or less, a number."""
    changed = dict(call)
    name = rng.choice([one for one in call if not one.startswith("_")] or [None])
    if name is not None:
        changed[name] = _mutated(rng, call[name])
    return changed


def _mutated(rng, value):
    if isinstance(value, Arr) and value.values is None:
        sizes = list(value.sizes)
        kind = rng.random()
        if kind < 0.5 and sizes:
            at = rng.randrange(len(sizes))
            sizes[at] = max(0, rng.choice((sizes[at] + 1, sizes[at] - 1, rng.choice(SIZES), 1)))
        elif kind < 0.75 and sizes:
            del sizes[rng.randrange(len(sizes))]
        elif len(sizes) < 6:
            sizes.insert(rng.randint(0, len(sizes)), rng.choice(SIZES))
        return dataclasses.replace(value, sizes=tuple(sizes))
    if isinstance(value, (list, tuple)) and value:
        at = rng.randrange(len(value))
        if rng.random() < 0.2 and len(value) > 1:
            return type(value)([*value[:at], *value[at + 1 :]])
        return type(value)([*value[:at], _mutated(rng, value[at]), *value[at + 1 :]])
    if isinstance(value, int) and not isinstance(value, bool):
        return value + rng.choice((-3, -2, -1, 1, 2, 3))
    return value


# --- spelling and running ---------------------------------------------------------------------


def callee(spelling):
    """The real function of a spelling, called as `function(*args, **kwargs)`."""
    if spelling.qualified == "operator.setitem":
        return _assigned
    homes = {
        "numpy": np,
        "torch": torch,
        "functional": torch.nn.functional,
        "module": torch.nn,
        "einops": einops,
        "layers": einops.layers.torch,
        "operator": operator,
    }
    if spelling.name in ATTRIBUTES and SPACES[spelling.space].is_method:
        return lambda this: getattr(this, spelling.name)
    if spelling.space in ("ndarray", "tensor"):
        return lambda this, *args, **kwargs: getattr(this, spelling.name)(*args, **kwargs)
    found = homes[spelling.space]
    if spelling.name.startswith("random.Generator."):  # methods of a generator
        return getattr(np.random.default_rng(0), spelling.name.rpartition(".")[2])
    if spelling.name.startswith("random.RandomState."):
        return getattr(np.random.RandomState(0), spelling.name.rpartition(".")[2])
    for part in spelling.name.split("."):
        found = getattr(found, part)
    return found


def _assigned(array, index, value):
    """What an array is after an assignment to a part of it."""
    array[index] = value
    return array


def spelled(rng, spelling, call):
    """Positional arguments and keywords for a call; what the spelling lacks is left out."""
    args, kwargs = [], {}
    by_position = True
    by_keyword_only = spelling.space in ("ndarray", "tensor")
    given = set()
    apart = [n for n, one in enumerate(spelling.parameters) if one.apart and one.target in call]
    for number, one in enumerate(spelling.parameters):
        if not one.target or one.target not in call or one.target in given:
            by_position = False
            continue
        value = call[one.target]
        given.add(one.target)
        if number == 0 and by_keyword_only:
            args.append(value)
        elif one.rest:
            kwargs |= value
        elif one.apart or (
            one.variadic and by_position and isinstance(value, tuple) and rng.random() < 0.5
        ):
            args += value
        elif (
            by_position
            and not one.keyword_only
            and (
                rng.random() < 0.6
                or one.positional_only
                or one.variadic
                or number < max(apart, default=0)
            )
        ):
            args.append(value)
        else:
            by_position = False
            kwargs[one.name] = value
    return args, kwargs


def converted(value, convert):
    """The same value with all `Arr` in it converted."""
    if isinstance(value, Arr):
        return convert(value)
    if isinstance(value, (list, tuple)):
        return type(value)([converted(one, convert) for one in value])
    if isinstance(value, dict):
        return {name: converted(one, convert) for name, one in value.items()}
    return value


def is_about_shapes(error):
    """Whether a rejection is about shapes, as far as its text tells."""
    return not OTHER.search(str(error))


def real_run(function, args, kwargs):
    """What the library says: ("accepted", result), ("rejected", error), or ("other", error)."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return "accepted", function(*args, **kwargs)
    except Exception as error:
        return ("rejected" if is_about_shapes(error) else "other"), error


# --- comparing --------------------------------------------------------------------------------

REAL_KINDS = {"b": "bool", "i": "int", "u": "int", "f": "float", "c": "complex"}


def real_kind(value):
    """The kind of dtype of a real array."""
    if isinstance(value, torch.Tensor):
        if value.dtype is torch.bool:
            return "bool"
        return "complex" if value.is_complex() else "float" if value.is_floating_point() else "int"
    return REAL_KINDS.get(np.asarray(value).dtype.kind, "")


def difference(told, real, sizes):
    """What is different between the rule's result and the real one, "" if nothing is.

    `sizes`: the values of symbols.
    """
    if isinstance(told, Unknown) or told is None:
        return ""
    if isinstance(told, Record):
        told = list(told.values)
    if isinstance(told, dict) and isinstance(real, dict):
        if list(told) != list(real):
            return f"told {told}, got {real}"
        told, real = list(told.values()), list(real.values())
    if isinstance(told, Array):
        return "" if told.is_open else _array_difference(told, real, sizes)
    if isinstance(told, (list, tuple)):
        if not hasattr(real, "__len__") or len(told) != len(real):
            return f"{len(told)} values told, got {real!r}"
        return next(
            filter(None, (difference(a, b, sizes) for a, b in zip(told, real, strict=True))), ""
        )
    if is_size(told):
        value = number(told, sizes)
        return "" if value is None or value == real else f"told {told}, got {real}"
    return ""


def _array_difference(told, real, sizes):
    found = tuple(np.shape(real)) if not isinstance(real, torch.Tensor) else tuple(real.shape)
    expected = [number(one, sizes) for one in told.sizes]
    if len(expected) != len(found) or any(
        a not in (b, None) for a, b in zip(expected, found, strict=True)
    ):
        return f"told {told} = {expected}, got {found}"
    if told.dtype and real_kind(real) not in ("", told.dtype):
        return f"told dtype {told.dtype}, got {real_kind(real)}"
    if told.strides is not None and 0 not in found and hasattr(real, "dtype"):
        has = (
            real.stride()
            if isinstance(real, torch.Tensor)
            else tuple(s // real.itemsize for s in real.strides)
        )
        steps = [number(one, sizes) for one in told.strides]
        if any(n > 1 and s not in (None, h) for n, s, h in zip(found, steps, has, strict=True)):
            return f"told strides {steps}, got {has}"
    return ""


def number(size, sizes):
    """The value of a size, None if only the data decide it (or it is undefined here)."""
    if not isinstance(size, Expr):
        return size
    if any(isinstance(one.tag, Fresh) or one not in sizes for one in symbols(size)):
        return None
    try:
        return evaluate(size, sizes)
    except (ZeroDivisionError, ValueError):
        return None


@dataclasses.dataclass
class Tally:
    """What was seen of one op."""

    accepted: int = 0
    rejected: int = 0
    undecided: int = 0
    other: int = 0
    proved: int = 0
    refuted: int = 0
    names: Counter = dataclasses.field(default_factory=Counter)
    failures: list = dataclasses.field(default_factory=list)

    @property
    def compared(self):
        return self.accepted + self.rejected


def compare(op, drawer, calls, seed=0, symbols_every=1):
    """Compare an op with the libraries on so many calls; each of its names gets its share.

    Every so many of them are judged with symbols in the place of sizes besides.
    """
    tally = Tally()
    without = set() if torch.cuda.is_available() else ACCELERATOR
    without = without | {name for name in SOME_RELEASES if not _exists(name)}
    able = [one for one in op.spellings if one.qualified not in without]
    each = -(-calls // max(len(able), 1))
    for spelling in able:
        for library in [spelling.library] if spelling.library else ["numpy", "torch"]:
            rng = random.Random(f"{op.name} {spelling.qualified} {library} {seed}")
            wanted = each if spelling.library else -(-each // 2)
            tries = 0
            while tally.names[spelling.qualified, library] < wanted and tries < 3 * wanted + 50:
                tries += 1
                symbols_too = tally.compared % symbols_every == 0
                one_call(op, spelling, library, drawer, rng, tally, symbols_too=symbols_too)
                if len(tally.failures) >= 5:
                    return tally
    return tally


@dataclasses.dataclass(frozen=True)
class Where:
    """Which call it is: the text is made only if it is needed."""

    spelling: object
    abstract: tuple
    library: str
    values: dict | None = None

    def __str__(self):
        symbols_ = "" if self.values is None else f" with symbols {self.values}"
        return f"{self.spelling.qualified} {self.abstract} [{self.library}]{symbols_}"


def _exists(qualified):
    found = {"numpy": np, "torch": torch}
    for part in qualified.split("."):
        found = found.get(part) if isinstance(found, dict) else getattr(found, part, None)
    return found is not None


def one_call(op, spelling, library, drawer, rng, tally, *, symbols_too=True):
    call = drawer(rng, library)
    if call is None:
        return
    if rng.random() < 0.45:
        call = mutated(rng, call)
    real_call = {name.lstrip("_"): value for name, value in call.items()}
    if ends_the_process(op, real_call):
        return
    if SPACES[spelling.space].is_module:
        run, abstract = module_runs(op, spelling, real_call, rng, library)
    else:
        args, kwargs = spelled(rng, spelling, real_call)
        run = (callee(spelling), args, kwargs)
        abstract = (args, kwargs)
    function, args, kwargs = run
    verdict, result = real_run(
        function,
        converted(args, lambda a: a.real(library)),
        converted(kwargs, lambda a: a.real(library)),
    )
    if verdict == "other":
        tally.other += 1
        return
    where = Where(spelling, abstract, library)
    told = told_by(op, spelling, library, abstract, lambda n: n, where, tally)
    if told is None:
        return
    tally.names[spelling.qualified, library] += 1
    judge(told, verdict, result, {}, where, tally)
    tally.accepted += verdict == "accepted"
    tally.rejected += verdict == "rejected"
    tally.undecided += told.holds is None
    values, size = symbolic(rng)
    if not symbols_too:
        return
    where = dataclasses.replace(where, values=values)
    told = told_by(op, spelling, library, abstract, size, where, tally, values)
    if told is not None:
        tally.proved += told.holds is True
        tally.refuted += told.holds is False
        judge(told, verdict, result, values, where, tally)


def module_runs(op, spelling, call, rng, library):
    """A module is made with the stored arguments, then called with the others."""
    made = callee(spelling)
    args, kwargs = spelled(rng, spelling, {k: v for k, v in call.items() if k in op.stored})
    for number, one in enumerate(inspect.signature(made).parameters.values()):
        rest = one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
        if one.default is one.empty and number >= len(args) and not rest:
            kwargs.setdefault(one.name, 0.5)  # a number that the rule does not look at
    kwargs |= {name: value for name, value in call.items() if name not in op.kinds}
    words = list(inspect.signature(made.forward).parameters)[1:]
    names = [name for name in op.kinds if name not in op.stored][: len(words)]
    inputs = {name: call[name] for name in names if name in call}
    by_position = []
    for name in names:
        if name not in inputs or (name in words and rng.random() < 0.2):
            break
        by_position.append(inputs[name])
    by_name = {name: inputs[name] for name in names[len(by_position) :] if name in inputs}

    def run(*values, **named):
        real_args, real_kwargs = (
            converted(one, lambda a: a.real(library)) for one in (args, kwargs)
        )
        return made(*real_args, **real_kwargs).eval()(*values, **named)

    return (run, by_position, by_name), (args, kwargs, inputs)


def told_by(op, spelling, library, abstract, size, where, tally, values=None):
    """What the rule says. `values`: of symbols."""

    def convert(value):
        if isinstance(value, Arr):
            return value.axes(library, size)
        if isinstance(value, (list, tuple)):
            return type(value)([convert(one) for one in value])
        return value

    args = [convert(one) for one in abstract[0]]
    kwargs = {name: convert(value) for name, value in abstract[1].items()}
    try:
        bound = spelling.bind(args, kwargs)
        if SPACES[spelling.space].is_module:
            bound |= {name: convert(value) for name, value in abstract[2].items()}
        taken = op.take(bound, library)
        kinds = {name: kind.name for name, kind in op.kinds.items()}
        kinds |= {"index": "index"} if spelling.space == "operator" and "index" in kinds else {}
        taken = {name: _sized(kinds[name], value, size) for name, value in taken.items()}
    except Mismatch as mismatch:
        tally.failures.append(f"{where}: does not bind: {mismatch}")
        return None
    try:
        return op.apply(taken, library, bounded(values) if values else None)
    except Exception as error:
        tally.failures.append(f"{where}: the rule raised {type(error).__name__}: {error}")
        return None


def bounded(values):
    """What may be taken for granted of symbols: half of the time, that they are not too small."""
    # Of its own, so that the calls stay those that they are; a hash of integers is always the same.
    rng = random.Random(hash(tuple(values.values())))
    assume = Assumptions()
    if rng.random() < 0.5:
        for one, value in values.items():
            assume.assume_at_least(Expr.of(one), rng.choice((value, min(value, 1))))
    return assume


def _sized(kind, value, size):
    """The sizes among the arguments, made symbols like those of the arrays."""
    if kind == "index":
        return _index_sized(value, size)
    if isinstance(value, dict):
        return {name: _sized("count", one, size) for name, one in value.items()}
    if kind in ("sizes", "counts", "count") and isinstance(value, tuple):
        return tuple(_sized("count", one, size) for one in value)
    if kind in ("count", "counts") and isinstance(value, int) and value > 1:
        return size(value)
    return value


def _index_sized(value, size):
    """The numbers and slices of an index likewise."""
    if isinstance(value, tuple):
        return tuple(_index_sized(one, size) for one in value)
    if isinstance(value, slice):
        parts = (value.start, value.stop, value.step)
        return slice(*(_sized("count", one, size) for one in parts))
    return _sized("count", value, size)


def judge(told, verdict, result, values, where, tally):
    """Record where the rule and the library contradict each other."""
    if verdict == "rejected":
        if told.holds is True:
            tally.failures.append(f"{where}: told {told.result}, but rejected: {str(result)[:200]}")
    elif told.holds is False:
        tally.failures.append(
            f"{where}: refuted ({told.broken}), but accepted: {np.shape(result) if not isinstance(result, (tuple, list)) else '...'}"
        )
    else:
        differs = difference(told.result, result, values)
        if differs:
            tally.failures.append(f"{where}: {differs}")


def symbolic(rng):
    """A way to put symbols in the place of sizes, and what the symbols stand for."""
    values, apart, share = {}, rng.random() < 0.3, rng.choice((0.5, 1.0))

    def size(n):
        if rng.random() > share:
            return n
        name = f"s{n}" + (f"_{rng.randrange(3)}" if apart else "")
        made = symbol(name)
        values[next(iter(symbols(made)))] = n
        return made

    return values, size
