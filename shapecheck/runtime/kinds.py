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

# The library of each class that was met; "" for a class that is no array.
KINDS: dict[type, str] = dict.fromkeys(
    (int, float, complex, bool, str, bytes, type(None), tuple, list, dict, set, slice), ""
)


def classify(kind: type) -> str:
    """The library whose arrays a class has; "" for none."""
    found = ARRAYS.get((kind.__module__, kind.__qualname__), "")
    if len(KINDS) < MOST_CLASSES:
        KINDS[kind] = found
    return found


METHODS = frozenset((types.BuiltinMethodType, types.MethodType))


def owner_of(method: Any) -> Any:
    """What a bound method belongs to; None for anything else."""
    return method.__self__ if type(method) in METHODS else None


def library_of(thing: Any) -> str:
    """The library that an array is of; "" for what is none."""
    kind = type(thing)
    found = KINDS.get(kind)
    return classify(kind) if found is None else found


def signature(values: Any) -> Any:
    """The classes, shapes and dtypes of values; None where these do not decide on a contract."""
    parts = tuple(_signature(one) for one in values)
    return None if None in parts else parts


def _signature(value: Any) -> Any:
    kind = type(value)
    library = KINDS.get(kind)
    if library is None:
        library = classify(kind)
    if library:
        return kind, tuple(value.shape), value.dtype
    if kind in (tuple, list) and len(value) <= MOST_PARTS:
        inside = signature(value)
        return None if inside is None else (kind, inside)
    return kind if kind in (int, float, complex, bool, str, bytes, type(None)) else None
