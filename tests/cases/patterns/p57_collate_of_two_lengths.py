# expect: cat-axis
# says: samples 0 (3, 10) and 1 (3, 12) cannot be stacked to a batch
# says: axis 1 differs
# says: pad_sequence
import torch
from torch.utils.data import DataLoader

recordings = [torch.zeros(3, 10), torch.zeros(3, 12)]
for batch in DataLoader(recordings, batch_size=2):  # here
    batch.mean()
