"""Repairs of a failed op. Each is proved by the ops' own rules before it is told."""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shapecheck.advice.scene import Scene, shape_of
from shapecheck.diagnostics import Edit, Fix
from shapecheck.infer import Evaluator
from shapecheck.ops import Array, Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from shapecheck.advice.scene import Part

MOST_FIXES = 2


@dataclass(frozen=True, slots=True)
class Remedy:
    """What might be written instead.

    Attributes:
        template: new source text; ``{a}`` stands for the operand of the parameter `a` (brackets
            in a parameter's name left out: ``{tensors1}``), ``{np}``, ``{torch}``, ``{F}`` for
            the user's names of the modules.
        target: the parameter whose operand it replaces; "" for the whole op.
        remark: what is to be said about it, in a clause.
        advice: shown as it stands, as nothing can be proved (a change somewhere else).
        stored: arguments of a layer (or of the call) that get other values; the template is what
            to write, and is not evaluated.
        gives: the sizes that the op has to give with it; a sum that stretches both of its
            operands is allowed, and is not what anybody meant.
    """

    template: str
    target: str = ""
    remark: str = ""
    advice: bool = False
    stored: Mapping[str, object] = field(default_factory=dict)
    gives: tuple[object, ...] | None = None


def fixes_for(scene: Scene, remedies: Sequence[Remedy]) -> tuple[Fix, ...]:
    """The repairs that hold, the likeliest first."""
    found: list[Fix] = []
    for remedy in remedies:
        fix = _plain(remedy) if remedy.advice else proved(scene, remedy)
        if fix is not None and fix.title not in {one.title for one in found}:
            found.append(fix)
        if len(found) == MOST_FIXES:
            break
    return tuple(found)


def _plain(remedy: Remedy) -> Fix:
    return Fix(remedy.template, remedy.remark)


def proved(scene: Scene, remedy: Remedy) -> Fix | None:
    """The repair as a fix, if the op and all around it accept it."""
    if remedy.stored:
        return _refitted(scene, remedy)
    value = evaluated(scene, remedy.template)
    if not isinstance(value, Array):
        return None
    if not remedy.target:
        fits = remedy.gives is None or value.sizes == remedy.gives
        _, holds = scene.with_value(scene.step.node, value)
        return _fix(scene, remedy, value) if holds and fits else None
    part = scene.part(remedy.target)
    if part is None:
        return None
    applied = scene.retried(remedy.target, value)
    if applied.holds is not True or not _is_result(scene, remedy, applied.result):
        return None
    if part.node is not None and _is_inside(part.node, scene.root):
        _, holds = scene.with_value(part.node, value)
        if not holds:
            return None
    return _fix(scene, remedy, applied.result)


def _is_result(scene: Scene, remedy: Remedy, result: object) -> bool:
    """Whether what an op gives is something to go on with, and of the sizes that are wanted."""
    if remedy.gives is not None:
        return isinstance(result, Array) and result.sizes == remedy.gives
    return isinstance(result, Array | list | tuple | Record) or scene.op in GIVES_NOTHING


def _refitted(scene: Scene, remedy: Remedy) -> Fix | None:
    """The same call with other arguments, such as a layer that was made for what it gets."""
    bound = {**scene.applied.bound, **remedy.stored}
    applied = scene.applied.op.apply(bound, scene.library, scene.assume)
    if applied.holds is not True or not _is_result(scene, remedy, applied.result):
        return None
    if isinstance(scene.step.node, ast.expr):
        _, holds = scene.with_value(scene.step.node, applied.result)
        if not holds:
            return None
    shown = shape_of(applied.result) if isinstance(applied.result, Array) else ""
    text = _filled(scene, remedy.template, {})
    remark = f"{shown}, {remedy.remark}" if shown and remedy.remark else shown or remedy.remark
    return Fix(text, remark, checked=True)


def evaluated(scene: Scene, template: str) -> object:
    """The value of a template by the rules; None if an op in it is not certainly accepted."""
    arrays = {_key(part.parameter): part.array for part in scene.parts()}
    names = {f"_{name}": array for name, array in arrays.items()}
    text = _filled(scene, template, {name: f"_{name}" for name in arrays})
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError:
        return None
    evaluator = Evaluator(_Placeholders(scene, names), scene.assume)
    value = evaluator.value(tree)
    return value if all(step.applied.holds for step in evaluator.steps) else None


class _Placeholders:
    """The scene's lookup, with names for its operands."""

    def __init__(self, scene: Scene, names: Mapping[str, Array]) -> None:
        self.scene = scene
        self.names = names

    def name(self, name: str) -> object:
        from shapecheck.infer import Names  # noqa: PLC0415 - the usual names of the libraries

        if name in self.names:
            return self.names[name]
        modules = {self.scene.alias(module): module for module in ("numpy", "torch", F, "einops")}
        return Names({}, modules).name(name) if name in modules else self.scene.lookup.name(name)

    def attribute(self, value: object, name: str) -> object:
        return self.scene.lookup.attribute(value, name)

    def call(
        self,
        function: object,
        args: Sequence[object],
        kwargs: Mapping[str, object],
        node: ast.Call,
    ) -> object:
        return self.scene.lookup.call(function, args, kwargs, node)

    def known(self, node: ast.expr) -> object | None:
        return self.scene.lookup.known(node)


F = "torch.nn.functional"


def _key(parameter: str) -> str:
    return parameter.replace("[", "").replace("]", "")


def _filled(scene: Scene, template: str, operands: Mapping[str, str]) -> str:
    """The template with the operands' texts and the modules' names."""
    modules = {"np": "numpy", "torch": "torch", "F": F, "einops": "einops", "nn": "torch.nn"}
    words = {short: scene.alias(module) for short, module in modules.items()}
    return template.format_map({**words, **operands})


def _fix(scene: Scene, remedy: Remedy, result: object) -> Fix:
    """The repair in the user's own words."""
    atoms = {_key(part.parameter): _atom(part, remedy) for part in scene.parts()}
    text = _filled(scene, remedy.template, atoms)
    part = scene.part(remedy.target)
    title = text
    edits: tuple[Edit, ...] = ()
    if part is not None and part.node is not None and _is_inside(part.node, scene.step.node):
        title = _replaced(scene, part.node, text)
        edits = _edits(scene, part.node, text)
    elif not remedy.target and isinstance(scene.step.node, ast.expr):
        edits = _edits(scene, scene.step.node, text)
    shown = shape_of(result) if isinstance(result, Array) else ""
    if remedy.remark:
        shown = f"{shown}, {remedy.remark}" if shown else remedy.remark
    return Fix(title, shown, checked=True, edits=edits)


def _atom(part: Part, remedy: Remedy) -> str:
    """An operand's text, in brackets only where the template needs them."""
    key = "{" + _key(part.parameter) + "}"
    at = remedy.template.find(key)
    after = remedy.template[at + len(key) : at + len(key) + 1] if at >= 0 else ""
    before = remedy.template[:at].rstrip()[-1:] if at > 0 else ""
    return part.text if after in (",", ")") and before in ("(", ",", "") else part.atom


def _is_inside(node: ast.AST, root: ast.AST) -> bool:
    return any(one is node for one in ast.walk(root))


def _replaced(scene: Scene, node: ast.expr, text: str) -> str:
    """The op's source with one of its operands replaced."""
    whole = scene.step.node
    if isinstance(whole, ast.stmt):
        return text
    twin = copy.deepcopy(whole)
    pairs = dict(zip(ast.walk(whole), ast.walk(twin), strict=True))
    new = ast.parse(text, mode="eval").body
    target = pairs[node]
    for parent in ast.walk(twin):
        for name, child in ast.iter_fields(parent):
            if child is target:
                setattr(parent, name, new)
            elif isinstance(child, list):
                setattr(parent, name, [new if one is target else one for one in child])
    return ast.unparse(new if whole is node else twin)


def _edits(scene: Scene, node: ast.expr, text: str) -> tuple[Edit, ...]:
    span = scene.span(node)
    return () if span is None else (Edit(span, text),)


def escaped(text: str) -> str:
    """Source text as a part of a template."""
    return text.replace("{", "{{").replace("}", "}}")


# --- rearrangements of one operand --------------------------------------------------------------


def transposed(part: Part) -> Iterator[Remedy]:
    """The last two axes exchanged."""
    key = _key(part.parameter)
    rank = len(part.array.axes)
    if rank == 2 and isinstance(part.node, ast.Attribute) and part.node.attr == "T":
        yield Remedy(escaped(ast.unparse(part.node.value)), part.parameter)
    elif rank == 2:
        yield Remedy(f"{{{key}}}.T", part.parameter)
    elif rank > 2:
        swap = "transpose" if part.array.library == "torch" else "swapaxes"
        yield Remedy(f"{{{key}}}.{swap}({rank - 2}, {rank - 1})", part.parameter)


def permuted(part: Part, order: Sequence[int]) -> Remedy:
    """The axes in another order."""
    key, text = _key(part.parameter), ", ".join(map(str, order))
    way = "transpose" if part.array.library == "numpy" else "permute"
    return Remedy(f"{{{key}}}.{way}({text})", part.parameter)


def with_axis(part: Part, place: int) -> Remedy:
    """A new axis of size 1 at a place counted from 0."""
    key, rank = _key(part.parameter), len(part.array.axes)
    if part.array.library == "torch":
        return Remedy(f"{{{key}}}.unsqueeze({place})", part.parameter)
    index = [":"] * rank
    index.insert(place, "None")
    while index and index[-1] == ":":
        index.pop()
    return Remedy(f"{{{key}}}[{', '.join(index)}]", part.parameter)


def without_axis(part: Part, place: int) -> Remedy:
    """An axis of size 1 dropped."""
    return Remedy(f"{{{_key(part.parameter)}}}.squeeze({place})", part.parameter)


def padded(part: Part, more: Sequence[int]) -> Remedy:
    """Zeros put at the end of some axes, so many for each axis."""
    key = _key(part.parameter)
    if part.array.library == "numpy":
        pairs = ", ".join(f"(0, {count})" for count in more)
        return Remedy(f"{{np}}.pad({{{key}}}, ({pairs}))", part.parameter)
    first = next((at for at, count in enumerate(more) if count), 0)
    pairs = ", ".join(f"0, {count}" for count in reversed(more[first:]))
    return Remedy(f"{{F}}.pad({{{key}}}, ({pairs}))", part.parameter)


def unit_axes(part: Part) -> list[int]:
    """The axes of size 1."""
    return [at for at, size in enumerate(part.sizes) if size == 1]


def keepdims(part: Part) -> Iterator[Remedy]:
    """The reduction that an operand is, with its axes kept."""
    node = part.node
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    words = {word.arg for word in node.keywords}
    if {"keepdims", "keepdim"} & words or node.func.attr not in REDUCTIONS:
        return
    word = "keepdim" if part.array.library == "torch" else "keepdims"
    twin = copy.deepcopy(node)
    twin.keywords.append(ast.keyword(word, ast.Constant(value=True)))
    yield Remedy(escaped(ast.unparse(twin)), part.parameter)


GIVES_NOTHING = ("backward", "setitem")  # ops that are called for what they do
REDUCTIONS = frozenset(
    (
        *("sum", "mean", "max", "min", "amax", "amin", "prod", "std", "var", "norm", "median"),
        *("any", "all", "argmax", "argmin", "logsumexp"),
    )
)
