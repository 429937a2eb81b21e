# expect: assignment-shape
# says: 0.1 * db still has the batch axis; a gradient is summed over it
# fix: b -= (0.1 * db).sum(axis=0)
import numpy as np

b, db = np.zeros(10), np.ones((32, 10))
b -= 0.1 * db  # here
