"""The words for sizes, axes and arrays that every explanation shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecheck.dims import Expr, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shapecheck.dims import Size


def tuple_text(parts: Iterable[object]) -> str:
    """Parts as a tuple: ``(32, 784)``, ``(3,)``, ``()``; None is an unknown size."""
    shown = ["?" if part is None else str(part) for part in parts]
    return f"({shown[0]},)" if len(shown) == 1 else f"({', '.join(shown)})"


def size_text(size: Size | None) -> str:
    """A declared size the way the annotation writes it: ``2*n+1``."""
    if size is None:
        return "_"
    return text(size, compact=True) if isinstance(size, Expr) else str(size)


def listed(parts: Sequence[str], last: str = "and") -> str:
    """Parts as a phrase: ``a, b and c``."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def axis_text(axis: int, rank: int) -> str:
    """An axis in words: ``the last axis``, ``the first axis``, ``axis 2``."""
    if rank > 1 and axis == rank - 1:
        return "the last axis"
    return "the first axis" if axis == 0 else f"axis {axis}"


def article(noun: str) -> str:
    """The noun with its article: ``a list``, ``an int``, ``an np.ndarray``."""
    spoken_vowel = noun[:1].lower() in "aeiou" or noun.startswith(("nd", "np."))
    return f"{'an' if spoken_vowel else 'a'} {noun}"


def counted(number: int, noun: str) -> str:
    """A number of things: ``1 axis``, ``2 axes``."""
    plural = {"axis": "axes"}.get(noun, f"{noun}s")
    return f"{number} {noun if number == 1 else plural}"


def is_weight(names: Sequence[str]) -> str:
    """Whether two axis names are those of a weight: ``out-in``, ``in-out``, or ""."""
    if len(names) != 2:
        return ""
    first, second = ({*name.lower().replace("d_", "n_").split("_")} for name in names)
    if "out" in first and "in" in second:
        return "out-in"
    return "in-out" if "in" in first and "out" in second else ""


def is_batch(name: str) -> bool:
    """Whether an axis' name says that it counts samples."""
    return name in ("B", "N", "b", "m", "batch", "bs", "batch_size", "n_samples", "samples")


def is_gradient(name: str) -> bool:
    """Whether a name is that of a gradient: ``dW``, ``db``, ``grad_W``, ``W_grad``."""
    bare = name.rsplit(".", 1)[-1]
    return (
        "grad" in bare.lower()
        or bare == "backward"
        or (
            len(bare) > 1
            and bare[0] == "d"
            and (bare[1].isupper() or bare in ("db", "dw", "dx", "dz"))
        )
    )
