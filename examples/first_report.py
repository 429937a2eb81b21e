"""A layer whose contract is broken, and the same repaired.

`linear` promises what it works on: inputs (B, n_in), weights (n_out, n_in), one bias for each
output. The program first passes a weight that is stored the other way round, prints the report,
and then does it right.
"""

import sys
import traceback

import numpy as np
from jaxtyping import Float

import shapecheck


@shapecheck.check
def linear(
    x: Float[np.ndarray, "B n_in"],
    W: Float[np.ndarray, "n_out n_in"],
    b: Float[np.ndarray, "n_out"],
) -> Float[np.ndarray, "B n_out"]:
    return x @ W.T + b


def main():
    rng = np.random.default_rng(0)
    images = rng.normal(size=(32, 784))
    W1 = rng.normal(size=(784, 256))  # (n_in, n_out), the way Keras stores it
    b1 = np.zeros(256)

    print("the mistake:\n")
    try:
        linear(images, W1, b1)
    except shapecheck.ShapeError:
        traceback.print_exc(file=sys.stdout)

    print("\nrepaired:\n")
    hidden = linear(images, W1.T, b1)
    print(f"linear(images, W1.T, b1) has the shape {hidden.shape}")


if __name__ == "__main__":
    main()
