"""The kinds of parameters that rules declare, and what may be passed for each.

The annotations of a rule *are* its call signature: a binding turns what was passed into what the
rule takes by asking the parameter's kind, and the tests draw random arguments by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from shapecheck.dims import Axis as _Axis
from shapecheck.dims import is_size
from shapecheck.ops._values import Array, Text, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable


class Mismatch(Exception):  # noqa: N818 - control flow of the binding, not an error of the user's
    """What was passed is not of the parameter's kind: another overload may take it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of parameter: `take` turns what was passed into what the rule gets, or raises."""

    name: str
    take: Callable[[Any, str], Any]


def _scalar_kind(value: object) -> str:
    """The dtype kind of a number of Python's, or "" for what is none."""
    for cls, kind in ((bool, "bool"), (int, "int"), (float, "float"), (complex, "complex")):
        if isinstance(value, cls):
            return kind
    return "int" if is_size(value) else ""


def nested(value: Any, library: str = "") -> Array:
    """The array that `np.array` makes of nested lists of numbers and arrays.

    Raises:
        Mismatch: it holds something else, or is ragged.
    """
    if isinstance(value, Array):
        return value
    kind = _scalar_kind(value)
    if kind:
        return Array((), kind, (), library)
    if isinstance(value, Unknown) and value.kind == "number":
        return Array((), "", (), library)
    if not isinstance(value, (list, tuple)):
        raise Mismatch(f"{type(value).__name__} is not an array")
    parts = [nested(one, library) for one in value]
    if not parts:
        return Array((_Axis(0),), "float", None, library)
    if any(one.is_open or one.sizes != parts[0].sizes for one in parts):
        raise Mismatch("the parts differ in shape")
    dtypes = {one.dtype for one in parts}
    dtype = dtypes.pop() if len(dtypes) == 1 else ""
    return Array((_Axis(len(parts)), *parts[0].shape), dtype, None, library)


def _tensor(value: Any, library: str) -> Array:
    if isinstance(value, Array):
        return value
    if library == "numpy":
        return nested(value, library)
    raise Mismatch("not an array")


def _operand(value: Any, library: str) -> Array:
    if isinstance(value, Array) or library == "numpy":
        return _tensor(value, library)
    if _scalar_kind(value) or (isinstance(value, Unknown) and value.kind == "number"):
        return nested(value, library)
    raise Mismatch("neither an array nor a number")


def _scalar(value: Any, library: str) -> Array:
    if isinstance(value, Unknown):
        return Array((), "", (), library)
    return _operand(value, library)


def _tensors(value: Any, library: str) -> list[Array]:
    if isinstance(value, Array) and not value.is_open and value.rank:
        first = value.shape[0].size
        if isinstance(first, int) and first <= 64:
            return [value.with_axes(value.shape[1:])] * first
    if not isinstance(value, (list, tuple)):
        raise Mismatch("not a list of arrays")
    return [_tensor(one, library) for one in value]


def _axis_number(value: Any, _: str) -> Any:
    if isinstance(value, bool) or not is_size(value):
        raise Mismatch("not an axis")
    return value


def _axis_numbers(value: Any, library: str) -> Any:
    if value is None:
        return None
    if isinstance(value, (tuple, list)):
        return tuple(_axis_number(one, library) for one in value)
    return _axis_number(value, library)


def _size(value: Any, _: str) -> Any:
    if not is_size(value):
        raise Mismatch("not a size")
    return int(value) if isinstance(value, bool) else value


def _sizes(value: Any, library: str) -> Any:
    if isinstance(value, (tuple, list)):
        # Beside others, what is not known is a size if it is anything that fits.
        some = len(value) > 1
        return tuple(one if some and may_be_size(one) else _size(one, library) for one in value)
    return (_size(value, library),)


def may_be_size(value: object) -> bool:
    """Whether a value that is not known may be a size."""
    return isinstance(value, Unknown) and value.kind in ("", "number")


def _size_or_sizes(value: Any, library: str) -> Any:
    if isinstance(value, (tuple, list)):
        return tuple(_size(one, library) for one in value)
    return _size(value, library)


def _flag(value: Any, _: str) -> Any:
    if isinstance(value, (bool, int)):
        return bool(value)
    raise Mismatch("not a flag")


def _string(value: Any, _: str) -> Any:
    if isinstance(value, str):
        return value
    raise Mismatch("not a string")


def _number(value: Any, _: str) -> Any:
    if _scalar_kind(value) or (isinstance(value, Unknown) and value.kind != "array"):
        return value
    raise Mismatch("not a number")


def _anything(value: Any, _: str) -> Any:
    return value


def dtype_kind(name: str) -> str:
    """The kind of a dtype by its name: ``float32``, ``builtins.int``, ``torch.cfloat``."""
    last = name.rsplit(".", 1)[-1].rstrip("_").lower()
    for kind, starts in _DTYPE_NAMES.items():
        if last.startswith(starts):
            return kind
    return ""


_DTYPE_NAMES = {
    "bool": ("bool",),
    "complex": ("complex", "cfloat", "cdouble", "csingle", "chalf"),
    "float": ("float", "bfloat", "double", "half", "single", "longdouble"),
    "int": ("int", "uint", "long", "short", "byte", "char", "ubyte"),
}


def _dtype(value: Any, _: str) -> Any:
    """A dtype's kind, "" where it is not told or not known."""
    if isinstance(value, Text):
        return value.name
    return dtype_kind(value if isinstance(value, str) else getattr(value, "qualified", ""))


# An array; for NumPy also nested lists of numbers, and numbers.
Tensor: TypeAlias = Annotated[Array, Kind("tensor", _tensor)]
# The same, or None: for parameters whose default is None.
MaybeTensor: TypeAlias = Annotated[Array | None, Kind("tensor", _tensor)]
# An array or a number, as operators take them.
Operand: TypeAlias = Annotated[Array, Kind("operand", _operand)]
# The same, or None.
MaybeOperand: TypeAlias = Annotated[Array | None, Kind("operand", _operand)]
# A number or an array without axes: nothing else can be passed, so unknown values are such.
Scalar: TypeAlias = Annotated[Array, Kind("scalar", _scalar)]
# A list or tuple of arrays.
Tensors: TypeAlias = Annotated[list[Array], Kind("tensors", _tensors)]
# The same, or None.
MaybeTensors: TypeAlias = Annotated[list[Array] | None, Kind("tensors", _tensors)]
# The number of one axis.
Dim: TypeAlias = Annotated[Any, Kind("dim", _axis_number)]
# The numbers of axes: one, several, or None for all of them.
Dims: TypeAlias = Annotated[Any, Kind("dims", _axis_numbers)]
# A size or a count.
Count: TypeAlias = Annotated[Any, Kind("count", _size)]
# A tuple of sizes; one size alone counts as a tuple of one.
Sizes: TypeAlias = Annotated[tuple[Any, ...], Kind("sizes", _sizes)]
# The same, or None.
MaybeSizes: TypeAlias = Annotated[tuple[Any, ...] | None, Kind("sizes", _sizes)]
# One size for all axes (as it is), or a tuple with one for each.
Counts: TypeAlias = Annotated[Any, Kind("counts", _size_or_sizes)]
Flag: TypeAlias = Annotated[bool, Kind("flag", _flag)]
Word: TypeAlias = Annotated[str, Kind("word", _string)]
Number: TypeAlias = Annotated[Any, Kind("number", _number)]
# The kind of a dtype argument, "" for none.
DType: TypeAlias = Annotated[str, Kind("dtype", _dtype)]
# The same, None where none was passed, and "" where it is not known.
MaybeDType: TypeAlias = Annotated[str | None, Kind("dtype", _dtype)]
# Whatever was passed, unknown values too: the rule looks at it itself.
Anything: TypeAlias = Annotated[Any, Kind("anything", _anything)]
