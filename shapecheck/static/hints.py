"""Annotations as they are written: from syntax to specs, without evaluating anything."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapecheck.infer import Function
from shapecheck.spec.errors import SpecError
from shapecheck.spec.grammar import parse_shape
from shapecheck.spec.model import (
    ArraySpec,
    Family,
    ListOf,
    MappingOf,
    OneOf,
    Spec,
    TupleOf,
    Unjudged,
    judges,
)
from shapecheck.static.values import External

if TYPE_CHECKING:
    from collections.abc import Callable

ARRAY_CLASSES = {
    "torch.Tensor": "torch",
    "torch.nn.Parameter": "torch",
    "torch.FloatTensor": "torch",
    "torch.LongTensor": "torch",
    "numpy.ndarray": "numpy",
    "numpy.typing.NDArray": "numpy",
}
LISTS = {
    *("builtins.list", "typing.List", "typing.Sequence", "collections.abc.Sequence"),
    *("typing.Iterable", "collections.abc.Iterable", "builtins.set"),
}
MAPPINGS = {"builtins.dict", "typing.Dict", "typing.Mapping", "collections.abc.Mapping"}
TRANSPARENT = {"typing.Final", "typing.ClassVar", "typing.Required", "dataclasses.InitVar"}
MOST_DEPTH = 12


@dataclass(frozen=True, slots=True)
class HintValue:
    """What an annotation that is given a name stands for: ``Image = Float[Tensor, "c h w"]``."""

    spec: Spec


class Reader:
    """Reads annotations.

    Args:
        value: gives the value of an expression, without reporting anything.
        trouble: is told of specifications that cannot be read.
    """

    def __init__(
        self,
        value: Callable[[ast.expr], object],
        trouble: Callable[[ast.expr, SpecError], None],
    ) -> None:
        self.value = value
        self.trouble = trouble

    def read(self, node: ast.expr, depth: int = 0) -> Spec:
        """The spec that an annotation declares; `Unjudged` if it says nothing of arrays."""
        if depth > MOST_DEPTH:
            return Unjudged(None)
        match node:
            case ast.Constant(value=str() as text):
                return self._quoted(node, text, depth)
            case ast.Constant(value=None):
                return Unjudged(None)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return self._union([left, right], depth)
            case ast.Subscript():
                return self._subscripted(node, depth)
            case ast.Name() | ast.Attribute():
                found = self.value(node)
                return found.spec if isinstance(found, HintValue) else Unjudged(found)
        return Unjudged(None)

    def _quoted(self, node: ast.expr, text: str, depth: int) -> Spec:
        """A quoted annotation: Python, or axes."""
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError):
            return self._axes(node, text, None, "") if _looks_like_axes(text) else Unjudged(None)
        if isinstance(tree, (ast.Tuple, ast.List)):
            return self._axes(node, text, None, "")
        if isinstance(tree, (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp)):
            for one in ast.walk(tree):
                if isinstance(one, (ast.expr, ast.stmt)):
                    ast.copy_location(one, node)
            return self.read(tree, depth + 1)
        return Unjudged(None)

    def axes(self, node: ast.expr, text: str) -> Spec:
        """The spec of axes that are written out, of any array."""
        return self._axes(node, text, None, "")

    def _axes(self, node: ast.expr, text: str, family: str | None, library: str) -> Spec:
        try:
            axes = parse_shape(text)
        except SpecError as error:
            self.trouble(node, error)
            return Unjudged(None)
        return ArraySpec(axes, Family(family, ()) if family else None, library, text)

    def _union(self, nodes: list[ast.expr], depth: int) -> Spec:
        specs = [self.read(one, depth + 1) for one in nodes]
        flat: list[Spec] = []
        for one in specs:
            flat += one.alternatives if isinstance(one, OneOf) else [one]
        return OneOf(tuple(flat)) if any(map(judges, flat)) else Unjudged(None)

    def _subscripted(self, node: ast.Subscript, depth: int) -> Spec:
        found = self.value(node.value)
        if not isinstance(found, (External, Function)):
            return found.spec if isinstance(found, HintValue) else Unjudged(None)
        name = found.qualified
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name.startswith("jaxtyping.") and len(parts) == 2:  # noqa: PLR2004
            return self._of_jaxtyping(name.rpartition(".")[2], parts, depth)
        if name in ("typing.Annotated", "typing_extensions.Annotated") and len(parts) > 1:
            return self._annotated(parts, depth)
        if name in ("typing.Optional", "typing.Union"):
            return self._union(parts, depth)
        if name in LISTS and len(parts) == 1:
            return self._wrapped(ListOf, [self.read(parts[0], depth + 1)])
        if name in ("builtins.tuple", "typing.Tuple"):
            if len(parts) == 2 and isinstance(parts[1], ast.Constant) and parts[1].value is ...:  # noqa: PLR2004
                return self._wrapped(ListOf, [self.read(parts[0], depth + 1)])
            specs = [self.read(one, depth + 1) for one in parts]
            return TupleOf(tuple(specs)) if any(map(judges, specs)) else Unjudged(None)
        if name in MAPPINGS and len(parts) == 2:  # noqa: PLR2004
            return self._wrapped(MappingOf, [self.read(one, depth + 1) for one in parts])
        if name in TRANSPARENT and len(parts) == 1:
            return self.read(parts[0], depth + 1)
        return Unjudged(None)

    @staticmethod
    def _wrapped(kind: type, specs: list[Spec]) -> Spec:
        return kind(*specs) if any(map(judges, specs)) else Unjudged(None)

    def _of_jaxtyping(self, dtype: str, parts: list[ast.expr], depth: int) -> Spec:
        text = self.value(parts[1])
        if not isinstance(text, str):
            return Unjudged(None)
        inner = self.value(parts[0]) if isinstance(parts[0], (ast.Name, ast.Attribute)) else None
        if isinstance(inner, HintValue) and isinstance(inner.spec, ArraySpec):
            text = f"{text} {inner.spec.text}"
        elif isinstance(parts[0], ast.BinOp):
            sides = [
                self._of_jaxtyping(dtype, [one, parts[1]], depth + 1)
                for one in (parts[0].left, parts[0].right)
            ]
            return sides[0] if judges(sides[0]) else sides[1]
        name = getattr(inner, "qualified", "")
        return self._axes(parts[1], text, dtype, ARRAY_CLASSES.get(name, ""))

    def _annotated(self, parts: list[ast.expr], depth: int) -> Spec:
        for one in parts[1:]:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                name = getattr(self.value(parts[0]), "qualified", "")
                if name in ARRAY_CLASSES:
                    return self._axes(one, one.value, None, ARRAY_CLASSES[name])
        return self.read(parts[0], depth + 1)


def _looks_like_axes(text: str) -> bool:
    """Whether text that is no Python can be axes: words apart from each other."""
    words = text.split()
    return len(words) > 1 and all(
        word.strip("*#?_.").replace("_", "").isalnum() or any(c in word for c in "+-*/=.[]")
        for word in words
    )
