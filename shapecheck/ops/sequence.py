"""Layers over sequences: recurrent ones, attention, transformers; and batches of sequences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from shapecheck.dims import Axis, Shape, Size, maximum, product
from shapecheck.facts import Refuted, any_holds
from shapecheck.ops._need import Need, Why
from shapecheck.ops._op import family, op
from shapecheck.ops._params import (
    Anything,
    Count,
    Flag,
    MaybeTensor,
    MaybeTensors,
    Tensor,
    Tensors,
)
from shapecheck.ops._values import Array, Layer, Unknown
from shapecheck.ops.neural import expands

# --- recurrent layers -------------------------------------------------------------------------


class _Recurrent(NamedTuple):
    """What a recurrent layer was constructed with; `out` is the size of what it gives."""

    input_size: Size
    hidden_size: Size
    num_layers: Size
    batch_first: bool
    directions: int
    out: Size


def _sequences(need: Need, input: Array, layer: _Recurrent) -> tuple[Axis, Shape]:
    """Require (L, N, input_size), in another order or without the batch; the axes L and N."""
    need.count(layer.input_size, "input_size", least=1)
    need.count(layer.hidden_size, "hidden_size", least=1)
    need.count(layer.num_layers, "num_layers", least=1)
    need.rank("input", input, 2, 3)
    places = (("input", input.rank - 1), ("input_size", None))
    why = Why("linear-in-features", "the last axis has to be what the layer was made for", places)
    need.equal(input.shape[-1].size, layer.input_size, why)
    step = 1 if layer.batch_first and input.rank == 3 else 0
    long = Why("size-argument", "a sequence may not be empty", (("input", step),))
    need.at_least(input.shape[step].size, 1, long)
    return input.shape[step], input.shape[1 - step : 2 - step] if input.rank == 3 else ()


def _state(need: Need, name: str, state: Array, wanted: Shape) -> None:
    """Require a hidden state to have the layers, the batch and the size of a layer."""
    reason = Why("state-shape", "the state has an axis less without a batch", ((name, None),))
    need.record(state.rank, "rank", (len(wanted),), reason, state.rank == len(wanted))
    text = "a state has the layers times directions, the batch, and the hidden size"
    for place, (axis, other) in enumerate(zip(state.shape, wanted, strict=True)):
        need.equal(axis.size, other.size, Why("state-shape", text, ((name, place),)))


def _of_cell(need: Need, name: str, state: Array, wanted: Shape) -> None:
    """Require the state of a cell; one with a batch is let through at times where there is none."""
    if state.rank != len(wanted) and state.rank in (1, 2):
        need.undecided("the state has another number of axes than the input")
    _state(need, name, state, wanted)


def _output(time: Axis, batch: Shape, layer: _Recurrent) -> Shape:
    features = Axis(layer.out * layer.directions)
    return (*batch, time, features) if layer.batch_first else (time, *batch, features)


@op(
    module=[
        (
            "RNN(input_size, hidden_size, num_layers, nonlinearity, bias, batch_first, dropout, "
            "bidirectional, *, device, dtype)"
        ),
        (
            "GRU(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, "
            "*, device, dtype)"
        ),
    ],
    stored="input_size hidden_size num_layers batch_first bidirectional",
)
def rnn_module(
    input: Tensor,
    hx: MaybeTensor = None,
    *,
    input_size: Count,
    hidden_size: Count,
    num_layers: Count = 1,
    batch_first: Flag = False,
    bidirectional: Flag = False,
    need: Need,
) -> list[Shape]:
    """(L, N, input_size), state (layers, N, hidden) -> (L, N, hidden), (layers, N, hidden).

    torch's "torch.nn.RNN", "torch.nn.GRU"; layers and hidden double in both directions.
    """
    ways = 2 if bidirectional else 1
    layer = _Recurrent(input_size, hidden_size, num_layers, batch_first, ways, hidden_size)
    time, batch = _sequences(need, input, layer)
    state = (Axis(num_layers * ways), *batch, Axis(hidden_size))
    if hx is not None:
        _state(need, "hx", hx, state)
    return [_output(time, batch, layer), state]


@op(
    module="LSTM(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, "
    "proj_size, *, device, dtype)",
    stored="input_size hidden_size num_layers batch_first bidirectional proj_size",
)
def lstm_module(
    input: Tensor,
    hx: MaybeTensors = None,
    *,
    input_size: Count,
    hidden_size: Count,
    num_layers: Count = 1,
    batch_first: Flag = False,
    bidirectional: Flag = False,
    proj_size: Count = 0,
    need: Need,
) -> list[object]:
    """(L, N, input_size), states (layers, N, hidden) twice -> (L, N, hidden), the states.

    torch's "torch.nn.LSTM"; with a proj_size, the first state and the output have that size.
    """
    need.count(proj_size, "proj_size")
    why = Why(
        "size-argument", "proj_size has to be smaller than hidden_size", (("proj_size", None),)
    )
    need.at_least(hidden_size - 1, proj_size, why)
    projected = need.decided(need.assume.at_least(proj_size, 1), "proj_size is not known")
    out = proj_size if projected else hidden_size
    ways = 2 if bidirectional else 1
    layer = _Recurrent(input_size, hidden_size, num_layers, batch_first, ways, out)
    time, batch = _sequences(need, input, layer)
    layers = Axis(num_layers * ways)
    states = (layers, *batch, Axis(out)), (layers, *batch, Axis(hidden_size))
    if hx is not None:
        _pair(need, hx)
        for place, (state, wanted) in enumerate(zip(hx, states, strict=False)):
            _state(need, f"hx[{place}]", state, wanted)
    return [_output(time, batch, layer), list(states)]


def _pair(need: Need, hx: list[Array]) -> None:
    why = Why("state-shape", "the state is a pair of two", (("hx", None),))
    need.record(len(hx), "equals", 2, why, len(hx) == 2)


def _cell(need: Need, input: Array, input_size: Size, hidden_size: Size) -> Shape:
    """Require (N, input_size) or (input_size); the shape of the state."""
    need.count(input_size, "input_size")
    need.count(hidden_size, "hidden_size")
    need.rank("input", input, 1, 2)
    places = (("input", input.rank - 1), ("input_size", None))
    why = Why("linear-in-features", "the last axis has to be what the layer was made for", places)
    need.equal(input.shape[-1].size, input_size, why)
    return (*input.shape[:-1], Axis(hidden_size))


@op(
    module=[
        "RNNCell(input_size, hidden_size, bias, nonlinearity, device, dtype)",
        "GRUCell(input_size, hidden_size, bias, device, dtype)",
    ],
    stored="input_size hidden_size",
)
def rnn_cell_module(
    input: Tensor, hx: MaybeTensor = None, *, input_size: Count, hidden_size: Count, need: Need
) -> Shape:
    """(N, input_size), state (N, hidden_size) -> (N, hidden_size); or without the batch.

    torch's "torch.nn.RNNCell", "torch.nn.GRUCell".
    """
    wanted = _cell(need, input, input_size, hidden_size)
    if hx is not None:
        _of_cell(need, "hx", hx, wanted)
    return wanted


@op(
    module="LSTMCell(input_size, hidden_size, bias, device, dtype)",
    stored="input_size hidden_size",
)
def lstm_cell_module(
    input: Tensor, hx: MaybeTensors = None, *, input_size: Count, hidden_size: Count, need: Need
) -> list[Shape]:
    """(N, input_size), states (N, hidden_size) twice -> the states; or without the batch.

    torch's "torch.nn.LSTMCell".
    """
    wanted = _cell(need, input, input_size, hidden_size)
    if hx is not None:
        _pair(need, hx)
        for place, state in enumerate(hx):
            _of_cell(need, f"hx[{place}]", state, wanted)
    return [wanted, wanted]


# --- batches of sequences ---------------------------------------------------------------------


def _is_stretched(need: Need, one: Array, first: Array) -> bool:
    """Whether a sequence fits another one only as far as axes of one element do."""
    if one.rank != first.rank:
        return one.rank < first.rank
    pairs = zip(one.shape[1:], first.shape[1:], strict=True)
    return any(
        need.assume.equal(axis.size, other.size) is not True
        and need.assume.is_unit(axis.size) is not False
        for axis, other in pairs
    )


@op(torch="nn.utils.rnn.pad_sequence(sequences, batch_first, padding_value, padding_side)")
def pad_sequence(sequences: Tensors, batch_first: Flag = False, *, need: Need) -> Shape:
    """N times (length, *s) -> (longest, N, *s), or with the batch first.

    torch's "torch.nn.utils.rnn.pad_sequence".
    """
    why = Why("cat-axis", "there has to be a sequence", (("sequences", None),))
    need.at_least(len(sequences), 1, why)
    first = sequences[0]
    for place, one in enumerate(sequences):
        need.rank_at_least(f"sequences[{place}]", one, 1, "cat-axis")
        if _is_stretched(need, one, first):
            need.undecided("torch stretches what it copies")
        need.rank(f"sequences[{place}]", one, first.rank, why="cat-axis")
        for axis in range(1, first.rank):
            places = (("sequences[0]", axis), (f"sequences[{place}]", axis))
            text = "only the first axes may differ"
            need.equal(first.shape[axis].size, one.shape[axis].size, Why("cat-axis", text, places))
    longest = Axis(maximum(*(one.shape[0].size for one in sequences)))
    batch = Axis(len(sequences))
    return (batch, longest, *first.shape[1:]) if batch_first else (longest, batch, *first.shape[1:])


@op(torch="nn.utils.rnn.pack_padded_sequence(input, lengths, batch_first, enforce_sorted)")
def pack_padded_sequence(
    input: Tensor, lengths: Anything, batch_first: Flag = False, *, need: Need
) -> Unknown:
    """(longest, N, *s), lengths (N) -> a packed sequence.

    torch's "torch.nn.utils.rnn.pack_padded_sequence".
    """
    need.rank_at_least("input", input, 2)
    batch = 0 if batch_first else 1
    if isinstance(lengths, (list, tuple)):
        lengths = Array((Axis(len(lengths)),))
    if isinstance(lengths, Array) and not lengths.is_open:
        need.rank("lengths", lengths, 1)
        places = (("input", batch), ("lengths", 0))
        why = Why("size-argument", "there has to be a length for each sequence", places)
        need.equal(lengths.shape[0].size, input.shape[batch].size, why)
    for place, axis in enumerate(input.shape):
        why = Why("size-argument", "there have to be steps and sequences", (("input", place),))
        need.at_least(axis.size, 1, why)
    return Unknown("a packed sequence")


# --- attention --------------------------------------------------------------------------------


class _Named(NamedTuple):
    """An array, and the parameter that it was passed for."""

    name: str
    array: Array


class _Heads(NamedTuple):
    """What an attention layer was constructed with."""

    embed_dim: Size
    num_heads: Size
    kdim: Size
    vdim: Size
    batch_first: bool


class _Attended(NamedTuple):
    """The axes of an attention: of the queries, of the batch, of the keys."""

    queries: Axis
    batch: Shape
    keys: Axis


def _heads(need: Need, embed_dim: Size, num_heads: Size, names: tuple[str, str]) -> None:
    """Require features to fall into heads."""
    need.count(embed_dim, names[0], least=1)
    need.count(num_heads, names[1], least=1)
    places = ((names[0], None), (names[1], None))
    why = Why("attention-shape", f"{names[0]} has to be a multiple of {names[1]}", places)
    need.divides(num_heads, embed_dim, why)


def _same(need: Need, one: _Named, two: _Named, at: tuple[int, int], text: str) -> None:
    places = ((one.name, at[0]), (two.name, at[1]))
    left, right = one.array.shape[at[0]], two.array.shape[at[1]]
    need.equal(left.size, right.size, Why("attention-shape", text, places))


def _attend(
    need: Need,
    heads: _Heads,
    query: _Named,
    key: _Named,
    value: _Named,
    padding: _Named | None,
    mask: _Named | None,
) -> _Attended:
    """Require queries (L, N, E), keys and values (S, N, ...), and masks that fit them."""
    need.rank(query.name, query.array, 2, 3, why="attention-shape")
    rank = query.array.rank
    step = 1 if heads.batch_first and rank == 3 else 0
    for one, features in ((query, heads.embed_dim), (key, heads.kdim), (value, heads.vdim)):
        need.rank(one.name, one.array, rank, why="attention-shape")
        text = "the last axis has to be what the layer was made for"
        why = Why("attention-shape", text, ((one.name, rank - 1),))
        need.equal(one.array.shape[-1].size, features, why)
    _same(need, key, value, (step, step), "there has to be a value for each key")
    if rank == 3:
        at = (1 - step, 1 - step)
        _same(need, query, key, at, "queries and keys have to have the same batch")
        _same(need, key, value, at, "keys and values have to have the same batch")
    batch = query.array.shape[1 - step : 2 - step] if rank == 3 else ()
    found = _Attended(query.array.shape[step], batch, key.array.shape[step])
    if padding is not None:
        _fits(need, padding, (*found.batch, found.keys), "attention-shape")
    if mask is not None:
        need.rank(mask.name, mask.array, 2, 3, why="attention-shape")
        all_heads = Axis(product((heads.num_heads, *(axis.size for axis in batch))))
        wanted = (all_heads, found.queries, found.keys)
        _fits(need, mask, wanted[3 - mask.array.rank :], "attention-shape")
    return found


def _fits(need: Need, one: _Named, wanted: Shape, rule: str) -> None:
    """Require a mask to have exactly these sizes."""
    need.rank(one.name, one.array, len(wanted), why=rule)
    for place, (axis, other) in enumerate(zip(one.array.shape, wanted, strict=True)):
        why = Why(rule, "a mask has to fit the queries and keys", ((one.name, place),))
        need.equal(axis.size, other.size, why)


def _maybe(name: str, array: Array | None) -> _Named | None:
    return None if array is None else _Named(name, array)


@op(
    module="MultiheadAttention(embed_dim, num_heads, dropout, bias, add_bias_kv, add_zero_attn, "
    "kdim, vdim, batch_first, device, dtype)",
    stored="embed_dim num_heads add_bias_kv add_zero_attn kdim vdim batch_first",
)
def multihead_attention_module(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    key_padding_mask: MaybeTensor = None,
    need_weights: Flag = True,
    attn_mask: MaybeTensor = None,
    average_attn_weights: Flag = True,
    is_causal: Flag = False,
    *,
    embed_dim: Count,
    num_heads: Count,
    add_bias_kv: Flag = False,
    add_zero_attn: Flag = False,
    kdim: Count = None,
    vdim: Count = None,
    batch_first: Flag = False,
    need: Need,
) -> list[Shape | None]:
    """(L, N, E), (S, N, kdim), (S, N, vdim) -> (L, N, E), weights (N, L, S); or without N.

    torch's "torch.nn.MultiheadAttention".
    """
    _heads(need, embed_dim, num_heads, ("embed_dim", "num_heads"))
    kdim = embed_dim if kdim is None else need.count(kdim, "kdim")
    vdim = embed_dim if vdim is None else need.count(vdim, "vdim")
    why = Why("attention-shape", "is_causal is a hint about a mask", (("attn_mask", None),))
    need.true(not is_causal or attn_mask is not None, why)
    found = _attend(
        need,
        _Heads(embed_dim, num_heads, kdim, vdim, batch_first),
        _Named("query", query),
        _Named("key", key),
        _Named("value", value),
        _maybe("key_padding_mask", key_padding_mask),
        _maybe("attn_mask", attn_mask),
    )
    features = Axis(embed_dim)
    if batch_first:
        output = (*found.batch, found.queries, features)
    else:
        output = (found.queries, *found.batch, features)
    if not need_weights:
        return [output, None]
    more = int(add_bias_kv) + int(add_zero_attn)
    keys = found.keys.with_size(found.keys.size + more)
    each = () if average_attn_weights else (Axis(num_heads),)
    return [output, (*found.batch, *each, found.queries, keys)]


@op(
    functional="scaled_dot_product_attention(query, key, value, attn_mask, dropout_p, is_causal, "
    "*, scale, enable_gqa)",
)
def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: MaybeTensor = None,
    is_causal: Flag = False,
    enable_gqa: Flag = False,
    *,
    need: Need,
) -> Shape:
    """(*batch, L, E), (*batch, S, E), (*batch, S, Ev) -> (*batch, L, Ev).

    torch's "torch.nn.functional.scaled_dot_product_attention". Without queries, or with values that
    have no elements, torch 2.13 looks at the ranks only, and stretches nothing.
    """
    named = (_Named("query", query), _Named("key", key), _Named("value", value))
    for one in named:
        need.rank_at_least(one.name, one.array, 2, "attention-shape")
    spared = (*query.shape[:-2], query.shape[-2], value.shape[-1])
    looked_at = (query.shape[-2], *value.shape)
    is_spared = any_holds(*(need.assume.is_empty(axis.size) for axis in looked_at))
    if is_spared:
        return spared
    maybe = "torch looks at no sizes where there are no queries or values, and there may be none"
    try:
        found = _attended(need, named, attn_mask, is_causal, enable_gqa)
    except Refuted as refuted:
        if is_spared is None:
            need.facts.remove(refuted.fact)
            need.undecided(maybe)
        raise
    if is_spared is None and not _are_equal(need, found, spared):
        need.undecided(maybe)
    return found


def _are_equal(need: Need, left: Shape, right: Shape) -> bool:
    """Whether two shapes are certainly the same."""
    return len(left) == len(right) and all(
        need.assume.equal(one.size, other.size) for one, other in zip(left, right, strict=True)
    )


def _attended(
    need: Need,
    named: tuple[_Named, _Named, _Named],
    attn_mask: Array | None,
    is_causal: bool,
    enable_gqa: bool,
) -> Shape:
    """What queries, keys and values give where their sizes are looked at."""
    query, key, value = (one.array for one in named)
    rank = query.rank
    _same(need, *named[:2], (rank - 1, key.rank - 1), "queries and keys need the same features")
    rows = need.assume.equal(key.shape[-2].size, value.shape[-2].size)
    if query.rank == 4 and not rows:  # a kernel of torch 2.13 reads beyond the values then
        need.undecided("not all kernels look at whether there is a value for each key")
    _same(need, *named[1:], (key.rank - 2, value.rank - 2), "there has to be a value for each key")
    why = Why("attention-shape", "is_causal stands for a mask", (("attn_mask", None),))
    need.true(not is_causal or attn_mask is None, why)
    batches = [one.array.shape[:-2] for one in named]
    if enable_gqa:
        batches[1:] = [_grouped(need, query, one) for one in named[1:]]
    places = tuple((one.name, None) for one in named)
    why = Why("attention-shape", "the batches have to be stretched to one shape", places)
    scores = (*need.broadcast(*batches[:2], why=why), query.shape[-2], key.shape[-2])
    if attn_mask is not None:
        if attn_mask.rank < 2 and query.rank == 4:
            need.undecided("not all kernels take a mask with fewer than two axes")
        expands(need, "attn_mask", attn_mask, scores, "attention-shape")
    batch = need.broadcast(scores[:-2], batches[2], why=why)
    return (*batch, query.shape[-2], value.shape[-1])


def _grouped(need: Need, query: Array, one: _Named) -> Shape:
    """The batch of keys or values whose heads are shared by several heads of queries."""
    need.rank_at_least("query", query, 3, "attention-shape")
    need.rank_at_least(one.name, one.array, 3, "attention-shape")
    heads = query.shape[-3]
    places = (("query", query.rank - 3), (one.name, one.array.rank - 3))
    why = Why("attention-shape", "the heads of queries have to be a multiple of them", places)
    need.divides(one.array.shape[-3].size, heads.size, why)
    return (*one.array.shape[:-3], heads)


# --- transformers -----------------------------------------------------------------------------


def _self_attention(
    need: Need,
    heads: _Heads,
    name: str,
    array: Array,
    masks: Mapping[str, Array | None],
) -> None:
    """Require a sequence that attends to itself, and its mask and padding, to fit a layer."""
    one = _Named(name, array)
    mask, padding = (_maybe(*item) for item in masks.items())
    _attend(need, heads, one, one, one, padding, mask)


def _layer_heads(need: Need, d_model: Size, nhead: Size, batch_first: bool) -> _Heads:
    _heads(need, d_model, nhead, ("d_model", "nhead"))
    return _Heads(d_model, nhead, d_model, d_model, batch_first)


@op(
    module="TransformerEncoderLayer(d_model, nhead, dim_feedforward, dropout, activation, "
    "layer_norm_eps, batch_first, norm_first, bias, device, dtype)",
    stored="d_model nhead batch_first",
)
def transformer_encoder_layer_module(
    src: Tensor,
    src_mask: MaybeTensor = None,
    src_key_padding_mask: MaybeTensor = None,
    *,
    d_model: Count,
    nhead: Count,
    batch_first: Flag = False,
    need: Need,
) -> Shape:
    """(L, N, d_model), mask (L, L), padding (N, L) -> (L, N, d_model).

    torch's "torch.nn.TransformerEncoderLayer".
    """
    heads = _layer_heads(need, d_model, nhead, batch_first)
    masks = {"src_mask": src_mask, "src_key_padding_mask": src_key_padding_mask}
    _self_attention(need, heads, "src", src, masks)
    return src.shape


@op(
    module="TransformerDecoderLayer(d_model, nhead, dim_feedforward, dropout, activation, "
    "layer_norm_eps, batch_first, norm_first, bias, device, dtype)",
    stored="d_model nhead batch_first",
)
def transformer_decoder_layer_module(
    tgt: Tensor,
    memory: Tensor,
    tgt_mask: MaybeTensor = None,
    memory_mask: MaybeTensor = None,
    tgt_key_padding_mask: MaybeTensor = None,
    memory_key_padding_mask: MaybeTensor = None,
    *,
    d_model: Count,
    nhead: Count,
    batch_first: Flag = False,
    need: Need,
) -> Shape:
    """(T, N, d_model), memory (S, N, d_model) -> (T, N, d_model).

    torch's "torch.nn.TransformerDecoderLayer".
    """
    heads = _layer_heads(need, d_model, nhead, batch_first)
    masks = {"tgt_mask": tgt_mask, "tgt_key_padding_mask": tgt_key_padding_mask}
    _self_attention(need, heads, "tgt", tgt, masks)
    read = _Named("memory", memory)
    padding = _maybe("memory_key_padding_mask", memory_key_padding_mask)
    mask = _maybe("memory_mask", memory_mask)
    _attend(need, heads, _Named("tgt", tgt), read, read, padding, mask)
    return tgt.shape


def _stored(need: Need, layer: object, name: str) -> dict[str, Any]:
    """The arguments that the layer, which a stack was made of, was constructed with."""
    if not isinstance(layer, Layer) or layer.op.name != name:
        need.undecided("the layer is not one of torch's")
    wanted = ("d_model", "nhead", "batch_first")
    return {one: layer.stored[one] for one in wanted if one in layer.stored}


@op(
    module="TransformerEncoder(encoder_layer, num_layers, norm, enable_nested_tensor, mask_check)",
    stored="encoder_layer",
)
def transformer_encoder_module(
    src: Tensor,
    mask: MaybeTensor = None,
    src_key_padding_mask: MaybeTensor = None,
    *,
    encoder_layer: Anything,
    need: Need,
) -> Shape:
    """(L, N, d_model), mask (L, L), padding (N, L) -> (L, N, d_model).

    torch's "torch.nn.TransformerEncoder".
    """
    stored = _stored(need, encoder_layer, "transformer_encoder_layer_module")
    rule = transformer_encoder_layer_module.rule
    return rule(src, mask, src_key_padding_mask, **stored, need=need)  # type: ignore[no-any-return]


@op(module="TransformerDecoder(decoder_layer, num_layers, norm)", stored="decoder_layer")
def transformer_decoder_module(
    tgt: Tensor,
    memory: Tensor,
    tgt_mask: MaybeTensor = None,
    memory_mask: MaybeTensor = None,
    tgt_key_padding_mask: MaybeTensor = None,
    memory_key_padding_mask: MaybeTensor = None,
    *,
    decoder_layer: Anything,
    need: Need,
) -> Shape:
    """(T, N, d_model), memory (S, N, d_model) -> (T, N, d_model).

    torch's "torch.nn.TransformerDecoder".
    """
    stored = _stored(need, decoder_layer, "transformer_decoder_layer_module")
    masks = (tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)
    rule = transformer_decoder_layer_module.rule
    return rule(tgt, memory, *masks, **stored, need=need)  # type: ignore[no-any-return]


@op(
    module="Transformer(d_model, nhead, num_encoder_layers, num_decoder_layers, dim_feedforward, "
    "dropout, activation, custom_encoder, custom_decoder, layer_norm_eps, batch_first, "
    "norm_first, bias, device, dtype)",
    stored="d_model nhead batch_first",
)
def transformer_module(
    src: Tensor,
    tgt: Tensor,
    src_mask: MaybeTensor = None,
    tgt_mask: MaybeTensor = None,
    memory_mask: MaybeTensor = None,
    src_key_padding_mask: MaybeTensor = None,
    tgt_key_padding_mask: MaybeTensor = None,
    memory_key_padding_mask: MaybeTensor = None,
    *,
    d_model: Count = 512,
    nhead: Count = 8,
    batch_first: Flag = False,
    need: Need,
) -> Shape:
    """(S, N, d_model), target (T, N, d_model) -> (T, N, d_model).

    torch's "torch.nn.Transformer".
    """
    stored = {"d_model": d_model, "nhead": nhead, "batch_first": batch_first}
    encoder = transformer_encoder_layer_module.rule
    memory = Array(encoder(src, src_mask, src_key_padding_mask, **stored, need=need))
    masks = (tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)
    rule = transformer_decoder_layer_module.rule
    return rule(tgt, memory, *masks, **stored, need=need)  # type: ignore[no-any-return]


OPS = family(globals())
