# expect: matmul-inner
# says: Both are 1-D: .T does nothing to them
# fix: np.outer(delta, activation.T)
import numpy as np

delta = np.array([0.1, -0.2, 0.3])
activation = np.ones(4)
dW = np.dot(delta, activation.T)  # here
