"""Annotation objects to specs."""

# ruff: noqa: UP006, UP007, UP045 - the old spellings of a hint are under test, too

import collections.abc
import dataclasses
import sys
import types
import typing
from typing import (
    Annotated,
    Any,
    NamedTuple,
    NewType,
    NotRequired,
    Optional,
    TypedDict,
    TypeVar,
    Union,
)

import jaxtyping
import numpy as np
import numpy.typing as npt
import pytest
import torch
from jaxtyping import Float, Float32, Int, Shaped

from shapecheck import PyTree, SpecError, check
from shapecheck.dims import symbol
from shapecheck.spec.annotations import Reader, member_hints
from shapecheck.spec.leaves import Item
from shapecheck.spec.match import match
from shapecheck.spec.model import (
    ArraySpec,
    Dim,
    ListOf,
    MappingOf,
    Members,
    OneOf,
    Run,
    TreeOf,
    TupleOf,
    Unjudged,
    judges,
)

A = np.ndarray
T = torch.Tensor
N = Float[A, "n"]

B = 32  # named like an axis


def height():  # so is this
    return 3


class Later:
    """So that `"Later"` names a class here and nothing in `unresolved` below."""


def read(hint, *, scope=None, **others):
    reader = Reader([globals() if scope is None else scope], "f")
    specs = reader.read_all({"x": hint, **others})
    return specs["x"], reader.unresolved


def brief(spec):
    """A spec as a line of text: what the tests below compare."""
    match spec:
        case ArraySpec(family=family, array_type=cls):
            kind = cls.__name__ if cls is not None else "any"
            return f"{family.name if family else 'any'} {kind} {spec}"
        case ListOf(element=inner, origin=origin):
            return f"{origin.__name__}[{brief(inner)}]"
        case TupleOf(elements=inners):
            return f"({', '.join(map(brief, inners))})"
        case MappingOf(key=key, value=value):
            return f"{{{brief(key)}: {brief(value)}}}"
        case Members(owner=owner, specs=specs):
            members = ", ".join(f"{name}: {brief(inner)}" for name, inner in specs.items())
            return f"{owner.__name__}({members})"
        case OneOf(alternatives=inners):
            return " | ".join(map(brief, inners))
        case TreeOf(leaf=leaf, structure=structure):
            return f"tree {structure} of {brief(leaf)}"
        case Unjudged():
            return "-"


Bound = TypeVar("Bound", bound=N)
Constrained = TypeVar("Constrained", N, Float[A, "n m"])
Unbound = TypeVar("Unbound")
ArrayBound = TypeVar("ArrayBound", bound=A)
Image = NewType("Image", Float[A, "h w"])


class Pair(NamedTuple):
    x: N
    label: str


class Options(TypedDict):
    x: N
    mask: NotRequired[Float[A, "m"]]
    name: str


@dataclasses.dataclass
class Base:
    x: N


@dataclasses.dataclass
class Sub(Base):
    y: "Float[A, 'm']"
    z: int = 0


@dataclasses.dataclass
class Node:
    x: N
    next: "Node | None" = None


HINTS = [
    # arrays
    (N, "Float ndarray (n,)"),
    (Float[T, "*batch n"], "Float Tensor (*batch, n)"),
    (Float[Float[A, "a"], "b"], "Float ndarray (b, a)"),
    (Float32[Float[A, "a"], "b"], "Float32 ndarray (b, a)"),
    (Shaped[Float[A, "a"], "b ..."], "Shaped ndarray (b, ..., a)"),
    (Float[Any, "n"], "Float any (n,)"),
    (Float[Unbound, "n"], "Float any (n,)"),
    (Float[ArrayBound, "n"], "Float ndarray (n,)"),
    (Float[Bound, "m"], "Float ndarray (m, n)"),
    (Shaped[A, "n"], "any ndarray (n,)"),
    (Float, "-"),  # without brackets: says nothing
    # Annotated
    (Annotated[A, "n m"], "any ndarray (n, m)"),
    (Annotated[T, "(n, m)"], "any Tensor (n, m)"),
    (Annotated[npt.NDArray[np.float32], "n m"], "float32 ndarray (n, m)"),
    (Annotated[npt.NDArray[Any], "n m"], "any ndarray (n, m)"),
    (Annotated[npt.NDArray[np.floating], "n m"], "any ndarray (n, m)"),
    (Annotated[A, "n m", {"unhashable": []}], "any ndarray (n, m)"),
    (Annotated[A, 3, "n m"], "any ndarray (n, m)"),
    (Annotated[Optional[A], "n"], "any ndarray (n,) | -"),
    (Annotated[Union[A, T], "n"], "any ndarray (n,) | any Tensor (n,)"),
    (Annotated[Any, "n"], "any any (n,)"),
    (Annotated[Unbound, "n"], "any any (n,)"),
    (Annotated[ArrayBound, "n"], "any ndarray (n,)"),
    (Annotated["A", "n"], "any ndarray (n,)"),
    (Annotated["A | None", "n"], "any ndarray (n,) | -"),
    (Annotated[N, "the input"], "Float ndarray (n,)"),  # documentation: the axes are inside
    (Annotated[int, "how many, at least 1"], "-"),
    (Annotated[A, ["n"]], "-"),
    # unions
    (Optional[N], "Float ndarray (n,) | -"),
    (N | None, "Float ndarray (n,) | -"),
    (Union[N, list[N]], "Float ndarray (n,) | list[Float ndarray (n,)]"),
    (Float[A, "n"] | Float[T, "n"], "Float ndarray (n,) | Float Tensor (n,)"),
    (Shaped[Union[A, float], "..."], "any ndarray (...,) | -"),
    # containers
    (list[N], "list[Float ndarray (n,)]"),
    (typing.List[N], "list[Float ndarray (n,)]"),
    (set[N], "set[Float ndarray (n,)]"),
    (frozenset[N], "frozenset[Float ndarray (n,)]"),
    (collections.abc.Sequence[N], "Sequence[Float ndarray (n,)]"),
    (typing.Deque[N], "deque[Float ndarray (n,)]"),
    (tuple[N, int], "(Float ndarray (n,), -)"),
    (tuple[N, ...], "tuple[Float ndarray (n,)]"),
    (tuple[()], "-"),
    (tuple[int, ...], "-"),
    (tuple[N, *tuple[int, ...]], "-"),
    (dict[str, N], "{-: Float ndarray (n,)}"),
    (typing.Mapping[str, N], "{-: Float ndarray (n,)}"),
    (list[list[N]], "list[list[Float ndarray (n,)]]"),
    (list["Float[A, 'n']"], "list[Float ndarray (n,)]"),
    (list["n[l+1] n[l]"], "list[any any (n[l+1], n[l])]"),
    # members
    (Pair, "Pair(x: Float ndarray (n,))"),
    (Options, "Options(x: Float ndarray (n,), mask: Float ndarray (m,))"),
    (Base, "Base(x: Float ndarray (n,))"),
    (Sub, "Sub(x: Float ndarray (n,), y: Float ndarray (m,))"),
    (Optional["Base"], "Base(x: Float ndarray (n,)) | -"),
    # a class inside itself is opened once: the next node is not judged
    (Node, "Node(x: Float ndarray (n,))"),
    # aliases
    (Bound, "Float ndarray (n,)"),
    (Constrained, "Float ndarray (n,) | Float ndarray (n, m)"),
    (Unbound, "-"),
    (Image, "Float ndarray (h, w)"),
    (typing.Final[N], "Float ndarray (n,)"),
    (typing.ClassVar[N], "Float ndarray (n,)"),
    (dataclasses.InitVar[N], "Float ndarray (n,)"),
    # what is used up by looking, or is nothing yet
    (collections.abc.Callable[[N], N], "-"),
    (collections.abc.Callable[..., N], "-"),
    (collections.abc.Iterator[N], "-"),
    (collections.abc.Awaitable[N], "-"),
    (type[N], "-"),
    (typing.Literal["B n"], "-"),
    (typing.Self, "-"),
    # trees
    (PyTree[N], "tree  of Float ndarray (n,)"),
    (PyTree[N, "S"], "tree S of Float ndarray (n,)"),
    (PyTree[int], "-"),
    # strings
    ("B n_in", "any any (B, n_in)"),
    ("(B, n_in)", "any any (B, n_in)"),
    ("(n,)", "any any (n,)"),
    ("...", "any any (...,)"),
    ("'B n_in'", "any any (B, n_in)"),  # axes in quotes under PEP 563
    ("Float[A, 'n']", "Float ndarray (n,)"),
    ("Float[A, 'n'] | None", "Float ndarray (n,) | -"),
    ("list[Float[A, 'n']]", "list[Float ndarray (n,)]"),
    ("Base", "Base(x: Float ndarray (n,))"),
    ("None", "-"),
    ("int | None", "-"),
    ("npt.NDArray[np.float32]", "-"),
    (typing.ForwardRef("Float[A, 'n']"), "Float ndarray (n,)"),
    ("B", "any any (B,)"),  # a module's `B = 32` is no hint
    ("height", "any any (height,)"),  # nor is a function
    ("input", "any any (input,)"),
    # no hints at all
    ({"a": 1}, "-"),
    ([1, 2], "-"),
    (3, "-"),
    (None, "-"),
    (Ellipsis, "-"),
]


@pytest.mark.parametrize(("hint", "expected"), HINTS, ids=[str(hint)[:50] for hint, _ in HINTS])
def test_read(hint, expected):
    spec, unresolved = read(hint)
    assert brief(spec).replace("Shaped ", "any ") == expected.replace("Shaped ", "any ")
    assert not unresolved


def test_every_class_of_dtypes_of_jaxtyping():
    families = {
        name: found
        for name in dir(jaxtyping)
        if isinstance(found := getattr(jaxtyping, name), type)
        and issubclass(found, jaxtyping.AbstractDtype)
        and found is not jaxtyping.AbstractDtype
    }
    assert len(families) > 25
    for name, family in families.items():
        spec, _ = read(family[A, "n"])
        if name == "Shaped":
            assert spec.family is None
            continue
        assert spec.family.name == name
        assert spec.family.members == tuple(family.dtypes)


# jaxtyping goes by the name of the scalar class: np.longlong is no int64 to it. Here it is one.
OTHER_NAMES = ("longlong", "ulonglong", "longdouble", "clongdouble")
NUMPY = [code for code in np.typecodes["All"] if np.dtype(code).type.__name__ not in OTHER_NAMES]
TORCH = [one for one in vars(torch).values() if isinstance(one, torch.dtype)]


@pytest.mark.filterwarnings("ignore::UserWarning")  # torch on its experimental dtypes
@pytest.mark.parametrize("name", ["Float", "Float32", "Int", "Integer", "Bool", "Inexact", "Num"])
def test_dtypes_are_judged_as_jaxtyping_judges_them(name):
    arrays = [np.zeros(2, code) for code in NUMPY]
    arrays += [torch.empty(2, dtype=one, device="meta") for one in TORCH]
    verdicts = {True: 0, False: 0}
    for array in arrays:
        hint = getattr(jaxtyping, name)[type(array), "n"]
        theirs = isinstance(array, hint)
        verdicts[theirs] += 1
        assert match([Item("x", read(hint)[0], array)]).holds is theirs, array.dtype
    assert min(verdicts.values()) > 1


def test_long_long_is_an_int64():
    longs = {np.dtype(code) for code in "lq"}
    assert {match([Item("x", read(Int[A, "n"])[0], np.zeros(2, one))]).holds for one in longs} == {
        True
    }


def test_custom_dtypes():
    class Small(jaxtyping.AbstractDtype):
        dtypes = ["uint8", "float16"]

    spec, _ = read(Small[A, "n"])
    verdicts = [match([Item("x", spec, np.zeros(2, code))]).holds for code in ("u1", "f2", "f4")]
    assert verdicts == [True, True, False]


def test_structured_dtypes_match_exactly():
    label = np.dtype([("first", np.uint8), ("second", np.int8)])
    spec, _ = read(jaxtyping.make_numpy_struct_dtype(label, "Label")[A, "n"])
    other = np.dtype([("second", np.int8), ("first", np.uint8)])
    verdicts = [match([Item("x", spec, np.zeros(2, one))]).holds for one in (label, other, "u1")]
    assert verdicts == [True, False, False]


def test_array_like():
    spec, _ = read(Float[npt.ArrayLike, "n"])
    assert isinstance(spec, OneOf)
    good = [np.zeros(3), [1.0, 2.0]]
    bad = [np.zeros((3, 3)), np.zeros(3, int), 3.0, None]
    assert [match([Item("x", spec, value)]).holds for value in good] == [True, True]
    assert [match([Item("x", spec, value)]).holds for value in bad] == [False] * 4
    scalar, _ = read(Float[npt.ArrayLike, ""])
    assert match([Item("x", scalar, 3.0)]).holds is True


def test_union_of_arrays_takes_nothing_else():
    spec, _ = read(Float[A, "n"] | Float[T, "n"])
    values = [np.zeros(2), torch.zeros(2), None, "text", [1.0]]
    assert [match([Item("x", spec, v)]).holds for v in values] == [True, True, False, False, False]


def test_columns_of_a_label():
    spec, _ = read(Annotated[A, "rows=4 #n"])
    assert spec.axes == (Dim(4, "4", label="rows"), Dim(symbol("n"), "n", broadcast=True))
    assert read("*n")[0].axes == (Run("n"),)


# --- names that could be axes or classes ---------------------------------------------------------


def test_a_bare_name_is_an_axis_if_another_hint_uses_it():
    for others in ({"W": "n_out n_in"}, {"W": Float[A, "n_out n_in"]}, {"W": "2*n_out n_in"}):
        spec, unresolved = read("n_out", **others)
        assert (brief(spec), unresolved) == ("any any (n_out,)", [])


def test_the_order_of_the_arguments_does_not_matter():
    hints = {"W": "n_out n_in", "b": "n_out"}
    there = Reader([{}]).read_all(hints)
    back = Reader([{}]).read_all(dict(reversed(hints.items())))
    assert there == back
    assert brief(there["b"]) == "any any (n_out,)"


def test_an_indexed_name_is_an_axis_if_another_hint_uses_it():
    spec, unresolved = read("n[0]", W=list["n[l+1] n[l]"])
    assert (brief(spec), unresolved) == ("any any (n[0],)", [])
    spec, unresolved = read(list["n[l+1]"], W=list["n[l+1] n[l]"])
    assert (brief(spec), unresolved) == ("list[any any (n[l+1],)]", [])


def test_a_class_stays_a_class_though_an_axis_has_its_name():
    # Under PEP 563 every annotation is a string: `batch: Base` beside an axis called Base.
    for hints in ({"y": "Float[A, 'Base h']", "x": "Base"}, {"x": "Base", "y": "Base h"}):
        specs = Reader([globals()]).read_all(hints)
        assert brief(specs["x"]) == "Base(x: Float ndarray (n,))"


def test_a_bare_name_that_nobody_uses_is_unresolved():
    spec, unresolved = read("Nowhere", y="B n")
    assert brief(spec) == "-"
    assert [(one.subject, one.text) for one in unresolved] == [("x", "Nowhere")]
    assert "Nowhere" in unresolved[0].problem


@pytest.mark.parametrize(
    "hint",
    ["Nowhere[int]", "list[Nowhere]", list["Nowhere"], Annotated["Nowhere", "n"], "np.nowhere"],
    ids=str,
)
def test_unresolved(hint):
    spec, unresolved = read(hint)
    assert brief(spec) == "-"
    assert len(unresolved) == 1


def test_members_that_do_not_resolve_say_where():
    @dataclasses.dataclass
    class Owner:
        x: N
        other: "Nowhere"

    spec, unresolved = read(Owner)
    assert brief(spec) == "Owner(x: Float ndarray (n,))"
    assert [one.subject for one in unresolved] == ["x.other"]


def test_the_scope_is_searched_in_order():
    inner, outer = {"X": N}, {"X": int, "Y": Float[A, "m"]}
    reader = Reader([inner, outer])
    assert brief(reader.read("X", "x")) == "Float ndarray (n,)"
    assert brief(reader.read("Y", "y")) == "Float ndarray (m,)"


# --- errors ---------------------------------------------------------------------------------------

MALFORMED = Annotated[A, "n, m"]


@pytest.mark.parametrize(
    "hint",
    [
        MALFORMED,
        "n, m",
        list[MALFORMED],
        Optional[MALFORMED],
        tuple[int, MALFORMED],
        dict[str, MALFORMED],
        collections.abc.Callable[[MALFORMED], int],
        collections.abc.Callable[..., MALFORMED],
        collections.abc.Iterator[MALFORMED],
        PyTree[MALFORMED],
        Annotated[Optional[A], "n, m"],
        list["n, m"],
    ],
    ids=str,
)
def test_a_malformed_spec_is_an_error_wherever_it_stands(hint):
    with pytest.raises(SpecError, match=r'specification "n, m" of x of f: axes are separated'):
        read(hint)


def test_a_malformed_member_says_whose_it_is():
    @dataclasses.dataclass
    class Owner:
        x: MALFORMED

    with pytest.raises(SpecError, match=r"of x of .*Owner"):
        read(Owner)


# --- PEP 563, classes in functions --------------------------------------------------------------

FUTURE = """
from __future__ import annotations
import dataclasses
import typing
from typing import Annotated, NamedTuple, Optional
import numpy as np
from jaxtyping import Float
from shapecheck import check

def outside():
    A = np.ndarray

    class Pair(NamedTuple):
        x: Float[A, "n"]
        label: str

    @dataclasses.dataclass
    class Batch:
        images: Float[A, "n h"]
        next: Optional[Batch] = None

    @check
    def f(a: Pair, b: Batch, c: "n", d: 'Annotated[A, "h"]', e: Later) -> Float[np.ndarray, "h"]:
        return d

    class Later:
        pass

    return f, Pair, Batch, Later
"""


def test_strings_of_pep_563_and_local_classes(monkeypatch):
    module = types.ModuleType("future_annotations")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(FUTURE, module.__dict__)
    f, pair, batch, later = module.outside()
    z = np.zeros
    good = [pair(z(2), "x"), batch(z((2, 3))), z(2), z(3), later()]
    with pytest.warns(match="Later"):
        assert f(*good).shape == (3,)
    for position, wrong in [(0, pair(z(5), "x")), (1, batch(z((2, 4)))), (2, z(7)), (3, z(7))]:
        with pytest.raises(jaxtyping.TypeCheckError):
            f(*good[:position], wrong, *good[position + 1 :])


def test_member_hints_follow_the_declaration():
    assert list(member_hints(Sub)) == ["x", "y", "z"]
    assert list(member_hints(Pair)) == ["x", "label"]
    assert list(member_hints(Options)) == ["x", "mask", "name"]


def test_unhashable_annotations_are_left_alone():
    def f(x: Annotated[A, "n", []], y: {"a": 1}, z: [3]) -> None: ...

    checked = check(f)
    checked(np.zeros(3), 1, 2)
    with pytest.raises(jaxtyping.TypeCheckError):
        checked(np.zeros((3, 3)), 1, 2)


def test_judges():
    assert all(judges(read(hint)[0]) for hint, text in HINTS if text != "-")
    assert not any(judges(read(hint)[0]) for hint, text in HINTS if text == "-")
