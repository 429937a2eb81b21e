"""Contractions by named axes: ``einsum`` and ``tensordot``."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from shapecheck.advice.causes.cause import Cause, library_of, pair_of, why_text
from shapecheck.advice.causes.products import matmul
from shapecheck.advice.remedies import Remedy
from shapecheck.advice.scene import shape_of
from shapecheck.advice.words import counted, listed, size_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.advice.scene import Part, Scene


def _einsum(scene: Scene) -> Cause | None:
    equation = scene.argument("equation")
    fact, parts = scene.fact, scene.parts()
    if not isinstance(equation, str):
        return None
    terms = equation.replace(" ", "").partition("->")[0].split(",")
    if fact.relation == "rank":
        return _of_term(scene, equation, terms)
    pair = pair_of(scene)
    if pair is None:
        if len(terms) != len(parts):
            found = f"'{equation}' has {len(terms)} terms for {len(parts)} arrays"
            return Cause(found, "Each array needs a term of its own, separated by commas.")
        return None
    (a, i), (b, j) = pair
    left, right = size_text(a.sizes[i]), size_text(b.sizes[j])
    letter = why_text(scene).partition(" ")[0]
    reason = (
        f"In '{equation}', {letter} stands for axis {i} of {a.text} and axis {j} of {b.text}: "
        "one letter, one size."
    )
    return Cause(
        f"{letter} is {left} in {a.text} and {right} in {b.text}",
        reason,
        (*_reordered_term(scene, terms, a), *_reordered_term(scene, terms, b)),
    )


def _of_term(scene: Scene, equation: str, terms: list[str]) -> Cause | None:
    named = [(number, part) for number, part in enumerate(scene.parts())]
    wrong = [
        (number, part)
        for number, part in named
        if number < len(terms) and "." not in terms[number] and len(terms[number]) != part.rank
    ]
    if not wrong:
        return None
    number, part = wrong[0]
    term = terms[number]
    finding = f"'{term}' names {len(term)} axes, {part} has {part.rank}"
    reason = (
        f"In '{equation}' each axis of {part.text} needs a letter; ... stands for all that are not "
        "named."
    )
    ways = []
    if part.rank > len(term):
        for more in ("b", "z", "y"):
            if more not in equation:
                fixed = [*terms]
                fixed[number] = more * (part.rank - len(term) == 1) + term
                right = equation.replace(" ", "").partition("->")[2]
                text = f"{','.join(fixed)}->{more}{right}"
                if part.rank - len(term) == 1 and "->" in equation:
                    ways.append(_with_equation(scene, text))
                break
    return Cause(finding, reason, tuple(ways))


def _reordered_term(scene: Scene, terms: list[str], part: Part) -> Iterator[Remedy]:
    """The letters of one operand in the order of its sizes, where the others tell them."""
    arrays = scene.parts()
    known: dict[str, object] = {}
    mine = next((n for n, one in enumerate(arrays) if one.parameter == part.parameter), None)
    if mine is None or len(terms) != len(arrays) or any("." in term for term in terms):
        return
    for number, (term, array) in enumerate(zip(terms, arrays, strict=True)):
        if number != mine and len(term) == array.rank:
            known.update(zip(term, array.sizes, strict=True))
    term = terms[mine]
    if len(term) != part.rank or part.rank != 2:
        return  # of more axes than a matrix has, another order is rarely what was meant
    for order in itertools.permutations(term):
        if "".join(order) == term:
            continue
        pairs = list(zip(order, part.sizes, strict=True))
        if all(known.get(letter, size) == size for letter, size in pairs) and any(
            letter in known for letter in order
        ):
            fixed = [*terms]
            fixed[mine] = "".join(order)
            _, arrow, right = str(scene.argument("equation")).replace(" ", "").partition("->")
            yield _with_equation(scene, f"{','.join(fixed)}{arrow}{right}")
            return


def _with_equation(scene: Scene, equation: str) -> Remedy:
    operands = ", ".join(f"{{{part.key}}}" for part in scene.parts())
    return Remedy(f"{{{library_of(scene)}}}.einsum('{equation}', {operands})")


def _tensordot(scene: Scene) -> Cause | None:
    """The axes that agree, named."""
    pair = pair_of(scene)
    if pair is None:
        return None
    (a, i), (b, j) = pair
    left, right = size_text(a.sizes[i]), size_text(b.sizes[j])
    pairs = [
        (m, n)
        for (m, one), (n, two) in itertools.product(enumerate(a.sizes), enumerate(b.sizes))
        if one == two
    ]
    reason = (
        f"tensordot contracts axis {i} of {a.text} with axis {j} of {b.text}: {left} != {right}."
    )
    word = "dims" if scene.library == "torch" else "axes"
    ways = [
        Remedy(
            f"{{{library_of(scene)}}}.tensordot({{{a.key}}}, {{{b.key}}}, {word}=([{m}], [{n}]))"
        )
        for m, n in pairs[:2]
    ]
    if pairs:
        text = listed([f"{m} and {n} ({size_text(a.sizes[m])})" for m, n in pairs[:2]], "or")
        reason += f" Axes of one size are {text}."
    return Cause(f"inner sizes {left} and {right} differ", reason, tuple(ways))


def _einops(scene: Scene) -> Cause | None:
    """A pattern that names other axes than there are, or parts that do not make an axis."""
    pattern, x = scene.argument("pattern"), scene.part("x")
    if not isinstance(pattern, str) or x is None:
        return None
    left = pattern.partition("->")[0]
    if scene.fact.relation == "rank" or "as many axes" in why_text(scene):
        names = len(re.findall(r"\([^()]*\)|\.\.\.|\w+", left))
        finding = f"'{left.strip()}' names {counted(names, 'axis')}, {x} has {x.rank}"
        return Cause(finding, f"Left of -> each axis of {x.text} needs a name; ... stands for any.")
    axis = next((at for name, at in scene.places if name == "x" and at is not None), None)
    if axis is None:
        return None
    part = re.findall(r"\([^()]*\)|\.\.\.|\w+", left)
    named = part[axis] if axis < len(part) and "..." not in part else f"axis {axis}"
    reason = f"In '{left.strip()}', {named} is axis {axis} of {x.text} {shape_of(x.array)}."
    text, right, size = why_text(scene), scene.fact.right, scene.fact.left
    if scene.fact.relation == "divides":
        finding = f"{named} is {size_text(right)}, no multiple of {size_text(size)}"
        if isinstance(right, int) and isinstance(size, int) and size:
            reason += f" The next multiple is {-(-right // size) * size}: pad, or resize, to it."
        return Cause(finding, reason)
    return Cause(text, reason)


def _product(scene: Scene) -> Cause | None:
    if scene.op == "tensordot" and scene.fact.relation == "equals":
        return _tensordot(scene)
    return matmul(scene)


CAUSES = {"matmul-inner": _product, "einsum-pattern": _einsum, "einops-pattern": _einops}
