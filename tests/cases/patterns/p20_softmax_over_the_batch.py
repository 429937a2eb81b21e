# expect: nothing
# says: The 4 numbers along axis 0 sum to 1.
# says: dim=-1 is over the classes
# run: explain logits=4,10
F.softmax(logits, dim=0)
