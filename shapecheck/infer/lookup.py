"""What an expression's names stand for: given to the evaluator by whoever knows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from shapecheck.infer.arithmetic import python_functions
from shapecheck.ops import Unknown
from shapecheck.ops.names import candidates, is_namespace

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Function:
    """A function or class of a library, by its full name: ``numpy.linalg.norm``."""

    qualified: str


@dataclass(frozen=True, slots=True)
class Namespace:
    """A module of a library, by its full name: ``torch.nn.functional``."""

    qualified: str

    def member(self, name: str) -> object:
        """What `name` is in it: a function that ops know, a module, or unknown."""
        full = f"{self.qualified}.{name}"
        if full in CONSTANTS:
            return CONSTANTS[full]
        if candidates(full) or full in python_functions():
            return Function(full)
        return Namespace(full) if is_namespace(full) else Unknown(f"{full} is not known")


CONSTANTS: dict[str, object] = {
    "numpy.newaxis": None,
    "numpy.pi": 3.141592653589793,
    "numpy.e": 2.718281828459045,
    "numpy.inf": float("inf"),
    "numpy.nan": float("nan"),
    "math.pi": 3.141592653589793,
}


@dataclass(frozen=True, slots=True, eq=False)
class Opaque:
    """An object that only the lookup can look into."""

    what: Any


class Lookup(Protocol):
    """Where the evaluator's values come from. Nothing of it may run the user's code."""

    def name(self, name: str) -> object:
        """The value of a variable."""
        ...

    def attribute(self, value: object, name: str) -> object:
        """An attribute of an `Opaque` object."""
        ...

    def call(
        self, function: object, args: Sequence[object], kwargs: Mapping[str, object], node: ast.Call
    ) -> object:
        """What a call of something gives that is no op."""
        ...

    def known(self, node: ast.expr) -> object | None:
        """The value of a whole expression, where somebody saw it; None where nobody did."""
        ...


LIBRARIES = {
    "np": "numpy",
    "numpy": "numpy",
    "torch": "torch",
    "F": "torch.nn.functional",
    "nn": "torch.nn",
    "einops": "einops",
    "math": "math",
}


@dataclass(slots=True)
class Names:
    """A lookup of given values, with the usual names of the libraries beside them."""

    values: Mapping[str, object]
    modules: Mapping[str, str] = field(default_factory=lambda: LIBRARIES)

    def name(self, name: str) -> object:
        """A given value, or the library that usually goes by the name."""
        if name in self.values:
            return self.values[name]
        if name in self.modules:
            return Namespace(self.modules[name])
        for home in ("einops", "builtins"):
            if candidates(f"{home}.{name}"):
                return Function(f"{home}.{name}")
        return Function(f"builtins.{name}")

    def attribute(self, value: object, name: str) -> object:  # noqa: ARG002
        """Nothing is known of other objects."""
        return Unknown(f".{name} is not known")

    def call(
        self,
        function: object,  # noqa: ARG002
        args: Sequence[object],  # noqa: ARG002
        kwargs: Mapping[str, object],  # noqa: ARG002
        node: ast.Call,  # noqa: ARG002
    ) -> object:
        """Nothing is known of other functions."""
        return Unknown("what this call gives is not known")

    def known(self, node: ast.expr) -> object | None:  # noqa: ARG002
        """Nobody saw anything."""
        return None
