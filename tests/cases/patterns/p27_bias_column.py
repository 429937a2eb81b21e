# expect: broadcast
# says: b (10, 1) is a column
# says: samples are rows
# fix: X @ W + b.T
import numpy as np

X, W = np.ones((32, 784)), np.ones((784, 10))
b = np.zeros((10, 1))
scores = X @ W + b  # here
