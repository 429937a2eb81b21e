"""What `isinstance` says of values: True and False where it is certain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecheck.dims import is_size
from shapecheck.infer import Function
from shapecheck.ops import Array, Layer, Record, Unknown
from shapecheck.ops._values import closed
from shapecheck.static.kinds import descends
from shapecheck.static.values import (
    Bound,
    ClassValue,
    Container,
    DequeValue,
    DictValue,
    External,
    FunctionValue,
    Instance,
    ListValue,
    Made,
    Maybe,
    Partial,
    SetValue,
)

if TYPE_CHECKING:
    from shapecheck.static.calls import Calls


def is_instance(_: Calls, args: list[object], *__: Any) -> object:
    """``isinstance(x, kinds)``."""
    if len(args) != 2:  # noqa: PLR2004
        return Unknown("", "number")
    value, wanted = args
    if isinstance(value, Maybe) or (isinstance(value, Unknown) and value.kind not in PLAIN):
        return Unknown("", "number")
    kinds = wanted if isinstance(wanted, tuple) else (wanted,)
    verdicts = [_is_of(value, kind) for kind in kinds]
    return True if True in verdicts else Unknown("", "number") if None in verdicts else False


PLAIN = ("number", "text", "flag")  # kinds of unknown values that are certainly no objects
# What is certainly no object of a class of the program, nor a module of torch.
OTHERS = (
    *(Array, int, float, str, tuple, ListValue, DictValue, FunctionValue, Bound, Partial),
    *(ClassValue, Function),
)

_PYTHON = {
    "builtins.int": (int,),
    "builtins.float": (float,),
    "builtins.str": (str,),
    "builtins.bool": (bool,),
    "builtins.tuple": (tuple,),
    "builtins.list": (ListValue,),
    "builtins.dict": (DictValue,),
    "collections.abc.Sequence": (tuple, ListValue, str),
    "collections.abc.Iterable": (tuple, ListValue, DictValue, str),
    "typing.Iterable": (tuple, ListValue, DictValue, str),
    "typing.Sequence": (tuple, ListValue, str),
}
_ARRAYS = {"torch.Tensor": "torch", "numpy.ndarray": "numpy", "torch.FloatTensor": ""}


def _is_of(value: object, kind: object) -> bool | None:
    if isinstance(kind, ClassValue):
        if isinstance(value, Instance):
            if kind in value.cls.line():
                return True
            return False if value.cls.is_known else None
        certain = isinstance(value, (*OTHERS, Layer)) or _is_plain(value)
        return False if certain or value is None else None
    name = getattr(kind, "qualified", "")
    if is_size(value) and not isinstance(value, int):
        return None
    if isinstance(value, (Record, SetValue, DequeValue)):
        return None
    if name in _PYTHON:
        if _is_plain(value) and _PYTHON[name][0] not in (int, float, str, bool):
            return False
        if isinstance(value, (Unknown, Made, External)):
            return None
        if isinstance(value, Array) and not (closed(value.axes) and value.rank):
            return None  # np.float64 is a float, and np.random.randint gives an int
        return isinstance(value, _PYTHON[name])
    if name in _ARRAYS:
        if isinstance(value, Array):
            return (
                None
                if not value.library
                else (value.library == _ARRAYS[name] if _ARRAYS[name] else None)
            )
        return None if _is_open(value) else False
    if name == "torch.nn.Parameter":
        return None if isinstance(value, Array) or _is_open(value) else False
    if name.startswith("torch.nn."):
        if isinstance(value, Layer):
            return descends(value.name, name)
        if isinstance(value, Container):
            return name in ("torch.nn.Module", f"torch.nn.{value.kind}")
        if isinstance(value, Instance):
            if name == "torch.nn.Module":
                return True if value.cls.is_module else None
            verdicts = [descends(one, name) for one in value.cls.library_bases() if _is_torch(one)]
            if True in verdicts:
                return True
            return None if None in verdicts or not value.cls.is_known else False
        certain = isinstance(value, OTHERS) or value is None or _is_plain(value)
        return False if certain else None
    return None


def _is_open(value: object) -> bool:
    """Whether a value may be an array, for all that is known."""
    if isinstance(value, Instance):
        bases = value.cls.library_bases()
        return not value.cls.is_known or any("Tensor" in one or "array" in one for one in bases)
    return isinstance(value, (Made, External)) or (
        isinstance(value, Unknown) and not _is_plain(value)
    )


def _is_plain(value: object) -> bool:
    """Whether a value that is not known is certainly a number, a text or a flag."""
    return isinstance(value, Unknown) and value.kind in PLAIN


def _is_torch(qualified: str) -> bool:
    return qualified.startswith("torch.") and qualified != "torch.nn.Module"
