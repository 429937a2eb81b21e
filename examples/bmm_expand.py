"""A batch of matrices times one matrix: must W be copied for every sample?

`torch.bmm` takes two 3-D tensors, so one W is expanded to (B, n_in, n_out), which copies nothing;
`x @ W` does the same by itself. The model below is written with `bmm` and `expand`, a sample being
a matrix with one row. Its last line gives up the axes of size 1, so that the predictions meet the
targets as (B,) and (B,): (B, 1) against (B,) would make (B, B) of the loss, and say nothing.
(No shape shows why this model once did not learn: weights from uniform_(0, 1) saturate a sigmoid.)
"""

import sys

import torch
from jaxtyping import Float
from torch import Tensor, nn

from shapecheck import check


@check
def batch_times_matrix(
    x: Float[Tensor, "B r n_in"], W: Float[Tensor, "n_in n_out"]
) -> Float[Tensor, "B r n_out"]:
    return product(x, W.expand(x.shape[0], *W.shape))


@check
def product(
    x: Float[Tensor, "B r n_in"], W: Float[Tensor, "B n_in n_out"]
) -> Float[Tensor, "B r n_out"]:
    """Sample by sample, each with a matrix of its own."""
    return torch.bmm(x, W)


@check
class MyModel(nn.Module):
    w: Float[Tensor, "n_in n_hid"]
    b: Float[Tensor, "n_hid"]
    w2: Float[Tensor, "n_hid 1"]
    b2: Float[Tensor, "1"]

    def __init__(self, input_dim, hidden_dim=20):
        super().__init__()
        self.w = nn.Parameter(torch.empty(input_dim, hidden_dim))
        self.b = nn.Parameter(torch.zeros(hidden_dim))
        self.w2 = nn.Parameter(torch.empty(hidden_dim, 1))
        self.b2 = nn.Parameter(torch.zeros(1))
        nn.init.xavier_uniform_(self.w)
        nn.init.xavier_uniform_(self.w2)

    def forward(self, x: Float[Tensor, "B n_in"]) -> Float[Tensor, "B"]:
        x = x.view(x.shape[0], 1, x.shape[1])
        out = torch.sigmoid(torch.add(batch_times_matrix(x, self.w), self.b))
        out = torch.sigmoid(torch.add(batch_times_matrix(out, self.w2), self.b2))
        return out.view(x.shape[0])


@check
def squared_error(predicted: Float[Tensor, "B"], target: Float[Tensor, "B"]) -> Float[Tensor, ""]:
    return ((predicted - target) ** 2).mean()


def main():
    torch.manual_seed(1)
    x, W = torch.ones(10, 2, 3), torch.ones(3, 4)
    y = batch_times_matrix(x, W)
    assert torch.equal(y, x @ W)
    assert W.expand(10, 3, 4).data_ptr() == W.data_ptr()  # no copy
    print(f"{tuple(x.shape)} times {tuple(W.shape)} -> {tuple(y.shape)}, with bmm and with @")

    model = MyModel(6)
    x, target = torch.randn(8, 6), torch.rand(8)
    loss = squared_error(model(x), target)
    loss.backward()
    assert all(p.grad.abs().sum() > 0 for p in model.parameters())
    print(f"{tuple(x.shape)} -> {tuple(model(x).shape)}, every parameter has a gradient")


def mistake_no_expand():
    """bmm is given the matrix itself."""
    x, W = torch.ones(10, 2, 3), torch.ones(3, 4)
    product(x, W)


def mistake_column_of_predictions():
    """The predictions keep their axis of size 1; unchecked, the loss compares all with all."""
    model = MyModel(6)
    x, target = torch.randn(8, 6), torch.rand(8)
    predicted = model(x).view(8, 1)
    squared_error(predicted, target)


def mistake_parameter():
    """The second weight is made the other way round."""

    class Turned(MyModel):
        def __init__(self, input_dim, hidden_dim=20):
            super().__init__(input_dim, hidden_dim)
            self.w2 = nn.Parameter(torch.zeros(1, hidden_dim))

    model = Turned(6)
    model(torch.randn(8, 6))


def mistake_two_axes_left():
    """The model returns what bmm gives."""

    class Unviewed(MyModel):
        @check
        def forward(self, x: Float[Tensor, "B n_in"]) -> Float[Tensor, "B"]:
            x = x.view(x.shape[0], 1, x.shape[1])
            out = torch.sigmoid(torch.add(batch_times_matrix(x, self.w), self.b))
            return torch.add(batch_times_matrix(out, self.w2), self.b2)

    Unviewed(6)(torch.randn(8, 6))


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case ["--mistake", "no_expand"]:
            mistake_no_expand()
        case ["--mistake", "column_of_predictions"]:
            mistake_column_of_predictions()
        case ["--mistake", "parameter"]:
            mistake_parameter()
        case ["--mistake", "two_axes_left"]:
            mistake_two_axes_left()
