"""Names that take more than a local variable hold between arguments and result all the same."""

import numpy as np
import pytest
from jaxtyping import Float

from shapecheck import PyTree, ShapeError, check

A = np.ndarray
zeros = np.zeros


@check
def widening(x: Float[A, "*#b"], r) -> Float[A, "*b"]:
    return r


@check
def trees(xs: PyTree[Float[A, "?n"], "T"], r) -> PyTree[Float[A, "?n"], "T"]:
    return r


@check
def run_and_size(x: Float[A, "*n n"], r) -> Float[A, "n"]:
    return r


@check
def undecided(x: Float[A, "n+m"], r) -> Float[A, "n m"]:
    return r


@check
def either(x: Float[A, "n"] | Float[A, "m m"], r) -> Float[A, "n"]:
    return r


@pytest.mark.parametrize(
    ("function", "x", "right", "wrong"),
    [
        (widening, zeros((1, 3)), [zeros((2, 3)), zeros((1, 3))], [zeros((2, 4))]),
        (trees, [zeros(1), zeros(2)], [[zeros(1), zeros(2)]], [[zeros(1), zeros(3)], [zeros(1)]]),
        (run_and_size, zeros((5, 6, 3)), [zeros(3)], [zeros(5), zeros(6)]),
        (undecided, zeros(5), [zeros((2, 3))], [zeros((1, 2))]),
        (either, zeros(3), [zeros(3)], [zeros(4)]),
        (either, zeros((2, 2)), [zeros(7)], [zeros((7, 7))]),
    ],
)
def test_results(function, x, right, wrong):
    for result in right:
        assert function(x, result) is result
    for result in wrong:
        with pytest.raises(ShapeError):
            function(x, result)


def test_arguments_that_the_body_changes_are_not_judged_again():
    @check
    def f(xs: list[Float[A, "n"] | Float[A, "n n"]], r) -> Float[A, "n"]:
        xs.append(zeros((1, 2, 3)))
        return r

    f([zeros(3)], zeros(3))
    with pytest.raises(ShapeError):
        f([zeros(3)], zeros(4))


def test_a_run_before_a_size_is_explained(capsys):
    @check
    def f(x: Float[A, "... a"], y: Float[A, "*r a"]): ...

    with pytest.raises(ShapeError, match="y"):
        f(zeros((1, 3)), zeros((3, 1, 2)))
    assert not capsys.readouterr().err
