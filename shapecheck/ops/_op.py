"""An op: a rule over axes, declared once, with the names that it goes by."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

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


@dataclass(frozen=True, slots=True, eq=False)
class Op:
    """A rule and its names.

    Attributes:
        name: the rule's own name.
        rule: a function over arrays and sizes, with the recorder as keyword ``need``. It returns
            the axes of the result, an array, a size, or a list of such.
        kinds: the kind of each parameter.
        spellings: the names in the libraries.
        dtype: the kind of the result's dtype; "" promotes those of the arrays passed; "unknown"
            where the data decide.
        total: no call of it is rejected because of shapes.
        stored: parameters that a module is constructed with; the others are those of `forward`.
    """

    name: str
    rule: Callable[..., Any]
    kinds: Mapping[str, Kind]
    spellings: tuple[Spelling, ...]
    dtype: str = ""
    total: bool = False
    stored: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)

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
            library: whose conventions hold; "" takes that of the first array.
            assume: what is known about symbols.
        """
        if not library:
            library = next((one.library for one in arrays_in(bound.values()) if one.library), "")
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
        signature = inspect.signature(rule)
        own = [one for one in signature.parameters if one != "need"]
        hints = get_type_hints(rule, include_extras=True)
        kinds = {one: _kind(hints[one]) for one in own}
        defaults = {
            one: parameter.default
            for one, parameter in signature.parameters.items()
            if parameter.default is not parameter.empty and one != "need"
        }
        found = [one for space, text in named.items() for one in spellings(space, text, own)]
        return Op(
            name or rule.__name__.rstrip("_"),
            rule,
            kinds,
            tuple(found),
            dtype,
            total,
            tuple(stored.split()),
            defaults,
        )

    return declare


def family(names: Mapping[str, Any]) -> tuple[Op, ...]:
    """The ops among a module's names, in the order of their declaration."""
    return tuple(one for one in names.values() if isinstance(one, Op))


def _kind(hint: Any) -> Kind:
    for one in getattr(hint, "__metadata__", ()):
        if isinstance(one, Kind):
            return one
    raise TypeError(f"{hint!r} is not a kind of parameter; see shapecheck.ops._params")


__all__ = ["SPACES", "Applied", "Op", "arrays_in", "family", "op"]
