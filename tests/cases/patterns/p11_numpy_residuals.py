# expect: broadcast-outer
# says: pred (6, 1) - y (6,) silently became (6, 6)
# says: 36 numbers, 6 expected
# fix: pred.squeeze(1) - y
# run: --broadcasts
import numpy as np

X, y = np.ones((6, 3)), np.arange(6.0)
theta = np.zeros((3, 1))
pred = X @ theta
mse = np.mean((pred - y) ** 2)  # here
