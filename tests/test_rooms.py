"""Which part of the package may know which other, and what importing it costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import shapecheck

PACKAGE = Path(shapecheck.__file__).parent
OUTSIDE = "numpy torch jaxtyping beartype rich executing hypothesis pytest pathspec watchfiles"
LIBRARIES = set(OUTSIDE.split())
MAY_NOT_KNOW = {
    "facts.py": {"runtime", "static", "render", "spec", "advice", "diagnostics", "backends"},
    "dims": {"runtime", "static", "render", "spec", "advice", "diagnostics", "backends", "facts"},
    "spec": {"runtime", "static", "render", "advice", "diagnostics"},
    "backends": {"runtime", "static", "render", "advice", "diagnostics"},
    "ops": {"runtime", "static", "render", "advice", "diagnostics", "backends", "spec", "infer"},
    "infer": {"runtime", "static", "render", "advice", "diagnostics", "backends"},
    "advice": {"runtime", "static", "render"},
    "diagnostics": {"runtime", "static", "render", "advice", "spec", "backends"},
    "render": {"runtime", "static", "advice", "spec", "backends", "dims"},
    "runtime": {"static"},
    "static": {"runtime", "render"},
}
OUTSIDERS = {  # the files that speak to a library, and which
    "errors.py": {"jaxtyping"},
    "backends/_numpy.py": {"numpy"},
    "backends/_torch.py": {"torch"},
    "render/rich.py": {"rich"},
    "runtime/callsite.py": {"executing"},
    "runtime/typed.py": {"beartype"},
    "spec/leaves.py": {"beartype"},
    "static/ignores.py": {"pathspec"},
    "static/watching.py": {"watchfiles"},
}


def imports(file: Path, *, typing: bool = False):
    """The modules that a file imports, without those for type checkers only."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for inner in ast.walk(node):
                inner.hidden = True
        if getattr(node, "hidden", False):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("room", MAY_NOT_KNOW)
def test_rooms_keep_to_themselves(room):
    files = sorted((PACKAGE / room).rglob("*.py")) if "." not in room else [PACKAGE / room]
    assert files
    for file in files:
        for module in imports(file):
            parts = module.split(".")
            if parts[0] == "shapecheck" and len(parts) > 1:
                assert parts[1] not in MAY_NOT_KNOW[room], f"{file}: {module}"


def test_each_library_has_its_own_files():
    for file in PACKAGE.rglob("*.py"):
        allowed = OUTSIDERS.get(file.relative_to(PACKAGE).as_posix(), set())
        found = {module.split(".")[0] for module in imports(file)} & LIBRARIES
        assert found <= allowed, file


def run(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment or None,
        check=True,
    )
    return done.stdout


def test_importing_the_package_loads_no_library():
    code = "import shapecheck, sys; print(sorted(sys.modules))"
    assert not LIBRARIES & set(ast.literal_eval(run(code)))


def test_the_decorator_loads_no_library_that_the_user_has_not():
    code = """
import sys, shapecheck
class Array:
    shape, dtype = (3, 4), "float32"
@shapecheck.check("(B, n) -> (n,)")
def f(x): return x
try:
    f(Array())
except TypeError as error:
    print(error)
loaded = {"numpy", "torch", "jaxtyping", "beartype"} & set(sys.modules)
print(sorted(loaded))
"""
    said, loaded = run(code).splitlines()
    assert said.startswith("f returns (3, 4), declared (n,)")
    assert "torch" not in loaded  # ShapeError derives from jaxtyping's error, which loads numpy
    without_failure = run(code.replace("f(Array())", "f"))
    assert without_failure.strip() == "[]"


def test_public_names_are_sorted_and_resolve():
    assert shapecheck.__all__ == sorted(shapecheck.__all__)
    for name in shapecheck.__all__:
        assert getattr(shapecheck, name).__doc__
        assert name in dir(shapecheck)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        shapecheck.nonsense
