"""Something done again whenever a Python file, a notebook or the settings change."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from shapecheck.config import PROJECT_FILE
from shapecheck.static.files import EXCLUDED, SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NAMES = (PROJECT_FILE, ".gitignore")


class WatchError(ValueError):
    """Files cannot be watched; the message says why."""


def watch(paths: Sequence[str], once: Callable[[], object]) -> None:
    """Do something now, and again after each change, until the user interrupts it.

    Args:
        paths: files and folders.
        once: what to do.

    Raises:
        WatchError: the package watchfiles is not installed, or a path is not there.
    """
    try:
        from watchfiles import watch as changes  # noqa: PLC0415 - an extra
    except ImportError:
        raise WatchError("--watch needs the package watchfiles") from None
    missing = [path for path in paths if not os.path.exists(path)]  # noqa: PTH110
    if missing:
        raise WatchError(f"there is no {missing[0]}")
    once()
    for _ in changes(*paths, watch_filter=lambda _change, path: concerns(path)):
        once()


def concerns(path: str) -> bool:
    """Whether a change of a file may change what is found."""
    file = Path(path)
    here = Path.cwd()
    inner = file.relative_to(here) if file.is_relative_to(here) else Path(file.name)
    if not EXCLUDED.isdisjoint(inner.parts[:-1]):
        return False
    return file.name.endswith(SUFFIXES) or file.name in NAMES
