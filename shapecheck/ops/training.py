"""Initial values of parameters, and gradients."""

from __future__ import annotations

from shapecheck.dims import product
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Count,
    Flag,
    Number,
    Tensor,
)
from shapecheck.ops._values import (
    Array,
    Extents,
    Unknown,
)
from shapecheck.ops.create import one_element
from shapecheck.ops.data import gathered
from shapecheck.ops.elementwise import (
    ANSWER,
    NOTHING,
    named,
)

# --- initial values ---------------------------------------------------------------------------


@op(
    total=True,
    torch=[
        "nn.init.constant_(tensor=a, val)",
        "nn.init.zeros_|nn.init.ones_(tensor=a)",
        "nn.init.normal_(tensor=a, mean, std, generator)",
        "nn.init.uniform_(tensor=a, low, high, generator)",
        "nn.init.trunc_normal_(tensor=a, mean, std, low, high, generator)",
    ],
)
def initial(a: Tensor, val: Number = 0.5, *, need: Need) -> Array:
    """(*s) -> (*s), the array itself, filled.

    Torch's docs, "torch.nn.init".
    """
    return a


@op(
    torch=named(
        "nn.init.kaiming_uniform_ nn.init.kaiming_normal_",
        "tensor=array, a, mode, nonlinearity, generator",
    ),
)
def initial_by_inputs(array: Tensor, a: Number = 0, *, need: Need) -> Array:
    """(n, m, *s) -> (n, m, *s), the array itself, filled to suit how many inputs it has.

    Torch's docs, "torch.nn.init.kaiming_uniform_"; an array without elements stays what it is.
    """
    if array.rank < 2:
        empty = need.assume.equal(product(array.sizes), 0)
        if not need.decided(empty, "there may be no elements"):
            need.rank_at_least("array", array, 2)
    return array


@op(torch="nn.init.xavier_uniform_|nn.init.xavier_normal_(tensor=a, gain, generator)")
def initial_by_fan(a: Tensor, *, need: Need) -> Array:
    """(n, m, *s) -> (n, m, *s), the array itself, filled to suit how many inputs it has.

    Torch's docs, "torch.nn.init.xavier_uniform_".
    """
    need.rank_at_least("a", a, 2)
    return a


@op(torch="nn.init.orthogonal_(tensor=a, gain, generator)")
def initial_orthogonal(a: Tensor, *, need: Need) -> Array:
    """(n, *s) -> (n, *s), the array itself, filled with orthogonal rows.

    Torch's docs, "torch.nn.init.orthogonal_".
    """
    need.rank_at_least("a", a, 2)
    return a


@op(torch=["nn.init.eye_(tensor=a)", "nn.init.sparse_(tensor=a, sparsity, std, generator)"])
def initial_matrix(a: Tensor, sparsity: Number = 0.5, *, need: Need) -> Array:
    """(n, m) -> (n, m), the array itself, filled.

    Torch's docs, "torch.nn.init.eye_".
    """
    need.rank("a", a, 2)
    return a


@op(torch="nn.init.dirac_(tensor=a, groups)")
def initial_dirac(a: Tensor, groups: Count = 1, *, need: Need) -> Array:
    """(n, m, *s) -> (n, m, *s), the array itself, with one to three more axes.

    Torch's docs, "torch.nn.init.dirac_".
    """
    need.rank("a", a, 3, 4, 5)
    why = Why(
        "conv-channels", "the groups have to divide the channels", (("groups", None), ("a", 0))
    )
    some = need.assume.equal(groups, 0)
    none = Why("size-argument", "there has to be a group", (("groups", None),))
    need.true(None if some is None else not some, none, groups, 1)
    need.divides(abs(groups) if isinstance(groups, int) else groups, a.shape[0].size, why)
    if 0 not in a.sizes[:2]:
        for place in range(2, a.rank):
            text = "there has to be a place in the middle"
            need.at_least(a.sizes[place], 1, Why("size-argument", text, (("a", place),)))
    return a


@op(torch="nn.init._calculate_fan_in_and_fan_out(tensor=a)")
def fans(a: Tensor, *, need: Need) -> Extents:
    """(n, m, *s) -> how many inputs and outputs each unit has

    Torch's source, "torch/nn/init.py".
    """
    need.rank_at_least("a", a, 2)
    field = product(a.sizes[2:])
    return Extents((a.sizes[1] * field, a.sizes[0] * field))


@op(total=True, torch="nn.init.calculate_gain(nonlinearity, param)")
def calculate_gain(nonlinearity: Anything, *, need: Need) -> Unknown:
    """a name -> a number

    Torch's docs, "torch.nn.init.calculate_gain".
    """
    return ANSWER


# --- gradients --------------------------------------------------------------------------------


@op(
    total=True,
    dtype="float",
    torch=[
        "nn.utils.clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)",
    ],
)
def clip_grad_norm(parameters: Anything, max_norm: Anything, *, need: Need) -> Array:
    """parameters, number -> (): the norm of their gradients, which are made shorter.

    Torch's docs, "torch.nn.utils.clip_grad_norm_".
    """
    return Array((), "float", (), "torch")


@op(
    total=True,
    torch="nn.utils.clip_grad_value_(parameters, clip_value, foreach)",
)
def clip_grad_value(parameters: Anything, clip_value: Anything, *, need: Need) -> Unknown:
    """parameters, number -> nothing: their gradients are cut off.

    Torch's docs, "torch.nn.utils.clip_grad_value_".
    """
    return NOTHING


@op(
    dtype="unknown",
    torch="autograd.grad(outputs, inputs, grad_outputs, retain_graph, create_graph, only_inputs, "
    "allow_unused, is_grads_batched, materialize_grads=materialized)",
)
def gradients(
    outputs: Anything,
    inputs: Anything,
    grad_outputs: Anything = None,
    materialized: Flag = False,
    *,
    need: Need,
) -> list[Array]:
    """(), (*s), … -> (*s), …: the gradients of a number by arrays.

    Torch's docs, "torch.autograd.grad"; outputs of more elements need gradients of their own.
    """
    wanted = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
    arrays = [gathered(need, "inputs", one) for one in wanted]
    if grad_outputs is None:
        for one in outputs if isinstance(outputs, (tuple, list)) else (outputs,):
            array = gathered(need, "outputs", one)
            text = "only one number has a gradient by itself"
            one_element(need, "outputs", array, "backward-scalar", text)
    return [one.with_axes(one.shape) for one in arrays]


OPS = family(globals())
