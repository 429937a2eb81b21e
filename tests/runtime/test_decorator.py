"""What `check` decorates, what it leaves alone, and what survives decoration."""

import asyncio
import functools
import inspect
import linecache
import os
import pickle
import subprocess
import sys
import traceback
import warnings
from collections.abc import AsyncIterator, Generator, Iterator
from typing import Annotated, Any, NamedTuple, TypedDict, no_type_check

import cloudpickle
import numpy as np
import pytest
import torch
from jaxtyping import Float, Int, Shaped, TypeCheckError

from shapecheck import ShapeError, ShapeWarning, SpecError, check

A = np.ndarray
zeros = np.zeros


def refused(function, *args, **kwargs) -> ShapeError:
    with pytest.raises(ShapeError) as caught:
        function(*args, **kwargs)
    return caught.value


@check
def linear(
    x: Float[A, "B n_in"], W: Float[A, "n_out n_in"], b: Float[A, "n_out"]
) -> Float[A, "B n_out"]:
    """A layer."""
    return x @ W.T + b


# ---- kinds of functions ----


def test_a_function():
    assert linear(zeros((2, 3)), zeros((4, 3)), zeros(4)).shape == (2, 4)
    error = refused(linear, zeros((2, 3)), zeros((3, 4)), zeros(4))
    assert isinstance(error, (TypeCheckError, TypeError))
    assert error.diagnostic.rule == "argument-shape"
    assert str(error).endswith("[argument-shape]")


def test_every_parameter_kind():
    @check
    def f(
        a: Float[A, "n"],
        /,
        b: Float[A, "n"],
        *rest: Float[A, "n"],
        c: Float[A, "n"],
        d: Float[A, "n"] = zeros(3),
        **others: Float[A, "n"],
    ) -> Float[A, "n"]:
        return a + b + c + d

    n = zeros(3)
    assert f(n, n, n, n, c=n, d=n, e=n).shape == (3,)
    assert f(n, b=n, c=n).shape == (3,)
    for bad in (
        lambda: f(zeros(4), n, c=n),
        lambda: f(n, zeros(4), c=n),
        lambda: f(n, n, n, zeros(4), c=n),
        lambda: f(n, n, c=zeros(4)),
        lambda: f(n, n, c=n, d=zeros(4)),
        lambda: f(n, n, c=n, e=zeros(4)),
    ):
        refused(bad)
    with pytest.raises(TypeError, match="positional"):
        f(a=n, b=n, c=n)


def test_a_wrong_default_is_found_when_it_is_used():
    @check
    def f(x: Float[A, "B n"], scale: Float[A, "n"] = zeros(3)): ...

    f(zeros((2, 3)))
    f(zeros((2, 4)), zeros(4))
    assert "scale" in str(refused(f, zeros((2, 4))))


def test_parameters_with_odd_names():
    @check
    def f(
        sc_function: Float[A, "len type"], isinstance: Float[A, "type sc_contract"], locals: int = 1
    ) -> Float[A, "len sc_contract"]:
        return sc_function @ isinstance

    assert f(zeros((2, 3)), zeros((3, 4))).shape == (2, 4)
    refused(f, zeros((2, 3)), zeros((4, 4)))


def test_methods_of_every_kind():
    class Layer:
        n = 3

        @check
        def method(self, x: Float[A, "B {self.n}"]) -> Float[A, "B"]:
            return x[:, 0]

        @check
        @classmethod
        def above(cls, x: Float[A, "n n"]) -> "Layer":
            return cls()

        @classmethod
        @check
        def below(cls, x: Float[A, "n n"]):
            return cls

        @check
        @staticmethod
        def static(x: Float[A, "n n"]):
            return x

        @check
        @property
        def prop(self) -> Float[A, "3"]:
            return zeros(self.n)

        @check
        @functools.cached_property
        def cached(self) -> Float[A, "3"]:
            return zeros(self.n)

    layer = Layer()
    assert Layer.method is Layer.method
    assert layer.method(zeros((2, 3))).shape == (2,)
    refused(layer.method, zeros((2, 4)))
    for way in (Layer.above, layer.above, Layer.below, Layer.static, layer.static):
        way(zeros((2, 2)))
        refused(way, zeros((2, 3)))
    assert layer.prop.shape == layer.cached.shape == (3,)
    layer.n = 4
    del layer.__dict__["cached"]
    refused(lambda: layer.prop)
    refused(lambda: layer.cached)


def test_coroutines_are_awaited_before_they_are_judged():
    @check
    async def f(x: Float[A, "B n"], wrong: bool = False) -> Float[A, "n"]:
        await asyncio.sleep(0)
        return x if wrong else x[0]

    assert inspect.iscoroutinefunction(f)
    assert asyncio.run(f(zeros((2, 3)))).shape == (3,)
    assert (
        refused(lambda: asyncio.run(f(zeros((2, 3)), wrong=True))).diagnostic.rule == "return-shape"
    )
    refused(lambda: asyncio.run(f(zeros(2))))


def test_generators_have_their_yields_sends_and_returns_checked():
    @check
    def f(x: Float[A, "B n"]) -> Generator[Float[A, "n k"], Float[A, "k"], Float[A, "B"]]:
        sent = yield zeros((x.shape[1], 5))
        while sent is not None:
            sent = yield zeros((x.shape[1], int(x[0, 0]) or 5))
        return zeros(len(x) + int(x[0, 1]))

    assert inspect.isgeneratorfunction(f)
    run = f(zeros((2, 3)))
    assert next(run).shape == (3, 5)
    assert run.send(zeros(5)).shape == (3, 5)
    refused(run.send, zeros(6))  # what was yielded bound k
    with pytest.raises(StopIteration) as stop:
        run = f(zeros((2, 3)))
        next(run)
        next(run)
    assert stop.value.value.shape == (2,)
    wrong = zeros((2, 3))
    wrong[0, 1] = 1
    run = f(wrong)
    next(run)
    refused(next, run)
    wrong[0] = [7, 0, 0]
    run = f(wrong)
    next(run)
    refused(run.send, zeros(5))


def test_generators_are_closed_and_thrown_into():
    seen = []

    @check
    def f(x: Float[A, "n"]) -> Iterator[Float[A, "n"]]:
        try:
            while True:
                try:
                    yield x
                except KeyError as error:
                    seen.append(error)
        finally:
            seen.append("closed")

    run = f(zeros(3))
    next(run)
    assert run.throw(KeyError("k")).shape == (3,)
    run.close()
    assert [type(seen[0]), seen[1]] == [KeyError, "closed"]


def test_asynchronous_generators():
    @check
    async def f(x: Float[A, "B n"], wrong: int = -1) -> AsyncIterator[Float[A, "n"]]:
        for number, row in enumerate(x):
            await asyncio.sleep(0)
            yield row[:-1] if number == wrong else row

    async def collect(**kwargs):
        return [row async for row in f(zeros((3, 4)), **kwargs)]

    assert inspect.isasyncgenfunction(f)
    assert len(asyncio.run(collect())) == 3
    assert "yields (3,)" in str(refused(lambda: asyncio.run(collect(wrong=2))))


# ---- containers ----


class Pair(NamedTuple):
    left: Float[A, "n"]
    right: Float[A, "n"]


class Record(TypedDict):
    image: Float[A, "h w"]
    count: int


def test_every_element_of_containers_is_checked():
    @check
    def f(
        xs: list[Float[A, "n"]],
        table: dict[str, list[Float[A, "n m"]]],
        pair: Pair,
        record: Record,
        either: Float[A, "m"] | list[Float[A, "m"]] | None = None,
        several: tuple[Float[A, "n"], ...] = (),
    ) -> tuple[Float[A, "n"], int, Float[A, "m"] | None]:
        return xs[0], 1, None

    n, m = zeros(3), zeros(4)
    good: dict[str, Any] = {
        "xs": [n] * 20,
        "table": {"a": [zeros((3, 4))], "b": []},
        "pair": Pair(n, n),
        "record": {"image": zeros((2, 2)), "count": 3},
    }
    f(**good)
    f(**good, either=m)
    f(**good, either=[m, m], several=(n, n))
    for name, bad in {
        "xs": [n] * 19 + [m],
        "table": {"a": [zeros((3, 4))], "b": [zeros((4, 4))]},
        "pair": Pair(n, m),
        "record": {"image": zeros(2), "count": 3},
        "either": [m, n],
        "several": (n, m),
    }.items():
        error = refused(f, **{**good, name: bad})
        assert name in str(error)
    assert "xs[19]" in str(refused(f, **{**good, "xs": [n] * 19 + [m]}))


def test_only_arrays_are_judged_unless_types_is_set():
    @check
    def loose(x: Float[A, "n"], k: int) -> str:
        return k

    @check(types=True)
    def strict(x: Float[A, "n"], k: int, xs: list[Float[A, "n"]] = []) -> str:
        return str(k) if k else k

    loose(zeros(3), "three")
    assert strict(zeros(3), 3) == "3"
    with pytest.raises(Exception, match="'three'"):
        strict(zeros(3), "three")
    with pytest.raises(Exception, match="not instance of str"):
        strict(zeros(3), 0)
    with pytest.warns(UserWarning, match="'three'"):
        check(types=True, mode="warn")(loose.__wrapped__)(zeros(3), "three")
    refused(strict, zeros((3, 3)), 3)
    refused(strict, zeros(3), 3, [zeros(4)])


# ---- other carriers ----


def test_annotated_strings_and_signature_strings():
    @check
    def annotated(
        x: Annotated[A, "(B, n_in)"], W: Annotated[A, "n_out n_in"]
    ) -> Annotated[A, "B n_out"]:
        return x @ W.T

    @check
    def plain(x: "B n_in", W: "(n_out, n_in)", b: "n_out") -> "B n_out":
        return x @ W.T + b

    @check("(B, n_in), (n_out, n_in), _ -> (B, n_out)")
    def signature(x, W, scale=1):
        return x @ W.T * scale

    @check("W: (n_out, n_in), x: (B, n_in) -> (B, n_out), ()")
    def named(x, W):
        return x @ W.T, 0.5

    x, W = zeros((2, 3)), zeros((4, 3))
    for function, args in (
        (annotated, (x, W)),
        (plain, (x, W, zeros(4))),
        (signature, (x, W)),
        (named, (x, W)),
    ):
        function(*args)
        refused(function, x, W.T, *args[2:])


def test_signature_strings_say_what_is_wrong_with_them():
    def f(x, W): ...

    for text, problem in {
        "(B, n), (n, m), (m,)": "no parameter left",
        "(B, n), V: (n, m)": "no parameter V",
        "(B, n), , (m,)": "missing here",
        "B n, (n, m)": "stands in brackets",
        "(B, n": "not closed",
    }.items():
        with pytest.raises(SpecError, match=problem):
            check(text)(f)


# ---- options ----


def test_warn_mode_goes_on():
    @check(mode="warn")
    def f(x: Float[A, "B n"], y: Float[A, "n"]) -> Float[A, "n B"]:
        return x

    with pytest.warns(ShapeWarning) as caught:
        assert f(zeros((2, 3)), zeros(4)).shape == (2, 3)
    assert [one.message.diagnostic.rule for one in caught][0] == "argument-shape"
    with pytest.warns(ShapeWarning, match="returns"):
        f(zeros((2, 3)), zeros(3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f(zeros((3, 3)), zeros(3))


def test_sizes_given_to_the_decorator():
    @check(B=32, n=4)
    def f(x: Float[A, "B n"]) -> Float[A, "B"]:
        return x[:, 0]

    f(zeros((32, 4)))
    assert "B is 32" in str(refused(f, zeros((31, 4))))
    assert "the decorator" in "".join(refused(f, zeros((31, 4))).__notes__)
    for bad in (-1, 2.0, True, "3"):
        with pytest.raises(ValueError, match="B="):
            check(B=bad)
    with pytest.raises(ValueError, match="mode='loud'"):
        check(mode="loud")


OFF = """
import shapecheck, numpy as np
from jaxtyping import Float
def f(x: Float[np.ndarray, "n"]): ...
class C:
    def m(self, x: Float[np.ndarray, "n"]): ...
m = C.m
print(shapecheck.check(f) is f, shapecheck.check("(n,)")(f) is f, shapecheck.check(B=3)(f) is f,
      shapecheck.check(C) is C and C.m is m, shapecheck.assert_shape(3, "B n") == 3)
"""


@pytest.mark.parametrize(("flags", "value"), [((), "off"), (("-O",), ""), (("-O",), "error")])
def test_switched_off_is_the_very_same_object(flags, value):
    environment = {**os.environ, "SHAPECHECK": value}
    done = subprocess.run(
        [sys.executable, *flags, "-c", OFF],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["True"] * 5


def test_a_wrong_setting_names_itself(monkeypatch):
    monkeypatch.setenv("SHAPECHECK", "sometimes")
    with pytest.raises(ValueError, match="SHAPECHECK='sometimes'"):
        check(linear.__wrapped__)
    monkeypatch.setenv("SHAPECHECK", "warn")
    with pytest.warns(ShapeWarning):
        check(linear.__wrapped__)(zeros((2, 3)), zeros((1, 3)), zeros(4))


# ---- what cannot be checked says so ----


def test_no_effect_says_so():
    def plain(x, y=3): ...

    with pytest.warns(ShapeWarning, match=r"no effect.*no annotation.*\[no-effect\]"):
        assert check(plain) is plain

    class Plain:
        def method(self, x): ...

    with pytest.warns(ShapeWarning, match="no effect"):
        assert check(Plain) is Plain
    with pytest.warns(ShapeWarning, match="closer to the def"):
        check(functools.partial(linear, zeros(3)))
    with pytest.warns(ShapeWarning, match="closer to the def"):
        check(functools.lru_cache(linear))
    with pytest.raises(TypeError, match="not Linear objects"):
        check(torch.nn.Linear(2, 3))


def test_unresolved_annotations_are_read_at_the_first_call_or_say_so():
    @check
    def f(x: "Later", y: "Never_to_be_defined" = None): ...

    globals()["Later"] = Float[A, "n n"]
    try:
        with pytest.warns(ShapeWarning, match=r"'Never_to_be_defined' of y .* not checked"):
            f(zeros((2, 2)))
        refused(f, zeros((2, 3)))
        f(zeros((2, 2)))
    finally:
        del globals()["Later"]


def test_malformed_specs_are_errors_at_decoration():
    with pytest.raises(SpecError, match="x of f") as caught:

        @check
        def f(x: Annotated[A, "B n+"]): ...

    assert caught.value.text[caught.value.column] == "+"
    for spec, problem in {"n[l+1] n[l]": "not in a list", "?n": "PyTree"}.items():
        with pytest.raises(SpecError, match=problem):
            check(f"({spec.replace(' ', ', ')})")(lambda x: x)
    with pytest.raises(SpecError, match=r"n\[-1\]"):

        @check
        def g(xs: list[Float[A, "n[l-1] n[l]"]]): ...


# ---- what survives ----


def test_metadata_survives():
    assert linear.__name__ == "linear"
    assert linear.__qualname__ == "linear"
    assert linear.__doc__ == "A layer."
    assert linear.__module__ == __name__
    assert linear.__annotations__ == linear.__wrapped__.__annotations__
    assert inspect.signature(linear) == inspect.signature(linear.__wrapped__)
    assert inspect.unwrap(linear) is linear.__wrapped__
    assert "return x @ W.T + b" in inspect.getsource(linear)
    assert linear.__globals__ is linear.__wrapped__.__globals__
    assert linear.__code__.co_varnames[:3] == ("x", "W", "b")


def test_pickles():
    assert pickle.loads(pickle.dumps(linear)) is linear

    @check(n=3)
    def local(x: Float[A, "B n"], xs: list[Float[torch.Tensor, "B k"]] = []) -> Float[A, "B"]:
        return x[:, 0]

    copy = cloudpickle.loads(cloudpickle.dumps(local))
    copy(zeros((2, 3)))
    refused(copy, zeros((2, 4)))
    refused(copy, zeros((2, 3)), [torch.zeros(3, 3)])
    error = pickle.loads(pickle.dumps(refused(linear, zeros((2, 3)), zeros((3, 4)), zeros(4))))
    assert isinstance(error, ShapeError)
    assert error.diagnostic.operands
    assert error.__notes__
    with pytest.raises(SpecError) as caught:
        check("(B, n")(lambda x: x)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_other_decorators_above_and_below():
    def logged(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapper

    @check
    @logged
    def above(x: Float[A, "B n"], y: Float[A, "n"]) -> Float[A, "B"]:
        return x[:, 0] if x[0, 0] == 0 else x

    @logged
    @check
    def below(x: Float[A, "B n"], y: Float[A, "n"]) -> Float[A, "B"]:
        return x[:, 0] if x[0, 0] == 0 else x

    for function in (above, below):
        function(zeros((2, 3)), y=zeros(3))
        refused(function, zeros((2, 3)), zeros(4))
        refused(function, zeros((2, 3)), y=zeros(4))
        refused(function, np.ones((2, 3)), zeros(3))
        with pytest.raises(TypeError, match="missing"):
            function(zeros((2, 3)))


def test_checked_twice_is_checked_once():
    assert check(linear) is linear


def test_no_type_check_is_respected():
    @check
    @no_type_check
    def f(x: Float[A, "n"]): ...

    f(zeros((2, 3)))


def test_tracebacks_show_the_generated_line_and_no_internals():
    try:
        linear(zeros((2, 3)), zeros((3, 4)), zeros(4))
    except ShapeError as error:
        frames = traceback.extract_tb(error.__traceback__)
        text = "".join(traceback.format_exception(error))
    assert [frame.name for frame in frames] == [
        "test_tracebacks_show_the_generated_line_and_no_internals",
        "linear",
    ]
    assert frames[-1].line == "raise sc_broken.pop()"
    assert "During handling" not in text
    assert linecache.getlines(linear.__code__.co_filename)


def test_the_users_own_exceptions_pass_untouched():
    @check
    def f(x: Float[A, "n"]) -> Float[A, "n"]:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine") as caught:
        f(zeros(3))
    assert not getattr(caught.value, "__notes__", [])
    with pytest.raises(TypeError, match=r"missing 1 required positional argument: 'x'"):
        f()
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        f(zeros(3), z=1)


def test_our_own_failure_lets_the_program_go_on(monkeypatch, capsys):
    from shapecheck.runtime import contract

    def broken(*args, **kwargs):
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(contract, "match", broken)
    result = linear(zeros((2, 3)), zeros((3, 3)), zeros((1, 3)))
    assert result.shape == (2, 3)
    told = capsys.readouterr().err
    assert "internal error in the check of linear" in told
    assert told.count("\n") == 1


def test_a_broken_explanation_keeps_the_finding(monkeypatch, capsys):
    from shapecheck.runtime import notices, report

    def broken(*args, **kwargs):
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(report, "explain", broken)
    monkeypatch.setattr(notices, "_told", set())
    error = refused(linear, zeros((2, 3)), zeros((3, 4)), zeros(4))
    assert "[argument-shape]" in str(error)
    assert "internal error" in capsys.readouterr().err


def test_pep_563():
    namespace: dict[str, Any] = {}
    exec(
        "from __future__ import annotations\n"
        "import numpy as np\nfrom jaxtyping import Float\nfrom shapecheck import check\n"
        "def outer():\n"
        "    Local = Float[np.ndarray, 'n n']\n"
        "    @check\n"
        "    def f(x: Local, y: 'n') -> 'n n': return x\n"
        "    return f\n",
        namespace,
    )
    f = namespace["outer"]()
    f(zeros((2, 2)), zeros(2))
    refused(f, zeros((2, 3)), zeros(2))
    refused(f, zeros((2, 2)), zeros(3))


def test_dtype_families_and_their_report():
    @check
    def f(x: Int[A, "n"], y: Shaped[A, "n"], z: Float[torch.Tensor, "n"] | None = None): ...

    f(np.zeros(3, dtype=np.int16), np.zeros(3, dtype=bool))
    error = refused(f, zeros(3), zeros(3))
    assert error.diagnostic.rule == "dtype"
    assert "float64" in str(error)
    assert error.diagnostic.fixes[0].title.endswith(".astype(np.int64)")
    refused(f, np.zeros(3, int), zeros(3), torch.zeros(3, dtype=torch.int64))
    error = refused(f, np.zeros(3, int), zeros(3), zeros(3))
    assert error.diagnostic.fixes[0].title.startswith("torch.from_numpy(")
