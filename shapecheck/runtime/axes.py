class Claims:
    pass


following = False


def follow(wanted):
    pass


def torch_is_loaded():
    pass
