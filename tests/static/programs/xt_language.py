"""Language models of x-transformers: a decoder, an encoder, and both."""

import torch
from x_transformers import AutoregressiveWrapper, Decoder, Encoder, TransformerWrapper, XTransformer

WORDS, LENGTH = 50, 16


def decoder(**options):
    layers = Decoder(dim=32, depth=2, heads=4, attn_dim_head=8, **options)
    return TransformerWrapper(num_tokens=WORDS, max_seq_len=LENGTH, attn_layers=layers)


def loss_of(model, tokens):
    wrapped = AutoregressiveWrapper(model)
    loss = wrapped(tokens)
    loss.backward()
    return loss


if __name__ == "__main__":
    torch.manual_seed(0)
    tokens = torch.randint(0, WORDS, (3, LENGTH))

    logits = decoder()(tokens)
    print(logits.argmax(dim=-1).shape)
    print(loss_of(decoder(), tokens))
    print(loss_of(decoder(rotary_pos_emb=True, ff_glu=True, use_rmsnorm=True), tokens))

    reader = TransformerWrapper(
        num_tokens=WORDS,
        max_seq_len=LENGTH,
        attn_layers=Encoder(dim=32, depth=1, heads=4, attn_dim_head=8),
    )
    mask = torch.ones(3, LENGTH, dtype=torch.bool)
    print(reader(tokens, mask=mask, return_embeddings=True).mean(dim=1).shape)

    both = XTransformer(
        dim=32,
        enc_num_tokens=WORDS,
        enc_depth=1,
        enc_heads=4,
        enc_max_seq_len=LENGTH,
        dec_num_tokens=WORDS,
        dec_depth=1,
        dec_heads=4,
        dec_max_seq_len=LENGTH,
    )
    loss = both(tokens, torch.randint(0, WORDS, (3, LENGTH)), mask=mask)
    loss.backward()
    print(loss)
