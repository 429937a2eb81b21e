"""Code that type checkers accept: what is decorated keeps its type."""

from typing import assert_type

import numpy as np
from jaxtyping import Float

import shapecheck
from shapecheck import check


@check
def plain(x: Float[np.ndarray, "B n"], k: int = 3) -> Float[np.ndarray, "B n"]:
    return x * k


@check(mode="warn", B=32)
def with_options(x: Float[np.ndarray, "B n"]) -> int:
    return len(x)


@check("(B, n) -> (B,)")
def with_signature(x: np.ndarray) -> np.ndarray:
    return x


@check
class Layer:
    W: Float[np.ndarray, "a b"]

    def __init__(self, n: int) -> None:
        self.W = np.zeros((n, n))

    def method(self, x: Float[np.ndarray, "B a"]) -> int:
        return len(x)

    @check
    @classmethod
    def make(cls, x: Float[np.ndarray, "B a"]) -> "Layer":
        return cls(len(x))

    @check
    @staticmethod
    def static(x: Float[np.ndarray, "B a"]) -> int:
        return len(x)


@check
async def coroutine(x: Float[np.ndarray, "B n"]) -> int:
    return len(x)


def use() -> None:
    x = np.zeros((2, 3))
    plain(x, k=4)
    assert_type(with_options(x), int)
    assert_type(Layer(3), Layer)
    assert_type(Layer(3).method(x), int)
    assert_type(Layer.make(x), Layer)
    assert_type(Layer.static(x), int)
    with shapecheck.scope(B=3):
        assert_type(shapecheck.assert_shape(3, "B"), int)
    shapecheck.bindings().get("B")


async def use_coroutine() -> None:
    assert_type(await coroutine(np.zeros((2, 3))), int)
