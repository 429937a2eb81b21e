"""Rewrites a script's syntax tree so that it reports what its operators and calls were given.

An expression stays in the user's own frame and keeps its place in the source; what is added is a
call around it, which gets the result and the operands and gives the result back:

    a @ f(x)

    __shapecheck_two__(17, None, a @ (__sc1__ := f(x)), a, __sc1__, (__sc1__ := None))

Operands that are local variables and constants are simply named again, others are kept in a
variable of the frame that lives as long as the expression. Nothing is evaluated twice, and nothing
in another order. Functions with annotations report their arguments when they begin, and what they
return:

    __sc_call__ = __shapecheck_enter__(18, (x, W))
    ...
    return __shapecheck_result__(19, __sc_call__, x @ W)
"""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from shapecheck.runtime.sites import SITES, Extent, Site, Source, extent_of, register
from shapecheck.runtime.syntax import (
    FUNCTIONS,
    SCOPES,
    declares,
    declares_attributes,
    has_own_names,
    imports,
    is_check,
    is_compiled,
    is_differentiated,
    is_length,
    is_no_index,
    is_simple,
    is_stub,
    is_value,
    local_names,
    looks_at_its_frame,
    parameters,
    parts_of,
    returned,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PREFIX = "__shapecheck_"
REPORTERS = (
    *("one", "two", "item", "call", "sizes", "step", "value"),  # of expressions
    *("saw", "gave", "came", "gradients"),  # of functions with a backward of their own
    *("declare", "wrap", "type", "enter", "result", "yielded", "local"),  # of declarations
)
KEPT = "__sc"  # begins the names of variables that hold operands
CALL = "__sc_call__"  # holds what a function's arguments were found to be
SIGNS = (
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult),
    *(ast.BitAnd, ast.BitOr, ast.BitXor),
)
ORDER = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
ATTRIBUTES = ("T", "mT", "H", "mH", "real", "imag", "data")
# Python's own functions, of which none gives an array (but what it was given).
NO_ARRAYS = frozenset(
    (
        *("all", "any", "bool", "breakpoint", "bytes", "callable", "chr", "compile"),
        *("delattr", "dict", "dir", "enumerate", "filter", "float", "format", "frozenset"),
        *("getattr", "globals", "hasattr", "hash", "hex", "id", "input", "int", "isinstance"),
        *("issubclass", "iter", "len", "list", "locals", "map", "memoryview", "object", "oct"),
        *("open", "ord", "print", "property", "range", "repr", "reversed", "set", "setattr"),
        *("slice", "sorted", "staticmethod", "classmethod", "str", "super", "tuple", "type"),
        *("vars", "zip", "exec", "eval", "next"),
    )
)
LOCATED = (ast.expr, ast.stmt, ast.arg, ast.keyword)

Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a file is rewritten for.

    Attributes:
        contracts: functions and classes with annotations are held to them.
        operators: operators and calls report their operands.
        values: every expression reports its value.
    """

    contracts: bool = True
    operators: bool = False
    values: bool = False


def rewrite(source: Source, wanted: Wanted) -> ast.Module:
    """The rewritten syntax tree of a file; its sites are added to `SITES`.

    Raises:
        SyntaxError: it is not Python.
        RecursionError: it is nested too deeply.
    """
    tree = ast.parse(source.text, source.path)
    if b"numba" in source.text and imports(tree, "numba"):
        wanted = Wanted(contracts=False)  # it reads the code of functions, and would read ours
    changed: ast.Module = _Rewriter(source, wanted).visit(tree)
    return changed


def rewrite_function(
    source: Source, node: ast.FunctionDef | ast.AsyncFunctionDef, wanted: Wanted
) -> ast.FunctionDef | ast.AsyncFunctionDef:
    """One function of a file, rewritten, without its decorators."""
    found = copy.deepcopy(node)
    found.decorator_list = []
    changed: ast.FunctionDef | ast.AsyncFunctionDef = _Rewriter(source, wanted).visit(found)
    return changed


class _Rewriter(ast.NodeTransformer):
    def __init__(self, source: Source, wanted: Wanted) -> None:
        self.source = source
        self.wanted = wanted
        self.rebinds = b":=" in source.text  # variables may change inside of expressions
        self.has_checks = b"shapecheck" in source.text
        if wanted.operators:
            from shapecheck.infer.arithmetic import OPERATORS  # noqa: PLC0415 - loads the rules

            self.names = OPERATORS
        self.scopes: list[ast.AST] = []
        self.locals: list[frozenset[str]] = []
        self.held = 0  # variables for operands that are in use where we are
        self.kept: dict[int, tuple[tuple[str, Extent] | None, str]] = {}  # what they hold
        self.closed = 0  # depth of places where no variable can be made
        self.has_call: list[bool] = []  # for each scope, whether its CALL is set

    # --- where we are ---

    @property
    def _is_open(self) -> bool:
        """Whether a variable can be made here: in a class body it would become an attribute."""
        in_class = bool(self.scopes) and isinstance(self.scopes[-1], ast.ClassDef)
        return not self.closed and not in_class

    def _inside(self, scope: ast.AST, visit: Callable[[], None], *, has_call: bool = False) -> None:
        held, closed = self.held, self.closed
        self.held = 0
        if isinstance(scope, FUNCTIONS):
            self.closed = int(looks_at_its_frame(scope))
        elif isinstance(scope, ast.ClassDef):
            self.closed = 0
        self.scopes.append(scope)
        self.locals.append(local_names(scope) if isinstance(scope, SCOPES) else frozenset())
        self.has_call.append(has_call)
        visit()
        self.has_call.pop()
        self.locals.pop()
        self.scopes.pop()
        self.held, self.closed = held, closed

    def _left_alone(self, visit: Callable[[], None]) -> None:
        self.closed += 1
        visit()
        self.closed -= 1

    # --- functions and classes ---

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        site = self._site(node) if self._is_held(node) else None
        compiled = any(map(is_compiled, node.decorator_list))
        node.decorator_list = [self._decorator(one) for one in node.decorator_list]
        node.args.defaults = [self.visit(one) for one in node.args.defaults]
        node.args.kw_defaults = [
            None if one is None else self.visit(one) for one in node.args.kw_defaults
        ]
        if compiled:
            return node
        wraps = site is not None and (looks_at_its_frame(node) or has_own_names(node))
        enters = site is not None and not wraps

        def visit() -> None:
            node.body = self._body(node.body)

        returns = [(one, self._site(one)) for one in returned(node)] if enters else []
        self._inside(node, visit, has_call=enters)
        if site is not None:
            way = "wrap" if wraps else "declare"
            decorator = ast.Call(_name(way), [ast.Constant(site)], [])
            node.decorator_list.append(at(decorator, node))
        if self.wanted.operators and self._is_differentiated():
            self._report_gradients(node)
        if enters and site is not None:
            self._report_calls(node, site, returns)
        return node

    def _is_differentiated(self) -> bool:
        """Whether we are in the body of an `autograd.Function`."""
        owner = self.scopes[-1] if self.scopes else None
        return isinstance(owner, ast.ClassDef) and any(map(is_differentiated, owner.bases))

    def _report_gradients(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Report what an `autograd.Function` is applied to, and the gradients that it gives."""
        names = parameters(node)
        if node.args.vararg or node.args.kwarg or not names:
            return
        loaded: list[ast.expr] = [ast.Name(one, ast.Load()) for one in names]
        given: ast.expr = ast.Tuple(loaded[1:], ast.Load())
        if node.name == "forward" and names[0] == "ctx":
            self._report_first("saw", node, loaded[0], given)
            self._report_returned("gave", node, names[0])
        elif node.name == "setup_context":
            self._report_first("saw", node, loaded[0], loaded[1])
        elif node.name in ("backward", "vjp"):
            self._report_first("came", node, loaded[0], given)
            self._report_returned("gradients", node, names[0])

    def _report_first(
        self, reporter: str, node: ast.FunctionDef | ast.AsyncFunctionDef, *given: ast.expr
    ) -> None:
        call = ast.Call(_name(reporter), [ast.Constant(self._site(node)), *given], [])
        place = int(ast.get_docstring(node, clean=False) is not None)
        first = node.body[min(place, len(node.body) - 1)]
        node.body.insert(place, at(ast.Expr(call), first))

    def _report_returned(
        self, reporter: str, node: ast.FunctionDef | ast.AsyncFunctionDef, ctx: str
    ) -> None:
        for one in returned(node):
            if one.value is not None:
                given = [ast.Constant(self._site(one)), ast.Name(ctx, ast.Load()), one.value]
                one.value = at(ast.Call(_name(reporter), given, []), one.value)

    def _decorator(self, node: ast.expr) -> ast.expr:
        found: ast.expr = node if isinstance(node, (ast.Name, ast.Attribute)) else self.visit(node)
        return found

    def _is_held(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        """Whether a function is held to annotations of its own (or may change attributes)."""
        if not self.wanted.contracts or is_stub(node) or self._is_checked(node):
            return False
        owner = self.scopes[-1] if self.scopes else None
        if isinstance(owner, ast.ClassDef):
            if self._is_checked(owner):
                return False
            if declares_attributes(owner) and node.name in ("__init__", "__setstate__"):
                return bool(node.args.args)
        return declares(node)

    def _is_checked(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
        """Whether ``@shapecheck.check`` stands above it."""
        return self.has_checks and any(map(is_check, node.decorator_list))

    def _report_calls(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef,
        site: int,
        returns: Sequence[tuple[ast.Return, int]],
    ) -> None:
        """Report the arguments at the start, and what is returned."""
        at_first = 1 if ast.get_docstring(node, clean=False) is not None else 0
        first = node.body[at_first] if len(node.body) > at_first else node.body[0]
        given = ast.Tuple([ast.Name(one, ast.Load()) for one in parameters(node)], ast.Load())
        entered = ast.Call(_name("enter"), [ast.Constant(site), given], [])
        start = at(ast.Assign([ast.Name(CALL, ast.Store())], entered), first)
        for statement, number in returns:
            value = statement.value or at(ast.Constant(None), statement)
            statement.value = self._call_of("result", number, value)
        last = node.body[-1]
        if not isinstance(last, (ast.Return, ast.Raise)):
            place = ast.copy_location(ast.Constant(None), last)
            node.body.append(at(ast.Expr(self._call_of("result", site, place)), last))
        node.body.insert(at_first, start)

    def visit_Return(self, node: ast.Return) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_Yield(self, node: ast.Yield) -> ast.AST:
        site = self._site(node)
        self.generic_visit(node)
        if self.wanted.contracts and node.value is not None and self.has_call[-1:] == [True]:
            node.value = self._call_of("yielded", site, node.value)
        return node

    def _call_of(self, reporter: str, site: int, value: ast.expr, *more: ast.expr) -> ast.expr:
        held = ast.Name(CALL, ast.Load())
        return at(ast.Call(_name(reporter), [ast.Constant(site), held, value, *more], []), value)

    def _body(self, body: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for one in body:
            new: Any = self.visit(one)
            found += new if isinstance(new, list) else [new]
        return found

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        node.args.defaults = [self.visit(one) for one in node.args.defaults]

        def visit() -> None:
            node.body = self.visit(node.body)

        self._inside(node, visit)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        site = self._site(node)
        held = self.wanted.contracts and not self._is_checked(node) and declares_attributes(node)
        node.decorator_list = [self._decorator(one) for one in node.decorator_list]
        node.bases = [self._decorator(one) for one in node.bases]

        def visit() -> None:
            node.body = self._body(node.body)

        self._inside(node, visit)
        if held:
            decorator = ast.Call(_name("type"), [ast.Constant(site)], [])
            node.decorator_list.insert(0, at(decorator, node))
        return node

    # --- statements ---

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return node
        site = self._site(node)
        hint = copy.deepcopy(node.annotation)
        node.value = self.visit(node.value)
        in_class = bool(self.scopes) and isinstance(self.scopes[-1], ast.ClassDef)
        if self.wanted.contracts and not in_class and is_simple(hint):
            held = ast.Name(CALL, ast.Load()) if self._has_call() else ast.Constant(None)
            read = ast.Lambda(_no_arguments(), hint)
            call = ast.Call(_name("local"), [ast.Constant(site), held, node.value, read], [])
            node.value = at(call, node.value)
        return node

    def _has_call(self) -> bool:
        return self.has_call[-1:] == [True]

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """``W -= lr * dW``: the value is reported together with what it changes."""
        holder = _holder(node.target)
        if not self._reports() or holder is None or not isinstance(node.op, SIGNS):
            return self.generic_visit(node)
        site = self._site(node, self.names[type(node.op)])
        node.target = self.visit(node.target)
        value = self.visit(node.value)
        call: ast.expr = ast.Name(CALL, ast.Load()) if self._has_call() else ast.Constant(None)
        given = [ast.Constant(site), call, value, ast.Name(holder, ast.Load())]
        node.value = at(ast.Call(_name("step"), given, []), value)
        return node

    def visit_Match(self, node: ast.Match) -> ast.AST:
        """Patterns hold no expressions that are evaluated as such."""
        node.subject = self.visit(node.subject)
        for case in node.cases:
            case.guard = None if case.guard is None else self.visit(case.guard)
            case.body = self._body(case.body)
        return node

    def visit_Delete(self, node: ast.Delete) -> ast.AST:
        return node

    def visit_TypeAlias(self, node: ast.AST) -> ast.AST:
        return node

    # --- places where nothing can be kept ---

    def _comprehension(self, node: ast.AST) -> ast.AST:
        """Its iterables are no place for new variables, and none at all in a class body."""
        for name, value in ast.iter_fields(node):
            if name == "generators":
                for one in value:
                    self._left_alone(lambda one=one: self._generator(one))  # type: ignore[misc]
                    one.ifs = [self.visit(test) for test in one.ifs]
            elif isinstance(value, ast.AST):
                setattr(node, name, self.visit(value))
        return node

    def _generator(self, node: ast.comprehension) -> None:
        node.iter = self.visit(node.iter)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension  # noqa: N815 - ast's own names

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """Places inside of f-strings are not exact before Python 3.12; they are left alone."""
        return node

    def _literal(self, node: ast.List | ast.Tuple | ast.Set) -> ast.AST:
        """Tables of a million numbers are passed over as they are."""
        if all(type(one) is ast.Constant for one in node.elts):
            return node
        return self.generic_visit(node)

    visit_List = visit_Tuple = visit_Set = _literal  # noqa: N815 - ast's own names

    # --- expressions ---

    def visit(self, node: ast.AST) -> Any:
        """Rewrite a node; where every value is wanted, also those that nothing else is said of."""
        if not self.wanted.values or not isinstance(node, ast.expr) or not is_value(node):
            return super().visit(node)
        site = self._site(node)
        new: ast.expr = super().visit(node)
        return at(ast.Call(_name("value"), [ast.Constant(site), new], []), new)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        if not self._reports() or not isinstance(node.op, SIGNS):
            return self.generic_visit(node)
        site = self._site(node, self.names[type(node.op)])
        held, same = self.held, self._stay_the_same(node.left, node.right)
        node.left, left = self._kept(node.left, same=same)
        node.right, right = self._kept(node.right, same=same)
        return self._wrapped("two", site, node, [left, right], held)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        if len(node.ops) > 1 or not isinstance(node.ops[0], ORDER) or not self._reports():
            return self.generic_visit(node)
        site = self._site(node, self.names[type(node.ops[0])])
        [right] = node.comparators
        held, same = self.held, self._stay_the_same(node.left, right)
        node.left, left = self._kept(node.left, same=same)
        node.comparators[0], named = self._kept(right, same=same)
        return self._wrapped("two", site, node, [left, named], held)

    def _stay_the_same(self, *operands: ast.expr) -> bool:
        """Whether nothing runs between operands that could give a variable another value."""
        return all(isinstance(one, (ast.Name, ast.Constant)) for one in operands)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        if not self._reports() or isinstance(node.op, ast.Not):
            return self.generic_visit(node)
        if isinstance(node.operand, ast.Constant):
            return node
        site = self._site(node, self.names[type(node.op)])
        held = self.held
        node.operand, named = self._kept(node.operand, same=True)
        return self._wrapped("one", site, node, [named], held)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if not isinstance(node.ctx, ast.Load) or not self._reports():
            return self.generic_visit(node)
        if node.attr == "shape":
            site = self._site(node, "shape")
            node.value = self._sized(site, self.visit(node.value))
            return node
        if node.attr not in ATTRIBUTES:
            return self.generic_visit(node)
        site = self._site(node, node.attr)
        held = self.held
        node.value, named = self._kept(node.value, same=True)
        return self._wrapped("one", site, node, [named], held)

    def _sized(self, site: int, value: ast.expr) -> ast.expr:
        """``x.shape``, ``x.size(0)``, ``len(x)``: whose sizes these are is noted."""
        return at(ast.Call(_name("sizes"), [ast.Constant(site), value], []), value)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if not isinstance(node.ctx, ast.Load) or not self._reports() or is_no_index(node):
            return self.generic_visit(node)
        site = self._site(node, "getitem")
        held, same = self.held, self._stay_the_same(node.value, *parts_of(node.slice))
        node.value, owner = self._kept(node.value, same=same)
        if isinstance(node.slice, ast.Tuple):
            pairs = [self._part(one, same=same) for one in node.slice.elts]
            node.slice.elts = [part for part, _ in pairs]
            index: ast.expr = ast.Tuple([named for _, named in pairs], ast.Load())
        else:
            node.slice, index = self._part(node.slice, same=same)
        return self._wrapped("item", site, node, [owner, index], held)

    def _part(self, node: ast.expr, *, same: bool) -> tuple[ast.expr, ast.expr]:
        """A part of an index; slices are named as ``(":", start, stop, step)``."""
        if not isinstance(node, ast.Slice):
            return self._kept(node, same=same)
        named: list[ast.expr] = [ast.Constant(":")]
        for name in ("lower", "upper", "step"):
            bound = getattr(node, name)
            kept: ast.expr = ast.Constant(None)
            if bound is not None:
                bound, kept = self._kept(bound, same=same)
                setattr(node, name, bound)
            named.append(kept)
        return node, ast.Tuple(named, ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if not self._reports() or not self._is_of_interest(node):
            return self._plain_call(node)
        keywords = tuple(word.arg or "" for word in node.keywords)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        site = self._site(node, name, keywords)
        held = self.held
        node.func, callee = self._kept_callee(node.func, site if name == "size" else None)
        named: list[ast.expr] = [callee]
        for place, argument in enumerate(node.args):
            node.args[place], kept = self._kept(argument)
            named.append(kept)
        for keyword in node.keywords:
            keyword.value, kept = self._kept(keyword.value)
            named.append(kept)
        return self._wrapped("call", site, node, [ast.Tuple(named, ast.Load())], held)

    def _plain_call(self, node: ast.Call) -> ast.Call:
        """A call of no interest; what is in it may be."""
        site = self._site(node, "len") if is_length(node) and self._reports() else None
        if isinstance(node.func, ast.Attribute):
            node.func.value = self.visit(node.func.value)
        elif not isinstance(node.func, ast.Name):
            node.func = self.visit(node.func)
        node.args = [self.visit(one) for one in node.args]
        if site is not None:
            node.args = [self._sized(site, node.args[0])]
        for word in node.keywords:
            word.value = self.visit(word.value)
        return node

    def _kept_callee(self, func: ast.expr, sized: int | None) -> tuple[ast.expr, ast.expr]:
        """What is called, and an expression that names it afterwards."""
        if isinstance(func, ast.Name):
            return func, copy.copy(func)
        if isinstance(func, ast.Attribute):
            func.value = self.visit(func.value)
            if sized is not None:
                func.value = self._sized(sized, func.value)
            return self._keep(func)
        return self._keep(self.visit(func))

    def _is_of_interest(self, node: ast.Call) -> bool:
        """Whether a call may give an array, and all its arguments can be named."""
        if isinstance(node.func, ast.Name) and node.func.id in NO_ARRAYS:
            return False
        if isinstance(node.func, ast.Attribute) and node.func.attr.startswith("__"):
            return False
        opened = any(isinstance(one, ast.Starred) for one in node.args)
        return not opened and all(word.arg is not None for word in node.keywords)

    def _reports(self) -> bool:
        return self.wanted.operators and self._is_open

    # --- building ---

    def _kept(self, node: ast.expr, *, same: bool = False) -> tuple[ast.expr, ast.expr]:
        """An operand, and an expression that names its value afterwards.

        `same`: nothing runs in between that could give a variable another value. A function's own
        variables can be named again in any case: other functions do not change them.
        """
        if isinstance(node, ast.Constant):
            return node, copy.copy(node)
        if isinstance(node, ast.Name):
            own = bool(self.locals) and node.id in self.locals[-1] and not self.rebinds
            if same or own:
                return self.visit(node), copy.copy(node)
        place = type(node).__name__, extent_of(node)
        return self._keep(self.visit(node), place)

    def _keep(
        self, new: ast.expr, place: tuple[str, Extent] | None = None
    ) -> tuple[ast.expr, ast.expr]:
        """Keep a value in a variable of its own."""
        self.held += 1
        name = f"{KEPT}{self.held}__"
        self.kept[self.held] = (place, name)
        kept = at(ast.NamedExpr(ast.Name(name, ast.Store()), new), new)
        return kept, at(ast.Name(name, ast.Load()), new)

    def _wrapped(
        self, reporter: str, site: int, node: ast.expr, named: list[ast.expr], held: int
    ) -> ast.expr:
        """An expression inside the call that reports it, which forgets the operands at its end."""
        forgotten = [
            ast.NamedExpr(ast.Name(f"{KEPT}{number}__", ast.Store()), ast.Constant(None))
            for number in range(held + 1, self.held + 1)
        ]
        numbers = range(held + 1, self.held + 1)
        SITES[site].kept = {
            place: name for number in numbers for place, name in [self.kept[number]] if place
        }
        self.held = held
        call: ast.expr = ast.Name(CALL, ast.Load()) if self._has_call() else ast.Constant(None)
        given = [ast.Constant(site), call, node, *named, *forgotten]
        return at(ast.Call(_name(reporter), given, []), node)

    def _site(self, node: Any, name: str = "", keywords: tuple[str, ...] = ()) -> int:
        """The number of a new site at the place of a node of the source."""
        return register(Site(self.source, type(node).__name__, extent_of(node), name, keywords))


# --- building -----------------------------------------------------------------------------------


def at(node: Node, place: ast.AST) -> Node:
    """A new node and all new ones in it, at the place of another."""
    fields = vars(node)
    if "lineno" not in fields:
        parts = list(fields.values())
        if isinstance(node, LOCATED):
            ast.copy_location(node, place)
        for part in parts:
            for one in part if isinstance(part, list) else (part,):
                if isinstance(one, ast.AST):
                    at(one, place)
    return node


def _holder(target: ast.expr) -> str | None:
    """The variable that an update changes, or something of it: ``W``, ``self.W``, ``p["W"]``."""
    match target:
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id=name)):
            return name
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant()):
            return name
    return None


def _name(reporter: str) -> ast.Name:
    return ast.Name(f"{PREFIX}{reporter}__", ast.Load())


def _no_arguments() -> ast.arguments:
    return ast.arguments([], [], None, [], [], None, [])
