"""Who is at fault when declared sizes disagree: the odd one out, not the first that disagrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapecheck.advice.fixes import Repair, repairs, transposed
from shapecheck.advice.words import is_batch
from shapecheck.dims import Expr, symbols
from shapecheck.spec.leaves import Leaf
from shapecheck.spec.match import Outcome, last_indices, settle, value_of
from shapecheck.spec.model import Dim

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapecheck.dims import Symbol
    from shapecheck.facts import Fact
    from shapecheck.spec.leaves import Node
    from shapecheck.spec.match import Bindings

REORDER = ("transpose", "permute")
# Requirements that an array breaks by itself, whatever the others are.
ALONE = ("is-array", "dtype", "rank", "container", "length", "structure")


@dataclass(frozen=True, slots=True)
class Blame:
    """The array at fault.

    Attributes:
        node: the array (or container) at fault.
        facts: what it breaks, judged against the others.
        rest: the outcome without it: what the names stand for according to the others.
        repairs: changes to it alone under which everything holds, best first.
        doubtful: two sides disagree and nothing tells which of them is wrong.
    """

    node: Node
    facts: tuple[Fact, ...]
    rest: Outcome
    repairs: tuple[Repair, ...] = ()
    doubtful: bool = False


def find(
    outcome: Outcome,
    given: Bindings,
    *,
    last: bool = False,
    facts: frozenset[str] = frozenset(),
) -> Blame:
    """The one to blame for a broken contract.

    An array that breaks a requirement by itself (rank, dtype, a fixed size) is at fault. Among
    arrays that disagree, the one without which all others agree is; if that is true of several,
    the one that a single repair puts right; if still several, the last. If no single array will
    do, a whole list may: all its arrays transposed.

    Args:
        outcome: the failed match.
        given: names bound outside.
        last: the last node is a result: it is what is judged, the rest is taken as given.
        facts: labels of what held before (the attributes of an instance that was made right):
            not to blame as long as they agree among themselves.
    """
    nodes = list(outcome.leaves)
    judge = _Judge(nodes, given)
    alone = [node for node in nodes if judge.fails_alone(node)]
    if alone:
        return judge.whole_list(alone[0]) or judge.blame(alone[0])
    suspects = [node for node in nodes if judge.without(node).holds is not False]
    held = [node for node in nodes if getattr(node, "root", "") in facts]
    if held and judge.settle(held).holds is not False:
        suspects = [node for node in suspects if node not in held] or suspects
    if last and nodes[-1] in suspects:
        return judge.blame(nodes[-1])
    if not suspects:
        return judge.of_many(outcome)
    repaired = [node for node in suspects if judge.repairs(node)]
    if repaired:
        best = min(repaired, key=lambda node: (judge.repairs(node)[0].rank, -nodes.index(node)))
        return judge.blame(best)
    return judge.blame(suspects[-1], doubtful=len(suspects) > 1)


def _label(node: Node) -> str:
    return getattr(node, "label", "")


def _symbols(axis: Dim) -> frozenset[Symbol]:
    return symbols(axis.size) if isinstance(axis.size, Expr) else frozenset()


class _Judge:
    """Asks what would hold if one node were missing or repaired."""

    def __init__(self, nodes: Sequence[Node], given: Bindings) -> None:
        self.nodes = list(nodes)
        self.given = given
        self.last = last_indices(nodes)
        self._without: dict[int, Outcome] = {}
        self._repairs: dict[int, tuple[Repair, ...]] = {}

    def settle(self, nodes: Sequence[Node]) -> Outcome:
        return settle(nodes, self.given, self.last)

    def fails_alone(self, node: Node) -> bool:
        """Whether a node breaks something that no other node has a part in."""
        facts = self.settle([node]).failures()
        return any(fact.relation in ALONE or fact.relation == "size" for fact in facts)

    def without(self, node: Node) -> Outcome:
        at = self.nodes.index(node)
        if at not in self._without:
            self._without[at] = self.settle([*self.nodes[:at], *self.nodes[at + 1 :]])
        return self._without[at]

    def repairs(self, node: Node) -> tuple[Repair, ...]:
        """Changes to one array under which all requirements hold: each is proved here.

        Of several orders of the axes only the likeliest is kept.
        """
        at = self.nodes.index(node)
        if at not in self._repairs:
            found: list[Repair] = []
            for repair in repairs(node) if isinstance(node, Leaf) else ():
                reorders = repair.kind in REORDER
                if reorders and any(one.kind in REORDER for one in found):
                    continue
                mended: list[Node] = [*self.nodes[:at], repair.leaf, *self.nodes[at + 1 :]]
                if repair.kind in ("cast", "convert"):
                    mended = [repair.leaf]  # another array may be of the wrong dtype, too
                if self.settle(mended).holds and (
                    not reorders or self.is_borne_out(repair.leaf, self.without(node).bindings)
                ):
                    found.append(repair)
            self._repairs[at] = tuple(found)
        return self._repairs[at]

    def is_borne_out(self, leaf: Leaf, bindings: Bindings) -> bool:
        """Whether the others bear out that the axes of an array were exchanged.

        One axis of a weight that agrees once it is turned is telling; that one size of a batch
        of data happens to equal another is not, so there two axes have to be borne out. Where
        two of the names stand for the same size, any order may fit, and nothing is claimed.
        """
        axes = [axis for axis in leaf.spec.axes if isinstance(axis, Dim)]
        sizes = {str(axis): value_of(leaf.placed(axis), bindings) for axis in axes}
        known = [size for size in sizes.values() if size is not None]
        if len(known) > len(set(known)) or self._has_ties(leaf, bindings):
            return False
        if any(isinstance(axis.size, int) and axis.size > 1 for axis in axes):
            return True  # a fixed size, such as 3 colours, was found in another place
        leading = axes[0].text if axes else ""
        return len(known) >= (2 if is_batch(leading) or len(axes) > 2 else 1)

    def _has_ties(self, leaf: Leaf, bindings: Bindings) -> bool:
        """Whether two names in the array's axes stand for one size."""
        names = {one for axis in leaf.spec.axes if isinstance(axis, Dim) for one in _symbols(axis)}
        values = [bindings.sizes[one].value for one in names if one in bindings.sizes]
        return len(values) > len(set(values))

    def whole_list(self, node: Node) -> Blame | None:
        """The case that all arrays of a list are transposed, like the one given."""
        if not isinstance(node, Leaf) or node.label == node.root:
            return None
        family = [
            one
            for one in self.nodes
            if isinstance(one, Leaf) and one.container == node.container and one.spec.rank == 2
        ]
        if len(family) < 2 or node not in family:
            return None
        turned = {id(one): transposed(one) for one in family}
        mended = [turned.get(id(one), one) for one in self.nodes]
        if None in turned.values() or not self.settle([one for one in mended if one]).holds:
            return None
        rest = self.settle([one for one in self.nodes if one not in family])
        first = turned[id(node)]
        if first is None or not any(self.is_borne_out(one, rest.bindings) for one in family):
            return None
        facts = settle([node], rest.bindings, self.last).failures()
        whole = Repair("transpose", first, "[one.T for one in {}]", 0, (1, 0), whole=True)
        return Blame(node, tuple(facts), rest, (whole,))

    def of_many(self, outcome: Outcome) -> Blame:
        """The case when no array alone explains it: a whole list, or the one most often wrong."""
        labels = [fact.left.label for fact in outcome.failures()]
        for node in self.nodes:
            found = self.whole_list(node)
            if found is not None:
                return found
        worst = max(self.nodes, key=lambda node: labels.count(_label(node)))
        return self.blame(worst)

    def blame(self, node: Node, *, doubtful: bool = False) -> Blame:
        """The case against a node, with the others' bindings as what is known."""
        rest = self.without(node)
        known = rest.bindings if rest.holds is not False else self.given
        facts = settle([node], known, self.last).failures()
        if not facts:  # it breaks nothing alone: what it breaks is between it and the others
            label = _label(node)
            facts = [f for f in self.settle(self.nodes).failures() if f.left.label == label]
        return Blame(node, tuple(facts), rest, self.repairs(node), doubtful)
