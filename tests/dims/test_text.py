import pytest
from hypothesis import assume, given, settings
from raw import NAMES, build, calculate_plainly, points, trees

from shapecheck.dims import maximum, minimum, symbol, text

a, b, n, m, h, w, k, layer = map(symbol, "abnmhwkl")

EXAMPLES = {
    "2*n + 1": 2 * n + 1,
    "n - 1": n - 1,
    "5 - n": 5 - n,
    "m - n": m - n,
    "-n": -n,
    "h*w": w * h,
    "2*h*w": 2 * h * w,
    "n**2 + n": n + n * n,
    "h//2": h // 2,
    "(n + 1)//2": (n + 1) // 2,
    "h*w//4": h * w // 4,
    "(w - k)//2 + 1": (w - k) // 2 + 1,
    "3*(n//2)": 3 * (n // 2),
    "m*(n//2)": m * (n // 2),
    "(n//2)**2": (n // 2) ** 2,
    "n//(h*w)": n // (h * w),
    "n//(m + 1)": n // (m + 1),
    "-(n//2)": -(n // 2),
    "n % 2": n % 2,
    "n % m": n % m,
    "n % (m + 1)": n % (m + 1),
    "(n + 1) % 3": (n + 1) % 3,
    "3*(n % 2)": 3 * (n % 2),
    "m + n % 2": m + n % 2,
    "-(n % 2)": -(n % 2),
    "1 - n % 2": 1 - n % 2,
    "n - n//2": n - n // 2,
    "min(a, b)": minimum(b, a),
    "max(n, 4) - 1": maximum(4, n) - 1,
    "min(h + 1, w)//2": minimum(h + 1, w) // 2,
    "2**n": 2**n,
    "(-2)**n": (-2) ** n,
    "(n + 1)**m": (n + 1) ** m,
    "2**(n - m)": 2 ** (n - m),
    "n[0]": symbol("n", 0),
    "n[-1]": symbol("n", -1),
    "n[l+1]": symbol("n", layer + 1),
    "n[l]*n[l+1]": symbol("n", layer) * symbol("n", layer + 1),
    "7": 7,
    "-7": -7,
}


@pytest.mark.parametrize("written", EXAMPLES)
def test_text(written):
    assert text(EXAMPLES[written]) == written
    assert str(EXAMPLES[written]) == repr(EXAMPLES[written]) == written


@pytest.mark.parametrize("written", EXAMPLES)
def test_compact_text_has_no_spaces(written):
    assert text(EXAMPLES[written], compact=True) == written.replace(" ", "")


@settings(deadline=None, max_examples=600)
@given(trees, points)
def test_the_text_evaluates_to_the_value(tree, numbers):
    size = build(tree)
    expected = calculate_plainly(tree, numbers)
    assume(size is not None and expected is not None)
    assert eval(text(size), {}, dict(numbers)) == expected
    assert eval(text(size, compact=True), {}, dict(numbers)) == expected


@settings(deadline=None, max_examples=300)
@given(trees)
def test_the_text_is_parsed_back_to_the_same_size(tree):
    size = build(tree)
    assume(size is not None)
    names = {name: symbol(name) for name in NAMES}
    assert eval(text(size), {"min": minimum, "max": maximum}, names) == size


def test_the_text_of_a_tag_is_the_name():
    assert text(symbol("n", tag="caller") + 1) == "n + 1"
