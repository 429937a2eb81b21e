# expect: nothing
# says: A mask of two axes is (queries, keys) for every sample.
# says: pad[:, None, None, :]
# run: explain q=5,4,5,16 pad=5,5
F.scaled_dot_product_attention(q, q, q, attn_mask=pad)
