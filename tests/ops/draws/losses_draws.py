"""Random calls of the ops in `shapecheck.ops.losses`."""

from oracle import SIZES, Arr, shape, stretchable


def reduction(rng):
    return rng.choice(("none", "none", "mean", "sum"))


def maybe(rng, call, **arrays):
    """The call with some of the arrays."""
    return call | {name: array for name, array in arrays.items() if rng.random() < 0.4}


def other(rng, sizes):
    """A target's shape: the same, one to be stretched, or something else."""
    kind = rng.random()
    return sizes if kind < 0.4 else stretchable(rng, sizes) if kind < 0.8 else shape(rng)


def elementwise_loss(rng, library):
    sizes = shape(rng)
    call = {"input": Arr(sizes), "target": Arr(other(rng, sizes)), "reduction": reduction(rng)}
    return maybe(rng, call, weight=Arr(sizes))


def stretched_loss(rng, library):
    sizes = shape(rng)
    return {
        "input": Arr(stretchable(rng, sizes)),
        "target": Arr(other(rng, sizes)),
        "reduction": reduction(rng),
    }


def binary_cross_entropy(rng, library):
    sizes = shape(rng)
    call = {"input": Arr(sizes), "target": Arr(sizes), "reduction": reduction(rng)}
    return maybe(rng, call, weight=Arr(stretchable(rng, sizes)))


def binary_cross_entropy_with_logits(rng, library):
    call = binary_cross_entropy(rng, library)
    return maybe(rng, call, pos_weight=Arr(stretchable(rng, call["input"].sizes)))


def soft_margin_loss(rng, library):
    sizes = shape(rng)
    target = Arr(stretchable(rng, sizes))
    return {"input": Arr(sizes), "target": target, "reduction": reduction(rng)}


def gaussian_nll_loss(rng, library):
    sizes = shape(rng, 0, 3)
    var = list(sizes)
    kind = rng.random()
    if var and kind < 0.3:
        var.pop()
    elif var and kind < 0.6:
        var[rng.randrange(len(var))] = 1
    call = {"input": Arr(sizes), "target": Arr(other(rng, sizes)), "var": Arr(tuple(var))}
    if kind > 0.9:
        call["var"] = 0.5
    return call | {"reduction": reduction(rng)}


def classes(*sizes):
    return Arr(sizes, "int", high=1)


def nll_loss(rng, library):
    c = rng.choice(SIZES)
    call = {"reduction": reduction(rng)}
    if rng.random() < 0.2:
        call |= {"input": Arr((c,)), "target": classes(*rng.choice(((), (), (1,))))}
    else:
        n, rest = rng.choice(SIZES), shape(rng, 0, 3)
        call |= {"input": Arr((n, c, *rest)), "target": classes(n, *rest)}
    return maybe(rng, call, weight=Arr((c,)))


def cross_entropy(rng, library):
    call = nll_loss(rng, library)
    if rng.random() < 0.3:
        call["target"] = Arr(call["input"].sizes)
    return call


def linear_cross_entropy(rng, library):
    call = nll_loss(rng, library)
    c, rest = call["input"].sizes[-1], ()
    if len(call["input"].sizes) > 1:
        _, c, *rest = call["input"].sizes
    n, lead = rng.choice(SIZES), call["input"].sizes[: len(call["input"].sizes) > 1]
    if rng.random() < 0.3:
        call["target"] = Arr((*lead, c, *rest))
    call |= {"input": Arr((*lead, n)), "linear_weight": Arr((c, *rest, n))}
    return maybe(rng, call, linear_bias=Arr((c, *rest)))


def linear_cross_entropy_module(rng, library):
    call = linear_cross_entropy(rng, library)
    c, *rest, n = call.pop("linear_weight").sizes
    call.pop("linear_bias", None)
    return call | {"in_features": n, "num_classes": c, "out_features": tuple(rest)}


def rows(rng):
    """(N, C), (C) or a number, and the classes of each row."""
    n, c = rng.choice(SIZES), rng.choice((1, 2, 3, 4, 5))
    return rng.choice((((n, c), (n,)), ((n, c), (n,)), ((c,), ()), ((c,), (1,)), ((), ())))


def multi_margin_loss(rng, library):
    sizes, targets = rows(rng)
    call = {"input": Arr(sizes), "target": classes(*targets), "reduction": reduction(rng)}
    return maybe(rng, call, weight=Arr(sizes[-1:] or (1,)))


def multilabel_margin_loss(rng, library):
    sizes, _ = rows(rng)
    return {"input": Arr(sizes), "target": classes(*sizes), "reduction": reduction(rng)}


def multilabel_soft_margin_loss(rng, library):
    return elementwise_loss(rng, library)


def margin_ranking_loss(rng, library):
    sizes = shape(rng)
    names = ("input1", "input2", "target")
    call = {name: Arr(tuple(rng.choice((n, n, n, 1)) for n in sizes)) for name in names}
    return call | {"reduction": reduction(rng)}


def cosine_embedding_loss(rng, library):
    batch, d = shape(rng, 0, 1), rng.choice(SIZES)
    call = {
        name: Arr(tuple(rng.choice((n, n, n, 1)) for n in (*batch, d)))
        for name in ("input1", "input2")
    }
    return call | {"target": Arr(batch), "reduction": reduction(rng)}


def triplet_margin_loss(rng, library):
    sizes = shape(rng)
    names = ("anchor", "positive", "negative")
    call = {name: Arr(tuple(rng.choice((n, n, n, 1)) for n in sizes)) for name in names}
    return call | {"swap": rng.random() < 0.5, "reduction": reduction(rng)}


def ctc_loss(rng, library):
    n, t, c, s = (
        rng.choice((1, 2, 3)),
        rng.choice((2, 3, 4)),
        rng.choice((2, 3, 4)),
        rng.choice((1, 2, 3)),
    )
    one = Arr((n,), "int", low=1, high=2)
    call = {"log_probs": Arr((t, n, c)), "targets": Arr((n, s), "int", low=1, high=2)}
    if n == 1 and rng.random() < 0.2:
        call = {"log_probs": Arr((t, c)), "targets": Arr((1,), "int", low=1, high=2)}
        one = Arr(rng.choice(((), (1,))), "int", low=1, high=2)
    call |= {"input_lengths": one, "target_lengths": one}
    if len(call["log_probs"].sizes) == 3 and rng.random() < 0.3:
        del call["input_lengths"], call["target_lengths"]
        call |= {"_input_lengths": (1,) * n, "_target_lengths": (1,) * n}
    return call | {"reduction": reduction(rng)}


DRAWS = {
    "elementwise_loss": elementwise_loss,
    "stretched_loss": stretched_loss,
    "binary_cross_entropy": binary_cross_entropy,
    "binary_cross_entropy_with_logits": binary_cross_entropy_with_logits,
    "soft_margin_loss": soft_margin_loss,
    "gaussian_nll_loss": gaussian_nll_loss,
    "cross_entropy": cross_entropy,
    "linear_cross_entropy": linear_cross_entropy,
    "linear_cross_entropy_module": linear_cross_entropy_module,
    "nll_loss": nll_loss,
    "multi_margin_loss": multi_margin_loss,
    "multilabel_margin_loss": multilabel_margin_loss,
    "multilabel_soft_margin_loss": multilabel_soft_margin_loss,
    "margin_ranking_loss": margin_ranking_loss,
    "cosine_embedding_loss": cosine_embedding_loss,
    "triplet_margin_loss": triplet_margin_loss,
    "triplet_margin_with_distance_loss": triplet_margin_loss,
    "ctc_loss": ctc_loss,
}
