"""A file is followed only so far; what comes behind something costly is followed all the same."""

from shapecheck.static.analysis import analyse
from shapecheck.static.project import Project

COSTLY = """
import numpy as np

def slope(t, s):
    x, y, z = s
    return np.array([10 * (y - x), x * (28 - z) - y, x * y - z])

def integrated(f, start, times):
    y = np.empty((len(times), *np.shape(start)))
    y[0] = start
    for i, (t, u) in enumerate(zip(times[:-1], times[1:])):
        h = u - t
        a = f(t, y[i])
        b = f(t + h / 2, y[i] + h / 2 * a)
        c = f(t + h / 2, y[i] + h / 2 * b)
        d = f(u, y[i] + h * c)
        y[i + 1] = y[i] + h / 6 * (a + 2 * b + 2 * c + d)
    return y

def product(a, b):
    return a @ b

integrated(slope, np.array([1.0, 1.0, 1.0]), np.linspace(0, 1, 50))
"""


def test_calls_behind_a_loop_of_many_calls_are_followed():
    source = f"{COSTLY}product(np.zeros((2, 3)), np.zeros((2, 3)))\n"
    found = analyse("script.py", source, Project(), shapes=False).diagnostics
    assert [one.rule for one in found] == ["matmul-inner"]
