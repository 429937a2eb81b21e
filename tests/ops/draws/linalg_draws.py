"""Random calls of the ops in `shapecheck.ops.linalg`."""

from oracle import SIZES, Arr, shape, stretchable


def matmul(rng, library):
    batch = shape(rng, 0, 2)
    n, k, m = (rng.choice(SIZES) for _ in range(3))
    a = Arr((*stretchable(rng, batch), n, k) if rng.random() < 0.8 else (k,))
    b = Arr((*stretchable(rng, batch), k, m) if rng.random() < 0.8 else (k,))
    return {"a": a, "b": b}


DRAWS = {"matmul": matmul}
