"""Imports: modules of the program are found by path, those of libraries are known by name."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapecheck.infer import Namespace
from shapecheck.ops import Unknown
from shapecheck.static.calls import Calls
from shapecheck.static.frames import Frame
from shapecheck.static.machine import library
from shapecheck.static.promises import Promises
from shapecheck.static.statements import Exhausted
from shapecheck.static.values import External

if TYPE_CHECKING:
    from shapecheck.static.project import Module, Project

MOST_MODULES = 24  # that are run inside each other


class ModuleValue:
    """A module of the program, as a value."""

    __slots__ = ("module",)

    def __init__(self, module: Module) -> None:
        self.module = module


class Imports(Calls):
    """Adds imports to a machine.

    Args:
        project: where modules are found.
        module: the one that is analysed.
    """

    def __init__(self, project: Project, module: Module) -> None:
        super().__init__()
        self.project = project
        self.module = module
        self.silent = 0  # depth of modules that are only run for what they define

    def load(self, module: Module) -> None:
        """Run a module for what it defines; nothing in it is reported."""
        if module.state != "new":
            return
        module.state = "running"
        if self.silent > MOST_MODULES:
            module.state = "done"
            return
        saved = self.frames, self.scope, self.state.open, self.assume, self.doubts, self.left
        self.silent += 1
        self.left = max(self.left, 4000)
        try:
            self.run_module(module, module.name)
        except Exhausted:
            pass
        finally:
            self.silent -= 1
            self.frames, self.scope, self.state.open, assume, self.doubts, self.left = saved
            self.take_path(assume)
            module.state = "done"

    def run_module(self, module: Module, name: str) -> None:
        """Follow the statements of a module."""
        self.frames = [Frame(module.scope)]
        self.scope = module.scope
        self.state.open = []
        self.take_path(Promises())
        self.doubts = 0
        module.scope.variables.setdefault("__name__", name)
        module.scope.variables.setdefault("__file__", Unknown("", "text"))
        self.run(module.tree.body)

    # --- statements ---

    def _import(self, node: ast.Import) -> None:
        for one in node.names:
            top = one.name.partition(".")[0]
            if one.asname:
                self.bind_name(one.asname, self.module_named(one.name))
            else:
                self.module_named(one.name)
                self.bind_name(top, self.module_named(top))

    def module_named(self, name: str) -> object:
        """The module of a full name, of the program or of a library."""
        found = self.project.find(name, self.scope.module.path)
        if found is not None:
            return ModuleValue(found)
        return library(name)

    def _import_from(self, node: ast.ImportFrom) -> None:
        home = self._absolute(node)
        found = self.project.find(home, self.scope.module.path) if home else None
        for one in node.names:
            if one.name == "*":
                self._import_all(found, home)
                continue
            self.bind_name(one.asname or one.name, self._member(found, home, one.name))

    def _absolute(self, node: ast.ImportFrom) -> str:
        """The full name of the module that is imported from."""
        if not node.level:
            return node.module or ""
        parts = self.scope.module.package.split(".") if self.scope.module.package else []
        parts = parts[: len(parts) - (node.level - 1)]
        return ".".join([*parts, *([node.module] if node.module else [])])

    def _member(self, found: Module | None, home: str, name: str) -> object:
        if found is None:
            inner = self.project.find(f"{home}.{name}", self.scope.module.path) if home else None
            if inner is not None:
                return ModuleValue(inner)
            return library(f"{home}.{name}") if home else Unknown(f"{name} is not found")
        value = self.module_attribute(found, name)
        if isinstance(value, Unknown):
            inner = self.project.find(f"{home}.{name}", self.scope.module.path)
            return value if inner is None else ModuleValue(inner)
        return value

    def _import_all(self, found: Module | None, home: str) -> None:
        if found is None:
            return
        self.load(found)
        del home
        for name, value in list(found.scope.variables.items()):
            if not name.startswith("_"):
                self.bind_name(name, value)

    def module_attribute(self, module: Module, name: str) -> object:
        """An attribute of a module of the program."""
        if name not in module.scope.variables:
            self.load(module)
        found = module.scope.variables.get(name)
        if name in module.scope.variables:
            return found
        inner = self.project.find(f"{module.name}.{name}", module.path)
        return ModuleValue(inner) if inner is not None else Unknown(f"{name} is not found")

    def attribute(self, owner: object, name: str, node: ast.AST) -> object:
        """An attribute of a value."""
        if isinstance(owner, ModuleValue):
            return self.module_attribute(owner.module, name)
        return super().attribute(owner, name, node)


__all__ = ["External", "Imports", "ModuleValue", "Namespace"]
