"""A value that is unpacked into another number of names than it has parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecheck.advice.words import counted, size_text, tuple_text
from shapecheck.dims import is_size
from shapecheck.ops import Array

if TYPE_CHECKING:
    from collections.abc import Sequence


def told(text: str, value: object, names: int) -> tuple[str, str] | None:
    """What is to be said of an unpacking.

    Args:
        text: the source of what is unpacked.
        value: what it is: an array (its first axis is unpacked), or a tuple or list.
        names: into how many names.

    Returns:
        The one-line story and the reason; None if the numbers are the same, or not known.
    """
    if isinstance(value, Array):
        return _of_array(text, value, names)
    if not isinstance(value, (tuple, list)) or len(value) == names:
        return None
    is_shape = text.endswith((".shape", ".size()"))
    if not is_shape and not any(isinstance(one, Array) for one in value):
        return None  # it is not about shapes
    numbers = f"{counted(len(value), 'value')} for {counted(names, 'name')}"
    story = f"{text} {_shown(value)}: {numbers}"
    return story, _reason(text, value, names)


def _of_array(text: str, value: Array, names: int) -> tuple[str, str] | None:
    if value.is_open or not value.rank or value.sizes[0] == names:
        return None
    shape = tuple_text(map(size_text, value.sizes))
    size = size_text(value.sizes[0])
    story = f"{text} {shape} gives {size} values for {counted(names, 'name')}"
    return story, f"An array is unpacked along its first axis, which has {size} entries."


def _shown(value: Sequence[object]) -> str:
    """A shape as such; of other values, what they are."""
    if all(is_size(one) for one in value):
        return f"is {tuple_text(map(size_text, value))}"  # type: ignore[arg-type]
    arrays = [one for one in value if isinstance(one, Array)]
    if len(arrays) < len(value):
        return f"is {counted(len(value), 'value')}"
    shapes = {str(one) for one in arrays}
    of = f" {shapes.pop()}" if len(shapes) == 1 else ""
    return f"is one array{of}" if len(value) == 1 else f"is {len(value)} arrays{of}"


def _reason(text: str, value: Sequence[object], names: int) -> str:
    if not text.endswith((".shape", ".size()")):
        return ""
    owner = text.removesuffix(".shape").removesuffix(".size()")
    if len(value) + 1 == names:
        return (
            f"{owner} has {counted(len(value), 'axis')}: one is missing, such as the batch of a "
            "single sample or the channel of grey images."
        )
    return f"{owner} has {counted(len(value), 'axis')}."
