"""A baseline: the findings that a project has today, so that only new ones are reported.

The file is JSON, made to be committed. A finding is known again by its file, its rule and its
message; where it stands does not matter, so that edits elsewhere in a file change nothing.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shapecheck.diagnostics.model import Diagnostic

VERSION = 1
PLACES = re.compile(r"\b(line|cell) \d+|(?<=\.py):\d+(?::\d+)?")  # in messages; they move
NEVER = ("unreadable-file",)

Key = tuple[str, str, str]


class BaselineError(ValueError):
    """A baseline file that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Filtered:
    """What is left when the known findings are taken away.

    Attributes:
        new: the findings that the baseline does not have.
        hidden: how many it has.
        stale: how many of its entries were not found any more.
    """

    new: tuple[Diagnostic, ...]
    hidden: int
    stale: int


def read(file: str) -> Counter[Key]:
    """The known findings, each with how often it occurs.

    Raises:
        BaselineError: the file cannot be read, or is no baseline.
    """
    try:
        entries = json.loads(Path(file).read_text(encoding="utf-8"))["diagnostics"]
        return Counter(
            {(one["path"], one["rule"], one["message"]): one["count"] for one in entries}
        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise BaselineError(f"baseline {file}: {reason}; --update-baseline writes it") from None
    except (ValueError, KeyError, TypeError):
        raise BaselineError(f"baseline {file} is not a baseline of shapecheck") from None


def without_known(
    diagnostics: Iterable[Diagnostic], known: Counter[Key], file: str, checked: Iterable[str]
) -> Filtered:
    """Take away the known findings; of several alike, as many as are known.

    Args:
        diagnostics: what was found.
        known: the baseline's entries.
        file: the baseline's path; paths in it are relative to its folder.
        checked: the files that were looked at: entries of others are not stale.
    """
    left = Counter(known)
    new: list[Diagnostic] = []
    hidden = 0
    for one in diagnostics:
        key = _key(one, file)
        if left[key] > 0:
            left[key] -= 1
            hidden += 1
        else:
            new.append(one)
    looked_at = {_relative(path, file) for path in checked}
    stale = sum(count for (path, _, _), count in left.items() if count > 0 and path in looked_at)
    return Filtered(tuple(new), hidden, stale)


def write(diagnostics: Sequence[Diagnostic], file: str) -> int:
    """Write all findings as the new baseline, and say how many it holds.

    Files that could not be read stay out: what is in them is not known.

    Raises:
        BaselineError: the file cannot be written.
    """
    counts = Counter(_key(one, file) for one in diagnostics if one.rule not in NEVER)
    entries = [
        {"path": path, "rule": rule, "message": message, "count": count}
        for (path, rule, message), count in sorted(counts.items())
    ]
    text = json.dumps({"version": VERSION, "diagnostics": entries}, indent=2, ensure_ascii=False)
    try:
        Path(file).write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise BaselineError(f"baseline {file}: {error.strerror or error}") from None
    return counts.total()


def _key(diagnostic: Diagnostic, file: str) -> Key:
    path = diagnostic.span.path if diagnostic.span else ""
    return _relative(path, file), diagnostic.rule, PLACES.sub(r"\1", diagnostic.message)


def _relative(path: str, file: str) -> str:
    try:
        relative = os.path.relpath(path, Path(file).absolute().parent)
    except ValueError:  # another drive
        return path
    return Path(relative).as_posix()
