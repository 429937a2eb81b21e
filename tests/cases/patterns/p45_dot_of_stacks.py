# expect: nothing
# says: every matrix of a with every matrix of b
# says: a @ b
# run: explain a=8,5,4 b=8,4,3
np.dot(a, b)
