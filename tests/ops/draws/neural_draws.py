"""Random calls of the ops in `shapecheck.ops.neural`."""

from oracle import SIZES, Arr, shape, stretchable


def maybe(rng, call, chance=0.5, **arrays):
    """The call with some of the arrays."""
    return call | {name: array for name, array in arrays.items() if rng.random() < chance}


def linear(rng, library):
    n, m = rng.choice(SIZES), rng.choice(SIZES)
    x = Arr((*shape(rng, 0, 3), n))
    if rng.random() < 0.15:
        return maybe(rng, {"x": x, "weight": Arr((n,))}, 0.2, bias=Arr(()))
    bias = Arr(rng.choice(((m,), (m,), (1,), ())))
    return maybe(rng, {"x": x, "weight": Arr((m, n))}, bias=bias)


def bilinear(rng, library):
    n1, n2, m = (rng.choice(SIZES) for _ in range(3))
    batch = shape(rng, 0, 3)
    call = {"input1": Arr((*batch, n1)), "input2": Arr((*batch, n2)), "weight": Arr((m, n1, n2))}
    return maybe(rng, call, bias=Arr((m,)))


def indices(*sizes):
    return Arr(sizes, "int", high=1)


def embedding(rng, library):
    n = rng.choice((0, 1, 2, 3, 5))
    call = {"x": indices(*shape(rng, 0, 3)), "weight": Arr((n, rng.choice(SIZES)))}
    if n and rng.random() < 0.3:
        call["padding_idx"] = rng.randrange(-n, n)
    return call


def embedding_by_weight(rng, library):
    n = rng.choice((0, 1, 2, 3, 5))
    return {"weight": Arr((n, rng.choice(SIZES))), "indices": indices(*shape(rng, 0, 3))}


def embedding_bag(rng, library):
    weight = Arr((rng.choice((1, 2, 3)), rng.choice(SIZES)))
    call = {"input": indices(*shape(rng, 1, 2)), "weight": weight}
    flat = len(call["input"].sizes) == 1  # without bags, the mode max crashes the interpreter
    call["mode"] = rng.choice(("mean", "sum") if flat else ("mean", "sum", "max"))
    if flat:
        last = rng.random() < 0.4
        call["offsets"] = Arr((rng.randint(int(last), 4),), "int", high=1)
        call["include_last_offset"] = last
    if call["mode"] == "sum":
        call = maybe(rng, call, per_sample_weights=Arr(call["input"].sizes))
    return call


def one_hot(rng, library):
    call = {"x": indices(*shape(rng, 0, 3))}
    return call if rng.random() < 0.3 else call | {"num_classes": rng.choice((1, 2, 3, 4, 0))}


def layer_norm(rng, library):
    normalized = shape(rng, 1, 2)
    call = {"x": Arr((*shape(rng, 0, 2), *normalized))}
    call["normalized_shape"] = normalized
    return maybe(rng, call, weight=Arr(normalized), bias=Arr(normalized))


def rms_norm(rng, library):
    call = layer_norm(rng, library)
    call.pop("bias", None)
    return call


def images(rng, low=0, high=2):
    """A batch of channels, and the channels."""
    channels = rng.choice((0, 1, 2, 3, 4, 6))
    return (rng.choice((0, 1, 2, 3)), channels, *shape(rng, low, high)), channels


def group_norm(rng, library):
    sizes, channels = images(rng)
    groups = rng.choice([one for one in range(1, 7) if channels % one == 0])
    call = {"x": Arr(sizes), "num_groups": groups}
    return maybe(rng, call, weight=Arr((channels,)), bias=Arr((channels,)))


def statistics(rng, call, channels):
    if rng.random() < 0.8:
        call |= {"running_mean": Arr((channels,)), "running_var": Arr((channels,))}
    return maybe(rng, call, weight=Arr((channels,)), bias=Arr((channels,)))


def batch_norm(rng, library):
    sizes, channels = images(rng)
    call = {"x": Arr(sizes), "running_mean": None, "running_var": None}
    call["training"] = rng.random() < 0.5
    return statistics(rng, call, channels)


def instance_norm(rng, library):
    sizes, channels = images(rng, 0, 3)
    call = {"x": Arr(sizes), "use_input_stats": rng.random() < 0.7}
    return statistics(rng, call, channels)


def local_response_norm(rng, library):
    sizes, _ = images(rng, 0, 3)
    return {"x": Arr(sizes), "shape": rng.choice((1, 2, 3, 4))}


def prelu(rng, library):
    x = shape(rng, 0, 4)
    channels = x[1] if len(x) > 1 else 1
    return {"x": Arr(x), "weight": Arr(rng.choice(((channels,), (channels,), (1,), ())))}


def pairwise_distance(rng, library):
    sizes = shape(rng)
    other = shape(rng) if rng.random() < 0.2 else stretchable(rng, sizes)
    call = {"x1": Arr(stretchable(rng, sizes)), "x2": Arr(other)}
    return call | {"keepdim": rng.random() < 0.5}


DRAWS = {
    "linear": linear,
    "bilinear": bilinear,
    "embedding": embedding,
    "embedding_by_weight": embedding_by_weight,
    "embedding_bag": embedding_bag,
    "one_hot": one_hot,
    "layer_norm": layer_norm,
    "rms_norm": rms_norm,
    "group_norm": group_norm,
    "group_norm_of_one": group_norm,
    "batch_norm": batch_norm,
    "instance_norm": instance_norm,
    "local_response_norm": local_response_norm,
    "prelu": prelu,
    "pairwise_distance": pairwise_distance,
}
