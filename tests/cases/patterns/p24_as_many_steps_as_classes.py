# expect: nothing
# says: with as many steps as classes nothing raises, and steps are scored as classes
# says: logits.transpose(1, 2)
# run: explain logits=4,10,10 y=4,10
F.cross_entropy(logits, y)
