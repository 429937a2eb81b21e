"""Which rules are looked for: by name, by code, by the beginning of a code, or ALL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecheck.diagnostics.codes import RULES
from shapecheck.diagnostics.suppress import no_such_rule

if TYPE_CHECKING:
    from collections.abc import Iterable

ALL = "ALL"


def selected(select: Iterable[str] = (ALL,), ignore: Iterable[str] = ()) -> frozenset[str]:
    """The names of the rules that are looked for.

    Of two words that speak of one rule the more exact one counts, and ``ignore`` where both are
    equally exact: ``--select SC2 --ignore broadcast``, ``--ignore SC4 --select SC405``.

    Raises:
        ValueError: a word means no rule.
    """
    wanted, unwanted = list(select), list(ignore)
    for word in (*wanted, *unwanted):
        if not any(_exactness(word, name, rule.code) for name, rule in RULES.items()):
            raise ValueError(no_such_rule(word))
    return frozenset(
        name
        for name, rule in RULES.items()
        if max((_exactness(word, name, rule.code) for word in wanted), default=0)
        > max((_exactness(word, name, rule.code) for word in unwanted), default=0)
    )


def _exactness(word: str, name: str, code: str) -> int:
    """How exactly a word means a rule; 0 if it does not."""
    if word in (name, code):
        return len(code) + 1
    if word == ALL:
        return 1
    return len(word) if len(word) > 1 and code.startswith(word) else 0
