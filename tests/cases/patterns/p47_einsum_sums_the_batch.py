# expect: nothing
# says: b stands only in x: its axis 0 (32) is summed away.
# says: 'bi,oi->bo'
# run: explain x=32,784 W=256,784
np.einsum("bi,oi->o", x, W)
