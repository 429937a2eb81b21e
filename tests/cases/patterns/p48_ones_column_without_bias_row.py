# expect: matmul-inner
# says: 785 = 784 + 1: X carries a column of ones for the bias, and W has no row for it.
# says: drop the column and add b
import numpy as np

X = np.hstack([np.ones((32, 1)), np.zeros((32, 784))])
W = np.zeros((784, 10))
scores = X @ W  # here
