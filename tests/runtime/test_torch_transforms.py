"""What torch does to functions: compile, export, trace, script, transform, fake, copy.

A checked function has to come through all of it as the bare one does. Only the eager backend of
torch.compile is used: graphs are counted, no compiler is needed.
"""

from __future__ import annotations

import copy
import dataclasses
import pickle
import warnings
from typing import NamedTuple

import numpy as np
import pytest
import torch
import torch._dynamo
from jaxtyping import Float
from torch import Tensor, nn
from torch._dynamo.testing import CompileCounter
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils.checkpoint import checkpoint

from shapecheck import ShapeError, ShapeWarning, assert_shape, bindings, check, scope
from shapecheck.runtime import notices

# torch deprecates some of what is tested here: that is not ours to answer.
pytestmark = pytest.mark.filterwarnings(
    "default::DeprecationWarning", "default::FutureWarning", "ignore:.*functools.lru_cache"
)


@pytest.fixture(autouse=True)
def _fresh_dynamo():
    torch.manual_seed(0)
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


def randn(*sizes):
    return torch.randn(*sizes)


# ---- programs: each is checked, and its bare function is what it wraps ----


class Pair(NamedTuple):
    left: Float[Tensor, "B n"]
    right: Float[Tensor, "B"]


@dataclasses.dataclass
class Batch:
    images: Float[Tensor, "B n"]
    labels: Float[Tensor, "B"]


@check
def linear(
    x: Float[Tensor, "B n"], W: Float[Tensor, "m n"], b: Float[Tensor, "m"] | None = None
) -> Float[Tensor, "B m"]:
    y = x @ W.T
    return y if b is None else y + b


@check
def layers(
    weights: list[Float[Tensor, "n[l+1] n[l]"]], x: Float[Tensor, "B n[0]"]
) -> tuple[Float[Tensor, "B n[-1]"], Float[Tensor, "B"]]:
    for weight in weights:
        x = x @ weight.T
    return x, x.sum(-1)


@check
def formulas(
    x: Float[Tensor, "b 2*n+1"], y: Float[Tensor, "b n"], z: Float[Tensor, "min(n,2)"]
) -> Float[Tensor, "b n+1"]:
    return x[:, : y.shape[1] + 1] * 2 + z.sum()


@check
def runs(x: Float[Tensor, "*batch n"], y: Float[Tensor, "*batch n"]) -> Float[Tensor, "*batch n"]:
    return x + y


@check
def broadcasts(x: Float[Tensor, "#B n"], y: Float[Tensor, "B n"]) -> Float[Tensor, "B n"]:
    return x + y


@check
def mapping(parts: dict[str, Float[Tensor, "B _"]]) -> dict[str, Float[Tensor, "B _"]]:
    return {name: part * 2 for name, part in parts.items()}


@check
def named_tuple(pair: Pair) -> Float[Tensor, "B"]:
    return pair.left.sum(-1) + pair.right


@check
def strings(x: "B n", W: "m n") -> "B m":
    return x @ W.T


@check("(B, n), (m, n) -> (B, m)")
def signature(x, W):
    return x @ W.T


@check
def stars(*parts: Float[Tensor, "B _"], **named: Float[Tensor, "B"]) -> Float[Tensor, "B"]:
    return sum(part.sum(-1) for part in parts) + sum(named.values())


@check(B=4)
def given(x: Float[Tensor, "B n"]) -> Float[Tensor, "B n"]:
    return x * 2


@check
def template(x: Float[Tensor, "B {size}"], size: int) -> Float[Tensor, "B {size}"]:
    return x * size


@check
def later(x: DefinedBelow) -> DefinedBelow:
    return x * 2


DefinedBelow = Float[Tensor, "B n"]


@check
def asserting(x: Float[Tensor, "B n"]) -> Float[Tensor, "B h"]:
    hidden = assert_shape(x @ torch.ones(3, 5), "B h")
    assert_shape(hidden, Float[Tensor, "_ 5"])
    assert_shape(hidden, "... 5")
    return hidden


def caller(x, W):
    return linear(x * 2, W) + 1


BATCHES = (2, 3, 4, 5, 7, 1)
PROGRAMS = {
    "optional": (linear, lambda b: (randn(b, 3), randn(4, 3), randn(4))),
    "optional left out": (linear, lambda b: (randn(b, 3), randn(4, 3))),
    "list": (layers, lambda b: ([randn(4, 3), randn(5, 4)], randn(b, 3))),
    "formulas": (formulas, lambda b: (randn(2, 2 * b + 1), randn(2, b), randn(min(b, 2)))),
    "runs": (runs, lambda b: (randn(b, 2, 3), randn(b, 2, 3))),
    "broadcasts": (broadcasts, lambda b: (randn(1, 3), randn(b, 3))),
    "mapping": (mapping, lambda b: ({"a": randn(b, 2), "b": randn(b, 3)},)),
    "named tuple": (named_tuple, lambda b: (Pair(randn(b, 3), randn(b)),)),
    "strings": (strings, lambda b: (randn(b, 3), randn(4, 3))),
    "signature": (signature, lambda b: (randn(b, 3), randn(4, 3))),
    "stars": (stars, lambda b: (randn(b, 3), randn(b, 2))),
    "given": (given, lambda b: (randn(4, b),)),
    "template": (template, lambda b: (randn(b, 3), 3)),
    "later": (later, lambda b: (randn(b, 3),)),
    "assert_shape": (asserting, lambda b: (randn(b, 3),)),
}


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.W = nn.Parameter(torch.ones(4, 3))

    def forward(self, x: Float[Tensor, "B n"]) -> Float[Tensor, "B m"]:
        return x @ self.W.T


class Method(Plain):
    forward = check(Plain.forward)


@check
class Whole(Plain):
    W: Float[Tensor, "m n"]

    def forward(self, x: Float[Tensor, "B n"]) -> Float[Tensor, "B m"]:
        return x @ self.W.T


class Nested(nn.Module):
    def __init__(self, inner=Whole):
        super().__init__()
        self.inner = inner()

    @check
    def forward(self, x: Float[Tensor, "B n"], y: Float[Tensor, "B"]) -> Float[Tensor, "B 4"]:
        return self.inner(x) + y[:, None]


def counted(function, calls, **options):
    """How often a function is compiled for some calls; its results are those of the eager one."""
    torch._dynamo.reset()
    counter = CompileCounter()
    compiled = torch.compile(function, backend=counter, fullgraph=True, **options)
    for arguments in calls:
        torch.testing.assert_close(compiled(*arguments), function(*arguments))
    return counter.frame_count


# ---- torch.compile ----


@pytest.mark.parametrize("name", PROGRAMS)
def test_compiles_whole_and_no_more_often_than_the_bare_function(name):
    function, arguments = PROGRAMS[name]
    calls = [arguments(batch) for batch in BATCHES]
    bare = counted(function.__wrapped__, calls)
    assert 1 < bare < len(BATCHES)
    assert counted(function, calls) <= bare


@pytest.mark.parametrize("name", ["optional", "list", "formulas", "runs", "strings"])
def test_compiles_with_dynamic_shapes(name):
    function, arguments = PROGRAMS[name]
    calls = [arguments(batch) for batch in BATCHES]
    assert counted(function, calls, dynamic=True) <= counted(
        function.__wrapped__, calls, dynamic=True
    )


@pytest.mark.parametrize("module", [Method, Whole], ids=lambda one: one.__name__)
def test_compiles_modules(module):
    calls = [(randn(batch, 3),) for batch in BATCHES]
    assert counted(module(), calls) <= counted(Plain(), calls)
    calls = [(randn(batch, 3), randn(batch)) for batch in BATCHES]
    assert counted(Nested(module), calls) <= 3


@pytest.mark.parametrize("module", [Method, Whole, Plain], ids=lambda one: one.__name__)
def test_mark_dynamic_compiles_once(module):
    counter = CompileCounter()
    compiled = torch.compile(module(), backend=counter, fullgraph=True)
    for batch in BATCHES[:-1]:
        x = randn(batch, 3)
        torch._dynamo.mark_dynamic(x, 0)
        compiled(x)
    assert counter.frame_count == 1


def test_backward_through_a_compiled_check():
    x, W = randn(2, 3).requires_grad_(), randn(4, 3).requires_grad_()
    torch.compile(linear, backend="aot_eager", fullgraph=True)(x, W).sum().backward()
    grads = x.grad, W.grad
    x.grad = W.grad = None
    linear(x, W).sum().backward()
    torch.testing.assert_close(grads, (x.grad, W.grad))


def test_compiles_numpy_code():
    """Dynamo cannot read the dtype of an ndarray, so the graph breaks there."""

    @check
    def scale(x: Float[np.ndarray, "B n"], y: Float[np.ndarray, "n"]) -> Float[np.ndarray, "B n"]:
        return x * y

    compiled = torch.compile(scale, backend="eager")
    with pytest.raises(ShapeError, match=r"y \(4,\)"):
        compiled(np.ones((2, 3)), np.arange(4.0))
    np.testing.assert_allclose(compiled(np.ones((2, 3)), np.arange(3.0)), [[0, 1, 2]] * 2)


VIOLATIONS = {
    "size": (linear, lambda: (randn(2, 3), randn(4, 5)), "W (4, 5)"),
    "rank": (linear, lambda: (randn(2, 3), randn(4, 3), randn(4, 1)), "(4, 1)"),
    "dtype": (linear, lambda: (randn(2, 3), torch.ones(4, 3, dtype=torch.int64)), "int64"),
    "class": (linear, lambda: (randn(2, 3), None), "W"),
    "layers": (layers, lambda: ([randn(4, 3), randn(5, 3)], randn(2, 3)), "weights[1]"),
    "inside": (caller, lambda: (randn(2, 3), randn(4, 5)), "W (4, 5)"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_violation_in_compiled_code_is_a_shape_error(name):
    function, arguments, text = VIOLATIONS[name]
    compiled = torch.compile(function, backend="eager")
    for _ in range(3):
        with pytest.raises(ShapeError) as caught:
            compiled(*arguments())
        assert text in str(caught.value)


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_violation_stops_a_full_graph(name):
    function, arguments, _ = VIOLATIONS[name]
    compiled = torch.compile(function, backend="eager", fullgraph=True)
    with pytest.raises(torch._dynamo.exc.Unsupported, match=r"a shape contract is|assert"):
        compiled(*arguments())


@pytest.mark.filterwarnings("error")
def test_a_violation_after_good_calls():
    compiled = torch.compile(linear, backend="eager")
    for batch in (2, 3, 4):
        compiled(randn(batch, 3), randn(4, 3))
    with pytest.raises(ShapeError, match="the last axis is 5, but n is 3"):
        compiled(randn(9, 3), randn(4, 5))
    assert compiled(randn(9, 3), randn(4, 3)).shape == (9, 4)


@check
def bad_result(x: Float[Tensor, "B n"]) -> Float[Tensor, "B"]:
    return x.sum(0)


@check
def bad_tuple(x: Float[Tensor, "B n"]) -> tuple[Float[Tensor, "B h"], Float[Tensor, "B h"]]:
    return x, x[:, :1]


@check
def broken_graph(x: Float[Tensor, "B n"]) -> Float[Tensor, "B"]:
    torch._dynamo.graph_break()
    return x.sum(0)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("function", [bad_result, bad_tuple, broken_graph])
def test_results_are_checked_in_compiled_code(function):
    compiled = torch.compile(function, backend="eager")
    for _ in range(2):
        with pytest.raises(ShapeError, match="returns"):
            compiled(randn(2, 3))


@check
def wrong_by_itself(x: Float[Tensor, "B n"]) -> Float[Tensor, "B n"]:
    return assert_shape(x, "B 7")


@check
def wrong_twice(x: Float[Tensor, "B n"]) -> Float[Tensor, "B n"]:
    return assert_shape(x, "k k")


@pytest.mark.parametrize("function", [wrong_by_itself, wrong_twice])
def test_assert_shape_looks_at_the_declaration_itself_in_compiled_code(function):
    with pytest.raises(ShapeError, match=r"x \(2, 3\)") as caught:
        torch.compile(function, backend="eager")(randn(2, 3))
    assert caught.value.diagnostic.rule == "local-shape"
    torch._dynamo.reset()
    with pytest.raises(torch._dynamo.exc.Unsupported, match="shapecheck"):
        torch.compile(function, backend="eager", fullgraph=True)(randn(2, 3))


@check
def asks(x: Float[Tensor, "B n"], scale: Float[Tensor, "n"]) -> Float[Tensor, "B n"]:
    y = x * 2
    return y * bindings()["n"] + scale * bindings()["B"]


def test_bindings_break_the_graph_and_are_right():
    """No graph can hold them: they are made of a frame that compiled code does not have."""
    x, scale = randn(2, 3), randn(3)
    compiled = torch.compile(asks, backend="eager")
    torch.testing.assert_close(compiled(x, scale), asks(x, scale))
    nested = torch.compile(lambda x, scale: asks(x * 2, scale) + 1, backend="eager")
    torch.testing.assert_close(nested(x, scale), asks(x * 2, scale) + 1)


def test_scopes_and_compiled_code():
    compiled = torch.compile(runs, backend="eager")
    with scope(n=3):
        compiled(randn(2, 3), randn(2, 3))
        with pytest.raises(ShapeError):
            compiled(randn(2, 4), randn(2, 4))
    compiled(randn(2, 4), randn(2, 4))

    def inside(x):
        with scope(k=3):
            y = assert_shape(x * 2, "B k")
        return y + 1

    assert torch.compile(inside, backend="eager")(torch.ones(2, 3)).tolist() == [[3.0] * 3] * 2


@check
def solved(
    x: Float[Tensor, "*#batch n"], y: Float[Tensor, "*#batch n"]
) -> Float[Tensor, "*batch n"]:
    return x + y


def test_what_takes_an_interpreter_is_left_out_of_graphs_and_says_so():
    calls = [(randn(batch, 2, 3), randn(2, 3)) for batch in BATCHES]
    notices._told.clear()
    with pytest.warns(
        ShapeWarning, match=r"solved: its shapes are not checked inside torch\.compile"
    ):
        count = counted(solved, calls)
    assert count <= counted(solved.__wrapped__, calls)
    with pytest.raises(ShapeError):
        solved(randn(4, 3), randn(2, 3))


def test_warn_mode_in_compiled_code():
    @check(mode="warn")
    def linear(x: Float[Tensor, "B n"], W: Float[Tensor, "m n"]) -> Float[Tensor, "B m"]:
        return x.sum() + W

    compiled = torch.compile(linear, backend="eager")
    with pytest.warns(ShapeWarning):
        assert compiled(randn(2, 3), randn(2, 4)).shape == (2, 4)


# ---- torch.export, make_fx, torch.fx ----


@pytest.mark.parametrize("strict", [True, False], ids=["strict", "non-strict"])
@pytest.mark.parametrize("module", [Plain, Method, Whole], ids=lambda one: one.__name__)
def test_export_with_a_dynamic_batch(module, strict):
    batch = torch.export.Dim("batch")
    made = module()
    shapes = {"x": {0: batch}}
    program = torch.export.export(made, (randn(2, 3),), dynamic_shapes=shapes, strict=strict)
    x = randn(7, 3)
    torch.testing.assert_close(program.module()(x), made(x))


@pytest.mark.parametrize("strict", [True, False], ids=["strict", "non-strict"])
def test_export_of_two_inputs_that_share_an_axis(strict):
    batch = torch.export.Dim("batch")
    shapes = {"x": {0: batch}, "y": {0: batch}}
    made = Nested()
    program = torch.export.export(
        made, (randn(2, 3), randn(2)), dynamic_shapes=shapes, strict=strict
    )
    x, y = randn(5, 3), randn(5)
    torch.testing.assert_close(program.module()(x, y), made(x, y))


def test_export_of_a_violation():
    with pytest.raises(ShapeError, match=r"y \(3,\)"):
        torch.export.export(Nested(), (randn(2, 3), randn(3)), strict=False)
    with pytest.raises(Exception, match="shapecheck"):
        torch.export.export(Nested(), (randn(2, 3), randn(3)), strict=True)


@pytest.mark.parametrize("mode", ["real", "fake", "symbolic"])
def test_make_fx(mode):
    graph = make_fx(signature, tracing_mode=mode)(randn(2, 3), randn(4, 3))
    x, W = randn(2, 3), randn(4, 3)
    torch.testing.assert_close(graph(x, W), linear(x, W))


def nodes(graph_module):
    graph_module.graph.eliminate_dead_code()
    return [node.op for node in graph_module.graph.nodes]


@pytest.mark.filterwarnings("error")
def test_symbolic_trace():
    """Proxies have no sizes: they are let through, and the graph is that of the bare function."""
    for checked, bare in ((runs, runs.__wrapped__), (Method(), Plain()), (Whole(), Plain())):
        assert nodes(torch.fx.symbolic_trace(checked)) == nodes(torch.fx.symbolic_trace(bare))
    x = randn(2, 3)
    torch.testing.assert_close(torch.fx.symbolic_trace(Whole())(x), Plain()(x))


@check
def taken_apart(
    pair: tuple[Float[Tensor, "B n"], Float[Tensor, "B"]], more: list[Float[Tensor, "B"]]
) -> Float[Tensor, "B"]:
    return pair[0].sum(-1) + pair[1] + more[0]


def test_symbolic_trace_of_containers():
    graph = torch.fx.symbolic_trace(taken_apart)
    pair, more = (randn(2, 3), randn(2)), [randn(2)]
    torch.testing.assert_close(graph(pair, more), taken_apart(pair, more))


# ---- TorchScript ----


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (linear, lambda: (randn(2, 3), randn(4, 3), randn(4))),
        (runs, lambda: (randn(2, 3), randn(2, 3))),
        (Method(), lambda: (randn(2, 3),)),
        (Whole(), lambda: (randn(2, 3),)),
        (Nested(), lambda: (randn(2, 3), randn(2))),
        (solved, lambda: (randn(2, 3), randn(3))),
        (layers, lambda: ([randn(4, 3), randn(5, 4)], randn(2, 3))),
    ],
    ids=["function", "runs", "method", "class", "nested", "interpreted", "list"],
)
def test_jit_trace_says_nothing_and_records_nothing_more(function, arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("error", torch.jit.TracerWarning)
        traced = torch.jit.trace(function, arguments(), check_trace=False)
    given = arguments()
    torch.testing.assert_close(traced(*given), function(*given))
    assert "aten::size" not in str(traced.inlined_graph if hasattr(traced, "inlined_graph") else "")


def test_jit_trace_of_a_violation():
    with pytest.raises(ShapeError, match="the last axis is 5, but n is 3"):
        torch.jit.trace(linear, (randn(2, 3), randn(4, 5)))


@check("(B, n), (m, n) -> (B, m)")
def scripted(x: torch.Tensor, W: torch.Tensor) -> torch.Tensor:
    return helper(x, W.T)


def helper(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return x @ y


def test_jit_script_reads_the_users_function():
    """jaxtyping's annotations are not TorchScript's; with plain ones a checked function scripts."""
    x, W = randn(2, 3), randn(4, 3)
    torch.testing.assert_close(torch.jit.script(scripted)(x, W), x @ W.T)

    class Module(nn.Module):
        @check("(B, n), (m, n) -> (B, m)")
        def forward(self, x: torch.Tensor, W: torch.Tensor) -> torch.Tensor:
            return x @ W.T

    torch.testing.assert_close(torch.jit.script(Module())(x, W), x @ W.T)


def test_jit_script_refuses_what_it_refuses_without_the_decorator():
    with pytest.raises(RuntimeError, match="Unknown type constructor Float"):
        torch.jit.script(runs.__wrapped__)
    with pytest.raises(RuntimeError, match="Unknown type constructor Float"):
        torch.jit.script(runs)


# ---- torch.func ----


@check
def loss(w: Float[Tensor, "n"], x: Float[Tensor, "B n"]) -> Float[Tensor, ""]:
    return (x @ w).pow(2).mean()


def test_vmap_sees_the_sizes_of_one_example():
    x, y = randn(5, 2, 3), randn(5, 2, 3)
    torch.testing.assert_close(torch.func.vmap(runs)(x, y), x + y)
    with pytest.raises(ShapeError, match=r"W \(4, 7\)"):
        torch.func.vmap(linear, in_dims=(0, None))(randn(5, 2, 3), randn(4, 7))
    with pytest.raises(ShapeError):
        torch.func.vmap(linear)(randn(5, 3), randn(5, 3))


def test_derivatives():
    w, x = randn(3), randn(2, 3)
    for transform in (torch.func.grad, torch.func.jacrev, torch.func.jacfwd, torch.func.hessian):
        torch.testing.assert_close(transform(loss)(w, x), transform(loss.__wrapped__)(w, x))
        with pytest.raises(ShapeError, match=r"x \(2, 3\)"):
            transform(loss)(randn(4), x)
    per_sample = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))
    assert per_sample(w, randn(7, 2, 3)).shape == (7, 3)
    value, tangent = torch.func.jvp(lambda w: loss(w, x), (w,), (w,))
    assert value.shape == tangent.shape == ()


def test_functional_call_and_compiled_transforms():
    module = Whole()
    out = torch.func.functional_call(module, {"W": torch.zeros(5, 3)}, (randn(2, 3),))
    assert out.shape == (2, 5)
    with pytest.raises(ShapeError):
        torch.func.functional_call(module, {"W": torch.zeros(5, 4)}, (randn(2, 3),))
    grad = torch.compile(torch.func.grad(loss), backend="eager", fullgraph=True)
    w, x = randn(3), randn(2, 3)
    torch.testing.assert_close(grad(w, x), torch.func.grad(loss)(w, x))


# ---- tensors without data ----


def test_fake_and_meta_tensors():
    with FakeTensorMode():
        assert linear(torch.empty(2, 3), torch.empty(4, 3)).shape == (2, 4)
        with pytest.raises(ShapeError):
            linear(torch.empty(2, 3), torch.empty(4, 5))
    with torch.device("meta"):
        assert Whole()(torch.empty(2, 3)).shape == (2, 4)
        with pytest.raises(ShapeError, match=r"\(2, 5\)"):
            Whole()(torch.empty(2, 5))


# ---- modules ----


@pytest.mark.parametrize("module", [Method, Whole], ids=lambda one: one.__name__)
def test_copies_and_pickles(module):
    x = randn(2, 3)
    for made in (copy.deepcopy(module()), pickle.loads(pickle.dumps(module()))):
        torch.testing.assert_close(made(x), module()(x))
        with pytest.raises((ShapeError, RuntimeError)):
            made(randn(2, 5))


def test_checkpoint_autocast_and_hooks():
    module = Whole()
    checkpoint(module, randn(2, 3), use_reentrant=False).sum().backward()
    assert module.W.grad.shape == (4, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert module(randn(2, 3)).dtype == torch.bfloat16
    module.register_forward_hook(lambda *_: None)
    module.register_full_backward_hook(lambda *_: None)
    module(randn(2, 3).requires_grad_()).sum().backward()


def test_parametrized_attributes():
    module = Whole()
    nn.utils.parametrize.register_parametrization(module, "W", nn.Identity())
    assert module(randn(2, 3)).shape == (2, 4)
    with pytest.raises(ShapeError):
        module(randn(2, 5))
    nn.utils.parametrizations.weight_norm(linear_layer := nn.Linear(3, 4))
    assert Nested(lambda: linear_layer)(randn(2, 3), randn(2)).shape == (2, 4)


@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_lazy_parameters_have_no_sizes_yet():
    @check
    class Lazy(nn.Module):
        W: Float[Tensor, "m n"]

        def __init__(self):
            super().__init__()
            self.W = nn.UninitializedParameter()

        def forward(self, x: Float[Tensor, "B n"]) -> Float[Tensor, "B n"]:
            return x

    module = Lazy()
    assert module(randn(2, 3)).shape == (2, 3)
    module.W.materialize((5, 4))
    with pytest.raises(ShapeError):
        module(randn(2, 3))
    assert Nested(lambda: nn.LazyLinear(4))(randn(2, 3), randn(2)).shape == (2, 4)
