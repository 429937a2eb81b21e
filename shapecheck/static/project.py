"""The modules of a program: read, and found by the names that they are imported by."""

from __future__ import annotations

import ast
import sys
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shapecheck.static.values import Scope

# Modules that are known by what they do: never read, even where they lie beside the program.
KNOWN = frozenset(sys.stdlib_module_names) | {
    *("numpy", "torch", "einops", "einx", "jaxtyping", "scipy", "shapecheck")
}


@dataclass(eq=False, slots=True)
class Module:
    """A source file.

    Attributes:
        path: as it was given, or found.
        name: the full name, ``__main__`` for the one that is analysed as a script.
        source: its text.
        tree: its syntax.
        package: the full name of the package that relative imports start from.
        scope: its variables, once it was run.
        state: ``new`` or ``done``.
        stars: its ``from … import *``.
        changed: names that its statements use besides giving them a value.
    """

    path: str
    name: str
    source: str
    tree: ast.Module
    package: str = ""
    scope: Scope = field(init=False)
    state: str = "new"
    stars: list[ast.ImportFrom] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.scope = Scope(self)


def parse(source: str, path: str) -> ast.Module:
    """The syntax of a file.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it cannot be read.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as invalid escapes: none of our business
        return ast.parse(source, path)


class Project:
    """Where modules are found: folders, and what was read of them so far.

    Args:
        roots: folders in which top-level packages and modules lie, besides those that are derived
            from the analysed files.
    """

    def __init__(self, roots: tuple[str, ...] = ()) -> None:
        self.roots = tuple(Path(root) for root in roots)
        self._found: dict[str, Module | None] = {}
        self._parsed: dict[str, Module | None] = {}
        self.read: set[str] = set()  # paths that were read since this was last emptied
        self.memory: Any = None  # of calls, for those who look at the files one after the other

    def module_name(self, path: str) -> tuple[str, Path]:
        """The full name that a file has by its folders with ``__init__.py``, and its root."""
        file = Path(path)
        parts = [] if file.stem == "__init__" else [file.stem]
        folder = file.parent
        while (folder / "__init__.py").exists() and folder.name:
            parts.insert(0, folder.name)
            folder = folder.parent
        return ".".join(parts), folder

    def find(self, name: str, near: str) -> Module | None:
        """The module of a full name, looked for near a file's root and in the roots."""
        if name.partition(".")[0] in KNOWN:
            return None
        _, root = self.module_name(near)
        for base in (root, *self.roots):
            found = self._in(base, name)
            if found is not None:
                self.read.add(found.path)
                return found
        return None

    def _in(self, base: Path, name: str) -> Module | None:
        key = f"{base}:{name}"
        if key not in self._found:
            stem = base.joinpath(*name.split("."))
            path = next(
                (p for p in (stem / "__init__.py", stem.with_suffix(".py")) if p.is_file()), None
            )
            self._found[key] = None if path is None else self._read(path, name)
        return self._found[key]

    def _read(self, path: Path, name: str) -> Module | None:
        key = str(path)
        if key not in self._parsed:
            try:
                source = path.read_text(encoding="utf-8-sig")
                tree = parse(source, key)
                package = name if path.name == "__init__.py" else name.rpartition(".")[0]
                self._parsed[key] = Module(key, name, source, tree, package)
            except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
                self._parsed[key] = None
        return self._parsed[key]

    def is_package(self, name: str, near: str) -> bool:
        """Whether a name is that of a folder of the project, with or without ``__init__.py``."""
        _, root = self.module_name(near)
        return any(base.joinpath(*name.split(".")).is_dir() for base in (root, *self.roots))
