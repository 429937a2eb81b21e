# expect: nothing
# says: x has 3 axes, so it is read as ONE image without a batch: axis 0 (8) is taken for channels.
# says: x.unsqueeze(1) puts the channel axis in
# run: explain x=8,28,28
nn.Conv2d(8, 16, 3)(x)
