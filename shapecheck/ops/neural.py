"""Layers as functions: linear, embedding, normalisation, distances."""

from __future__ import annotations

from collections.abc import Sequence

from shapecheck.dims import UNIT, Axis, Shape, Size, product
from shapecheck.facts import all_hold, any_holds
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Count,
    Flag,
    MaybeTensor,
    Sizes,
    Tensor,
    Word,
)
from shapecheck.ops._values import Array


def is_empty(need: Need, axes: Sequence[Axis]) -> bool | None:
    """Whether one of the sizes is 0."""
    return any_holds(*(need.assume.equal(axis.size, 0) for axis in axes), False)


def same_sizes(need: Need, name: str, array: Array, sizes: Sequence[Size], rule: str) -> None:
    """Require an array to have exactly these sizes."""
    need.rank(name, array, len(sizes), why=rule)
    for place, (axis, size) in enumerate(zip(array.shape, sizes, strict=True)):
        reason = Why(rule, f"{name} has to have the size that it is used for", ((name, place),))
        need.equal(axis.size, size, reason)


def expands(need: Need, name: str, array: Array, shape: Shape, rule: str) -> None:
    """Require an array to be stretched to a shape without enlarging that."""
    reason = Why(rule, f"{name} may not have more axes than it is stretched to", ((name, None),))
    need.record(array.rank, "rank-at-most", len(shape), reason, array.rank <= len(shape))
    axes = enumerate(zip(array.shape, shape[len(shape) - array.rank :], strict=True))
    for place, (axis, target) in axes:
        reason = Why(rule, f"{name} has to be stretched to the other's sizes", ((name, place),))
        fits = any_holds(need.assume.equal(axis.size, target.size), need.assume.equal(axis.size, 1))
        need.record(axis, "broadcasts", target, reason, fits)


# --- linear layers ----------------------------------------------------------------------------


def features_in(
    need: Need, name: str, array: Array, features: Size, *places: tuple[str, int]
) -> None:
    """Require the last axis of an array to be what a layer was made for."""
    need.rank_at_least(name, array, 1, "linear-in-features")
    text = f"the last axis of {name} has to be what the layer was made for"
    why = Why("linear-in-features", text, ((name, array.rank - 1), *places))
    need.equal(array.shape[-1].size, features, why)


@op(functional="linear(input=x, weight, bias)")
def linear(x: Tensor, weight: Tensor, bias: MaybeTensor = None, *, need: Need) -> Shape:
    """(*batch, n_in), (n_out, n_in), (n_out) -> (*batch, n_out); a weight (n_in) gives (*batch).

    torch's "torch.nn.functional.linear".
    """
    need.rank("weight", weight, 1, 2)
    features_in(need, "x", x, weight.shape[-1].size, ("weight", weight.rank - 1))
    if bias is not None:
        _linear_bias(need, x, weight, bias)
    return (*x.shape[:-1], *weight.shape[:-1])


def _linear_bias(need: Need, x: Array, weight: Array, bias: Array) -> None:
    if bias.rank > 1:  # torch adds it in one of three ways, which accept different shapes
        need.undecided("the bias has more than one axis")
    if weight.rank == 1:
        reason = Why("rank", "a 1-D weight takes no bias with axes", (("bias", None),))
        need.true(bias.rank == 0 and x.rank != 2, reason, bias.rank, 0)
    else:
        expands(need, "bias", bias, weight.shape[:1], "linear-in-features")


@op(
    functional="bilinear(input1, input2, weight, bias)",
    torch="bilinear(input1, input2, weight, bias)",
)
def bilinear(
    input1: Tensor, input2: Tensor, weight: Tensor, bias: MaybeTensor = None, *, need: Need
) -> Shape:
    """(*batch, n1), (*batch, n2), (n_out, n1, n2), (n_out) -> (*batch, n_out).

    torch's "torch.nn.functional.bilinear".
    """
    need.rank_at_least("weight", weight, 3)
    if weight.rank > 3:
        need.undecided("the weight has more than three axes")
    n_out, n1, n2 = weight.shape
    batch = bilinear_batch(need, input1, input2)
    features_in(need, "input1", input1, n1.size, ("weight", 1))
    features_in(need, "input2", input2, n2.size, ("weight", 2))
    for place, axis in ((1, n1), (2, n2)):
        some = Why("linear-in-features", "there have to be features", (("weight", place),))
        need.at_least(axis.size, 1, some)
    if bias is not None:
        need.rank_at_least("bias", bias, 1)
        why = Why("linear-in-features", "bias has to have the output's size", (("bias", 0),))
        need.equal(bias.shape[0].size, n_out.size, why)
        if bias.rank > 1:
            why = Why("broadcast", "bias has to be stretched to the result", (("bias", None),))
            return need.broadcast((*batch, n_out), bias.shape, why=why)
    return (*batch, n_out)


def bilinear_batch(need: Need, input1: Array, input2: Array) -> Shape:
    """The batch axes of two arrays, which have to be equal: here nothing is stretched."""
    need.rank_at_least("input1", input1, 1)
    need.rank("input2", input2, input1.rank)
    for place, (left, right) in enumerate(zip(input1.shape[:-1], input2.shape[:-1], strict=True)):
        places = (("input1", place), ("input2", place))
        need.equal(left.size, right.size, Why("broadcast", "batch axes have to be equal", places))
    return input1.shape[:-1]


# --- embeddings -------------------------------------------------------------------------------


def rows_to_take(
    need: Need, x: Array, rows: Size, padding_idx: object, *, in_bags: bool = False
) -> None:
    """Require a table to have rows if any are asked for, the one for padding among them.

    `in_bags`: offsets may leave out all indices.
    """
    if padding_idx is not None and isinstance(padding_idx, int):
        places = (("padding_idx", None), ("weight", 0))
        why = Why("index-out-of-range", "padding_idx has to name a row", places)
        need.in_range(padding_idx, -rows, rows, why)
    some = any_holds(need.assume.at_least(rows, 1), is_empty(need, x.shape))
    why = Why("index-out-of-range", "there have to be rows to take", (("weight", 0),))
    need.true(some or None if in_bags else some, why, rows, 1)


@op(
    dtype="float",
    functional="embedding(input=x, weight, padding_idx, max_norm, norm_type, "
    "scale_grad_by_freq, sparse)",
)
def embedding(x: Tensor, weight: Tensor, padding_idx: Anything = None, *, need: Need) -> Shape:
    """(*s) of indices, (n, d) -> (*s, d).

    torch's "torch.nn.functional.embedding".
    """
    need.rank("weight", weight, 2)
    rows_to_take(need, x, weight.shape[0].size, padding_idx)
    return (*x.shape, weight.shape[1])


@op(dtype="float", torch="embedding(weight, indices, padding_idx, scale_grad_by_freq, sparse)")
def embedding_by_weight(weight: Tensor, indices: Tensor, *, need: Need) -> Shape:
    """(n, d), (*s) of indices -> (*s, d).

    torch's source, "aten::embedding".
    """
    need.rank("weight", weight, 2)
    rows_to_take(need, indices, weight.shape[0].size, None)
    return (*indices.shape, weight.shape[1])


@op(
    dtype="float",
    functional="embedding_bag(input, weight, offsets, max_norm, norm_type, scale_grad_by_freq, "
    "mode, sparse, per_sample_weights, include_last_offset, padding_idx)",
)
def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: MaybeTensor = None,
    mode: Word = "mean",
    per_sample_weights: MaybeTensor = None,
    include_last_offset: Flag = False,
    *,
    need: Need,
) -> Shape:
    """(bags, k) of indices, (n, d) -> (bags, d); or (k) and (bags) of offsets -> (bags, d).

    torch's "torch.nn.functional.embedding_bag", which still takes the weight before the indices, as
    it did in old versions.
    """
    indices, rows = input, weight
    if input.dtype in ("", "float") and weight.dtype in ("", "int"):
        if "" in (input.dtype, weight.dtype):
            need.undecided("the weight may stand before the indices")
        indices, rows = weight, input
    need.rank("weight", rows, 2)
    bags = bags_of(need, indices, offsets, per_sample_weights, include_last_offset)
    in_bags = offsets is not None
    rows_to_take(need, indices, rows.shape[0].size, None, in_bags=in_bags)
    return (bags, rows.shape[1])


def bags_of(
    need: Need,
    input: Array,
    offsets: Array | None,
    per_sample_weights: Array | None,
    include_last_offset: bool,
) -> Axis:
    """The axis of bags that indices, or offsets into them, are grouped in."""
    need.rank("input", input, 1, 2)
    if per_sample_weights is not None:
        same_sizes(need, "per_sample_weights", per_sample_weights, input.sizes, "broadcast")
    flat = input.rank == 1
    reason = Why("rank", "offsets belong to indices with one axis", (("offsets", None),))
    need.true((offsets is not None) == flat, reason, offsets is not None, flat)
    if offsets is None:
        wide = need.assume.at_least(input.shape[1].size, 1)
        why = Why("size-argument", "a bag has to hold indices", (("input", 1),))
        need.true(wide, why, input.shape[1].size, 1)
        return input.shape[0]
    need.rank("offsets", offsets, 1)
    bags = offsets.shape[0]
    if not include_last_offset:
        return bags
    need.at_least(
        bags.size, 1, Why("size-argument", "there has to be an offset", (("offsets", 0),))
    )
    return bags.with_size(bags.size - 1)


@op(dtype="int", functional="one_hot(input=x, num_classes)")
def one_hot(x: Tensor, num_classes: Count = -1, *, need: Need) -> Shape:
    """(*s) of classes -> (*s, num_classes).

    torch's "torch.nn.functional.one_hot"; without a number, the data decide it.
    """
    if num_classes == -1:
        empty = is_empty(need, x.shape)
        why = Why("empty-reduction", "the number of classes is that of the largest", (("x", None),))
        need.true(None if empty is None else not empty, why, x.sizes, 1)
        return (*x.shape, Axis(need.fresh("classes")))
    need.count(num_classes, "num_classes", least=1)
    return (*x.shape, Axis(num_classes))


# --- normalisation ----------------------------------------------------------------------------


def trailing(need: Need, x: Array, sizes: tuple[Size, ...], name: str = "x") -> None:
    """Require the last axes of an array to be those that a layer normalises over."""
    why = Why("norm-size", "normalized_shape may not be empty", (("normalized_shape", None),))
    need.record(len(sizes), "rank-at-least", 1, why, bool(sizes))
    for size in sizes:
        need.count(size, "normalized_shape")
    need.rank_at_least(name, x, len(sizes), "norm-size")
    first = x.rank - len(sizes)
    for place, size in enumerate(sizes):
        places = ((name, first + place), ("normalized_shape", place))
        text = f"the last axes of {name} have to be normalized_shape"
        need.equal(x.shape[first + place].size, size, Why("norm-size", text, places))


@op(
    functional="layer_norm(input=x, normalized_shape, weight, bias, eps)",
    torch="layer_norm(input=x, normalized_shape, weight, bias, eps, cudnn_enable)",
)
def layer_norm(
    x: Tensor,
    normalized_shape: Sizes,
    weight: MaybeTensor = None,
    bias: MaybeTensor = None,
    *,
    need: Need,
) -> Shape:
    """(*batch, *normalized_shape) -> the same; weight and bias have normalized_shape.

    torch's "torch.nn.functional.layer_norm".
    """
    trailing(need, x, normalized_shape)
    for name, array in (("weight", weight), ("bias", bias)):
        if array is not None:
            same_sizes(need, name, array, normalized_shape, "norm-size")
    return x.shape


@op(
    functional="rms_norm(input=x, normalized_shape, weight, eps)",
    torch="rms_norm(input=x, normalized_shape, weight, eps)",
)
def rms_norm(
    x: Tensor, normalized_shape: Sizes, weight: MaybeTensor = None, *, need: Need
) -> Shape:
    """(*batch, *normalized_shape) -> the same; weight has normalized_shape.

    torch's "torch.nn.functional.rms_norm".
    """
    trailing(need, x, normalized_shape)
    if weight is not None:
        same_sizes(need, "weight", weight, normalized_shape, "norm-size")
    return x.shape


def groups_of(need: Need, x: Array, num_groups: Size, name: str = "x") -> None:
    """Require channels to fall into groups, of more than one number."""
    need.rank_at_least(name, x, 2, "norm-size")
    need.count(num_groups, "num_groups", least=1)
    places = ((name, 1), ("num_groups", None))
    text = "the channels have to be a multiple of the groups"
    need.divides(num_groups, x.shape[1].size, Why("norm-size", text, places))


def more_than_one(need: Need, size: Size, name: str) -> None:
    """Require statistics to be taken over more than a single number; torch lets 0 pass."""
    single = need.assume.equal(size, 1)
    text = "a mean over a single number normalises everything away"
    why = Why("norm-size", text, ((name, None),))
    need.true(None if single is None else not single, why, size, 1)


def per_channel(need: Need, name: str, array: Array | None, channels: Axis, *ranks: int) -> None:
    """Require an array of one number per channel."""
    if array is None:
        return
    if ranks:
        need.rank(name, array, *ranks, why="norm-size")
    why = Why("norm-size", f"{name} has to have one number for each channel", ((name, 0),))
    need.equal(product(array.sizes), channels.size, why)


@op(functional="group_norm(input=x, num_groups, weight, bias, eps)")
def group_norm(
    x: Tensor,
    num_groups: Count,
    weight: MaybeTensor = None,
    bias: MaybeTensor = None,
    *,
    need: Need,
) -> Shape:
    """(batch, channels, *s) -> the same; num_groups divides the channels.

    torch's "torch.nn.functional.group_norm".
    """
    groups_of(need, x, num_groups)
    n, c, *rest = x.sizes
    more_than_one(need, need.assume.simplify(n * c) // num_groups * product(rest), "x")
    for name, array in (("weight", weight), ("bias", bias)):
        per_channel(need, name, array, x.shape[1], 1)
    return x.shape


@op(torch="group_norm(input=x, num_groups, weight, bias, eps, cudnn_enabled)")
def group_norm_of_one(
    x: Tensor,
    num_groups: Count,
    weight: MaybeTensor = None,
    bias: MaybeTensor = None,
    *,
    need: Need,
) -> Shape:
    """(batch, channels, *s) -> the same; unlike F.group_norm, a group may hold one number.

    torch's source, "aten::group_norm".
    """
    groups_of(need, x, num_groups)
    for name, array in (("weight", weight), ("bias", bias)):
        per_channel(need, name, array, x.shape[1], 1)
    return x.shape


@op(
    functional="batch_norm(input=x, running_mean, running_var, weight, bias, training, "
    "momentum, eps)"
)
def batch_norm(
    x: Tensor,
    running_mean: MaybeTensor = None,
    running_var: MaybeTensor = None,
    weight: MaybeTensor = None,
    bias: MaybeTensor = None,
    training: Flag = False,
    *,
    need: Need,
) -> Shape:
    """(batch, channels, *s) -> the same; all else has one number for each channel.

    torch's "torch.nn.functional.batch_norm".
    """
    if x.rank == 1 and is_empty(need, x.shape) is not False:
        need.undecided("torch accepts one axis without elements")
    need.rank_at_least("x", x, 2, "norm-size")
    n, channels, *rest = x.shape
    if training:
        more_than_one(need, product(axis.size for axis in (n, *rest)), "x")
    empty = is_empty(need, x.shape)
    for name, array in (("running_mean", running_mean), ("running_var", running_var)):
        running(need, name, array, channels, any_holds(empty, training), empty)
    for name, array in (("weight", weight), ("bias", bias)):
        scale(need, name, array, channels, empty)
    return x.shape


def running(
    need: Need,
    name: str,
    array: Array | None,
    channels: Axis,
    optional: bool | None,
    empty: bool | None,
) -> None:
    """Require running statistics to fit the channels; where there is no data, none are read."""
    if array is None:
        why = Why("norm-size", f"without training, {name} is needed", ((name, None),))
        need.true(optional, why)
        return
    size = product(array.sizes)
    fits = array.rank == 1 and need.assume.equal(size, channels.size)
    why = Why("norm-size", f"{name} has to have one number for each channel", ((name, 0),))
    need.record(size, "equals", channels.size, why, any_holds(empty, fits))


def scale(need: Need, name: str, array: Array | None, channels: Axis, empty: bool | None) -> None:
    """Require weights to fit the channels; where there is no data, the first of them is read."""
    if array is None:
        return
    size = product(array.sizes)
    equal = need.assume.equal(size, channels.size)
    some = array.rank > 0 and need.assume.at_least(array.shape[0].size, 1)
    full = None if empty is None else not empty
    if array.rank > 1 and empty is not False:
        need.undecided(f"{name} has several axes, and there may be no data")
    fits = any_holds(all_hold(empty, some), all_hold(full, equal), all_hold(equal, some))
    why = Why("norm-size", f"{name} has to have one number for each channel", ((name, 0),))
    need.record(size, "equals", channels.size, why, fits)


@op(
    functional="instance_norm(input=x, running_mean, running_var, weight, bias, use_input_stats, "
    "momentum, eps)"
)
def instance_norm(
    x: Tensor,
    running_mean: MaybeTensor = None,
    running_var: MaybeTensor = None,
    weight: MaybeTensor = None,
    bias: MaybeTensor = None,
    use_input_stats: Flag = True,
    *,
    need: Need,
) -> Shape:
    """(batch, channels, *s) -> the same, over more than one place; all else has (channels).

    torch's "torch.nn.functional.instance_norm".
    """
    need.rank_at_least("x", x, 2, "norm-size")
    if use_input_stats:
        more_than_one(need, product(x.sizes[2:]), "x")
    else:
        both = running_mean is not None and running_var is not None
        why = Why("norm-size", "running statistics are needed", (("running_mean", None),))
        need.true(both, why)
    empty = is_empty(need, x.shape)
    named = {"weight": weight, "bias": bias}
    repeated(need, x, {"running_mean": running_mean, "running_var": running_var}, empty)
    repeated(need, x, named, empty)
    if empty is not False:
        for name, array in named.items():
            if array is not None:
                why = Why("norm-size", f"{name} may not be empty", ((name, 0),))
                need.at_least(product((x.shape[0].size, *array.sizes)), 1, why)
    return x.shape


def repeated(need: Need, x: Array, named: dict[str, Array | None], empty: bool | None) -> None:
    """Require one number per channel, repeated for each member of the batch."""
    for name, array in named.items():
        if array is None:
            continue
        why = Why("norm-size", f"{name} has to have one number for each channel", ((name, 0),))
        need.record(array.rank, "rank", (0, 1), why, array.rank < 2)
        if array.rank == 0 and name.startswith("running"):
            need.undecided(f"{name} has no axis")
        size = product(array.sizes)
        fits = need.assume.equal(size, x.shape[1].size)
        if fits is not True and empty is not False:  # then torch may not look at it
            fits = None
        need.record(size, "equals", x.shape[1].size, why, fits)


@op(
    functional="local_response_norm(input=x, size, alpha, beta, k)",
)
def local_response_norm(x: Tensor, shape: Count, *, need: Need) -> Shape:
    """(batch, channels, *s) -> the same; `size` neighbours are looked at.

    torch's "torch.nn.functional.local_response_norm".
    """
    return response_norm(need, x, shape, "x")


def response_norm(need: Need, x: Array, size: Size, name: str) -> Shape:
    """The rule of local response normalisation, function and module."""
    need.rank_at_least(name, x, 3, "norm-size")
    if need.decided(is_empty(need, x.shape), "whether there are elements is not known"):
        return x.shape
    need.count(size, "size", least=1)
    return x.shape


@op(functional="prelu(input=x, weight)", torch="prelu(input=x, weight)", tensor="prelu(weight)")
def prelu(x: Tensor, weight: Tensor, *, need: Need) -> Shape:
    """(batch, channels, *s), (channels) or (1) -> the first.

    torch's "torch.nn.functional.prelu".
    """
    need.rank("weight", weight, 0, 1)
    if weight.rank == 1:
        channel_weights(need, x, weight.shape[0].size, "x")
    return x.shape


def channel_weights(need: Need, x: Array, count: Size, name: str) -> None:
    """Require one weight, or as many as there are channels."""
    channels = x.shape[1].size if x.rank > 1 else 1
    fits = any_holds(need.assume.equal(count, 1), need.assume.equal(count, channels))
    why = Why(
        "norm-size", "there have to be as many weights as channels", ((name, 1), ("weight", 0))
    )
    need.true(fits, why, count, channels)


# --- distances --------------------------------------------------------------------------------


@op(
    functional="pairwise_distance(x1, x2, p, eps, keepdim)",
    torch="pairwise_distance(x1, x2, p, eps, keepdim)",
)
def pairwise_distance(x1: Tensor, x2: Tensor, keepdim: Flag = False, *, need: Need) -> Shape:
    """(*batch, d), (*batch, d) -> (*batch), stretched to one shape.

    torch's "torch.nn.functional.pairwise_distance".
    """
    return distances(need, x1, x2, keepdim)


def distances(need: Need, x1: Array, x2: Array, keepdim: bool) -> Shape:
    """The shape of distances along the last axis."""
    why = Why(
        "broadcast", "x1 and x2 have to be stretched to one shape", (("x1", None), ("x2", None))
    )
    axes = need.broadcast(x1.shape, x2.shape, why=why)
    if keepdim and axes:
        return (*axes[:-1], UNIT)
    return axes[:-1]


OPS = family(globals())
