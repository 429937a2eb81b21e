# expect: matmul-inner
# says: Since NumPy 2.0 a right-hand side of two axes is one matrix, not a stack of vectors
# fix: np.linalg.solve(A, b[..., None])[..., 0]
import numpy as np

A = np.stack([np.eye(3)] * 5)
b = np.ones((5, 3))
x = np.linalg.solve(A, b)  # here
