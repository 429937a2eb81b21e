"""A network with its backward pass, in NumPy."""

import numpy as np


def relu(z):
    return np.maximum(0, z)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


class Network:
    def __init__(self, sizes, rng):
        self.W1 = rng.normal(0, 0.1, (sizes[0], sizes[1]))
        self.b1 = np.zeros(sizes[1])
        self.W2 = rng.normal(0, 0.1, (sizes[1], sizes[2]))
        self.b2 = np.zeros(sizes[2])

    def forward(self, X):
        self.X = X
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = relu(self.Z1)
        self.Z2 = self.A1 @ self.W2 + self.b2
        return softmax(self.Z2)

    def backward(self, probs, Y):
        n = Y.shape[0]
        dZ2 = (probs - Y) / n
        dW2 = self.A1.T @ dZ2
        db2 = dZ2.sum(axis=0)
        dA1 = dZ2 @ self.W2.T
        dZ1 = dA1 * (self.Z1 > 0)
        dW1 = self.X.T @ dZ1
        db1 = dZ1.sum(axis=0)
        return dW1, db1, dW2, db2

    def update(self, grads, lr):
        dW1, db1, dW2, db2 = grads
        self.W1 -= lr * dW1
        self.b1 -= lr * db1
        self.W2 -= lr * dW2
        self.b2 -= lr * db2


def one_hot(labels, n_classes):
    Y = np.zeros((labels.size, n_classes))
    Y[np.arange(labels.size), labels] = 1
    return Y


def cross_entropy(probs, Y):
    return -np.mean(np.sum(Y * np.log(probs + 1e-9), axis=1))


def main():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 20))
    labels = rng.integers(0, 4, size=90)
    Y = one_hot(labels, 4)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    net = Network([20, 30, 4], rng)
    for epoch in range(5):
        order = rng.permutation(90)
        for start in range(0, 90, 30):
            batch = order[start : start + 30]
            probs = net.forward(X[batch])
            grads = net.backward(probs, Y[batch])
            net.update(grads, lr=0.5)
        print(epoch, cross_entropy(net.forward(X), Y))
    predictions = net.forward(X).argmax(axis=1)
    confusion = np.zeros((4, 4), dtype=int)
    np.add.at(confusion, (labels, predictions), 1)
    print(confusion, np.trace(confusion) / confusion.sum())


if __name__ == "__main__":
    main()
