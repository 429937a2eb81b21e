"""The parameters of `torch.nn`'s modules: what shapes `weight` and `bias` have.

The source of every shape is the section "Variables" of the module's page in torch's docs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecheck.ops._values import Array

if TYPE_CHECKING:
    from shapecheck.ops._values import Layer


def parameter(layer: Layer, name: str) -> Array | None:
    """A parameter or buffer of a module; None if it is not known to have one of that name."""
    kind = layer.name.rpartition(".")[2]
    way = _KINDS.get(kind)
    if way is None:
        return None
    get = lambda key: layer.stored.get(key, layer.op.defaults.get(key))  # noqa: E731 - a shorthand
    sizes = way(get, name)
    if sizes is None or any(not _is_known(one) for one in sizes):
        return None
    return Array.of(*sizes, dtype="float", library="torch")


def _is_known(size: Any) -> bool:
    from shapecheck.dims import is_size  # noqa: PLC0415

    return is_size(size)


def _linear(get: Any, name: str) -> tuple[Any, ...] | None:
    if name == "weight":
        return get("out_features"), get("in_features")
    return (get("out_features"),) if name == "bias" else None


def _embedding(get: Any, name: str) -> tuple[Any, ...] | None:
    return (get("num_embeddings"), get("embedding_dim")) if name == "weight" else None


def _channels(get: Any, name: str) -> tuple[Any, ...] | None:
    names = ("weight", "bias", "running_mean", "running_var")
    return (get("num_features"),) if name in names else None


def _layer_norm(get: Any, name: str) -> tuple[Any, ...] | None:
    shape = get("normalized_shape")
    if name not in ("weight", "bias"):
        return None
    return tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)


def _conv(rank: int) -> Any:
    def conv(get: Any, name: str) -> tuple[Any, ...] | None:
        if name == "bias":
            return (get("out_channels"),)
        if name != "weight":
            return None
        window = get("kernel_size")
        sizes = tuple(window) if isinstance(window, (tuple, list)) else (window,) * rank
        groups = get("groups") or 1
        inside = get("in_channels")
        inside = inside if groups == 1 else inside // groups if _is_known(inside) else None
        return get("out_channels"), inside, *sizes

    return conv


_KINDS: dict[str, Any] = {
    "Linear": _linear,
    "Embedding": _embedding,
    "BatchNorm1d": _channels,
    "BatchNorm2d": _channels,
    "BatchNorm3d": _channels,
    "LayerNorm": _layer_norm,
    "RMSNorm": _layer_norm,
    "Conv1d": _conv(1),
    "Conv2d": _conv(2),
    "Conv3d": _conv(3),
}
