"""Modules without windows: linear layers, activations, normalisation, embeddings.

The parameters of a rule that are stored have the names of the module's attributes; the others are
those of its `forward`.
"""

from __future__ import annotations

from shapecheck.dims import UNIT, Axis, Shape, Size, merge, product
from shapecheck.facts import all_hold, any_holds
from shapecheck.ops import rearrange
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import Anything, Count, Dim, Flag, MaybeTensor, Sizes, Tensor, Word
from shapecheck.ops._values import Array, Record
from shapecheck.ops.elementwise import fresh_like
from shapecheck.ops.neural import (
    bags_of,
    bilinear_batch,
    channel_weights,
    distances,
    features_in,
    groups_of,
    is_empty,
    more_than_one,
    response_norm,
    rows_to_take,
    trailing,
)

# --- linear layers ----------------------------------------------------------------------------


@op(
    module="Linear(in_features, out_features, bias, device, dtype)",
    stored="in_features out_features",
)
def linear_module(input: Tensor, in_features: Count, out_features: Count, *, need: Need) -> Shape:
    """(*batch, in_features) -> (*batch, out_features).

    torch's "torch.nn.Linear".
    """
    need.count(in_features, "in_features")
    need.count(out_features, "out_features")
    features_in(need, "input", input, in_features)
    return (*input.shape[:-1], Axis(out_features))


@op(module="LazyLinear(out_features, bias, device, dtype)", stored="out_features")
def lazy_linear_module(input: Tensor, out_features: Count, *, need: Need) -> Shape:
    """(*batch, n) -> (*batch, out_features); n is that of the first call.

    torch's "torch.nn.LazyLinear".
    """
    need.count(out_features, "out_features")
    need.rank_at_least("input", input, 1, "linear-in-features")
    return (*input.shape[:-1], Axis(out_features))


@op(
    module="Bilinear(in1_features, in2_features, out_features, bias, device, dtype)",
    stored="in1_features in2_features out_features",
)
def bilinear_module(
    input1: Tensor,
    input2: Tensor,
    in1_features: Count,
    in2_features: Count,
    out_features: Count,
    *,
    need: Need,
) -> Shape:
    """(*batch, in1_features), (*batch, in2_features) -> (*batch, out_features).

    torch's "torch.nn.Bilinear".
    """
    need.count(in1_features, "in1_features", least=1)
    need.count(in2_features, "in2_features", least=1)
    need.count(out_features, "out_features")
    batch = bilinear_batch(need, input1, input2)
    features_in(need, "input1", input1, in1_features)
    features_in(need, "input2", input2, in2_features)
    return (*batch, Axis(out_features))


# --- element by element -----------------------------------------------------------------------


@op(
    total=True,
    module=[
        "ReLU|ReLU6|SiLU|Mish|SELU|Hardswish|Hardsigmoid(inplace)",
        "GELU(approximate)",
        "Sigmoid|Tanh|Softsign|Tanhshrink()",
        "LeakyReLU(negative_slope, inplace)",
        "ELU|CELU(alpha, inplace)",
        "Hardtanh(min_val, max_val, inplace, min_value, max_value)",
        "Softplus(beta, threshold)",
        "Hardshrink|Softshrink(lambd)",
        "Threshold(threshold, value, inplace)",
        "Dropout|AlphaDropout|FeatureAlphaDropout(p, inplace)",
        "Identity(*args, **kwargs)",
    ],
)
def activation_module(input: Tensor, *, need: Need) -> Array:
    """(*s) -> (*s), element by element.

    torch's "torch.nn", non-linear activations and dropout layers.
    """
    return fresh_like(input, input.dtype)


@op(module="PReLU(num_parameters, init, device, dtype)", stored="num_parameters")
def prelu_module(input: Tensor, num_parameters: Count = 1, *, need: Need) -> Shape:
    """(batch, num_parameters, *s) -> the same; a single parameter fits everything.

    torch's "torch.nn.PReLU".
    """
    need.count(num_parameters, "num_parameters")
    channel_weights(need, input, num_parameters, "input")
    return input.shape


@op(module="Softmax|LogSoftmax|Softmin(dim)", stored="dim")
def softmax_module(input: Tensor, dim: Dim = None, *, need: Need) -> Shape:
    """(*s) -> (*s), along an axis.

    torch's "torch.nn.Softmax".
    """
    if dim is not None:
        need.axis(dim, input.rank, of="input")
    return input.shape


@op(module="Softmax2d()")
def softmax2d_module(input: Tensor, *, need: Need) -> Shape:
    """(batch, channels, h, w) or without the batch -> the same.

    torch's "torch.nn.Softmax2d".
    """
    need.rank("input", input, 3, 4)
    return input.shape


@op(module="GLU(dim)", stored="dim")
def glu_module(input: Tensor, dim: Dim = -1, *, need: Need) -> Shape:
    """(*s, 2*n, *t) -> (*s, n, *t).

    torch's "torch.nn.GLU".
    """
    need.rank_at_least("input", input, 1)
    place = need.axis(dim, input.rank, of="input")
    axis = input.shape[place]
    need.divides(2, axis.size, Why("size-argument", "half of it are gates", (("input", place),)))
    half = Axis(need.assume.simplify(axis.size) // 2)
    return (*input.shape[:place], half, *input.shape[place + 1 :])


# --- rearranging ------------------------------------------------------------------------------


@op(module="Flatten(start_dim, end_dim)", stored="start_dim end_dim")
def flatten_module(input: Tensor, start_dim: Dim = 1, end_dim: Dim = -1, *, need: Need) -> Shape:
    """(*s, *t, *u) -> (*s, product of t, *u).

    torch's "torch.nn.Flatten".
    """
    start = need.axis(start_dim, input.rank, "start_dim", of="input")
    end = need.axis(end_dim, input.rank, "end_dim", of="input")
    places = (("start_dim", None), ("end_dim", None))
    why = Why("axis-out-of-range", "start_dim may not come after end_dim", places)
    need.record(start, "at-most", end, why, start <= end)
    if not input.rank:
        return (UNIT,)
    return (*input.shape[:start], merge(input.shape[start : end + 1]), *input.shape[end + 1 :])


@op(module="Unflatten(dim, unflattened_size)", stored="dim unflattened_size")
def unflatten_module(input: Tensor, dim: Dim, unflattened_size: Sizes, *, need: Need) -> Array:
    """(*before, n, *after) -> (*before, *sizes, *after), where n is the product of the sizes.

    torch's "torch.nn.Unflatten".
    """
    made: Array = rearrange.unflatten.rule(input, dim, unflattened_size, need=need)
    return made


# --- embeddings -------------------------------------------------------------------------------


@op(
    dtype="float",
    module="Embedding(num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, "
    "scale_grad_by_freq, sparse, _weight, _freeze, device, dtype)",
    stored="num_embeddings embedding_dim padding_idx",
)
def embedding_module(
    input: Tensor,
    num_embeddings: Count,
    embedding_dim: Count,
    padding_idx: Anything = None,
    *,
    need: Need,
) -> Shape:
    """(*s) of indices -> (*s, embedding_dim).

    torch's "torch.nn.Embedding".
    """
    need.count(num_embeddings, "num_embeddings")
    need.count(embedding_dim, "embedding_dim")
    rows_to_take(need, input, num_embeddings, padding_idx)
    return (*input.shape, Axis(embedding_dim))


@op(
    dtype="float",
    module="EmbeddingBag(num_embeddings, embedding_dim, max_norm, norm_type, scale_grad_by_freq, "
    "mode, sparse, _weight, include_last_offset, padding_idx, device, dtype)",
    stored="num_embeddings embedding_dim mode include_last_offset padding_idx",
)
def embedding_bag_module(
    input: Tensor,
    num_embeddings: Count,
    embedding_dim: Count,
    offsets: MaybeTensor = None,
    per_sample_weights: MaybeTensor = None,
    mode: Word = "mean",
    include_last_offset: Flag = False,
    padding_idx: Anything = None,
    *,
    need: Need,
) -> Shape:
    """(bags, k) of indices -> (bags, embedding_dim); or (k) and offsets (bags).

    torch's "torch.nn.EmbeddingBag".
    """
    need.count(num_embeddings, "num_embeddings")
    need.count(embedding_dim, "embedding_dim")
    bags = bags_of(need, input, offsets, per_sample_weights, include_last_offset)
    in_bags = offsets is not None
    rows_to_take(need, input, num_embeddings, padding_idx, in_bags=in_bags)
    return (bags, Axis(embedding_dim))


# --- normalisation ----------------------------------------------------------------------------


@op(
    module=[
        "LayerNorm(normalized_shape, eps, elementwise_affine, bias, device, dtype)",
        "RMSNorm(normalized_shape, eps, elementwise_affine, device, dtype)",
    ],
    stored="normalized_shape",
)
def layer_norm_module(input: Tensor, normalized_shape: Sizes, *, need: Need) -> Shape:
    """(*batch, *normalized_shape) -> the same.

    torch's "torch.nn.LayerNorm", "torch.nn.RMSNorm"; the latter calls its input `x`.
    """
    trailing(need, input, normalized_shape, "input")
    return input.shape


@op(
    module="GroupNorm(num_groups, num_channels, eps, affine, device, dtype)",
    stored="num_groups num_channels affine",
)
def group_norm_module(
    input: Tensor, num_groups: Count, num_channels: Count, affine: Flag = True, *, need: Need
) -> Shape:
    """(batch, num_channels, *s) -> the same; num_groups divides the channels.

    torch's "torch.nn.GroupNorm".
    """
    need.count(num_groups, "num_groups", least=1)
    if affine:
        need.count(num_channels, "num_channels")
    places = (("num_groups", None), ("num_channels", None))
    text = "the channels have to be a multiple of the groups"
    need.divides(num_groups, num_channels, Why("norm-size", text, places))
    groups_of(need, input, num_groups, "input")
    if affine:
        _channels(need, input, 1, num_channels, "num_channels")
    n, c, *rest = input.sizes
    more_than_one(need, need.assume.simplify(n * c) // num_groups * product(rest), "input")
    return input.shape


def _channels(need: Need, input: Array, place: int, features: Size, name: str) -> None:
    text = "the channels have to be what the layer was made for"
    why = Why("norm-size", text, (("input", place), (name, None)))
    need.equal(input.shape[place].size, features, why)


def _batch_norm(
    need: Need, input: Array, num_features: Size, affine: bool, track_running_stats: bool
) -> Shape:
    """Batch normalisation in evaluation; where there is no data, torch checks little."""
    if affine or track_running_stats:
        need.count(num_features, "num_features")
    n, channels, *rest = input.shape
    if not track_running_stats:
        more_than_one(need, product(axis.size for axis in (n, *rest)), "input")
    equal = need.assume.equal(channels.size, num_features)
    empty = is_empty(need, input.shape)
    full = None if empty is None else not empty
    some = need.assume.at_least(num_features, 1)
    text = "the channels have to be what the layer was made for"
    why = Why("norm-size", text, (("input", 1), ("num_features", None)))
    tracked = any_holds(empty, equal) if track_running_stats else True
    scaled = any_holds(all_hold(empty, some), all_hold(full, equal), all_hold(equal, some))
    holds = all_hold(tracked, scaled if affine else True)
    need.record(channels.size, "equals", num_features, why, holds)
    return input.shape


@op(
    module="BatchNorm1d(num_features, eps, momentum, affine, track_running_stats, device, dtype)",
    stored="num_features affine track_running_stats",
)
def batch_norm1d_module(
    input: Tensor,
    num_features: Count,
    affine: Flag = True,
    track_running_stats: Flag = True,
    *,
    need: Need,
) -> Shape:
    """(batch, num_features) or (batch, num_features, n) -> the same.

    torch's "torch.nn.BatchNorm1d".
    """
    need.rank("input", input, 2, 3, why="norm-size")
    return _batch_norm(need, input, num_features, affine, track_running_stats)


@op(
    module="BatchNorm2d(num_features, eps, momentum, affine, track_running_stats, device, dtype)",
    stored="num_features affine track_running_stats",
)
def batch_norm2d_module(
    input: Tensor,
    num_features: Count,
    affine: Flag = True,
    track_running_stats: Flag = True,
    *,
    need: Need,
) -> Shape:
    """(batch, num_features, h, w) -> the same.

    torch's "torch.nn.BatchNorm2d".
    """
    need.rank("input", input, 4, why="norm-size")
    return _batch_norm(need, input, num_features, affine, track_running_stats)


@op(
    module="BatchNorm3d(num_features, eps, momentum, affine, track_running_stats, device, dtype)",
    stored="num_features affine track_running_stats",
)
def batch_norm3d_module(
    input: Tensor,
    num_features: Count,
    affine: Flag = True,
    track_running_stats: Flag = True,
    *,
    need: Need,
) -> Shape:
    """(batch, num_features, d, h, w) -> the same.

    torch's "torch.nn.BatchNorm3d".
    """
    need.rank("input", input, 5, why="norm-size")
    return _batch_norm(need, input, num_features, affine, track_running_stats)


@op(
    module="SyncBatchNorm(num_features, eps, momentum, affine, track_running_stats, "
    "process_group, device, dtype)",
    stored="num_features affine track_running_stats",
)
def sync_batch_norm_module(
    input: Tensor,
    num_features: Count,
    affine: Flag = True,
    track_running_stats: Flag = True,
    *,
    need: Need,
) -> Shape:
    """(batch, num_features, *s) -> the same.

    torch's "torch.nn.SyncBatchNorm".
    """
    need.rank_at_least("input", input, 2, "norm-size")
    why = Why("norm-size", "there have to be channels", (("input", 1),))
    need.at_least(input.shape[1].size, 1, why)
    return _batch_norm(need, input, num_features, affine, track_running_stats)


def _lazy_batch_norm(
    need: Need, input: Array, affine: bool, track_running_stats: bool, *ranks: int
) -> Shape:
    need.rank("input", input, *ranks, why="norm-size")
    return _batch_norm(need, input, input.shape[1].size, affine, track_running_stats)


@op(
    module="LazyBatchNorm1d(eps, momentum, affine, track_running_stats, device, dtype)",
    stored="affine track_running_stats",
)
def lazy_batch_norm1d_module(
    input: Tensor, affine: Flag = True, track_running_stats: Flag = True, *, need: Need
) -> Shape:
    """(batch, channels) or (batch, channels, n) -> the same.

    torch's "torch.nn.LazyBatchNorm1d".
    """
    return _lazy_batch_norm(need, input, affine, track_running_stats, 2, 3)


@op(
    module="LazyBatchNorm2d(eps, momentum, affine, track_running_stats, device, dtype)",
    stored="affine track_running_stats",
)
def lazy_batch_norm2d_module(
    input: Tensor, affine: Flag = True, track_running_stats: Flag = True, *, need: Need
) -> Shape:
    """(batch, channels, h, w) -> the same.

    torch's "torch.nn.LazyBatchNorm2d".
    """
    return _lazy_batch_norm(need, input, affine, track_running_stats, 4)


@op(
    module="LazyBatchNorm3d(eps, momentum, affine, track_running_stats, device, dtype)",
    stored="affine track_running_stats",
)
def lazy_batch_norm3d_module(
    input: Tensor, affine: Flag = True, track_running_stats: Flag = True, *, need: Need
) -> Shape:
    """(batch, channels, d, h, w) -> the same.

    torch's "torch.nn.LazyBatchNorm3d".
    """
    return _lazy_batch_norm(need, input, affine, track_running_stats, 5)


def _instance_norm(
    need: Need,
    input: Array,
    spatial: int,
    num_features: Size | None,
    affine: bool,
    track_running_stats: bool,
) -> Shape:
    """Instance normalisation in evaluation; the batch axis may be missing.

    Lazy modules take axis 1 for the channels, even without the batch axis.
    """
    need.rank("input", input, spatial + 1, spatial + 2, why="norm-size")
    place = input.rank - spatial - 1
    if num_features is None:
        num_features = input.shape[1].size
    elif affine or track_running_stats:
        need.count(num_features, "num_features")
    if affine:
        _channels(need, input, place, num_features, "num_features")
        numbers = product(axis.size for axis in input.shape[: place + 1])
        why = Why("norm-size", "there have to be channels", (("input", place),))
        need.at_least(numbers, 1, why)
    elif track_running_stats:
        fits = need.assume.equal(input.shape[place].size, num_features)
        if fits is not True and is_empty(need, input.shape) is not False:
            fits = None  # then torch may not look at it
        text = "the channels have to be what the layer was made for"
        why = Why("norm-size", text, (("input", place), ("num_features", None)))
        need.record(input.shape[place].size, "equals", num_features, why, fits)
    if not track_running_stats:
        more_than_one(need, product(input.sizes[place + 1 :]), "input")
    return input.shape


@op(
    module="InstanceNorm1d(num_features, eps, momentum, affine, track_running_stats, device, "
    "dtype)",
    stored="num_features affine track_running_stats",
)
def instance_norm1d_module(
    input: Tensor,
    num_features: Count,
    affine: Flag = False,
    track_running_stats: Flag = False,
    *,
    need: Need,
) -> Shape:
    """(batch, num_features, n) or without the batch -> the same.

    torch's "torch.nn.InstanceNorm1d"; without `affine`, torch only warns of other channels.
    """
    return _instance_norm(need, input, 1, num_features, affine, track_running_stats)


@op(
    module="InstanceNorm2d(num_features, eps, momentum, affine, track_running_stats, device, "
    "dtype)",
    stored="num_features affine track_running_stats",
)
def instance_norm2d_module(
    input: Tensor,
    num_features: Count,
    affine: Flag = False,
    track_running_stats: Flag = False,
    *,
    need: Need,
) -> Shape:
    """(batch, num_features, h, w) or without the batch -> the same.

    torch's "torch.nn.InstanceNorm2d"; without `affine`, torch only warns of other channels.
    """
    return _instance_norm(need, input, 2, num_features, affine, track_running_stats)


@op(
    module="InstanceNorm3d(num_features, eps, momentum, affine, track_running_stats, device, "
    "dtype)",
    stored="num_features affine track_running_stats",
)
def instance_norm3d_module(
    input: Tensor,
    num_features: Count,
    affine: Flag = False,
    track_running_stats: Flag = False,
    *,
    need: Need,
) -> Shape:
    """(batch, num_features, d, h, w) or without the batch -> the same.

    torch's "torch.nn.InstanceNorm3d"; without `affine`, torch only warns of other channels.
    """
    return _instance_norm(need, input, 3, num_features, affine, track_running_stats)


@op(
    module="LazyInstanceNorm1d(eps, momentum, affine, track_running_stats, device, dtype)",
    stored="affine track_running_stats",
)
def lazy_instance_norm1d_module(
    input: Tensor, affine: Flag = True, track_running_stats: Flag = True, *, need: Need
) -> Shape:
    """(batch, channels, n) or without the batch -> the same.

    torch's "torch.nn.LazyInstanceNorm1d".
    """
    return _instance_norm(need, input, 1, None, affine, track_running_stats)


@op(
    module="LazyInstanceNorm2d(eps, momentum, affine, track_running_stats, device, dtype)",
    stored="affine track_running_stats",
)
def lazy_instance_norm2d_module(
    input: Tensor, affine: Flag = True, track_running_stats: Flag = True, *, need: Need
) -> Shape:
    """(batch, channels, h, w) or without the batch -> the same.

    torch's "torch.nn.LazyInstanceNorm2d".
    """
    return _instance_norm(need, input, 2, None, affine, track_running_stats)


@op(
    module="LazyInstanceNorm3d(eps, momentum, affine, track_running_stats, device, dtype)",
    stored="affine track_running_stats",
)
def lazy_instance_norm3d_module(
    input: Tensor, affine: Flag = True, track_running_stats: Flag = True, *, need: Need
) -> Shape:
    """(batch, channels, d, h, w) or without the batch -> the same.

    torch's "torch.nn.LazyInstanceNorm3d".
    """
    return _instance_norm(need, input, 3, None, affine, track_running_stats)


@op(module="CrossMapLRN2d(size, alpha, beta, k)")
def cross_map_lrn2d_module(input: Tensor, *, need: Need) -> Shape:
    """(batch, channels, h, w) -> the same.

    torch's "torch.nn.CrossMapLRN2d".
    """
    need.rank("input", input, 4)
    why = Why("norm-size", "there has to be a channel", (("input", 1),))
    need.at_least(input.shape[1].size, 1, why)
    return input.shape


@op(module="LocalResponseNorm(size, alpha, beta, k)", stored="size")
def local_response_norm_module(input: Tensor, size: Count, *, need: Need) -> Shape:
    """(batch, channels, *s) -> the same; `size` neighbours are looked at.

    torch's "torch.nn.LocalResponseNorm".
    """
    return response_norm(need, input, size, "input")


# --- distances, and a softmax in steps --------------------------------------------------------


@op(module="CosineSimilarity(dim, eps)", stored="dim")
def cosine_similarity_module(x1: Tensor, x2: Tensor, dim: Dim = 1, *, need: Need) -> Shape:
    """(*s, d, *t), (*s, d, *t) -> (*s, *t), stretched to one shape.

    torch's "torch.nn.CosineSimilarity".
    """
    places = (("x1", None), ("x2", None))
    why = Why("broadcast", "x1 and x2 have to be stretched to one shape", places)
    axes = need.broadcast(x1.shape, x2.shape, why=why)
    place = need.axis(dim, len(axes), of="x1")
    return (*axes[:place], *axes[place + 1 :])


@op(module="PairwiseDistance(p, eps, keepdim)", stored="keepdim")
def pairwise_distance_module(x1: Tensor, x2: Tensor, keepdim: Flag = False, *, need: Need) -> Shape:
    """(*batch, d), (*batch, d) -> (*batch), stretched to one shape.

    torch's "torch.nn.PairwiseDistance".
    """
    return distances(need, x1, x2, keepdim)


@op(
    dtype="float",
    module="AdaptiveLogSoftmaxWithLoss(in_features, n_classes, cutoffs, div_value, head_bias, "
    "device, dtype)",
    stored="in_features n_classes cutoffs",
)
def adaptive_log_softmax_with_loss_module(
    input_: Tensor,
    target_: Tensor,
    in_features: Count,
    n_classes: Count,
    cutoffs: Anything,
    *,
    need: Need,
) -> Record:
    """(N, in_features), classes (N) -> output (N) and loss (); or (in_features), () -> (), ().

    torch's "torch.nn.AdaptiveLogSoftmaxWithLoss".
    """
    need.count(in_features, "in_features", least=1)
    need.rank("target_", target_, 0, 1, why="loss-target")
    need.rank("input_", input_, target_.rank + 1, why="loss-target")
    if target_.rank:
        places = (("input_", 0), ("target_", 0))
        why = Why("loss-target", "there has to be a class for each row", places)
        need.equal(input_.shape[0].size, target_.shape[0].size, why)
    features_in(need, "input_", input_, in_features)
    return Record(("output", "loss"), (input_.shape[:-1], ()))


OPS = family(globals())
