"""Random programs: NumPy, with conditions and counts that nobody can know beforehand."""

import ast
import itertools
import random
import sys
import traceback
import warnings

import numpy as np
from hypothesis import strategies as st

FLAGS, COUNTS = 3, 2
SIZES = (1, 2, 2, 3, 3, 4, 6)
HEADER = "import numpy as np\nfrom world import flag, count\n"
MOST_RAISING = (0, 0, 0, 0.5, 1)  # of the runs: how many a statement may end
TRIES = 4  # of a statement that the program does not get over
MOST_RUNS = 24


class Writer:
    """Writes a program, one draw after the other."""

    def __init__(self, draw):
        self.draw = draw
        self.lines = []
        self.indent = 0
        self.functions = 0
        self.loops = 0
        self.in_function = False

    def pick(self, *options):
        return self.draw(st.sampled_from(options))

    def line(self, text):
        self.lines.append("    " * self.indent + text)

    # --- expressions ---

    def shape(self):
        sizes = [self.pick(*SIZES) for _ in range(self.pick(0, 1, 1, 2, 2, 2, 3))]
        return f"({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"

    def name(self):
        return self.pick("a", "b", "c", "d")

    def size(self):
        return self.pick(
            "2",
            "3",
            "6",
            "-1",
            f"{self.name()}.shape[0]",
            f"len({self.name()})",
            f"{self.name()}.size",
        )

    def index(self):
        one = lambda: self.pick(
            "0",
            "1",
            "-1",
            "2",
            ":",
            "1:",
            ":2",
            "::2",
            "None",
            "...",
            "[0, 1]",
            "::-1",
            f"{self.name()} > 0",
        )
        return ", ".join(one() for _ in range(self.pick(1, 1, 2, 3)))

    def expression(self, depth=0):
        x = self.name if depth > 1 else lambda: self.expression(depth + 1)
        kind = self.pick(*KINDS)
        axis = self.pick("0", "1", "-1", "None")
        match kind:
            case "name":
                return self.name()
            case "new":
                return f"np.{self.pick('zeros', 'ones')}({self.shape()})"
            case "like":
                return f"np.zeros({self.name()}.shape{self.pick('', '[1:]', '[:1]', '[::-1]', ' + (2,)')})"
            case "sized":
                return f"np.zeros(({self.size().replace('-1', '3')}, {self.size().replace('-1', '2')}))"
            case "operator":
                return f"({x()} {self.pick('+', '-', '*', '@', '@', '<')} {x()})"
            case "reshape":
                return f"{x()}.reshape({self.size()}, {self.size()})"
            case "T":
                return f"{x()}.T"
            case "reduce":
                keep = self.pick("", ", keepdims=True")
                return f"{x()}.{self.pick('sum', 'mean', 'max')}(axis={axis}{keep})"
            case "index":
                return f"{x()}[{self.index()}]"
            case "join":
                name = self.pick("concatenate", "stack")
                return f"np.{name}([{x()}, {x()}], axis={self.pick('0', '1', '-1')})"
            case "axes":
                return self.pick(
                    f"np.expand_dims({x()}, {self.pick('0', '1', '-1')})",
                    f"np.squeeze({x()})",
                    f"np.squeeze({x()}, axis={self.pick('0', '1')})",
                    f"np.swapaxes({x()}, 0, {self.pick('1', '-1')})",
                    f"np.transpose({x()}, ({self.pick('1, 0', '0, 2, 1', '0, 1')}))",
                    f"np.broadcast_to({x()}, {self.shape()})",
                    f"np.tile({x()}, {self.pick('2', '(2, 1)')})",
                    f"np.repeat({x()}, 2, axis=0)",
                    f"np.ravel({x()})",
                )
            case "where":
                return f"np.where({x()} > 0, {x()}, {x()})"
            case "condition":
                return f"({x()} if {self.condition()} else {x()})"
            case "call" if self.functions:
                return f"f{self.pick(*range(self.functions))}({x()}, {x()})"
            case "comprehension":
                return f"np.stack([{self.name()}{self.pick('', '.T', '[0]')} for _ in range({self.pick('2', '3', 'count(0)')})])"
        return self.name()

    def condition(self):
        a, b = self.name(), self.name()
        return self.pick(
            *(f"flag({n})" for n in range(FLAGS)),
            *(f"not flag({n})" for n in range(FLAGS)),
            "flag(0) and flag(1)",
            "flag(1) or flag(2)",
            f"{a}.ndim == {self.pick('1', '2')}",
            f"{a}.shape == {b}.shape",
            f"{a}.shape[0] == {self.pick('2', '3')}",
            f"len({a}) > 2",
            f"isinstance({a}, np.ndarray)",
            f"{a} is {b}",
            f"{a} is not None",
            f"{a}.sum() > 1",
        )

    # --- statements ---

    def block(self, depth, many=(1, 1, 2, 3)):
        self.indent += 1
        for _ in range(self.pick(*many)):
            self.statement(depth + 1)
        self.indent -= 1

    def statement(self, depth=0):
        kind = self.pick(*(STATEMENTS if depth < 3 else SIMPLE))
        x = self.name()
        match kind:
            case "assign":
                self.line(f"{x} = {self.expression()}")
            case "update":
                self.line(f"{x} {self.pick('+', '*')}= {self.expression(1)}")
            case "store":
                self.line(f"{x}[{self.index()}] = {self.expression(1)}")
            case "unpack":
                self.line(f"{self.pick('m, n', 'm, *n', 'm, n, k')} = {x}.shape")
            case "assert":
                self.line(f"assert {self.condition()}")
            case "append":
                self.line(
                    self.pick(
                        f"some.append({self.expression(1)})",
                        f"{x} = np.stack(some)",
                        "some = []",
                        f"{x} = some[-1]",
                    )
                )
            case "attribute":
                self.line(
                    self.pick(f"it.x = {self.expression(1)}", f"{x} = it.x", f"{x} = it({x})")
                )
            case "if":
                self.line(f"if {self.condition()}:")
                self.block(depth)
                if self.pick(True, False):
                    self.line(self.pick("else:", f"elif {self.condition()}:"))
                    self.block(depth)
            case "for":
                over = self.pick(
                    "range(2)",
                    "range(3)",
                    "range(count(0))",
                    "range(count(1))",
                    x,
                    f"zip({x}, {self.name()})",
                )
                self.line(f"for {'i' if 'zip' not in over else 'i, j'} in {over}:")
                self.loops += 1
                self.block(depth)
                self.loops -= 1
                if self.pick(False, False, True):
                    self.line("else:")
                    self.block(depth)
            case "while":
                self.line(f"while count.next({self.pick('0', '1')}):")
                self.loops += 1
                self.block(depth)
                self.loops -= 1
            case "leave" if self.loops:
                self.line(
                    self.pick(
                        "break",
                        "continue",
                        f"if {self.condition()}: break",
                        f"if {self.condition()}: continue",
                    )
                )
            case "leave" if self.in_function:
                self.line(f"if {self.condition()}: return {self.name()}")
            case "try":
                self.line("try:")
                self.block(depth)
                self.line("except Exception:")
                self.block(depth)
            case "with":
                self.line("with np.errstate(all='ignore'):")
                self.block(depth)
            case _:
                self.line(f"{x} = {self.expression()}")

    def tried(self, write, *after):
        """Write something, and take it back if the program does not get over it."""
        kept, most = len(self.lines), self.pick(*MOST_RAISING)
        for _ in range(TRIES):
            write()
            source = HEADER + "\n".join([*self.lines, *after]) + "\n"
            some = worlds(source)[:: max(1, len(worlds(source)) // 6)]
            raising = sum(bool(run(source, *world)[1]) for world in some)
            if raising <= most * len(some):
                return
            del self.lines[kept:]

    def function(self):
        self.line(f"def f{self.functions}(a, b, c=np.ones((2, 3)), d=None):")
        before, self.loops, self.in_function = self.loops, 0, True
        self.indent += 1
        self.line("some = []")
        self.line("it = It()")
        self.line(f"d = {self.pick('a', 'b', 'c')} if d is None else d")
        call = f"f{self.functions}(np.ones({self.shape()}), np.ones({self.shape()}))"
        for _ in range(self.pick(2, 3, 4)):
            self.tried(lambda: self.statement(1), call)
        self.tried(lambda: self.line(f"return {self.expression(1)}"), call)
        self.indent -= 1
        self.loops, self.in_function = before, False
        self.functions += 1

    def program(self):
        self.lines += [
            "class It:",
            "    x = np.ones((3, 2))",
            "    def __call__(self, a):",
            f"        if {self.pick('flag(0)', 'a.ndim == 2')}:",
            f"            return a {self.pick('+', '@')} self.x",
            f"        return self.x{self.pick('', '.T', '[0]')}",
        ]
        for _ in range(self.pick(0, 0, 1, 2)):
            self.function()
        for name in "abcd":
            self.line(f"{name} = np.ones({self.shape()})")
        self.line("some = []")
        self.line("it = It()")
        for _ in range(self.pick(4, 6, 9)):
            self.tried(self.statement)
        return HEADER + "\n".join(self.lines) + "\n"


KINDS = (
    *("name", "name", "new", "like", "sized", "operator", "operator", "reshape", "T", "reduce"),
    *("index", "index", "join", "axes", "where", "condition", "call", "call", "comprehension"),
)
SIMPLE = ("assign", "assign", "assign", "update", "store", "unpack", "append", "leave", "attribute")
STATEMENTS = (*SIMPLE, "assert", "if", "if", "if", "for", "for", "while", "try", "with")


class Count:
    """What counts are: as they are asked for, or used up one by one."""

    def __init__(self, counts):
        self.counts = list(counts)

    def __call__(self, number):
        return self.counts[number]

    def next(self, number):
        self.counts[number] -= 1
        return self.counts[number] >= 0


class Watched(ast.NodeTransformer):
    """Wraps conditions, so that what they were can be seen."""

    def _wrapped(self, test):
        line = ast.Constant(test.lineno)
        return ast.copy_location(ast.Call(ast.Name("seen", ast.Load()), [line, test], []), test)

    def visit_If(self, node):
        self.generic_visit(node)
        node.test = self._wrapped(node.test)
        return node

    visit_IfExp = visit_While = visit_If

    def visit_BoolOp(self, node):
        self.generic_visit(node)
        node.values = [self._wrapped(one) for one in node.values]
        return node

    def visit_Try(self, node):
        """A handler is a branch, too: False where the body gets to its end."""
        self.generic_visit(node)
        for verdict, body in ((False, node.body), (True, node.handlers[0].body)):
            call = ast.parse(f"seen({node.lineno}, {verdict})").body[0]
            body.insert(0 if verdict else len(body), call)
        return node


def run(source, flags, counts, outcomes=None):
    """Run a program: the lines that were met, and those at which it raised (of calls, too)."""
    met = set()

    def seen(line, value):
        if outcomes is not None:
            outcomes.setdefault(line, set()).add(bool(value))
        return value

    def trace(frame, event, _):
        if frame.f_code.co_filename != "<program>":
            return None
        met.add(frame.f_lineno)
        return trace

    body = source.replace("from world import flag, count", "")
    space = {
        "seen": seen,
        "flag": lambda number: flags[number],
        "count": Count(counts),
        "__name__": "__main__",
    }
    before = sys.gettrace()
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.fix_missing_locations(Watched().visit(ast.parse(body)))
            program = compile(tree, "<program>", "exec")
            sys.settrace(trace)
            exec(program, space)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        return met, {frame.lineno for frame in frames if frame.filename == "<program>"}
    finally:
        sys.settrace(before)
    return met, set()


def worlds(source):
    flags = (
        list(itertools.product((True, False), repeat=FLAGS))
        if "flag(" in source[60:]
        else [(True,) * FLAGS]
    )
    counts = (
        list(itertools.product((0, 1, 3), repeat=COUNTS))
        if "count" in source[60:]
        else [(1,) * COUNTS]
    )
    every = list(itertools.product(flags, counts))
    return every if len(every) <= MOST_RUNS else random.Random(0).sample(every, len(every))
