# expect: nothing
# says: the matrix product A @ B has the same shape, and other numbers
# run: explain A=4,4 B=4,4
A * B
