"""Recursion, closures, generators, classes with operators: what Python does with arrays."""

import functools
import itertools
from collections import defaultdict, deque, namedtuple
from dataclasses import dataclass, field

import numpy as np

Step = namedtuple("Step", "state action reward")


@dataclass
class Batch:
    x: np.ndarray
    y: np.ndarray
    weight: float = 1.0
    extra: dict = field(default_factory=dict)

    @property
    def size(self):
        return self.x.shape[0]

    def halves(self):
        n = self.size // 2
        return Batch(self.x[:n], self.y[:n]), Batch(self.x[n:], self.y[n:])


class Vector:
    def __init__(self, data):
        self.data = np.asarray(data, dtype=float)

    def __add__(self, other):
        return Vector(self.data + other.data)

    def __matmul__(self, other):
        return self.data @ other.data

    def __getitem__(self, index):
        return self.data[index]

    def __len__(self):
        return len(self.data)

    def __iter__(self):
        return iter(self.data)


def fft(x):
    n = len(x)
    if n == 1:
        return x
    even, odd = fft(x[::2]), fft(x[1::2])
    turn = np.exp(-2j * np.pi * np.arange(n // 2) / n) * odd
    return np.concatenate([even + turn, even - turn])


def strassen(a, b):
    n = a.shape[0]
    if n <= 2:
        return a @ b
    h = n // 2
    a11, a12, a21, a22 = a[:h, :h], a[:h, h:], a[h:, :h], a[h:, h:]
    b11, b12, b21, b22 = b[:h, :h], b[:h, h:], b[h:, :h], b[h:, h:]
    m1 = strassen(a11 + a22, b11 + b22)
    m2 = strassen(a21 + a22, b11)
    m3 = strassen(a11, b12 - b22)
    m4 = strassen(a22, b21 - b11)
    m5 = strassen(a11 + a12, b22)
    m6 = strassen(a21 - a11, b11 + b12)
    m7 = strassen(a12 - a22, b21 + b22)
    top = np.hstack([m1 + m4 - m5 + m7, m3 + m5])
    return np.vstack([top, np.hstack([m2 + m4, m1 - m2 + m3 + m6])])


def compose(*functions):
    return lambda x: functools.reduce(lambda value, f: f(value), functions, x)


def walk(steps):
    position = np.zeros(2)
    for _ in range(steps):
        position = position + np.random.choice([-1, 1], size=2)
        yield position


def tree(depth):
    if depth == 0:
        return np.ones(3)
    return [tree(depth - 1), tree(depth - 1)]


def leaves(node):
    if isinstance(node, list):
        return np.concatenate([leaves(one) for one in node])
    return node


def apply_rows(f, X):
    return np.array([f(row) for row in X])


memory = deque(maxlen=5)
state = np.zeros(4)
for t in range(8):
    memory.append(Step(state, t % 2, float(t)))
    state = state + np.random.randn(4)
states, actions, rewards = (np.array(one) for one in zip(*memory))
returns = np.zeros(len(rewards))
running = 0
for t in reversed(range(len(rewards))):
    running = rewards[t] + 0.9 * running
    returns[t] = running

batch = Batch(np.random.rand(6, 2), np.arange(6))
left, right = batch.halves()
groups = defaultdict(list)
for row, key in zip(batch.x, batch.y % 2):
    groups[int(key)].append(row)
means = {key: np.mean(rows, axis=0) for key, rows in groups.items()}

a, b = Vector([1, 2, 3]), Vector(np.arange(3))
total = (a + b)[1:]
dot = a @ b
wave = fft(np.random.rand(8).astype(complex))
square = strassen(np.random.rand(8, 8), np.random.rand(8, 8))
process = compose(np.tanh, lambda x: x.reshape(2, -1), np.transpose)
shaped = process(np.arange(6))
points = np.array(list(walk(7)))
flat = leaves(tree(5))
norms = apply_rows(np.linalg.norm, batch.x)
pairs = np.array(list(itertools.combinations(range(4), 2)))
matrix = functools.reduce(np.dot, [np.eye(3), np.ones((3, 2)), np.ones((2, 5))])
along = np.apply_along_axis(lambda row: row[row > 0.5].sum(), 1, batch.x)
vec = np.vectorize(lambda v: v * 2)(batch.x)
made = np.fromfunction(lambda i, j: i + j, (3, 4))
x = np.ones((2, 3))
while x.size < 40:
    x = np.concatenate([x, x], axis=0)
for axis in range(x.ndim):
    reduced = x.sum(axis=axis)
try:
    broken = np.ones(3) @ np.ones(4)
except ValueError:
    broken = None
result = square if broken is None else broken
table = {"mean": np.mean, "max": np.max}
for name, f in table.items():
    value = f(x, axis=0)
print(
    states.shape,
    returns,
    left.size,
    means,
    total,
    dot,
    wave.shape,
    shaped.shape,
    points.shape,
    flat.shape,
    norms,
    pairs,
    matrix,
    along,
    vec,
    made,
    reduced,
    result.shape,
    value,
)
