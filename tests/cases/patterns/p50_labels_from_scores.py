# expect: nothing
# says: Both axes are 10 here, and labels lines up with the last one.
# says: nothing raises until the two sizes differ
# run: explain scores=10,10 labels=10
scores - labels
