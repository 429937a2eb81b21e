"""k-means, PCA and nearest neighbours in NumPy."""

import numpy as np


def pairwise_distances(X, centers):
    diff = X[:, None, :] - centers[None, :, :]
    return np.sqrt((diff**2).sum(axis=2))


def kmeans(X, k, iterations, rng):
    centers = X[rng.choice(len(X), k, replace=False)]
    for _ in range(iterations):
        distances = pairwise_distances(X, centers)
        labels = distances.argmin(axis=1)
        onehot = np.eye(k)[labels]
        counts = onehot.sum(axis=0)
        sums = onehot.T @ X
        centers = sums / np.maximum(counts, 1)[:, None]
    return centers, labels


def pca(X, n_components):
    mean = X.mean(axis=0)
    centered = X - mean
    covariance = centered.T @ centered / (len(X) - 1)
    values, vectors = np.linalg.eigh(covariance)
    order = np.argsort(values)[::-1][:n_components]
    components = vectors[:, order]
    return centered @ components, components, mean


def nearest(X, queries, n_neighbors):
    squared = (queries**2).sum(axis=1, keepdims=True) - 2 * queries @ X.T + (X**2).sum(axis=1)
    return np.argsort(squared, axis=1)[:, :n_neighbors]


def gaussian(X, mean, covariance):
    d = X.shape[1]
    diff = X - mean
    inverse = np.linalg.inv(covariance)
    exponent = -0.5 * np.einsum("ij,jk,ik->i", diff, inverse, diff)
    norm = 1 / np.sqrt((2 * np.pi) ** d * np.linalg.det(covariance))
    return norm * np.exp(exponent)


if __name__ == "__main__":
    rng = np.random.default_rng(1)
    X = rng.normal(size=(120, 6))
    centers, labels = kmeans(X, k=4, iterations=5, rng=rng)
    projected, components, mean = pca(X, n_components=2)
    restored = projected @ components.T + mean
    neighbors = nearest(X, X[:10], n_neighbors=3)
    weights = rng.random(4)
    weighted = (centers * weights[:, np.newaxis]).sum(axis=0) / weights.sum()
    density = gaussian(X, mean, np.cov(X, rowvar=False))
    least_squares, *_ = np.linalg.lstsq(np.c_[X, np.ones(120)], projected[:, 0], rcond=None)
    print(labels[:5], np.abs(X - restored).mean(), neighbors.shape, weighted, density.sum())
    print(least_squares.shape)
