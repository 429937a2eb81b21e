# expect: assignment-shape
# says: image (1, 28, 28)
# says: mean (3, 1, 1)
# says: In place, the left side keeps its shape
import torch

mean = torch.tensor([0.5, 0.5, 0.5]).view(3, 1, 1)
image = torch.rand(1, 28, 28)
image.sub_(mean)  # here
