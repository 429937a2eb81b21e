# expect: nothing
# says: Made an nn.Parameter, it would be 8 weights of their own, not one.
# says: @ and + stretch by themselves
# run: explain x=8,5,4 w=4,3
torch.bmm(x, w.expand(8, 4, 3))
