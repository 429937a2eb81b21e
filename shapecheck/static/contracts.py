"""Declared shapes: what arguments, results and variables are held to, and what they promise."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapecheck.ops import Unknown
from shapecheck.spec.model import ArraySpec, OneOf, Spec, Unjudged, arrays_in, judges
from shapecheck.static.hints import HintValue, Reader
from shapecheck.static.imports import Imports
from shapecheck.static.matching import Binding, Making, Misfit, declared_value, misfits
from shapecheck.static.values import External, FunctionValue, Instance, Maybe

if TYPE_CHECKING:
    from shapecheck.dims import Symbol
    from shapecheck.spec.errors import SpecError
    from shapecheck.static.frames import Frame
    from shapecheck.static.values import ClassValue


@dataclass(frozen=True, slots=True)
class Contract:
    """What a function's annotations declare.

    Attributes:
        parameters: the specs of its parameters that say something of arrays.
        result: that of its result, or None.
    """

    parameters: dict[str, Spec]
    result: Spec | None

    def names(self) -> set[Symbol]:
        """All names that the parameters declare."""
        return {
            one
            for spec in self.parameters.values()
            for array in arrays_in(spec)
            for one in array.names()
        }

    def has_runs(self) -> bool:
        """Whether the rank of an argument is left open."""
        return any(
            array.runs_at is not None
            for spec in self.parameters.values()
            for array in arrays_in(spec)
        )


class Contracts(Imports):
    """Adds contracts to a machine."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._contracts: dict[int, Contract | None] = {}
        self._declared_by: dict[ast.ClassDef, dict[str, ArraySpec]] = {}
        self._pending: dict[int, tuple[Contract, Binding]] = {}

    # --- what subclasses add ---

    def argument_misfit(
        self,
        function: FunctionValue,
        name: str,
        misfit: Misfit,
        bound: dict[str, object],
        node: ast.AST,
    ) -> None:
        """An argument breaks its declaration."""

    def return_misfit(self, frame: Frame, misfit: Misfit, node: ast.Return) -> None:
        """A result breaks its declaration."""

    def local_misfit(self, label: str, value: ast.AST, misfit: Misfit) -> None:
        """A variable, or what is asserted of a value, breaks its declaration."""

    def attribute_misfit(
        self, cls: ClassValue, made: Instance, declared: dict[str, ArraySpec], node: ast.AST
    ) -> None:
        """An attribute breaks its declaration once an object was constructed."""

    def bad_spec(self, node: ast.expr, error: SpecError) -> None:
        """An axis specification cannot be read."""

    # --- reading ---

    def contract(self, function: FunctionValue) -> Contract | None:
        """The contract of a function; None if it declares nothing of arrays."""
        key = id(function.node)
        if key not in self._contracts:
            self._contracts[key] = self._read(function)
        return self._contracts[key]

    def _read(self, function: FunctionValue) -> Contract | None:
        node = function.node
        if isinstance(node, ast.Lambda):
            return None
        args = node.args
        annotated = [
            one
            for one in (*args.posonlyargs, *args.args, *args.kwonlyargs)
            if one.annotation is not None
        ]
        if not annotated and node.returns is None:
            return None
        outer = self.scope
        self.scope = function.scope
        try:
            reader = Reader(self.quiet, self.bad_spec)
            specs = {one.arg: reader.read(one.annotation) for one in annotated if one.annotation}
            result = reader.read(node.returns) if node.returns is not None else None
        finally:
            self.scope = outer
        specs = {name: spec for name, spec in specs.items() if judges(spec)}
        result = result if result is not None and judges(result) else None
        return Contract(specs, result) if specs or result is not None else None

    def subscript(self, owner: object, index: object, node: ast.AST) -> object:
        """An element or a part of a value, or an annotation."""
        if isinstance(owner, (External, HintValue)) and isinstance(node, ast.Subscript):
            name = getattr(owner, "qualified", "")
            if name.startswith(("jaxtyping.", "typing.")) or isinstance(owner, HintValue):
                spec = Reader(self.quiet, self.bad_spec).read(node)
                return HintValue(spec) if judges(spec) else Unknown("an annotation")
        return super().subscript(owner, index, node)

    # --- calls ---

    def enter(self, function: FunctionValue, bound: dict[str, object], node: ast.AST) -> object:
        """Follow a function's body, if the arguments keep to its contract."""
        contract = self.contract(function)
        if contract is None:
            return super().enter(function, bound, node)
        binding = Binding()
        broken = None
        for name, spec in contract.parameters.items():
            for misfit in misfits(spec, bound.get(name), binding, self.assume, name):
                broken = broken or (name, misfit)  # the first may have bound the others' names
        if broken is not None:
            self.argument_misfit(function, *broken, bound, node)
            return self._entered_anyway(function, bound, node)
        self._pending[id(bound)] = contract, binding
        value = super().enter(function, bound, node)
        if isinstance(value, Unknown):
            return self._declared(contract, binding)
        return value

    def construct(
        self, cls: ClassValue, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> object:
        """An object of a class, held against what the class declares of its attributes."""
        made = super().construct(cls, args, kwargs, node)
        declared = self._attributes_of(cls) if isinstance(made, Instance) else {}
        if declared and isinstance(made, Instance):
            binding = Binding()
            for name, spec in declared.items():
                value = made.attributes.get(name)
                if next(misfits(spec, value, binding, self.assume, name), None) is not None:
                    self.attribute_misfit(cls, made, declared, node)
                    break
        return made

    def _attributes_of(self, cls: ClassValue) -> dict[str, ArraySpec]:
        """The arrays that a class of the program declares in its body."""
        found = self._declared_by.get(cls.node)
        if found is None:
            found = self._declared_by[cls.node] = {}
            lines = [
                one
                for one in cls.node.body
                if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
            ]
            outer, self.scope = self.scope, cls.scope
            try:
                for one in lines:
                    spec = Reader(self.quiet, self.bad_spec).read(one.annotation)
                    if isinstance(spec, ArraySpec) and isinstance(one.target, ast.Name):
                        found[one.target.id] = spec
            finally:
                self.scope = outer
        return found

    def _entered_anyway(
        self, function: FunctionValue, bound: dict[str, object], node: ast.AST
    ) -> object:
        """Follow a call that breaks the contract: that is the finding, what comes of it is none."""
        self.trying += 1
        try:
            return super().enter(function, bound, node)
        finally:
            self.trying -= 1

    def entered(self, frame: Frame, bound: dict[str, object]) -> None:
        """A function's body is about to be followed."""
        found = self._pending.pop(id(bound), None)
        if found is not None:
            frame.contract = found
            frame.arguments = dict(bound)

    def _declared(self, contract: Contract, binding: Binding) -> object:
        if contract.result is None:
            return Unknown("")
        sizes = dict(binding.sizes)
        making = Making(sizes=sizes, runs=dict(binding.runs), named=False, unknown=True)
        return declared_value(contract.result, making)

    def returned(self, node: ast.Return, value: object) -> None:
        """Hold a result against its declaration."""
        found = self.frame.contract
        if found is None or found[0].result is None:
            return
        contract, binding = found
        own = Binding(dict(binding.sizes), dict(binding.runs), dict(binding.givers))
        for misfit in misfits(contract.result, value, own, self.assume, "the result"):
            self.return_misfit(self.frame, misfit, node)
            break

    def declared(self, node: ast.AnnAssign, value: object) -> object:
        """Hold an annotated variable against its declaration; what is known of it then."""
        spec = Reader(self.quiet, self.bad_spec).read(node.annotation)
        if not judges(spec):
            return value
        found = self.frame.contract
        binding = found[1] if found is not None else Binding()
        for misfit in misfits(spec, value, binding, self.assume, ast.unparse(node.target)):
            self.local_misfit(ast.unparse(node.target), node.value or node, misfit)
            break
        if isinstance(value, Unknown):
            making = Making(sizes=dict(binding.sizes), named=False, unknown=True)
            return declared_value(spec, making)
        return value

    def called(
        self, function: object, args: list[object], kwargs: dict[str, object], node: ast.AST
    ) -> object:
        """A call of anything that is no op; shapecheck's own functions among them."""
        name = function.qualified if isinstance(function, External) else ""
        if name != "shapecheck.assert_shape":
            return super().called(function, args, kwargs, node)
        if len(args) == 2 and isinstance(node, ast.Call) and len(node.args) == len(args):  # noqa: PLR2004
            return self._asserted(args[0], args[1], node)
        return args[0] if args else Unknown("")

    def _asserted(self, value: object, wanted: object, node: ast.Call) -> object:
        """``assert_shape(value, spec)``: its names are those of the call that is followed."""
        reader = Reader(self.quiet, self.bad_spec)
        asserted, hint = node.args
        if isinstance(wanted, str):
            spec = reader.axes(hint, wanted)
        else:
            spec = wanted.spec if isinstance(wanted, HintValue) else Unjudged(None)
        if not judges(spec):
            return value
        found = self.frame.contract
        binding = found[1] if found is not None else Binding()
        for misfit in misfits(spec, value, binding, self.assume, "assert_shape"):
            self.local_misfit("assert_shape", asserted, misfit)
            break
        if isinstance(value, Unknown):
            making = Making(sizes=dict(binding.sizes), named=False, unknown=True)
            return declared_value(spec, making)
        return value

    # --- what a signature promises ---

    def promised(self, contract: Contract, name: str, making: Making) -> object:
        """An argument of which nothing is known but its declaration."""
        spec = contract.parameters[name]
        if isinstance(spec, OneOf):
            arrays = [one for one in spec.alternatives if isinstance(one, ArraySpec)]
            others = [one for one in spec.alternatives if not isinstance(one, ArraySpec)]
            if len(arrays) == 1 and not any(judges(one) for one in others):
                return Maybe(making.array(arrays[0]))
        return declared_value(spec, making)
