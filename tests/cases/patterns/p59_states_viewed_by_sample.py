# expect: nothing
# says: view does not move axes, and mixes axes 0 and 1
# says: h_n.transpose(0, 1) moves it to the front
# run: explain h_n=2,8,32
h_n.view(8, -1)
