"""Random calls of the ops in `shapecheck.ops.decompose`."""

from oracle import SIZES, Arr, shape, stretchable


def size(rng):
    return rng.choice(SIZES)


def matrices(special="", square=True):
    """A drawer of one stack of matrices, square or not."""

    def draw(rng, library):
        n = size(rng)
        if not square and rng.random() < 0.12:
            return {"a": Arr(shape(rng, 0, 1))}
        return {"a": Arr((*shape(rng, 0, 2), n, n if square else size(rng)), special=special)}

    return draw


def with_options(draw, **options):
    """A drawer with options beside what another one draws, each half of the time."""

    def drawn(rng, library):
        chosen = {
            name: rng.choice(values) for name, values in options.items() if rng.random() < 0.5
        }
        return draw(rng, library) | chosen

    return drawn


def systems(vectors=False, left=False, upper=False):
    """A drawer of a stack of square matrices `a`, and of right sides `b`."""

    def draw(rng, library):
        stack, n, k = shape(rng, 0, 2), size(rng), size(rng)
        a = Arr((*stretchable(rng, stack), n, n), special="regular")
        on_left = not left or rng.random() < 0.7
        b = Arr((*stretchable(rng, stack), *((n, k) if on_left else (k, n))))
        if vectors and rng.random() < 0.4:
            b = Arr((n,) if library == "numpy" or rng.random() < 0.4 else a.sizes[:-1])
        call = {"a": a, "b": b} | ({"upper": True} if upper else {})
        return call if on_left and rng.random() < 0.7 else call | {"left": on_left}

    return draw


def matrix_power(rng, library):
    return matrices("regular")(rng, library) | {"n": rng.randint(-2, 3)}


def tensorinv(rng, library):
    left = rng.choice(((2, 3), (6,), (4,), (2, 2), (1,), (), (2, 1)))
    right = rng.choice([(2, 3), (3, 2), (6,), (4,), (2, 2), (1, 1), ()])
    if rng.random() < 0.7:
        right = tuple(reversed(left))
    call = {"a": Arr(left + right)}
    return call if len(left) == 2 and rng.random() < 0.5 else call | {"ind": len(left)}


def lstsq(rng, library):
    n, m = size(rng), size(rng)
    stack = () if library == "numpy" else shape(rng, 0, 2)
    b = (n,) if rng.random() < 0.3 else (n, size(rng))
    if library == "torch":
        b = (*stack, n) if rng.random() < 0.3 else (*stretchable(rng, stack), n, size(rng))
    return {"a": Arr((*stack, n, m), special="regular"), "b": Arr(b)}


def lu_solve(rng, library):
    stack, n, k = shape(rng, 0, 2), size(rng), size(rng)
    left = rng.random() < 0.7
    own = stretchable(rng, stack)
    a = Arr((*own, n, n), special="regular")
    b = Arr((*stretchable(rng, stack), *((n, k) if left else (k, n))))
    pivots = Arr((*own, n), "int32", low=1, high=2)
    return {"a": a, "pivots": pivots, "b": b} | ({} if left else {"left": False})


def lu_solve_first(rng, library):
    call = lu_solve(rng, library)
    return call if call.pop("left", True) else None


def lu_unpack(rng, library):
    # Pivots that do not fit are not checked: torch reads beyond its memory.
    stack, n, m = shape(rng, 0, 2), size(rng), size(rng)
    pivots = Arr((*stack, min(n, m)), "int32", low=1, high=2)
    options = {"unpack_data": False} if rng.random() < 0.2 else {}
    if rng.random() < 0.5:
        return {"_a": Arr((*stack, n, m)), "_pivots": pivots, **options}
    a = Arr((*stack, n, m) if rng.random() < 0.6 else stack[:1])
    return {"a": a, "_pivots": pivots, "unpack_pivots": False, **options}


def householder_product(rng, library):
    stack, sizes = shape(rng, 0, 2), sorted(size(rng) for _ in range(3))
    return {"a": Arr((*stack, sizes[2], sizes[1])), "tau": Arr((*stack, sizes[0]))}


def svd_lowrank(rng, library):
    stack, n, m = shape(rng, 0, 2), size(rng), size(rng)
    call = {"a": Arr((*stack, n, m)), "q": rng.randint(0, min(n, m) + 1)}
    return call | ({"mean": Arr((*stack, 1, m))} if rng.random() < 0.2 else {})


def pca_lowrank(rng, library):
    stack, n, m = shape(rng, 0, 2), size(rng), size(rng)
    call = {"a": Arr((*stack, n, m))}
    return call if rng.random() < 0.3 else call | {"q": rng.randint(0, min(n, m))}


def cond(rng, library):
    p = rng.choice((None, None, 2, -2, 1, -1, "fro"))
    call = matrices("regular", square=p not in (None, 2, -2))(rng, library)
    return call if p is None else call | {"_p": p}


def matrix_rank(rng, library):
    call = matrices(square=False)(rng, library)
    return call | ({"hermitian": True} if rng.random() < 0.2 else {})


REGULAR = matrices("regular")
ANY = matrices(square=False)
MODES = ("reduced", "complete", "r")
DRAWS = {
    "inv": REGULAR,
    "inv_ex": REGULAR,
    "pinv": with_options(ANY, hermitian=(False, False, True)),
    "matrix_exp": REGULAR,
    "matrix_power": matrix_power,
    "tensorinv": tensorinv,
    "solve_numpy": systems(vectors=True),
    "solve": systems(vectors=True, left=True),
    "solve_ex": systems(vectors=True, left=True),
    "solve_triangular": systems(left=True, upper=True),
    "triangular_solve": systems(),
    "cholesky_solve": systems(),
    "lstsq_numpy": lstsq,
    "lstsq": lstsq,
    "cholesky": matrices("spd"),
    "cholesky_first": matrices("spd"),
    "cholesky_ex": matrices("spd"),
    "cholesky_inverse": REGULAR,
    "qr_numpy": with_options(ANY, mode=(*MODES, "raw")),
    "qr": with_options(ANY, mode=MODES),
    "qr_some": with_options(ANY, some=(True, False)),
    "lu": with_options(ANY, pivot=(True,)),
    "lu_factor": ANY,
    "lu_factor_ex": ANY,
    "lu_solve": lu_solve,
    "lu_solve_first": lu_solve_first,
    "lu_unpack": lu_unpack,
    "ldl_factor": matrices("spd"),
    "ldl_factor_ex": matrices("spd"),
    "householder_product": householder_product,
    "geqrf": ANY,
    "svd_numpy": with_options(ANY, full_matrices=(True, False), compute_uv=(True, False)),
    "svd": with_options(ANY, full_matrices=(True, False)),
    "svd_some": with_options(ANY, some=(True, False), compute_uv=(True, False)),
    "svdvals": ANY,
    "svd_lowrank": svd_lowrank,
    "pca_lowrank": pca_lowrank,
    "eig_numpy": REGULAR,
    "eig": REGULAR,
    "eigh": REGULAR,
    "eigvals_numpy": REGULAR,
    "eigvals": REGULAR,
    "eigvalsh": REGULAR,
    "det": REGULAR,
    "slogdet": REGULAR,
    "matrix_rank": matrix_rank,
    "cond": cond,
}
