"""Random numbers: of given sizes, and of distributions whose parameters are stretched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapecheck.dims import Axis, Shape, is_size, maximum, product
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Count,
    Dim,
    Flag,
    MaybeDType,
    MaybeSizes,
    MaybeTensor,
    Number,
    Operand,
    Sizes,
    Tensor,
)
from shapecheck.ops._values import (
    Array,
    Unknown,
)
from shapecheck.ops.create import FACTORY, chosen, made, one_number
from shapecheck.ops.data import gathered
from shapecheck.ops.elementwise import (
    BROADCAST,
    NOTHING,
    named,
    prefixed,
    stretched_into,
)

_HOMES = "random. random.RandomState. random.Generator."


def everywhere(names: str, parameters: str) -> list[str]:
    """The spellings of NumPy's random functions: of the module and of its generators."""
    return [named(prefixed(home, names), parameters) for home in _HOMES.split()]


def older(names: str, parameters: str) -> list[str]:
    """The spellings of random functions that new generators do not have."""
    return everywhere(names, parameters)[:2]


@op(
    dtype="float",
    numpy=[
        *older("rand randn", "*size=shape..."),
        *older("random_sample standard_normal standard_cauchy standard_exponential", "size=shape"),
        *everywhere("random", "size=shape")[::2],
        "random.ranf|random.sample(size=shape)",
        named(
            prefixed("random.Generator.", "standard_normal standard_exponential standard_cauchy"),
            "size=shape, dtype, method, out",
        ),
    ],
)
def random_numbers(shape: Sizes = (), *, need: Need) -> Shape:
    """shape -> (*shape)

    NumPy's manual, "numpy.random.rand".
    """
    return made(need, shape, "float").shape


def distributed(
    need: Need, parameters: Sequence[tuple[str, Array | None]], shape: Sequence[Any] | None
) -> Shape:
    """Random numbers of a shape that all parameters of the distribution are stretched to."""
    given = [(name, one) for name, one in parameters if one is not None]
    if shape is None:
        return need.broadcast(*(one.shape for _, one in given), why=BROADCAST)
    array = made(need, shape, "")
    for name, one in given:
        stretched_into(need, name, one.shape, array, "shape")
    return array.shape


@op(
    dtype="float",
    numpy=[
        *everywhere("exponential rayleigh", "scale=a, size=shape"),
        *everywhere("standard_t chisquare", "df=a, size=shape"),
        *everywhere("weibull pareto power", "a, size=shape"),
        *everywhere("standard_gamma", "shape=a, size=shape"),
    ],
)
def random_of_one(a: MaybeTensor = None, shape: MaybeSizes = None, *, need: Need) -> Shape:
    """(*s), shape -> (*shape), which s is stretched to; without shape it is s.

    NumPy's manual, "numpy.random.exponential".
    """
    return distributed(need, (("a", a),), shape)


@op(
    dtype="int",
    numpy=[
        *everywhere("poisson", "lam=a, size=shape"),
        *everywhere("geometric logseries", "p=a, size=shape"),
    ],
)
def random_count(a: MaybeTensor = None, shape: MaybeSizes = None, *, need: Need) -> Shape:
    """(*s), shape -> (*shape), which s is stretched to; without shape it is s.

    NumPy's manual, "numpy.random.poisson".
    """
    return distributed(need, (("a", a),), shape)


@op(dtype="int", numpy=everywhere("zipf", "a, size=shape"))
def random_zipf(a: Tensor, shape: MaybeSizes = None, *, need: Need) -> Shape:
    """(*s), shape -> (*shape), which s is stretched to; without shape it is s.

    NumPy's manual, "numpy.random.zipf".
    """
    return distributed(need, (("a", a),), shape)


@op(
    dtype="float",
    numpy=[
        *everywhere("normal laplace logistic gumbel", "loc=a, scale=b, size=shape"),
        *everywhere("uniform", "low=a, high=b, size=shape"),
        *everywhere("lognormal", "mean=a, sigma=b, size=shape"),
        *everywhere("beta", "a, b, size=shape"),
        *everywhere("gamma", "shape=a, scale=b, size=shape"),
        *everywhere("vonmises", "mu=a, kappa=b, size=shape"),
        *everywhere("wald", "mean=a, scale=b, size=shape"),
        *everywhere("f", "dfnum=a, dfden=b, size=shape"),
        *everywhere("noncentral_chisquare", "df=a, nonc=b, size=shape"),
    ],
)
def random_of_two(
    a: MaybeTensor = None, b: MaybeTensor = None, shape: MaybeSizes = None, *, need: Need
) -> Shape:
    """(*s), (*t), shape -> (*shape), which both are stretched to; without shape they broadcast.

    NumPy's manual, "numpy.random.normal".
    """
    return distributed(need, (("a", a), ("b", b)), shape)


@op(
    dtype="int",
    numpy=[
        *everywhere("binomial negative_binomial", "n=a, p=b, size=shape"),
    ],
)
def random_integers(a: Tensor, b: Tensor, shape: MaybeSizes = None, *, need: Need) -> Shape:
    """(*s), (*t), shape -> (*shape), which both are stretched to; without shape they broadcast.

    NumPy's manual, "numpy.random.binomial".
    """
    return distributed(need, (("a", a), ("b", b)), shape)


@op(
    dtype="int",
    numpy=[
        *older("randint", "low=a, high=b, size=shape, dtype"),
        "random.Generator.integers(low=a, high=b, size=shape, dtype, endpoint)",
    ],
)
def randint_numpy(
    a: Tensor, b: MaybeTensor = None, shape: MaybeSizes = None, *, need: Need
) -> Shape:
    """(*s), (*t), shape -> (*shape); without shape both bounds broadcast.

    NumPy's manual, "numpy.random.randint".
    """
    bounds = [one.shape for one in (a, b) if one is not None]
    if shape is None:
        return need.broadcast(*bounds, why=BROADCAST)
    array = made(need, shape, "int")
    if any(bounds):
        empty = need.assume.equal(product(array.sizes), 0)
        if not need.decided(empty, "the shape may have no elements"):
            need.broadcast(*bounds, array.shape, why=BROADCAST)
    return array.shape


@op(
    dtype="float",
    numpy=everywhere("triangular", "left=a, mode=b, right=c, size=shape"),
)
def random_triangular(
    a: Tensor, b: Tensor, c: Tensor, shape: MaybeSizes = None, *, need: Need
) -> Shape:
    """(*s), (*t), (*u), shape -> (*shape), which all are stretched to.

    NumPy's manual, "numpy.random.triangular".
    """
    return distributed(need, (("a", a), ("b", b), ("c", c)), shape)


# The kinds of dtypes of numbers that are no counts.
NO_COUNT = ("bool", "float", "complex")


AS_MANY = Why(
    "size-argument",
    "no more elements can be chosen than there are",
    (("shape", None), ("a", 0)),
)


@op(
    dtype="unknown",
    numpy=older("choice", "a, size=shape, replace, p"),
)
def choice(
    a: Tensor,
    shape: Sizes = (),
    replace: Flag = True,
    p: MaybeTensor = None,
    *,
    need: Need,
) -> Array:
    """(n,), shape -> (*shape): elements of a, or numbers below a.

    NumPy's manual, "numpy.random.choice".
    """
    need.rank("a", a, *((1,) if a.dtype in NO_COUNT else (0, 1)))
    array = made(need, shape, "int" if not a.rank else a.dtype)
    if a.rank:
        total = product(array.sizes)
        some = need.assume.equal(total, 0)
        if some is not True:
            text = "there has to be an element to choose"
            holds = need.assume.at_least(a.shape[0].size, 1)
            holds = None if holds is False and some is None else holds
            need.true(holds, Why("size-argument", text, (("a", 0),)), a.shape[0].size, 1)
        if not replace:
            need.at_least(a.shape[0].size, total, AS_MANY)
        if p is not None:
            need.rank("p", p, 1)
            why = Why("broadcast", "there has to be a probability for each", (("p", 0), ("a", 0)))
            need.equal(p.shape[0].size, a.shape[0].size, why)
    elif not replace:
        need.true(None, AS_MANY)  # the number is not looked at
    return Array(array.shape, array.dtype)


@op(dtype="unknown", numpy="random.Generator.choice(a, size=shape, replace, p, axis=dim, shuffle)")
def choice_along(
    a: Tensor, shape: Sizes = (), dim: Dim = 0, replace: Flag = True, *, need: Need
) -> Array:
    """(*before, n, *after), shape -> (*before, *shape, *after): some along an axis.

    NumPy's manual, "numpy.random.Generator.choice".
    """
    new = made(need, shape, "").shape
    need.rank_at_least("a", a, 1 if a.dtype in NO_COUNT else 0)
    if not a.rank:
        if not replace:
            need.true(None, AS_MANY)
        return Array(new, "int")
    place = need.axis(dim, a.rank, of="a")
    total = product(one.size for one in new)
    some = need.decided(need.assume.equal(total, 0), "whether some are chosen is not known")
    if not some:
        text = "there have to be so many elements to choose"
        why = Why("size-argument", text, (("shape", None), ("a", place)))
        need.at_least(a.shape[place].size, 1 if replace else total, why)
    return Array((*a.shape[:place], *new, *a.shape[place + 1 :]), a.dtype)


@op(
    dtype="unknown", numpy=[*older("permutation", "x"), "random.Generator.permutation(x, axis=dim)"]
)
def permutation(x: Anything, dim: Dim = 0, *, need: Need) -> Array:
    """(n, *s) -> (n, *s), shuffled along the first axis; a number stands for those below it.

    NumPy's manual, "numpy.random.permutation".
    """
    if is_size(x):
        return Array((Axis(maximum(x, 0)),), "int")
    array = gathered(need, "x", x)
    need.rank_at_least("x", array, 1 if array.dtype in NO_COUNT else 0)
    if not array.rank:
        return Array((Axis(need.fresh("n")),), "int")
    need.axis(dim, array.rank, of="x")
    return array.with_axes(array.shape)


@op(numpy=[*older("shuffle", "x"), "random.Generator.shuffle(x, axis=dim)"])
def shuffle(x: Tensor, dim: Dim = 0, *, need: Need) -> Unknown:
    """(n, *s) -> nothing: shuffled along the first axis.

    NumPy's manual, "numpy.random.shuffle".
    """
    need.rank_at_least("x", x, 1)
    need.axis(dim, x.rank, of="x")
    return NOTHING


@op(dtype="float", numpy=everywhere("multivariate_normal", "mean, cov, size=shape"))
def multivariate_normal(mean: Tensor, cov: Tensor, shape: Sizes = (), *, need: Need) -> Shape:
    """(n,), (n, n), shape -> (*shape, n)

    NumPy's manual, "numpy.random.multivariate_normal".
    """
    need.rank("mean", mean, 1)
    need.rank("cov", cov, 2)
    square = Why("square-matrix", "cov has to be square", (("cov", 0), ("cov", 1)))
    need.equal(cov.shape[0].size, cov.shape[1].size, square)
    why = Why("broadcast", "cov has to have a row for each mean", (("mean", 0), ("cov", 0)))
    need.equal(mean.shape[0].size, cov.shape[0].size, why)
    return (*made(need, shape, "").shape, mean.shape[0])


@op(dtype="float", numpy=everywhere("dirichlet", "alpha=a, size=shape"))
def dirichlet(a: Tensor, shape: Sizes = (), *, need: Need) -> Shape:
    """(n,), shape -> (*shape, n)

    NumPy's manual, "numpy.random.dirichlet".
    """
    need.rank("a", a, 1)
    return (*made(need, shape, "").shape, a.shape[0])


@op(dtype="int", numpy=older("multinomial", "n, pvals=p, size=shape"))
def multinomial_numpy(n: Tensor, p: Tensor, shape: Sizes = (), *, need: Need) -> Shape:
    """(k,), shape -> (*shape, k)

    NumPy's manual, "numpy.random.multinomial".
    """
    need.rank("p", p, 1)
    one_number(need, "n", n)
    return (*made(need, shape, "").shape, p.shape[0])


@op(
    dtype="unknown",
    torch=f"randint(low, high, size=shape, *, {FACTORY})",
)
def randint(
    low: Number, high: Number, shape: Sizes, dtype: MaybeDType = None, *, need: Need
) -> Array:
    """low, high, shape -> (*shape)

    Torch's docs, "torch.randint".
    """
    return made(need, shape, chosen(dtype, "int"))


@op(dtype="unknown", torch=f"normal(mean=low, std=high, size=shape, *, {FACTORY})")
def normal_sized(
    low: Number, high: Number, shape: Sizes, dtype: MaybeDType = None, *, need: Need
) -> Array:
    """mean, std, shape -> (*shape)

    Torch's docs, "torch.normal".
    """
    return made(need, shape, chosen(dtype, "float"))


@op(dtype="unknown", torch=f"randint(high, size=shape, *, {FACTORY})")
def randint_below(high: Number, shape: Sizes, dtype: MaybeDType = None, *, need: Need) -> Array:
    """high, shape -> (*shape)

    Torch's docs, "torch.randint".
    """
    return made(need, shape, chosen(dtype, "int"))


@op(dtype="unknown", torch=f"randperm(n, *, {FACTORY})")
def randperm(n: Count, dtype: MaybeDType = None, *, need: Need) -> Array:
    """n -> (n,)

    Torch's docs, "torch.randperm".
    """
    return made(need, (n,), chosen(dtype, "int"))


@op(
    torch=["normal(mean=a, std=b, *, generator, out)", "binomial(count=a, prob=b, generator)"],
)
def normal(a: Operand, b: Operand, *, need: Need) -> Shape:
    """(*s), (*t) -> the shape that both are stretched to.

    Torch's docs, "torch.normal".
    """
    return need.broadcast(a.shape, b.shape, why=BROADCAST)


@op(
    dtype="int",
    torch="multinomial(input=a, num_samples=n, replacement, *, generator, out)",
    tensor="multinomial(num_samples=n, replacement, *, generator)",
)
def multinomial(a: Tensor, n: Count, replacement: Flag = False, *, need: Need) -> Shape:
    """(*batch, k), n -> (*batch, n)

    Torch's docs, "torch.multinomial".
    """
    need.rank("a", a, 1, 2)
    count = need.count(n, "n", least=1)
    last = a.shape[-1].size
    text = "no more elements can be chosen than there are"
    why = Why("size-argument", text, (("n", None), ("a", a.rank - 1)))
    need.at_least(last, 1 if replacement else count, why)
    return (*a.shape[:-1], Axis(count))


OPS = family(globals())
