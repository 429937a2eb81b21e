# expect: nothing
import numpy as np

table = {"rows": np.zeros((3, 2))}
rows = table["columns"]
