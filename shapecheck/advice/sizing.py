"""Why a layer was sized for another map: what the layers before it deliver, and what would fit.

The layers are run again by their rules alone: with another padding, or for an image of another
size. A change is told only if the rules then give exactly the number of features that is wanted.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from shapecheck.dims import product
from shapecheck.ops import Array, Layer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

USUAL_IMAGES = (28, 32, 64, 96, 128, 224, 256, 299, 384, 512)  # sizes that layers are made for


@dataclass(frozen=True, slots=True)
class Link:
    """One layer of the chain in front of the one that failed."""

    path: str
    layer: Layer
    given: tuple[int, ...]
    gave: tuple[int, ...]

    @property
    def kind(self) -> str:
        """The name of its class."""
        return self.layer.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Change:
    """A change in front of the layer under which it fits.

    Attributes:
        links: the layers that change.
        padding: the padding that they get, None if it is not the padding that changes.
        image: the size of the images that the layer was made for, None if nothing tells it.
        shape: what the chain gives then.
    """

    links: tuple[Link, ...] = ()
    padding: int | None = None
    image: int | None = None
    shape: tuple[int, ...] = ()


def continuous(links: Sequence[Link]) -> bool:
    """Whether each layer takes what the one before it gave, and the rules say what it gave."""
    for before, after in itertools.pairwise(links):
        if before.gave != after.given:
            return False
    return bool(links) and run(links, links[0].given) == links[-1].gave


def run(links: Sequence[Link], shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """What the layers give for an input shape, by their rules; None if one refuses."""
    value: object = Array.of(*shape, dtype="float", library="torch")
    for link in links:
        if not isinstance(value, Array):
            return None
        first = next(name for name in link.layer.op.kinds if name not in link.layer.op.stored)
        bound = link.layer.op.take({**link.layer.stored, first: value}, "torch")
        applied = link.layer.op.apply(bound, "torch")
        if applied.holds is not True:
            return None
        value = applied.result
    if not isinstance(value, Array) or not all(isinstance(one, int) for one in value.sizes):
        return None
    return tuple(int(one) for one in value.sizes if isinstance(one, int))


def changes(links: Sequence[Link], wanted: int) -> Iterator[Change]:
    """Changes after which the chain gives `wanted` features for each sample."""
    if not continuous(links):
        return
    given = links[0].given
    padded = [link for link in links if _half(link)]
    if padded:
        mended = [_padded(link) if link in padded else link for link in links]
        shape = run(mended, given)
        if shape is not None and product(shape[1:]) == wanted:
            half = {_half(link) for link in padded}
            yield Change(tuple(padded), half.pop() if len(half) == 1 else None, None, shape)
    if len(given) == 4:
        for size in USUAL_IMAGES:
            shape = run(links, (*given[:-2], size, size))
            if size != given[-1] and shape is not None and product(shape[1:]) == wanted:
                yield Change(image=size, shape=shape)
                return


def _half(link: Link) -> int:
    """The padding that keeps the size, for a convolution that has none; else 0."""
    stored = link.layer.stored
    if not link.kind.startswith("Conv") or _all(stored.get("padding", 0)) != 0:
        return 0
    kernel = _all(stored.get("kernel_size"))
    return kernel // 2 if isinstance(kernel, int) and kernel % 2 and kernel > 1 else 0


def _all(value: Any) -> Any:
    """One number for all axes; None if they differ."""
    if isinstance(value, (tuple, list)):
        return value[0] if len(set(value)) == 1 else None
    return value


def _padded(link: Link) -> Link:
    stored = dict(link.layer.stored)
    old, half = stored.get("padding", 0), _half(link)
    stored["padding"] = type(old)([half] * len(old)) if isinstance(old, (tuple, list)) else half
    return replace(link, layer=replace(link.layer, stored=stored))


def arithmetic(link: Link) -> str:
    """How a layer changes the size of the map: ``28 - 2``, ``11 / 2, rounded down``."""
    if len(link.given) < 3 or len(link.given) != len(link.gave):
        return ""
    before, after = link.given[-1], link.gave[-1]
    stored = link.layer.stored
    stride = _all(stored.get("stride", 1))
    if before == after:
        return ""
    if stride in (1, None) and before > after:
        return f"{before} - {before - after}"
    if isinstance(stride, int) and stride > 1 and before // stride == after:
        return f"{before} / {stride}" + (", rounded down" if before % stride else "")
    return f"{before} -> {after}"


def described(link: Link) -> str:
    """A layer as a row of the chain: ``Conv2d 1->16 k3``, ``MaxPool2d 2``."""
    stored = link.layer.stored
    kernel = _all(stored.get("kernel_size"))
    if "in_channels" in stored:
        text = f"{link.kind} {stored['in_channels']}->{stored['out_channels']} k{kernel}"
        stride, padding = _all(stored.get("stride", 1)), _all(stored.get("padding", 0))
        text += f" s{stride}" if stride != 1 else ""
        return text + (f" p{padding}" if padding else "")
    if "in_features" in stored:
        return f"{link.kind} {stored['in_features']}->{stored['out_features']}"
    return f"{link.kind} {kernel}" if kernel is not None else link.kind
