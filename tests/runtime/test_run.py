"""`shapecheck run`: the program runs as it does without, and the report is written in any case."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest

RUN = [sys.executable, "-m", "shapecheck", "run"]
EVERYTHING = ["--broadcasts", "--record", "shapes.jsonl", "--report", "report.json"]


@pytest.fixture
def execute(tmp_path):
    """Run a program in a folder of its own, plain or under observation."""

    def run(source, *args, ours=None, name="script.py", target=None, expect=None):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if source is not None:
            data = source if isinstance(source, bytes) else textwrap.dedent(source).encode()
            path.write_bytes(data)
        words = [sys.executable] if ours is None else [*RUN, *ours]
        environment = {
            k: v for k, v in os.environ.items() if k not in ("PYTHONWARNINGS", "SHAPECHECK")
        }
        return subprocess.run(
            [*words, *(target or [name]), *args],
            cwd=tmp_path,
            env={**environment, "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    run.folder = tmp_path
    return run


def report(execute, name="report.json"):
    return json.loads((execute.folder / name).read_text())


def rules(execute):
    return [(one["line"], one["rule"]) for one in report(execute)["diagnostics"]]


def agrees(execute, source, *args, ways=([], EVERYTHING), **where):
    """A program does the same with and without us: what it prints, how it ends, what it says."""
    plain = execute(source, *args, **where)
    for ours in ways:
        watched = execute(source, *args, ours=ours, **where)
        assert watched.stdout == plain.stdout
        assert watched.returncode == plain.returncode
        assert watched.stderr == plain.stderr, watched.stderr.decode()
    assert report(execute)["version"] == 1
    return plain


# --- the program's own world --------------------------------------------------------------------

WORLD = '''
"""Docstring."""
from __future__ import annotations
import sys, os, pickle, threading, inspect, traceback
print(__name__, __doc__, __file__ == os.path.abspath(__file__), __spec__, __package__, __cached__)
print(sys.argv, sys.path[0] == os.path.dirname(os.path.abspath(__file__)), type(__loader__).__name__)
print(sys.modules["__main__"].__dict__ is globals(), [n for n in dir() if not n.startswith("__")])

class Point:
    slots: int = 3
    __hidden = 5
    def __init__(self, x): self.x = x
    def get(self): return self.__hidden + (lambda: self.__hidden * 2)()
    def __eq__(self, other): return (self.x, type(self)) == (other.x, type(other))

def effects():
    """Order of evaluation, and each thing once."""
    log = []
    def say(x): log.append(x); return x
    a = [0, 0, 0]
    a[say(1)] = say(2) + say(3) * say(4) - -say(5)
    b = {say("k"): say(6)}[say("k")]
    x = say(7) < say(8) < say(9)
    a[say(0)] += say(10)
    y = [say(i) @ Mat(say(i)) for i in range(2)] if say(1) else None
    f"{say(11) + 1!r:>{say(5)}}"
    (z := say(12)) + (z := say(13)) + z
    say(*[14]); say(**{"x": 15})
    return log, a, b, x, y, z

class Mat:
    def __init__(self, v): self.v = v
    def __rmatmul__(self, other): return other * self.v
    def __bool__(self): raise RuntimeError("asked for its truth")
    def __len__(self): raise RuntimeError("asked for its length")
    def __getattr__(self, name): raise RuntimeError(f"asked for {name}")
    def __eq__(self, other): return self
    __hash__ = None

def own_frame(x, y=2):
    z = x + y
    return sorted(locals()), sorted(vars()), eval("x * y")

def gen(n):
    got = yield n * 2
    try:
        yield got + n
    finally:
        print("closed")

async def coroutine(x):
    import asyncio
    await asyncio.sleep(0)
    return x * (await other(x))

async def other(x): return [y async for y in agen(x)][0] + 1

async def agen(x):
    yield x

def recursive(n): return 0 if n == 0 else 1 + recursive(n - 1)

print(effects())
print(own_frame(3))
print(pickle.loads(pickle.dumps(Point(3))) == Point(3), Point(1).get(), Point(1) != Point(2))
g = gen(4); print(next(g), g.send(3)); g.close()
import asyncio; print(asyncio.run(coroutine(3)))
print(recursive(900), inspect.getsource(recursive).strip())
print((Mat(1) == 2) is not None, type(Mat(3) == 4).__name__, type((1, Mat(2))[1]).__name__)
exec("print(sum(i for i in range(3)))"); print(eval("1 + 1"))
match [1, 2, {"k": 3}]:
    case [a, b, {"k": c}] if a + b == c: print("matched", a, b, c)
with open(__file__) as f: print(len(f.read()) > 10)
try:
    1 / 0
except ZeroDivisionError as error:
    print(traceback.format_exc())
def outer():
    n = 1
    def inner():
        nonlocal n
        n += 1
        return n * 2
    return inner() + n
print(outer(), [x * 2 for x in range(3) if x % 2], {k: v for k, v in zip("ab", [1, 2])})
print((lambda *a, k=1 + 1, **kw: (a, k, kw))(1, 2, z=3))
del g
t = threading.Thread(target=lambda: print("in a thread")); t.start(); t.join()
import atexit; atexit.register(lambda: print("at exit"))
'''


def test_a_program_sees_what_it_always_sees(execute):
    done = agrees(execute, WORLD, "a", "-b", "--report", "x")
    assert b"in a thread" in done.stdout
    assert done.stdout.endswith(b"at exit\n")
    assert done.stderr == b""


ENDS = {
    "status": "import sys; print(1); sys.exit(7)",
    "text": "import sys; sys.exit('a last word')",
    "nothing": "import sys; sys.exit(None)",
    "true": "import sys; sys.exit(True)",
    "object": "raise SystemExit(['what'])",
    "error": "def f(x):\n    return g(x) + 1\ndef g(x):\n    return x.upper() @ 3\nprint(f('a'))",
    "caused": "try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('b') from e",
    "group": "raise ExceptionGroup('g', [ValueError(1), TypeError(2)])",
    "syntax": "print(1)\nx = (1 +\nprint(2)",
    "indent": "if 1:\nprint(2)",
    "null": b"print(1)\0",
    "not utf-8": b"x = '\xff'\n",
    "unknown encoding": b"# coding: nonsense\nprint(1)\n",
    "thread": "import threading\nt = threading.Thread(target=lambda: {}['k'], name='T'); t.start(); t.join(); print(2)",
    "hook": "import sys\nsys.excepthook = lambda *a: print('mine', a[0].__name__, a[2].tb_frame.f_code.co_name)\n[][1]",
    "bad hook": "import sys\ndef hook(*a): raise TypeError('in the hook')\nsys.excepthook = hook\n[][1]",
    "streams": "import sys, io\nsys.stdout = sys.stderr = io.StringIO()\nprint('gone')",
    "undefined": "print(undefined @ 3)",
    "own exit": "import os; print('x', flush=True); os._exit(3)",
    "warning": "import warnings; warnings.warn('w'); print(1)",
    "recursion": "def f(n): return f(n + 1)\ntry:\n    f(0)\nexcept RecursionError: print('deep')",
}


@pytest.mark.parametrize("end", ENDS)
def test_a_program_ends_as_it_always_ends(execute, end):
    source = ENDS[end]
    if end in ("not utf-8", "unknown encoding", "null"):
        plain, watched = execute(source), execute(source, ours=["--report", "report.json"])
        assert (watched.returncode, watched.stdout) == (plain.returncode, plain.stdout)
        assert b"SyntaxError" in watched.stderr
        assert watched.stderr.count(b"\n") < 8  # not a word of ours
    elif end == "thread":
        plain = execute(source)
        watched = execute(source, ours=EVERYTHING)
        assert (watched.returncode, watched.stdout) == (plain.returncode, plain.stdout)
        assert b"shapecheck" not in watched.stderr
    else:
        agrees(execute, source, ways=[EVERYTHING])


def test_interrupted(execute):
    # A job in the background of a shell is started with interrupts ignored.
    source = "import os, signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    source += "print('x', flush=True)\nos.kill(os.getpid(), signal.SIGINT)\nwhile 1: pass"
    plain, watched = execute(source), execute(source, ours=EVERYTHING)
    assert watched.returncode == plain.returncode == -signal.SIGINT
    assert watched.stdout == plain.stdout
    assert watched.stderr == plain.stderr
    assert report(execute)["diagnostics"] == []
    done = execute(source + "\n", ours=["--report", "r.json", "-m"], target=["script"])
    assert done.returncode == execute(None, target=["-m", "script"]).returncode


def test_encodings(execute):
    source = "# -*- coding: latin-1 -*-\nprint('\u00e9', ascii('\u00e9'))\n\u00fc = 1; print(\u00fc + 1)\n1 @ 2\n".encode(
        "latin-1"
    )
    agrees(execute, source)
    agrees(execute, "\ufeffprint('\u4f60\u597d' * 2)\r\nx = 1\r\n[][x]\r\n".encode())


# --- modules, packages, paths -------------------------------------------------------------------


def test_modules_and_packages(execute):
    folder = execute.folder
    (folder / "pkg" / "sub").mkdir(parents=True)
    (folder / "pkg" / "__init__.py").write_text("from . import core\nVALUE = core.twice(2)\n")
    (folder / "pkg" / "core.py").write_text(
        "def twice(x):\n    return x * 2\n\ndef fail():\n    return [][1]\n"
    )
    (folder / "pkg" / "sub" / "__init__.py").write_text("from ..core import twice\n")
    main = "import sys\nfrom . import VALUE\nfrom .sub import twice\nprint(__name__, __package__, VALUE, twice(3), sys.argv[1:], __spec__.name)\n"
    (folder / "pkg" / "__main__.py").write_text(main)
    (folder / "pkg" / "broken.py").write_text("x = (1\n")
    module = {"target": ["-m", "pkg"]}
    assert b"__main__ pkg 4 6 ['-x']" in agrees(execute, None, "-x", **module).stdout
    agrees(execute, None, "-h", "--report", "z", target=["-m", "pkg.__main__"])
    for words in (["-m", "nothing.here"], ["-m", "pkg.core.x"], ["nothing.py"]):
        plain = execute(None, target=words)
        watched = execute(None, target=words, ours=[])
        assert watched.returncode == plain.returncode
        assert (
            watched.stderr.splitlines()[-1].split()[-3:]
            == plain.stderr.splitlines()[-1].split()[-3:]
        )
    agrees(execute, "import pkg.core\nprint(pkg.VALUE)\npkg.core.fail()\n")
    agrees(execute, "import pkg.broken\n")
    agrees(
        execute,
        "import pkg.core as c, importlib; print(importlib.reload(c).twice(4), c.__spec__.origin == c.__file__)",
    )
    # a folder with a __main__.py, run from elsewhere
    (folder / "app").mkdir()
    (folder / "app" / "__main__.py").write_text("import helper\nprint(__name__, helper.X)\n")
    (folder / "app" / "helper.py").write_text("X = 3\n")
    agrees(execute, None, target=["app"])
    assert not list(folder.rglob("__pycache__"))  # nothing of ours is left behind


def test_only_the_users_own_files_are_looked_into(execute):
    folder = execute.folder
    body = "import numpy as np\ndef f(a, b):\n    return a - b\n"
    for place in ("lib/site-packages/installed", "own", "other/deep"):
        (folder / place).mkdir(parents=True)
        (folder / place / "__init__.py").write_text(body)
    script = """
        import sys
        sys.path += ["lib/site-packages", "other"]
        import numpy as np, installed, own, deep
        for one in (installed, own, deep):
            one.f(np.zeros((3, 1)), np.zeros(3))
    """
    execute(script, ours=EVERYTHING)
    assert {one["path"] for one in report(execute)["diagnostics"]} == {
        "own/__init__.py",
        "other/deep/__init__.py",
    }
    execute(script, ours=["--include", "installed", *EVERYTHING])
    assert len(report(execute)["diagnostics"]) == 3


def test_processes(execute):
    source = """
        import multiprocessing as mp, os, sys
        import numpy as np
        from jaxtyping import Float

        def work(x: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n n"]:
            return x @ x.T

        def squares(n):
            return work(np.full((n, n), 1.0)).sum() * 2

        if __name__ == "__main__":
            for way in ("spawn", "fork"):
                with mp.get_context(way).Pool(2) as pool:
                    print(way, pool.map(squares, range(3)))
            child = os.fork()
            if child == 0:
                work(np.ones((2, 3)))
                os._exit(5)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    plain = execute(source)
    watched = execute(source, ours=EVERYTHING)
    assert (watched.stdout, watched.returncode) == (plain.stdout, 0)
    assert rules(execute) == []  # the child's finding is printed, and the report is the parent's
    assert b"argument-shape" in watched.stderr


def test_functions_pickled_by_value(execute):
    source = """
        import cloudpickle, subprocess, sys
        import numpy as np
        def f(x):
            return [y @ y.T for y in x][0].sum()
        code = "import sys, cloudpickle, numpy as np; print(cloudpickle.load(sys.stdin.buffer)(np.ones((2, 2, 3))))"
        done = subprocess.run([sys.executable, "-c", code], input=cloudpickle.dumps(f), capture_output=True)
        print(done.stdout, done.stderr)
    """
    assert b"12.0" in agrees(execute, source).stdout


def test_under_coverage_and_a_tracer(execute):
    source = """
        import sys
        import numpy as np
        def f(a, b):
            if a.shape == b.shape:
                return a
            return a @ b.T
        print(f(np.ones((2, 3)), np.ones((4, 3))).shape)
        seen = []
        def trace(frame, event, arg):
            if frame.f_code.co_filename == __file__:
                seen.append((event, frame.f_lineno))
            return trace
        sys.settrace(trace)
        f(np.ones((2, 3)), np.ones((4, 3)))
        sys.settrace(None)
        print(seen)
    """
    agrees(execute, source)
    run = [sys.executable, "-m", "coverage", "run", "--include", "script.py"]
    lines = []
    for words in ([], ["-m", "shapecheck", "run", "--broadcasts"]):
        environment = {**os.environ, "COVERAGE_FILE": str(execute.folder / f"c{len(words)}")}
        here = {"cwd": execute.folder, "env": environment, "capture_output": True, "text": True}
        subprocess.run([*run, *words, "script.py"], check=True, **here)
        done = subprocess.run([*run[:3], "report", "-m"], check=False, **here)
        lines.append([line.split()[1:] for line in done.stdout.splitlines() if "script.py" in line])
    assert lines[0] == lines[1] and lines[0]


def test_a_failure_of_our_own_is_one_line(execute, monkeypatch):
    (execute.folder / "sitecustomize.py").write_text(
        "import shapecheck.runtime.rewrite as r\n"
        "def rewrite(*a):\n    raise RuntimeError('broken\\ninside')\nr.rewrite = rewrite\n"
        "import shapecheck.runtime.instrument as i\ni.rewrite = rewrite\n"
        "import shapecheck.runtime.crash as c\nc.explain = rewrite\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(execute.folder))
    source = "import numpy as np\nprint(1)\nnp.ones(3) @ np.ones(4)\n"
    plain, watched = execute(source), execute(source, ours=EVERYTHING)
    assert (watched.stdout, watched.returncode) == (plain.stdout, plain.returncode)
    ours = [line for line in watched.stderr.splitlines() if line.startswith(b"shapecheck:")]
    assert len(ours) == 2 and len(watched.stderr.splitlines()) == len(plain.stderr.splitlines()) + 2


def test_large_files(execute):
    functions = "".join(f"def f{n}(x):\n    return x * {n} + x.T\n" for n in range(10_000))
    table = ", ".join(map(str, range(100_000)))
    deep = "+".join(["x"] * 3000)
    source = f"import numpy as np\nx = np.ones(3)\nTABLE = [{table}]\nA = np.array([{table}])\n{functions}\nprint(f9999(x).shape, len(TABLE), len(A))\n"
    source += f"print(eval('''{'(' * 50}1{')' * 50}'''))\n"
    execute(source)
    watched = execute(source, ours=["--broadcasts", "--report", "report.json"])
    assert watched.stdout.startswith(b"(3,) 100000 100000"), watched.stderr
    assert b"internal" not in watched.stderr
    assert report(execute)["summary"]["seconds"] < 60
    source = f"import numpy as np\nx = np.ones(3)\nprint(({deep}).shape)\n"
    plain, watched = execute(source), execute(source, ours=["--broadcasts"])
    assert (watched.stdout, watched.returncode) == (plain.stdout, plain.returncode)


# --- crashes ------------------------------------------------------------------------------------

CRASH = """
    import sys
    import numpy as np
    def layer(x, W, b):
        return f(x) @ W + b
    def f(x):
        return x[:, :2]
    print("before")
    layer(np.ones((4, 3)), np.ones((3, 5)), np.ones(5))
"""


def test_a_crash_is_explained_below_its_traceback(execute):
    plain = execute(CRASH)
    for ours in (["--report", "report.json"], EVERYTHING):
        watched = execute(CRASH, ours=ours)
        assert (watched.stdout, watched.returncode) == (b"before\n", 1)
        assert watched.stderr.startswith(plain.stderr)
        said = watched.stderr[len(plain.stderr) :].decode()
        assert "f(x) @ W" in said and "numpy said:" in said
        [found] = report(execute)["diagnostics"]
        assert found["rule"] == "matmul-inner" if ours is EVERYTHING else "shape-error"
        assert (found["path"], found["line"], found["column"]) == ("script.py", 5, 12)
    # what a call gave is known once the operators report: its shape is in the report
    assert "f(x) (4, 2) @ W (3, 5)" in said


EXPLAINED = {  # what a program ends with, and what begins the report
    "F.mse_loss(make(x), y)": "F.mse_loss of make(x) (24, 6) and y (64, 6): ",
    "F.mse_loss(target=y, input=make(x))": "F.mse_loss of make(x) (24, 6) and y (64, 6): ",
    "nn.MSELoss()(make(x), y)": "nn.MSELoss() of make(x) (24, 6) and y (64, 6): ",
    "makes(x) == n": "makes(x) (24, 6) == n (64, 6): ",
    "makes(lambda q: q) @ n": "makes(lambda q: q) @ n: the shapes were rejected (n (64, 6))",
    "wrapped()": "torch.ones(2, 3) (2, 3) @ torch.ones(4, 5) (4, 5): ",
}


@pytest.mark.parametrize("last", EXPLAINED)
def test_what_a_program_calls_is_told_with_what_it_was_given(execute, last):
    program = """
        import numpy as np, torch
        import torch.nn.functional as F
        from torch import nn
        make = lambda _: torch.zeros(24, 6)
        makes = lambda _: np.zeros((24, 6))
        def wrapped():
            try:
                torch.ones(2, 3) @ torch.ones(4, 5)
            except RuntimeError as error:
                raise KeyError("step 3") from error
        x, y, n = torch.zeros(1), torch.zeros(64, 6), np.zeros((64, 6))
    """
    done = execute(f"{textwrap.dedent(program)}{last}\n", ours=[])
    _, _, told = done.stderr.decode().partition("\nShapeError: ")
    assert told.startswith(EXPLAINED[last]), done.stderr.decode()
    assert "make was made here" not in told


def test_packed_sequences_are_not_taken_for_arrays(execute):
    source = """
        import torch
        from torch.nn.utils.rnn import pack_padded_sequence
        packed = pack_padded_sequence(torch.zeros(9, 4, 12), torch.tensor([4] * 9), True)
        torch.nn.GRU(12, 16, batch_first=True)(packed, torch.zeros(1, 4, 16))
    """
    done = execute(source, ours=["--report", "report.json"])
    assert done.returncode == 1
    assert rules(execute) in ([], [(5, "shape-error")])


def test_tracebacks_through_modules_are_those_of_the_program_alone(execute):
    """With hooks of torch's, the way to a module's `forward` would have other frames."""
    source = """
        import traceback, torch
        from torch import nn
        net = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(30, 5))
        for hooked in (False, True):
            try:
                net(torch.zeros(3, 10))
            except RuntimeError:
                print(traceback.format_exc())
            net.register_forward_hook(lambda *_: None)
        net(torch.zeros(3, 10))
    """
    plain = execute(source)
    watched = execute(source, ours=EVERYTHING)
    assert watched.stdout == plain.stdout
    traceback, _, told = watched.stderr.decode().partition("\nShapeError: ")
    assert traceback == plain.stderr.decode()
    assert told.startswith("net[2]: expects 30 features, got 20")


def test_threads_crash(execute):
    source = """
        import threading, numpy as np
        def work():
            np.ones((2, 3)) + np.ones((4, 3))
        thread = threading.Thread(target=work)
        thread.start(); thread.join()
        print("goes on")
    """
    watched = execute(source, ours=EVERYTHING)
    assert (watched.stdout, watched.returncode) == (b"goes on\n", 0)
    assert rules(execute) == [(4, "broadcast")]


def test_wrong_equations(execute):
    source = """
        import numpy as np
        x = np.ones((2, 3))
        for equation in ("ij,jk->ik", "ij,ij->", "i", "ij->ijk", "i->", ")(", "", "ij,jk"):
            try:
                np.einsum(equation, x, x)
            except Exception as error:
                print(type(error).__name__)
        np.einsum("ij,jk->ik", x, x)
    """
    watched = execute(source, ours=EVERYTHING)
    assert watched.stdout == execute(source).stdout
    assert rules(execute) == [(9, "einsum-pattern")]


def test_a_checkpoint_that_does_not_fit(execute):
    source = """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self, n):
                super().__init__()
                self.body = nn.Sequential(nn.Linear(3, n), nn.ReLU(), nn.Linear(n, 2))
        Net(8).load_state_dict(Net(5).state_dict())
    """
    plain, watched = execute(source), execute(source, ours=EVERYTHING)
    assert watched.returncode == 1 and watched.stderr.startswith(plain.stderr)
    assert rules(execute) == [(8, "load-state")]
    assert b"checkpoint body.0.weight (5, 3), the model has (8, 3)" in watched.stderr


def test_report_files(execute):
    source = (
        "import os\nos.mkdir('d'); os.chdir('d')\nimport numpy as np\nnp.ones(2) + np.ones(3)\n"
    )
    execute(source, ours=["--report", "report.json"])
    [found] = report(execute)["diagnostics"]
    assert found["path"].endswith("script.py")
    assert report(execute)["summary"] == {
        **report(execute)["summary"],
        "files": 1,
        "functions": 0,
        "errors": 1,
        "warnings": 0,
    }
    (execute.folder / "d").rmdir()
    watched = execute(source, ours=["--report", "missing/report.json"])
    assert watched.stderr.count(b"shapecheck: the report cannot be written") == 1
    assert watched.returncode == 1
