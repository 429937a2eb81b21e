# expect: matmul-inner
# says: X has its samples in rows
# fix: X @ W.T
# fix: W @ X.T
import numpy as np

W = np.zeros((256, 784))
X = np.zeros((32, 784))
hidden = W @ X  # here
