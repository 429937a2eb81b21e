"""Which of torch's module classes descend from which others."""

from __future__ import annotations

from shapecheck.ops.names import candidates, is_module

CONTAINERS = ("Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict")
# Classes that torch hides, by how the names of those begin or end that descend from them.
HIDDEN = {
    "_ConvNd": ("Conv", "LazyConv"),
    "_ConvTransposeNd": ("ConvTranspose", "LazyConvTranspose"),
    "_BatchNorm": ("BatchNorm", "LazyBatchNorm", "SyncBatchNorm"),
    "_InstanceNorm": ("InstanceNorm", "LazyInstanceNorm"),
    "_NormBase": (
        "BatchNorm",
        "LazyBatchNorm",
        "SyncBatchNorm",
        "InstanceNorm",
        "LazyInstanceNorm",
    ),
}
FAMILIES = {
    "RNNBase": ("RNN", "LSTM", "GRU"),
    "RNNCellBase": ("RNNCell", "LSTMCell", "GRUCell"),
    "NLLLoss": ("NLLLoss2d",),
    "Hardtanh": ("ReLU6",),
    "Upsample": ("UpsamplingBilinear2d", "UpsamplingNearest2d"),
    "ConstantPad1d": ("ZeroPad1d",),
    "ConstantPad2d": ("ZeroPad2d",),
    "ConstantPad3d": ("ZeroPad3d",),
}


def descends(qualified: str, base: str) -> bool | None:
    """Whether one of torch's module classes is another one or descends from it; None: not known.

    Args:
        qualified: the full name of a public class, ``torch.nn.Linear``.
        base: the full name of the other one.
    """
    own, other = (name.rpartition(".")[2] for name in (qualified, base))
    if own == other or base == "torch.nn.Module" or own == f"Lazy{other}":
        return True
    if other in HIDDEN:
        return own.startswith(HIDDEN[other])
    if other in FAMILIES:
        return own in FAMILIES[other]
    public = base.startswith("torch.nn.") and base.count(".") == 2  # noqa: PLR2004 - torch.nn.X
    known = other in CONTAINERS or any(is_module(spelling) for _, spelling in candidates(base))
    return False if public and known else None
