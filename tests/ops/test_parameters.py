"""The parameters that modules are said to hold are those that torch's modules do hold."""

import inspect

import pytest
from torch import nn

from shapecheck.infer.expr import construct
from shapecheck.ops.parameters import _BARE, held

MODULES = [
    ("Linear", (3, 4), {}),
    ("Linear", (3, 4, False), {}),
    ("Bilinear", (3, 4, 5), {"bias": False}),
    ("Embedding", (7, 3), {"padding_idx": 0}),
    ("EmbeddingBag", (7, 3), {}),
    ("PReLU", (), {}),
    ("PReLU", (5,), {}),
    ("BatchNorm1d", (6,), {}),
    ("BatchNorm2d", (6,), {"affine": False}),
    ("BatchNorm3d", (6,), {"track_running_stats": False}),
    ("InstanceNorm2d", (6,), {}),
    ("InstanceNorm1d", (6,), {"affine": True, "track_running_stats": True}),
    ("GroupNorm", (2, 6), {}),
    ("GroupNorm", (2, 6), {"affine": False}),
    ("LayerNorm", (5,), {}),
    ("LayerNorm", ((4, 5),), {"bias": False}),
    ("LayerNorm", ([5],), {"elementwise_affine": False}),
    ("RMSNorm", (5,), {}),
    ("Conv1d", (4, 6, 3), {"groups": 2}),
    ("Conv2d", (4, 6, (3, 5)), {"bias": False}),
    ("Conv3d", (4, 6, 3), {}),
    ("ConvTranspose1d", (4, 6, 3), {}),
    ("ConvTranspose2d", (4, 6, 3), {"groups": 2}),
    ("RNN", (3, 5), {}),
    ("GRU", (3, 5, 2), {"bidirectional": True}),
    ("LSTM", (3, 5), {"num_layers": 2, "bias": False}),
    ("LSTMCell", (3, 5), {}),
    ("GRUCell", (3, 5), {"bias": False}),
    ("Dropout", (0.5,), {}),
    ("MaxPool2d", (2,), {}),
]


@pytest.mark.parametrize(("name", "args", "kwargs"), MODULES, ids=str)
def test_held(name, args, kwargs):
    real = getattr(nn, name)(*args, **kwargs)
    found = held(construct(f"torch.nn.{name}", args, kwargs))

    def sizes(arrays):
        return [(key, None if one is None else tuple(one.sizes)) for key, one in arrays.items()]

    assert sizes(found.parameters) == [
        (key, None if one is None else tuple(one.shape)) for key, one in real._parameters.items()
    ]
    assert sizes(found.buffers) == [
        (key, None if one is None else tuple(one.shape)) for key, one in real._buffers.items()
    ]


def test_arguments_that_are_not_known():
    from shapecheck.ops import Unknown

    assert held(construct("torch.nn.Linear", (3, Unknown("")), {})) is None
    assert held(construct("torch.nn.Linear", (3, 4, Unknown("")), {})) is None


@pytest.mark.parametrize("name", sorted(set(_BARE) - {"Rearrange", "Reduce"}))
def test_modules_without_parameters_have_none(name):
    line = [
        inspect.getsource(one)
        for one in getattr(nn, name).mro()
        if one.__module__.startswith("torch.nn.modules") and one is not nn.Module
    ]
    assert not any("Parameter(" in one or "register_buffer(" in one for one in line)
