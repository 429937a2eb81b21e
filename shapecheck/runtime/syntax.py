"""What the rewriting of a script asks of its syntax."""

from __future__ import annotations

import ast
import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN_HINTS = {"int", "float", "bool", "str", "None", "bytes", "complex", "object", "dict", "list"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = (*FUNCTIONS, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LOOK_AT_FRAMES = {"locals", "vars", "dir", "exec", "eval"}


def imports(tree: ast.Module, package: str) -> bool:
    """Whether a file imports a package or something of it."""
    for node in ast.walk(tree):
        names = (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        if any(one.split(".")[0] == package for one in names):
            return True
    return False


def local_names(scope: ast.AST) -> frozenset[str]:
    """The variables that are a function's own, as nothing outside of it can change them."""
    arguments = getattr(scope, "args", None)
    found = (
        {one.arg for one in ast.walk(arguments) if isinstance(one, ast.arg)} if arguments else set()
    )
    shared: set[str] = set()
    for node in own_nodes(scope):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            shared |= set(node.names)
    return frozenset(found - shared)


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions, classes and lambdas inside it."""
    body = scope.body if isinstance(getattr(scope, "body", None), list) else [scope.body]  # type: ignore[attr-defined]
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*SCOPES, ast.ClassDef, *COMPREHENSIONS)):
            waiting += ast.iter_child_nodes(node)


def returned(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.Return]:
    """A function's own `return` statements."""
    return [one for one in own_nodes(node) if isinstance(one, ast.Return)]


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The names of a function's parameters, in the order of its code's variables."""
    args = node.args
    plain = itertools.chain(args.posonlyargs, args.args, args.kwonlyargs)
    stars = [one.arg for one in (args.vararg, args.kwarg) if one is not None]
    return [*(one.arg for one in plain), *stars]


def is_stub(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function's body does nothing: a protocol's method, an overload."""
    return all(
        isinstance(one, ast.Pass)
        or (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        for one in node.body
    )


def looks_at_its_frame(node: ast.AST) -> bool:
    """Whether a function asks for its variables by name, and would see ours among them."""
    return any(isinstance(one, ast.Name) and one.id in LOOK_AT_FRAMES for one in own_nodes(node))


def has_own_names(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the annotations are made anew with each definition: f-strings."""
    return any(isinstance(one, ast.JoinedStr) for hint in hints(node) for one in ast.walk(hint))


def declares(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function has annotations that may be about arrays."""
    return any(is_about_arrays(one) for one in hints(node))


def declares_attributes(node: ast.ClassDef) -> bool:
    """Whether a class annotates attributes that may be arrays."""
    fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
    return any(is_about_arrays(one.annotation) for one in fields)


def hints(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    """The annotations of a function's parameters and result."""
    args = node.args
    stars = [one for one in (args.vararg, args.kwarg) if one is not None]
    for parameter in itertools.chain(args.posonlyargs, args.args, args.kwonlyargs, stars):
        if parameter.annotation is not None:
            yield parameter.annotation
    if node.returns is not None:
        yield node.returns


def is_about_arrays(hint: ast.expr) -> bool:
    """Whether a hint may declare axes: a subscript, a string, or a name that stands for one."""
    if isinstance(hint, ast.Constant):
        return isinstance(hint.value, str) and hint.value not in PLAIN_HINTS
    if isinstance(hint, ast.Name):
        return hint.id not in PLAIN_HINTS
    return True


def is_simple(hint: ast.expr) -> bool:
    """Whether a hint such as ``Float[Tensor, "B n"]`` can be evaluated without doing anything."""
    if isinstance(hint, ast.Constant):
        return isinstance(hint.value, str) and hint.value not in PLAIN_HINTS
    if not isinstance(hint, ast.Subscript):
        return False
    allowed = (ast.Name, ast.Attribute, ast.Constant, ast.Tuple, ast.Subscript, ast.Load)
    return all(isinstance(one, allowed) for one in ast.walk(hint))


def _last_name(decorator: ast.expr) -> str:
    name = decorator.func if isinstance(decorator, ast.Call) else decorator
    return name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "")


def is_compiled(decorator: ast.expr) -> bool:
    """Whether a decorator reads the source or the code of what it decorates."""
    return _last_name(decorator) in (
        *("compile", "script", "jit", "njit", "vectorize", "guvectorize", "overload"),
    )


def is_differentiated(base: ast.expr) -> bool:
    """Whether a base class is ``torch.autograd.Function``."""
    return _last_name(base) == "Function"


def is_check(decorator: ast.expr) -> bool:
    """Whether a decorator is `shapecheck.check`."""
    return _last_name(decorator) == "check"


def is_length(node: ast.Call) -> bool:
    """``len(x)``."""
    return (
        isinstance(node.func, ast.Name)
        and node.func.id == "len"
        and len(node.args) == 1
        and not isinstance(node.args[0], ast.Starred)
    )


def parts_of(index: ast.expr) -> list[ast.expr]:
    """The parts of an index, the bounds of slices among them."""
    found: list[ast.expr] = []
    for part in index.elts if isinstance(index, ast.Tuple) else [index]:
        bounds = [part.lower, part.upper, part.step] if isinstance(part, ast.Slice) else [part]
        found += [one for one in bounds if one is not None]
    return found


def is_no_index(node: ast.Subscript) -> bool:
    """Whether a subscript is certainly none of an array: a dict's entry, one size of a shape."""
    parts = parts_of(node.slice)
    is_text = any(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in parts)
    of_shape = isinstance(node.value, ast.Attribute) and node.value.attr == "shape"
    return is_text or of_shape or any(isinstance(one, ast.Starred) for one in parts)


def is_value(node: ast.expr) -> bool:
    """Whether an expression is one whose value can be an array, and is asked for."""
    if isinstance(node, (ast.Constant, ast.Starred, ast.Slice, ast.Lambda, ast.JoinedStr)):
        return False
    if isinstance(node, (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.NamedExpr, *COMPREHENSIONS)):
        return False
    return isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
