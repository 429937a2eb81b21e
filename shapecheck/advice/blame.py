"""Who is at fault when declared sizes disagree: the odd one out, not the first that disagrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapecheck.advice.fixes import Repair, repairs
from shapecheck.advice.words import is_batch
from shapecheck.spec.leaves import Leaf
from shapecheck.spec.match import Outcome, settle, value_of
from shapecheck.spec.model import Dim

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapecheck.facts import Fact
    from shapecheck.spec.leaves import Node
    from shapecheck.spec.match import Bindings

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
    outcome: Outcome, given: Bindings, arguments: Mapping[str, Any], *, last: bool = False
) -> Blame:
    """The one to blame for a broken contract.

    An array that breaks a requirement by itself (rank, dtype, a fixed size) is at fault. Among
    arrays that disagree, the one without which all others agree is; if that is true of several,
    the one that a single repair puts right; if still several, the last.

    Args:
        outcome: the failed match.
        given: names bound outside.
        arguments: what ``{…}`` parts refer to.
        last: the last node is a result: it is what is judged, the rest is taken as given.
    """
    nodes = list(outcome.leaves)
    judge = _Judge(nodes, given, arguments)
    alone = [node for node in nodes if judge.fails_alone(node)]
    if alone:
        return judge.blame(alone[0])
    suspects = [node for node in nodes if judge.without(node).holds is not False]
    if last and nodes[-1] in suspects:
        return judge.blame(nodes[-1])
    if not suspects:
        labels = [fact.left.label for fact in outcome.failures()]
        worst = max(nodes, key=lambda node: labels.count(_label(node)))
        return judge.blame(worst)
    repaired = [node for node in suspects if judge.repairs(node)]
    if repaired:
        best = min(repaired, key=lambda node: (judge.repairs(node)[0].rank, -nodes.index(node)))
        return judge.blame(best)
    return judge.blame(suspects[-1], doubtful=len(suspects) > 1)


def _label(node: Node) -> str:
    return getattr(node, "label", "")


class _Judge:
    """Asks what would hold if one node were missing or repaired."""

    def __init__(
        self, nodes: Sequence[Node], given: Bindings, arguments: Mapping[str, Any]
    ) -> None:
        self.nodes = list(nodes)
        self.given = given
        self.arguments = arguments
        self._without: dict[int, Outcome] = {}
        self._repairs: dict[int, tuple[Repair, ...]] = {}

    def settle(self, nodes: Sequence[Node]) -> Outcome:
        return settle(nodes, self.given, self.arguments)

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
        """Changes to one array under which all requirements hold: each is proved here."""
        at = self.nodes.index(node)
        if at not in self._repairs:
            found: tuple[Repair, ...] = ()
            if isinstance(node, Leaf):
                found = tuple(
                    repair
                    for repair in repairs(node)
                    if self.settle([*self.nodes[:at], repair.leaf, *self.nodes[at + 1 :]]).holds
                    and self.is_believable(repair, node)
                )
            self._repairs[at] = found
        return self._repairs[at]

    def is_believable(self, repair: Repair, node: Node) -> bool:
        """Whether the others bear an exchange of axes out.

        One axis of a weight that agrees once it is turned is telling; that one size of a batch
        of data happens to equal another is not, so there two axes have to be borne out.
        """
        if repair.kind not in ("transpose", "permute"):
            return True
        leaf = repair.leaf
        axes = [axis for axis in leaf.spec.axes if isinstance(axis, Dim)]
        bindings = self.without(node).bindings
        known = [axis for axis in axes if value_of(leaf.placed(axis), bindings) is not None]
        if any(isinstance(axis.size, int) and axis.size > 1 for axis in known):
            return True  # a fixed size, such as 3 colours, was found in another place
        leading = axes[0].text if axes else ""
        return len(known) >= (2 if is_batch(leading) or repair.kind == "permute" else 1)

    def blame(self, node: Node, *, doubtful: bool = False) -> Blame:
        """The case against a node, with the others' bindings as what is known."""
        rest = self.without(node)
        known = rest.bindings if rest.holds is not False else self.given
        facts = settle([node], known, self.arguments).failures()
        return Blame(node, tuple(facts), rest, self.repairs(node), doubtful)
