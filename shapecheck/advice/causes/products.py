"""Products whose contracted axes differ: ``@``, ``dot``, ``bmm``, ``solve``, ``tensordot``."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from shapecheck.advice.causes.cause import Cause, library_of, named_size, ordinal, pair_of
from shapecheck.advice.layout import bare_name, is_gradient_name, is_turned, is_weight_name
from shapecheck.advice.rearranged import transposed, unit_axes, without_axis
from shapecheck.advice.remedies import Remedy
from shapecheck.advice.scene import shape_of
from shapecheck.advice.words import size_text
from shapecheck.dims import is_size, product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.advice.scene import Part, Scene

SOLVES = ("solve_numpy", "solve", "solve_ex")
OTHERS = ("vdot", "cross", "cross_3d", "cross_along", "cdist")  # the requirement says it all
STACKS = ("bmm", "mm", "mv", "dot_1d", "addmm", "baddbmm")


class Told(NamedTuple):
    """A story: a sentence or two, what may be written instead, and whether it says it all."""

    text: str
    ways: list[Remedy]
    is_whole: bool = False


def matmul(scene: Scene) -> Cause | None:
    """A product whose inner sizes differ."""
    pair = pair_of(scene)
    if scene.op in OTHERS:
        return None
    if pair is None or scene.fact.relation != "equals":
        return _of_scalar(scene)
    (a, i), (b, j) = pair
    left, right = named_size(a, i), named_size(b, j)
    told = _Story(scene, a, i, b, j).told()
    for part in (a, b):
        if part.rank == 1 and is_turned(part.node) and not a.rank == b.rank == 1:
            told = Told(
                f"{part.text} is 1-D: a transpose does nothing to it. {told.text}", told.ways
            )
    paired = (
        f"The {ordinal(i, a)} axis of {a.text} is paired with the {ordinal(j, b)} axis of "
        f"{b.text}: {left} != {right}."
    )
    reason = told.text if told.is_whole else f"{paired} {told.text}".rstrip()
    return Cause(f"inner sizes {left} and {right} differ", reason, tuple(told.ways))


def _of_scalar(scene: Scene) -> Cause | None:
    """A product with a single number, or with another number of axes than it takes."""
    if scene.fact.relation != "rank-at-least":
        return None
    number = next((part for part in scene.parts() if not part.rank), None)
    other = next((part for part in scene.parts() if part.rank), None)
    if number is None or other is None:
        return None
    remedy = Remedy(f"{{{number.key}}} * {{{other.key}}}").giving(other.sizes)
    reason = f"{number.text} is a single number: @ takes arrays with axes, * scales."
    return Cause(f"{number.text} has no axis to contract", reason, (remedy,))


class _Story:
    """What a mismatch of the axes `i` of `a` and `j` of `b` most probably comes from."""

    def __init__(self, scene: Scene, a: Part, i: int, b: Part, j: int) -> None:
        self.scene, self.a, self.b, self.i, self.j = scene, a, b, i, j
        self.left, self.right = a.sizes[i], b.sizes[j]

    def told(self) -> Told:
        """A sentence or two, and what may be written instead."""
        for way in (
            self._of_vectors,
            self._of_itself,
            self._of_solve,
            self._of_gradient,
            self._of_weight_first,
            self._of_stored_transposed,
            self._of_bias_column,
            self._of_other_axis,
            self._of_flat_samples,
        ):
            found = way()
            if found is not None:
                return found
        return Told("", [*self._swapped(), *self._turned(), *self._without_units()])

    def _of_vectors(self) -> Told | None:
        a, b = self.a, self.b
        if not a.rank == b.rank == 1:
            return None
        text = "Both are 1-D: .T does nothing to them, and the product is a single number."
        is_table = any(is_turned(part.node) or is_gradient_name(part.text) for part in (a, b))
        if is_table or self.scene.gradient_of is not None:
            outer = Remedy(f"{{{library_of(self.scene)}}}.outer({{{a.key}}}, {{{b.key}}})")
            return Told(text, [outer.saying("all products of the two")])
        long, short = (a, b) if a.sizes[0] == b.sizes[0] + 1 else (b, a)
        if long.sizes[0] == short.sizes[0] + 1 and is_weight_name(short.text):
            more, less = size_text(long.sizes[0]), size_text(short.sizes[0])
            text = (
                f"{more} = {less} + 1: {long.text} carries a 1 for the bias, and {short.text} has "
                "no entry for it."
            )
            ways = [Remedy(f"an entry for the bias in {short.text}, ({more},)", advice=True)]
            return Told(text, ways)
        return Told("Both are 1-D: they need as many entries, and give a single number.", [])

    def _of_itself(self) -> Told | None:
        """An array times itself."""
        same = self.a.text == self.b.text and self.a.sizes == self.b.sizes
        if not same or self.a.rank < 2:
            return None
        text = (
            f"{self.a.text} is on both sides: the products of its rows are {self.a.text} times its "
            "transpose, those of its columns the transpose times it."
        )
        return Told(text, [*transposed(self.b), *transposed(self.a)])

    def _of_solve(self) -> Told | None:
        """A stack of vectors, which NumPy 2 reads as a matrix."""
        if self.scene.op not in SOLVES or self.b.sizes != self.a.sizes[:-1]:
            return None
        called = self.scene.source(getattr(self.scene.step.node, "func", self.scene.step.node))
        a, b = self.a.key, self.b.key
        remedy = Remedy(f"{called}({{{a}}}, {{{b}}}[..., None])[..., 0]").giving(self.b.sizes)
        text = "A right-hand side of two axes is one matrix, not a stack of vectors."
        if self.scene.library == "numpy":
            text = f"Since NumPy 2.0 a{text[1:]}"
        return Told(text, [remedy])

    def _of_gradient(self) -> Told | None:
        """The products of a backward pass."""
        a, b = self.a, self.b
        if not a.rank == b.rank == 2:
            return None
        of_a, of_b = is_gradient_name(a.text), is_gradient_name(b.text)
        if not of_a and not of_b and self.scene.gradient_of is None:
            return None
        if a.sizes[0] == b.sizes[0]:
            text = (
                "The gradient of a weight is a sum over the samples: their axis "
                f"({size_text(a.sizes[0])}) has to be the inner one on both sides."
            )
            turned = Remedy(f"{{{b.key}}}.T @ {{{a.key}}}")
            return Told(text, [*transposed(a), turned, *transposed(b)])
        if of_a and is_turned(b.node) and b.sizes[-1] == self.left:
            weight = ast.unparse(b.node.value) if isinstance(b.node, ast.Attribute) else b.text
            text = (
                f"Going back, a gradient is multiplied with the transposed weight of its own "
                f"layer: {weight} gives {size_text(self.right)}, {a.text} has "
                f"{size_text(self.left)} columns. One of the two belongs to another layer."
            )
            return Told(text, [])
        if of_a and is_weight_name(b.text) and b.sizes[-1] == self.left:
            text = (
                f"Going back, the gradient of the input takes the transpose of what the forward "
                f"pass multiplied with: {b.text} is {shape_of(b.array)}."
            )
            return Told(text, list(transposed(b)))
        return None

    def _of_weight_first(self) -> Told | None:
        """``W @ X`` with samples in rows."""
        if self.a.rank != 2 or self.b.rank != 2:
            return None
        if not is_weight_name(self.a.text) or is_weight_name(self.b.text):
            return None
        if self.b.sizes[-1] == self.left:
            a, b = self.a.key, self.b.key
            text = (
                f"{self.a.text} @ {self.b.text} wants samples in columns; {self.b.text} has its "
                f"samples in rows, {size_text(self.left)} features each."
            )
            rows = Remedy(f"{{{b}}} @ {{{a}}}.T").saying("samples stay rows")
            return Told(text, [rows, next(transposed(self.b)).saying("samples become columns")])
        if self.b.sizes[-1] == self.a.sizes[0]:
            a, b = self.a.key, self.b.key
            text = (
                f"{self.a.text} is stored (n_in, n_out), as Keras does, and {self.b.text} has its "
                "samples in rows: the samples come first."
            )
            return Told(text, [Remedy(f"{{{b}}} @ {{{a}}}")])
        return None

    def _of_stored_transposed(self) -> Told | None:
        """The other axis of `b` has the size."""
        if self.b.rank < 2 or self.b.sizes[-1] != self.left or self.j != self.b.rank - 2:
            return None
        ways = self._turned()
        if self.b.rank == 2 and is_weight_name(self.b.text):
            text = f"{self.b.text} is stored (n_out, n_in), the way nn.Linear stores its weight."
            return Told(text, ways)
        return Told(f"The last axis of {self.b.text} has that size.", ways)

    def _of_bias_column(self) -> Told | None:
        """One side carries the bias: a column of ones, or a row of weights for it."""
        if not is_size(self.left) or not is_size(self.right) or self.b.rank != 2:
            return None
        left, right = size_text(self.left), size_text(self.right)
        if self.left == self.right + 1 and self.a.rank >= 2 and is_weight_name(self.b.text):
            advice = Remedy(
                f"a bias row on {self.b.text}, ({left}, {size_text(self.b.sizes[1])}); "
                "or drop the column and add b",
                advice=True,
            )
            text = (
                f"{left} = {right} + 1: {self.a.text} carries a column of ones for the bias, and "
                f"{self.b.text} has no row for it."
            )
            return Told(text, [advice])
        is_weight = is_weight_name(self.b.text) and not is_weight_name(self.a.text)
        if self.right == self.left + 1 and self.a.rank >= 2 and is_weight:
            text = f"{right} = {left} + 1: if {self.b.text} has a row for the bias, "
            text += f"{self.a.text} needs a column of ones."
            theta = bare_name(self.b.text).lower().startswith("theta")  # as regressions call it
            if theta:
                text = (
                    f"{right} = {left} + 1: {self.b.text} has a row for the bias, and "
                    f"{self.a.text} has no column of ones."
                )
            return Told(text, [self._with_ones()] if theta else [])
        return None

    def _with_ones(self) -> Remedy:
        """A column of ones in front."""
        x, rest = f"{{{self.a.key}}}", ", ".join(map(size_text, self.a.sizes[:-1]))
        if self.scene.library == "torch":
            ones = f"{{torch}}.cat([{{torch}}.ones({rest}, 1), {x}], -1)"
        elif self.a.rank == 2:
            ones = f"{{np}}.hstack([{{np}}.ones(({rest}, 1)), {x}])"
        else:
            ones = f"{{np}}.concatenate([{{np}}.ones(({rest}, 1)), {x}], axis=-1)"
        return Remedy(ones, self.a.parameter).saying("the first row is the bias")

    def _of_flat_samples(self) -> Told | None:
        """Images that a weight takes laid out flat."""
        sizes = self.a.sizes
        if len(sizes) < 3 or self.b.rank != 2 or not isinstance(self.right, int):
            return None
        if not all(isinstance(one, int) for one in sizes):
            return None
        for first in range(1, len(sizes) - 1):
            if product(sizes[first:]) == self.right:
                factors = "*".join(map(str, sizes[first:]))
                text = (
                    f"{self.right} = {factors}: {self.b.text} takes a sample laid out flat, "
                    f"{self.a.text} has it in {len(sizes) - first} axes."
                )
                return Told(text, [self._flat(first)])
        return None

    def _flat(self, first: int) -> Remedy:
        x = f"{{{self.a.key}}}"
        if self.scene.library == "torch":
            return Remedy(f"{x}.flatten({first})", self.a.parameter)
        kept = ", ".join(map(str, self.a.sizes[:first]))
        return Remedy(f"{x}.reshape({kept}, -1)", self.a.parameter)

    def _of_other_axis(self) -> Told | None:
        """Of an array of several axes, another one has the size: einsum names it."""
        if self.a.rank + self.b.rank < 5 or self.a.rank < 3:
            return None
        at = [axis for axis, size in enumerate(self.a.sizes) if size == self.right]
        if len(at) != 1:
            return None
        text = (
            f"@ contracts the last axis of {self.a.text} ({size_text(self.left)}); axis {at[0]} of "
            f"{self.a.text} has the size {size_text(self.right)} of {self.b.text}'s "
            f"{ordinal(self.j, self.b)} axis."
        )
        ways = [self._einsum(at[0])] if self.b.rank == 2 else list(transposed(self.a))
        if unit_axes(self.a) == [self.a.rank - 1]:
            ways.append(Remedy(f"{{{self.a.key}}}[..., 0]", self.a.parameter))
        elif self.b.rank == 2 and at[0] == self.a.rank - 2:
            ways += transposed(self.a)
        return Told(text, ways, is_whole=True)

    def _einsum(self, at: int) -> Remedy:
        """The contraction by letters, each axis in its place."""
        letters = iter("ijklmnopqrst")
        left = [next(letters) for _ in self.a.sizes]
        right = [left[at] if axis == self.j else next(letters) for axis in range(self.b.rank)]
        kept = [one for one in right if one != left[at]]
        result = [*left[:at], *kept, *left[at + 1 :]]
        equation = f"{''.join(left)},{''.join(right)}->{''.join(result)}"
        operands = f"{{{self.a.key}}}, {{{self.b.key}}}"
        return Remedy(f"{{{library_of(self.scene)}}}.einsum('{equation}', {operands})")

    def _swapped(self) -> Iterator[Remedy]:
        """The operands in the other order, where that fits as it is."""
        if self.a.rank == self.b.rank == 2 and self.b.sizes[-1] == self.a.sizes[0]:
            yield Remedy(f"{{{self.b.key}}} @ {{{self.a.key}}}")

    def _turned(self) -> list[Remedy]:
        ways = [*transposed(self.b), *transposed(self.a)]
        return ways if not is_weight_name(self.a.text) else ways[::-1]

    def _without_units(self) -> Iterator[Remedy]:
        for part in (self.a, self.b):
            if part.rank > 2:
                yield from (without_axis(part, axis) for axis in unit_axes(part))


# --- the number of axes of a product ------------------------------------------------------------


def product_rank(scene: Scene) -> Told | None:
    """`bmm` and `mm` take exactly so many axes; ``@`` shares one matrix among a batch."""
    arrays = scene.parts()
    if scene.op not in STACKS or len(arrays) != 2:
        return None
    a, b = arrays
    text = (
        f"{scene.step.named.rpartition('.')[2]} takes no other number of axes; @ does, and lines "
        "up the axes in front of the last two, without expand or repeat."
    )
    return Told(text, [Remedy(f"{{{a.key}}} @ {{{b.key}}}")])
