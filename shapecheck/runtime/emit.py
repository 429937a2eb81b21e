"""The statements of a generated check: specs in, plain comparisons out.

What an `Emitter` writes accepts nothing that the interpreter of specs would refuse. It may refuse
more (an odd subclass, an exotic dtype): then the interpreter decides. What it cannot express as
plain comparisons at all it declines with `NotPlain`.
"""

from __future__ import annotations

import ast
import builtins
import keyword
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shapecheck.backends import backend_of_class, loaded
from shapecheck.dims import Expr, Symbol, lone_symbol, substitute, symbol, symbols, text
from shapecheck.dims.expr import is_nonnegative
from shapecheck.runtime.names import marked, unmarked
from shapecheck.spec.model import (
    ArraySpec,
    Dim,
    ListOf,
    MappingOf,
    Members,
    OneOf,
    Run,
    TupleOf,
    Unjudged,
    arrays_in,
    judges,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shapecheck.dims import Size
    from shapecheck.spec.model import Family, Spec

BUILTINS = (
    *("isinstance", "hasattr", "len", "type", "min", "max", "enumerate"),
    *("tuple", "list", "dict", "int", "Exception", "locals"),
)
OWN = "sc_"


class NotPlain(Exception):  # noqa: N818 - control flow: this spec goes to the interpreter
    """A spec that plain comparisons cannot express."""


@dataclass(slots=True)
class _Block:
    """Statements under way, and whether they certainly run (not under ``if`` or ``for``)."""

    lines: list[str] = field(default_factory=list)
    certain: bool = True
    position: str = ""  # the loop's counter, which index names stand for
    has_int_test: bool = False


class Emitter:
    """Writes the checks of one function.

    Args:
        parameters: the function's parameter names, which generated names stay clear of.
        sizes: names that are fixed from outside, ``@check(B=32)``.

    Attributes:
        locals: for each name of the scope the local variable that holds it; ``n[]`` is the
            variable of the indexed names n, a dict from position to size; ``*batch`` is that of
            a run of axes, a list.
        values: objects that the generated code refers to, by the name that it uses.
    """

    def __init__(self, parameters: Iterable[str], sizes: Mapping[str, int]) -> None:
        self.parameters = tuple(parameters)
        self.variables: list[str] = []  # the local variables that were named after axes
        self.prefix = OWN
        while any(name.startswith(self.prefix) for name in self.parameters):
            self.prefix = f"{self.prefix}_"
        self.taken = {*self.parameters, *BUILTINS}
        self.ignored = self._fresh("_")  # what nobody asks for; a parameter may be called `_`
        self.values: dict[str, Any] = {}
        self.locals: dict[str, str] = {}
        self._sizes = dict(sizes)
        self._named_values: dict[Any, str] = {}
        self._bound: set[str] = set()  # names whose local certainly holds a size
        self._bound_by_arguments: set[str] = set()
        self._chains_of_arguments: list[tuple[str, str]] = []
        self._seen_dtype: set[str] = set()
        self._holes: dict[str, str] = {}
        self._reset()

    # ---- the caller's side ----

    def own(self, name: str) -> str:
        """A name of the machinery: ``sc_function``."""
        return f"{self.prefix}{name}"

    def begin(self, *, result: bool = False, lasting: bool = False, decided: str = "") -> None:
        """Start a new list of statements.

        Args:
            result: these check a result, which sees the names that the arguments bound.
            lasting: what the result binds has to hold for later results too (for what a
                generator yields); the interpreter keeps account of that.
            decided: the variable that says whether plain comparisons could decide on the
                arguments; where they could not (sizes that torch.jit.trace records are no ints),
                they are not to be trusted with the result.
        """
        self._reset()
        self._result, self._lasting = result, lasting
        if result:
            if decided:
                self._top.has_int_test = True
                self._tests.append(decided)
            self._bound = set(self._bound_by_arguments)
            return
        for name, size in self._sizes.items():
            self._top.lines.append(f"{self._local(name)} = {size}")
            self._bound.add(name)

    def forget(self) -> None:
        """Drop what a declined attempt had claimed about names."""
        self._reset()
        self._bound.clear()
        self._seen_dtype.clear()
        self.locals.clear()
        for name in self._sizes:
            self._local(name)

    def spec(self, expression: str, spec: Spec, label: str) -> None:
        """Check the value of an expression against a spec.

        Raises:
            NotPlain: the spec needs the interpreter.
        """
        match spec:
            case ArraySpec():
                self._array(expression, spec, label)
            case OneOf():
                self._optional(expression, spec, label)
            case TupleOf():
                self._tuple(expression, spec, label)
            case ListOf():
                self._list(expression, spec, label)
            case MappingOf():
                self._mapping(expression, spec, label)
            case Members():
                self._members(expression, spec, label)
            case Unjudged():
                pass
            case _:
                raise NotPlain

    def finish(self, joined: str = "", scopes: str = "") -> tuple[list[str], list[str]]:
        """The statements that name the sizes, and the tests that are left to make on them.

        The formulas come last, when every name is known.

        Raises:
            NotPlain: a formula has a name that is bound nowhere else (it has to be solved).
        """
        for variable, size, broadcast in self._formulas:
            self._tests.append(self._formula(variable, size, broadcast=broadcast))
        self._tests += self._same_lengths()
        if joined and self._new_locals:  # names that only outer scopes or the body can know
            self._tests += [f"not {joined}", f"not {scopes}"]
        if not self._result:
            self._chains_of_arguments = list(self._chains)
            self._bound_by_arguments = set(self._bound)
        unset = [f"{name} = None" for name in self._unset]
        empty = [f"{name} = {{}}" for name in self._families]
        return [*unset, *empty, *self._top.lines], self._tests

    def declare(self, spec: Spec) -> None:
        """Give every name in a spec its local, for a contract that goes to the interpreter."""
        for inner in arrays_in(spec):
            for axis in inner.axes:
                if isinstance(axis, Run) and axis.name and not axis.tree:
                    self._local(f"*{axis.name}")
                if isinstance(axis, Dim) and isinstance(axis.size, Expr) and not axis.tree:
                    for one in symbols(axis.size):
                        if one.tag is None:
                            self._local(one.name if one.index is None else f"{one.name}[]")
        self._bound |= self.locals.keys()
        self._bound_by_arguments = set(self._bound)

    # ---- names ----

    def _reset(self) -> None:
        self._top = _Block()
        self._block = self._top
        self._formulas: list[tuple[str, Size, bool]] = []
        self._tests: list[str] = []
        self._chains: list[tuple[str, str]] = []
        self._lists: list[tuple[str, str]] = []
        self._unset: list[str] = []
        self._families: list[str] = []
        self._new_locals: dict[str, str] = {}  # names that only a result has
        self._result = self._lasting = False

    def _fresh(self, wish: str) -> str:
        """A variable name close to the wish that nothing else has."""
        name = unmarked(wish)
        if not name.isidentifier():
            name = "".join(char if char.isalnum() or char == "_" else "_" for char in name)
        if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("__"):
            name = f"_{name.strip('_')}_"
        if name.startswith(self.prefix):
            name = f"_{name}"
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        self.variables.append(name)
        return marked(name)

    def _local(self, name: str) -> str:
        """The local variable of an axis' name."""
        if name in self.locals:
            return self.locals[name]
        if self._lasting:
            raise NotPlain
        names = self._new_locals if self._result else self.locals
        if name not in names:
            names[name] = self._fresh(name.removesuffix("[]").removeprefix("*"))
        return names[name]

    def _value(self, wish: str, value: Any) -> str:
        """The name under which the generated code knows an object."""
        key = (wish, value if isinstance(value, (type, tuple, frozenset)) else id(value))
        if key not in self._named_values:
            name = unmarked(self._fresh(wish))
            self._named_values[key] = name
            self.values[name] = value
        return self._named_values[key]

    def builtin(self, name: str) -> str:
        """A builtin, by its own name unless a parameter has that name."""
        shown = self.own(name) if name in self.parameters else name
        self.values[shown] = getattr(builtins, name)
        return shown

    # ---- containers ----

    def _inside(self, header: str, *, position: str = "") -> _Block:
        """Open a block under a header; its statements may not run at all."""
        outer = self._block
        self._block = _Block(certain=False, position=position or outer.position)
        outer.lines.append(header)
        return outer

    def _close(self, outer: _Block) -> None:
        outer.lines += [f"    {line}" for line in self._block.lines or ["pass"]]
        self._block = outer

    def _optional(self, expression: str, spec: OneOf, label: str) -> None:
        """A union of one array (or container of arrays) with plain classes such as None."""
        inner = [one for one in spec.alternatives if judges(one)]
        others = [one.hint for one in spec.alternatives if isinstance(one, Unjudged)]
        if len(inner) != 1 or len(inner) + len(others) != len(spec.alternatives):
            raise NotPlain
        if all(hint in (None, type(None)) for hint in others):
            test = f"{expression} is not None"
        elif all(_is_plain_class(hint) for hint in others):
            classes = tuple(type(None) if hint is None else hint for hint in others)
            wish = "_or_".join(one.__name__ for one in classes)
            test = f"not {self.builtin('isinstance')}({expression}, {self._value(wish, classes)})"
        else:
            raise NotPlain
        outer = self._inside(f"if {test}:")
        self.spec(expression, inner[0], label)
        self._close(outer)

    def _tuple(self, expression: str, spec: TupleOf, label: str) -> None:
        names = [
            self._fresh(f"{label}_{position}") if judges(inner) else self.ignored
            for position, inner in enumerate(spec.elements)
        ]
        tuple_ = f"{self.builtin('type')}({expression}) is {self.builtin('tuple')}"
        self._test(tuple_, at_once=True)
        self._block.lines.append(f"{', '.join(names)}, = {expression}")
        for name, inner in zip(names, spec.elements, strict=True):
            self.spec(name, inner, name)

    def _list(self, expression: str, spec: ListOf, label: str) -> None:
        kind = f"{self.builtin('type')}({expression})"
        sequence = f"({self.builtin('list')}, {self.builtin('tuple')})"
        self._test(f"{kind} in {sequence}", at_once=True)
        element = self._fresh(f"{label}_item")
        if any(inner.positions() for inner in arrays_in(spec.element)):
            position = self._fresh("position")
            header = f"for {position}, {element} in {self.builtin('enumerate')}({expression}):"
            self._note_lengths(expression, spec)
            outer = self._inside(header, position=position)
        else:
            outer = self._inside(f"for {element} in {expression}:")
        self.spec(element, spec.element, element)
        self._close(outer)

    def _note_lengths(self, expression: str, spec: ListOf) -> None:
        """Remember how far a list goes in its indexed names; see `last_indices` in spec/match."""
        offsets: dict[str, set[int]] = {}
        for inner in arrays_in(spec.element):
            for one in inner.names():
                if isinstance(one.index, Expr):
                    first = substitute(one.index, dict.fromkeys(symbols(one.index), 0))
                    second = substitute(one.index, dict.fromkeys(symbols(one.index), 1))
                    if not isinstance(first, int) or second != first + 1:
                        raise NotPlain  # n[2*l] and the like are the interpreter's
                    offsets.setdefault(one.name, set()).add(first)
        for name, starts in offsets.items():
            if not self._block.certain:
                raise NotPlain
            kind = self._chains if len(starts) > 1 else self._lists
            kind.append((name, f"{self.builtin('len')}({expression}) + {max(starts)}"))

    def _same_lengths(self) -> list[str]:
        """The tests that no list goes beyond a chain of the same names, and chains agree."""
        tests = []
        for name, end in self._chains_of_arguments if self._result else self._chains:
            others = [*self._lists, *(self._chains if self._result else ())]
            tests += [f"{other} <= {end}" for one, other in others if one == name]
        for number, (name, end) in enumerate([] if self._result else self._chains):
            others = self._chains[number + 1 :]
            tests += [f"{other} == {end}" for one, other in others if one == name]
        return tests

    def _mapping(self, expression: str, spec: MappingOf, label: str) -> None:
        if judges(spec.key) or any(inner.positions() for inner in arrays_in(spec.value)):
            raise NotPlain
        kind = f"{self.builtin('type')}({expression})"
        self._test(f"{kind} is {self.builtin('dict')}", at_once=True)
        element = self._fresh(f"{label}_value")
        outer = self._inside(f"for {element} in {expression}.values():")
        self.spec(element, spec.value, element)
        self._close(outer)

    def _members(self, expression: str, spec: Members, label: str) -> None:
        if spec.keyed or spec.private or any(_has_template(inner) for inner in arrays_in(spec)):
            raise NotPlain
        owner = self._value(spec.owner.__name__, spec.owner)
        self._test(f"{self.builtin('isinstance')}({expression}, {owner})", at_once=True)
        for name, inner in spec.specs.items():
            variable = self._fresh(f"{label}_{name}")
            self._block.lines.append(f"{variable} = {expression}.{name}")
            self.spec(variable, inner, variable)

    # ---- arrays ----

    def _array(self, expression: str, spec: ArraySpec, label: str) -> None:
        """One array: its sizes into variables, then one assertion about all of it."""
        tests: list[str] = []
        after: list[str] = []
        targets = [
            self._run(axis, label, tests)
            if isinstance(axis, Run)
            else self._axis(axis, f"{label}_{position}", tests, after)
            for position, axis in enumerate(spec.axes)
        ]
        ignored = (self.ignored, f"*{self.ignored}")
        if any(target not in ignored for target in targets) or spec.runs_at is None:
            left = f"{', '.join(targets)}," if len(targets) == 1 else ", ".join(targets) or "()"
            self._block.lines.append(f"{left} = {expression}.shape")
        elif spec.rank:
            length = f"{self.builtin('len')}({expression}.shape)"
            self._test(f"{length} >= {spec.rank}")
        self._block.lines += after
        tests = [*self._class_test(expression, spec), *self._dtype_test(expression, spec), *tests]
        self._test(*self._int_test(spec, targets), *tests)

    def _test(self, *tests: str, at_once: bool = False) -> None:
        """Require something: at the end if it can wait, at once inside ``if`` and ``for``.

        What decides whether a value may be iterated cannot wait: an iterator would be used up.
        """
        if self._block.certain and not at_once:
            self._tests += tests
        elif tests:
            self._block.lines.append(f"assert {' and '.join(tests)}")

    def _int_test(self, spec: ArraySpec, targets: list[str]) -> list[str]:
        """Once for each list of tests: that sizes are numbers that can be compared.

        To torch.jit.trace they are tensors, and a comparison would be recorded, with a warning;
        to torch.export and make_fx they may be symbols, which a comparison would pin down.
        """
        backend = backend_of_class(spec.array_type)
        sizes = [one for one in targets if one != self.ignored and not one.startswith("*")]
        if self._block.has_int_test or not sizes or (backend and not backend.traces):
            return []
        self._block.has_int_test = True
        return [f"{self.builtin('type')}({sizes[0]}) is {self.builtin('int')}"]

    def _class_test(self, expression: str, spec: ArraySpec) -> list[str]:
        if spec.array_type is None:
            has_dtype = f'{self.builtin("hasattr")}({expression}, "dtype")'
            return [has_dtype] if spec.family is None else []
        backend = backend_of_class(spec.array_type)
        classes: tuple[type, ...] = (spec.array_type,)
        if backend is not None:
            classes = backend.accepted_types(spec.array_type, scalar=not spec.rank)
        wish = "_or_".join(one.__name__ for one in classes)
        name = self._value(wish, classes if len(classes) > 1 else classes[0])
        return [f"{self.builtin('isinstance')}({expression}, {name})"]

    def _dtype_test(self, expression: str, spec: ArraySpec) -> list[str]:
        """Membership in a family; the dtype seen before is tried first, by identity."""
        if spec.family is None:
            return []
        dtypes = _dtypes(spec.family, spec.array_type)
        if not dtypes:
            raise NotPlain
        if len(dtypes) == 1:
            return [f"{expression}.dtype is {self._value(spec.family.name, dtypes[0])}"]
        name = self._value(f"{spec.family.name}_dtypes", frozenset(dtypes))
        seen = self.own(f"{name}_seen")
        if seen in self._seen_dtype and (self._block.certain or self._result):
            return [f"({expression}.dtype is {seen} or {expression}.dtype in {name})"]
        if self._block.certain and not self._result:
            self._seen_dtype.add(seen)
            first = self._value(str(dtypes[0]).rsplit(".", 1)[-1], dtypes[0])
            return [f"(({seen} := {expression}.dtype) is {first} or {seen} in {name})"]
        return [f"{expression}.dtype in {name}"]

    def _run(self, run: Run, label: str, tests: list[str]) -> str:
        """The unpacking target of a run of axes."""
        if run.name is None:
            return f"*{self.ignored}"
        if run.broadcast or run.tree:
            raise NotPlain
        name = f"*{run.name}"  # a run and a size may have one name
        if name in self._bound:
            variable = self._fresh(f"{label}_{run.name}")
            tests.append(f"{variable} == {self._local(name)}")
            return f"*{variable}"
        if not self._block.certain:
            raise NotPlain
        variable = self._local(name)
        self._bound.add(name)
        return f"*{variable}"

    def _axis(self, dim: Dim, wish: str, tests: list[str], after: list[str]) -> str:
        """The unpacking target of one axis, with what is to be tested or bound after it."""
        if dim.tree:
            raise NotPlain
        if dim.name is not None:
            return self._name(dim.name, wish, tests, after, broadcast=dim.broadcast)
        size = self._filled(dim, tests) if dim.template else dim.size
        if size is None:
            return self.ignored
        one = lone_symbol(size)
        variable = self._fresh(wish)
        if isinstance(size, int):
            tests.append(f"{variable} in (1, {size})" if dim.broadcast else f"{variable} == {size}")
        elif one is not None and one.index is not None:
            self._indexed(one, variable, tests, broadcast=dim.broadcast)
        elif self._block.certain and not self._result:
            self._formulas.append((variable, size, dim.broadcast))
        else:
            tests.append(self._formula(variable, size, broadcast=dim.broadcast))
        return variable

    def _name(
        self, name: str, wish: str, tests: list[str], after: list[str], *, broadcast: bool
    ) -> str:
        """Bind a name or compare with its variable."""
        if name in self._bound or (self._result and name in self.locals):
            variable = self._fresh(wish)
            test = f"{variable} == {self._local(name)}"
            tests.append(f"({variable} == 1 or {test})" if broadcast else test)
            return variable
        local = self._local(name)
        certain = self._block.certain and not broadcast
        if certain and local not in self._unset:
            self._bound.add(name)
            return local
        if local not in self._unset:
            self._unset.append(local)
        variable = self._fresh(wish)
        guard = f"{variable} != 1 and " if broadcast else ""
        after += [f"if {guard}{local} is None:", f"    {local} = {variable}"]
        test = f"{variable} == {local}"
        tests.append(f"({variable} == 1 or {test})" if broadcast else test)
        if certain:
            self._bound.add(name)
        return variable

    def _indexed(self, one: Symbol, variable: str, tests: list[str], *, broadcast: bool) -> None:
        """``n[l+1]``: the dict of the indexed names binds or gives what was bound."""
        key = f"{one.name}[]"
        is_new = key not in self.locals and key not in self._new_locals
        family = self._local(key)
        if is_new:
            self._families.append(family)
        if isinstance(one.index, int) and one.index < 0:
            last = f"{family}[{self.builtin('max')}({family}) + {1 + one.index}]"
            if not (self._block.certain and self._result):
                raise NotPlain  # the last index is known when all lists have been seen
            tests.append(f"{variable} == {last}")
            return
        if broadcast:
            raise NotPlain
        tests.append(f"{family}.setdefault({self._index(one)}, {variable}) == {variable}")

    def _index(self, one: Symbol) -> str:
        """The index as source text, the position name replaced by the loop's counter."""
        if isinstance(one.index, int):
            return str(one.index)
        if not self._block.position or not isinstance(one.index, Expr):
            raise NotPlain
        if not is_nonnegative(one.index):
            raise NotPlain  # n[3-l] counts from the end as soon as l is 4
        counter = symbol(self._block.position)
        return text(substitute(one.index, dict.fromkeys(symbols(one.index), counter)))

    def _formula(self, variable: str, size: Size, *, broadcast: bool) -> str:
        """The comparison of a variable with a formula."""
        changes: dict[Symbol, Size] = {}
        for one in symbols(size) if isinstance(size, Expr) else ():
            if one.tag == "{}":
                changes[one] = symbol(self._holes[one.name])
            elif one.index is not None or one.name not in self._bound:
                raise NotPlain
            else:
                changes[one] = symbol(self._local(one.name))
        test = f"{variable} == {text(substitute(size, changes))}"
        for function in ("min", "max"):
            if f"{function}(" in test and self.builtin(function) != function:
                raise NotPlain
        return f"({variable} == 1 or {test})" if broadcast else test

    # ---- {…} parts ----

    def _filled(self, dim: Dim, tests: list[str]) -> Size:
        """A template whose ``{…}`` parts are plain expressions of the arguments."""
        if not isinstance(dim.size, Expr):
            raise NotPlain
        for one in symbols(dim.size):
            if one.tag == "{}":
                expression = _hole_expression(one.name, self.parameters)
                variable = self._fresh("given")
                self._block.lines.append(f"{variable} = {expression}")
                tests.append(f"{self.builtin('type')}({variable}) is {self.builtin('int')}")
                self._holes[one.name] = variable
        return dim.size


def _has_template(spec: ArraySpec) -> bool:
    return any(isinstance(axis, Dim) and axis.template for axis in spec.axes)


def _hole_expression(hole: str, parameters: tuple[str, ...]) -> str:
    """The expression of ``{self.n}`` as it can stand in the generated code.

    Raises:
        NotPlain: it is formatted (``{n:03d}``), or speaks of more than the parameters.
    """
    tree = ast.parse("f" + repr(hole), mode="eval").body
    match tree:
        case ast.JoinedStr(
            values=[ast.FormattedValue(value=value, conversion=-1, format_spec=None)]
        ):
            names = {one.id for one in ast.walk(value) if isinstance(one, ast.Name)}
            if names <= set(parameters):
                for one in ast.walk(value):
                    if isinstance(one, ast.Name):
                        one.id = marked(one.id)
                return ast.unparse(value)
    raise NotPlain


def _is_plain_class(hint: Any) -> bool:
    """Whether `isinstance` alone tells a hint's values from arrays."""
    if hint is None:
        return True
    return (
        isinstance(hint, type)
        and hint is not object
        and backend_of_class(hint) is None
        and (hint.__module__ == "builtins")
    )


def _dtypes(family: Family, array_type: Any) -> list[Any]:
    """The dtype objects of a family, of one library or (for any array class) of all."""
    backend = backend_of_class(array_type)
    if backend is not None:
        return list(backend.dtypes(family))
    return [dtype for one in loaded() for dtype in one.dtypes(family)]
