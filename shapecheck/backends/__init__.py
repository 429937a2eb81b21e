"""The array libraries that the user's program has loaded.

A library is found through `sys.modules` and never imported on the user's behalf: whoever has an
array has the library, and whoever has not should not pay for it.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from shapecheck.backends._base import (
    Observed,
    constant_of_graphs,
    is_a,
    is_duck,
    observe_duck,
    uncompiled,
)
from shapecheck.backends._written import WRITTEN

if TYPE_CHECKING:
    from shapecheck.backends._base import Backend
    from shapecheck.backends._written import Written

# The library's module -> the file that speaks for it. A new backend is one file and one line here.
LIBRARIES = {"numpy": "shapecheck.backends._numpy", "torch": "shapecheck.backends._torch"}

_loaded: dict[str, Backend] = {}
_of_class: dict[type, Backend] = {}  # classes whose backend is known; they live as long as it does


def loaded() -> list[Backend]:
    """The backends of all libraries that are imported by now."""
    for library, home in LIBRARIES.items():
        # A module that is still being imported (or failed to) has no arrays yet.
        if library not in _loaded and _is_ready(library):
            _loaded[library] = importlib.import_module(home).BACKEND
    return list(_loaded.values())


def _is_ready(library: str) -> bool:
    module = sys.modules.get(library)
    return module is not None and not getattr(
        getattr(module, "__spec__", None), "_initializing", False
    )


def written(name: str) -> Written | None:
    """How the calls of a library are written: its backend, if it is loaded."""
    return next((one for one in loaded() if one.name == name), None) or WRITTEN.get(name)


def backend_of(value: object) -> Backend | None:
    """The backend that owns a value, or None."""
    return next((one for one in loaded() if one.is_array(value)), None)


def backend_of_class(cls: object) -> Backend | None:
    """The backend whose arrays are instances of a class, or None."""
    if not isinstance(cls, type):
        return None
    found = _of_class.get(cls)
    if found is None:
        found = next((one for one in loaded() if one.is_array_class(cls)), None)
        if found is not None and cls.__module__.split(".")[0] == found.name:
            _of_class[cls] = found
    return found


def is_stand_in(value: object) -> bool:
    """Whether a value only stands for one that is not there yet, as in torch.fx's tracing."""
    return any(one.is_stand_in(value) for one in loaded())


def observe(value: object) -> Observed | None:
    """What can be seen of a value as an array; None if it is none."""
    backend = backend_of(value)
    if backend is not None:
        return backend.observe(value)
    return observe_duck(value) if is_duck(value) else None


def is_compiling() -> bool:
    """Whether torch.compile is tracing the code that asks; torch folds this to a constant."""
    torch = sys.modules.get("torch")
    return torch is not None and torch.compiler.is_dynamo_compiling()


__all__ = [
    "Observed",
    "backend_of",
    "backend_of_class",
    "constant_of_graphs",
    "is_a",
    "is_compiling",
    "is_stand_in",
    "loaded",
    "observe",
    "uncompiled",
    "written",
]
