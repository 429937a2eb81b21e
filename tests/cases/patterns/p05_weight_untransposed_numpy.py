# expect: matmul-inner
# says: images (32, 784) @ W (256, 784): inner sizes 784 and 256 differ
# says: W is stored (n_out, n_in), the way nn.Linear stores its weight.
# fix: images @ W.T
import numpy as np

images = np.zeros((32, 784))
W = np.zeros((256, 784))
hidden = np.maximum(images @ W, 0)  # here
