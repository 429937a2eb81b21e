"""From a contract to one Python function: plain comparisons, the user's own signature.

The generated function holds the names of axes in local variables (`bindings()` and
`assert_shape` read them from its frame, so a call pays for no stack) and decides nothing that is
not plain: whatever fails, or cannot be compared so simply, goes to the interpreter of specs,
which decides for good and explains. Its text is found by tracebacks and debuggers (linecache).

A generated function looks like this::

    def linear(x, W, b):
        __tracebackhide__ = True
        sc_joined = []
        try:
            B, n_in = x.shape
            n_out, W_1 = W.shape
            ...
            sc_fits = isinstance(x, ndarray) and ... and W_1 == n_in and not sc_scopes
        except Exception:
            sc_fits = False
        if not sc_fits:
            sc_broken, B, n_in, n_out, = sc_contract.arguments(locals())
            if sc_broken:
                raise sc_broken.pop()
        sc_result = sc_function(x, W, b)
        ...
        return sc_result
"""

from __future__ import annotations

import itertools
import keyword
import linecache
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapecheck.backends import constant_of_graphs, is_compiling
from shapecheck.runtime import delegation, notices
from shapecheck.runtime.delegation import indented
from shapecheck.runtime.emit import Emitter, NotPlain
from shapecheck.runtime.names import marked, unmarked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shapecheck.runtime.contract import Contract
    from shapecheck.spec.model import Spec

FILENAME = "<shapecheck {}: {}>"
PREFIX = "<shapecheck "

PROTOCOL = (StopIteration, StopAsyncIteration, GeneratorExit, BaseException)

_numbers = itertools.count(1)
# One source text is compiled once: a function defined in a loop costs memory only the first time.
_compiled: dict[str, types.CodeType] = {}
_neutral: dict[str, types.CodeType] = {}


@dataclass(frozen=True, slots=True)
class Generated:
    """The text of a generated function, not compiled yet.

    Attributes:
        source: a module with one function, `sc_make`, that makes the checked function.
        values: the objects that the text refers to by name.
        variables: the names in it that are the user's: parameters and axes.
    """

    source: str
    values: dict[str, Any]
    variables: tuple[str, ...]


def generate(contract: Contract) -> Generated:
    """Write the checked function of a contract."""
    emitter = Emitter(contract.parameter_names, contract.sizes)
    arguments = _arguments_check(contract, emitter)
    contract.locals = {name: unmarked(local) for name, local in emitter.locals.items()}
    contract.prefix = emitter.prefix
    body = [
        f"{emitter.own('joined')} = []",
        *arguments,
        *_call(contract, emitter),
    ]
    names = {**emitter.values, **_machinery(contract, emitter)}
    parameters = ", ".join(names)
    prefix = "async " if contract.kind in ("coroutine", "async generator") else ""
    name = marked(_def_name(contract))
    header = f"{prefix}def {name}({contract.signature_text}):"
    lines = [
        f"def sc_make({parameters}):",
        f"    {header}",
        *(f"        {line}" for line in body),
        f"    return {name}",
    ]
    own = (one for one in emitter.variables if one not in names)
    variables = (_def_name(contract), *contract.parameter_names, *own)
    return Generated("\n".join(lines) + "\n", names, variables)


def build(contract: Contract, function: types.FunctionType) -> types.FunctionType:
    """The checked function: the user's signature, globals, defaults and metadata."""
    made = generate(contract)
    return _function(_code(made, contract.name), made.values, function)


def _function(
    code: types.CodeType, values: Mapping[str, Any], function: types.FunctionType
) -> types.FunctionType:
    """A function of the user's module that runs generated code."""
    wrapper = types.FunctionType(
        code,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        tuple(types.CellType(values[name]) for name in code.co_freevars),
    )
    return dress(wrapper, function)


def dress(wrapper: types.FunctionType, function: Callable[..., Any]) -> types.FunctionType:
    """Give a wrapper the name, documentation, annotations and defaults of what it wraps."""
    wrapper.__kwdefaults__ = getattr(function, "__kwdefaults__", None)
    wrapper.__module__ = function.__module__
    wrapper.__qualname__ = function.__qualname__
    wrapper.__doc__ = function.__doc__
    for lazy in ("__annotate__", "__annotations__"):  # from 3.14 on the first makes the second
        if hasattr(function, lazy):
            setattr(wrapper, lazy, getattr(function, lazy))
            break
    wrapper.__dict__.update(function.__dict__)
    if hasattr(function, "__type_params__"):  # from 3.12 on
        setattr(wrapper, "__type_params__", function.__type_params__)  # noqa: B010
    setattr(wrapper, "__wrapped__", function)  # noqa: B010 - functions take any attribute
    return wrapper


class Later:
    """A checked function that is made at its first call."""

    __slots__ = ("call", "make")

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make: Callable[[], Any] | None = make
        self.call: Any = None


@constant_of_graphs
def resolve(later: Later) -> bool:
    """Make the function of a `Later`, if that has not been done."""
    if later.call is None and later.make is not None:
        later.call = later.make()
        later.make = None
    return True


def build_later(function: types.FunctionType, make: Callable[[], Any]) -> types.FunctionType:
    """A stand-in with the user's signature for a function that cannot be read yet."""
    from shapecheck.runtime.declare import Parameters  # noqa: PLC0415 - it imports this module's users

    parameters = Parameters.of(function.__code__)
    name = function.__name__ if function.__name__.isidentifier() else "checked"
    own = "sc_"
    while any(one.startswith(own) for one in parameters.names()):
        own += "_"
    source = (
        f"def sc_make({own}later, {own}resolve):\n"
        f"    def {marked(name)}({parameters.text()}):\n"
        f"        __tracebackhide__ = True\n"
        f"        {own}resolve({own}later)\n"
        f"        return {own}later.call({parameters.forwarded()})\n"
        f"    return {marked(name)}\n"
    )
    values = {f"{own}later": Later(make), f"{own}resolve": resolve}
    made = Generated(source, values, (name, *parameters.names()))
    return _function(_code(made, function.__qualname__), made.values, function)


def _code(made: Generated, name: str) -> types.CodeType:
    """The compiled function of a text, known to linecache under a name of its own."""
    code = _compiled.get(made.source)
    if code is None:
        filename = FILENAME.format(next(_numbers), name)
        code = _renamed(made, filename, name)
        _compiled[made.source] = code
        text = unmarked(made.source)
        linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    return code


def _renamed(made: Generated, filename: str, name: str) -> types.CodeType:
    """Compile a text with neutral names for variables, and put the user's names in afterwards.

    Compiling is what decoration costs most of, and functions of the same form, of which a package
    has many, differ in nothing but these names.
    """
    real: dict[str, str] = {}
    text = made.source
    for number, one in enumerate(dict.fromkeys(made.variables)):
        real[f"v{number}_"] = one
        text = text.replace(marked(one), f"v{number}_")
    code = _neutral.get(text)
    if code is None:
        # Checks inside loops are assert statements; optimize=0 keeps them whatever -O says.
        module = compile(text, filename, "exec", dont_inherit=True, optimize=0)
        code = _neutral[text] = _inner(_inner(module))
    return code.replace(
        co_varnames=tuple(real.get(one, one) for one in code.co_varnames),
        co_filename=filename,
        co_name=name.rsplit(".", 1)[-1],
        co_qualname=name,
    )


def _inner(code: types.CodeType) -> types.CodeType:
    """The code of the one function that a piece of code defines."""
    return next(one for one in code.co_consts if isinstance(one, types.CodeType))


def _def_name(contract: Contract) -> str:
    name = contract.name.rsplit(".", 1)[-1]
    return name if name.isidentifier() and not keyword.iskeyword(name) else "checked"


def _machinery(contract: Contract, emitter: Emitter) -> dict[str, Any]:
    """The values that every generated function refers to."""
    from shapecheck.runtime.scopes import active  # noqa: PLC0415 - scopes know this module's names

    return {
        emitter.own("contract"): contract,
        emitter.own("function"): contract.function,
        emitter.own("scopes"): active,
        # A free variable is one of the frame's locals, as pytest wants it, and costs calls nothing.
        "__tracebackhide__": True,
        **(
            {emitter.own(error.__name__): error for error in PROTOCOL}
            if "generator" in contract.kind
            else {}
        ),
    }


def _arguments_check(contract: Contract, emitter: Emitter) -> list[str]:
    """The statements that hold the arguments to the contract and leave names in locals."""
    if contract.packed_specs:
        contract.is_plain = False
        return _explaining(emitter, list(contract.packed_specs.values()))
    if not contract.argument_specs and not contract.attribute_specs:
        return []
    try:
        emitter.begin()
        for name, expression, spec in contract.checked_arguments():
            emitter.spec(expression, spec, name)
        lines, tests = emitter.finish()
    except NotPlain:
        contract.is_plain = False
        return _explaining(emitter, [spec for _, _, spec in contract.checked_arguments()])
    tests.append(f"not {emitter.own('scopes')}")  # the interpreter knows which of them apply
    return _deciding(emitter, lines, tests, _explaining(emitter))


def _deciding(
    emitter: Emitter, lines: list[str], tests: list[str], otherwise: list[str], passed: str = ""
) -> list[str]:
    """Plain statements and tests; whatever fails in them goes to the interpreter.

    `passed` is a statement that leaves the function, for when everything fits.
    """
    fits = emitter.own("fits")
    if passed:
        return [
            "try:",
            *(f"    {line}" for line in lines),
            f"    if {' and '.join(tests) or True}:",
            f"        {passed}",
            f"except {emitter.builtin('Exception')}:",
            "    pass",
            *otherwise,
        ]
    return [
        "try:",
        *(f"    {line}" for line in lines),
        f"    {fits} = {' and '.join(tests) or True}",
        f"except {emitter.builtin('Exception')}:",
        f"    {fits} = False",
        f"if not {fits}:",
        *(f"    {line}" for line in otherwise),
    ]


def _explaining(emitter: Emitter, specs: list[Spec] | None = None) -> list[str]:
    """The statements that let the interpreter decide; `specs` where nothing else has read them."""
    if specs is not None:
        emitter.forget()
        for spec in specs:
            emitter.declare(spec)
    own = emitter.own
    targets = ", ".join([own("broken"), *emitter.locals.values()])
    lines = [
        "__tracebackhide__",
        f"{targets}, = {own('contract')}.arguments({emitter.builtin('locals')}())",
        *_raising(own("broken")),
    ]
    if specs is None:
        return lines
    unknown = [f"{name} = None" for name in emitter.locals.values()]
    return _unless_compiling(emitter, lines, unknown)


def _raising(broken: str) -> list[str]:
    """Raise what the interpreter has found.

    It comes in a list and is taken out of it: a frame that holds the exception that holds the
    frame would be a cycle, and keep the arrays in both alive.
    """
    return [f"if {broken}:", f"    raise {broken}.pop()"]


def _unless_compiling(emitter: Emitter, lines: list[str], otherwise: list[str]) -> list[str]:
    """The interpreter cannot be part of a graph that torch.compile makes; that is said once."""
    own = emitter.own
    emitter.values[own("compiling")] = is_compiling
    emitter.values[own("tell_unchecked")] = tell_unchecked
    return [
        f"if {own('compiling')}():",
        f"    {own('tell_unchecked')}({own('contract')})",
        *indented(otherwise),
        "else:",
        *indented(lines),
    ]


@constant_of_graphs
def tell_unchecked(contract: Contract) -> bool:
    """Warn that a contract is not part of a compiled graph."""
    code = getattr(contract.function, "__code__", None)
    notices.tell(
        "no-effect",
        f"{contract.name}: its shapes are not checked inside torch.compile's graphs, "
        "for some of them take more than comparing numbers",
        path=code.co_filename if code else "",
        line=code.co_firstlineno if code else 1,
    )
    return True


def _result_check(
    contract: Contract, emitter: Emitter, value: str, role: str, passed: str = ""
) -> list[str]:
    """The statements that hold a result (or a yielded value) to the contract."""
    spec = contract.result_specs.get(role)
    if spec is None:
        return []
    return _outgoing(contract, emitter, [(value, spec, "result")], value, role, passed)


def _changed_check(contract: Contract, emitter: Emitter) -> list[str]:
    """The statements that look at an instance's attributes when a method returns."""
    checks = [
        (f"{marked(contract.owner)}.{name}", spec, name)
        for name, spec in contract.changed_specs.items()
    ]
    owner = marked(contract.owner)
    return _outgoing(contract, emitter, checks, owner, "changed") if checks else []


def _outgoing(
    contract: Contract,
    emitter: Emitter,
    checks: list[tuple[str, Spec, str]],
    value: str,
    role: str,
    passed: str = "",
) -> list[str]:
    """The statements that check expressions after the call, and let the interpreter decide."""
    own = emitter.own
    interpret = [
        "__tracebackhide__",
        f"{own('broken')} = {own('contract')}.{role}({value}, {emitter.builtin('locals')}())",
        *_raising(own("broken")),
    ]
    if not contract.is_plain and role != "changed":  # it is matched together with the arguments
        return _unless_compiling(emitter, interpret, [])
    try:
        decided = own("fits") if contract.is_plain and contract.judges_arguments else ""
        if "generator" in contract.kind:
            decided = ""  # the variable is used again for every value that is yielded
        emitter.begin(result=True, lasting="generator" in contract.kind, decided=decided)
        for expression, spec, label in checks:
            emitter.spec(expression, spec, label)
        lines, tests = emitter.finish(joined=own("joined"), scopes=own("scopes"))
    except NotPlain:
        return _unless_compiling(emitter, interpret, [])
    decide = _deciding(emitter, lines, tests, interpret, passed)
    return decide if contract.is_plain else _unless_compiling(emitter, decide, [])


def _call(contract: Contract, emitter: Emitter) -> list[str]:
    """The call of the user's function, by its kind, and the checks of what comes back."""
    own = emitter.own
    call = f"{own('function')}({contract.forward_text})"
    result = own("result")
    if "generator" in contract.kind:
        return _delegation(contract, emitter, call)
    if contract.kind == "coroutine":
        call = f"await {call}"
    passed = "" if contract.changed_specs else f"return {result}"
    check = _result_check(contract, emitter, result, "result", passed=passed)
    check += _changed_check(contract, emitter)
    if not check:
        return [f"return {call}"]
    return [f"{result} = {call}", *check, f"return {result}"]


def _delegation(contract: Contract, emitter: Emitter, call: str) -> list[str]:
    """A generator that stands between the user's and its consumer, and checks what passes."""
    own = emitter.own
    yields = _result_check(contract, emitter, own("item"), "yielded")
    sends = _result_check(contract, emitter, own("sent"), "sent")
    if contract.kind == "async generator":
        return delegation.async_generator(own, call, yields, sends)
    returns = _result_check(contract, emitter, own("result"), "result")
    return delegation.generator(own, call, yields, sends, returns)
