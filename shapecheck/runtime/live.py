"""The objects of a running program as values of the evaluator. Nothing of the user's is run."""

from __future__ import annotations

import builtins
import functools
import inspect
import sys
import types
from typing import TYPE_CHECKING, Any

from shapecheck import backends
from shapecheck.dims import Axis
from shapecheck.infer import Evaluator, Function, Namespace, Opaque
from shapecheck.ops import Array, Layer, Record, Text, Unknown
from shapecheck.ops.names import candidates, is_namespace, table

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping, Sequence
    from types import FrameType

PLAIN = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis))
MOST_PARTS = 4096  # of a list or tuple that is worth looking through
KINDS = ("complex", "float", "bool")  # of dtypes, as their names begin; what else is one is "int"


def value_of(thing: Any) -> object:
    """What an object is to the rules of ops; `Opaque` where they know nothing of its kind."""
    kind = type(thing)
    if kind in PLAIN or kind is slice:
        return thing
    if kind in (tuple, list):
        return kind(map(value_of, thing)) if len(thing) <= MOST_PARTS else Unknown("a long list")
    if isinstance(thing, types.ModuleType):
        return Namespace(thing.__name__) if is_namespace(thing.__name__) else Opaque(thing)
    array = array_of(thing)
    if array is not None:
        return array
    known = qualified_name(thing)
    if known:
        return Function(known)
    return _of_torch(thing) or _of_numpy(thing) or _of_tuple(thing) or Opaque(thing)


def array_of(thing: Any) -> Array | None:
    """An array with its real sizes; None for what is none, or has no sizes."""
    observed = backends.observe(thing)
    if observed is None or observed.sizes is None or None in observed.sizes:
        return None
    axes = tuple(Axis(size) for size in observed.sizes if size is not None)
    return Array(axes, dtype_kind(observed.dtype), _strides(thing), observed.backend)


def dtype_kind(name: str) -> str:
    """The kind of a dtype by its name: ``float32`` is "float"."""
    for kind in KINDS:
        if name.startswith(kind) or (kind == "float" and name.startswith("bfloat")):
            return kind
    return "int" if name.startswith(("int", "uint", "long")) else ""


def _strides(array: Any) -> tuple[int, ...] | None:
    """The steps of an array in elements, where it has such."""
    try:
        if hasattr(array, "stride"):
            return tuple(map(int, array.stride()))
        return tuple(step // array.itemsize for step in array.strides)
    except Exception:  # noqa: BLE001 - sparse and nested tensors have none, subclasses may raise
        return None


def _of_tuple(thing: Any) -> object | None:
    """A named tuple, or another kind of tuple such as torch.Size."""
    if not isinstance(thing, tuple):
        return None
    if type(thing).__name__ == "PackedSequence":
        return None  # its parts are laid out as no array is
    parts = tuple(map(value_of, tuple.__iter__(thing)))
    names = getattr(type(thing), "_fields", None)
    return Record(tuple(names), parts) if names else parts


def _of_numpy(thing: Any) -> object | None:
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    return Text(dtype_kind(thing.name)) if isinstance(thing, numpy.dtype) else None


def _of_torch(thing: Any) -> object | None:
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "nn"):
        return None
    if isinstance(thing, torch.dtype):
        return Text(dtype_kind(str(thing).removeprefix("torch.")))
    if isinstance(thing, torch.nn.Module):
        return layer_of(thing)
    return None


def layer_of(module: Any) -> Layer | None:
    """A module of `torch.nn` as an op with stored arguments; None for one that the ops don't know.

    A subclass counts as its parent if it has the parent's `forward`, and no hooks change what
    goes in or comes out.
    """
    if module._forward_hooks or module._forward_pre_hooks:  # noqa: SLF001 - they may do anything
        return None
    for cls in type(module).__mro__:
        if cls.__module__.startswith(("torch.nn.modules", "einops.layers")):
            break
        if "forward" in vars(cls):
            return None
    else:
        return None
    home = "torch.nn" if cls.__module__.startswith("torch") else "einops.layers.torch"
    for op, spelling in candidates(f"{home}.{cls.__name__}"):
        stored = {name: value_of(getattr(module, name, None)) for name in op.stored}
        names = [one.name for one in spelling.parameters if one.name not in op.stored]
        return Layer(op, stored, spelling.qualified, _others(module, cls, names))
    return None


def _others(module: Any, cls: type, names: Sequence[str]) -> dict[str, object]:
    """What a module was made with besides, where it is another value than the usual one."""
    usual, found = _defaults(cls), {}
    for name in names:
        value = getattr(module, name, getattr(module, f"in_proj_{name}", MISSING))
        if name == "bias" and value is not MISSING and not isinstance(value, bool):
            value = value is not None
        is_plain = isinstance(value, (bool, int, float, str))
        if is_plain and value != usual.get(name, value):
            found[name] = value
    return found


@functools.cache
def _defaults(cls: type) -> dict[str, object]:
    """The defaults of a class' arguments, those that it hands on to its parents too."""
    found: dict[str, object] = {}
    for one in cls.__mro__:
        if one.__module__.startswith(("torch.nn.modules", "einops.layers")):
            for parameter in inspect.signature(one.__init__).parameters.values():  # type: ignore[misc]
                found.setdefault(parameter.name, parameter.default)
    return found


def is_sequence(module: Any) -> bool:
    """Whether a module does nothing but call its children one after the other."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(module, torch.nn.Sequential):
        return False
    hooks = (module._forward_hooks, module._forward_pre_hooks)  # noqa: SLF001 - they may do anything
    return type(module).forward is torch.nn.Sequential.forward and not any(hooks)


@functools.cache
def _names_by_identity(_loaded: frozenset[str]) -> Mapping[int, str]:
    """The full names of the libraries' functions, by identity."""
    found: dict[int, str] = {}
    for qualified in table():
        parts = qualified.split(".")
        thing: Any = sys.modules.get(parts[0])
        for part in parts[1:]:
            thing = getattr(thing, part, None)
        if callable(thing):
            found.setdefault(id(thing), qualified)
    return found


def qualified_name(thing: Any) -> str:
    """The full name of a library's function or of one of Python's own; "" for others."""
    if not callable(thing):
        return ""
    if getattr(thing, "__module__", None) in ("builtins", "math"):
        name = f"{thing.__module__}.{getattr(thing, '__name__', '')}"
        return name if name.count(".") == 1 else ""
    loaded = frozenset(name for name in ("numpy", "torch", "einops") if name in sys.modules)
    return _names_by_identity(loaded).get(id(thing), "")


class FrameLookup:
    """The variables of a frame that is still there, as it left them.

    Args:
        frame: the frame.
        seen: values of whole expressions that somebody saw being made.
    """

    def __init__(self, frame: FrameType, seen: Mapping[ast.expr, Any] | None = None) -> None:
        self.variables = {**vars(builtins), **frame.f_globals, **frame.f_locals}
        self.seen = seen or {}
        self.objects: dict[int, Any] = {}  # the objects behind arrays and layers, by identity

    def name(self, name: str) -> object:
        """The value of a variable."""
        if name not in self.variables:
            return Unknown(f"{name} is not defined")
        return self.of(self.variables[name])

    def of(self, thing: Any) -> object:
        """The value of an object, which is remembered."""
        value = value_of(thing)
        if isinstance(value, (Array, Layer)):
            self.objects[id(value)] = (value, thing)
        return value

    def attribute(self, value: object, name: str) -> object:
        """An attribute of an object, looked up without running anything."""
        _, owner = self.objects.get(id(value), (None, None))
        owner = value.what if isinstance(value, Opaque) else owner
        found = stored_attribute(owner, name) if owner is not None else MISSING
        return Unknown(f".{name} is not known") if found is MISSING else self.of(found)

    def call(
        self,
        function: object,
        args: Sequence[object],
        kwargs: Mapping[str, object],
        node: ast.Call,
    ) -> object:
        """What a container of known layers gives; the user's own functions are not run again."""
        module = getattr(function, "what", None)
        if len(args) == 1 and not kwargs and is_sequence(module):
            return self._through(module, args[0], node)
        return self._seen(module, args)

    def _seen(self, module: Any, args: Sequence[object]) -> object:
        """What a module of the user's gave, if the run was watched; else that is not known."""
        chain = sys.modules.get("shapecheck.runtime.chain")
        given = args[0] if args else None
        if chain is not None and isinstance(given, Array) and not given.is_open:
            sizes = tuple(one for one in given.sizes if isinstance(one, int))
            shape = chain.gave(module, sizes)
            if shape is not None:
                return Array(tuple(map(Axis, shape)), "", None, "torch")
        return Unknown(f"what {type(module).__name__} gave is not known")

    def _through(self, container: Any, value: object, node: ast.Call) -> object:
        """What the layers of an `nn.Sequential` make of a value, by their rules."""
        evaluator = Evaluator(self)
        for module in container._modules.values():  # noqa: SLF001 - no method of the user's is run
            if is_sequence(module):
                value = self._through(module, value, node)
                continue
            layer = layer_of(module)
            if layer is None:
                return Unknown(f"what {type(module).__name__} gave is not known")
            value = evaluator.forward(layer, [value], {}, node)
        return value

    def known(self, node: ast.expr) -> object | None:
        """The value that an expression was seen to have."""
        return self.of(self.seen[node]) if node in self.seen else None


MISSING = object()


def stored_attribute(owner: Any, name: str) -> Any:
    """What an object stores under a name: no property or `__getattr__` of the user's is run."""
    if name.startswith("["):
        return _stored_item(owner, name)
    if isinstance(owner, types.ModuleType):
        return vars(owner).get(name, MISSING)
    for registry in ("_parameters", "_buffers", "_modules"):  # where nn.Module keeps them
        kept = _own(owner).get(registry)
        if isinstance(kept, dict) and name in kept:
            return kept[name]
    try:
        found = inspect.getattr_static(owner, name)
    except AttributeError:
        return MISSING
    if isinstance(found, types.MemberDescriptorType):  # a slot
        return found.__get__(owner)
    if isinstance(found, staticmethod):
        return found.__func__
    is_code = hasattr(found, "__get__") and name not in _own(owner)
    return MISSING if is_code else found


def _own(owner: Any) -> dict[str, Any]:
    found = getattr(owner, "__dict__", None)
    return found if isinstance(found, dict) else {}


def _stored_item(owner: Any, name: str) -> Any:
    """``[0]`` of a list of modules, ``['key']`` of a dict."""
    for key in (name[1:-1], name[1:-1].strip("'\"")):
        kept = owner if type(owner) is dict else _own(owner).get("_modules")
        if isinstance(kept, dict):
            for known, value in kept.items():
                if str(known) == key:
                    return value
            if key.lstrip("-").isdigit() and "_modules" in _own(owner):
                many = list(kept.values())
                return many[int(key)] if -len(many) <= int(key) < len(many) else MISSING
    return MISSING
