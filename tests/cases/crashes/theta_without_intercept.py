# expect: matmul-inner
# says: 3 = 2 + 1: row carries a 1 for the bias, and theta has no entry for it.
import numpy as np

row, theta = np.ones(3), np.zeros(2)
cost = np.dot(row, theta)  # here
