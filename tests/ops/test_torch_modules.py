"""Every module of `torch.nn` is an op, or stands in a short list that says why it is none."""

import inspect

import torch

from shapecheck.ops.names import candidates

NO_OPS = {
    "Module": "has no forward of its own",
    "Container": "has no forward of its own",
    "RNNBase": "what RNN, LSTM and GRU derive from",
    "RNNCellBase": "what RNNCell, LSTMCell and GRUCell derive from",
    "Sequential": "runs what it holds: the callers of rules walk over it",
    "ModuleList": "holds modules, and has no forward",
    "ModuleDict": "holds modules, and has no forward",
    "ParameterList": "holds arrays, and has no forward",
    "ParameterDict": "holds arrays, and has no forward",
    "DataParallel": "runs what it holds, on other devices",
}


def modules():
    """The classes of modules that `torch.nn` names."""
    named = inspect.getmembers(torch.nn, inspect.isclass)
    return {name for name, cls in named if issubclass(cls, torch.nn.Module)}


def test_every_module_is_an_op():
    known = {name for name in modules() if candidates(f"torch.nn.{name}")}
    assert modules() - known - set(NO_OPS) == set()
    assert known & set(NO_OPS) == set()
    assert set(NO_OPS) <= modules()
    assert len(known) > 140
