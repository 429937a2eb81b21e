"""Shapes that cannot be stretched to one shape: what most probably was meant."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapecheck.advice.causes.cause import (
    Cause,
    library_of,
    named_size,
    pair_of,
    size_of,
)
from shapecheck.advice.layout import (
    SAMPLES_LAST,
    is_bias_name,
    is_gradient_name,
    is_weight_name,
    roles,
)
from shapecheck.advice.rearranged import (
    in_order_of,
    is_reduction,
    keepdims,
    lined_up,
    padded,
    permuted,
    placed,
    transposed,
    unit_axes,
    without_axis,
)
from shapecheck.advice.remedies import Remedy, escaped
from shapecheck.advice.words import axis_text, size_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.advice.scene import Part, Scene

FROM_THE_RIGHT = "Shapes line up from the right."
STACKED = ("matmul", "bmm", "baddbmm")
ADDITIONS = ("add", "iadd", "add_")
SUMS = ("add", "iadd", "sub", "isub", "add_", "sub_")
PRODUCTS = ("mul", "imul", "multiply")


def _broadcast(scene: Scene) -> Cause | None:
    pair = pair_of(scene)
    if pair is None:
        return None
    (a, i), (b, j) = pair
    if a.rank < b.rank or (a.rank == b.rank and is_reduction(a.node)):
        (a, i), (b, j) = (b, j), (a, i)
    if scene.op in STACKED and i < a.rank - 2 + (b.rank < 2):
        return _batches(a, i, b, j)
    finding = _finding(a, i, b, j)
    return _Meeting(scene, a, i, b, j).cause(finding)


def _batches(a: Part, i: int, b: Part, j: int) -> Cause:
    """Stacks of matrices of which there are not as many."""
    left, right = named_size(a, i), named_size(b, j)
    reason = (
        "Matrix i meets matrix i: the axes in front of the last two line up from the right and "
        "have to be equal, or 1."
    )
    return Cause(f"{a.text} is a stack of {left}, {b.text} a stack of {right}", reason)


def _finding(a: Part, i: int, b: Part, j: int) -> str:
    """``b's 3 lines up with X @ W's 2, not with its first axis (3)``."""
    left, right = named_size(a, i), named_size(b, j)
    finding = f"{b.text}'s {right} lines up with {a.text}'s {left}"
    elsewhere = [at for at, size in enumerate(a.sizes) if size == b.sizes[j] and at != i]
    if elsewhere and b.rank < a.rank:
        where = axis_text(elsewhere[0], a.rank).removeprefix("the ")
        finding += f", not with its {where} ({named_size(a, elsewhere[0])})"
    return finding


class _Meeting:
    """Two arrays whose axes `i` and `j` meet and differ; `a` has as many axes or more."""

    def __init__(self, scene: Scene, a: Part, i: int, b: Part, j: int) -> None:
        self.scene, self.a, self.b, self.i, self.j = scene, a, b, i, j
        self.left, self.right = a.sizes[i], b.sizes[j]

    def cause(self, finding: str) -> Cause:
        """The likeliest story that explains it."""
        for way in (
            self._of_reduction,
            self._of_product,
            self._of_bias_by_batch,
            self._of_bias_column,
            self._of_order,
            self._of_odd_size,
            self._of_missing_axes,
            self._of_surplus_axes,
            self._of_channels,
            self._of_stride,
            self._of_length,
        ):
            found = way()
            if found is not None:
                return Cause(finding, f"{FROM_THE_RIGHT} {found[0]}".rstrip(), tuple(found[1]))
        return Cause(finding, FROM_THE_RIGHT)

    def _of_reduction(self) -> tuple[str, list[Remedy]] | None:
        """A sum that dropped the axis that it was over."""
        for part, other in ((self.b, self.a), (self.a, self.b)):
            if not is_reduction(part.node) or part.rank >= other.rank:
                continue
            node = part.node
            word = node.func.attr if isinstance(node, ast.Call) else "sum"  # type: ignore[attr-defined]
            name = {"max": "maximum", "min": "minimum", "std": "deviation", "var": "variance"}
            text = f"The {name.get(word, word)} dropped the axis that it was over."
            ways = [one.giving(other.sizes) for one in keepdims(part)]
            ways += [
                placed(part, places, other.rank).giving(other.sizes)
                for places in lined_up(other, part)
            ]
            return text, ways
        return None

    def _of_product(self) -> tuple[str, list[Remedy]] | None:
        """``*`` where a matrix product is meant."""
        name = self.scene.step.named.rpartition(".")[2]
        a, b = self.scene.parts()[:2]
        if name not in PRODUCTS or a.rank != 2 or b.rank != 2 or a.sizes == b.sizes[::-1]:
            return None
        fits = a.sizes[1] == b.sizes[0] or b.sizes[1] == a.sizes[0]
        fits = fits and a.sizes[0] != b.sizes[0]
        gradient = any(is_gradient_name(part.text) for part in (a, b))
        if not fits and not gradient and self.scene.gradient_of is None:
            return None
        ways = []
        for one, other in (a, b), (b, a):
            if one.sizes[1] == other.sizes[0]:
                ways.append(Remedy(f"{{{one.key}}} @ {{{other.key}}}"))
        for one, other in sorted(
            ((a, b), (b, a)), key=lambda two: not is_gradient_name(two[0].text)
        ):
            if one.sizes[1] == other.sizes[1]:
                ways.append(Remedy(f"{{{one.key}}} @ {{{other.key}}}.T"))
            if one.sizes[0] == other.sizes[0]:
                ways.append(Remedy(f"{{{one.key}}}.T @ {{{other.key}}}"))
        if not ways or 1 in (*a.sizes, *b.sizes):
            return None
        text = "* is element by element and needs equal sizes, or 1; a matrix product is @."
        return text, ways

    def _of_bias_by_batch(self) -> tuple[str, list[Remedy]] | None:
        """A bias that is as long as the batch, or that stands where samples are columns."""
        a, b = self.a, self.b
        if b.rank != 1 or a.rank != 2 or a.sizes[0] != b.sizes[0]:
            return None
        if not self.is_layer():
            return None
        each = placed(b, (0,), 2).giving(a.sizes)
        if roles(a.node, self.scene.source) == SAMPLES_LAST:
            text = f"In {a.text} samples are columns, so that a bias is a column, (n_out, 1)."
            return text, [each.saying("one bias for each output")]
        text = f"{b.text} is as long as the batch; a layer has one bias for each output."
        each = each.saying("one bias for each SAMPLE: rarely what a layer wants")
        return text, [*self._sized_by_outputs(), each]

    def _sized_by_outputs(self) -> list[Remedy]:
        """The bias made anew."""
        a, b = self.a, self.b
        if not isinstance(a.sizes[1], int):
            return []
        outputs = size_text(a.sizes[1])
        zeros = f"{{{library_of(self.scene)}}}.zeros({outputs})"
        is_trained = isinstance(b.node, ast.Attribute) and self.scene.library == "torch"
        made = f"{{nn}}.Parameter({zeros})" if is_trained else zeros
        title = f"{escaped(b.text)} = {made}"
        sized = Remedy(zeros, b.parameter, "one bias for each output", title=title)
        return [sized.giving(a.sizes)]

    def is_layer(self) -> bool:
        """Whether a bias is added: by its name, or because it is added to X @ W."""
        if self.scene.step.named.rpartition(".")[2] not in ADDITIONS:
            return False
        return is_bias_name(self.b.text) or bool(roles(self.a.node, self.scene.source))

    def _of_bias_column(self) -> tuple[str, list[Remedy]] | None:
        """A bias that stands as a column, where samples are rows; or as a row for columns."""
        a, b = self.a, self.b
        if a.rank != 2 or b.rank != 2 or 1 not in b.sizes:
            a, b = b, a
        if a.rank != 2 or b.rank != 2 or 1 not in b.sizes or 1 in a.sizes:
            return None
        column = b.sizes[1] == 1
        kind, other = ("column", "rows") if column else ("row", "columns")
        text = f"{b} is a {kind}; {a} has the size {size_text(self.right)} on its other axis."
        if _Meeting(self.scene, a, 0, b, 0).is_layer():
            text = (
                f"{b} is a {kind}, the layout for samples in {'columns' if column else 'rows'} "
                f"({'W @ X' if column else 'X @ W'}); here samples are {other}."
            )
        return text, [one.giving(a.sizes) for one in transposed(b)]

    def _of_order(self) -> tuple[str, list[Remedy]] | None:
        """The same sizes in another order."""
        a, b = self.a, self.b
        first, second = (a, b) if not is_weight_name(b.text) or a.rank > b.rank else (b, a)
        if isinstance(self.scene.step.node, ast.AugAssign) and second.parameter == "a":
            first, second = second, first
        order = in_order_of(second, first.sizes[first.rank - second.rank :])
        if order is None or second.rank < 2:
            return None
        if second.rank == 2:
            text = f"{second.text} is transposed: {first.text} has the same sizes the other way."
            if is_gradient_name(second.text):
                text += " A gradient has the shape of what it is the gradient of."
        else:
            text = f"{second.text} has the sizes of {first.text} in another order."
            text += _channels_story(second)
        return text, [permuted(second, order).giving(first.sizes)]

    def _of_odd_size(self) -> tuple[str, list[Remedy]] | None:
        """Sizes of images that are one apart."""
        a, b = self.a, self.b
        if a.rank != b.rank or a.rank < 3 or self.i < 2 - (a.rank == 3):
            return None
        counts = [m - n if _are_ints(m, n) else None for m, n in zip(a.sizes, b.sizes, strict=True)]
        if not all(count in (-1, 0, 1) for count in counts):
            return None
        text = odd_size_story(self.left, self.right)
        less, more = (b, a) if all(count is not None and count >= 0 for count in counts) else (a, b)
        gaps = [abs(count) for count in counts if count is not None]
        remark = "a border of zeros"
        return text, [padded(less, gaps).giving(more.sizes).saying(remark)]

    def _of_missing_axes(self) -> tuple[str, list[Remedy]] | None:
        """An array that lacks axes which the other one has."""
        a, b = self.a, self.b
        ways = [placed(b, places, a.rank).giving(a.sizes) for places in lined_up(a, b)]
        if not ways:
            return None
        return "", ways

    def _of_surplus_axes(self) -> tuple[str, list[Remedy]] | None:
        """An axis of size 1 that keeps the others from meeting."""
        a, b = self.a, self.b
        ways = []
        for part, other in ((a, b), (b, a)):
            for axis in unit_axes(part):
                rest = (*part.sizes[:axis], *part.sizes[axis + 1 :])
                if rest == other.sizes:
                    ways.append(without_axis(part, axis).giving(rest))
        if not ways:
            return None
        return "An axis of size 1 stands between axes that would meet.", ways

    def _of_channels(self) -> tuple[str, list[Remedy]] | None:
        """A skip connection past a block that changes the channels."""
        a, b = self.a, self.b
        if a.rank != b.rank or a.rank < 3 or self.i != 1 or self.scene.library != "torch":
            return None
        if (*a.sizes[:1], *a.sizes[2:]) != (*b.sizes[:1], *b.sizes[2:]):
            return None
        is_sum = self.scene.step.named.rpartition(".")[2] in SUMS
        if (
            not is_sum
            or not _are_ints(self.left, self.right)
            or "int" in (a.array.dtype, b.array.dtype)
        ):
            return None
        past = min((a, b), key=lambda part: len(part.text))
        other = b if past is a else a
        kind = f"Conv{a.rank - 2}d"
        sizes = f"{past.sizes[1]}, {other.sizes[1]}, 1"
        text = (
            f"Only axis 1 differs, the channels ({size_text(self.left)} and "
            f"{size_text(self.right)}): a skip connection needs as many on both sides."
        )
        template = f"{{nn}}.{kind}({sizes})({{{past.key}}})"
        remark = "a 1x1 convolution on the way past"
        return text, [Remedy(template, past.parameter, remark)]

    def _of_stride(self) -> tuple[str, list[Remedy]] | None:
        """Maps of which one is so many times smaller."""
        a, b = self.a, self.b
        if a.rank != b.rank or a.rank < 3 or not _are_ints(*a.sizes, *b.sizes):
            return None
        differ = [at for at, (m, n) in enumerate(zip(a.sizes, b.sizes, strict=True)) if m != n]
        small, large = (a, b) if self.left < self.right else (b, a)
        step = round(large.sizes[self.i] / small.sizes[self.i]) if small.sizes[self.i] else 0
        is_step = (
            step > 1
            and min(differ) > 1
            and all(
                -(-large.sizes[at] // step) == small.sizes[at]
                or large.sizes[at] // step == small.sizes[at]
                for at in differ
            )
        )
        if not is_step:
            return None
        text = (
            f"{small.text} is {step} times smaller: one of the two ways has a stride (or a "
            f"pooling) of {step} that the other lacks."
        )
        return text, []

    def _of_length(self) -> tuple[str, list[Remedy]] | None:
        """Arrays that agree in all axes but one: another batch, or a table that is too short."""
        a, b = self.a, self.b
        rest = a.sizes[a.rank - b.rank :]
        differ = [
            at for at, (m, n) in enumerate(zip(rest, b.sizes, strict=True)) if n not in (m, 1)
        ]
        if len(differ) != 1 or b.rank < 2:
            return None
        [at] = differ
        left, right = size_text(rest[at]), size_text(b.sizes[at])
        if at or a.rank != b.rank:
            text = f"Only axis {at} of {b.text} differs: it has {right} entries, {a.text} {left}."
            return text, list(self._cut(b, at, rest[at]))
        text = (
            f"Only the first axis differs ({left} and {right}): slices with other ends, or, "
            "if it is the batch, one that was made for another batch."
        )
        return text, list(self._pairs())

    def _pairs(self) -> Iterator[Remedy]:
        """Each row with each, as for distances."""
        a, b = self.scene.parts()[:2]
        if self.scene.step.named == "operator.sub" and a.rank == b.rank == 2:
            yield placed(a, (0, 2), 3).saying("each row with each, if pairs are meant")

    def _cut(self, part: Part, at: int, size: object) -> Iterator[Remedy]:
        """The first entries of the longer one."""
        own = part.sizes[at]
        if isinstance(own, int) and isinstance(size, int) and own > size and at == 0:
            remark = f"the first {size} of {own}"
            yield Remedy(f"{{{part.key}}}[:{size}]", part.parameter, remark)


def _are_ints(*sizes: object) -> bool:
    return all(isinstance(size, int) for size in sizes)


def _channels_story(part: Part) -> str:
    """Whether an image has its channels last."""
    if part.sizes[-1] in (1, 3, 4) and part.sizes[0] not in (1, 3, 4):
        return f" Its last axis ({size_text(part.sizes[-1])}) looks like channels."
    return ""


def odd_size_story(left: object, right: object) -> str:
    """What sizes that are one apart are the mark of."""
    return (
        f"{size_of(left)} and {size_of(right)} are one apart: the mark of an odd size that was "
        "halved and rounded down, or of a missing output_padding on the way up."
    )


CAUSES = {"broadcast": _broadcast}
