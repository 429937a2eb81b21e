"""The layers of the analyser share one object: a name means one thing in all of them."""

import ast
import inspect
import textwrap

import pytest

from shapecheck.static.analysis import Analyser

LAYERS = [one for one in Analyser.__mro__ if one is not object]
METHODS = {
    (layer, name): value
    for layer in LAYERS
    for name, value in vars(layer).items()
    if inspect.isfunction(value)
}


def tree_of(what):
    return ast.parse(textwrap.dedent(inspect.getsource(what)))


def parameters(method):
    kinds = inspect.Parameter
    return [
        one.kind if one.kind in (kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD) else name
        for name, one in inspect.signature(method).parameters.items()
        if one.default is kinds.empty
    ]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda one: one.__name__)
def test_no_data_are_kept_under_the_name_of_a_method(layer):
    stored = {
        one.attr
        for one in ast.walk(tree_of(layer))
        if isinstance(one, ast.Attribute)
        and isinstance(one.ctx, ast.Store)
        and ast.unparse(one.value) == "self"
    }
    assert not stored & {name for _, name in METHODS}


def test_no_method_hides_another_one_by_chance():
    """What is meant to take another one's place takes as many arguments."""
    hidden = []
    for (layer, name), method in METHODS.items():
        below = [one for one in LAYERS[LAYERS.index(layer) + 1 :] if (one, name) in METHODS]
        if not below or name == "__init__":
            continue
        if len(parameters(method)) != len(parameters(METHODS[below[0], name])):
            hidden.append(f"{layer.__name__}.{name} hides {below[0].__name__}.{name}")
    assert not hidden
