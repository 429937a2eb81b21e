"""The generated check and the interpreter of specs are two; these tests hold them together."""

import dataclasses
import linecache
import os
import random
import traceback
import typing
import warnings
from pathlib import Path
from typing import Annotated, Any, Optional

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float, Float32, Int, Shaped

import shapecheck.runtime.contract
from shapecheck import ShapeError, bindings, check
from shapecheck.spec.annotations import Reader
from shapecheck.spec.leaves import Item, open_items
from shapecheck.spec.match import last_indices, match
from shapecheck.spec.members import keep_apart

A, T = np.ndarray, torch.Tensor
z = np.zeros
GOLDEN = Path(__file__).parents[1] / "golden" / "generated"

# --- drawing a signature, and values that nearly keep to it ------------------------------------------

NAMES = ("a", "b", "n")
SIZES = st.integers(1, 3)
PLAIN = [*NAMES, *NAMES, "_", "2", "_x", "rows=3"]
AXES = st.sampled_from([*PLAIN, "#a", "#3", "a+1", "2*n", "a*b", "b-a", "max(a,b)", "n//2", "#n+1"])
RUNS = st.sampled_from(["...", "*r", "*r", "*#s", "*_"])
# Names that the generated code has to stay clear of.
PARAMETERS = st.sampled_from(
    ["x", "y", "a", "n", "_", "len", "type", "isinstance", "sc_joined", "max", "position", "r"]
)


@st.composite
def axes(draw, least=0):
    words = draw(st.lists(AXES, min_size=least, max_size=3))
    if draw(st.integers(0, 3)) == 0:
        words.insert(draw(st.integers(0, len(words))), draw(RUNS))
    return " ".join(words)


INDEXED = st.sampled_from(["k[l+1] k[l]", "k[l+1]", "k[l] b", "k[0]", "2*k[l]"])
CARRIERS = st.sampled_from(
    [
        lambda text: Float[A, text],
        lambda text: Float[A, text],
        lambda text: Float[T, text],
        lambda text: Float32[A, text],
        lambda text: Int[A, text],
        lambda text: Shaped[A, text],
        lambda text: Float[A, text] | Float[T, text],
        lambda text: Annotated[Any, text],
        lambda text: Annotated[A, text],
    ]
)


@dataclasses.dataclass(frozen=True)
class Array:
    """An array to be declared and made: its hint is made of these."""

    text: str
    carrier: Any

    @property
    def hint(self):
        return self.carrier(self.text)


@dataclasses.dataclass(frozen=True)
class Holder:
    """A container of what is declared inside."""

    kind: str
    inner: tuple

    @property
    def hint(self):
        inner = [one.hint for one in self.inner]
        match self.kind:
            case "optional":
                return Optional[inner[0]]  # noqa: UP045 - "X" | None is no hint yet
            case "list":
                return list[inner[0]]
            case "dict":
                return dict[str, inner[0]]
            case "tuple":
                return tuple[*inner, int]
            case "tuple of any length":
                return tuple[inner[0], ...]
            case _:
                fields = [(f"field{number}", one) for number, one in enumerate(inner)]
                return dataclasses.make_dataclass("Record", fields)


ARRAYS = st.builds(Array, axes(), CARRIERS)
LAYERS = st.builds(
    Holder,
    st.sampled_from(["list", "tuple of any length"]),
    st.tuples(st.builds(Array, INDEXED, CARRIERS)),
)
SINGLE = st.sampled_from(["optional", "list", "dict", "tuple of any length"])


def _hold(inner):
    several = st.lists(inner, min_size=1, max_size=2).map(tuple)
    return st.builds(Holder, SINGLE, st.tuples(inner)) | st.builds(
        Holder, st.sampled_from(["tuple", "record"]), several
    )


ANY = ARRAYS | ARRAYS | ARRAYS | LAYERS | st.recursive(ARRAYS, _hold, max_leaves=3)


@dataclasses.dataclass(frozen=True)
class Signature:
    arguments: dict
    result: Any

    def hints(self):
        found = {name: one.hint for name, one in self.arguments.items()}
        return found if self.result is None else {**found, "return": self.result.hint}


SIGNATURES = st.builds(
    Signature,
    st.dictionaries(PARAMETERS, ANY, min_size=1, max_size=4),
    st.none()
    | ARRAYS
    | ANY
    | st.builds(Array, st.sampled_from(["new a", "k[-1]", "new new"]), CARRIERS),
)


class Maker:
    """Makes values for declarations, all of one set of sizes, with at most one slip.

    `slip_at` counts the occasions for a slip; the one of that number is taken.
    """

    def __init__(self, seed, slip_at=None):
        self.rng, self.slip_at, self.occasions = random.Random(seed), slip_at, 0
        some = self.rng.sample(range(1, 5), 3) if self.rng.random() < 0.7 else [2, 2, 1]
        self.sizes = {**dict(zip(NAMES, some, strict=True)), "new": 2, "max": max}
        self.sizes["k"] = [self.rng.randint(1, 3) for _ in range(9)]
        self.runs = {name: [self.rng.randint(1, 3) for _ in range(2)] for name in "rs"}
        self.runs["r"] = self.runs["r"][: self.rng.randint(0, 2)]

    def slip(self):
        self.occasions += 1
        return self.occasions - 1 == self.slip_at

    def make(self, one, hint, position=0):
        if self.slip():
            return random.choice([None, 3, z(2), torch.zeros(2), [], {}, (), "text", np.float64(2)])
        if isinstance(one, Array):
            return self.array(one, hint, position)
        hints = inner_hints(one, hint)
        inner = [self.make(each, h) for each, h in zip(one.inner, hints, strict=True)]
        match one.kind:
            case "optional":
                return None if self.rng.random() < 0.3 else inner[0]
            case "tuple":
                return (*inner, 0)
            case "record":
                return hint(*inner)
        length = self.rng.choice([0, 1, 2, 3, 3])
        many = [self.make(one.inner[0], hints[0], each) for each in range(length)]
        if one.kind == "dict":
            return {str(key): value for key, value in enumerate(many)}
        return tuple(many) if one.kind.startswith("tuple") or self.slip() else many

    def array(self, one, hint, position):
        shape = []
        for word in one.text.split():
            body = word.lstrip("#*_").rpartition("=")[2]
            if "*" in word[:2] or word == "...":
                run = self.runs.get(body, [1] * self.rng.randint(0, 2))
                shape += [1 if "#" in word and self.rng.random() < 0.4 else size for size in run]
            elif "#" in word and self.rng.random() < 0.4:
                shape.append(1)
            elif word.startswith("_"):
                shape.append(self.rng.randint(1, 3))
            else:
                size = eval(body.replace("-1]", "3]"), {"l": position, **self.sizes})
                shape.append(max(0, size))
        shape = [self.another(size) if self.slip() else size for size in shape]
        if self.slip():
            shape = random.choice([shape[1:], shape[:-1], [*shape, 2], [1, *shape]])
        return self.filled(shape, str(hint))

    @staticmethod
    def another(size):
        return random.choice([other for other in (1, size + 1, size + 2) if other != size])

    def filled(self, shape, hint):
        kind = np.int64 if "Int" in hint else np.float32 if "Float32" in hint else np.float64
        if self.slip():
            kind = random.choice([np.int64, np.float32, np.dtype(">f8"), np.bool_])
        made = z(tuple(shape), kind)
        only_tensors = "Tensor" in hint and "ndarray" not in hint
        if (only_tensors or ("Tensor" in hint and self.rng.random() < 0.5)) != self.slip():
            return torch.from_numpy(made.astype(made.dtype.newbyteorder("=")))
        return made


def inner_hints(one, hint):
    """The hints of what is inside, as the hint of the whole holds them."""
    if one.kind == "record":
        return [field.type for field in dataclasses.fields(hint)]
    found = typing.get_args(hint)
    if one.kind == "optional":  # Python flattens unions inside unions
        others = tuple(each for each in found if each is not type(None))
        return [typing.Union[others]] if type(None) in found else [hint]  # noqa: UP007
    return [found[-1] if one.kind == "dict" else found[number] for number in range(len(one.inner))]


def makers(seed, count):
    """Makers of values that keep to the declarations, and of values with one slip somewhere."""
    yield Maker(seed)
    first = Maker(seed)
    yield first  # its occasions are counted while it is at work
    for _ in range(count):
        yield Maker(seed, random.Random(seed).randrange(max(first.occasions, 1)))
        seed += 1


def function_of(signature, hints, box):
    """A function of this signature that keeps its arguments in a box and returns what is in it."""
    names = ", ".join(signature.arguments)
    space = {"box_": box}
    exec(f"def target({names}):\n    box_['seen'] = [{names}]\n    return box_['result']\n", space)
    space["target"].__annotations__ = dict(hints)
    return space["target"]


def verdict(specs, values, result):
    """The interpreter's: of the arguments, then of all together."""
    items = [Item(name, specs[name], value) for name, value in values.items()]
    first = match(items, arguments=values)
    if first.holds is False or "return" not in specs:
        return first.holds is not False
    chains = last_indices(open_items(items, values))  # results have no say in it
    items.append(Item("result", specs["return"], result))
    return match(items, None, values, chains).holds is not False


@pytest.fixture
def interpreted(monkeypatch):
    """How often a checked function asked the interpreter."""
    asked = []

    def counting(*args, **kwargs):
        asked.append(args)
        return match(*args, **kwargs)

    monkeypatch.setattr(shapecheck.runtime.contract, "match", counting)
    return asked


def test_the_generated_check_agrees_with_the_interpreter(interpreted):
    counts = {"accepted": 0, "refused": 0, "fast": 0}

    @settings(deadline=None, max_examples=250)
    @given(SIGNATURES, st.integers(0, 10**6))
    def agrees(signature, seed):
        hints = signature.hints()
        box = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where nothing is declared of any array
            checked = check(function_of(signature, hints, box))
        specs = keep_apart(Reader([]).read_all(hints), ())
        for maker in makers(seed, 6):
            values = {
                name: maker.make(one, hints[name]) for name, one in signature.arguments.items()
            }
            result = signature.result and maker.make(signature.result, hints["return"])
            box["result"], box["seen"] = result, None
            expected = verdict(specs, values, result)
            interpreted.clear()
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    returned = checked(**values)
            except ShapeError:
                assert not expected
                counts["refused"] += 1
                continue
            assert expected
            assert returned is result
            assert all(a is b for a, b in zip(box["seen"], values.values(), strict=True))
            counts["accepted"] += 1
            counts["fast"] += not interpreted

    agrees()
    assert counts["refused"] > 100, counts
    assert counts["accepted"] > 150, counts
    # Contracts with unions, `*#s` or formulas to solve are the interpreter's as a whole.
    assert counts["fast"] > counts["accepted"] * 0.05, counts


# --- plain specs never reach the interpreter --------------------------------------------------------


@dataclasses.dataclass
class Batch:
    images: Float[A, "B h w"]
    labels: Int[A, "B"]


FAST = [
    (
        {"x": Float[A, "B n"], "W": Float[A, "m n"], "return": Float[A, "B m"]},
        [z((2, 3)), z((4, 3))],
        z((2, 4)),
    ),
    ({"x": Float[A, "n 3 _"], "return": Float[A, "2*n"]}, [z((2, 3, 5))], z(4)),
    ({"x": Float[A, "n+1"], "y": Float[A, "n"]}, [z(3), z(2)], None),
    (
        {"x": Float[T, "*batch n"], "return": Float[T, "*batch"]},
        [torch.zeros(2, 3, 4)],
        torch.zeros(2, 3),
    ),
    ({"x": Float[A, "... n"], "y": Float[A, "n ..."]}, [z((2, 3)), z(3)], None),
    ({"x": Float[A, "#n"], "y": Float[A, "n"], "z": Float[A, "#n"]}, [z(1), z(3), z(1)], None),
    ({"x": Float[A, "n"], "m": Optional[Float[A, "n"]]}, [z(3), None], None),  # noqa: UP045
    ({"x": Float[A, "n"], "m": Float[A, "n"] | None}, [z(3), z(3)], None),
    ({"xs": list[Float[A, "n"]], "y": Float[A, "n"]}, [[z(3), z(3)], z(3)], None),
    ({"xs": list[Float[A, "n"]], "return": Float[A, "n"]}, [[z(3), z(3)]], z(3)),
    ({"xs": tuple[Float[A, "n"], int]}, [(z(3), 0)], None),
    ({"xs": dict[str, Float[A, "n"]]}, [{"a": z(3), "b": z(3)}], None),
    ({"b": Batch, "return": Float[A, "h w"]}, [Batch(z((2, 3, 4)), z(2, int))], z((3, 4))),
    (
        {"W": list[Float[A, "k[l+1] k[l]"]], "x": Float[A, "k[0]"], "return": Float[A, "k[-1]"]},
        [[z((3, 2)), z((4, 3))], z(2)],
        z(4),
    ),
    ({"k": int, "x": Float[A, "{k} 2*{k}+1"]}, [3, z((3, 7))], None),
    ({"x": Annotated[Any, "B n"], "return": Annotated[Any, "n"]}, [torch.zeros(2, 3)], z(3)),
    ({"x": Shaped[A, "n"], "return": tuple[Shaped[A, "n"], Shaped[A, "m"]]}, [z(2)], (z(2), z(9))),
    ({"x": Float[A, ""]}, [np.float64(3)], None),
]


@pytest.mark.parametrize(
    ("hints", "values", "result"), FAST, ids=[str(one[0])[:70] for one in FAST]
)
def test_plain_specs_are_decided_by_plain_comparisons(interpreted, hints, values, result):
    names = [name for name in hints if name != "return"]
    box = {"result": result}
    checked = check(function_of(Signature(dict.fromkeys(names), None), hints, box))
    for _ in range(2):
        assert checked(*values) is result
    assert interpreted == []


MORE = [
    ({"x": Float[A, "#n"], "return": Float[A, "n"]}, [z(1)], z(3)),
    ({"x": Float[A, "#n"], "y": Float[A, "#n"], "return": Float[A, "n"]}, [z(1), z(3)], z(3)),
    (
        {"x": Float[A, "*r n"], "y": Float[A, "*r"], "return": Float[A, "*r"]},
        [z((2, 3)), z(2)],
        z(2),
    ),
    ({"x": Float[A, "*#r n"], "y": Float[A, "*#r"]}, [z((2, 3)), z(1)], None),
    ({"x": Float[A, "_ ..."], "return": Float[A, "... _ _"]}, [z(1)], z((2, 2))),
    ({"xs": list[Float[A, "*r n"]]}, [[z((2, 3)), z((2, 3))]], None),
    ({"m": Optional[Float[A, "*r n"]], "return": Float[A, "*r"]}, [z((2, 3))], z(2)),  # noqa: UP045
    ({"m": Float[A, "n"] | int, "x": Float[A, "n"]}, [z(3), z(3)], None),
    ({"x": Float[A, "n"] | Float[A, "n m"], "y": Float[A, "m"]}, [z((3, 2)), z(2)], None),
    ({"x": Float[A, "n n+1"], "return": Float[A, "2*n n//2"]}, [z((2, 3))], z((4, 1))),
    ({"x": Float[A, "n+1"], "return": Float[A, "n"]}, [z(3)], z(2)),
    ({"x": Float[A, "a+b"], "y": Float[A, "a"]}, [z(5), z(2)], None),
    ({"x": Float[A, "1 #1 #3 3"]}, [z((1, 1, 3, 3))], None),
    (
        {
            "ps": list[tuple[Float[A, "k[l+1] k[l]"], Float[A, "k[l+1]"]]],
            "return": Float[A, "k[-1]"],
        },
        [[(z((3, 2)), z(3)), (z((4, 3)), z(4))]],
        z(4),
    ),
]


def variants(value):
    """The value with one array in it changed, in each way."""
    match value:
        case np.ndarray() | torch.Tensor():
            shape = tuple(value.shape)
            for axis, size in enumerate(shape):
                for other in {1, size + 1, size - 1} - {size}:
                    yield z((*shape[:axis], other, *shape[axis + 1 :]))
                yield z(shape[:axis] + shape[axis + 1 :])
            yield z((*shape, 2))
            yield z((1, *shape))
            yield z(shape, int)
            yield z(shape, np.float32)
            yield z(shape, ">f8")
            yield torch.zeros(shape)
            yield np.float64(3)
            yield None
            yield [value]
        case list() | tuple():
            for position, inner in enumerate(value):
                for other in variants(inner):
                    yield type(value)([*value[:position], other, *value[position + 1 :]])
            yield type(value)(value[1:])
            yield type(value)([*value, value[0]])
            yield (list if isinstance(value, tuple) else tuple)(value)
        case dict():
            for key, inner in value.items():
                yield from ({**value, key: other} for other in variants(inner))
        case Batch():
            yield from (Batch(other, value.labels) for other in variants(value.images))
            yield from (Batch(value.images, other) for other in variants(value.labels))
        case None:
            yield z(3)
            yield z(2)
        case np.generic():
            yield from (z(()), z(1), np.int64(3), 3.0, None)
        case int():
            yield value + 1
            yield "n"


@pytest.mark.filterwarnings("ignore::shapecheck.ShapeWarning")  # braces that are filled with text
@pytest.mark.parametrize(
    ("hints", "values", "result"), FAST + MORE, ids=[str(one[0])[:70] for one in FAST + MORE]
)
def test_every_single_change_is_judged_alike(hints, values, result):
    names = [name for name in hints if name != "return"]
    box = {}
    checked = check(function_of(Signature(dict.fromkeys(names), None), hints, box))
    specs = keep_apart(Reader([]).read_all(hints), ())
    whole = [values, result]
    calls = [whole, *([other, result] for other in variants(values) if len(other) == len(values))]
    calls += [[values, other] for other in variants(result)] if "return" in hints else []
    verdicts = []
    for arguments, box["result"] in calls:
        verdicts.append(verdict(specs, dict(zip(names, arguments, strict=True)), box["result"]))
        try:
            checked(*arguments)
        except ShapeError:
            assert not verdicts[-1], (arguments, box["result"])
        else:
            assert verdicts[-1], (arguments, box["result"])
    assert verdicts[0] is True
    assert False in verdicts


def test_locals_of_both_ways_are_the_same(interpreted):
    """`bindings()` after plain comparisons, and after the interpreter had to decide."""
    seen = []

    @check
    def f(x: Float[A, "B n"], r: Float[A, "*run n"], ws: list[Float[A, "k[l]"]], free: Any = 0):
        seen.append(bindings())

    class Odd(list):
        """No `list` by its type, so the interpreter has to look."""

    f(z((2, 3)), z((4, 5, 3)), [z(1), z(2)])
    assert interpreted == []
    f(z((2, 3)), z((4, 5, 3)), Odd([z(1), z(2)]))
    assert len(interpreted) == 1
    assert seen[0] == seen[1] == {"B": 2, "n": 3, "run": (4, 5), "k[0]": 1, "k[1]": 2}


# --- arguments are passed on as they came -------------------------------------------------------------


def test_parameters_may_have_any_name():
    @check
    def f(_, len, type, sc_joined, x: Float[A, "_ n ..."], pair: tuple[int, Float[A, "n"]]):
        return _, len, type, sc_joined

    assert f(1, 2, 3, 4, z((5, 3)), (7, z(3))) == (1, 2, 3, 4)
    with pytest.raises(ShapeError):
        f(1, 2, 3, 4, z((5, 3)), (7, z(4)))


def test_axes_may_have_any_name():
    @check
    def f(x: Float[A, "in sc_joined len x sc_function"], y: Float[A, "x len in"]):
        return bindings()

    expected = {"in": 1, "sc_joined": 2, "len": 3, "x": 4, "sc_function": 5}
    assert f(z((1, 2, 3, 4, 5)), z((4, 3, 1))) == expected
    with pytest.raises(ShapeError):
        f(z((1, 2, 3, 4, 5)), z((4, 3, 2)))


@pytest.mark.parametrize(
    "hint",
    [
        list[Float[A, "n"]],
        tuple[Float[A, "n"], Float[A, "n"]],
        tuple[Float[A, "n"], ...],
        dict[str, Float[A, "n"]],
    ],
    ids=str,
)
def test_iterators_are_not_used_up_by_looking(hint):
    @check
    def f(xs: hint, y: Float[A, "n"]):
        return list(xs)

    assert len(f(iter([z(3), z(3)]), z(3))) == 2
    assert len(f((z(3) for _ in range(2)), z(3))) == 2


def test_what_has_a_shape_and_no_dtype_is_no_array_either_way():
    class Frame:
        shape = (2, 3)

    for text in ("B n", "B n+1 n"):

        @check
        def f(x: Annotated[Any, text]): ...

        with pytest.raises(ShapeError):
            f(Frame())


def test_an_index_that_falls_below_0_counts_from_the_end_either_way():
    @check
    def f(ws: list[Float[A, "k[3-l]"]]): ...

    f([z(3), z(2), z(1), z(0)])
    f([z(3), z(2), z(1), z(0), z(3)])  # k[-1] is the last, k[3]
    with pytest.raises(ShapeError):
        f([z(3), z(2), z(1), z(0), z(4)])


def test_a_name_put_together_in_braces():
    @check
    def f(k, x: Float[A, "n{k}"], y: Float[A, "n3"]): ...

    f(3, z(2), z(2))
    f(4, z(1), z(2))
    with pytest.raises(ShapeError):
        f(3, z(1), z(2))


# --- generated code is code ------------------------------------------------------------------------


def linear(
    x: Float[A, "B n_in"], W: Float[A, "n_out n_in"], b: Float[A, "n_out"]
) -> Float[A, "B n_out"]:
    return x @ W.T + b


def layers(
    weights: list[Float[A, "n[l+1] n[l]"]], biases: list[Float[A, "n[l+1]"]], x: Float[A, "B n[0]"]
) -> Float[A, "B n[-1]"]:
    return x


def attention(
    q: Float[T, "*batch t d"],
    k: Float[T, "*batch s d"],
    mask: Optional[Float[T, "#t s"]] = None,  # noqa: UP045
) -> tuple[Float[T, "*batch t s"], int]:
    return q @ k.mT, 1


def rows(x: Float[A, "B n"], /, *more: Float[A, "B _"], k: int = 2, **named: Float[A, "{k}"]):
    yield from x


rows.__annotations__["return"] = Annotated[Any, "n"]


def batches(
    b: Batch, scale: Float[A, "h//2 w+1"] | None, **options: int
) -> dict[str, Float[A, "h _"]]:
    return {}


TYPICAL = [linear, layers, attention, rows, batches]


def source_of(checked):
    return "".join(linecache.getlines(checked.__code__.co_filename))


@pytest.mark.parametrize("function", TYPICAL, ids=lambda one: one.__name__)
def test_generated_source(function):
    source = source_of(check(function))
    golden = GOLDEN / f"{function.__name__}.txt"
    if os.environ.get("SHAPECHECK_UPDATE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(source)
    assert source == golden.read_text(), "SHAPECHECK_UPDATE_GOLDEN=1 writes what is generated now"


def test_no_golden_source_is_left_over():
    assert {one.stem for one in GOLDEN.iterdir()} == {one.__name__ for one in TYPICAL}


def test_generated_source_is_compiled_as_it_is_shown():
    checked = check(linear)
    code = compile(source_of(checked), "again", "exec", optimize=0)
    shown = next(one for one in code.co_consts if hasattr(one, "co_code"))
    shown = next(one for one in shown.co_consts if hasattr(one, "co_code"))
    assert shown.co_varnames == checked.__code__.co_varnames
    assert shown.co_code == checked.__code__.co_code


def test_tracebacks_show_generated_lines():
    @check
    def f(x: Float[A, "n"]) -> Float[A, "n"]:
        raise RuntimeError("inside")

    with pytest.raises(RuntimeError) as caught:
        f(z(3))
    lines = traceback.format_exception(caught.value)
    frame = next(line for line in lines if "<shapecheck " in line)
    assert "sc_function(x)" in frame
    with pytest.raises(ShapeError) as caught:
        f(z((3, 3)))
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert last.filename.startswith("<shapecheck ")
    assert "raise" in last.line
