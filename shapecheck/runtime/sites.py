"""The places in instrumented source that report to a run: what they are, and their syntax.

A site is made when a file is rewritten and knows no more than where it stands. Its syntax tree is
looked up in a second parse of the file, which is made when there is first something to say of it.
"""

from __future__ import annotations

import ast
import functools
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from shapecheck.runtime.callsite import span_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.diagnostics import Span

Extent: TypeAlias = tuple[int, int, int, int]  # line, end line, column, end column, in bytes

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(eq=False)
class Source:
    """A file as it was when it was rewritten.

    Attributes:
        path: the file.
        text: its bytes.
        sites: the places in it that report, by class and place.
    """

    path: str
    text: bytes
    sites: dict[tuple[str, Extent], Site] = field(default_factory=dict)

    def __post_init__(self) -> None:
        SOURCES[self.path] = self

    @functools.cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree, as it stands in the file."""
        return ast.parse(self.text)

    @functools.cached_property
    def nodes(self) -> dict[tuple[str, Extent], ast.AST]:
        """Its nodes by class and place; of several the outermost."""
        found: dict[tuple[str, Extent], ast.AST] = {}
        for node in ast.walk(self.tree):
            if hasattr(node, "lineno"):
                found.setdefault((type(node).__name__, extent_of(node)), node)
        return found

    @functools.cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The node around each node."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, the innermost first."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def scope(self, node: ast.AST) -> ast.AST:
        """The function or class around a node, or the module."""
        return next((one for one in self.around(node) if isinstance(one, SCOPES)), self.tree)

    def function(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The `def` around a node."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return next((one for one in self.around(node) if isinstance(one, kinds)), None)

    def site(self, node: ast.AST) -> Site | None:
        """The place that reports of a node, if one does."""
        return self.sites.get((type(node).__name__, extent_of(node)))

    def qualified(self, node: ast.AST) -> str:
        """The name of the function around a node, with its class: ``Net.forward``."""
        names: list[str] = []
        for one in self.around(node):
            if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if names:
                    break  # a nested function goes by its own name
                names.append(one.name)
            elif isinstance(one, ast.ClassDef) and names:
                names.append(one.name)
            elif isinstance(one, ast.Lambda):
                names.append("<lambda>")
        return ".".join(reversed(names))

    def span(self, node: ast.AST) -> Span:
        """Where a node stands."""
        return span_at(node, self.path, self.qualified(node))

    def segment(self, node: ast.AST) -> str:
        """The text of a node, on one line."""
        line, end_line, column, end_column = extent_of(node)
        lines = [one.encode() for one in self.lines[line - 1 : end_line]]
        lines[-1] = lines[-1][:end_column]
        lines[0] = lines[0][column:]
        return " ".join(b" ".join(lines).decode(errors="replace").split())

    @functools.cached_property
    def lines(self) -> list[str]:
        """Its lines, as Python counts them."""
        return self._decoded.split("\n")

    @functools.cached_property
    def _decoded(self) -> str:
        from importlib.util import decode_source  # noqa: PLC0415 - only findings need it

        return decode_source(self.text)


@dataclass(eq=False, slots=True)
class Site:
    """One place that reports.

    Attributes:
        source: the file.
        kind: the class of its syntax node: ``BinOp``, ``Call``, ``Return``.
        extent: where that stands.
        name: for an attribute or a method's call its name; for an operator ``matmul``.
        keywords: for a call: the names of its last arguments.
        outcomes: what is known of calls by what they were given: see `observe`.
        misses: how often something was given that had not been before.
        hits: how often something was given that had been before.
        quick: once a place is settled: by shapes alone, the findings that are counted.
        skips: code and classes of the user's own that were called here, which tell nothing.
        off: nothing more is looked at here.
        last: what was seen here last, for places that are looked up by others.
        memory: what else is kept from one execution to the next.
        kept: the variables that hold operands, by class and place of these.
    """

    source: Source
    kind: str
    extent: Extent
    name: str = ""
    keywords: tuple[str, ...] = ()
    outcomes: dict[Any, Any] = field(default_factory=dict)
    misses: int = 0
    hits: int = 0
    quick: dict[Any, tuple[Any, ...]] | None = None
    skips: set[Any] = field(default_factory=set)
    off: bool = False
    last: Any = None
    memory: dict[Any, Any] = field(default_factory=dict)
    kept: dict[tuple[str, Extent], str] = field(default_factory=dict)

    @property
    def node(self) -> Any:
        """Its syntax, as it stands in the source.

        Raises:
            LookupError: the source has no such place.
        """
        return self.source.nodes[self.kind, self.extent]

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.source.span(self.node)

    @property
    def where(self) -> str:
        """File and line, for a remark about a failure of our own."""
        return f"{self.source.path}:{self.extent[0]}"


SOURCES: dict[str, Source] = {}  # the files of this process, by path
SITES: dict[int, Site] = {}  # of this process; the rewritten source holds their numbers
_numbers = itertools.count()


def register(site: Site) -> int:
    """Give a site its number."""
    number = next(_numbers)
    SITES[number] = site
    site.source.sites[site.kind, site.extent] = site
    return number


def extent_of(node: Any) -> Extent:
    """Where a node stands."""
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset
