"""x-transformers with options of many kinds: positions, memories, gates, attention's variants."""

import torch
from x_transformers import (
    ContinuousTransformerWrapper,
    CrossAttender,
    Decoder,
    Encoder,
    TransformerWrapper,
)

WORDS, LENGTH = 20, 12
VARIANTS = (
    {"alibi_pos_bias": True, "alibi_num_heads": 2},
    {"rel_pos_bias": True, "sandwich_norm": True},
    {"use_scalenorm": True, "ff_swish": True, "ff_glu": True},
    {"attn_qk_norm": True, "residual_attn": True},
    {"attn_gate_values": True, "shift_tokens": 1},
    {"attn_kv_heads": 2, "rotary_pos_emb": True, "rotary_xpos": True},
    {"attn_num_mem_kv": 3, "macaron": True},
    {"attn_pre_talking_heads": True, "attn_head_scale": True, "gate_residual": True},
    {"use_simple_rmsnorm": True, "ff_relu_squared": True, "attn_sparse_topk": 4},
    {"pre_norm": False, "use_adaptive_layernorm": False, "ff_post_act_ln": True},
)


def language(variant):
    layers = Decoder(dim=24, depth=2, heads=4, attn_dim_head=8, **variant)
    return TransformerWrapper(num_tokens=WORDS, max_seq_len=LENGTH, attn_layers=layers)


def memories():
    model = TransformerWrapper(
        num_tokens=WORDS,
        max_seq_len=LENGTH,
        max_mem_len=LENGTH,
        num_memory_tokens=2,
        emb_dim=16,
        attn_layers=Decoder(dim=24, depth=1, heads=2, rel_pos_bias=True),
    )
    first, mems = model(torch.randint(0, WORDS, (2, LENGTH)), return_mems=True)
    second, mems = model(torch.randint(0, WORDS, (2, LENGTH)), mems=mems, return_mems=True)
    (first.mean() + second.mean()).backward()
    return [mem.shape for mem in mems]


def continuous():
    model = ContinuousTransformerWrapper(
        dim_in=6, dim_out=5, max_seq_len=LENGTH, attn_layers=Encoder(dim=24, depth=1, heads=2)
    )
    mask = torch.ones(2, LENGTH).bool()
    out = model(torch.randn(2, LENGTH, 6), mask=mask)
    out.pow(2).mean().backward()
    return out.shape


def crossing():
    model = CrossAttender(dim=24, depth=1, heads=2)
    nodes, neighbours = torch.randn(1, 5, 24), torch.randn(1, 7, 24)
    out = model(nodes, context=neighbours)
    out.sum().backward()
    return out.shape


if __name__ == "__main__":
    torch.manual_seed(0)
    tokens = torch.randint(0, WORDS, (2, LENGTH))
    for variant in VARIANTS:
        logits = language(variant)(tokens)
        logits.logsumexp(dim=-1).mean().backward()
        print(logits.shape)
    print(memories(), continuous(), crossing())
