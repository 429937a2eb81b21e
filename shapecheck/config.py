"""Settings from the environment."""

from __future__ import annotations

import os

MODES = ("error", "warn", "off")
OFF_WORDS = ("off", "0", "false", "no")


def mode() -> str:
    """How broken contracts are answered: ``error``, ``warn`` or ``off``.

    Read from the environment variable SHAPECHECK at each decoration. Under ``python -O`` it is
    ``off``, as for assert statements.

    Raises:
        ValueError: SHAPECHECK has another value.
    """
    if not __debug__:
        return "off"
    word = os.environ.get("SHAPECHECK", "").strip().lower()
    if word in OFF_WORDS:
        return "off"
    if word in ("", "on", "1", "true", "yes"):
        return "error"
    if word in MODES:
        return word
    raise ValueError(f"SHAPECHECK={word!r} in the environment: use one of error, warn, off")
