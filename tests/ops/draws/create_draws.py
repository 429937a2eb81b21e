"""Random calls of the ops in `shapecheck.ops.create`, `random`, `data`, `convert`, `training`."""

import dataclasses

import torch
from oracle import NUMPY_DTYPES, SIZES, TORCH_DTYPES, Arr, axis, shape, stretchable

from shapecheck.ops import Text


@dataclasses.dataclass(frozen=True)
class Kind(Arr):
    """A dtype in the place of an argument: `Kind((), "float")`."""

    values: object = ()

    def real(self, library):
        return (NUMPY_DTYPES if library == "numpy" else TORCH_DTYPES)[self.dtype]

    def axes(self, library, size=lambda n: n):
        return Text(self.dtype)


def maybe(rng, call, chance=0.5, **values):
    """The call with some of the values."""
    return call | {name: value for name, value in values.items() if rng.random() < chance}


def array(rng, sizes=None, kinds=("float", "float", "int", "bool")):
    """An array whose axes lie in memory in some order."""
    sizes = shape(rng) if sizes is None else sizes
    order = rng.sample(range(len(sizes)), len(sizes)) if rng.random() < 0.3 else ()
    return Arr(sizes, rng.choice(kinds), order=tuple(order))


@dataclasses.dataclass(frozen=True)
class OfNumPy(Arr):
    """An array of NumPy's, whatever the library."""

    def real(self, library):
        return super().real("numpy")

    def axes(self, library, size=lambda n: n):
        return super().axes("numpy", size)


class Sparse(Arr):
    """An array that is stored sparsely."""

    def real(self, library):
        return super().real(library).to_sparse()


def sizes_of(rng, *bounds):
    """A shape, with a negative size at times."""
    sizes = list(shape(rng, *bounds))
    if sizes and rng.random() < 0.2:
        sizes[rng.randrange(len(sizes))] = rng.choice((-1, -2))
    return tuple(sizes)


def typed(draw, chance=0.3):
    """Calls with a dtype."""

    def drawn(rng, library):
        kind = Kind((), rng.choice(("float", "int", "complex")))
        return maybe(rng, draw(rng, library), chance, _dtype=kind)

    return drawn


def filled(rng, library):
    sizes = sizes_of(rng)
    return {"shape": sizes if sizes or library == "numpy" else (2,)}


def random_numbers(rng, library):
    return {"shape": sizes_of(rng)} if rng.random() < 0.9 else {}


def with_array(draw):
    def drawn(rng, library):
        return {"a": array(rng, kinds=("float",))} | draw(rng, library)

    return drawn


def full(rng, library):
    return {"shape": sizes_of(rng), "_fill_value": rng.choice((2, 0.5, True))}


def full_numpy(rng, library):
    sizes = shape(rng)
    fill = rng.choice((2, 0.5, Arr(stretchable(rng, sizes)), Arr(stretchable(rng, sizes), "int")))
    return {"shape": sizes, "fill_value": fill}


def full_alike(rng, library):
    return {"a": array(rng), "shape": sizes_of(rng), "_fill_value": 2}


def filled_like(rng, library):
    call = {"a": array(rng, kinds=("float",))}
    return maybe(rng, call, 0.2, shape=shape(rng)) if library == "numpy" else call


def full_like_numpy(rng, library):
    sizes = shape(rng)
    call = {"a": array(rng, sizes, ("float",)), "fill_value": Arr(stretchable(rng, sizes))}
    return maybe(rng, call, 0.2, shape=(*shape(rng, 0, 1), *sizes))


def full_like(rng, library):
    return {"a": array(rng, kinds=("float", "int")), "_fill_value": 3}


def randint_like(rng, library):
    return {"a": array(rng, kinds=("float", "int")), "_low": 1, "_high": 3}


def empty_strided(rng, library):
    sizes = sizes_of(rng)
    return {"shape": sizes, "stride": tuple(rng.randint(0, 3) for _ in sizes)}


def eye(rng, library):
    return maybe(rng, {"n": rng.choice((0, 1, 2, 3, 3, -1))}, 0.7, m=rng.choice((0, 1, 2, 3)))


def vander(rng, library):
    call = {"x": Arr((rng.choice(SIZES),), rng.choice(("float", "int")))}
    return maybe(rng, call, 0.8, n=rng.choice((0, 1, 2, 3)))


def number(rng):
    return rng.choice((rng.randint(-1, 7), rng.randint(0, 7), round(rng.uniform(-1, 7), 2)))


def arange(rng, library):
    if rng.random() < 0.3:
        return {"stop": rng.choice((-1, -2, -0.5))}
    return maybe(rng, {"stop": number(rng)}, 0.2, _dtype=Kind((), "float"))


def arange_from(rng, library):
    call = {"start": number(rng), "stop": number(rng)}
    if rng.random() < 0.6:
        call["step"] = rng.choice((1, 2, 3, -1, -2, 0.5, 0.7, -0.3))
    if rng.random() < 0.6 and (call["stop"] < call["start"]) != (call.get("step", 1) < 0):
        call["start"], call["stop"] = call["stop"], call["start"]
    return maybe(rng, call, 0.2, _dtype=Kind((), "float"))


def linspace(rng, library):
    ends = (0, 2, 0.5, Arr(()))
    return {
        "start": rng.choice(ends),
        "stop": rng.choice(ends),
        "num": rng.choice((0, 1, 2, 5, -1)),
    }


def linspace_numpy(rng, library):
    whole = shape(rng, 0, 3)
    call = {name: Arr(stretchable(rng, whole)) for name in ("start", "stop")}
    if rng.random() < 0.5:
        call["dim"] = axis(rng, max(len(one.sizes) for one in call.values()) + 1)
    call = maybe(rng, call, 0.7, num=rng.choice((0, 1, 2, 5, -1)))
    return maybe(rng, call, 0.2, retstep=True)


def window_function(rng, library):
    return {"n": rng.choice((-2, 0, 1, 2, 3, 5))}


def window_numpy(rng, library):
    return {"n": rng.choice((-2, 0, 1, 2, 3, 5)), "_beta": 8.0}


def distribution(*names, low=None):
    def draw(rng, library):
        whole = shape(rng, 1, 4, (1, 2, 3, 4))
        call = {name: Arr(stretchable(rng, whole)) for name in names[:1]}
        for name in names[1:]:  # not less than the first, where that matters
            call[name] = Arr(stretchable(rng, whole), "int", low=1, high=2)
        return maybe(rng, call, 0.7, shape=whole)

    return draw


def trials(rng, library):
    """Numbers of trials, and shares."""
    whole = shape(rng, 1, 3, (1, 2, 3, 4))
    call = {"a": Arr(stretchable(rng, whole), "int", low=1), "b": Arr(stretchable(rng, whole))}
    return maybe(rng, call, 0.7, shape=whole)


def randint_numpy(rng, library):
    whole = shape(rng, 1, 3, (1, 2, 3, 4))
    a, b = (Arr(stretchable(rng, whole), "int", low=n, high=n + 1) for n in (0, 1))
    return maybe(rng, {"a": a, "b": b}, 0.7, shape=whole)


def random_zipf(rng, library):
    whole = shape(rng, 1, 3, (1, 2, 3, 4))
    return maybe(rng, {"a": Arr(stretchable(rng, whole), "int", low=2)}, 0.7, shape=whole)


def triangular(rng, library):
    whole = shape(rng, 1, 3, (1, 2, 3, 4))
    call = {
        name: Arr(stretchable(rng, whole), "int", low=n, high=n + 1) for n, name in enumerate("abc")
    }
    return maybe(rng, call, 0.7, shape=whole)


def choice(rng, library):
    n = rng.choice((1, 2, 3, 5, 6))
    call = {
        "a": Arr((n,), rng.choice(("float", "int")))
        if rng.random() < 0.8
        else Arr((), "int", low=4, high=5)
    }
    sizes = rng.choice(((), (2,), (1, 2), (n,), (0,), (2, 2)))
    call = maybe(rng, call, 0.8, shape=sizes)
    if call["a"].sizes:
        call = maybe(rng, call, 0.5, _replace=rng.random() < 0.3)
    return call


def choice_along(rng, library):
    sizes = shape(rng, 1, 3, (0, 1, 2, 3, 4))
    call = {"a": Arr(sizes), "shape": rng.choice(((), (2,), (1, 2), (0,), (2, 2)))}
    return maybe(rng, maybe(rng, call, dim=axis(rng, len(sizes))), 0.5, _replace=rng.random() < 0.3)


def permutation(rng, library):
    return {"x": rng.choice((Arr(shape(rng, 0, 2)), Arr(shape(rng, 0, 1)), 3))}


def shuffle(rng, library):
    return {"x": Arr(shape(rng, 0, 2))}


def multivariate_normal(rng, library):
    n = rng.choice((1, 2, 3, 4))
    call = {"mean": Arr((n,)), "cov": Arr((n, n), special="spd")}
    return maybe(rng, call, shape=shape(rng, 0, 2))


def dirichlet(rng, library):
    return maybe(rng, {"a": Arr((rng.choice((1, 2, 3, 4)),))}, 0.8, shape=shape(rng, 0, 2))


def multinomial_numpy(rng, library):
    k = rng.choice((1, 2, 3, 4))
    call = {"_n": 3, "p": Arr((k,), "int", low=0, high=1)}
    return maybe(rng, call, 0.8, shape=shape(rng, 0, 2))


def randint(rng, library):
    return {"_low": 0, "_high": 5, "shape": sizes_of(rng)}


def randint_below(rng, library):
    return {"_high": 5, "shape": sizes_of(rng)}


def randperm(rng, library):
    return {"n": rng.choice((0, 1, 2, 3, -1))}


def normal(rng, library):
    whole = shape(rng, 1)
    return {"a": Arr(stretchable(rng, whole)), "b": Arr(stretchable(rng, whole))}


def multinomial(rng, library):
    k = rng.choice((1, 2, 3, 5))
    call = {"a": Arr((*shape(rng, 0, 1), k)), "n": rng.choice((1, 2, k))}
    return maybe(rng, call, replacement=rng.random() < 0.5)


def nested(rng, sizes, leaf=lambda rng: rng.choice((1, 2, 3))):
    """Nested lists of some shape."""
    if not sizes:
        return leaf(rng)
    return rng.choice((list, list, tuple))(nested(rng, sizes[1:], leaf) for _ in range(sizes[0]))


def data(rng, library):
    """Numbers, nested lists of them, and lists of arrays."""
    kind = rng.random()
    if kind < 0.2:
        return array(rng, kinds=("float", "int"))
    if kind < 0.3 or (kind < 0.6 and library == "torch"):
        return nested(rng, shape(rng, 1, 2, (1, 2, 3)), lambda rng: Arr(rng.choice(((), (), (1,)))))
    if kind < 0.6:
        part = shape(rng, 0, 2, (1, 2, 3))
        return nested(rng, shape(rng, 1, 2, (1, 2, 3)), lambda rng: Arr(part))
    made = nested(rng, shape(rng, 0, 3, (0, 1, 2, 2, 3)))
    if isinstance(made, (list, tuple)) and len(made) > 1 and rng.random() < 0.5:
        made = [*made]
        made[rng.randrange(len(made))] = nested(rng, shape(rng, 0, 2, (1, 2, 3)))
    return made


def of_data(rng, library):
    return {"data": data(rng, library)}


def listed(rng, library):
    """Data that are no array by themselves."""
    return {"data": nested(rng, shape(rng, 1, 3, (1, 2, 2, 3)))}


def ragged(rng, library):
    call = listed(rng, library)
    if rng.random() < 0.3 and len(call["data"]) > 1:
        call["data"] = [*call["data"][1:], nested(rng, shape(rng, 0, 2, (1, 2, 3)))]
    return call


def array_of_data(rng, library):
    call = {"data": data(rng, library)}
    return maybe(rng, call, 0.2, _ndmin=rng.choice((0, 1, 2, 3)))


def new_tensor(rng, library):
    return {"a": Arr((2,)), "data": data(rng, library)}


def from_numpy(rng, library):
    a = array(rng)
    return {"a": OfNumPy(a.sizes, a.dtype, order=a.order)}


def scalar_tensor(rng, library):
    return {"_number": rng.choice((1, 0.5))}


def fromstring(rng, library):
    return {"_string": "1 2 3", "_sep": " "}


def fromfunction(rng, library):
    return {"_function": lambda *indices: 1, "shape": sizes_of(rng)}


def as_subclass(rng, library):
    return {"a": array(rng), "_cls": torch.Tensor}


def coalesce(rng, library):
    return {"a": Sparse(shape(rng))}


def unary(*kinds):
    def draw(rng, library):
        return {"a": array(rng, kinds=kinds or ("float", "int", "bool"))}

    return draw


def cast(rng, library):
    return {"x": array(rng)}


def fromiter(rng, library):
    call = {"_iter": (1, 2, 3), "_dtype": Kind((), "float")}
    return maybe(rng, call, 0.8, count=rng.choice((-1, 0, 2, 3, 5)))


def frombuffer(rng, library):
    return {"_buffer": bytes(48), "_dtype": Kind((), rng.choice(("float", "int")))}


def sparse_coo_tensor(rng, library):
    k, n = rng.choice((1, 2, 3)), rng.choice((0, 1, 2, 3))
    dense = shape(rng, 0, 2, (1, 2, 3))
    call = {"indices": Arr((k, n), "int", high=1), "values": Arr((n, *dense))}
    return maybe(rng, call, 0.7, shape=(*(rng.choice((3, 4)) for _ in range(k)), *dense))


def meshgrid(rng, library):
    call = {"arrays": tuple(Arr(shape(rng, 0, 3)) for _ in range(rng.randint(1, 3)))}
    call = maybe(rng, call, 0.6, indexing=rng.choice(("ij", "xy", "ab")))
    return maybe(rng, call, 0.2, sparse=True)


def meshgrid_torch(rng, library):
    arrays = tuple(Arr(shape(rng, 0, rng.choice((1, 1, 2)))) for _ in range(rng.randint(1, 3)))
    return maybe(rng, {"arrays": arrays}, _indexing=rng.choice(("ij", "xy")))


def cartesian_prod(rng, library):
    return {"arrays": tuple(Arr(shape(rng, 1, 1)) for _ in range(rng.randint(1, 3)))}


def combinations(rng, library):
    call = maybe(rng, {"a": Arr((rng.choice(SIZES),))}, r=rng.choice((0, 1, 2, 3)))
    return maybe(rng, call, with_replacement=rng.random() < 0.5)


def broadcast_shapes(rng, library):
    whole = shape(rng, 1, 4, (1, 2, 3, 4, 5))
    return {"shapes": tuple(stretchable(rng, whole) for _ in range(rng.randint(1, 3)))}


def triangle_indices(rng, library):
    return {"n": rng.choice((0, 1, 2, 3))}


def triangle_indices_torch(rng, library):
    return {"n": rng.choice((-1, 0, 1, 2, 3)), "m": rng.choice((0, 1, 2, 3))}


def diag_indices(rng, library):
    return maybe(rng, {"n": rng.choice((0, 1, 2, 3))}, ndim=rng.choice((1, 2, 3)))


def square(rng, library):
    return {"a": Arr((rng.choice(SIZES),) * rng.choice((2, 2, 3)))}


def indices(rng, library):
    return maybe(rng, {"shape": sizes_of(rng)}, 0.2, sparse=True)


def pair(rng, library):
    whole = shape(rng, 2)
    return {name: Arr(stretchable(rng, whole)) for name in "ab"}


def view_as_complex(rng, library):
    return {"a": array(rng, (*shape(rng, 0, 3), 2), ("float",))}


def to(rng, library):
    call = {"a": array(rng, kinds=("float", "int"))}
    kind = rng.random()
    if kind < 0.3:
        call["_target"] = Kind((), rng.choice(("float", "int")))
    elif kind < 0.6:
        call["_target"] = "cpu"
        call = maybe(rng, call, 0.5, _other=Kind((), rng.choice(("float", "int"))))
    elif kind < 0.8:
        call["_target"] = Arr(shape(rng), rng.choice(("float", "int")))
    else:
        call["_dtype"] = Kind((), rng.choice(("float", "int")))
    return call


def to_kind(rng, library):
    return {
        "a": array(rng, kinds=("float", "int")),
        "_dtype": Kind((), rng.choice(("float", "int"))),
    }


def two(rng, library):
    return {"a": array(rng), "other": array(rng)}


def to_sparse(rng, library):
    return {"a": Arr(shape(rng, 1, 4, (1, 2, 3)))}


def along(rng, library):
    a = array(rng, shape(rng, 0, 4), ("float",))
    return {"a": a, "dim": axis(rng, len(a.sizes))}


def item(rng, library):
    return {"a": Arr((1,) * rng.randint(0, 3), rng.choice(("float", "int")))}


def backward(rng, library):
    sizes = shape(rng) if rng.random() < 0.6 else (1,) * rng.randint(0, 3)
    call = {"a": Grad(sizes)}
    return maybe(rng, call, 0.7, gradient=Arr(sizes)) if set(sizes) - {1} else call


def gradients(rng, library):
    sizes = shape(rng) if rng.random() < 0.3 else (1,) * rng.randint(0, 3)
    inputs = tuple(Grad(shape(rng)) for _ in range(rng.randint(1, 3)))
    call = {"outputs": Grad(sizes), "inputs": inputs if rng.random() < 0.7 else inputs[0]}
    return call | {"_materialized": True}


def clip_grad_norm(rng, library):
    return {"_parameters": [Grad(shape(rng))], "_max_norm": 1.0}


def clip_grad_value(rng, library):
    return {"_parameters": [Parameter(shape(rng))], "_clip_value": 1.0}


class Parameter(Arr):
    """An array that has a gradient."""

    def real(self, library):
        made = super().real(library).requires_grad_()
        made.grad = made.detach() * 2
        return made


class Grad(Arr):
    """An array that a gradient can be taken of."""

    def real(self, library):
        return super().real(library).requires_grad_() * 1


def matrix(rng, library):
    return {"a": Arr(shape(rng, 1, 4, (1, 2, 3)))}


def initial_dirac(rng, library):
    call = {"a": Arr(shape(rng, 3, 5, (1, 2, 3, 4)))}
    return maybe(rng, call, groups=rng.choice((1, 2)))


def initial(rng, library):
    return {"a": Arr(shape(rng)), "_val": 0.5}


def exactly_two(rng, library):
    return {"a": Arr((rng.choice((1, 2, 3)), rng.choice((1, 2, 3)))), "_sparsity": 0.5}


def gain(rng, library):
    return {"_nonlinearity": rng.choice(("relu", "tanh", "linear"))}


DRAWS = {
    "filled": typed(filled),
    "filled_raw": filled,
    "filled_alike": typed(with_array(filled)),
    "full": full,
    "full_numpy": typed(full_numpy),
    "full_alike": full_alike,
    "empty_strided": empty_strided,
    "filled_like": filled_like,
    "full_like_numpy": full_like_numpy,
    "full_like": full_like,
    "randint_like": randint_like,
    "eye": typed(eye),
    "tri": eye,
    "vander": vander,
    "arange": arange,
    "arange_from": arange_from,
    "range_closed": arange_from,
    "linspace": linspace,
    "linspace_numpy": linspace_numpy,
    "window_function": window_function,
    "window_numpy": window_numpy,
    "random_numbers": random_numbers,
    "random_of_one": distribution("a"),
    "random_count": distribution("a"),
    "random_of_two": distribution("a", "b"),
    "random_integers": trials,
    "randint_numpy": randint_numpy,
    "random_zipf": random_zipf,
    "random_triangular": triangular,
    "choice": choice,
    "choice_along": choice_along,
    "permutation": permutation,
    "shuffle": shuffle,
    "multivariate_normal": multivariate_normal,
    "dirichlet": dirichlet,
    "multinomial_numpy": multinomial_numpy,
    "randint": randint,
    "randint_below": randint_below,
    "randperm": randperm,
    "normal": normal,
    "multinomial": multinomial,
    "tensor": of_data,
    "new_tensor": new_tensor,
    "array": array_of_data,
    "with_order": unary(),
    "float_tensor_of_sizes": filled,
    "int_tensor_of_sizes": filled,
    "float_tensor_of_data": ragged,
    "int_tensor_of_data": ragged,
    "bool_tensor_of_data": ragged,
    "float_of": cast,
    "int_of": cast,
    "complex_of": cast,
    "bool_of": cast,
    "fromiter": fromiter,
    "frombuffer": frombuffer,
    "sparse_coo_tensor": sparse_coo_tensor,
    "meshgrid": meshgrid,
    "meshgrid_torch": meshgrid_torch,
    "cartesian_prod": cartesian_prod,
    "combinations": combinations,
    "broadcast_shapes": broadcast_shapes,
    "triangle_indices": triangle_indices,
    "triangle_indices_torch": triangle_indices_torch,
    "diag_indices": diag_indices,
    "diag_indices_from": square,
    "indices": indices,
    "complex": pair,
    "view_as_real": unary("complex"),
    "view_as_complex": view_as_complex,
    "to_float": unary("float", "int", "bool"),
    "to_int": unary(),
    "to_bool": unary(),
    "to_complex": unary(),
    "to": to,
    "type": to_kind,
    "type_as": two,
    "detach": unary("float"),
    "to_sparse": to_sparse,
    "from_numpy": from_numpy,
    "scalar_tensor": scalar_tensor,
    "fromstring": fromstring,
    "fromfunction": fromfunction,
    "as_subclass": as_subclass,
    "coalesce": coalesce,
    "triangle_indices_from": matrix,
    "normal_sized": randint,
    "masked_array": array_of_data,
    "to_sparse_rows": to_sparse,
    "clone": unary(),
    "contiguous": unary(),
    "numpy": unary(),
    "astype": to_kind,
    "copy": unary(),
    "size": unary(),
    "size_along": along,
    "numel": unary(),
    "dim": unary(),
    "stride": unary(),
    "stride_along": along,
    "question": unary(),
    "tolist": unary(),
    "item": item,
    "backward": backward,
    "gradients": gradients,
    "new": with_array(filled),
    "clip_grad_norm": clip_grad_norm,
    "clip_grad_value": clip_grad_value,
    "initial": initial,
    "initial_by_fan": matrix,
    "initial_by_inputs": lambda rng, library: {"array": matrix(rng, library)["a"], "_a": 0.5},
    "initial_orthogonal": matrix,
    "initial_matrix": exactly_two,
    "initial_dirac": initial_dirac,
    "fans": matrix,
    "calculate_gain": gain,
}
