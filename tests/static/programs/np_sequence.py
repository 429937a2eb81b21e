"""A recurrent network by hand, attention, positions, a Kalman filter and a Viterbi path."""

import numpy as np


class RNN:
    def __init__(self, n_in, n_hidden, n_out):
        scale = 0.1
        self.params = {
            "Wx": np.random.randn(n_hidden, n_in) * scale,
            "Wh": np.random.randn(n_hidden, n_hidden) * scale,
            "Wy": np.random.randn(n_out, n_hidden) * scale,
            "bh": np.zeros((n_hidden, 1)),
            "by": np.zeros((n_out, 1)),
        }
        self.memory = {k: np.zeros_like(v) for k, v in self.params.items()}

    def loss(self, inputs, targets, hidden):
        xs, hs, ps = {}, {-1: hidden.copy()}, {}
        p = self.params
        loss = 0
        for t in range(len(inputs)):
            xs[t] = np.zeros((p["Wx"].shape[1], 1))
            xs[t][inputs[t]] = 1
            hs[t] = np.tanh(p["Wx"] @ xs[t] + p["Wh"] @ hs[t - 1] + p["bh"])
            y = p["Wy"] @ hs[t] + p["by"]
            ps[t] = np.exp(y) / np.exp(y).sum()
            loss += -np.log(ps[t][targets[t], 0])
        grads = {k: np.zeros_like(v) for k, v in p.items()}
        next_ = np.zeros_like(hs[0])
        for t in reversed(range(len(inputs))):
            dy = ps[t].copy()
            dy[targets[t]] -= 1
            grads["Wy"] += dy @ hs[t].T
            grads["by"] += dy
            dh = p["Wy"].T @ dy + next_
            raw = (1 - hs[t] ** 2) * dh
            grads["bh"] += raw
            grads["Wx"] += raw @ xs[t].T
            grads["Wh"] += raw @ hs[t - 1].T
            next_ = p["Wh"].T @ raw
        for grad in grads.values():
            np.clip(grad, -5, 5, out=grad)
        return loss, grads, hs[len(inputs) - 1]

    def step(self, grads, rate=0.1):
        for name, value in self.params.items():
            self.memory[name] += grads[name] ** 2
            value -= rate * grads[name] / np.sqrt(self.memory[name] + 1e-8)


def positions(length, depth):
    pos = np.arange(length)[:, np.newaxis]
    rates = 1 / np.power(10000, (2 * (np.arange(depth) // 2)) / depth)
    angles = pos * rates[np.newaxis, :]
    angles[:, 0::2] = np.sin(angles[:, 0::2])
    angles[:, 1::2] = np.cos(angles[:, 1::2])
    return angles[np.newaxis, ...]


def attention(q, k, v, mask=None):
    scores = np.matmul(q, np.swapaxes(k, -1, -2)) / np.sqrt(q.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -1e9)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return np.einsum("bhij,bhjd->bhid", weights, v), weights


def heads(x, h):
    b, n, d = x.shape
    return x.reshape(b, n, h, d // h).transpose(0, 2, 1, 3)


def kalman(measurements, F, H, Q, R):
    x, P = np.zeros((F.shape[0], 1)), np.eye(F.shape[0])
    track = []
    for z in measurements:
        x, P = F @ x, F @ P @ F.T + Q
        S = H @ P @ H.T + R
        K = P @ H.T @ np.linalg.inv(S)
        x = x + K @ (z.reshape(-1, 1) - H @ x)
        P = (np.eye(len(x)) - K @ H) @ P
        track.append(x.ravel())
    return np.array(track)


def viterbi(start, moves, emits, seen):
    T, N = len(seen), len(start)
    score = np.zeros((T, N))
    back = np.zeros((T, N), dtype=int)
    score[0] = np.log(start) + np.log(emits[:, seen[0]])
    for t in range(1, T):
        options = score[t - 1][:, None] + np.log(moves)
        back[t] = options.argmax(axis=0)
        score[t] = options.max(axis=0) + np.log(emits[:, seen[t]])
    path = [int(score[-1].argmax())]
    for t in range(T - 1, 0, -1):
        path.append(int(back[t, path[-1]]))
    return np.array(path[::-1]), score


text = "shapes in, shapes out"
letters = sorted(set(text))
index = {c: i for i, c in enumerate(letters)}
codes = [index[c] for c in text]
net = RNN(len(letters), 8, len(letters))
hidden = np.zeros((8, 1))
for start in range(0, 15, 5):
    loss, grads, hidden = net.loss(codes[start : start + 5], codes[start + 1 : start + 6], hidden)
    net.step(grads)
x = np.random.randn(2, 5, 8) + positions(5, 8)
causal = np.tril(np.ones((5, 5), dtype=bool))
out, weights = attention(heads(x, 2), heads(x, 2), heads(x, 2), causal)
merged = out.transpose(0, 2, 1, 3).reshape(2, 5, -1)
F = np.array([[1, 1], [0, 1]])
H = np.array([[1, 0]])
track = kalman(np.arange(6.0), F, H, 0.01 * np.eye(2), np.array([[1.0]]))
path, score = viterbi(
    np.array([0.6, 0.4]),
    np.array([[0.7, 0.3], [0.4, 0.6]]),
    np.array([[0.5, 0.4, 0.1], [0.1, 0.3, 0.6]]),
    [0, 1, 2, 2],
)
print(loss, merged.shape, weights.sum(-1), track[-1], path, score)
