"""Images sampled anew: other sizes, and other places."""

from __future__ import annotations

from typing import Any

from shapecheck.dims import Axis, Shape, Size
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import Anything, Counts, Sizes, Tensor, Word
from shapecheck.ops._sliding import Factors, kept, nonempty, scaled
from shapecheck.ops._values import Array
from shapecheck.ops.pool import adapted

# How many spatial axes a mode of interpolation is for; the others take one to three.
MODE_RANKS = {"linear": 1, "bilinear": 2, "bicubic": 2, "lanczos": 2, "trilinear": 3}
MODES = {"nearest", "nearest-exact", "area", *MODE_RANKS}


def interpolated(
    need: Need, x: Array, size: Any, scale_factor: Any, mode: str, recompute: Any = None
) -> Shape:
    """The rule of interpolation, functions and modules."""
    known = Why("size-argument", "mode has to be one of those of interpolate", (("mode", None),))
    need.true(mode in MODES, known, mode)
    need.rank("input", x, *([MODE_RANKS[mode] + 2] if mode in MODE_RANKS else (3, 4, 5)))
    places = (("size", None), ("scale_factor", None))
    why = Why("size-argument", "either size or scale_factor has to be given", places)
    need.true((size is None) != (scale_factor is None), why)
    why = Why("size-argument", "recompute_scale_factor needs a scale_factor", places)
    need.true(size is None or not recompute, why)
    lead, spatial = x.shape[:2], x.shape[2:]
    if size is not None:
        sizes = for_each(need, size, len(spatial), "size")
    else:
        factors = for_each(need, scale_factor, len(spatial), "scale_factor")
        pairs = zip(spatial, factors, strict=True)
        sizes = tuple(scaled(need, axis.size, factor) for axis, factor in pairs)
    if mode == "area":
        return adapted(need, x, len(spatial), sizes, mean=True)
    nonempty(need, "input", x, range(1, x.rank), "window-size")
    for place, one in enumerate(sizes):
        text = "the result may not be empty"
        need.at_least(one, 1, Why("window-size", text, (("input", place + 2), *places)))
    return (*lead, *(kept(need, axis, one) for axis, one in zip(spatial, sizes, strict=True)))


def for_each(need: Need, value: Any, count: int, name: str) -> tuple[Any, ...]:
    """One number for all spatial axes, or exactly one for each."""
    if not isinstance(value, (tuple, list)):
        return (value,) * count
    text = f"{name} has to have one number for each spatial axis"
    need.true(len(value) == count, Why("size-argument", text, ((name, None),)), len(value), count)
    return tuple(value)


@op(
    functional=[
        (
            "interpolate(input, size, scale_factor, mode, align_corners, recompute_scale_factor, "
            "antialias)"
        ),
        "upsample(input, size, scale_factor, mode, align_corners)",
    ],
)
def interpolate(
    input: Tensor,
    size: Counts = None,
    scale_factor: Factors = None,
    mode: Word = "nearest",
    recompute_scale_factor: Anything = None,
    *,
    need: Need,
) -> Shape:
    """(batch, channels, *s) -> (batch, channels, *size), or floor(s * scale_factor)

    torch's "torch.nn.functional.interpolate".
    """
    return interpolated(need, input, size, scale_factor, mode, recompute_scale_factor)


@op(functional="upsample_nearest(input, size, scale_factor)")
def upsample_nearest(
    input: Tensor, size: Counts = None, scale_factor: Factors = None, *, need: Need
) -> Shape:
    """(batch, channels, *s) -> (batch, channels, *size), or floor(s * scale_factor)

    torch's "torch.nn.functional.upsample_nearest".
    """
    return interpolated(need, input, size, scale_factor, "nearest")


@op(functional="upsample_bilinear(input, size, scale_factor)")
def upsample_bilinear(
    input: Tensor, size: Counts = None, scale_factor: Factors = None, *, need: Need
) -> Shape:
    """(batch, channels, h, w) -> (batch, channels, *size), or floor((h, w) * scale_factor)

    torch's "torch.nn.functional.upsample_bilinear".
    """
    return interpolated(need, input, size, scale_factor, "bilinear")


# --- at places that are told ------------------------------------------------------------------


@op(functional="grid_sample(input, grid, mode, padding_mode, align_corners)")
def grid_sample(input: Tensor, grid: Tensor, mode: Word = "bilinear", *, need: Need) -> Shape:
    """(batch, channels, h, w), (batch, h', w', 2) -> (batch, channels, h', w'); also with d.

    torch's "torch.nn.functional.grid_sample".
    """
    need.rank("input", input, *((4,) if mode == "bicubic" else (4, 5)))
    need.rank("grid", grid, input.rank)
    batch, channels, *spatial = input.shape
    places = (("input", 0), ("grid", 0))
    why = Why("window-size", "image and grid have to have the same batch size", places)
    need.equal(grid.shape[0].size, batch.size, why)
    text = "grid has to have a coordinate for each spatial axis, as its last axis"
    why = Why("window-size", text, (("grid", grid.rank - 1), ("input", None)))
    need.equal(grid.shape[-1].size, len(spatial), why)
    nonempty(need, "input", input, range(2, input.rank), "window-size")
    return batch, channels, *grid.shape[1:-1]


@op(functional="affine_grid(theta, size, align_corners)")
def affine_grid(theta: Tensor, size: Sizes, *, need: Need) -> Shape:
    """(batch, 2, 3), (batch, channels, h, w) -> (batch, h, w, 2); (batch, 3, 4) with d, too

    torch's "torch.nn.functional.affine_grid".
    """
    text = "size has to have 4 or 5 numbers: batch, channels, and the spatial axes"
    why = Why("size-argument", text, (("size", None),))
    need.true(len(size) in (4, 5), why, len(size))
    for one in size:
        need.count(one, "size", least=1)
    need.rank("theta", theta, 3)
    count = len(size) - 2
    wanted: tuple[Size, ...] = (size[0], count, count + 1)
    for place, (axis, one) in enumerate(zip(theta.shape, wanted, strict=True)):
        text = "theta has to have a matrix for each image, with a row for each spatial axis"
        why = Why("window-size", text, (("theta", place), ("size", None)))
        need.equal(axis.size, one, why)
    return (theta.shape[0], *map(Axis, size[2:]), Axis(count))


OPS = family(globals())
