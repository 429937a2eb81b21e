"""`run --broadcasts`: what is done silently and hardly anybody means, and what looks like it."""

import json
import subprocess
import sys
import textwrap

import pytest

HEAD = {
    "numpy": "import numpy as np\nrng = np.random.default_rng(0)\n",
    "torch": "import torch\nfrom torch import nn\nimport torch.nn.functional as F\ntorch.manual_seed(0)\n",
}

# name: (library, program, the findings of its lines; a line is marked by its rule in a comment)
FOUND = {
    "residuals": (
        "numpy",
        """
        def mse(pred, y):
            return ((pred - y) ** 2).mean()  # broadcast-outer
        mse(rng.normal(size=(5, 1)), rng.normal(size=5))
    """,
    ),
    "by a function": (
        "numpy",
        """
        X, w, y = rng.normal(size=(7, 3)), rng.normal(size=(3, 1)), rng.normal(size=7)
        error = np.subtract(X @ w, y)  # broadcast-outer
    """,
    ),
    "one side lined up": (
        "numpy",
        """
        y, t = rng.normal(size=6), rng.normal(size=6)
        error = np.abs(y.reshape(-1, 1) - t).mean()  # broadcast-outer
    """,
    ),
    "compared": (
        "torch",
        """
        scores, labels = torch.randn(6, 1), torch.ones(6)
        correct = ((scores > 0) == labels).float().mean()  # broadcast-outer
    """,
    ),
    "by a method": (
        "torch",
        """
        y, z = torch.randn(6, 1), torch.randn(6)
        same = y.eq(z).sum()  # broadcast-outer
    """,
    ),
    "loss function": (
        "torch",
        """
        pred, y = torch.randn(6, 1, requires_grad=True), torch.randn(6)
        F.mse_loss(pred, y).backward()  # broadcast-outer
    """,
    ),
    "loss module": (
        "torch",
        """
        net, loss = nn.Linear(3, 1), nn.SmoothL1Loss()
        x, y = torch.randn(8, 3), torch.randn(8)
        out = loss(net(x), y)  # broadcast-outer
    """,
    ),
    "three sides": (
        "torch",
        """
        a = torch.randn(4, 1)
        b = torch.where(a > 0, a, torch.zeros(4)) if False else a + torch.zeros(4)  # broadcast-outer
    """,
    ),
    "transposed row": (
        "numpy",
        """
        delta, a = rng.normal(size=3), rng.normal(size=3)
        dW = delta @ a.T  # transpose-no-op
    """,
    ),
    "transposed variable": (
        "numpy",
        """
        row = np.array([1.0, 2.0, 3.0])
        column = row.T  # transpose-no-op
    """,
    ),
    "softmax of one": (
        "torch",
        """
        class Attention(nn.Module):
            def __init__(self):
                super().__init__()
                self.score = nn.Linear(4, 1)
            def forward(self, x):
                weights = F.softmax(self.score(x), dim=-1)  # size-one-reduction
                return (weights * x).sum(1)
        Attention()(torch.randn(2, 5, 4))
    """,
    ),
    "softmax module of one": (
        "torch",
        """
        net = nn.Sequential(nn.Linear(4, 1), nn.Softmax(dim=1))
        def run(x):
            return nn.Softmax(dim=1)(x)  # size-one-reduction
        run(torch.randn(5, 1))
    """,
    ),
    "argmax of one": (
        "numpy",
        """
        def accuracy(outputs, labels):
            return (np.argmax(outputs, axis=1) == labels).mean()  # size-one-reduction
        accuracy(rng.normal(size=(5, 1)), np.zeros(5))
    """,
    ),
    "max of one": (
        "torch",
        """
        outputs = nn.Linear(3, 1)(torch.randn(4, 3))
        _, predicted = torch.max(outputs, 1)  # size-one-reduction
    """,
    ),
    "spread of one": (
        "torch",
        """
        x = torch.randn(4, 1)
        z = x.std(dim=1)  # size-one-reduction
    """,
    ),
    "one class": (
        "torch",
        """
        logits, y = torch.randn(4, 1), torch.zeros(4, dtype=torch.long)
        loss = F.cross_entropy(logits, y)  # size-one-reduction
    """,
    ),
    "squeezed batch": (
        "torch",
        """
        def head(x):
            return nn.functional.relu(x).squeeze()  # batch-squeezed
        for rows in (8, 8, 1):
            head(torch.randn(rows, 1))
            torch.zeros(3)
    """,
    ),
    "heads": (
        "torch",
        """
        def split(x, heads):
            B, T, D = x.shape
            return x.view(B, heads, T, D // heads)  # axes-scrambled
        split(torch.randn(2, 6, 8), 4)
    """,
    ),
    "heads of equal sizes": (
        "torch",
        """
        def split(x, heads):
            B, T, D = x.size()
            return x.reshape(B, heads, T, D // heads)  # axes-scrambled
        split(torch.randn(2, 4, 8), 2)
    """,
    ),
    "time and channels": (
        "torch",
        """
        def fold(x):
            b, c, t = x.shape[0], x.shape[1], x.shape[2]
            return x.reshape(b * t, c)  # axes-scrambled
        fold(torch.randn(2, 4, 8))
    """,
    ),
    "samples last": (
        "numpy",
        """
        images = rng.normal(size=(6, 4, 4, 3))
        X = images.reshape(-1, images.shape[0])  # axes-scrambled
    """,
    ),
    "joined along the batch": (
        "torch",
        """
        h = torch.randn(2, 5, 7)
        both = torch.cat([h[0], h[1]], dim=0).view(5, 14)  # axes-scrambled
    """,
    ),
    "named, swapped": (
        "torch",
        """
        from jaxtyping import Float
        from torch import Tensor
        def mix(x: Float[Tensor, "B T C"]) -> Float[Tensor, "B C T"]:
            return torch.relu(x)  # return-shape
        mix(torch.randn(2, 4, 4))
    """,
    ),
    "named, met": (
        "numpy",
        """
        from jaxtyping import Float
        def layer(x: Float[np.ndarray, "B n_in"], W: Float[np.ndarray, "n_out n_in"]):
            return x @ W  # dims-equal-by-accident
        layer(rng.normal(size=(2, 3)), rng.normal(size=(3, 3)))
    """,
    ),
    "named, stretched": (
        "numpy",
        """
        from jaxtyping import Float
        def centre(x: Float[np.ndarray, "N C"], mean: Float[np.ndarray, "C"]):
            return (x.T - mean).T  # dims-equal-by-accident
        centre(rng.normal(size=(3, 3)), np.zeros(3))
    """,
    ),
    "gradient of a square matrix": (
        "numpy",
        """
        W, X, T = rng.normal(size=(3, 3)), rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
        for _ in range(2):
            dY = X @ W.T - T
            dW = X.T @ dY
            W -= 0.1 * dW  # grad-axes
    """,
    ),
    "bias that grows": (
        "numpy",
        """
        lr, b, W = 0.1, np.zeros(3), rng.normal(size=(2, 3))
        db = rng.normal(size=(5, 2)) @ W
        b = b - lr * db  # grad-autoreduced
    """,
    ),
    "gradients of a function": (
        "torch",
        """
        class Linear(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x, W, b):
                ctx.save_for_backward(x, W)
                return x @ W.t() + b
            @staticmethod
            def backward(ctx, dy):
                x, W = ctx.saved_tensors
                dW = x.t() @ dy
                return (
                    dy @ W,
                    dW,  # grad-axes
                    dy,  # grad-autoreduced
                )
        W, b = torch.randn(3, 3, requires_grad=True), torch.zeros(3, requires_grad=True)
        Linear.apply(torch.randn(5, 3), W, b).sum().backward()
    """,
    ),
}

MEANT = {
    "lined up": (
        "numpy",
        """
        x, y = rng.normal(size=5), rng.normal(size=5)
        d = x[:, None] - y[None, :]
        e = x[:, np.newaxis] - y[np.newaxis]
        f = np.expand_dims(x, 1) * np.expand_dims(y, 0)
        g = x.reshape(-1, 1) * y.reshape(1, -1)
        h = np.outer(x, y) + np.add.outer(x, y)
    """,
    ),
    "lined up elsewhere": (
        "numpy",
        """
        def pairs(a, b):
            return np.abs(a - b)
        x = rng.normal(size=5)
        pairs(x[:, None], (x + 1)[None])
        pairs(*[x.reshape(5, 1), x.reshape(1, 5)])
    """,
    ),
    "lined up in torch": (
        "torch",
        """
        x, y = torch.randn(5), torch.randn(5)
        d = (x.unsqueeze(1) - y.unsqueeze(0)).abs()
        e = x.view(-1, 1) * y.view(1, -1)
        m = torch.ones(5, dtype=torch.bool)
        mask = m.unsqueeze(0) & m.unsqueeze(1)
    """,
    ),
    "one array": (
        "numpy",
        """
        x = rng.normal(size=5)
        d = x[:, None] - x
        def gram(v):
            column = v.reshape(-1, 1)
            return column * v
        gram(x)
    """,
    ),
    "coordinates": (
        "torch",
        """
        T = 6
        causal = torch.arange(T)[:, None] >= torch.arange(T)
        t, w = torch.linspace(0, 1, 4), torch.randn(4)
        waves = torch.sin(t.unsqueeze(1) * w)
    """,
    ),
    "distances": (
        "numpy",
        """
        def squared(X, Y):
            return (X**2).sum(1)[:, None] + (Y**2).sum(1) - 2 * X @ Y.T
        squared(rng.normal(size=(5, 3)), rng.normal(size=(5, 3)))
        squared(rng.normal(size=(5, 3)), rng.normal(size=(4, 3)))
        def nearest(a, b):
            return np.abs(a[:, None] - b).argmin(axis=1)
        nearest(rng.normal(size=5), rng.normal(size=5))
    """,
    ),
    "sizes differ": (
        "numpy",
        """
        x, centers = rng.normal(size=(9, 1)), rng.normal(size=3)
        np.abs(x - centers).argmin(axis=1)
    """,
    ),
    "one side": (
        "torch",
        """
        x = torch.randn(5, 5)
        y = x - x.mean(dim=1, keepdim=True) + torch.randn(5) - x.sum(0)
        z = (x / x.norm(dim=1, keepdim=True)) * torch.ones(5, 1)
        s = x.max(dim=1, keepdim=True).values + x.min(dim=0, keepdim=True).values
    """,
    ),
    "repeated": (
        "numpy",
        """
        table = np.ones((5, 1)) * rng.normal(size=5)
    """,
    ),
    "attention": (
        "torch",
        """
        def attend(q, k, v, heads, mask=None):
            B, T, D = q.shape
            q, k, v = (x.view(B, -1, heads, D // heads).transpose(1, 2) for x in (q, k, v))
            scores = q @ k.transpose(-2, -1) / 4
            if mask is not None:
                scores = scores.masked_fill(mask[:, None, None, :], -1e9)
            out = scores.softmax(-1) @ v
            return out.transpose(1, 2).reshape(B, T, D)
        x = torch.randn(4, 4, 4)
        attend(x, x, x, 4, torch.zeros(4, 4, dtype=torch.bool))
        attend(x, x, x, 2)
        for T in (1, 2, 3):  # the first step of a decoder sees one position
            attend(torch.randn(2, T, 8), torch.randn(2, T, 8), torch.randn(2, T, 8), 2)
    """,
    ),
    "windows and patches": (
        "torch",
        """
        def windows(x, size):
            B, N, C = x.shape
            return x.view(B * (N // size), size, C)
        windows(torch.randn(8, 64, 4), 8)
        windows(torch.randn(4, 16, 4), 4)
        def patches(x, p):
            B, C, H, W = x.shape
            x = x.reshape(B, C, H // p, p, W // p, p).permute(0, 2, 4, 1, 3, 5)
            return x.reshape(B, (H // p) * (W // p), C * p * p)
        patches(torch.randn(2, 4, 8, 8), 4)
        def shuffled(x, g):
            B, C, H, W = x.shape
            return x.view(B, g, C // g, H, W).transpose(1, 2).reshape(B, -1, H, W)
        shuffled(torch.randn(2, 4, 3, 3), 2)
        torch.arange(12).reshape(3, 4).reshape(4, 3).reshape(2, 6)
        torch.randn(6, 10).flatten().view(4, 15)
    """,
    ),
    "images": (
        "numpy",
        """
        images = rng.normal(size=(6, 4, 4, 3))
        X = images.reshape(images.shape[0], -1).T
        back = X.T.reshape(images.shape)
        frames = images.reshape(2, 3, 4, 4, 3)
    """,
    ),
    "vectors": (
        "numpy",
        """
        def predict(w, X):
            return X @ w.T + w.T @ w
        predict(rng.normal(size=3), rng.normal(size=(5, 3)))
        predict(rng.normal(size=(3, 3)), rng.normal(size=(3, 3)))
        def flipped(a):
            b = a.T
            return b
        flipped(np.zeros(3)), flipped(np.zeros((2, 3)))
        np.asarray([1.0, 2.0]).T.shape
    """,
    ),
    "losses": (
        "torch",
        """
        F.mse_loss(torch.randn(6, 1), torch.randn(6, 1))
        F.mse_loss(torch.tensor(1.0), torch.zeros(()))
        F.l1_loss(torch.randn(1), torch.randn(1, 1))
        F.cross_entropy(torch.randn(4, 3), torch.zeros(4, dtype=torch.long))
    """,
    ),
    "squeezed on purpose": (
        "torch",
        """
        image = torch.randn(1, 3, 4, 4)
        pixels = image.squeeze()
        for rows in (8, 1):
            torch.randn(rows, 1).squeeze(1), torch.randn(rows, 1).squeeze(-1)
        def last(h):
            return h.squeeze(0)
        last(torch.randn(1, 4, 3)), last(torch.randn(1, 1, 3))
    """,
    ),
    "names": (
        "numpy",
        """
        from jaxtyping import Float
        def attend(q: Float[np.ndarray, "T d"], k: Float[np.ndarray, "S d"]) -> Float[np.ndarray, "T S"]:
            scores = q @ k.T
            return scores / scores.sum(axis=1, keepdims=True)
        attend(rng.normal(size=(3, 3)), rng.normal(size=(3, 3)))
        def residual(x: Float[np.ndarray, "B n"], W: Float[np.ndarray, "m n"]) -> Float[np.ndarray, "B m"]:
            y = x @ W.T
            if x.shape == y.shape:
                y = y + x
            return y
        residual(rng.normal(size=(3, 3)), rng.normal(size=(3, 3)))
        def add(x: Float[np.ndarray, "B n"], y: Float[np.ndarray, "C m"]):
            assert x.shape == y.shape
            return x + y
        add(np.ones((3, 3)), np.ones((3, 3)))
        def solve(A: Float[np.ndarray, "n m"], b: Float[np.ndarray, "n"]):
            n, m = A.shape
            if n != m:
                raise ValueError("not square")
            return A.T @ A @ b[:m]
        solve(np.ones((3, 3)), np.ones(3))
        def transposed(x: Float[np.ndarray, "a b"]) -> Float[np.ndarray, "b a"]:
            return x.T
        transposed(np.ones((3, 3)))
        def same(x: Float[np.ndarray, "n m"], y: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "m k"]:
            return x.T @ y
        a = np.ones((3, 3))
        same(a, a)
    """,
    ),
    "left alone": (
        "numpy",
        """
        class Matrix(np.ndarray):
            pass
        a = np.zeros((3, 1)).view(Matrix)
        b = a - np.zeros(3)
        with np.errstate(all="ignore"):
            c = np.ma.masked_array(np.zeros((3, 1))) - np.zeros(3)
        d = np.zeros((0, 1)) - np.zeros(0)
        e = np.zeros((1, 1)) - np.zeros(1)
    """,
    ),
}


def body(library, program):
    return HEAD[library] + textwrap.dedent(program).lstrip("\n")


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """What one run finds in all programs, each of which is a module."""
    folder = tmp_path_factory.mktemp("programs")
    names = {}
    for number, (name, (library, program)) in enumerate({**FOUND, **MEANT}.items()):
        names[f"p{number}.py"] = name
        (folder / f"p{number}.py").write_text(body(library, program))
    script = "".join(f"import {path[:-3]}\n" for path in names)
    (folder / "script.py").write_text(
        f"import warnings\nwarnings.simplefilter('ignore')\n{script}print('all')\n"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "shapecheck",
            "run",
            "--broadcasts",
            "--report",
            "r.json",
            "script.py",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stdout == "all\n", done.stderr
    assert "internal error" not in done.stderr
    found = {name: [] for name in names.values()}
    for one in json.loads((folder / "r.json").read_text())["diagnostics"]:
        found[names[one["path"]]].append((one["line"], one["rule"]))
        assert one["severity"] == ("error" if one["rule"] == "return-shape" else "warning")
    return found


@pytest.mark.parametrize("name", FOUND)
def test_is_found(findings, name):
    lines = body(*FOUND[name]).splitlines()
    wanted = [(at, line.rpartition("# ")[2]) for at, line in enumerate(lines, 1) if "  # " in line]
    assert sorted(set(findings[name])) == wanted


@pytest.mark.parametrize("name", MEANT)
def test_is_meant(findings, name):
    assert findings[name] == []
