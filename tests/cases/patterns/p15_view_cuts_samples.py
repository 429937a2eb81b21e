# expect: nothing
# says: The first axis was 8 and is 16: if it is the batch, samples were cut or joined.
# says: maps.view(maps.shape[0], -1) keeps it.
# run: explain maps=8,32,5,5
maps.view(-1, 400)
