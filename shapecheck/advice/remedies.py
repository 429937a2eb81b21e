"""Repairs of a failed op. Each is proved by the ops' own rules before it is told."""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from shapecheck.advice.scene import Scene, shape_of
from shapecheck.diagnostics import Edit, Fix
from shapecheck.infer import Evaluator
from shapecheck.ops import Array, Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapecheck.advice.scene import Part

MOST_FIXES = 2
LONGEST = 84  # characters of a title; of what is longer, only the operand that changes is shown


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
        title: what to show in place of the new source, for a change that is made elsewhere:
            ``b of 2 numbers: np.zeros(2)``.
    """

    template: str
    target: str = ""
    remark: str = ""
    advice: bool = False
    stored: Mapping[str, object] = field(default_factory=dict)
    gives: tuple[object, ...] | None = None
    title: str = ""

    def saying(self, remark: str) -> Remedy:
        """The same with a remark."""
        return replace(self, remark=remark)

    def giving(self, sizes: Sequence[object]) -> Remedy:
        """The same, held to what the op has to give with it."""
        return replace(self, gives=tuple(sizes))


def fixes_for(scene: Scene, remedies: Sequence[Remedy]) -> tuple[Fix, ...]:
    """The repairs that hold, the likeliest first."""
    found: list[Fix] = []
    for remedy in remedies:
        fix = _plain(scene, remedy) if remedy.advice else proved(scene, remedy)
        if fix is not None and fix.title not in {one.title for one in found}:
            found.append(fix)
        if len(found) == MOST_FIXES:
            break
    return tuple(found)


def _plain(scene: Scene, remedy: Remedy) -> Fix:
    atoms = {part.key: _atom(part, remedy) for part in scene.parts()}
    return Fix(_filled(scene, remedy.template, atoms), remedy.remark)


def proved(scene: Scene, remedy: Remedy) -> Fix | None:
    """The repair as a fix, if the op and all around it accept it."""
    if remedy.stored:
        return _refitted(scene, remedy)
    value = evaluated(scene, remedy.template)
    if not remedy.target:
        if not _is_result(scene, remedy, value):
            return None
        _, holds = scene.with_value(value, scene.step.node)
        return _fix(scene, remedy, value) if holds else None
    part = scene.part(remedy.target)
    if part is None or not isinstance(value, Array) or not _is_told(scene, part, remedy):
        return None
    applied = scene.retried(remedy.target, value)
    if applied.holds is not True or not _is_result(scene, remedy, applied.result):
        return None
    if part.node is None or not _is_inside(part.node, scene.root):
        return _fix(scene, remedy, applied.result)
    if scene.with_value(value, part.node)[1]:
        return _fix(scene, remedy, applied.result)
    places = scene.occurrences(part.node)  # of ``(x - m) / m`` both have to change
    if len(places) > 1 and scene.with_value(value, *places)[1]:
        return _fix(scene, remedy, applied.result, places)
    return None


def _is_told(scene: Scene, part: Part, remedy: Remedy) -> bool:
    """Whether an operand can be changed where it stands, and has a name to speak of."""
    if isinstance(scene.step.node, ast.AugAssign) and part.parameter == "a":
        return False  # what is assigned to keeps its shape
    has_name = part.node is not None or part.text != part.parameter
    return has_name or bool(remedy.title)


def _is_result(scene: Scene, remedy: Remedy, result: object) -> bool:
    """Whether what an op gives is something to go on with, and of the sizes that are wanted."""
    if remedy.gives is not None:
        return isinstance(result, Array) and result.sizes == remedy.gives
    return isinstance(result, Array | list | tuple | Record) or (
        scene.op in GIVES_NOTHING and result is not None
    )


def _refitted(scene: Scene, remedy: Remedy) -> Fix | None:
    """The same call with other arguments, such as a layer that was made for what it gets."""
    bound = {**scene.applied.bound, **remedy.stored}
    applied = scene.applied.op.apply(bound, scene.library, scene.assume)
    if applied.holds is not True or not _is_result(scene, remedy, applied.result):
        return None
    if isinstance(scene.step.node, ast.expr):
        _, holds = scene.with_value(applied.result, scene.step.node)
        if not holds:
            return None
    shown = shape_of(applied.result) if isinstance(applied.result, Array) else ""
    text = _filled(scene, remedy.template, {})
    remark = f"{shown}, {remedy.remark}" if shown and remedy.remark else shown or remedy.remark
    return Fix(text, remark, checked=True)


def evaluated(scene: Scene, template: str) -> object:
    """The value of a template by the rules; None if an op in it is not certainly accepted."""
    arrays = {part.key: part.array for part in scene.parts()}
    names = {f"_{name}": array for name, array in arrays.items()}
    text = _filled(scene, template, {name: f"_{name}" for name in arrays})
    tree = parsed(text)
    if tree is None:
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
        modules = {
            self.scene.alias(module): module
            for module in ("numpy", "torch", F, "torch.nn", "einops")
        }
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


def _filled(scene: Scene, template: str, operands: Mapping[str, str]) -> str:
    """The template with the operands' texts and the modules' names."""
    modules = {"np": "numpy", "torch": "torch", "F": F, "einops": "einops", "nn": "torch.nn"}
    words = {short: scene.alias(module) for short, module in modules.items()}
    return template.format_map({**words, **operands})


def _fix(scene: Scene, remedy: Remedy, result: object, places: Sequence[ast.expr] = ()) -> Fix:
    """The repair in the user's own words; `places` are all those that change, if there are many."""
    atoms = {part.key: _atom(part, remedy) for part in scene.parts()}
    text = _filled(scene, remedy.template, atoms)
    part = scene.part(remedy.target)
    title = _filled(scene, remedy.title, atoms) if remedy.title else text
    edits: tuple[Edit, ...] = ()
    if remedy.title:
        pass  # a change of what is made somewhere else
    elif part is not None and places:
        title = f"{text} in place of {part.text}"
        edits = tuple(edit for place in places for edit in _edits(scene, place, text))
    elif part is not None and part.node is not None and _is_inside(part.node, scene.step.node):
        title = _replaced(scene, part.node, text)
        if len(title) > LONGEST and title != text:
            title = f"{text} in place of {part.text}"
        edits = _edits(scene, part.node, text)
    elif part is not None and part.node is not None and _is_inside(part.node, scene.root):
        title = _replaced(scene, part.node, text, scene.root)
        edits = _edits(scene, part.node, text)
    elif not remedy.target and isinstance(scene.step.node, ast.expr):
        edits = _edits(scene, scene.step.node, text)
    shown = shape_of(result) if isinstance(result, Array) else ""
    if remedy.remark:
        shown = f"{shown}, {remedy.remark}" if shown else remedy.remark
    return Fix(title, shown, checked=True, edits=edits)


def _atom(part: Part, remedy: Remedy) -> str:
    """An operand's text, in brackets only where the template needs them."""
    key = "{" + part.key + "}"
    at = remedy.template.find(key)
    after = remedy.template[at + len(key) : at + len(key) + 1] if at >= 0 else ""
    before = remedy.template[:at].rstrip()[-1:] if at > 0 else ""
    return part.text if after in (",", ")") and before in ("(", ",", "") else part.atom


def _is_inside(node: ast.AST, root: ast.AST) -> bool:
    return any(one is node for one in ast.walk(root))


def _replaced(scene: Scene, node: ast.expr, text: str, root: ast.AST | None = None) -> str:
    """The op's source (or all of the statement) with one of its operands replaced."""
    whole = scene.step.node if root is None else root
    twin = copy.deepcopy(whole)
    pairs = dict(zip(ast.walk(whole), ast.walk(twin), strict=True))
    new = parsed(text)
    if new is None:
        return text
    target = pairs[node]
    for parent in ast.walk(twin):
        for name, child in ast.iter_fields(parent):
            if child is target:
                setattr(parent, name, new)
            elif isinstance(child, list):
                setattr(parent, name, [new if one is target else one for one in child])
    return ast.unparse(new if whole is node else twin)


def _edits(scene: Scene, node: ast.expr, text: str) -> tuple[Edit, ...]:
    """The change itself; in brackets where what was atomic becomes an operation."""
    span = scene.span(node)
    if span is None:
        return ()
    is_whole = getattr(scene.root, "value", scene.root) is node
    loose = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp)
    if not is_whole and not isinstance(node, loose):
        text = f"({text})" if isinstance(parsed(text), loose) else text
    return (Edit(span, text),)


def parsed(text: str) -> ast.expr | None:
    """Source text as an expression; None if it is none."""
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None


def escaped(text: str) -> str:
    """Source text as a part of a template."""
    return text.replace("{", "{{").replace("}", "}}")


GIVES_NOTHING = ("backward", "setitem")  # ops that are called for what they do
