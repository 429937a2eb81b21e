# expect: broadcast
# says: e.sum(axis=1)'s 32 lines up with e's 10, not with its first axis (32)
# says: The sum dropped the axis that it was over
# fix: e / e.sum(axis=1, keepdims=True)
import numpy as np

z = np.zeros((32, 10))
e = np.exp(z - z.max())
p = e / e.sum(axis=1)  # here
