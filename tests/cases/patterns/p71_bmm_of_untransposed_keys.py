# expect: matmul-inner
# says: inner sizes 4 and 3 differ
# fix: torch.bmm(queries, keys.transpose(1, 2))
import torch

queries, keys = torch.randn(8, 5, 4), torch.randn(8, 3, 4)
scores = torch.bmm(queries, keys)  # here
