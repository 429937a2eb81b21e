"""Gradients that an `autograd.Function` gives back: the slot of a wrong one, in its `backward`.

torch rejects a gradient of another shape where ``loss.backward()`` stands; the mistake is in the
`return` of the function's own `backward`. What it does not reject it sums, or takes as it is.
"""

from __future__ import annotations

import ast
import re
import sys
import weakref
from typing import TYPE_CHECKING, Any

from shapecheck.advice import gradients as advice
from shapecheck.advice.diagnosed import span_text
from shapecheck.diagnostics import Diagnostic, Note
from shapecheck.dims import Assumptions
from shapecheck.infer.gradients import judged
from shapecheck.ops import Array
from shapecheck.runtime import axes, callsite, findings, notices
from shapecheck.runtime.callsite import made_at, span_at
from shapecheck.runtime.kinds import is_array
from shapecheck.runtime.sites import SITES
from shapecheck.runtime.syntax import own_nodes
from shapecheck.runtime.updates import crosses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shapecheck.advice.contracts import Explanation
    from shapecheck.diagnostics import Span
    from shapecheck.runtime.sites import Site

WRONG_SHAPE = re.compile(
    r"Function (?P<name>\w+)Backward returned an invalid gradient at index (?P<slot>\d+) - "
    r"got \[(?P<got>[\d, ]*)\] but expected shape compatible with \[(?P<wanted>[\d, ]*)\]"
)
WRONG_COUNT = re.compile(
    r"[Ff]unction (?P<name>\w+)Backward returned an incorrect number of gradients "
    r"\(expected (?P<wanted>\d+), got (?P<got>\d+)\)"
)
WAYS = ("backward", "vjp")


# --- rejected gradients -------------------------------------------------------------------------


def explain(error: BaseException) -> Diagnostic | None:
    """Explain a gradient that torch rejected; None for any other error."""
    text = str(error) if isinstance(error, RuntimeError) else ""
    shape, count = WRONG_SHAPE.search(text), WRONG_COUNT.search(text)
    found = shape or count
    cls = _class(found["name"]) if found is not None else None
    if found is None or cls is None:
        return None
    back = next(getattr(cls, name) for name in WAYS if name in vars(cls))
    node, path = callsite.definition(back)
    if node is None:
        return None
    returned = [one for one in own_nodes(node) if isinstance(one, ast.Return)]
    value = returned[0].value if len(returned) == 1 else None
    name = f"{cls.__name__}.{back.__name__}"
    if count is not None:
        told = advice.of_count(name, int(count["got"]), _inputs(cls))
        place: ast.AST = returned[0] if len(returned) == 1 else node
        return _diagnostic(told, span_at(place, path, name), text)
    assert shape is not None  # noqa: S101 - told to mypy
    at = int(shape["slot"])
    slot = _slot(value, at)
    gradient = _gradient(cls, at, slot, (_array(shape["got"]), _array(shape["wanted"])), name)
    span = span_at(slot or (returned[0] if len(returned) == 1 else node), path, name)
    return _diagnostic(advice.of_shape(gradient(path, node)), span, text)


def _class(name: str) -> Any:
    """The `autograd.Function` of a name that has a `backward` of its own."""
    torch = sys.modules.get("torch")
    waiting = [torch.autograd.Function] if torch is not None else []
    while waiting:
        cls = waiting.pop()
        if cls.__name__ == name and any(way in vars(cls) for way in WAYS):
            return cls
        waiting += cls.__subclasses__()
    return None


def _inputs(cls: Any) -> list[str]:
    """The names of what `forward` is the function of."""
    code = cls.forward.__code__
    names = list(code.co_varnames[: code.co_argcount])
    torch = sys.modules["torch"]
    own = cls.setup_context is not torch.autograd.function._SingleLevelFunction.setup_context  # noqa: SLF001 - torch asks the same
    return names if own else names[1:]


def _slot(value: ast.expr | None, at: int) -> ast.expr | None:
    """The expression that is returned for an argument."""
    if isinstance(value, ast.Tuple):
        known = not any(isinstance(one, ast.Starred) for one in value.elts[: at + 1])
        return value.elts[at] if known and at < len(value.elts) else value
    return value


def _array(sizes: str) -> Array:
    return Array.of(*(int(one) for one in sizes.split(",") if one.strip()), library="torch")


def _gradient(
    cls: Any, at: int, slot: ast.expr | None, arrays: tuple[Array, Array], giver: str
) -> Callable[[str, ast.AST], advice.Gradient]:
    names = _inputs(cls)
    got, wanted = arrays

    def make(path: str, node: ast.AST) -> advice.Gradient:
        made, name = slot, ""
        if isinstance(slot, ast.Name):
            assigned = made_at(slot.id, slot, node)
            if isinstance(assigned, ast.Assign) and len(assigned.targets) == 1:
                made, name = assigned.value, slot.id

        def span(one: ast.AST) -> Span | None:
            return span_at(one, path, giver)

        def source(one: ast.AST) -> str:
            return span_text(span_at(one, path, giver)) or ast.unparse(one)

        of = names[at] if at < len(names) else f"argument {at}"
        text = source(slot) if slot is not None else f"gradient {at}"
        return advice.Gradient(
            text, got, of, wanted, giver, made=made, name=name, source=source, span=span
        )

    return make


def _diagnostic(told: Explanation, span: Span, text: str) -> Diagnostic:
    said = Note(f"torch said: {' '.join(text.split())}")
    return Diagnostic(
        told.rule, told.message, span, "", told.operands, told.reason, (said,), told.fixes
    )


# --- gradients that are taken -------------------------------------------------------------------

# For each context of a function's call, by identity: what it was called with.
_called: dict[int, tuple[weakref.ref[Any], tuple[Any, ...]]] = {}
_gave: dict[int, tuple[Any, ...]] = {}  # and the states of what it gave


def saw(number: int, ctx: Any, given: tuple[Any, ...]) -> None:
    """A function is applied: note the axes of what it is applied to."""
    try:
        states = tuple(
            axes.of(one, (number, at)) if is_array(one) and one.requires_grad else None
            for at, one in enumerate(given)
        )
        key = id(ctx)
        _called[key] = weakref.ref(ctx, lambda _: _forget(key)), states
    except Exception as error:  # noqa: BLE001 - the user's program comes first
        notices.own_failure(error, SITES[number].where)


def gave(number: int, ctx: Any, value: Any) -> Any:
    """A function's `forward` returns: the gradients that come will have these axes."""
    try:
        entry = _called.get(id(ctx))
        if entry is not None and entry[0]() is ctx:
            things = value if type(value) is tuple else (value,)
            states = tuple(axes.known(one) if is_array(one) else None for one in things)
            _gave[id(ctx)] = states
    except Exception as error:  # noqa: BLE001 - the user's program comes first
        notices.own_failure(error, SITES[number].where)
    return value


def came(number: int, ctx: Any, given: tuple[Any, ...]) -> None:
    """A function's `backward` begins: each gradient has the axes of the result that it is of."""
    try:
        entry = _called.get(id(ctx))
        states = _gave.get(id(ctx), ()) if entry is not None and entry[0]() is ctx else ()
        for one, state in zip(given, states, strict=False):
            if state is not None and is_array(one) and state.sizes == tuple(one.shape):
                axes.remember(one, state)
    except Exception as error:  # noqa: BLE001 - the user's program comes first
        notices.own_failure(error, SITES[number].where)


def _forget(key: int) -> None:
    _called.pop(key, None)
    _gave.pop(key, None)


def gradients(number: int, ctx: Any, value: Any) -> Any:
    """A function's `backward` returns: hold each gradient against its argument."""
    site = SITES.get(number)
    entry = _called.get(id(ctx))
    if site is None or site.off or entry is None or entry[0]() is not ctx:
        return value
    try:
        for at, gradient, whole in _pairs(value, entry[1]):
            told = _judged(site, at, gradient, whole, type(ctx).__name__)
            if told is not None:
                key = (site, at, told.rule)
                if not findings.again(key):
                    findings.tell(told, key)
    except Exception as error:
        if getattr(error, "diagnostic", None) is not None:
            raise  # a finding, under --strict
        site.off = True
        notices.own_failure(error, site.where)
    return value


def _pairs(value: Any, wholes: tuple[Any, ...]) -> Iterator[tuple[int, Array, Array]]:
    grads = value if type(value) is tuple else (value,)
    for at, (gradient, whole) in enumerate(zip(grads, wholes, strict=False)):
        if whole is not None and is_array(gradient):
            yield at, axes.of(gradient, ("gradient", at)).array, whole.array


def _judged(site: Site, at: int, gradient: Array, whole: Array, backward: str) -> Diagnostic | None:
    """What is wrong with a gradient that torch takes."""
    summed = judged(gradient, whole, Assumptions()) == "grad-autoreduced"
    if not summed and not crosses(whole, gradient):
        return None
    cls = _class(backward.removesuffix("Backward"))
    if cls is None:
        return None
    source, node = site.source, site.node
    giver = f"{cls.__name__}.backward"
    slot = _slot(node.value, at)
    made = _gradient(cls, at, slot, (gradient, whole), giver)
    around = source.function(node) or source.tree
    one = made(source.path, around)
    told = advice.of_sum(one) if summed else advice.of_axes(one, (1, 0))
    return Diagnostic(
        told.rule,
        told.message,
        source.span(slot if slot is not None else node),
        "",
        told.operands,
        told.reason,
        (),
        told.fixes,
    )
