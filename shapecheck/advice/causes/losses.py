"""Losses: predictions and targets that do not fit; a backward pass from several numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecheck.advice.causes.cause import Cause, called_with, sentence, why_text
from shapecheck.advice.rearranged import permuted, unit_axes, with_axis, without_axis
from shapecheck.advice.remedies import Remedy
from shapecheck.advice.scene import shape_of
from shapecheck.advice.words import counted, size_text, tuple_text
from shapecheck.dims import product

if TYPE_CHECKING:
    from shapecheck.advice.scene import Part, Scene

OF_CLASSES = ("cross_entropy", "nll_loss")
NAMES = {"cross_entropy": "Cross entropy", "nll_loss": "NLL"}


def _target(scene: Scene) -> Cause | None:
    prediction, target = scene.part("input"), scene.part("target")
    if prediction is None or target is None:
        return None
    if "weight" in {name for name, _ in scene.places}:
        return None
    if scene.op.removesuffix("_module") in OF_CLASSES and target.array.dtype != "float":
        return _of_classes(scene, prediction, target)
    return _of_equals(scene, prediction, target)


# --- a class for each row -----------------------------------------------------------------------


def _of_classes(scene: Scene, scores: Part, target: Part) -> Cause:
    wanted = (*scores.sizes[:1], *scores.sizes[2:])
    rank = scores.rank
    if rank >= 3 and target.sizes == scores.sizes[:-1]:
        return _classes_last(scene, scores, target)
    if target.sizes == scores.sizes:
        return _one_hot(scores, target)
    if target.rank == rank and 1 in target.sizes[1:]:
        axis = next(at for at, size in enumerate(target.sizes) if size == 1 and at)
        finding = f"{target} has one axis too many"
        reason = (
            f"Cross entropy wants one class for each row, {_tuple(wanted)}; {target.text} has one "
            "axis too many."
        )
        return Cause(finding, reason, (without_axis(target, axis),))
    if rank == 2 and target.rank == 1:
        return _other_rows(scores, target)
    if rank == 3 and target.rank == 1 and target.sizes == scores.sizes[:1]:
        return _unpooled(scores, target)
    finding = f"{target} as targets for scores {scores}"
    loss = NAMES.get(scene.op, "The loss")
    reason = f"{loss} takes axis 1 as the classes and wants targets {_tuple(wanted)}."
    ways = [without_axis(target, one) for one in unit_axes(target)]
    ways += [without_axis(scores, one) for one in unit_axes(scores)]
    if target.rank == 1 and rank > 2 and product(scores.sizes[:-1]) == target.sizes[0]:
        flat = f"{{{scores.key}}}.flatten(0, {rank - 2})"
        ways.append(Remedy(called_with(scene, flat, f"{{{target.key}}}")))
    ways += [_flat(scene, scores, target)] if target.rank > 1 else []
    if rank == 1 and target.rank == 0:
        ways = []
    return Cause(finding, reason, tuple(ways))


def _classes_last(scene: Scene, scores: Part, target: Part) -> Cause:
    """Scores with the classes behind the places."""
    read, classes = scores.sizes[1], scores.sizes[-1]
    wanted = (scores.sizes[0], *scores.sizes[2:])
    reason = (
        f"Cross entropy takes axis 1 as the classes: it reads {size_text(read)} classes and wants "
        f"targets {_tuple(wanted)}. Here the classes are the last axis ({size_text(classes)})."
    )
    order = [0, scores.rank - 1, *range(1, scores.rank - 1)]
    finding = f"the classes of {scores} are not at axis 1 (the targets are {target})"
    return Cause(finding, reason, (permuted(scores, order), _flat(scene, scores, target)))


def _flat(scene: Scene, scores: Part, target: Part) -> Remedy:
    """All places of all samples as rows."""
    end = f"0, {scores.rank - 2}"
    flat = f"{{{scores.key}}}.flatten({end})"
    return Remedy(called_with(scene, flat, f"{{{target.key}}}.flatten()"))


def _unpooled(scores: Part, target: Part) -> Cause:
    """Scores for each place of a sample, and one target for all of it."""
    places = size_text(scores.sizes[1])
    finding = f"{scores} has {places} scores for each of the {size_text(target.sizes[0])} targets"
    reason = (
        f"{target} has one class for each sample; {scores.text} still has the {places} places of "
        "a sample, which have to be pooled to one: their mean, or the last of them."
    )
    mean = Remedy(f"{{{scores.key}}}.mean(1)", scores.parameter, f"the mean over {places} places")
    return Cause(finding, reason, (mean,))


def _one_hot(scores: Part, target: Part) -> Cause:
    """Integers of the scores' shape: one-hot rows."""
    finding = f"{target} has the shape of {scores}, and whole numbers"
    reason = (
        "Whole numbers are class indices, one for each row; one-hot rows have to be floats, or be "
        "turned into indices."
    )
    dim = 1 if scores.rank > 1 else 0
    ways = (
        Remedy(f"{{{target.key}}}.argmax({dim})", target.parameter),
        Remedy(f"{{{target.key}}}.float()", target.parameter),
    )
    return Cause(finding, reason, ways)


def _other_rows(scores: Part, target: Part) -> Cause:
    """As many rows as something that is not the batch."""
    rows, targets = scores.sizes[0], target.sizes[0]
    finding = (
        f"{size_text(rows)} rows of {scores.text} for {size_text(targets)} targets of {target.text}"
    )
    reason = "Each row needs one target."
    if isinstance(rows, int) and isinstance(targets, int) and targets and rows % targets == 0:
        times = rows // targets
        many = {2: "twice", 3: "three times"}.get(times, f"{times} times")
        if rows == targets:
            many = ""
        if times > 1:
            reason = (
                f"{scores.text} has {many} as many rows: {times} rows for each target. Two "
                "batches may have been joined in front, or samples cut into pieces, as view(-1, n) "
                "does."
            )
            finding = f"{size_text(rows)} rows of {scores.text} for {size_text(targets)} targets"
    elif isinstance(rows, int) and isinstance(targets, int) and rows and targets % rows == 0:
        reason = (
            f"{target.text} has {targets // rows} targets for each row: places and samples are in "
            "one axis there, or only the last step of each sample was scored."
        )
    return Cause(finding, reason)


# --- the same shape -----------------------------------------------------------------------------


def _of_equals(scene: Scene, prediction: Part, target: Part) -> Cause:
    same = product(prediction.sizes) == product(target.sizes)
    finding = f"target {target} for prediction {prediction}"
    reason = sentence(why_text(scene))
    if same and abs(prediction.rank - target.rank) == 1:
        longer = prediction if prediction.rank > target.rank else target
        count = size_text(product(prediction.sizes))
        reason = (
            f"{longer.text} {shape_of(longer.array)} holds the same {count} numbers, one axis more."
        )
    elif prediction.rank == target.rank:
        reason = "Prediction and target need the same shape, number for number."
    ways = [without_axis(prediction, one) for one in unit_axes(prediction)]
    ways += [with_axis(target, at) for at in range(1, target.rank + 1)]
    ways += [without_axis(target, one) for one in unit_axes(target)]
    if not same:
        ways = []  # other numbers would only be stretched, each against each
    if prediction.rank == target.rank == 2 and prediction.sizes == target.sizes[::-1]:
        ways.insert(0, Remedy(f"{{{target.key}}}.T", target.parameter))
    return Cause(finding, reason, tuple(ways))


def _tuple(sizes: tuple[object, ...]) -> str:
    return tuple_text(map(size_text, sizes))  # type: ignore[arg-type]


# --- backward -------------------------------------------------------------------------------------


def _backward(scene: Scene) -> Cause | None:
    y, gradient = scene.part("a"), scene.part("gradient")
    if y is not None and gradient is not None:
        finding = f"the gradient {gradient} has another shape than {y}"
        return Cause(finding, "A gradient has the shape of what it is the gradient of.")
    if y is None:
        return None
    count = size_text(product(y.sizes))
    finding = f"backward starts from one number, {y.text} has {count} numbers"
    reason = (
        f"A gradient is that of one number, the loss: {y.text} has {count} numbers in "
        f"{counted(y.rank, 'axis')}. Their mean, or their sum, is one."
    )
    ways = [
        Remedy(f"{{{y.key}}}.{way}().backward()").saying(remark)
        for way, remark in (("mean", "the loss per number"), ("sum", "the loss of all"))
    ]
    return Cause(finding, reason, tuple(ways))


CAUSES = {"loss-target": _target, "backward-scalar": _backward}
