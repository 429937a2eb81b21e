"""Which classes are arrays, asked quickly; and what tells calls apart that are judged alike."""

from __future__ import annotations

import types
from typing import Any

# Only exact classes: of subclasses nobody knows what they mean by a shape.
ARRAYS = {
    ("numpy", "ndarray"): "numpy",
    ("torch", "Tensor"): "torch",
    ("torch.nn.parameter", "Parameter"): "torch",
}
MOST_CLASSES = 4096  # that are remembered
MOST_PARTS = 64  # of a container that is told apart from others by its arrays

PLAIN = (int, float, complex, bool, str, bytes, type(None), tuple, list, dict, set, slice)


class _Kinds(dict[type, str]):
    """The library of each class; one that is met for the first time is classified."""

    def __missing__(self, kind: type) -> str:
        found = ARRAYS.get((kind.__module__, kind.__qualname__), "")
        if len(self) < MOST_CLASSES:
            self[kind] = found
        return found


# The library of each class that was met; "" for a class that is no array. It is read by
# subscript, never by `get`, which would not classify.
KINDS = _Kinds(dict.fromkeys(PLAIN, ""))
METHODS = frozenset((types.BuiltinMethodType, types.MethodType))


def owner_of(method: Any) -> Any:
    """What a bound method belongs to; None for anything else."""
    return method.__self__ if type(method) in METHODS else None


def is_array(thing: Any) -> bool:
    """Whether an object is an array of exactly one of the known classes."""
    return KINDS[type(thing)] != ""


def signature(values: Any) -> Any:
    """The classes, shapes and dtypes of values; None where these do not decide on a contract."""
    parts = tuple(_signature(one) for one in values)
    return None if None in parts else parts


def _signature(value: Any) -> Any:
    kind = type(value)
    library = KINDS[kind]
    if library:  # hashing a dtype of NumPy's takes longer than all the rest
        return kind, value.shape, value.dtype.char if library == "numpy" else value.dtype
    if kind in (tuple, list) and len(value) <= MOST_PARTS:
        inside = signature(value)
        return None if inside is None else (kind, inside)
    return kind if kind in (int, float, complex, bool, str, bytes, type(None)) else None
