"""No array is kept alive by a check, no garbage is left, and calls do not make memory grow."""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
import tracemalloc
import warnings
import weakref

import numpy as np
import pytest
from jaxtyping import Float  # noqa: TC002 - check evaluates it

from shapecheck import ShapeError, ShapeWarning, assert_shape, bindings, check, scope

A = np.ndarray
CALLS = int(os.environ.get("SHAPECHECK_TEST_CALLS", "100000"))  # a million in the nightly run


class Array(np.ndarray):
    """An array that can be watched: plain ones take no weak references in old versions."""


def array(*sizes):
    return np.zeros(sizes).view(Array)


@check
def plain(x: Float[A, "B n"], y: Float[A, "n"]) -> Float[A, "B n"]:
    return x + y


@check
def interpreted(x: Float[A, "*#batch n"], y: Float[A, "*#batch n"]) -> Float[A, "*batch n"]:
    return x + y


@check
def asserting(x: Float[A, "B n"], y: Float[A, "n"]) -> Float[A, "B n"]:
    assert_shape(x * y, "B n")
    assert_shape(x[0], "h")
    assert bindings() == {"B": len(x), "n": len(y), "h": len(y)}
    return x + y


@check
def lists(x: list[Float[A, "n[l+1] n[l]"]], y: Float[A, "n[0]"]) -> Float[A, "n[-1]"]:
    for one in x:
        y = one @ y
    return y


@check
def generator(x: Float[A, "B n"], y: Float[A, "n"]):
    for row in x:
        assert_shape(row, "n")
        yield row + y


def generated(x, y):
    return sum(generator(x, y))


@check
class Layer:
    W: Float[A, "B n"]

    def __init__(self, W: Float[A, "B n"]):
        self.W = W

    def forward(self, x: Float[A, "n"]) -> Float[A, "B"]:
        return self.W @ x


def method(x, y):
    return Layer(x).forward(y)


def scoped(x, y):
    with scope(B=len(x)):
        return plain(x, y)


ROWS = lambda: (array(2, 3), array(3))
PROGRAMS = {
    "plain": (plain, ROWS),
    "interpreted": (interpreted, ROWS),
    "assert_shape and bindings": (asserting, ROWS),
    "list": (lists, lambda: ([array(4, 3), array(5, 4)], array(3))),
    "generator": (generated, ROWS),
    "class": (method, ROWS),
    "scope": (scoped, ROWS),
}
BAD = {
    "plain": (plain, lambda: (array(2, 3), array(4))),
    "interpreted": (interpreted, lambda: (array(2, 3), array(4))),
    "assert_shape": (
        lambda x, y: assert_shape(x, "B B"),
        ROWS,
    ),
    "list": (lists, lambda: ([array(4, 3), array(5, 3)], array(3))),
    "generator": (generated, lambda: (array(2, 3), array(4))),
    "class": (method, lambda: (array(2, 3), array(4))),
    "scope": (scoped, lambda: (array(2, 3), array(4))),
}


def watched(arguments):
    flat = [one for part in arguments for one in (part if isinstance(part, list) else [part])]
    return [weakref.ref(one) for one in flat]


@pytest.fixture
def _no_collector():
    """Only reference counts may free things: a cycle would keep them."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize("name", PROGRAMS)
def test_arrays_die_with_the_call(name):
    function, make = PROGRAMS[name]
    for _ in range(3):
        arguments = make()
        refs = watched(arguments)
        result = function(*arguments)
        refs.append(weakref.ref(result))
        assert all(ref() is not None for ref in refs)
        del arguments, result
        assert not any(ref() is not None for ref in refs)


def failing(function, make):
    arguments = make()
    refs = watched(arguments)
    try:
        function(*arguments)
    except ShapeError as error:
        assert error.diagnostic.message
        return refs
    raise AssertionError("accepted")


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize("name", BAD)
def test_arrays_die_with_the_exception(name):
    function, make = BAD[name]
    for _ in range(3):
        refs = failing(function, make)
        assert not any(ref() is not None for ref in refs)


def kept(function, make):
    """The exception of a call without what a traceback holds, and what was passed."""
    arguments = make()
    refs = watched(arguments)
    try:
        function(*arguments)
    except ShapeError as error:
        return error.with_traceback(None), refs
    raise AssertionError("accepted")


@pytest.mark.parametrize("name", BAD)
def test_an_exception_holds_no_array_but_through_its_traceback(name):
    error, refs = kept(*BAD[name])
    assert error.__context__ is error.__cause__ is None
    gc.collect()
    assert not any(ref() is not None for ref in refs)
    assert error.diagnostic.facts


@check(mode="warn")
def warned(x: Float[A, "B n"], y: Float[A, "n"]) -> Float[A, "B n"]:
    return x


@pytest.mark.usefixtures("_no_collector")
def test_arrays_die_after_a_warning():
    for _ in range(3):
        x, y = array(2, 3), array(4)
        refs = watched((x, y))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warned(x, y)
        assert isinstance(caught[0].message, ShapeWarning)
        del x, y
        assert not any(ref() is not None for ref in refs)


@pytest.mark.usefixtures("_no_collector")
def test_looking_at_the_caller_does_not_keep_its_variables():
    """Before Python 3.13 `frame.f_locals` leaves a copy of all variables in the frame."""
    for spec in ("B n", Float[A, "B n"], Float[A, "B n"] | None):
        x = array(2, 3)
        assert_shape(x, spec)
        assert bindings() == {}
        ref = weakref.ref(x)
        del x
        assert ref() is None


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_passing_call_makes_no_garbage(name):
    function, make = PROGRAMS[name]
    arguments = make()
    for _ in range(3):
        function(*arguments)  # what is made once may be made
    gc.collect()
    gc.disable()
    try:
        for _ in range(50):
            function(*arguments)
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize("name", BAD)
def test_a_failing_call_makes_no_garbage_that_is_ours(name):
    function, make = BAD[name]
    failing(function, make)
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        for _ in range(5):
            failing(function, make)
        gc.collect()
        found = [one for one in gc.garbage if type(one).__module__.startswith("shapecheck")]
        arrays = [one for one in gc.garbage if isinstance(one, np.ndarray)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert found == []
    assert arrays == []


@pytest.mark.parametrize("name", PROGRAMS)
def test_calls_do_not_make_memory_grow(name):
    function, make = PROGRAMS[name]
    arguments = make()
    count = CALLS if name == "plain" else CALLS // 40

    def call(times):
        for _ in range(times):
            function(*arguments)

    call(200)
    gc.collect()
    tracemalloc.start()
    try:
        call(200)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        call(count)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # A bit is cached here and there (strings in type caches); a single object a call would be
    # 48 bytes.
    assert after - before < (2000 if name == "plain" else 13 * count)


def test_failing_calls_do_not_make_memory_grow():
    def call(times):
        for _ in range(times):
            failing(*BAD["plain"])

    call(20)
    gc.collect()
    tracemalloc.start()
    try:
        call(20)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        call(200)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 20_000


def test_functions_that_are_gone_are_gone():
    """Decorating in a loop keeps no function, and no text beyond the first."""

    def decorate():
        @check
        def function(x: Float[A, "B n"]) -> Float[A, "n B"]:
            return x.T

        function(np.zeros((2, 3)))
        return weakref.ref(function), weakref.ref(function.__wrapped__)

    refs = [ref for _ in range(5) for ref in decorate()]
    gc.collect()
    assert not any(ref() is not None for ref in refs)
    gc.collect()
    tracemalloc.start()
    try:
        decorate()
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(100):
            decorate()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 50_000


def test_a_generator_that_is_dropped_lets_go():
    x, y = array(2, 3), array(3)
    refs = [weakref.ref(x), weakref.ref(y)]
    running = generator(x, y)
    next(running)
    del x, y, running
    gc.collect()
    assert [ref() for ref in refs] == [None, None]


def test_reference_counts_are_as_before():
    x, y = array(2, 3), array(3)
    before = sys.getrefcount(x), sys.getrefcount(y)
    for _ in range(10):
        plain(x, y)
        interpreted(x, y)
    assert (sys.getrefcount(x), sys.getrefcount(y)) == before


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs torch")
def test_tensors_die_too():
    import torch

    def linear(x, W):
        return x @ W.T

    T = torch.Tensor
    linear.__annotations__ = {"x": Float[T, "B n"], "W": Float[T, "m n"], "return": Float[T, "B m"]}
    functions = {"linear": check(linear)}  # the report looks up a variable, not this
    gc.collect()
    gc.disable()
    try:
        for sizes in ((4, 3), (4, 5)):
            x, W = torch.zeros(2, 3, requires_grad=True), torch.zeros(sizes)
            refs = [weakref.ref(x), weakref.ref(W)]
            try:
                functions["linear"](x, W)
            except ShapeError:
                assert sizes == (4, 5)
            del x, W
            assert not any(ref() is not None for ref in refs)
    finally:
        gc.enable()
