"""Values against specs: the interpreter.

The numbers in the names of tests are those of the facts about jaxtyping in its own test suite
that shapecheck's users may rely on.
"""

import dataclasses
from typing import Annotated, Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float, Float32, Int, Shaped, jaxtyped
from jaxtyping._storage import get_shape_memo

from shapecheck import PyTree, ShapeError, SpecError, assert_shape, bindings, check, scope
from shapecheck.dims import Symbol
from shapecheck.spec.annotations import Reader
from shapecheck.spec.grammar import parse_shape
from shapecheck.spec.leaves import Item
from shapecheck.spec.match import (
    MOST_COMBINATIONS,
    Bindings,
    broadcast_sizes,
    match,
    parse_name,
    value_of,
)
from shapecheck.spec.model import ArraySpec, ListOf

A, T = np.ndarray, torch.Tensor
z = np.zeros


def items(*pairs):
    """Items from pairs of a hint and a value; beside plain axes a shape stands for its zeros."""
    reader = Reader([globals()])
    hints = {f"x{number}": hint for number, (hint, _) in enumerate(pairs)}
    specs = {
        name: ArraySpec(parse_shape(hint), text=hint)
        if isinstance(hint, str)
        else reader.read(hint, name)
        for name, hint in hints.items()
    }
    values = [z(value) if isinstance(hint, str) else value for hint, value in pairs]
    return [Item(name, specs[name], value) for name, value in zip(hints, values, strict=True)]


def outcome(*pairs, given=(), **arguments):
    return match(items(*pairs), Bindings.given(dict(given), "test"), arguments)


def holds(*pairs, given=(), **arguments):
    return outcome(*pairs, given=given, **arguments).holds


def bound(*pairs, **given):
    found = outcome(*pairs, given=given)
    assert found.holds is not False
    return found.bindings.as_dict()


def broken(call, *args):
    with pytest.raises(ShapeError):
        call(*args)
    return True


# --- the grammar ----------------------------------------------------------------------------------


def test_1_a_name_binds_and_then_must_equal():
    assert holds(("n", (3,)), ("n", (3,))) is True
    assert holds(("n", (3,)), ("n", (4,))) is False
    assert holds(("n n", (3, 4))) is False
    assert bound(("n m", (3, 4))) == {"n": 3, "m": 4}


def test_2_an_integer_is_fixed():
    assert holds(("3", (3,))) is True
    assert holds(("3", (4,))) is False
    assert holds(("3", (3, 1))) is False


def test_3_4_underscore_is_any_size_and_binds_nothing():
    assert holds(("_ _", (3, 4))) is True
    assert holds(("_a _a", (3, 4))) is True
    assert bound(("_a _", (3, 4))) == {}
    assert holds(("_", (3, 4))) is False


def test_5_dots_are_any_number_of_axes_and_bind_nothing():
    assert [holds(("n ... m", shape)) for shape in [(2,), (2, 3), (2, 9, 3)]] == [False, True, True]
    assert holds(("...", (2, 3)), ("...", ())) is True
    assert bound(("... n", (2, 3, 4))) == {"n": 4}


def test_6_7_a_run_binds_a_tuple_wherever_it_stands():
    assert bound(("*b", ())) == {"b": ()}
    assert bound(("*b n", (2, 3, 4))) == {"b": (2, 3), "n": 4}
    assert bound(("n *b m", (2, 3, 4))) == {"b": (3,), "n": 2, "m": 4}
    assert bound(("n *b", (2, 3, 4))) == {"b": (3, 4), "n": 2}
    assert holds(("*b n", (2, 3, 4)), ("m *b", (9, 2, 3))) is True
    assert holds(("*b n", (2, 3, 4)), ("m *b", (9, 3, 2))) is False
    assert holds(("*b n", (2, 3, 4)), ("*b n", (2, 4))) is False
    assert holds(("*b n m", (4,))) is False


def test_8_a_broadcast_size_may_be_1():
    assert [holds(("#4", (size,))) for size in (1, 4, 2)] == [True, True, False]


def test_9_a_broadcast_name_passes_1_without_binding():
    assert bound(("#n", (1,))) == {}
    assert bound(("#n", (1,)), ("n", (3,)), ("#n", (3,))) == {"n": 3}
    assert holds(("n", (3,)), ("#n", (1,))) is True
    assert holds(("#n", (3,)), ("#n", (4,))) is False
    assert holds(("#n", (3,)), ("n", (1,))) is False


def test_10_broadcast_runs_widen_both_ways():
    assert bound(("*#b", (1, 3)), ("*#b", (2, 1))) == {"b": (2, 3)}
    assert bound(("*#b", (3,)), ("*#b", (2, 1))) == {"b": (2, 3)}
    assert bound(("*#b", ()), ("*#b", (4, 1))) == {"b": (4, 1)}
    assert holds(("*#b", (2, 3)), ("*#b", (2, 4))) is False
    assert holds(("*#b", (2,)), ("*#b", (1,)), ("*#b", (3,))) is False


def test_11_a_plain_run_after_broadcast_ones_is_their_result():
    first = (("*#b", (1, 3)), ("*#b", (2, 1)))
    assert holds(*first, ("*b", (2, 3))) is True
    assert holds(*first, ("*b", (2, 1))) is False
    assert holds(("*b", (2, 3)), ("*#b", (1, 3))) is True
    assert holds(("*b", (2, 3)), ("*#b", (3,))) is True
    assert holds(("*b", (2, 1)), ("*#b", (2, 3))) is False
    assert holds(("*#b", (1,)), ("*b", (3,)), ("*b", (1,))) is False


def test_15_formulas():
    assert holds(("n", (3,)), ("n-1 2*n", (2, 6))) is True
    assert holds(("n", (3,)), ("n-1", (3,))) is False
    assert holds(("n m", (3, 4)), ("n*m", (12,))) is True
    assert holds(("n", (3,)), ("#n+1", (1,))) is True


def test_16_a_formula_whose_names_stay_unknown_is_undecided_and_no_mismatch():
    found = outcome(("n*m", (6,)))
    assert found.holds is None
    assert [fact.holds for fact in found.facts if fact.relation == "size"] == [None]


def test_17_functions():
    assert holds(("n m", (3, 5)), ("min(n,m) max(n,m) abs(n-m)", (3, 5, 2))) is True
    assert holds(("n m", (3, 5)), ("min(n,m)", (5,))) is False


class Layer:
    def __init__(self, size):
        self.size = size


def test_18_19_braces_are_expressions_of_the_arguments():
    assert holds(("{k}", (3,)), k=3) is True
    assert holds(("{k}", (3,)), k=4) is False
    assert holds(("{k}+1 2*{k}", (4, 6)), k=3) is True
    assert holds(("{self.size} n", (3, 4)), self=Layer(3)) is True
    assert holds(("n {self.size}*n", (2, 6)), self=Layer(3)) is True
    assert holds(("n {self.size}*n", (2, 7)), self=Layer(3)) is False
    assert holds(("n", (4,)), ("{name}", (4,)), name="n") is True
    assert holds(("n", (4,)), ("{name}+1", (4,)), name="n") is False
    assert holds(("n3", (4,)), ("n{k}", (4,)), k=3) is True
    assert holds(("n3", (4,)), ("n{k}", (5,)), k=3) is False
    assert holds(("{k}0", (30,)), k=3) is True
    assert holds(("{k-5}", (3,)), k=3) is False  # a size of -2 is met by none
    assert holds(("#{k}", (1,)), k=3) is True


def test_a_brace_that_fails_is_undecided_and_told():
    found = outcome(("{k.size} 3", (3, 3)), k=3)
    assert found.holds is None
    assert "AttributeError" in found.troubles[0]
    assert holds(("{k.size} 3", (3, 4)), k=3) is False


def test_20_fields_of_a_dataclass():
    @dataclasses.dataclass
    class Padded:
        width: int
        x: Float[A, "n {width}"]

    assert holds((Padded, Padded(3, z((2, 3))))) is True
    assert holds((Padded, Padded(4, z((2, 3))))) is False


def test_21_defaults_are_visible():
    @check
    def f(x: Float[A, "{k}"], k: int = 3):
        return x

    f(z(3))
    assert broken(f, z(4))
    f(z(4), 4)


def test_22_labels_document():
    assert holds(("rows=4 cols=n", (4, 3)), ("n", (3,))) is True
    assert holds(("rows=4", (3,))) is False
    assert holds(("a b", (2, 3)), ("x=a+b #x=a x=#a", (5, 1, 2))) is True


def test_23_the_empty_spec_is_rank_0():
    assert holds(("", ())) is True
    assert holds(("", (1,))) is False


def test_24_names_of_a_tree_s_leaves():
    tree = PyTree[Float[A, "?n"]]
    assert holds((tree, [z(2), z(3)]), (tree, [z(2), z(3)])) is True
    assert holds((tree, [z(2), z(3)]), (tree, [z(2), z(2)])) is False
    runs = PyTree[Float[A, "*?b"]]
    assert holds((runs, {"a": z(2)}), (runs, {"a": z(2)})) is True
    assert holds((runs, {"a": z(2)}), (runs, {"a": z((2, 2))})) is False


def test_25_27_question_marks_and_runs_are_judged_at_decoration():
    def outside(x: Float[A, "?n"]): ...

    def runs(x: 'Annotated[A, "*a *b"]'): ...

    for function in (outside, runs):
        with pytest.raises(SpecError):
            check(function)


# --- dtypes and array classes ---------------------------------------------------------------------


def test_30_31_dtypes():
    assert holds((Float[A, "n"], z(3))) is True
    assert holds((Float[A, "n"], z(3, int))) is False
    assert holds((Int[A, "n"], z(3, int))) is True
    assert holds((Float32[A, "n"], z(3))) is False
    assert holds((Float32[T, "n"], torch.zeros(3))) is True
    assert holds((Shaped[A, "n"], z(3, "U5"))) is True


def test_35_36_python_scalars():
    assert Float[float, "..."] is float  # jaxtyping's own doing
    assert holds((Float[float, "..."], 3)) is True  # no array is declared, so nothing is judged
    with pytest.raises(ValueError):
        Float[bool, "..."]


class Duck:
    def __init__(self, shape, dtype="float32"):
        self.shape, self.dtype = shape, dtype


def test_39_40_any_class_with_a_shape():
    for hint in (
        Float[Duck, "n"],
        Float[Any, "n"],
        Float[TypeVar("Free"), "n"],
        Annotated[Any, "n"],
    ):
        assert holds((hint, Duck((3,)))) is True
        assert holds((hint, Duck((3, 3)))) is False
    assert holds((Float[Any, "n"], Duck((3,), "int32"))) is False
    assert holds((Float[Duck, "n"], z(3))) is False


def test_41_a_bound_type_variable_restricts():
    bounded = TypeVar("bounded", bound=A)
    assert holds((Float[bounded, "n"], z(3))) is True
    assert holds((Float[bounded, "n"], torch.zeros(3))) is False


@pytest.mark.parametrize("value", [None, 3, [1.0], "text", A, object()], ids=str)
def test_42_what_is_no_array_is_rejected(value):
    for hint in (Float[A, "..."], Float[Any, "..."], Annotated[A, "..."]):
        assert holds((hint, value)) is False


def test_where_only_axes_are_declared_a_number_is_of_rank_0():
    for value in (3, 2.5, True):
        assert holds((Annotated[Any, "..."], value)) is True
        assert holds((Annotated[Any, "n"], value)) is False
    for value in (None, [1.0], "text", A, object()):
        assert holds((Annotated[Any, "..."], value)) is False


def test_43_45_47_array_like():
    assert holds((Float[npt.ArrayLike, "n"], z(3)), ("n", (3,))) is True
    assert holds((Float[npt.ArrayLike, "n"], z(3)), ("n", (4,))) is False
    either = Float[npt.ArrayLike | T, "n"]
    assert holds((either, torch.zeros(3)), ("n", (3,))) is True
    assert holds((Float[npt.ArrayLike, ""], 3.0)) is True


def test_44_unions():
    hint = Float[A | T, "n"]
    assert holds((hint, z(3)), (hint, torch.zeros(3))) is True
    assert holds((hint, z(3)), (hint, torch.zeros(4))) is False


def test_46_type_aliases():
    alias = pytest.importorskip("typing_extensions").TypeAliasType("alias", Float[A, "n"])
    assert holds((alias, z(3)), ("n", (3,))) is True
    assert holds((alias, z(3)), ("n", (4,))) is False


def test_48_extended_annotations():
    hint = Float[Float32[A, "a"], "b"]
    assert holds((hint, z((2, 3), "f4")), ("b a", (2, 3))) is True
    assert holds((hint, z((2, 3), "f4")), ("a b", (2, 3))) is False
    assert holds((hint, z((2, 3)))) is False


def test_scalars_of_numpy_are_arrays_of_rank_0():
    assert holds((Float[A, ""], np.float64(3))) is True
    assert holds((Float[A, "..."], np.float64(3))) is True
    assert holds((Float[A, "n"], np.float64(3))) is False


# --- scopes ---------------------------------------------------------------------------------------


def test_51_arguments_and_result_share_a_scope():
    @check
    def f(x: Float[A, "n"], y: Float[A, "m"]) -> Float[A, "m n"]:
        return z((len(x), len(y)))

    f(z(2), z(2))
    assert broken(f, z(2), z(3))


def test_52_53_calls_have_scopes_of_their_own():
    @check
    def inner(x: Float[A, "n"]):
        return bindings()

    def undecorated(x):
        assert_shape(x, "n")
        return bindings()

    @check
    def outer(x: Float[A, "n"], helper):
        return helper(z(9)), bindings()

    assert outer(z(3), inner) == ({"n": 9}, {"n": 3})
    assert broken(outer, z(3), undecorated)


def test_54_55_what_the_body_asserts_binds_and_a_failing_assertion_binds_nothing():
    @check
    def f(x: Float[A, "n"], y) -> Float[A, "m"]:
        with pytest.raises(ShapeError):
            assert_shape(z((5, 4)), "m n")
        assert_shape(y, "m")
        assert bindings() == {"n": 3, "m": 2}
        return y if x[0] else z(7)

    f(np.ones(3), z(2))
    assert broken(f, z(3), z(2))


def test_56_57_outside_of_any_scope_nothing_is_remembered():
    assert_shape(z(3), "n")
    assert_shape(z(4), "n")
    assert bindings() == {}
    with scope():
        assert_shape(z(3), "n")
        with pytest.raises(ShapeError):
            assert_shape(z(4), "n")
    assert bindings() == {}


# --- jaxtyping as the oracle ----------------------------------------------------------------------

NAMES = ("a", "b", "c")
SMALL = st.integers(1, 3)
AXES = st.sampled_from([*NAMES, *NAMES, *(f"#{name}" for name in NAMES), "_", "_a", "2", "#3"])
RUNS = st.sampled_from(["...", "*a", "*r", "*#r", "*#r", "#*s", "*_"])
FORMULAS = st.sampled_from(["a+1", "b*c", "a-b", "2*a", "#a+1", "min(a,b)", "c//2", "c%2", "a**2"])


@st.composite
def sequences(draw):
    """Specs and shapes that nearly fit; formulas come last, and only over names bound by then.

    jaxtyping goes from left to right and raises where a formula has an unbound name; here the
    order of the arguments means nothing. On these sequences both must agree.
    """
    true_sizes = {name: draw(SMALL) for name in NAMES}
    true_runs = {name: draw(st.lists(SMALL, max_size=2)) for name in ("a", "r", "s")}
    pairs, certain = [], set()

    def shape_of(words):
        sizes = []
        for word in words:
            body = word.lstrip("#*_")
            if word.startswith(("*", "#*", "...")):
                run = list(true_runs.get(body, draw(st.lists(SMALL, max_size=2))))
                sizes += [1 if "#" in word and draw(st.booleans()) else size for size in run]
            elif "#" in word and draw(st.booleans()):
                sizes.append(1)
            elif body.isdigit():
                sizes.append(int(body))
            elif word.startswith("_"):
                sizes.append(draw(SMALL))
            else:
                sizes.append(max(0, eval(body, {}, dict(true_sizes))))
        if sizes and draw(st.booleans()):
            sizes[draw(st.integers(0, len(sizes) - 1))] = draw(SMALL)
        return tuple(sizes)

    for _ in range(draw(st.integers(1, 4))):
        words = draw(st.lists(AXES, max_size=3))
        if draw(st.booleans()):
            words.insert(draw(st.integers(0, len(words))), draw(RUNS))
        certain |= {word for word in words if word in NAMES}
        pairs.append((" ".join(words), shape_of(words)))
    for word in draw(st.lists(FORMULAS, max_size=2)):
        if {one.name for one in ArraySpec(parse_shape(word)).names()} <= certain:
            pairs.append((word, shape_of([word])))
    return pairs


def jaxtyping_verdict(pairs):
    """The verdict, and what the names stand for if it is True."""
    with jaxtyped("context"):
        for text, shape in pairs:
            if not isinstance(z(shape), Float[A, text]):
                return False, {}
        sizes, runs, *_ = get_shape_memo()
        return True, {**sizes, **{name: tuple(sizes) for name, (_, sizes) in runs.items()}}


def test_agrees_with_jaxtyping():
    seen = {True: 0, False: 0}

    @settings(deadline=None, max_examples=700)
    @given(sequences())
    def agrees(pairs):
        verdict, names = jaxtyping_verdict(pairs)
        seen[verdict] += 1
        found = outcome(*pairs)
        assert found.holds is verdict
        assert bool(found.failures()) is not verdict
        if verdict:
            assert found.bindings.as_dict() == names

    agrees()
    assert min(seen.values()) > 40, seen


@settings(deadline=None, max_examples=300)
@given(sequences(), st.randoms(use_true_random=False))
def test_the_order_means_nothing(pairs, rng):
    """jaxtyping: ``"n+1"`` before ``"n"`` is an error there."""
    shuffled = rng.sample(pairs, len(pairs))
    assert holds(*shuffled) is holds(*pairs)


# --- beyond jaxtyping: solving -----------------------------------------------------------------


def test_formulas_are_compared_whatever_the_order():
    for first, second in [(("n+1", (4,)), ("n", (3,))), (("n", (3,)), ("n+1", (4,)))]:
        assert holds(first, second) is True
    for first, second in [(("n+1", (3,)), ("n", (3,))), (("n", (3,)), ("n+1", (3,)))]:
        assert holds(first, second) is False


def test_a_formula_with_one_unknown_is_solved():
    assert bound(("2*n+1", (9,))) == {"n": 4}
    assert bound(("n+m", (7,)), ("m", (3,))) == {"m": 3, "n": 4}
    assert bound(("n+m", (7,)), ("2*m", (6,))) == {"m": 3, "n": 4}
    assert holds(("2*n+1", (8,))) is False
    assert holds(("n+1", (0,))) is False
    assert holds(("2*n+1", (9,)), ("n*n", (16,))) is True
    assert holds(("2*n+1", (9,)), ("n*n", (17,))) is False


def test_a_formula_with_several_solutions_is_undecided():
    assert holds(("n//2", (3,))) is None
    assert holds(("n//2", (3,)), ("n", (7,))) is True
    assert holds(("n//2", (3,)), ("n", (8,))) is False
    assert bound(("n//2", (3,))) == {}


def test_a_formula_that_divides_by_zero_does_not_hold():
    assert holds(("m", (0,)), ("6//m", (6,))) is False


def test_a_broadcast_formula_of_size_1_solves_nothing():
    assert bound(("#n+1", (1,))) == {}


def test_what_is_given_counts_first():
    assert holds(("n", (3,)), given={"n": 3}) is True
    assert holds(("n", (3,)), given={"n": 4}) is False
    assert holds(("n[1]", (3,)), given={"n[1]": 4}) is False
    assert holds(("*b n", (3, 4)), given={"b": (3,)}) is True
    assert holds(("*b n", (3, 4)), given={"b": (3, 3)}) is False
    given_names = Bindings.given({"n": 3}, "test")
    match(items(("n m", (3, 4))), given_names)
    assert given_names.as_dict() == {"n": 3}


# --- indexed names -----------------------------------------------------------------------------

W = list[Annotated[A, "n[l+1] n[l]"]]
b = list[Annotated[A, "n[l+1]"]]
LAYERS = [z((5, 4)), z((6, 5)), z((2, 6))]


def test_layers_fit_their_neighbours():
    assert holds((W, LAYERS)) is True
    assert holds((W, [z((5, 4)), z((7, 6)), z((2, 7))])) is False
    assert bound((W, LAYERS[:2])) == {"n[0]": 4, "n[1]": 5, "n[2]": 6}
    assert holds((W, LAYERS), (b, [z(5), z(6), z(2)])) is True
    assert holds((W, LAYERS), (b, [z(5), z(6), z(3)])) is False
    assert holds((W, [])) is True


def test_the_first_and_the_last():
    assert holds((W, LAYERS), ("B n[0]", (7, 4)), ("B n[-1]", (7, 2))) is True
    assert holds((W, LAYERS), ("n[0]", (5,))) is False
    assert holds((W, LAYERS), ("n[-1]", (6,))) is False
    assert holds(("n[-1]", (6,)), (W, LAYERS)) is False
    assert holds((W, LAYERS), ("n[-2]", (6,))) is True
    assert holds((W, LAYERS), ("2*n[-1]", (4,))) is True
    assert holds(("n[-1]", (6,))) is None  # no list says how many there are


def test_a_list_of_pairs_counts_its_layers():
    pairs = list[tuple[Annotated[A, "n[l+1] n[l]"], Annotated[A, "n[l+1]"]]]
    assert holds((pairs, [(z((3, 2)), z(3)), (z((4, 3)), z(4))])) is True
    assert holds((pairs, [(z((3, 2)), z(3)), (z((4, 5)), z(4))])) is False
    assert holds((pairs, [(z((3, 2)), z(3)), (z((4, 3)), z(5))])) is False
    layer = dataclasses.make_dataclass("Layer", [("W", Annotated[A, "n[l+1] n[l]"])])
    assert holds((list[layer], [layer(z((3, 2))), layer(z((4, 3)))])) is True
    assert holds((list[layer], [layer(z((3, 2))), layer(z((4, 2)))])) is False


def test_tuples_and_dicts_count_their_elements():
    both = tuple[Annotated[A, "n[l+1] n[l]"], Annotated[A, "n[l+1] n[l]"]]
    assert holds((both, (z((3, 2)), z((4, 3))))) is True
    assert holds((both, (z((3, 2)), z((4, 4))))) is False
    named = dict[str, Annotated[A, "n[l+1] n[l]"]]
    assert holds((named, {"first": z((3, 2)), "second": z((4, 3))})) is True
    assert holds((named, {"first": z((3, 2)), "second": z((4, 4))})) is False


# --- containers and unions -------------------------------------------------------------------------


class Pair(NamedTuple):
    x: Annotated[A, "n"]
    label: str


def test_every_element_is_looked_at():
    for position in range(20):
        values = [z(3)] * 20
        values[position] = z(4)
        assert holds((list[Annotated[A, "n"]], values)) is False
        assert holds((dict[int, Annotated[A, "n"]], dict(enumerate(values)))) is False
        assert holds((tuple[Annotated[A, "n"], ...], tuple(values))) is False


def test_containers():
    assert holds((tuple[Annotated[A, "n"], int], (z(3), 0)), ("n", (3,))) is True
    assert holds((tuple[Annotated[A, "n"], int], (z(3), 0)), ("n", (4,))) is False
    assert holds((tuple[Annotated[A, "n"], int], (z(3), 0, 0))) is False
    assert holds((list[Annotated[A, "n"]], z((3, 3)))) is False  # one array is no list of arrays
    assert holds((list[Annotated[A, "n"]], [z(3), None])) is False
    assert holds((Pair, Pair(z(3), "x")), ("n", (3,))) is True
    assert holds((Pair, Pair(z(3), "x")), ("n", (4,))) is False
    assert holds((list[Annotated[A, "n"]], iter([z(3), z(4)]))) is True  # looking would use it up


def test_unions_are_read_in_whatever_way_fits_all():
    either = Float[A, "n"] | Float[A, "m"]
    assert bound((either, z(5)), ("n", (3,))) == {"n": 3, "m": 5}
    assert holds((either, z(5)), ("n m", (3, 4))) is False
    assert bound((either, z(5)), (either, z(6))) == {"n": 5, "m": 6}
    assert holds((either, z(5)), (either, z(6)), (either, z(7))) is False
    ranks = Float[A, "n"] | Float[A, "n n"]
    assert [holds((ranks, z(shape))) for shape in [(2,), (2, 2), (2, 3)]] == [True, True, False]
    optional = Float[A, "n"] | None
    assert [holds((optional, v), ("n", (3,))) for v in (None, z(3), z(4))] == [True, True, False]


def test_too_many_ways_to_read_unions_are_undecided():
    either = Float[A, "n"] | Float[A, "m"]
    count = MOST_COMBINATIONS.bit_length()
    values = [(either, z(5))] * (count - 2) + [(either, z(6)), (either, z(7))]
    assert holds(*values) is None
    assert holds(*values[-4:]) is False


def test_trees_are_built_alike():
    tree = PyTree[Float[A, "..."], "S"]
    assert holds((tree, {"a": z(1), "b": [z(2)]}), (tree, {"b": [z(3)], "a": z(4)})) is True
    assert holds((tree, {"a": z(1)}), (tree, {"c": z(1)})) is False
    assert holds((tree, [z(1)]), (tree, [z(1), z(1)])) is False
    assert holds((PyTree[Float[A, "n"]], {"a": z(1), "b": [z(2)]})) is False


# --- what cannot be known ---------------------------------------------------------------------------


def jagged():
    parts = [torch.zeros(2, 3), torch.zeros(4, 3)]
    return torch.nested.nested_tensor(parts, layout=torch.jagged)


def test_unknown_sizes_are_recorded_as_unknown():
    found = outcome((Annotated[T, "B n d"], jagged()), ("B d", (2, 3)))
    assert found.holds is None
    assert [fact.holds for fact in found.facts].count(None) == 1
    assert found.bindings.as_dict() == {"B": 2, "d": 3}
    for text in ("B 7 d", "B 2*B d", "B n+1 d", "B B d", "B #n d", "*b", "B ... d"):
        assert holds((Annotated[T, text], jagged())) is not False, text
    assert holds((Annotated[T, "*b"], jagged()), (Annotated[T, "*b"], jagged())) is None
    assert holds((Annotated[T, "*#b"], jagged()), ("*b", (2, 9, 3))) is None
    assert holds((Annotated[T, "*b"], jagged()), ("*b", (2, 3))) is False


def test_an_unknown_size_hides_no_mismatch():
    assert holds((Annotated[T, "B n d"], jagged()), ("B", (3,))) is False
    assert holds((Annotated[T, "B n"], jagged())) is False


def test_a_shape_that_cannot_be_read_is_unknown():
    found = outcome((Float[Any, "n"], Duck((2.5,))))
    assert found.holds is None
    assert "cannot be read" in next(fact.why for fact in found.facts if fact.holds is None)
    assert holds((Float[Any, "n"], Duck(None))) is None
    assert holds((Int[Any, "n"], Duck((2.5,)))) is False


def test_no_bindings_are_shown_for_names_that_nobody_bound():
    found = outcome(("n", (3,)))
    n, m = parse_name("n"), parse_name("m")
    assert value_of(2 * n + 1, found.bindings) == 7
    assert value_of(n + m, found.bindings) is None
    assert value_of(5, found.bindings) == 5
    assert value_of(None, found.bindings) is None


def test_names_from_outside():
    assert parse_name("n[2]") == parse_shape("n[2]")[0].size
    for text in ("_", "*n", "..."):
        with pytest.raises(SpecError):
            parse_name(text)


@given(st.lists(st.integers(0, 3), max_size=3), st.lists(st.integers(0, 3), max_size=3))
def test_broadcasting_is_numpy_s(left, right):
    try:
        expected = np.broadcast_shapes(tuple(left), tuple(right))
    except ValueError:
        expected = None
    assert broadcast_sizes(left, right) == expected


def test_facts_say_who_bound_what():
    found = outcome(("n", (3,)), ("m n", (2, 4)))
    (failure,) = found.failures()
    assert (failure.left.label, failure.left.axis) == ("x1", 1)
    assert (failure.why.label, failure.why.axis) == ("x0", 0)
    assert found.bindings.sizes[Symbol("n")].value == 3


def test_all_mismatches_are_recorded():
    found = outcome(("n m", (3, 4)), ("m n", (3, 4)))
    assert len(found.failures()) == 2


def test_unjudged_values_leave_no_trace():
    assert outcome((int, "text")).facts == ()
    assert match([]).holds is True
    assert match([Item("x", ListOf(ArraySpec(parse_shape("n"))), [])]).holds is True
