"""The modules that ran in the outermost call of a module, and what each of them gave.

While `watch` is in force, every call of a module of torch is noted: when it begins, and the shape
that it gave. Objects are remembered by identity only, so nothing is kept alive.

Torch's own hooks would do, but with any hook torch calls modules another way, and every traceback
would show that way: frames and lines that the program alone does not have. So the notes are taken
by torch's own function that calls modules, compiled anew from its source with two calls in it.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import types
    from collections.abc import Iterator

    from shapecheck.ops import Layer

MOST_CALLS = 4096  # of modules that are remembered

_calls: deque[tuple[int, Any, Any]] = deque(maxlen=MOST_CALLS)
_last: dict[int, tuple[Any, Any]] = {}  # of each module: what its last call got, and gave
_START = object()
BEFORE, AFTER = "_shapecheck_before", "_shapecheck_after"  # names among torch's own


@dataclass(frozen=True, slots=True)
class Call:
    """One finished call of a module without children.

    Attributes:
        path: where the module stands in the outermost one: ``encoder.blocks.0.conv``.
        module: the module.
        layer: the module as an op, None if the ops don't know it.
        given: the shape of its first argument, where that was an array.
        gave: the shape of its result, where that was an array.
    """

    path: str
    module: Any
    layer: Layer | None
    given: tuple[int, ...] | None
    gave: tuple[int, ...] | None


def _shape(value: Any) -> Any:
    if isinstance(value, (tuple, list)) and value:
        value = value[0]
    return getattr(value, "shape", None)


def _before(module: Any, args: Any) -> None:
    if not sys.modules["torch"].compiler.is_dynamo_compiling():
        _calls.append((id(module), _START, _shape_of(args)))


def _after(module: Any, args: Any, output: Any) -> Any:
    if not sys.modules["torch"].compiler.is_dynamo_compiling():
        hooked = module._forward_hooks or module._forward_pre_hooks  # noqa: SLF001 - they may change it
        given, gave = _shape_of(args), None if hooked else _shape_of(output)
        _calls.append((id(module), given, gave))
        is_array = not isinstance(output, (tuple, list))
        _last[id(module)] = given, gave if is_array else None
    return output


def _shape_of(value: Any) -> Any:
    try:
        return _shape(value)
    except Exception:  # noqa: BLE001 - an attribute of the user's own may do anything
        return None


def watch_for_good() -> None:
    """Note the calls of modules from now on. Torch has to be loaded."""
    _watch()


@contextmanager
def watch() -> Iterator[None]:
    """Note the calls of modules. Torch has to be loaded."""
    plain = _watch()
    try:
        yield
    finally:
        _calling().__code__ = plain
        _calls.clear()
        _last.clear()


def _calling() -> Any:
    """The function of torch's that calls a module's `forward`."""
    return sys.modules["torch"].nn.Module._call_impl  # noqa: SLF001 - there is no other way in


def _watch() -> types.CodeType:
    """Let torch's function take notes; the code that it had."""
    function = _calling()
    plain: types.CodeType = function.__code__
    if BEFORE not in plain.co_names:
        code = _with_notes(function)
        if code is not None:
            function.__globals__.update({BEFORE: _before, AFTER: _after})
            function.__code__ = code
    return plain


def _with_notes(function: Any) -> types.CodeType | None:
    """The same code with notes taken, every line and column as it was; None if it is another."""
    try:
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse("class Module:\n" + "".join(lines))
    except (OSError, TypeError, SyntaxError):
        return None
    ast.increment_lineno(tree, first - 2)
    [definition] = tree.body[0].body  # type: ignore[attr-defined]
    notes = _Notes()
    notes.visit(definition)
    names = [one.arg for one in definition.args.args] + [getattr(definition.args.vararg, "arg", "")]
    if not notes.count or names != ["self", "args"]:
        return None
    begins = ast.Expr(_call(BEFORE, []))
    definition.body.insert(0, ast.copy_location(begins, definition.body[0]))
    ast.fix_missing_locations(tree)
    plain = function.__code__
    made: Any = compile(tree, plain.co_filename, "exec", dont_inherit=True)
    for name in ("Module", plain.co_name):
        made = next(one for one in made.co_consts if getattr(one, "co_name", "") == name)
    same = made.co_freevars == plain.co_freevars and made.co_flags == plain.co_flags
    return made if same else None


class _Notes(ast.NodeTransformer):
    """Notes what `forward` gave wherever it is called."""

    def __init__(self) -> None:
        self.count = 0

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A call, of `forward` perhaps."""
        self.generic_visit(node)
        if not isinstance(node.func, ast.Name) or node.func.id != "forward_call":
            return node
        self.count += 1
        return ast.copy_location(_call(AFTER, [node]), node)


def _call(name: str, more: list[ast.expr]) -> ast.Call:
    given = [ast.Name(one, ast.Load()) for one in ("self", "args")]
    return ast.Call(ast.Name(name, ast.Load()), [*given, *more], [])


def since(root: Any) -> list[Call]:
    """The finished calls since the last call of `root` began, without those of containers."""
    from shapecheck.runtime.live import layer_of  # noqa: PLC0415 - loads the rules of ops

    paths = {id(module): (path, module) for path, module in root.named_modules()}
    noted = list(_calls)
    starts = [at for at, (one, given, _) in enumerate(noted) if one == id(root) and given is _START]
    found = []
    for one, given, gave in noted[starts[-1] :] if starts else []:
        path, module = paths.get(one, ("", None))
        if given is _START or module is None or next(module.children(), None) is not None:
            continue
        found.append(Call(path, module, layer_of(module), _ints(given), _ints(gave)))
    return found


def gave(module: Any, given: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape of the array that the last call of a module gave for an input of this shape."""
    last_given, last = _last.get(id(module), (None, None))
    return _ints(last) if _ints(last_given) == given else None


def first_input(root: Any) -> tuple[int, ...] | None:
    """The shape that the last call of `root` began with."""
    starts = [gave for one, given, gave in _calls if one == id(root) and given is _START]
    return _ints(starts[-1]) if starts else None


def _ints(shape: Any) -> tuple[int, ...] | None:
    try:
        return None if shape is None else tuple(map(int, shape))
    except (TypeError, ValueError):
        return None
