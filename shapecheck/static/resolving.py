"""A project that remembers what its answers rest on, so that a kept outcome can be doubted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shapecheck.static.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecheck.static.project import Module


class Resolver(Project):
    """Finds modules, and keeps for each file what was found for it and where nothing was."""

    def __init__(self, roots: tuple[str, ...] = ()) -> None:
        super().__init__(roots)
        self._behind: dict[str, set[str]] = {}
        self._searched: dict[tuple[Path, str], frozenset[str]] = {}

    def find(self, name: str, near: str) -> Module | None:
        """The module of a full name, looked for near a file's root and in the roots."""
        found = super().find(name, near)
        behind = self._behind.setdefault(near, set())
        if found is not None:
            behind.add(found.path)
        _, root = self.module_name(near)
        for base in (root, *self.roots):
            if found is not None and Path(found.path).is_relative_to(base):
                break
            behind |= self._folders(base, name)
        return found

    def _folders(self, base: Path, name: str) -> frozenset[str]:
        """The folders in which a name was looked for: a file that is new there may change all."""
        if (base, name) not in self._searched:
            self._searched[base, name] = frozenset(_down(base, name))
        return self._searched[base, name]

    def behind(self, path: str) -> frozenset[str]:
        """Files and folders that a file depends on, and those that these depend on."""
        found: set[str] = set()
        waiting = [path]
        while waiting:
            new = self._behind.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        return frozenset(found - {path})


def _down(base: Path, name: str) -> Iterator[str]:
    folder = base
    for part in name.split("."):
        if not folder.is_dir():
            return
        yield str(folder)
        folder /= part
