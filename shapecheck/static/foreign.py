"""What calls of Python's and of libraries' functions give that are no ops: tables by full name."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from shapecheck.dims import Axis, Run, is_size
from shapecheck.infer import Function
from shapecheck.infer.arithmetic import compute
from shapecheck.infer.expr import construct
from shapecheck.ops import Array, Layer, Record, Text, Unknown
from shapecheck.ops._params import Mismatch, nested
from shapecheck.ops._values import closed
from shapecheck.ops.names import candidates
from shapecheck.static.containers import sequence
from shapecheck.static.joining import joined
from shapecheck.static.kinds import descends
from shapecheck.static.promises import flexible
from shapecheck.static.values import (
    Bound,
    ClassValue,
    Container,
    DictValue,
    External,
    FunctionValue,
    Instance,
    ListValue,
    Made,
    Maybe,
    Partial,
    bare,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from shapecheck.static.calls import Calls

NOT_HERE = object()
MOST = 4096  # items of a sequence that are worth listing
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
    if qualified.startswith("torch.") and isinstance(args[0] if args else None, FunctionValue):
        return args[0]
    return NOT_HERE


# --- Python's own ---------------------------------------------------------------------------------


def _len(machine: Calls, args: list[object], *_: Any) -> object:
    value = bare(args[0]) if args else None
    if isinstance(value, Array):
        if value.axes and isinstance(value.axes[0], Axis):
            return value.axes[0].size
        return Unknown("", "number")
    if isinstance(value, (ListValue, DictValue)):
        return Unknown("", "number") if value.open else len(value)
    if isinstance(value, (tuple, str)):
        return len(value)
    if isinstance(value, Container):
        return Unknown("", "number") if value.items.open else len(value.items)
    if isinstance(value, Record):
        return len(value.values)
    if isinstance(value, Instance):
        if isinstance(value.base, Container):
            return _len(machine, [value.base])
        found = machine.attribute(value, "__len__", value.cls.node)
        if isinstance(found, Bound):
            return machine.call(found, [], {}, value.cls.node)  # type: ignore[arg-type]
    if isinstance(value, Made) and "count" in value.parts:
        return value.parts["count"]
    return Unknown("", "number")


def _range(_: Calls, args: list[object], *__: Any) -> object:
    if not args or not all(isinstance(one, int) for one in args):
        return Unknown("a range")
    try:
        found = range(*args)  # type: ignore[call-overload]
        count = (
            max(0, -(-(found.stop - found.start) // found.step))
            if abs(found.stop - found.start) > MOST * abs(found.step)
            else len(found)
        )
    except (TypeError, ValueError):
        return Unknown("a range")
    if count > MOST:
        return Unknown("a long range", "long range")
    return tuple(found)


def _enumerate(machine: Calls, args: list[object], kwargs: dict[str, object], _: Any) -> object:
    start = args[1] if len(args) > 1 else kwargs.get("start", 0)
    items = machine.items(args[0]) if args else None
    if items is None or not isinstance(start, int):
        element = machine.element(args[0]) if args else Unknown("")
        return Made("an iterator", {"element": (Unknown("", "number"), element)})
    return ListValue([(start + at, one) for at, one in enumerate(items)])


def _zip(machine: Calls, args: list[object], *_: Any) -> object:
    many = [machine.items(one) for one in args]
    if any(one is None for one in many):
        element = tuple(machine.element(one) for one in args)
        return Made("an iterator", {"element": element})
    return ListValue(list(zip(*[one or [] for one in many], strict=False)))


def _reversed(machine: Calls, args: list[object], *_: Any) -> object:
    items = machine.items(args[0]) if args else None
    if items is None:
        return Made("an iterator", {"element": machine.element(args[0]) if args else Unknown("")})
    return ListValue(items[::-1])


def _sorted(machine: Calls, args: list[object], kwargs: dict[str, object], _: Any) -> object:
    items = machine.items(args[0]) if args else None
    simple = items is not None and not kwargs and all(isinstance(one, (int, str)) for one in items)
    if simple:
        try:
            return ListValue(sorted(items))  # type: ignore[type-var, arg-type]
        except TypeError:
            pass
    return ListValue([], open_=True)


def _list(machine: Calls, args: list[object], *_: Any) -> object:
    return sequence(machine, args[0]) if args else ListValue()


def _tuple(machine: Calls, args: list[object], *_: Any) -> object:
    if not args:
        return ()
    items = machine.items(args[0])
    return Unknown("a tuple") if items is None else tuple(items)


def _dict(machine: Calls, args: list[object], kwargs: dict[str, object], _: Any) -> object:
    found = DictValue(kwargs)
    if args:
        given = bare(args[0])
        if isinstance(given, DictValue):
            return DictValue({**given, **kwargs}, open_=given.open)
        items = machine.items(given)
        for one in items or []:
            if isinstance(one, tuple) and len(one) == 2 and isinstance(one[0], (str, int)):  # noqa: PLR2004
                found[one[0]] = one[1]
            else:
                found.open = True
        found.open = found.open or items is None
    return found


def _map(machine: Calls, args: list[object], _: Any, node: ast.AST) -> object:
    many = [machine.items(one) for one in args[1:]]
    if not many or any(one is None for one in many):
        return ListValue([], open_=True)
    rows = zip(*[one or [] for one in many], strict=False)
    return ListValue([machine.call(args[0], list(row), {}, node) for row in rows])  # type: ignore[arg-type]


def _sum(machine: Calls, args: list[object], kwargs: dict[str, object], node: ast.AST) -> object:
    items = machine.items(args[0]) if args else None
    if items is None:
        return Unknown("")
    total: object = args[1] if len(args) > 1 else kwargs.get("start", 0)
    for one in items:
        total = machine.operator("add", [total, one], node)
    return total


def _isinstance(_: Calls, args: list[object], *__: Any) -> object:
    if len(args) != 2:  # noqa: PLR2004
        return Unknown("", "number")
    value, wanted = args
    if isinstance(value, (Maybe, Unknown)):
        return Unknown("", "number")
    kinds = wanted if isinstance(wanted, tuple) else (wanted,)
    verdicts = [_is_of(value, kind) for kind in kinds]
    return True if True in verdicts else Unknown("", "number") if None in verdicts else False


_PYTHON = {
    "builtins.int": (int,),
    "builtins.float": (float,),
    "builtins.str": (str,),
    "builtins.bool": (bool,),
    "builtins.tuple": (tuple,),
    "builtins.list": (ListValue,),
    "builtins.dict": (DictValue,),
    "collections.abc.Sequence": (tuple, ListValue, str),
    "collections.abc.Iterable": (tuple, ListValue, DictValue, str),
    "typing.Iterable": (tuple, ListValue, DictValue, str),
    "typing.Sequence": (tuple, ListValue, str),
}
_ARRAYS = {"torch.Tensor": "torch", "numpy.ndarray": "numpy", "torch.FloatTensor": ""}


def _is_of(value: object, kind: object) -> bool | None:
    if isinstance(kind, ClassValue):
        if isinstance(value, Instance):
            if kind in value.cls.line():
                return True
            return False if value.cls.is_known else None
        certain = isinstance(value, (Array, int, float, str, tuple, ListValue, DictValue, Layer))
        return False if certain or value is None else None
    name = getattr(kind, "qualified", "")
    if is_size(value) and not isinstance(value, int):
        return None
    if isinstance(value, Record):
        return None
    if name in _PYTHON:
        if isinstance(value, (Unknown, Made, External)):
            return None
        if isinstance(value, Array) and not (closed(value.axes) and value.rank):
            return None  # np.float64 is a float, and np.random.randint gives an int
        return isinstance(value, _PYTHON[name])
    if name in _ARRAYS:
        if isinstance(value, Array):
            return (
                None
                if not value.library
                else (value.library == _ARRAYS[name] if _ARRAYS[name] else None)
            )
        return None if isinstance(value, (Unknown, Made, Instance)) else False
    if name == "torch.nn.Parameter":
        return None if isinstance(value, (Array, Unknown, Instance)) else False
    if name.startswith("torch.nn."):
        if isinstance(value, Layer):
            return descends(value.name, name)
        if isinstance(value, Container):
            return name in ("torch.nn.Module", f"torch.nn.{value.kind}")
        if isinstance(value, Instance):
            if name == "torch.nn.Module":
                return True if value.cls.is_module else None
            verdicts = [descends(one, name) for one in value.cls.library_bases() if _is_torch(one)]
            if True in verdicts:
                return True
            return None if None in verdicts or not value.cls.is_known else False
        return False if isinstance(value, (Array, int, float, str)) or value is None else None
    return None


def _is_torch(qualified: str) -> bool:
    return qualified.startswith("torch.") and qualified != "torch.nn.Module"


def _getattr(machine: Calls, args: list[object], _: Any, node: ast.AST) -> object:
    if len(args) < 2 or not isinstance(args[1], str):  # noqa: PLR2004
        return Unknown("")
    found = machine.attribute(args[0], args[1], node)
    if isinstance(found, Unknown) and len(args) > 2:  # noqa: PLR2004
        owner = bare(args[0])
        if isinstance(owner, Instance) and not owner.open and owner.cls.is_known:
            return args[2] if args[1] not in owner.attributes else Unknown("")
        return Unknown("")
    return found


def _setattr(machine: Calls, args: list[object], _: Any, node: ast.AST) -> object:
    if len(args) == 3:  # noqa: PLR2004
        owner = bare(args[0])
        if isinstance(args[1], str):
            machine.store_attribute(owner, args[1], args[2], node)
        elif isinstance(owner, Instance):
            owner.open = True
    return None


def _hasattr(machine: Calls, args: list[object], *_: Any) -> object:
    if len(args) == 2 and isinstance(args[1], str):  # noqa: PLR2004
        owner = bare(args[0])
        if isinstance(owner, Instance):
            if args[1] in owner.attributes:
                return True
            for one in owner.cls.line():
                if isinstance(one, ClassValue) and args[1] in one.attributes:
                    return True
            del machine
        if isinstance(owner, Layer) and layer_attribute(owner, args[1]) is not None:
            return True
    return Unknown("", "number")


def _super(machine: Calls, *_: Any) -> object:
    return machine.super_value()


def _text(_: Calls, args: list[object], *__: Any) -> object:
    return str(args[0]) if args and isinstance(args[0], (str, int)) else Unknown("", "text")


def _number(_: Calls, args: list[object], *__: Any) -> object:
    value = bare(args[0]) if args else 0
    if isinstance(value, (bool, int)) or is_size(value):
        return value if not isinstance(value, bool) else int(value)
    if isinstance(value, float) and abs(value) < 2**63:
        return int(value)
    return Unknown("", "number")


def _type(_: Calls, args: list[object], *__: Any) -> object:
    value = bare(args[0]) if len(args) == 1 else None
    if isinstance(value, Layer):
        return Function(value.name)
    return value.cls if isinstance(value, Instance) else Unknown("")


def _same(_: Calls, args: list[object], *__: Any) -> object:
    return args[0] if args else Unknown("")


def _nothing(*_: Any) -> object:
    return None


def _some_number(*_: Any) -> object:
    return Unknown("", "number")


def _next(machine: Calls, args: list[object], *_: Any) -> object:
    value = bare(args[0]) if args else None
    if isinstance(value, ListValue) and value and not value.open:
        return value[0]
    return machine.element(value)


def _divmod(_: Calls, args: list[object], *__: Any) -> object:
    if len(args) == 2 and all(is_size(one) for one in args):  # noqa: PLR2004
        return compute("floordiv", *args), compute("mod", *args)
    return Unknown("")


def _all(machine: Calls, args: list[object], *_: Any) -> object:
    return _every(machine, args, empty=True)


def _any(machine: Calls, args: list[object], *_: Any) -> object:
    return _every(machine, args, empty=False)


def _every(machine: Calls, args: list[object], *, empty: bool) -> object:
    items = machine.items(args[0]) if args else None
    if items is None:
        return Unknown("", "number")
    tests = [machine.truth(one) for one in items]
    if (not empty) in tests:
        return not empty
    return Unknown("", "number") if None in tests else empty


def _bool(machine: Calls, args: list[object], *_: Any) -> object:
    test = machine.truth(bare(args[0])) if args else False
    return Unknown("", "number") if test is None else test


def _extreme(name: str) -> Callable[..., object]:
    def extreme(
        machine: Calls, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> object:
        many = machine.items(args[0]) if len(args) == 1 else args
        if many is None or kwargs or any(isinstance(one, Array) for one in many):
            return Unknown("", "number")
        if any(isinstance(one, Unknown) for one in many):
            return Unknown("", "number")
        from shapecheck.infer.arithmetic import python_functions  # noqa: PLC0415

        del node
        return python_functions()[f"builtins.{name}"](*many) if many else Unknown("", "number")

    return extreme


# --- the standard library -------------------------------------------------------------------------


def _partial(_: Calls, args: list[object], kwargs: dict[str, object], __: Any) -> object:
    return Partial(args[0], tuple(args[1:]), kwargs) if args else Unknown("")


def _reduce(machine: Calls, args: list[object], _: Any, node: ast.AST) -> object:
    items = machine.items(args[1]) if len(args) > 1 else None
    if items is None:
        return Unknown("")
    items = [*args[2:], *items]
    if not items:
        return Unknown("")
    total = items[0]
    for one in items[1:]:
        total = machine.call(args[0], [total, one], {}, node)  # type: ignore[arg-type]
    return total


def _copy(_: Calls, args: list[object], *__: Any) -> object:
    return copied(args[0]) if args else Unknown("")


def copied(value: object, seen: dict[int, object] | None = None) -> object:
    """A copy that shares nothing that can change."""
    seen = {} if seen is None else seen
    if id(value) in seen:
        return seen[id(value)]
    made: Any = value
    if isinstance(value, ListValue):
        made = seen[id(value)] = ListValue([], open_=value.open)
        made.extend(copied(one, seen) for one in value)
    elif isinstance(value, DictValue):
        made = seen[id(value)] = DictValue(open_=value.open)
        made.update({key: copied(one, seen) for key, one in value.items()})
    elif isinstance(value, Instance):
        made = seen[id(value)] = Instance(value.cls, open=value.open)
        made.attributes.update({k: copied(v, seen) for k, v in value.attributes.items()})
        made.base = copied(value.base, seen)
    elif isinstance(value, Container):
        made = seen[id(value)] = Container(value.kind, ListValue())
        made.items = copied(value.items, seen)
    elif isinstance(value, tuple):
        made = tuple(copied(one, seen) for one in value)
    return made


def _chain(machine: Calls, args: list[object], *_: Any) -> object:
    many = [machine.items(one) for one in args]
    if any(one is None for one in many):
        return ListValue([], open_=True)
    return ListValue([one for some in many for one in some or []])


def _product(machine: Calls, args: list[object], kwargs: dict[str, object], _: Any) -> object:
    import itertools  # noqa: PLC0415 - rarely needed

    many = [machine.items(one) for one in args]
    if kwargs or any(one is None for one in many):
        return ListValue([], open_=True)
    found = list(itertools.islice(itertools.product(*[one or [] for one in many]), MOST))
    return ListValue(found) if len(found) < MOST else ListValue([], open_=True)


def _pairwise(machine: Calls, args: list[object], *_: Any) -> object:
    items = machine.items(args[0]) if args else None
    if items is None:
        return ListValue([], open_=True)
    return ListValue(list(itertools.pairwise(items)))


def _field(_: Calls, __: Any, kwargs: dict[str, object], ___: Any) -> object:
    return Made("dataclasses.field", {"default": kwargs.get("default", Unknown(""))})


def _namespace(_: Calls, __: Any, kwargs: dict[str, object], ___: Any) -> object:
    return Made("types.SimpleNamespace", dict(kwargs))


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


def _generator(*_: Any) -> object:
    return Made("numpy.random.Generator")


def _random_state(*_: Any) -> object:
    return Made("numpy.random.RandomState")


def _dataset(machine: Calls, args: list[object], *_: Any) -> object:
    count = _len(machine, args[:1]) if args else Unknown("", "number")
    element = tuple(machine.element(one) for one in args)
    return Made("torch.utils.data.TensorDataset", {"element": element, "count": count})


def _loader(machine: Calls, args: list[object], kwargs: dict[str, object], node: ast.AST) -> object:
    """Batches of a data set: the samples stacked, as torch's default_collate does."""
    dataset = bare(args[0] if args else kwargs.get("dataset"))
    size = args[1] if len(args) > 1 else kwargs.get("batch_size", 1)
    if kwargs.get("collate_fn") is not None or "batch_sampler" in kwargs:
        return Made("torch.utils.data.DataLoader")
    sample: object = Unknown("")
    if isinstance(dataset, Made):
        sample = dataset.parts.get("element", Unknown(""))
    elif isinstance(dataset, Instance):
        found = machine.attribute(dataset, "__getitem__", node)
        if isinstance(found, Bound):
            sample = machine.call(found, [Unknown("", "number")], {}, node)  # type: ignore[arg-type]
    elif isinstance(dataset, (ListValue, tuple)):
        sample = machine.element(dataset)
    count = _len(machine, [dataset])
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
    "builtins.len": _len,
    "builtins.range": _range,
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
    "builtins.reversed": _reversed,
    "builtins.sorted": _sorted,
    "builtins.list": _list,
    "builtins.tuple": _tuple,
    "builtins.dict": _dict,
    "collections.OrderedDict": _dict,
    "builtins.map": _map,
    "builtins.sum": _sum,
    "builtins.isinstance": _isinstance,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.hasattr": _hasattr,
    "builtins.super": _super,
    "builtins.str": _text,
    "builtins.int": _number,
    "builtins.type": _type,
    "builtins.iter": _same,
    "builtins.next": _next,
    "builtins.print": _nothing,
    "builtins.divmod": _divmod,
    "builtins.all": _all,
    "builtins.any": _any,
    "builtins.bool": _bool,
    "builtins.min": _extreme("min"),
    "builtins.max": _extreme("max"),
    "builtins.callable": _some_number,
    "functools.partial": _partial,
    "functools.reduce": _reduce,
    "copy.copy": _copy,
    "copy.deepcopy": _copy,
    "itertools.chain": _chain,
    "itertools.product": _product,
    "itertools.pairwise": _pairwise,
    "typing.cast": lambda _, args, *__: args[1] if len(args) > 1 else Unknown(""),
    "dataclasses.field": _field,
    "types.SimpleNamespace": _namespace,
    "argparse.Namespace": _namespace,
    "torch.nn.Parameter": _parameter,
    "torch.nn.parameter.Parameter": _parameter,
    "torch.nn.Buffer": _parameter,
    "torch.jit.script": _same,
    "torch.compile": _same,
    "torch.nn.DataParallel": _same,
    "torch.nn.parallel.DistributedDataParallel": _same,
    "numpy.random.default_rng": _generator,
    "numpy.random.RandomState": _random_state,
    "torch.manual_seed": _nothing,
    "numpy.random.seed": _nothing,
    "torch.utils.data.TensorDataset": _dataset,
    "torch.utils.data.DataLoader": _loader,
    "torch.utils.checkpoint.checkpoint": lambda machine, args, _, node: (
        machine.call(args[0], args[1:], {}, node) if args else Unknown("")
    ),
}


# --- methods --------------------------------------------------------------------------------------

SELF_METHODS = {
    *(
        "to",
        "eval",
        "train",
        "cuda",
        "cpu",
        "float",
        "double",
        "half",
        "bfloat16",
        "requires_grad_",
    ),
    *("apply", "type", "share_memory", "to_empty"),
}


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
        return Unknown("")
    if isinstance(owner, (Instance, Layer, Container)):
        return _of_module(machine, owner, name, args, kwargs, node)
    return Unknown("what this method gives is not known")


def _of_module(
    machine: Calls,
    owner: Instance | Layer | Container,
    name: str,
    args: list[object],
    kwargs: dict[str, object],
    node: ast.AST,
) -> object:
    if name in SELF_METHODS:
        return owner
    if name in ("forward", "__call__"):
        if isinstance(owner, Instance) and owner.base is not None:
            return machine.call(owner.base, args, kwargs, node)  # type: ignore[arg-type]
        if not isinstance(owner, Instance):
            return machine.call(owner, args, kwargs, node)  # type: ignore[arg-type]
    if isinstance(owner, Instance):
        if name in ("register_buffer", "register_parameter", "add_module", "register_module"):
            if len(args) > 1 and isinstance(args[0], str):
                machine.state.write(owner.attributes, args[0], args[1])
            elif "tensor" in kwargs and args and isinstance(args[0], str):
                machine.state.write(owner.attributes, args[0], kwargs["tensor"])
            else:
                owner.open = True
            return None
        if name == "children":
            modules = [one for one in owner.attributes.values() if _is_module(one)]
            return ListValue(modules, open_=owner.open)
        if name == "named_children":
            named = [(key, one) for key, one in owner.attributes.items() if _is_module(one)]
            return ListValue(named, open_=owner.open)
    if name in ("zero_grad", "load_state_dict"):
        return None
    return Unknown("what this method gives is not known")


def _is_module(value: object) -> bool:
    return isinstance(value, (Layer, Container)) or (
        isinstance(value, Instance) and value.cls.is_module
    )


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
            made = call(machine, base, args, kwargs, node)
            if isinstance(made, (Layer, Container)):
                machine.state.write(_as_dict(owner), "base", made)
                owner.base = made
        return None
    if name == "forward" and owner.base is not None:
        return machine.call(owner.base, args, kwargs, node)  # type: ignore[arg-type]
    if owner.base is not None:
        found = machine.attribute(owner.base, name, node)
        return machine.call(found, args, kwargs, node)  # type: ignore[arg-type]
    return method(machine, owner, name, args, kwargs, node)


def _as_dict(_: Instance) -> dict[Any, object]:
    return {}  # the base is set once, while the object is made


def layer_attribute(layer: Layer, name: str) -> object:
    """An attribute of a module of `torch.nn`: a parameter, or an argument that it stores."""
    from shapecheck.ops.parameters import parameter  # noqa: PLC0415 - rarely needed

    found = parameter(layer, name)
    if found is not None:
        return found
    if name in layer.op.kinds and name in layer.op.stored:
        return layer.stored.get(name, layer.op.defaults.get(name, Unknown("")))
    return None


def literal(value: object) -> object:
    """The array that a nested list makes, if it makes one."""
    try:
        return nested(value)
    except Mismatch:
        return Unknown("")


__all__ = ["NOT_HERE", "Run", "Text", "call", "joined", "layer_attribute", "method", "super_call"]
