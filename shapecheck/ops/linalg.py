"""Products of matrices, and linear algebra."""

from __future__ import annotations

from shapecheck.dims import Shape
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import Tensor

STACKED = Why("broadcast", "the axes before the last two have to broadcast")


@op(
    numpy="matmul",
    torch="matmul(input=a, other=b)",
    tensor="matmul(other=b)",
    operator="matmul",
)
def matmul(a: Tensor, b: Tensor, *, need: Need) -> Shape:
    """(*batch, n, k) @ (*batch, k, m) -> (*batch, n, m); a 1-D side loses its axis.

    NumPy's manual, "numpy.matmul"; torch's "torch.matmul".
    """
    need.rank_at_least("a", a, 1, "matmul-inner")
    need.rank_at_least("b", b, 1, "matmul-inner")
    inner = a.rank - 1, max(b.rank - 2, 0)
    left, right = a.shape[inner[0]], b.shape[inner[1]]
    places = (("a", inner[0]), ("b", inner[1]))
    need.equal(left.size, right.size, Why("matmul-inner", "inner sizes have to be equal", places))
    stacked = need.broadcast(a.shape[:-2], b.shape[:-2], why=STACKED)
    return (*stacked, *a.shape[-2:-1], *(b.shape[-1:] if b.rank > 1 else ()))


OPS = family(globals())
