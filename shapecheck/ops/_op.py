"""An op: a rule over axes, declared once, with the names that it goes by."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from shapecheck.dims import Axis
from shapecheck.facts import Fact, Refuted
from shapecheck.ops._need import LIBRARIES, TORCH, Need, Undecided
from shapecheck.ops._params import Kind, Mismatch
from shapecheck.ops._spelling import SPACES, Spelling, spellings
from shapecheck.ops._values import Array, Extents, Record, Unknown, promoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from shapecheck.dims import Assumptions
    from shapecheck.ops._values import Value

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Applied:
    """One call of an op.

    Attributes:
        op: the op.
        bound: what each of the rule's parameters got.
        result: an array, a size, a tuple of values, …; `Unknown` where it cannot be told.
        facts: all requirements that were looked at.
        holds: True if the call is certainly accepted, False if it certainly is not, else None.
    """

    op: Op
    bound: Mapping[str, Any]
    result: Value
    facts: tuple[Fact, ...]
    holds: bool | None

    @property
    def broken(self) -> Fact | None:
        """The requirement that does not hold, if one does not."""
        return next((fact for fact in self.facts if fact.holds is False), None)


@dataclass(frozen=True, eq=False)
class Op:
    """A rule and its names.

    What it says of its parameters and names is read when it is asked for first: most programs use
    few of the ops.

    Attributes:
        name: the rule's own name.
        rule: a function over arrays and sizes, with the recorder as keyword ``need``. It returns
            the axes of the result, an array, a size, or a list of such.
        named: for each space, how the op is spelled there; see `spellings`.
        dtype: the kind of the result's dtype; "" promotes those of the arrays passed; "unknown"
            where the data decide.
        total: no call of it is rejected because of shapes.
        stored: parameters that a module is constructed with; the others are those of `forward`.
    """

    name: str
    rule: Callable[..., Any]
    named: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    dtype: str = ""
    total: bool = False
    stored: tuple[str, ...] = ()

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """The kind of each parameter."""
        hints, known = self.rule.__annotations__, self.rule.__globals__
        return {one: _kind(_hint(hints[one], known)) for one in self._own}

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """What parameters are that need not be passed."""
        by_place = self.rule.__defaults__ or ()
        positional = self._own[: self.rule.__code__.co_argcount]
        first = len(positional) - len(by_place)
        return dict(zip(positional[first:], by_place, strict=True)) | (
            self.rule.__kwdefaults__ or {}
        )

    @cached_property
    def spellings(self) -> tuple[Spelling, ...]:
        """The names in the libraries."""
        own = self._own
        return tuple(
            one for space, text in self.named.items() for one in spellings(space, text, own)
        )

    @property
    def _own(self) -> tuple[str, ...]:
        """The names of the rule's parameters."""
        code = self.rule.__code__
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        return tuple(name for name in names if name != "need")

    @property
    def summary(self) -> str:
        """The first line of the rule's docstring."""
        return (inspect.getdoc(self.rule) or "").split("\n", 1)[0]

    def libraries(self) -> tuple[str, ...]:
        """The libraries that have it."""
        found = {one.library for one in self.spellings}
        return tuple(name for name in LIBRARIES if name in found or "" in found)

    def take(self, bound: Mapping[str, Any], library: str) -> dict[str, Any]:
        """Turn what was passed into what the rule takes, by the kinds of its parameters.

        Raises:
            Mismatch: an argument is not of its parameter's kind, or one is missing.
        """
        taken: dict[str, Any] = {}
        for name, kind in self.kinds.items():
            if name not in bound:
                if name not in self.defaults:
                    raise Mismatch(f"{name} is missing")
                taken[name] = self.defaults[name]
            elif bound[name] is None and name in self.defaults and kind.name != "dims":
                taken[name] = self.defaults[name]
            elif kind.name == "scalar":
                taken[name] = kind.take(bound[name], library)
            elif isinstance(bound[name], Unknown) and bound[name].kind != "number":
                taken[name] = "" if kind.name == "dtype" else bound[name]
            else:
                taken[name] = kind.take(bound[name], library)
        return taken

    def apply(
        self, bound: Mapping[str, Any], library: str = "", assume: Assumptions | None = None
    ) -> Applied:
        """Judge one call.

        Args:
            bound: the arguments, as `take` gives them.
            library: whose conventions hold; "" takes that of the first array. Arrays of which
                it is not known are rejected only by what holds for all libraries.
            assume: what is known about symbols.
        """
        if library:
            return self._judged(bound, library, assume)
        arrays = list(arrays_in(bound.values()))
        library = next((one.library for one in arrays if one.library), "")
        applied = self._judged(bound, library, assume)
        if applied.holds is False and arrays and not library and "numpy" in self.libraries():
            other = self._judged(bound, "numpy", assume)
            return applied if other.holds is False else other
        return applied

    def _judged(
        self, bound: Mapping[str, Any], library: str, assume: Assumptions | None
    ) -> Applied:
        """Judge one call by the conventions of a library."""
        need = Need(library=LIBRARIES.get(library, TORCH))
        if assume is not None:
            need.assume = assume
        unknown = self._not_known(bound)
        if unknown is not None:
            return Applied(self, bound, unknown, (), None)
        try:
            result = self.rule(**bound, need=need)
        except Refuted as refuted:
            why = Unknown(getattr(refuted.fact.why, "text", ""))
            return Applied(self, bound, why, tuple(need.facts), False)
        except Undecided as undecided:
            return Applied(self, bound, Unknown(str(undecided)), tuple(need.facts), None)
        holds = None if any(fact.holds is None for fact in need.facts) else True
        dtype = self.dtype or promoted(one.dtype for one in arrays_in(bound.values()))
        dtype = "" if dtype == "unknown" else dtype
        done = finished(result, dtype, library)
        return Applied(self, bound, done, tuple(need.facts), holds)

    def _not_known(self, bound: Mapping[str, Any]) -> Unknown | None:
        """What keeps the rule from being asked: an unknown argument, an array of unknown rank."""
        for name, value in bound.items():
            if self.kinds[name].name in ("anything", "number"):
                continue
            for one in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(one, Unknown):
                    return Unknown(one.why or f"{name} is not known")
                if isinstance(one, Array) and one.is_open:
                    return Unknown(f"the rank of {name} is not known")
        return None


def arrays_in(values: Any) -> Iterator[Array]:
    """The arrays among values, those in lists and tuples too."""
    for value in values:
        if isinstance(value, Array):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from arrays_in(value)


def finished(result: Any, dtype: str, library: str) -> Value:
    """Make arrays of axes, and fill in what the rule left open."""
    if isinstance(result, Array):
        return replace(result, dtype=result.dtype or dtype, library=result.library or library)
    if isinstance(result, tuple) and all(isinstance(one, Axis) for one in result):
        return Array(result, dtype, None, library)
    if isinstance(result, Extents):
        return result.sizes
    if isinstance(result, Record):
        return replace(result, values=tuple(finished(one, dtype, library) for one in result.values))
    if isinstance(result, (tuple, list)):
        return type(result)(finished(one, dtype, library) for one in result)
    return result


def op(
    *,
    dtype: str = "",
    total: bool = False,
    stored: str = "",
    name: str = "",
    **named: str | Sequence[str],
) -> Callable[[Callable[..., Any]], Op]:
    """Declare a rule.

    Args:
        dtype: the kind of the result's dtype, where it is not that of the operands.
        total: no call of it is rejected because of shapes.
        stored: of a module: the parameters that it is constructed with, separated by blanks.
        name: the op's name, where it is not the function's.
        **named: for each space (``numpy``, ``ndarray``, ``torch``, ``tensor``, ``functional``,
            ``module``, ``einops``, ``operator``) how the op is spelled there; see `spellings`.
    """

    def declare(rule: Callable[..., Any]) -> Op:
        own = name or rule.__name__.rstrip("_")
        return Op(own, rule, named, dtype, total, tuple(stored.split()))

    return declare


def family(names: Mapping[str, Any]) -> tuple[Op, ...]:
    """The ops among a module's names, in the order of their declaration."""
    return tuple(one for one in names.values() if isinstance(one, Op))


def _hint(hint: Any, known: Mapping[str, Any]) -> Any:
    """What an annotation says: a name in the module of the rule, as text under postponed ones."""
    return known[hint] if isinstance(hint, str) else hint


def _kind(hint: Any) -> Kind:
    for one in getattr(hint, "__metadata__", ()):
        if isinstance(one, Kind):
            return one
    raise TypeError(f"{hint!r} is not a kind of parameter; see shapecheck.ops._params")


__all__ = ["SPACES", "Applied", "Op", "arrays_in", "family", "op"]
