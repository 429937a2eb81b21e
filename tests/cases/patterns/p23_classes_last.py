# expect: loss-target
# says: Cross entropy takes axis 1 as the classes: it reads 7 classes and wants targets (4, 10)
# fix: F.cross_entropy(logits.transpose(1, 2), tokens)
# fix: F.cross_entropy(logits.flatten(0, 1), tokens.flatten())
import torch
import torch.nn.functional as F

logits = torch.randn(4, 7, 10)
tokens = torch.randint(0, 10, (4, 7))
loss = F.cross_entropy(logits, tokens)  # here
