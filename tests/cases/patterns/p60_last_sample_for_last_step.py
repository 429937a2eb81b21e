# expect: nothing
# says: this is one sample with all its steps
# says: the last step of all samples is out[:, -1]
# run: explain out=8,5,32
out[-1]
