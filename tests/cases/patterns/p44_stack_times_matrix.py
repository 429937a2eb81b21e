# expect: matmul-inner
# says: @ contracts the last axis of A (1); axis 1 of A has the size 100
# fix: np.einsum('ijk,jl->ilk', A, W)
# fix: A[..., 0] @ W
import numpy as np

A = np.ones((200, 100, 1))
W = np.ones((100, 200))
back = A @ W  # here
