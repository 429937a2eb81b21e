# expect: nothing
# says: No batch axis is paired
# says: einsum with the same letter in x, W and the result
# run: explain x=8,5 W=5,8,3
np.tensordot(x, W, axes=1)
