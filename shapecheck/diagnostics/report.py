"""What a check of many files found, as data: every output format is made from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapecheck.diagnostics.model import Diagnostic


@dataclass(frozen=True, slots=True)
class Report:
    """The findings in files, and how much was looked at.

    Attributes:
        diagnostics: the findings, sorted by place.
        checked: the paths of the files that were looked at, whether or not something was found.
        functions: how many functions were followed.
        seconds: how long it took.
        failures: one line for each file on which our own code broke.
        left_out: one line for each file of which a part was not followed.
        slowest: the files that took longest, with their seconds.
        hidden: how many findings a baseline holds back.
        stale: how many entries of a baseline were not found any more.
    """

    diagnostics: tuple[Diagnostic, ...]
    checked: tuple[str, ...] = ()
    functions: int = 0
    seconds: float = 0.0
    failures: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    slowest: tuple[tuple[str, float], ...] = ()
    hidden: int = 0
    stale: int = 0

    def count(self, severity: str) -> int:
        """How many findings have a severity."""
        return sum(one.severity == severity for one in self.diagnostics)

    def by_rule(self) -> list[tuple[str, int]]:
        """How often each rule was broken, the commonest first."""
        return sorted(
            Counter(one.rule for one in self.diagnostics).items(),
            key=lambda pair: (-pair[1], pair[0]),
        )

    def summary(self) -> dict[str, Any]:
        """The figures, as the JSON reports hold them."""
        return {
            "files": len(self.checked),
            "functions": self.functions,
            "errors": self.count("error"),
            "warnings": self.count("warning"),
            "seconds": round(self.seconds, 3),
        }
