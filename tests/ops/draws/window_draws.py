"""Random calls of the ops in `shapecheck.ops.window`, `pool`, `pad`, `resize` and `patch`."""

from oracle import SIZES, Arr, shape

SMALL = (1, 1, 1, 2, 2, 3)


def some(rng, **values):
    """Some of the values."""
    return {name: value for name, value in values.items() if rng.random() < 0.5}


def each(rng, count, choices):
    """One number for all spatial axes, or one for each."""
    kind = rng.random()
    if kind < 0.4:
        return rng.choice(choices)
    if kind < 0.5:
        return (rng.choice(choices),)
    return rng.choice((tuple, list))(rng.choice(choices) for _ in range(count))


def lead(rng, channels):
    """The axes before the spatial ones."""
    return (rng.choice((0, 1, 2, 3)), channels) if rng.random() < 0.7 else (channels,)


def spatial(rng, count, least=1):
    return tuple(rng.choice((least, 3, 4, 5, 6, 7)) for _ in range(count))


def conv(count):
    def draw(rng, library):
        groups = rng.choice((1, 1, 1, 2, 3))
        taken, made = rng.choice((0, 1, 1, 2, 3)), groups * rng.choice((1, 1, 2, 3))
        kernel = tuple(rng.choice(SMALL) for _ in range(count))
        x = (*lead(rng, taken * groups), *spatial(rng, count))
        call = {"input": Arr(x, known_empty=True)}
        call["weight"] = Arr((made, taken, *kernel), known_empty=True)
        call |= some(
            rng,
            bias=Arr((made,)),
            stride=each(rng, count, (1, 2, 3)),
            padding=rng.choice(("same", "valid", each(rng, count, (0, 1, 2)))),
            dilation=each(rng, count, (1, 1, 2)),
        )
        if call.get("padding") == "same" and rng.random() < 0.7:
            call.pop("stride", None)
        return call | ({"groups": groups} if groups > 1 or rng.random() < 0.2 else {})

    return draw


def conv_transpose(count):
    def draw(rng, library):
        groups = rng.choice((1, 1, 1, 2, 3))
        taken, made = groups * rng.choice((1, 1, 2)), rng.choice((1, 2, 3))
        kernel = tuple(rng.choice(SMALL) for _ in range(count))
        call = {"input": Arr((*lead(rng, taken), *spatial(rng, count)))}
        call["weight"] = Arr((taken, made, *kernel))
        call |= some(
            rng,
            bias=Arr((made * groups,)),
            stride=each(rng, count, (1, 2, 3)),
            padding=each(rng, count, (0, 0, 1, 2)),
            dilation=each(rng, count, (1, 1, 2)),
        )
        if rng.random() < 0.3:
            call["output_padding"] = each(rng, count, (0, 1))
        return call | ({"groups": groups} if groups > 1 or rng.random() < 0.2 else {})

    return draw


def for_ranks(name, make):
    """Drawers of an op's variants for one to three spatial axes."""
    return {name.format(count): make(count) for count in (1, 2, 3)}


# --- pooling ----------------------------------------------------------------------------------


def image(rng, count, least=1):
    return Arr((*lead(rng, rng.choice((1, 2, 3, 3, least))), *spatial(rng, count, least)))


def pool(*words, one=True):
    """A drawer of pooling with some of the settings."""

    def make(count):
        def draw(rng, library):
            kernel = each(rng, count, (1, 2, 2, 3, 4))
            stride = each(rng, count, (1, 2, 3))
            if not one and isinstance(kernel, (tuple, list)):
                kernel = kernel[0] if count == 1 else tuple(kernel) * (count - len(kernel) + 1)
            smallest = min(kernel) if isinstance(kernel, (tuple, list)) else kernel
            settings = {
                "stride": stride,
                "padding": each(rng, count, range(smallest // 2 + 1)),
                "dilation": each(rng, count, (1, 1, 2)),
                "ceil_mode": rng.random() < 0.6,
                "return_indices": rng.random() < 0.5,
            }
            call = {"input": image(rng, count), "kernel_size": kernel, "_norm_type": 2.0}
            if "norm_type" not in words:
                del call["_norm_type"]
            return call | some(rng, **{name: settings[name] for name in settings if name in words})

        return draw

    return make


def adaptive(holes=True, indices=False):
    def make(count):
        def draw(rng, library):
            sizes = (None, 1, 2, 3, 4) if holes and count > 1 else (0, 1, 2, 3, 4)
            size = tuple(rng.choice(sizes) for _ in range(count))
            if rng.random() < 0.4:
                size = rng.choice((0, 1, 1, 2, 3))
            call = {"input": image(rng, count, rng.choice((0, 1))), "output_size": size}
            return call | ({"return_indices": rng.random() < 0.5} if indices else {})

        return draw

    return make


def fractional(count):
    def draw(rng, library):
        least = rng.choice((1, 2))
        kernel = rng.choice((1, 2, tuple(rng.choice((1, 2, least)) for _ in range(count))))
        call = {"input": image(rng, count), "kernel_size": kernel}
        if rng.random() < 0.5:
            call["output_size"] = rng.choice((1, 2, (2,) * count, (1, 0, 3)[:count]))
        else:
            ratio = rng.choice((0.5, 0.75, 0.3, 0.6))
            call["output_ratio"] = ratio if rng.random() < 0.3 else (ratio,) * count
        return call | ({"return_indices": True} if rng.random() < 0.3 else {})

    return draw


def unpool(count):
    def draw(rng, library):
        x = image(rng, count)
        kernel = rng.choice((1, 2, 3, tuple(rng.choice((1, 2, 3)) for _ in range(count))))
        stride = rng.choice((1, 2, 3, tuple(rng.choice((1, 2, 3)) for _ in range(count))))
        call = {"input": x, "indices": Arr(x.sizes, "int", high=1), "kernel_size": kernel}
        call |= some(rng, stride=stride, padding=rng.choice((0, 0, 1)))
        if rng.random() < 0.4:
            numbers = (call.get(one, 0) for one in ("kernel_size", "padding"))
            kernel, pads = (one if isinstance(one, tuple) else (one,) * count for one in numbers)
            stride = call.get("stride", kernel)
            stride = stride if isinstance(stride, tuple) else (stride,) * count
            call["output_size"] = tuple(
                max((n - 1) * s + k - 2 * p + rng.choice((-1, 0, 1)), 0)
                for n, s, k, p in zip(x.sizes[-count:], stride, kernel, pads)
            )
            if rng.random() < 0.4:
                call["output_size"] = (1, 1, *call["output_size"])
        return call

    return draw


# --- padding ----------------------------------------------------------------------------------


def pad_torch(rng, library):
    mode = rng.choice(("constant", "constant", "reflect", "replicate", "circular"))
    if mode == "constant" or rng.random() < 0.1:
        x = shape(rng, 0, 5)
        count = rng.randint(0, len(x))
    else:
        count = rng.randint(1, 3)
        x = image(rng, count, rng.choice((0, 1, 1))).sizes
    pad = tuple(rng.choice((0, 0, 1, 1, 2, 3, -1)) for _ in range(2 * count))
    call = {"input": Arr(x), "pad": rng.choice((tuple, list))(pad)}
    return call if mode == "constant" and rng.random() < 0.5 else call | {"mode": mode}


def constant_pad(rng, library):
    call = pad_torch(rng, library)
    extra = (0,) * rng.choice((0, 0, 0, 0, 1, 2))  # half a pair, or an axis more
    return {"input": call["input"], "pad": (*call["pad"], *extra)}


def pad_numpy(rng, library):
    x = shape(rng, 0, 4)
    kind, width = rng.random(), lambda: rng.choice((0, 0, 1, 2, 3))
    if kind < 0.2:
        widths = width()
    elif kind < 0.3:
        widths = (width(),)
    elif kind < 0.5:
        widths = (width(), width())
    elif kind < 0.55:
        widths = ((width(),),)
    elif kind < 0.65:
        widths = ((width(), width()),)
    elif kind < 0.7:
        widths = tuple((width(),) for _ in x)
    elif kind < 0.9:
        widths = tuple((width(), width()) for _ in x)
    elif not x:
        return None
    else:
        chosen = rng.sample(range(-len(x), len(x)), rng.randint(1, len(x)))
        widths = {at: rng.choice((width(), (width(), width()))) for at in chosen}
    if rng.random() < 0.2 and isinstance(widths, tuple):
        widths = [list(one) if isinstance(one, tuple) else one for one in widths]
    call = {"array": Arr(x), "pad_width": widths}
    modes = "constant edge linear_ramp maximum mean median minimum reflect symmetric wrap empty"
    return call if rng.random() < 0.5 else call | {"mode": rng.choice(modes.split())}


# --- sampling ---------------------------------------------------------------------------------

MODES = {1: ["linear"], 2: ["bilinear", "bicubic"], 3: ["trilinear"]}


def target(rng, count):
    """A size or a factor."""
    if rng.random() < 0.5:
        size = rng.choice((0, 1, 2, 3, 5, 8))
        return {"size": size if rng.random() < 0.5 else (size,) * count}
    factor = rng.choice((2, 2.0, 3, 1, 0.5, 1.5, 0.1, 0.7, 1 / 3))
    if rng.random() < 0.5:
        return {"scale_factor": factor}
    return {"scale_factor": (factor, *[rng.choice((2, 1.5))] * (count - 1))}


def batch(rng, count, *more):
    sizes = [rng.choice((*one, 3, 4, 5)) for one in more]
    return Arr((rng.choice((0, 1, 2)), rng.choice((1, 1, 2, 3, 0)), *sizes))


def interpolate(rng, library):
    count = rng.randint(1, 3)
    call = {"input": batch(rng, count, *[(1, 2)] * count), **target(rng, count)}
    if rng.random() < 0.7:
        call["mode"] = rng.choice(["nearest", "nearest-exact", "area", *MODES[count]])
    if "scale_factor" in call and rng.random() < 0.2:
        call["recompute_scale_factor"] = True
    return call


def upsample_nearest(rng, library):
    count = rng.randint(1, 3)
    return {"input": batch(rng, count, *[(1, 2)] * count), **target(rng, count)}


def upsample_bilinear(rng, library):
    return {"input": batch(rng, 2, (1, 2), (1, 2)), **target(rng, 2)}


def grid_sample(rng, library):
    count = rng.choice((2, 2, 3))
    x = batch(rng, count, *[(1, 2)] * count)
    grid = (x.sizes[0], *shape(rng, count, count), count)
    mode = rng.choice(("bilinear", "nearest", "bicubic" if count == 2 else "nearest"))
    call = {"input": x, "grid": Arr(grid)}
    return call if rng.random() < 0.5 else call | {"mode": mode}


def affine_grid(rng, library):
    count = rng.choice((2, 2, 3))
    size = tuple(rng.choice((1, 2, 3, 4)) for _ in range(count + 2))
    return {"theta": Arr((size[0], count, count + 1)), "size": size}


# --- blocks -----------------------------------------------------------------------------------


def two(rng, choices):
    return rng.choice((rng.choice(choices), (rng.choice(choices), rng.choice(choices))))


def sliding(rng):
    return some(
        rng,
        dilation=two(rng, (1, 1, 2)),
        padding=two(rng, (0, 0, 1, 2)),
        stride=two(rng, (1, 2, 3)),
    )


def unfold(rng, library):
    return {"input": image(rng, 2), "kernel_size": two(rng, (1, 2, 3)), **sliding(rng)}


def fold(rng, library):
    call = {"kernel_size": two(rng, (1, 2, 3)), "output_size": two(rng, (3, 4, 5, 6))}
    call |= sliding(rng)

    def at(name, default):
        found = call.get(name, default)
        return found if isinstance(found, tuple) else (found, found)

    count = window = 1
    for n, k, d, p, s in zip(
        at("output_size", 0),
        at("kernel_size", 0),
        at("dilation", 1),
        at("padding", 0),
        at("stride", 1),
    ):
        count *= max((n + 2 * p - d * (k - 1) - 1) // s + 1, 0)
        window *= k
    return {"input": Arr((*lead(rng, rng.choice((1, 2)) * window), count)), **call}


def pixel_shuffle(rng, library):
    r = rng.choice((1, 2, 2, 3))
    channels = rng.choice((0, 1, 1, 2, 3)) * r * r
    return {"input": Arr((*shape(rng, 0, 2), channels, *shape(rng, 2, 2))), "upscale_factor": r}


def pixel_unshuffle(rng, library):
    r = rng.choice((1, 2, 2, 3))
    sizes = (n * r for n in shape(rng, 2, 2))
    x = Arr((*shape(rng, 1, 3), *sizes), known_empty=True)
    return {"input": x, "downscale_factor": r}


def channel_shuffle(rng, library):
    groups = rng.choice((1, 2, 2, 3))
    channels = groups * rng.choice((0, 1, 2, 3))
    return {"input": Arr((rng.choice(SIZES), channels, *shape(rng, 1, 3))), "groups": groups}


MAX = ("stride", "padding", "dilation", "ceil_mode")

DRAWS = {
    **for_ranks("conv{}d", conv),
    **for_ranks("conv_transpose{}d", conv_transpose),
    **for_ranks("max_pool{}d", pool(*MAX, "return_indices")),
    **for_ranks("max_pool{}d_with_indices", pool(*MAX)),
    **for_ranks("avg_pool{}d", pool("stride", "padding", "ceil_mode")),
    **for_ranks("lp_pool{}d", pool("norm_type", "stride", "ceil_mode", one=False)),
    **for_ranks("adaptive_avg_pool{}d", adaptive()),
    **for_ranks("adaptive_max_pool{}d", adaptive(indices=True)),
    **for_ranks("adaptive_max_pool{}d_with_indices", adaptive()),
    "fractional_max_pool2d": fractional(2),
    "fractional_max_pool3d": fractional(3),
    **for_ranks("max_unpool{}d", unpool),
    "pad_torch": pad_torch,
    "constant_pad": constant_pad,
    "pad_numpy": pad_numpy,
    "interpolate": interpolate,
    "upsample_nearest": upsample_nearest,
    "upsample_bilinear": upsample_bilinear,
    "grid_sample": grid_sample,
    "affine_grid": affine_grid,
    "unfold": unfold,
    "fold": fold,
    "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle,
    "channel_shuffle": channel_shuffle,
}
