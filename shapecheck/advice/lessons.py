"""Why an expression is allowed: what is paired, what is stretched, what that means going back.

If it is not allowed, the lesson ends with the finding.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapecheck.advice import operations, teaching
from shapecheck.advice.operations import SIGNS
from shapecheck.advice.scene import Scene, shape_of
from shapecheck.advice.words import is_batch, is_weight_name, listed, size_text
from shapecheck.diagnostics import Cell, Diagnostic, Note, Operand, Span
from shapecheck.diagnostics.lesson import Lesson, LessonStep
from shapecheck.dims import Axis, product
from shapecheck.infer import Evaluator
from shapecheck.ops import Array

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from shapecheck.dims import Assumptions
    from shapecheck.facts import Fact
    from shapecheck.infer import Lookup, Step

MOST_STEPS = 200  # ops of an expression that anybody reads about

VERBS = {"add": "added", "sub": "subtracted", "mul": "multiplied", "truediv": "divided"}
GRADIENT_OF = {"add": ("dY", "dY"), "sub": ("dY", "-dY"), "mul": ("(dY * {other})",) * 2}


class TooLongError(ValueError):
    """The explanation would have more steps than anybody reads.

    Attributes:
        remedy: what to do instead, as a clause.
    """

    def __init__(self, steps: int) -> None:
        super().__init__(f"the expression has {steps} steps")
        self.remedy = f"explain a part of it, of at most {MOST_STEPS} steps"


def lesson(
    expression: str,
    lookup: Lookup,
    assume: Assumptions | None = None,
    aliases: Mapping[str, str] | None = None,
    *,
    tree: ast.expr | None = None,
) -> Lesson:
    """Explain an expression.

    Args:
        expression: the source of one expression.
        lookup: what its names stand for.
        assume: what is known about symbols.
        aliases: how the libraries' modules are called.
        tree: the syntax of the expression, if it was read already.

    Raises:
        SyntaxError: it is not an expression.
        TooLongError: it has more steps than anybody reads.
    """
    text = " ".join(expression.split())
    tree = tree if tree is not None else ast.parse(text, "<expression>", mode="eval").body
    evaluator = Evaluator(lookup, assume)
    value = evaluator.value(tree)
    if len(evaluator.steps) > MOST_STEPS:
        raise TooLongError(len(evaluator.steps))
    source = _source(text)
    steps: list[LessonStep] = []
    for step in evaluator.steps:
        fact = _in_doubt(step)
        if fact is not None:
            scene = Scene(step, fact, tree, lookup, source, assume=assume, aliases=aliases or {})
            return Lesson(text, tuple(steps), "", _finding(scene, text))
        steps.append(_taught(step, source, evaluator))
    result = shape_of(value) if isinstance(value, Array) else ""
    unknown = (
        "" if result or isinstance(value, (int, tuple, list)) else str(getattr(value, "why", ""))
    )
    return Lesson(text, tuple(steps), result or _plain(value), None, unknown)


def _plain(value: object) -> str:
    if isinstance(value, (tuple, list)):
        parts = [shape_of(one) if isinstance(one, Array) else str(one) for one in value]
        return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
    return str(value) if isinstance(value, (int, float, str)) else ""


def _source(text: str) -> Callable[[ast.AST], str]:
    def source(node: ast.AST) -> str:
        return ast.get_source_segment(text, node) or ast.unparse(node)

    return source


def _in_doubt(step: Step) -> Fact | None:
    """The requirement that fails, or that holds only for some values of the names."""
    broken = step.applied.broken
    if broken is not None:
        return broken
    doubtful = (fact for fact in step.applied.facts if fact.holds is None)
    return next((one for one in doubtful if one.relation in ("equals", "broadcasts")), None)


def _finding(scene: Scene, text: str) -> Diagnostic:
    told = operations.explain(scene)
    node = scene.step.node
    span = Span(
        "<expression>",
        1,
        getattr(node, "col_offset", 0) + 1,
        1,
        (getattr(node, "end_col_offset", None) or len(text)) + 1,
        "",
        (text,),
    )
    notes: tuple[Note, ...] = ()
    if scene.fact.holds is None:
        sides = [
            size_text(getattr(one, "size", one)) for one in (scene.fact.left, scene.fact.right)
        ]
        notes = (Note(f"It needs {sides[0]} == {sides[1]}, which nothing promises."),)
    return Diagnostic(
        told.rule,
        told.message,
        span,
        "",
        told.operands,
        told.reason,
        notes,
        told.fixes,
        (scene.fact,),
    )


# --- what is said about an op that is allowed -----------------------------------------------------


def _taught(step: Step, source: Callable[[ast.AST], str], evaluator: Evaluator) -> LessonStep:
    scene = Scene(step, _NOTHING, step.node, evaluator.lookup, source)
    parts = scene.parts()
    sign = SIGNS.get(step.named.rpartition(".")[2]) if step.named.startswith("operator.") else None
    result = shape_of(step.value) if isinstance(step.value, Array) else _plain(step.value)
    shapes = [shape_of(part.array) for part in parts]
    if sign and len(shapes) == 2:
        equation = f"{shapes[0]} {sign} {shapes[1]} -> {result}"
    else:
        equation = f"{', '.join(shapes)} -> {result}" if shapes else f"-> {result}"
    expression = source(step.node)
    stretched = _stretched(scene)
    if stretched and isinstance(step.value, Array):
        header = _header(scene)
        verb = VERBS.get(step.named.removeprefix("operator."), "lined up")
        question = (
            f"how can {shapes[0]} {sign or 'and'} {shapes[1]} be {verb}?"
            if len(shapes) == 2
            else ""
        )
        return LessonStep(
            expression,
            equation,
            header,
            _table(scene, stretched),
            tuple(_of_stretching(scene, stretched)),
            question,
        )
    return LessonStep(expression, equation, sentences=tuple(teaching.sentences(scene)))


class _Nothing:
    """No requirement in particular."""

    left = right = why = None
    relation = ""
    holds = True


_NOTHING: Fact = _Nothing()  # type: ignore[assignment]


def _stretched(scene: Scene) -> dict[str, list[int]]:
    """For each operand of an elementwise op: the axes of the result that it is stretched over."""
    result = scene.step.value
    if not isinstance(result, Array) or scene.step.applied.op.name not in ELEMENTWISE(scene):
        return {}
    found: dict[str, list[int]] = {}
    for part in scene.parts():
        over = []
        missing = result.rank - len(part.sizes)
        for at, axis in enumerate(result.shape):
            own = part.sizes[at - missing] if at >= missing else 1
            if own == 1 and axis.size != 1:
                over.append(at)
        if over and part.sizes != ():
            found[part.parameter] = over
    return found


def ELEMENTWISE(scene: Scene) -> tuple[str, ...]:  # noqa: N802 - reads as the set that it stands for
    """The op's own name if its operands are lined up from the right, else nothing."""
    relations = {fact.relation for fact in scene.applied.facts}
    many = len(scene.parts()) > 1
    is_product = scene.applied.op.name in ("matmul", "dot", "einsum", "tensordot")
    aligned = scene.step.named.startswith("operator.") or "broadcasts" in relations
    return (scene.applied.op.name,) if many and aligned and not is_product else ()


def _header(scene: Scene) -> tuple[str, ...]:
    """What the axes of the result are called."""
    result = scene.step.value
    if not isinstance(result, Array):
        return ()
    names = tuple(axis.name or "" for axis in result.shape)
    if any(names):
        return names
    for part in scene.parts():
        if isinstance(part.node, ast.BinOp) and isinstance(part.node.op, ast.MatMult):
            left, right = (scene.source(one) for one in (part.node.left, part.node.right))
            if len(part.sizes) == 2 and result.rank == 2:
                if is_weight_name(left) and not is_weight_name(right):
                    return ("outputs", "samples")
                return ("samples", "outputs")
    return ()


def _table(scene: Scene, stretched: Mapping[str, Sequence[int]]) -> tuple[Operand, ...]:
    rows = []
    result = scene.step.value
    for part in scene.parts():
        if not part.sizes:
            continue
        over = stretched.get(part.parameter, [])
        remark = _stretch_text(part.sizes, over, result) if isinstance(result, Array) else ""
        rows.append(Operand(part.text, "", _cells(part.array), remark=remark))
    if isinstance(result, Array):
        rows.append(Operand("result", "", _cells(result)))
    return tuple(rows)


def _cells(array: Array) -> tuple[Cell, ...]:
    cells = []
    for axis in array.axes:
        size = axis.size if isinstance(axis, Axis) else None
        cells.append(Cell(size if isinstance(size, int) else size_text(size)))
    return tuple(cells)


def _stretch_text(own: Sequence[object], over: Sequence[int], result: Array) -> str:
    """``the 1 is stretched: the same row is used 3 times (no copy made)``."""
    if not over:
        return ""
    missing = result.rank - len(own)
    written = [at for at in over if at >= missing]
    times = " x ".join(size_text(result.shape[at].size) for at in over)
    what = "the same numbers are"
    if result.rank == 2 and len(over) == 1:
        what = "the same row is" if over[0] == 0 else "the same column is"
    elif result.rank == 2:
        what = "the same number is"
    how = (
        "the 1 is stretched"
        if len(written) == 1 == len(over)
        else ("an axis is put in front" if not written and len(over) == 1 else "it is stretched")
    )
    return f"{how}: {what} used {times} times (no copy made)"


def _of_stretching(scene: Scene, stretched: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """What stretching means, forward and backward."""
    result = scene.step.value
    if not isinstance(result, Array):
        return
    header = _header(scene)
    if len(stretched) > 1:
        yield (
            f"Both operands are stretched: every element of the one meets every element of the "
            f"other, {_count(result)} numbers. If one number for each pair of equals was meant, "
            "the shapes have to be equal."
        )
    for parameter, over in stretched.items():
        part = scene.part(parameter)
        if part is None:
            continue
        if header and len(over) == 1 and result.rank == 2 and len(stretched) == 1:
            kept = 1 - over[0]
            many, one = (size_text(result.shape[at].size) for at in (over[0], kept))
            yield (
                f"Every one of the {many} {_plural(header[over[0]])} gets the same {one} "
                f"{_thing(part.text, header[kept])}."
            )
            yield from _ones(scene, part.text, over[0], result)
        yield from _backward(scene, part.text, part.sizes, over, result)


def _plural(name: str) -> str:
    return "samples" if is_batch(name) else name


def _thing(text: str, axis: str) -> str:
    return "biases" if text.lower() in ("b", "bias", "self.b") else f"values of {text} ({axis})"


def _ones(scene: Scene, text: str, over: int, result: Array) -> Iterator[str]:
    """The sum in matrix algebra: a column (or row) of ones times the bias."""
    if not scene.step.named.endswith(".add"):
        return
    other = next((one.text for one in scene.parts() if one.text != text), "")
    size = size_text(result.shape[over].size)
    if over == 0:
        yield f"In matrix algebra: {other} + 1 {text}, where 1 is a ({size}, 1) column of ones."
    else:
        yield f"In matrix algebra: {other} + {text} 1, where 1 is a (1, {size}) row of ones."


def _backward(
    scene: Scene, text: str, sizes: Sequence[object], over: Sequence[int], result: Array
) -> Iterator[str]:
    """The gradient of what was used several times is a sum over the uses."""
    way = GRADIENT_OF.get(scene.step.named.removeprefix("operator."))
    if way is None:
        return
    times = " x ".join(size_text(result.shape[at].size) for at in over)
    names = [name for at in over for name in [_header(scene)[at] if _header(scene) else ""] if name]
    where = f" over {listed(names)}" if names else ""
    yield (f"Going back: {text} was used {times} times, so its gradient is a SUM{where}:")
    missing = result.rank - len(sizes)
    inner = [at for at in over if at >= missing]
    other = next((one.text for one in scene.parts() if one.text != text), "")
    gradient = way[text != scene.parts()[0].text].format(other=other)
    torch = scene.library == "torch"
    dim, keep = ("dim", "keepdim") if torch else ("axis", "keepdims")
    axes = over[0] if len(over) == 1 else tuple(over)
    kept = f", {keep}=True" if inner and not missing else ""
    atom = gradient if gradient.isidentifier() or gradient.startswith("(") else f"({gradient})"
    shape = f"({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"
    yield f"    d{text} = {atom}.sum({dim}={axes}{kept})   {shape}      not {shape_of(result)}"


def _count(array: Array) -> str:
    return size_text(product(array.sizes))
