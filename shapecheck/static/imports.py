"""Imports: modules of the program are found by path, those of libraries are known by name."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapecheck.infer import Namespace
from shapecheck.ops import Unknown
from shapecheck.static.calls import Calls
from shapecheck.static.doubts import Doubts
from shapecheck.static.frames import Frame
from shapecheck.static.machine import library
from shapecheck.static.promises import Promises
from shapecheck.static.state import MISSING
from shapecheck.static.statements import Exhausted
from shapecheck.static.values import DictValue, External, ListValue, ModuleValue

if TYPE_CHECKING:
    from shapecheck.static.project import Module, Project

MOST_MODULES = 40  # that are asked inside each other
STEPS = 6_000  # statements that are followed for one name of another module


def absolute(node: ast.ImportFrom, package: str) -> str:
    """The full name of the module that is imported from."""
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    parts = parts[: len(parts) - (node.level - 1)]
    return ".".join([*parts, *([node.module] if node.module else [])])


def index(module: Module) -> None:
    """Note which statements of a module give which names their values."""
    pending = module.scope.pending
    for statement in module.tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
            module.stars.append(statement)
            continue
        names = bound_names(statement)
        for name in names:
            pending.setdefault(name, []).append(statement)
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            used = {one.id for one in ast.walk(statement) if isinstance(one, ast.Name)}
            module.changed |= used - names


def bound_names(statement: ast.stmt) -> set[str]:
    """The names of a module that a statement of it binds."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names):
            return {one.asname or one.name.partition(".")[0] for one in names}
        case ast.ImportFrom(names=names):
            return {one.asname or one.name for one in names}
        case ast.If() | ast.Try() | ast.TryStar() | ast.With() | ast.For() | ast.While():
            found = set()
            for field in ("body", "orelse", "finalbody"):
                for one in getattr(statement, field, []):
                    found |= bound_names(one)
            for handler in getattr(statement, "handlers", []):
                for one in handler.body:
                    found |= bound_names(one)
            found |= _targets(getattr(statement, "target", None))
            return found
        case ast.Assign(targets=targets):
            return {name for target in targets for name in _targets(target)}
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            return _targets(target)
    return set()


def _targets(target: ast.expr | None) -> set[str]:
    if target is None:
        return set()
    return {
        one.id
        for one in ast.walk(target)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }


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
        """Get a module ready: what it defines is run when it is asked for."""
        if module.state == "new":
            module.state = "done"
            module.scope.variables.setdefault("__name__", module.name)
            module.scope.variables.setdefault("__file__", Unknown("", "text"))
            index(module)

    def resolve(self, module: Module, name: str) -> None:
        """Run the statements of a module that give a name its value; nothing is reported."""
        statements = module.scope.pending.pop(name, [])
        if self.silent > MOST_MODULES or not statements:
            return
        kept = self.frames, self.scope, self.state.open, self.assume, self.unsure, self.left
        trying, splits = self.trying, self.splits
        self.silent += 1
        self.frames, self.scope, self.state.open = [Frame(module.scope)], module.scope, []
        self.take_path(Promises())
        self.unsure = Doubts()
        self.trying = self.splits = 0
        self.left = STEPS
        try:
            self.run(statements)
        except Exhausted:
            pass
        finally:
            self.silent -= 1
            self.frames, self.scope, self.state.open, assume, self.unsure, self.left = kept
            self.trying, self.splits = trying, splits
            self.take_path(assume)
        value = module.scope.variables.get(name)
        if isinstance(value, (ListValue, DictValue)) and name in module.changed:
            value.open = True

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
        home = absolute(node, self.scope.module.package)
        found = self.project.find(home, self.scope.module.path) if home else None
        for one in node.names:
            if one.name == "*":
                self._import_all(found)
                continue
            self.bind_name(one.asname or one.name, self._member(found, home, one.name))

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

    def _import_all(self, found: Module | None, seen: set[Module] | None = None) -> None:
        seen = set() if seen is None else seen
        if found is None or found in seen:
            return
        seen.add(found)
        self.load(found)
        for name in [*found.scope.variables, *found.scope.pending]:
            if not name.startswith("_"):
                self.bind_name(name, self.module_attribute(found, name))
        for star in found.stars:
            self._import_all(self._starred_module(found, star), seen)

    def _starred_module(self, module: Module, node: ast.ImportFrom) -> Module | None:
        home = absolute(node, module.package)
        return self.project.find(home, module.path) if home else None

    def module_attribute(self, module: Module, name: str) -> object:
        """An attribute of a module of the program."""
        found = self._defined(module, name, set())
        if found is not MISSING:
            return found
        inner = self.project.find(f"{module.name}.{name}", module.path)
        return ModuleValue(inner) if inner is not None else Unknown(f"{name} is not found")

    def _defined(self, module: Module, name: str, seen: set[Module]) -> object:
        """What a module defines or imports by a star; `seen`: such imports may go in circles."""
        seen.add(module)
        self.load(module)
        scope = module.scope
        if self.reads is not None:
            self.reads[id(scope.variables), name] = scope.variables
        if name in scope.pending:
            self.resolve(module, name)
        if name in scope.variables:
            return scope.variables[name]
        return self._by_star(module, name, seen)

    def _by_star(self, module: Module, name: str, seen: set[Module]) -> object:
        for star in module.stars if not name.startswith("_") else ():
            found = self._starred_module(module, star)
            if found is not None and found not in seen:
                value = self._defined(found, name, seen)
                if value is not MISSING:
                    return value
        return MISSING

    def unbound(self, name: str) -> object:
        """The value of a variable that no scope has: of a star's, or of a builtin."""
        module = self.scope.module
        found = self._by_star(module, name, {module}) if module.stars else MISSING
        return super().unbound(name) if found is MISSING else found

    def attribute(self, owner: object, name: str, node: ast.AST) -> object:
        """An attribute of a value."""
        if isinstance(owner, ModuleValue):
            return self.module_attribute(owner.module, name)
        return super().attribute(owner, name, node)


__all__ = ["External", "Imports", "ModuleValue", "Namespace"]
