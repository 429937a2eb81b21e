# expect: matmul-inner
# says: inner sizes 6 and 2 differ
# fix: np.dot(W2.T, A1)
import numpy as np

W2, A1 = np.ones((2, 6)), np.ones((2, 1))
Z2 = np.dot(W2, A1)  # here
