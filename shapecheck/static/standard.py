"""What calls of Python's own functions and of the standard library's give, by full name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecheck.dims import Axis, Expr, is_size
from shapecheck.infer import Function
from shapecheck.infer.arithmetic import compute, python_functions
from shapecheck.infer.expr import Method
from shapecheck.ops import Array, Layer, Record, Unknown
from shapecheck.static import collected, iterating
from shapecheck.static.containers import sequence
from shapecheck.static.instances import is_instance
from shapecheck.static.iterating import MOST
from shapecheck.static.modules import NOT_THERE, layer_attribute
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


def length(machine: Calls, args: list[object], *_: Any) -> object:
    """``len(x)``."""
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
            return length(machine, [value.base])
        found = machine.attribute(value, "__len__", value.cls.node)
        if isinstance(found, Bound):
            return machine.call(found, [], {}, value.cls.node)  # type: ignore[arg-type]
    if isinstance(value, Made) and "count" in value.parts:
        return value.parts["count"]
    return Unknown("", "number")


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


def _sum(machine: Calls, args: list[object], kwargs: dict[str, object], node: ast.AST) -> object:
    items = machine.items(args[0]) if args else None
    if items is None:
        return Unknown("")
    total: object = args[1] if len(args) > 1 else kwargs.get("start", 0)
    for one in items:
        total = machine.operator("add", [total, one], node)
    return total


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
        if isinstance(owner, Layer) and layer_attribute(owner, args[1]) is not NOT_THERE:
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


def same(_: Calls, args: list[object], *__: Any) -> object:
    """A function that gives its argument back, as far as we care."""
    return args[0] if args else Unknown("")


def nothing(*_: Any) -> object:
    """A function that gives None."""
    return None


def _some_number(*_: Any) -> object:
    return Unknown("", "number")


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
        del node
        return python_functions()[f"builtins.{name}"](*many) if many else Unknown("", "number")

    return extreme


def _numeric(qualified: str) -> Callable[..., object]:
    """A function that gives a number, whatever it is given: by Python's own where that is known."""

    def numeric(
        machine: Calls, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> object:
        del machine, node
        own = python_functions().get(qualified)
        given = [bare(one) for one in args]
        known = not any(
            isinstance(one, (Array, Unknown)) or getattr(one, "open", False) for one in given
        )
        try:
            found = own(*given) if own is not None and known and not kwargs else None
        except (TypeError, ValueError, ArithmeticError):  # objects of the program, or it fails
            found = None
        return Unknown("", "number") if found is None or isinstance(found, Unknown) else found

    return numeric


def _rounded(name: str) -> Callable[..., object]:
    """`round` and `abs` give a number of a number, and an array of an array."""
    numeric = _numeric(f"builtins.{name}")

    def rounded(
        machine: Calls, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> object:
        value = bare(args[0]) if args else None
        if isinstance(value, Array) and name == "abs":  # NumPy's arrays have no such method
            return machine.apply("operator.abs", [value], {}, node)
        if isinstance(value, Array):
            return machine.call(machine.attribute(value, name, node), args[1:], kwargs, node)  # type: ignore[arg-type]
        plain = isinstance(value, (int, float)) or is_size(value)
        if plain or (isinstance(value, Unknown) and value.kind):
            return numeric(machine, args, kwargs, node)
        return Unknown("")

    return rounded


def _callable(machine: Calls, args: list[object], *_: Any) -> object:
    value = bare(args[0]) if len(args) == 1 and not isinstance(args[0], Maybe) else Unknown("")
    if isinstance(value, CALLED):
        return True
    if isinstance(value, Instance) and value.cls.is_known and not value.open:
        found = machine.attribute(value, "__call__", value.cls.node)
        return value.cls.is_module or isinstance(found, Bound)
    plain = (int, float, str, tuple, ListValue, DictValue, Array, Expr, type(None))
    return False if isinstance(value, plain) else Unknown("", "number")


CALLED = (FunctionValue, ClassValue, Bound, Partial, Function, Layer, Container, Method)


def _locals(machine: Calls, args: list[object], *_: Any) -> object:
    return Unknown("") if args else DictValue(machine.scope.variables)


def _choice(machine: Calls, args: list[object], *_: Any) -> object:
    return machine.element(args[0]) if args else Unknown("")


def _choices(machine: Calls, args: list[object], kwargs: dict[str, object], _: Any) -> object:
    count = args[1] if len(args) > 1 else kwargs.get("k", 1)
    element = machine.element(args[0]) if args else Unknown("")
    if isinstance(count, int) and 0 <= count <= MOST:
        return ListValue([element] * count)
    return ListValue([], open_=True)


def _shuffle(machine: Calls, args: list[object], *_: Any) -> object:
    value = bare(args[0]) if args else None
    if isinstance(value, ListValue):
        machine.state.touch(value)
        value[:] = [machine.element(value)] * len(value)
    return None


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
        made = seen[id(value)] = value.emptied()
        made.rest = copied(value.rest, seen)
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
        made = seen[id(value)] = tuple(copied(one, seen) for one in value)
    return made


def _field(_: Calls, __: Any, kwargs: dict[str, object], ___: Any) -> object:
    return Made("dataclasses.field", {"default": kwargs.get("default", Unknown(""))})


def _namespace(_: Calls, __: Any, kwargs: dict[str, object], ___: Any) -> object:
    return Made("types.SimpleNamespace", dict(kwargs))


WAYS: dict[str, Any] = {
    **iterating.WAYS,
    **collected.WAYS,
    "builtins.len": length,
    "builtins.list": _list,
    "builtins.tuple": _tuple,
    "builtins.dict": _dict,
    "collections.OrderedDict": _dict,
    "builtins.sum": _sum,
    "builtins.isinstance": is_instance,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.hasattr": _hasattr,
    "builtins.super": _super,
    "builtins.str": _text,
    "builtins.int": _number,
    "builtins.type": _type,
    "builtins.print": nothing,
    "builtins.divmod": _divmod,
    "builtins.all": _all,
    "builtins.any": _any,
    "builtins.bool": _bool,
    "builtins.min": _extreme("min"),
    "builtins.max": _extreme("max"),
    "builtins.callable": _callable,
    "builtins.slice": lambda _, args, *__: slice(*args) if 0 < len(args) < 4 else Unknown(""),  # noqa: PLR2004
    "builtins.locals": _locals,
    "builtins.vars": _locals,
    "builtins.float": _numeric("builtins.float"),
    "builtins.hash": _some_number,
    "builtins.id": _some_number,
    "builtins.ord": _some_number,
    "builtins.issubclass": _some_number,
    "builtins.round": _rounded("round"),
    "builtins.abs": _rounded("abs"),
    "builtins.repr": lambda *_: Unknown("", "text"),
    "builtins.format": lambda *_: Unknown("", "text"),
    "builtins.chr": lambda *_: Unknown("", "text"),
    "builtins.input": lambda *_: Unknown("", "text"),
    **{
        f"math.{name}": _numeric(f"math.{name}")
        for name in (
            *("ceil", "floor", "sqrt", "log", "log2", "log10", "log1p", "exp", "pow", "isqrt"),
            *("sin", "cos", "tan", "tanh", "atan", "atan2", "hypot", "degrees", "radians", "gcd"),
            *("lcm", "comb", "factorial", "trunc", "fabs", "isnan", "isfinite", "isclose", "prod"),
        )
    },
    **{
        f"random.{name}": _some_number
        for name in ("random", "randint", "randrange", "uniform", "gauss", "normalvariate")
    },
    "random.choice": _choice,
    "random.choices": _choices,
    "random.sample": _choices,
    "random.shuffle": _shuffle,
    "random.seed": nothing,
    **{f"time.{name}": _some_number for name in ("time", "perf_counter", "monotonic")},
    "torch.is_tensor": lambda machine, args, *_: is_instance(
        machine, [*args, External("torch.Tensor")]
    ),
    "functools.partial": _partial,
    "functools.reduce": _reduce,
    "copy.copy": _copy,
    "copy.deepcopy": _copy,
    "typing.cast": lambda _, args, *__: args[1] if len(args) > 1 else Unknown(""),
    "dataclasses.field": _field,
    "types.SimpleNamespace": _namespace,
    "argparse.Namespace": _namespace,
}
