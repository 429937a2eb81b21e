"""Sources that are wrong, odd or endless: it ends in time, says what it left out, and never guesses."""

import os
import sys
import textwrap
import time
from pathlib import Path

import pytest

from shapecheck.config import Settings
from shapecheck.static.checking import check
from shapecheck.static.looking import look
from shapecheck.static.resolving import Resolver

MOST_SECONDS = 10  # of processor time, for a file
WRONG = "import numpy as np\ny = np.zeros((2, 3)) @ np.zeros((2, 3))\n"
LATER = "\n\ny = np.zeros((2, 3)) @ np.zeros((2, 3))\n"  # a finding behind what is odd


def looked_at(source, path="odd.py"):
    data = source if isinstance(source, bytes) else source.encode()
    began = time.process_time()
    outcome, _ = look(path, data, Resolver())
    assert time.process_time() - began < MOST_SECONDS
    assert not outcome.failed
    return outcome


def rules(outcome):
    return [one.rule for one in outcome.diagnostics]


# --- what Python cannot read ---------------------------------------------------------------------

UNREADABLE = {
    "bracket": (b"x = (1,\ny = 2\n", 1),
    "Python 2": (b'def f():\n    print "x"\n', 2),
    "exec": (b"exec 'x = 1'\n", 1),
    "except": (b"try:\n    pass\nexcept IOError, e:\n    pass\n", 3),
    "backquotes": (b"x = `1`\n", 1),
    "octal": (b"import os\nos.chmod('x', 0755)\n", 2),
    "null bytes": (b"x = 1\ny = 2\0\n", 2),
    "not UTF-8": (b"x = 1\ns = '\xff\xfe'\n", 2),
    "unknown encoding": (b"# -*- coding: klingon -*-\nx = 1\n", 1),
    "UTF-16": ("x = 1\n".encode("utf-16"), 1),
    "half a character": (b"s = '\xc3'\n", 1),
    "a binary": (bytes(range(256)) * 100, 2),
    "an elf": (b"\x7fELF\x02\x01\x01" + b"\0" * 100, 1),
    "indentation": (b"def f():\nreturn 1\n", 2),
    "tabs and blanks": (b"if 1:\n        x = 1\n\ty = 2\n", 3),
    "no end of a string": (b'x = """\nabc\n', 1),
    "merge conflict": (b"x = 1\n<<<<<<< HEAD\nx = 2\n=======\n", 2),
    "return outside": (b"x = 1\nreturn x y\n", 2),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_python_cannot_read_has_a_place(name):
    data, line = UNREADABLE[name]
    [found] = looked_at(data).diagnostics
    assert (found.rule, found.span.line) == ("syntax-error", line)


READABLE = {
    "Latin-1": "# -*- coding: latin-1 -*-\ns = 'größe'\n".encode("latin-1"),
    "byte order mark": b"\xef\xbb\xbf# text\n",
    "Windows' ends of lines": b"x = 1\r\ny = 2\r\n",
    "old ends of lines": b"x = 1\ry = 2\r",
    "form feeds": b"\x0cx = 1\n\x0c\n",
    "no end of the last line": b"# nothing",
    "nothing": b"",
    "names": "größe = 1\nπ = 3\nℌ = 2\n".encode(),
    "a cookie in the second line": "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\ns = '€'\n".encode(
        "cp1252"
    ),
}


@pytest.mark.parametrize("name", READABLE)
def test_what_python_reads_is_read(name):
    newline = b"\r" if name == "old ends of lines" else b"\n"
    data = READABLE[name] + newline + WRONG.encode("ascii").replace(b"\n", newline)
    assert rules(looked_at(data)) == ["matmul-inner"]


# --- what takes forever --------------------------------------------------------------------------

ENDLESS = {
    "a long range": "for i in range(10**9):\n    x = i",
    "a longer range": "for i in range(2**70):\n    x = i",
    "a list of it": "x = list(range(10**9))\nz = [i for i in range(10**9)]\nw = sorted(range(10**9))",
    "reversed": "for i in reversed(range(10**9)):\n    x = i\nr = range(10**9)[::-1]",
    "a power of powers": "x = 2 ** 10 ** 9",
    "a tower": "x = 2 ** 2 ** 2 ** 2 ** 2 ** 2 ** 2",
    "a shift": "x = 1 << 10**9",
    "a long text": 'x = "x" * 10**12',
    "a wide format": "x = '%1000000000d' % 1\nz = f'{1:>1000000000}'\nw = '{:>1000000000}'.format(1)",
    "methods of texts": "x = 'x'.ljust(10**10)\nz = 'x'.zfill(10**10)\nw = b'x'.center(10**10)",
    "a long list": "x = [0] * 10**9\nz = (0,) * 10**9\nw = b'x' * 10**12",
    "a list that doubles": "x = [1]\nfor _ in range(60):\n    x = x + x",
    "a list that extends itself": "x = [1]\nfor _ in range(60):\n    x.extend(x)\n    x += x",
    "a tuple that doubles": "x = (1,)\nfor _ in range(60):\n    x = x + x\n    x += x",
    "a text that doubles": "x = 'a'\nfor _ in range(60):\n    x = x + x\n    x += x\n    x = f'{x}{x}'",
    "a text in text": "x = 'a'\nfor _ in range(60):\n    x = x.replace('a', x)\n    x = x.join([x, x])",
    "a number that grows": "x = 3\nfor _ in range(60):\n    x = x * x\n    x **= x",
    "a nested list": "x = []\nfor _ in range(60):\n    x = [x, x]\nn = np.array(x)",
    "a nested tuple": "x = ()\nfor _ in range(60):\n    x = (x, x)\nw = np.array(x)\nprint(x == x, x)",
    "a nested dictionary": "x = {}\nfor _ in range(60):\n    x = {'a': x, 'b': x}\nimport copy\nz = copy.deepcopy(x)",
    "factorials": "import math\nx = math.factorial(10**9)\nz = math.comb(10**9, 10**8)\nw = math.prod(range(1, 10**9))",
    "a product": "import itertools\nx = list(itertools.product(range(1000), repeat=10))\nz = list(itertools.permutations(range(100)))",
    "counting": "import itertools\nfor i in itertools.count():\n    x = i\n    if x > 10**9:\n        break",
    "cycling": "import itertools\nx = list(itertools.islice(itertools.cycle([1]), 10**9))",
    "repeating": "import itertools\nx = list(itertools.repeat(0, 10**9))",
    "while": "x = 0\nwhile x < 10**9:\n    x += 1",
    "while true": "x = 0\nwhile True:\n    x += 1\n    if x > 10**9:\n        break",
    "loops in loops": "for a in range(50):\n  for b in range(50):\n    for c in range(50):\n      for d in range(50):\n        x = a + b + c + d",
    "many ways": "import sys\nx = 0\n"
    + "".join(f"if sys.argv[{n}]:\n    x = np.zeros({n})\n" for n in range(1, 60)),
    "many ways inside": "def f(*a):\n    x = 0\n"
    + "".join(
        f"    if a[{n}]:\n        x = np.zeros({n})\n    else:\n        x = np.ones(({n}, 2))\n"
        for n in range(1, 60)
    )
    + "    return x\nf()",
    "a large array": "x = np.zeros(10**9)\nfor one in x:\n    z = one\nw = [one for one in np.zeros((10**6, 2))]",
    "a deep array": "x = np.zeros((1,) * 60)\nx = x.reshape((1,) * 64)",
    "many axes": "x = np.zeros((2,) * 40)\nx = x[..., None]\nx = np.zeros((1,) * 5000)",
    "large slices": "x = [1, 2, 3][::10**30]\nz = np.zeros(3)[10**30:]\nw = np.zeros(3)[:: 10**30]",
    "a large index": "x = [1]\nx[10**30:] = [2]\nx.insert(10**30, 3)\nx.pop",
    "huge numbers": "x = 1e400\nz = int(1e308)\nw = float(10**400) if x else 0\nv = 10**400 // 3",
    "a long chain": "x = np.zeros(3)" + "".join(f"\nx{n} = x + {n}" for n in range(3000)),
    "a long expression": "x = " + " + ".join(["1"] * 900),
    "symbols that grow": "def f(x):\n    n = x.shape[0]\n    for _ in range(50):\n        n = n * n + n // 3\n    return np.zeros(n)\nf(np.zeros(int(input())))",
    "concatenation that doubles": "x = np.zeros(int(input()))\nfor _ in range(60):\n    x = np.concatenate([x, x[::2]])",
    "powers of sizes": "def f(x):\n    n = x.shape[0]\n    return np.zeros(n ** 1000), np.zeros((n + 1) ** 100)\nf(np.zeros(int(input())))",
    "an equation": "x = np.einsum(','.join(['ij'] * 1000), *[np.zeros((2, 2))] * 1000)",
    "backtracking": "import re\nx = re.match('(a+)+$', 'a' * 100 + 'b')",
    "sleeping": "import time\ntime.sleep(10**9)\ninput()\nwhile True:\n    pass",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_takes_forever_is_not_waited_for(name):
    outcome = looked_at(f"import numpy as np\n{ENDLESS[name]}\n")
    assert not outcome.diagnostics


@pytest.mark.parametrize("name", sorted(ENDLESS.keys() - {"sleeping", "while true", "counting"}))
def test_what_comes_behind_is_still_looked_at(name):
    outcome = looked_at(f"import numpy as np\n{ENDLESS[name]}\n{LATER}")
    assert rules(outcome) == ["matmul-inner"] or outcome.left_out


# --- what goes round in circles ------------------------------------------------------------------

CIRCLES = {
    "recursion": """
        def f(x):
            return f(x[1:])
        f(np.zeros(10))
    """,
    "mutual recursion": """
        def f(x):
            return g(x) + g(x) + g(x)
        def g(x):
            return f(x) + f(x) + f(x)
        f(np.zeros(3))
    """,
    "many of them": "\n".join(
        f"def f{n}(x):\n    return " + " + ".join(f"f{m}(x)" for m in range(20)) for n in range(20)
    )
    + "\nf0(np.zeros(3))",
    "a class that builds itself": """
        class A:
            def __init__(self):
                self.a = A()
                self.b = [A() for _ in range(10)]
        A().a.b[0].a
    """,
    "classes that build each other": """
        class A:
            def __init__(self):
                self.b = B()
        class B:
            def __init__(self):
                self.a = A()
                self.c = type(self)()
        A().b.a
    """,
    "a tree of modules": """
        class Tree(nn.Module):
            def __init__(self, depth):
                super().__init__()
                self.left = Tree(depth - 1)
                self.right = Tree(depth - 1)
            def forward(self, x):
                return self.left(x) + self.right(x)
        Tree(100)(torch.zeros(3))
    """,
    "a deep tree": """
        class Tree(nn.Module):
            def __init__(self, depth):
                super().__init__()
                self.inner = Tree(depth - 1) if depth else nn.Linear(3, 3)
            def forward(self, x):
                return self.inner(x)
        Tree(500)(torch.zeros(3))
    """,
    "inheritance": "class A(A):\n    pass\nclass B(C):\n    pass\nclass C(B):\n    pass\nA(), B(), C()",
    "a wrong order of bases": "class A: pass\nclass B(A): pass\nclass C(A, B): pass\nC()",
    "many bases": "class A0: pass\n"
    + "\n".join(f"class A{n}(A{n - 1}): pass" for n in range(1, 300))
    + "\nA299().x",
    "diamonds": "class L0: pass\nclass R0: pass\n"
    + "\n".join(
        f"class L{n}(L{n - 1}, R{n - 1}): pass\nclass R{n}(L{n - 1}, R{n - 1}): pass"
        for n in range(1, 25)
    )
    + "\nL24().x",
    "a metaclass": """
        class Meta(type):
            def __new__(mcs, name, bases, space):
                return super().__new__(mcs, name, bases, {**space, "made": Meta("x", (), {})})
            def __call__(cls, *args):
                return cls(*args)
            def __getattr__(cls, name):
                return getattr(cls, name)
        class A(metaclass=Meta):
            pass
        A().made.other
    """,
    "attributes": """
        class A:
            def __getattr__(self, name):
                return getattr(self, name)
            def __getattribute__(self, name):
                return self.other
            def __call__(self, *args):
                return self(*args)
            def __getitem__(self, index):
                return self[index]
            def __iter__(self):
                return iter(self)
            def __len__(self):
                return len(self)
            def __eq__(self, other):
                return self == other
            def __add__(self, other):
                return self + other
            def __radd__(self, other):
                return other + self
            def __bool__(self):
                return not self
            @property
            def shape(self):
                return self.shape
            @shape.setter
            def shape(self, value):
                self.shape = value
        a = A()
        a.x, a(), a[0], list(a), len(a), a == a, a + a, 1 + a, not a, a.shape
        a.shape = 3
        for one in a:
            one
        if a:
            x, *y = a
    """,
    "lists in themselves": """
        x = []
        x.append(x)
        d = {}
        d["d"] = d
        x[0][0][0], d["d"]["d"], x == x, str(x), np.array(x), torch.tensor(x), [*x, *x]
        import copy
        y = copy.deepcopy(x)
        for one in x:
            x.append(one)
            one.append(x)
        class A: pass
        a = A()
        a.a = a
        z = copy.deepcopy(a)
        if input():
            x = [x]
            a = A()
            a.a = [a, x]
        a.a
    """,
    "closures": """
        def f():
            def g():
                return f()
            return g
        f()()()()()()
        h = lambda x: h(x)
        h(h)
        y = (lambda f: f(f))(lambda f: f(f))
    """,
    "decorators": """
        def twice(f):
            @twice
            def g(*args):
                return f(f(*args))
            return g
        @twice
        def h(x):
            return h(x)
        h(np.zeros(3))
        @h
        @h
        class A: pass
    """,
    "generators": """
        def g():
            yield from g()
            while True:
                yield from g()
                yield np.zeros(3)
        for x in g():
            for y in g():
                x @ y
    """,
    "a default": """
        def f(x=lambda: f(), *args, y=[f for f in range(3)], **kwargs):
            return f(*args, *args, **kwargs)
        f(*f(), **f())
    """,
    "names of the language": """
        int = str = list = len = range = None
        print = super = type = isinstance = 3
        range(3), len([]), super().x, isinstance(1, int), print()
        self = __class__ = __name__ = None
        None.x
    """,
    "imports of itself": "import odd\nfrom odd import *\nfrom . import odd\nfrom .odd import x\nimport odd.odd.odd\nodd.odd.x",
}


@pytest.mark.parametrize("name", CIRCLES)
def test_circles_end(name):
    header = "import numpy as np\nimport torch\nfrom torch import nn\n"
    outcome = looked_at(header + textwrap.dedent(CIRCLES[name]) + LATER)
    assert rules(outcome) == ["matmul-inner"] or outcome.left_out or not outcome.diagnostics


# --- what is large or deep -----------------------------------------------------------------------

DEEP = {
    "brackets": "x = " + "(" * 1000 + "1" + ")" * 1000,
    "lists": "x = " + "[" * 1000 + "]" * 1000,
    "signs": "x = " + "-" * 1000 + "1",
    "sums": "x = " + "1 + " * 20_000 + "1",
    "attributes": "x = a" + ".b" * 5000,
    "calls": "x = f" + "()" * 5000,
    "subscripts": "x = f" + "[0]" * 5000,
    "ifs": "".join(" " * n + "if x:\n" for n in range(90)) + " " * 90 + "y = 1",
    "elifs": "import sys\nx = sys.argv\nif x == 0:\n    y = 0\n"
    + "".join(f"elif x == {n}:\n    y = {n}\n" for n in range(1, 1000)),
    "functions": "".join(" " * n + f"def f{n}(x):\n" for n in range(90)) + " " * 90 + "return x",
    "lambdas": "x = " + "lambda: " * 1000 + "1",
    "conditions": "x = " + "1 if a else " * 1000 + "1",
    "texts": "x = " + " ".join(["'a'"] * 10_000),
    "comparisons": "x = " + " < ".join(["1"] * 10_000),
    "logic": "x = " + " and ".join(["a"] * 10_000),
    "targets": "x" + " = x" * 5000,
    "arguments": "def f("
    + ", ".join(f"a{n}=0" for n in range(5000))
    + "):\n    return a0\nf("
    + ", ".join(["1"] * 5000)
    + ")",
    "strings in strings": "x = f'{f\"{1}\"}'",
}


@pytest.mark.parametrize("name", DEEP)
def test_what_is_deep_does_not_break_it(name):
    outcome = looked_at(DEEP[name] + "\n")
    assert not set(rules(outcome)) - {"syntax-error"}


LONG = {
    "assignments": "x = 1\n" * 100_000,
    "arrays": "x = np.zeros((2, 3))\n" * 100_000,
    "functions": "def f(x):\n    return x\n" * 50_000,
    "classes": "class A:\n    x = 1\n" * 50_000,
    "data": "x = [\n" + "    [1, 2, 3],\n" * 100_000 + "]\n",
    "a dictionary": "x = {\n" + "".join(f"    {n}: 'a',\n" for n in range(100_000)) + "}\n",
    "comments": "# a comment\n" * 100_000,
    "a text": '"""\n' + "text\n" * 100_000 + '"""\n',
    "one line": "x = [" + "1, " * 300_000 + "]\n",
    "functions that are used": "".join(
        f"def f{n}(x):\n    return x @ x\nf{n}(np.zeros((3, 3)))\n" for n in range(33_000)
    ),
}


@pytest.mark.parametrize("name", LONG)
def test_long_files_end(name):
    outcome = looked_at("import numpy as np\n" + LONG[name] + WRONG)
    assert rules(outcome) == ["matmul-inner"] or outcome.left_out


# --- files ---------------------------------------------------------------------------------------


def checked(folder, **others):
    return check([str(folder)], Settings(root=str(folder), jobs=others.pop("jobs", 1)), cache=False)


def test_star_imports_in_circles(tmp_path):
    names = "abc"
    for one, other in zip(names, names[1:] + names[:1], strict=True):
        text = f"import numpy as np\nfrom {other} import *\n{one}_shape = (2, 3)\ndef {one}_f(x):\n    return np.zeros({other}_shape)\n"
        (tmp_path / f"{one}.py").write_text(text)
    (tmp_path / "main.py").write_text(
        "import numpy as np\nfrom a import *\na_f(1) @ np.zeros((2, 3))\n"
    )
    report = checked(tmp_path)
    assert not report.failures
    assert [one.rule for one in report.diagnostics] == ["matmul-inner"]


def test_links_in_circles(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "wrong.py").write_text(WRONG)
    (inner / "outer").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    (tmp_path / "again.py").symlink_to(inner / "wrong.py")
    report = checked(tmp_path)
    assert sorted(one.rule for one in report.diagnostics) == ["matmul-inner", "unreadable-file"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_files_without_permission(tmp_path):
    (tmp_path / "secret.py").write_text(WRONG)
    (tmp_path / "secret.py").chmod(0)
    (tmp_path / "wrong.py").write_text(WRONG + "import secret\n")
    report = checked(tmp_path)
    assert sorted(one.rule for one in report.diagnostics) == ["matmul-inner", "unreadable-file"]


def test_files_that_are_deleted_during_the_run(tmp_path, monkeypatch):
    for name in "abcd":
        (tmp_path / f"{name}.py").write_text(f"import d\n{WRONG}")
    from shapecheck.static import sources

    content = sources.content

    def deleting(path):
        found = content(path)
        for name in "bd":
            (tmp_path / f"{name}.py").unlink(missing_ok=True)
        return found

    monkeypatch.setattr(sources, "content", deleting)
    report = checked(tmp_path)
    assert not report.failures
    found = [(Path(one.span.path).name, one.rule) for one in report.diagnostics]
    assert found == [
        ("a.py", "matmul-inner"),
        ("b.py", "unreadable-file"),
        ("c.py", "matmul-inner"),
        ("d.py", "unreadable-file"),
    ]


def test_a_folder_that_is_deleted_during_the_run(tmp_path, monkeypatch):
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("from .inner import *\n")
    (package / "inner.py").write_text("x = 1\n")
    (tmp_path / "a.py").write_text(f"import package\n{WRONG}")
    from shapecheck.static import project

    find = project.Project.find

    def deleting(self, name, near):
        (package / "inner.py").unlink(missing_ok=True)
        return find(self, name, near)

    monkeypatch.setattr(project.Project, "find", deleting)
    report = checked(tmp_path)
    assert not report.failures
    assert [one.rule for one in report.diagnostics if "a.py" in one.span.path] == ["matmul-inner"]


def test_nothing_is_left_of_a_limit():
    """The recursion limit of the process is what it was."""
    before = sys.getrecursionlimit()
    looked_at(DEEP["sums"])
    assert sys.getrecursionlimit() == before
