# expect: broadcast
# says: * is element by element
# fix: dZ @ A_prev.T
import numpy as np

m = 4
A_prev = np.ones((5, m))
dZ = np.ones((3, m))
dW = A_prev * dZ / m  # here
