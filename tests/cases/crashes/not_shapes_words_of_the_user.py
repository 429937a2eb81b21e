# expect: nothing
width = int("shape")
