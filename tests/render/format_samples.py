"""The samples that every output format is tested on."""

from shapecheck.diagnostics import Cell, Diagnostic, Edit, Fix, Note, Operand, Span
from shapecheck.diagnostics.report import Report

MODEL = "h = torch.relu(x @ W + b)"
HEAD = "    return self.head(  # of 10 classes: 50%, or more\n        x)"


def span(path, line, column, end_line, end_column, text):
    return Span(path, line, column, end_line, end_column, "forward", tuple(text.split("\n")))


MATMUL = Diagnostic(
    rule="matmul-inner",
    message="x (B, 784) @ W (256, 784): inner sizes 784 and 256 differ",
    span=span("src/model.py", 12, 16, 12, 21, MODEL),
    context="called from Net.forward",
    operands=(
        Operand("x", cells=(Cell("B", "B"), Cell(784, mark=True))),
        Operand(
            "W",
            "layer.weight",
            (Cell(256, "n_out", mark=True, remark="256 != 784"), Cell(784, "n_in")),
        ),
    ),
    reason="W is stored (n_out, n_in), the way nn.Linear stores its weight.",
    notes=(
        Note(
            "W was made here", span("src/layers & co.py", 3, 5, 3, 20, "W = torch.zeros(256, 784)")
        ),
        Note("torch is not loaded"),
    ),
    fixes=(
        Fix(
            "x @ W.T",
            "(B, 256)",
            checked=True,
            edits=(Edit(span("src/model.py", 12, 16, 12, 21, MODEL), "x @ W.T"),),
        ),
        Fix("F.linear(x, W)"),
    ),
)
LINEAR = Diagnostic(
    rule="linear-in-features",
    message="self.head: expects 10, gets 50%: a:b, c",
    span=span("src/model.py", 20, 12, 21, 11, HEAD),
)
OUTER = Diagnostic(
    rule="broadcast-outer",
    message="é (n, 1) - y (n,) silently became (n, n)\x07",
    span=span("src/größe.py", 4, 1, 4, 6, "é - y"),
)
NOWHERE = Diagnostic(
    rule="unreadable-file", message="no such file or directory", span=Span("gone.py", 1, 1, 1, 1)
)
REPORT = Report(
    (NOWHERE, MATMUL, LINEAR, OUTER),
    checked=("src/clean.py", "src/größe.py", "src/model.py"),
    functions=7,
    seconds=0.25,
    failures=("src/odd.py: internal error: KeyError: 'x'",),
    left_out=("src/deep.py: nested too deeply",),
)
NOTHING = Report((), checked=("src/clean.py",), functions=1, seconds=0.01)
