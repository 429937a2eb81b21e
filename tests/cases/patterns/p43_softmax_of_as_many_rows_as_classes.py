# expect: nothing
# says: e.sum(axis=1) has one number for each ROW of e, and lines up with its columns
# says: keepdims=True keeps it a column
# run: explain e=10,10
e / e.sum(axis=1)
