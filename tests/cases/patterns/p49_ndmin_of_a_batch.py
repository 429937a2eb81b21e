# expect: nothing
# says: x has 2 axes already, so that ndmin=2 changes nothing; a .T then turns samples into features.
# run: explain x=3,2
np.array(x, ndmin=2).T
