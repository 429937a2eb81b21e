"""Which files of a program are instrumented, and the import hook that does it.

The hook stands in front of Python's own finders and only takes what Python's path finder would
load from source, in the folders that are asked for. Everything else goes its usual way.
"""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapecheck.runtime import instrument
from shapecheck.runtime.places import OWN, library_folders

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType, ModuleType

    from shapecheck.runtime.rewrite import Wanted

INSTALLED = {"site-packages", "dist-packages"}  # folders of packages, whoever's


@dataclass(frozen=True, slots=True)
class Covered:
    """The files that are the user's own.

    Attributes:
        folders: where they lie.
        packages: installed packages that count as the user's own, too.
    """

    folders: tuple[str, ...]
    packages: tuple[str, ...] = ()

    def has(self, module: str, path: str) -> bool:
        """Whether a module in a file is one of them."""
        if module.partition(".")[0] in self.packages or module in self.packages:
            return True
        full = Path(path).resolve()
        if str(full).startswith((OWN, *library_folders())) or INSTALLED & set(full.parts):
            return False
        return any(full.is_relative_to(folder) for folder in self.folders)


class Finder:
    """A finder for `sys.meta_path`.

    Args:
        covered: the files that are instrumented.
        wanted: what for.
        awaited: what is to be done once a library is loaded, by its name.
    """

    def __init__(
        self, covered: Covered, wanted: Wanted, awaited: dict[str, Callable[[], None]]
    ) -> None:
        self.covered = covered
        self.wanted = wanted
        self.awaited = awaited

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module that is instrumented; None leaves it to the others."""
        if name in self.awaited and name not in sys.modules:
            return self._awaited(name, path, target)
        if name in sys.builtin_module_names or self._is_installed(name, path):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or type(spec.loader) is not SourceFileLoader or not spec.origin:
            return None
        if not self.covered.has(name, spec.origin):
            return None
        spec.loader = Loader(name, spec.origin, self.wanted)
        return spec

    def _is_installed(self, name: str, path: Sequence[str] | None) -> bool:
        """Whether a module is part of an installed package: most of all imports are."""
        if path is None or name.partition(".")[0] in self.covered.packages:
            return False
        parts = [set(Path(one).parts) for one in path if isinstance(one, str)]
        return bool(parts) and all(INSTALLED & one for one in parts)

    def _awaited(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or type(spec.loader) is not SourceFileLoader or not spec.origin:
            return None
        spec.loader = _Awaiting(name, spec.origin, self.awaited.pop(name))
        return spec


class Loader(SourceFileLoader):
    """Loads a module from its source, instrumented; nothing is written to ``__pycache__``."""

    def __init__(self, name: str, path: str, wanted: Wanted) -> None:
        super().__init__(name, path)
        self.wanted = wanted

    def get_code(self, fullname: str) -> CodeType | None:
        """The instrumented code; the plain one if that fails."""
        path = self.get_filename(fullname)
        code = instrument.compiled(self.get_data(path), path, self.wanted)
        return code if code is not None else super().get_code(fullname)

    def exec_module(self, module: ModuleType) -> None:
        """Give the module the reporters, then run it."""
        instrument.equip(vars(module), self.wanted)
        super().exec_module(module)


class _Awaiting(SourceFileLoader):
    """Loads a library as ever, and tells when that is done."""

    def __init__(self, name: str, path: str, then: Callable[[], None]) -> None:
        super().__init__(name, path)
        self.then = then

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        self.then()


def install(finder: Any) -> None:
    """Put a finder in front of all others."""
    sys.meta_path.insert(0, finder)
    importlib.invalidate_caches()
