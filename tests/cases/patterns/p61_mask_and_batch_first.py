# expect: attention-shape
# says: batch_first is False: axis 0 of x (8) is read as time, axis 1 (5) as the batch
# says: the mask causal (5, 5) does not fit: 5 and 8 differ
# says: nn.MultiheadAttention(16, 4, batch_first=True)
import torch
from torch import nn

attention = nn.MultiheadAttention(16, 4)
x = torch.randn(8, 5, 16)
causal = torch.triu(torch.ones(5, 5), 1).bool()
out, weights = attention(x, x, x, attn_mask=causal)  # here
