"""What instrumented operators and calls report to, and what is made of it.

All of these are called from the user's own frames, at each operator and call. What was seen before
is looked up by the states of the operands and costs about a microsecond; what is new is asked of
the rules of ops once. Nothing of the user's is run here, and nothing that goes wrong here gets out.
"""

from __future__ import annotations

import ast
import sys
import types
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from shapecheck.infer import Evaluator, Function, Opaque
from shapecheck.infer.expr import Method
from shapecheck.ops import Array, Record, Unknown
from shapecheck.runtime import axes, findings, judging, notices
from shapecheck.runtime.crash import Observations
from shapecheck.runtime.kinds import KINDS, METHODS, is_array, owner_of
from shapecheck.runtime.live import layer_of, qualified_name, stored_attribute, value_of
from shapecheck.runtime.seen import Seen
from shapecheck.runtime.sites import SITES, SOURCES, Site, extent_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from shapecheck.infer import Step
    from shapecheck.runtime.axes import State
    from shapecheck.runtime.places import Place

NOWHERE = ast.Call(
    ast.Name("f", ast.Load()), [], []
)  # stands for the syntax of an op that nothing is said of
MOST_MISSES = 100  # of a place, after which nothing new is asked there
SETTLED = 50  # times that a place was passed without anything new: shapes are enough from then on
MOST_QUICK = 256  # shapes that are remembered of a settled place
MOST_PARTS = 64  # of a list of arrays that is looked into
MOST_TEXT = 64  # characters of a string that is told from others
RESHAPES = ("resize_", "squeeze_", "unsqueeze_", "t_", "transpose_", "swapaxes_", "swapdims_")
LIBRARIES = ("builtins", "numpy", "torch", "einops")  # of whose classes nothing of the user's runs

States: TypeAlias = "State | tuple[States, ...] | None"


@dataclass(slots=True)
class Outcome:
    """What is known of an operator or call that was given something.

    Attributes:
        states: those of the result: one, or one for each part.
        keys: the findings that it is counted for.
        owner: the module that was called, which is part of the key by its identity alone.
    """

    states: States = None
    keys: tuple[Hashable, ...] = ()
    owner: Callable[[], Any] | None = None


def _never() -> bool:
    return False


# Whether torch.compile is tracing the caller: then there is nothing to see. Torch knows this
# function as one that is true in its graphs.
compiling: Callable[[], bool] = _never


def torch_is_loaded() -> None:
    """Ask torch from now on whether it is compiling."""
    global compiling  # noqa: PLW0603 - there is one torch
    asked = getattr(
        getattr(sys.modules.get("torch"), "compiler", None), "is_dynamo_compiling", None
    )
    compiling = asked or _never


# --- reporters ----------------------------------------------------------------------------------


def one(number: int, held: Any, result: Any, operand: Any, *_: None) -> Any:
    """An operator or attribute of one operand: ``-x``, ``x.T``."""
    if not KINDS[type(result)] or not KINDS[type(operand)] or compiling():
        return result
    site = SITES.get(number)
    if site is not None and not site.off:
        quick = site.quick
        if quick is None:
            _look(site, held, result, (operand,), _evaluate_one)
        elif (shape := operand.shape) not in quick:
            quick[shape] = _look(site, held, result, (operand,), _evaluate_one)
        elif quick[shape]:
            _count(quick[shape])
    return result


def two(number: int, held: Any, result: Any, left: Any, right: Any, *_: None) -> Any:
    """An operator of two operands."""
    if not KINDS[type(result)] or compiling():
        return result
    site = SITES.get(number)
    if site is not None and not site.off:
        quick = site.quick
        if quick is None:
            _look(site, held, result, (left, right), _evaluate_two)
            return result
        shapes = (
            left.shape if KINDS[type(left)] else None,
            right.shape if KINDS[type(right)] else None,
        )
        if shapes not in quick:
            quick[shapes] = _look(site, held, result, (left, right), _evaluate_two)
        elif quick[shapes]:
            _count(quick[shapes])
    return result


def item(number: int, held: Any, result: Any, owner: Any, index: Any, *_: None) -> Any:
    """A part of an array: ``x[:, None]``."""
    if not KINDS[type(result)] or not KINDS[type(owner)] or compiling():
        return result
    site = SITES.get(number)
    if site is not None and not site.off:
        quick = site.quick
        if quick is None:
            _look(site, held, result, (owner, index), _evaluate_item)
        elif (shapes := (owner.shape, result.shape)) not in quick:
            quick[shapes] = _look(site, held, result, (owner, index), _evaluate_item)
        elif quick[shapes]:
            _count(quick[shapes])
    return result


def call(number: int, held: Any, result: Any, given: tuple[Any, ...], *_: None) -> Any:
    """A call: what was called comes first, then the arguments, keywords last."""
    site = SITES.get(number)
    if site is None or site.off or compiling():
        return result
    kind = type(result)
    if not KINDS[kind] and not issubclass(kind, (tuple, list)):
        if site.name in RESHAPES:
            axes.forget(owner_of(given[0]))
        return result
    if site.skips and _own(given[0]) in site.skips:
        return result
    quick = site.quick
    if quick is None:
        _look(site, held, result, given, _evaluate_call)
        return result
    key = tuple([_quickly(thing) for thing in given])
    if key not in quick:
        quick[key] = _look(site, held, result, given, _evaluate_call)
    elif quick[key]:
        _count(quick[key])
    return result


def step(number: int, held: Any, value: Any, holder: Any) -> Any:
    """The value of ``W -= value``, before W is changed by it; `holder` is W, or what it is in."""
    if not is_array(value) or compiling():
        return value
    site = SITES.get(number)
    if site is not None and not site.off and site.hits < SETTLED:
        try:
            before = _stored(site, holder)
        except Exception as error:  # noqa: BLE001 - the user's program comes first
            _failed(site, error)
            return value
        if is_array(before):
            _look(site, held, before, (before, value), _evaluate_two)
    return value


def _stored(site: Site, holder: Any) -> Any:
    """What an update changes, looked up without running anything."""
    target = site.node.target
    if isinstance(target, ast.Name):
        return holder
    if isinstance(target, ast.Attribute):
        return stored_attribute(holder, target.attr)
    if type(holder) in (dict, list):
        key = target.slice.value
        is_there = key in holder if type(holder) is dict else key < len(holder)
        return holder[key] if is_there else None
    return None


def sizes(number: int, thing: Any) -> Any:
    """An array whose sizes are about to be read: ``x.shape``, ``len(x)``."""
    if not KINDS[type(thing)] or compiling():
        return thing
    site = SITES.get(number)
    if site is not None and not site.off and site.hits < SETTLED:
        site.hits += site.name != "size"  # whose calls are counted elsewhere
        try:
            site.last = axes.of(thing, (number, "sizes"))
        except Exception as error:  # noqa: BLE001 - the user's program comes first
            _failed(site, error)
    return thing


# --- looking ------------------------------------------------------------------------------------


def _count(keys: tuple[Hashable, ...]) -> None:
    """Findings were made once more."""
    for key in keys:
        findings.again(key)


def _quickly(thing: Any) -> Any:
    """What tells arguments apart at a place that is settled."""
    kind = type(thing)
    if KINDS[kind]:
        return thing.shape
    if kind is int or kind is bool or kind is str or thing is None:
        return thing
    if kind in METHODS:
        return _quickly(thing.__self__)
    if kind is tuple or kind is list:
        return tuple([_quickly(one_) for one_ in thing]) if len(thing) <= MOST_PARTS else kind
    return id(thing) if _is_module(thing) else kind


def _own(callee: Any) -> Any:
    """What a function, method or module of the user's has in common with others of its kind."""
    kind = type(callee)
    if kind is types.FunctionType:
        return callee.__code__
    if kind is types.MethodType:
        return _own(callee.__func__)
    return kind


def _look(
    site: Site,
    held: Any,
    result: Any,
    given: tuple[Any, ...],
    evaluate: Callable[[Site, tuple[Any, ...]], Step | None],
) -> tuple[Hashable, ...]:
    """Look at something that is not known by its shapes alone; the findings to count it by."""
    try:
        parts = [_part(thing, site, at) for at, thing in enumerate(given)]
        key = (*parts, result.shape) if evaluate is _evaluate_item else tuple(parts)
        known = site.outcomes.get(key)
        if known is None or (known.owner is not None and known.owner() is not given[0]):
            known = _new(site, held, result, given, evaluate)
            if site.misses <= MOST_MISSES:
                site.outcomes[key] = known
        else:
            _count(known.keys)
            site.hits += 1
            if site.hits == SETTLED and all(map(_is_plain, site.outcomes.values())):
                site.quick = {}
        if known.states is not None:
            _remember(result, known.states, (site.source.path, site.extent))
        if site.quick is not None and len(site.quick) > MOST_QUICK:
            site.quick = {}
    except RecursionError:
        return ()
    except Exception as error:
        if getattr(error, "diagnostic", None) is not None:
            raise  # a finding, under --strict
        _failed(site, error)
        return ()
    return known.keys


def _is_plain(outcome: Outcome) -> bool:
    """Whether the axes that came out are as good as any others, once nothing new comes of them."""
    states = outcome.states if isinstance(outcome.states, tuple) else (outcome.states,)
    return all(
        one_ is None or (isinstance(one_, axes.State) and one_.is_plain and one_.doubt is None)
        for one_ in states
    )


def _failed(site: Site, error: Exception) -> None:
    site.off = True
    notices.own_failure(error, site.where)


def _part(thing: Any, site: Site, at: int) -> Any:
    """What tells an operand from others that are judged differently."""
    kind = type(thing)
    if KINDS[kind]:
        entry = axes.TABLE.get(id(thing))
        if entry is not None and entry[0]() is thing:
            return entry[1]
        return axes.of(thing, (site.source.path, site.extent, at))
    if kind is int or kind is bool or thing is None:
        return thing if site.kind == "Call" else kind  # elsewhere the result shows it
    if kind is str:
        return thing if len(thing) <= MOST_TEXT else str
    if kind is tuple or kind is list:
        return _parts(thing, site, at)
    return _callee(thing, site, at) if site.kind == "Call" else kind


def _parts(things: Any, site: Site, at: int) -> Any:
    """The same of a tuple or list."""
    if things and type(things[0]) is str and things[0] == ":":  # a slice: the result shows it
        return ":"
    if len(things) <= MOST_PARTS:
        return tuple(_part(one_, site, at) for one_ in things)
    return type(things)


def _callee(thing: Any, site: Site, at: int) -> Any:
    """The same of what was called, or may be."""
    kind = type(thing)
    if kind in METHODS and is_array(thing.__self__):
        return _part(thing.__self__, site, at)
    if at == 0 and (_is_module(thing) or (_is_a_librarys(kind) and qualified_name(thing))):
        return id(thing)
    return kind


def _is_a_librarys(kind: type) -> bool:
    """Whether objects of a class can be looked at without running anything of the user's."""
    return kind.__module__.partition(".")[0] in LIBRARIES


def _is_module(thing: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and hasattr(torch, "nn") and issubclass(type(thing), torch.nn.Module)


def _remember(result: Any, states: States, place: Hashable) -> None:
    if isinstance(states, tuple):
        for one_, known in zip(result, states, strict=False):
            if known is not None:
                _remember(one_, known, place)
    elif states is not None and is_array(result):
        axes.remember(result, states, place)


def _new(
    site: Site,
    held: Any,
    result: Any,
    given: tuple[Any, ...],
    evaluate: Callable[[Site, tuple[Any, ...]], Step | None],
) -> Outcome:
    """Ask the rules about something that was not met here before."""
    site.misses += 1
    if compiling is _never and "torch" in sys.modules:
        torch_is_loaded()
    if site.misses > MOST_MISSES:
        return Outcome()
    known = [axes.known(one_) for one_ in _arrays(given)]
    if None in known:  # one was given another shape behind our back
        for one_ in _arrays(given):
            axes.of(one_, (site.source.path, site.extent, "again"))
    step = evaluate(site, given)
    if step is None:
        if evaluate is _evaluate_call and _function(given[0]) is None:
            site.skips.add(_own(given[0]))
        return Outcome()
    seen = Seen(site, step, given, result, held)
    keys = judging.judge(seen)
    states = judging.marked(_states(step.value, result, site), seen, keys)
    owner = weakref.ref(given[0]) if _is_module(given[0]) else None
    return Outcome(states, keys, owner)


def _arrays(things: Sequence[Any]) -> list[Any]:
    found = []
    for one_ in things:
        if is_array(one_):
            found.append(one_)
        elif is_array(owner_of(one_)):
            found.append(owner_of(one_))
        elif type(one_) in (tuple, list) and len(one_) <= MOST_PARTS:
            found += _arrays(one_)
    return found


def _states(value: object, result: Any, site: Site) -> States:
    """The states of a result, as far as the rule's answer agrees with what came out."""
    if isinstance(value, Record):
        value = value.values
    if isinstance(value, (tuple, list)) and isinstance(result, (tuple, list)):
        if len(value) != len(result):
            return None
        return tuple(_states(one_, real, site) for one_, real in zip(value, result, strict=True))
    if not isinstance(value, Array) or not is_array(result) or value.is_open:
        return None
    if value.sizes != tuple(result.shape):
        return None
    return axes.state(axes.identified(value, (site.source.path, site.extent)))


# --- evaluating ---------------------------------------------------------------------------------


class _Nothing:
    """A lookup for evaluations that are given all that they need."""

    def name(self, name: str) -> object:
        return Unknown(name)

    def attribute(self, value: object, name: str) -> object:
        del value
        return Unknown(name)

    def call(self, function: object, args: object, kwargs: object, node: object) -> object:
        del function, args, kwargs, node
        return Unknown()

    def known(self, node: object) -> None:
        del node


def _value(thing: Any) -> object:
    """A value for the rules; arrays with their axes."""
    kind = type(thing)
    if KINDS[kind]:
        found = axes.known(thing)
        return found.array if found is not None else value_of(thing)
    if kind in (tuple, list) and len(thing) <= MOST_PARTS:
        return kind(_value(one_) for one_ in thing)
    return value_of(thing) if kind is slice or _is_a_librarys(kind) else Opaque(thing)


def _last(evaluator: Evaluator) -> Step | None:
    return evaluator.steps[-1] if evaluator.steps else None


def _evaluate_one(site: Site, given: tuple[Any, ...]) -> Step | None:
    evaluator = Evaluator(_Nothing())
    value = _value(given[0])
    if not isinstance(value, Array):
        return None
    if site.kind == "Attribute":
        evaluator.attribute(value, site.name, NOWHERE)
    else:
        evaluator.operator(site.name, [value], NOWHERE)
    return _last(evaluator)


def _evaluate_two(site: Site, given: tuple[Any, ...]) -> Step | None:
    evaluator = Evaluator(_Nothing())
    evaluator.operator(site.name, [_value(one_) for one_ in given], NOWHERE)
    return _last(evaluator)


def _evaluate_item(site: Site, given: tuple[Any, ...]) -> Step | None:
    del site
    owner, index = given
    evaluator = Evaluator(_Nothing())
    evaluator.apply("operator.getitem", [_value(owner), _index(index)], {}, NOWHERE)
    return _last(evaluator)


def _index(index: Any) -> object:
    """An index as it was written: slices come as ``(":", start, stop, step)``."""
    if type(index) is not tuple:
        return _value(index)
    if index and type(index[0]) is str and index[0] == ":":
        return slice(*map(_value, index[1:]))
    return tuple(_index(one_) for one_ in index)


def _evaluate_call(site: Site, given: tuple[Any, ...]) -> Step | None:
    callee, *rest = given
    function = _function(callee)
    if function is None:
        return None
    count = len(rest) - len(site.keywords)
    args = [_value(one_) for one_ in rest[:count]]
    kwargs = dict(zip(site.keywords, map(_value, rest[count:]), strict=True))
    evaluator = Evaluator(_Nothing())
    evaluator.call(function, args, kwargs, NOWHERE)
    return _last(evaluator)


def _function(callee: Any) -> object | None:
    """What was called, as the evaluator knows it; None for anything of the user's."""
    owner = owner_of(callee)
    if is_array(owner):
        value = _value(owner)
        return Method(value, callee.__name__) if isinstance(value, Array) else None
    if _is_module(callee):
        return layer_of(callee)
    known = qualified_name(callee) if _is_a_librarys(type(callee)) else ""
    return Function(known) if known else None


# --- for explanations ---------------------------------------------------------------------------


def operands(place: Place) -> dict[ast.expr, Any]:
    """The values of the operands that a frame holds for the expression that it was evaluating."""
    source, failed = SOURCES.get(place.path), place.node
    if source is None or place.statement is None or not isinstance(failed, ast.expr):
        return {}
    found: dict[ast.expr, Any] = {}
    names = place.frame.f_locals
    inner = {
        (type(one_).__name__, extent_of(one_)): one_
        for one_ in ast.walk(place.statement)
        if isinstance(one_, ast.expr)
    }
    for node in ast.walk(place.statement):
        if not isinstance(node, ast.expr) or not any(one_ is failed for one_ in ast.walk(node)):
            continue
        site = source.sites.get((type(node).__name__, extent_of(node)))
        for where, name in site.kept.items() if site is not None else ():
            operand = inner.get(where)
            if (
                operand is not None
                and names.get(name) is not None
                and (node is failed or _is_before(operand, failed))
            ):
                found[operand] = names[name]
    return found


def _is_before(operand: ast.expr, other: ast.expr) -> bool:
    """Whether an operand was evaluated before another began to be."""
    end = operand.end_lineno or 0, operand.end_col_offset or 0
    return end <= (other.lineno, other.col_offset)


def observations() -> Observations:
    """What a run knows of a crash beyond the frames."""
    return Observations(operands)
