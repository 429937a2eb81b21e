# expect: matmul-inner
# says: The gradient of a weight is a sum over the samples
# fix: X.T @ dY
import numpy as np

X, W, dY = np.ones((32, 784)), np.zeros((784, 10)), np.ones((32, 10))
dW = X @ dY  # here
