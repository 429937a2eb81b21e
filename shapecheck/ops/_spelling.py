"""The names that an op goes by, each with its own order of parameters, and how calls are bound."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shapecheck.ops._params import Mismatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# What the libraries call the parameters that every rule names the same way.
ALIASES = {
    "axis": "dim",
    "axes": "dims",
    "keepdims": "keepdim",
    "newshape": "shape",
    "size": "shape",
}
# What torch's own functions take for their parameters, so that they can be called like NumPy's.
NUMPY_WORDS = {"axis": "dim", "keepdims": "keepdim", "x": "input", "a": "input", "x2": "other"}
_FORM = re.compile(r"(?P<names>[\w.|]+)(?:\((?P<parameters>.*)\))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a spelling.

    Attributes:
        name: the library's name for it.
        target: the rule's parameter, or "" if the rule does not look at it.
        variadic: takes all positional arguments that are left, or one sequence of them.
        apart: of a variadic one: takes no sequence, only arguments one by one.
        rest: takes all keywords that no other parameter has, as a dictionary.
        keyword_only: cannot be passed by position.
        positional_only: cannot be passed by name.
    """

    name: str
    target: str
    variadic: bool = False
    keyword_only: bool = False
    positional_only: bool = False
    apart: bool = False
    rest: bool = False


@dataclass(frozen=True)
class Spelling:
    """One name of an op.

    Attributes:
        space: where the name lives: ``numpy``, ``ndarray``, ``torch``, ``tensor``, …
        name: the name in there: ``linalg.norm``.
        text: its parameters as they are declared, None if they are the rule's own.
        own: the rule's parameters.
    """

    space: str
    name: str
    text: str | None = field(repr=False)
    own: tuple[str, ...] = field(repr=False)

    @functools.cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """In the library's order. A method's first is the array before the dot.

        Raises:
            ValueError: what is declared cannot be read.
        """
        if self.text is None:
            parts = [*self.own, "/"]
        else:
            parts = [one.strip() for one in self.text.split(",")]
            parts = [self.own[0], *parts] if SPACES[self.space].is_method else parts
        return tuple(_parameters([one for one in parts if one], self.own))

    @property
    def library(self) -> str:
        """The library whose conventions hold."""
        return SPACES[self.space].library

    @property
    def qualified(self) -> str:
        """The full name: ``numpy.linalg.norm``, ``torch.Tensor.sum``, ``operator.matmul``."""
        return f"{SPACES[self.space].prefix}{self.name}"

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Which of the rule's parameters gets which argument.

        Raises:
            Mismatch: this name takes no such arguments.
        """
        bound: dict[str, Any] = {}
        waiting = list(args)
        positional = [one for one in self.parameters if not one.keyword_only]
        for parameter in positional:
            if not waiting:
                break
            if parameter.variadic:
                bound[parameter.target] = tuple(waiting) if parameter.apart else _gathered(waiting)
                waiting = []
            else:
                bound[parameter.target] = waiting.pop(0)
        if waiting:
            raise Mismatch(f"{self.name} takes {len(positional)} positional arguments")
        by_name = _by_name(self)
        rest = next((one.target for one in self.parameters if one.rest), None)
        for name, value in kwargs.items():
            found = by_name.get(name)
            if found is None and rest is not None:
                bound.setdefault(rest, {})[name] = value
                continue
            if found is None or (found.target and found.target in bound):
                raise Mismatch(f"{self.name} takes no such argument {name}")
            bound[found.target] = value
        bound.pop("", None)
        return bound


@functools.cache
def _by_name(spelling: Spelling) -> dict[str, Parameter]:
    named = (one for one in spelling.parameters if not one.positional_only and not one.rest)
    found = {one.name: one for one in named}
    if spelling.library == "torch":
        for name, own in NUMPY_WORDS.items():
            if own in found:
                found.setdefault(name, found[own])
    return found


def _gathered(values: list[Any]) -> Any:
    """Arguments given one by one, or as one sequence."""
    if len(values) == 1 and (isinstance(values[0], (tuple, list)) or values[0] is None):
        return values[0]
    return tuple(values)


@dataclass(frozen=True, slots=True)
class Space:
    """Where names live: the prefix of their full names, and the library.

    Attributes:
        prefix: of the full names.
        library: whose conventions hold; "" is either.
        is_method: the array comes before the dot.
        is_module: the names are classes, constructed with some arguments, called with the others.
    """

    prefix: str
    library: str
    is_method: bool = False
    is_module: bool = False


SPACES = {
    "numpy": Space("numpy.", "numpy"),
    "ndarray": Space("numpy.ndarray.", "numpy", is_method=True),
    "torch": Space("torch.", "torch"),
    "tensor": Space("torch.Tensor.", "torch", is_method=True),
    "functional": Space("torch.nn.functional.", "torch"),
    "module": Space("torch.nn.", "torch", is_module=True),
    "einops": Space("einops.", ""),
    "layers": Space("einops.layers.torch.", "torch", is_module=True),
    "operator": Space("operator.", ""),
}


def spellings(space: str, declared: str | Sequence[str], own: Sequence[str]) -> Iterator[Spelling]:
    """Read declared spellings.

    Args:
        space: where the names live.
        declared: ``name``, ``name(a, dim, keepdim)`` or ``one|two(a, *dims, /, *, out)``; several
            in a list. A parameter is the library's name; what the rule calls it follows after
            ``=`` (``x=a``), unless the names agree or `ALIASES` has them; parameters that the
            rule does not have are accepted and not looked at. A method's array is left out.
            ``*dims`` takes arguments one by one or as a sequence, ``*dims...`` only one by one,
            ``**sizes`` all other keywords as a dictionary.
        own: the rule's own parameters: their order holds, by position only, where a spelling
            has no list.

    Raises:
        ValueError: a spelling cannot be read.
    """
    for text in [declared] if isinstance(declared, str) else declared:
        form = _FORM.fullmatch(text.strip())
        if form is None:
            raise ValueError(f"{text!r} is not a spelling such as 'sum(a, axis, keepdims)'")
        for name in form["names"].split("|"):
            yield Spelling(space, name, form["parameters"], tuple(own))


def _parameters(parts: Sequence[str], own: Sequence[str]) -> Iterator[Parameter]:
    keyword_only = False
    last_positional = parts.index("/") if "/" in parts else 0
    for place, part in enumerate(parts):
        if part == "/":
            continue
        if part == "*":
            keyword_only = True
            continue
        rest = part.startswith("**")
        variadic = part.startswith("*") and not rest
        name, _, target = part.lstrip("*").removesuffix("...").partition("=")
        if not target:
            target = name if name in own else ALIASES.get(name, "")
        yield Parameter(
            name,
            target if target in own else "",
            variadic,
            keyword_only or rest,
            place < last_positional,
            part.endswith("..."),
            rest,
        )
        if target not in own and _:
            raise ValueError(f"the rule has no parameter {target!r}")
