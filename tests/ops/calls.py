"""The drawers of all families, and how an op without one of its own is drawn."""

import functools
import importlib.util
from pathlib import Path

from oracle import by_kind


@functools.cache
def drawers():
    """All drawers by the name of the op."""
    found = {}
    for file in sorted(Path(__file__).with_name("draws").glob("*_draws.py")):
        spec = importlib.util.spec_from_file_location(file.stem, file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        twice = set(found) & set(module.DRAWS)
        assert not twice, f"{file}: {twice} have drawers already"
        found |= module.DRAWS
    return found


def drawer(op):
    """The drawer of an op: a function of a generator and the library's name."""
    return drawers().get(op.name) or (lambda rng, library: by_kind(op, rng))
