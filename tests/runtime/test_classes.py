"""`check` on classes: methods, attributes, dataclasses, modules."""

import dataclasses
import functools
import pickle
from abc import ABC, abstractmethod
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pytest
import torch
from jaxtyping import Float

from shapecheck import ShapeError, ShapeWarning, bindings, check

A = np.ndarray
T = torch.Tensor
zeros = np.zeros


def refused(function, *args, **kwargs) -> ShapeError:
    with pytest.raises(ShapeError) as caught:
        function(*args, **kwargs)
    return caught.value


@check
class Linear:
    W: Float[A, "n_out n_in"]
    b: Float[A, "n_out"]
    name: str

    def __init__(self, n_in, n_out, transposed=False):
        self.W = zeros((n_in, n_out)) if transposed else zeros((n_out, n_in))
        self.b = zeros(n_out)

    def forward(self, x: Float[A, "B n_in"]) -> Float[A, "B n_out"]:
        return x @ self.W.T + self.b

    def replace(self, W: Float[A, "_ _"]):
        self.W = W

    def grow(self, more):
        self.W = np.concatenate([self.W, more])
        self.b = zeros(len(self.W))

    def rebuild(self, n_in, n_out):
        self.replace(zeros((n_out, n_in)))
        self.b = zeros(n_out)

    def names(self, x: Float[A, "B n_in"]) -> dict:
        return bindings()

    def plain(self):
        return self.W


def test_attributes_join_the_scope_of_each_method():
    layer = Linear(3, 4)
    assert layer.forward(zeros((2, 3))).shape == (2, 4)
    assert layer.names(zeros((2, 3))) == {"n_out": 4, "n_in": 3, "B": 2}
    error = refused(layer.forward, zeros((2, 5)))
    assert "the last axis is 5, n_in is 3" in str(error)
    assert error.diagnostic.rule == "argument-shape"
    assert "set by self.W" in "".join(error.__notes__)


def test_attributes_are_checked_when_init_returns():
    error = refused(Linear, 3, 4, transposed=True)
    assert error.diagnostic.rule == "attribute-shape"
    assert "self.W (3, 4), declared (n_out, n_in): it is transposed" in str(error)
    assert "self.W = zeros" in error.diagnostic.span.lines[0]


def test_attributes_are_checked_after_a_method_that_assigns_them():
    layer = Linear(3, 4)
    layer.replace(zeros((4, 7)))
    error = refused(layer.replace, zeros((3, 4)))
    assert error.diagnostic.rule == "attribute-shape"
    layer = Linear(3, 4)
    layer.W = zeros((3, 4))  # nobody looks now, but the next method does
    refused(layer.forward, zeros((2, 3)))


def test_instances_may_be_changed_step_by_step():
    layer = Linear(3, 4)
    layer.grow(zeros((2, 3)))
    assert layer.forward(zeros((5, 3))).shape == (5, 6)
    layer.rebuild(7, 8)
    assert layer.forward(zeros((5, 7))).shape == (5, 8)


def test_what_a_method_assigns_is_not_looked_at_before():
    @check
    class Caching:
        W: Float[A, "n_out n_in"]
        x: Float[A, "B n_in"]

        def __init__(self):
            self.W = zeros((4, 3))

        def forward(self, x: Float[A, "B n_in"]) -> Float[A, "B n_out"]:
            self.x = x if len(x) > 1 else x.T
            return x @ self.W.T

        def backward(self, dy: Float[A, "B n_out"]) -> Float[A, "n_out n_in"]:
            return dy.T @ self.x

    layer = Caching()
    for batch in (5, 2):  # the last batch of an epoch is smaller
        layer.backward(layer.forward(zeros((batch, 3))))
    refused(layer.backward, zeros((3, 4)))
    assert refused(layer.forward, zeros((1, 3))).diagnostic.rule == "attribute-shape"


def test_operators_may_leave_it_to_the_other_operand():
    @check
    class Vector:
        def __init__(self, v):
            self.v = v

        def __add__(self, other) -> Float[A, "n"]:
            return self.v + other.v if isinstance(other, Vector) else NotImplemented

    class Other:
        def __radd__(self, other):
            return "added"

    assert Vector(zeros(2)) + Other() == "added"


def test_what_worked_before_is_not_blamed():
    net = Projection(3, 4)
    hidden = net(torch.zeros(2, 3))
    error = refused(net, hidden)
    assert "x (2, 4), declared (B, n_in): the last axis is 4, n_in is 3" in str(error)


def test_properties_keep_their_class():
    class Special(property):
        pass

    @check
    class Owner:
        @Special
        def w(self) -> Float[A, "2"]:
            return zeros(3)

    assert type(vars(Owner)["w"]) is Special
    refused(lambda: Owner().w)


def test_a_cached_property_alone_is_something_to_check(recwarn):
    @check
    class Owner:
        @functools.cached_property
        def w(self) -> Float[A, "2"]:
            return zeros(3)

    refused(lambda: Owner().w)
    assert not recwarn.list


def test_methods_without_declarations_are_left_alone():
    assert Linear.plain is Linear.__dict__["plain"]
    assert "__wrapped__" not in vars(Linear.plain)


def test_all_kinds_of_members():
    @check
    class Many:
        size: ClassVar[int] = 3

        def method(self, x: Float[A, "n n"]) -> Float[A, "n"]:
            return x[0]

        @classmethod
        def of(cls, x: Float[A, "n n"]) -> "Many":
            return cls()

        @staticmethod
        def static(x: Float[A, "n n"]): ...

        @property
        def prop(self) -> Float[A, "{self.size}"]:
            return zeros(3)

        @prop.setter
        def prop(self, x: Float[A, "{self.size}"]): ...

        @functools.cached_property
        def cached(self) -> Float[A, "3"]:
            return zeros(4)

        def __call__(self, x: Float[A, "n n"]): ...

        def __matmul__(self, x: Float[A, "n n"]) -> Float[A, "n"]:
            return x[0]

    many = Many()
    many.method(zeros((2, 2)))
    assert isinstance(Many.of(zeros((2, 2))), Many)
    for way in (many.method, Many.of, many.static, many, many.__matmul__):
        refused(way, zeros((2, 3)))
    with pytest.raises(ShapeError):
        many @ zeros((2, 3))
    assert many.prop.shape == (3,)
    with pytest.raises(ShapeError):
        many.prop = zeros(4)
    refused(lambda: many.cached)


def test_dataclasses_are_checked_with_their_fields():
    @check
    @dataclasses.dataclass
    class Batch:
        images: Float[A, "B c h w"]
        labels: Float[A, "B"]
        weights: Float[A, "{n}"] = dataclasses.field(default_factory=lambda: zeros(2))
        n: int = 2
        scale: dataclasses.InitVar[Float[A, "B"] | None] = None

    Batch(zeros((2, 3, 4, 4)), zeros(2))
    error = refused(Batch, zeros((2, 3, 4, 4)), zeros(3))
    assert "labels" in str(error)

    @check
    def use(batch: Batch, mask: Float[A, "B"]): ...

    use(Batch(zeros((2, 3, 4, 4)), zeros(2)), zeros(2))
    assert "mask" in str(refused(use, Batch(zeros((2, 3, 4, 4)), zeros(2)), zeros(3)))


def test_frozen_slotted_and_inherited_dataclasses():
    @check
    @dataclasses.dataclass(frozen=True, slots=True)
    class Base:
        x: Float[A, "n"]

    @check
    @dataclasses.dataclass(frozen=True)
    class Derived(Base):
        y: Float[A, "n"]

    Base(zeros(3))
    refused(Base, zeros((3, 3)))
    Derived(zeros(3), zeros(3))
    refused(Derived, zeros(3), zeros(4))


def test_inheritance():
    @check
    class Child(Linear):
        scale: Float[A, "n_out"]

        def __init__(self, n_in, n_out, scale):
            super().__init__(n_in, n_out)
            self.scale = scale

        def forward(self, x: Float[A, "B n_in"]) -> Float[A, "B n_out"]:
            return super().forward(x) * self.scale

    Child(3, 4, zeros(4)).forward(zeros((2, 3)))
    refused(Child, 3, 4, zeros(5))
    refused(Child(3, 4, zeros(4)).forward, zeros((2, 4)))

    @check
    class Quiet(Linear):
        extra: Float[A, "n_out"] | None = None

    refused(Quiet, 3, 4, transposed=True)


def test_abstract_methods_stay_abstract():
    @check
    class Base(ABC):
        @abstractmethod
        def f(self, x: Float[A, "n"]): ...

    with pytest.raises(TypeError, match="abstract"):
        Base()


@check
class Projection(torch.nn.Module):
    weight: Float[T, "n_out n_in"]

    def __init__(self, n_in: int, n_out: int):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(n_out, n_in))

    def forward(self, x: Float[T, "B n_in"]) -> Float[T, "B n_out"]:
        return x @ self.weight.T


@check
class Net(torch.nn.Module):
    def __init__(self, n_in: int, n_out: int):
        super().__init__()
        self.n_in = n_in
        self.fc = torch.nn.Linear(n_in, n_out)

    def forward(self, x: Float[T, "B {self.n_in}"]) -> Float[T, "B n_out"]:
        return self.fc(x)


def test_modules():
    net = Net(3, 4)
    assert net(torch.zeros(2, 3)).shape == (2, 4)
    error = refused(net, torch.zeros(2, 5))
    assert "declared 3" in str(error) or "is 3" in str(error)
    again = pickle.loads(pickle.dumps(net))
    refused(again, torch.zeros(2, 5))
    assert torch.nn.Sequential(net, torch.nn.ReLU())(torch.zeros(2, 3)).shape == (2, 4)


def test_modules_with_annotated_parameters():
    @check
    class Layer(torch.nn.Module):
        weight: Float[T, "n_out n_in"]

        def __init__(self, weight):
            super().__init__()
            self.weight = torch.nn.Parameter(weight)

        def forward(self, x: Float[T, "B n_in"]) -> Float[T, "B n_out"]:
            return x @ self.weight.T

    layer = Layer(torch.zeros(4, 3))
    assert layer(torch.zeros(2, 3)).shape == (2, 4)
    refused(layer, torch.zeros(2, 4))
    refused(Layer, torch.zeros(4))


def test_attributes_that_are_not_set_yet_are_not_judged():
    @check
    class Lazy:
        W: Float[A, "n m"]

        def build(self, x: Float[A, "B n"]):
            self.W = zeros((x.shape[1] + int(x[0, 0]), 2))

    lazy = Lazy()
    lazy.build(zeros((5, 3)))
    fresh = Lazy()
    refused(fresh.build, np.ones((5, 3)))


def test_a_property_that_raises_passes_its_own_error():
    @check
    class Odd:
        W: Float[A, "n"]

        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

        def f(self, x: Float[A, "n"]) -> Float[A, "n"]:
            return x

    Odd().f(zeros(3))


def test_two_objects_of_one_class_have_sizes_of_their_own():
    @check
    @dataclasses.dataclass
    class Matrix:
        a: Float[A, "r c"]

        def transposed(self) -> "Matrix":
            return Matrix(self.a.T)

        def then(self, other: "Matrix") -> "Matrix":
            return Matrix(self.a @ other.a)

    Matrix(zeros((2, 3))).transposed()
    Matrix(zeros((2, 3))).then(Matrix(zeros((3, 4))))
    refused(Matrix, zeros(3))

    class Layer(NamedTuple):
        W: Float[A, "n_out n_in"]
        b: Float[A, "n_out"]

    @check
    def run(layers: list[Layer], x: Float[A, "B n_in"]): ...

    first, second = Layer(zeros((4, 3)), zeros(4)), Layer(zeros((2, 4)), zeros(2))
    run([first, second], zeros((5, 3)))
    refused(run, [first, Layer(zeros((2, 4)), zeros(3))], zeros((5, 3)))

    @check
    def once(layer: Layer, x: Float[A, "B n_in"]): ...

    once(first, zeros((5, 3)))
    refused(once, first, zeros((5, 4)))  # one object: its names join


def test_what_a_class_decorator_cannot_reach_says_so():
    with pytest.warns(ShapeWarning, match="goes above @dataclass"):

        @dataclasses.dataclass
        @check
        class Below:
            W: Float[A, "n m"]

    with pytest.warns(ShapeWarning, match=r"Cached.m has no effect: it is inside a"):

        @check
        class Cached:
            @functools.lru_cache  # noqa: B019
            def m(self) -> Float[A, "3"]:
                return zeros(4)

            def anchor(self, x: Float[A, "3"]): ...


def test_parameter_lists_are_lists():
    @check
    def of_list(weights: list[Float[T, "n"]]): ...

    @check
    def of_dict(weights: dict[str, Float[T, "n"]]): ...

    right, wrong = [torch.ones(2), torch.ones(2)], [torch.ones(2), torch.ones(3)]
    of_list(torch.nn.ParameterList(right))
    refused(of_list, torch.nn.ParameterList(wrong))
    of_dict(torch.nn.ParameterDict({str(k): v for k, v in enumerate(right)}))
    refused(of_dict, torch.nn.ParameterDict({str(k): v for k, v in enumerate(wrong)}))
