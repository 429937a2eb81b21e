"""Functions that walk over values: `zip`, `enumerate`, `map`, iterators and itertools."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from shapecheck.ops import Unknown
from shapecheck.static.joining import joined
from shapecheck.static.values import Iterator_, ListValue, Made, SetValue, bare

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterable

    from shapecheck.static.calls import Calls

MOST = 4096  # items of a sequence that are worth listing


def _range(_: Calls, args: list[object], *__: Any) -> object:
    if not args or not all(isinstance(one, int) for one in args):
        return Unknown("a range")
    try:
        found = range(*args)  # type: ignore[call-overload]
        count = (
            max(0, -(-(found.stop - found.start) // found.step))
            if abs(found.stop - found.start) > MOST * abs(found.step)
            else len(found)
        )
    except (TypeError, ValueError):
        return Unknown("a range")
    if count > MOST:
        return Unknown("a long range", "long range")
    return tuple(found)


def _several(machine: Calls, args: list[object]) -> list[list[object]] | None:
    """The items of several values, where all are known.

    An iterator that stands there twice gives its items by turns: that is not followed.
    """
    twice = [one for one in args if isinstance(one, Iterator_)]
    if len({id(one) for one in twice}) < len(twice):
        return None
    found = [machine.items(one) for one in args]
    return None if any(one is None for one in found) else found  # type: ignore[return-value]


def _listed(items: Iterable[object]) -> object:
    """An iterator over items, unless they are too many."""
    found = list(itertools.islice(items, MOST + 1))
    return Iterator_(found) if len(found) <= MOST else Iterator_([], open_=True)


def _some(element: object) -> Made:
    """An iterator of which it is only known what it gives."""
    return Made("an iterator", {"element": element})


def _enumerate(machine: Calls, args: list[object], kwargs: dict[str, object], _: Any) -> object:
    start = args[1] if len(args) > 1 else kwargs.get("start", 0)
    items = machine.items(args[0]) if args else None
    if items is None or not isinstance(start, int):
        return _some((Unknown("", "number"), _element(machine, args)))
    return Iterator_([(start + at, one) for at, one in enumerate(items)])


def _element(machine: Calls, args: list[object]) -> object:
    return machine.element(args[0]) if args else Unknown("")


def _zip(machine: Calls, args: list[object], *_: Any) -> object:
    many = _several(machine, args)
    if many is None:
        return _some(tuple(machine.element(one) for one in args))
    return Iterator_(list(zip(*many, strict=False)))


def _zip_longest(machine: Calls, args: list[object], kwargs: dict[str, object], _: Any) -> object:
    many = _several(machine, args)
    if many is None:
        return _some(Unknown(""))
    return Iterator_(list(itertools.zip_longest(*many, fillvalue=kwargs.get("fillvalue"))))


def _reversed(machine: Calls, args: list[object], *_: Any) -> object:
    items = machine.items(args[0]) if args else None
    return _some(_element(machine, args)) if items is None else Iterator_(items[::-1])


def _sorted(machine: Calls, args: list[object], kwargs: dict[str, object], node: ast.AST) -> object:
    given = bare(args[0]) if args else None
    is_set = isinstance(given, SetValue) and not given.open
    items = list(given) if is_set else machine.items(given)  # type: ignore[call-overload]
    if items is None:
        return ListValue([], open_=True)
    key = kwargs.get("key")
    keys = items if key is None else [machine.call(key, [one], {}, node) for one in items]  # type: ignore[arg-type]
    backwards = kwargs.get("reverse", False)
    if isinstance(backwards, bool) and all(map(_sortable, keys)):
        try:
            order = sorted(range(len(items)), key=keys.__getitem__, reverse=backwards)  # type: ignore[arg-type]
            return ListValue([items[at] for at in order])
        except TypeError:
            pass
    return ListValue([_any_of(items)] * len(items))


def _sortable(key: object) -> bool:
    return isinstance(key, (int, float, str)) or (
        isinstance(key, tuple) and all(map(_sortable, key))
    )


def _any_of(items: list[object]) -> object:
    """One of several items."""
    found = items[0] if items else Unknown("")
    for one in items[1:]:
        found = joined(found, one)
    return found


def _map(machine: Calls, args: list[object], _: Any, node: ast.AST) -> object:
    many = _several(machine, args[1:])
    if len(args) < 2:  # noqa: PLR2004
        return Unknown("")
    if many is None:
        depth = machine.doubts
        machine.doubt(id(node))
        given = [machine.element(one) for one in args[1:]]
        element = machine.call(args[0], given, {}, node)  # type: ignore[arg-type]
        machine.doubts = depth
        return _some(element)
    return Iterator_([machine.call(args[0], list(row), {}, node) for row in zip(*many)])  # type: ignore[arg-type] # noqa: B905


def _filter(machine: Calls, args: list[object], _: Any, node: ast.AST) -> object:
    if len(args) != 2:  # noqa: PLR2004
        return Unknown("")
    items = machine.items(args[1])
    if items is None:
        return _some(machine.element(args[1]))
    kept = []
    for one in items:
        value = one if args[0] is None else machine.call(args[0], [one], {}, node)  # type: ignore[arg-type]
        verdict = machine.truth(value)
        if verdict is None:
            return _some(_any_of(items))
        if verdict:
            kept.append(one)
    return Iterator_(kept)


def _starmap(machine: Calls, args: list[object], _: Any, node: ast.AST) -> object:
    items = machine.items(args[1]) if len(args) > 1 else None
    rows = None if items is None else [machine.items(one) for one in items]
    if rows is None or None in rows:
        return _some(Unknown(""))
    return Iterator_([machine.call(args[0], list(row or []), {}, node) for row in rows])  # type: ignore[arg-type]


def _iter(machine: Calls, args: list[object], *_: Any) -> object:
    value = bare(args[0]) if len(args) == 1 else None
    if isinstance(value, (Iterator_, Made)):
        return value
    items = machine.items(value)
    return _some(machine.element(value)) if items is None else Iterator_(items)


def _next(machine: Calls, args: list[object], *_: Any) -> object:
    value = bare(args[0]) if args else None
    if not isinstance(value, ListValue):
        return machine.element(value)
    machine.state.touch(value)
    if value.open:
        return Unknown("")
    if value:
        return value.pop(0)
    return args[1] if len(args) > 1 else Unknown("there is nothing more")


def _chain(machine: Calls, args: list[object], *_: Any) -> object:
    many = _several(machine, args)
    if many is None:
        return _some(_any_of([machine.element(one) for one in args]))
    return Iterator_([one for some in many for one in some])


def _chain_from(machine: Calls, args: list[object], _: Any, node: ast.AST) -> object:
    items = machine.items(args[0]) if args else None
    return _some(Unknown("")) if items is None else _chain(machine, items, {}, node)


def _combined(combine: Callable[..., Iterable[object]], pools: int | None) -> Any:
    """`product`, `combinations`, `permutations`, `accumulate`: Python's own on what is known."""

    def combined(machine: Calls, args: list[object], kwargs: dict[str, object], _: Any) -> object:
        given, numbers = (args, []) if pools is None else (args[:pools], args[pools:])
        many = _several(machine, given)
        plain = all(isinstance(one, int) for one in (*numbers, *kwargs.values()))
        if many is None or not plain:
            return _some(Unknown(""))
        return _listed(combine(*many, *numbers, **kwargs))

    return combined


def _islice(machine: Calls, args: list[object], *_: Any) -> object:
    bounds: list[Any] = args[1:]
    items = machine.items(args[0]) if args else None
    if items is None or not all(one is None or isinstance(one, int) for one in bounds):
        return _some(_element(machine, args))
    return Iterator_(list(itertools.islice(items, *bounds)))


def _endless(machine: Calls, args: list[object], kwargs: dict[str, object], _: Any) -> object:
    """`itertools.count`: numbers without end."""
    del machine, args, kwargs
    return _some(Unknown("", "number"))


def _cycle(machine: Calls, args: list[object], *_: Any) -> object:
    items = machine.items(args[0]) if args else None
    return _some(_any_of(items) if items else _element(machine, args))


def _repeat(_: Calls, args: list[object], kwargs: dict[str, object], __: Any) -> object:
    times = args[1] if len(args) > 1 else kwargs.get("times")
    if args and isinstance(times, int):
        return _listed(itertools.repeat(args[0], times))
    return _some(args[0] if args else Unknown(""))


WAYS: dict[str, Any] = {
    "builtins.range": _range,
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
    "builtins.reversed": _reversed,
    "builtins.sorted": _sorted,
    "builtins.map": _map,
    "builtins.filter": _filter,
    "builtins.iter": _iter,
    "builtins.next": _next,
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _chain_from,
    "itertools.zip_longest": _zip_longest,
    "itertools.starmap": _starmap,
    "itertools.product": _combined(itertools.product, None),
    "itertools.combinations": _combined(itertools.combinations, 1),
    "itertools.permutations": _combined(itertools.permutations, 1),
    "itertools.pairwise": _combined(itertools.pairwise, 1),
    "itertools.islice": _islice,
    "itertools.count": _endless,
    "itertools.cycle": _cycle,
    "itertools.repeat": _repeat,
}
