# expect: cat-axis
# says: axis 0 of sentences[0] is 5, axis 0 of sentences[1] is 6
# fix: nn.utils.rnn.pad_sequence(sentences, batch_first=True)
import torch
from torch import nn  # noqa: F401 - the fix names it

sentences = [torch.randn(5), torch.randn(6)]
batch = torch.stack(sentences)  # here
