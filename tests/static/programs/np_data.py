"""Preparing data, PCA, k-means, nearest neighbours, metrics; in NumPy."""

import numpy as np


def standardise(X, mean=None, std=None):
    if mean is None:
        mean, std = X.mean(0), X.std(0)
    std = np.where(std == 0, 1, std)
    return (X - mean) / std, mean, std


def split(X, y, share=0.75, seed=1):
    order = np.random.RandomState(seed).permutation(X.shape[0])
    cut = int(len(order) * share)
    a, b = order[:cut], order[cut:]
    return X[a], X[b], y[a], y[b]


def pca(X, k):
    centred = X - X.mean(axis=0)
    cov = np.cov(centred, rowvar=False)
    values, vectors = np.linalg.eigh(cov)
    order = np.argsort(values)[::-1][:k]
    components = vectors[:, order]
    u, s, vt = np.linalg.svd(centred, full_matrices=False)
    assert np.allclose(np.abs(vt[:k].T), np.abs(components))
    return centred @ components, components, s**2 / (len(X) - 1)


def kmeans(X, k, steps=4):
    centres = X[np.random.choice(len(X), k, replace=False)]
    for _ in range(steps):
        d = ((X[:, None, :] - centres[None]) ** 2).sum(-1)
        nearest = d.argmin(axis=1)
        moved = np.array(
            [X[nearest == i].mean(axis=0) if np.any(nearest == i) else centres[i] for i in range(k)]
        )
        if np.allclose(moved, centres):
            break
        centres = moved
    return centres, nearest


def distances(A, B):
    return np.sqrt(np.maximum((A**2).sum(1)[:, None] + (B**2).sum(1) - 2 * A @ B.T, 0))


def knn(X, y, Q, k=3):
    near = np.argpartition(distances(Q, X), k, axis=1)[:, :k]
    votes = y[near]
    return np.array([np.bincount(row, minlength=2).argmax() for row in votes])


def least_squares(X, y, ridge=0.1):
    A = np.hstack([np.ones((len(X), 1)), X])
    exact, residuals, rank, singular = np.linalg.lstsq(A, y, rcond=None)
    regular = np.linalg.solve(A.T @ A + ridge * np.eye(A.shape[1]), A.T @ y)
    return exact, regular, A @ regular


def roc(scores, labels):
    order = np.argsort(-scores)
    hits = labels[order]
    tpr = np.cumsum(hits) / hits.sum()
    fpr = np.cumsum(1 - hits) / (1 - hits).sum()
    return np.concatenate([[0], fpr]), np.concatenate([[0], tpr])


def rolling(x, width):
    sums = np.cumsum(np.insert(x, 0, 0))
    return (sums[width:] - sums[:-width]) / width


def table():
    rows = [[5.1, 3.5, 0], [4.9, 3.0, 1], [6.2, np.nan, 1], [5.5, 2.4, 0]] * 5
    data = np.array(rows)
    data = data + np.random.normal(0, 0.05, data.shape)
    features, target = data[:, :-1], data[:, -1].round().astype(int)
    means = np.nanmean(features, axis=0)
    gaps = np.isnan(features)
    features[gaps] = np.take(means, np.nonzero(gaps)[1])
    return features, target


np.random.seed(0)
features, target = table()
train, test, y_train, y_test = split(features, target)
train, mean, std = standardise(train)
test, *_ = standardise(test, mean, std)
low, components, variances = pca(train, 1)
centres, nearest = kmeans(train, 2)
guess = knn(train, y_train, test)
exact, regular, fitted = least_squares(train, y_train.astype(float))
fpr, tpr = roc(fitted, y_train)
area = (np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2).sum()
smooth = rolling(np.sin(np.linspace(0, 6, 40)), 5)
counts, edges = np.histogram(features[:, 0], bins=6)
names, index = np.unique(["b", "a", "b", "c"], return_inverse=True)
onehot = np.eye(len(names))[index]
corr = np.corrcoef(train.T)
stacked = np.vstack([centres, train[:2]])
table_ = np.column_stack((edges[:-1], counts))
quartiles = np.percentile(features, [25, 50, 75], axis=0)
outer = np.outer(variances, variances)
print(
    low.shape,
    guess == y_test,
    exact,
    area,
    smooth[-1],
    onehot.sum(0),
    corr,
    stacked.shape,
    table_,
    quartiles,
    outer,
)
