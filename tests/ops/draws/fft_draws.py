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


def spectrum(rng, library):
    n_fft = rng.choice((1, 2, 3, 4, 4, 5, 8))
    sizes = (*(() if rng.random() < 0.5 else (rng.choice((0, 1, 2, 3)),)), rng.choice((8, 9, 12)))
    call = {"input": Arr(sizes), "n_fft": n_fft, "hop_length": rng.choice((1, 1, 2, 3))}
    call["return_complex"] = rng.random() < 0.7
    if rng.random() < 0.4:
        call["center"] = rng.random() < 0.4
    if rng.random() < 0.3:
        call["pad_mode"] = rng.choice(("constant", "reflect", "replicate", "circular"))
    if rng.random() < 0.4:
        call["win_length"] = rng.randint(1, n_fft)
    if rng.random() < 0.6:
        call["window"] = Arr((call.get("win_length", n_fft),))
    if rng.random() < 0.3:
        call["onesided"] = rng.random() < 0.5
    return call


DRAWS = {
    "stft": spectrum,
    "fftfreq": frequencies,
    "rfftfreq": frequencies,
    **dict.fromkeys(("fft", "rfft", "irfft"), one),
    **dict.fromkeys(("fft2", "rfft2", "irfft2"), several(2)),
    **dict.fromkeys(("fftn", "rfftn", "irfftn"), several(1)),
    "fftshift": shift,
}
