"""`torch.distributions`: the shapes of samples and of log probabilities.

Source: torch's docs, "Probability distributions": a sample has the shape
``sample_shape + batch_shape + event_shape``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecheck.dims import is_size
from shapecheck.ops import Array, Unknown
from shapecheck.ops._values import closed
from shapecheck.static.values import ListValue, Made, bare

if TYPE_CHECKING:
    import ast

    from shapecheck.static.calls import Calls

HOME = "torch.distributions."
# Distributions of single numbers, by the names of their parameters.
SCALAR = {
    "Normal": ("loc", "scale"),
    "LogNormal": ("loc", "scale"),
    "Laplace": ("loc", "scale"),
    "Cauchy": ("loc", "scale"),
    "Gumbel": ("loc", "scale"),
    "Uniform": ("low", "high"),
    "Beta": ("concentration1", "concentration0"),
    "Gamma": ("concentration", "rate"),
    "Exponential": ("rate",),
    "Poisson": ("rate",),
    "Bernoulli": ("probs", "logits"),
    "Geometric": ("probs", "logits"),
}
# Distributions over the last axis of their parameter, and whether a sample has that axis, too.
OVER_AXIS = {"Categorical": False, "OneHotCategorical": True, "Dirichlet": True}
MOMENTS = ("mean", "stddev", "variance", "mode")


def distribution(
    machine: Calls, name: str, args: list[object], kwargs: dict[str, object], node: ast.AST
) -> object:
    """An object of a distribution: what its parameters say of shapes."""
    kind = name.rpartition(".")[2]
    if kind == "kl_divergence":
        return _divergence(machine, args, node)
    if kind[:1].islower():
        return Unknown("no distribution")
    names = SCALAR.get(kind, ("concentration",) if kind == "Dirichlet" else ("probs", "logits"))
    given = [bare(one) for one in [*args, *(kwargs[one] for one in names if one in kwargs)]]
    given = [one for one in given if one is not None][: len(names)]
    known = kind in SCALAR or kind in OVER_AXIS
    if not known or not all(_is_parameter(one) for one in given):
        return Made(HOME + kind)
    batch = _stretched(machine, given, node)
    if not isinstance(batch, Array) or not closed(batch.axes):
        return Made(HOME + kind)
    event: tuple[Any, ...] = ()
    if kind in OVER_AXIS:
        if not batch.rank:
            return Made(HOME + kind)
        event = batch.shape[-1:] if OVER_AXIS[kind] else ()
        batch = batch.with_axes(batch.shape[:-1])
    return Made(HOME + kind, {"batch": batch, "event": event})


def _divergence(machine: Calls, args: list[object], node: ast.AST) -> object:
    """``kl_divergence(p, q)``: one number for each distribution of the two batches."""
    given = [one.parts.get("batch") for one in args if isinstance(one, Made)]
    if len(given) != 2 or not all(isinstance(one, Array) for one in given):  # noqa: PLR2004
        return Unknown("a divergence")
    return machine.apply("torch.add", given, {}, node)


def _is_parameter(value: object) -> bool:
    number = isinstance(value, (int, float)) or (
        isinstance(value, Unknown) and value.kind == "number"
    )
    return number or isinstance(value, Array)


def _stretched(machine: Calls, given: list[object], node: ast.AST) -> object:
    """The parameters broadcast against each other."""
    found: object = Array((), "float", None, "torch")
    for one in given:
        found = machine.apply("torch.add", [found, one], {}, node)
    return found


def attribute(owner: Made, name: str) -> object | None:
    """An attribute of a distribution; None for a method."""
    batch, event = owner.parts.get("batch"), owner.parts.get("event", ())
    if not isinstance(batch, Array):
        return None
    if name in MOMENTS:
        return batch.with_axes((*batch.shape, *event))  # type: ignore[misc]
    if name == "batch_shape":
        return batch.sizes
    return tuple(one.size for one in event) if name == "event_shape" else None  # type: ignore[attr-defined]


def method(
    machine: Calls,
    owner: Made,
    name: str,
    args: list[object],
    kwargs: dict[str, object],
    node: ast.AST,
) -> object:
    """A method of a distribution."""
    batch, event = owner.parts.get("batch"), owner.parts.get("event", ())
    if not isinstance(batch, Array):
        return Unknown("a distribution")
    match name:
        case "sample" | "rsample":
            more = args[0] if args else kwargs.get("sample_shape", ())
            sizes = list(more) if isinstance(more, (tuple, ListValue)) else None
            if sizes is None or getattr(more, "open", False) or not all(map(is_size, sizes)):
                return Unknown("a sample")
            first = Array.of(*sizes)
            dtype = "int" if owner.qualified.endswith(".Categorical") else "float"
            return Array((*first.shape, *batch.shape, *event), dtype, None, "torch")  # type: ignore[misc]
        case "log_prob" if args and isinstance(value := bare(args[0]), Array):
            if event and (not closed(value.axes) or value.rank < 1):
                return Unknown("a value")
            value = value.with_axes(value.shape[:-1]) if event else value
            return machine.apply("torch.add", [batch, value], {}, node)
        case "entropy":
            return batch
    return Unknown("what this method gives is not known")
