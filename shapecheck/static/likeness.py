"""Whether two calls are alike, and what a call gave, copied for another that is like it.

The arguments of a call are a graph: objects of the program that refer to each other. `Likeness`
writes it down so that two graphs that a function cannot tell apart are written alike. `Copier`
copies what the call gave and changed: objects that it made are made again, those that it was given
are exchanged for those of the other call, and sizes that it made up are made up anew.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapecheck.dims import Axis, Expr, Run, substitute, symbol, symbols
from shapecheck.infer.expr import Method
from shapecheck.infer.lookup import Function, Namespace
from shapecheck.ops import Array, Record, Unknown
from shapecheck.ops._need import Fresh, next_serial
from shapecheck.ops._values import Layer, Text
from shapecheck.static.promises import Flexible, flexible
from shapecheck.static.values import (
    Bound,
    ClassValue,
    Container,
    DictValue,
    External,
    FunctionValue,
    Instance,
    ListValue,
    Made,
    Maybe,
    ModuleValue,
    Partial,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapecheck.dims.expr import Symbol

MOST = 600  # values of a graph
PLAIN = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis))
SHARED = (ClassValue, External, Function, Namespace, ModuleValue, Text, Run)


class TooMuch(Exception):  # noqa: N818 - no error: it is not worth it, or cannot be done
    """A graph is too large to be compared, or holds what cannot be copied."""


def likeness_of(arguments: Mapping[str, object]) -> Likeness:
    """The arguments of a call, by the names of the parameters.

    Raises:
        TooMuch: they are not worth comparing.
    """
    found = Likeness()
    for name, value in arguments.items():
        found.words.append(name)
        found.add(value)
    return found


class Likeness:
    """The arguments of a call, written down.

    Attributes:
        words: the graph; equal for calls that are alike.
        given: the objects in it that can change, in the order in which they are met.
    """

    def __init__(self) -> None:
        self.words: list[Any] = []  # hashable values
        self.given: list[Any] = []
        self._numbers: dict[int, int] = {}

    def add(self, value: Any) -> None:
        """Write a value down.

        Raises:
            TooMuch: it is not worth it.
        """
        words = self.words
        if len(words) > MOST:
            raise TooMuch
        if isinstance(value, PLAIN):
            words += (type(value), value)
        elif isinstance(value, Unknown):
            words += (Unknown, value.kind)
        elif isinstance(value, Expr):
            words.append(value)
        elif isinstance(value, tuple):
            words += (tuple, len(value))
            for one in value:
                self.add(one)
        elif isinstance(value, ModuleValue):
            words.append(value.module)
        elif isinstance(value, (FunctionValue, *SHARED)):
            words.append(value)
        elif isinstance(value, Array):
            words.append(value)  # with the identities of its axes
        elif isinstance(value, (ListValue, DictValue, Instance, Container, Made)):
            self._object(value)
        else:
            self._compound(value)

    def _object(self, value: Any) -> None:
        number = self._numbers.get(id(value))
        if number is not None:
            self.words += ("again", number)
            return
        self._numbers[id(value)] = len(self.given)
        self.given.append(value)
        words = self.words
        if isinstance(value, ListValue):
            words += (type(value), len(value), value.open, getattr(value, "most", None))
            for one in value:
                self.add(one)
            self.add(value.rest)
        elif isinstance(value, DictValue):
            words += (DictValue, len(value), value.open)
            self._entries(value)
        elif isinstance(value, Instance):
            words += (type(value), value.cls, len(value.attributes), value.open)
            self._entries(value.attributes)
            self.add(value.base)
        elif isinstance(value, Container):
            words += (Container, value.kind)
            self.add(value.items)
        else:
            words += (Made, value.qualified, len(value.parts))
            self._entries(value.parts)

    def _entries(self, entries: dict[Any, object]) -> None:
        for key, one in entries.items():
            self.words += (type(key), key)
            self.add(one)

    def _compound(self, value: Any) -> None:
        self.words.append(type(value))
        if isinstance(value, Maybe):
            self.add(value.value)
        elif isinstance(value, Record):
            self.words.append(value.names)
            self.add(value.values)
        elif isinstance(value, Bound):
            self.add(value.function)
            self.add(value.owner)
        elif isinstance(value, Method):
            self.words.append(value.name)
            self.add(value.array)
        elif isinstance(value, Partial):
            self.add(value.function)
            self.add(value.args)
            self._entries(dict(value.kwargs))
        elif isinstance(value, Layer):
            self.words += (value.op.name, value.name, len(value.stored))
            self._entries(dict(value.stored))
            self._entries(dict(value.others))
        elif isinstance(value, slice):
            self.add((value.start, value.stop, value.step))
        else:
            raise TooMuch


class Copier:
    """Copies what a call gave.

    Args:
        others: for the identity of each object that is not to be copied, what stands in its place.
        since: the serial that the call began with.
    """

    def __init__(self, others: dict[int, object], since: int) -> None:
        self._copies = others
        self._since = since
        self._anew: dict[Symbol, Any] = {}
        self._count = itertools.count()

    def copy(self, value: Any) -> Any:
        """Copy a value.

        Raises:
            TooMuch: it is too large, or holds something that the call made and that cannot be.
        """
        if isinstance(value, (*PLAIN, Unknown, *SHARED)):
            if isinstance(value, ClassValue) and value.scope.born >= self._since:
                raise TooMuch
            return value
        if isinstance(value, Expr):
            return self._size(value)
        if id(value) in self._copies:
            return self._copies[id(value)]
        if next(self._count) > MOST:
            raise TooMuch
        if isinstance(value, (ListValue, DictValue, Instance, Container, Made)):
            return value if value.born < self._since else self._object(value)
        made = self._compound(value)
        self._copies[id(value)] = made
        return made

    def _object(self, value: Any) -> Any:
        if isinstance(value, ListValue):
            made: Any = value.emptied()
            self._copies[id(value)] = made
            made.rest = self.copy(value.rest)
            list.extend(made, [self.copy(one) for one in value])
        elif isinstance(value, DictValue):
            made = self._copies[id(value)] = DictValue(open_=value.open)
            made.update((key, self.copy(one)) for key, one in value.items())
        elif type(value) is Instance:
            made = self._copies[id(value)] = Instance(value.cls, open=value.open)
            made.attributes.update((key, self.copy(one)) for key, one in value.attributes.items())
            made.base = self.copy(value.base)
        elif isinstance(value, Container):
            made = self._copies[id(value)] = Container(value.kind, value.items)
            made.items = self.copy(value.items)
        elif isinstance(value, Made):
            made = self._copies[id(value)] = Made(value.qualified)
            made.parts.update((key, self.copy(one)) for key, one in value.parts.items())
        else:
            raise TooMuch
        return made

    def _compound(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(self.copy(one) for one in value)
        if isinstance(value, FunctionValue):
            if value.scope.born >= self._since:
                raise TooMuch
            return value
        if isinstance(value, Array):
            return self._array(value)
        if isinstance(value, Layer):
            stored = {key: self.copy(one) for key, one in value.stored.items()}
            others = {key: self.copy(one) for key, one in value.others.items()}
            return replace(value, stored=stored, others=others)
        if isinstance(value, Maybe):
            return Maybe(self.copy(value.value))
        if isinstance(value, Record):
            return Record(value.names, self.copy(value.values))
        if isinstance(value, Bound):
            return Bound(self.copy(value.function), self.copy(value.owner))
        if isinstance(value, Method):
            return Method(self.copy(value.array), value.name)
        if isinstance(value, Partial):
            kwargs = {key: self.copy(one) for key, one in value.kwargs.items()}
            return Partial(self.copy(value.function), self.copy(value.args), kwargs)
        if isinstance(value, slice):
            return slice(self.copy(value.start), self.copy(value.stop), self.copy(value.step))
        raise TooMuch

    def _array(self, value: Array) -> Array:
        axes = tuple(one if isinstance(one, Run) else self._axis(one) for one in value.axes)
        strides = value.strides and tuple(self._size(one) for one in value.strides)
        return replace(value, axes=axes, strides=strides)  # another array, if nothing else differs

    def _axis(self, axis: Axis) -> Axis:
        size = self._size(axis.size)
        if size is axis.size:
            return axis
        if axis.factors or axis.origin is not None:
            raise TooMuch
        return Axis(size, axis.name)

    def _size(self, size: Any) -> Any:
        if not isinstance(size, Expr):
            return size
        anew = {
            one: self._other(one)
            for one in symbols(size)
            if isinstance(one.tag, (Flexible, Fresh)) and one.tag.serial >= self._since
        }
        return substitute(size, anew) if anew else size

    def _other(self, one: Symbol) -> Any:
        if one not in self._anew:
            if one.index is not None:
                raise TooMuch
            tag = one.tag
            self._anew[one] = (
                flexible(one.name)
                if isinstance(tag, Flexible)
                else symbol(one.name, tag=Fresh(next_serial()))
            )
        return self._anew[one]
