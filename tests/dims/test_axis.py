import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecheck.dims import (
    UNIT,
    Assumptions,
    Axis,
    Piece,
    Run,
    Scrambled,
    merge,
    same,
    shape_text,
    split,
    stretch,
    symbol,
)

h, d, g = map(symbol, "hdg")
B, H, D = Axis(symbol("b"), "b"), Axis(h, "h"), Axis(d, "d")
NOTHING = Assumptions()


# --- identity ---


def test_the_name_is_the_identity():
    assert same(Axis(3, "n"), Axis(3, "n")) is True
    assert same(Axis(3, "n"), Axis(3, "m")) is False
    assert same(Axis(3, "n", "here"), Axis(3, "n", "there")) is True


def test_without_a_name_the_origin_is_the_identity():
    assert same(Axis(3, origin="arange"), Axis(3, origin="arange")) is True
    assert same(Axis(3, origin="arange"), Axis(3, origin="zeros")) is False
    assert same(Axis(3, origin="n"), Axis(3, "n")) is False


def test_an_anonymous_axis_is_the_same_as_nothing_but_itself():
    one, other = Axis(3), Axis(3)
    assert one == other
    assert one.key is None
    assert same(one, one) is True
    assert same(one, other) is None
    assert same(one, H) is None


def test_merged_axes_compare_by_their_factors_in_order():
    assert same(merge([H, D]), merge([H, D])) is True
    assert same(merge([H, D]), merge([D, H])) is False
    assert same(merge([H, D]), merge([H, Axis(d)])) is None
    assert same(merge([H, Axis(3)]), merge([D, Axis(3)])) is False
    assert same(merge([H, D]), H) is False
    assert merge([H, D]).size == merge([D, H]).size


def test_an_axis_is_a_value():
    assert Axis(h, "h") == H
    assert hash(Axis(h, "h")) == hash(H)
    assert H != D
    assert {merge([H, D]): 1}[merge([H, D])] == 1
    assert H.with_size(3) == Axis(3, "h")
    assert H.with_size(h) is H
    assert merge([H, D]).with_size(12) == Axis(12)
    assert repr(Axis(3, "n")) == "Axis(size=3, name='n')"


def test_stretch():
    assert stretch(Axis(1, "one"), H) == H
    assert stretch(H, UNIT) == H
    assert stretch(Axis(h), H) == H
    assert stretch(H, D) == H
    assert stretch(UNIT, Axis(1, "one")) == Axis(1, "one")


# --- merging ---


def test_merging():
    assert merge([H, D]) == Axis(h * d, factors=(H, D))
    assert merge([B, merge([H, D])]) == merge([merge([B, H]), D]) == merge([B, H, D])
    assert merge([UNIT, H, Axis(1, "one")]) is H
    assert merge([]) == merge([UNIT, UNIT]) == UNIT
    assert merge([Axis(1, "one")]) == Axis(1, "one")


# --- splitting ---


def test_a_split_cuts_between_factors():
    merged = merge([B, H, D])
    assert split(merged, [B.size, h, d], NOTHING) == (B, H, D)
    assert split(merged, [B.size, h * d], NOTHING) == (B, merge([H, D]))
    assert split(merged, [B.size * h, d], NOTHING) == (merge([B, H]), D)
    assert split(merged, [B.size, 1, h, d, 1], NOTHING) == (B, UNIT, H, D, UNIT)
    assert split(merged, [merged.size], NOTHING) == (merged,)
    assert split(UNIT, [1, 1], NOTHING) == (UNIT, UNIT)


def test_axes_in_another_order_are_scrambled():
    assert split(merge([H, D]), [d, h], NOTHING) == Scrambled(H, d)
    assert split(merge([B, H, D]), [B.size, d, h], NOTHING) == Scrambled(H, d)
    time = Axis(symbol("t"), "t")
    assert split(merge([B, H, time, D]), [B.size, time.size, h * d], NOTHING) == Scrambled(
        H, time.size
    )
    assert split(merge([Axis(6), Axis(4)]), [8, 3], NOTHING) == Scrambled(Axis(6), 8)


def test_what_may_be_a_division_is_not_decided():
    assert split(merge([H, D]), [g, h * d // g], NOTHING) is None
    assert split(merge([H, D]), [0, 5], NOTHING) is None


def test_assumptions_decide():
    known = Assumptions()
    known.assume_equal(h, g * symbol("k"))
    parts = split(merge([H, D]), [g, symbol("k"), d], known)
    assert isinstance(parts, tuple)
    assert [one.size for one in parts] == [g, symbol("k"), d]
    assert merge(parts) == merge([H, D])
    known = Assumptions()
    known.assume_equal(g, h)
    assert split(merge([H, D]), [g, d], known) == (H, D)


def test_a_single_axis_is_divided_into_pieces():
    outer, inner = split(H, [g, h // g], NOTHING)
    assert outer == Axis(g, origin=Piece(H, h, h // g))
    assert inner == Axis(h // g, origin=Piece(H, h // g, 1))
    assert same(outer, inner) is None or same(outer, inner) is False
    assert merge([outer, inner]) is H
    assert merge([inner, outer]) != H
    assert same(merge([inner, outer]), H) is False


def test_pieces_of_an_anonymous_axis_merge_back():
    whole = Axis(12)
    parts = split(whole, [2, 3, 2], NOTHING)
    assert merge(parts) is whole
    assert merge([merge(parts[:2]), parts[2]]) is whole
    other = split(Axis(12), [6, 2], NOTHING)
    assert same(other[0], merge(parts[:2])) is None
    again = split(whole, [6, 2], NOTHING)
    assert same(again[0], merge(parts[:2])) is True
    assert same(again[1], parts[0]) is False


# --- against index arithmetic ---


def digit(axis, index):
    """Where an axis is, when its whole is at an index."""
    if isinstance(axis.origin, Piece):
        return index[axis.origin.whole.name] % axis.origin.outer // axis.origin.inner
    return index[axis.name]


def position(axis, index):
    """Where a merged axis is, in row-major order."""
    place = 0
    for factor in axis.factors or (axis,):
        place = place * factor.size + (digit(factor, index) if factor.size != 1 else 0)
    return place


def positions_of(sizes):
    return itertools.product(*map(range, sizes))


sizes_of_factors = st.lists(st.sampled_from([1, 2, 3, 4, 6]), min_size=1, max_size=3)


def factorizations(total):
    """Lists of sizes with a given product."""
    if total == 1:
        return st.lists(st.just(1), max_size=2)
    divisors = [one for one in range(1, total + 1) if total % one == 0]
    return st.sampled_from(divisors).flatmap(
        lambda first: (
            factorizations(total // first).map(lambda rest: [first, *rest])
            if first > 1
            else st.just([total])
        )
    )


@settings(deadline=None, max_examples=300)
@given(sizes_of_factors, st.data())
def test_a_split_agrees_with_row_major_order(sizes, data):
    axes = [Axis(size, f"n{i}") for i, size in enumerate(sizes)]
    wanted = data.draw(factorizations(math.prod(sizes)))
    parts = split(merge(axes), wanted, NOTHING)
    if isinstance(parts, Scrambled):
        return
    assert [part.size for part in parts] == wanted
    assert merge([*parts, UNIT]) == merge([*axes, UNIT])  # also where all are units
    for at, new in zip(positions_of(sizes), positions_of(wanted), strict=True):
        index = {axis.name: place for axis, place in zip(axes, at, strict=True)}
        assert tuple(position(part, index) for part in parts) == new


def crosses(sizes, wanted):
    """Whether a cut of one list neither divides, nor is divided by, a cut of the other."""
    cuts, others = ({math.prod(one[i:]) for i in range(len(one) + 1)} for one in (sizes, wanted))
    return any(x % y and y % x for x in cuts for y in others)


@settings(deadline=None, max_examples=300)
@given(sizes_of_factors, st.data())
def test_integers_are_scrambled_exactly_if_a_cut_crosses(sizes, data):
    wanted = data.draw(factorizations(math.prod(sizes)))
    axis = merge([Axis(size, f"n{i}") for i, size in enumerate(sizes)])
    assert isinstance(split(axis, wanted, NOTHING), Scrambled) == crosses(sizes, wanted)


def test_both_kinds_of_splits_occur():
    seen = {crosses(s, w) for s, w in [([6, 4], [8, 3]), ([6, 4], [3, 8])]}
    assert seen == {True, False}


# --- text ---


@pytest.mark.parametrize(
    ("axis", "written"),
    [
        (H, "h"),
        (Axis(h + 1), "h + 1"),
        (Axis(32, "n"), "32"),
        (merge([H, D]), "h*d"),
        (merge([Axis(h + 1), D]), "(h + 1)*d"),
        (merge([Axis(h // 2), D]), "(h//2)*d"),
        (merge([Axis(4), Axis(8)]), "32"),
        (Run(), "..."),
        (Run("batch"), "*batch"),
    ],
)
def test_text(axis, written):
    assert str(axis) == written


def test_the_text_of_a_shape():
    assert shape_text((H, D)) == "(h, d)"
    assert shape_text((H,)) == "(h,)"
    assert shape_text(()) == "()"
    assert shape_text((Run(), H)) == "(..., h)"
    assert Run("x") == Run("x") != Run()
