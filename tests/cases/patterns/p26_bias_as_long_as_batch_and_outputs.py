# expect: nothing
# says: Both axes are 3 here, and b lines up with the last one.
# says: If it has one number for each row, b[:, None] says so
# run: explain X=3,4 W=4,3 b=3
X @ W + b
