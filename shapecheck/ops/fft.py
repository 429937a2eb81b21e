"""Fourier transforms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shapecheck.dims import Axis, Shape, Size, maximum
from shapecheck.ops._need import NUMPY, Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Count,
    Dim,
    Dims,
    Flag,
    MaybeSizes,
    MaybeTensor,
    Number,
    Tensor,
    Word,
)
from shapecheck.ops._values import Array

POINTS = "there has to be a point to transform"


def points(need: Need, size: Size, place: tuple[str, int | None]) -> None:
    """Require that a transform has at least one point."""
    need.at_least(size, 1, Why("size-argument", POINTS, (place,)))


def transformed(need: Need, a: Tensor, n: Size | None, dim: Any, *, half: str = "") -> Shape:
    """The axes after a transform along one of them.

    Args:
        need: the recorder.
        a: the array.
        n: how many points; None for as many as there are.
        dim: the axis, as it was passed.
        half: ``out`` if only the first half of the result is given, ``in`` if only that of the
            points was.
    """
    need.rank_at_least("a", a, 1)
    place = need.axis(dim, a.rank, of="a")
    axis = a.shape[place]
    given = 2 * (axis.size - 1) if half == "in" else axis.size
    count = given if n is None else n
    points(need, count, ("a", place) if n is None else ("n", None))
    size = count // 2 + 1 if half == "out" else count
    changed = axis if size == axis.size else Axis(size)
    return (*a.shape[:place], changed, *a.shape[place + 1 :])


_ONE = "a, n, axis, norm, out"
_TORCH = "input=a, n, dim, norm, *, out"


@op(dtype="complex", numpy=f"fft.fft|fft.ifft({_ONE})", torch=f"fft.fft|fft.ifft({_TORCH})")
def fft(a: Tensor, n: Count = None, dim: Dim = -1, *, need: Need) -> Shape:
    """(*s, n, *t) -> (*s, n, *t), or another number of points

    NumPy's manual, "numpy.fft.fft".
    """
    return transformed(need, a, n, dim)


@op(dtype="complex", numpy=f"fft.rfft|fft.ihfft({_ONE})", torch=f"fft.rfft|fft.ihfft({_TORCH})")
def rfft(a: Tensor, n: Count = None, dim: Dim = -1, *, need: Need) -> Shape:
    """(*s, n, *t) -> (*s, n//2 + 1, *t)

    NumPy's manual, "numpy.fft.rfft".
    """
    return transformed(need, a, n, dim, half="out")


@op(dtype="float", numpy=f"fft.irfft|fft.hfft({_ONE})", torch=f"fft.irfft|fft.hfft({_TORCH})")
def irfft(a: Tensor, n: Count = None, dim: Dim = -1, *, need: Need) -> Shape:
    """(*s, m, *t) -> (*s, 2*(m - 1), *t), or n points

    NumPy's manual, "numpy.fft.irfft".
    """
    return transformed(need, a, n, dim, half="in")


# --- along several axes -------------------------------------------------------------------------


def _many(need: Need, a: Tensor, sizes: Sequence[Size] | None, dims: Any) -> list[tuple[int, Size]]:
    """The axes that are transformed, with the number of points along each."""
    if dims is None and sizes is not None:
        why = Why("axis-out-of-range", "there has to be an axis for each size", (("s", None),))
        need.true(len(sizes) <= a.rank, why, len(sizes), a.rank)
        dims = tuple(range(a.rank - len(sizes), a.rank))
    if dims is not None and dims != ():
        need.rank_at_least("a", a, 1)
    # NumPy transforms an axis that is named twice twice.
    places = need.axes(dims, a.rank, of="a", distinct=need.library is not NUMPY)
    if sizes is not None:
        why = Why("axis-out-of-range", "there has to be a size for each axis", (("s", None),))
        need.true(len(sizes) == len(places), why, len(sizes), len(places))
    counts = sizes if sizes is not None else [a.shape[one].size for one in places]
    return [
        (place, a.shape[place].size if count == -1 else count)
        for place, count in zip(places, counts, strict=True)
    ]


def along(
    need: Need, a: Tensor, sizes: Sequence[Size] | None, dims: Any, *, half: str = ""
) -> Shape:
    """The axes after a transform along several; the last of them is the half one."""
    pairs = _many(need, a, sizes, dims)
    if half:
        why = Why("axis-out-of-range", "there has to be an axis to transform", (("a", None),))
        need.true(bool(pairs), why, len(pairs), 1)
    shape = list(a.shape)
    order = range(len(pairs)) if half == "in" else reversed(range(len(pairs)))
    for at in order:
        (place, count), last = pairs[at], at == len(pairs) - 1
        total = count
        if half == "in" and last and not _is_told(need, sizes):
            total = 2 * (count - 1)
        points(need, total, ("a", place))
        size = total // 2 + 1 if half == "out" and last else total
        shape[place] = shape[place] if size == shape[place].size else Axis(size)
    return tuple(shape)


def _is_told(need: Need, sizes: Sequence[Size] | None) -> bool:
    """Whether the number of points along the last axis was passed; torch takes -1 for a no."""
    return bool(sizes) and (need.library is NUMPY or sizes[-1] != -1)  # type: ignore[index]


_TWO = "a, s, axes=dim, norm, out"
_TORCH_TWO = "input=a, s, dim, norm, *, out"


@op(dtype="unknown", numpy=f"fft.fft2|fft.ifft2({_TWO})", torch=f"fft.fft2|fft.ifft2({_TORCH_TWO})")
def fft2(a: Tensor, s: MaybeSizes = None, dim: Dims = (-2, -1), *, need: Need) -> Shape:
    """(*s, h, w) -> (*s, h, w)

    NumPy's manual, "numpy.fft.fft2".
    """
    return along(need, a, s, dim)


@op(dtype="unknown", numpy=f"fft.fftn|fft.ifftn({_TWO})", torch=f"fft.fftn|fft.ifftn({_TORCH_TWO})")
def fftn(a: Tensor, s: MaybeSizes = None, dim: Dims = None, *, need: Need) -> Shape:
    """(*s) -> (*s)

    NumPy's manual, "numpy.fft.fftn".
    """
    return along(need, a, s, dim)


@op(dtype="unknown", numpy=f"fft.rfft2({_TWO})", torch=f"fft.rfft2({_TORCH_TWO})")
def rfft2(a: Tensor, s: MaybeSizes = None, dim: Dims = (-2, -1), *, need: Need) -> Shape:
    """(*s, h, w) -> (*s, h, w//2 + 1)

    NumPy's manual, "numpy.fft.rfft2".
    """
    return along(need, a, s, dim, half="out")


@op(dtype="unknown", numpy=f"fft.rfftn({_TWO})", torch=f"fft.rfftn({_TORCH_TWO})")
def rfftn(a: Tensor, s: MaybeSizes = None, dim: Dims = None, *, need: Need) -> Shape:
    """(*s, n) -> (*s, n//2 + 1)

    NumPy's manual, "numpy.fft.rfftn".
    """
    return along(need, a, s, dim, half="out")


@op(dtype="unknown", numpy=f"fft.irfft2({_TWO})", torch=f"fft.irfft2({_TORCH_TWO})")
def irfft2(a: Tensor, s: MaybeSizes = None, dim: Dims = (-2, -1), *, need: Need) -> Shape:
    """(*s, h, m) -> (*s, h, 2*(m - 1))

    NumPy's manual, "numpy.fft.irfft2".
    """
    return along(need, a, s, dim, half="in")


@op(dtype="unknown", numpy=f"fft.irfftn({_TWO})", torch=f"fft.irfftn({_TORCH_TWO})")
def irfftn(a: Tensor, s: MaybeSizes = None, dim: Dims = None, *, need: Need) -> Shape:
    """(*s, m) -> (*s, 2*(m - 1))

    NumPy's manual, "numpy.fft.irfftn".
    """
    return along(need, a, s, dim, half="in")


@op(
    numpy="fft.fftshift|fft.ifftshift(x=a, axes=dim)",
    torch="fft.fftshift|fft.ifftshift(input=a, dim)",
)
def fftshift(a: Tensor, dim: Dims = None, *, need: Need) -> Shape:
    """(*s) -> (*s)

    NumPy's manual, "numpy.fft.fftshift".
    """
    if need.library is NUMPY or dim is not None:
        need.rank_at_least("a", a, 1)
    elif not a.rank:
        need.undecided("torch's two shifts do not agree on scalars")
    need.axes(dim, a.rank, of="a", distinct=False)
    return a.shape


@op(dtype="float", numpy="fft.fftfreq(n, d)", torch="fft.fftfreq(n, d)")
def fftfreq(n: Count, d: Number = 1.0, *, need: Need) -> Shape:
    """n -> (n)

    NumPy's manual, "numpy.fft.fftfreq".
    """
    return (Axis(need.count(n, "n")),)


@op(dtype="float", numpy="fft.rfftfreq(n, d)", torch="fft.rfftfreq(n, d)")
def rfftfreq(n: Count, d: Number = 1.0, *, need: Need) -> Shape:
    """n -> (n//2 + 1)

    NumPy's manual, "numpy.fft.rfftfreq".
    """
    if need.library is NUMPY:  # of a negative number it makes nothing
        return (Axis(maximum(n // 2 + 1, 0)),)
    if isinstance(n, int) and n < 0:  # torch rounds towards zero
        return (Axis(need.count(1 - -n // 2, "n")),)
    return (Axis(need.count(n, "n") // 2 + 1),)


# --- of one piece of a signal after the other ----------------------------------------------------

_STFT = (
    "n_fft, hop_length, win_length, window, center, pad_mode, normalized, onesided, "
    "return_complex, align_to_window"
)


@op(dtype="unknown", torch=f"stft(input, {_STFT})", tensor=f"stft({_STFT})")
def stft(
    input: Tensor,
    n_fft: Count,
    hop_length: Count = None,
    win_length: Count = None,
    window: MaybeTensor = None,
    center: Flag = True,
    pad_mode: Word = "reflect",
    onesided: Anything = None,
    return_complex: Anything = None,
    align_to_window: Anything = None,
    *,
    need: Need,
) -> Array:
    """(*B, samples) -> (*B, n_fft//2 + 1, frames), with the frames of a signal padded if centred

    torch's "torch.stft".
    """
    need.rank("input", input, 1, 2)
    is_complex = input.dtype == "complex" or (window is not None and window.dtype == "complex")
    sides = not is_complex if onesided is None else onesided
    whole = is_complex if return_complex is None else return_complex
    if not isinstance(sides, bool) or not isinstance(whole, bool) or align_to_window is not None:
        need.undecided("a flag of the transform is not known")
    if (sides and is_complex) or (return_complex is None and not is_complex):
        need.undecided("torch rejects such flags")
    points(need, n_fft, ("n_fft", None))
    samples = input.shape[-1].size
    if center:
        samples = _centred(need, input, n_fft // 2, pad_mode)
    why = Why("window-size", "there has to be a whole frame", (("input", input.rank - 1),))
    need.at_least(samples, n_fft, why)
    hop = n_fft // 4 if hop_length is None else hop_length
    points(need, hop, ("n_fft" if hop_length is None else "hop_length", None))
    length = n_fft if win_length is None else win_length
    points(need, length, ("win_length", None))
    need.at_least(n_fft, length, Why("window-size", "it has to fit", (("win_length", None),)))
    if window is not None:
        need.rank("window", window, 1)
        why = Why("window-size", "a window has the length of a frame", (("window", 0),))
        need.equal(window.shape[0].size, length, why)
    axes = [Axis(n_fft // 2 + 1 if sides else n_fft), Axis((samples - n_fft) // hop + 1)]
    pair = () if whole else (Axis(2),)
    return Array((*input.shape[:-1], *axes, *pair), "complex" if whole else "float")


def _centred(need: Need, input: Array, more: Size, mode: str) -> Size:
    """The samples with so many put in at both ends, which come from the signal itself."""
    samples = input.shape[-1].size
    least = {"reflect": more + 1, "circular": more, "replicate": 1}.get(mode)
    if least is not None:
        text = "the signal is too short for its ends to be filled"
        need.at_least(samples, least, Why("window-size", text, (("input", input.rank - 1),)))
        for place, axis in enumerate(input.shape[:-1]):
            why = Why("window-size", "there has to be a signal", (("input", place),))
            need.at_least(axis.size, 1, why)
    return samples + 2 * more


OPS = family(globals())
