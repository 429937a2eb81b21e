"""Modules of torch: what their methods and attributes give, and what a program's own inherit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecheck.dims import Run
from shapecheck.ops import Array, Layer, Unknown
from shapecheck.ops.parameters import held
from shapecheck.static.values import (
    Container,
    DictValue,
    External,
    Instance,
    ListValue,
    Made,
    bare,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from shapecheck.static.calls import Calls

SAME = {  # methods that give the module back
    *("to", "eval", "train", "cuda", "cpu", "float", "double", "half", "bfloat16", "type"),
    *("requires_grad_", "share_memory", "to_empty"),
}
MOST = 400  # modules inside a module that are walked over
NOTHING = ("zero_grad", "load_state_dict", "register_forward_hook", "register_full_backward_hook")


REGISTERS = ("register_buffer", "register_parameter", "add_module", "register_module")
WALKS = (
    *("children", "named_children", "modules", "named_modules"),
    *("parameters", "named_parameters", "buffers", "named_buffers"),
)
# What is a method, and not an attribute that nothing is known of.
METHODS = {*SAME, *NOTHING, *REGISTERS, *WALKS, "apply", "forward", "__call__", "state_dict"}


class Unclear(Exception):  # noqa: N818 - an answer
    """A part of a module is not known."""


def method(
    machine: Calls,
    owner: Instance | Layer | Container,
    name: str,
    args: list[object],
    kwargs: dict[str, object],
    node: ast.AST,
) -> object:
    """A method that a module has by birth."""
    if name in SAME:
        return owner
    if name in ("forward", "__call__"):
        return _forward(machine, owner, args, kwargs, node)
    if name in REGISTERS and isinstance(owner, Instance):
        _register(machine, owner, args, kwargs)
        return None
    if name == "apply" and args:
        return _applied(machine, owner, args[0], node)
    if name in WALKS:
        return _walk(owner, name)
    if name in NOTHING:
        return None
    return Unknown("what this method gives is not known")


def _forward(
    machine: Calls,
    owner: Instance | Layer | Container,
    args: list[object],
    kwargs: dict[str, object],
    node: ast.AST,
) -> object:
    target = owner.base if isinstance(owner, Instance) else owner
    if target is None:
        return Unknown("what this method gives is not known")
    return machine.call(target, args, kwargs, node)  # type: ignore[arg-type]


def _register(
    machine: Calls, owner: Instance, args: list[object], kwargs: dict[str, object]
) -> None:
    """``self.register_buffer("mask", mask)`` sets an attribute."""
    name = args[0] if args else kwargs.get("name")
    value = (
        args[1]
        if len(args) > 1
        else next((kwargs[key] for key in ("tensor", "param", "module") if key in kwargs), None)
    )
    if isinstance(name, str):
        machine.state.write(owner.attributes, name, value)
    else:
        owner.open = True


# --- walking over what is inside ------------------------------------------------------------------


def children(module: object) -> list[tuple[str, object]]:
    """The modules right inside a module, by name, each once.

    Raises:
        Unclear: there may be others.
    """
    found: dict[int, tuple[str, object]] = {}
    for name, value in _parts(module):
        for one in _modules_in(value):
            found.setdefault(id(one), (name, one))
    return list(found.values())


def _parts(module: object) -> Iterator[tuple[str, object]]:
    if isinstance(module, Instance):
        if module.open or not module.cls.is_known:
            raise Unclear
        yield from module.attributes.items()
        if module.base is not None:
            yield from _parts(module.base)
    elif isinstance(module, Container):
        if module.items.open:
            raise Unclear
        if isinstance(module.items, DictValue):
            yield from module.items.items()
        else:
            yield from ((str(at), one) for at, one in enumerate(module.items))


def _modules_in(value: object) -> Iterator[object]:
    value = bare(value)
    if is_module(value):
        yield value
    elif isinstance(value, Unknown) and not value.kind:
        raise Unclear


def is_module(value: object) -> bool:
    """Whether a value is a module."""
    return isinstance(value, (Layer, Container)) or (
        isinstance(value, Instance) and value.cls.is_module
    )


def tree(module: object) -> list[object]:
    """A module and all that are inside it, each once, in torch's order.

    Raises:
        Unclear: there may be others, or very many.
    """
    found: dict[int, object] = {}

    def visit(one: object) -> None:
        if id(one) in found:
            return
        found[id(one)] = one
        if len(found) > MOST:
            raise Unclear
        for _, child in children(one):
            visit(child)

    visit(module)
    return list(found.values())


def parameters(module: object) -> list[object]:
    """The parameters of a module and of all inside it, each once, in torch's order.

    Raises:
        Unclear: there may be others.
    """
    found: dict[int, object] = {}
    for one in tree(module):
        if isinstance(one, Layer):
            inside = held(one)
            if inside is None:
                raise Unclear
            for array in inside.parameters.values():
                if array is not None:
                    found[id(array)] = array
        elif any(isinstance(bare(value), Array) for _, value in _parts(one)):
            raise Unclear  # parameters and buffers are not told apart
    return list(found.values())


def _walk(owner: Instance | Layer | Container, name: str) -> object:
    try:
        if name == "children":
            return ListValue([one for _, one in children(owner)])
        if name == "named_children":
            return ListValue([(key, one) for key, one in children(owner)])
        if name == "modules":
            return ListValue(tree(owner))
        if name == "named_modules":
            return ListValue([(Unknown("", "text"), one) for one in tree(owner)])
        if name in ("parameters", "buffers"):
            return ListValue(parameters(owner)) if name == "parameters" else _some(ARRAY)
    except Unclear:
        pass
    if name.startswith("named_"):
        named = ARRAY if name in ("named_parameters", "named_buffers") else Unknown("a module")
        return _some((Unknown("", "text"), named))
    return _some(ARRAY if name in ("parameters", "buffers") else Unknown("a module"))


def _some(element: object) -> Made:
    """An iterator of which it is only known what it gives."""
    return Made("an iterator", {"element": element})


ARRAY = Array((Run(),), "", None, "torch")


def _applied(machine: Calls, owner: object, function: object, node: ast.AST) -> object:
    """``module.apply(function)`` calls it for every module inside, the innermost first."""
    try:
        every = tree(owner)
    except Unclear:
        machine.call(function, [Unknown("")], {}, node)  # type: ignore[arg-type]
        return owner
    for one in reversed(every):
        machine.call(function, [one], {}, node)  # type: ignore[arg-type]
    return owner


# --- inheriting -----------------------------------------------------------------------------------


def super_call(
    machine: Calls,
    owner: object,
    name: str,
    args: list[object],
    kwargs: dict[str, object],
    node: ast.AST,
) -> object:
    """A method of a library's class that a class of the program descends from."""
    if not isinstance(owner, Instance):
        return Unknown("")
    if name == "__init__":
        for base in owner.cls.library_bases():
            if base in ("torch.nn.Module", "builtins.object"):
                continue
            made = machine.called(External(base), args, kwargs, node)
            if isinstance(made, (Layer, Container)):
                owner.base = made
        return None
    if owner.base is not None:
        if name == "forward":
            return machine.call(owner.base, args, kwargs, node)  # type: ignore[arg-type]
        found = machine.attribute(owner.base, name, node)
        return machine.call(found, args, kwargs, node)  # type: ignore[arg-type]
    if owner.cls.is_module:
        return method(machine, owner, name, args, kwargs, node)
    return Unknown("what this method gives is not known")


def layer_attribute(layer: Layer, name: str) -> object:
    """An attribute of a module of `torch.nn`: a parameter, or an argument that it stores.

    Returns:
        Its value, `NOT_THERE` if it is none of these.
    """
    inside = held(layer)
    for some in (inside.parameters, inside.buffers) if inside is not None else ():
        if name in some:
            return some[name]
    if name in ("weight", "bias"):
        return Unknown("a parameter")
    if name in layer.op.kinds and name in layer.op.stored:
        value = layer.stored.get(name, layer.op.defaults.get(name, Unknown("")))
        return _spread(layer, name, value)
    return layer.others.get(name, NOT_THERE)


def _spread(layer: Layer, name: str, value: object) -> object:
    """A convolution keeps its window as a tuple with a size for each axis."""
    kind = layer.name.rpartition(".")[2]
    if "Conv" in kind and name in ("kernel_size", "stride", "padding", "dilation"):
        return (value,) * int(kind[-2]) if isinstance(value, int) else value
    if name == "normalized_shape" and isinstance(value, int):
        return (value,)
    return value


NOT_THERE: Any = object()
