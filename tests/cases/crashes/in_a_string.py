# expect: broadcast
# says: b's 4 lines up with a's 3
import numpy as np

a, b = np.ones(3), np.ones(4)
text = f"{a + b}"  # here
