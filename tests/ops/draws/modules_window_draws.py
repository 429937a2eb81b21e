"""Random calls of the ops in `shapecheck.ops.modules_window`: those of the functions, stored."""

import importlib.util
from pathlib import Path

from oracle import Arr, shape

from shapecheck.ops.modules_window import OPS


def _of_functions():
    spec = importlib.util.spec_from_file_location(
        "functions", Path(__file__).with_name("window_draws.py")
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


of = _of_functions()
KNOWN = {op.name: set(op.kinds) for op in OPS}


def stored(name, draw):
    """The calls of the function of a module, as far as the module has their parameters."""

    def drawn(rng, library):
        call = draw(rng, library)
        return {one: value for one, value in call.items() if one.lstrip("_") in KNOWN[name]}

    return drawn


def conv(count, lazy=False):
    """A convolution, whose weights are told by sizes; other modes than zeros pad beforehand."""

    def draw(rng, library):
        call = of.conv(count)(rng, library)
        made, taken, *kernel = call.pop("weight").sizes
        call.pop("bias", None)
        if not lazy:
            call["in_channels"] = taken * call.get("groups", 1)
        call |= {"out_channels": made, "kernel_size": rng.choice((tuple(kernel), kernel[0]))}
        if rng.random() < 0.3:
            call["padding_mode"] = rng.choice(("reflect", "replicate", "circular"))
        return call

    return draw


def asked(rng, call, count):
    """A size that a transposed convolution could give, or nearly."""

    def many(name, default):
        found = call.get(name, default)
        return (
            tuple(found) * (count if len(found) < count else 1)
            if is_many(found)
            else (found,) * count
        )

    settings = zip(
        call["input"].sizes[-count:],
        many("kernel_size", 1),
        many("stride", 1),
        many("padding", 0),
        many("dilation", 1),
        strict=True,
    )
    sizes = [(n - 1) * s + d * (k - 1) + 1 - 2 * p for n, k, s, p, d in settings]
    return tuple(max(size + rng.choice((0, 0, 0, 1, -1)), 0) for size in sizes)


def is_many(value):
    return isinstance(value, (tuple, list))


def conv_transpose(count, lazy=False):
    """The same turned around; the size of the result may be asked for."""

    def draw(rng, library):
        call = of.conv_transpose(count)(rng, library)
        taken, made, *kernel = call.pop("weight").sizes
        call.pop("bias", None)
        if not lazy:
            call["in_channels"] = taken
        call["out_channels"] = made * call.get("groups", 1)
        call["kernel_size"] = rng.choice((tuple(kernel), kernel[0]))
        if rng.random() < 0.3:
            call["output_size"] = asked(rng, call, count)
        return call

    return draw


def padding(count, name):
    """Padding of an image by one number, or by two for each axis; zeros go around any array."""

    def draw(rng, library):
        choices = (0, 0, 1, 1, 2, 3, -1)
        pads = tuple(rng.choice(choices) for _ in range(2 * count))
        x = of.image(rng, count, rng.choice((0, 1, 1)))
        if name in ("zeropad", "constantpad") and rng.random() < 0.5:
            x = Arr(shape(rng, 0, 4))
        return {"input": x, "padding": rng.choice((pads, rng.choice(choices)))}

    return draw


RANKS = (1, 2, 3)

DRAWS = {
    **{f"conv{n}d_module": conv(n) for n in RANKS},
    **{f"lazy_conv{n}d_module": conv(n, lazy=True) for n in RANKS},
    **{f"conv_transpose{n}d_module": conv_transpose(n) for n in RANKS},
    **{f"lazy_conv_transpose{n}d_module": conv_transpose(n, lazy=True) for n in RANKS},
    **{
        f"{name}{n}d_module": padding(n, name)
        for name in ("zeropad", "constantpad", "reflectionpad", "replicationpad", "circularpad")
        for n in RANKS
    },
    **{
        f"{name}_module": stored(f"{name}_module", draw)
        for name, draw in of.DRAWS.items()
        if f"{name}_module" in KNOWN and not name.startswith("conv")
    },
    "upsampling_bilinear_module": of.upsample_bilinear,
    "upsampling_nearest_module": of.upsample_nearest,
    "upsample_module": of.interpolate,
}
