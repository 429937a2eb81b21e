"""What shapecheck asks of an array library, and the reading of objects that no library owns."""

from __future__ import annotations

import functools
import operator
import sys
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shapecheck.spec.model import Family

F = TypeVar("F", bound="Callable[..., Any]")
Sizes: TypeAlias = tuple["int | None", ...]  # None: an axis whose size cannot be known


COMPILING = (
    "shapecheck has to look at a call for itself here, most often because a shape contract is "
    "broken: without torch.compile, or without fullgraph=True, it is a ShapeError that says so"
)


@dataclass(frozen=True, slots=True)
class Observed:
    """What can be seen of an array.

    Attributes:
        kind: the class as a reader would write it: ``np.ndarray``, ``Tensor``.
        sizes: the size of each axis; None as a whole where even the rank cannot be read.
        dtype: the dtype's name, or "" where the object has none.
        backend: the backend's name, or "" for objects of no known library.
        trouble: why `sizes` is None, as one clause.
    """

    kind: str
    sizes: Sizes | None
    dtype: str
    backend: str = ""
    trouble: str = ""


class Backend(Protocol):
    """An array library. One file implements it; `shapecheck.backends` finds it.

    Attributes:
        name: the name of the library.
        traces: it runs functions to record them, with sizes that are no numbers.
    """

    name: str
    traces: bool

    def is_array(self, value: object) -> bool:
        """Whether the value is one of the library's arrays (or its scalars)."""
        ...

    def is_stand_in(self, value: object) -> bool:
        """Whether the value stands for one that is not there yet: it has no sizes to look at."""
        ...

    def is_array_class(self, cls: type) -> bool:
        """Whether instances of the class are arrays of the library."""
        ...

    def observe(self, value: Any) -> Observed:
        """Sizes, dtype and class of one of the library's arrays."""
        ...

    def accepted_types(self, cls: type, *, scalar: bool) -> tuple[type, ...]:
        """The classes that `isinstance` tests for a declared class; `scalar`: rank 0 is allowed."""
        ...

    def dtypes(self, family: Family) -> Sequence[object]:
        """The library's dtype objects that belong to the family, the commonest first."""
        ...

    def hinted_family(self, hint: Any) -> Family | None:
        """The dtype that the library's own hint declares (``NDArray[np.float32]``), or None."""
        ...

    def permuted(self, expression: str, order: tuple[int, ...]) -> str:
        """Source text that puts the axes of `expression` in the given order."""
        ...

    def squeezed(self, expression: str, axis: int) -> str:
        """Source text that drops one axis of size 1."""
        ...

    def cast(self, expression: str, dtype: str) -> str:
        """Source text that converts to a dtype."""
        ...


def uncompiled(function: F) -> F:
    """Keep torch.compile out of a function and of all that it calls.

    Dynamo breaks the graph at a call of it (so it never is in a graph with ``fullgraph=True``).
    """

    @functools.wraps(function)
    def outside(*args: Any, **kwargs: Any) -> Any:
        if "torch._dynamo" not in sys.modules:
            return function(*args, **kwargs)
        hook = sys.modules["torch"]._C._dynamo.eval_frame.set_eval_frame  # noqa: SLF001
        compiler = hook(None)
        try:
            return function(*args, **kwargs)
        finally:
            hook(compiler)

    setattr(outside, "_torchdynamo_disable", True)  # noqa: B010 - what Dynamo looks for
    setattr(outside, "_torchdynamo_disable_msg", COMPILING)  # noqa: B010
    return cast("F", outside)


def constant_of_graphs(function: F) -> F:
    """Let torch.compile call a function while it compiles; the graph holds what it gave back.

    Its arguments are constants and objects, never tensors.
    """
    setattr(function, "_dynamo_marked_constant", True)  # noqa: B010 - what Dynamo looks for
    return function


def dtype_name(dtype: Any) -> str:
    """The name under which jaxtyping's dtype classes know a dtype.

    Follows jaxtyping 0.3.11's reading: the scalar type's name where there is one, else the last
    part of ``repr``. Built-in numeric dtypes go by their canonical name, so that ``np.longlong``
    counts as the int64 that it is.
    """
    scalar = getattr(getattr(dtype, "type", None), "__name__", None)
    if isinstance(scalar, str):
        if getattr(dtype, "names", None):
            return str(dtype)
        name = getattr(dtype, "name", scalar)
        return str(name) if getattr(dtype, "kind", "") in "biufc" else scalar
    as_numpy = getattr(getattr(dtype, "as_numpy_dtype", None), "__name__", None)
    if isinstance(as_numpy, str):
        return as_numpy
    return dtype if isinstance(dtype, str) else repr(dtype).rsplit(".", 1)[-1]


def read_dtype(value: Any) -> str:
    """The name of an array's dtype, or "" where it cannot be read."""
    try:
        return dtype_name(value.dtype)
    except Exception:  # noqa: BLE001 - the object's own code may raise anything
        return ""


def read_sizes(value: Any) -> tuple[Sizes | None, str]:
    """The sizes of any object with a ``.shape``, or None and the reason.

    Objects may lie: `.shape` may raise, be no sequence, or hold things that are not sizes.
    """
    try:
        sizes = tuple(operator.index(size) for size in value.shape)
    except Exception as error:  # noqa: BLE001 - the object's own code may raise anything
        return None, f"its .shape cannot be read ({type(error).__name__}: {first_line(error)})"
    if any(size < 0 for size in sizes):
        return None, "its .shape has a negative size"
    return sizes, ""


def first_line(error: BaseException) -> str:
    """The first line of an exception's message, cut to a readable length."""
    try:
        return (str(error).splitlines() or [""])[0][:120]
    except Exception:  # noqa: BLE001 - a broken __str__ must not hide the finding
        return ""


def is_a(value: object, classes: type | tuple[type, ...]) -> bool:
    """As `isinstance`, also for objects whose `__class__` raises: their type decides then."""
    try:
        return isinstance(value, classes)
    except Exception:  # noqa: BLE001 - the object's own code may raise anything
        return issubclass(type(value), classes)


def is_duck(value: Any) -> bool:
    """Whether an object of no known library behaves as an array: it has a shape and a dtype."""
    if is_a(value, (type, types.ModuleType)):  # numpy itself has a `shape` and a `dtype`
        return False
    try:
        return hasattr(value, "shape") and hasattr(value, "dtype")
    except Exception:  # noqa: BLE001 - properties may raise anything
        return False


def observe_duck(value: Any) -> Observed:
    """Read an object that only looks like an array."""
    sizes, trouble = read_sizes(value)
    return Observed(type(value).__name__, sizes, read_dtype(value), "", trouble)
