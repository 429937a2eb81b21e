"""Reshapes, views, and axes that an array does not have."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from shapecheck.advice.causes.cause import Cause, sentence, subject_of, why_text
from shapecheck.advice.causes.products import product_rank
from shapecheck.advice.rearranged import unit_axes, with_argument, with_axis, without_axis
from shapecheck.advice.remedies import Remedy, escaped
from shapecheck.advice.scene import shape_of
from shapecheck.advice.words import counted, size_text, tuple_text
from shapecheck.dims import is_size, product
from shapecheck.ops import Array

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.advice.scene import Part, Scene


# --- another number of elements -----------------------------------------------------------------


def _reshape(scene: Scene) -> Cause | None:
    x = next(iter(scene.parts()), None)
    wanted = scene.argument("shape")
    wanted = scene.argument("sizes") if wanted is None else wanted
    if scene.op == "squeeze":
        return _squeeze(scene)
    if x is None or not isinstance(wanted, tuple) or not all(is_size(one) for one in wanted):
        return None
    sizes = x.sizes
    if scene.op == "unflatten" and isinstance(scene.argument("dim"), int):
        sizes = (x.sizes[scene.argument("dim")],) if x.rank > scene.argument("dim") else x.sizes
    total = product(sizes)
    text = tuple_text(map(size_text, wanted))
    if list(wanted).count(-1) > 1:
        return Cause(f"{text} leaves two sizes open", "Only one size can be told from the others.")
    finding = f"{size_text(total)} elements do not fit into {text}"
    return Cause(finding, _count(x, sizes, total, wanted), tuple(_kept_batch(scene, x, wanted)))


def _count(x: Part, sizes: tuple[object, ...], total: object, wanted: tuple[object, ...]) -> str:
    """The arithmetic: what there is, what is asked for."""
    factors = "*".join(map(size_text, sizes))  # type: ignore[arg-type]
    there = f"{factors} = " if len(sizes) > 1 and isinstance(total, int) else ""
    text = f"{x.text} {shape_of(x.array)} holds {there}{size_text(total)} elements"  # type: ignore[arg-type]
    fixed = [one for one in wanted if one != -1]
    asked = product(fixed)  # type: ignore[arg-type]
    if -1 in wanted:
        rest = f", {total} / {asked} leaves a remainder" if isinstance(total, int) and asked else ""
        text += f"; the sizes that are told make {size_text(asked)}{rest}"
    else:
        factors = "*".join(map(size_text, wanted))  # type: ignore[arg-type]
        there = f"{factors} = " if len(wanted) > 1 and isinstance(asked, int) else ""
        text += f", the new shape {there}{size_text(asked)}"
    if isinstance(total, int) and isinstance(asked, int) and asked and total:
        more, less = max(total, asked), min(total, asked)
        if more % less == 0 and more != less and -1 not in wanted:
            what = "more" if total > asked else "less"
            text += f": {more // less} times {what}"
    return f"{text}."


def _kept_batch(scene: Scene, x: Part, wanted: tuple[object, ...]) -> Iterator[Remedy]:
    """The same call with one size left to be told by the others, the last if that can be."""
    node = scene.step.node
    if not isinstance(node, ast.Call):
        return
    nodes = _size_nodes(scene, node, len(wanted))
    if len(nodes) != len(wanted):
        return
    if -1 in wanted:
        place = wanted.index(-1)
        if len(wanted) == 2 and x.rank >= 2:
            first = size_text(x.sizes[0])
            batch = f"{x.text}.shape[0]" if len(x.text) < 20 else first
            fixed = ast.parse(with_argument(node, nodes[place], batch), mode="eval").body
            if place == 0 and isinstance(fixed, ast.Call):
                again = _size_nodes(scene, fixed, len(wanted))
                text = with_argument(fixed, again[1], "-1")
                yield Remedy(escaped(text)).saying("keeps the batch")
        return
    for place in range(len(wanted) - 1, -1, -1):
        rest = product([one for at, one in enumerate(wanted) if at != place])  # type: ignore[misc]
        total = product(x.sizes)
        if place == 0 and len(wanted) > 1:
            continue  # the batch is not what the other sizes should decide
        if isinstance(total, int) and isinstance(rest, int) and rest and total % rest == 0:
            yield Remedy(escaped(with_argument(node, nodes[place], "-1")))


def _size_nodes(scene: Scene, node: ast.Call, count: int) -> list[ast.expr]:
    """The arguments of a reshape that are its sizes."""
    args = list(node.args)
    is_method = scene.step.named.startswith(("torch.Tensor", "numpy.ndarray"))
    args = args if is_method else args[1:]
    if len(args) == 1 and isinstance(args[0], (ast.Tuple, ast.List)):
        args = list(args[0].elts)
    return args if len(args) == count else []


def _squeeze(scene: Scene) -> Cause | None:
    x = subject_of(scene)
    [*_, (_, axis)] = scene.places or (("", None),)
    if x is None or axis is None or axis >= x.rank:
        return None
    units = unit_axes(x)
    finding = f"axis {axis} of {x} has {size_text(x.sizes[axis])} entries, only 1 can be dropped"
    reason = f"The axes of size 1 are {', '.join(map(str, units))}." if units else ""
    return Cause(finding, reason, tuple(without_axis(x, one) for one in units))


# --- views --------------------------------------------------------------------------------------


def _view(scene: Scene) -> Cause | None:
    x = next(iter(scene.parts()), None)
    node = scene.step.node
    if x is None:
        return None
    finding = "axes that lie apart in memory cannot be merged without a copy"
    turned = (
        "is transposed" if _is_turned(x.node) else "does not lie in memory in the order of its axes"
    )
    reason = (
        f"{x.text} {shape_of(x.array)} {turned}: view cannot merge these axes, reshape copies. "
        f"Before that: is {tuple_text(map(size_text, x.sizes))} the order that you want to lay out "
        "flat?"
    )
    ways = []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        arguments = ", ".join(escaped(scene.source(one)) for one in node.args)
        ways.append(Remedy(f"{{{x.key}}}.reshape({arguments})").saying("a copy"))
    return Cause(finding, reason, tuple(ways))


def _is_turned(node: ast.expr | None) -> bool:
    """Whether an expression moves axes."""
    match node:
        case ast.Attribute(attr="T" | "mT"):
            return True
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in ("t", "transpose", "permute", "swapaxes", "movedim", "moveaxis")
        case _:
            return False


# --- axes that there are not --------------------------------------------------------------------


def _axis(scene: Scene) -> Cause | None:
    x = next((scene.part(name) for name, _ in scene.places if scene.part(name)), None)
    x = x or next(iter(scene.parts()), None)
    number = scene.fact.left
    if x is not None and isinstance(number, tuple) and "named once" in why_text(scene):
        finding = f"{counted(len(number), 'axis')} named, {x} has {x.rank}"
        return Cause(finding, "Every axis has to be named once.")
    if x is None or scene.fact.relation != "in-range" or not isinstance(number, int):
        return None
    rank = x.rank
    has = "no axes" if not rank else "axis 0 only" if rank == 1 else f"axes 0 to {rank - 1}"
    finding = f"there is no axis {number} in {x}"
    reason = f"{x.text} has {has}, counted from 0; -1 is the last."
    eaten = _squeezed(scene, x)
    if eaten is not None:
        return Cause(finding, *eaten)
    if scene.op == "squeeze":
        reason += " If there was one sample only, a squeeze in front has dropped the batch, too."
        return Cause(finding, reason)
    ways = list(_last_axis(scene, number)) if rank else []
    if rank and 0 <= number == rank:
        reason += " If it is a single sample, the batch axis in front is missing."
        ways.append(with_axis(x, 0))
    return Cause(finding, reason if rank else f"{x.text} is a single number.", tuple(ways))


def _last_axis(scene: Scene, number: int) -> Iterator[Remedy]:
    """The same call with the last axis."""
    node = scene.step.node
    if not isinstance(node, ast.Call):
        return
    args = [*node.args, *(word.value for word in node.keywords if word.arg in ("dim", "axis"))]
    for one in args:
        if isinstance(one, ast.Constant) and one.value is not None and one.value == number:
            text = with_argument(node, one, "-1")
            yield Remedy(escaped(text)).saying("the last axis")
            return


# --- another number of axes -----------------------------------------------------------------------


def rank(scene: Scene) -> Cause | None:
    """An array with another number of axes than the op takes."""
    relation = scene.fact.relation
    if relation == "equals" and "one element" in why_text(scene):
        return _one_element(scene)
    if relation not in ("rank", "rank-at-least"):
        return None
    part = subject_of(scene)
    if part is None:
        return None
    allowed = scene.fact.right
    many = allowed if isinstance(allowed, tuple) else (allowed,)
    wanted = f"at least {allowed}" if relation == "rank-at-least" else " or ".join(map(str, many))
    are = "is" if wanted == "1" else "are"
    finding = f"{part.text} has {counted(part.rank, 'axis')}, {wanted} {are} needed"
    story = product_rank(scene)
    if story is not None:
        return Cause(finding, story.text, tuple(story.ways))
    other = _squeezed(scene, part) or _other_dimension(scene, part)
    if other is not None:
        return Cause(finding, *other)
    reason, ways = _missing(scene, part, [one for one in many if isinstance(one, int)])
    return Cause(finding, reason, tuple(ways))


def _one_element(scene: Scene) -> Cause | None:
    """An array of several numbers where one is needed."""
    x = subject_of(scene)
    if x is None:
        return None
    finding = f"{x} has {size_text(product(x.sizes))} elements, one is needed"
    return Cause(finding, f"One number of it is {x.atom}[0], or a sum or mean of all.")


def _empty(scene: Scene) -> Cause | None:
    """A reduction over no elements."""
    x = subject_of(scene)
    axis = next((at for _, at in scene.places if at is not None), None)
    if x is None or axis is None or axis >= x.rank or x.sizes[axis] != 0:
        return None
    called = scene.step.named.rpartition(".")[2]
    finding = f"axis {axis} of {x} is empty"
    return Cause(finding, f"{called} of no numbers is not defined: something in front left none.")


def _squeezed(scene: Scene, part: Part) -> tuple[str, tuple[Remedy, ...]] | None:
    """A squeeze without an axis, which dropped a batch of one."""
    node = part.node
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if node.func.attr != "squeeze" or node.args or node.keywords:
        return None
    owner = scene.value(node.func.value)
    if not isinstance(owner, Array) or owner.is_open or owner.sizes[:1] != (1,):
        return None
    text = ast.unparse(node.func.value)
    reason = (
        f"{text} is {shape_of(owner)}: squeeze() drops every axis of size 1, with a batch of one "
        "the batch, too."
    )
    units = [at for at, size in enumerate(owner.sizes) if size == 1 and at]
    ways = [Remedy(f"{escaped(text)}.squeeze({at})", part.parameter) for at in reversed(units)]
    return reason, tuple(ways or [Remedy(escaped(text), part.parameter)])


def _other_dimension(scene: Scene, part: Part) -> tuple[str, tuple[Remedy, ...]] | None:
    """A layer for images of another dimension: ``BatchNorm1d`` on maps."""
    made = scene.step.named.rpartition(".")[2]
    found = re.fullmatch(r"(\w+[a-z])([123])d", made)
    dimension = part.rank - 2
    if found is None or int(found[2]) == dimension or dimension not in (1, 2, 3):
        return None
    name = f"{found[1]}{dimension}d"
    axes = {1: "(N, C, L)", 2: "(N, C, H, W)", 3: "(N, C, D, H, W)"}
    takes = axes[int(found[2])]
    takes = f"(N, C) or {takes}" if takes == axes[1] and "Norm" in made else takes
    text = f"{made} takes {takes}, {part.text} {shape_of(part.array)} is {axes[dimension]}."
    stored = [scene.argument(one) for one in scene.applied.op.stored[:1]]
    if "Norm" not in made or not isinstance(stored[0], int):
        return text, ()
    template = f"{{nn}}.{name}({stored[0]})({{{part.key}}})"
    return text, (Remedy(template, title=f"{{nn}}.{name}({stored[0]})"),)


def _missing(scene: Scene, part: Part, allowed: list[int]) -> tuple[str, list[Remedy]]:
    """The axes that are missing or too many."""
    if not allowed:
        return sentence(why_text(scene)), []
    if part.rank == min(allowed) - 1:
        image = "conv" in scene.op or "pool" in scene.op or "norm" in scene.op
        text = "An axis is missing: the batch in front, if it is a single sample"
        text += ", or the channels of images of one channel." if image else "."
        return text, [with_axis(part, 0), *([with_axis(part, 1)] if part.rank > 1 else [])]
    if part.rank > max(allowed):
        units = [without_axis(part, axis) for axis in unit_axes(part)]
        text = f"{part} has more axes than {scene.step.named.rpartition('.')[2]} takes."
        return text, units
    return "", []


# --- divided ------------------------------------------------------------------------------------


def _divided(scene: Scene) -> Cause | None:
    """Parts that do not add up to the axis."""
    sizes, x = scene.argument("sizes"), scene.part("a")
    if x is None or "add up" not in why_text(scene) or not isinstance(sizes, (tuple, list)):
        return None
    axis = next((at for name, at in scene.places if name == "a" and at is not None), 0)
    shown = " + ".join(map(size_text, sizes))
    finding = (
        f"{shown} = {size_text(sum(sizes))}, axis {axis} of {x} has {size_text(x.sizes[axis])}"
    )
    return Cause(finding, "The parts have to add up to the axis that is split.")


def _square(scene: Scene) -> Cause | None:
    """A matrix that has to be square."""
    x = subject_of(scene)
    if x is None or scene.fact.relation != "equals" or "one size" not in why_text(scene):
        return None
    called = scene.step.named.rpartition(".")[2]
    finding = f"{x} is not square"
    reason = f"{called} takes square matrices: its last two axes have to have one size."
    library = "torch" if scene.library == "torch" else "np"
    ways: tuple[Remedy, ...] = ()
    if called == "inv":
        pinv = Remedy(f"{{{library}}}.linalg.pinv({{{x.key}}})", remark="the pseudo-inverse")
        ways = (pinv,)
    elif called == "solve" and x.rank == 2 and scene.argument("left") is not False:
        rest = ", ".join(f"{{{part.key}}}" for part in scene.parts())
        least = Remedy(f"{{{library}}}.linalg.lstsq({rest})[0]", remark="least squares")
        ways = (least,)
    return Cause(finding, reason, ways)


CAUSES = {
    "empty-reduction": _empty,
    "size-argument": _divided,
    "square-matrix": _square,
    "reshape-size": _reshape,
    "view-stride": _view,
    "axis-out-of-range": _axis,
    "rank": rank,
}
