"""Random calls of the ops in `shapecheck.ops.modules_neural`."""

from oracle import SIZES, Arr, axis, shape, stretchable


def maybe(rng, call, **values):
    """The call with some of the values."""
    return call | {name: value for name, value in values.items() if rng.random() < 0.5}


def linear(rng, library):
    n = rng.choice(SIZES)
    x = Arr((*shape(rng, 0, 3), n))
    return {"input": x, "in_features": n, "out_features": rng.choice(SIZES)}


def lazy_linear(rng, library):
    return {"input": Arr(shape(rng, 0, 3)), "out_features": rng.choice(SIZES)}


def bilinear(rng, library):
    n1, n2, m = (rng.choice((1, 2, 3, 4)) for _ in range(3))
    batch = shape(rng, 0, 3)
    call = {"input1": Arr((*batch, n1)), "input2": Arr((*batch, n2))}
    return call | {"in1_features": n1, "in2_features": n2, "out_features": m}


def activation(rng, library):
    x = shape(rng)
    order = tuple(rng.sample(range(len(x)), len(x))) if rng.random() < 0.5 else ()
    return {"input": Arr(x, order=order)}


def prelu(rng, library):
    x = shape(rng, 0, 4)
    return {"input": Arr(x), "num_parameters": rng.choice((x[1] if len(x) > 1 else 1, 1))}


def softmax(rng, library):
    x = shape(rng)
    return {"input": Arr(x), "dim": axis(rng, len(x))}


def softmax2d(rng, library):
    return {"input": Arr(shape(rng, 2, 5))}


def glu(rng, library):
    x = [rng.choice((0, 2, 2, 4, 6, 3)) for _ in range(rng.randint(1, 4))]
    return {"input": Arr(tuple(x)), "dim": axis(rng, len(x))}


def flatten(rng, library):
    x = shape(rng)
    ends = sorted(rng.randrange(max(len(x), 1)) for _ in range(2))
    ends = [one - len(x) if rng.random() < 0.4 else one for one in ends]
    return maybe(rng, {"input": Arr(x)}, start_dim=ends[0], end_dim=ends[1])


def unflatten(rng, library):
    x = shape(rng, 1, 3)
    dim = axis(rng, len(x))
    n = x[dim]
    outer = rng.choice([one for one in range(1, n + 1) if n % one == 0] or [0])
    sizes = rng.choice(((n,), (outer, n // outer if outer else 1), (outer, -1), (1, n)))
    return {"input": Arr(x), "dim": dim, "unflattened_size": sizes}


def cross_map_lrn2d(rng, library):
    return {"input": Arr(shape(rng, 3, 5)), "size": rng.choice((1, 2, 3))}


def indices(*sizes):
    return Arr(sizes, "int", high=1)


def embedding(rng, library):
    n = rng.choice((0, 1, 2, 3, 5))
    call = {"input": indices(*shape(rng, 0, 3)), "num_embeddings": n}
    call["embedding_dim"] = rng.choice(SIZES)
    if n and rng.random() < 0.3:
        call["padding_idx"] = rng.randrange(-n, n)
    return call


def embedding_bag(rng, library):
    call = {"input": indices(*shape(rng, 1, 2)), "num_embeddings": rng.choice((1, 2, 3))}
    call["embedding_dim"] = rng.choice((1, 2, 3, 4))
    flat = len(call["input"].sizes) == 1  # without bags, the mode max crashes the interpreter
    call["mode"] = rng.choice(("mean", "sum") if flat else ("mean", "sum", "max"))
    if flat:
        last = rng.random() < 0.4
        call["offsets"] = Arr((rng.randint(int(last), 4),), "int", high=1)
        call["include_last_offset"] = last
        if call["mode"] == "sum" and rng.random() < 0.4:
            call["per_sample_weights"] = Arr(call["input"].sizes)
    return call


def layer_norm(rng, library):
    normalized = shape(rng, 1, 2)
    call = {"input": Arr((*shape(rng, 0, 2), *normalized)), "normalized_shape": normalized}
    if len(normalized) == 1 and rng.random() < 0.5:
        call["normalized_shape"] = normalized[0]
    return call


def group_norm(rng, library):
    channels = rng.choice((0, 1, 2, 3, 4, 6))
    sizes = (rng.choice((0, 1, 2, 3)), channels, *shape(rng, 0, 2))
    groups = rng.choice([one for one in range(1, 7) if channels % one == 0])
    call = {"input": Arr(sizes), "num_groups": groups, "num_channels": channels}
    return maybe(rng, call, affine=rng.random() < 0.5)


def flags(rng, call):
    return maybe(rng, call, affine=rng.random() < 0.5, track_running_stats=rng.random() < 0.5)


def batch_norm(low, high):
    """Batches of channels with between `low` and `high` axes more."""

    def draw(rng, library):
        channels = rng.choice((0, 1, 2, 3, 4))
        sizes = (rng.choice((0, 1, 2, 3)), channels, *shape(rng, low, high))
        return flags(rng, {"input": Arr(sizes), "num_features": channels})

    return draw


def instance_norm(spatial):
    """The same, the batch axis being optional."""

    def draw(rng, library):
        channels = rng.choice((0, 1, 2, 3, 4))
        sizes = (channels, *shape(rng, spatial, spatial))
        if rng.random() < 0.7:
            sizes = (rng.choice((0, 1, 2, 3)), *sizes)
        return flags(rng, {"input": Arr(sizes), "num_features": channels})

    return draw


def of_rank(low, high):
    return lambda rng, library: flags(rng, {"input": Arr(shape(rng, low, high))})


def local_response_norm(rng, library):
    return {"input": Arr(shape(rng, 2, 5)), "size": rng.choice((1, 2, 3, 4))}


def cosine_similarity(rng, library):
    sizes = shape(rng, 1, 4)
    call = {"x1": Arr(stretchable(rng, sizes)), "x2": Arr(sizes)}
    return call | {"dim": axis(rng, len(sizes))}


def pairwise_distance(rng, library):
    sizes = shape(rng)
    other = shape(rng) if rng.random() < 0.35 else stretchable(rng, sizes)
    call = {"x1": Arr(stretchable(rng, sizes)), "x2": Arr(other)}
    return call | {"keepdim": rng.random() < 0.5}


def adaptive_log_softmax(rng, library):
    n, d = rng.choice(SIZES), rng.choice((1, 2, 3, 4, 5))
    call = {"input_": Arr((n, d)), "target_": indices(n)}
    if rng.random() < 0.3:
        call = {"input_": Arr((d,)), "target_": indices()}
    return call | {"in_features": d, "_n_classes": 6, "_cutoffs": [2, 4]}


DRAWS = {
    "activation_module": activation,
    "linear_module": linear,
    "lazy_linear_module": lazy_linear,
    "bilinear_module": bilinear,
    "prelu_module": prelu,
    "softmax_module": softmax,
    "softmax2d_module": softmax2d,
    "glu_module": glu,
    "flatten_module": flatten,
    "unflatten_module": unflatten,
    "cross_map_lrn2d_module": cross_map_lrn2d,
    "embedding_module": embedding,
    "embedding_bag_module": embedding_bag,
    "layer_norm_module": layer_norm,
    "group_norm_module": group_norm,
    "batch_norm1d_module": batch_norm(0, 1),
    "batch_norm2d_module": batch_norm(2, 2),
    "batch_norm3d_module": batch_norm(3, 3),
    "sync_batch_norm_module": batch_norm(0, 3),
    "lazy_batch_norm1d_module": of_rank(1, 4),
    "lazy_batch_norm2d_module": of_rank(3, 5),
    "lazy_batch_norm3d_module": of_rank(4, 5),
    "instance_norm1d_module": instance_norm(1),
    "instance_norm2d_module": instance_norm(2),
    "instance_norm3d_module": instance_norm(3),
    "lazy_instance_norm1d_module": of_rank(1, 4),
    "lazy_instance_norm2d_module": of_rank(2, 5),
    "lazy_instance_norm3d_module": of_rank(3, 5),
    "local_response_norm_module": local_response_norm,
    "cosine_similarity_module": cosine_similarity,
    "pairwise_distance_module": pairwise_distance,
    "adaptive_log_softmax_with_loss_module": adaptive_log_softmax,
}
