"""Follows calls: of functions, methods and classes of the program, of modules, of anything else."""

from __future__ import annotations

import ast
import functools
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, ClassVar

from shapecheck.infer import Function, Namespace
from shapecheck.infer.expr import Method
from shapecheck.ops import Array, Layer, Unknown
from shapecheck.static import collected, containers, distributions, foreign, modules
from shapecheck.static.binding import Misbound, bind
from shapecheck.static.frames import NEXT, RAISE, RETURN, Exit, Frame
from shapecheck.static.joining import joined
from shapecheck.static.machine import Raised
from shapecheck.static.statements import Statements
from shapecheck.static.strays import LIBRARY, Strays, is_harmless
from shapecheck.static.unfollowed import loosen
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
    Partial,
    Scope,
    Super,
    bare,
    is_module_class,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from shapecheck.static.state import Changes

MOST_DEPTH = 24  # of calls inside calls
MOST_RECURSION = 3  # of one function
RESERVE = 800  # statements that are left when calls are no longer followed
# Objects of which the parts are their attributes.
BAGS = ("types.SimpleNamespace", "argparse.Namespace", "torch.finfo")
# Decorators after which a function is still called as it is written.
TRANSPARENT = {
    *("torch.no_grad", "torch.inference_mode", "torch.enable_grad", "torch.jit.script"),
    *("torch.compile", "torch.jit.export", "torch.jit.ignore", "torch.jit.unused"),
    *("functools.lru_cache", "functools.cache", "functools.wraps", "builtins.staticmethod"),
    *("abc.abstractmethod", "typing.override", "typing.final", "jaxtyping.jaxtyped"),
    *("beartype.beartype", "typeguard.typechecked", "shapecheck.check", "torch.jit.script_method"),
    *("torch.cuda.amp.custom_fwd", "torch.cuda.amp.custom_bwd", "torch.amp.custom_fwd"),
    *("torch.amp.custom_bwd", "torch.autograd.function.once_differentiable", "numba.njit"),
    *("torch.cuda.amp.autocast", "torch.autocast", "torch.amp.autocast", "numba.jit"),
    *("pytest.fixture",),
    *("typing.no_type_check", "torch._dynamo.disable", "torch.compiler.disable"),
    *("pytest.mark.parametrize", "pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.slow"),
}


class Calls(Statements):
    """Adds calls to a machine."""

    def __init__(self) -> None:
        super().__init__()
        self.reached: set[int] = set()  # identities of the definitions that were followed
        self.built: dict[int, Instance] = {}  # the first object of each class, by its definition
        self.objects: dict[int, list[Instance]] = {}  # all of them, where it matters
        self.strays: Strays | None = None  # where it matters which calls are not seen

    # --- definitions ---

    def define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> object:
        """What a function's definition gives."""
        made: object = FunctionValue(node, self.scope, self.defaults_of(node.args))
        for decorator in reversed(node.decorator_list):
            if isinstance(made, FunctionValue):
                made = self._decorated(made, decorator)
        return made

    def _decorated(self, made: FunctionValue, decorator: ast.expr) -> object:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(target, ast.Attribute) and target.attr in ("setter", "deleter", "getter"):
            made.kind = "setter"
            return made
        value = self.quiet(target)
        name = getattr(value, "qualified", "")
        kinds = {
            "builtins.staticmethod": "static",
            "builtins.classmethod": "class",
            "builtins.property": "property",
            "functools.cached_property": "property",
        }
        if name in kinds:
            made.kind = kinds[name]
        elif isinstance(value, FunctionValue):
            return self._wrapped(made, decorator)
        elif name not in TRANSPARENT and not name.startswith("pytest."):
            made.opaque = True
        return made

    def _wrapped(self, made: FunctionValue, decorator: ast.expr) -> object:
        """What a decorator of the program makes of a function."""
        value = self.quiet(decorator)
        try:
            found = self.call(value, [made], {}, decorator) if value is not None else value  # type: ignore[arg-type]
        except Raised:
            found = None
        if isinstance(found, FunctionValue):
            if found is not made:
                found.wraps = made
            return found
        made.opaque = True
        return made

    def define_class(self, node: ast.ClassDef) -> object:
        """What a class' definition gives."""
        bases = tuple(self._base(one) for one in node.bases)
        made = ClassValue(node, self.scope, bases)
        names = [getattr(self.quiet(_called(one)), "qualified", "") for one in node.decorator_list]
        made.is_dataclass = any(
            name in ("dataclasses.dataclass", "flax.struct.dataclass") for name in names
        ) or any(getattr(one, "qualified", "") == "typing.NamedTuple" for one in bases)
        known = {"dataclasses.dataclass", "shapecheck.check", "jaxtyping.jaxtyped", ""}
        made.opaque = bool(set(names) - known - TRANSPARENT) and not made.is_dataclass
        outer = self.scope
        body = Scope(outer.module, outer)
        self.scope = body
        try:
            self.run(node.body)
        finally:
            self.scope = outer
        made.attributes.update(body.variables)
        for value in list(made.attributes.values()):
            method: object = value
            while isinstance(method, FunctionValue) and method.owner is None:
                if method.node in node.body:
                    method.owner = made
                    method.scope = outer
                method = method.wraps
        inherited = [one for base in bases if isinstance(base, ClassValue) for one in base.fields]
        own = [
            one.target.id
            for one in node.body
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
        ]
        made.fields = tuple(dict.fromkeys([*inherited, *own]))
        if any(one.startswith("enum.") for one in made.library_bases()):
            _make_members(made)
        inherits = any(isinstance(base, ClassValue) and base.is_dataclass for base in bases)
        made.is_dataclass = made.is_dataclass or (inherits and "__init__" not in made.attributes)
        return made

    def _base(self, node: ast.expr) -> object:
        value = self.value(node.value if isinstance(node, ast.Subscript) else node)
        if isinstance(value, Function):
            return External(value.qualified)
        return value if isinstance(value, (ClassValue, External)) else Unknown("a base class")

    # --- attributes of objects ---

    def attribute(self, owner: object, name: str, node: ast.AST) -> object:
        """An attribute of a value."""
        owner = bare(owner)
        if isinstance(owner, Instance):
            return self._of_instance(owner, name, node)
        if isinstance(owner, ClassValue):
            return self._of_class(owner, name, None, node)
        if isinstance(owner, Super):
            return self._of_super(owner, name, node)
        if isinstance(owner, Layer):
            found = modules.layer_attribute(owner, name)
            return Bound(name, owner) if found is modules.NOT_THERE else found
        if isinstance(owner, Made) and owner.qualified in BAGS:
            return owner.parts.get(name, Unknown(""))
        if isinstance(owner, Made) and owner.qualified.startswith(distributions.HOME):
            found = distributions.attribute(owner, name)
            return Bound(name, owner) if found is None else found
        if isinstance(owner, Container) and isinstance(owner.items, DictValue):
            return owner.items[name] if name in owner.items else Bound(name, owner)
        if isinstance(owner, (Container, Made)):
            return Bound(name, owner)
        if isinstance(owner, (FunctionValue, Bound, Partial)):
            return Unknown("")
        return super().attribute(owner, name, node)

    def _of_instance(self, owner: Instance, name: str, node: ast.AST) -> object:
        if name in owner.attributes:
            return owner.attributes[name]
        if name == "__class__":
            return owner.cls
        if name == "__dict__":
            return Unknown("")
        found = self._of_class(owner.cls, name, owner, node)
        if isinstance(found, Unknown) and found.why == "not in the class":
            if owner.base is not None:
                return self.attribute(owner.base, name, node)
            if owner.cls.is_module or any(
                one.startswith("torch.") for one in owner.cls.library_bases()
            ):
                if name == "training":
                    return Unknown("", "flag")
                of_module = owner.cls.is_module and name not in modules.METHODS
                return Unknown("") if of_module else Bound(name, owner)
            return Unknown("")
        return found

    def _of_class(
        self, cls: ClassValue, name: str, owner: Instance | None, node: ast.AST
    ) -> object:
        if name in ("__name__", "__qualname__"):
            return cls.name
        for one in cls.line():
            if isinstance(one, Unknown):
                return Unknown("a base class is not known")
            if isinstance(one, ClassValue) and self._has(one, name):
                return self._bound(one.attributes[name], cls, owner, node)
        return Unknown("not in the class")

    def _has(self, cls: ClassValue, name: str) -> bool:
        """Whether a class itself has an attribute."""
        if self.reads is not None:
            self.reads[id(cls.attributes), name] = cls.attributes
        return name in cls.attributes

    def _bound(
        self, found: object, cls: ClassValue, owner: Instance | None, node: ast.AST
    ) -> object:
        if not isinstance(found, FunctionValue):
            return found
        match found.kind:
            case "static":
                return found
            case "class":
                return Bound(found, cls)
            case "property":
                if owner is None:
                    return Unknown("a property")
                return self.follow(found, [owner], {}, node)
            case "setter":
                return Unknown("a property")
        return found if owner is None else Bound(found, owner)

    def _of_super(self, owner: Super, name: str, node: ast.AST) -> object:
        thing = owner.owner
        cls = thing.cls if isinstance(thing, Instance) else thing
        if not isinstance(cls, ClassValue):
            return Unknown("")
        line = cls.line()
        after = line[line.index(owner.cls) + 1 :] if owner.cls in line else []
        for one in after:
            if isinstance(one, Unknown):
                return Unknown("a base class is not known")
            if isinstance(one, ClassValue) and self._has(one, name):
                instance = thing if isinstance(thing, Instance) else None
                return self._bound(one.attributes[name], cls, instance, node)
            if isinstance(one, External) and one.qualified not in ("builtins.object", "abc.ABC"):
                return Bound(f"super.{name}", thing)
        return Bound(f"super.{name}", thing)

    def store_attribute(self, owner: object, name: str, value: object, node: ast.AST) -> None:
        """``owner.name = value``."""
        if isinstance(owner, Instance):
            for one in owner.cls.line():
                found = one.attributes.get(name) if isinstance(one, ClassValue) else None
                if isinstance(found, FunctionValue) and found.kind in ("property", "setter"):
                    if found.kind == "setter":
                        self.follow(found, [owner, value], {}, node)
                    return
        if isinstance(owner, Made) and owner.qualified in BAGS:
            self.state.write(owner.parts, name, value)
            return
        if isinstance(owner, Instance) and isinstance(owner.base, Container):
            containers.joins(self, owner, name, value)
        super().store_attribute(owner, name, value, node)

    # --- calls ---

    def called(
        self, function: object, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> object:
        """A call of anything that is no op."""
        if isinstance(function, FunctionValue):
            return self.follow(function, args, kwargs, node)
        if isinstance(function, Bound):
            return self._bound_call(function, args, kwargs, node)
        if isinstance(function, ClassValue):
            return self.construct(function, args, kwargs, node)
        if isinstance(function, Instance):
            return self._call_object(function, args, kwargs, node)
        if isinstance(function, Partial):
            merged = {**function.kwargs, **kwargs}
            return self.call(function.function, [*function.args, *args], merged, node)  # type: ignore[arg-type]
        if isinstance(function, Container):
            return self._through(function, args, kwargs, node)
        if isinstance(function, Made) and function.qualified == collected.NAMED:
            return collected.named(function, args, kwargs)
        if isinstance(function, Namespace):  # a class whose methods ops know
            function = External(function.qualified)
        if isinstance(function, (Function, External)):
            with self._lent(args, kwargs) as results:
                found = foreign.call(self, function.qualified, args, kwargs, node)
                if found is foreign.NOT_HERE and isinstance(function, Function):
                    found = self.library_call(function, args, kwargs, node)  # type: ignore[arg-type]
                results.append(found)
            if found is not foreign.NOT_HERE:
                return found
        self.escaped(function, args, kwargs)
        if self.strays is not None:
            given = [*args, *kwargs.values()]
            self.strays.unknown_call(function, given, node)
            self.strays.given(given, objects=not is_harmless(function))
        known = isinstance(function, External)
        return Unknown(LIBRARY if known else "what this call gives is not known")

    def called_loosely(self, function: object, node: ast.Call) -> object:
        """A call of which the arguments are not known."""
        if self.strays is not None:
            self.strays.given([function], objects=True)
        return super().called_loosely(function, node)

    def _lent(
        self, args: Sequence[object], kwargs: dict[str, object]
    ) -> AbstractContextManager[list[object]]:
        """While something of a library works with values; its results go into the list."""
        if self.strays is None:
            return nullcontext([])
        return self.strays.around([*args, *kwargs.values()])

    def escaped(self, function: object, args: Sequence[object], kwargs: dict[str, object]) -> None:
        """Something that is not followed got hold of lists: it may change them."""
        if isinstance(function, External) and not function.qualified.startswith("builtins."):
            return
        for one in [*args, *kwargs.values()]:
            if isinstance(one, ListValue):
                self.state.touch(one)
                one.open = True

    def _bound_call(
        self, function: Bound, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> object:
        if isinstance(function.function, FunctionValue):
            return self.follow(function.function, [function.owner, *args], kwargs, node)
        name, owner = function.function, function.owner
        if name.startswith("super."):
            return modules.super_call(self, owner, name[6:], args, kwargs, node)
        found = containers.method(self, owner, name, args, kwargs, node)
        if found is not containers.NOT_HERE:
            if self.strays is not None:
                self.strays.given(kwargs.values(), objects=False)  # `key=` of a list's `sort`
            return found
        with self._lent(args, kwargs) as results:
            found = foreign.method(self, owner, name, args, kwargs, node)
            results.append(found)
        return found

    def _call_object(
        self, owner: Instance, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> object:
        for name in ("__call__", "forward"):
            found = self._of_class(owner.cls, name, owner, node)
            if isinstance(found, Bound) and (name == "__call__" or owner.cls.is_module):
                return self._bound_call(found, args, kwargs, node)
        if owner.base is not None:
            return self.call(owner.base, args, kwargs, node)  # type: ignore[arg-type]
        return Unknown("what this object gives is not known")

    def _through(
        self, chain: Container, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> object:
        """`Sequential` calls its modules one after the other."""
        items = self.items(chain)
        if chain.kind != "Sequential" or items is None or len(args) != 1 or kwargs:
            return Unknown("not a chain of modules")
        value = args[0]
        for one in items:
            value = self.call(one, [value], {}, node)  # type: ignore[arg-type]
        return value

    def construct(
        self, cls: ClassValue, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> object:
        """An object of a class."""
        if any(one.startswith(("enum.", "typing.Protocol")) for one in cls.library_bases()):
            return Unknown("")
        made = Instance(cls)
        found = self._of_class(cls, "__init__", made, node)
        if isinstance(found, Bound):
            self._bound_call(found, args, kwargs, node)
        elif cls.is_dataclass:
            self._fill(made, args, kwargs)
        elif not cls.is_known:
            made.open = True
        else:
            modules.super_call(self, made, "__init__", args, kwargs, node)
        self.built.setdefault(id(cls.node), made)
        if self.strays is not None:
            self.objects.setdefault(id(cls.node), []).append(made)
        return made

    def _fill(self, made: Instance, args: list[object], kwargs: dict[str, object]) -> None:
        """The fields of a dataclass."""
        given = dict(zip(made.cls.fields, args, strict=False)) | kwargs
        for name in made.cls.fields:
            if name in given:
                made.attributes[name] = given[name]
            else:
                default = self._of_class(made.cls, name, None, made.cls.node)
                known = not isinstance(default, Unknown) or default.why != "not in the class"
                value = default if known else Unknown("")
                if isinstance(value, Made) and value.qualified == "dataclasses.field":
                    value = value.parts.get("default", Unknown(""))
                made.attributes[name] = value
        after = self._of_class(made.cls, "__post_init__", made, made.cls.node)
        if isinstance(after, Bound):
            self._bound_call(after, [], {}, made.cls.node)

    # --- functions of the program ---

    def follow(
        self,
        function: FunctionValue,
        args: list[object],
        kwargs: dict[str, object],
        node: ast.AST,
    ) -> object:
        """Follow a call into a function of the program."""
        if is_abstract(function.node):
            return Unknown("a subclass defines it")
        same = sum(1 for one in self.frames if one.function and one.function.node is function.node)
        deep = len(self.frames) >= MOST_DEPTH or same >= MOST_RECURSION
        spent = self.is_spent()
        if self.strays is not None:
            self.strays.entered(function)
        if function.opaque or deep or spent:
            if self.strays is not None:
                self.strays.add(function)
            self.cuts += deep
            self.telling += spent
            loosen(self.state, function, [*args, *kwargs.values()])
            if function.opaque:
                return Unknown("a decorator is not followed")
            many = "there are too many calls to follow all of them"
            return Unknown("calls are followed only so deep" if deep else many)
        try:
            bound = bind(function.node.args, args, kwargs, function.defaults)
        except Misbound as error:
            self.misbound(function, str(error), node)
            return Unknown("the arguments do not fit the signature")
        return self.enter(function, bound, node)

    def is_spent(self) -> bool:
        """Whether calls are no longer followed: the rest is for the statements themselves."""
        return self.left < RESERVE

    def misbound(self, function: FunctionValue, problem: str, node: ast.AST) -> None:
        """A call that Python itself rejects: none of our business."""

    def enter(self, function: FunctionValue, bound: dict[str, object], node: ast.AST) -> object:
        """Follow a function's body with its parameters bound."""
        scope = Scope(function.module, function.scope)
        scope.variables.update(bound)
        frame = Frame(scope, function, node, function.owner, len(self.state.open))
        self.reached.add(id(function.node))
        outer, doubts, trying = self.scope, self.doubts, self.trying
        self.frames.append(frame)
        self.scope = scope
        self.entered(frame, bound)
        self.state.begin()
        assume = self.assume
        ended = False
        try:
            with self.fresh_nodes():
                value, ways = self._body(function, frame)
            ended = True
        finally:
            self.frames.pop()
            self.scope = outer
            self.doubts, self.trying = doubts, trying
            if not ended:
                self.state.settle(frame.depth)
                self.take_path(assume)
        self.take_path(assume)
        self.state.end()
        if not ways:
            raise Raised
        self._come_back(ways, scope, kept=captures(function.node))
        return value

    def entered(self, frame: Frame, bound: dict[str, object]) -> None:
        """A function's body is about to be followed."""

    def _come_back(self, ways: list[Changes], scope: Scope, *, kept: bool) -> None:
        """What a call changed; its own variables only if a function in it still sees them."""
        own = id(scope.variables)
        for one in () if kept else ways:
            one.places = {place: change for place, change in one.places.items() if place[0] != own}
        if len(ways) == 1:
            self.state.redo(ways[0])
        else:
            self.state.join(ways, joined)

    def _body(self, function: FunctionValue, frame: Frame) -> tuple[object, list[Changes]]:
        node = function.node
        if isinstance(node, ast.Lambda):
            value = self.value(node.body)
            return value, [self.state.since(frame.depth)]
        flow = self.run(node.body)
        if flow == NEXT:
            frame.exits.append(Exit(None, self.state.since(frame.depth)))
        ways = [one.changes for one in frame.exits]
        if is_generator(node):
            found = frame.yields if frame.yields is not None else ListValue([], open_=True)
            return found, ways
        if not frame.exits:
            return Unknown(""), ways
        value = frame.exits[0].value
        for one in frame.exits[1:]:
            value = joined(value, one.value)
        return value, ways

    def _yielded(self, node: ast.Yield) -> object:
        self._yield(None if node.value is None else self.value(node.value))
        return Unknown("what is sent")

    def _yielded_from(self, node: ast.YieldFrom) -> object:
        items = self.items(self.value(node.value))
        for one in items or []:
            self._yield(one)
        if items is None:
            self._yield(Unknown(""))
            assert self.frame.yields is not None
            self.frame.yields.open = True
        return Unknown("")

    _ways: ClassVar[dict[type[ast.AST], Any]] = {
        **Statements._ways,
        ast.Yield: _yielded,
        ast.YieldFrom: _yielded_from,
    }

    # --- super() ---

    def super_value(self) -> object:
        """What ``super()`` gives in the method that is followed."""
        for frame in reversed(self.frames):
            if frame.owner is not None and frame.function is not None:
                args = getattr(frame.function.node, "args", None)
                names = [*args.posonlyargs, *args.args] if args is not None else []
                if names:
                    return Super(frame.owner, frame.scope.variables.get(names[0].arg))
        return Unknown("super")


def _make_members(made: ClassValue) -> None:
    """The members of an enumeration are objects of it, not what is written behind their names."""
    for name, value in made.attributes.items():
        if not name.startswith("_") and not isinstance(value, (FunctionValue, ClassValue)):
            made.attributes[name] = Instance(made, {"name": name, "value": value}, open=True)


@functools.lru_cache(maxsize=20_000)
def is_abstract(node: ast.AST) -> bool:
    """Whether a function is there to be defined by subclasses: it says so by what it raises."""
    body = getattr(node, "body", None)
    if not isinstance(body, list):
        return False
    last = body[-1]
    rest = [one for one in body[:-1] if not isinstance(one, ast.Expr)]
    raised = last.exc if isinstance(last, ast.Raise) and not rest else None
    called = raised.func if isinstance(raised, ast.Call) else raised
    return isinstance(called, ast.Name) and called.id == "NotImplementedError"


@functools.lru_cache(maxsize=20_000)
def is_generator(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function yields."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        one = waiting.pop()
        if isinstance(one, (ast.Yield, ast.YieldFrom)):
            return True
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        waiting.extend(ast.iter_child_nodes(one))
    return False


@functools.lru_cache(maxsize=20_000)
def captures(node: ast.AST) -> bool:
    """Whether there are functions in a function, which see its variables after it has ended."""
    inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
    return any(isinstance(one, inner) for one in ast.walk(node) if one is not node)


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


__all__ = ["RAISE", "RETURN", "Any", "Array", "Calls", "Method", "is_module_class"]
