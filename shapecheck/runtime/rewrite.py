"""Rewrites a script's syntax tree so that its operators and calls report what they were given.

An operator stays in the user's own frame and keeps its place in the source; what is added is a
call around it, which gets the result and the operands and gives the result back:

    a @ f(x)    becomes    __shapecheck_op(17, a @ (__sc1 := f(x)), a, __sc1, (__sc1 := None))

Operands that are plain names and constants are simply named again. Others are kept in a variable
of the frame that lives as long as the expression. Code that is looked at by name (class bodies,
where a variable would become an attribute) is left as it is.
"""

from __future__ import annotations

import ast
import copy
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OP, CALL, VALUE, DECLARE, LOCAL = (
    "__shapecheck_op",
    "__shapecheck_call",
    "__shapecheck_value",
    "__shapecheck_declare",
    "__shapecheck_local",
)
KEPT = "__sc"  # begins the names of variables that hold operands
PLAIN_HINTS = {"int", "float", "bool", "str", "None", "bytes", "complex", "object", "dict", "list"}
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
ELEMENTWISE = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
BITWISE = (ast.BitAnd, ast.BitOr, ast.BitXor)
ORDER = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)

Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True, slots=True)
class Site:
    """An expression that reports what it was given.

    Attributes:
        node: the expression as it stands in the source.
        path: the file.
        scope: the function or class around it, None for the module.
        tree: the syntax tree of the file.
        operands: the expressions whose values it passes on.
    """

    node: ast.expr | ast.AnnAssign
    path: str
    scope: ast.AST | None
    tree: ast.Module
    operands: tuple[ast.expr, ...] = ()


@dataclass(slots=True)
class Wanted:
    """What a tree is rewritten for.

    Attributes:
        contracts: functions and classes with annotations are held to them.
        operators: operators, and calls of the names in `calls`, report their operands.
        values: every expression reports its value.
        calls: the last names of the functions and methods that are of interest.
    """

    contracts: bool = True
    operators: bool = False
    values: bool = False
    calls: frozenset[str] = field(default_factory=frozenset)


def rewrite(tree: ast.Module, path: str, sites: list[Site], wanted: Wanted) -> ast.Module:
    """A rewritten copy of a file's tree; what reports is appended to `sites`."""
    copied = copy.deepcopy(tree)
    changed: ast.Module = _Rewriter(path, sites, wanted, tree, copied).visit(copied)
    return ast.fix_missing_locations(changed)


class _Rewriter(ast.NodeTransformer):
    def __init__(
        self, path: str, sites: list[Site], wanted: Wanted, tree: ast.Module, copied: ast.Module
    ) -> None:
        self.path = path
        self.sites = sites
        self.wanted = wanted
        self.tree = tree
        pairs = zip(ast.walk(copied), ast.walk(tree), strict=True)
        self.original = dict(pairs)
        self.scopes: list[ast.AST] = []
        self.held = 0  # variables for operands that are in use where we are
        self.closed = 0  # depth of places where no variable can be made

    # --- where we are ---

    def _scope(self) -> ast.AST | None:
        return self.original.get(self.scopes[-1]) if self.scopes else None

    @property
    def _is_open(self) -> bool:
        """Whether expressions here may be wrapped."""
        in_class = bool(self.scopes) and isinstance(self.scopes[-1], ast.ClassDef)
        return not self.closed and not in_class

    def _inside(self, scope: ast.AST, visit: Callable[[], None]) -> None:
        held, closed = self.held, self.closed
        self.held = self.closed = 0
        self.scopes.append(scope)
        visit()
        self.scopes.pop()
        self.held, self.closed = held, closed

    def _left_alone(self, visit: Callable[[], None]) -> None:
        self.closed += 1
        visit()
        self.closed -= 1

    # --- statements ---

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        compiled = any(is_compiled(one) for one in node.decorator_list)
        node.decorator_list = [self.visit(one) for one in node.decorator_list]
        node.args.defaults = [self.visit(one) for one in node.args.defaults]
        node.args.kw_defaults = [
            None if one is None else self.visit(one) for one in node.args.kw_defaults
        ]
        if not compiled:

            def visit() -> None:
                node.body = self._body(node.body)

            self._inside(node, visit)
            if self.wanted.contracts and declares(node):
                node.decorator_list.append(at(ast.Name(DECLARE, ast.Load()), node))
        return node

    def _body(self, body: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for one in body:
            new = self.visit(one)
            found += new if isinstance(new, list) else [new]
        return found

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        def visit() -> None:
            node.body = self.visit(node.body)

        self._inside(node, visit)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        def visit() -> None:
            self.generic_visit(node)

        self._inside(node, visit)
        fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
        if self.wanted.contracts and any(is_about_arrays(one.annotation) for one in fields):
            node.decorator_list.insert(0, at(ast.Name(DECLARE, ast.Load()), node))
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | list[ast.stmt]:
        original = self.original[node]
        if node.value is not None:
            node.value = self.visit(node.value)
        in_function = bool(self.scopes) and isinstance(self.scopes[-1], SCOPES)
        holds = self.wanted.contracts and (in_function or not self.scopes)
        if not (holds and node.value and isinstance(node.target, ast.Name)):
            return node
        if not is_simple(node.annotation) or not isinstance(original, ast.AnnAssign):
            return node
        hint = ast.Lambda(_no_arguments(), node.annotation)
        name = ast.Name(node.target.id, ast.Load())
        call = self._call(LOCAL, self._site(original, ()), name, hint)
        return [node, at(ast.Expr(call), original)]

    def visit_Match(self, node: ast.Match) -> ast.AST:
        """Patterns hold no expressions that are evaluated as such."""
        node.subject = self.visit(node.subject)
        for case in node.cases:
            case.guard = None if case.guard is None else self.visit(case.guard)
            case.body = self._body(case.body)
        return node

    def visit_Delete(self, node: ast.Delete) -> ast.AST:
        return node

    def visit_Global(self, node: ast.Global) -> ast.AST:
        return node

    # --- places where nothing can be kept ---

    def _comprehension(self, node: ast.AST) -> ast.AST:
        """Its iterables are no place for new variables, and none at all in a class body."""
        for field_, value in ast.iter_fields(node):
            if field_ == "generators":
                for one in value:
                    self._left_alone(lambda one=one: self._generator(one))  # type: ignore[misc]
                    one.ifs = [self.visit(test) for test in one.ifs]
            elif isinstance(value, ast.AST):
                setattr(node, field_, self.visit(value))
        return node

    def _generator(self, node: ast.comprehension) -> None:
        node.iter = self.visit(node.iter)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """Places inside of f-strings are not exact before Python 3.12; they are left alone."""
        return node

    # --- expressions ---

    def visit(self, node: ast.AST) -> ast.AST:
        """Rewrite a node; where every value is wanted, also those that nothing else is said of."""
        new: ast.AST = super().visit(node)
        if (
            self.wanted.values
            and isinstance(node, ast.expr)
            and isinstance(new, ast.expr)
            and self._is_open
            and is_value(node)
        ):
            original = self.original[node]
            assert isinstance(original, ast.expr)
            return self._call(VALUE, self._site(original, ()), new)
        return new

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        if not self._reports() or not isinstance(node.op, ELEMENTWISE + BITWISE):
            return self.generic_visit(node)
        original = self.original[node]
        assert isinstance(original, ast.BinOp)
        return self._operator(node, original, "left", "right")

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        if len(node.ops) > 1 or not isinstance(node.ops[0], ORDER) or not self._reports():
            return self.generic_visit(node)
        original = self.original[node]
        assert isinstance(original, ast.Compare)
        held = self.held
        node.left, left = self._kept(node.left)
        [right] = node.comparators
        node.comparators[0], named = self._kept(right)
        return self._wrapped(
            node, original, (original.left, original.comparators[0]), [left, named], held
        )

    def _operator(self, node: ast.BinOp, original: ast.BinOp, *parts: str) -> ast.AST:
        held = self.held
        named = []
        for part in parts:
            new, name = self._kept(getattr(node, part))
            setattr(node, part, new)
            named.append(name)
        operands = tuple(getattr(original, part) for part in parts)
        return self._wrapped(node, original, operands, named, held)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        interesting = node.attr in ("T", "mT") and isinstance(node.ctx, ast.Load)
        if not interesting or not self._reports():
            return self.generic_visit(node)
        original = self.original[node]
        assert isinstance(original, ast.Attribute)
        held = self.held
        node.value, named = self._kept(node.value)
        return self._wrapped(node, original, (original.value,), [named], held, CALL)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if not self._reports() or not self._is_of_interest(node):
            return self.generic_visit(node)
        original = self.original[node]
        assert isinstance(original, ast.Call)
        held = self.held
        operands: list[ast.expr] = []
        named: list[ast.expr] = []
        if isinstance(node.func, ast.Attribute):
            node.func.value, name = self._kept(node.func.value)
            operands.append(node.func.value)
            named.append(name)
        else:
            named.append(node.func)
        for at_, argument in enumerate(node.args):
            node.args[at_], name = self._kept(argument)
            named.append(name)
        for keyword in node.keywords:
            keyword.value, name = self._kept(keyword.value)
            named.append(name)
        return self._wrapped(node, original, (), named, held, CALL)

    def _is_of_interest(self, node: ast.Call) -> bool:
        """Whether a call's name is one of those wanted, and all its arguments can be named."""
        if isinstance(node.func, ast.Attribute):
            name = node.func.attr
        elif isinstance(node.func, ast.Name):
            name = node.func.id
        else:
            return False
        opened = any(isinstance(one, ast.Starred) for one in node.args)
        opened = opened or any(one.arg is None for one in node.keywords)
        return name in self.wanted.calls and not opened

    def _reports(self) -> bool:
        return self.wanted.operators and self._is_open

    # --- building ---

    def _kept(self, node: ast.expr) -> tuple[ast.expr, ast.expr]:
        """An operand, and an expression that names its value afterwards."""
        if isinstance(node, (ast.Name, ast.Constant)) and not self.wanted.values:
            return node, copy.copy(node)
        new = self.visit(node)
        assert isinstance(new, ast.expr)
        self.held += 1
        name = f"{KEPT}{self.held}"
        kept = at(ast.NamedExpr(ast.Name(name, ast.Store()), new), node)
        return kept, at(ast.Name(name, ast.Load()), node)

    def _wrapped(
        self,
        node: ast.expr,
        original: ast.expr,
        operands: tuple[ast.expr, ...],
        named: list[ast.expr],
        held: int,
        reporter: str = OP,
    ) -> ast.expr:
        """An expression inside the call that reports it, which forgets the operands at its end."""
        kept = [
            at(ast.Name(f"{KEPT}{number}", ast.Store()), node)
            for number in range(held + 1, self.held + 1)
        ]
        self.held = held
        forgotten = [at(ast.NamedExpr(one, ast.Constant(None)), node) for one in kept]
        site = self._site(original, operands)
        return self._call(reporter, site, node, *named, *forgotten)

    def _site(
        self, original: ast.expr | ast.AnnAssign, operands: tuple[ast.expr, ...]
    ) -> ast.Constant:
        self.sites.append(Site(original, self.path, self._scope(), self.tree, operands))
        return ast.Constant(len(self.sites) - 1)

    def _call(self, name: str, site: ast.Constant, value: ast.expr, *more: ast.expr) -> ast.Call:
        """A call of one of our functions, at the place of the expression it is about."""
        return at(ast.Call(ast.Name(name, ast.Load()), [site, value, *more], []), value)


def at(node: Node, place: ast.AST) -> Node:
    """A new node and all new ones in it, at the place of another."""
    for one in ast.walk(node):
        if isinstance(one, (ast.expr, ast.stmt, ast.arg)) and not hasattr(one, "lineno"):
            ast.copy_location(one, place)
    return node


def _no_arguments() -> ast.arguments:
    return ast.arguments([], [], None, [], [], None, [])


def declares(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function has annotations that may be about arrays."""
    return any(is_about_arrays(one) for one in annotations(node))


def annotations(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
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
    if not isinstance(hint, ast.Subscript):
        return False
    allowed = (ast.Name, ast.Attribute, ast.Constant, ast.Tuple, ast.Subscript, ast.Load)
    return all(isinstance(one, allowed) for one in ast.walk(hint))


def is_compiled(decorator: ast.expr) -> bool:
    """Whether a decorator reads the source or the code of what it decorates."""
    name = decorator.func if isinstance(decorator, ast.Call) else decorator
    last = name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "")
    return last in ("compile", "script", "jit", "njit", "vectorize", "guvectorize", "triton_jit")


def is_value(node: ast.expr) -> bool:
    """Whether an expression is one whose value can be an array, and is asked for."""
    if isinstance(node, (ast.Constant, ast.Starred, ast.Slice, ast.Lambda, ast.JoinedStr)):
        return False
    if isinstance(node, (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.NamedExpr, *COMPREHENSIONS)):
        return False
    if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom)):
        return False
    return isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
