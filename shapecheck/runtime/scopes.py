"""Names in force: inside a checked call, and inside ``with scope(B=32)``.

A checked call keeps its names in local variables of the generated function, so asking for them
means walking the stack from the frame that asks to the nearest generated frame. Nothing is pushed
or popped on the way of a call that is not asked. Calls, threads, tasks and generators have frames
of their own, and so scopes of their own.
"""

from __future__ import annotations

import contextvars
import sys
from typing import TYPE_CHECKING, Any

from shapecheck.backends import uncompiled
from shapecheck.dims import Expr, Symbol, symbols
from shapecheck.spec.match import Binding, Bindings, Place, parse_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType, TracebackType
    from typing import Self


# Open scopes of all threads. Generated checks look whether there are any; if so, the interpreter
# finds out whether one of them applies.
class _Active(list["Scope"]):
    """The list of open scopes: one in each process, also for checks that were pickled by value."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (_the_active, ())


def _the_active() -> _Active:
    return active


active = _Active()
_open: contextvars.ContextVar[tuple[Scope, ...]] = contextvars.ContextVar("scopes", default=())


class Scope:
    """``with shapecheck.scope(B=32):`` names that hold for the checks made inside.

    They hold for `assert_shape` and for checked calls made directly inside; a checked call that
    another checked call makes has a scope of its own, as everywhere. Names that `assert_shape`
    meets inside are bound for the rest of the block.
    """

    def __init__(self, sizes: Mapping[str, Any]) -> None:
        self.bindings = Bindings.given(dict(sizes), "scope")
        self.enclosing: FrameType | None = None
        self._token: contextvars.Token[tuple[Scope, ...]] | None = None

    @uncompiled
    def __enter__(self) -> Self:
        self.enclosing = nearest_check(sys._getframe(1))  # noqa: SLF001 - the only way to the frame
        self._token = _open.set((*_open.get(), self))
        active.append(self)
        return self

    @uncompiled
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.enclosing = None
        active.remove(self)
        if self._token is not None:
            try:
                _open.reset(self._token)
            except ValueError:  # left in another context than entered (a fixture's teardown)
                _open.set(tuple(one for one in _open.get() if one is not self))


@uncompiled
def scope(**sizes: int) -> Scope:
    """Bind names for the checks inside a block.

    Args:
        **sizes: the names and their sizes; a run (``*batch``) takes a tuple of sizes.

    Raises:
        ValueError: a size is not a whole number >= 0.
    """
    return Scope(valid_sizes(sizes))


def valid_sizes(sizes: Mapping[str, Any]) -> dict[str, Any]:
    """The sizes given by keyword, or an error that names the one at fault."""
    for name, size in sizes.items():
        parts = size if isinstance(size, tuple) else (size,)
        for part in parts:
            if isinstance(part, bool) or not isinstance(part, int) or part < 0:
                raise ValueError(f"{name}={size!r}: a size is a whole number, 0 or more")
    return dict(sizes)


def is_check(frame: FrameType) -> bool:
    """Whether a frame runs a generated check, be it one that cloudpickle has brought here."""
    code = frame.f_code
    if code.co_filename == "<dynamic-code>":  # cloudpickle's name for all that it brings
        return "__tracebackhide__" in code.co_freevars
    return code.co_filename.startswith("<shapecheck ")


def nearest_check(frame: FrameType | None) -> FrameType | None:
    """The frame itself or the nearest caller that is a generated check."""
    while frame is not None and not is_check(frame):
        frame = frame.f_back
    return frame


def generated_frame() -> FrameType:
    """The frame of the generated check that has called shapecheck."""
    frame = nearest_check(sys._getframe(1))  # noqa: SLF001 - the only way to the frame
    if frame is None:
        raise RuntimeError("no checked call is under way")
    return frame


def is_in_method_of(instance: object, frame: FrameType) -> bool:
    """Whether a method of the same instance is running further up the stack."""
    caller = frame.f_back
    while caller is not None:
        code = caller.f_code
        library = str(caller.f_globals.get("__name__", "")).split(".")[0]
        if code.co_argcount and not is_check(caller) and library != "torch":
            first = caller.f_locals.get(code.co_varnames[0])
            if first is instance and code is not frame.f_code:
                return True
        caller = caller.f_back
    return False


def _open_scopes(enclosing: FrameType | None) -> list[Scope]:
    """The open scopes that belong to a checked call (or to none), outermost first."""
    if not active:
        return []
    return [one for one in _open.get() if one.enclosing is enclosing]


def outer_sizes(frame: FrameType) -> dict[str, Any]:
    """The names that open scopes bind for a checked call, given the call's own frame."""
    found: dict[str, Any] = {}
    if active:
        for one in _open_scopes(nearest_check(frame.f_back)):
            found.update(one.bindings.as_dict())
    return found


class Here:
    """The scope that a piece of code runs in: the checked call around it, and open scopes."""

    def __init__(self, frame: FrameType | None) -> None:
        self.check = nearest_check(frame)
        self.scopes = _open_scopes(self.check)
        self.contract: Any = None
        self.joined: list[Any] | None = None
        self.bindings = Bindings()
        if self.check is not None:
            self._read(self.check)
        for one in self.scopes:
            self.bindings.sizes.update(one.bindings.sizes)
            self.bindings.runs.update(one.bindings.runs)

    def _read(self, frame: FrameType) -> None:
        names = frame.f_locals
        own = next((n for n in names if n.endswith("contract") and n.startswith("sc_")), None)
        if own is None:
            return
        self.contract = names[own]
        self.joined = names.get(f"{self.contract.prefix}joined")
        outer = Bindings.given(outer_sizes(frame), "scope")
        self.bindings.sizes.update(outer.sizes)
        self.bindings.runs.update(outer.runs)
        if self.joined is None:
            self._reconstruct(frame)
            return
        held = {name: names.get(local) for name, local in self.contract.locals.items()}
        take_sizes(self.bindings, held)
        take_joined(self.bindings, self.joined or [])

    def _reconstruct(self, frame: FrameType) -> None:
        """Bind from the arguments: of a frame that torch.compile has rewritten they are left."""
        held = frame.f_locals
        values = {name: held[name] for name in self.contract.parameter_names if name in held}
        found = self.contract.outcome_of_arguments(values, frame)
        if found.holds is not False:
            self.bindings.sizes.update(found.bindings.sizes)
            self.bindings.runs.update(found.bindings.runs)

    def add(self, found: Bindings) -> None:
        """Keep what an assertion has bound for the rest of the scope."""
        if self.scopes:
            join([], found, self.scopes[-1].bindings, keep=True)
        elif self.joined is not None:
            join(self.joined, found, self.bindings)


def take_sizes(into: Bindings, held: Mapping[str, Any]) -> None:
    """Add the values of a generated function's locals to bindings: who bound them is not kept."""
    unknown = Place("")
    for name, value in held.items():
        if value is None:
            continue
        if name.endswith("[]"):
            for index, size in value.items():
                one = Symbol(name.removesuffix("[]"), index)
                into.sizes.setdefault(one, Binding(size, unknown))
        elif isinstance(value, (list, tuple)):
            into.runs.setdefault(name.removeprefix("*"), Binding(tuple(value), unknown))
        else:
            size = parse_name(name)
            if isinstance(size, Expr):
                for one in symbols(size):
                    into.sizes.setdefault(one, Binding(value, unknown))


def take_joined(into: Bindings, joined: list[Any]) -> None:
    """Add what assertions in the body have bound."""
    for key, binding in joined:
        if isinstance(key, str):
            into.runs.setdefault(key, binding)
        else:
            into.sizes.setdefault(key, binding)


def join(joined: list[Any], found: Bindings, known: Bindings, *, keep: bool = False) -> None:
    """Append what `found` binds beyond `known` to a call's list of joined names."""
    for key, binding in found.sizes.items():
        if key not in known.sizes and key.tag is None:
            joined.append((key, binding))
            if keep:
                known.sizes[key] = binding
    for name, binding in found.runs.items():
        if name not in known.runs:
            joined.append((name, binding))
            if keep:
                known.runs[name] = binding


@uncompiled
def bindings() -> dict[str, Any]:
    """The names in force where this is called, and what they stand for.

    Returns:
        Sizes by name (``{"B": 32, "n_in": 784}``), indexed names as ``n[0]``, runs of axes as
        tuples. Empty outside of any checked call and `scope`.
    """
    return Here(sys._getframe(1)).bindings.as_dict()  # noqa: SLF001 - the caller's frame
