"""Paths that are left out: patterns of the settings, and .gitignore files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathspec import GitIgnoreSpec


class Patterns:
    """Patterns in the language of .gitignore, relative to a folder."""

    def __init__(self, lines: Iterable[str], base: str, *, named: str = "") -> None:
        """Read patterns.

        Args:
            lines: the patterns.
            base: the folder that they are relative to.
            named: a folder that the user asked for: patterns that leave it out are dropped.
        """
        self._base = os.path.abspath(base)  # noqa: PTH100 - links are left as they are
        kept = [line for line in lines if line.strip() and not line.startswith("#")]
        if named:
            kept = [line for line in kept if not self._one(line, named)]
        self._spec = _spec(kept) if kept else None

    def _one(self, line: str, named: str) -> bool:
        relative = self._relative(named, folder=True)
        return relative is not None and _spec([line]).match_file(relative)

    def _relative(self, path: str, *, folder: bool) -> str | None:
        relative = os.path.relpath(path, self._base)
        if relative.startswith(os.pardir) or relative == os.curdir:
            return None
        return f"{Path(relative).as_posix()}{'/' if folder else ''}"

    def verdict(self, path: str, *, folder: bool = False) -> bool | None:
        """Whether a path is left out, or taken in again; None if no pattern speaks of it."""
        if self._spec is None:
            return None
        relative = self._relative(path, folder=folder)
        return None if relative is None else self._spec.check_file(relative).include


def _spec(lines: list[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - it takes as long as all of the rest

    return GitIgnoreSpec.from_lines(lines)


class GitIgnores:
    """The .gitignore files that count below a folder, those above it in its repository too."""

    def __init__(self, top: str) -> None:
        self._top = os.path.abspath(top)  # noqa: PTH100
        self._chains: dict[str, tuple[Patterns, ...]] = {}
        above = list(_up_to_repository(self._top))
        chain: tuple[Patterns, ...] = ()
        for folder in reversed(above):
            chain = self._extended(chain, folder)
        self._chains[self._top] = chain

    def _extended(self, chain: tuple[Patterns, ...], folder: str) -> tuple[Patterns, ...]:
        """The files that count in a folder, the nearest first."""
        try:
            text = Path(folder, ".gitignore").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return chain
        named = self._top if folder != self._top else ""
        return (Patterns(text.splitlines(), folder, named=named), *chain)

    def _chain(self, folder: str) -> tuple[Patterns, ...]:
        found = self._chains.get(folder)
        if found is None:
            parent = os.path.dirname(folder)  # noqa: PTH120
            found = () if parent == folder else self._extended(self._chain(parent), folder)
            self._chains[folder] = found
        return found

    def cover(self, path: str, *, folder: bool = False) -> bool:
        """Whether git would leave a path out: the nearest file that speaks of it decides."""
        absolute = os.path.abspath(path)  # noqa: PTH100
        for patterns in self._chain(os.path.dirname(absolute)):  # noqa: PTH120
            verdict = patterns.verdict(absolute, folder=folder)
            if verdict is not None:
                return verdict
        return False


def _up_to_repository(folder: str) -> Iterator[str]:
    """A folder and those above it up to the root of its repository; itself if it is in none."""
    above = [folder, *map(str, Path(folder).parents)]
    for number, one in enumerate(above):
        if os.path.exists(os.path.join(one, ".git")):  # noqa: PTH110, PTH118
            return iter(above[: number + 1])
    return iter([folder])
