"""Code that type checkers refuse, each line for the reason that is written behind it."""

import numpy as np
from jaxtyping import Float

from shapecheck import assert_shape, check, scope


@check
def f(x: Float[np.ndarray, "B n"], k: int = 3) -> int:
    return k


@check(mode="warn")
def g(x: Float[np.ndarray, "B n"]) -> int:
    return 1


@check
class Layer:
    def method(self, x: Float[np.ndarray, "B n"]) -> int:
        return 1


f(np.zeros(3), k="a")  # wrong: the type of k
f()  # wrong: an argument is missing
f(np.zeros(3), 3, 4)  # wrong: an argument too many
g(y=np.zeros(3))  # wrong: no such argument
Layer().method()  # wrong: an argument is missing
Layer().other(3)  # wrong: no such method
scope(B="3")  # wrong: a size is an int
assert_shape()  # wrong: arguments are missing
