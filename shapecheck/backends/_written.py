"""How the libraries' calls are written. Says it without loading any of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapecheck.spec.model import Family


class Written(Protocol):
    """What fixes are written with; the methods are those of `Backend`."""

    name: str

    def permuted(self, expression: str, order: tuple[int, ...]) -> str:
        """Source text that puts the axes of `expression` in the given order."""

    def squeezed(self, expression: str, axis: int) -> str:
        """Source text that drops one axis of size 1."""

    def dtypes(self, family: Family) -> Sequence[object]:
        """The library's dtype objects that belong to the family, as far as it is loaded."""

    def cast(self, expression: str, dtype: str) -> str:
        """Source text that converts to a dtype, "" if the library is not loaded."""


class NumPyText:
    """NumPy's calls as text."""

    name = "numpy"

    def permuted(self, expression: str, order: tuple[int, ...]) -> str:
        """Source text that puts the axes in the given order."""
        if order == tuple(reversed(range(len(order)))):
            return f"{expression}.T"
        return f"{expression}.transpose({', '.join(map(str, order))})"

    def squeezed(self, expression: str, axis: int) -> str:
        """Source text that drops one axis of size 1."""
        return f"{expression}.squeeze(axis={axis})"

    def dtypes(self, family: Family) -> Sequence[object]:
        """None: they are the library's objects."""
        del family
        return ()

    def cast(self, expression: str, dtype: str) -> str:
        """Nothing: which dtypes there are is for the library to say."""
        del expression, dtype
        return ""


class TorchText(NumPyText):
    """Torch's calls as text."""

    name = "torch"

    def permuted(self, expression: str, order: tuple[int, ...]) -> str:
        """Source text that puts the axes in the given order."""
        if order == (1, 0):
            return f"{expression}.T"
        moved = [axis for axis, source in enumerate(order) if axis != source]
        if len(moved) == 2:  # noqa: PLR2004 - two axes trade places
            return f"{expression}.transpose({moved[0]}, {moved[1]})"
        return f"{expression}.permute({', '.join(map(str, order))})"

    def squeezed(self, expression: str, axis: int) -> str:
        """Source text that drops one axis of size 1."""
        return f"{expression}.squeeze({axis})"


WRITTEN: dict[str, Written] = {"numpy": NumPyText(), "torch": TorchText()}
