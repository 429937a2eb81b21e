"""What calls of libraries' functions give that are no ops: tables by full name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapecheck.dims import Axis, is_size
from shapecheck.infer.expr import construct
from shapecheck.ops import Array, Layer, Unknown
from shapecheck.ops._values import closed
from shapecheck.ops.names import candidates
from shapecheck.static import distributions, modules, standard
from shapecheck.static.containers import sequence
from shapecheck.static.einx import ELEMENTWISE, elementwise
from shapecheck.static.promises import flexible
from shapecheck.static.standard import length, nothing, same
from shapecheck.static.values import (
    Bound,
    Container,
    DictValue,
    FunctionValue,
    Instance,
    ListValue,
    Made,
    bare,
)

if TYPE_CHECKING:
    import ast

    from shapecheck.static.calls import Calls

NOT_HERE = object()
# What gives the function back that it is given: what it does to it is no matter of shapes.
WRAPPERS = {
    *("torch.jit.trace", "torch.jit.export", "torch.jit.ignore", "torch.jit.unused"),
    *("torch.fx.wrap", "torch.compiler.disable", "torch.compiler.allow_in_graph"),
    *("torch._dynamo.disable", "torch.no_grad", "torch.inference_mode", "torch.enable_grad"),
    *("torch.amp.custom_fwd", "torch.amp.custom_bwd", "torch.cuda.amp.custom_fwd"),
    *("torch.cuda.amp.custom_bwd", "torch.autograd.function.once_differentiable"),
}
Handler = "Callable[[Calls, list[object], dict[str, object], ast.AST], object]"


def call(
    machine: Calls,
    qualified: str,
    args: list[object],
    kwargs: dict[str, object],
    node: ast.AST,
) -> object:
    """Call something of a library or of Python by its full name; `NOT_HERE` if ops know it."""
    way = _WAYS.get(qualified)
    if way is not None:
        return way(machine, args, kwargs, node)
    if qualified.startswith(distributions.HOME):
        return distributions.distribution(machine, qualified, args, kwargs, node)
    if qualified in ELEMENTWISE:
        return elementwise([bare(one) for one in args])
    last = qualified.rpartition(".")[2]
    if qualified in CONTAINERS:
        return _container(machine, last, args)
    if qualified.startswith("torch.nn.utils.") and args and last.endswith("_norm"):
        return args[0]  # weight_norm(layer), spectral_norm(layer): the same layer
    made = construct(qualified, [bare(one) for one in args], kwargs)
    if made is not None:
        return made
    if candidates(qualified):
        return NOT_HERE
    if qualified.startswith(("torch.optim.", "torch.utils.data.", "numpy.random.")):
        return Made(qualified)
    if qualified in WRAPPERS and isinstance(args[0] if args else None, FunctionValue):
        return args[0]
    return NOT_HERE


# --- NumPy and torch ------------------------------------------------------------------------------

CONTAINERS = {
    "torch.nn.Sequential",
    "torch.nn.ModuleList",
    "torch.nn.ModuleDict",
    "torch.nn.ParameterList",
    "torch.nn.ParameterDict",
}


def _container(machine: Calls, kind: str, args: list[object]) -> object:
    if kind.endswith("Dict"):
        given = bare(args[0]) if args else DictValue()
        return Container(kind, given if isinstance(given, DictValue) else DictValue(open_=True))
    if kind == "Sequential":
        given = bare(args[0]) if len(args) == 1 else None
        if isinstance(given, DictValue):
            return Container(kind, ListValue(list(given.values()), open_=given.open))
        return Container(kind, ListValue(args))
    return Container(kind, sequence(machine, args[0]) if args else ListValue())


def _parameter(machine: Calls, args: list[object], kwargs: dict[str, object], _: Any) -> object:
    del machine
    value = bare(args[0] if args else kwargs.get("data"))
    return value if isinstance(value, Array) else Unknown("a parameter")


def _gradients(machine: Calls, args: list[object], kwargs: dict[str, object], _: Any) -> object:
    """``torch.autograd.grad(outputs, inputs)``: a gradient has the shape of what it is for."""
    inputs = bare(args[1] if len(args) > 1 else kwargs.get("inputs"))
    if isinstance(inputs, Array):
        return (replace(inputs, strides=None),)
    items = machine.items(inputs)
    return Unknown("gradients") if items is None else tuple(items)


def _limits(*_: Any) -> object:
    """``torch.finfo(dtype)``."""
    number = Unknown("", "number")
    names = ("max", "min", "eps", "tiny", "bits", "smallest_normal", "resolution")
    return Made("torch.finfo", dict.fromkeys(names, number))


def _generator(*_: Any) -> object:
    return Made("numpy.random.Generator")


def _random_state(*_: Any) -> object:
    return Made("numpy.random.RandomState")


DATA = "torch.utils.data."


def _dataset(machine: Calls, args: list[object], *_: Any) -> object:
    count = length(machine, args[:1]) if args else Unknown("", "number")
    element = tuple(machine.element(one) for one in args)
    return Made(f"{DATA}TensorDataset", {"element": element, "count": count})


def _subset(machine: Calls, args: list[object], _: Any, node: ast.AST) -> object:
    """``Subset(dataset, indices)``."""
    count = length(machine, args[1:2])
    sample = _sample(machine, bare(args[0]) if args else None, node)
    return Made(f"{DATA}Subset", {"element": sample, "count": count})


def _split(machine: Calls, args: list[object], kwargs: dict[str, object], node: ast.AST) -> object:
    """``random_split(dataset, lengths)``: lengths, or shares of the whole."""
    counts = machine.items(args[1] if len(args) > 1 else kwargs.get("lengths"))
    if counts is None:
        return Unknown("parts of a data set")
    sample = _sample(machine, bare(args[0]) if args else None, node)
    parts = [one if isinstance(one, int) else Unknown("", "number") for one in counts]
    return ListValue([Made(f"{DATA}Subset", {"element": sample, "count": one}) for one in parts])


def _sample(machine: Calls, dataset: object, node: ast.AST) -> object:
    """What a data set gives for one index."""
    if isinstance(dataset, Made):
        return dataset.parts.get("element", Unknown(""))
    if isinstance(dataset, Instance):
        found = machine.attribute(dataset, "__getitem__", node)
        if isinstance(found, Bound):
            return machine.call(found, [Unknown("", "number")], {}, node)  # type: ignore[arg-type]
    if isinstance(dataset, (ListValue, tuple)):
        return machine.element(dataset)
    return Unknown("")


def _loader(machine: Calls, args: list[object], kwargs: dict[str, object], node: ast.AST) -> object:
    """Batches of a data set: the samples stacked, as torch's default_collate does."""
    dataset = bare(args[0] if args else kwargs.get("dataset"))
    size = args[1] if len(args) > 1 else kwargs.get("batch_size", 1)
    if kwargs.get("collate_fn") is not None or "batch_sampler" in kwargs:
        return Made("torch.utils.data.DataLoader")
    sample = _sample(machine, dataset, node)
    count = length(machine, [dataset])
    whole = isinstance(count, int) and isinstance(size, int) and size > 0 and not count % size
    batch = size if whole or kwargs.get("drop_last") is True else flexible("batch")
    if not is_size(batch):
        batch = flexible("batch")
    return Made("torch.utils.data.DataLoader", {"element": batched(sample, batch)})


def batched(sample: object, size: Any) -> object:
    """Samples of one shape, stacked along a new first axis."""
    if isinstance(sample, Array) and closed(sample.axes):
        return Array((Axis(size), *sample.shape), sample.dtype, None, "torch")
    if isinstance(sample, (int, float)):
        kind = "int" if isinstance(sample, int) else "float"
        return Array((Axis(size),), kind, None, "torch")
    if isinstance(sample, Unknown) and sample.kind == "number":
        return Array((Axis(size),), "", None, "torch")
    if isinstance(sample, tuple):
        return tuple(batched(one, size) for one in sample)
    if isinstance(sample, ListValue) and not sample.open:
        return ListValue([batched(one, size) for one in sample])
    if isinstance(sample, DictValue):
        return DictValue(
            {key: batched(one, size) for key, one in sample.items()}, open_=sample.open
        )
    return Unknown("a batch")


def _ragged(machine: Calls, args: list[object], kwargs: dict[str, object], node: ast.AST) -> object:
    """``np.array`` and the like of nested lists: by the op, if the list is known."""
    del machine, args, kwargs, node
    return NOT_HERE


_WAYS: dict[str, Any] = {
    **standard.WAYS,
    "torch.nn.Parameter": _parameter,
    "torch.nn.parameter.Parameter": _parameter,
    "torch.nn.Buffer": _parameter,
    "torch.jit.script": same,
    "torch.compile": same,
    "torch.nn.DataParallel": same,
    "torch.nn.parallel.DistributedDataParallel": same,
    "torch.autograd.grad": _gradients,
    "torch.finfo": _limits,
    "torch.iinfo": _limits,
    "numpy.finfo": _limits,
    "numpy.iinfo": _limits,
    "numpy.random.default_rng": _generator,
    "numpy.random.RandomState": _random_state,
    "torch.manual_seed": nothing,
    "numpy.random.seed": nothing,
    "torch.utils.data.TensorDataset": _dataset,
    "torch.utils.data.Subset": _subset,
    "torch.utils.data.random_split": _split,
    "torch.utils.data.DataLoader": _loader,
    "torch.utils.checkpoint.checkpoint": lambda machine, args, _, node: (
        machine.call(args[0], args[1:], {}, node) if args else Unknown("")
    ),
}


# --- methods --------------------------------------------------------------------------------------


def method(
    machine: Calls,
    owner: object,
    name: str,
    args: list[object],
    kwargs: dict[str, object],
    node: ast.AST,
) -> object:
    """Call a method, by its name, of an object that ops know nothing of."""
    if isinstance(owner, Made):
        qualified = f"{owner.qualified}.{name}"
        if candidates(qualified):
            return machine.apply(qualified, args, kwargs, node)
        if qualified.startswith(distributions.HOME):
            return distributions.method(machine, owner, name, args, kwargs, node)
        return Unknown("")
    if isinstance(owner, (Instance, Layer, Container)):
        return modules.method(machine, owner, name, args, kwargs, node)
    return Unknown("what this method gives is not known")


__all__ = ["NOT_HERE", "call", "method"]
