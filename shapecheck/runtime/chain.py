"""The modules that ran in the outermost call of a module, and what each of them gave.

While `watch` is in force, two hooks note every call of a module of torch: when it begins, and the
shape that it gave. Objects are remembered by identity only, so nothing is kept alive.
"""

from __future__ import annotations

import sys
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.ops import Layer

MOST_CALLS = 4096  # of modules that are remembered

_calls: deque[tuple[int, Any, Any]] = deque(maxlen=MOST_CALLS)
_last: dict[int, tuple[Any, Any]] = {}  # of each module: what its last call got, and gave
_START = object()


@dataclass(frozen=True, slots=True)
class Call:
    """One finished call of a module without children.

    Attributes:
        path: where the module stands in the outermost one: ``encoder.blocks.0.conv``.
        module: the module.
        layer: the module as an op, None if the ops don't know it.
        given: the shape of its first argument, where that was an array.
        gave: the shape of its result, where that was an array.
    """

    path: str
    module: Any
    layer: Layer | None
    given: tuple[int, ...] | None
    gave: tuple[int, ...] | None


def _shape(value: Any) -> Any:
    if isinstance(value, (tuple, list)) and value:
        value = value[0]
    return getattr(value, "shape", None)


def _before(module: Any, args: Any) -> None:
    if not sys.modules["torch"].compiler.is_dynamo_compiling():
        _calls.append((id(module), _START, _shape(args)))


def _after(module: Any, args: Any, output: Any) -> None:
    if not sys.modules["torch"].compiler.is_dynamo_compiling():
        given = _shape(args)
        _calls.append((id(module), given, _shape(output)))
        is_array = not isinstance(output, (tuple, list))
        _last[id(module)] = given, _shape(output) if is_array else None


def watch_for_good() -> None:
    """Note the calls of modules from now on. Torch has to be loaded."""
    hooks = sys.modules["torch"].nn.modules.module
    hooks.register_module_forward_pre_hook(_before)
    hooks.register_module_forward_hook(_after)


@contextmanager
def watch() -> Iterator[None]:
    """Note the calls of modules. Torch has to be loaded."""
    hooks = sys.modules["torch"].nn.modules.module
    handles = [
        hooks.register_module_forward_pre_hook(_before),
        hooks.register_module_forward_hook(_after),
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
        _calls.clear()
        _last.clear()


def since(root: Any) -> list[Call]:
    """The finished calls since the last call of `root` began, without those of containers."""
    from shapecheck.runtime.live import layer_of  # noqa: PLC0415 - loads the rules of ops

    paths = {id(module): (path, module) for path, module in root.named_modules()}
    noted = list(_calls)
    starts = [at for at, (one, given, _) in enumerate(noted) if one == id(root) and given is _START]
    found = []
    for one, given, gave in noted[starts[-1] :] if starts else []:
        path, module = paths.get(one, ("", None))
        if given is _START or module is None or next(module.children(), None) is not None:
            continue
        found.append(Call(path, module, layer_of(module), _ints(given), _ints(gave)))
    return found


def gave(module: Any, given: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape of the array that the last call of a module gave for an input of this shape."""
    last_given, last = _last.get(id(module), (None, None))
    return _ints(last) if _ints(last_given) == given else None


def first_input(root: Any) -> tuple[int, ...] | None:
    """The shape that the last call of `root` began with."""
    starts = [gave for one, given, gave in _calls if one == id(root) and given is _START]
    return _ints(starts[-1]) if starts else None


def _ints(shape: Any) -> tuple[int, ...] | None:
    try:
        return None if shape is None else tuple(map(int, shape))
    except (TypeError, ValueError):
        return None
