"""Calls of Fourier transforms."""

from oracle import Arr, axis, shape

POINTS = (1, 1, 2, 3, 4, 5, 0)


def one(rng, library):
    sizes = shape(rng, 1, 4, POINTS)
    call = {"a": Arr(sizes)}
    if rng.random() < 0.5:
        call["n"] = rng.choice(POINTS)
    if rng.random() < 0.6:
        call["dim"] = axis(rng, len(sizes))
    return call


def several(low):
    def draw(rng, library):
        sizes = shape(rng, low, 4, POINTS)
        call = {"a": Arr(sizes)}
        count = rng.randint(1, min(3, len(sizes)))
        if rng.random() < 0.6:
            call["dim"] = tuple(rng.sample(range(-len(sizes), 0), count))
        elif low == 2:
            count = 2
        if rng.random() < 0.4 and "dim" in call:
            call["s"] = tuple(rng.choice(POINTS) for _ in range(count))
        return call

    return draw


def shift(rng, library):
    sizes = shape(rng, 1, 4)
    call = {"a": Arr(sizes)}
    if rng.random() < 0.7:
        call["dim"] = axis(rng, len(sizes))
    return call


def frequencies(rng, library):
    return {"n": rng.choice((-5, -4, -2, -1, 0, 1, 4, 5))}


DRAWS = {
    "fftfreq": frequencies,
    "rfftfreq": frequencies,
    **dict.fromkeys(("fft", "rfft", "irfft"), one),
    **dict.fromkeys(("fft2", "rfft2", "irfft2"), several(2)),
    **dict.fromkeys(("fftn", "rfftn", "irfftn"), several(1)),
    "fftshift": shift,
}
