def one(number, call, result, operand, *_):
    return result


def two(number, call, result, left, right, *_):
    return result


def item(number, call, result, owner, index, *_):
    return result


def call(number, call, result, given, *_):
    return result


def sizes(number, thing):
    return thing


def observations():
    return None
