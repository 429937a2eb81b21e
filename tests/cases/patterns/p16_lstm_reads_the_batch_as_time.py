# expect: nothing
# says: It reads 8 time steps of a batch of 5.
# says: set batch_first=True or pass x.transpose(0, 1)
# says: samples are mixed through the hidden state
# run: explain x=8,5,16
nn.LSTM(16, 32)(x)
