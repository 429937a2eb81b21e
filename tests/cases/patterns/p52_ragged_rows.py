# expect: ragged
# says: row 1 has 2 items, row 0 has 3
# says: pad
import numpy as np

lengths = np.array([[1, 2, 3], [4, 5]])  # here
