"""What is seen of arrays, and how the libraries are found."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import types

import numpy as np
import pytest
from jaxtyping import Bool, Float, Float32, Int, Num, Shaped

from shapecheck import backends
from shapecheck.backends import Observed, backend_of, backend_of_class, observe, written
from shapecheck.backends._base import dtype_name, is_a, read_sizes, uncompiled
from shapecheck.spec.model import Family

needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs torch")


def family(declared):
    return Family(declared.__name__, tuple(declared.dtypes))


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    ).stdout.strip()


# ---- finding the libraries ----


def test_nothing_is_imported_on_the_users_behalf():
    code = (
        "import sys; from shapecheck import backends;"
        "assert backends.loaded() == [] and backends.observe(3) is None;"
        "assert backends.backend_of_class(int) is None and not backends.is_compiling();"
        "print('numpy' in sys.modules, 'torch' in sys.modules)"
    )
    assert run(code) == "False False"


def test_a_library_counts_as_soon_as_it_is_imported():
    code = (
        "from shapecheck import backends; before = backends.loaded(); import numpy;"
        "print(before, [one.name for one in backends.loaded()])"
    )
    assert run(code) == "[] ['numpy']"


def test_a_library_that_is_being_imported_does_not_count_yet():
    code = (
        "import sys, types; half = types.ModuleType('torch');"
        "half.__spec__ = types.SimpleNamespace(_initializing=True); sys.modules['torch'] = half;"
        "from shapecheck import backends; print(backends.loaded())"
    )
    assert run(code) == "[]"


@needs_torch
def test_the_torch_backend_does_not_load_the_compiler():
    code = (
        "import sys, torch; before = 'torch._dynamo' in sys.modules;"
        "from shapecheck import backends; backends.loaded();"
        "print(before, 'torch._dynamo' in sys.modules)"
    )
    assert run(code) in ("False False", "True True")


def test_by_name_and_by_class():
    numpy = written("numpy")
    assert backend_of(np.zeros(2)) is backend_of_class(np.ndarray) is numpy
    assert backend_of_class(np.float64) is numpy
    assert backend_of_class(type("Mine", (np.ndarray,), {})) is numpy
    assert written("jax") is None
    for other in (int, "ndarray", None, 3, object):
        assert backend_of_class(other) is None


# ---- what is seen ----


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (np.zeros((2, 3)), Observed("np.ndarray", (2, 3), "float64", "numpy")),
        (np.zeros((2, 0), ">i4"), Observed("np.ndarray", (2, 0), "int32", "numpy")),
        (np.float32(1), Observed("np.float32", (), "float32", "numpy")),
        (np.ma.zeros(3), Observed("np.MaskedArray", (3,), "float64", "numpy")),
        (np.zeros(3, np.longlong), Observed("np.ndarray", (3,), "int64", "numpy")),
        (np.zeros(3, "M8[s]"), Observed("np.ndarray", (3,), "datetime64", "numpy")),
        (np.zeros(3, "U2"), Observed("np.ndarray", (3,), "str_", "numpy")),
        (np.zeros(3, object), Observed("np.ndarray", (3,), "object_", "numpy")),
        (np.zeros(3, bool), Observed("np.ndarray", (3,), "bool", "numpy")),
    ],
    ids=str,
)
def test_numpy(value, seen):
    assert observe(value) == seen


def test_a_structured_dtype_is_named_by_its_fields():
    seen = observe(np.zeros(3, [("a", "i4"), ("b", "f8")]))
    assert "'a'" in seen.dtype
    assert "<f8" in seen.dtype


def test_ducks():
    duck = types.SimpleNamespace(shape=[2, np.int64(3)], dtype="float32")
    assert observe(duck) == Observed("SimpleNamespace", (2, 3), "float32")
    tensorflow = types.SimpleNamespace(as_numpy_dtype=np.float16)
    assert observe(types.SimpleNamespace(shape=(), dtype=tensorflow)).dtype == "float16"
    for other in (3, "text", [1], None, np, int, types.SimpleNamespace(shape=(2,))):
        assert observe(other) is None


@pytest.mark.parametrize("shape", [None, 3, "ab", (1.5,), (-1,), ((1,),), (None,)])
def test_a_shape_that_is_none_is_told(shape):
    sizes, trouble = read_sizes(types.SimpleNamespace(shape=shape))
    assert sizes is None
    assert trouble.startswith("its .shape")


def test_is_a_survives_a_class_that_raises():
    class Raises(list):
        @property
        def __class__(self):
            raise RuntimeError

    assert is_a(Raises(), list)
    assert not is_a(Raises(), (dict, int))


# ---- dtypes ----


def test_families_of_numpy():
    numpy = written("numpy")
    assert {one.name for one in numpy.dtypes(family(Float))} >= {"float16", "float32", "float64"}
    assert numpy.dtypes(family(Float))[0] == np.dtype("float64")
    assert list(numpy.dtypes(family(Bool))) == [np.dtype(bool)]
    assert np.dtype("float64") not in numpy.dtypes(family(Int))
    for one in numpy.dtypes(family(Num)):
        assert family(Num).admits(dtype_name(one))


def test_hints_of_numpy():
    numpy = written("numpy")
    rows = tuple[int, ...]
    assert numpy.hinted_family(np.ndarray[rows, np.dtype[np.float32]]).members == ("float32",)
    assert numpy.hinted_family(np.ndarray[rows, np.dtype[np.floating]]) is None
    assert numpy.hinted_family(np.ndarray) is None


def test_text_of_fixes():
    numpy = written("numpy")
    assert numpy.permuted("x", (1, 0)) == "x.T"
    assert numpy.permuted("x", (0, 2, 1)) == "x.transpose(0, 2, 1)"
    x = np.zeros((2, 1, 3))  # noqa: F841 - the texts speak of it
    assert eval(numpy.squeezed("x", 1)).shape == (2, 3)
    assert eval(numpy.permuted("x", (2, 0, 1))).shape == (3, 2, 1)
    assert eval(numpy.cast("x", "float32")).dtype == np.float32
    assert numpy.cast("x", "bfloat16") == ""


@needs_torch
def test_torch():
    import torch

    backend = written("torch")
    assert backend_of(torch.zeros(2)) is backend_of_class(torch.nn.Parameter) is backend
    assert observe(torch.zeros(2, 3)) == Observed("Tensor", (2, 3), "float32", "torch")
    assert observe(torch.nn.Parameter(torch.zeros(2))).kind == "Parameter"
    assert observe(torch.nn.UninitializedParameter()).sizes is None
    assert "lazy" in observe(torch.nn.UninitializedParameter()).trouble
    assert backend.dtypes(family(Float))[0] is torch.float32
    assert torch.bfloat16 in backend.dtypes(family(Float))
    assert list(backend.dtypes(family(Float32))) == [torch.float32]
    assert torch.int64 not in backend.dtypes(family(Float))
    assert backend.hinted_family(torch.Tensor) is None
    x = torch.zeros(2, 1, 3)
    for order in ((0, 2, 1), (2, 1, 0), (2, 0, 1)):
        assert eval(backend.permuted("x", order)).shape == x.permute(order).shape
    assert backend.permuted("x", (1, 0)) == "x.T"
    assert eval(backend.squeezed("x", 1)).shape == (2, 3)
    for dtype in ("float32", "float64", "float16", "int64", "int32", "bool", "bfloat16"):
        assert eval(backend.cast("x", dtype)).dtype is getattr(torch, dtype)
    assert backend.cast("x", "no_such") == ""


@needs_torch
def test_symbolic_and_ragged_sizes_are_unknown():
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.fx.experimental.symbolic_shapes import ShapeEnv

    fake = FakeTensorMode(shape_env=ShapeEnv())
    symbolic = fake.from_tensor(torch.zeros(5, 3))
    assert observe(symbolic).sizes in ((None, 3), (None, None))
    assert not fake.shape_env.guards  # looking has pinned nothing down
    with FakeTensorMode():
        assert observe(torch.empty(2, 3)).sizes == (2, 3)


@needs_torch
def test_stand_ins():
    import torch

    seen = []

    def look(x):
        seen.append(backends.is_stand_in(x))
        return x

    torch.fx.symbolic_trace(look)
    assert seen == [True]
    assert not backends.is_stand_in(torch.zeros(2))
    assert not backends.is_stand_in(np.zeros(2))


# ---- the compiler ----


def test_uncompiled_is_the_function_to_everyone_else():
    @uncompiled
    def add(x, *, y=1):
        """Add."""
        return x + y

    assert add(1, y=2) == 3
    assert add.__name__ == "add"
    assert add.__doc__ == "Add."
    with pytest.raises(TypeError):
        add()


@needs_torch
def test_uncompiled_functions_run_outside_of_the_compiler():
    import torch
    import torch._dynamo

    ran = []

    @uncompiled
    def inner(x):
        ran.append(torch._C._dynamo.eval_frame.get_eval_frame_callback())
        return x + 1

    compiled = torch.compile(lambda x: inner(x * 2) * 3, backend="eager")
    assert compiled(torch.ones(2)).tolist() == [9.0, 9.0]
    assert ran == [None]
    torch._dynamo.reset()


def test_shaped_admits_everything():
    assert not isinstance(Shaped.dtypes, tuple)
