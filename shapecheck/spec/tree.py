"""`PyTree[leaf, "T"]` without JAX.

jaxtyping's `PyTree` needs JAX to be installed. This one is the same hint for everyone else: nested
lists, tuples, named tuples and dicts whose leaves all keep to one spec; trees annotated with one
structure name have to be built alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecheck.backends import is_a

if TYPE_CHECKING:
    from collections.abc import Iterator


class _PyTreeMeta(type):
    leaftype: Any
    structure: str | None

    def __getitem__(cls, item: Any) -> type:
        leaf, structure = item if isinstance(item, tuple) else (item, None)
        if structure is not None and not isinstance(structure, str):
            raise ValueError('the structure of a PyTree is named by a string: PyTree[leaf, "T"]')
        return _PyTreeMeta("PyTree", (PyTree,), {"leaftype": leaf, "structure": structure})


class PyTree(metaclass=_PyTreeMeta):
    """A nested container of arrays: ``PyTree[Float[Tensor, "..."]]``, ``PyTree[leaf, "T"]``."""


def flatten(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of nested lists, tuples and dicts, each with its path (``["w"][0]``)."""
    if tree is None:
        return
    if is_a(tree, dict):
        for key in tree:
            yield from flatten(tree[key], f"{path}[{key!r}]")
    elif is_a(tree, (list, tuple)):
        for position, inner in enumerate(tree):
            yield from flatten(inner, f"{path}[{position}]")
    else:
        yield path, tree


def structure_of(tree: Any) -> Any:
    """A hashable picture of how a tree is built, its leaves left out."""
    if tree is None:
        return None
    if is_a(tree, dict):
        inner = tuple((repr(key), structure_of(tree[key])) for key in sorted(tree, key=repr))
        return (type(tree).__name__, inner)
    if is_a(tree, (list, tuple)):
        return (type(tree).__name__, tuple(structure_of(one) for one in tree))
    return "*"
