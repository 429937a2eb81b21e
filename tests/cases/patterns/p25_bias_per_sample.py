# expect: broadcast
# says: b's 3 lines up with X @ W's 2, not with its first axis (3)
# says: b is as long as the batch
# fix: X @ W + b[:, None]
# says: b = np.zeros(2)
import numpy as np

X, W = np.ones((3, 4)), np.ones((4, 2))
b = np.zeros(3)
y = X @ W + b  # here
