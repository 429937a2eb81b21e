"""Which files are looked at.

Folders are searched without following links to other folders, so that circles of links are none.
What cannot be read is a finding, and the other files are still looked at.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shapecheck.static.ignores import GitIgnores, Patterns
from shapecheck.static.sources import unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shapecheck.diagnostics.model import Diagnostic

SUFFIXES = (".py", ".pyi", ".ipynb")
NO_CODE = """
.bzr .direnv .eggs .git .hg .ipynb_checkpoints .mypy_cache .nox .pyenv .pytest_cache .pytype
.ruff_cache .shapecheck_cache .svn .tox .venv .vscode __pycache__ __pypackages__ _build buck-out
build dist node_modules site-packages venv
"""
EXCLUDED = frozenset(NO_CODE.split())  # folders without code of the project's own
LOCK = ".#"  # how an editor names its lock, a link that leads nowhere

Identity = tuple[int, int] | str


@dataclass(frozen=True, slots=True)
class Found:
    """The files to look at, sorted, and what is wrong with others."""

    files: tuple[str, ...]
    problems: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """How files are found.

    Attributes:
        exclude: patterns in the language of .gitignore, relative to `root`.
        root: the folder of the settings.
        gitignore: whether .gitignore files count.
        force: whether even files that were named are left out where a search would not find them.
    """

    exclude: Sequence[str] = ()
    root: str = "."
    gitignore: bool = True
    force: bool = False

    def find(self, paths: Iterable[str]) -> Found:
        """The Python files and notebooks among and under some paths, each once."""
        seen: dict[Identity, str] = {}
        problems: list[Diagnostic] = []
        for path in paths:
            try:
                status = os.stat(path)  # noqa: PTH116 - paths are strings in here, for speed
            except (OSError, ValueError) as error:
                problems.append(unreadable(path, error))
                continue
            folder = stat.S_ISDIR(status.st_mode)
            if self.force and self.leaves_out(path, folder=folder):
                continue
            if folder:
                for identity, file in self._under(path, problems):
                    seen.setdefault(identity, file)
            else:
                seen.setdefault(_identity(path, status), path)
        return Found(tuple(sorted(seen.values())), tuple(problems))

    def _under(self, top: str, problems: list[Diagnostic]) -> Iterator[tuple[Identity, str]]:
        """The files under a folder, with what tells that two paths lead to one file."""
        patterns = Patterns(self.exclude, self.root, named=top)
        ignores = GitIgnores(top) if self.gitignore else None
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            try:
                entries = list(os.scandir(folder))
            except OSError as error:
                problems.append(unreadable(folder, error))
                continue
            for entry in entries:
                inner = entry.is_dir(follow_symlinks=False)
                if not _may_be_looked_at(entry.name, folder=inner):
                    continue
                path = entry.name if folder == "." else entry.path
                if patterns.verdict(path, folder=inner) or (
                    ignores is not None and ignores.cover(path, folder=inner)
                ):
                    continue
                if inner:
                    waiting.append(path)
                    continue
                try:
                    status = entry.stat()
                except OSError as error:
                    problems.append(unreadable(path, error))
                    continue
                if stat.S_ISREG(status.st_mode):
                    yield _identity(path, status), path

    def leaves_out(self, path: str, *, folder: bool) -> bool:
        """Whether a search from the root would not find a path."""
        relative = os.path.relpath(path, self.root)
        if not EXCLUDED.isdisjoint(Path(relative).parts):
            return True
        if Patterns(self.exclude, self.root).verdict(path, folder=folder):
            return True
        return self.gitignore and GitIgnores(os.path.dirname(path) or ".").cover(  # noqa: PTH120
            path, folder=folder
        )


def _may_be_looked_at(name: str, *, folder: bool) -> bool:
    if folder:
        return name not in EXCLUDED
    return name.endswith(SUFFIXES) and not name.startswith(LOCK)


def _identity(path: str, status: os.stat_result) -> Identity:
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)
