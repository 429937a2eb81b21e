"""What `shapecheck run` costs: training scripts, plain and under observation, as ratios.

    python benchmarks/run_overhead.py [--quick]

Each program times its own training loop, so that neither the start of the interpreter nor the
import of torch is in the figures; the best of several processes counts. On small arrays a program
is to take at most 3 times as long, on large ones no longer than it does anyway.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

NUMPY = """
import time
import numpy as np
from jaxtyping import Float

B, N, H, O, STEPS = {sizes}

def relu(x):
    return np.maximum(x, 0.0)

def forward(
    x: Float[np.ndarray, "B n"], W1: Float[np.ndarray, "h n"], b1: Float[np.ndarray, "h"],
    W2: Float[np.ndarray, "o h"], b2: Float[np.ndarray, "o"],
):
    z = x @ W1.T + b1
    h = relu(z)
    y = h @ W2.T + b2
    return z, h, y

def train(steps):
    rng = np.random.default_rng(0)
    X, T = rng.normal(size=(4 * B, N)), rng.normal(size=(4 * B, O))
    W1, b1 = rng.normal(size=(H, N)) / N**0.5, np.zeros(H)
    W2, b2 = rng.normal(size=(O, H)) / H**0.5, np.zeros(O)
    for step in range(steps):
        at = step % 4 * B
        x, t = X[at : at + B], T[at : at + B]
        z, h, y = forward(x, W1, b1, W2, b2)
        loss = ((y - t) ** 2).mean()
        dy = 2 * (y - t) / B
        dW2, db2 = dy.T @ h, dy.sum(axis=0)
        dz = dy @ W2 * (z > 0)
        dW1, db1 = dz.T @ x, dz.sum(axis=0)
        W1, b1 = W1 - 0.01 * dW1, b1 - 0.01 * db1
        W2, b2 = W2 - 0.01 * dW2, b2 - 0.01 * db2
    return loss

train(max(2, STEPS // 20))
begin = time.perf_counter()
train(STEPS)
print(time.perf_counter() - begin)
"""

TORCH = """
import time
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

B, N, H, O, STEPS = {sizes}

class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm, self.up, self.down = nn.LayerNorm(d), nn.Linear(d, 2 * d), nn.Linear(2 * d, d)

    def forward(self, x: Float[Tensor, "B d"]) -> Float[Tensor, "B d"]:
        return x + self.down(F.gelu(self.up(self.norm(x))))

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(N, H), nn.Linear(H, O)
        self.blocks = nn.ModuleList(Block(H) for _ in range(2))

    def forward(self, x: Float[Tensor, "B n"]) -> Float[Tensor, "B o"]:
        h = torch.relu(self.first(x))
        for block in self.blocks:
            h = block(h)
        return self.last(h)

def train(steps):
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    X, T = torch.randn(4 * B, N), torch.randn(4 * B, O)
    for step in range(steps):
        at = step % 4 * B
        x, t = X[at : at + B], T[at : at + B]
        loss = ((net(x) - t) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss

train(max(2, STEPS // 20))
begin = time.perf_counter()
train(STEPS)
print(time.perf_counter() - begin)
"""

PROGRAMS = {
    "NumPy, small": (NUMPY, (8, 16, 16, 4, 3000)),
    "torch, small": (TORCH, (8, 16, 16, 4, 400)),
    "NumPy, large": (NUMPY, (2048, 512, 1024, 256, 8)),
    "torch, large": (TORCH, (2048, 512, 1024, 256, 6)),
}
WAYS = {
    "run": [],
    "run --broadcasts": ["--broadcasts"],
    "run --record": ["--record", "shapes.jsonl"],
}
LIMIT = {"small": 3.0, "large": 1.1}


def seconds(script: Path, words: list[str]) -> float:
    """The time that a program took for its loop."""
    done = subprocess.run(
        [sys.executable, *words, script.name],
        cwd=script.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def main() -> int:
    rounds = 3 if "--quick" in sys.argv else 7
    worst = 0.0
    print(f"{'':14}{'plain':>12}" + "".join(f"{way:>20}" for way in WAYS))
    for name, (source, sizes) in PROGRAMS.items():
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder, "train.py")
            script.write_text(source.format(sizes=sizes))
            ways = {
                "": [],
                **{way: ["-m", "shapecheck", "run", *words] for way, words in WAYS.items()},
            }
            best = dict.fromkeys(ways, float("inf"))
            for _ in range(rounds):  # in turns, so that a busy machine is busy for all
                for way, words in ways.items():
                    best[way] = min(best[way], seconds(script, words))
        plain = best.pop("")
        ratios = {way: taken / plain for way, taken in best.items()}
        steps = sizes[-1]
        print(
            f"{name:14}{plain / steps * 1e6:>8.0f} us/s"
            + "".join(f"{ratio:>19.2f}x" for ratio in ratios.values())
        )
        limit = LIMIT[name.split()[-1]]
        worst = max(worst, ratios["run --broadcasts"] / limit, ratios["run"] / limit)
    return int(worst > 1)


if __name__ == "__main__":
    sys.exit(main())
