"""Solving, inverting and decomposing matrices, and what is computed from that."""

from __future__ import annotations

from typing import Any

from shapecheck.dims import Axis, Shape, Size, minimum
from shapecheck.facts import all_hold
from shapecheck.ops import linalg
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import Anything, Count, Dim, Flag, MaybeTensor, Tensor, Word
from shapecheck.ops._values import Array, Record, Unknown, promoted

STACKED = Why("broadcast", "the axes before the last two have to broadcast")


def matrix(need: Need, name: str, a: Array) -> tuple[Axis, Axis]:
    """Require a matrix, or a stack of them; its two axes."""
    need.rank_at_least(name, a, 2)
    return a.shape[-2], a.shape[-1]


def square(need: Need, name: str, a: Array) -> tuple[Axis, Axis]:
    """Require a square matrix, or a stack of them; its two axes."""
    rows, columns = matrix(need, name, a)
    places = (name, a.rank - 2), (name, a.rank - 1)
    why = Why("square-matrix", f"the last two axes of {name} have to have one size", places)
    need.equal(rows.size, columns.size, why)
    return rows, columns


def lesser(rows: Axis, columns: Axis) -> Axis:
    """The axis of the singular values: as long as the shorter of the two."""
    return Axis(minimum(rows.size, columns.size))


def inexact(dtype: str) -> str:
    """The kind that integers are computed in."""
    return "float" if dtype in ("bool", "int") else dtype


def real(a: Array, axes: Shape) -> Array:
    """A result of real numbers."""
    return Array(axes, "float" if a.dtype else "", None, a.library)


def same_kind(a: Array, axes: Shape, *others: Array) -> Array:
    """A result of the kind that the matrices are computed in."""
    dtype = promoted(one.dtype for one in (a, *others))
    return Array(axes, inexact(dtype), None, a.library)


def integers(axes: Shape) -> Array:
    """A result of integers, such as pivots."""
    return Array(axes, "int")


# --- inverses ---------------------------------------------------------------------------------


@op(
    numpy="linalg.inv(a)",
    torch=["linalg.inv(A=a, *, out)", "inverse(input=a, *, out)"],
    tensor="inverse()",
)
def inv(a: Tensor, *, need: Need) -> Array:
    """(*batch, n, n) -> (*batch, n, n)

    NumPy's manual, "numpy.linalg.inv"; torch's "torch.linalg.inv".
    """
    rows, columns = square(need, "a", a)
    return same_kind(a, (*a.shape[:-2], columns, rows))


@op(torch="linalg.inv_ex(A=a, *, check_errors, out)")
def inv_ex(a: Tensor, *, need: Need) -> Record:
    """(*batch, n, n) -> (*batch, n, n), (*batch)

    torch's "torch.linalg.inv_ex".
    """
    rows, columns = square(need, "a", a)
    values = same_kind(a, (*a.shape[:-2], columns, rows)), integers(a.shape[:-2])
    return Record(("inverse", "info"), values)


@op(
    numpy="linalg.pinv(a, rcond, hermitian, *, rtol)",
    torch=["linalg.pinv(input=a, *, atol, rtol, hermitian, out)", "pinverse(input=a, rcond)"],
    tensor="pinverse(rcond)",
)
def pinv(a: Tensor, hermitian: Flag = False, *, need: Need) -> Array:
    """(*batch, n, m) -> (*batch, m, n)

    NumPy's manual, "numpy.linalg.pinv"; torch's "torch.linalg.pinv".
    """
    rows, columns = matrix(need, "a", a)
    if need.library is NUMPY:
        none = need.assume.equal(rows.size * columns.size, 0) is True
    else:
        none = hermitian and is_empty(need, a)
    if hermitian and not none:
        square(need, "a", a)
    return same_kind(a, (*a.shape[:-2], columns, rows))


@op(
    torch=["matrix_exp(input=a)", "linalg.matrix_exp(input=a)"],
    tensor="matrix_exp()",
)
def matrix_exp(a: Tensor, *, need: Need) -> Array:
    """(*batch, n, n) -> (*batch, n, n)

    torch's "torch.linalg.matrix_exp".
    """
    square(need, "a", a)
    return a.with_axes(a.shape)


@op(
    numpy="linalg.matrix_power(a, n)",
    torch=["linalg.matrix_power(input=a, n, *, out)", "matrix_power(input=a, n, *, out)"],
    tensor="matrix_power(n)",
)
def matrix_power(a: Tensor, n: Dim, *, need: Need) -> Array:
    """(*batch, n, n) -> (*batch, n, n)

    NumPy's manual, "numpy.linalg.matrix_power"; torch's "torch.linalg.matrix_power".
    """
    square(need, "a", a)
    return a.with_axes(a.shape)


@op(
    numpy="linalg.tensorinv(a, ind)",
    torch="linalg.tensorinv(input=a, ind, *, out)",
)
def tensorinv(a: Tensor, ind: Dim = 2, *, need: Need) -> Array:
    """(*s, *t) -> (*t, *s), where `ind` tells how many axes *s has

    NumPy's manual, "numpy.linalg.tensorinv"; torch's "torch.linalg.tensorinv".
    """
    count = need.known(ind, "ind")
    if need.library is NUMPY:
        need.rank_at_least("a", a, 1)
    need.true(count > 0, Why("size-argument", "ind has to be positive", (("ind", None),)), count, 1)
    if need.library is not NUMPY:
        text = "ind may not be more than there are axes"
        need.true(count <= a.rank, Why("size-argument", text, (("ind", None),)), count, a.rank)
    left, right = _product(a.shape[:count]), _product(a.shape[count:])
    why = Why("square-matrix", "both parts of the axes have to have as many elements")
    need.equal(left, right, why)
    return same_kind(a, a.shape[count:] + a.shape[:count])


def is_empty(need: Need, a: Array) -> bool:
    """Whether an array has no elements, which spares it some tests of the libraries."""
    return need.decided(need.assume.equal(_product(a.shape), 0), "whether there are elements")


def _product(axes: Shape) -> Size:
    total: Size = 1
    for axis in axes:
        total = total * axis.size
    return total


# --- systems of equations ---------------------------------------------------------------------


@op(numpy="linalg.solve(a, b)")
def solve_numpy(a: Tensor, b: Tensor, *, need: Need) -> Array:
    """(*batch, n, n), (*batch, n, k) -> (*batch, n, k); only a 1-D `b` is a vector.

    NumPy's manual, "numpy.linalg.solve".
    """
    _rows, columns = square(need, "a", a)
    need.rank_at_least("b", b, 1)
    place = 0 if b.rank == 1 else b.rank - 2
    linalg.contracted(need, a, a.rank - 2, b, place)
    if b.rank == 1:
        return same_kind(a, (*a.shape[:-2], columns), b)
    stack = need.broadcast(a.shape[:-2], b.shape[:-2], why=STACKED)
    return same_kind(a, (*stack, columns, b.shape[-1]), b)


def solution(need: Need, a: Array, b: Array, *, left: bool = True) -> Shape:
    """What torch's solvers give: `b` is a stack of vectors if its shape is that of `a` less one."""
    rows, columns = square(need, "a", a)
    need.rank_at_least("b", b, 1)
    if is_vector(need, a, b):
        text = "a vector on the right cannot stand on the left of the matrix"
        need.true(left, Why("rank", text, (("left", None), ("b", None))))
        linalg.contracted(need, a, a.rank - 2, b, b.rank - 1)
        stack = need.broadcast(a.shape[:-2], b.shape[:-1], why=STACKED)
        return (*stack, columns)
    need.rank_at_least("b", b, 2)
    place = b.rank - 2 if left else b.rank - 1
    linalg.contracted(need, a, a.rank - 2, b, place)
    stack = need.broadcast(a.shape[:-2], b.shape[:-2], why=STACKED)
    return (*stack, columns, b.shape[-1]) if left else (*stack, b.shape[-2], rows)


def is_vector(need: Need, a: Array, b: Array) -> bool:
    """Whether torch takes the right side for vectors."""
    if b.rank == 1:
        return True
    if b.rank != a.rank - 1:
        return False
    equal = [need.assume.equal(x.size, y.size) for x, y in zip(b.shape, a.shape[:-1], strict=True)]
    if False in equal:
        return False
    return need.decided(None if None in equal else True, "whether b holds vectors is not known")


@op(torch="linalg.solve(A=a, B=b, *, left, out)")
def solve(a: Tensor, b: Tensor, left: Flag = True, *, need: Need) -> Array:
    """(*batch, n, n), (*batch, n, k) -> (*batch, n, k), or with vectors: (*batch, n)

    torch's "torch.linalg.solve".
    """
    return same_kind(a, solution(need, a, b, left=left))


@op(torch="linalg.solve_ex(A=a, B=b, *, left, check_errors, out)")
def solve_ex(a: Tensor, b: Tensor, left: Flag = True, *, need: Need) -> Record:
    """(*batch, n, n), (*batch, n, k) -> (*batch, n, k), (*batch)

    torch's "torch.linalg.solve_ex".
    """
    axes = solution(need, a, b, left=left)
    return Record(("result", "info"), (same_kind(a, axes), integers(a.shape[:-2])))


@op(torch="linalg.solve_triangular(input=a, B=b, *, upper, left, unitriangular, out)")
def solve_triangular(a: Tensor, b: Tensor, upper: Flag, left: Flag = True, *, need: Need) -> Array:
    """(*batch, n, n), (*batch, n, k) -> (*batch, n, k)

    torch's "torch.linalg.solve_triangular".
    """
    rows, columns = square(need, "a", a)
    need.rank_at_least("b", b, 2)
    linalg.contracted(need, a, a.rank - 2, b, b.rank - 2 if left else b.rank - 1)
    stack = need.broadcast(a.shape[:-2], b.shape[:-2], why=STACKED)
    tail = (columns, b.shape[-1]) if left else (b.shape[-2], rows)
    return same_kind(a, (*stack, *tail))


@op(
    torch="triangular_solve(input=b, A=a, upper, transpose, unitriangular)",
    tensor="triangular_solve(A=a, upper, transpose, unitriangular)",
)
def triangular_solve(b: Tensor, a: Tensor, *, need: Need) -> Record:
    """(*batch, n, k), (*batch, n, n) -> (*batch, n, k), (*batch, n, n)

    torch's "torch.triangular_solve".
    """
    need.rank_at_least("b", b, 2)
    rows, columns = square(need, "a", a)
    linalg.contracted(need, a, a.rank - 2, b, b.rank - 2)
    stack = need.broadcast(a.shape[:-2], b.shape[:-2], why=STACKED)
    values = same_kind(a, (*stack, columns, b.shape[-1])), same_kind(a, (*stack, rows, columns))
    return Record(("solution", "cloned_coefficient"), values)


@op(
    torch="cholesky_solve(input=b, input2=a, upper, *, out)",
    tensor="cholesky_solve(input2=a, upper)",
)
def cholesky_solve(b: Tensor, a: Tensor, *, need: Need) -> Array:
    """(*batch, n, k), (*batch, n, n) -> (*batch, n, k)

    torch's "torch.cholesky_solve".
    """
    need.rank_at_least("b", b, 2)
    _, columns = square(need, "a", a)
    linalg.contracted(need, a, a.rank - 2, b, b.rank - 2)
    stack = need.broadcast(a.shape[:-2], b.shape[:-2], why=STACKED)
    return same_kind(a, (*stack, columns, b.shape[-1]))


@op(numpy="linalg.lstsq(a, b, rcond)")
def lstsq_numpy(a: Tensor, b: Tensor, *, need: Need) -> list[Any]:
    """(n, m), (n, k) -> (m, k), residuals, rank, singular values; `b` may be a vector.

    NumPy's manual, "numpy.linalg.lstsq".
    """
    need.rank("a", a, 2)
    need.rank("b", b, 1, 2)
    linalg.contracted(need, a, 0, b, 0)
    rows, columns = a.shape
    residuals = Axis(need.fresh("residuals"))
    if need.assume.at_least(columns.size, rows.size):
        residuals = Axis(0)
    return [
        same_kind(a, (columns, *b.shape[1:]), b),
        real(a, (residuals,)),
        Unknown("the rank depends on the data", "number"),
        real(a, (lesser(rows, columns),)),
    ]


def _stack_of_vectors(need: Need, a: Array, b: Array) -> None:
    """Give up unless an array with an axis less than `a` is a vector for each of its matrices.

    What torch does with a matrix that has fewer axes has changed.
    """
    pairs = zip(b.sizes, a.sizes[:-1], strict=True)
    if b.rank > 1 and not all_hold(*(need.assume.equal(*pair) for pair in pairs)):
        need.broadcast(a.shape[:-2], b.shape[:-1], why=STACKED)
        need.undecided("b is a matrix with fewer axes, or a stack of vectors")


@op(torch="linalg.lstsq(input=a, b, rcond, *, driver)")
def lstsq(a: Tensor, b: Tensor, *, need: Need) -> Record:
    """(*batch, n, m), (*batch, n, k) -> (*batch, m, k), residuals, rank, singular values

    torch's "torch.linalg.lstsq".
    """
    columns = matrix(need, "a", a)[1]
    need.rank("b", b, a.rank - 1, a.rank)
    vector = b.rank < a.rank
    if vector:
        _stack_of_vectors(need, a, b)
    lost = 1 if vector else 2
    linalg.contracted(need, a, a.rank - 2, b, b.rank - lost)
    stack = need.broadcast(a.shape[:-2], b.shape[: b.rank - lost], why=STACKED)
    tail = b.shape[-1:] if not vector else ()
    values = (
        same_kind(a, (*stack, columns, *tail)),
        Unknown("whether there are residuals depends on the driver"),
        Unknown("whether the rank is told depends on the driver"),
        Unknown("whether singular values are told depends on the driver"),
    )
    return Record(("solution", "residuals", "rank", "singular_values"), values)


# --- Cholesky, LU, QR -------------------------------------------------------------------------


@op(
    numpy="linalg.cholesky(a, /, *, upper)",
    torch="linalg.cholesky(input=a, *, upper, out)",
)
def cholesky(a: Tensor, *, need: Need) -> Array:
    """(*batch, n, n) -> (*batch, n, n)

    NumPy's manual, "numpy.linalg.cholesky"; torch's "torch.linalg.cholesky".
    """
    square(need, "a", a)
    return same_kind(a, a.shape)


@op(torch="cholesky(input=a, upper, *, out)", tensor="cholesky(upper)")
def cholesky_first(a: Tensor, *, need: Need) -> Array:
    """(*batch, n, n) -> (*batch, n, n); an array without elements is let through.

    torch's "torch.cholesky".
    """
    if not is_empty(need, a):
        square(need, "a", a)
    return same_kind(a, a.shape)


@op(torch="linalg.cholesky_ex(input=a, *, upper, check_errors, out)")
def cholesky_ex(a: Tensor, *, need: Need) -> Record:
    """(*batch, n, n) -> (*batch, n, n), (*batch)

    torch's "torch.linalg.cholesky_ex".
    """
    square(need, "a", a)
    return Record(("L", "info"), (same_kind(a, a.shape), integers(a.shape[:-2])))


@op(torch="cholesky_inverse(input=a, upper, *, out)", tensor="cholesky_inverse(upper)")
def cholesky_inverse(a: Tensor, *, need: Need) -> Array:
    """(*batch, n, n) -> (*batch, n, n)

    torch's "torch.cholesky_inverse".
    """
    square(need, "a", a)
    return same_kind(a, a.shape)


@op(numpy="linalg.qr(a, mode)")
def qr_numpy(a: Tensor, mode: Word = "reduced", *, need: Need) -> Any:
    """(*batch, n, m) -> (*batch, n, k), (*batch, k, m), where k is the lesser of n and m

    NumPy's manual, "numpy.linalg.qr".
    """
    rows, columns = matrix(need, "a", a)
    stack, inner = a.shape[:-2], lesser(rows, columns)
    if mode == "r":
        return same_kind(a, (*stack, inner, columns))
    if mode == "raw":
        values = same_kind(a, (*stack, columns, rows)), same_kind(a, (*stack, inner))
        return list(values)
    if mode == "complete":
        inner = Axis(rows.size)
    elif mode != "reduced":
        need.undecided("the mode is not known")
    values = same_kind(a, (*stack, rows, inner)), same_kind(a, (*stack, inner, columns))
    return Record(("Q", "R"), values)


@op(torch="linalg.qr(A=a, mode, *, out)")
def qr(a: Tensor, mode: Word = "reduced", *, need: Need) -> Record:
    """(*batch, n, m) -> (*batch, n, k), (*batch, k, m), where k is the lesser of n and m

    torch's "torch.linalg.qr".
    """
    rows, columns = matrix(need, "a", a)
    stack, inner = a.shape[:-2], lesser(rows, columns)
    left: Shape = (*stack, rows, inner)
    if mode == "complete":
        inner = Axis(rows.size)
        left = (*stack, rows, inner)
    elif mode == "r":
        left = (Axis(0),)
    elif mode != "reduced":
        need.undecided("the mode is not known")
    return Record(("Q", "R"), (same_kind(a, left), same_kind(a, (*stack, inner, columns))))


@op(torch="qr(input=a, some, *, out)", tensor="qr(some)")
def qr_some(a: Tensor, some: Flag = True, *, need: Need) -> Record:
    """(*batch, n, m) -> (*batch, n, k), (*batch, k, m), where k is the lesser of n and m

    torch's "torch.qr".
    """
    result: Record = qr.rule(a, "reduced" if some else "complete", need=need)
    return result


@op(torch="linalg.lu(A=a, *, pivot, out)")
def lu(a: Tensor, pivot: Flag = True, *, need: Need) -> Record:
    """(*batch, n, m) -> (*batch, n, n), (*batch, n, k), (*batch, k, m)

    torch's "torch.linalg.lu".
    """
    rows, columns = matrix(need, "a", a)
    stack, inner = a.shape[:-2], lesser(rows, columns)
    moved: Shape = (*stack, rows, Axis(rows.size)) if pivot else (Axis(0),)
    lower, upper = (*stack, rows, inner), (*stack, inner, columns)
    return Record(("P", "L", "U"), tuple(same_kind(a, one) for one in (moved, lower, upper)))


@op(torch="linalg.lu_factor(A=a, *, pivot, out)")
def lu_factor(a: Tensor, *, need: Need) -> Record:
    """(*batch, n, m) -> (*batch, n, m), (*batch, k)

    torch's "torch.linalg.lu_factor".
    """
    rows, columns = matrix(need, "a", a)
    pivots = integers((*a.shape[:-2], lesser(rows, columns)))
    return Record(("LU", "pivots"), (same_kind(a, a.shape), pivots))


@op(torch="linalg.lu_factor_ex(A=a, *, pivot, check_errors, out)")
def lu_factor_ex(a: Tensor, *, need: Need) -> Record:
    """(*batch, n, m) -> (*batch, n, m), (*batch, k), (*batch)

    torch's "torch.linalg.lu_factor_ex".
    """
    found: Record = lu_factor.rule(a, need=need)
    return Record(("LU", "pivots", "info"), (*found.values, integers(a.shape[:-2])))


def _by_factors(need: Need, a: Array, pivots: Array, b: Array, *, left: bool = True) -> Array:
    """What solving with an LU decomposition gives."""
    need.rank_at_least("a", a, 2)
    need.rank_at_least("b", b, 2)
    need.rank_at_least("pivots", pivots, 1)
    rows, columns = square(need, "a", a)
    same = Why("square-matrix", "there has to be a pivot for each row", (("pivots", None),))
    need.true(pivots.rank == a.rank - 1, same, pivots.rank, a.rank - 1)
    for one, other in zip(pivots.shape, a.shape[:-1], strict=True):
        need.equal(one.size, other.size, same)
    linalg.contracted(need, a, a.rank - 2, b, b.rank - 2 if left else b.rank - 1)
    stack = need.broadcast(a.shape[:-2], b.shape[:-2], why=STACKED)
    tail = (columns, b.shape[-1]) if left else (b.shape[-2], rows)
    return same_kind(a, (*stack, *tail))


@op(torch="linalg.lu_solve(LU=a, pivots, B=b, *, left, adjoint, out)")
def lu_solve(a: Tensor, pivots: Tensor, b: Tensor, left: Flag = True, *, need: Need) -> Array:
    """(*batch, n, n), (*batch, n), (*batch, n, k) -> (*batch, n, k)

    torch's "torch.linalg.lu_solve".
    """
    return _by_factors(need, a, pivots, b, left=left)


@op(
    torch="lu_solve(input=b, LU_data=a, LU_pivots=pivots, *, out)",
    tensor="lu_solve(LU_data=a, LU_pivots=pivots)",
)
def lu_solve_first(b: Tensor, a: Tensor, pivots: Tensor, *, need: Need) -> Array:
    """(*batch, n, k), (*batch, n, n), (*batch, n) -> (*batch, n, k)

    torch's "torch.lu_solve".
    """
    return _by_factors(need, a, pivots, b)


@op(torch="lu_unpack(LU_data=a, LU_pivots=pivots, unpack_data, unpack_pivots, *, out)")
def lu_unpack(
    a: Tensor,
    pivots: Tensor,
    unpack_data: Flag = True,
    unpack_pivots: Flag = True,
    *,
    need: Need,
) -> Record:
    """(*batch, n, m), (*batch, k) -> (*batch, n, n), (*batch, n, k), (*batch, k, m)

    torch's "torch.lu_unpack".
    """
    rows, columns = matrix(need, "a", a)
    stack, inner = a.shape[:-2], lesser(rows, columns)
    none: Shape = (Axis(0),)
    moved = (*stack, rows, Axis(rows.size)) if unpack_pivots else none
    lower = (*stack, rows, inner) if unpack_data else none
    upper = (*stack, inner, columns) if unpack_data else none
    return Record(("P", "L", "U"), tuple(same_kind(a, one) for one in (moved, lower, upper)))


@op(torch="linalg.ldl_factor(input=a, *, hermitian, out)")
def ldl_factor(a: Tensor, *, need: Need) -> Record:
    """(*batch, n, n) -> (*batch, n, n), (*batch, n)

    torch's "torch.linalg.ldl_factor".
    """
    square(need, "a", a)
    return Record(("LD", "pivots"), (same_kind(a, a.shape), integers(a.shape[:-1])))


@op(torch="linalg.ldl_factor_ex(input=a, *, hermitian, check_errors, out)")
def ldl_factor_ex(a: Tensor, *, need: Need) -> Record:
    """(*batch, n, n) -> (*batch, n, n), (*batch, n), (*batch)

    torch's "torch.linalg.ldl_factor_ex".
    """
    found: Record = ldl_factor.rule(a, need=need)
    return Record(("LD", "pivots", "info"), (*found.values, integers(a.shape[:-2])))


@op(
    torch=["linalg.householder_product(input=a, tau, *, out)", "orgqr(input=a, input2=tau)"],
    tensor="orgqr(input2=tau)",
)
def householder_product(a: Tensor, tau: Tensor, *, need: Need) -> Array:
    """(*batch, n, m), (*batch, k) -> (*batch, n, m), where n >= m >= k

    torch's "torch.linalg.householder_product".
    """
    rows, columns = matrix(need, "a", a)
    text = "the matrix has to have as many rows as columns or more, and as many columns as tau"
    why = Why("square-matrix", text, (("a", None), ("tau", None)))
    need.at_least(rows.size, columns.size, why)
    need.rank("tau", tau, a.rank - 1)
    need.at_least(columns.size, tau.shape[-1].size, why)
    for one, other in zip(tau.shape[:-1], a.shape[:-2], strict=True):
        need.equal(one.size, other.size, STACKED)
    return same_kind(a, a.shape)


@op(torch="geqrf(input=a, *, out)", tensor="geqrf()")
def geqrf(a: Tensor, *, need: Need) -> Record:
    """(*batch, n, m) -> (*batch, n, m), (*batch, k)

    torch's "torch.geqrf".
    """
    rows, columns = matrix(need, "a", a)
    tau = same_kind(a, (*a.shape[:-2], lesser(rows, columns)))
    return Record(("a", "tau"), (same_kind(a, a.shape), tau))


# --- singular values and eigenvalues ----------------------------------------------------------


def _singular(
    need: Need, a: Array, *, full: bool = False, hermitian: bool = False
) -> tuple[Array, Array, Array]:
    """The factors of a singular value decomposition: left, values, right."""
    rows, columns = (square if hermitian else matrix)(need, "a", a)
    stack, inner = a.shape[:-2], lesser(rows, columns)
    left, right = (Axis(rows.size), Axis(columns.size)) if full else (inner, inner)
    u, vh = (*stack, rows, left), (*stack, right, columns)
    return same_kind(a, u), real(a, (*stack, inner)), same_kind(a, vh)


@op(numpy="linalg.svd(a, full_matrices, compute_uv, hermitian)")
def svd_numpy(
    a: Tensor,
    full_matrices: Flag = True,
    compute_uv: Flag = True,
    hermitian: Flag = False,
    *,
    need: Need,
) -> Any:
    """(*batch, n, m) -> (*batch, n, n), (*batch, k), (*batch, m, m); without full matrices k

    NumPy's manual, "numpy.linalg.svd".
    """
    found = _singular(need, a, full=full_matrices, hermitian=hermitian)
    return Record(("U", "S", "Vh"), found) if compute_uv else found[1]


@op(torch="linalg.svd(A=a, full_matrices, *, driver, out)")
def svd(a: Tensor, full_matrices: Flag = True, *, need: Need) -> Record:
    """(*batch, n, m) -> (*batch, n, n), (*batch, k), (*batch, m, m); without full matrices k

    torch's "torch.linalg.svd".
    """
    return Record(("U", "S", "Vh"), _singular(need, a, full=full_matrices))


@op(torch="svd(input=a, some, compute_uv, *, out)", tensor="svd(some, compute_uv)")
def svd_some(a: Tensor, some: Flag = True, compute_uv: Flag = True, *, need: Need) -> Record:
    """(*batch, n, m) -> (*batch, n, k), (*batch, k), (*batch, m, k), the last transposed

    torch's "torch.svd".
    """
    u, s, vh = _singular(need, a, full=not some or not compute_uv)
    *stack, inner, columns = vh.shape
    return Record(("U", "S", "V"), (u, s, same_kind(a, (*stack, columns, inner))))


@op(numpy="linalg.svdvals(a, /)", torch="linalg.svdvals(A=a, *, driver, out)")
def svdvals(a: Tensor, *, need: Need) -> Array:
    """(*batch, n, m) -> (*batch, k), where k is the lesser of n and m

    NumPy's manual, "numpy.linalg.svdvals"; torch's "torch.linalg.svdvals".
    """
    return _singular(need, a)[1]


def _low_rank(need: Need, a: Array, q: Size) -> Record:
    rows, columns = matrix(need, "a", a)
    stack, inner = a.shape[:-2], Axis(q)
    values = (*stack, rows, inner), (*stack, inner), (*stack, columns, inner)
    return Record(("U", "S", "V"), tuple(same_kind(a, one) for one in values))


def _at_most(need: Need, a: Array, q: Size) -> None:
    rows, columns = matrix(need, "a", a)
    why = Why("size-argument", "q may not exceed the sizes of the matrix", (("q", None),))
    need.at_least(q, 0, why)
    need.at_least(minimum(rows.size, columns.size), q, why)


@op(torch="svd_lowrank(A=a, q, niter, M=mean)")
def svd_lowrank(a: Tensor, q: Count = 6, mean: MaybeTensor = None, *, need: Need) -> Record:
    """(*batch, n, m) -> (*batch, n, q), (*batch, q), (*batch, m, q)

    torch's "torch.svd_lowrank".
    """
    rows, columns = matrix(need, "a", a)
    if mean is not None:
        linalg.stretched_to(need, "mean", mean, a.shape)
    need.at_least(q, 0, Why("size-argument", "q has to be at least 0", (("q", None),)))
    cut = minimum(q, rows.size, columns.size)
    return _low_rank(need, a, cut)


@op(torch="pca_lowrank(A=a, q, center, niter)")
def pca_lowrank(a: Tensor, q: Anything = None, *, need: Need) -> Record:
    """(*batch, n, m) -> (*batch, n, q), (*batch, q), (*batch, m, q)

    torch's "torch.pca_lowrank".
    """
    rows, columns = matrix(need, "a", a)
    count: Size = minimum(6, rows.size, columns.size) if q is None else q
    if isinstance(count, Unknown):
        count = need.fresh("q")
    _at_most(need, a, count)
    return _low_rank(need, a, count)


@op(numpy="linalg.eig(a)", dtype="unknown")
def eig_numpy(a: Tensor, *, need: Need) -> Record:
    """(*batch, n, n) -> (*batch, n), (*batch, n, n)

    NumPy's manual, "numpy.linalg.eig"; the data decide whether the result is complex.
    """
    rows, columns = square(need, "a", a)
    values = (*a.shape[:-2], Axis(columns.size)), (*a.shape[:-2], rows, Axis(columns.size))
    return Record(("eigenvalues", "eigenvectors"), values)


@op(torch="linalg.eig(input=a, *, out)", dtype="complex")
def eig(a: Tensor, *, need: Need) -> Record:
    """(*batch, n, n) -> (*batch, n), (*batch, n, n), both complex

    torch's "torch.linalg.eig".
    """
    rows, columns = square(need, "a", a)
    values = (*a.shape[:-2], Axis(columns.size)), (*a.shape[:-2], rows, Axis(columns.size))
    return Record(("eigenvalues", "eigenvectors"), values)


@op(numpy="linalg.eigh(a, UPLO)", torch="linalg.eigh(input=a, UPLO, *, out)")
def eigh(a: Tensor, *, need: Need) -> Record:
    """(*batch, n, n) -> (*batch, n), (*batch, n, n)

    NumPy's manual, "numpy.linalg.eigh"; torch's "torch.linalg.eigh".
    """
    rows, columns = square(need, "a", a)
    own = Axis(columns.size)
    values = real(a, (*a.shape[:-2], own)), same_kind(a, (*a.shape[:-2], rows, own))
    return Record(("eigenvalues", "eigenvectors"), values)


@op(numpy="linalg.eigvals(a)", dtype="unknown")
def eigvals_numpy(a: Tensor, *, need: Need) -> Shape:
    """(*batch, n, n) -> (*batch, n)

    NumPy's manual, "numpy.linalg.eigvals"; the data decide whether the result is complex.
    """
    square(need, "a", a)
    return (*a.shape[:-2], Axis(a.shape[-1].size))


@op(torch="linalg.eigvals(input=a, *, out)", dtype="complex")
def eigvals(a: Tensor, *, need: Need) -> Shape:
    """(*batch, n, n) -> (*batch, n), complex

    torch's "torch.linalg.eigvals".
    """
    square(need, "a", a)
    return (*a.shape[:-2], Axis(a.shape[-1].size))


@op(numpy="linalg.eigvalsh(a, UPLO)", torch="linalg.eigvalsh(input=a, UPLO, *, out)")
def eigvalsh(a: Tensor, *, need: Need) -> Array:
    """(*batch, n, n) -> (*batch, n)

    NumPy's manual, "numpy.linalg.eigvalsh"; torch's "torch.linalg.eigvalsh".
    """
    square(need, "a", a)
    return real(a, (*a.shape[:-2], Axis(a.shape[-1].size)))


# --- numbers ----------------------------------------------------------------------------------


@op(
    numpy="linalg.det(a)",
    torch=["det(input=a)", "linalg.det(A=a, *, out)", "logdet(input=a)"],
    tensor=["det()", "logdet()"],
)
def det(a: Tensor, *, need: Need) -> Array:
    """(*batch, n, n) -> (*batch)

    NumPy's manual, "numpy.linalg.det"; torch's "torch.linalg.det", "torch.logdet".
    """
    square(need, "a", a)
    return same_kind(a, a.shape[:-2])


@op(
    numpy="linalg.slogdet(a)",
    torch=["slogdet(input=a)", "linalg.slogdet(A=a, *, out)"],
    tensor="slogdet()",
)
def slogdet(a: Tensor, *, need: Need) -> Record:
    """(*batch, n, n) -> (*batch), (*batch)

    NumPy's manual, "numpy.linalg.slogdet"; torch's "torch.linalg.slogdet".
    """
    square(need, "a", a)
    values = same_kind(a, a.shape[:-2]), real(a, a.shape[:-2])
    return Record(("sign", "logabsdet"), values)


@op(
    dtype="int",
    numpy="linalg.matrix_rank(A=a, tol, hermitian, *, rtol)",
    torch="linalg.matrix_rank(input=a, tol, hermitian, *, atol, rtol, out)",
)
def matrix_rank(a: Tensor, hermitian: Flag = False, *, need: Need) -> Shape:
    """(*batch, n, m) -> (*batch)

    NumPy's manual, "numpy.linalg.matrix_rank"; torch's "torch.linalg.matrix_rank".
    """
    if need.library is NUMPY and a.rank < 2:
        return ()
    matrix(need, "a", a)
    if hermitian and (need.library is NUMPY or not is_empty(need, a)):
        square(need, "a", a)
    return a.shape[:-2]


@op(numpy="linalg.cond(x=a, p)", torch="linalg.cond(input=a, p, *, out)")
def cond(a: Tensor, p: Anything = None, *, need: Need) -> Array:
    """(*batch, n, m) -> (*batch); most norms want square matrices.

    NumPy's manual, "numpy.linalg.cond"; torch's "torch.linalg.cond".
    """
    rows, columns = matrix(need, "a", a)
    if need.library is NUMPY:
        why = Why("empty-reduction", "the matrix has to have elements", (("a", None),))
        need.at_least(rows.size, 1, why)
        need.at_least(columns.size, 1, why)
    if isinstance(p, Unknown):
        need.undecided("p is not known")
    named = isinstance(p, str) or need.library is NUMPY
    if p not in (None, 2, -2) and (named or not is_empty(need, a)):
        square(need, "a", a)
    return real(a, a.shape[:-2])


OPS = family(globals())
