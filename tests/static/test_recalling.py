"""A call that is recalled gives what it gives when it is followed."""

import random
import re
import textwrap
from pathlib import Path

import pytest
from random_programs import Writer

from shapecheck.static import recalling
from shapecheck.static.analysis import analyse
from shapecheck.static.project import Project

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FILES = [
    *sorted((ROOT / "benchmarks" / "models").glob("*.py")),
    *sorted((ROOT / "examples").rglob("*.py")),
    *sorted((HERE / "programs").glob("*.py")),
]


def told(path, source, project=None, *, shapes=True):
    """The findings, and the shapes of expressions, whatever sizes that differ are called."""
    found = analyse(str(path), source, project or Project(), shapes=shapes)
    findings = sorted((one.rule, one.span.line, one.message) for one in found.diagnostics)
    seen = {
        (one.span.line, one.span.column, re.sub(r"\bn\d+", "n", one.text), one.how)
        for one in found.shapes
    }
    return findings, sorted(seen)


@pytest.fixture
def without(monkeypatch):
    """Say what is told where no call is recalled."""

    def ask(*args, **kwargs):
        with monkeypatch.context() as patch:
            patch.setattr(recalling, "WORTH", 1 << 60)
            return told(*args, **kwargs)

    return ask


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_same_is_told_of_programs(path, without):
    source = path.read_text()
    assert told(path, source) == without(path, source)


def test_the_same_is_told_of_random_programs(without, monkeypatch):
    rng = random.Random(3)
    for _ in range(60):
        source = Writer(lambda strategy: rng.choice(strategy.elements)).program()
        expected = without("p.py", source)
        with monkeypatch.context() as patch:
            patch.setattr(recalling, "WORTH", 0)
            assert told("p.py", source) == expected, source


# What a function may read or change besides its arguments; each is called often, and like before.
STATES = {
    "a global number": """
        import numpy as np
        n = 3
        def make(k):
            {padding}
            return np.zeros((k, n))
        a = make(2); b = make(2); c = make(2)
        n = 4
        d = make(2)
        d @ np.zeros((4, 5))
        c @ np.zeros((3, 5))
    """,
    "a global list": """
        import numpy as np
        sizes = [3]
        def make(k):
            {padding}
            return np.zeros((k, sizes[-1]))
        a = make(2); b = make(2); c = make(2)
        sizes.append(4)
        d = make(2)
        d @ np.zeros((4, 5))
    """,
    "an attribute of a class": """
        import numpy as np
        class C:
            n = 3
            def make(self, k):
                {padding}
                return np.zeros((k, C.n))
        c = C()
        a = c.make(2); b = c.make(2); d = c.make(2)
        C.n = 4
        e = c.make(2)
        e @ np.zeros((4, 5))
    """,
    "what was made is not shared": """
        import numpy as np
        class Layer:
            def __init__(self, n):
                {padding}
                self.w = np.zeros((n, n))
                self.sizes = [n]
        layers = [Layer(3) for _ in range(4)]
        layers[0].w = np.zeros((5, 5))
        layers[0].sizes.append(7)
        layers[3].w @ np.zeros((3, 2))
        layers[0].w @ np.zeros((5, 2))
        np.zeros((len(layers[3].sizes), 2)) @ np.zeros((2, 2)) + np.zeros((1, 2))
        np.zeros(layers[3].sizes[-1]) + np.zeros(3)
    """,
    "an argument is changed": """
        import numpy as np
        def grow(items, k):
            {padding}
            items.append(np.zeros(k))
            return items
        first, second, third, fourth = [], [], [], []
        for one in (first, second, third, fourth):
            grow(one, 3)
        grow(fourth, 4)
        np.stack(third) @ np.zeros((3, 2))
        fourth[1] + np.zeros(4)
        np.zeros(len(fourth)) + np.zeros(2)
    """,
    "one object passed twice": """
        import numpy as np
        def move(source, target):
            {padding}
            target.append(source.pop())
            return len(source)
        a, b, c = [1, 2], [1, 2], [1, 2]
        move(a, [1, 2]); move(b, [1, 2]); move(c, [1, 2])
        same = [1, 2]
        np.zeros(move(same, same)) + np.zeros(2)
        np.zeros(move([1, 2], [1, 2])) + np.zeros(1)
    """,
    "sizes that are not known": """
        import numpy as np
        def some(x):
            {padding}
            return x[x > 0]
        x = np.ones(5)
        a = some(x); b = some(x); c = some(x); d = some(x)
        np.zeros((3, 4)) @ np.stack([c, d], 1)[:4]
    """,
    "a closure": """
        import numpy as np
        def outer(n):
            count = [0]
            def inner(k):
                nonlocal n
                {padding}
                n = n + 1
                return np.zeros((k, n))
            return inner
        f = outer(1)
        a = f(2); b = f(2); c = f(2); d = f(2)
        d @ np.zeros((5, 1))
        a @ np.zeros((2, 1))
    """,
    "a list that a class has": """
        import numpy as np
        class C:
            sizes = [3]
            def make(self, k):
                {padding}
                return np.zeros((k, self.sizes[-1]))
        c = C()
        a = c.make(2); b = c.make(2); d = c.make(2)
        C.sizes.append(4)
        e = c.make(2)
        e @ np.zeros((4, 5))
    """,
    "an attribute that a subclass gets later": """
        import numpy as np
        class A:
            n = 3
        class B(A):
            def make(self, k):
                {padding}
                return np.zeros((k, self.n))
        c = B()
        a = c.make(2); b = c.make(2); d = c.make(2)
        B.n = 4
        e = c.make(2)
        e @ np.zeros((4, 5))
    """,
    "a list in a list": """
        import numpy as np
        rows = []
        def make(k):
            {padding}
            return np.zeros((k, rows[-1][-1]))
        rows.append([3])
        a = make(2); b = make(2); c = make(2)
        rows.append([4])
        d = make(2); e = make(2); f = make(2)
        f @ np.zeros((4, 5))
        rows[-1].append(5)
        g = make(2)
        g @ np.zeros((5, 5))
    """,
    "a deque that makes room": """
        from collections import deque
        import numpy as np
        class Memory:
            def __init__(self):
                {padding}
                self.items = deque([], maxlen=2)
        some = [Memory() for _ in range(4)]
        for one in some:
            for number in range(3):
                one.items.append(number)
        np.zeros(len(some[-1].items)) + np.zeros(2)
    """,
    "an error inside": """
        import numpy as np
        def bad(x):
            {padding}
            return x @ np.zeros((7, 2))
        try:
            bad(np.zeros((3, 4)))
        except ValueError:
            pass
        bad(np.zeros((3, 7))); bad(np.zeros((3, 7))); bad(np.zeros((3, 7)))
        bad(np.zeros((3, 4)))
    """,
}


@pytest.mark.parametrize("name", STATES)
def test_what_changed_between_calls(name, without):
    lines = "; ".join(f"v{number} = {number}" for number in range(20))
    source = textwrap.dedent(STATES[name]).format(padding=lines)
    exec(compile(source, "p.py", "exec"), {}) if name != "an error inside" else None
    expected = without("p.py", source)
    assert told("p.py", source) == expected
    raises = [rule for rule, *_ in expected[0]]
    assert raises == (["matmul-inner"] if name == "an error inside" else [])


def test_calls_are_recalled():
    """The tests above would pass if none was."""
    source = "import numpy as np\ndef f(n):\n"
    source += "".join(f"    v{number} = np.zeros((n, {number}))\n" for number in range(50))
    source += "    return v3\n" + "f(3)\n" * 50
    assert counted(source) < 52 * 4  # the first tells that it is worth it, the second is kept


def counted(source):
    """The statements that are followed."""
    from shapecheck.static.analysis import Analyser
    from shapecheck.static.project import Module, parse

    module = Module("p.py", "p", source, parse(source, "p.py"), "")
    analyser = Analyser(Project(), module, shapes=False)
    statements = 0
    follow = Analyser.statement

    def one(self, node):
        nonlocal statements
        statements += 1
        return follow(self, node)

    Analyser.statement = one
    try:
        analyser.whole()
    finally:
        Analyser.statement = follow
    return statements


def test_files_that_use_the_same_modules(tmp_path):
    """What is known of calls in one file serves the next, which says what it says alone."""
    (tmp_path / "lib.py").write_text(
        textwrap.dedent(
            """
            import numpy as np
            def make(n, k):
                a = 1; b = 2; c = 3; d = 4; e = 5; f = 6; g = 7; h = 8
                i = 1; j = 2; l = 3; m = 4; o = 5; p = 6; q = 7; r = 8
                if k > 3:
                    k = k + 1
                return np.zeros((n, k))
            """
        )
    )
    texts = {
        "first.py": "from lib import make\na = make(2, 3)\nb = make(2, 3)\nc = make(2, 3)\n",
        "second.py": "from lib import make\na = make(2, 3)\na @ a\n",
        "third.py": "from lib import make\na = make(2, 3)\na @ make(3, 4)\na @ make(4, 4)\n",
    }
    project = Project()
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        path = tmp_path / name
        alone = told(path, text, Project(), shapes=False)
        assert told(path, text, project, shapes=False) == alone
    assert [len(told(tmp_path / one, texts[one], project)[0]) for one in texts] == [0, 1, 1]
