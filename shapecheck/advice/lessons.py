"""Why an expression is allowed: what is paired, what is stretched, what that means going back.

If it is not allowed, the lesson ends with the finding.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapecheck.advice import operations, stretching, teaching
from shapecheck.advice.operations import SIGNS
from shapecheck.advice.scene import Scene, shape_of
from shapecheck.advice.words import size_text
from shapecheck.diagnostics import Diagnostic, Note, Span
from shapecheck.diagnostics.lesson import Lesson, LessonStep
from shapecheck.dims import is_size, lone_symbol
from shapecheck.infer import Evaluator
from shapecheck.ops import Array, Record, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shapecheck.dims import Assumptions
    from shapecheck.facts import Fact
    from shapecheck.infer import Lookup, Step

MOST_STEPS = 200  # ops of an expression that anybody reads about


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
        steps += _taught(step, tree, source, evaluator)
    result = _plain(value)
    why = getattr(value, "why", "") if isinstance(value, Unknown) else "nothing is known of it"
    return Lesson(text, tuple(steps), result, None, "" if result else why or "it is not known")


def _plain(value: object) -> str:
    """A value in words: a shape, a number, a tuple of such; "" if it is not known."""
    if isinstance(value, Array):
        return shape_of(value)
    if isinstance(value, Record):
        return _plain(value.values)
    if isinstance(value, (tuple, list)):
        parts = [_plain(one) or "?" for one in value]
        return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
    if is_size(value):
        return size_text(value)
    return str(value) if isinstance(value, (float, complex, str, bool)) or value is None else ""


def _source(text: str) -> Callable[[ast.AST], str]:
    def source(node: ast.AST) -> str:
        return ast.get_source_segment(text, node) or ast.unparse(node)

    return source


# --- what is not allowed --------------------------------------------------------------------------


def _in_doubt(step: Step) -> Fact | None:
    """The requirement that fails, or that holds only for some values of the names."""
    broken = step.applied.broken
    if broken is not None:
        return broken
    doubtful = (fact for fact in step.applied.facts if fact.holds is None)
    return next((one for one in doubtful if _is_between_names(one)), None)


def _is_between_names(fact: Fact) -> bool:
    """Whether two names (or a name and a number) would have to be equal, which nobody said.

    An equality of formulas, such as ``d == h*(d//h)``, is rather something to take for granted.
    """
    if fact.relation not in ("equals", "broadcasts"):
        return False
    sides = [getattr(one, "size", one) for one in (fact.left, fact.right)]
    return all(isinstance(one, int) or lone_symbol(one) is not None for one in sides)


def _finding(scene: Scene, text: str) -> Diagnostic:
    told = operations.explain(scene)
    node = scene.step.node
    begin = len(text.encode()[: getattr(node, "col_offset", 0)].decode(errors="ignore"))
    end = getattr(node, "end_col_offset", None)
    stop = len(text) if end is None else len(text.encode()[:end].decode(errors="ignore"))
    span = Span("", 1, begin + 1, 1, stop + 1, "", (text,))
    return Diagnostic(
        told.rule,
        told.message,
        span,
        "",
        told.operands,
        told.reason,
        tuple(_doubts(scene.fact)),
        told.fixes,
        (scene.fact,),
    )


def _doubts(fact: Fact) -> Iterator[Note]:
    """What would have to hold, where nothing says whether it does."""
    if fact.holds is None:
        left, right = (size_text(getattr(one, "size", one)) for one in (fact.left, fact.right))
        either = ", or one of them to be 1" if fact.relation == "broadcasts" else ""
        yield Note(f"It needs {left} == {right}{either}, which nothing promises.")


# --- what is said about an op that is allowed -----------------------------------------------------


def _taught(
    step: Step, tree: ast.expr, source: Callable[[ast.AST], str], evaluator: Evaluator
) -> Iterator[LessonStep]:
    """The step for one op; none for what only makes an array or takes a size."""
    scene = Scene(step, _NOTHING, tree, evaluator.lookup, source)
    over = stretching.stretched(scene)
    sign = _sign(step)
    expression, equation = source(step.node), _equation(scene, sign)
    if over:
        yield LessonStep(
            expression,
            equation,
            stretching.header(scene),
            stretching.table(scene, over),
            (*stretching.sentences(scene, over), *_provided(step)),
            stretching.question(scene, sign),
        )
        return
    said = (*teaching.sentences(scene), *_provided(step))
    if said or (scene.parts() and isinstance(step.value, (Array, tuple, list))) or not tree:
        yield LessonStep(expression, equation, sentences=said)
    elif step.node is tree:
        yield LessonStep(expression, equation)


def _sign(step: Step) -> str:
    space, _, name = step.named.rpartition(".")
    return SIGNS.get(name, "") if space == "operator" else ""


def _equation(scene: Scene, sign: str) -> str:
    """The op on shapes: ``(3, 2) @ (2, 2) -> (3, 2)``."""
    result = _plain(scene.step.value) or _records(scene.step.value)
    shown = (part for part in scene.parts() if part.rank or not _is_plain(part.node))
    shapes = [shape_of(part.array) for part in shown]
    if sign and len(shapes) == 2:
        return f"{shapes[0]} {sign} {shapes[1]} -> {result}"
    return f"{', '.join(shapes)} -> {result}" if shapes else f"-> {result}"


def _is_plain(node: ast.expr | None) -> bool:
    """Whether an operand is a number that is written out, or not written at all."""
    return node is None or isinstance(node, ast.Constant)


def _records(value: object) -> str:
    """A named tuple in words."""
    values = value.values if isinstance(value, Record) else ()
    return f"({', '.join(_plain(one) or '?' for one in values)})" if values else "?"


def _provided(step: Step) -> Iterator[str]:
    """What has to hold of the names, where nothing decides it."""
    seen = set()
    for fact in step.applied.facts:
        text = _condition(fact) if fact.holds is None else ""
        if text and text not in seen:
            seen.add(text)
            yield f"Provided that {text}."


def _condition(fact: Fact) -> str:
    left, right = (getattr(one, "size", one) for one in (fact.left, fact.right))
    if fact.relation in ("equals", "broadcasts") and is_size(left) and is_size(right):
        either = " or one of them is 1" if fact.relation == "broadcasts" else ""
        return f"{size_text(left)} == {size_text(right)}{either}"
    if fact.relation == "divides" and is_size(left) and is_size(right):
        return f"{size_text(left)} divides {size_text(right)}"
    if fact.relation == "at-least" and is_size(left) and is_size(right):
        return f"{size_text(left)} is at least {size_text(right)}"
    if fact.relation == "in-range" and is_size(left):
        return f"{size_text(left)} lies within the axis"
    text = getattr(fact.why, "text", "")
    return text.replace(" has to ", " does ").replace(" have to ", " do ") if text else ""


class _Nothing:
    """No requirement in particular."""

    left = right = why = None
    relation = ""
    holds = True


_NOTHING: Fact = _Nothing()  # type: ignore[assignment]
