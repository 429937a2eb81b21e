# expect: matmul-inner
# says: row (3,) @ weights (4,): inner sizes 3 and 4 differ
import numpy as np

weights = np.ones(4)
scores = np.apply_along_axis(lambda row: row @ weights, 1, np.ones((2, 3)))  # here
