"""The parameters and buffers of `torch.nn`'s modules: what shapes `weight` and `bias` have.

The source of every shape is the section "Variables" of the module's page in torch's docs; the tests
hold them to the real modules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shapecheck.dims import is_size
from shapecheck.ops._values import Array

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapecheck.ops._values import Layer


class Untold(Exception):  # noqa: N818 - an answer
    """The arguments of a module are not known well enough."""


@dataclass(slots=True)
class Held:
    """What a module holds: its parameters and buffers by name, None where there is none.

    Attributes:
        layer: the module.
        parameters: in the order of the module's `parameters()`.
        buffers: likewise.
    """

    layer: Layer
    parameters: dict[str, Array | None] = field(default_factory=dict)
    buffers: dict[str, Array | None] = field(default_factory=dict)

    def size(self, name: str) -> Any:
        """An argument that is a size."""
        found = self.argument(name)
        if not is_size(found) or isinstance(found, bool):
            raise Untold(name)
        return found

    def flag(self, name: str, default: bool) -> bool:
        """An argument that is a flag."""
        found = self.argument(name, default)
        if not isinstance(found, bool):
            raise Untold(name)
        return found

    def argument(self, name: str, default: object = None) -> object:
        """An argument that the module was made with."""
        for given in (self.layer.stored, self.layer.others, self.layer.op.defaults):
            if name in given:
                return given[name]
        return default

    def window(self, name: str, rank: int) -> tuple[Any, ...]:
        """An argument that is a size for each axis, or one for all."""
        found = self.argument(name)
        sizes = tuple(found) if isinstance(found, (tuple, list)) else (found,) * rank
        if not all(is_size(one) for one in sizes):
            raise Untold(name)
        return sizes

    def hold(self, *, there: bool = True, **shapes: tuple[Any, ...]) -> None:
        """Add parameters; without being there, they are None."""
        for name, sizes in shapes.items():
            self.add(name, sizes, there=there)

    def add(self, name: str, sizes: tuple[Any, ...], *, there: bool = True) -> None:
        """Add one parameter."""
        self.parameters[name] = _array(sizes) if there else None


def _array(sizes: tuple[Any, ...], dtype: str = "float") -> Array:
    return Array.of(*sizes, dtype=dtype, library="torch")


def held(layer: Layer) -> Held | None:
    """What a module holds; None if that is not known."""
    way = _KINDS.get(layer.name.rpartition(".")[2])
    if way is None:
        return None
    found = Held(layer)
    try:
        way(found)
    except Untold:
        return None
    return found


def parameter(layer: Layer, name: str) -> Array | None:
    """A parameter or buffer of a module; None if it is not known to have one of that name."""
    found = held(layer)
    return None if found is None else {**found.buffers, **found.parameters}.get(name)


def _linear(of: Held) -> None:
    out = of.size("out_features")
    of.hold(weight=(out, of.size("in_features")))
    of.hold(bias=(out,), there=of.flag("bias", default=True))


def _bilinear(of: Held) -> None:
    out = of.size("out_features")
    of.hold(weight=(out, of.size("in1_features"), of.size("in2_features")))
    of.hold(bias=(out,), there=of.flag("bias", default=True))


def _embedding(of: Held) -> None:
    of.hold(weight=(of.size("num_embeddings"), of.size("embedding_dim")))


def _prelu(of: Held) -> None:
    of.hold(weight=(of.size("num_parameters"),))


def _layer_norm(of: Held) -> None:
    shape = of.window("normalized_shape", 1)
    there = of.flag("elementwise_affine", default=True)
    of.hold(weight=shape, there=there)
    of.hold(bias=shape, there=there and of.flag("bias", default=True))


def _rms_norm(of: Held) -> None:
    there = of.flag("elementwise_affine", default=True)
    of.hold(weight=of.window("normalized_shape", 1), there=there)


def _group_norm(of: Held) -> None:
    channels = (of.size("num_channels"),)
    of.hold(weight=channels, bias=channels, there=of.flag("affine", default=True))


def _normalised(*, default: bool) -> Callable[[Held], None]:
    """Batch norm, which has weights and statistics by default, and instance norm, which has not."""

    def normalised(of: Held) -> None:
        channels = (of.size("num_features"),)
        of.hold(weight=channels, bias=channels, there=of.flag("affine", default=default))
        tracked = of.flag("track_running_stats", default=default)
        for name in ("running_mean", "running_var"):
            of.buffers[name] = _array(channels) if tracked else None
        of.buffers["num_batches_tracked"] = _array((), "int") if tracked else None

    return normalised


def _conv(rank: int, *, transposed: bool = False) -> Callable[[Held], None]:
    def conv(of: Held) -> None:
        inside, out, groups = (of.size(one) for one in ("in_channels", "out_channels", "groups"))
        window = of.window("kernel_size", rank)
        pair = (inside, out // groups) if transposed else (out, inside // groups)
        of.hold(weight=(*pair, *window))
        of.hold(bias=(out,), there=of.flag("bias", default=True))

    return conv


def _recurrent(gates: int, *, cell: bool = False) -> Callable[[Held], None]:
    def recurrent(of: Held) -> None:
        inside, hidden = of.size("input_size"), of.size("hidden_size")
        biased = of.flag("bias", default=True)
        if cell:
            of.hold(weight_ih=(gates * hidden, inside), weight_hh=(gates * hidden, hidden))
            of.hold(bias_ih=(gates * hidden,), bias_hh=(gates * hidden,), there=biased)
            return
        layers, both = of.size("num_layers"), of.flag("bidirectional", default=False)
        if of.argument("proj_size", 0) != 0 or not isinstance(layers, int):
            raise Untold("proj_size")
        for layer in range(layers):
            for end in ("", "_reverse") if both else ("",):
                place = f"l{layer}{end}"
                width = inside if not layer else hidden * (2 if both else 1)
                of.add(f"weight_ih_{place}", (gates * hidden, width))
                of.add(f"weight_hh_{place}", (gates * hidden, hidden))
                if biased:
                    of.add(f"bias_ih_{place}", (gates * hidden,))
                    of.add(f"bias_hh_{place}", (gates * hidden,))

    return recurrent


def _nothing(of: Held) -> None:
    """No parameters at all."""


_BARE = (
    *("ReLU", "ReLU6", "LeakyReLU", "ELU", "SELU", "CELU", "GELU", "SiLU", "Mish", "Sigmoid"),
    *("Tanh", "Softplus", "Softmax", "LogSoftmax", "Hardtanh", "Hardswish", "Hardsigmoid", "GLU"),
    *("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "Identity", "Flatten"),
    *("Unflatten", "MaxPool1d", "MaxPool2d", "MaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d"),
    *("AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d"),
    *("AdaptiveMaxPool2d", "AdaptiveMaxPool3d", "Upsample", "UpsamplingNearest2d", "PixelShuffle"),
    *("PixelUnshuffle", "Unfold", "Fold", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d", "ReflectionPad1d"),
    *("ReflectionPad2d", "ReplicationPad1d", "ReplicationPad2d", "ChannelShuffle"),
    *("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "KLDivLoss"),
    *("CosineSimilarity", "PairwiseDistance", "LocalResponseNorm", "Rearrange", "Reduce"),
)

_KINDS: dict[str, Callable[[Held], None]] = {
    **dict.fromkeys(_BARE, _nothing),
    "Linear": _linear,
    "Bilinear": _bilinear,
    "Embedding": _embedding,
    "EmbeddingBag": _embedding,
    "PReLU": _prelu,
    "BatchNorm1d": _normalised(default=True),
    "BatchNorm2d": _normalised(default=True),
    "BatchNorm3d": _normalised(default=True),
    "SyncBatchNorm": _normalised(default=True),
    "InstanceNorm1d": _normalised(default=False),
    "InstanceNorm2d": _normalised(default=False),
    "InstanceNorm3d": _normalised(default=False),
    "GroupNorm": _group_norm,
    "LayerNorm": _layer_norm,
    "RMSNorm": _rms_norm,
    "Conv1d": _conv(1),
    "Conv2d": _conv(2),
    "Conv3d": _conv(3),
    "ConvTranspose1d": _conv(1, transposed=True),
    "ConvTranspose2d": _conv(2, transposed=True),
    "ConvTranspose3d": _conv(3, transposed=True),
    "RNN": _recurrent(1),
    "GRU": _recurrent(3),
    "LSTM": _recurrent(4),
    "RNNCell": _recurrent(1, cell=True),
    "GRUCell": _recurrent(3, cell=True),
    "LSTMCell": _recurrent(4, cell=True),
}
