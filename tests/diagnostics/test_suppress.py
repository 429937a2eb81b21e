"""Comments that hold findings back: where they count, what they name, which are of no use."""

import pytest

from shapecheck.diagnostics import RULES, Diagnostic, Span
from shapecheck.diagnostics.suppress import suppressions


def finding(line, rule="matmul-inner"):
    return Diagnostic(rule, "x", Span("a.py", line, 1, line, 2))


def held_back(source, *lines, rule="matmul-inner"):
    comments = suppressions("a.py", source)
    return [line for line in lines if comments.covers(finding(line, rule))]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("x @ y  # shapecheck: ignore\nz @ y\n", [1]),
        ("x @ y  # type: ignore  # shapecheck: ignore[matmul-inner] since\n", [1]),
        ("x @ y  #shapecheck:ignore [ SC201 , broadcast ]\n", [1]),
        ("x @ y  # shapecheck: ignore[broadcast]\n", []),
        ("x @ '# shapecheck: ignore'\n", []),
        ('"""\n# shapecheck: ignore-file\n"""\nx @ y\n', []),
        ("f(\n    x @ y,\n    z,\n)  # shapecheck: ignore\nx @ y\n", [1, 2, 3, 4]),
        ("f(\n    # shapecheck: ignore\n    x @ y,\n)\nx @ y\n", [1, 2, 3, 4]),
        ("s = '''\n''' @ x  # shapecheck: ignore\n", [1, 2]),
        ("def f(\n    x,  # shapecheck: ignore\n):\n    x @ y\n", [1, 2, 3]),
        ("if x:\n    # shapecheck: ignore\n    x @ y\n", [2]),
        ("x @ y\n# shapecheck: ignore-file[matmul-inner]\n", [1, 2]),
        ("print 'x'\n  # shapecheck: ignore-file\n\n", [1, 2, 3]),
        ("f(\n'''\n# shapecheck: ignore-file\n", [1, 2, 3]),  # not Python: nothing better is known
    ],
)
def test_where_comments_count(source, lines):
    assert held_back(source, *range(1, source.count("\n") + 1)) == lines


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("# shapecheck: ignore[matmul-iner]", "no rule matmul-iner; perhaps matmul-inner"),
        ("# shapecheck: ignore[SC999]", "no rule SC999"),
        ("# shapecheck: ignore[broadcast", "no `]`"),
        ("# shapecheck: ignore[]", "empty"),
        ("# shapecheck: ingore[broadcast]", "write `# shapecheck: ignore"),
        ("# shapecheck: noqa", "write `# shapecheck: ignore"),
    ],
)
def test_comments_that_cannot_be_understood(comment, said):
    source = f"x @ y  {comment}\n"
    [found] = suppressions("a.py", source).invalid
    assert said in found.message
    assert (found.rule, found.span.line, found.span.column) == ("invalid-suppression", 1, 8)
    assert source[found.span.column - 1 : found.span.end_column - 1] == comment
    assert held_back(source, 1) == []


@pytest.mark.parametrize(
    "comment", ["# shapecheck: shapes of everything", "# see shapecheck: ignore", "# shapecheck:"]
)
def test_remarks(comment):
    found = suppressions("a.py", f"x @ y  {comment}\n")
    assert (found.comments, found.invalid) == ((), ())


def unused(source, *found, judged=tuple(RULES)):
    return list(suppressions("a.py", source).unused(found, judged))


def test_unused():
    source = "x @ y  # shapecheck: ignore[matmul-inner, broadcast]\n"
    assert [one.message.rpartition(" ")[2] for one in unused(source, finding(1))] == ["(broadcast)"]
    assert unused(source, finding(1), finding(1, "broadcast")) == []
    assert unused(source, finding(1), judged={"matmul-inner"}) == []
    assert unused("x @ y  # shapecheck: ignore[matmul-inner, unused-suppression]\n") == []
    assert len(unused("x @ y  # shapecheck: ignore\n")) == 1
    assert unused("x @ y  # shapecheck: ignore\n", judged={"broadcast"}) == []
    [alone] = unused("# shapecheck: ignore\nx @ y\n", finding(2))
    assert "at the end of that line" in alone.message


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        (
            "x @ y  # shapecheck: ignore[matmul-inner, broadcast]",
            "x @ y  # shapecheck: ignore[matmul-inner]",
        ),
        ("x @ y  # shapecheck: ignore[broadcast]", "x @ y"),
        ("x @ y  # type: ignore # shapecheck: ignore[broadcast]", "x @ y  # type: ignore"),
        ("x @ y  # shapecheck: ignore[broadcast] because", None),
    ],
)
def test_unused_comments_are_taken_away(line, mended):
    [found] = unused(f"{line}\n", finding(1))
    edits = [edit for fix in found.fixes for edit in fix.edits]
    if mended is None:
        assert not edits
    else:
        [edit] = edits
        assert line[: edit.span.column - 1] + edit.text + line[edit.span.end_column - 1 :] == mended
