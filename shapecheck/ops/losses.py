"""Losses, with all forms of their targets, as functions and as modules."""

from __future__ import annotations

from shapecheck.dims import UNIT, Axis, Shape, Size, product
from shapecheck.facts import all_hold, any_holds
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import Anything, Count, Flag, MaybeTensor, Sizes, Tensor, Word
from shapecheck.ops._values import Array
from shapecheck.ops.neural import distances, expands, is_empty, same_sizes

BOTH = (("input", None), ("target", None))
STRETCHED = Why("loss-target", "input and target have to be stretched to one shape", BOTH)


def reduced(shape: Shape, reduction: str) -> Shape:
    """The shape of a loss: that of its terms, or a single number."""
    return shape if reduction == "none" else ()


# --- one term for each element ----------------------------------------------------------------

# Where `size_average` and `reduce` are passed, which override the reduction, nothing binds: so
# the reduction is by keyword only in all spellings in which they come first.


@op(
    functional=[
        "mse_loss|l1_loss(input, target, *, reduction, weight)",
        "huber_loss(input, target, reduction, delta, weight)",
    ],
    module=["MSELoss|L1Loss(*, reduction)", "HuberLoss(reduction, delta)"],
    stored="reduction",
)
def elementwise_loss(
    input: Tensor,
    target: Tensor,
    reduction: Word = "mean",
    weight: MaybeTensor = None,
    *,
    need: Need,
) -> Shape:
    """(*s), (*s) -> () or, without a reduction, (*s); torch stretches them, and only warns.

    torch's "torch.nn.functional.mse_loss", "huber_loss".
    """
    axes = need.broadcast(input.shape, target.shape, why=STRETCHED)
    if weight is not None:
        same_sizes(need, "weight", weight, input.sizes, "loss-target")
        axes = need.broadcast(axes, weight.shape, why=STRETCHED)
    return reduced(axes, reduction)


@op(
    functional=[
        "smooth_l1_loss(input, target, *, reduction, beta)",
        "kl_div(input, target, *, reduction, log_target)",
        "hinge_embedding_loss(input, target, margin, *, reduction)",
        "poisson_nll_loss(input, target, log_input, full, *, eps, reduction)",
    ],
    module=[
        "SmoothL1Loss(*, reduction, beta)",
        "KLDivLoss(*, reduction, log_target)",
        "HingeEmbeddingLoss(margin, *, reduction)",
        "PoissonNLLLoss(log_input, full, *, eps, reduction)",
    ],
    stored="reduction",
)
def stretched_loss(input: Tensor, target: Tensor, reduction: Word = "mean", *, need: Need) -> Shape:
    """(*s), (*t) -> () or, without a reduction, the shape that both are stretched to.

    torch's "torch.nn.functional.smooth_l1_loss", "kl_div".
    """
    return reduced(need.broadcast(input.shape, target.shape, why=STRETCHED), reduction)


@op(
    functional="binary_cross_entropy(input, target, weight, *, reduction)",
    module="BCELoss(weight, *, reduction)",
    stored="weight reduction",
)
def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: MaybeTensor = None,
    reduction: Word = "mean",
    *,
    need: Need,
) -> Shape:
    """(*s), (*s) -> () or, without a reduction, (*s); the weight is stretched to (*s).

    torch's "torch.nn.functional.binary_cross_entropy".
    """
    same_sizes(need, "target", target, input.sizes, "loss-target")
    if weight is not None:
        expands(need, "weight", weight, input.shape, "loss-target")
    return reduced(input.shape, reduction)


@op(
    functional="binary_cross_entropy_with_logits(input, target, weight, *, reduction, pos_weight)",
    module="BCEWithLogitsLoss(weight, *, reduction, pos_weight)",
    stored="weight reduction pos_weight",
)
def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: MaybeTensor = None,
    reduction: Word = "mean",
    pos_weight: MaybeTensor = None,
    *,
    need: Need,
) -> Shape:
    """(*s), (*s) -> () or, without a reduction, (*s); the weights are stretched to (*s).

    torch's "torch.nn.functional.binary_cross_entropy_with_logits".
    """
    same_sizes(need, "target", target, input.sizes, "loss-target")
    for name, array in (("weight", weight), ("pos_weight", pos_weight)):
        if array is not None:
            expands(need, name, array, input.shape, "loss-target")
    return reduced(input.shape, reduction)


@op(
    functional="soft_margin_loss(input, target, *, reduction)",
    module="SoftMarginLoss(*, reduction)",
    stored="reduction",
)
def soft_margin_loss(
    input: Tensor, target: Tensor, reduction: Word = "mean", *, need: Need
) -> Shape:
    """(*s), (*s) -> () or, without a reduction, (*s); the target is stretched to (*s).

    torch's "torch.nn.functional.soft_margin_loss".
    """
    expands(need, "target", target, input.shape, "loss-target")
    return reduced(input.shape, reduction)


@op(
    functional="gaussian_nll_loss(input, target, var, full, eps, reduction)",
    module="GaussianNLLLoss(*, full, eps, reduction)",
    stored="reduction",
)
def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Anything, reduction: Word = "mean", *, need: Need
) -> Shape:
    """(*s), (*s), var (*s), (*s, 1) or without the last axis -> () or, without a reduction, (*s).

    torch's "torch.nn.functional.gaussian_nll_loss".
    """
    shapes = [input.shape, target.shape]
    if isinstance(var, Array) and not var.is_open:
        shapes.append(_variances(need, input, var))
    elif not isinstance(var, (int, float)):
        need.undecided("var is not known")
    return reduced(need.broadcast(*shapes, why=STRETCHED), reduction)


def _variances(need: Need, input: Array, var: Array) -> Shape:
    """The axes of the variances, with one more if they lack the last."""
    why = Why("loss-target", "var has to have the input's shape", (("var", None),))
    if var.rank == input.rank - 1:
        same_sizes(need, "var", var, input.sizes[:-1], "loss-target")
        return (*var.shape, UNIT)
    need.record(var.rank, "rank", (input.rank,), why, var.rank == input.rank)
    units = 0
    for axis, wanted in zip(var.shape, input.shape, strict=True):
        same = need.assume.equal(axis.size, wanted.size)
        if need.decided(same, "which of the variances are stretched is not known"):
            continue
        units += need.known(axis.size, "an axis of var")
    different = any(axis.size != one.size for axis, one in zip(var.shape, input.shape, strict=True))
    need.record(var, "broadcasts", input, why, units == 1 or not different)
    return var.shape


# --- a class for each row ---------------------------------------------------------------------


def of_classes(need: Need, input: Array, target: Array) -> Shape:
    """Require class indices to fit (C), (N, C) or (N, C, *d); the shape of the terms."""
    need.rank_at_least("input", input, 1, "loss-target")
    classes = input.shape[min(input.rank - 1, 1)].size
    if input.rank == 1:
        need.rank("target", target, 0, 1, why="loss-target")
        rows: Shape = ()
        if target.rank:
            why = Why("loss-target", "a single row has a single class", (("target", 0),))
            need.equal(target.shape[0].size, 1, why)
    else:
        rows = (input.shape[0], *input.shape[2:])
        need.rank("target", target, len(rows), why="loss-target")
        for place, (axis, row) in enumerate(zip(target.shape, rows, strict=True)):
            places = (("input", place + (place > 0)), ("target", place))
            text = "the target has to have the input's shape without the classes"
            need.equal(axis.size, row.size, Why("loss-target", text, places))
    why = Why("loss-target", "there have to be classes", (("input", min(input.rank - 1, 1)),))
    some = any_holds(need.assume.at_least(classes, 1), is_empty(need, target.shape))
    need.true(some, why, classes, 1)
    return rows


def class_weights(need: Need, weight: Array | None, input: Array, *, loose: bool = False) -> None:
    """Require one weight per class; `loose`: torch only counts them."""
    if weight is None:
        return
    why = Why("loss-target", "there has to be a weight for each class", (("weight", 0),))
    fits = need.assume.equal(product(weight.sizes), input.shape[min(input.rank - 1, 1)].size)
    if weight.rank != 1 and loose and fits is not False:
        need.undecided("the weights are not in a row")
    need.record(weight.rank, "rank", (1,), why, weight.rank == 1 or (loose and fits is not False))
    need.record(weight, "equals", input, why, fits)


@op(
    functional="cross_entropy(input, target, weight, *, ignore_index, reduction, label_smoothing)",
    module="CrossEntropyLoss(weight, *, ignore_index, reduction, label_smoothing)",
    stored="weight reduction",
)
def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: MaybeTensor = None,
    reduction: Word = "mean",
    *,
    need: Need,
) -> Shape:
    """(N, C, *d) with classes (N, *d) or probabilities (N, C, *d) -> () or, unreduced, (N, *d).

    torch's "torch.nn.functional.cross_entropy": only equal shapes make them probabilities.
    """
    if _are_probabilities(need, input, target):
        need.rank_at_least("input", input, 1, "loss-target")
        same_sizes(need, "target", target, input.sizes, "loss-target")
        rows = (input.shape[0], *input.shape[2:]) if input.rank > 1 else ()
        class_weights(need, weight, input)
    else:
        rows = of_classes(need, input, target)
        class_weights(need, weight, input, loose=input.rank > 2)
    return reduced(rows, reduction)


def _logits(need: Need, input: Array, classes: Shape) -> Array:
    """What a linear layer with weights (C, *d, n) makes of (N, n) or (n)."""
    need.rank("input", input, 1, 2)
    if len(classes) > 1:
        need.rank("input", input, 2)
    return input.with_axes((*input.shape[:-1], *classes))


@op(
    functional="linear_cross_entropy(input, linear_weight, target, *, linear_bias, weight, "
    "reduction, ignore_index, label_smoothing, options)"
)
def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    linear_bias: MaybeTensor = None,
    weight: MaybeTensor = None,
    reduction: Word = "mean",
    *,
    need: Need,
) -> Shape:
    """(N, n), weights (C, *d, n), target (N, *d) or (N, C, *d) -> () or, unreduced, (N, *d).

    torch's "torch.nn.functional.linear_cross_entropy".
    """
    need.rank_at_least("linear_weight", linear_weight, 2)
    *classes, features = linear_weight.shape
    logits = _logits(need, input, tuple(classes))
    text = "the weight has to have as many columns as the input has features"
    places = (("input", input.rank - 1), ("linear_weight", linear_weight.rank - 1))
    need.equal(input.shape[-1].size, features.size, Why("linear-in-features", text, places))
    if linear_bias is not None:
        sizes = [axis.size for axis in classes]
        same_sizes(need, "linear_bias", linear_bias, sizes, "linear-in-features")
    loss: Shape = cross_entropy.rule(logits, target, weight, reduction, need=need)
    return loss


@op(
    module="LinearCrossEntropyLoss(in_features, num_classes, *, out_features, bias, device, dtype, "
    "reduction, weight, ignore_index, label_smoothing, options)",
    stored="in_features num_classes out_features weight reduction",
)
def linear_cross_entropy_module(
    input: Tensor,
    target: Tensor,
    in_features: Count,
    num_classes: Count,
    out_features: Sizes = (),
    weight: MaybeTensor = None,
    reduction: Word = "mean",
    *,
    need: Need,
) -> Shape:
    """(N, n), target (N, *d) or (N, C, *d) -> () or, unreduced, (N, *d).

    torch's "torch.nn.LinearCrossEntropyLoss".
    """
    sizes = [need.count(one, "num_classes") for one in (num_classes, *out_features)]
    need.count(in_features, "in_features")
    if weight is not None:
        same_sizes(need, "weight", weight, sizes[:1], "loss-target")
    logits = _logits(need, input, tuple(map(Axis, sizes)))
    why = Why("linear-in-features", "the layer is made for other features", (("input", -1),))
    need.equal(input.shape[-1].size, in_features, why)
    loss: Shape = cross_entropy.rule(logits, target, weight, reduction, need=need)
    return loss


def _are_probabilities(need: Need, input: Array, target: Array) -> bool:
    if target.dtype in ("float", "complex"):
        return True
    same: bool | None = input.rank == target.rank
    for left, right in zip(input.shape, target.shape, strict=False):
        same = all_hold(same, need.assume.equal(left.size, right.size))
    if not target.dtype:
        return need.decided(same, "whether the target has the input's shape is not known")
    why = Why("loss-target", "a target of classes lacks the input's axis of them", BOTH)
    need.true(None if same is None else not same, why, input, target)
    return False


@op(
    functional="nll_loss(input, target, weight, *, ignore_index, reduction)",
    module="NLLLoss|NLLLoss2d(weight, *, ignore_index, reduction)",
    stored="weight reduction",
)
def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: MaybeTensor = None,
    reduction: Word = "mean",
    *,
    need: Need,
) -> Shape:
    """(N, C, *d), classes (N, *d) -> () or, without a reduction, (N, *d).

    torch's "torch.nn.functional.nll_loss".
    """
    rows = of_classes(need, input, target)
    class_weights(need, weight, input, loose=input.rank > 2)
    return reduced(rows, reduction)


def _matrix_of_classes(need: Need, input: Array) -> tuple[Shape, Size]:
    """Require (N, C), (C) or a number, with classes; the axis of rows, and how many classes."""
    need.rank("input", input, 0, 1, 2, why="loss-target")
    classes = input.shape[-1].size if input.rank else 1
    why = Why("loss-target", "there have to be classes", (("input", input.rank - 1),))
    need.at_least(classes, 1, why)
    return input.shape[:-1], classes


@op(
    functional="multi_margin_loss(input, target, p, margin, weight, *, reduction)",
    module="MultiMarginLoss(p, margin, weight, *, reduction)",
    stored="weight reduction",
)
def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: MaybeTensor = None,
    reduction: Word = "mean",
    *,
    need: Need,
) -> Shape:
    """(N, C), classes (N) -> () or, without a reduction, (N).

    torch's "torch.nn.functional.multi_margin_loss".
    """
    rows, classes = _matrix_of_classes(need, input)
    need.rank("target", target, 0, 1, why="loss-target")
    why = Why("loss-target", "the target has to have a class for each row", BOTH)
    need.equal(product(target.sizes), product(axis.size for axis in rows), why)
    if weight is not None:
        same_sizes(need, "weight", weight, (classes,), "loss-target")
    return reduced(target.shape, reduction)


@op(
    functional="multilabel_margin_loss(input, target, *, reduction)",
    module="MultiLabelMarginLoss(*, reduction)",
    stored="reduction",
)
def multilabel_margin_loss(
    input: Tensor, target: Tensor, reduction: Word = "mean", *, need: Need
) -> Shape:
    """(N, C), classes (N, C) -> () or, without a reduction, (N).

    torch's "torch.nn.functional.multilabel_margin_loss".
    """
    rows, classes = _matrix_of_classes(need, input)
    if input.rank == 2:
        same_sizes(need, "target", target, input.sizes, "loss-target")
    else:
        need.rank("target", target, 0, 1, why="loss-target")
        why = Why("loss-target", "the target has to have the input's size", BOTH)
        need.equal(product(target.sizes), classes, why)
    return reduced(rows, reduction)


@op(
    functional="multilabel_soft_margin_loss(input, target, weight, *, reduction)",
    module="MultiLabelSoftMarginLoss(weight, *, reduction)",
    stored="weight reduction",
)
def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: MaybeTensor = None,
    reduction: Word = "mean",
    *,
    need: Need,
) -> Shape:
    """(*s, C), (*s, C) -> () or, without a reduction, (*s); all are stretched to one shape.

    torch's "torch.nn.functional.multilabel_soft_margin_loss".
    """
    need.rank_at_least("input", input, 1, "loss-target")
    axes = need.broadcast(input.shape, target.shape, why=STRETCHED)
    if weight is not None:
        axes = need.broadcast(axes, weight.shape, why=STRETCHED)
    classes = input.rank - 1  # counted from the left, also where the others have more axes
    return reduced((*axes[:classes], *axes[classes + 1 :]), reduction)


# --- losses of pairs and triples --------------------------------------------------------------


def _same_ranks(need: Need, **arrays: Array) -> None:
    (first, array), *others = arrays.items()
    for name, other in others:
        places = ((first, None), (name, None))
        why = Why("loss-target", "all have to have the same number of axes", places)
        need.record(array.rank, "same-rank", other.rank, why, array.rank == other.rank)


@op(
    functional="margin_ranking_loss(input1, input2, target, margin, *, reduction)",
    module="MarginRankingLoss(margin, *, reduction)",
    stored="reduction",
)
def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, reduction: Word = "mean", *, need: Need
) -> Shape:
    """(*s), (*s), (*s) -> () or, without a reduction, (*s).

    torch's "torch.nn.functional.margin_ranking_loss".
    """
    _same_ranks(need, input1=input1, input2=input2, target=target)
    axes = need.broadcast(input1.shape, input2.shape, target.shape, why=STRETCHED)
    return reduced(axes, reduction)


@op(
    functional="cosine_embedding_loss(input1, input2, target, margin, *, reduction)",
    module="CosineEmbeddingLoss(margin, *, reduction)",
    stored="reduction",
)
def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, reduction: Word = "mean", *, need: Need
) -> Shape:
    """(N, D), (N, D), (N) -> () or, without a reduction, (N); or (D), (D), ().

    torch's "torch.nn.functional.cosine_embedding_loss".
    """
    need.rank("target", target, 0, 1, why="loss-target")
    need.rank("input1", input1, target.rank + 1, why="loss-target")
    need.rank("input2", input2, target.rank + 1, why="loss-target")
    axes = need.broadcast(input1.shape, input2.shape, why=STRETCHED)
    return reduced(need.broadcast(axes[:-1], target.shape, why=STRETCHED), reduction)


@op(
    functional="triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, *, "
    "reduction)",
    module="TripletMarginLoss(margin, p, eps, swap, *, reduction)",
    stored="swap reduction",
)
def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    swap: Flag = False,
    reduction: Word = "mean",
    *,
    need: Need,
) -> Shape:
    """(*batch, D), (*batch, D), (*batch, D) -> () or, without a reduction, (*batch).

    torch's "torch.nn.functional.triplet_margin_loss".
    """
    _same_ranks(need, anchor=anchor, positive=positive, negative=negative)
    pairs = [(anchor, positive), (anchor, negative), *([(positive, negative)] if swap else [])]
    shapes = [distances(need, left, right, keepdim=False) for left, right in pairs]
    return reduced(need.broadcast(*shapes, why=STRETCHED), reduction)


@op(
    functional="triplet_margin_with_distance_loss(anchor, positive, negative, *, "
    "distance_function, margin, swap, reduction)",
    module="TripletMarginWithDistanceLoss(*, distance_function, margin, swap, reduction)",
    stored="distance_function swap reduction",
)
def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    distance_function: Anything = None,
    swap: Flag = False,
    reduction: Word = "mean",
    *,
    need: Need,
) -> Shape:
    """(*batch, D), (*batch, D), (*batch, D) -> () or, without a reduction, (*batch).

    torch's "torch.nn.functional.triplet_margin_with_distance_loss".
    """
    _same_ranks(need, anchor=anchor, positive=positive, negative=negative)
    if distance_function is None:
        return triplet_margin_loss.rule(anchor, positive, negative, swap, reduction, need=need)  # type: ignore[no-any-return]
    if reduction == "none":
        need.undecided("the distance is a function of the caller's")
    return ()


@op(
    dtype="float",
    functional="ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, reduction, "
    "zero_infinity)",
    module="CTCLoss(blank, reduction, zero_infinity)",
    stored="reduction",
)
def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Anything,
    target_lengths: Anything,
    reduction: Word = "mean",
    *,
    need: Need,
) -> Shape:
    """(T, N, C), targets (N, S) or all in a row, lengths (N) -> () or, unreduced, (N).

    torch's "torch.nn.functional.ctc_loss"; without the batch axis for a single sequence.
    """
    need.rank("log_probs", log_probs, 2, 3, why="loss-target")
    need.rank("targets", targets, 1, 2, why="loss-target")
    batch = log_probs.shape[1:-1]
    for name, lengths in (("input_lengths", input_lengths), ("target_lengths", target_lengths)):
        _lengths(need, name, lengths, batch[0].size if batch else 1)
    if targets.rank == 2:
        why = Why("loss-target", "there have to be targets for each sequence", (("targets", 0),))
        need.equal(targets.shape[0].size, batch[0].size if batch else 1, why)
    steps = need.assume.at_least(log_probs.shape[0].size, 1)
    full = targets.rank == 2 and is_empty(need, targets.shape) is False
    why = Why("loss-target", "there have to be as many steps and targets as the lengths tell")
    need.true(True if steps and full else None, why)
    return reduced(batch, reduction)


def _lengths(need: Need, name: str, lengths: object, count: Size) -> None:
    if isinstance(lengths, (tuple, list)):
        lengths = Array((Axis(len(lengths)),))
    if not isinstance(lengths, Array) or lengths.is_open:
        return
    why = Why("loss-target", "there has to be a length for each sequence", ((name, 0),))
    need.equal(product(lengths.sizes), count, why)


OPS = family(globals())
