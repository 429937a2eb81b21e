"""What an explanation speaks of: the user's names for arrays, and what the names stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapecheck.advice.words import size_text
from shapecheck.dims import Expr, symbol, symbols
from shapecheck.spec.model import Run

if TYPE_CHECKING:
    from shapecheck.advice.blame import Blame
    from shapecheck.facts import Fact
    from shapecheck.spec.leaves import Leaf
    from shapecheck.spec.match import Bindings, Place
    from shapecheck.spec.model import Dim

LONGEST_NAME = 32  # an expression of more characters is no name for the headline


@dataclass(frozen=True, slots=True)
class Subject:
    """What a contract is about, in the user's names.

    Attributes:
        function: the function's name as the user writes it.
        role: ``argument``, ``result``, ``attribute`` or ``local``.
        expressions: the caller's own text for each argument, where it is known.
    """

    function: str
    role: str
    expressions: dict[str, str]

    def text(self, label: str) -> str:
        """The caller's text for an array inside an argument: ``layers[1]`` for ``weights[1]``."""
        known = max(
            (one for one in self.expressions if _is_inside(label, one)), key=len, default=""
        )
        expression = self.expressions.get(known, "")
        inside = label[len(known) :]
        if not expression or not inside:
            return expression
        is_name = all(part.isidentifier() for part in expression.split("."))
        return f"{expression}{inside}" if is_name else ""


def sizes_of(node: Leaf) -> tuple[int | None, ...]:
    """The sizes that an array has, () where they are not known."""
    return node.observed.sizes if node.observed and node.observed.sizes else ()


def run_sizes(node: Leaf) -> tuple[int | None, ...]:
    """The sizes of the axes that a run stands for."""
    at, sizes = node.spec.runs_at or 0, sizes_of(node)
    return sizes[at : at + len(sizes) - node.spec.rank]


def axis_name(node: Leaf, axis: Dim | Run) -> str:
    """What the declaration calls an axis, its place in a list put in."""
    if isinstance(axis, Run):
        return str(axis)
    size = node.placed(axis)
    return axis.text if isinstance(size, int) else size_text(size)


def fixed_text(fact: Fact) -> str:
    """A size that no name stands for: ``declared 3``, ``self.n is 3``."""
    text = getattr(fact.why, "shown", "")
    return f"declared {fact.right}" if text == str(fact.right) else f"{text} is {fact.right}"


def leading_fact(blame: Blame) -> Fact | None:
    """The fact that tells most: class, dtype and rank before sizes."""
    order = {"is-array": 0, "dtype": 1, "rank": 2}
    return min(blame.facts, key=lambda fact: order.get(fact.relation, 9), default=None)


def names_of(blame: Blame) -> tuple[tuple[str, int | None, Place], ...]:
    """The names that the one at fault disagrees about: text, value, and who set it."""
    found: dict[str, tuple[str, int | None, Place]] = {}
    for fact in blame.facts:
        if fact.relation != "size" or not isinstance(fact.right, Expr):
            continue
        for one in sorted(symbols(fact.right), key=str):
            binding = blame.rest.bindings.sizes.get(one)
            if binding is not None:
                name = str(symbol(one.name, one.index))
                found[name] = (name, binding.value, binding.place)
    return tuple(found.values())


def own_twin(fact: Fact, node: Leaf) -> int | None:
    """The other axis of the same array that has the name: of ``n n`` the first."""
    place = fact.why
    if getattr(place, "label", None) != node.label:
        return None
    axis: int | None = place.axis
    return axis if axis != fact.left.axis else None


def setter(fact: Fact, subject: Subject) -> str:
    """The array that gave a name its value, in the user's words; "" where that is not known."""
    place = fact.why
    label = getattr(place, "label", "")
    return subject.text(label) or label


def set_by(fact: Fact, subject: Subject) -> str:
    """Who gave a name its value, as a phrase: ``set by x``."""
    who = setter(fact, subject)
    return f"set by {who}" if who else "bound before"


def name_of_size(size: int | None, bindings: Bindings) -> str:
    """The one name that stands for a size, or ""."""
    names = [one.name for one, b in bindings.sizes.items() if b.value == size and one.index is None]
    return names[0] if len(names) == 1 else ""


def _is_inside(label: str, outer: str) -> bool:
    """Whether a label is that of `outer` or of something in it: ``x[0]``, ``x.y``."""
    return label == outer or (label.startswith(outer) and label[len(outer)] in "[.")


def is_atom(expression: str) -> bool:
    """Whether source text can be followed by ``.T`` or ``[0]`` as it stands."""
    depth = 0
    for char in expression:
        depth += (char in "([{") - (char in ")]}")
        if depth == 0 and not (char.isalnum() or char in "_.)]}"):
            return False
    return True
