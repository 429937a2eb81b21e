"""shapecheck: shape contracts for NumPy and PyTorch.

The public names are loaded when they are first used; importing shapecheck imports nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapecheck.errors import ShapeError, ShapeWarning
    from shapecheck.runtime.asserted import assert_shape
    from shapecheck.runtime.decorator import check
    from shapecheck.runtime.explaining import explain
    from shapecheck.runtime.hooks import install_excepthook
    from shapecheck.runtime.scopes import bindings, scope
    from shapecheck.spec.errors import SpecError
    from shapecheck.spec.tree import PyTree

__version__ = "0.1.0.dev0"

__all__ = [
    "PyTree",
    "ShapeError",
    "ShapeWarning",
    "SpecError",
    "assert_shape",
    "bindings",
    "check",
    "explain",
    "install_excepthook",
    "scope",
]

_HOMES = {
    "PyTree": "shapecheck.spec.tree",
    "ShapeError": "shapecheck.errors",
    "ShapeWarning": "shapecheck.errors",
    "SpecError": "shapecheck.spec.errors",
    "assert_shape": "shapecheck.runtime.asserted",
    "bindings": "shapecheck.runtime.scopes",
    "check": "shapecheck.runtime.decorator",
    "explain": "shapecheck.runtime.explaining",
    "install_excepthook": "shapecheck.runtime.hooks",
    "load_ipython_extension": "shapecheck.runtime.hooks",
    "scope": "shapecheck.runtime.scopes",
    "unload_ipython_extension": "shapecheck.runtime.hooks",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'shapecheck' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
