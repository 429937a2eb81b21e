"""PyTorch. Imported only where the user has imported torch."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import parameter

from shapecheck.backends._base import (
    Observed,
    Sizes,
    dtype_name,
    first_line,
    is_a,
    read_dtype,
    uncompiled,
)
from shapecheck.backends._written import TorchText

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapecheck.spec.model import Family

COMMONEST = ("float32", "int64", "bfloat16", "float16", "float64", "bool")


# torch exports the subclasses, buffers and parameters, but not what they have in common.
UNINITIALIZED: Any = getattr(parameter, "UninitializedTensorMixin", ())


class Torch(TorchText):
    """Arrays are `torch.Tensor` and its subclasses: parameters, fake, meta and nested tensors."""

    name = "torch"
    traces = True

    def is_array(self, value: object) -> bool:
        return is_a(value, torch.Tensor)

    def is_stand_in(self, value: object) -> bool:
        return is_a(value, torch.fx.Proxy)

    def is_array_class(self, cls: type) -> bool:
        return issubclass(cls, torch.Tensor)

    def observe(self, value: Any) -> Observed:
        # Reading an attribute of a tensor subclass runs its __torch_function__, which may be
        # slow, may record the access, or may raise; what is wanted here is the plain fact.
        with torch._C.DisableTorchFunctionSubclass():  # noqa: SLF001 - torch's own documented guard
            with _unrecorded():
                sizes, trouble = _sizes(value)
            dtype = read_dtype(value)
        return Observed(type(value).__name__, sizes, dtype, self.name, trouble)

    def accepted_types(self, cls: type, *, scalar: bool) -> tuple[type, ...]:  # noqa: ARG002
        return (cls,)

    def dtypes(self, family: Family) -> Sequence[object]:
        return _dtypes_of(family)

    def hinted_family(self, hint: Any) -> Family | None:  # noqa: ARG002
        return None  # torch has no hints that name a dtype

    def cast(self, expression: str, dtype: str) -> str:
        short = {"float32": "float", "float64": "double", "float16": "half", "int64": "long"}
        if dtype in short:
            return f"{expression}.{short[dtype]}()"
        return f"{expression}.to(torch.{dtype})" if hasattr(torch, dtype) else ""


@contextlib.contextmanager
def _unrecorded() -> Iterator[None]:
    """Pause torch.jit.trace, to which sizes are tensors too, and reading them part of the graph."""
    tracer: Any = torch._C  # noqa: SLF001 - as torch.jit's own pauses do
    recording = tracer._get_tracing_state()  # noqa: SLF001
    tracer._set_tracing_state(None)  # noqa: SLF001
    try:
        yield
    finally:
        tracer._set_tracing_state(recording)  # noqa: SLF001


def _sizes(value: Any) -> tuple[Sizes | None, str]:
    """The sizes of a tensor; an axis that is symbolic or ragged is unknown, not an error."""
    if isinstance(value, UNINITIALIZED):
        return None, "it is a lazy parameter, which has no sizes yet"
    try:
        return tuple(_size(size) for size in value.shape), ""
    except Exception as error:  # noqa: BLE001 - nested tensors refuse, subclasses may do anything
        trouble = f"its .shape cannot be read ({type(error).__name__}: {first_line(error)})"
    try:
        return tuple(_size_or_none(value, axis) for axis in range(value.dim())), ""
    except Exception:  # noqa: BLE001 - then even the rank is unknown
        return None, trouble


def _size(size: Any) -> int | None:
    """An int, or None for a symbolic size: asking it for its number would pin it down."""
    if isinstance(size, int):
        return size
    known = getattr(getattr(size, "node", None), "maybe_as_int", None)
    found = known() if known is not None else None
    return found if isinstance(found, int) else None


def _size_or_none(value: Any, axis: int) -> int | None:
    """One size of a strided nested tensor; its ragged axes raise."""
    try:
        return _size(value.size(axis))
    except Exception:  # noqa: BLE001 - "irregular" axes of a nested tensor
        return None


@functools.cache
def _all_dtypes() -> tuple[torch.dtype, ...]:
    """Torch's dtypes, each once, the commonest first."""
    found = {one for one in vars(torch).values() if isinstance(one, torch.dtype)}
    ranks = {name: rank for rank, name in enumerate(COMMONEST)}
    return tuple(sorted(found, key=lambda one: (ranks.get(dtype_name(one), len(ranks)), str(one))))


@functools.cache
def _dtypes_of(family: Family) -> tuple[torch.dtype, ...]:
    return tuple(dtype for dtype in _all_dtypes() if family.admits(dtype_name(dtype)))


def _keep_out() -> None:
    """Let the frames of `uncompiled` functions run as they are."""
    hooks: Any = torch._C._dynamo.eval_frame  # noqa: SLF001 - no public way without a second to load
    code = uncompiled(_keep_out).__code__
    if hasattr(hooks, "set_code_exec_strategy"):  # from 2.7 on
        actions = hooks._FrameAction  # noqa: SLF001
        strategy = hooks._FrameExecStrategy(actions.SKIP, actions.DEFAULT)  # noqa: SLF001
        hooks.set_code_exec_strategy(code, strategy)
    elif hasattr(hooks, "skip_code"):
        hooks.skip_code(code)


_keep_out()
BACKEND = Torch()
