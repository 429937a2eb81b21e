"""Random calls of the ops in `shapecheck.ops.sequence`."""

import dataclasses

import torch
from oracle import SIZES, Arr, shape, stretchable

from shapecheck.ops import OPS
from shapecheck.ops._values import Layer


@dataclasses.dataclass(frozen=True)
class Made(Arr):
    """A module of torch's in the place of an argument."""

    values: object = ()
    name: str = ""

    def real(self, library):
        return getattr(torch.nn, self.name)(**self.values, dim_feedforward=2)

    def axes(self, library, size=lambda n: n):
        names = {one.name: op for op in OPS for one in op.spellings if one.space == "module"}
        return Layer(names[self.name], self.values)


def maybe(rng, call, chance=0.5, **values):
    """The call with some of the values."""
    return call | {name: value for name, value in values.items() if rng.random() < chance}


def sequences(rng, features, batch_first, batched, batch, length=None):
    """(L, N, features), in the order asked for."""
    length = rng.choice((1, 2, 3, 4)) if length is None else length
    if not batched:
        return Arr((length, features))
    return Arr((batch, length, features) if batch_first else (length, batch, features))


def recurrent(rng, proj=False):
    n, h = rng.choice((0, 1, 2, 3, 4)), rng.choice((1, 2, 3, 4))
    layers, ways, batch = rng.choice((1, 1, 2, 3)), rng.choice((1, 2)), rng.choice((0, 1, 2, 3))
    first, batched = rng.random() < 0.5, rng.random() < 0.7
    call = {"input": sequences(rng, n, first, batched, batch), "input_size": n, "hidden_size": h}
    call |= {"num_layers": layers, "batch_first": first, "bidirectional": ways == 2}
    out = rng.randrange(h) if proj and rng.random() < 0.3 else 0
    if proj:
        call["proj_size"] = out
    middle = (batch,) if batched else ()
    return call, Arr((layers * ways, *middle, out or h)), Arr((layers * ways, *middle, h))


def rnn(rng, library):
    call, state, _ = recurrent(rng)
    return maybe(rng, call, hx=state)


def lstm(rng, library):
    call, state, cell = recurrent(rng, proj=True)
    return maybe(rng, call, hx=(state, cell))


def rnn_cell(rng, library):
    n, h = rng.choice(SIZES), rng.choice((0, 1, 2, 3, 4))
    batch = shape(rng, 0, 1)
    call = {"input": Arr((*batch, n)), "input_size": n, "hidden_size": h}
    return maybe(rng, call, 0.7, hx=Arr((*batch, h)))


def lstm_cell(rng, library):
    call = rnn_cell(rng, library)
    if "hx" in call:
        call["hx"] = (call["hx"], call["hx"])
    return call


def pad_sequence(rng, library):
    rest = shape(rng, 0, 2)
    sequences = [Arr((rng.choice(SIZES), *rest)) for _ in range(rng.randint(1, 4))]
    if rng.random() < 0.2:
        sequences.append(Arr((rng.choice(SIZES), *shape(rng, 1, 2))))
    return {"sequences": sequences, "batch_first": rng.random() < 0.5}


def pack_padded_sequence(rng, library):
    batch, first = rng.choice((1, 2, 3)), rng.random() < 0.5
    call = {"input": sequences(rng, 2, first, True, batch), "batch_first": first}
    return call | {"lengths": Arr((batch,), "int", low=1, high=2)}


def heads(rng):
    head = rng.choice((1, 2, 3))
    return head, head * rng.choice((1, 2))


def mask(rng, batch, heads, queries, keys):
    """Masks of all forms."""
    rows = product(batch) * heads
    sizes = rng.choice(((queries, keys), (rows, queries, keys)))
    return Arr(sizes, rng.choice(("bool", "float")))


def product(sizes):
    return sizes[0] if sizes else 1


def attention(rng, library):
    head, embed = heads(rng)
    n, length, keys = (rng.choice((1, 2, 3)) for _ in range(3))
    first, batched = rng.random() < 0.5, rng.random() < 0.7
    call = {"embed_dim": embed, "num_heads": head, "batch_first": first}
    call = maybe(rng, call, 0.3, kdim=rng.choice((1, 2, 3)), vdim=rng.choice((1, 2, 3)))
    call["query"] = sequences(rng, embed, first, batched, n, length)
    call["key"] = sequences(rng, call.get("kdim", embed), first, batched, n, keys)
    call["value"] = sequences(rng, call.get("vdim", embed), first, batched, n, keys)
    batch = (n,) if batched else ()
    call = maybe(rng, call, 0.3, key_padding_mask=Arr((*batch, keys), "bool"))
    call = maybe(rng, call, 0.3, attn_mask=mask(rng, batch, head, length, keys))
    call = maybe(rng, call, 0.3, need_weights=rng.random() < 0.5, add_zero_attn=True)
    return maybe(rng, call, 0.3, average_attn_weights=rng.random() < 0.5, add_bias_kv=True)


def scaled_dot_product_attention(rng, library):
    batch = shape(rng, 0, 2, (1, 2, 3, 4))
    length, keys, e, ev = (rng.choice((1, 2, 3, 0)) for _ in range(4))
    batches = [batch] * 3 if rng.random() < 0.5 else [stretchable(rng, batch) for _ in range(3)]
    features = e if rng.random() < 0.9 else e + 1  # of the keys: also others than those of queries
    call = {"query": Arr((*batches[0], length, e)), "key": Arr((*batches[1], keys, features))}
    call["value"] = Arr((*batches[2], keys, ev))
    if rng.random() < 0.4:
        call["attn_mask"] = Arr(
            stretchable(rng, (*batch, length, keys)), rng.choice(("bool", "float"))
        )
    else:
        call = maybe(rng, call, is_causal=True)
    if batch and rng.random() < 0.3:
        groups = rng.choice((1, 2))
        more = (*batch[:-1], batch[-1] * groups)
        call |= {"query": Arr((*more, length, e)), "enable_gqa": True}
        call |= {"key": Arr((*batch, keys, e)), "value": Arr((*batch, keys, ev))}
        call.pop("attn_mask", None)
    return call


def layer(rng):
    head, d = heads(rng)
    first, batched = rng.random() < 0.5, rng.random() < 0.7
    n, s, t = (rng.choice((1, 2, 3)) for _ in range(3))
    stored = {"d_model": d, "nhead": head, "batch_first": first}
    src = sequences(rng, d, first, batched, n, s)
    tgt = sequences(rng, d, first, batched, n, t)
    return stored, src, tgt, (n,) if batched else (), (s, t)


def masks(rng, stored, batch, sizes, **names):
    """Masks and paddings by name, for queries and keys of some lengths."""
    found = {}
    for name, (queries, keys) in names.items():
        made = mask(rng, batch, stored["nhead"], sizes[queries], sizes[keys])
        if name.endswith("padding_mask"):
            made = Arr((*batch, sizes[keys]), "bool")
        found = maybe(rng, found, 0.3, **{name: made})
    return found


def encoder_layer(rng, library):
    stored, src, _, batch, sizes = layer(rng)
    found = masks(rng, stored, batch, sizes, src_mask=(0, 0), src_key_padding_mask=(0, 0))
    return stored | {"src": src, "_dim_feedforward": 2} | found


def encoder(rng, library):
    stored, src, _, batch, sizes = layer(rng)
    call = {
        "src": src,
        "_num_layers": 1,
        "_encoder_layer": Made((), values=stored, name="TransformerEncoderLayer"),
    }
    return call | masks(rng, stored, batch, sizes, mask=(0, 0), src_key_padding_mask=(0, 0))


DECODED = {
    "tgt_mask": (1, 1),
    "memory_mask": (1, 0),
    "tgt_key_padding_mask": (1, 1),
    "memory_key_padding_mask": (1, 0),
}


def decoder_layer(rng, library):
    stored, src, tgt, batch, sizes = layer(rng)
    found = masks(rng, stored, batch, sizes, **DECODED)
    return stored | {"tgt": tgt, "memory": src, "_dim_feedforward": 2} | found


def decoder(rng, library):
    stored, src, tgt, batch, sizes = layer(rng)
    call = {
        "_decoder_layer": Made((), values=stored, name="TransformerDecoderLayer"),
        "_num_layers": 1,
    }
    return call | {"tgt": tgt, "memory": src} | masks(rng, stored, batch, sizes, **DECODED)


def transformer(rng, library):
    stored, src, tgt, batch, sizes = layer(rng)
    found = masks(
        rng, stored, batch, sizes, **DECODED, src_mask=(0, 0), src_key_padding_mask=(0, 0)
    )
    call = stored | {"src": src, "tgt": tgt} | found
    return call | {"_dim_feedforward": 2, "_num_encoder_layers": 1, "_num_decoder_layers": 1}


DRAWS = {
    "rnn_module": rnn,
    "lstm_module": lstm,
    "rnn_cell_module": rnn_cell,
    "lstm_cell_module": lstm_cell,
    "pad_sequence": pad_sequence,
    "pack_padded_sequence": pack_padded_sequence,
    "multihead_attention_module": attention,
    "scaled_dot_product_attention": scaled_dot_product_attention,
    "transformer_encoder_layer_module": encoder_layer,
    "transformer_decoder_layer_module": decoder_layer,
    "transformer_encoder_module": encoder,
    "transformer_decoder_module": decoder,
    "transformer_module": transformer,
}
