# expect: axes-scrambled
# says: x (2, 3).reshape(3, 2)
# says: a reshape keeps the order of the elements
# run: --broadcasts
import numpy as np

x = np.random.default_rng(0).random((2, 3))
y = x.reshape(3, 2)  # here
