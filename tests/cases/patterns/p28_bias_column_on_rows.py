# expect: nothing
# says: b has one number for each of the 10 samples, used for all 10 outputs of it.
# says: A layer's bias is the other way: one for each output.
# run: explain X=10,784 W=784,10 b=10,1
X @ W + b
