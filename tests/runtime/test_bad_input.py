"""Whatever is passed to a checked function: a verdict or a clear error, never our own exception.

Each odd value is held to a declaration that it keeps, and to one that it breaks; each as an
argument, as a result and in `assert_shape`. Nothing may be said on stderr, where failures of
shapecheck itself are told.
"""

from __future__ import annotations

import array
import importlib.util
import pathlib
import sys
import tempfile
import types
import warnings
from typing import Annotated, Any, NewType
from unittest import mock

import numpy as np
import pytest
from jaxtyping import Bool, Complex, Float, Float32, Float64, Int, Num, Shaped, UInt8
from numpy.typing import NDArray

from shapecheck import ShapeError, assert_shape, check
from shapecheck.runtime import notices

A = np.ndarray
FLOAT64 = np.dtype("float64")
Z = np.zeros((2, 3))
HUGE = 2**70


# ---- objects ----


class Duck:
    """An array as far as it says itself; what it says may be a lie."""

    dtype = FLOAT64

    def __init__(self, shape):
        self.says = shape

    @property
    def shape(self):
        if isinstance(self.says, BaseException):
            raise self.says
        return self.says


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


class Refuses:
    """Raises whatever it is asked, also for its class."""

    def __getattribute__(self, name):
        raise RuntimeError(f"asked for {name}")


class RefusesAttributes:
    def __getattr__(self, name):
        raise ValueError(f"asked for {name}")


class RefusesSize:
    def __index__(self):
        raise RuntimeError("no number")

    def __eq__(self, other):
        raise RuntimeError("no comparison")

    __hash__ = None


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


class ClassRaises:
    shape = (2, 3)
    dtype = FLOAT64

    @property
    def __class__(self):
        raise RuntimeError("no class")


class ClassLies:
    shape = (2, 3)
    dtype = FLOAT64

    @property
    def __class__(self):
        return np.ndarray


class NoRepr(np.ndarray):
    def __repr__(self):
        raise RuntimeError("no repr")

    __str__ = __repr__
    __format__ = None


class NoComparison(np.ndarray):
    def __eq__(self, other):
        raise RuntimeError("no comparison")

    def __bool__(self):
        raise RuntimeError("no truth")

    def __len__(self):
        raise RuntimeError("no length")

    def __iter__(self):
        raise RuntimeError("no iteration")

    __hash__ = None


class HidesShape(np.ndarray):
    @property
    def shape(self):
        raise RuntimeError("no shape")


class HidesDtype(np.ndarray):
    @property
    def dtype(self):
        raise RuntimeError("no dtype")


class RaisingCollection(list):
    def __iter__(self):
        raise RuntimeError("no elements")


def memory_map():
    folder = tempfile.mkdtemp()
    return np.memmap(pathlib.Path(folder) / "map", FLOAT64, "w+", shape=(2, 3))


STRUCTURED = np.dtype([("a", "i4"), ("b", "f8")])

# name: value, a declaration that it keeps, one that it breaks.
ARRAYS = {
    "view of a subclass without repr": (Z.view(NoRepr), Float[A, "2 n"], Float[A, "7 n"]),
    "without comparison": (Z.view(NoComparison), Float[A, "2 n"], Float[A, "n n"]),
    "with a hidden shape": (Z.view(HidesShape), Float[A, "2 n"], Float[A, "7 n"]),
    "with a hidden dtype": (Z.view(HidesDtype), Shaped[A, "2 n"], Shaped[A, "7 n"]),
    "0-d": (np.array(3.0), Float[A, ""], Float[A, "n"]),
    "0-d against a string": (np.array(3.0), "", "(n,)"),
    "float scalar": (np.float64(3), Float[A, ""], Float[A, "n"]),
    "float scalar of another dtype": (np.float64(3), Float64[A, ""], Float32[A, ""]),
    "str scalar": (np.str_("x"), Shaped[A, ""], Float[A, ""]),
    "void scalar": (np.zeros((), STRUCTURED)[()], Shaped[A, ""], Shaped[A, "n"]),
    "no rows": (np.zeros((0, 3)), Float[A, "n 3"], Float[A, "1 3"]),
    "no columns": (np.zeros((3, 0)), "n 0", "n 1"),
    "no element times two": (np.zeros((0, 1)), "2*n m", "n+1 m"),
    "matrix": (Z.view(np.matrix), Float[A, "B n"], Float[A, "n"]),
    "matrix by class": (Z.view(np.matrix), Float[np.matrix, "2 3"], Float[np.matrix, "3 2"]),
    "ndarray is no matrix": (
        Z.view(np.matrix),
        Float[np.matrix, "_ _"],
        Float[np.ma.MaskedArray, "_ _"],
    ),
    "masked": (np.ma.masked_array(Z, Z == 0), Float[A, "B n"], Float[A, "n"]),
    "masked constant": (np.ma.masked, Float[A, ""], Float[A, "n"]),
    "memory map": (memory_map(), Float[A, "B n"], Float[A, "n"]),
    "record": (np.rec.array([(1, 2.0)], dtype=STRUCTURED), Shaped[A, "n"], Shaped[A, ""]),
    "structured": (np.zeros((2, 3), STRUCTURED), Shaped[A, "B n"], Float[A, "B n"]),
    "byte-swapped": (Z.astype(">f8"), Float64[A, "B n"], Float64[A, "n"]),
    "byte-swapped of another size": (Z.astype(">f8"), Float[A, "B n"], Float32[A, "B n"]),
    "half": (Z.astype(np.float16), Float[A, "B n"], Float64[A, "B n"]),
    "complex": (Z.astype(complex), Complex[A, "B n"], Float[A, "B n"]),
    "bool": (Z > 1, Bool[A, "B n"], Int[A, "B n"]),
    "int": (Z.astype(int), Num[A, "B n"], UInt8[A, "B n"]),
    "objects": (np.zeros((2, 3), object), Shaped[A, "B n"], Float[A, "B n"]),
    "objects against a string": (np.zeros((2, 3), object), "B n", "(B,)"),
    "strings": (np.zeros((2, 3), "U3"), Shaped[A, "B n"], Num[A, "B n"]),
    "bytes": (np.zeros((2, 3), "S3"), Shaped[A, "B n"], Num[A, "B n"]),
    "datetimes": (np.zeros((2, 3), "M8[s]"), Shaped[A, "B n"], Int[A, "B n"]),
    "timedeltas": (np.zeros((2, 3), "m8[s]"), "B n", Int[A, "B n"]),
    "broadcast": (np.broadcast_to(np.zeros(3), (2, 3)), Float[A, "2 n"], Float[A, "3 n"]),
    "2^40 rows": (np.broadcast_to(np.zeros(1), (2**40, 3)), f"{2**40} 3", f"{2**40 + 1} 3"),
    "64 axes": (np.zeros((1,) * 64), "*n", " ".join(["1"] * 63)),
    "negative strides": (Z[::-1, ::-1], "2 3", "3 2"),
}

DUCKS = {
    "list": (Duck([2, 3]), "2 n", "7 n"),
    "numpy integers": (Duck((np.int64(2), np.uint8(3))), "2 n", "7 n"),
    "an array of sizes": (Duck(np.array([2, 3])), "2 n", "7 n"),
    "booleans": (Duck((True, True)), "1 n", "0 n"),
    "indices": (Duck((Index(2), Index(3))), "2 n", "n n"),
    "beyond 2^63": (Duck((HUGE, 3)), f"{HUGE} n", f"{HUGE + 1} n"),
    "beyond 2^63 twice": (Duck((HUGE, HUGE)), "n n", "n n+1"),
    "declared for any class": (Duck((2, 3)), Float[Any, "2 n"], Float[Any, "7 n"]),
    "declared with another dtype": (Duck((2, 3)), Float[Any, "2 n"], Int[Any, "2 n"]),
    "of no declared class": (Duck((2, 3)), Annotated[Any, "2 n"], Float[A, "2 n"]),
    "a class that raises": (ClassRaises(), "2 n", "7 n"),
    "a class that lies": (ClassLies(), Float[A, "2 n"], Float[A, "7 n"]),
    "a mock with a shape": (mock.NonCallableMock(shape=(2, 3), dtype=FLOAT64), "2 n", "7 n"),
}

# Their sizes cannot be told: whatever is declared of axes is undecided, and so accepted; what is
# declared of the class is not kept.
UNREADABLE = {
    "None": Duck(None),
    "a number": Duck(5),
    "a string": Duck("23"),
    "strings": Duck(("2", "3")),
    "tuples": Duck(((2,), 3)),
    "floats": Duck((2.5, 3.0)),
    "floats that are whole": Duck((2.0, 3.0)),
    "not a number": Duck((float("nan"), 3)),
    "complex": Duck((2j, 3)),
    "a size that refuses": Duck((RefusesSize(), 3)),
    "negative": Duck((3, -2)),
    "a method": type("Method", (), {"shape": lambda self: (2, 3), "dtype": 1})(),
    "a mock": mock.Mock(),
    "a mock of an array": mock.Mock(spec=Z),
}

# No arrays at all.
NONE = {
    "None": None,
    "a string": "abc",
    "nested lists": [[1.0, 2.0], [3.0, 4.0]],
    "a class of arrays": np.ndarray,
    "a module": np,
    "a function": len,
    "a dtype": FLOAT64,
    "a generator": (one for one in ()),
    "an array of the standard library": array.array("d", [1, 2]),
    "a memory view": memoryview(Z),
    "an object that refuses": Refuses(),
    "an object that refuses attributes": RefusesAttributes(),
    "a shape that raises": Duck(RuntimeError("no shape")),
    "a shape that raises without a text": Duck(Unprintable()),
    "a namespace without dtype": types.SimpleNamespace(shape=(2, 3)),
}


def torch_values():
    """Tensors in the form of `ARRAYS`, and what is none of them in the form of `NONE`."""
    import torch

    T = torch.Tensor
    t = torch.zeros(2, 3)

    class HidesTorchShape(torch.Tensor):
        @property
        def shape(self):
            raise RuntimeError("no shape")

        @classmethod
        def __torch_function__(cls, *args, **kwargs):
            raise RuntimeError("no functions either")

    def ragged(layout):
        return torch.nested.nested_tensor([torch.zeros(2, 3), torch.zeros(4, 3)], layout=layout)

    tensors = {
        "parameter": (torch.nn.Parameter(t), Float[T, "B n"], Float[T, "n"]),
        "buffer": (torch.nn.Buffer(t), Float[T, "B n"], Float[T, "n"]),
        "parameter by class": (
            torch.nn.Parameter(t),
            Float[torch.nn.Parameter, "2 3"],
            Float[torch.nn.Parameter, "3 2"],
        ),
        "tensor is no parameter": (t, Float[T, "2 3"], Float[torch.nn.Parameter, "2 3"]),
        "lazy parameter is an array": (
            torch.nn.UninitializedParameter(),
            Float[T, "_"],
            Int[T, "_"],
        ),
        "coo": (t.to_sparse(), Float[T, "B n"], Float[T, "n"]),
        "csr": (t.to_sparse_csr(), Float[T, "2 n"], Float[T, "3 n"]),
        "quantised": (
            torch.quantize_per_tensor(t, 0.1, 0, torch.quint8),
            Shaped[T, "B n"],
            Float[T, "B n"],
        ),
        "meta": (t.to("meta"), Float[T, "2 n"], Float[T, "3 n"]),
        "nested, strided": (ragged(torch.strided), Float[T, "2 _ 3"], Float[T, "3 _ 3"]),
        "nested, strided, ragged axis": (ragged(torch.strided), "2 n 3", "2 n 4"),
        "nested, jagged": (ragged(torch.jagged), Float[T, "2 n 3"], Float[T, "2 n 4"]),
        "nested, rank": (ragged(torch.jagged), Float[T, "*_b 3"], Float[T, "B n"]),
        "2^40 rows": (torch.zeros(1).expand(2**40, 3), f"{2**40} 3", f"{2**40 + 1} 3"),
        "conjugate": (torch.zeros(2, 3).cfloat().conj(), Complex[T, "2 n"], Complex[T, "3 n"]),
        "bfloat16": (t.bfloat16(), Float[T, "2 n"], Float32[T, "2 n"]),
        "float8": (t.to(torch.float8_e5m2), Float[T, "2 n"], Int[T, "2 n"]),
        "0-d": (torch.tensor(3.0), Float[T, ""], Float[T, "n"]),
        "no rows": (torch.zeros(0, 3), "n 3", "1 3"),
        "subclass": (t.as_subclass(HidesTorchShape), Float[T, "2 n"], Float[T, "2 n 1"]),
        "tensor is no ndarray": (t, Float[T, "2 n"], Float[A, "2 n"]),
        "ndarray is no tensor": (Z, Float[A, "2 n"], Float[T, "2 n"]),
    }
    others = {
        "a size": torch.Size([2, 3]),
        "a torch dtype": torch.float32,
        "a storage": t.untyped_storage(),
        "a class of tensors": torch.Tensor,
    }
    return tensors, others


TENSORS, OTHERS = {}, {}
if importlib.util.find_spec("torch") is not None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # several kinds of tensor are in beta, or deprecated
        TENSORS, OTHERS = torch_values()


# ---- what is done with them ----


def argument(hint):
    def function(argument):
        return None

    function.__annotations__ = {"argument": hint}
    return check(function)


def result(hint):
    def function(argument):
        return argument

    function.__annotations__ = {"return": hint}
    return check(function)


def asserted(hint):
    return lambda argument: assert_shape(argument, hint)


WAYS = (argument, result, asserted)


@pytest.fixture(autouse=True)
def _silence(capfd):
    """Nothing on stderr: failures of shapecheck itself are told there, once each."""
    notices._told.clear()
    yield
    assert "internal error" not in capfd.readouterr().err


def refused(call, value, name="argument"):
    with pytest.raises(ShapeError) as caught:
        call(value)
    error = caught.value
    assert name in str(error)
    assert error.diagnostic.facts
    assert error.__notes__
    repr(error)


ODD = ARRAYS | DUCKS | {f"torch: {name}": case for name, case in TENSORS.items()}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_array(name):
    value, right, wrong = ODD[name]
    for way in WAYS:
        way(right)(value)
        refused(way(wrong), value, "argument" if way is argument else "")


@pytest.mark.parametrize("name", UNREADABLE)
def test_sizes_that_cannot_be_read_are_undecided(name):
    value = UNREADABLE[name]
    for way in WAYS:
        for hint in ("2 3", "B n", "B B+1", "*batch 3", "*#batch n", Annotated[Any, "B n"]):
            way(hint)(value)
        if not isinstance(value, np.ndarray):
            refused(way(Float[A, "2 3"]), value, "")


@pytest.mark.parametrize("name", NONE | OTHERS)
def test_what_is_no_array(name):
    value = (NONE | OTHERS)[name]
    for way in WAYS:
        for hint in (
            "B n",
            Annotated[Any, "B n"],
            Float[A, "B n"],
            Float[Any, "*batch"],
            Float[A, "B n"] | Float[np.matrix, "B"],
        ):
            if value is None and way is result and isinstance(hint, types.UnionType):
                continue
            if isinstance(hint, (str, type)) or way is not result:
                refused(way(hint), value, "")


CONTAINERS = (
    list[Float[A, "B n"]],
    tuple[Float[A, "B n"], Float[A, "B n"]],
    tuple[Float[A, "B n"], ...],
    dict[str, Float[A, "B n"]],
    Float[A, "B n"] | None,
    Float[A, "B n"] | int,
    Float[A, "B n"] | Float[A, "B"] | str,
    list[tuple[Float[A, "n[l+1] n[l]"], Float[A, "n[l+1]"]]],
)


@pytest.mark.parametrize("hint", CONTAINERS, ids=str)
def test_odd_values_where_containers_are_declared(hint):
    """Any verdict will do: what is asked is that there is one."""
    odd = [value for value, _, _ in ODD.values()]
    odd += [*UNREADABLE.values(), *NONE.values(), *OTHERS.values(), RaisingCollection([Z])]
    refusals = 0
    for value in odd:
        for given in (value, [value], (value, value), {"key": value}):
            for way in WAYS:
                try:
                    way(hint)(given)
                except ShapeError as error:
                    refusals += 1
                    assert str(error)
    assert refusals > 100


# ---- annotations ----


def test_annotations_that_cannot_be_hashed():
    class Unhashable:
        __hash__ = None

        def __eq__(self, other):
            return False

    def function(x: Annotated[A, "B n", Unhashable(), []], y: Annotated[A, "n"]):
        return None

    function.__annotations__["x"] = Annotated[A, "B n", Unhashable(), [], {}]
    function.__annotations__["y"] = Annotated[A, "n"]
    function.__annotations__["z"] = Unhashable()
    checked = check(function)
    checked(Z, np.zeros(3))
    refused(lambda value: checked(Z, value), np.zeros(4), "y")


def test_names_that_are_defined_later():
    def function(x: Image, y: Float[A, Rows]) -> Image:  # noqa: F821
        return x

    checked = check(function)
    function.__globals__["Image"] = Float[A, "B n"]
    function.__globals__["Rows"] = "B"
    try:
        checked(Z, np.zeros(2))
        refused(lambda value: checked(Z, value), np.zeros(3), "y")
    finally:
        del function.__globals__["Image"], function.__globals__["Rows"]


def test_aliases_under_axes():
    """`NDArray` is a lazily evaluated alias from NumPy 2.5 on."""
    New = NewType("New", np.ndarray)

    def function(x, y):
        return None

    function.__annotations__ = {
        "x": Annotated[NDArray[np.float64], "B n"],
        "y": Annotated[New, "n"],
    }
    checked = check(function)
    checked(Z, np.zeros(3))
    refused(lambda value: checked(value, np.zeros(3)), Z.astype(int), "x")
    refused(lambda value: checked(Z, value), np.zeros(4), "y")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="`type` statements")
def test_type_statements_are_evaluated_when_they_are_used():
    source = """
type Image = Float[A, "B n"]
type Images = list[Image]
type Later = Float[A, Defined]
type Of[T] = np.ndarray[tuple[int, ...], np.dtype[T]]

@check
def one(x: Image, y: Float[A, "n"]) -> Image:
    return x

@check
def many[T: Image](xs: Images, x: T) -> T:
    return x

@check
def later(x: Later) -> Later:
    return x

Defined = "B n"

@check
def generic(x: Annotated[Of[np.float64], "B n"], y: list[Annotated[Of[np.int64], "B"]]): ...

@check
class Layer[T]:
    W: Image
    def __init__(self, W: Image): self.W = W
    def forward(self, x: Float[A, "n"]) -> Float[A, "B"]: return self.W @ x
"""
    names = {
        "__name__": "typed",
        "Float": Float,
        "A": A,
        "check": check,
        "np": np,
        "Annotated": Annotated,
    }
    exec(compile(source, "<types>", "exec", dont_inherit=True), names)
    names["one"](Z, np.zeros(3))
    refused(lambda value: names["one"](Z, value), np.zeros(2), "y")
    names["many"]([Z, Z], Z)
    refused(lambda value: names["many"]([Z, value], Z), np.zeros((4, 4)), "xs")
    refused(lambda value: names["many"]([Z, Z], value), np.zeros((4, 4)), "x")
    names["later"](Z)
    refused(names["later"], np.zeros(3), "x")
    names["generic"](Z, [np.zeros(2, np.int64)])
    refused(lambda value: names["generic"](Z, [value]), np.zeros(2), "y")
    layer = names["Layer"](Z)
    layer.forward(np.zeros(3))
    refused(layer.forward, np.zeros(2), "x")
