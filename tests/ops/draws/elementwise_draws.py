"""Random calls of the ops in `shapecheck.ops.elementwise`, `unary`, `masked`."""

import dataclasses

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


def order(rng, sizes):
    """Sometimes another order of the axes in memory."""
    ranks = list(range(len(sizes)))
    if rng.random() < 0.3:
        rng.shuffle(ranks)
        return tuple(ranks)
    return ()


def array(rng, sizes=None, kinds=("float", "float", "float", "int", "bool", "complex")):
    sizes = shape(rng) if sizes is None else sizes
    return Arr(sizes, rng.choice(kinds), low=1, order=order(rng, sizes))


def unary(*kinds):
    kinds = kinds or ("float", "float", "float", "int", "complex")

    def draw(rng, library):
        return {"x": array(rng, kinds=kinds)}

    return draw


def of_order(rng, library):
    return {"x": Arr(shape(rng)), "_n": 1}


def threshold(rng, library):
    return {"x": array(rng, kinds=("float",)), "_threshold": 0.5, "_value": 2.0}


def round_into(rng, library):
    x = array(rng, kinds=("float",))
    return {"x": x, "out": Arr(x.sizes)}


def unary_into(rng, library):
    x = array(rng, kinds=("float",))
    call = {"x": x}
    if rng.random() < 0.4:
        call["where"] = Arr(stretchable(rng, x.sizes), "bool")
    sizes = (*shape(rng, 0, 1), *x.sizes)
    return maybe(rng, call, 0.8, out=Arr(sizes, "float"))


def unary_out(rng, library):
    return {"x": array(rng, kinds=("float",)), "out": Arr(shape(rng))}


def feature_dropout(rng, library):
    x = array(rng, rng.choice(((2, 3), (3,), (), (0,), shape(rng, 0, 5))), ("float",))
    return {"x": x, "training": rng.random() < 0.7, "_p": rng.choice((0.5, 0.5, 0.5, 0.5, 0, 1))}


def dropout_1d(rng, library):
    return {"x": array(rng, shape(rng, 1, 4), ("float",))}


def dropout_torch(rng, library):
    return {"x": array(rng, kinds=("float",)), "_p": 0.5, "_train": rng.random() < 0.5}


def geometric(rng, library):
    return {"x": array(rng, kinds=("float",)), "_p": 0.5}


def ldexp(rng, library):
    call = pair(rng, library, ("int",), numbers=False)
    return call | {"a": dataclasses.replace(call["a"], dtype="float")}


def fill(rng, library):
    value = Arr((), "float") if rng.random() < 0.9 else 2
    return {"x": array(rng, kinds=("float",)), "value": value}


def into(rng, library):
    a = array(rng, kinds=("float",))
    return {"a": a, "b": Arr(stretchable(rng, a.sizes))}


def copyto(rng, library):
    call = into(rng, library)
    mask = Arr(stretchable(rng, call["a"].sizes), "bool")
    return maybe(rng, call, 0.3, where=mask)


FLOATS = ("float", "float", "float", "int", "complex")


def pair(rng, library, kinds=FLOATS, numbers=True):
    """Two arrays, or an array and a number."""
    whole = shape(rng, rng.choice((0, 2)))
    if rng.random() < 0.15 and numbers:
        number = rng.choice((2, 0.5)) if "float" in kinds else 2
        return {"a": array(rng, whole, kinds), "b": number}
    if rng.random() < 0.4:
        a, laid = rng.choice(kinds), order(rng, whole)
        return {
            "a": Arr(whole, a, order=laid),
            "b": Arr(whole, rng.choice(kinds), low=1, order=laid),
        }
    a, b = (array(rng, stretchable(rng, whole), kinds) for _ in range(2))
    return {"a": a, "b": b}


def binary(*kinds, numbers=False):
    def draw(rng, library):
        return pair(rng, library, (rng.choice(kinds),) if kinds else FLOATS, numbers)

    return draw


def comparison(rng, library):
    return pair(rng, library, ("float", "int", "bool"), numbers=False)


def bitwise(rng, library):
    return pair(rng, library, ("int", "bool"), numbers=False)


def rounded(rng, library):
    modes = (None, "floor", "trunc")
    whole = shape(rng, 2, 4, (2, 3, 4, 5))
    call = {name: array(rng, stretchable(rng, whole), ("float", "int")) for name in "ab"}
    return call | {"_rounding_mode": rng.choice(modes)}


def binary_into(rng, library):
    whole = shape(rng)
    kind = rng.choice(("float", "int"))
    call = {name: Arr(stretchable(rng, whole), kind) for name in "ab"}
    if rng.random() < 0.3:
        call["where"] = Arr(stretchable(rng, whole), "bool")
    sizes = (*shape(rng, 0, 1), *whole)
    return maybe(rng, call, 0.9, out=Arr(sizes, kind))


def binary_out(rng, library):
    kind = rng.choice(("float", "int"))
    return pair(rng, library, (kind,), numbers=False) | {"out": Arr(shape(rng), kind)}


def in_place(rng, library):
    """An array, and one that is stretched to it."""
    a = array(rng, kinds=("float", "int"))
    b = Arr(stretchable(rng, a.sizes), a.dtype) if rng.random() < 0.9 else 2
    return {"a": a, "b": b}


def augmented(rng, library):
    call = in_place(rng, library)
    return call | ({"a": 2} if rng.random() < 0.1 and call["b"] != 2 else {})


def lerp(rng, library):
    whole = shape(rng, 2)
    a, b, weight = (array(rng, stretchable(rng, whole), ("float",)) for _ in range(3))
    return {"a": a, "b": b, "weight": weight if rng.random() < 0.7 else 0.5}


def addcmul(rng, library):
    whole = shape(rng)
    kinds = ("float", "float", "int")
    return {name: array(rng, stretchable(rng, whole), kinds) for name in "abc"}


def addcmul_in_place(rng, library):
    a = array(rng, kinds=("float",))
    return {"a": a} | {name: Arr(stretchable(rng, a.sizes)) for name in "bc"}


def clip(rng, library):
    whole = shape(rng, 2)
    call = {"x": array(rng, stretchable(rng, whole), ("float", "float", "int"))}
    if rng.random() < 0.2:
        bounds = {"low": 0.5, "high": rng.choice((2, 1.5))}
    else:
        bounds = {
            name: array(rng, stretchable(rng, whole), ("float", "int")) for name in ("low", "high")
        }
    if library == "torch":
        bounds.pop(rng.choice(("low", "high", "")), None)
    return call | bounds


def clip_in_place(rng, library):
    x = array(rng, kinds=("float",))
    return {"x": x, "low": Arr(stretchable(rng, x.sizes)), "high": Arr(stretchable(rng, x.sizes))}


def interp(rng, library):
    n = rng.choice(SIZES)
    return {"x": Arr(shape(rng)), "xp": Arr((n,)), "fp": Arr((n,))}


def unwrap(rng, library):
    sizes = shape(rng, 1, 3)
    return maybe(rng, {"x": Arr(sizes)}, 0.8, dim=axis(rng, len(sizes)))


def ufunc_at(rng, library):
    rest, picked = shape(rng, 0, 2), shape(rng, 0, 2)
    count = rng.choice((1, 1, 2))
    a = Arr((*(rng.choice((1, 2, 3)) for _ in range(count)), *rest), "int")
    found = tuple(Arr(picked, "int", high=1) for _ in range(count))
    call = {"a": a, "indices": found if count > 1 or rng.random() < 0.5 else found[0]}
    return call | {"b": Arr(stretchable(rng, (*picked, *rest)), "int")}


def masked_at(rng, library):
    return {"x": array(rng, kinds=("float",)), "_b": 0.5}


def masked_where(rng, library):
    x = array(rng, kinds=("float",))
    return {"condition": Arr(x.sizes, "bool"), "x": x}


def polyval(rng, library):
    return {"p": Arr(shape(rng, 0, 1)), "x": array(rng, kinds=("float",))}


def series_value(rng, library):
    return {
        "x": array(rng, shape(rng, 0, 2), ("float",)),
        "c": Arr((rng.choice((0, 1, 2, 3)), *shape(rng, 0, 1))),
    }


def polyfit(rng, library):
    n = rng.choice((2, 3, 4, 5))
    y = Arr((n, *rng.choice(((), (1,), (3,)))))
    return {"x": Arr((n,)), "y": y, "deg": rng.choice((0, 1, 2))}


def with_dtype(draw):
    """Calls with a dtype, where NumPy has one."""

    def drawn(rng, library):
        call = draw(rng, library)
        if library == "numpy" and rng.random() < 0.1:
            call["_dtype"] = Kind((), "float")
        return call

    return drawn


DRAWS = {
    "unary_float": with_dtype(unary()),
    "of_order": of_order,
    "threshold": threshold,
    "round_into": round_into,
    "drawn": unary("float"),
    "number_test": unary("float", "int", "bool"),
    "unary": unary("float", "float", "int", "complex"),
    "conjugated": unary(),
    "rounded": unary("float", "float", "int", "complex"),
    "absolute": unary(),
    "part": unary("complex", "complex", "float"),
    "angle": unary(),
    "maybe_complex": unary(),
    "unary_test": unary("float", "int", "bool"),
    "inverted": unary("int", "bool"),
    "bitwise_count": unary("int"),
    "unary_into": unary_into,
    "unary_out": unary_out,
    "activation": unary("float"),
    "laid_out_anew": unary("float"),
    "unary_in_place": unary("float", "float", "int", "complex"),
    "feature_dropout": feature_dropout,
    "dropout_1d": dropout_1d,
    "dropout_3d": feature_dropout,
    "dropout_torch": dropout_torch,
    "geometric_in_place": geometric,
    "ldexp": ldexp,
    "fill": fill,
    "fill_numpy": fill,
    "copy_into": into,
    "copyto": copyto,
    "arithmetic": with_dtype(binary(numbers=True)),
    "whole_arithmetic": binary("float", "int", numbers=True),
    "division": binary("float", "int"),
    "division_rounded": rounded,
    "bitwise": bitwise,
    "comparison": comparison,
    "binary_into": binary_into,
    "binary_out": binary_out,
    "binary_in_place": in_place,
    "augmented": augmented,
    "divmod": binary("float", "int"),
    "modf": unary("float", "int"),
    "frexp": unary("float"),
    "allclose": binary("float"),
    "array_equal": binary("float"),
    "lerp": lerp,
    "addcmul": addcmul,
    "addcmul_in_place": addcmul_in_place,
    "clip": clip,
    "clip_named": clip,
    "clip_in_place": clip_in_place,
    "interp": interp,
    "unwrap": unwrap,
    "ufunc_at": ufunc_at,
    "masked_unary": unary("float"),
    "masked_arithmetic": binary("float", "int"),
    "masked_at": masked_at,
    "masked_where": masked_where,
    "mask_of": unary("float"),
    "mask_or_none": unary("float"),
    "masked_question": unary("float"),
    "polyval": polyval,
    "series_value": series_value,
    "polyfit": polyfit,
}
