# expect: matmul-inner
# says: a gradient is multiplied with the transposed weight of its own layer
# says: One of the two belongs to another layer.
import numpy as np

W3, delta = np.zeros((4, 1)), np.ones((6, 4))
error = delta.dot(W3.T)  # here
