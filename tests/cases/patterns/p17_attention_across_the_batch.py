# expect: nothing
# says: samples attend to each other; the weights (5, 8, 8) show it
# says: batch_first=True reads (batch, time, features)
# run: explain x=8,5,16
nn.MultiheadAttention(16, 4)(x, x, x)
