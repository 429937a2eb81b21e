"""What a checked function has promised, and what happens when a plain comparison has failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shapecheck.backends import uncompiled
from shapecheck.runtime import notices, scopes
from shapecheck.runtime.names import marked, unmarked
from shapecheck.spec.leaves import Item, open_items
from shapecheck.spec.match import Bindings, last_indices, match

if TYPE_CHECKING:
    import inspect
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType

    from shapecheck.spec.match import Outcome
    from shapecheck.spec.model import Spec


@dataclass(slots=True)
class Contract:
    """The declarations of one function.

    The generated check calls `arguments`, `result`, `yielded` and `sent` when its plain
    comparisons have failed, or could not be made. Each decides with the interpreter of specs and
    gives back a list: of the exception that the generated function raises, or empty.

    Attributes:
        function: the user's function.
        name: its qualified name.
        kind: ``function``, ``coroutine``, ``generator`` or ``async generator``.
        parameter_names: all parameters, in order.
        signature_text: the parameters as source text, without defaults, their names marked.
        forward_text: the arguments that pass them on to the user's function, likewise.
        argument_specs: what is declared of each parameter that is judged.
        attribute_specs: what the class declares of its attributes, which join the scope.
        owner: the parameter that holds the instance (``self``), or "".
        result_specs: what is declared of ``result``, ``yielded`` and ``sent`` values.
        sizes: names fixed by the decorator.
        mode: ``error`` or ``warn``.
        prefix: what the generated function's own variables begin with.
        locals: the generated function's variable for each name of the scope.
        packed: for a wrapper that takes ``*args, **kwargs``: the signature of what it wraps.
        packed_specs: what is declared of the parameters of that signature.
        changed_specs: the attributes to look at when the call returns.
        is_plain: plain comparisons decide on the arguments, unless they fail.
    """

    function: Callable[..., Any]
    name: str
    kind: str
    parameter_names: tuple[str, ...]
    signature_text: str
    forward_text: str
    argument_specs: dict[str, Spec]
    result_specs: dict[str, Spec]
    attribute_specs: dict[str, Spec] = field(default_factory=dict)
    owner: str = ""
    sizes: dict[str, int] = field(default_factory=dict)
    mode: str = "error"
    prefix: str = "sc_"
    locals: dict[str, str] = field(default_factory=dict)
    packed: inspect.Signature | None = None
    packed_specs: dict[str, Spec] = field(default_factory=dict)
    changed_specs: dict[str, Spec] = field(default_factory=dict)
    is_plain: bool = True

    @property
    def judges_arguments(self) -> bool:
        """Whether anything is checked before the call."""
        return bool(self.argument_specs or self.attribute_specs or self.packed_specs)

    @property
    def variadic(self) -> tuple[str, ...]:
        """The parameters that take any number of arguments."""
        stars = [one.strip() for one in unmarked(self.signature_text).split(",")]
        return tuple(one.lstrip("*") for one in stars if one.startswith("*") and one != "*")

    def unpacked(self, values: dict[str, Any]) -> dict[str, Any]:
        """The arguments by the names of the wrapped function's parameters, if they fit them."""
        if self.packed is None:
            return values
        stars = {name: values[name] for name in self.parameter_names}
        args = next((one for one in stars.values() if isinstance(one, tuple)), ())
        kwargs = next((one for one in stars.values() if isinstance(one, dict)), {})
        try:
            bound = self.packed.bind(*args, **kwargs)
        except TypeError:  # the wrapper itself will know what to do with them
            return values
        bound.apply_defaults()
        return {**values, **bound.arguments}

    def checked_arguments(self) -> Iterator[tuple[str, str, Spec]]:
        """What is checked before the call: label, expression and spec, attributes first."""
        for name, spec in self.attribute_specs.items():
            yield f"{self.owner}_{name}", f"{marked(self.owner)}.{name}", spec
        for name, spec in self.argument_specs.items():
            yield name, marked(name), spec

    @uncompiled
    def arguments(self, values: dict[str, Any]) -> tuple[Any, ...]:
        """Decide on the arguments.

        Args:
            values: the generated function's local variables, its parameters among them.

        Returns:
            The exception to raise in a list (empty: none), and then the value of each of `locals`.
        """
        frame = scopes.generated_frame()
        nothing = dict.fromkeys(self.locals)
        values = self.unpacked({name: values[name] for name in self.parameter_names})
        try:
            given = self.given(frame)
            outcome = match(self.items(values), given, values)
            if outcome.holds is False and self.is_being_changed(values, frame):
                outcome = match(self.argument_items(values), given, values)
        except Exception as error:  # noqa: BLE001 - the user's program comes first
            notices.own_failure(error, self.name)
            return ([], *nothing.values())
        notices.tell_troubles(outcome, self.name)
        if outcome.holds is False:
            from shapecheck.runtime import report  # noqa: PLC0415 - only failures need it

            broken = report.broken_arguments(self, outcome, frame)
            return (broken, *nothing.values())
        return ([], *self.local_values(outcome.bindings).values())

    @uncompiled
    def result(self, value: Any, values: dict[str, Any]) -> list[BaseException]:
        """Decide on a result; `values` are the generated function's local variables."""
        if value is NotImplemented:  # an operator that leaves it to the other operand
            return []
        return self._outcome("result", value, values)

    @uncompiled
    def yielded(self, value: Any, values: dict[str, Any]) -> list[BaseException]:
        """Decide on a value that a generator yields; what it binds holds for later ones."""
        return self._outcome("yielded", value, values)

    @uncompiled
    def sent(self, value: Any, values: dict[str, Any]) -> list[BaseException]:
        """Decide on a value that is sent into a generator."""
        return self._outcome("sent", value, values)

    @uncompiled
    def changed(self, value: Any, values: dict[str, Any]) -> list[BaseException]:
        """Decide on the attributes of an instance after a call that may have changed them."""
        return self._outcome("changed", value, values)

    def _outcome(self, role: str, value: Any, held: dict[str, Any]) -> list[BaseException]:
        frame = scopes.generated_frame()
        joined = held.get(f"{self.prefix}joined", [])
        values = self.unpacked({name: held[name] for name in self.parameter_names if name in held})
        try:
            given = self.given(frame)
            scopes.take_joined(given, joined)
            outcome = self._with_arguments(role, value, values, given)
            if role == "changed":
                outcome = self.of_attributes(value, values, given)
                if outcome.holds is False and scopes.is_in_method_of(value, frame):
                    return []  # another method of the instance is not done with it yet
            elif outcome is None:
                bound = {name: held.get(local) for name, local in self.locals.items()}
                scopes.take_sizes(given, bound)
                chains = last_indices(open_items(self.items(values), values))
                items = self.result_items(role, value)
                outcome = match(items, given, values, chains)
        except Exception as error:  # noqa: BLE001 - the user's program comes first
            notices.own_failure(error, self.name)
            return []
        notices.tell_troubles(outcome, self.name)
        if outcome.holds is False:
            from shapecheck.runtime import report  # noqa: PLC0415 - only failures need it

            return report.broken_result(self, role, outcome, (given, values), frame)
        if role != "result":
            scopes.join(joined, outcome.bindings, given)
        return []

    def _with_arguments(
        self, role: str, value: Any, values: dict[str, Any], given: Bindings
    ) -> Outcome | None:
        """A result matched together with the arguments, where their names take more than locals.

        What ``*#b`` may still grow to, how trees are built, and formulas that wait for the
        result's names are not in the generated function's locals. None where locals are enough,
        and where the arguments no longer keep to the contract by themselves: the body may have
        changed them.
        """
        if self.is_plain or role == "changed":
            return None
        items = self.items(values)
        if match(items, given, values).holds is False:
            return None
        chains = last_indices(open_items(items, values))
        return match([*items, *self.result_items(role, value)], given, values, chains)

    def of_attributes(self, value: Any, values: dict[str, Any], given: Bindings) -> Outcome:
        """The attributes by themselves and with the arguments, not with what they were before."""
        items = self.argument_items(values)
        if match(items, given, values).holds is False:
            items = []  # the body has changed them, or ``mode="warn"`` let them pass
        return match([*items, *self.attribute_items(value, self.changed_specs)], given, values)

    def is_being_changed(self, values: dict[str, Any], frame: FrameType) -> bool:
        """Whether another method is at work on the attributes: then they need not fit yet.

        So it is if they do not fit each other, and if this method itself assigns one of them.
        """
        instance = values.get(self.owner)
        if not self.attribute_specs or not scopes.is_in_method_of(instance, frame):
            return False
        items = self.attribute_items(instance, self.attribute_specs)
        return bool(self.changed_specs) or match(items, None, values).holds is False

    def result_items(self, role: str, value: Any) -> list[Item]:
        """What comes out of a call, as the interpreter takes it."""
        if role == "changed":
            return self.attribute_items(value, self.changed_specs)
        return [Item(role, self.result_specs[role], value)]

    def attribute_items(self, instance: Any, specs: Mapping[str, Spec]) -> list[Item]:
        """The attributes that the instance has by now."""
        found = []
        for name, spec in specs.items():
            try:
                value = getattr(instance, name)
            except Exception:  # noqa: BLE001, S112 - not set yet, or the user's property raises
                continue
            found.append(Item(f"{self.owner}.{name}", spec, value))
        return found

    def items(self, values: Mapping[str, Any]) -> list[Item]:
        """The arguments and attributes, as the interpreter takes them."""
        attributes = self.attribute_items(values.get(self.owner), self.attribute_specs)
        return [*attributes, *self.argument_items(values)]

    def argument_items(self, values: Mapping[str, Any]) -> list[Item]:
        """The arguments alone."""
        specs = {**self.argument_specs, **self.packed_specs}
        return [Item(name, spec, values[name]) for name, spec in specs.items() if name in values]

    def given(self, frame: FrameType) -> Bindings:
        """The names that are bound outside the call: by the decorator, by an open `scope`."""
        outer = Bindings.given(scopes.outer_sizes(frame), "scope")
        mine = Bindings.given(self.sizes, "@check")
        outer.sizes.update(mine.sizes)
        return outer

    def local_values(self, bindings: Bindings) -> dict[str, Any]:
        """For each name of the scope what it stands for, as the generated code holds it."""
        found: dict[str, Any] = dict.fromkeys(self.locals)
        for one, binding in bindings.sizes.items():
            if one.tag is not None:
                continue
            if one.index is None:
                if one.name in found:
                    found[one.name] = binding.value
            elif f"{one.name}[]" in found:
                found[f"{one.name}[]"] = {
                    **(found[f"{one.name}[]"] or {}),
                    one.index: binding.value,
                }
        for name, binding in bindings.runs.items():
            if f"*{name}" in found:
                found[f"*{name}"] = list(binding.value)
        return found

    def outcome_of_arguments(self, values: Mapping[str, Any], frame: FrameType) -> Outcome:
        """Match the arguments once more: for a report on a result that says who bound what."""
        return match(self.items(values), self.given(frame), values)
