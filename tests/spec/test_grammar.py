"""Text to axes. What jaxtyping accepts and what it makes of it is asked of jaxtyping itself."""

import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jaxtyping import AnnotationError, Float, jaxtyped

from shapecheck import SpecError
from shapecheck.dims import Symbol, maximum, minimum, symbol
from shapecheck.spec.grammar import is_bracketed, parse_shape, split_top
from shapecheck.spec.leaves import Item
from shapecheck.spec.match import Bindings, match
from shapecheck.spec.model import ArraySpec, Dim, Run

n, m, B, n_in = symbol("n"), symbol("m"), symbol("B"), symbol("n_in")
layer = symbol("l")

NAME, ANY = Dim(n, "n"), Dim(None, "_")

PARSED = [
    # names, sizes, anything
    ("n", [NAME]),
    ("B n_in", [Dim(B, "B"), Dim(n_in, "n_in")]),
    ("3", [Dim(3, "3")]),
    ("0", [Dim(0, "0")]),
    ("1_000", [Dim(1000, "1_000")]),
    ("+3", [Dim(3, "+3")]),
    ("0x10", [Dim(16, "0x10")]),
    ("_", [ANY]),
    ("_name", [Dim(None, "_name")]),
    ("", []),
    ("größe", [Dim(symbol("größe"), "größe")]),
    ("in", [Dim(symbol("in"), "in")]),  # a keyword of Python's, and a fine name of an axis
    # runs
    ("...", [Run(None)]),
    ("…", [Run(None)]),
    ("*batch", [Run("batch")]),
    ("*batch n", [Run("batch"), NAME]),
    ("n *batch", [NAME, Run("batch")]),
    ("n *batch m", [NAME, Run("batch"), Dim(m, "m")]),
    ("n ... m", [NAME, Run(None), Dim(m, "m")]),
    ("*_", [Run(None)]),
    ("*_rest", [Run(None)]),
    ("_*rest", [Run(None)]),
    # modifiers in any order
    ("#n", [Dim(n, "n", broadcast=True)]),
    ("#4", [Dim(4, "4", broadcast=True)]),
    ("#n+1", [Dim(n + 1, "n+1", broadcast=True)]),
    ("*#n", [Run("n", broadcast=True)]),
    ("#*n", [Run("n", broadcast=True)]),
    ("?n", [Dim(n, "n", tree=True)]),
    ("?#n", [Dim(n, "n", broadcast=True, tree=True)]),
    ("#?n", [Dim(n, "n", broadcast=True, tree=True)]),
    ("*?n", [Run("n", tree=True)]),
    ("?*n", [Run("n", tree=True)]),
    ("#?*n", [Run("n", broadcast=True, tree=True)]),
    ("?_", [ANY]),
    # labels
    ("rows=4", [Dim(4, "4", label="rows")]),
    ("rows=n", [Dim(n, "n", label="rows")]),
    ("x=a+b", [Dim(symbol("a") + symbol("b"), "a+b", label="x")]),
    ("x=#a", [Dim(symbol("a"), "a", broadcast=True, label="x")]),
    ("#x=a", [Dim(symbol("a"), "a", broadcast=True, label="x")]),
    ("x=_", [Dim(None, "_", label="x")]),
    ("x=*a", [Run("a")]),
    ("heads*d=64", [Dim(64, "64", label="heads*d")]),
    # formulas
    ("n+1", [Dim(n + 1, "n+1")]),
    ("1+n", [Dim(n + 1, "1+n")]),
    ("2*n+1", [Dim(2 * n + 1, "2*n+1")]),
    ("n-1", [Dim(n - 1, "n-1")]),
    ("n//2", [Dim(n // 2, "n//2")]),
    ("n%2", [Dim(n % 2, "n%2")]),
    ("n**2", [Dim(n**2, "n**2")]),
    ("2**n", [Dim(2**n, "2**n")]),
    ("(n+m)*2", [Dim(2 * n + 2 * m, "(n+m)*2")]),
    ("(n+m) 3", [Dim(n + m, "(n+m)"), Dim(3, "3")]),
    ("n*m", [Dim(m * n, "n*m")]),
    ("-n+m", [Dim(m - n, "-n+m")]),
    ("min(n,m)", [Dim(minimum(n, m), "min(n,m)")]),
    ("max(n,m,3)", [Dim(maximum(n, m, 3), "max(n,m,3)")]),
    ("abs(n-m)", [Dim(maximum(n - m, m - n), "abs(n-m)")]),
    ("min(n, m)", [Dim(minimum(n, m), "min(n, m)")]),  # blanks in brackets separate nothing
    ("2*3+1", [Dim(7, "2*3+1")]),
    # parts that a call fills in
    ("{n}", [Dim(symbol("{n}", tag="{}"), "{n}", template="{n}")]),
    ("{self.n}", [Dim(symbol("{self.n}", tag="{}"), "{self.n}", template="{self.n}")]),
    ("2*{n}+1", [Dim(2 * symbol("{n}", tag="{}") + 1, "2*{n}+1", template="2*{n}+1")]),
    ("{a[0, 1]}", [Dim(symbol("{a[0, 1]}", tag="{}"), "{a[0, 1]}", template="{a[0, 1]}")]),
    ("n{i}", [Dim(None, "n{i}", template="n{i}")]),  # a name put together: only the call knows it
    ("{i}0", [Dim(None, "{i}0", template="{i}0")]),
    ("n[{i}]", [Dim(None, "n[{i}]", template="n[{i}]")]),
    # one of a list of layers
    ("n[0]", [Dim(symbol("n", 0), "n[0]")]),
    ("n[-1]", [Dim(symbol("n", -1), "n[-1]")]),
    ("n[l]", [Dim(symbol("n", layer), "n[l]")]),
    (
        "n[l+1] n[l]",
        [Dim(symbol("n", layer + 1), "n[l+1]"), Dim(symbol("n", layer), "n[l]")],
    ),
    ("2*n[l]", [Dim(2 * symbol("n", layer), "2*n[l]")]),
    # brackets and commas
    ("()", []),
    ("( )", []),
    ("(n,)", [NAME]),
    ("(n)", [NAME]),
    ("(B, n_in)", [Dim(B, "B"), Dim(n_in, "n_in")]),
    ("(B, n_in,)", [Dim(B, "B"), Dim(n_in, "n_in")]),
    ("[B, n_in]", [Dim(B, "B"), Dim(n_in, "n_in")]),
    ("(B,n_in)", [Dim(B, "B"), Dim(n_in, "n_in")]),
    (" ( B , n_in ) ", [Dim(B, "B"), Dim(n_in, "n_in")]),
    ("(*batch, n)", [Run("batch"), NAME]),
    ("(..., 3)", [Run(None), Dim(3, "3")]),
    ("(n + 1, min(n, m))", [Dim(n + 1, "n + 1"), Dim(minimum(n, m), "min(n, m)")]),
    ("(n[l+1], n[l])", parse_shape("n[l+1] n[l]")),
    ("[rows=4, #n]", [Dim(4, "4", label="rows"), Dim(n, "n", broadcast=True)]),
    # blanks
    ("   B\t n_in \n", [Dim(B, "B"), Dim(n_in, "n_in")]),
    ("B\u00a0n_in", [Dim(B, "B"), Dim(n_in, "n_in")]),  # copied from a web page
]


@pytest.mark.parametrize(("text", "axes"), PARSED, ids=[text for text, _ in PARSED])
def test_parsed(text, axes):
    assert parse_shape(text) == tuple(axes)


def test_columns_are_where_the_axes_stand():
    text = "  *batch  rows=4 #n+1  _"
    assert [axis.column for axis in parse_shape(text)] == [2, 10, 17, 23]
    text = "( B , n + 1 )"
    assert [axis.column for axis in parse_shape(text)] == [2, 6]


def test_a_name_is_one_name_however_its_letters_are_encoded():
    # Python's identifiers are in normal form NFKC; MICRO SIGN and GREEK SMALL LETTER MU are one.
    micro, greek = parse_shape("\u00b5 \u03bc")
    (formula,) = parse_shape("\u00b5+1")
    assert micro.size == greek.size == symbol("\u03bc")
    assert formula.size == symbol("\u03bc") + 1


def test_text_of_axes_is_read_back():
    for text, _ in PARSED:
        axes = parse_shape(text)
        again = parse_shape("(" + ", ".join(str(axis) for axis in axes) + ",)" if axes else "()")
        assert [str(axis) for axis in again] == [str(axis) for axis in axes]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(B, n)", True),
        (" [B] ", True),
        ("()", True),
        ("(a+b) (c+d)", False),
        ("(a+b)*(c+d)", False),
        ("n", False),
        ("(", False),
        ("", False),
    ],
)
def test_is_bracketed(text, expected):
    assert is_bracketed(text) is expected


def test_split_top():
    assert split_top("a,(b,c),d", ",") == [(0, 1), (2, 7), (8, 9)]
    assert split_top("a b", None) == [(0, 1), (2, 3)]


# --- errors -----------------------------------------------------------------------------------

# text, the characters at fault (as they stand there), the problem, the remedy
SLIPS = [
    (
        "B, n",
        (1, ","),
        "axes are separated by spaces",
        'write "B n", or "(B, n)" in a plain string',
    ),
    ("B,n", (1, ","), "axes are separated by spaces", '"(B, n)"'),
    ("(B n)", (2, " "), "axes in brackets are separated by commas", 'write "(B, n)"'),
    ("(B 3, n)", (2, " "), "axes in brackets are separated by commas", 'write "(B, 3, n)"'),
    ("[B ... n]", (2, " "), "axes in brackets are separated by commas", 'write "(B, ..., n)"'),
    ("(B,,n)", (3, ","), "an axis is missing before this comma", ""),
    ("(B, , n)", (4, ","), "an axis is missing before this comma", ""),
    ("(B, n", (0, "("), "'(' is not closed", ""),
    ("B n)", (3, ")"), "')' closes nothing", ""),
    ("(B, n]", (5, "]"), "']' closes nothing", ""),
    ("n n#", (3, "#"), "'#' goes in front of an axis", 'write "#n"'),
    ("##n", (1, "#"), "'#' stands twice", "once is enough"),
    ("**n", (1, "*"), "'*' stands twice", "once is enough"),
    ("B __n", (3, "_"), "'_' stands twice", "once is enough"),
    ("B #_", (2, "#"), "'#' needs the name of an axis behind it", ""),
    ("#", (0, "#"), "'#' needs the name of an axis behind it", ""),
    ("B *", (2, "*"), "'*' needs the name of an axis behind it", ""),
    ("B *3", (2, "*3"), "'*' goes with a name, and 3 is a fixed size", 'write "3"'),
    ("_3", (0, "_3"), "'_' goes with a name, and 3 is a fixed size", 'write "3"'),
    ("*n+1", (0, "*n+1"), "'*' goes with a name, and n+1 is a formula", 'write "n+1"'),
    ("?n+1", (0, "?n+1"), "'?' goes with a name, and n+1 is a formula", 'write "n+1"'),
    ("B ...n", (2, "..."), "'...' stands alone", "'*name'"),
    ("*a n *b", (5, "*"), "'*b' is the second run of axes", "at most one"),
    ("... *b", (4, "*"), "'*b' is the second run of axes", "at most one"),
    ("n + 1", (2, "+"), "blanks separate axes, so this stands alone", 'without blanks: "n+1"'),
    ("n+", (1, "+"), "this is neither a name, a size nor a formula", "an axis is a name"),
    ("B 2n", (2, "2n"), "a name does not begin with a digit", 'for a product write "2*n"'),
    ("n/2", (0, "n/2"), "'/' does not give whole numbers", 'write "n//2"'),
    ("B n^2", (2, "n^2"), "'^' is not a power", 'write "n**2"'),
    ("B self.n", (2, "self.n"), "a name has no dot", 'for an attribute write "{self.n}"'),
    ("f(n)", (0, "f(n)"), "'f' is not a function of sizes", "min, max and abs are"),
    ("B n+f(n)", (4, "f(n)"), "'f' is not a function of sizes", "min, max and abs are"),
    ("größe+f(n)", (6, "f(n)"), "'f' is not a function of sizes", "min, max and abs are"),
    ("min(a,\n b/2)", (8, "b/2"), "'/' does not give whole numbers", 'write "b//2"'),
    ("-1", (0, "-1"), "a size is never negative", 'for an axis of any size write "_"'),
    ("3-4 n", (0, "3-4"), "a size is never negative", "_"),
    ("None 3", (0, "None"), "None is not an axis", 'for any size write "_"'),
    (": 3", (0, ":"), "this is not an axis", 'for any size write "_"'),
    ("1.5", (0, "1.5"), "this is not a size", "a formula has names, whole numbers"),
    ("n==3", (0, "n==3"), "this compares", "rows=4"),
    ("n<=3", (1, "<="), "this compares", "rows=4"),
    ("((B, n))", (1, "(B, n)"), "brackets enclose all axes or none", 'write "(B, T, C)"'),
    ("n//0", (3, "0"), "this divides by zero", ""),
    ("n**-1", (0, "n**-1"), "no size has this exponent", ""),
    ("9**9**9", (0, "9**9**9"), "no size has this exponent", ""),
    ("n[a,b]", (2, "a,b"), "an index is one position", 'write "n[l+1] n[l]"'),
    ("n[l+k]", (2, "l+k"), "the position names k, l are more than one", "n[l+1] n[l]"),
    ("n[l] l", (5, "l"), "'l' is the position in the list here", "another name"),
    ("2*{self.n +}", (2, "{self.n +}"), "braces hold an expression", 'write "{self.n}"'),
    ("{}", (0, "{}"), "braces hold an expression", 'write "{self.n}"'),
    ("{n", (0, "{"), "'{' is not closed", ""),
]


@pytest.mark.parametrize(
    ("text", "at", "problem", "remedy"), SLIPS, ids=[text for text, *_ in SLIPS]
)
def test_slips(text, at, problem, remedy):
    with pytest.raises(SpecError) as caught:
        parse_shape(text)
    error, (column, marked) = caught.value, at
    assert (error.column, text[column : column + error.width]) == (column, marked)
    assert error.problem.startswith(problem)
    assert remedy in error.remedy
    assert bool(remedy) == bool(error.remedy)


@pytest.mark.parametrize("text", [text for text, *_ in SLIPS])
def test_the_caret_stands_below_what_it_means(text):
    with pytest.raises(SpecError) as caught:
        parse_shape(text)
    error = caught.value
    *_, shown, carets = str(error).removesuffix(f"\n  {error.remedy}").split("\n")
    start = carets.index("^")
    marked = shown[start : start + carets.count("^")]
    assert marked.split() == text[error.column : error.column + error.width].split()
    assert carets.strip() == "^" * error.width


def test_the_error_says_whose_specification_it_is():
    with pytest.raises(SpecError) as caught:
        parse_shape("B, n")
    told = caught.value.about("x of linear").about("nobody")
    assert str(told).splitlines() == [
        'axis specification "B, n" of x of linear: axes are separated by spaces  [spec-syntax]',
        "    B, n",
        "     ^",
        '  write "B n", or "(B, n)" in a plain string',
    ]


TEXTS = st.text(
    st.sampled_from("nml_B30129+-*/%#?=.,()[]{} \t\n:<>!'\"fminax…äµ٣\u00a0") | st.characters(),
    max_size=12,
)


@settings(deadline=None, max_examples=400)
@given(TEXTS)
@example("9" * 400)
@example("-" * 3000 + "1")
@example("(" * 300 + "n" + ")" * 300)
@example("n\x00")
def test_any_text_is_read_or_refused_with_a_column(text):
    try:
        axes = parse_shape(text)
    except SpecError as error:
        assert error.problem
        assert 0 <= error.column < max(len(text), 1)
        assert error.column + error.width <= len(text) or error.width == 1
    else:
        assert all(isinstance(axis, (Dim, Run)) for axis in axes)


# --- jaxtyping as the oracle ------------------------------------------------------------------

NAMED = {"a": 2, "b": 3, "n": 4}  # what names stand for
ARGUMENTS = {"k": 3, "word": "a"}  # what {…} parts refer to
SIZES = range(9)

# What jaxtyping accepts with a meaning and shapecheck refuses, on purpose.
REFUSED_ON_PURPOSE = {
    r"(^|[=#*?])$": "an axis with an empty name: '#', '*', 'rows=' are unfinished, not names",
    r"[\w)]/[^/]": "true division: 5/2 would never fit; '//' is meant",
    r"(^|[=#*?])None$": "jaxtyping takes None for a name like any other; '_' is meant",
    r"[<>!]=|[<>]": "'n<=3' is read as the label 'n<' of the size 3; it looks like a condition",
    r"<<|if|==|int\(|\d\.\d|'": "Python that is not arithmetic of whole numbers",
}


def why_refused(piece, theirs):
    if theirs.count(True) <= ("#" in piece):
        return "it fits no array, unless '#' lets a size of 1 pass: '-1', '2-3', '(a,b)'"
    return next((why for form, why in REFUSED_ON_PURPOSE.items() if re.search(form, piece)), "")


def jaxtyping_verdicts(text):
    """ValueError, None where jaxtyping can never decide, or its verdict for each size."""
    try:
        hint = Float[np.ndarray, text]
        known = Float[np.ndarray, " ".join(NAMED)]
    except ValueError:
        return ValueError

    @jaxtyped(typechecker=None)
    def fits(k, word, size):
        assert isinstance(np.zeros(tuple(NAMED.values())), known)
        return isinstance(np.zeros(size), hint)

    try:
        return [fits(**ARGUMENTS, size=size) for size in SIZES]
    except (AnnotationError, SyntaxError, TypeError, ValueError, ArithmeticError, AttributeError):
        return None


def own_verdicts(text):
    try:
        spec = ArraySpec(parse_shape(text), text=text)
    except SpecError:
        return SpecError
    given = Bindings.given(NAMED, "test")
    return [match([Item("x", spec, np.zeros(size))], given, ARGUMENTS).holds for size in SIZES]


MODIFIERS = st.lists(st.sampled_from(["#", "*", "_", "x="]), max_size=3).map("".join)
ATOMS = st.sampled_from(["a", "b", "n", "1", "2", "3", "7", "{k}"])
FORMULAS = st.recursive(
    ATOMS,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "%", "**"]), inner).map("".join)
        | inner.map("({})".format)
        | st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(
            "{0[0]}({0[1]},{0[2]})".format
        )
        | inner.map("abs({})".format)
        | inner.map("-{}".format)
    ),
    max_leaves=4,
)
ODD = ["", "_", "...", "in", "None", "{word}", "{k}1", "n#", "-1", "n/2", "n<=3", "n==3", "2n"]
ODD += ["1_0", "0x3", "n if n else 2", "1<<1", "3.0", "a=b=c", "f(n)", "n.k", "int(n/2)", "a,b"]
ODD += ["a b", "rows=3", "(a,b)", "unknown"]
PIECES = (
    st.tuples(MODIFIERS, st.sampled_from(ODD) | FORMULAS)
    .map("".join)
    .filter(lambda piece: piece.count("**") < 2)  # jaxtyping would compute 7**7**7**7
)


def test_agrees_with_jaxtyping():
    seen = {"accepted": 0, "refused": 0}

    @settings(deadline=None, max_examples=600)
    @given(PIECES)
    def agrees(piece):
        theirs, ours = jaxtyping_verdicts(piece), own_verdicts(piece)
        if theirs is ValueError:
            seen["refused"] += 1
            assert ours is SpecError
        elif theirs is not None and ours is SpecError:
            assert why_refused(piece, theirs), f"jaxtyping: {theirs}"
        elif theirs is not None:
            seen["accepted"] += 1
            # Where a formula divides by zero jaxtyping raises, and `theirs` is None.
            assert [verdict is True for verdict in ours] == theirs

    agrees()
    assert min(seen.values()) > 20, seen


EXCEPTIONS = ["*", "rows=", "-1", "n/2", "None", "n<=3", "n==3", "3.0", "1<<1", "int(n/2)"]


@pytest.mark.parametrize("piece", EXCEPTIONS)
def test_the_exceptions_are_exceptions(piece):
    theirs = jaxtyping_verdicts(piece)
    assert isinstance(theirs, list)
    assert own_verdicts(piece) is SpecError
    assert why_refused(piece, theirs)


@pytest.mark.parametrize("text", ["[a, b]", "n[0] n[1]", "min(a, b)"])
def test_accepted_beyond_jaxtyping(text):
    # min(a, b): jaxtyping splits at the blank inside the brackets and can never evaluate the parts.
    assert jaxtyping_verdicts(text) in (ValueError, None) or not any(jaxtyping_verdicts(text))
    assert own_verdicts(text) is not SpecError


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("a b ...", True),
        ("* *", False),
        ("*a *b", False),
        ("a ... b ...", False),
        ("a b, c", False),
    ],
)
def test_whole_texts_agree_with_jaxtyping(text, accepted):
    assert (jaxtyping_verdicts(text) is not ValueError) is accepted
    assert (own_verdicts(text) is not SpecError) is accepted


def test_symbols_inside_indices_are_no_axes():
    spec = ArraySpec(parse_shape("n[l+1] m"))
    assert spec.names() == {Symbol("n", layer + 1), Symbol("m")}
    assert spec.positions() == {Symbol("l")}
