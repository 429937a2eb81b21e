"""`run --record`: the shape of every array-valued expression, with how often it was seen."""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from shapecheck.diagnostics import shown_path
from shapecheck.runtime.findings import put
from shapecheck.runtime.kinds import KINDS
from shapecheck.runtime.sites import SITES, Extent, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

_Kind = tuple[type, Any, Any]  # class, shape, dtype
_seen: Counter[tuple[int, _Kind]] = Counter()
# What each expression gave last, and how often in a row: mostly the same again and again, and it is
# quicker to see that than to hash it.
_last: dict[int, tuple[_Kind, list[int]]] = {}


def value(number: int, thing: Any) -> Any:
    """An expression was evaluated."""
    kind = type(thing)
    library = KINDS[kind]
    if library or (kind.__module__ == "numpy" and issubclass(kind, sys.modules["numpy"].generic)):
        now = kind, thing.shape, thing.dtype
        last = _last.get(number)
        if last is not None and last[0] == now:
            last[1][0] += 1
        else:
            _last[number] = now, [1]
            if last is not None:
                _seen[number, last[0]] += last[1][0]
    return thing


def forget() -> None:
    """Begin anew."""
    _seen.clear()
    _last.clear()


def lines() -> Iterator[str]:
    """What was seen, one JSON object a line, by file and place."""
    counts: Counter[tuple[str, Extent, tuple[int, ...], str, str]] = Counter()
    sites: dict[tuple[str, Extent], Site] = {}
    seen = _seen.copy()
    for number, (last, row) in list(_last.items()):
        seen[number, last] += row[0]
    for (number, (kind, shape, dtype)), count in seen.items():
        site = SITES[number]
        place = site.source.path, site.extent
        sites[place] = site
        name = str(dtype).removeprefix("torch.")
        counts[(*place, tuple(map(int, shape)), name, KINDS[kind] or "numpy")] += count
    for (path, extent, shape, dtype, library), count in sorted(counts.items()):
        where = _place(sites[path, extent])
        entry = {**where, "shape": list(shape), "dtype": dtype, "backend": library, "count": count}
        yield json.dumps(entry)


def _place(site: Site) -> dict[str, Any]:
    """Where an expression stands: columns count characters, from 1."""
    line, end_line, column, end_column = site.extent
    text = site.source.lines
    return {
        "path": shown_path(site.source.path),
        "line": line,
        "column": len(text[line - 1].encode()[:column].decode(errors="replace")) + 1,
        "end_line": end_line,
        "end_column": len(text[end_line - 1].encode()[:end_column].decode(errors="replace")) + 1,
    }


def write(path: str) -> None:
    """Write everything that was seen.

    Raises:
        OSError: the file cannot be written.
    """
    put(path, "".join(f"{line}\n" for line in lines()))
