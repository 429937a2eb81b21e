"""What is wrong with an array that no single change would mend: class, dtype, rank, sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecheck.advice.subject import (
    LONGEST_NAME,
    fixed_text,
    leading_fact,
    name_of_size,
    own_twin,
    run_sizes,
    setter,
    sizes_of,
)
from shapecheck.advice.words import (
    article,
    axis_text,
    counted,
    is_batch,
    listed,
    size_text,
    tuple_text,
)
from shapecheck.spec.match import value_of
from shapecheck.spec.model import Dim, Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapecheck.advice.blame import Blame
    from shapecheck.advice.subject import Subject
    from shapecheck.facts import Fact
    from shapecheck.spec.leaves import Leaf
    from shapecheck.spec.match import Bindings
    from shapecheck.spec.model import Family


def who(node: Leaf, subject: Subject) -> str:
    """The array and what is declared of it: ``W1 (784, 256) passed as W (n_out, n_in): ``."""
    observed = node.observed
    shape = f" {tuple_text(observed.sizes)}" if observed and observed.sizes is not None else ""
    declared = node.declared()
    text = subject.text(node.label)
    if subject.role == "result":
        what = {"yielded": "yields", "sent": "was sent"}.get(node.root, "returns")
        inside = f" {node.label}" if node.label != node.root else ""
        return f"{subject.function} {what}{inside}{shape}, declared {declared}: "
    if len(text) > LONGEST_NAME or text == "None":
        text = ""
    if subject.role == "argument" and text and text != node.label:
        return f"{text}{shape} passed as {node.label} {declared}: "
    return f"{text or node.label}{shape}, declared {declared}: "


def not_an_array(node: Leaf) -> tuple[str, str]:
    """A value of another class than declared."""
    wanted = getattr(node.spec.array_type, "__name__", "an array")
    kind = node.observed.kind if node.observed is not None else node.kind
    finding = f"it is {article(kind)}, not {article(wanted) if wanted != 'an array' else wanted}"
    if node.kind == "NoneType":
        return "it is None, not an array", "None is only accepted where the declaration says so."
    return finding, ""


def other_dtype(node: Leaf) -> tuple[str, str]:
    """An array of another dtype than declared."""
    dtype = node.observed.dtype if node.observed is not None else "?"
    family = node.spec.family
    name = family.name if family is not None else "?"
    return f"its dtype is {dtype}, declared {name}", _family_text(family)


def _family_text(family: Family | None) -> str:
    if family is None or len(family.members) < 2:
        return ""
    plain = [one for one in family.members if isinstance(one, str)]
    common = [
        one
        for one in plain
        if ("_" not in one and not one.endswith(("2", "4")))
        or one in ("float32", "float64", "int32", "int64", "complex64", "uint32", "uint64")
    ]
    return f"{family.name} stands for {listed(common or plain, 'or')}."


def other_rank(node: Leaf, blame: Blame) -> tuple[str, str]:
    """An array with more or fewer axes than declared; the odd one is named where it is known."""
    missing = _one_missing(node, blame.rest.bindings)
    if missing is not None:
        name = size_text(missing.size)
        batch = "batch axis" if is_batch(name) else "axis"
        return f"its {batch} {name} is missing", ""
    extra = _one_extra(node, blame.rest.bindings)
    if extra:
        batch = "batch axis" if is_batch(extra) else "axis"
        return f"it still has the {batch} {extra}", ""
    found = node.observed.sizes if node.observed is not None and node.observed.sizes else ()
    wanted = node.spec.rank
    least = "at least " if node.spec.runs_at is not None else ""
    finding = f"it has {counted(len(found), 'axis')}, not {least}{wanted}"
    return finding, ""


def _one_missing(node: Leaf, bindings: Bindings) -> Dim | None:
    """The declared axis without which all others are as they should be, if it is only one."""
    axes, sizes = node.spec.axes, sizes_of(node)
    if len(sizes) != len(axes) - 1 or not sizes:
        return None
    fits = []
    for at, missing in enumerate(axes):
        rest = [axis for axis in (*axes[:at], *axes[at + 1 :]) if isinstance(axis, Dim)]
        if isinstance(missing, Dim) and _agree(node, rest, sizes, bindings):
            fits.append(missing)
    return fits[0] if len(fits) == 1 else None


def _one_extra(node: Leaf, bindings: Bindings) -> str:
    """The name of the one axis that an array has beyond its declaration, or ""."""
    axes, sizes = [a for a in node.spec.axes if isinstance(a, Dim)], sizes_of(node)
    if len(axes) != len(node.spec.axes) or len(sizes) != len(axes) + 1:
        return ""
    fits = [
        size
        for at, size in enumerate(sizes)
        if _agree(node, axes, (*sizes[:at], *sizes[at + 1 :]), bindings)
    ]
    return name_of_size(fits[0], bindings) if len(fits) == 1 else ""


def _agree(
    node: Leaf, axes: Sequence[Dim], sizes: Sequence[int | None], bindings: Bindings
) -> bool:
    """Whether sizes are those of the axes, as far as these are known; some have to be."""
    values = [value_of(node.placed(axis), bindings) for axis in axes]
    pairs = list(zip(values, sizes, strict=False))
    return any(value is not None for value in values) and all(v in (None, s) for v, s in pairs)


def other_size(node: Leaf, blame: Blame, subject: Subject) -> tuple[str, str]:
    """A size that is not what the others (or the declaration) say."""
    fact = leading_fact(blame)
    if fact is None:
        return "it does not fit the others", ""
    if fact.relation == "beyond":
        return _beyond(fact, subject)
    if fact.relation == "run":
        run = next(str(axis) for axis in node.spec.axes if isinstance(axis, Run))
        mine = tuple_text(run_sizes(node))
        return f"its {run} is {mine}, {setter(fact, subject)} has {tuple_text(fact.right)}", ""
    at = fact.left.axis or 0
    found = node.observed.sizes[at] if node.observed and node.observed.sizes else None
    rank = len(node.observed.sizes) if node.observed and node.observed.sizes else 1
    where = f"{axis_text(at, rank)} is {found}" if rank > 1 else f"its size is {found}"
    if isinstance(fact.right, int):
        return f"{where}, {fixed_text(fact)}", ""
    value = value_of(fact.right, blame.rest.bindings)
    name = size_text(fact.right)
    twin = own_twin(fact, node)
    if value is None and twin is not None:
        return f"{where}, {axis_text(twin, rank)} is {sizes_of(node)[twin]}, both are {name}", ""
    if value is None:
        return (
            f"{where}, and {name} is never {found}",
            f"Sizes are 0 or more, so no size of a name makes {name} equal to {found}.",
        )
    batch = _lines_up_with_batch(node, found, blame.rest.bindings)
    if batch and batch != name:
        return (
            f"it lines up with the batch ({batch}={found}), {name} is {value}",
            f"It needs one entry for each {name} ({value}); it has one for each sample ({batch}).",
        )
    if blame.doubtful:
        return (
            f"{where}, but {name} is {value} in {setter(fact, subject)}",
            f"Both axes are called {name}, so their sizes have to be equal.",
        )
    findings = [f"{where}, {name} is {value}", *_more_sizes(node, blame, fact)]
    return "; ".join(findings), ""


def _more_sizes(node: Leaf, blame: Blame, told: Fact) -> list[str]:
    """The second axis that is off, if there is one."""
    for fact in blame.facts:
        if fact is told or fact.relation != "size" or fact.left.axis is None:
            continue
        value = value_of(fact.right, blame.rest.bindings)
        size = sizes_of(node)[fact.left.axis]
        where = axis_text(fact.left.axis, len(sizes_of(node)))
        if value is not None:
            fixed = isinstance(fact.right, int)
            said = fixed_text(fact) if fixed else f"{size_text(fact.right)} is {value}"
            return [f"{where} is {size}, {said}"]
    return []


def _beyond(fact: Fact, subject: Subject) -> tuple[str, str]:
    """A list that is longer than the layers that its names belong to."""
    name = size_text(fact.right)
    chain, last = fact.why
    who = subject.text(chain) or chain
    return (
        f"there is no {name}: {who} ends with {last}",
        f"{who} declares two neighbours of the sizes in a row, and so how many there are.",
    )


def _lines_up_with_batch(node: Leaf, found: int | None, bindings: Bindings) -> str:
    """The batch's name, if a 1-D array has as many entries as there are samples."""
    if len(node.spec.axes) != 1 or found is None or found < 2:
        return ""
    for one, binding in bindings.sizes.items():
        if one.index is None and is_batch(one.name) and binding.value == found:
            return one.name
    return ""
