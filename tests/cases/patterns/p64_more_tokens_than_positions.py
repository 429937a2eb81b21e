# expect: expand-size
# says: 512 cannot be expanded to 585
# says: Only an axis of size 1 can be expanded
import torch

tokens = torch.zeros(4, 585, dtype=torch.long)
position_ids = torch.arange(512)
positions = position_ids.expand(tokens.shape[0], tokens.shape[1])  # here
