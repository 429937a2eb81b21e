"""NumPy. Imported only where the user has imported numpy."""

from __future__ import annotations

import functools
import typing
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecheck.backends._base import Observed, dtype_name, is_a, read_dtype, read_sizes
from shapecheck.backends._written import NumPyText
from shapecheck.spec.model import Family

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMONEST = ("float64", "float32", "int64", "int32", "bool")


class NumPy(NumPyText):
    """Arrays are `np.ndarray` and its subclasses; scalars (`np.generic`) count as rank 0."""

    name = "numpy"
    traces = False

    def is_array(self, value: object) -> bool:
        return is_a(value, (np.ndarray, np.generic))

    def is_stand_in(self, value: object) -> bool:  # noqa: ARG002
        return False

    def is_array_class(self, cls: type) -> bool:
        return issubclass(cls, (np.ndarray, np.generic))

    def observe(self, value: Any) -> Observed:
        sizes, trouble = read_sizes(value)
        if sizes is None and issubclass(type(value), np.ndarray):  # a subclass has hidden it
            sizes = np.ndarray.shape.__get__(value)
        cls = type(value)
        kind = f"np.{cls.__name__}" if cls.__module__.split(".")[0] == "numpy" else cls.__name__
        return Observed(kind, sizes, read_dtype(value), self.name, trouble)

    def accepted_types(self, cls: type, *, scalar: bool) -> tuple[type, ...]:
        """`np.float64(3.0)` is what `x.mean()` gives: an array of rank 0 in all but its class."""
        return (cls, np.generic) if scalar and cls is np.ndarray else (cls,)

    def dtypes(self, family: Family) -> Sequence[object]:
        return _dtypes_of(family)

    def hinted_family(self, hint: Any) -> Family | None:
        """The dtype of ``NDArray[np.float32]``, which is ``ndarray[…, dtype[float32]]``."""
        for argument in typing.get_args(hint):
            for scalar in typing.get_args(argument):
                if isinstance(scalar, type) and issubclass(scalar, np.generic):
                    try:
                        return Family(scalar.__name__, (dtype_name(np.dtype(scalar)),))
                    except TypeError:  # an abstract scalar type, such as np.floating
                        return None
        return None

    def cast(self, expression: str, dtype: str) -> str:
        return f"{expression}.astype(np.{dtype})" if hasattr(np, dtype) else ""


@functools.cache
def _all_dtypes() -> tuple[np.dtype[Any], ...]:
    """NumPy's built-in dtypes of fixed size, each once, the commonest first."""
    found = {np.dtype(code) for code in np.typecodes["All"] if code not in "SUVOMm"}
    ranks = {name: rank for rank, name in enumerate(COMMONEST)}
    return tuple(sorted(found, key=lambda one: (ranks.get(one.name, len(ranks)), one.num)))


@functools.cache
def _dtypes_of(family: Family) -> tuple[np.dtype[Any], ...]:
    return tuple(dtype for dtype in _all_dtypes() if family.admits(dtype_name(dtype)))


BACKEND = NumPy()
