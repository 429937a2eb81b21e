"""Questions to `explain`: the expression and the shapes, as on a command line.

Most are questions that students ask about matrix products in neural networks.
"""

CASES = {
    # How can a 1x2 bias be added to a 3x2 product? And what if it is as long as the batch?
    "bias_row": ("X @ W + b", "X=3,2 W=2,2 b=1,2"),
    "bias_vector": ("X @ W + b", "X=32,784 W=784,10 b=10"),
    "bias_by_batch": ("X @ W + b", "X=3,2 W=2,2 b=3"),
    "bias_column_for_rows": ("X @ W + b", "X=32,784 W=784,10 b=10,1"),
    # Why does nn.Linear store (n_out, n_in), and what does the transpose cost? What does Keras do?
    "linear_written_out": ("input.matmul(weight.t())", "input=32,784 weight=256,784"),
    "linear_module": ("nn.Linear(4, 7)(x)", "x=B,4"),
    "linear_function": ("F.linear(x, W, b)", "x=32,784 W=256,784 b=256"),
    "keras_layout": ("x @ kernel + bias", "x=B,n_in kernel=n_in,n_out bias=n_out"),
    "names_that_fit": ("x @ W.T + b", "x=B,n_in W=n_out,n_in b=n_out"),
    "names_that_do_not": ("x @ W", "x=B,n_in W=n_out,n_in"),
    # Samples as rows or as columns.
    "columns_with_column": ("W @ X + b", "W=256,784 X=784,32 b=256,1"),
    "columns_with_vector": ("W @ X + b", "W=256,784 X=784,32 b=256"),
    "weight_first_rows": ("W @ X", "W=256,784 X=32,784"),
    "one_sample": ("W @ a + b", "W=4,3 a=3 b=4"),
    "ndmin": ("W @ np.array(inputs, ndmin=2).T", "W=3,3 inputs=3"),
    # A column of ones for the bias, or b apart?
    "ones_in_front": ("np.hstack([np.ones((3, 1)), X]) @ W", "X=3,3 W=4,2"),
    "ones_missing": ("patches @ Theta", "patches=30,30,3,9 Theta=10,16"),
    "row_missing": ("X @ W", "X=32,785 W=784,10"),
    # What is a 1-D array in @, dot and .T?
    "vector_transposed": ("v.T", "v=3"),
    "vector_times_vector": ("np.dot(u, v)", "u=3 v=3"),
    "vector_times_matrix": ("x @ W1 + b1", "x=4 W1=4,3 b1=3"),
    "weight_vector": ("x @ w + b", "x=32,784 w=784 b=32,1"),
    "outer_by_dot": ("np.dot(delta, a.T)", "delta=3 a=4"),
    # A stack of matrices and a matrix.
    "stack_and_matrix": ("A @ W", "A=200,100,1 W=100,200"),
    "by_tensordot": ("np.tensordot(A, W, axes=((1), (0))).swapaxes(1, 2)", "A=200,100,1 W=100,200"),
    "by_einsum": ("np.einsum('ijk,jl->ilk', A, W)", "A=200,100,1 W=100,200"),
    "by_dot": ("A[:, :, 0].dot(W)[..., None]", "A=200,100,1 W=100,200"),
    "no_tile_needed": ("x @ W", "x=batch,2,3 W=3,4"),
    "bmm_and_expand": ("torch.bmm(x, w.expand(32, 8, 20)) + b", "x=32,1,8 w=8,20 b=20"),
    "dot_of_stacks": ("np.dot(a, b)", "a=8,5,4 b=8,4,3"),
    "summed_batch": ("np.einsum('bi,oi->o', x, W)", "x=32,784 W=256,784"),
    # Going back.
    "gradient_of_weight": ("dY.T @ X", "dY=32,256 X=32,784"),
    "jacobian": ("np.diag(d) @ W", "d=4 W=4,3"),
    # Silent ones.
    "loss_of_column": ("((pred - y) ** 2).mean()", "pred=4,1 y=4"),
    "pairs_on_purpose": ("x[:, None] - y[None, :]", "x=3 y=4"),
    "softmax_without_keepdims": ("e / e.sum(axis=1)", "e=32,10"),
    "softmax_with_keepdims": ("e / e.sum(axis=1, keepdims=True)", "e=32,10"),
    # Layers.
    "conv": ("F.max_pool2d(nn.Conv2d(1, 16, 3)(x), 2)", "x=8,1,28,28"),
    "conv_without_batch": ("nn.Conv2d(8, 16, 3)(x)", "x=8,28,28"),
    "lstm": ("nn.LSTM(16, 32)(x)", "x=8,5,16"),
    "scores_by_step": ("F.cross_entropy(logits, y)", "logits=4,10,7 y=4,7"),
    "modules_in_a_row": (
        "nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(64, 10))(x)",
        "x=8,1,4,4",
    ),
    # Other answers.
    "several_arrays": ("torch.max(x, 1)", "x=3,4"),
    "provided": ("x.reshape(B, h, d // h)", "x=B,d B:=B h:=h d:=d"),
    "unknown": ("np.unique(x).sum(axis=n)", "x=5 n:=n"),
    "plain_number": ("x.shape[0] * 2", "x=B,3"),
}
