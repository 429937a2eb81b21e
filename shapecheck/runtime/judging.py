"""Whether what an accepted op did silently is worth a warning, and the warning.

What an op does is told by `infer.silent`, `infer.regrouping` and `claims`; here it is held against
what the source says was meant, and what else was seen at the same place.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

from shapecheck.diagnostics import Diagnostic
from shapecheck.infer import Evaluator, intent, silent
from shapecheck.infer.regrouping import scrambling
from shapecheck.infer.silent import Silent
from shapecheck.ops import Array
from shapecheck.runtime import axes, claims, findings, updates
from shapecheck.runtime.live import FrameLookup
from shapecheck.runtime.seen import Seen, diagnostic, operand_nodes, pairs, things, users_frame
from shapecheck.runtime.sizing import asked

if TYPE_CHECKING:
    import ast
    from collections.abc import Hashable, Iterator


RESHAPES = {"reshape", "view"}
PAIRS = {"max", "min"}  # with an axis they tell which element it was
TABLES = {"argmin", "argmax", "min", "max", "amin", "amax", "sort", "argsort", "topk", "softmax"}


@dataclass(frozen=True, slots=True)
class Warned:
    """Something to warn of.

    Attributes:
        what: what happened, or the finding.
        waits: it stands only if nothing else is seen at the place.
    """

    what: Silent | Diagnostic
    waits: bool = False


def judge(seen: Seen) -> tuple[Hashable, ...]:
    """Warn of what an op did, if it was not meant; the keys that it is counted by."""
    if seen.step.applied.holds is False:
        return ()
    keys = []
    for one in _found(seen):
        key = (seen.site, one.what.rule)
        keys.append(key)
        if key in seen.site.memory:
            findings.again(key)
            continue
        seen.site.memory[key] = True
        told = one.what if isinstance(one.what, Diagnostic) else diagnostic(seen, one.what)
        findings.tell(told, key, waits=one.waits)
    return tuple(keys)


def _found(seen: Seen) -> Iterator[Warned]:
    steps = list(updates.found(seen)) if seen.site.kind in ("AugAssign", "BinOp") else []
    if steps or seen.site.kind == "AugAssign":
        yield from map(Warned, steps)
        yield from _met(seen)
        return
    for one in silent.found(seen.step.applied, seen.step.named):
        if one.rule == "broadcast-outer":
            yield from _outer(seen, one)
        elif one.rule == "transpose-no-op":
            yield from _transposed(seen, one)
        elif one.rule == "size-one-reduction":
            yield from _single(seen, one)
    yield from _chosen(seen)
    yield from _squeezed(seen)
    yield from _scrambled(seen)
    yield from _met(seen)
    _look_again(seen)


def _met(seen: Seen) -> Iterator[Warned]:
    if seen.held is not None and seen.held.claims is not None:
        yield from map(Warned, claims.meeting(seen))


# --- outer broadcasts ---------------------------------------------------------------------------


def _outer(seen: Seen, one: Silent) -> Iterator[Warned]:
    left, right = (_operand(seen, name) for name in one.parameters)
    is_empty = one.result is not None and 0 in one.result.sizes
    if left is None or right is None or is_empty or _is_as_large(seen, one):
        return
    node = seen.site.node
    nodes = operand_nodes(seen, node)
    first, second = (nodes.get(id(seen.step.applied.bound[name])) for name in one.parameters)
    if first is None or second is None:
        return
    source = seen.site.source
    scope = source.function(node) or source.tree
    origins = intent.Origins(scope, source.tree, node.lineno)
    lined = [_is_lined(thing, where, origins) for thing, where in ((left, first), (right, second))]
    if all(lined) or intent.is_outer_meant(first, second, origins, alike=one.alike):
        return
    yield Warned(one, waits=any(lined))


def _is_as_large(seen: Seen, one: Silent) -> bool:
    """Whether a loss has no more terms than either side has numbers: (1,) and (1, 1)."""
    sizes = [seen.step.applied.bound[name].sizes for name in one.parameters]
    if one.result is not None:
        return False
    wide = [
        max(pair) for pair in itertools.zip_longest(*(size[::-1] for size in sizes), fillvalue=1)
    ]
    return all(prod(size) == prod(wide) for size in sizes)


def _is_lined(thing: Any, node: ast.expr, origins: intent.Origins) -> bool:
    known = axes.known(thing)
    return (known is not None and known.lined) or intent.lined_up(node, origins)


def _operand(seen: Seen, name: str) -> Any:
    """The object that was passed for a parameter."""
    return next(
        (thing for array, thing in pairs(seen) if array is seen.step.applied.bound[name]), None
    )


def marked(states: Any, seen: Seen, keys: tuple[Hashable, ...]) -> Any:
    """The states of a result, with what it is to be remembered for."""
    if not isinstance(states, axes.State):
        return states
    known = [axes.known(one) for one in things(seen.given)]
    inherits = any(
        one.lined for one in known if one is not None and one.array.rank <= states.array.rank
    )
    lined = _lines_up(seen) or (inherits and states.array.rank > 1)
    doubt = next((key for key in keys if key[1] == "broadcast-outer"), None)  # type: ignore[index]
    doubt = doubt or next((one.doubt for one in known if one is not None and one.doubt), None)
    if doubt is not None and states.array.rank < 2:  # noqa: PLR2004 - it is no table any more
        doubt = None
    if not lined and doubt is None:
        return states
    return axes.state(states.array, lined=lined, doubt=doubt)


def _lines_up(seen: Seen) -> bool:
    """Whether an op has put an axis of size 1 where it was asked to."""
    first = seen.first
    if first is None or seen.site.kind not in ("Call", "Subscript"):
        return False
    if 1 not in getattr(seen.step.value, "sizes", ()):
        return False
    return intent.adds_axis(seen.site.node)


def _look_again(seen: Seen) -> None:
    """Drop a doubtful finding whose result is used as the table that it is."""
    known = [one for one in map(axes.known, things(seen.given)) if one is not None]
    doubts = {one.doubt for one in known if one.doubt is not None}
    if not doubts:
        return
    first = known[0]
    full = [one for one in known if one.doubt is None and one.sizes == first.sizes]
    dim = seen.step.applied.bound.get("dim")
    as_table = seen.last in TABLES and isinstance(dim, int) and not isinstance(dim, bool)
    if as_table or (len(known) == 2 and full and seen.site.kind == "BinOp"):  # noqa: PLR2004
        for key in doubts:
            findings.drop(key)


# --- reductions ---------------------------------------------------------------------------------


def _single(seen: Seen, one: Silent) -> Iterator[Warned]:
    """A softmax over one number stands only if the axis is never longer here."""
    if not seen.site.memory.get("longer"):
        yield Warned(one, waits=True)


def _chosen(seen: Seen) -> Iterator[Warned]:
    """``torch.max(x, 1)``: the largest of one number, and which it was."""
    first, dim = seen.first, seen.step.applied.bound.get("dim")
    if first is None or isinstance(dim, bool) or not isinstance(dim, int):
        return
    if not -first.rank <= dim < first.rank or first.rank == 0:
        return
    size = first.sizes[dim]
    if size != 1:
        seen.site.memory["longer"] = True
        findings.drop((seen.site, "size-one-reduction"))
    elif (
        seen.last in PAIRS and isinstance(seen.result, tuple) and not seen.site.memory.get("longer")
    ):
        name = next(name for name, value in seen.step.applied.bound.items() if value is first)
        yield Warned(Silent("size-one-reduction", (name,), dim % first.rank, first), waits=True)


# --- axes of size one ---------------------------------------------------------------------------


def _transposed(seen: Seen, one: Silent) -> Iterator[Warned]:
    if seen.site.memory.get("wide"):
        return
    source, node = seen.site.source, seen.site.node
    lookup = FrameLookup(users_frame())
    if intent.is_transpose_harmless(node, source.parents, lambda other: _rank(other, lookup)):
        return
    yield Warned(one, waits=True)


def _rank(node: ast.expr, lookup: FrameLookup) -> int | None:
    value = Evaluator(lookup).value(node)
    return value.rank if isinstance(value, Array) and not value.is_open else None


def _squeezed(seen: Seen) -> Iterator[Warned]:
    """``squeeze()`` that drops the first axis here, and has kept it elsewhere."""
    first = seen.first
    if first is None:
        return
    if seen.last in silent.TRANSPOSES and first.rank > 1:
        seen.site.memory["wide"] = True
        findings.drop((seen.site, "transpose-no-op"))
    squeezes = seen.last == "squeeze" and seen.step.applied.bound.get("dim") is None
    if not squeezes or first.rank < 2:  # noqa: PLR2004 - what is left has no batch
        return
    memory = seen.site.memory.setdefault("squeezed", {})
    rest = first.sizes[1:]
    memory.setdefault(rest, set()).add(first.sizes[0] == 1)
    if len(memory[rest]) > 1:
        name = next(name for name, value in seen.step.applied.bound.items() if value is first)
        batch = first if first.sizes[0] == 1 else replace(first)
        yield Warned(Silent("batch-squeezed", (name,), 0, batch))


# --- reshapes -----------------------------------------------------------------------------------


def _scrambled(seen: Seen) -> Iterator[Warned]:
    first, result = seen.first, seen.step.value
    if seen.last not in RESHAPES or first is None or not isinstance(result, Array):
        return
    if seen.step.applied.bound.get("order") not in (None, "C", "c"):
        return
    sizes = [size for size in result.sizes if isinstance(size, int)]
    if len(sizes) < result.rank:
        return
    found = scrambling(first.shape, sizes, asked(seen.site))
    if found is not None:
        name = next(name for name, value in seen.step.applied.bound.items() if value is first)
        axes_ = list(enumerate(first.shape))
        at = next((n for n, axis in axes_ if axis == found.axis), None)
        at = at if at is not None else next(n for n, axis in axes_ if found.axis in axis.factors)
        yield Warned(Silent("axes-scrambled", (name,), at, result))
