"""Names in force: each call, thread, task and generator has its own."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import AsyncIterator, Iterator  # noqa: TC003 - check evaluates them
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from jaxtyping import Float  # noqa: TC002 - check evaluates it

from shapecheck import ShapeError, assert_shape, bindings, check, scope

A = np.ndarray
z = np.zeros


def unchecked():
    return bindings()


@check
def names(x: Float[A, "*batch n"], y: Float[A, "m"] | None = None) -> Float[A, "*batch n"]:
    assert bindings() == unchecked()
    return x


# ---- calls ----


@check
def told(x: Float[A, "B n"]) -> dict:
    return bindings()


def test_arguments_bind_names():
    assert told(z((2, 3))) == {"B": 2, "n": 3}
    assert bindings() == {}


def test_runs_indexed_names_and_formulas():
    @check
    def all_of_them(
        x: Float[A, "*batch 2*n+1"], ws: list[Float[A, "k[l+1] k[l]"]], m: Float[A, "m"] | None
    ) -> dict:
        return bindings()

    found = all_of_them(z((4, 5, 7)), [z((3, 2)), z((6, 3))], None)
    assert found == {"batch": (4, 5), "n": 3, "k[0]": 2, "k[1]": 3, "k[2]": 6}


def test_a_nested_checked_call_has_names_of_its_own():
    @check
    def inner(x: Float[A, "n B"]) -> dict:
        assert_shape(x, "n B")
        assert_shape(z(9), "k")
        return bindings()

    @check
    def outer(x: Float[A, "B n"]) -> tuple[dict, dict]:
        first = inner(x)
        assert_shape(z(4), "k")
        return first, bindings()

    assert outer(z((2, 3))) == ({"B": 3, "n": 2, "k": 9}, {"B": 2, "n": 3, "k": 4})


def test_an_unchecked_function_shares_its_callers_names():
    def helper(x):
        assert_shape(x, "B h")
        return bindings()

    @check
    def outer(x: Float[A, "B n"]) -> dict:
        assert helper(z((2, 5))) == {"B": 2, "n": 3, "h": 5}
        with pytest.raises(ShapeError, match="B is 2"):
            helper(z((4, 5)))
        return bindings()

    assert outer(z((2, 3))) == {"B": 2, "n": 3, "h": 5}


def test_recursion():
    @check
    def halve(x: Float[A, "n"]) -> list:
        size = len(x)
        below = halve(x[: size // 2]) if size > 1 else []
        assert_shape(z(size), "n")
        return [*below, bindings()["n"]]

    assert halve(z(16)) == [1, 2, 4, 8, 16]


def test_what_the_body_binds_holds_for_the_result():
    @check
    def body(x: Float[A, "B n"], rows: int) -> Float[A, "B h"]:
        assert_shape(x @ z((3, 5)), "B h")
        return z((2, rows))

    body(z((2, 3)), 5)
    with pytest.raises(ShapeError, match="h is 5"):
        body(z((2, 3)), 4)


def test_a_failed_assertion_binds_nothing():
    @check
    def body(x: Float[A, "B n"]) -> dict:
        with contextlib.suppress(ShapeError):
            assert_shape(z((7, 4)), "k B")
        return bindings()

    assert body(z((2, 3))) == {"B": 2, "n": 3}


def test_a_failed_call_leaves_nothing():
    for _ in range(2):
        with pytest.raises(ShapeError):
            names(z((2, 3)), z((1, 1)))
        assert bindings() == {}


def test_methods_and_properties():
    @check
    class Layer:
        W: Float[A, "m n"]

        def __init__(self, W: Float[A, "m n"]):
            self.W = W

        @property
        def transposed(self) -> Float[A, "n m"]:
            assert bindings() == {"m": 4, "n": 3}
            return self.W.T

        def forward(self, x: Float[A, "B n"]) -> dict:
            assert_shape(x @ self.transposed, "B m")
            return bindings()

    assert Layer(z((4, 3))).forward(z((2, 3))) == {"B": 2, "n": 3, "m": 4}


def test_lambdas_comprehensions_and_nested_functions():
    @check
    def outer(x: Float[A, "B n"]) -> list:
        def nested():
            return bindings()

        return [
            nested(),
            *[bindings() for _ in range(1)],
            *filter(lambda _: bindings(), [{"B": 2, "n": 3}]),
        ]

    assert outer(z((2, 3))) == [{"B": 2, "n": 3}] * 3


# ---- scope ----


def test_scope():
    with scope(B=4, batch=(2, 3)):
        assert bindings() == {"B": 4, "batch": (2, 3)}
        assert_shape(z((4, 7)), "B k")
        with pytest.raises(ShapeError):
            assert_shape(z(8), "k")
        with scope(B=5):
            assert bindings() == {"B": 5, "batch": (2, 3), "k": 7}
        told(z((4, 1)))
        with pytest.raises(ShapeError, match="B is 4"):
            told(z((5, 1)))
    assert bindings() == {}
    told(z((5, 1)))


def test_a_scope_ends_with_an_exception():
    with pytest.raises(ZeroDivisionError), scope(B=4):
        raise ZeroDivisionError
    assert bindings() == {}


@pytest.mark.parametrize("size", [-1, 1.5, True, "4", (1, -1), None])
def test_scope_takes_sizes(size):
    with pytest.raises(ValueError, match="whole number"):
        scope(B=size)


def test_a_scope_in_a_call_is_not_that_of_the_calls_it_makes():
    @check
    def inner(x: Float[A, "B"]) -> dict:
        return bindings()

    @check
    def outer(x: Float[A, "n"]) -> tuple[dict, dict]:
        with scope(B=4):
            return bindings(), inner(z(4))

    assert outer(z(2)) == ({"B": 4, "n": 2}, {"B": 4})
    # The scope is open around the call of `inner`, so it holds for it; not for what `inner` calls.

    @check
    def further(x: Float[A, "n"]) -> dict:
        return inner(z(9))

    with scope(B=4):
        assert further(z(2)) == {"B": 9}


def test_one_scope_twice_and_left_elsewhere():
    one = scope(B=4)
    for _ in range(2):
        with one:
            assert bindings()["B"] == 4
        assert bindings() == {}
    contextvars.copy_context().run(one.__enter__)
    assert bindings() == {}
    one.__exit__(None, None, None)
    assert bindings() == {}
    told(z((9, 1)))


# ---- threads and tasks ----


def test_threads():
    meeting = threading.Barrier(4)

    @check
    def work(x: Float[A, "B n"]) -> dict:
        meeting.wait(timeout=20)
        assert_shape(z(len(x) * 10), "k")
        meeting.wait(timeout=20)
        return bindings()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda size: work(z((size, 1))), range(1, 5)))
    assert found == [{"B": size, "n": 1, "k": size * 10} for size in range(1, 5)]


def test_a_scope_is_its_threads_own():
    with scope(B=4), ThreadPoolExecutor(1) as pool:
        assert pool.submit(bindings).result() == {}
        assert pool.submit(told, z((9, 1))).result() == {"B": 9, "n": 1}
        context = contextvars.copy_context()
        assert pool.submit(context.run, bindings).result() == {"B": 4}


def test_many_threads_with_scopes():
    def work(size):
        for _ in range(50):
            with scope(B=size):
                told(z((size, 2)))
                assert bindings() == {"B": size}
                with pytest.raises(ShapeError):
                    told(z((size + 1, 2)))
        return bindings()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(1, 9))) == [{}] * 8


@check
async def task(x: Float[A, "B n"]) -> dict:
    assert_shape(z(len(x) * 10), "k")
    await asyncio.sleep(0)
    first = bindings()
    await asyncio.sleep(0.001)
    assert bindings() == first
    return first


def test_tasks():
    async def main():
        with scope(n=1):
            found = await asyncio.gather(*(task(z((size, 1))) for size in range(1, 6)))
            with pytest.raises(ShapeError):
                await task(z((2, 3)))
        assert found == [{"B": size, "n": 1, "k": size * 10} for size in range(1, 6)]
        assert bindings() == {}
        assert (await task(z((2, 3))))["n"] == 3

    asyncio.run(main())


def test_tasks_with_scopes_of_their_own():
    async def one(size):
        with scope(B=size):
            for _ in range(5):
                await asyncio.sleep(0)
                assert bindings() == {"B": size}
                await task(z((size, 1)))
                with pytest.raises(ShapeError):
                    await task(z((size + 1, 1)))

    async def main():
        await asyncio.gather(*(one(size) for size in range(1, 6)))
        assert bindings() == {}

    asyncio.run(main())


# ---- generators ----


@check
def rows(x: Float[A, "B n"]) -> Iterator[Float[A, "n"]]:
    for row in x:
        assert bindings() == {"B": len(x), "n": x.shape[1]}
        yield row


def test_generators_that_take_turns():
    pairs = list(zip(rows(z((2, 3))), rows(z((2, 5))), strict=True))
    assert [(len(a), len(b)) for a, b in pairs] == [(3, 5)] * 2


def test_a_generator_does_not_lend_its_names_to_who_uses_it():
    @check
    def user(y: Float[A, "n"]) -> list:
        found = []
        for row in rows(z((2, 3))):
            assert_shape(row, "k")
            found.append(bindings())
        return found

    assert user(z(7)) == [{"n": 7, "k": 3}] * 2


def test_what_a_generator_binds_holds_while_it_runs():
    @check
    def growing(x: Float[A, "B"]) -> Iterator[Float[A, "k"]]:
        yield z(4)
        yield z(len(x))

    assert len(list(growing(z(4)))) == 2
    with pytest.raises(ShapeError, match="k is 4"):
        list(growing(z(5)))


def test_asynchronous_generators():
    @check
    async def arows(x: Float[A, "B n"]) -> AsyncIterator[Float[A, "n"]]:
        for row in x:
            await asyncio.sleep(0)
            assert bindings() == {"B": len(x), "n": x.shape[1]}
            yield row

    async def use(size):
        return [len(row) async for row in arows(z((2, size)))]

    async def main():
        return await asyncio.gather(*(use(size) for size in range(1, 5)))

    assert asyncio.run(main()) == [[size, size] for size in range(1, 5)]
